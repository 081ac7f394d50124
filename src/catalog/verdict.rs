//! Decision after an attempt: done, retry, sign in again, or refused. Pure.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::CatalogRefusal;
use crate::door::client::contact::Contact;
use crate::door::client::{text, wait};
use crate::door::http::{TransportError, TransportErrorKind};
use crate::door::page;
use crate::model::secret::Redactor;

/// Highest number of attempts that end in a 500 or a similar status. It is often accidental, but as often caused by the request
/// itself, so ten attempts are not worth it.
pub(super) const SERVER_ERROR_ATTEMPTS: u32 = 3;
/// Characters that are shown of a text of the catalog.
pub(super) const SHOWN_CHARACTERS: usize = 300;

/// Next step after an attempt.
#[derive(Debug, PartialEq)]
pub(super) enum NextStep {
    /// The answer is good.
    Done,
    /// Fetch a new token, because this one was refused.
    SignInAgain,
    /// Retry, after the wait that the server asks for, if any.
    Retry {
        asked: Option<Duration>,
        /// Limit of attempts for this cause. None: the usual limit.
        attempts_at_most: Option<u32>,
    },
    /// The refusal is final.
    Refused,
}

/// Decides after an answer whose body was read to its end.
pub(super) fn of_answer(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> NextStep {
    let asked = wait::retry_after(headers, now);
    match status.as_u16() {
        200..=299 => NextStep::Done,
        401 => NextStep::SignInAgain,
        // Only with a used-up limit its reset matters; other answers carry the header too.
        429 => NextStep::Retry { asked: asked.or_else(|| wait::rate_limit_reset(headers, now)), attempts_at_most: None },
        408 | 502 | 503 | 504 => NextStep::Retry { asked, attempts_at_most: None },
        500..=599 => NextStep::Retry { asked, attempts_at_most: Some(SERVER_ERROR_ATTEMPTS) },
        _ => NextStep::Refused,
    }
}

/// Decides after an attempt without a complete answer.
pub(super) fn of_failure(failure: TransportErrorKind, contact: &Contact) -> NextStep {
    match contact.attempts_at_most(failure) {
        // Another attempt would end the same way.
        Some(1) => NextStep::Refused,
        attempts_at_most => NextStep::Retry { asked: None, attempts_at_most },
    }
}

/// True when the catalog may have carried out the request although no good answer came.
pub(super) fn may_have_been_carried_out(outcome: &Result<StatusCode, TransportErrorKind>) -> bool {
    match outcome {
        Ok(status) => status.is_server_error() || *status == StatusCode::REQUEST_TIMEOUT,
        Err(kind) => !matches!(
            kind,
            TransportErrorKind::Connect
                | TransportErrorKind::Certificate
                | TransportErrorKind::PrivateAddress
                | TransportErrorKind::Unsendable
        ),
    }
}

/// Checks that the body of a good answer is complete JSON, or empty where no content is needed. A proxy's page and an incomplete body
/// count as a broken connection.
pub(super) fn whole_json(status: StatusCode, needs_answer: bool, body: Bytes) -> Result<Bytes, TransportError> {
    if body.is_empty() && (status == StatusCode::NO_CONTENT || !needs_answer) {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<IgnoredAny>(&body) {
        Ok(_) => Ok(body),
        Err(error) => {
            let is_page = body.trim_ascii_start().starts_with(b"<");
            let page = if is_page { " but an HTML page, as proxies and web filters send" } else { "" };
            let message = format!("the answer is not complete JSON{page} ({})", position(&error));
            Err(TransportError::new(TransportErrorKind::Broken, message))
        }
    }
}

/// Position of a syntax error. The parser's own message may quote the text, and with it a token.
pub(super) fn position(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

/// Text of the catalog for display: redacted, shortened, on one line, without control characters. Every text of an answer that is not
/// data passes through here, whatever the status.
pub(super) fn shown(redactor: &Redactor, words: &str) -> String {
    text::shown(redactor, words, SHOWN_CHARACTERS)
}

/// Reads code and message of an answer that refuses.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8], redactor: &Redactor) -> CatalogRefusal {
    #[derive(Deserialize)]
    struct Envelope {
        ok: Option<bool>,
        error: Option<String>,
        message: Option<String>,
    }
    let trace = headers.get("x-trace-id").and_then(|value| value.to_str().ok()).map(|trace| shown(redactor, trace));
    let refusal =
        |code, message: &str| CatalogRefusal { status: status.as_u16(), code, message: shown(redactor, message), trace };
    match serde_json::from_slice::<Envelope>(body) {
        Ok(Envelope { ok, error, message }) if error.is_some() || message.is_some() => {
            // Another server or a proxy may also answer with `error` and `message`; then `error` is not a code of the catalog.
            let code = error.as_deref().filter(|_| ok == Some(false)).map(|code| shown(redactor, code));
            refusal(code, message.or(error).as_deref().unwrap_or_default())
        }
        // The mark-up of a page is of no use to the reader.
        _ if page::is_page(headers, body) => {
            let titled = page::title(body, redactor).map(|title| format!(" titled \"{title}\"")).unwrap_or_default();
            refusal(None, &format!("a page{titled}, so a proxy or web filter answers instead"))
        }
        _ => refusal(None, &String::from_utf8_lossy(body)),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NOW: &str = "2026-08-01T00:00:00Z";

    fn judged(status: u16, headers: &[(&'static str, &'static str)]) -> NextStep {
        let headers = headers.iter().map(|(name, value)| ((*name).try_into().unwrap(), HeaderValue::from_static(value)));
        of_answer(StatusCode::from_u16(status).unwrap(), &headers.collect(), NOW.parse().unwrap())
    }

    fn again(asked_seconds: Option<u64>, attempts_at_most: Option<u32>) -> NextStep {
        NextStep::Retry { asked: asked_seconds.map(Duration::from_secs), attempts_at_most }
    }

    #[test]
    fn each_status_has_one_meaning() {
        let cases = [
            (200, NextStep::Done),
            (201, NextStep::Done),
            (204, NextStep::Done),
            (207, NextStep::Done),
            (302, NextStep::Refused),
            (400, NextStep::Refused),
            (401, NextStep::SignInAgain),
            (403, NextStep::Refused),
            (404, NextStep::Refused),
            (408, again(None, None)),
            (409, NextStep::Refused),
            (413, NextStep::Refused),
            (422, NextStep::Refused),
            (429, again(None, None)),
            (500, again(None, Some(3))),
            (502, again(None, None)),
            (503, again(None, None)),
            (504, again(None, None)),
            (520, again(None, Some(3))),
        ];
        for (status, verdict) in cases {
            assert_eq!(judged(status, &[]), verdict, "{status}");
        }
    }

    #[test]
    fn a_reset_counts_only_where_the_limit_is_used_up() {
        let reset = ("x-ratelimit-reset", "600");
        assert_eq!(judged(429, &[reset]), again(Some(600), None));
        assert_eq!(judged(502, &[reset]), again(None, None));
        assert_eq!(judged(503, &[("retry-after", "600")]), again(Some(600), None));
        assert_eq!(judged(429, &[("retry-after", "5"), reset]), again(Some(5), None));
    }

    #[test]
    fn a_wrong_address_is_told_soon_and_a_certificate_at_once() {
        let contact = Contact::new(4);
        assert_eq!(of_failure(TransportErrorKind::Connect, &contact), again(None, Some(4)));
        assert_eq!(of_failure(TransportErrorKind::Broken, &contact), again(None, None));
        contact.answered();
        assert_eq!(of_failure(TransportErrorKind::Connect, &contact), again(None, None));
        assert_eq!(of_failure(TransportErrorKind::Certificate, &contact), NextStep::Refused);
    }

    #[test]
    fn half_a_body_and_a_proxys_page_are_no_answer() {
        for body in ["", r#"{"ok":true,"entities":["#, "<html>Bad gateway</html>", "{} {}"] {
            assert!(whole_json(StatusCode::OK, true, Bytes::from_static(body.as_bytes())).is_err(), "{body}");
        }
        assert!(whole_json(StatusCode::NO_CONTENT, true, Bytes::new()).is_ok());
        assert!(whole_json(StatusCode::OK, false, Bytes::new()).is_ok());
    }

    #[test]
    fn the_404_of_an_unknown_route_is_no_code_of_the_catalog() {
        let body = br#"{"statusCode":404,"error":"Not Found","message":"Route GET:/api/v1/integration/x not found"}"#;
        let read = refusal(StatusCode::NOT_FOUND, &HeaderMap::new(), body, &Redactor::default());
        assert_eq!((read.code, read.message.as_str()), (None, "Route GET:/api/v1/integration/x not found"));
    }

    #[test]
    fn a_refusal_holds_the_catalogs_words_but_no_secret() {
        let body = br#"{"ok":false,"error":"not_found","message":"token s3cret is unknown"}"#;
        let read = refusal(StatusCode::NOT_FOUND, &HeaderMap::new(), body, &Redactor::new(["s3cret", ""]));
        assert_eq!(read.to_string(), "the catalog answered 404 (not_found): token [secret] is unknown");
        let page = refusal(StatusCode::FORBIDDEN, &HeaderMap::new(), "ä".repeat(1000).as_bytes(), &Redactor::default());
        assert_eq!(page.message.chars().count(), SHOWN_CHARACTERS + 1);
    }

    #[test]
    fn what_the_catalog_says_stays_on_its_line_and_commands_nobody() {
        let body = "{\"ok\":false,\"error\":\"a\\u001b[2Jb\",\"message\":\"x\\n::add-path::/tmp\\u202e\"}";
        let headers = HeaderMap::from_iter([("x-trace-id".parse().unwrap(), HeaderValue::from_static("a\tb"))]);
        let read = refusal(StatusCode::NOT_FOUND, &headers, body.as_bytes(), &Redactor::default());
        let expected = "the catalog answered 404 (a\\u{1b}[2Jb): x\\n::add-path::/tmp\\u{202e} [trace a\\tb]";
        assert_eq!(read.to_string(), expected);
    }

    #[test]
    fn a_page_in_place_of_json_is_called_one_and_is_not_quoted() {
        let error = whole_json(StatusCode::OK, true, Bytes::from_static(b"\n<html>Bearer eyJ</html>")).unwrap_err();
        let expected = "the answer is not complete JSON but an HTML page, as proxies and web filters send (line 2, column 1)";
        assert_eq!(error.message, expected);
    }
}
