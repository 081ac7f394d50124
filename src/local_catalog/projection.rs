//! Entities as the API writes them: whole, or only the requested parts. Pure.

use std::borrow::Cow;

use serde_json::Value;

use super::fields::{JsonFields, write_on_one_line, write_text};
use super::rules::RuleSubject;
use super::storage::entities::{EntityRow, EntityView, StoredNames};
use super::timestamp;
use crate::model::json_fields::field;

/// Parts of entities in an answer: `include` and `exclude` of a request, such as `identifier`, `properties` or
/// `properties.record_date`. An empty `include` means all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Projection {
    include: Vec<String>,
    exclude: Vec<String>,
}

impl Projection {
    pub(crate) fn new(include: Vec<String>, exclude: Vec<String>) -> Self {
        // Rules write `$updatedAt`, answers `updatedAt`; both are accepted.
        let plain = |names: Vec<String>| names.into_iter().map(|name| name.trim_start_matches('$').to_owned()).collect();
        Self { include: plain(include), exclude: plain(exclude) }
    }

    fn is_whole(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Checks whether an answer has this part, or a part of it.
    fn has(&self, part: &str) -> bool {
        let included = self.include.is_empty() || self.include.iter().any(|name| name == part || is_inside(name, part));
        included && !self.exclude.iter().any(|name| name == part)
    }

    /// Checks whether an answer has this field of an included part.
    fn has_field(&self, part: &str, field: &str) -> bool {
        let is_it = |name: &String| name.strip_prefix(part).and_then(|rest| rest.strip_prefix('.')) == Some(field);
        let included = self.include.is_empty() || self.include.iter().any(|name| name == part || is_it(name));
        included && !self.exclude.iter().any(is_it)
    }
}

fn is_inside(name: &str, part: &str) -> bool {
    name.strip_prefix(part).is_some_and(|rest| rest.starts_with('.'))
}

/// Appends an entity as JSON on one line.
pub(crate) fn write_entity(out: &mut String, entity: &EntityRow, names: &StoredNames, projection: &Projection) {
    let whole = projection.is_whole();
    let content = &entity.content;
    let start = out.len();
    out.push('{');
    let mut part = |name: &str, write: &mut dyn FnMut(&mut String)| {
        if whole || projection.has(name) {
            if out.len() > start + 1 {
                out.push(',');
            }
            write_text(out, name);
            out.push(':');
            write(out);
        }
    };
    part("identifier", &mut |out| write_text(out, &entity.identifier));
    for (name, json) in [("title", &content.title), ("icon", &content.icon), ("team", &content.team)] {
        if let Some(json) = json {
            part(name, &mut |out| write_on_one_line(out, json));
        }
    }
    part("blueprint", &mut |out| write_text(out, names.blueprint(entity.blueprint)));
    for (name, json) in [("properties", &content.properties), ("relations", &content.relations)] {
        part(name, &mut |out| match whole {
            true => out.push_str(json),
            false => write_fields(out, json, |field| projection.has_field(name, field)),
        });
    }
    part("createdAt", &mut |out| write_text(out, &timestamp::text(entity.created_at)));
    part("createdBy", &mut |out| write_text(out, names.agent(entity.created_by)));
    part("updatedAt", &mut |out| write_text(out, &timestamp::text(entity.updated_at)));
    part("updatedBy", &mut |out| write_text(out, names.agent(entity.updated_by)));
    out.push('}');
}

fn write_fields(out: &mut String, json: &str, wanted: impl Fn(&str) -> bool) {
    out.push('{');
    let mut first = true;
    for (name, text) in JsonFields::parse(json).unwrap_or_default().iter().filter(|(name, _)| wanted(name)) {
        if !first {
            out.push(',');
        }
        first = false;
        write_text(out, name);
        out.push(':');
        out.push_str(text);
    }
    out.push('}');
}

/// Entity for the evaluation of rules.
pub(crate) struct RuleEntity<'a, E> {
    pub(crate) entity: &'a E,
    pub(crate) names: &'a StoredNames,
}

impl<E: EntityView> RuleSubject for RuleEntity<'_, E> {
    fn value(&self, name: &str) -> Value {
        let Self { entity, names } = self;
        let json = |text: Option<&str>| text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let text: Cow<'_, str> = match name {
            "$identifier" => entity.identifier().into(),
            "$title" => return json(entity.title()),
            "$icon" => return json(entity.icon()),
            "$team" => return json(entity.team()),
            "$blueprint" => names.blueprint(entity.blueprint()).into(),
            "$datasource" => names.agent(entity.datasource()).into(),
            "$createdAt" => timestamp::text(entity.created_at()).into(),
            "$updatedAt" => timestamp::text(entity.updated_at()).into(),
            "$createdBy" => names.agent(entity.created_by()).into(),
            "$updatedBy" => names.agent(entity.updated_by()).into(),
            _ => {
                let property: Value = json(field(entity.properties(), name));
                return if property.is_null() { json(field(entity.relations(), name)) } else { property };
            }
        };
        Value::String(text.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_catalog::storage::entities::Content;

    #[test]
    fn an_answer_has_the_parts_that_were_asked_for() {
        let entity = EntityRow {
            number: 1,
            blueprint: 1,
            identifier: "a".into(),
            datasource: 1,
            created_by: 1,
            updated_by: 1,
            created_at: 0,
            updated_at: 1,
            content: Content {
                title: Some("null".into()),
                icon: None,
                team: Some(r#"["x"]"#.into()),
                properties: r#"{"n":1.0,"m":null}"#.into(),
                relations: r#"{"r":"b"}"#.into(),
            },
        };
        let names = StoredNames { blueprints: [(1, "bp".into())].into(), agents: [(1, "me".into())].into() };
        let whole = concat!(
            r#"{"identifier":"a","title":null,"team":["x"],"blueprint":"bp","properties":{"n":1.0,"m":null},"relations":{"r":"b"},"#,
            r#""createdAt":"1970-01-01T00:00:00.000Z","createdBy":"me","updatedAt":"1970-01-01T00:00:00.001Z","updatedBy":"me"}"#
        );
        let cases: [(&[&str], &[&str], &str); 6] = [
            (&[], &[], whole),
            (&["identifier", "properties.n"], &[], r#"{"identifier":"a","properties":{"n":1.0}}"#),
            (
                &["blueprint", "properties", "relations.x"],
                &["properties.m"],
                r#"{"blueprint":"bp","properties":{"n":1.0},"relations":{}}"#,
            ),
            (&["$updatedAt"], &[], r#"{"updatedAt":"1970-01-01T00:00:00.001Z"}"#),
            (&["icon"], &[], "{}"),
            (&["identifier", "relations"], &["relations"], r#"{"identifier":"a"}"#),
        ];
        for (include, exclude, expected) in cases {
            let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let mut out = String::new();
            write_entity(&mut out, &entity, &names, &Projection::new(list(include), list(exclude)));
            assert_eq!(out, expected);
        }
    }
}
