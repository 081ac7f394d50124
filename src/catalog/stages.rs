//! Stages of the creation of a blueprint: first without relations, then with relations, then with computed properties. Pure.
//! Blueprints may relate to each other in circles, so none of them can be created complete before the others exist.

use serde_json::{Map, Value};

use crate::model::blueprint::Blueprint;

const RELATIONS: &str = "relations";
const MIRRORS: &str = "mirrorProperties";
const AGGREGATIONS: &str = "aggregationProperties";
/// Fields of the second stage besides relations: teams inherited through a relation.
const THROUGH_RELATIONS: [&str; 2] = ["teamInheritance", "ownership"];
/// Fields of the third stage: computed from properties and relations.
const COMPUTED: [&str; 3] = ["calculationProperties", MIRRORS, AGGREGATIONS];

/// Blueprint split into the stages of its creation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stages {
    /// First stage, with which it is created.
    pub(super) bare: Blueprint,
    /// Fields of the second stage. May be empty.
    pub(super) related: Map<String, Value>,
    /// Fields of the third stage. May be empty.
    pub(super) computed: Map<String, Value>,
    /// Parts that need a blueprint that does not exist.
    pub(super) left_out: Vec<LeftOut>,
}

/// Part of a blueprint that is not created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Blueprint that lacks it.
    pub blueprint: String,
    /// Path of the part: `relations.service`, `mirrorProperties.team`, `ownership`.
    pub path: String,
    /// Blueprint that does not exist.
    pub missing: String,
}

/// Blueprint without the parts that need another one.
pub(super) fn bare(wanted: &Blueprint) -> Blueprint {
    let mut bare = Blueprint { relations: Map::new(), ..wanted.clone() };
    bare.other.retain(|key, _| !THROUGH_RELATIONS.contains(&key.as_str()) && !COMPUTED.contains(&key.as_str()));
    bare
}

/// Splits a blueprint into stages. `exists` tells which other blueprints exist before the second stage.
pub(super) fn stages(wanted: &Blueprint, exists: impl Fn(&str) -> bool) -> Stages {
    let mut left_out = Vec::new();
    let mut leave_out = |path: String, missing: &str| {
        left_out.push(LeftOut { blueprint: wanted.identifier.clone(), path, missing: missing.to_owned() });
    };
    let missing_target = |name: &str| {
        let target = wanted.relation(name).map(|relation| relation.target)?;
        (!exists(&target)).then_some(target)
    };
    // A path such as `service.team.name` goes through the relation that it begins with.
    let missing_on_path = |value: &Value| {
        let path = value.get("path").and_then(Value::as_str)?;
        missing_target(path.split('.').next()?)
    };

    let mut relations = wanted.relations.clone();
    relations.retain(|name, _| match missing_target(name) {
        None => true,
        Some(missing) => {
            leave_out(format!("{RELATIONS}.{name}"), &missing);
            false
        }
    });
    let mut related = Map::new();
    if !relations.is_empty() {
        related.insert(RELATIONS.to_owned(), Value::Object(relations));
    }
    for key in THROUGH_RELATIONS {
        let Some(value) = wanted.other.get(key) else { continue };
        match missing_on_path(value) {
            None => _ = related.insert(key.to_owned(), value.clone()),
            Some(missing) => leave_out(key.to_owned(), &missing),
        }
    }

    let mut computed = Map::new();
    for key in COMPUTED {
        let Some(Value::Object(properties)) = wanted.other.get(key) else { continue };
        let mut properties = properties.clone();
        properties.retain(|name, property| {
            let missing = match key {
                MIRRORS => missing_on_path(property),
                AGGREGATIONS => {
                    let target = property.get("target").and_then(Value::as_str);
                    target.filter(|target| *target != wanted.identifier && !exists(target)).map(str::to_owned)
                }
                _ => None,
            };
            if let Some(missing) = &missing {
                leave_out(format!("{key}.{name}"), missing);
            }
            missing.is_none()
        });
        if !properties.is_empty() {
            computed.insert(key.to_owned(), Value::Object(properties));
        }
    }
    Stages { bare: bare(wanted), related, computed, left_out }
}

/// True when an existing blueprint looks like an interrupted creation: exactly the desired properties, nothing computed, and either
/// no relations or all desired ones, while a stage is still missing.
///
/// Such a blueprint is completed. Any other existing one belongs to its author and is not changed.
pub(super) fn is_unfinished(current: &Blueprint, desired: &Stages) -> bool {
    let is_empty = |key: &str| current.other.get(key).and_then(Value::as_object).is_none_or(Map::is_empty);
    let keys = |map: &Map<String, Value>| {
        let mut keys: Vec<String> = map.keys().cloned().collect();
        keys.sort();
        keys
    };
    let desired_relations = desired.related.get(RELATIONS).and_then(Value::as_object).cloned().unwrap_or_default();
    let has_relations = keys(&current.relations) == keys(&desired_relations);
    let lacks_something = !has_relations || !desired.computed.is_empty();
    keys(&current.schema.properties) == keys(&desired.bare.schema.properties)
        && COMPUTED.into_iter().all(is_empty)
        && (current.relations.is_empty() || has_relations)
        && lacks_something
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted() -> Blueprint {
        serde_json::from_value(json!({
            "identifier": "usage", "title": "Usage", "icon": "Github",
            "schema": {"properties": {"day": {"type": "string"}}, "required": []},
            "relations": {"team": {"target": "githubTeam", "many": false}, "service": {"target": "service", "many": true}},
            "calculationProperties": {"rate": {"type": "number", "calculation": "1"}},
            "mirrorProperties": {"lead": {"path": "team.lead"}, "tier": {"path": "service.tier"}},
            "aggregationProperties": {"own": {"target": "usage"}, "incidents": {"target": "incident"}},
            "ownership": {"type": "Inherited", "path": "team"},
        }))
        .unwrap()
    }

    #[test]
    fn the_bare_blueprint_points_at_nothing() {
        let bare = json!(stages(&wanted(), |_| true).bare);
        let expected = json!({"identifier": "usage", "title": "Usage", "icon": "Github", "relations": {},
            "schema": {"properties": {"day": {"type": "string"}}, "required": []}});
        assert_eq!(bare, expected);
    }

    #[test]
    fn with_every_target_there_nothing_is_left_out() {
        let stages = stages(&wanted(), |_| true);
        assert_eq!(stages.related.keys().collect::<Vec<_>>(), ["relations", "ownership"]);
        assert_eq!(
            stages.computed.keys().collect::<Vec<_>>(),
            ["calculationProperties", "mirrorProperties", "aggregationProperties"]
        );
        assert_eq!(stages.left_out, []);
    }

    #[test]
    fn a_relation_without_target_is_left_out_with_all_that_goes_through_it() {
        let stages = stages(&wanted(), |target| target == "service");
        let left_out: Vec<_> = stages.left_out.iter().map(|left| (left.path.as_str(), left.missing.as_str())).collect();
        let expected = [
            ("relations.team", "githubTeam"),
            ("ownership", "githubTeam"),
            ("mirrorProperties.lead", "githubTeam"),
            ("aggregationProperties.incidents", "incident"),
        ];
        assert_eq!(left_out, expected);
        assert_eq!(json!(stages.related), json!({"relations": {"service": {"target": "service", "many": true}}}));
    }

    #[test]
    fn only_what_a_cut_off_creation_leaves_is_unfinished() {
        let desired = stages(&wanted(), |_| true);
        let at = |change: &dyn Fn(&mut Blueprint)| {
            let mut current = desired.bare.clone();
            change(&mut current);
            is_unfinished(&current, &desired)
        };
        let relations = wanted().relations;
        assert!(at(&|_| ()), "cut off after the first stage");
        assert!(at(&|current| current.relations = relations.clone()), "cut off after the second stage");
        assert!(!at(&|current| *current = wanted()), "finished");
        assert!(!at(&|current| _ = current.relations.insert("other".into(), json!({"target": "x"}))), "another's relation");
        assert!(!at(&|current| _ = current.schema.properties.insert("own".into(), json!({}))), "another's property");
        let calculation = json!({"other": {"calculation": "2"}});
        assert!(
            !at(&|current| _ = current.other.insert("calculationProperties".into(), calculation.clone())),
            "another's calculation"
        );
    }
}
