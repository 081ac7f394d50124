//! Decisions in the form in which they are kept of a run: a line of JSON each. A first run has as many as entities, so they are written in
//! this crate, which is compiled for speed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::FieldChange;
use super::decision::Decision;
use crate::model::entity::EntityKey;

/// Longest text of a kept value, in characters. Longer ones are cut.
pub const VALUE_CHARACTERS: usize = 400;

/// One entity that a run did not leave as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptChange {
    /// `create`, `update`, `send`, `delete` or `withheld`.
    pub action: String,
    /// Blueprint of the entity.
    pub blueprint: String,
    /// Identifier of the entity.
    pub identifier: String,
    /// Fields of an update.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<KeptField>,
    /// Reason of a deletion, or against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptField {
    /// `title`, `properties.x` or `relations.y`.
    pub field: String,
    /// Value before; null when there was none.
    pub from: Value,
    /// Value after.
    pub to: Value,
}

impl KeptChange {
    /// A decision in the form that is kept. None for an entity that stays as it was.
    pub fn of(key: &EntityKey, decision: &Decision) -> Option<Self> {
        let (action, fields, reason) = match decision {
            Decision::Unchanged => return None,
            Decision::Create => ("create", Vec::new(), None),
            Decision::Sent => ("send", Vec::new(), None),
            Decision::Update(changes) => {
                let field = |change: &FieldChange| KeptField {
                    field: change.field.clone(),
                    from: change.current.clone(),
                    to: change.desired.clone(),
                };
                ("update", changes.iter().map(field).collect(), None)
            }
            Decision::Delete(reason) => ("delete", Vec::new(), Some(reason.to_string())),
            Decision::Withheld(reason) => ("withheld", Vec::new(), Some(reason.to_string())),
        };
        let EntityKey { blueprint, identifier } = key;
        Some(Self { action: action.to_owned(), blueprint: blueprint.clone(), identifier: identifier.clone(), fields, reason })
    }

    /// Writes it as a line. Long values are cut before.
    pub fn write_line(&mut self, out: &mut Vec<u8>) {
        for field in &mut self.fields {
            cut(&mut field.from);
            cut(&mut field.to);
        }
        // Keys are strings, and memory takes every write.
        let _ = serde_json::to_writer(&mut *out, self);
        out.push(b'\n');
    }
}

/// Cuts a long value. A list or an object becomes the beginning of its text.
fn cut(value: &mut Value) {
    let text = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => return,
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    if let Some((end, _)) = text.char_indices().nth(VALUE_CHARACTERS) {
        *value = Value::from(format!("{}…", &text[..end]));
    }
}
