//! Action after an answer of GitHub: accept, wait, retry or refuse. Pure.
//!
//! GitHub's rules: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::door::client::wait::{rate_limit_is_used_up, retry_after, when_used_up};

/// First wait after a secondary limit that names none, as GitHub asks. Each further one is twice as long.
const SECONDARY_WAIT: Duration = Duration::from_secs(60);

/// Longest wait after a secondary limit.
const LONGEST_SECONDARY_WAIT: Duration = Duration::from_secs(15 * 60);

/// Windows of limits begin on whole seconds, by a clock that may differ slightly.
const RESET_MARGIN: Duration = Duration::from_secs(1);

/// Action after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseAction {
    /// A success.
    Accept,
    /// A refusal that a retry would not change.
    Refuse,
    /// A server error: retry, after the wait that the server asks for.
    Retry(Option<Duration>),
    /// A rate limit: all requests wait for that time.
    RateLimited(Duration),
}

/// Decides the action. `message` is GitHub's explanation, `limited_before` counts earlier limits of this request.
pub(super) fn decide(
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    now: Timestamp,
    limited_before: u32,
) -> ResponseAction {
    match status.as_u16() {
        200..=299 => ResponseAction::Accept,
        403 | 429 => {
            limit(status, headers, message, now, limited_before).map_or(ResponseAction::Refuse, ResponseAction::RateLimited)
        }
        408 | 500 | 502 | 503 | 504 => ResponseAction::Retry(retry_after(headers, now)),
        _ => ResponseAction::Refuse,
    }
}

/// Time until the next window of a used-up rate limit. None while requests are left.
pub(super) fn used_up(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    when_used_up(headers, server_time(headers, now)).map(|wait| wait + RESET_MARGIN)
}

/// Wait that a limit asks for. None when the answer is about permissions.
fn limit(status: StatusCode, headers: &HeaderMap, message: &str, now: Timestamp, limited_before: u32) -> Option<Duration> {
    let told = retry_after(headers, server_time(headers, now));
    let primary = used_up(headers, now);
    let message = message.to_ascii_lowercase();
    let names_limit = message.contains("rate limit") || message.contains("abuse detection");
    if let Some(wait) = told.into_iter().chain(primary).max() {
        return Some(wait);
    }
    let is_limit = names_limit || rate_limit_is_used_up(headers) || status == StatusCode::TOO_MANY_REQUESTS;
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

    fn decided(status: u16, headers: &[(&str, &str)], message: &str, limited_before: u32) -> ResponseAction {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        let headers = headers.iter().map(header).collect();
        decide(StatusCode::from_u16(status).unwrap(), &headers, message, NOW.parse().unwrap(), limited_before)
    }

    fn limited(seconds: u64) -> ResponseAction {
        ResponseAction::RateLimited(Duration::from_secs(seconds))
    }

    #[test]
    fn a_limit_is_told_from_a_missing_permission() {
        let in_ten_minutes = (NOW.parse::<Timestamp>().unwrap().as_second() + 600).to_string();
        let primary = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", in_ten_minutes.as_str())];
        let plenty = [("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", in_ten_minutes.as_str())];
        let denied = "Resource not accessible by personal access token";
        assert_eq!(decided(403, &plenty, denied, 0), ResponseAction::Refuse);
        assert_eq!(decided(403, &[], denied, 0), ResponseAction::Refuse);
        assert_eq!(decided(403, &primary, "API rate limit exceeded for user ID 1.", 0), limited(601));
        assert_eq!(decided(429, &primary, "", 0), limited(601));
        assert_eq!(decided(403, &[("retry-after", "30")], "", 0), limited(30));
        assert_eq!(decided(429, &[("retry-after", "Fri, 13 Nov 2026 09:02:00 GMT")], "", 0), limited(120));
    }

    #[test]
    fn a_secondary_limit_without_a_wait_takes_a_minute_and_then_longer() {
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        let waits: Vec<_> = (0..7).map(|before| decided(403, &[("x-ratelimit-remaining", "4000")], message, before)).collect();
        assert_eq!(waits, [60, 120, 240, 480, 900, 900, 900].map(limited));
        assert_eq!(decided(429, &[], "", 0), limited(60));
    }

    #[test]
    fn when_both_limits_are_hit_the_longer_wait_counts() {
        let reset = (NOW.parse::<Timestamp>().unwrap().as_second() + 600).to_string();
        let headers = [("retry-after", "60"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        assert_eq!(decided(403, &headers, "", 0), limited(601));
    }

    #[test]
    fn a_reset_is_read_by_the_servers_own_clock() {
        let server: Timestamp = "2026-11-13T09:05:00Z".parse().unwrap();
        let reset = (server.as_second() + 60).to_string();
        let headers =
            [("date", "Fri, 13 Nov 2026 09:05:00 GMT"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        assert_eq!(decided(403, &headers, "", 0), limited(61));
    }

    #[test]
    fn servers_that_are_not_well_are_asked_again_and_refusals_are_not() {
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(decided(status, &[], "", 0), ResponseAction::Retry(None), "{status}");
        }
        assert_eq!(decided(503, &[("retry-after", "7")], "", 0), ResponseAction::Retry(Some(Duration::from_secs(7))));
        for status in [400, 401, 404, 409, 410, 422, 501] {
            assert_eq!(decided(status, &[], "", 0), ResponseAction::Refuse, "{status}");
        }
        for status in [200, 204] {
            assert_eq!(decided(status, &[], "", 0), ResponseAction::Accept);
        }
    }
}
