//! Comparison with a naive implementation over the same reports: values, loops and sets, written for clarity and not for speed.

mod naive;
mod world;

use proptest::prelude::*;
use serde_json::Value;

use self::world::{World, WorldDay, world};
use super::ReportOwner;
use super::finished_day::FinishedTeamDay;
use super::legacy_shape::{LegacyPeriod, LegacyTeamDay};
use super::roster::Roster;
use super::team_day::TeamDay;
use super::windows::Windows;
use crate::model::day::Day;

/// Cases per test. Each has up to 40 days, so that a few of them cover every window.
const CASES: u32 = 48;

fn roster(day: &WorldDay) -> Roster {
    let mut roster = Roster::of_report(ReportOwner::Organization, day.day);
    day.memberships.iter().for_each(|row| roster.push_membership(row.to_string().as_bytes()).unwrap());
    roster
}

fn joined(day: &WorldDay) -> FinishedTeamDay {
    let mut joined = TeamDay::new(roster(day));
    day.users.iter().for_each(|row| joined.push_user(row.to_string().as_bytes()).unwrap());
    joined.finish()
}

fn values<'json>(records: impl Iterator<Item = &'json [u8]>) -> Vec<Value> {
    records.map(|json| serde_json::from_slice(json).unwrap()).collect()
}

fn first_day() -> Day {
    "2026-02-10".parse().unwrap()
}

fn check_teams(world: &World) -> Result<(), TestCaseError> {
    let mut windows = Windows::new();
    for (position, day) in world.days.iter().enumerate() {
        let joined = joined(day);
        if day.is_held {
            windows.hold(&joined).unwrap();
        }
        let records: Vec<_> = joined.records(&windows).collect();
        let found = values(records.iter().map(|record| record.json.as_slice()));
        prop_assert_eq!(found, naive::team_records(&world.days[..=position]), "{}", day.day);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn team_records_and_windows_are_those_of_a_naive_reading(world in world(first_day(), 1..40)) {
        check_teams(&world)?;
    }

    #[test]
    fn the_shape_of_2024_holds_the_sums_of_the_users_reports(world in world(first_day(), 1..4)) {
        let mut period = LegacyPeriod::new(ReportOwner::Organization, world.days[0].day, world.days[world.days.len() - 1].day);
        let rows = world.days.iter().flat_map(|day| &day.users);
        rows.for_each(|row| period.push_user(row.to_string().as_bytes()).unwrap());
        let records: Vec<_> = period.records().collect();
        let found = values(records.iter().map(|record| record.json.as_slice()));
        let expected: Vec<_> = world.days.iter().filter(|day| !day.users.is_empty()).collect();
        prop_assert_eq!(found.len(), expected.len());
        for (record, day) in found.iter().zip(expected) {
            prop_assert_eq!(naive::legacy_figures(record), naive::figures(&day.users), "{}", record);
        }
        for day in &world.days {
            let mut joined = LegacyTeamDay::new(roster(day));
            day.users.iter().for_each(|row| joined.push_user(row.to_string().as_bytes()).unwrap());
            for record in joined.records() {
                let members = naive::users_of(day, record.team_id.unwrap());
                let record: Value = serde_json::from_slice(&record.json).unwrap();
                prop_assert_eq!(naive::legacy_figures(&record), naive::figures(&members), "{}", record);
            }
        }
    }
}
