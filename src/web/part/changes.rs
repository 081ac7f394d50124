//! Fields of an entity that was updated.

use maud::{Markup, html};
use serde_json::Value;

use crate::reconcile::kept_change::KeptField;
use crate::web::people::NOT_SHOWN;

/// Fields of an update: before and after. Relations may lead to people, so their values are for whoever may see those.
pub(crate) fn fields(fields: &[KeptField], has_people: bool) -> Markup {
    let text = |field: &KeptField, value: &Value| match value {
        value if !has_people && !value.is_null() && field.field.starts_with("relations.") => NOT_SHOWN.to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    html! {
        dl.fields {
            @for field in fields {
                dt { code { (field.field) } }
                dd { del { (text(field, &field.from)) } " → " ins { (text(field, &field.to)) } }
            }
        }
    }
}
