//! Differences between a document and what the portal holds under its name.

use serde_json::Value;

/// A part of a document that the portal holds otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct PortalChange {
    /// JSON pointer of the part.
    pub pointer: String,
    /// Value at the portal. None: it has none there.
    pub before: Option<Value>,
    /// Value in the document.
    pub after: Value,
}

/// The parts of a document that differ from the portal's, in the document's order. Keys that only the portal has are its own, such
/// as `createdAt`, and no difference. Lists are compared as a whole when their lengths differ.
pub fn changes(wanted: &Value, current: &Value) -> Vec<PortalChange> {
    let mut found = Vec::new();
    compare(wanted, Some(current), &mut String::new(), &mut found);
    found
}

fn compare(wanted: &Value, current: Option<&Value>, pointer: &mut String, found: &mut Vec<PortalChange>) {
    let length = pointer.len();
    match (wanted, current) {
        (Value::Object(wanted), Some(Value::Object(current))) => {
            for (key, value) in wanted {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                compare(value, current.get(key), pointer, found);
                pointer.truncate(length);
            }
        }
        (Value::Array(wanted), Some(Value::Array(current))) if wanted.len() == current.len() => {
            for (index, (value, current)) in wanted.iter().zip(current).enumerate() {
                pointer.push_str(&format!("/{index}"));
                compare(value, Some(current), pointer, found);
                pointer.truncate(length);
            }
        }
        (Value::Number(one), Some(Value::Number(other))) if one.as_f64() == other.as_f64() => {}
        (wanted, Some(current)) if wanted == current => {}
        (wanted, current) => {
            found.push(PortalChange { pointer: pointer.clone(), before: current.cloned(), after: wanted.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_of_the_portal_alone_are_no_change_and_lists_of_another_length_are_one() {
        let wanted = json!({"title": "A", "widgets": [{"id": "x", "size": 4}], "tags": ["a", "b"], "a/b": 1});
        let held = json!({"title": "A", "widgets": [{"id": "x", "size": 4.0, "emptyText": ""}], "tags": ["a", "b"], "a/b": 1, "createdAt": "…"});
        assert_eq!(changes(&wanted, &held), []);
        let held = json!({"title": "B", "widgets": [], "tags": ["a", "c"]});
        let found: Vec<String> = changes(&wanted, &held).into_iter().map(|change| change.pointer).collect();
        assert_eq!(found, ["/title", "/widgets", "/tags/1", "/a~1b"]);
    }
}
