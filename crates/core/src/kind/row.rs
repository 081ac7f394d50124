//! What makes a row a row: the fields without which a record is something else, such as an error, a message, or a row of another
//! report. Pure, and cheap: a row is read up to the last field that matters, and GitHub writes those first.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::day::Day;

/// Fields that are looked for in one row, at most: what is required, what is foreign, the owner, and two days.
const FIELDS_AT_MOST: usize = 24;

/// Fields of a refused record that are named in the refusal.
const NAMED_FIELDS: usize = 5;

/// The longest name of a field that is named in a refusal.
const LONGEST_NAME: usize = 40;

/// What the rows of a report, or the elements of a list, must have.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// What one is, as in "expected a user's day".
    pub name: &'static str,
    /// What each must have.
    pub required: &'static [Required],
    /// Fields that only rows of other reports have.
    pub foreign: &'static [&'static str],
}

/// A part that each row must have: one of these fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Required {
    /// The fields, of which one is enough.
    pub any_of: &'static [&'static str],
    /// What it must hold.
    pub value: Value,
}

/// What a field that must be there holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A day, written `2026-08-01`.
    Day,
    /// A number or a text that is not empty.
    Identity,
    /// Anything but null.
    Something,
    /// An object.
    Object,
}

impl Value {
    fn fits(self, json: &str) -> bool {
        match self {
            Self::Day => day(json).is_some(),
            Self::Identity => identity(json).is_some(),
            Self::Something => json != "null",
            Self::Object => json.starts_with('{'),
        }
    }
}

/// Why a record is no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It lacks what a row must have.
    #[error("expected {name} with {expected}, found {found}")]
    Lacks {
        /// What a row is.
        name: &'static str,
        /// What it lacks.
        expected: String,
        /// What is there instead.
        found: String,
    },
    /// It has what only rows of another report have.
    #[error("expected {name}, found a row with `{field}`, which is one of another report")]
    Foreign {
        /// What a row is.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// It is about a day that was not asked for.
    #[error("it is about {found}, but {asked} was asked for")]
    OtherDay {
        /// The day, or the days from and to.
        asked: String,
        /// What the row says.
        found: Day,
    },
    /// It is about somebody else.
    #[error("expected the {field} {expected}, found {found}")]
    OtherOwner {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
        /// Whose report was asked for, or what the rows before it say.
        expected: String,
        /// What the row says.
        found: String,
    },
}

/// Checks the rows of one report or list, one after the other.
#[derive(Clone, Debug)]
pub struct RowCheck {
    row: &'static Row,
    /// `organization_id` or `enterprise_id`, and what all rows must have there.
    owner: Option<(&'static str, Option<String>)>,
    /// The days from and to.
    days: Option<(Day, Day)>,
    /// What is looked for in a row: what is required, then the owner.
    fields: Vec<&'static str>,
}

impl RowCheck {
    /// Checks rows of any owner and any day.
    pub fn new(row: &'static Row) -> Self {
        let fields = row.required.iter().flat_map(|required| required.any_of).copied().collect();
        Self { row, owner: None, days: None, fields }
    }

    /// Refuses rows whose `field` holds something else than `id`, or, where that is not known, than the first row that has it.
    #[must_use]
    pub fn of_owner(mut self, field: &'static str, id: Option<String>) -> Self {
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
        self.owner = Some((field, id));
        self
    }

    /// Refuses rows of days before the first and after the last. Rows without `day` are not refused for that.
    pub fn within(&mut self, days: Option<(Day, Day)>) {
        self.days = days;
    }

    /// Checks a row.
    ///
    /// # Errors
    /// When it is none. That the rest of it is JSON is not looked at, if what matters comes first.
    pub fn check(&mut self, json: &[u8]) -> Result<(), RowError> {
        let mut found = [None; FIELDS_AT_MOST];
        let fields = &self.fields[..self.fields.len().min(FIELDS_AT_MOST)];
        let text = std::str::from_utf8(json).map_err(|error| RowError::NotJson(error.to_string()))?;
        read(text, fields, &mut found, |found| self.is_enough(found)).map_err(|error| self.no_object(text, error))?;
        let value = |field: &str| found[self.fields.iter().position(|known| *known == field)?];
        for required in self.row.required {
            let fits = |field: &&str| value(field).is_some_and(|json| required.value.fits(json));
            if !required.any_of.iter().any(fits) {
                return Err(self.lacks(required, text));
            }
        }
        if let Some((first, last)) = self.days
            && let Some(day) = value("day").and_then(day)
            && (day < first || day > last)
        {
            let asked = if first == last { first.to_string() } else { format!("{first} to {last}") };
            return Err(RowError::OtherDay { asked, found: day });
        }
        let owner = self.owner.as_ref().and_then(|(field, _)| value(field));
        owner.map_or(Ok(()), |json| self.check_owner_in(json))?;
        match self.foreign(text) {
            Some(field) => Err(RowError::Foreign { name: self.row.name, field }),
            None => Ok(()),
        }
    }

    /// Checks only whose a record is that holds rows, and is none itself. One that does not say so is not refused.
    ///
    /// # Errors
    /// When it is somebody else's, or no object.
    pub fn check_owner(&mut self, json: &[u8]) -> Result<(), RowError> {
        let Some((field, _)) = self.owner else {
            return Ok(());
        };
        let text = std::str::from_utf8(json).map_err(|error| RowError::NotJson(error.to_string()))?;
        let mut found = [None];
        read(text, &[field], &mut found, |found| found[0].is_some()).map_err(|error| self.no_object(text, error))?;
        found[0].map_or(Ok(()), |json| self.check_owner_in(json))
    }

    fn check_owner_in(&mut self, json: &str) -> Result<(), RowError> {
        let (Some((field, expected)), Some(found)) = (&self.owner, identity(json)) else {
            return Ok(());
        };
        match expected {
            Some(expected) if *expected == found => {}
            Some(expected) => {
                let (field, expected, found) = (*field, expected.clone(), shortened(&found));
                return Err(RowError::OtherOwner { field, expected, found });
            }
            None => self.owner = Some((field, Some(found.into_owned()))),
        }
        Ok(())
    }

    /// Whether the rest of a row need not be read: every part that is required is there, and the owner.
    fn is_enough(&self, found: &[Option<&str>]) -> bool {
        let value = |field: &str| found[self.fields.iter().position(|known| *known == field)?];
        let is_met =
            |required: &Required| required.any_of.iter().any(|field| value(field).is_some_and(|json| required.value.fits(json)));
        self.row.required.iter().all(is_met) && self.owner.as_ref().is_none_or(|(field, _)| value(field).is_some())
    }

    /// A foreign field of the row itself. Nearly no row holds its name anywhere.
    fn foreign(&self, text: &str) -> Option<&'static str> {
        self.row.foreign.iter().copied().find(|field| {
            let is_named = memmem::find(text.as_bytes(), field.as_bytes()).is_some();
            let mut found = [None];
            is_named && read(text, &[*field], &mut found, |_| false).is_ok() && found[0].is_some_and(|json| json != "null")
        })
    }

    fn no_object(&self, text: &str, error: serde_json::Error) -> RowError {
        match (error.classify(), self.row.required.first()) {
            (serde_json::error::Category::Data, Some(required)) => self.lacks(required, text),
            _ => RowError::NotJson(error.to_string()),
        }
    }

    fn lacks(&self, required: &Required, text: &str) -> RowError {
        let fields: Vec<String> = required.any_of.iter().take(2).map(|field| format!("`{field}`")).collect();
        let expected = match required.value {
            Value::Day => format!("a day in {}", fields.join(" or ")),
            Value::Identity | Value::Something => fields.join(" or "),
            Value::Object => format!("an object in {}", fields.join(" or ")),
        };
        RowError::Lacks { name: self.row.name, expected, found: described(text) }
    }
}

/// What a record is, for a person: its kind and the names of its first fields. No value of it, which may be anything.
fn described(text: &str) -> String {
    let kind = match text.trim_start().bytes().next() {
        Some(b'{') => "an object",
        Some(b'[') => return "a list".to_owned(),
        Some(b'"') => return "a text".to_owned(),
        Some(b'n') => return "null".to_owned(),
        Some(b't' | b'f') => return "a boolean".to_owned(),
        _ => return "a number".to_owned(),
    };
    let mut names = Vec::new();
    let _ = each_field(text, |name| {
        let is_plain =
            name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        names.push(if is_plain { format!("`{name}`") } else { "a field of another name".to_owned() });
        names.len() < NAMED_FIELDS
    });
    match names.as_slice() {
        [] => "an empty object".to_owned(),
        names => format!("{kind} with {}", names.join(", ")),
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A day in JSON.
fn day(json: &str) -> Option<Day> {
    let text: Cow<'_, str> = text(json)?;
    text.parse().ok()
}

/// A number or a text that is not empty, as text.
fn identity(json: &str) -> Option<Cow<'_, str>> {
    match json.bytes().next()? {
        b'"' => text(json).filter(|text| !text.is_empty()),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(json)),
        _ => None,
    }
}

fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(json).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

/// The days that a record says its report is about, from and to; none where it does not say so.
pub fn report_days(json: &[u8]) -> Option<(Day, Day)> {
    let mut found = [None; 2];
    let text = std::str::from_utf8(json).ok()?;
    read(text, &["report_start_day", "report_end_day"], &mut found, |found| found.iter().all(Option::is_some)).ok()?;
    Some((day(found[0]?)?, day(found[1]?)?))
}

/// Reads the texts of these fields of an object, until it `is_enough`. Of a field that is written twice the last one read counts.
///
/// # Errors
/// When the text is no object, or no JSON as far as it is read.
fn read<'text>(
    text: &'text str,
    fields: &[&str],
    found: &mut [Option<&'text str>],
    is_enough: impl Fn(&[Option<&str>]) -> bool,
) -> Result<(), serde_json::Error> {
    struct Fields<'a, 'text, F> {
        fields: &'a [&'a str],
        found: &'a mut [Option<&'text str>],
        is_enough: F,
        stopped: &'a mut bool,
    }

    impl<'text, F: Fn(&[Option<&str>]) -> bool> Visitor<'text> for Fields<'_, 'text, F> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'text>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(Name(name)) = map.next_key::<Name<'text>>()? {
                let Some(at) = self.fields.iter().position(|field| *field == name) else {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                };
                self.found[at] = Some(map.next_value::<&RawValue>()?.get());
                if (self.is_enough)(self.found) {
                    *self.stopped = true;
                    return Ok(());
                }
            }
            Ok(())
        }
    }

    let mut stopped = false;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let visitor = Fields { fields, found, is_enough, stopped: &mut stopped };
    let read = deserializer.deserialize_map(visitor);
    // What follows the last field that matters was not read, which the reader takes for an error.
    if stopped { Ok(()) } else { read.and_then(|()| deserializer.end()) }
}

/// Gives the names of an object's fields, in order, until it is told to stop.
fn each_field(text: &str, take: impl FnMut(&str) -> bool) -> Result<(), serde_json::Error> {
    struct Names<F>(F);

    impl<'text, F: FnMut(&str) -> bool> Visitor<'text> for Names<F> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'text>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(Name(name)) = map.next_key::<Name<'text>>()? {
                if !(self.0)(&name) {
                    break;
                }
                map.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }

    serde_json::Deserializer::from_str(text).deserialize_map(Names(take))
}

/// A field's name, borrowed where it holds no escape.
struct Name<'text>(Cow<'text, str>);

impl<'text> serde::Deserialize<'text> for Name<'text> {
    fn deserialize<D: Deserializer<'text>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'text> Visitor<'text> for Text {
            type Value = Name<'text>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a field's name")
            }

            fn visit_borrowed_str<E>(self, name: &'text str) -> Result<Name<'text>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'text>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

const DAY: Required = Required { any_of: &["day"], value: Value::Day };

/// A user's day.
pub(super) const USER_DAY: Row = Row {
    name: "a user's day",
    required: &[DAY, Required { any_of: &["user_id", "user_login"], value: Value::Identity }],
    foreign: &["team_id", "repo_id", "day_totals"],
};

/// The day of an organization or an enterprise as a whole. In all that GitHub documents, and in rows of older days, it has one of these.
pub(super) const AGGREGATE_DAY: Row = Row {
    name: "a day of an organization or an enterprise",
    required: &[
        DAY,
        Required {
            any_of: &[
                "organization_id",
                "enterprise_id",
                "daily_active_users",
                "user_initiated_interaction_count",
                "loc_added_sum",
            ],
            value: Value::Something,
        },
    ],
    foreign: &["user_id", "user_login", "team_id", "repo_id"],
};

/// A repository's day.
pub(super) const REPOSITORY_DAY: Row = Row {
    name: "a repository's day",
    required: &[DAY, Required { any_of: &["repo_id", "repo_name"], value: Value::Identity }],
    foreign: &["user_id", "team_id"],
};

/// A day of an endpoint that GitHub closed.
pub(super) const LEGACY_DAY: Row =
    Row { name: "a day of Copilot metrics", required: &[Required { any_of: &["date"], value: Value::Day }], foreign: &[] };

/// A seat. The account that it was given to may be gone, and then is null.
pub(super) const SEAT: Row = Row {
    name: "a seat",
    required: &[Required { any_of: &["assignee", "created_at"], value: Value::Something }],
    foreign: &["seats", "total_seats"],
};

/// What an organization pays for.
pub(super) const BILLING: Row = Row {
    name: "an organization's Copilot billing",
    required: &[Required { any_of: &["seat_breakdown"], value: Value::Object }],
    foreign: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(row: &'static Row, json: &str) -> Option<String> {
        RowCheck::new(row).check(json.as_bytes()).err().map(|error| error.to_string())
    }

    #[test]
    fn a_record_of_another_sort_is_no_row_and_is_said_to_be_what_it_is() {
        let cases: &[(&'static Row, &str, Option<&str>)] = &[
            (&USER_DAY, r#"{"day":"2026-03-01","user_id":1}"#, None),
            (&USER_DAY, r#"{"user_login":"mona","x":[{"day":1}],"day":"2026-03-01"}"#, None),
            (&USER_DAY, r#"{"day":"2026-03-01","user_id":null,"user_login":"mona"}"#, None),
            (
                &USER_DAY,
                r#"{"error":{"code":"ServerBusy"}}"#,
                Some("expected a user's day with a day in `day`, found an object with `error`"),
            ),
            (&USER_DAY, "{}", Some("expected a user's day with a day in `day`, found an empty object")),
            (
                &USER_DAY,
                r#"{"day":"2026-03-01","user_id":null,"user_login":""}"#,
                Some("expected a user's day with `user_id` or `user_login`, found an object with `day`, `user_id`, `user_login`"),
            ),
            (
                &USER_DAY,
                r#"{"day":"soon","user_id":1}"#,
                Some("expected a user's day with a day in `day`, found an object with `day`, `user_id`"),
            ),
            (&USER_DAY, "[]", Some("expected a user's day with a day in `day`, found a list")),
            (&USER_DAY, "3", Some("expected a user's day with a day in `day`, found a number")),
            (
                &USER_DAY,
                r#"{"day":"2026-03-01","user_id":1,"organization_id":"1","team_id":3,"slug":"core"}"#,
                Some("expected a user's day, found a row with `team_id`, which is one of another report"),
            ),
            (&USER_DAY, r#"{"day":"2026-03-01","user_id":1,"team_id":null,"totals":[{"team_id":3}]}"#, None),
            (&AGGREGATE_DAY, r#"{"day":"2026-03-01","organization_id":"1"}"#, None),
            (
                &AGGREGATE_DAY,
                r#"{"day":"2026-03-01","organization_id":"1","user_id":1}"#,
                Some(
                    "expected a day of an organization or an enterprise, found a row with `user_id`, which is one of another report",
                ),
            ),
            (
                &AGGREGATE_DAY,
                r#"{"day":"2026-03-01","message":"busy"}"#,
                Some(
                    "expected a day of an organization or an enterprise with `organization_id` or `enterprise_id`, found an object \
                     with `day`, `message`",
                ),
            ),
            (&REPOSITORY_DAY, r#"{"day":"2026-03-01","repo_id":7}"#, None),
            (&LEGACY_DAY, r#"{"date":"2026-03-01"}"#, None),
            (&SEAT, r#"{"created_at":"2026-03-01T00:00:00Z","assignee":null}"#, None),
            (&SEAT, r#"{"assignee":{"login":"mona"}}"#, None),
            (
                &SEAT,
                r#"{"message":"x"}"#,
                Some("expected a seat with `assignee` or `created_at`, found an object with `message`"),
            ),
            (&BILLING, r#"{"seat_breakdown":{"total":1}}"#, None),
            (
                &BILLING,
                r#"{"message":"x","\u001b[2J":1}"#,
                Some(
                    "expected an organization's Copilot billing with an object in `seat_breakdown`, found an object with `message`, a field of another name",
                ),
            ),
        ];
        for (row, json, expected) in cases {
            assert_eq!(refusal(row, json).as_deref(), *expected, "{json}");
        }
        for broken in ["", "{", r#"{"a":1"#, "not json", r#"{"a":1} x"#] {
            assert!(refusal(&USER_DAY, broken).is_some_and(|text| text.starts_with("not JSON: ")), "{broken}");
        }
    }

    #[test]
    fn a_row_of_another_day_or_owner_is_refused() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let mut check = RowCheck::new(&USER_DAY).of_owner("organization_id", None);
        check.within(Some((day("2026-03-01"), day("2026-03-28"))));
        let mut row = |day: &str, owner: &str| {
            let row = format!(r#"{{"day":"{day}","organization_id":{owner},"user_id":1}}"#);
            check.check(row.as_bytes()).err().map(|error| error.to_string())
        };
        assert_eq!(row("2026-03-29", "\"8\"").unwrap(), "it is about 2026-03-29, but 2026-03-01 to 2026-03-28 was asked for");
        assert_eq!(row("2026-03-01", "\"9\""), None);
        assert_eq!(row("2026-03-28", "9"), None);
        assert_eq!(row("2026-03-28", "null"), None);
        assert_eq!(row("2026-03-02", "\"10\"").unwrap(), "expected the organization_id 9, found 10");
        let mut known = RowCheck::new(&USER_DAY).of_owner("organization_id", Some("7".to_owned()));
        assert!(known.check(br#"{"day":"2026-03-01","user_id":1,"organization_id":"8"}"#).is_err());
    }

    #[test]
    fn only_the_beginning_of_a_row_is_read_when_it_says_all() {
        let cut = r#"{"day":"2026-03-01","organization_id":"1","user_id":1,"totals_by_ide":[{"#;
        assert_eq!(RowCheck::new(&USER_DAY).of_owner("organization_id", None).check(cut.as_bytes()), Ok(()));
        let cut = r#"{"user_id":1,"totals_by_ide":[{"#;
        assert!(RowCheck::new(&USER_DAY).check(cut.as_bytes()).is_err());
    }
}
