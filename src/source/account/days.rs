//! Days that a selector asks for. Pure.

use crate::kind::Selection;
use crate::kind::selection::MOST_DAYS;
use crate::model::day::Day;

/// Days that are read when none are chosen.
const DAYS_UNLESS_CHOSEN: i32 = 28;

/// The days to read, oldest first. The newest is yesterday: today is not over.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn wanted(selection: &Selection, first_of_all: Day, today: Day, vendor: &str) -> Result<Vec<Day>, String> {
    let yesterday = today.plus_days(-1);
    let year = today.plus_days(-MOST_DAYS);
    let last = selection.until.map_or(yesterday, |until| until.min(yesterday));
    if let Some(since) = selection.since {
        if since < first_of_all.max(year) {
            let first = first_of_all.max(year);
            return Err(format!("`selector.since` is {since}, but {vendor} is not asked for days before {first}"));
        }
        if since > last {
            return Err(format!("`selector.since` is {since}, but the newest day that can be read is {last}"));
        }
    }
    let first = selection.since.unwrap_or_else(|| last.plus_days(1 - selection.days.unwrap_or(DAYS_UNLESS_CHOSEN)));
    let first = first.max(first_of_all).max(year);
    if last < first {
        return Err(format!("`selector.until` is {last}, but {vendor} is not asked for days before {first}"));
    }
    Ok((0..=last.days_since(first)).map(|after| first.plus_days(after)).collect())
}

/// Days in a row, in windows of at most so many, oldest first.
pub(super) fn windows(days: &[Day], at_most: usize) -> Vec<(Day, Day)> {
    let mut windows: Vec<(Day, Day)> = Vec::new();
    for day in days {
        match windows.last_mut() {
            Some((first, last))
                if last.plus_days(1) == *day && day.days_since(*first) < i32::try_from(at_most).unwrap_or(i32::MAX) =>
            {
                *last = *day;
            }
            _ => windows.push((*day, *day)),
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_days_are_those_of_the_selector_until_yesterday() {
        let table = [
            (Selection::default(), Ok(("2026-10-23", "2026-11-19"))),
            (Selection { days: Some(2), ..Selection::default() }, Ok(("2026-11-18", "2026-11-19"))),
            (
                Selection { since: Some(day("2026-11-01")), until: Some(day("2026-11-03")), ..Selection::default() },
                Ok(("2026-11-01", "2026-11-03")),
            ),
            (
                Selection { until: Some(day("2027-01-01")), days: Some(1), ..Selection::default() },
                Ok(("2026-11-19", "2026-11-19")),
            ),
            (Selection { since: Some(day("2025-01-01")), ..Selection::default() }, Err("before 2025-11-20")),
            (
                Selection { since: Some(day("2026-11-20")), ..Selection::default() },
                Err("newest day that can be read is 2026-11-19"),
            ),
            (Selection { until: Some(day("2024-01-01")), ..Selection::default() }, Err("before 2025-11-20")),
        ];
        for (selection, expected) in table {
            let days = wanted(&selection, day("2025-01-01"), day("2026-11-20"), "Cursor");
            match (days, expected) {
                (Ok(days), Ok((first, last))) => {
                    assert_eq!((days[0], days[days.len() - 1]), (day(first), day(last)), "{selection:?}")
                }
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, _) => panic!("{selection:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn windows_have_no_gaps_and_are_not_too_long() {
        let days: Vec<Day> = (0..5).chain(8..9).map(|after| day("2026-11-01").plus_days(after)).collect();
        let told: Vec<String> =
            windows(&days, 3).iter().map(|(first, last)| format!("{}..{}", first.of_month(), last.of_month())).collect();
        assert_eq!(told, ["1..3", "4..5", "9..9"]);
        assert_eq!(windows(&days, 1).len(), 6);
        assert_eq!(windows(&[], 3), []);
    }
}
