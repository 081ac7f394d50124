//! Required fields of a row. A record without them is something else, such as an error, a message, or a row of another report.
//! Pure, and cheap: a row is read up to the last required field, and GitHub writes those first.
//!
//! | subject | file |
//! | --- | --- |
//! | rows and required fields | here |
//! | required fields of each report and list | `rows` |
//! | checking rows, one after the other | `check` |
//! | reasons for which a record is not a row | `error` |
//! | reading some fields of a record | `fields` |
//! | searching for names in its text | `names` |

mod check;
mod error;
mod fields;
mod names;
mod rows;

pub use check::RowCheck;
pub use error::RowError;
pub use fields::report_days;
pub(super) use rows::{
    ACCOUNT, AGGREGATE_DAY, BILLING, CLAUDE_CODE_DAY, CURSOR_DAY, CURSOR_EVENT, CURSOR_MEMBER, CURSOR_SPEND, LEGACY_DAY,
    REPOSITORY, REPOSITORY_DAY, SEAT, TEAM, TOOL_DAY, USAGE_ITEM, USER_DAY,
};

use self::fields::{identity, read, text};
use crate::model::day::Day;

/// Day on which Copilot was first shown to the public. No row is about an earlier day.
const COPILOT_SINCE: &str = "2021-06-29";

/// Required fields of the rows of a report, or of the elements of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Name of a row in messages, as in "expected a user's day".
    pub name: &'static str,
    /// Parts that each must have.
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
    /// Type of its value.
    pub value: Value,
}

/// Types of a required field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A day of Copilot's time, written `2026-08-01`.
    Day,
    /// A whole number from 1 on, or a text that is not blank. An id that is there must be one, whatever name stands beside it.
    Identity,
    /// Anything but null.
    Something,
    /// A measured value: a number, a boolean, a list or an object.
    Measure,
    /// An object that holds a number in `total`.
    Total,
}

impl Value {
    fn fits(self, json: &str) -> bool {
        match self {
            // Days as they are written have the order of their texts.
            Self::Day => text(json).is_some_and(|text| &*text >= COPILOT_SINCE && text.parse::<Day>().is_ok()),
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
    /// True when a row has this part. A valid name does not make up for an invalid id beside it.
    fn is_met<'text>(&self, value: impl Fn(&str) -> Option<&'text str>) -> bool {
        let is_none = |field: &str| field.ends_with("_id") && value(field).is_some_and(|json| identity(json).is_none());
        self.any_of.iter().any(|field| value(field).is_some_and(|json| self.value.fits(json)))
            && !(self.value == Value::Identity && self.any_of.iter().any(|field| is_none(field)))
    }
}

#[cfg(test)]
mod tests;
