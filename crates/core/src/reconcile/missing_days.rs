//! Finds the days that a report passes over. A day that is not in a report of many days, although days before and after it are, may have been
//! left out: GitHub documents no aggregate without its idle days. What is known of such a day stays. Days missing at either end are
//! those of which there is no data yet, or no more.

use std::collections::BTreeSet;

use super::completeness::{ResourceYield, could_produce};
use super::window::day_in;
use crate::model::day::Day;
use crate::model::slice::Slice;

/// Days between the first and the last one of `days` that are not among them.
pub fn passed_over(days: impl IntoIterator<Item = Day>) -> Vec<Day> {
    let days: BTreeSet<Day> = days.into_iter().collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Vec::new() };
    (1..last.days_since(*first)).map(|number| first.plus_days(number)).filter(|day| !days.contains(day)).collect()
}

/// Days of which reports that could have produced a blueprint's entities say nothing.
#[derive(Clone, Debug, Default)]
pub struct MissingDays {
    days: BTreeSet<Day>,
    reports: Vec<String>,
}

impl MissingDays {
    /// The missing days of a blueprint.
    pub fn of(blueprint: &str, resources: &[ResourceYield], slices: &[Slice]) -> Self {
        let mut missing = Self::default();
        for slice in slices.iter().filter(|slice| !slice.missing_days.is_empty() && could_produce(blueprint, resources, slice)) {
            missing.days.extend(&slice.missing_days);
            missing.reports.push(format!("{} of {}", slice.kind, slice.scope));
        }
        missing
    }

    /// True when an entity may be one of a missing day. One whose identifier names no day may be.
    pub fn keep(&self, identifier: &str) -> bool {
        !self.days.is_empty() && day_in(identifier).is_none_or(|day| self.days.contains(&day))
    }

    /// The reports that pass over a day.
    pub fn reports(&self) -> &[String] {
        &self.reports
    }

    /// The days, oldest first.
    pub fn days(&self) -> Vec<Day> {
        self.days.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::slice::SliceEnd;

    fn days(days: &[&str]) -> Vec<Day> {
        days.iter().map(|day| day.parse().unwrap()).collect()
    }

    #[test]
    fn only_days_between_others_are_passed_over() {
        let table: [(&[&str], &[&str]); 5] = [
            (&[], &[]),
            (&["2026-08-03"], &[]),
            (&["2026-08-03", "2026-08-04"], &[]),
            (&["2026-09-02", "2026-08-30"], &["2026-08-31", "2026-09-01"]),
            (&["2026-08-01", "2026-08-03", "2026-08-05"], &["2026-08-02", "2026-08-04"]),
        ];
        for (there, expected) in table {
            assert_eq!(passed_over(days(there)), days(expected), "{there:?}");
        }
    }

    #[test]
    fn entities_of_a_missing_day_are_kept_and_those_that_name_no_day() {
        let slice = |resource: usize, missing: &[&str]| Slice {
            items: 1,
            missing_days: days(missing),
            ..Slice::new(resource, "organization-usage-metrics", "acme", SliceEnd::Complete)
        };
        let resources = ["a", "b"].map(|name| ResourceYield { blueprint: Some(name.into()), enable_delete: true });
        let slices = [slice(0, &["2026-08-02"]), slice(1, &[])];
        let missing = MissingDays::of("a", &resources, &slices);
        let keep = ["acme@2026-08-02", "acme@2026-08-03", "acme"].map(|identifier| missing.keep(identifier));
        assert_eq!((keep, missing.reports().len()), ([true, false, true], 1));
        assert!(!MissingDays::of("b", &resources, &slices).keep("acme@2026-08-02"), "another resource's report");
    }
}
