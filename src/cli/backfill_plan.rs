//! What a backfill costs before it begins, and how long it takes from then on. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::history::backfill::Amount;
use crate::kind::{Kind, Source as Reports};
use crate::model::usage::RateLimit;
use crate::render::number::{count, counted};

/// The part of the rate limit that is left to others, as one of so many.
pub(super) const LEFT_TO_OTHERS: u64 = 4;

/// Answers in a minute: four slices are read at once, and an answer takes about 0.4 s.
const ANSWERS_A_MINUTE: u64 = 600;

/// Days of which the time is measured before it is told: the first ones open connections.
const DAYS_TO_MEASURE: u64 = 20;

/// What days cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DayCost {
    /// Requests to GitHub's API, which its rate limit counts.
    pub(super) requests: u64,
    /// Files, which are on other hosts and which no rate limit counts.
    pub(super) files: u64,
}

impl DayCost {
    /// The cost of a day of a kind: a report and its file, two of both, or an answer that comes whole. Reports of more than about 20,000 rows have more files.
    fn of_day(kind: &Kind) -> Self {
        match kind.source {
            Reports::Teams(_) => Self { requests: 2, files: 2 },
            Reports::Days(_) => Self { requests: 1, files: 0 },
            _ => Self { requests: 1, files: 1 },
        }
    }

    fn times(self, days: u64) -> Self {
        Self { requests: self.requests * days, files: self.files * days }
    }

    fn plus(self, other: Self) -> Self {
        Self { requests: self.requests + other.requests, files: self.files + other.files }
    }
}

/// What is going to be read, what it costs and how long it takes. None when nothing is.
pub(super) fn plan(kinds: &[(&'static Kind, Amount)], limit: Option<RateLimit>, now: Timestamp) -> Option<String> {
    let wanted: Vec<&(&Kind, Amount)> = kinds.iter().filter(|(_, amount)| amount.days > 0).collect();
    if wanted.is_empty() {
        return None;
    }
    let cost = |(kind, amount): &&(&Kind, Amount)| DayCost::of_day(kind).times(amount.days);
    let lines = wanted.iter().map(|of| {
        let (kind, Amount { days, scopes, .. }) = of;
        let (days, scopes) = (counted(*days, "day", "days"), counted(*scopes, "scope", "scopes"));
        format!("  {:<36}{days} of {scopes}, about {} requests", kind.name, count(cost(of).requests))
    });
    let all = wanted.iter().map(cost).fold(DayCost::default(), DayCost::plus);
    let left = limit.map_or(String::new(), |limit| {
        let reset = limit.reset.strftime("%H:%M UTC");
        format!(
            "; GitHub has {} of {} left until {reset}, a quarter stays for others",
            count(limit.remaining),
            count(limit.limit)
        )
    });
    Some(format!(
        "days to read, newest first:\n{}\nabout {} requests and {} files{left}\nit takes about {}; stop it at any time, the next backfill goes on",
        lines.collect::<Vec<_>>().join("\n"),
        count(all.requests),
        count(all.files),
        time(minutes(all, limit, now)),
    ))
}

fn time(minutes: u64) -> String {
    match minutes {
        0..90 => counted(minutes, "minute", "minutes"),
        _ => counted(minutes.div_ceil(60), "hour", "hours"),
    }
}

/// Minutes of so much, waits for the rate limit included, of which a quarter stays for others.
fn minutes(cost: DayCost, limit: Option<RateLimit>, now: Timestamp) -> u64 {
    let DayCost { requests, files } = cost;
    let asking = |requests: u64| (requests + files * requests / cost.requests.max(1)).div_ceil(ANSWERS_A_MINUTE);
    let Some(limit) = limit.filter(|limit| limit.limit > 0) else { return asking(requests) };
    let others = limit.limit / LEFT_TO_OTHERS;
    let (free, hourly) = (limit.remaining.saturating_sub(others), (limit.limit - others).max(1));
    if requests <= free {
        return asking(requests);
    }
    let until_reset = u64::try_from(limit.reset.duration_since(now).as_mins()).unwrap_or_default() + 1;
    let waits = (requests - free).div_ceil(hourly);
    let last = requests - free - (waits - 1) * hourly;
    until_reset + (waits - 1) * 60 + asking(last)
}

/// How far it is, and how long the rest takes by what was measured; waits for others and for the rate limit are not in it.
pub(super) fn progress(asked: u64, all: u64, reading: Duration) -> String {
    let text = format!("{} of {} days", count(asked), count(all));
    let rest = all.saturating_sub(asked);
    if asked < DAYS_TO_MEASURE || rest == 0 {
        return text;
    }
    let seconds = reading.as_secs_f64() / asked as f64 * rest as f64;
    format!("{text}, about {} left", time(((seconds / 60.0).ceil() as u64).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;

    #[test]
    fn a_backfill_that_does_not_fit_into_the_hour_waits_for_the_next_ones() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let limit = |remaining| RateLimit { limit: 4000, remaining, reset: "2026-11-20T10:40:00Z".parse().unwrap() };
        for (requests, remaining, expected) in [
            (300, None, 1),
            (301, None, 2),
            (3000, Some(4000), 10),
            (600, Some(1600), 2),
            // After the reset 600 requests and 600 files are left.
            (600, Some(1000), 41 + 2),
            (3600, Some(1000), 41 + 60 + 2),
        ] {
            let cost = DayCost { requests, files: requests };
            assert_eq!(minutes(cost, remaining.map(limit), now), expected, "{requests} {remaining:?}");
        }
    }

    #[test]
    fn files_are_no_requests_and_what_is_measured_takes_the_place_of_the_estimate() {
        let kinds = ["organization-usage-metrics", "team-usage-metrics"].map(|name| kind::find(name).unwrap());
        let amount = |days| Amount { scopes: 1, days, ..Amount::default() };
        let text = plan(&[(kinds[0], amount(300)), (kinds[1], amount(300))], None, Timestamp::UNIX_EPOCH).unwrap();
        assert!(text.contains("300 days of 1 scope, about 300 requests\n"), "{text}");
        assert!(text.contains("about 900 requests and 900 files\nit takes about 3 minutes;"), "{text}");
        assert_eq!(plan(&[(kinds[0], amount(0))], None, Timestamp::UNIX_EPOCH), None);
        let minute = Duration::from_secs(60);
        assert_eq!(progress(19, 1900, minute), "19 of 1,900 days");
        assert_eq!(progress(100, 1000, minute), "100 of 1,000 days, about 9 minutes left");
        assert_eq!(progress(1000, 1000, minute), "1,000 of 1,000 days");
    }
}
