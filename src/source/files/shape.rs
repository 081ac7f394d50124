//! Items of a record, and the kind that a record is of.

use bytes::Bytes;
use serde_json::Value;

use super::records::newlines;
use crate::kind::split::elements;
use crate::kind::{self, Form, Kind, RowCheck, Source as KindSource, SplitError};
use crate::model::item::RawItem;

/// The records of a record: of a list its elements, each with its line.
///
/// # Errors
/// It begins as a list and is not JSON.
pub(super) fn elements_of(record: RawItem) -> Result<Vec<RawItem>, SplitError> {
    if record.json.first() != Some(&b'[') {
        return Ok(vec![record]);
    }
    Ok(elements(&record.json)?.into_iter().map(|range| part(&record, range)).collect())
}

/// The items of a record that is no list: of a page its elements, of a report its days.
///
/// # Errors
/// The record is not JSON, or of another shape.
pub(super) fn items(kind: &Kind, record: RawItem) -> Result<Vec<RawItem>, SplitError> {
    if let KindSource::Pages { form: form @ Form::Within { .. }, .. } = kind.source
        && let Ok(elements) = form.elements(&record.json)
    {
        return Ok(elements.into_iter().map(|range| part(&record, range)).collect());
    }
    kind.split.items(record)
}

/// A part of a record with the line on which it begins.
fn part(record: &RawItem, range: std::ops::Range<usize>) -> RawItem {
    let line = record.line + newlines(&record.json[..range.start]);
    RawItem { json: record.json.slice(range), line }
}

/// The first kind of those that `may` be whose row the first item of the record is.
pub(super) fn kind_of(record: &RawItem, may: impl Fn(&Kind) -> bool) -> Option<&'static Kind> {
    kind::ALL.iter().filter(|kind| may(kind) && !matches!(kind.source, KindSource::Teams(_))).find(|kind| {
        let first = elements_of(record.clone()).ok().and_then(|elements| elements.into_iter().next());
        let items = first.and_then(|first| items(kind, first).ok()).unwrap_or_default();
        items.first().is_some_and(|item| is_row(kind, &item.json))
    })
}

fn is_row(kind: &'static Kind, json: &Bytes) -> bool {
    // A seat has no field that it must have, so it is told by one that all seats of today have.
    let is_likely = !matches!(kind.source, KindSource::Pages { form: Form::Within { .. }, .. })
        || serde_json::from_slice::<Value>(json).is_ok_and(|item| item.get("assignee").is_some());
    is_likely && RowCheck::new(&kind.row).check(json).is_ok()
}

/// Description of a record that is of no kind.
pub(super) fn described(record: &RawItem) -> String {
    match serde_json::from_slice::<Value>(&record.json) {
        Err(error) => format!("not JSON: {error}"),
        Ok(Value::Object(fields)) => {
            let names: Vec<String> = fields.keys().take(5).map(|name| format!("`{name}`")).collect();
            if names.is_empty() { "an empty object".to_owned() } else { format!("an object with {}", names.join(", ")) }
        }
        Ok(Value::Array(list)) => match list.first() {
            Some(Value::Object(fields)) => {
                let names: Vec<String> = fields.keys().take(5).map(|name| format!("`{name}`")).collect();
                format!("a list of objects with {}", names.join(", "))
            }
            Some(_) => "a list of values that are no objects".to_owned(),
            None => "an empty list".to_owned(),
        },
        Ok(_) => "a value that is no object".to_owned(),
    }
}
