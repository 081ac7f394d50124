//! Waits that a server asks for, from the headers of its answer, and waits that are announced. Pure.
//!
//! Each client decides for which statuses they count: servers may send rate limits with every answer, so a reset counts only
//! where the limit is used up.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::{rfc2822, strtime};

/// Header with the requests that are left in this window of the rate limit.
pub const RATE_LIMIT_REMAINING: &str = "x-ratelimit-remaining";
/// Header with the beginning of the next window.
pub const RATE_LIMIT_RESET: &str = "x-ratelimit-reset";

/// Length from which a wait is announced, so that a waiting client does not look like one that hangs.
pub const ANNOUNCED_WAIT: Duration = Duration::from_secs(5);

/// Failed attempt from which each wait is announced, however short: the request has failed more than by chance.
const ANNOUNCED_ATTEMPT: u32 = 3;

/// True when the wait after the failed attempt of that number is announced.
pub fn is_announced(attempt: u32, wait: Duration) -> bool {
    wait >= ANNOUNCED_WAIT || attempt >= ANNOUNCED_ATTEMPT
}

/// Largest number that is a count of seconds; larger ones are epoch seconds. Servers use both forms under one name. 10,000
/// seconds are almost three hours.
const LARGEST_COUNT_OF_SECONDS: f64 = 10_000.0;

/// Wait that `Retry-After` asks for: seconds, or an HTTP date (none for a date in the past). None when the header is missing or
/// unreadable.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    // The standard has no epoch seconds in this header, so any number is a count.
    seconds(text).or_else(|| until(moment(text)?, now))
}

/// Wait until the next window, from `x-ratelimit-reset`: epoch seconds, a count of seconds, or a date.
pub fn rate_limit_reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RATE_LIMIT_RESET)?.to_str().ok()?.trim();
    match text.parse::<f64>() {
        Ok(epoch) if epoch > LARGEST_COUNT_OF_SECONDS => until(Timestamp::from_second(whole_seconds(epoch)?).ok()?, now),
        Ok(_) => seconds(text),
        Err(_) => until(moment(text)?, now),
    }
}

/// Wait until the next window, when the answer says that no request is left in this one.
pub fn when_used_up(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    if rate_limit_is_used_up(headers) { rate_limit_reset(headers, now) } else { None }
}

/// End of a wait that begins now, for announcements. Empty beyond the calendar.
pub fn end_of(wait: Duration, now: Timestamp) -> String {
    now.saturating_add(wait).map(|end| end.to_string()).unwrap_or_default()
}

/// Checks whether the answer says that no request is left in this window.
pub fn rate_limit_is_used_up(headers: &HeaderMap) -> bool {
    let remaining = headers.get(RATE_LIMIT_REMAINING).and_then(|value| value.to_str().ok());
    remaining.and_then(|text| text.trim().parse::<f64>().ok()).is_some_and(|remaining| remaining <= 0.0)
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}

fn whole_seconds(epoch: f64) -> Option<i64> {
    // Rounded up, so that the wait does not end too early.
    let up = epoch.ceil();
    (up.is_finite() && up.abs() < 1e15).then_some(up as i64)
}

fn moment(text: &str) -> Option<Timestamp> {
    // The current form of HTTP dates, then the two obsolete ones that readers must accept, then ISO 8601, which some servers
    // send.
    let current = || rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok();
    let obsolete =
        |format| strtime::parse(format, text).ok()?.to_datetime().ok()?.in_tz("UTC").ok().map(|zoned| zoned.timestamp());
    current()
        .or_else(|| obsolete("%A, %d-%b-%y %H:%M:%S GMT"))
        .or_else(|| obsolete("%a %b %e %H:%M:%S %Y"))
        .or_else(|| text.parse().ok())
}

fn until(moment: Timestamp, now: Timestamp) -> Option<Duration> {
    Some(Duration::try_from(moment.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// Sunday, 6 November 1994, 08:48:37 UTC.
    const NOW: &str = "1994-11-06T08:48:37Z";

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
    }

    fn secs(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn retry_after_is_read_in_every_form_that_servers_write() {
        let cases = [
            ("600", secs(600)),
            ("0", secs(0)),
            (" 1.5 ", Some(Duration::from_millis(1500))),
            ("20000", secs(20000)),
            ("-5", secs(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", secs(60)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", secs(60)),
            ("Sun Nov  6 08:49:37 1994", secs(60)),
            ("1994-11-06T08:49:37Z", secs(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", secs(0)),
            ("soon", None),
            ("", None),
            ("NaN", secs(0)),
            ("inf", None),
        ];
        for (value, wait) in cases {
            assert_eq!(retry_after(&headers("retry-after", value), NOW.parse().unwrap()), wait, "{value:?}");
        }
    }

    #[test]
    fn a_reset_may_be_a_moment_or_a_count_of_seconds() {
        let now: Timestamp = "2026-08-01T00:00:00.500Z".parse().unwrap();
        let in_ten_minutes = now.as_second() + 600;
        let cases = [
            (in_ten_minutes.to_string(), Some(Duration::from_millis(599_500))),
            ((now.as_second() - 600).to_string(), secs(0)),
            ("600".to_owned(), secs(600)),
            ("10000".to_owned(), secs(10_000)),
            ("2026-08-01T00:10:00.500Z".to_owned(), secs(600)),
            ("1e300".to_owned(), None),
            ("later".to_owned(), None),
        ];
        for (value, wait) in cases {
            assert_eq!(rate_limit_reset(&headers(RATE_LIMIT_RESET, &value), now), wait, "{value:?}");
        }
    }

    #[test]
    fn a_reset_is_waited_for_only_where_the_limit_is_used_up() {
        for (remaining, wait) in [(Some("0"), secs(600)), (Some("1"), None), (None, None)] {
            let mut headers = headers(RATE_LIMIT_RESET, "600");
            if let Some(remaining) = remaining {
                headers.insert(RATE_LIMIT_REMAINING, HeaderValue::from_static(remaining));
            }
            assert_eq!(when_used_up(&headers, NOW.parse().unwrap()), wait, "{remaining:?}");
        }
        assert_eq!(when_used_up(&headers(RATE_LIMIT_REMAINING, "0"), NOW.parse().unwrap()), None);
    }

    #[test]
    fn long_waits_are_announced_and_from_the_third_failed_attempt_on_all() {
        let table = [(1, 0, false), (2, 4_999, false), (1, 5_000, true), (3, 0, true), (9, 100, true)];
        for (attempt, milliseconds, expected) in table {
            assert_eq!(is_announced(attempt, Duration::from_millis(milliseconds)), expected, "{attempt} {milliseconds}");
        }
    }

    #[test]
    fn the_end_of_a_wait_is_a_moment() {
        let now: Timestamp = NOW.parse().unwrap();
        assert_eq!(end_of(Duration::from_secs(60), now), "1994-11-06T08:49:37Z");
    }

    #[test]
    fn only_a_remainder_of_nothing_is_used_up() {
        for (value, used_up) in [("0", true), ("1", false), ("35000", false), ("", false), ("none", false)] {
            assert_eq!(rate_limit_is_used_up(&headers(RATE_LIMIT_REMAINING, value)), used_up, "{value:?}");
        }
        assert!(!rate_limit_is_used_up(&HeaderMap::new()));
    }
}
