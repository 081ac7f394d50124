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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::facts::{PackedSeats, SeatsDay};
    use crate::history::cells::deflate;

    /// Sections as that version packed them.
    fn stored(sections: &[Vec<u8>]) -> Vec<u8> {
        sections::together(&sections.iter().map(|section| deflate(section)).collect::<Vec<_>>())
    }

    fn push_number(out: &mut Vec<u8>, mut number: u64) {
        while number >= 0x80 {
            out.push(number as u8 | 0x80);
            number >>= 7;
        }
        out.push(number as u8);
    }

    fn push_name(out: &mut Vec<u8>, id: u64, slug: &str) {
        push_number(out, id);
        push_number(out, slug.len() as u64);
        out.extend_from_slice(slug.as_bytes());
    }

    fn team(id: u64) -> TeamOfDay {
        let entry =
            TeamEntry { id, slug: Some(format!("team-{id}").into()), is_withheld: id.is_multiple_of(7), ..TeamEntry::default() };
        let members: PersonSet = (id as u32..id as u32 * 2).collect();
        TeamOfDay {
            entry: TeamEntry { members: members.len(), ..entry },
            members,
            record: Some(json!({"day": "2026-11-01", "n": id})),
        }
    }

    /// The index in one byte string: format, teams, suppressed teams, the smallest group.
    fn index(teams: &[TeamOfDay], suppressed: &[(u64, &str)]) -> Vec<u8> {
        let mut out = vec![1];
        push_number(&mut out, teams.len() as u64);
        for TeamOfDay { entry, .. } in teams {
            push_name(&mut out, entry.id, entry.slug.as_deref().unwrap());
            push_number(&mut out, entry.members);
            // No sums, completions shown to nobody, and no editor.
            out.extend([0, 0, 0, u8::from(entry.is_withheld)]);
        }
        push_number(&mut out, suppressed.len() as u64);
        suppressed.iter().for_each(|(id, slug)| push_name(&mut out, *id, slug));
        push_number(&mut out, 5);
        out
    }

    /// Index, members by sixteen teams, records by sixteen teams.
    fn first_form(teams: &[TeamOfDay], suppressed: &[(u64, &str)]) -> Vec<Vec<u8>> {
        let groups: Vec<_> =
            teams.chunks(16).map(|group| TeamsDay { teams: group.to_vec(), ..TeamsDay::default() }.pack()).collect();
        let members = groups.iter().map(|group| group.members[0].clone());
        // A record without lists is the same in a part of it and as a whole.
        let records = groups.iter().map(|group| group.records[0][0].clone());
        [index(teams, suppressed)].into_iter().chain(members).chain(records).collect()
    }

    #[test]
    fn forty_teams_change_their_groups_and_keep_members_records_and_who_is_suppressed() {
        let teams: Vec<TeamOfDay> = (1..=40).map(team).collect();
        let sections = first_form(&teams, &[(50, "few"), (60, "fewer")]);
        assert_eq!(sections.len(), 1 + 3 + 3);
        let day = sections::teams_of(&content(Part::Teams, &stored(&sections)).unwrap()).unwrap();
        assert_eq!(day.teams, teams);
        let suppressed: Vec<(u64, Option<Arc<str>>)> = vec![(50, Some("few".into())), (60, Some("fewer".into()))];
        assert_eq!((day.suppressed, day.smallest_group), (suppressed, 5));
        // Fewer groups than teams need, and a group that is cut off.
        assert_eq!(content(Part::Teams, &stored(&sections[..3])), None);
        let mut cut = sections;
        cut[3].truncate(2);
        assert_eq!(content(Part::Teams, &stored(&cut)), None);
    }

    #[test]
    fn teams_that_were_rolled_up_stay_so_and_keep_the_numbers_of_their_members() {
        let teams: Vec<TeamOfDay> = (1..=40).map(team).collect();
        let mut sections = first_form(&teams, &[]);
        sections[1..4].fill(rolled_up_members());
        let content = content(Part::Teams, &stored(&sections)).unwrap();
        let numbers: Vec<u64> = sections::teams_index(&content).unwrap().teams.iter().map(|team| team.members).collect();
        assert_eq!(numbers, (1..=40).collect::<Vec<u64>>());
        let members = [0, 1].map(|group| sections::unpack(&content, sections::TEAMS_MEMBERS + group).unwrap());
        assert_eq!(members, [rolled_up_members(), rolled_up_members()]);
    }

    #[test]
    fn people_and_seats_that_were_rolled_up_are_the_same_numbers() {
        let counts = PeopleCounts { sets: [(crate::facts::PeopleSet::Reported, 300)].into(), credits: Some(3.75) };
        let of_nobody = PeopleDay::default().pack();
        let sections = [counts.pack(), of_nobody.credits, of_nobody.editors.clone()];
        let content = content(Part::People, &stored(&sections)).unwrap();
        assert_eq!(PeopleCounts::unpack(&sections::unpack(&content, 0).unwrap()).unwrap(), counts);
        assert_eq!(sections::unpack(&content, sections::PEOPLE_EDITORS).unwrap(), of_nobody.editors);
        let seats = crate::facts::SeatCounts { by_plan: [("business".to_owned(), 7)].into(), unassigned: 2 };
        let PackedSeats { activity, .. } = SeatsDay::default().pack();
        let stored = stored(&[seats.pack(), activity.clone()]);
        let content = super::content(Part::Seats, &stored).unwrap();
        assert_eq!(sections::unpack_all(&content).unwrap(), [seats.pack(), activity]);
    }

    #[test]
    fn what_is_cut_off_is_damaged_and_no_shorter_content() {
        let day = PeopleDay { sets: [(crate::facts::PeopleSet::Reported, (0..9).collect())].into(), ..PeopleDay::default() };
        let (packed, mut sets) = (day.pack(), vec![1, 1, 0]);
        // A set alone has its form in front, one among others its length.
        let mut alone = Vec::new();
        day.sets.values().next().unwrap().serialize_into(&mut alone).unwrap();
        push_number(&mut sets, alone.len() as u64);
        sets.extend(alone);
        let stored = stored(&[sets, packed.credits, packed.editors]);
        assert_eq!(sections::people_of(&content(Part::People, &stored).unwrap()).unwrap().sets, day.sets);
        for length in 0..stored.len() {
            assert_eq!(content(Part::People, &stored[..length]), None, "{length}");
        }
        for part in [Part::Aggregate, Part::Billing, Part::Repositories, Part::Seats, Part::Teams] {
            assert_eq!(content(part, b"\xff\x00\xff"), None, "{part:?}");
        }
    }
}
