//! The teams of a day: members, a few sums for tables of all teams, and each team's record in the shape of an aggregate row.

use std::sync::Arc;

use serde_json::Value;

use super::bytes::{DamagedFacts, Reader, push_set};
use super::packed_json::{JsonPacker, PackedValues};
use super::team_entry::{TEAMS_PER_GROUP, TeamEntry};
use super::teams_index::{PackedIndex, TeamsIndex};
use super::{PersonSet, protection};

const MEMBERS_FORMAT: u8 = 1;
/// In place of [`MEMBERS_FORMAT`], of a group whose members are no longer kept.
pub(super) const MEMBERS_ROLLED_UP: u8 = 2;
const RECORDS_FORMAT: u8 = 1;

/// Parts of a record that are packed by themselves: what is no list, then the lists by feature, language and model, each alone, then
/// the other ones.
pub const RECORD_PARTS: usize = LISTS.len() + 2;

/// The lists that are parts of their own.
const LISTS: [&str; 3] = ["totals_by_feature", "totals_by_language_feature", "totals_by_model_feature"];

/// The part of a record that a field of it is in.
pub fn part_of(field: &str) -> usize {
    match LISTS.iter().position(|list| *list == field) {
        Some(list) => 1 + list,
        None if field.starts_with("totals_by_") => 1 + LISTS.len(),
        None => 0,
    }
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

/// The teams of one day of one organization or enterprise, ascending by id.
///
/// Packed, they are an index of all in three parts, and groups of 32 teams with members and with records:
///
/// | part | content | size |
/// | --- | --- | --- |
/// | names | format, ids and slugs, those of suppressed teams too | 15 bytes a team |
/// | sums | format, then for each team: members, sums, whether it is withheld | 25 bytes a team |
/// | editors | format, sums by editor of each team | 20 bytes an editor of a team |
/// | members, by group | format, a roaring bitmap a team | 2 bytes a member |
/// | records, by part and group | format, tables of texts and shapes, that part of a record a team | 14 bytes an entry of a breakdown with 8 fields |
///
/// Names are equal on most days, so that a reader of many days need not read them anew.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeamsDay {
    /// The teams in the report, ascending by id.
    pub teams: Vec<TeamOfDay>,
    /// Teams that exist and are not in the report, because fewer than five members have a seat: id and slug.
    pub suppressed: Vec<(u64, Option<Arc<str>>)>,
    /// The smallest group for which [`TeamsDay::protect`] was last called; 0 when never.
    pub smallest_group: u64,
}

/// [`TeamsDay`], packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedTeams {
    /// The index of all teams.
    pub index: PackedIndex,
    /// Members, by group.
    pub members: Vec<Vec<u8>>,
    /// Records, by part and then by group, see [`part_of`].
    pub records: [Vec<Vec<u8>>; RECORD_PARTS],
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
        let records = std::array::from_fn(|part| {
            let of_group = |group: &[TeamOfDay]| {
                let mut packer = JsonPacker::default();
                group.iter().for_each(|team| packer.push(team.record.as_ref().map(|record| part_alone(record, part)).as_ref()));
                let mut out = vec![RECORDS_FORMAT];
                packer.finish(&mut out);
                out
            };
            groups().map(of_group).collect()
        });
        PackedTeams { index: self.index().pack(), members: members.collect(), records }
    }

    /// Unpacks everything.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(packed: &PackedTeams) -> Result<Self, DamagedFacts> {
        let TeamsIndex { teams, suppressed, smallest_group } = TeamsIndex::unpack_all(&packed.index)?;
        let missing = DamagedFacts("a group of teams is missing");
        let team = |(place, entry): (usize, TeamEntry)| {
            let (group, place) = (place / TEAMS_PER_GROUP, place % TEAMS_PER_GROUP);
            let parts = packed.records.iter().map(|groups| groups.get(group).map(Vec::as_slice).ok_or(missing));
            Ok(TeamOfDay {
                entry,
                members: unpack_members(packed.members.get(group).ok_or(missing)?, place)?,
                record: unpack_record(parts.collect::<Result<Vec<_>, _>>()?, place)?,
            })
        };
        Ok(Self {
            teams: teams.into_iter().enumerate().map(team).collect::<Result<_, DamagedFacts>>()?,
            suppressed,
            smallest_group,
        })
    }
}

/// That part of a record. What is no object is whole in the first.
fn part_alone(record: &Value, part: usize) -> Value {
    match record {
        Value::Object(fields) => {
            let of_part = fields.iter().filter(|(name, _)| part_of(name) == part);
            Value::Object(of_part.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        _ if part == 0 => record.clone(),
        _ => Value::Object(serde_json::Map::new()),
    }
}

/// A group of as many teams, with nobody in any. What may be shown of them is in the index, and stays.
///
/// # Errors
/// When the bytes are damaged.
pub fn without_members(group: &[u8]) -> Result<Vec<u8>, DamagedFacts> {
    let mut out = vec![MEMBERS_FORMAT];
    unpack_all_members(group)?.iter().for_each(|_| push_set(&mut out, &PersonSet::new()));
    Ok(out)
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

/// Unpacks the record of the team at that place of a group, as far as its parts are given; none when the users report was not read.
/// Fields come in the order of the parts.
///
/// # Errors
/// When the bytes are damaged.
pub fn unpack_record<'a>(parts: impl IntoIterator<Item = &'a [u8]>, place: usize) -> Result<Option<Value>, DamagedFacts> {
    let mut record: Option<Value> = None;
    for part in parts {
        let Some(found) = unpack_part(part, place)? else { return Ok(None) };
        match (&mut record, found) {
            (None, found) => record = Some(found),
            (Some(Value::Object(fields)), Value::Object(more)) => fields.extend(more),
            // The other parts of what is no object are empty.
            (Some(_), _) => {}
        }
    }
    Ok(record)
}

/// Unpacks one part of a record, or a record of the first format, in which it had no parts.
///
/// # Errors
/// When the bytes are damaged.
pub fn unpack_part(group: &[u8], place: usize) -> Result<Option<Value>, DamagedFacts> {
    let mut reader = Reader::of(group, RECORDS_FORMAT)?;
    let values = PackedValues::read(&mut reader)?;
    reader.end()?;
    values.get(place)
}
