//! Days before every window that was read. GitHub leaves a team out of its reports while fewer than five of its members have a
//! seat, and such a team would hold back every deletion of its blueprint for as long as it stays that small. But no row of a team
//! is older than the window, suppressed or not, so what names an older day comes from none.

use super::completeness::{ResourceYield, could_produce};
use super::window::days_in;
use crate::model::day::Day;
use crate::model::slice::{Slice, SliceEnd};

/// The time before every window from which a blueprint's entities could have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastDays {
    /// The first day of all windows.
    first: Day,
}

impl PastDays {
    /// The past days of a blueprint of which nothing else is unproven than suppressed slices with a window.
    ///
    /// None if another slice is unproven, and if identifiers of a suppressed slice's resource need not hold the day of their item:
    /// then a day in an identifier may be any other date. None also for a blueprint that no resource produces any more.
    pub fn of(blueprint: &str, resources: &[ResourceYield], slices: &[Slice]) -> Option<Self> {
        let mut first: Option<Day> = None;
        for slice in slices.iter().filter(|slice| could_produce(blueprint, resources, slice)) {
            let is_harmless = || {
                let resource = resources.get(slice.resource);
                let names_day = resource.is_some_and(|resource| resource.may_be(blueprint) && resource.names_day);
                matches!(slice.end, SliceEnd::Suppressed { .. }) && slice.rejected == 0 && slice.window.is_some() && names_day
            };
            if !slice.proves_absence() && !is_harmless() {
                return None;
            }
            first = slice.window.map(|(first, _)| first).into_iter().chain(slice.day).chain(first).min();
        }
        first.map(|first| Self { first })
    }

    /// Tells whether an entity names a day, and none that is in a window or after it.
    ///
    /// Every identifier of a suppressed slice holds a day of its window, so this one is not among them, whatever else it holds.
    pub fn proves_gone(self, identifier: &str) -> bool {
        let mut days = days_in(identifier).peekable();
        days.peek().is_some() && days.all(|day| day < self.first)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OCTOBER: (&str, &str) = ("2026-10-04", "2026-10-31");

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn suppressed() -> SliceEnd {
        SliceEnd::Suppressed { reason: String::new(), remedy: String::new() }
    }

    fn slice(resource: usize, end: SliceEnd, window: Option<(&str, &str)>) -> Slice {
        let window = window.map(|(first, last)| (day(first), day(last)));
        Slice { window, ..Slice::new(resource, "team-usage-metrics", "acme/platform", end) }
    }

    fn resource(blueprint: Option<&str>, names_day: bool) -> ResourceYield {
        ResourceYield { blueprint: blueprint.map(str::to_owned), enable_delete: true, names_day }
    }

    #[test]
    fn only_suppressed_slices_with_a_window_whose_identifiers_hold_their_day_leave_the_past_proven() {
        let named = || vec![resource(Some("a"), true)];
        let failed = || SliceEnd::Failed { reason: String::new(), remedy: String::new() };
        let whole = || slice(0, SliceEnd::Complete, Some(OCTOBER));
        let small = || slice(0, suppressed(), Some(OCTOBER));
        let table = [
            ("a suppressed team", named(), vec![whole(), small()], true),
            ("nothing but a suppressed team", named(), vec![small()], true),
            ("a day that failed", named(), vec![small(), slice(0, failed(), Some(OCTOBER))], false),
            ("a list that failed", named(), vec![small(), slice(0, failed(), None)], false),
            ("a suppressed team without a window", named(), vec![whole(), slice(0, suppressed(), None)], false),
            ("a suppressed team with a rejected row", named(), vec![Slice { rejected: 1, ..small() }], false),
            ("identifiers without the day", vec![resource(Some("a"), false)], vec![whole(), small()], false),
            ("a resource of any blueprint", vec![resource(None, true)], vec![small()], true),
            ("a resource of another blueprint", vec![resource(Some("b"), true), resource(Some("a"), true)], vec![small()], false),
            ("a blueprint that nothing produces", vec![resource(Some("b"), true)], vec![small()], false),
            (
                "another resource without the day, complete",
                { vec![resource(Some("a"), true), resource(Some("a"), false)] },
                vec![small(), slice(1, SliceEnd::Complete, None)],
                true,
            ),
        ];
        for (what, resources, slices, expected) in table {
            assert_eq!(PastDays::of("a", &resources, &slices).is_some(), expected, "{what}");
        }
    }

    #[test]
    fn a_day_is_past_before_the_earliest_window_and_every_date_of_an_identifier_counts() {
        let september = slice(0, SliceEnd::Complete, Some(("2026-09-20", "2026-10-17")));
        let slices = [slice(0, suppressed(), Some(OCTOBER)), september];
        let past = PastDays::of("a", &[resource(Some("a"), true)], &slices).unwrap();
        let table = [
            ("acme/7@2026-09-19", true),
            ("acme/7@2026-09-20", false),
            ("acme/7@2026-10-04", false),
            ("acme/7@2026-11-01", false),
            ("2026-10-05/until-2026-01-01@2026-09-19", false),
            ("acme2026-10-0512@2026-09-19", false),
            ("2025-01-01/acme@2026-09-19", true),
            ("acme/7", false),
            ("", false),
        ];
        for (identifier, expected) in table {
            assert_eq!(past.proves_gone(identifier), expected, "{identifier}");
        }
    }

    /// Texts around the day in an identifier, which look like days and ids.
    fn parts() -> impl Strategy<Value = Vec<String>> {
        let text = prop_oneof!["[a-z0-9@/-]{0,8}", "20(25|26)-(0[1-9]|1[0-2])-(0[1-9]|2[0-9])", "[0-9]{1,12}"];
        prop::collection::vec(text, 0..5)
    }

    proptest! {
        /// The rows of a suppressed team are not known. Whatever they are, none of their entities is taken to be gone.
        #[test]
        fn what_a_suppressed_team_could_give_is_never_proven_gone(
            before in parts(),
            after in parts(),
            windows in prop::collection::vec((0..60_i32, 0..28_i32, any::<bool>()), 1..6),
            chosen in any::<prop::sample::Index>(),
            offset in 0..28_i32,
        ) {
            let slices: Vec<Slice> = windows.iter().map(|(first, days, is_small)| {
                let first = day("2026-09-01").plus_days(*first);
                let end = if *is_small { suppressed() } else { SliceEnd::Complete };
                Slice { window: Some((first, first.plus_days(*days))), ..slice(0, end, None) }
            }).collect();
            let past = PastDays::of("a", &[resource(Some("a"), true)], &slices).unwrap();
            let (first, last) = chosen.get(&slices).window.unwrap();
            let row = first.plus_days(offset.min(last.days_since(first))).to_string();
            let identifier = format!("{}{}{}", before.concat(), row, after.concat());
            prop_assert!(!past.proves_gone(&identifier), "{} of {:?}", identifier, slices);
        }

        #[test]
        fn every_day_before_all_windows_is_proven_gone(
            prefix in "[a-z/@]{0,12}",
            windows in prop::collection::vec((0..60_i32, any::<bool>()), 1..6),
            before in 1..400_i32,
        ) {
            let slices: Vec<Slice> = windows.iter().map(|(first, is_small)| {
                let first = day("2026-09-01").plus_days(*first);
                let end = if *is_small { suppressed() } else { SliceEnd::Complete };
                Slice { window: Some((first, first.plus_days(27))), ..slice(0, end, None) }
            }).collect();
            let first = slices.iter().filter_map(|slice| slice.window).min().unwrap().0;
            let past = PastDays::of("a", &[resource(Some("a"), true)], &slices).unwrap();
            let identifier = format!("{}@{}", prefix, first.plus_days(-before));
            prop_assert!(past.proves_gone(&identifier), "{} of {:?}", identifier, slices);
        }
    }
}
