//! Steps of a day, and what may not be told of few people.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::facts::{HeldSeat, PeopleDay, SeatsDay, TeamEntry, TeamsIndex};
use crate::figure::TeamsFacts;
use crate::model::day::Day;

fn set(people: impl IntoIterator<Item = u32>) -> PersonSet {
    people.into_iter().collect()
}

fn day() -> Day {
    "2026-11-02".parse().unwrap()
}

fn people(reported: PersonSet, active: PersonSet, server_only: PersonSet) -> PeopleDay {
    let sets = [(PeopleSet::Reported, reported), (PeopleSet::Active, active), (PeopleSet::ServerOnly, server_only)];
    PeopleDay { sets: BTreeMap::from(sets), ..PeopleDay::default() }
}

fn index(withheld: &[bool]) -> TeamsIndex {
    let team = |(number, is_withheld): (usize, &bool)| TeamEntry {
        id: number as u64,
        is_withheld: *is_withheld,
        ..TeamEntry::default()
    };
    TeamsIndex { teams: withheld.iter().enumerate().map(team).collect(), suppressed: vec![(99, None)], smallest_group: 5 }
}

fn values(steps: &[Step]) -> Vec<(StepCode, Option<i64>)> {
    steps.iter().map(|step| (step.code, step.value)).collect()
}

/// Every number is the one before it with the differences between them, as far as nothing is withheld.
fn check_sums(steps: &[Step]) {
    let mut sum: Option<i64> = None;
    let mut section = None;
    for step in steps.iter().filter(|step| !step.code.is_of_teams()) {
        if section != Some(step.section) {
            (section, sum) = (Some(step.section), None);
        }
        match (step.is_difference, step.value) {
            (true, Some(value)) => sum = sum.map(|sum| sum + value),
            (true, None) => sum = None,
            (false, value) => {
                if let (Some(sum), Some(value)) = (sum, value) {
                    assert_eq!(sum, value, "{:?} {:?}", step.code, steps);
                }
                sum = value;
            }
        }
    }
}

#[test]
fn each_difference_has_its_name_and_leads_to_the_next_number() {
    // 50 people: 0..30 in team one, 20..36 in team two, 14 in none; the third team has three and is withheld.
    let people = people(set(0..50), set(0..46), set(46..49));
    let index = index(&[false, false, true]);
    let members = [set(0..30), set(20..36), set(37..40)];
    let seat = |person| HeldSeat {
        person,
        created: day().plus_days(-9),
        pending_cancellation: None,
        last_activity: None,
        plan: None,
        team: None,
    };
    let seats = SeatsDay { seats: (2..60).map(seat).collect(), ..SeatsDay::default() };
    let facts = DayFacts {
        people: Some(&people),
        teams: Some(TeamsFacts { index: &index, members: &members }),
        seats: Some(&seats),
        ..DayFacts::of_aggregate(day(), false, r#"{"daily_active_users":51}"#)
    };
    let steps = of_scope(&facts, 5);
    check_sums(&steps);
    use StepCode::*;
    let expected = [
        (OwnNumber, 51),
        (ReportsDiffer, -1),
        (UsersReport, 50),
        (ServerOnly, -3),
        (WithoutActivity, -1),
        (WithActivity, 46),
        (SumOfTeams, 46),
        (OverlapOfTeams, -10),
        (UnionOfTeams, 36),
        (InNoShownTeam, 14),
        (UsersReport, 50),
        (TeamsWithheld, 1),
        (TeamsUnderFive, 1),
        (UsersReport, 50),
        (ActiveWithoutSeat, -2),
        (SeatWithoutActivity, 10),
        (Seats, 58),
    ];
    assert_eq!(values(&steps), expected.map(|(code, value)| (code, Some(value))));
}

#[test]
fn what_was_not_read_is_not_held_and_what_is_about_few_people_is_withheld() {
    let steps = of_scope(&DayFacts::not_held(day()), 5);
    assert!(steps.iter().all(|step| step.value.is_none() && step.state == PointState::NotHeld), "{steps:?}");
    let people = people(set(0..40), set(0..40), set([]));
    let index = index(&[false, false]);
    // Three are in no team: the union would tell how many, and so would the overlap.
    let members = [set(0..30), set(20..37)];
    let teams = Some(TeamsFacts { index: &index, members: &members });
    let facts = DayFacts { people: Some(&people), teams, ..DayFacts::new(day(), true) };
    let teams: Vec<Step> = of_scope(&facts, 5).into_iter().filter(|step| step.section == Section::Teams).collect();
    let states: Vec<PointState> = teams.iter().map(|step| step.state).collect();
    use PointState::{Provisional, Withheld};
    assert_eq!(states, [Provisional, Withheld, Withheld, Withheld, Provisional, Provisional, Provisional]);
    assert!(of_scope(&facts, 1).iter().all(|step| step.state != Withheld));
}

#[test]
fn organizations_overlap_and_an_enterprise_has_people_of_none() {
    let organizations = [set(0..20), set(10..30)];
    let steps = from_organizations(Some(&organizations), Some(&set(0..40)), 5, false);
    check_sums(&steps);
    assert_eq!(steps.iter().map(|step| step.value.unwrap()).collect::<Vec<_>>(), [40, -10, 30, 0, 10, 40]);
    let steps = to_enterprise(Some(&organizations[0]), Some(&set(5..40)), 5, false);
    check_sums(&steps);
    assert_eq!(steps.iter().map(|step| step.value.unwrap()).collect::<Vec<_>>(), [20, -5, 20, 35]);
    let steps = from_organizations(Some(&organizations), Some(&set(0..31)), 5, false);
    assert_eq!(steps.iter().filter(|step| step.state == PointState::Withheld).count(), 4, "one person is in none");
    assert!(from_organizations(None, Some(&set(0..9)), 5, false)[..5].iter().all(|step| step.value.is_none()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_subtraction_of_shown_steps_is_about_few_people(
        sizes in proptest::collection::vec(proptest::collection::btree_set(0..24_u32, 5..20), 1..4), everyone in 1..24_u32,
    ) {
        let people = people(set(0..everyone), set(0..everyone), set([]));
        let index = index(&vec![false; sizes.len()]);
        let members: Vec<PersonSet> = sizes.into_iter().map(set).collect();
        let teams = Some(TeamsFacts { index: &index, members: &members });
        let facts = DayFacts { people: Some(&people), teams, ..DayFacts::new(day(), false) };
        let steps = of_scope(&facts, 5);
        check_sums(&steps);
        let shown = |code| steps.iter().find(|step| step.code == code && step.section == Section::Teams).unwrap().value;
        let all = shown(StepCode::UsersReport).unwrap();
        if let Some(union) = shown(StepCode::UnionOfTeams) {
            prop_assert!(union == all || all - union >= 5);
            let twice = Added::of(members.iter().map(|it| it & &set(0..everyone))).twice.len();
            prop_assert!(twice == 0 || twice >= 5);
            // Every sum and difference of the whole, the teams and their union.
            let whole = members.iter().fold(set(0..everyone), |all, team| all | team);
            let union = members.iter().fold(set([]), |all, team| all | team);
            if members.iter().map(PersonSet::len).sum::<u64>() > union.len() {
                let rows: Vec<&PersonSet> = members.iter().chain([&whole, &union]).collect();
                for combination in 0..3_usize.pow(rows.len() as u32) {
                    let sign = |place: usize| (combination / 3_usize.pow(place as u32) % 3) as i64 - 1;
                    let weight = |person: u32| -> i64 {
                        rows.iter().enumerate().map(|(place, row)| sign(place) * i64::from(row.contains(person))).sum()
                    };
                    let about = (0..24).filter(|person| weight(*person) != 0).count();
                    prop_assert!(about == 0 || about >= 5, "{} people by {}", about, combination);
                }
            }
        }
    }
}
