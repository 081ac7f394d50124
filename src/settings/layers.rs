//! Lays flags, environment and file over each other and hands out one setting at a time, remembering where it came from.

use std::io;
use std::path::PathBuf;

use super::error::SettingsError;
use super::source::{Entry, Raw, SettingOrigin};
use super::table::{self, Known, Shape};
use super::value::Expected;
use super::{Described, Sources};

/// Text in place of a secret.
const HIDDEN: &str = "[secret]";

/// All that was found, and what became of it so far.
pub(super) struct Layers<'a> {
    entries: Vec<Entry>,
    sources: &'a Sources<'a>,
    pub(super) errors: Vec<SettingsError>,
    pub(super) described: Vec<Described>,
}

impl<'a> Layers<'a> {
    /// Takes entries in any order.
    pub(super) fn new(mut entries: Vec<Entry>, errors: Vec<SettingsError>, sources: &'a Sources<'a>) -> Self {
        // Stable: of equals the first that was found holds.
        entries.sort_by_key(|entry| entry.rank);
        Self { entries, sources, errors, described: Vec::new() }
    }

    /// Takes a setting out and reads it; none when it is not set, or its value is wrong. The error is then kept.
    pub(super) fn take<T>(&mut self, key: &'static str, read: fn(&Raw) -> Result<T, Expected>) -> Option<T> {
        let known = table::known_setting(key)?;
        let entry = self.best(known);
        let source = entry.as_ref().map_or(SettingOrigin::Default, |entry| entry.source.clone());
        let raw = entry.and_then(|entry| self.opened(entry)).or_else(|| default(known));
        let hidden = known.shape == Shape::Secret;
        self.described.push(Described {
            key: known.key,
            variable: known.variable,
            value: raw.as_ref().map(|raw| if hidden { HIDDEN.to_owned() } else { raw.to_string() }),
            source: source.clone(),
        });
        match read(&raw?) {
            Ok(value) => Some(value),
            Err(expected) => {
                let shown = self.described.last().and_then(|described| described.value.clone()).unwrap_or_default();
                // Addresses can carry credentials too.
                let hidden = hidden || known.shape == Shape::Url && shown.contains(['@', '?']);
                let found = if hidden { "something else".to_owned() } else { format!("`{shown}`") };
                self.errors.push(SettingsError::Value { source_name: source, found, expected });
                None
            }
        }
    }

    /// Origin of a setting that was read.
    pub(super) fn source(&self, key: &str) -> SettingOrigin {
        let described = self.described.iter().find(|described| described.key == key);
        described.map_or(SettingOrigin::Default, |described| described.source.clone())
    }

    /// Says where a value came from that was made up here, for lack of a setting.
    pub(super) fn describe_default(&mut self, key: &str, value: &str) {
        let described = self.described.iter_mut().find(|described| described.key == key);
        if let Some(described) = described {
            described.value = Some(value.to_owned());
        }
    }

    fn best(&mut self, known: &Known) -> Option<Entry> {
        let mut candidates = self.entries.iter().filter(|entry| entry.known.key == known.key);
        let best = candidates.next()?;
        let other = candidates.find(|other| other.rank == best.rank && other.is_file != best.is_file);
        if let Some(other) = other {
            self.errors.push(SettingsError::Both(best.source.clone(), other.source.clone()));
        }
        Some(best.clone())
    }

    /// Reads the file that holds the value, when it is in one.
    fn opened(&mut self, entry: Entry) -> Option<Raw> {
        if !entry.is_file {
            return Some(entry.raw);
        }
        let path = PathBuf::from(entry.raw.to_string());
        let text = (self.sources.read_file)(&path).and_then(|text| match text.trim().is_empty() {
            true => Err(io::Error::new(io::ErrorKind::InvalidData, "it is empty")),
            false => Ok(text),
        });
        match text {
            Ok(text) => Some(Raw::Text(text)),
            Err(error) => {
                self.errors.push(SettingsError::SecretFile { source_name: entry.source, path, error });
                None
            }
        }
    }
}

fn default(known: &Known) -> Option<Raw> {
    (!known.default.is_empty()).then(|| Raw::Text(known.default.to_owned()))
}
