//! Answers of status 200 that are incomplete, or not GitHub's, so that nothing may be concluded from them.
//!
//! Each is made from the true answer. One that would be the same as the true answer is not made.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LINK};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::github_faults::Endpoint;
use super::random::RandomStream;

/// A way in which an answer proves nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Doubtful {
    /// So many thousandths of it, up to the last line's end, and nothing but the end of the connection says that this is all.
    EndOfConnection(u64),
    /// An object that reports an error.
    ErrorObject,
    /// An object with a message.
    MessageObject,
    /// An object without anything.
    EmptyObject,
    /// No byte.
    NoByte,
    /// Blank lines.
    BlankLines,
    /// A list of nothing, in the place of a file.
    EmptyList,
    /// The records of a file without any day.
    NoDays,
    /// The same, written as null.
    NullDays,
    /// Rows of days that the manifest does not announce.
    OutsideWindow,
    /// Rows that do not say whom they are about.
    WithoutUser,
    /// Rows of another organization.
    OfAnotherOrganization,
    /// The rows of another report.
    OfAnotherReport,
    /// One element less than counted, or half of what all pages hold together.
    Fewer,
    /// None of the elements that are counted.
    None,
    /// Nobody, to a credential that may list, or to one that does not say so.
    Nobody(bool),
    /// A link of the manifest is null.
    NullLink,
    /// A page for people, as a web filter sends it, which says so or does not.
    WebPage(bool),
}

const WEB_PAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>Blocked</title></head>\n<body>Ask your administrator.</body></html>\n";

/// So many days before any day of a simulated world.
const MANY_DAYS: i32 = 500;

/// Draws an answer in the place of an endpoint's true one.
pub(crate) fn draw(stream: &mut RandomStream, endpoint: Endpoint) -> Doubtful {
    use Doubtful as D;
    let said = stream.chance(50);
    let of_all = [D::ErrorObject, D::MessageObject, D::EmptyObject, D::WebPage(said), D::EndOfConnection(stream.below(1000))];
    let of_one: &[Doubtful] = match endpoint {
        Endpoint::File => &[
            D::NoByte,
            D::BlankLines,
            D::EmptyList,
            D::NoDays,
            D::NullDays,
            D::OutsideWindow,
            D::WithoutUser,
            D::OfAnotherOrganization,
            D::OfAnotherReport,
            D::OutsideWindow,
            D::WithoutUser,
            D::OfAnotherOrganization,
            D::OfAnotherReport,
            D::EndOfConnection(500),
        ],
        Endpoint::Seats => &[D::Fewer, D::Fewer, D::None],
        Endpoint::Listing => &[D::Nobody(said), D::Nobody(said), D::Fewer],
        Endpoint::Manifest => &[D::NullLink],
        Endpoint::Page => &[D::Fewer],
    };
    if stream.chance(40) { stream.pick(&of_all) } else { stream.pick(of_one) }
}

/// An answer made from the true one.
pub(crate) struct Made {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Tells whether nothing but the end of the connection ends it.
    pub(crate) ends_with_connection: bool,
}

impl Doubtful {
    /// Makes the answer in the place of a true one; none where it would be no other.
    pub(crate) fn instead_of(self, endpoint: Endpoint, true_headers: &HeaderMap, true_body: &Bytes) -> Option<Made> {
        let mut headers = true_headers.clone();
        let text = |text: &str| Some(Bytes::copy_from_slice(text.as_bytes()));
        let body = match self {
            Self::EndOfConnection(part) => return end_of_connection(part, endpoint, headers, true_body),
            Self::ErrorObject => text(r#"{"error":{"code":"ServerBusy","message":"Egress is over the account limit."}}"#),
            Self::MessageObject => text(r#"{"message":"Server Error","documentation_url":"https://docs.github.com"}"#),
            Self::EmptyObject => text("{}"),
            Self::NoByte => text(""),
            Self::BlankLines => text("\n  \n\r\n"),
            Self::EmptyList => text("[]"),
            Self::NoDays => each_row(true_body, |row| without_days(row, json!([]))),
            Self::NullDays => each_row(true_body, |row| without_days(row, Value::Null)),
            Self::OutsideWindow => each_row(true_body, outside_window),
            Self::WithoutUser => each_row(true_body, without_user),
            Self::OfAnotherOrganization => rows_but_the_first(true_body, of_another_organization),
            Self::OfAnotherReport => each_row(true_body, of_another_report),
            Self::Fewer => fewer(endpoint, &mut headers, true_body),
            Self::None => counted(true_body, |_| Vec::new()),
            Self::Nobody(may_list) => {
                if may_list {
                    headers.insert("x-oauth-scopes", HeaderValue::from_static("repo, read:org"));
                }
                // Whoever is asked for by name is not listed.
                let is_list = true_body.first() == Some(&b'[');
                text("[]").filter(|_| is_list)
            }
            Self::NullLink => null_link(true_body),
            Self::WebPage(says_so) => {
                if says_so {
                    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                }
                text(WEB_PAGE)
            }
        };
        let body = body.filter(|body| body != true_body)?;
        Some(Made { headers, body, ends_with_connection: false })
    }
}

fn end_of_connection(part: u64, endpoint: Endpoint, headers: HeaderMap, whole: &Bytes) -> Option<Made> {
    let mut body = whole.slice(..(whole.len() as u64 * part / 1000) as usize);
    body.truncate(body.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
    // JSON that is not cut proves itself.
    let is_possible = endpoint == Endpoint::File || body.is_empty();
    is_possible.then_some(Made { headers, body, ends_with_connection: true })
}

/// Changes the rows of a file, each on its line; none where one cannot be changed.
fn each_row(file: &Bytes, change: impl Fn(&mut Value) -> bool) -> Option<Bytes> {
    let mut made = Vec::new();
    for line in file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let mut row: Value = serde_json::from_slice(line).ok()?;
        if !change(&mut row) {
            return None;
        }
        made.extend_from_slice(row.to_string().as_bytes());
        made.push(b'\n');
    }
    Some(made.into())
}

/// The same of all rows but the first, which says whose the report is. None of a file of one row, in which nothing would change.
fn rows_but_the_first(file: &Bytes, change: impl Fn(&mut Value) -> bool) -> Option<Bytes> {
    let rows = std::cell::Cell::new(0_usize);
    let made = each_row(file, |row| rows.replace(rows.get() + 1) == 0 || change(row));
    made.filter(|_| rows.get() > 1)
}

fn without_days(row: &mut Value, days: Value) -> bool {
    let held = row.get_mut("day_totals");
    held.map(|held| *held = days).is_some()
}

/// The days of a row: of its own, or those that it holds.
fn each_day(row: &mut Value, change: impl Fn(&mut Value)) -> bool {
    let change_one = |holder: &mut Value| holder.get_mut("day").map(&change).is_some();
    match row.get_mut("day_totals").and_then(Value::as_array_mut) {
        Some(days) => days.iter_mut().all(change_one),
        None => change_one(row),
    }
}

fn outside_window(row: &mut Value) -> bool {
    each_day(row, |day| {
        let text = day.as_str().unwrap_or_default();
        let other: pilotage::model::day::Day = text.parse().unwrap();
        *day = json!(other.plus_days(-MANY_DAYS));
    })
}

fn without_user(row: &mut Value) -> bool {
    let Some(fields) = row.as_object_mut() else { return false };
    let (id, login) = (fields.remove("user_id"), fields.remove("user_login"));
    id.is_some() && login.is_some()
}

fn of_another_organization(row: &mut Value) -> bool {
    let Some(login) = row.get_mut("user_login") else { return false };
    *login = json!("somebody-else");
    let Some(Value::String(id)) = row.get_mut("organization_id") else { return false };
    *id = format!("9{id}");
    true
}

/// A user's row becomes the whole organization's, and the other way round; whose they are stays.
fn of_another_report(row: &mut Value) -> bool {
    let owner = ["organization_id", "enterprise_id"].into_iter().find_map(|name| Some((name, row.get(name)?.clone())));
    let first = |row: &Value| row.pointer("/day_totals/0/day").or_else(|| row.get("day")).cloned();
    let Some(day) = first(row) else { return false };
    let is_of_user = row.get("user_id").is_some();
    *row = match is_of_user {
        true => json!({"day_totals": [{"day": day, "daily_active_users": 3, "loc_added_sum": 1}]}),
        false => json!({"day": day, "user_id": 77, "user_login": "somebody-else", "loc_added_sum": 1, "used_agent": true}),
    };
    if let Some((name, id)) = owner {
        row[name] = id;
    }
    true
}

/// A list that is shorter than GitHub itself says: by its count, or by the number of its last page.
fn fewer(endpoint: Endpoint, headers: &mut HeaderMap, body: &Bytes) -> Option<Bytes> {
    if endpoint == Endpoint::Seats {
        return counted(body, |mut seats| {
            seats.pop();
            seats
        });
    }
    let mut list: Vec<Value> = serde_json::from_slice(body).ok()?;
    list.truncate(list.len() / 2);
    headers.insert(LINK, HeaderValue::from_static("<https://api.test/list?page=2>; rel=\"last\""));
    Some(json!(list).to_string().into())
}

fn counted(body: &Bytes, change: impl Fn(Vec<Value>) -> Vec<Value>) -> Option<Bytes> {
    let mut page: Value = serde_json::from_slice(body).ok()?;
    let seats = page.get_mut("seats")?;
    let held = seats.as_array().cloned()?;
    let is_any = !held.is_empty();
    *seats = json!(change(held));
    is_any.then(|| page.to_string().into())
}

fn null_link(body: &Bytes) -> Option<Bytes> {
    let mut manifest: Value = serde_json::from_slice(body).ok()?;
    let last = manifest.get_mut("download_links")?.as_array_mut()?.last_mut()?;
    *last = Value::Null;
    Some(manifest.to_string().into())
}
