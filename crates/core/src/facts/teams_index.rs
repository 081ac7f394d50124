//! The index of a day's teams: ids, slugs and sums, without members and records.

use std::sync::Arc;

use super::bytes::{DamagedFacts, Reader, push_text, push_varint};
use super::editors::EditorSums;
use super::team_entry::{TeamEntry, TeamSums};
use super::{PersonSet, protection};

/// A team's id, and its slug on that day.
pub type NamedTeam = (u64, Option<Arc<str>>);

/// Format of [`TeamsIndex::unpack_first`].
const INDEX_FORMAT: u8 = 1;
const NAMES_FORMAT: u8 = 1;
const SUMS_FORMAT: u8 = 1;
const EDITORS_FORMAT: u8 = 1;

/// [`TeamsIndex`], packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedIndex {
    /// Ids and slugs.
    pub names: Vec<u8>,
    /// Members, sums and what may not be shown.
    pub sums: Vec<u8>,
    /// Completions by editor.
    pub editors: Vec<u8>,
}

/// Ids and slugs of the teams of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamNames {
    /// Those in the report, ascending by id.
    pub teams: Vec<NamedTeam>,
    /// Those that are not in the report because of their size.
    pub suppressed: Vec<NamedTeam>,
}

impl TeamNames {
    /// The place of the team with that slug among those in the report. None when it is not there.
    pub fn place(&self, slug: &str) -> Option<usize> {
        self.teams.iter().position(|(_, of)| of.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(slug)))
    }

    /// Whether a team of that slug is suppressed.
    pub fn is_suppressed(&self, slug: &str) -> bool {
        self.suppressed.iter().any(|(_, of)| of.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(slug)))
    }

    /// Unpacks names.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(bytes: &[u8]) -> Result<Self, DamagedFacts> {
        let mut reader = Reader::of(bytes, NAMES_FORMAT)?;
        let mut list = || -> Result<Vec<NamedTeam>, DamagedFacts> {
            (0..reader.count()?).map(|_| Ok((reader.varint()?, read_slug(&mut reader)?))).collect()
        };
        let (teams, suppressed) = (list()?, list()?);
        reader.end()?;
        if !teams.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err(DamagedFacts("teams are not in order"));
        }
        Ok(Self { teams, suppressed })
    }
}

/// The index of a day's teams. The place of a team leads to its group, [`TEAMS_PER_GROUP`](super::team_entry::TEAMS_PER_GROUP) of them in each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeamsIndex {
    /// Ascending by id.
    pub teams: Vec<TeamEntry>,
    /// Teams that are not in the report because of their size: id and slug.
    pub suppressed: Vec<NamedTeam>,
    /// The smallest group of people for which `is_withheld` of the teams holds. For another one, all members must be unpacked, see
    /// [`TeamsDay::protect`](super::TeamsDay::protect).
    pub smallest_group: u64,
}

impl TeamsIndex {
    /// Marks the teams that may not be shown when the smallest group has `k` people, given the members of each, in this order, and the
    /// people with a row on that day. Where those are not known, what was withheld for a larger group stays withheld, and for a
    /// smaller one everything is.
    pub fn protect(&mut self, members: &[PersonSet], reported: Option<&PersonSet>, k: u64) {
        let is_known = members.len() == self.teams.len()
            && self.teams.iter().zip(members).all(|(team, members)| team.members == members.len());
        match reported.filter(|_| is_known) {
            Some(reported) => {
                let everyone = members.iter().fold(reported.clone(), |everyone, members| everyone | members);
                let members: Vec<&PersonSet> = members.iter().collect();
                let withheld = protection::withheld(&members, &everyone, k);
                self.teams.iter_mut().zip(withheld).for_each(|(team, is_withheld)| team.is_withheld = is_withheld);
            }
            None if k <= self.smallest_group => return,
            None => self.teams.iter_mut().for_each(|team| team.is_withheld = true),
        }
        self.smallest_group = k;
    }

    /// Unpacks an index, given the names of its teams. Without `editors` nothing is known of those.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(names: TeamNames, sums: &[u8], editors: Option<&[u8]>) -> Result<Self, DamagedFacts> {
        let TeamNames { teams: names, suppressed } = names;
        let mut index = Self { teams: Vec::with_capacity(names.len()), suppressed, smallest_group: 0 };
        let mut reader = Reader::of(sums, SUMS_FORMAT)?;
        index.smallest_group = reader.varint()?;
        for (id, slug) in names {
            let (members, flags) = (reader.varint()?, reader.byte()?);
            let sums = if flags & HAS_SUMS == 0 { None } else { Some(read_sums(&mut reader)?) };
            let is_withheld = flags & IS_WITHHELD != 0;
            index.teams.push(TeamEntry { id, slug, members, sums, editors: EditorSums::default(), is_withheld });
        }
        reader.end()?;
        if let Some(editors) = editors {
            let mut reader = Reader::of(editors, EDITORS_FORMAT)?;
            for team in &mut index.teams {
                team.editors = EditorSums::read(&mut reader)?;
            }
            reader.end()?;
        }
        Ok(index)
    }

    /// Unpacks one team of an index, at that place of its names, and the smallest group for which the index was protected. None when there
    /// is none of that place. Without `editors` nothing is known of those.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_team(
        names: &TeamNames,
        place: usize,
        sums: &[u8],
        editors: Option<&[u8]>,
    ) -> Result<Option<(TeamEntry, u64)>, DamagedFacts> {
        let Some((id, slug)) = names.teams.get(place).cloned() else { return Ok(None) };
        let mut reader = Reader::of(sums, SUMS_FORMAT)?;
        let smallest_group = reader.varint()?;
        let mut team = TeamEntry { id, slug, ..TeamEntry::default() };
        for _ in 0..=place {
            let (members, flags) = (reader.varint()?, reader.byte()?);
            (team.members, team.is_withheld) = (members, flags & IS_WITHHELD != 0);
            team.sums = if flags & HAS_SUMS == 0 { None } else { Some(read_sums(&mut reader)?) };
        }
        if let Some(editors) = editors {
            let mut reader = Reader::of(editors, EDITORS_FORMAT)?;
            for _ in 0..=place {
                team.editors = EditorSums::read(&mut reader)?;
            }
        }
        Ok(Some((team, smallest_group)))
    }

    /// Unpacks all of an index.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_all(packed: &PackedIndex) -> Result<Self, DamagedFacts> {
        Self::unpack(TeamNames::unpack(&packed.names)?, &packed.sums, Some(&packed.editors))
    }

    /// Unpacks an index of the first format, in which it was one byte string.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_first(bytes: &[u8]) -> Result<Self, DamagedFacts> {
        let mut reader = Reader::of(bytes, INDEX_FORMAT)?;
        let teams = (0..reader.count()?).map(|_| read_entry(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        let suppressed = (0..reader.count()?).map(|_| Ok((reader.varint()?, read_slug(&mut reader)?)));
        let suppressed = suppressed.collect::<Result<Vec<_>, DamagedFacts>>()?;
        let smallest_group = reader.varint()?;
        reader.end()?;
        if !teams.is_sorted_by(|one, next| one.id < next.id) {
            return Err(DamagedFacts("teams are not in order"));
        }
        Ok(Self { teams, suppressed, smallest_group })
    }

    /// Packs an index.
    pub fn pack(&self) -> PackedIndex {
        let mut names = vec![NAMES_FORMAT];
        push_names(&mut names, self.teams.iter().map(|team| (team.id, team.slug.as_deref())));
        push_names(&mut names, self.suppressed.iter().map(|(id, slug)| (*id, slug.as_deref())));
        let mut sums = vec![SUMS_FORMAT];
        push_varint(&mut sums, self.smallest_group);
        let mut editors = vec![EDITORS_FORMAT];
        for team in &self.teams {
            push_varint(&mut sums, team.members);
            let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
            sums.push(flag(team.sums.is_some(), HAS_SUMS) | flag(team.is_withheld, IS_WITHHELD));
            if let Some(of_team) = &team.sums {
                push_sums(&mut sums, of_team);
            }
            team.editors.write(&mut editors);
        }
        PackedIndex { names, sums, editors }
    }
}

/// Bits of the flags of a team.
const HAS_SUMS: u8 = 1;
const IS_WITHHELD: u8 = 2;

fn push_sums(out: &mut Vec<u8>, sums: &TeamSums) {
    let counts = [sums.reported, sums.active, sums.agent_people, sums.prompts, sums.shown, sums.accepted];
    counts.into_iter().chain([sums.agent_lines, sums.lines]).for_each(|count| push_varint(out, count));
    out.extend_from_slice(&sums.credits.to_le_bytes());
}

fn read_sums(reader: &mut Reader<'_>) -> Result<TeamSums, DamagedFacts> {
    Ok(TeamSums {
        reported: reader.varint()?,
        active: reader.varint()?,
        agent_people: reader.varint()?,
        prompts: reader.varint()?,
        shown: reader.varint()?,
        accepted: reader.varint()?,
        agent_lines: reader.varint()?,
        lines: reader.varint()?,
        credits: f64::from_le_bytes(reader.fixed()?),
    })
}

fn push_names<'a>(out: &mut Vec<u8>, teams: impl ExactSizeIterator<Item = (u64, Option<&'a str>)>) {
    push_varint(out, teams.len() as u64);
    for (id, slug) in teams {
        push_varint(out, id);
        push_slug(out, slug);
    }
}

fn push_slug(out: &mut Vec<u8>, slug: Option<&str>) {
    push_text(out, slug.unwrap_or_default());
}

fn read_slug(reader: &mut Reader<'_>) -> Result<Option<Arc<str>>, DamagedFacts> {
    let slug = reader.text()?;
    Ok((!slug.is_empty()).then(|| slug.into()))
}

/// A team of the first format of an index.
fn read_entry(reader: &mut Reader<'_>) -> Result<TeamEntry, DamagedFacts> {
    let (id, slug, members) = (reader.varint()?, read_slug(reader)?, reader.varint()?);
    let sums = if reader.byte()? == 0 { None } else { Some(read_sums(reader)?) };
    Ok(TeamEntry { id, slug, members, sums, editors: EditorSums::read(reader)?, is_withheld: reader.byte()? != 0 })
}
