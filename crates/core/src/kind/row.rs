//! What makes a row a row: the fields without which a record is something else, such as an error, a message, or a row of another
//! report. Pure, and cheap: a row is read up to the last field that matters, and GitHub writes those first.
//!
//! | what | file |
//! | --- | --- |
//! | what rows must have | here |
//! | what the rows of each report and list must have | `rows` |
//! | checking rows, one after the other | `check` |
//! | why a record is no row | `error` |
//! | reading some fields of a record | `fields` |

mod check;
mod error;
mod fields;
mod rows;

pub use check::RowCheck;
pub use error::RowError;
pub use fields::report_days;
pub(super) use rows::{AGGREGATE_DAY, BILLING, LEGACY_DAY, REPOSITORY_DAY, SEAT, USER_DAY};

use self::fields::{day, identity, read};
use crate::model::day::Day;

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

impl Required {
    /// Whether a row has this part. An id beside a name is not made good by the name.
    fn is_met<'text>(&self, value: impl Fn(&str) -> Option<&'text str>) -> bool {
        let is_none = |field: &str| field.ends_with("_id") && value(field).is_some_and(|json| identity(json).is_none());
        self.any_of.iter().any(|field| value(field).is_some_and(|json| self.value.fits(json)))
            && !(self.value == Value::Identity && self.any_of.iter().any(|field| is_none(field)))
    }
}

#[cfg(test)]
mod tests;
