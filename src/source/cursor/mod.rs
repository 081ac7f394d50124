//! Cursor: its Admin API.
//!
//! <https://cursor.com/docs/account/teams/admin-api>: HTTP Basic with the key as the user and no password; days in windows of at most 30,
//! as milliseconds since 1970; pages by number; 20 requests a minute and team. Usage is put together hourly, so the newest days still
//! change.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::SourceName;
use super::account::{AccountPage, PageMark, Protocol};
use crate::door::client::json::{JsonClient, JsonClientError, JsonClientOptions, JsonRequest};
use crate::door::clock::Clock;
use crate::door::http::HttpService;
use crate::kind::{Form, Kind, Vendor};
use crate::model::day::Day;
use crate::model::secret::Secret;

/// The most days that a request may cover.
const DAYS_A_REQUEST: usize = 30;

/// Elements of a page.
const ELEMENTS_A_PAGE: usize = 500;

/// The largest answer: of five hundred members thirty days each, of half a kilobyte a day.
const LARGEST_ANSWER: usize = 64 << 20;

/// Requests in a minute and team, for most endpoints of the Admin API.
const REQUESTS_A_MINUTE: usize = 20;

const MILLISECONDS_A_DAY: i64 = 86_400_000;

/// What Cursor says of the interface.
pub static PROTOCOL: Protocol = Protocol {
    name: SourceName { code: "cursor", title: "Cursor" },
    vendor: Vendor::Cursor,
    days_a_request: DAYS_A_REQUEST,
    request,
    page,
    day,
    // Events have no id, and two of one moment may be equal.
    is_repeated_by_fault: |kind| list_of(kind).2 != Count::Events,
    remedy,
};

/// A client with an Admin API key.
///
/// # Errors
/// Fails when the address or the key cannot be used.
pub fn client(http: HttpService, base_url: &str, key: &Secret, clock: &Clock, seed: u64) -> Result<JsonClient, JsonClientError> {
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:", key.expose())));
    JsonClient::new(JsonClientOptions {
        http,
        base_url: base_url.to_owned(),
        credential: (AUTHORIZATION, Secret::new(basic)),
        headers: Vec::new(),
        secrets: vec![key.clone()],
        user_agent: concat!("Pilotage/", env!("CARGO_PKG_VERSION")).to_owned(),
        requests_a_minute: REQUESTS_A_MINUTE,
        largest_answer: LARGEST_ANSWER,
        clock: clock.clone(),
        seed,
    })
}

/// A request that shows whether the key may read a kind, for checks.
pub fn check_request(kind: &Kind, day: Day) -> JsonRequest {
    let asked = request(kind, Some((day, day)), &PageMark::Number(1));
    match asked.body {
        Some(Value::Object(mut body)) => {
            body.insert("pageSize".to_owned(), json!(1));
            JsonRequest { body: Some(Value::Object(body)), ..asked }
        }
        body => JsonRequest { body, ..asked },
    }
}

/// How an answer says how much there is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    /// There is one page.
    OnePage,
    /// `pagination`, which says whether there is a next page.
    Pagination,
    /// `totalPages` and `totalMembers`.
    Members,
    /// `pagination`, and `totalUsageEventsCount`.
    Events,
}

/// The key of a kind's list, whether days are chosen, and how it says how much there is.
fn list_of(kind: &Kind) -> (&'static str, bool, Count) {
    match kind.name {
        "cursor-members" => ("teamMembers", false, Count::OnePage),
        "cursor-spend" => ("teamMemberSpend", false, Count::Members),
        "cursor-usage-events" => ("usageEvents", true, Count::Events),
        _ => ("data", true, Count::Pagination),
    }
}

fn request(kind: &Kind, days: Option<(Day, Day)>, mark: &PageMark) -> JsonRequest {
    let path = kind.path().0;
    let (_, has_days, count) = list_of(kind);
    if count == Count::OnePage {
        return JsonRequest::get(path);
    }
    let page = if let PageMark::Number(number) = mark { *number } else { 1 };
    let mut body = json!({"page": page, "pageSize": ELEMENTS_A_PAGE});
    if let (true, Some((first, last))) = (has_days, days) {
        body["startDate"] = json!(milliseconds(first));
        // The last millisecond of the last day: an end at midnight would ask for a day more.
        body["endDate"] = json!(milliseconds(last.plus_days(1)) - 1);
    }
    JsonRequest::post(path, body)
}

/// The beginning of a day in UTC.
fn milliseconds(day: Day) -> i64 {
    i64::from(day.days_since(Day::of(Timestamp::UNIX_EPOCH))) * MILLISECONDS_A_DAY
}

fn page(kind: &Kind, body: &Bytes, mark: &PageMark) -> Result<AccountPage, String> {
    let (list, _, count) = list_of(kind);
    let elements = Form::Within { list, count: "" }.elements(body).map_err(|error| error.to_string())?;
    let page: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let number = if let PageMark::Number(number) = mark { *number } else { 1 };
    let next = |has_next: bool| has_next.then(|| PageMark::Number(number + 1));
    let whole = |value: Option<&Value>| value.and_then(Value::as_u64);
    Ok(match count {
        Count::OnePage => AccountPage { elements, next: None, total: None },
        Count::Members => {
            let pages = whole(page.get("totalPages")).ok_or("the page does not say how many there are (`totalPages`)")?;
            AccountPage { elements, next: next(number < pages), total: whole(page.get("totalMembers")) }
        }
        Count::Pagination | Count::Events => {
            let pagination = page.get("pagination").ok_or("the page does not say whether it is the last (`pagination`)")?;
            let pages = whole(pagination.get("totalPages")).or_else(|| whole(pagination.get("numPages")));
            let has_next = match (pagination.get("hasNextPage").and_then(Value::as_bool), pages) {
                (Some(has_next), _) => has_next,
                (None, Some(pages)) => number < pages,
                (None, None) => return Err("the page does not say whether it is the last (`hasNextPage`)".to_owned()),
            };
            AccountPage { elements, next: next(has_next), total: whole(page.get("totalUsageEventsCount")) }
        }
    })
}

fn day(row: &Value) -> Option<Day> {
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    match (text("day"), text("timestamp")) {
        (Some(day), _) => day.parse().ok(),
        (None, Some(moment)) => Some(Day::of(Timestamp::from_millisecond(moment.parse().ok()?).ok()?)),
        (None, None) => Some(Day::of(Timestamp::from_millisecond(row.get("date")?.as_i64()?).ok()?)),
    }
}

fn remedy(status: StatusCode) -> String {
    match status {
        StatusCode::UNAUTHORIZED => {
            "check the key: an administrator of the team makes Admin API keys in Cursor's dashboard, and Cursor shows each once"
                .to_owned()
        }
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            "the key may not read the team: the Admin API belongs to Enterprise teams, and the key to an administrator's scope"
                .to_owned()
        }
        StatusCode::TOO_MANY_REQUESTS => {
            "wait a minute: Cursor takes 20 requests a minute and team, other programs' included".to_owned()
        }
        _ => "run it again; https://status.cursor.com says whether there is an incident".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;

    fn of(kind: &str, body: &'static str) -> Result<AccountPage, String> {
        page(kind::find(kind).unwrap(), &Bytes::from_static(body.as_bytes()), &PageMark::Number(1))
    }

    #[test]
    fn a_page_says_whether_it_is_the_last_or_is_none() {
        let next = Some(PageMark::Number(2));
        let cases = [
            ("cursor-members", r#"{"teamMembers":[{}]}"#, Ok((1, None, None))),
            ("cursor-daily-usage", r#"{"data":[{}],"pagination":{"hasNextPage":true}}"#, Ok((1, next.clone(), None))),
            ("cursor-daily-usage", r#"{"data":[],"pagination":{"totalPages":1}}"#, Ok((0, None, None))),
            ("cursor-daily-usage", r#"{"data":[{}]}"#, Err("`pagination`")),
            ("cursor-daily-usage", r#"{"data":[{}],"pagination":{}}"#, Err("`hasNextPage`")),
            ("cursor-spend", r#"{"teamMemberSpend":[{}],"totalPages":2,"totalMembers":501}"#, Ok((1, next, Some(501)))),
            ("cursor-spend", r#"{"teamMemberSpend":[{}]}"#, Err("`totalPages`")),
            (
                "cursor-usage-events",
                r#"{"usageEvents":[],"totalUsageEventsCount":0,"pagination":{"numPages":1}}"#,
                Ok((0, None, Some(0))),
            ),
            ("cursor-members", r#"{"data":[]}"#, Err("an object that holds a list")),
        ];
        for (kind, body, expected) in cases {
            match (of(kind, body).map(|page| (page.elements.len(), page.next, page.total)), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{kind} {body}"),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{kind} {body}: {found}"),
                (found, _) => panic!("{kind} {body}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_window_ends_with_its_last_day() {
        let day: Day = "2026-11-02".parse().unwrap();
        let asked = request(kind::find("cursor-daily-usage").unwrap(), Some((day, day)), &PageMark::Number(3));
        let expected = json!({"page": 3, "pageSize": 500, "startDate": 1_793_577_600_000_i64, "endDate": 1_793_663_999_999_i64});
        assert_eq!((asked.what().as_str(), asked.body), ("POST /teams/daily-usage-data", Some(expected)));
    }

    #[test]
    fn a_row_has_its_day_in_one_of_three_forms() {
        let cases = [
            (json!({"day": "2026-11-02", "date": 0}), Some("2026-11-02")),
            (json!({"date": 1_793_577_600_000_i64}), Some("2026-11-02")),
            (json!({"timestamp": "1793663999999"}), Some("2026-11-02")),
            (json!({"day": "yesterday"}), None),
            (json!({}), None),
        ];
        for (row, expected) in cases {
            assert_eq!(day(&row), expected.map(|text| text.parse().unwrap()), "{row}");
        }
    }
}
