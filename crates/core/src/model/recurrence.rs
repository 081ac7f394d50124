//! Schedules: a fixed interval or a cron expression. Pure: the time is an argument.

use std::time::Duration;

use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions, parse_crontab_with};
use jiff::{SignedDuration, Timestamp};

/// Longest interval: a year. A longer one is likely a mistake, and could overflow a clock.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Number of fields of a cron expression without its time zone.
const CRON_FIELDS: usize = 5;

/// Schedule.
#[derive(Clone, Debug)]
pub enum Recurrence {
    /// Fixed interval, from a second to a year.
    Every(Duration),
    /// Cron expression.
    Cron(Crontab),
}

impl Recurrence {
    /// Reads a number of minutes (`60`), a duration with units (`2h 30m`), or a cron expression of five fields, in UTC unless a
    /// time zone follows (`0 3 * * * Europe/Berlin`).
    ///
    /// # Errors
    /// The expected form, or the fault of the cron expression.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.split_whitespace().count() >= CRON_FIELDS {
            return cron(text).map(Self::Cron);
        }
        let interval = match text.parse::<u32>() {
            Ok(minutes) => Some(SignedDuration::from_mins(minutes.into())),
            Err(_) => text.parse().ok(),
        };
        let interval = interval.filter(|interval| (SignedDuration::from_secs(1)..=LONGEST).contains(interval));
        let expected = || "a number of minutes, a duration such as `2h`, or a cron expression such as `0 3 * * *`".to_owned();
        interval.and_then(|interval| Duration::try_from(interval).ok()).map(Self::Every).ok_or_else(expected)
    }

    /// The first time after `after`. Intervals are counted from `anchor`. None at the end of the calendar.
    pub fn next(&self, anchor: Timestamp, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(interval) => {
                let interval = i128::try_from(interval.as_nanos()).ok()?;
                let passed = after.as_nanosecond() - anchor.as_nanosecond();
                let number = passed.div_euclid(interval) + 1;
                Timestamp::from_nanosecond(anchor.as_nanosecond() + number * interval).ok()
            }
            Self::Cron(table) => cron_next(table, after),
        }
    }
}

fn cron(text: &str) -> Result<Crontab, String> {
    let mut options = ParseOptions::default();
    options.fallback_timezone_option = FallbackTimezoneOption::UTC;
    let table = parse_crontab_with(text, options).map_err(|error| {
        let said = error.to_string();
        // Its errors mark the position on a second line, but a message is one line here.
        let reason = said.lines().last().map(|line| line.trim_start_matches([' ', '^'])).unwrap_or_default();
        format!("a cron expression of five fields, and a time zone if it is not UTC ({reason})")
    })?;
    // Such as the thirtieth of February.
    match cron_next(&table, Timestamp::UNIX_EPOCH) {
        Some(_) => Ok(table),
        None => Err("a cron expression that matches at least one time".to_owned()),
    }
}

fn cron_next(table: &Crontab, after: Timestamp) -> Option<Timestamp> {
    let after = MakeTimestamp::from_nanosecond(after.as_nanosecond()).ok()?;
    table.find_next(after).ok().map(|next| next.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_recurs_comes_next_after_a_moment_and_never_at_it() {
        let anchor = "2026-11-01T00:30:00Z";
        let table = [
            ("60", "2026-11-01T00:30:00Z", "2026-11-01T01:30:00Z"),
            ("60", "2026-11-01T00:29:59Z", "2026-11-01T00:30:00Z"),
            ("60", "2026-11-01T05:45:00Z", "2026-11-01T06:30:00Z"),
            ("1h 30m", "2026-11-01T02:00:00Z", "2026-11-01T03:30:00Z"),
            ("90s", "2026-11-01T00:30:01Z", "2026-11-01T00:31:30Z"),
            ("0 3 * * *", "2026-11-01T03:00:00Z", "2026-11-02T03:00:00Z"),
            ("*/15 8-18 * * MON-FRI", "2026-11-06T18:59:00Z", "2026-11-09T08:00:00Z"),
            ("0 3 * * * +02:00", "2026-11-01T00:30:00Z", "2026-11-01T01:00:00Z"),
            ("0 0 29 2 *", "2026-11-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ];
        for (text, after, expected) in table {
            let next = Recurrence::parse(text).unwrap().next(moment(anchor), moment(after));
            assert_eq!(next, Some(moment(expected)), "{text} after {after}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_was_expected() {
        let table = [
            ("0", "a number of minutes, a duration"),
            ("-2h", "a number of minutes, a duration"),
            ("soon", "a number of minutes, a duration"),
            ("9999999999", "a number of minutes, a duration"),
            ("1000d", "a number of minutes, a duration"),
            ("0 25 * * *", "a cron expression of five fields"),
            ("0 3 * * * Mars/Olympus", "a cron expression of five fields"),
            ("0 0 30 2 *", "a cron expression that matches at least one time"),
        ];
        for (text, expected) in table {
            let error = Recurrence::parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
            assert!(!error.contains('\n'), "{text}: {error}");
        }
    }
}
