//! Rewrites one item: what is about people becomes pseudonyms or goes, fields that are not wanted go, everything else stays byte for
//! byte as the source wrote it.
//!
//! An item that is no JSON object cannot be rewritten, and may hold anything. It becomes a text that is no JSON either, so that whoever
//! reads it rejects it, and quotes nobody.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bytes::Bytes;
use memchr::memmem;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Pseudonyms;
use crate::model::json_fields::JsonFields;
use crate::model::person_fields::{NAMED_LIKE_PEOPLE, PersonFields, PersonRole};

/// What an item becomes that cannot be read. It is no JSON.
const UNREADABLE: &[u8] = b"<an item that is no JSON object, left out because it may be about people>";

/// What is to be rewritten of items.
#[derive(Clone, Debug, Default)]
pub struct ItemRewriting {
    pseudonyms: Option<Pseudonyms>,
    dropped: BTreeSet<String>,
}

impl ItemRewriting {
    /// People by these pseudonyms, when there are any, and without the fields of these names, wherever they stand.
    pub fn new(pseudonyms: Option<Pseudonyms>, dropped: impl IntoIterator<Item = String>) -> Self {
        Self { pseudonyms, dropped: dropped.into_iter().collect() }
    }

    /// True when every item stays as it is.
    pub fn is_nothing(&self) -> bool {
        self.pseudonyms.is_none() && self.dropped.is_empty()
    }

    /// One item, given as the text of a JSON object.
    pub fn rewrite(&self, json: &Bytes, of: &PersonFields) -> Bytes {
        if self.is_nothing() {
            return json.clone();
        }
        let Ok(JsonFields(fields)) = serde_json::from_slice::<JsonFields<'_>>(json) else {
            return Bytes::from_static(UNREADABLE);
        };
        let mut out = Vec::with_capacity(json.len());
        out.push(b'{');
        for (name, value) in fields {
            let Some(written) = self.field(&name, value, of) else { continue };
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(Value::from(name.as_ref()).to_string().as_bytes());
            out.push(b':');
            out.extend_from_slice(written.as_bytes());
        }
        out.push(b'}');
        out.into()
    }

    /// The value of a field as it is written; none when the field goes.
    fn field<'text>(&self, name: &str, value: &'text RawValue, of: &PersonFields) -> Option<Cow<'text, str>> {
        if self.dropped.contains(name) {
            return None;
        }
        let text = value.get();
        let is_excepted = of.except.contains(&name);
        let role = role(name, of).filter(|_| !is_excepted);
        match (role, &self.pseudonyms) {
            (Some(role), Some(pseudonyms)) => {
                let value = serde_json::from_str(text).unwrap_or(Value::Null);
                Some(Cow::Owned(replaced(role, value, pseudonyms)?.to_string()))
            }
            _ if text.starts_with(['{', '[']) && self.may_concern(text, of.searches && !is_excepted) => {
                let mut value = serde_json::from_str(text).unwrap_or(Value::Null);
                self.walk(&mut value, of.searches && !is_excepted);
                Some(Cow::Owned(value.to_string()))
            }
            _ => Some(Cow::Borrowed(text)),
        }
    }

    /// Whether there may be a field to rewrite in the text of a value. A text with escapes may have any.
    fn may_concern(&self, text: &str, searches: bool) -> bool {
        let has = |name: &str| memmem::find(text.as_bytes(), format!("\"{name}\"").as_bytes()).is_some();
        text.contains("\\u")
            || self.dropped.iter().any(|name| has(name))
            || searches && self.pseudonyms.is_some() && NAMED_LIKE_PEOPLE.iter().any(|(name, _)| has(name))
    }

    /// Rewrites what is nested in a value. Depth is that of JSON, which its reader limits.
    fn walk(&self, value: &mut Value, searches: bool) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item, searches)),
            Value::Object(object) => {
                let fields = std::mem::take(object);
                *object = fields.into_iter().filter_map(|(name, value)| self.nested(name, value, searches)).collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn nested(&self, name: String, mut value: Value, searches: bool) -> Option<(String, Value)> {
        if self.dropped.contains(&name) {
            return None;
        }
        match (named_role(&name).filter(|_| searches), &self.pseudonyms) {
            (Some(role), Some(pseudonyms)) => Some((name, replaced(role, value, pseudonyms)?)),
            _ => {
                self.walk(&mut value, searches);
                Some((name, value))
            }
        }
    }
}

/// Whether any field of an item that is about people is one that `is_it` takes. An item that cannot be read has none.
pub(super) fn any_person(json: &[u8], of: &PersonFields, is_it: &mut dyn FnMut(PersonRole, &Value) -> bool) -> bool {
    let Ok(JsonFields(fields)) = serde_json::from_slice::<JsonFields<'_>>(json) else { return false };
    fields.iter().any(|(name, value)| {
        let role = of.fields.iter().find(|(known, _)| known == name).map(|(_, role)| *role);
        role.is_some_and(|role| serde_json::from_str(value.get()).is_ok_and(|value| is_it(role, &value)))
    })
}

/// The number in a value, which may be written as text.
pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The meaning of a field of an item itself.
fn role(name: &str, of: &PersonFields) -> Option<PersonRole> {
    let declared = of.fields.iter().find(|(known, _)| *known == name).map(|(_, role)| *role);
    declared.or_else(|| named_role(name).filter(|_| of.searches))
}

fn named_role(name: &str) -> Option<PersonRole> {
    NAMED_LIKE_PEOPLE.iter().find(|(known, _)| *known == name).map(|(_, role)| *role)
}

/// A value about a person in other words. None when it goes. What is not of the shape that it has by its meaning becomes null.
fn replaced(role: PersonRole, value: Value, by: &Pseudonyms) -> Option<Value> {
    let text = |text: String, of: &dyn Fn(&str) -> String| match text.trim() {
        "" => Value::String(text),
        some => Value::String(of(some)),
    };
    Some(match (role, value) {
        (PersonRole::Dropped, _) => return None,
        (PersonRole::Login, Value::String(login)) => text(login, &|login| by.of_login(login)),
        (PersonRole::Person, Value::String(name)) => text(name, &|name| by.of_person(name)),
        (PersonRole::Mail, Value::String(mail)) => text(mail, &|mail| by.of_mail(mail)),
        (PersonRole::Id, Value::String(id)) => text(id, &|id| id.parse().map_or(String::new(), |id| by.of_id(id).to_string())),
        (PersonRole::Id, Value::Number(id)) => id.as_u64().map_or(Value::Null, |id| Value::from(by.of_id(id))),
        (PersonRole::Object, Value::Object(mut object)) => {
            let kept = [
                ("login", Some(PersonRole::Login)),
                ("id", Some(PersonRole::Id)),
                ("email_address", Some(PersonRole::Mail)),
                ("api_key_name", Some(PersonRole::Person)),
                ("type", None),
            ];
            let fields = kept.into_iter().filter_map(|(name, role)| {
                let value = object.remove(name)?;
                let value = match role {
                    Some(role) => replaced(role, value, by)?,
                    None => value,
                };
                Some((name.to_owned(), value))
            });
            Value::Object(fields.collect::<Map<String, Value>>())
        }
        _ => Value::Null,
    })
}
