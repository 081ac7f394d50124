//! Days that have left the window of a report. GitHub's reports reach back 28 days, so one day leaves every day and its entities
//! are no longer desired. A plan names this reason.

use std::collections::BTreeMap;

use serde::Serialize;

use super::completeness::{ResourceYield, could_produce};
use crate::model::day::Day;
use crate::model::slice::Slice;

/// Days that a report covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The first day.
    pub first: Day,
    /// Number of days.
    pub days: i32,
}

/// The window of a blueprint: of the slices that could have produced its entities, the window with the earliest first day.
///
/// None if there is no such slice, or if one of them has no window: then no day can be said to have left.
pub fn window_of(blueprint: &str, resources: &[ResourceYield], slices: &[Slice]) -> Option<Window> {
    let windows = slices.iter().filter(|slice| could_produce(blueprint, resources, slice)).map(|slice| slice.window);
    let windows: Vec<(Day, Day)> = windows.collect::<Option<_>>()?;
    let (first, last) = windows.into_iter().min()?;
    Some(Window { first, days: last.days_since(first) + 1 })
}

/// Days that each report of many days covers, as its name says.
const REPORT_DAYS: i32 = 28;

/// The reports that could have produced a blueprint's entities, by the days that they cover.
///
/// A report says nothing of days after its end: an older one may have been served again. And one that begins later than 28 days
/// before its end says nothing of the days in between: it is shorter than its name.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The first and the last day, and a report that covers them, as `kind of scope`.
    reports: BTreeMap<(Day, Day), String>,
}

impl Coverage {
    /// The coverage of a blueprint. Lists cover no days and are left out.
    pub fn of(blueprint: &str, resources: &[ResourceYield], slices: &[Slice]) -> Self {
        let produced = slices.iter().filter(|slice| could_produce(blueprint, resources, slice));
        let reports = produced.filter_map(|slice| Some((slice.window?, format!("{} of {}", slice.kind, slice.scope))));
        Self { reports: reports.collect() }
    }

    /// A report that says nothing of the day in an identifier, with the days that it covers. None for an identifier without a day,
    /// and for days that left the 28 days of every report.
    pub fn gap(&self, identifier: &str) -> Option<(&str, Day, Day)> {
        let day = day_in(identifier)?;
        let is_open = |(first, last): &(Day, Day)| day > *last || day < *first && last.days_since(day) < REPORT_DAYS;
        self.reports.iter().find(|(days, _)| is_open(days)).map(|((first, last), report)| (report.as_str(), *first, *last))
    }
}

impl Window {
    /// Tells whether the day in an identifier is before the window. False for an identifier without a day.
    pub fn is_past(&self, identifier: &str) -> bool {
        day_in(identifier).is_some_and(|day| day < self.first)
    }
}

/// Bytes of a day.
const DAY_LENGTH: usize = "2026-08-01".len();

/// The last day in a text, written `2026-08-01` and not part of a longer number.
pub(super) fn day_in(text: &str) -> Option<Day> {
    let is_digit = |index: usize| text.as_bytes().get(index).is_some_and(u8::is_ascii_digit);
    let stands_alone = |start: usize| (start == 0 || !is_digit(start - 1)) && !is_digit(start + DAY_LENGTH);
    let starts = (0..=text.len().checked_sub(DAY_LENGTH)?).rev().filter(|start| stands_alone(*start));
    starts.filter_map(|start| text.get(start..start + DAY_LENGTH)).find_map(|day| day.parse().ok())
}

/// Every part of a text that is written as a day, also within a longer number, from the end.
pub(super) fn days_in(text: &str) -> impl Iterator<Item = Day> + '_ {
    let starts = (0..text.len()).rev();
    starts.filter_map(|start| text.get(start..start + DAY_LENGTH)).filter_map(|part| part.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::slice::SliceEnd;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn slice(resource: usize, window: Option<(&str, &str)>) -> Slice {
        let window = window.map(|(first, last)| (day(first), day(last)));
        let kind = "organization-usage-metrics".to_owned();
        Slice { window, items: 1, ..Slice::new(resource, kind, "acme", SliceEnd::Complete) }
    }

    fn constant(blueprint: &str) -> ResourceYield {
        ResourceYield { blueprint: Some(blueprint.into()), enable_delete: true, names_day: true }
    }

    #[test]
    fn a_day_is_found_wherever_it_stands_and_the_last_one_counts() {
        let table = [
            ("acme@2026-10-03", Some("2026-10-03")),
            ("2026-10-03/acme", Some("2026-10-03")),
            ("team-2025-01-01@2026-10-03", Some("2026-10-03")),
            ("zoë@acme@2026-10-03T00:00:00Z", Some("2026-10-03")),
            ("ünïcödé-2026-10-0", None),
            ("2026-13-01", None),
            ("12026-10-031", None),
            ("octocat@acme", None),
            ("", None),
        ];
        for (identifier, expected) in table {
            assert_eq!(day_in(identifier), expected.map(day), "{identifier}");
        }
    }

    #[test]
    fn a_day_has_left_only_when_it_is_before_every_window() {
        let windows = [slice(0, Some(("2026-10-05", "2026-11-01"))), slice(0, Some(("2026-10-04", "2026-10-31")))];
        let window = window_of("a", &[constant("a")], &windows).unwrap();
        assert_eq!((window.first, window.days), (day("2026-10-04"), 28));
        assert!(window.is_past("acme@2026-10-03"));
        assert!(!window.is_past("acme@2026-10-04"));
        assert!(!window.is_past("octocat"));
    }

    #[test]
    fn a_report_that_is_older_or_shorter_than_28_days_does_not_cover_a_day() {
        let resources = [constant("a"), constant("b")];
        let gap = |windows: &[(&str, &str)], identifier: &str| {
            let slices: Vec<Slice> =
                windows.iter().map(|window| slice(0, Some(*window))).chain([slice(0, None), slice(1, None)]).collect();
            let first = Coverage::of("a", &resources, &slices).gap(identifier).map(|(report, first, last)| {
                assert_eq!(report, "organization-usage-metrics of acme");
                (first.to_string(), last.to_string())
            });
            assert_eq!(Coverage::of("b", &resources, &slices).gap(identifier), None, "a list covers no days");
            first
        };
        let whole = ("2026-10-05", "2026-11-01");
        let older = ("2026-09-24", "2026-10-21");
        let shorter = ("2026-10-30", "2026-11-01");
        let table = [
            (vec![whole], "acme@2026-10-04", None),
            (vec![whole], "acme@2026-10-05", None),
            (vec![whole], "acme@2026-11-02", Some(whole)),
            (vec![whole, older], "acme@2026-10-22", Some(older)),
            (vec![whole, older], "acme@2026-10-21", None),
            (vec![shorter], "acme@2026-10-29", Some(shorter)),
            (vec![shorter], "acme@2026-10-05", Some(shorter)),
            (vec![shorter], "acme@2026-10-04", None),
            (vec![shorter], "octocat", None),
            (vec![], "acme@2026-10-05", None),
        ];
        for (windows, identifier, expected) in table {
            let expected = expected.map(|(first, last)| (first.to_owned(), last.to_owned()));
            assert_eq!(gap(&windows, identifier), expected, "{windows:?} {identifier}");
        }
    }

    #[test]
    fn nothing_is_said_of_a_window_when_a_list_could_have_produced_it_too() {
        let resources = [constant("a"), constant("b")];
        let slices = [slice(0, Some(("2026-10-04", "2026-10-31"))), slice(1, None)];
        assert!(window_of("a", &resources, &slices).is_some());
        assert!(window_of("b", &resources, &slices).is_none());
        assert!(window_of("gone", &resources, &slices).is_none());
        assert!(window_of("a", &resources, &[]).is_none());
    }
}
