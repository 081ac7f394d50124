//! The teams of a day: members, a few sums for tables of all teams, and each team's record in the shape of an aggregate row.

use serde_json::Value;

use super::bytes::{DamagedFacts, Reader, push_set, push_text, push_varint};
use super::editors::EditorSums;
use super::packed_json::{JsonPacker, PackedValues};
use super::{PersonSet, protection};

const INDEX_FORMAT: u8 = 1;
const MEMBERS_FORMAT: u8 = 1;
const RECORDS_FORMAT: u8 = 1;

/// Teams that are packed together: enough to share their tables, few enough that one team is read without the others.
pub const TEAMS_PER_GROUP: usize = 16;

/// The sums of a team that tables of all teams are made of. They are as in its record.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TeamSums {
    /// Members with a row in `users-1-day`.
    pub reported: u64,
    /// Members with activity by the definition of Pilotage.
    pub active: u64,
    /// Members with `used_agent`.
    pub agent_people: u64,
    /// `user_initiated_interaction_count`.
    pub prompts: u64,
    /// Completions shown.
    pub shown: u64,
    /// Completions accepted.
    pub accepted: u64,
    /// Lines added and deleted by agents.
    pub agent_lines: u64,
    /// Lines added and deleted.
    pub lines: u64,
    /// Credits used.
    pub credits: f64,
}

/// One team on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamOfDay {
    /// Id, slug and sums.
    pub entry: TeamEntry,
    /// Its members on that day.
    pub members: PersonSet,
    /// The sums of its members' rows, in the shape of an aggregate row; none when the users report was not read.
    pub record: Option<Value>,
}

/// A team in the index of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeamEntry {
    /// GitHub's id of the team.
    pub id: u64,
    /// Its slug on that day.
    pub slug: Option<String>,
    /// Number of its members.
    pub members: u64,
    /// Sums of its members' rows; none when the users report was not read.
    pub sums: Option<TeamSums>,
    /// Completions of members with exactly one editor.
    pub editors: EditorSums,
    /// Whether it may not be shown: it is too small, or what is shown of others would reveal few people. See
    /// [`TeamsDay::protect`].
    pub is_withheld: bool,
}

/// The teams of one day of one organization or enterprise, ascending by id.
///
/// Packed, they are an index of all, and groups of 16 teams with members and with records:
///
/// | part | content | size |
/// | --- | --- | --- |
/// | index | format, teams with their sums, suppressed teams | 40 to 60 bytes a team |
/// | members, by group | format, a roaring bitmap a team | 2 bytes a member |
/// | records, by group | format, tables of texts and shapes, a record a team | 14 bytes an entry of a breakdown with 8 fields |
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeamsDay {
    /// The teams in the report, ascending by id.
    pub teams: Vec<TeamOfDay>,
    /// Teams that exist and are not in the report, because fewer than five members have a seat: id and slug.
    pub suppressed: Vec<(u64, Option<String>)>,
    /// The smallest group for which [`TeamsDay::protect`] was last called; 0 when never.
    pub smallest_group: u64,
}

/// [`TeamsDay`], packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedTeams {
    /// The index of all teams.
    pub index: Vec<u8>,
    /// Members, by group.
    pub members: Vec<Vec<u8>>,
    /// Records, by group.
    pub records: Vec<Vec<u8>>,
}

/// The index of a day's teams. The place of a team leads to its group, see [`TeamsIndex::place`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeamsIndex {
    /// Ascending by id.
    pub teams: Vec<TeamEntry>,
    /// Teams that are not in the report because of their size: id and slug.
    pub suppressed: Vec<(u64, Option<String>)>,
    /// The smallest group of people for which `is_withheld` of the teams holds. For another one, all members must be unpacked, see
    /// [`TeamsDay::protect`].
    pub smallest_group: u64,
}

impl TeamsIndex {
    /// The team of that id: its group among those of [`PackedTeams`], and its place in the group.
    pub fn place(&self, id: u64) -> Option<(usize, usize)> {
        let place = self.teams.binary_search_by_key(&id, |team| team.id).ok()?;
        Some((place / TEAMS_PER_GROUP, place % TEAMS_PER_GROUP))
    }

    /// The team of that id.
    pub fn team(&self, id: u64) -> Option<&TeamEntry> {
        let place = self.teams.binary_search_by_key(&id, |team| team.id).ok()?;
        self.teams.get(place)
    }

    /// The id of the team with that slug on that day, suppressed ones included.
    pub fn id_of(&self, slug: &str) -> Option<u64> {
        let is_meant = |of: &Option<String>| of.as_deref().is_some_and(|of| of.eq_ignore_ascii_case(slug));
        let found = self.teams.iter().find(|team| is_meant(&team.slug)).map(|team| team.id);
        found.or_else(|| self.suppressed.iter().find(|(_, of)| is_meant(of)).map(|(id, _)| *id))
    }

    /// Whether that team is known to be suppressed.
    pub fn is_suppressed(&self, id: u64) -> bool {
        self.suppressed.iter().any(|(suppressed, _)| *suppressed == id)
    }

    /// Unpacks an index.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(bytes: &[u8]) -> Result<Self, DamagedFacts> {
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

    fn pack(&self) -> Vec<u8> {
        let mut out = vec![INDEX_FORMAT];
        push_varint(&mut out, self.teams.len() as u64);
        self.teams.iter().for_each(|team| push_entry(&mut out, team));
        push_varint(&mut out, self.suppressed.len() as u64);
        for (id, slug) in &self.suppressed {
            push_varint(&mut out, *id);
            push_slug(&mut out, slug.as_deref());
        }
        push_varint(&mut out, self.smallest_group);
        out
    }
}

impl TeamsDay {
    /// The index.
    pub fn index(&self) -> TeamsIndex {
        let teams = self.teams.iter().map(|team| TeamEntry { members: team.members.len(), ..team.entry.clone() });
        TeamsIndex { teams: teams.collect(), suppressed: self.suppressed.clone(), smallest_group: self.smallest_group }
    }

    /// Marks the teams that may not be shown when the smallest group has `k` people. `everyone` are the people of the whole scope
    /// on that day: everybody with a row and everybody in a team.
    pub fn protect(&mut self, everyone: &PersonSet, k: u64) {
        let members: Vec<&PersonSet> = self.teams.iter().map(|team| &team.members).collect();
        let withheld = protection::withheld(&members, everyone, k);
        self.teams.iter_mut().zip(withheld).for_each(|(team, is_withheld)| team.entry.is_withheld = is_withheld);
        self.smallest_group = k;
    }

    /// Packs the teams, which must be ascending by id.
    pub fn pack(&self) -> PackedTeams {
        let groups = || self.teams.chunks(TEAMS_PER_GROUP);
        let members = groups().map(|group| {
            let mut out = vec![MEMBERS_FORMAT];
            group.iter().for_each(|team| push_set(&mut out, &team.members));
            out
        });
        let records = groups().map(|group| {
            let mut packer = JsonPacker::default();
            group.iter().for_each(|team| packer.push(team.record.as_ref()));
            let mut out = vec![RECORDS_FORMAT];
            packer.finish(&mut out);
            out
        });
        PackedTeams { index: self.index().pack(), members: members.collect(), records: records.collect() }
    }

    /// Unpacks everything.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(packed: &PackedTeams) -> Result<Self, DamagedFacts> {
        let TeamsIndex { teams, suppressed, smallest_group } = TeamsIndex::unpack(&packed.index)?;
        let missing = DamagedFacts("a group of teams is missing");
        let team = |(place, entry): (usize, TeamEntry)| {
            let (group, place) = (place / TEAMS_PER_GROUP, place % TEAMS_PER_GROUP);
            Ok(TeamOfDay {
                entry,
                members: unpack_members(packed.members.get(group).ok_or(missing)?, place)?,
                record: unpack_record(packed.records.get(group).ok_or(missing)?, place)?,
            })
        };
        Ok(Self {
            teams: teams.into_iter().enumerate().map(team).collect::<Result<_, DamagedFacts>>()?,
            suppressed,
            smallest_group,
        })
    }
}

/// Unpacks the members of the team at that place of a group.
///
/// # Errors
/// When the bytes are damaged, or the group has no such place.
pub fn unpack_members(group: &[u8], place: usize) -> Result<PersonSet, DamagedFacts> {
    let mut reader = Reader::of(group, MEMBERS_FORMAT)?;
    for _ in 0..place {
        reader.bytes()?;
    }
    reader.set()
}

/// Unpacks the members of every team of a group, in order.
///
/// # Errors
/// When the bytes are damaged.
pub fn unpack_all_members(group: &[u8]) -> Result<Vec<PersonSet>, DamagedFacts> {
    let mut reader = Reader::of(group, MEMBERS_FORMAT)?;
    let mut teams = Vec::new();
    while !reader.is_at_end() {
        teams.push(reader.set()?);
    }
    Ok(teams)
}

/// Unpacks the record of the team at that place of a group; none when the users report was not read.
///
/// # Errors
/// When the bytes are damaged.
pub fn unpack_record(group: &[u8], place: usize) -> Result<Option<Value>, DamagedFacts> {
    let mut reader = Reader::of(group, RECORDS_FORMAT)?;
    let values = PackedValues::read(&mut reader)?;
    reader.end()?;
    values.get(place)
}

fn push_slug(out: &mut Vec<u8>, slug: Option<&str>) {
    push_text(out, slug.unwrap_or_default());
}

fn read_slug(reader: &mut Reader<'_>) -> Result<Option<String>, DamagedFacts> {
    let slug = reader.text()?;
    Ok((!slug.is_empty()).then(|| slug.to_owned()))
}

fn push_entry(out: &mut Vec<u8>, team: &TeamEntry) {
    push_varint(out, team.id);
    push_slug(out, team.slug.as_deref());
    push_varint(out, team.members);
    out.push(u8::from(team.sums.is_some()));
    if let Some(sums) = team.sums {
        let counts = [sums.reported, sums.active, sums.agent_people, sums.prompts, sums.shown, sums.accepted];
        counts.into_iter().chain([sums.agent_lines, sums.lines]).for_each(|count| push_varint(out, count));
        out.extend_from_slice(&sums.credits.to_le_bytes());
    }
    team.editors.write(out);
    out.push(u8::from(team.is_withheld));
}

fn read_entry(reader: &mut Reader<'_>) -> Result<TeamEntry, DamagedFacts> {
    let (id, slug, members) = (reader.varint()?, read_slug(reader)?, reader.varint()?);
    let sums = match reader.byte()? {
        0 => None,
        _ => Some(TeamSums {
            reported: reader.varint()?,
            active: reader.varint()?,
            agent_people: reader.varint()?,
            prompts: reader.varint()?,
            shown: reader.varint()?,
            accepted: reader.varint()?,
            agent_lines: reader.varint()?,
            lines: reader.varint()?,
            credits: f64::from_le_bytes(reader.fixed()?),
        }),
    };
    Ok(TeamEntry { id, slug, members, sums, editors: EditorSums::read(reader)?, is_withheld: reader.byte()? != 0 })
}
