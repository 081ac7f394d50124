//! Origins of values, and the entries that were found before their meaning is read.

use std::fmt;

use super::error::{SettingsError, SettingsWarning};
use super::table::{self, Known};

/// Origin of a setting's value. Its text form is the one in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingOrigin {
    /// A flag, such as `--data`.
    Flag(&'static str),
    /// An environment variable, as it is spelt there.
    Variable(String),
    /// A line of the settings file, counted from 1.
    File {
        /// The file.
        name: String,
        /// The line.
        line: usize,
    },
    /// The default.
    Default,
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => formatter.write_str(name),
            Self::Variable(name) => formatter.write_str(name),
            Self::File { name, line } => write!(formatter, "{name}:{line}"),
            Self::Default => formatter.write_str("default"),
        }
    }
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    Text(String),
    List(Vec<String>),
}

impl Raw {
    /// True for a blank value, which counts as not set.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
        }
    }

    /// The text, without white space around it.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()),
            Self::List(_) => None,
        }
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text.trim()),
            Self::List(items) => formatter.write_str(&items.join(",")),
        }
    }
}

/// A value that was found for a setting.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) known: &'static Known,
    /// True when the value is the path of the file that holds it.
    pub(super) is_file: bool,
    pub(super) raw: Raw,
    pub(super) source: SettingOrigin,
    /// Precedence among several entries of a setting: the lowest rank wins.
    pub(super) rank: u8,
}

/// Entries and warnings of one place.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) warnings: Vec<SettingsWarning>,
    pub(super) errors: Vec<SettingsError>,
    /// Names of Ocean's without meaning here.
    pub(super) ignored: Vec<String>,
}

impl Found {
    /// Notes a setting of Ocean that has no meaning here, and a value that has no effect.
    pub(super) fn ignore(&mut self, name: String, key: &str, value: &str) {
        if let Some(help) = table::not_obeyed(key, value) {
            let message = format!("{name} is `{}`, which is not obeyed", value.trim());
            self.warnings.push(SettingsWarning { message, help: Some(help.to_owned()) });
        }
        self.ignored.push(name);
    }
}

/// Ranks, best first. Plain variables rank by their place in the table from [`rank::PLAIN`] on.
pub(super) mod rank {
    pub(in crate::settings) const FLAG: u8 = 0;
    /// The variable as documented.
    pub(in crate::settings) const VARIABLE: u8 = 10;
    /// Rank of another spelling, such as `..GITHUBTOKEN`.
    pub(in crate::settings) const SPELLING: u8 = 11;
    /// A part of a variable that holds JSON.
    pub(in crate::settings) const JSON: u8 = 12;
    pub(in crate::settings) const PLAIN: u8 = 20;
    pub(in crate::settings) const FILE: u8 = 100;
}
