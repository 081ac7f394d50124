//! Checking rows, one after the other.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use memchr::{memchr, memmem};
use serde::de::IgnoredAny;

use super::error::RowError;
use super::fields::{day, described, each_field, identity, read, shortened};
use super::names::Names;
use super::{Required, Row, Value};
use crate::model::day::Day;
use crate::model::field::Field;

/// Fields that are looked for in one row, at most: what is required, what is foreign, the owner, and two days.
const FIELDS_AT_MOST: usize = 24;

/// Fields that GitHub writes where something went wrong, and in no row.
const PROBLEMS: [&str; 3] = ["error", "errors", "message"];

/// Checks the rows of one report or list, one after the other.
#[derive(Clone, Debug)]
pub struct RowCheck {
    row: &'static Row,
    /// `organization_id` or `enterprise_id`, and what all rows must have there.
    owner: Option<(&'static str, Option<String>)>,
    /// The days from and to.
    days: Option<(Day, Day)>,
    /// Fields that are looked up in a row: the required ones, then the owner.
    fields: Vec<&'static str>,
    /// Those of them that must not be written twice. What was measured is not among them: its names stand in the parts of a row too.
    once: Vec<&'static str>,
    /// Those, what is foreign, and what GitHub writes where something went wrong, as they are written.
    names: Names,
    /// True when the rows name their owner; none before the first row.
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
        let once: Vec<&'static str> = fields(|value| value != Value::Measure).collect();
        let names = names(row, &once);
        let fields = fields(|_| true).collect();
        Self { row, owner: None, days: None, fields, once, names, is_named: None, seen: HashSet::new(), other_shapes: None }
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

    /// True for a record that has fields, and none of a row or a refusal, see [`RowCheck::with_other_shapes`].
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
        if !self.once.contains(&field) {
            self.once.push(field);
            self.names = names(self.row, &self.once);
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
    /// Fails when it is not a row. The text after the last required field is not checked for JSON.
    pub fn check(&mut self, json: &[u8]) -> Result<(), RowError> {
        let mut found = [None; FIELDS_AT_MOST];
        let fields = &self.fields[..self.fields.len().min(FIELDS_AT_MOST)];
        let text = simdutf8::compat::from_utf8(json).map_err(|error| RowError::NotJson(error.to_string()))?;
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
        let glance = self.glance(text);
        if glance.has_foreign
            && let Some(field) = first_of(self.row.foreign, text)
        {
            return Err(RowError::Foreign { name, field });
        }
        if glance.has_problem
            && let Some(field) = first_of(&PROBLEMS, text)
        {
            return Err(RowError::Problem { name, field });
        }
        if glance.has_repeated
            && let Some(field) = self.twice(text)
        {
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

    /// Checks only the owner of a record that holds rows and is not one itself. A record without an owner is accepted.
    ///
    /// # Errors
    /// Fails when the owner is another one, when the record has an error beside its rows, or when it is not an object.
    pub fn check_owner(&mut self, json: &[u8]) -> Result<(), RowError> {
        let text = simdutf8::compat::from_utf8(json).map_err(|error| RowError::NotJson(error.to_string()))?;
        // Without rows it is told better by what it lacks.
        if memmem::find(json, b"\"day_totals\"").is_some()
            && let Some(field) = first_of(&PROBLEMS, text)
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

    /// True when every required part of a row was found, and the owner: the rest need not be read.
    fn is_enough(&self, found: &[Option<&str>]) -> bool {
        let value = |field: &str| found[self.fields.iter().position(|known| *known == field)?];
        // The required fields stand first, in their order. This is asked after each field, so values are looked at last.
        let mut parts = found;
        let is_there = |required: &Required| {
            let (part, rest) = parts.split_at(required.any_of.len().min(parts.len()));
            parts = rest;
            // Every part of an identity counts, so all of them are looked for.
            if required.value == Value::Identity { part.iter().all(Option::is_some) } else { part.iter().any(Option::is_some) }
        };
        self.row.required.iter().all(is_there)
            && self.owner.as_ref().is_none_or(|(field, _)| value(field).is_some())
            && self.row.required.iter().all(|required| required.is_met(value))
    }

    /// Names that stand anywhere in a row, in its parts and texts too. Nearly every row shows at a glance that nothing is wrong with it.
    fn glance(&self, text: &str) -> Glance {
        // A name may be written with escapes.
        let has_escape = memchr(b'\\', text.as_bytes()).is_some();
        let mut glance = Glance { has_foreign: false, has_problem: false, has_repeated: has_escape };
        let mut seen = 0_u64;
        self.names.each_in(text, |name| {
            if let Some(number) = self.once.iter().position(|once| *once == name) {
                let bit = 1_u64.checked_shl(u32::try_from(number).unwrap_or(u32::MAX)).unwrap_or_default();
                // Beyond 64 names, each is looked at.
                glance.has_repeated |= bit == 0 || seen & bit != 0;
                seen |= bit;
            }
            glance.has_foreign |= self.row.foreign.contains(&name);
            glance.has_problem |= PROBLEMS.contains(&name);
        });
        glance
    }

    /// A field that matters and is written twice in the row itself: another reader would take the other one.
    fn twice(&self, text: &str) -> Option<&'static str> {
        let (mut seen, mut twice) = (HashSet::new(), None);
        let _ = each_field(text, |name| {
            let field = self.once.iter().copied().find(|field| *field == name);
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

/// What a row may have, see [`RowCheck::glance`].
struct Glance {
    has_foreign: bool,
    has_problem: bool,
    has_repeated: bool,
}

fn names(row: &Row, once: &[&'static str]) -> Names {
    Names::new(once.iter().chain(row.foreign).chain(&PROBLEMS).copied())
}

/// The first of these fields that the object itself has, not as null.
fn first_of(fields: &[&'static str], text: &str) -> Option<&'static str> {
    fields.iter().copied().find(|field| {
        let mut found = [None];
        read(text, &[*field], &mut found, |_| false).is_ok() && found[0].is_some_and(|json| json != "null")
    })
}
