//! Contents as version 2 of the file had them: deflated texts, and sections of fewer parts. Read once, when a file becomes one of today.

use super::cells::inflate;
use super::fact::Part;
use super::sections;
use crate::facts::rolled_up::{has_members, rolled_up_members};
use crate::facts::teams::{unpack_members, unpack_part};
use crate::facts::{PeopleCounts, PeopleDay, PersonSet, TeamEntry, TeamOfDay, TeamsDay, TeamsIndex};

/// Teams that were packed together.
const TEAMS_PER_GROUP: usize = 16;

/// A content of that version as one of today. None when it is damaged.
pub(super) fn content(part: Part, stored: &[u8]) -> Option<Vec<u8>> {
    match part {
        Part::Aggregate | Part::Billing | Part::Repositories | Part::Tools => inflate(stored),
        Part::Seats => Some(sections::pack(&all(stored)?)),
        Part::People => {
            let [sets, credits, editors] = all(stored)?.try_into().ok()?;
            if PeopleCounts::are_in(&sets) {
                return Some(sections::of_counts(sets, editors));
            }
            let day = PeopleDay {
                sets: PeopleDay::unpack_first_sets(&sets).ok()?,
                credits: Some(PeopleDay::unpack_credits(&credits).ok()?),
                tenths: None,
                editors: Some(PeopleDay::unpack_editors(&editors).ok()?),
            };
            Some(sections::of_people(day.pack()))
        }
        Part::Teams => teams(&all(stored)?),
    }
}

/// The sections of a content, which were all deflated.
fn all(stored: &[u8]) -> Option<Vec<Vec<u8>>> {
    sections::packed(stored)?.into_iter().map(inflate).collect()
}

fn teams(sections: &[Vec<u8>]) -> Option<Vec<u8>> {
    let TeamsIndex { teams, suppressed, smallest_group } = TeamsIndex::unpack_first(sections.first()?).ok()?;
    let groups = teams.len().div_ceil(TEAMS_PER_GROUP);
    let (members, records) = sections.get(1..)?.split_at_checked(groups)?;
    let are_rolled_up = !members.iter().all(|group| has_members(group));
    let numbers: Vec<u64> = teams.iter().map(|team| team.members).collect();
    let team = |(at, entry): (usize, TeamEntry)| {
        let (group, place) = (at / TEAMS_PER_GROUP, at % TEAMS_PER_GROUP);
        let members = if are_rolled_up { PersonSet::new() } else { unpack_members(members.get(group)?, place).ok()? };
        Some(TeamOfDay { entry, members, record: unpack_part(records.get(group)?, place).ok()? })
    };
    let teams = teams.into_iter().enumerate().map(team).collect::<Option<Vec<_>>>()?;
    let mut packed = TeamsDay { teams, suppressed, smallest_group }.pack();
    // Members may be gone; their numbers stay.
    let mut index = TeamsIndex::unpack_all(&packed.index).ok()?;
    index.teams.iter_mut().zip(numbers).for_each(|(team, members)| team.members = members);
    packed.index = index.pack();
    if are_rolled_up {
        packed.members.fill(rolled_up_members());
    }
    Some(sections::of_teams(packed))
}
