//! Fields of an entity that was updated.

use maud::{Markup, html};
use serde_json::Value;

use crate::runs::KeptField;

/// Fields of an update: before and after.
pub(crate) fn fields(fields: &[KeptField]) -> Markup {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    html! {
        dl.fields {
            @for field in fields {
                dt { code { (field.field) } }
                dd { del { (text(&field.from)) } " → " ins { (text(&field.to)) } }
            }
        }
    }
}
