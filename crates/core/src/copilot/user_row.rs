//! Reads a row of `users-1-day` into numbers, by the rules of [`super::meaning`].

use super::activity;
use super::cells::{Cell, PackedRow, RowBuilder};
use super::columns::{ColumnKind, Columns, RECORD};
use super::json::Json;
use super::meaning::{self, Breakdown, PHASES, breakdown};
use super::refusal::RowRefusal;

/// Activity of one user on one day.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UserRow {
    pub(super) numbers: PackedRow,
    /// See [`activity::is_active`].
    pub(super) is_active: bool,
    /// See [`activity::prompted_or_generated`].
    pub(super) prompted_or_generated: bool,
}

impl UserRow {
    /// Merges two rows of the same user and day, see [`PackedRow::merged`].
    pub(super) fn merged(&self, other: &Self, builder: &mut RowBuilder) -> Self {
        Self {
            numbers: self.numbers.merged(&other.numbers, builder),
            is_active: self.is_active || other.is_active,
            prompted_or_generated: self.prompted_or_generated || other.prompted_or_generated,
        }
    }
}

/// Reads rows of one day, one after the other.
#[derive(Debug)]
pub(super) struct RowReader {
    pub(super) columns: Columns,
    pub(super) builder: RowBuilder,
    key: String,
}

/// Marks a thing that is present without a number of its own: an entry, or a list that may be empty.
const PRESENT: Cell = Cell::Integer(0);

impl RowReader {
    pub(super) fn new() -> Self {
        Self { columns: Columns::new(), builder: RowBuilder::default(), key: String::new() }
    }

    pub(super) fn read(&mut self, row: &Json<'_>) -> Result<UserRow, RowRefusal> {
        self.builder.clear();
        self.fields(RECORD, row, None)?;
        Ok(UserRow {
            numbers: self.builder.finish(),
            is_active: activity::is_active(row),
            prompted_or_generated: activity::prompted_or_generated(row),
        })
    }

    /// Reads the fields of an object into the columns under `parent`, without the keys and labels of an entry.
    fn fields(&mut self, parent: u32, object: &Json<'_>, of: Option<&Breakdown>) -> Result<(), RowRefusal> {
        let Json::Object(fields) = object else {
            return Ok(());
        };
        for (name, value) in fields {
            let is_key = of.is_some_and(|of| of.keys.contains(&name.as_ref()) || of.labels.contains(&name.as_ref()));
            if is_key || meaning::is_left_out(name, parent == RECORD) {
                continue;
            }
            match value {
                Json::Text(_) => {}
                Json::Null => self.null(parent, name)?,
                Json::Bool(flag) => self.flag(parent, name, *flag)?,
                Json::Integer(_) | Json::Decimal(_) => self.counter(parent, name, value)?,
                Json::List(entries) => self.breakdown(parent, name, entries)?,
                Json::Object(_) if name == meaning::PHASE && parent == RECORD => self.phase(value)?,
                Json::Object(_) => {
                    if let Some(group) = self.columns.field(parent, name, ColumnKind::Group)? {
                        self.builder.raise(group, PRESENT);
                        self.fields(group, value, None)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn counter(&mut self, parent: u32, name: &str, value: &Json<'_>) -> Result<(), RowRefusal> {
        let Some(number) = cell(value).filter(|_| meaning::is_additive(name)) else {
            return Ok(());
        };
        if let Some(column) = self.columns.field(parent, name, ColumnKind::Counter)? {
            self.builder.add(column, number);
        }
        Ok(())
    }

    /// Counts a flag. Only flags of the row itself are counted.
    fn flag(&mut self, parent: u32, name: &str, flag: bool) -> Result<(), RowRefusal> {
        let Some(people) = meaning::people_field(name).filter(|_| parent == RECORD) else {
            return Ok(());
        };
        if let Some(column) = self.columns.field(RECORD, &people, ColumnKind::People)? {
            self.builder.raise(column, Cell::Integer(i64::from(flag)));
        }
        Ok(())
    }

    fn null(&mut self, parent: u32, name: &str) -> Result<(), RowRefusal> {
        if !meaning::is_additive(name) || name == meaning::PHASE {
            return Ok(());
        }
        let people = meaning::people_field(name).filter(|_| parent == RECORD);
        if let Some(column) = self.columns.field(parent, people.as_deref().unwrap_or(name), ColumnKind::Unknown)? {
            self.builder.raise(column, Cell::Null);
        }
        Ok(())
    }

    /// Reads a list. A list whose elements are not objects has no keys and is left out.
    fn breakdown(&mut self, parent: u32, name: &str, entries: &[Json<'_>]) -> Result<(), RowRefusal> {
        if !entries.iter().all(|entry| matches!(entry, Json::Object(_))) {
            return Ok(());
        }
        let Some(column) = self.columns.field(parent, name, ColumnKind::Breakdown)? else {
            return Ok(());
        };
        self.builder.raise(column, PRESENT);
        let known = breakdown(name);
        for entry in entries {
            let labels = self.write_key(entry, known);
            if self.key.is_empty() {
                continue;
            }
            let column = self.columns.entry(column, &self.key, labels)?;
            self.builder.raise(column, PRESENT);
            self.fields(column, entry, known)?;
        }
        Ok(())
    }

    /// Counts the phase. A phase is a class and cannot be summed, so a team's record has the number of users in each.
    fn phase(&mut self, phase: &Json<'_>) -> Result<(), RowRefusal> {
        let Some(list) = self.columns.field(RECORD, PHASES.name, ColumnKind::Breakdown)? else {
            return Ok(());
        };
        self.builder.raise(list, PRESENT);
        let labels = self.write_key(phase, Some(&PHASES));
        let entry = self.columns.entry(list, &self.key, labels)?;
        self.builder.raise(entry, PRESENT);
        if let Some(users) = self.columns.field(entry, "total_engaged_users", ColumnKind::Counter)? {
            self.builder.raise(users, Cell::Integer(1));
        }
        Ok(())
    }

    /// Writes the keys of an entry to `self.key`, as the JSON text of fields, and returns the text of its labels.
    ///
    /// A documented key that the entry does not have is null. The keys of an undocumented breakdown are all texts and ids of the
    /// entry, in alphabetical order; there may be none.
    fn write_key(&mut self, entry: &Json<'_>, known: Option<&Breakdown>) -> String {
        self.key.clear();
        let mut labels = String::new();
        match known {
            Some(known) => {
                known.keys.iter().for_each(|name| push_field(&mut self.key, name, entry.get(name)));
                let labelled = known.labels.iter().filter_map(|name| Some((name, entry.get(name)?)));
                labelled.for_each(|(name, value)| push_field(&mut labels, name, Some(value)));
            }
            None => {
                let Json::Object(fields) = entry else {
                    return labels;
                };
                let is_key = |name: &str, value: &Json<'_>| {
                    !meaning::is_left_out(name, false)
                        && (matches!(value, Json::Text(_)) || meaning::is_identity(name) && matches!(value, Json::Integer(_)))
                };
                let mut keys: Vec<_> = fields.iter().filter(|(name, value)| is_key(name, value)).collect();
                keys.sort_by_key(|(name, _)| name);
                keys.iter().for_each(|(name, value)| push_field(&mut self.key, name, Some(value)));
            }
        }
        labels
    }
}

fn cell(value: &Json<'_>) -> Option<Cell> {
    match value {
        Json::Integer(number) => Some(Cell::Integer(*number)),
        Json::Decimal(number) => Some(Cell::Decimal(*number)),
        _ => None,
    }
}

/// Appends `"name":value`, after a comma if the text is not empty. An id always becomes a text.
fn push_field(text: &mut String, name: &str, value: Option<&Json<'_>>) {
    if !text.is_empty() {
        text.push(',');
    }
    push_quoted(text, name);
    text.push(':');
    match value {
        Some(Json::Integer(number)) if !meaning::is_identity(name) => text.push_str(&number.to_string()),
        Some(value) => match value.id_text() {
            Some(id) => push_quoted(text, &id),
            None if value.text().is_some() => text.push_str("\"\""),
            None => text.push_str("null"),
        },
        None => text.push_str("null"),
    }
}

/// Appends a text in quotes.
pub(super) fn push_quoted(out: &mut String, text: &str) {
    let is_plain = text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if is_plain {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut RowReader, line: &str) -> UserRow {
        reader.read(&Json::parse(line.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn an_entry_is_known_by_its_keys_however_they_are_written() {
        let mut reader = RowReader::new();
        let one = read(&mut reader, r#"{"totals_by_3rd_party_agent":[{"agent_name":"A","agent_id":"7","session_count":1}]}"#);
        let two = read(&mut reader, r#"{"totals_by_3rd_party_agent":[{"session_count":1,"agent_id":7,"agent_name":"B"}]}"#);
        assert_eq!(one, two);
        let list = reader.columns.find(RECORD, "totals_by_3rd_party_agent").unwrap();
        let entry = reader.columns.get(reader.columns.children(list)[0]);
        assert_eq!(&*entry.name, r#""agent_id":"7","agent_name":"A""#);
    }

    #[test]
    fn the_two_names_of_the_cloud_agent_are_one_counter() {
        let mut reader = RowReader::new();
        let old = read(&mut reader, r#"{"used_copilot_coding_agent":true}"#);
        let new = read(&mut reader, r#"{"used_copilot_cloud_agent":true}"#);
        let both = read(&mut reader, r#"{"used_copilot_coding_agent":null,"used_copilot_cloud_agent":true}"#);
        assert!(old == new && new == both);
    }
}
