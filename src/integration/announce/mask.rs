//! Raw items as examples for authors of mappings: their structure, without personal data. Pure.
//!
//! Masked is everything that names an account: the value of any key that contains `login` or `email`, every text in an object with a
//! login (its addresses and names repeat it), its number, and every other text that contains such a login or looks like a mail
//! address. A mask keeps the value's type, so that a mapping can still be tried on it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::item::{Enrichment, RawItem};

/// Replacement of a text.
const MASK: &str = "[masked]";

/// Shortest login, in bytes, that is searched for in other texts. A shorter one would match parts of ordinary words.
const SHORTEST_SEARCHED_LOGIN: usize = 3;

/// Raw item with its enrichment as a masked example. None: it is not a JSON object.
pub(super) fn example(item: &RawItem, enrichment: &Enrichment) -> Option<Value> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&item.json) else { return None };
    for (name, value) in &enrichment.0 {
        members.insert((*name).to_owned(), value.clone());
    }
    let mut whole = Value::Object(members);
    let mut logins = BTreeSet::new();
    collect(&whole, &mut logins);
    mask(&mut whole, &logins, false);
    Some(whole)
}

fn names_account(key: &str) -> bool {
    let key = key.to_lowercase();
    key.contains("login") || key.contains("email")
}

fn collect(value: &Value, logins: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if names_account(key) && text.len() >= SHORTEST_SEARCHED_LOGIN => {
                        logins.insert(text.to_lowercase());
                    }
                    member => collect(member, logins),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, logins)),
        _ => {}
    }
}

fn mask(value: &mut Value, logins: &BTreeSet<String>, in_account: bool) {
    match value {
        Value::Object(members) => {
            let in_account = in_account || members.contains_key("login");
            for (key, member) in members.iter_mut() {
                let is_number_of_account = key == "user_id" || key == "id" && in_account;
                match member {
                    Value::String(text) if in_account || names_account(key) => *text = MASK.to_owned(),
                    Value::Number(_) if is_number_of_account => *member = 0.into(),
                    member => mask(member, logins, in_account),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, logins, in_account)),
        Value::String(text) => {
            let lower = text.to_lowercase();
            if in_account || is_mail(&lower) || logins.iter().any(|login| lower.contains(login.as_str())) {
                *text = MASK.to_owned();
            }
        }
        _ => {}
    }
}

fn is_mail(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.trim_matches(['.', ',']).contains('.'))
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn masked(item: &Value, enrichment: Vec<(&'static str, Value)>) -> Value {
        let item = RawItem { json: Bytes::from(item.to_string()), line: 1 };
        example(&item, &Enrichment(enrichment)).unwrap()
    }

    #[test]
    fn an_example_keeps_its_shape_and_no_person() {
        let seat = json!({
            "created_at": "2026-08-01T00:00:00Z",
            "plan_type": "business",
            "assignee": {"login": "ada", "id": 7, "url": "https://api.github.com/users/ada", "site_admin": false},
            "assigning_team": {"slug": "platform", "id": 5, "description": "asked for by Ada"},
            "contacts": ["ben@acme.example", "no mail @ all", 3],
            "user_login": "cleo", "user_id": 12, "note": "cleo's seat", "last_activity_editor": null,
        });
        let expected = json!({
            "created_at": "2026-08-01T00:00:00Z",
            "plan_type": "business",
            "assignee": {"login": MASK, "id": 0, "url": MASK, "site_admin": false},
            "assigning_team": {"slug": "platform", "id": 5, "description": MASK},
            "contacts": [MASK, "no mail @ all", 3],
            "user_login": MASK, "user_id": 0, "note": MASK, "last_activity_editor": null,
            "__organization": {"login": MASK, "plan": {"name": MASK, "seats": 3}},
        });
        let organization = json!({"login": "acme", "plan": {"name": "acme enterprise", "seats": 3}});
        assert_eq!(masked(&seat, vec![("__organization", organization)]), expected);
    }

    #[test]
    fn what_is_no_object_is_no_example() {
        for text in ["[1]", "5", "{", ""] {
            let item = RawItem { json: Bytes::from(text), line: 1 };
            assert_eq!(example(&item, &Enrichment::default()), None, "{text}");
        }
    }
}
