//! Claude Code: the usage report of Anthropic's Admin API, a day at a time.
//!
//! <https://platform.claude.com/docs/en/manage-claude/claude-code-analytics-api>: one request is one day in UTC; pages by a cursor, at
//! most 1,000 records each; data is complete about an hour after the fact. Limits of requests are not documented.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::SourceName;
use super::account::{AccountPage, PageMark, Protocol};
use crate::door::client::json::{JsonClient, JsonClientError, JsonClientOptions, JsonRequest};
use crate::door::clock::Clock;
use crate::door::http::HttpService;
use crate::kind::{Form, Kind, Vendor};
use crate::model::day::Day;
use crate::model::secret::Secret;

/// Records of a page: the most that Anthropic gives.
const RECORDS_A_PAGE: usize = 1_000;

/// The largest answer: a thousand records of some two kilobytes, with room for many models.
const LARGEST_ANSWER: usize = 32 << 20;

/// Requests in a minute. Anthropic documents no limit for its Admin API; five a second is little for a server.
const REQUESTS_A_MINUTE: usize = 300;

/// The version of the interface that is asked for.
const VERSION: &str = "2023-06-01";

/// What Anthropic says of the interface.
pub static PROTOCOL: Protocol = Protocol {
    name: SourceName { code: "claude-code", title: "Claude Code" },
    vendor: Vendor::ClaudeCode,
    days_a_request: 1,
    request,
    page,
    day,
    is_repeated_by_fault: |_| true,
    remedy,
};

/// A client with an Admin API key.
///
/// # Errors
/// Fails when the address or the key cannot be used.
pub fn client(http: HttpService, base_url: &str, key: &Secret, clock: &Clock, seed: u64) -> Result<JsonClient, JsonClientError> {
    JsonClient::new(JsonClientOptions {
        http,
        base_url: base_url.to_owned(),
        credential: (HeaderName::from_static("x-api-key"), key.clone()),
        headers: vec![(HeaderName::from_static("anthropic-version"), HeaderValue::from_static(VERSION))],
        secrets: Vec::new(),
        // Anthropic asks integrations to name themselves.
        user_agent: concat!("Pilotage/", env!("CARGO_PKG_VERSION")).to_owned(),
        requests_a_minute: REQUESTS_A_MINUTE,
        largest_answer: LARGEST_ANSWER,
        clock: clock.clone(),
        seed,
    })
}

/// A request that shows whether the key may read, for checks.
pub fn check_request(day: Day) -> JsonRequest {
    JsonRequest::get(format!("/v1/organizations/usage_report/claude_code?starting_at={day}&limit=1"))
}

fn request(kind: &Kind, days: Option<(Day, Day)>, mark: &PageMark) -> JsonRequest {
    let path = kind.path().0;
    let day = days.map(|(day, _)| format!("starting_at={day}&")).unwrap_or_default();
    let cursor = match mark {
        PageMark::Number(_) => String::new(),
        PageMark::Cursor(cursor) => {
            let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            format!("&page={cursor}")
        }
    };
    JsonRequest::get(format!("{path}?{day}limit={RECORDS_A_PAGE}{cursor}"))
}

const FORM: Form = Form::Within { list: "data", count: "" };

fn page(_: &Kind, body: &Bytes, _: &PageMark) -> Result<AccountPage, String> {
    let elements = FORM.elements(body).map_err(|error| error.to_string())?;
    let page: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let next = match (page.get("has_more").and_then(Value::as_bool), page.get("next_page").and_then(Value::as_str)) {
        (Some(false), _) => None,
        (Some(true), Some(next)) if !next.is_empty() => Some(PageMark::Cursor(next.to_owned())),
        (Some(true), _) => return Err("the page says that there are more, and does not name the next".to_owned()),
        (None, _) => return Err("the page does not say whether it is the last".to_owned()),
    };
    Ok(AccountPage { elements, next, total: None })
}

fn day(row: &Value) -> Option<Day> {
    row.get("date")?.as_str()?.get(..10)?.parse().ok()
}

fn remedy(status: StatusCode) -> String {
    match status {
        StatusCode::UNAUTHORIZED => {
            "check the key: it must be an Admin API key (sk-ant-admin…), made by an admin of the organization".to_owned()
        }
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            "the key may not read the organization's usage: make an Admin API key in the Console; individual accounts have none"
                .to_owned()
        }
        StatusCode::TOO_MANY_REQUESTS => "wait, and choose fewer `days` in the selector: each day is a request".to_owned(),
        _ => "run it again; https://status.anthropic.com says whether there is an incident".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;

    fn of(body: &'static str) -> Result<(usize, Option<PageMark>), String> {
        let kind = kind::find("claude-code-usage").unwrap();
        page(kind, &Bytes::from_static(body.as_bytes()), &PageMark::Number(1)).map(|page| (page.elements.len(), page.next))
    }

    #[test]
    fn a_page_that_does_not_say_whether_it_is_the_last_is_none() {
        assert_eq!(of(r#"{"data":[{},{}],"has_more":false,"next_page":null}"#), Ok((2, None)));
        assert_eq!(
            of(r#"{"data":[],"has_more":true,"next_page":"page_x="}"#),
            Ok((0, Some(PageMark::Cursor("page_x=".to_owned()))))
        );
        for body in [r#"{"data":[]}"#, r#"{"data":[],"has_more":true,"next_page":null}"#, r#"{"has_more":false}"#, "[]", "<html>"]
        {
            assert!(of(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_cursor_cannot_change_the_request() {
        let kind = kind::find("claude-code-usage").unwrap();
        let day: Day = "2026-11-02".parse().unwrap();
        let asked = request(kind, Some((day, day)), &PageMark::Cursor("a&limit=1 #=".to_owned()));
        assert_eq!(
            asked.path,
            "/v1/organizations/usage_report/claude_code?starting_at=2026-11-02&limit=1000&page=a%26limit%3D1+%23%3D"
        );
    }
}
