//! What makes a row a row: the fields without which a record is something else, such as an error, a message, or a row of another
//! report. Pure, and cheap: a row is read up to the last field that matters, and GitHub writes those first.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use memchr::memmem;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::day::Day;
use crate::model::field::Field;

/// Fields that are looked for in one row, at most: what is required, what is foreign, the owner, and two days.
const FIELDS_AT_MOST: usize = 24;

/// Fields of a refused record that are named in the refusal.
const NAMED_FIELDS: usize = 5;

/// The longest name of a field that is named in a refusal.
const LONGEST_NAME: usize = 40;

/// Fields that GitHub writes where something went wrong, and in no row.
const PROBLEMS: [&str; 3] = ["error", "errors", "message"];

/// When Copilot was first shown to anybody. No row is about a day before.
const COPILOT_SINCE: &str = "2021-06-29";

/// What the rows of a report, or the elements of a list, must have.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// What one is, as in "expected a user's day".
    pub name: &'static str,
    /// What each must have.
    pub required: &'static [Required],
    /// Fields that only rows of other reports have.
    pub foreign: &'static [&'static str],
    /// The field of its day, where one report or list has one row a day.
    pub one_a_day: Option<&'static str>,
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
    /// A day of Copilot's time, written `2026-08-01`.
    Day,
    /// A whole number from 1 on, or a text that is not blank. An id that is there must be one, whatever name stands beside it.
    Identity,
    /// Anything but null.
    Something,
    /// What was measured: a number, a boolean, a list or an object.
    Measure,
    /// An object that holds a number in `total`.
    Total,
}

impl Value {
    fn fits(self, json: &str) -> bool {
        match self {
            Self::Day => day(json).is_some_and(|day| COPILOT_SINCE.parse().is_ok_and(|first: Day| day >= first)),
            Self::Identity => identity(json).is_some(),
            Self::Something => json != "null",
            Self::Measure => json != "null" && !json.starts_with('"'),
            Self::Total => {
                let mut found = [None];
                read(json, &["total"], &mut found, |_| false).is_ok()
                    && found[0].is_some_and(|total| total.parse::<u64>().is_ok())
            }
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
    /// It has what GitHub writes where something went wrong.
    #[error("expected {name}, found a record with `{field}`, which tells of a problem")]
    Problem {
        /// What a row is.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// It says twice what tells it from others.
    #[error("expected {name}, found a record in which `{field}` is written twice")]
    Twice {
        /// What a row is.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// There was a row of that day before.
    #[error("expected {name}, found another one of {day}")]
    DayTwice {
        /// What a row is.
        name: &'static str,
        /// The day.
        day: Day,
    },
    /// It does not say whose it is, or says it where the rows before it do not.
    #[error("expected all rows to say their `{field}`, or none, found both")]
    Unnamed {
        /// `organization_id` or `enterprise_id`.
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
    /// Those of them that must not be written twice, as they are written. What was measured is not among them: its names stand
    /// in the parts of a row too.
    written: Vec<(&'static str, memmem::Finder<'static>)>,
    problems: [(&'static str, memmem::Finder<'static>); PROBLEMS.len()],
    /// Whether the rows say whose they are, once there was one.
    is_named: Option<bool>,
    /// The days of the rows, where there is one a day.
    seen: HashSet<Day>,
    /// The documented fields, when rows without any of them are taken.
    other_shapes: Option<&'static [Field]>,
}

impl RowCheck {
    /// Checks rows of any owner and any day.
    pub fn new(row: &'static Row) -> Self {
        let fields = |is_wanted: fn(Value) -> bool| {
            row.required.iter().filter(move |required| is_wanted(required.value)).flat_map(|required| required.any_of).copied()
        };
        let problems = PROBLEMS.map(|field| (field, finder(field)));
        let written = fields(|value| value != Value::Measure).map(|field| (field, finder(field))).collect();
        let fields = fields(|_| true).collect();
        Self { row, owner: None, days: None, fields, written, problems, is_named: None, seen: HashSet::new(), other_shapes: None }
    }

    /// Takes rows of a shape that nobody documents as well, when `looks_at`, which is all that the mapping looks at, has nothing of
    /// what rows must have: somebody maps them on purpose. `documented` are the fields that the kind's rows may have.
    #[must_use]
    pub fn with_other_shapes(mut self, documented: &'static [Field], looks_at: Option<&BTreeSet<String>>) -> Self {
        let is_needed = |field: &&'static str| looks_at.is_none_or(|looks_at| looks_at.contains(*field));
        let is_free = !self.row.required.iter().flat_map(|required| required.any_of).any(is_needed);
        self.other_shapes = is_free.then_some(documented);
        self
    }

    /// Whether a record has fields, and none that a row or a refusal has, see [`RowCheck::with_other_shapes`].
    fn is_of_another_shape(&self, text: &str) -> bool {
        let Some(documented) = self.other_shapes else { return false };
        let Ok(found) = serde_json::from_str::<BTreeMap<Cow<'_, str>, IgnoredAny>>(text) else { return false };
        let is_known = |field: &str| PROBLEMS.contains(&field) || documented.iter().any(|known| known.name == field);
        !found.is_empty() && !found.keys().any(|field| is_known(field))
    }

    /// Refuses rows whose `field` holds something else than `id`, or, where that is not known, than the first row that has it.
    #[must_use]
    pub fn of_owner(mut self, field: &'static str, id: Option<String>) -> Self {
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
        if !self.written.iter().any(|(written, _)| *written == field) {
            self.written.push((field, finder(field)));
        }
        self.owner = Some((field, id));
        self
    }

    /// The owner's id in the rows so far, which that of all others must be.
    pub fn owner_id(&self) -> Option<&str> {
        self.owner.as_ref()?.1.as_deref()
    }

    /// The days of the rows so far; none where there is not one row a day.
    pub fn days(&self) -> impl Iterator<Item = Day> + '_ {
        self.seen.iter().copied()
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
            if !required.is_met(value) {
                return if self.is_of_another_shape(text) { Ok(()) } else { Err(self.lacks(required, text)) };
            }
        }
        if let Some((first, last)) = self.days
            && let Some(day) = value("day").and_then(day)
            && (day < first || day > last)
        {
            let asked = if first == last { first.to_string() } else { format!("{first} to {last}") };
            return Err(RowError::OtherDay { asked, found: day });
        }
        let name = self.row.name;
        if let Some(field) = self.foreign(text) {
            return Err(RowError::Foreign { name, field });
        }
        if let Some(field) = self.problem(text) {
            return Err(RowError::Problem { name, field });
        }
        if let Some(field) = self.twice(text) {
            return Err(RowError::Twice { name, field });
        }
        let day = self.row.one_a_day.and_then(value).and_then(day);
        if let Some((field, expected)) = &self.owner {
            let (field, said) = (*field, value(field));
            let is_named = said.is_some_and(|json| identity(json).is_some());
            // Where it is known whose rows these are, nobody is somebody else.
            if self.is_named.is_some_and(|named| named != is_named) || said.is_some() && !is_named && expected.is_some() {
                return Err(RowError::Unnamed { field });
            }
            said.map_or(Ok(()), |json| self.check_owner_in(json))?;
            self.is_named = Some(is_named);
        }
        match day {
            Some(day) if !self.seen.insert(day) => Err(RowError::DayTwice { name, day }),
            _ => Ok(()),
        }
    }

    /// Checks only whose a record is that holds rows, and is none itself. One that does not say so is not refused.
    ///
    /// # Errors
    /// When it is somebody else's, tells of a problem beside its rows, or is no object.
    pub fn check_owner(&mut self, json: &[u8]) -> Result<(), RowError> {
        let text = std::str::from_utf8(json).map_err(|error| RowError::NotJson(error.to_string()))?;
        // Without rows it is told better by what it lacks.
        if memmem::find(json, b"\"day_totals\"").is_some()
            && let Some(field) = self.problem(text)
        {
            return Err(RowError::Problem { name: self.row.name, field });
        }
        let Some((field, _)) = self.owner else {
            return Ok(());
        };
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
        let is_met = |required: &Required| {
            // Every part of an identity counts, so all of them are looked for.
            let is_all = required.value != Value::Identity || required.any_of.iter().all(|field| value(field).is_some());
            is_all && required.is_met(value)
        };
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

    /// A field of the row itself that tells of a problem.
    fn problem(&self, text: &str) -> Option<&'static str> {
        let is_there = |(field, written): &&(&'static str, memmem::Finder<'static>)| {
            let mut found = [None];
            written.find(text.as_bytes()).is_some()
                && read(text, &[*field], &mut found, |_| false).is_ok()
                && found[0].is_some_and(|json| json != "null")
        };
        self.problems.iter().find(is_there).map(|(field, _)| *field)
    }

    /// A field that matters and is written twice in the row itself: another reader would take the other one. Nearly every row shows at
    /// a glance that it has none.
    fn twice(&self, text: &str) -> Option<&'static str> {
        let is_repeated = |(_, written): &(_, memmem::Finder<'static>)| written.find_iter(text.as_bytes()).nth(1).is_some();
        // A name may be written with escapes.
        let is_escaped = || memmem::find(text.as_bytes(), b"\\u").is_some();
        if !self.written.iter().any(is_repeated) && !is_escaped() {
            return None;
        }
        let (mut seen, mut twice) = (HashSet::new(), None);
        let _ = each_field(text, |name| {
            let field = self.written.iter().map(|(field, _)| *field).find(|field| *field == name);
            twice = field.filter(|field| !seen.insert(*field));
            twice.is_none()
        });
        twice
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
            Value::Identity | Value::Something | Value::Measure => fields.join(" or "),
            Value::Total => format!("an object in {} that has a number in `total`", fields.join(" or ")),
        };
        RowError::Lacks { name: self.row.name, expected, found: described(text) }
    }
}

impl Required {
    /// Whether a row has this part. An id beside a name is not made good by the name.
    fn is_met<'text>(&self, value: impl Fn(&str) -> Option<&'text str>) -> bool {
        let is_none = |field: &str| field.ends_with("_id") && value(field).is_some_and(|json| identity(json).is_none());
        self.any_of.iter().any(|field| value(field).is_some_and(|json| self.value.fits(json)))
            && !(self.value == Value::Identity && self.any_of.iter().any(|field| is_none(field)))
    }
}

/// Finds a field's name as it is written.
fn finder(field: &str) -> memmem::Finder<'static> {
    memmem::Finder::new(&format!("\"{field}\"")).into_owned()
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

/// A whole number from 1 on, or a text that is not blank, as text. A text that is a number is an identity under the same condition.
fn identity(json: &str) -> Option<Cow<'_, str>> {
    let is_none = |text: &str| text.trim().is_empty() || text.parse::<i64>().is_ok_and(|number| number < 1);
    match json.bytes().next()? {
        b'"' => text(json).filter(|text| !is_none(text)),
        b'1'..=b'9' => json.bytes().all(|byte| byte.is_ascii_digit()).then_some(Cow::Borrowed(json)),
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
    one_a_day: None,
};

/// The day of an organization or an enterprise as a whole. In all that GitHub documents, and in rows of older days, it has several of
/// these.
pub(super) const AGGREGATE_DAY: Row = Row {
    name: "a day of an organization or an enterprise",
    required: &[
        DAY,
        Required {
            any_of: &[
                "daily_active_users",
                "user_initiated_interaction_count",
                "weekly_active_users",
                "monthly_active_users",
                "monthly_active_chat_users",
                "code_generation_activity_count",
                "code_acceptance_activity_count",
                "loc_suggested_to_add_sum",
                "loc_added_sum",
                "loc_deleted_sum",
                "totals_by_ide",
                "totals_by_feature",
                "pull_requests",
            ],
            value: Value::Measure,
        },
    ],
    foreign: &["user_id", "user_login", "team_id", "repo_id"],
    one_a_day: Some("day"),
};

/// A repository's day.
pub(super) const REPOSITORY_DAY: Row = Row {
    name: "a repository's day",
    required: &[
        DAY,
        Required { any_of: &["repo_id"], value: Value::Identity },
        Required {
            any_of: &[
                "pull_requests",
                "pull_request_review_times",
                "user_initiated_interaction_count",
                "code_generation_activity_count",
                "loc_added_sum",
            ],
            value: Value::Measure,
        },
    ],
    foreign: &["user_id", "user_login", "team_id", "daily_active_users", "day_totals"],
    one_a_day: None,
};

/// A day of an endpoint that GitHub closed.
pub(super) const LEGACY_DAY: Row = Row {
    name: "a day of Copilot metrics",
    required: &[
        Required { any_of: &["date"], value: Value::Day },
        Required {
            any_of: &[
                "total_active_users",
                "total_engaged_users",
                "copilot_ide_code_completions",
                "copilot_ide_chat",
                "copilot_dotcom_chat",
                "copilot_dotcom_pull_requests",
            ],
            value: Value::Measure,
        },
    ],
    foreign: &[],
    one_a_day: Some("date"),
};

/// A seat. The account that it was given to may be gone, and then is null.
pub(super) const SEAT: Row = Row {
    name: "a seat",
    required: &[Required { any_of: &["assignee", "created_at"], value: Value::Something }],
    foreign: &["seats", "total_seats"],
    one_a_day: None,
};

/// What an organization pays for.
pub(super) const BILLING: Row = Row {
    name: "an organization's Copilot billing",
    required: &[Required { any_of: &["seat_breakdown"], value: Value::Total }],
    foreign: &[],
    one_a_day: None,
};

#[cfg(test)]
mod tests;
