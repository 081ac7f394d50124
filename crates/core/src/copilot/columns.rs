//! Numbered counters of the rows of a day. Every position at which a row can hold a number is a column: `loc_added_sum`, or
//! `loc_added_sum` of the entry `typescript` and `agent_edit` of `totals_by_language_feature`. Rows then hold only numbers (see
//! [`super::cells`]), and a team is summed over arrays.
//!
//! Columns form a tree: a counter stands in an entry, an entry in a breakdown, a breakdown in the record.

use std::collections::HashMap;

use super::refusal::RowRefusal;

/// Maximum number of columns of the rows of one day. A report of 100 languages × 12 features × 40 models has about 50,000; the
/// limit keeps a broken or hostile report from taking all memory.
pub(super) const MOST_COLUMNS: usize = 1 << 20;

/// Column of the record itself.
pub(super) const RECORD: u32 = 0;

/// Kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnKind {
    /// Every row that named it so far had null there, or a value without meaning here.
    Unknown,
    /// A number, summed.
    Counter,
    /// A flag; the users for whom it is true are counted.
    People,
    /// A list of entries.
    Breakdown,
    /// An entry of a list, named by the JSON text of its keys.
    Entry,
    /// An object.
    Group,
}

/// One column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) parent: u32,
    pub(super) kind: ColumnKind,
    /// Name of the field; for an entry, the JSON text of its keys and labels: `"language":"go","feature":"agent_edit"`.
    pub(super) name: Box<str>,
    children: Vec<u32>,
    /// The child that was looked up last. Rows of one report have their fields in one order, so the next lookup usually finds its
    /// sibling.
    last_asked: usize,
}

/// The columns of one day.
#[derive(Debug)]
pub(super) struct Columns {
    all: Vec<Column>,
    /// Entries by breakdown and key. A breakdown may have thousands.
    entries: HashMap<u32, HashMap<Box<str>, u32>>,
}

impl Columns {
    pub(super) fn new() -> Self {
        let mut columns = Self { all: Vec::new(), entries: HashMap::new() };
        columns.append(RECORD, ColumnKind::Group, "");
        columns
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, column: u32) -> &Column {
        &self.all[column as usize]
    }

    pub(super) fn children(&self, column: u32) -> &[u32] {
        &self.all[column as usize].children
    }

    /// The field of that name, if there is one.
    pub(super) fn find(&self, parent: u32, name: &str) -> Option<u32> {
        self.children(parent).iter().copied().find(|child| &*self.get(*child).name == name)
    }

    /// The field of that name, created if there is none.
    ///
    /// `kind` is the kind of the value in the current row. The first row with a value other than null decides for all rows; a
    /// value of another kind in a later row is left out, and the result is none.
    pub(super) fn field(&mut self, parent: u32, name: &str, kind: ColumnKind) -> Result<Option<u32>, RowRefusal> {
        let column = match self.asked(parent, name) {
            Some(column) => column,
            None => self.new_child(parent, kind, name)?,
        };
        let known = &mut self.all[column as usize];
        if known.kind == ColumnKind::Unknown {
            known.kind = kind;
        }
        Ok((kind == ColumnKind::Unknown || known.kind == kind).then_some(column))
    }

    /// The entry of a breakdown with that key, created if there is none. Key and labels are JSON texts of fields; the labels of
    /// the first row with the key are kept.
    pub(super) fn entry(&mut self, breakdown: u32, key: &str, labels: String) -> Result<u32, RowRefusal> {
        if let Some(entry) = self.entries.get(&breakdown).and_then(|entries| entries.get(key)) {
            return Ok(*entry);
        }
        let name = if labels.is_empty() { key.to_owned() } else { format!("{key},{labels}") };
        let entry = self.new_child(breakdown, ColumnKind::Entry, &name)?;
        self.entries.entry(breakdown).or_default().insert(key.into(), entry);
        Ok(entry)
    }

    fn asked(&mut self, parent: u32, name: &str) -> Option<u32> {
        let Column { children, last_asked, .. } = &self.all[parent as usize];
        let (before, after) = children.split_at((last_asked + 1).min(children.len()));
        let mut in_turn = after.iter().chain(before).enumerate();
        let (distance, column) = in_turn.find(|(_, child)| &*self.all[**child as usize].name == name)?;
        let (column, position) = (*column, (before.len() + distance) % children.len());
        self.all[parent as usize].last_asked = position;
        Some(column)
    }

    fn new_child(&mut self, parent: u32, kind: ColumnKind, name: &str) -> Result<u32, RowRefusal> {
        if self.all.len() >= MOST_COLUMNS {
            return Err(RowRefusal::TooManyCounters { limit: MOST_COLUMNS });
        }
        let column = self.append(parent, kind, name);
        self.all[parent as usize].children.push(column);
        Ok(column)
    }

    fn append(&mut self, parent: u32, kind: ColumnKind, name: &str) -> u32 {
        let column = Column { parent, kind, name: name.into(), children: Vec::new(), last_asked: 0 };
        self.all.push(column);
        // Never more than `MOST_COLUMNS`.
        (self.all.len() - 1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_keeps_its_number_in_whatever_order_it_is_asked_for() {
        let mut columns = Columns::new();
        let names = ["a", "b", "c", "d"];
        let numbers = names.map(|name| columns.field(RECORD, name, ColumnKind::Counter).unwrap());
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 1, 1, 0]] {
            for position in order {
                assert_eq!(columns.field(RECORD, names[position], ColumnKind::Counter).unwrap(), numbers[position]);
            }
        }
        assert_eq!(columns.len(), 5);
    }

    #[test]
    fn the_first_row_that_does_not_say_null_decides_what_a_field_is() {
        let mut columns = Columns::new();
        let null = columns.field(RECORD, "totals_by_skill", ColumnKind::Unknown).unwrap();
        let list = columns.field(RECORD, "totals_by_skill", ColumnKind::Breakdown).unwrap();
        assert!(null.is_some() && null == list);
        assert_eq!(columns.field(RECORD, "totals_by_skill", ColumnKind::Counter).unwrap(), None);
        assert_eq!(columns.field(RECORD, "totals_by_skill", ColumnKind::Unknown).unwrap(), list);
    }
}
