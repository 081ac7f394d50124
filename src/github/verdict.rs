//! Action after an answer of GitHub: accept, wait, retry or refuse. Pure.
//!
//! GitHub's rules: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::door::wait::{rate_limit_is_used_up, rate_limit_reset, retry_after};

/// First wait after a secondary limit that names none, as GitHub asks. Each further one is twice as long.
const SECONDARY_WAIT: Duration = Duration::from_secs(60);

/// Longest wait after a secondary limit.
const LONGEST_SECONDARY_WAIT: Duration = Duration::from_secs(15 * 60);

/// Windows of limits begin on whole seconds, by a clock that may differ slightly.
const RESET_MARGIN: Duration = Duration::from_secs(1);

/// Action after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A success.
    Take,
    /// A refusal that a retry would not change.
    Refuse,
    /// A server error: retry, after the wait that the server asks for.
    Again(Option<Duration>),
    /// A rate limit: all requests wait for that time.
    Limited(Duration),
}

/// Decides the action. `message` is GitHub's explanation, `limited_before` counts earlier limits of this request.
pub(super) fn judge(status: StatusCode, headers: &HeaderMap, message: &str, now: Timestamp, limited_before: u32) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Take,
        403 | 429 => limit(status, headers, message, now, limited_before).map_or(Verdict::Refuse, Verdict::Limited),
        408 | 500 | 502 | 503 | 504 => Verdict::Again(retry_after(headers, now)),
        _ => Verdict::Refuse,
    }
}

/// Time until the next window of a used-up rate limit. None while requests are left.
pub(super) fn used_up(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let reset = rate_limit_is_used_up(headers).then(|| rate_limit_reset(headers, server_time(headers, now)));
    reset.flatten().map(|wait| wait + RESET_MARGIN)
}

/// Wait that a limit asks for. None when the answer is about permissions.
fn limit(status: StatusCode, headers: &HeaderMap, message: &str, now: Timestamp, limited_before: u32) -> Option<Duration> {
    let told = retry_after(headers, server_time(headers, now));
    let primary = used_up(headers, now);
    let message = message.to_ascii_lowercase();
    let said = message.contains("rate limit") || message.contains("abuse detection");
    if let Some(wait) = told.into_iter().chain(primary).max() {
        return Some(wait);
    }
    let is_limit = said || rate_limit_is_used_up(headers) || status == StatusCode::TOO_MANY_REQUESTS;
    is_limit.then(|| SECONDARY_WAIT.saturating_mul(1 << limited_before.min(8)).min(LONGEST_SECONDARY_WAIT))
}

/// Time at GitHub. Its clock decides when a window begins; the local one may be wrong by minutes.
fn server_time(headers: &HeaderMap, now: Timestamp) -> Timestamp {
    let date = headers.get(http::header::DATE).and_then(|value| value.to_str().ok());
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    date.and_then(|text| parser.parse_timestamp(text).ok()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const NOW: &str = "2026-11-13T09:00:00Z";

    fn judged(status: u16, headers: &[(&str, &str)], message: &str, limited_before: u32) -> Verdict {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        let headers = headers.iter().map(header).collect();
        judge(StatusCode::from_u16(status).unwrap(), &headers, message, NOW.parse().unwrap(), limited_before)
    }

    fn limited(seconds: u64) -> Verdict {
        Verdict::Limited(Duration::from_secs(seconds))
    }

    #[test]
    fn a_limit_is_told_from_a_missing_permission() {
        let in_ten_minutes = (NOW.parse::<Timestamp>().unwrap().as_second() + 600).to_string();
        let primary = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", in_ten_minutes.as_str())];
        let plenty = [("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", in_ten_minutes.as_str())];
        let denied = "Resource not accessible by personal access token";
        assert_eq!(judged(403, &plenty, denied, 0), Verdict::Refuse);
        assert_eq!(judged(403, &[], denied, 0), Verdict::Refuse);
        assert_eq!(judged(403, &primary, "API rate limit exceeded for user ID 1.", 0), limited(601));
        assert_eq!(judged(429, &primary, "", 0), limited(601));
        assert_eq!(judged(403, &[("retry-after", "30")], "", 0), limited(30));
        assert_eq!(judged(429, &[("retry-after", "Fri, 13 Nov 2026 09:02:00 GMT")], "", 0), limited(120));
    }

    #[test]
    fn a_secondary_limit_without_a_wait_takes_a_minute_and_then_longer() {
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        let waits: Vec<_> = (0..7).map(|before| judged(403, &[("x-ratelimit-remaining", "4000")], message, before)).collect();
        assert_eq!(waits, [60, 120, 240, 480, 900, 900, 900].map(limited));
        assert_eq!(judged(429, &[], "", 0), limited(60));
    }

    #[test]
    fn when_both_limits_are_hit_the_longer_wait_counts() {
        let reset = (NOW.parse::<Timestamp>().unwrap().as_second() + 600).to_string();
        let headers = [("retry-after", "60"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        assert_eq!(judged(403, &headers, "", 0), limited(601));
    }

    #[test]
    fn a_reset_is_read_by_the_servers_own_clock() {
        let server: Timestamp = "2026-11-13T09:05:00Z".parse().unwrap();
        let reset = (server.as_second() + 60).to_string();
        let headers =
            [("date", "Fri, 13 Nov 2026 09:05:00 GMT"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        assert_eq!(judged(403, &headers, "", 0), limited(61));
    }

    #[test]
    fn servers_that_are_not_well_are_asked_again_and_refusals_are_not() {
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(judged(status, &[], "", 0), Verdict::Again(None), "{status}");
        }
        assert_eq!(judged(503, &[("retry-after", "7")], "", 0), Verdict::Again(Some(Duration::from_secs(7))));
        for status in [400, 401, 404, 409, 410, 422, 501] {
            assert_eq!(judged(status, &[], "", 0), Verdict::Refuse, "{status}");
        }
        for status in [200, 204] {
            assert_eq!(judged(status, &[], "", 0), Verdict::Take);
        }
    }
}
