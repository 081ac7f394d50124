//! Headers of answers. Pure.

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, LOCATION};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

/// Length of the body, where the server names it and the body was not unpacked since.
pub(super) fn declared_length(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok();
    length.filter(|_| !headers.contains_key(CONTENT_ENCODING))
}

/// Expiry of the token. GitHub writes `2026-12-01 09:00:00 UTC`, or an offset instead of the zone.
pub(super) fn expiry(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get("github-authentication-token-expiration")?.to_str().ok()?.trim().replace("UTC", "+0000");
    jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", text).ok()?.to_timestamp().ok()
}

/// Target of a redirection that keeps the method.
pub(super) fn redirection(status: StatusCode, headers: &HeaderMap) -> Option<Option<&str>> {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| headers.get(LOCATION).and_then(|location| location.to_str().ok()))
}

/// Elements of a list in a header, such as a token's scopes.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
