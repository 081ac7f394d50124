//! Completions of people who used exactly one editor on a day.

use std::collections::BTreeMap;

use super::bytes::{DamagedFacts, Reader, push_text, push_varint};

/// Completions shown and accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// Completions shown.
    pub shown: u64,
    /// Completions accepted.
    pub accepted: u64,
}

/// Completions by editor, of people with exactly one: `totals_by_ide` is not split by feature, so only their completions are
/// known to be of that editor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditorSums {
    /// Sums and number of people, by the name in `totals_by_ide`.
    pub by_editor: BTreeMap<String, (Completions, u64)>,
    /// Completions shown to everybody, however many editors they used.
    pub shown_to_all: u64,
}

impl EditorSums {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        push_varint(out, self.shown_to_all);
        push_varint(out, self.by_editor.len() as u64);
        for (name, (completions, people)) in &self.by_editor {
            push_text(out, name);
            push_varint(out, completions.shown);
            push_varint(out, completions.accepted);
            push_varint(out, *people);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DamagedFacts> {
        let shown_to_all = reader.varint()?;
        let mut by_editor = BTreeMap::new();
        for _ in 0..reader.count()? {
            let name = reader.text()?.to_owned();
            let completions = Completions { shown: reader.varint()?, accepted: reader.varint()? };
            by_editor.insert(name, (completions, reader.varint()?));
        }
        Ok(Self { by_editor, shown_to_all })
    }
}
