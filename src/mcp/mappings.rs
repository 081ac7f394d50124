//! Tools about mappings: the engine of a resync, on simulated items or on those that are handed in. Its budgets are those of the mapping
//! page.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{McpServer, ToolFailure};
use crate::authoring::playground::{CheckRequest, PreviewRequest};
use crate::kind;
use crate::model::field::Field;

/// Arguments of `show_kind`.
#[derive(Debug, Deserialize)]
pub(super) struct ShowKind {
    kind: String,
}

pub(super) fn kinds() -> Value {
    let kinds = kind::ALL.iter().map(|kind| json!({"name": kind.name, "about": kind.about, "blueprints": kind.blueprints}));
    json!({"kinds": kinds.collect::<Vec<_>>()})
}

pub(super) fn kind(arguments: &ShowKind) -> Result<Value, ToolFailure> {
    fn add(all: &mut Vec<Value>, prefix: &str, field: &Field) {
        let path = format!("{prefix}.{}", field.name);
        all.push(json!({"path": path, "about": field.about}));
        for child in field.children {
            add(all, &path, child);
        }
    }
    let kind = kind::find(&arguments.kind).ok_or_else(|| ToolFailure(format!("there is no kind `{}`", arguments.kind)))?;
    let mut fields = Vec::new();
    kind.item_fields().for_each(|field| add(&mut fields, "", field));
    Ok(json!({"name": kind.name, "about": kind.about, "fields": fields}))
}

impl McpServer {
    pub(super) async fn validate_mapping(&self, arguments: CheckRequest) -> Result<Value, ToolFailure> {
        self.playground.check(arguments).await.map_err(|error| ToolFailure::of(&error))
    }

    pub(super) async fn preview_mapping(&self, arguments: PreviewRequest) -> Result<Value, ToolFailure> {
        self.playground.preview(arguments).await.map_err(|error| ToolFailure::of(&error))
    }
}
