//! Faults of a document that would leave a widget empty, or that the portal refuses: blueprints and properties that do not exist,
//! levels that are not defined, and layouts that do not fit.
//!
//! Port answers a widget with a wrong property by an empty chart and no error, so it has to be found before. The limits of a layout
//! are Port's: 12 columns in a row, at most four widgets, each at least 3 wide, rows at least 400 high.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{DocumentType, PortalDocument};
use crate::model::blueprint::Blueprint;

/// Widths of a row together.
const ROW_COLUMNS: u64 = 12;
/// Widgets of a row, at most.
const ROW_WIDGETS: usize = 4;
/// Width of a widget, at least.
const SMALLEST_COLUMN: u64 = 3;
/// Height of a row in pixels, at least.
const SMALLEST_HEIGHT: u64 = 400;
/// Keys of groups of properties in a blueprint, beside its schema.
const COMPUTED: [&str; 3] = ["calculationProperties", "mirrorProperties", "aggregationProperties"];

/// A fault of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFault {
    /// JSON pointer of the part.
    pub pointer: String,
    /// Fault in words.
    pub message: String,
    /// True when the reason is a blueprint that does not exist, which a resync may still create.
    pub is_missing_blueprint: bool,
}

/// Finds the faults of a document, in its order. `blueprint` gives the blueprint of a name.
pub fn faults(document: &PortalDocument, blueprint: impl Fn(&str) -> Option<Blueprint>) -> Vec<DocumentFault> {
    let known = document.blueprints().into_iter().map(|name| (name.clone(), blueprint(&name))).collect();
    let mut check = Check { known, found: Vec::new() };
    match document.document_type {
        DocumentType::Page => check.value(&document.body, None, ""),
        DocumentType::Scorecard => check.scorecard(document),
    }
    check.found
}

/// Collects the blueprints that are named anywhere in a document.
pub(super) fn named_blueprints(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| named_blueprints(value, named)),
        Value::Object(keys) => {
            named.extend(own_blueprint(value).map(str::to_owned));
            if let Some(Value::Object(tables)) = keys.get("blueprintConfig") {
                named.extend(tables.keys().cloned());
            }
            keys.values().for_each(|value| named_blueprints(value, named));
        }
        _ => {}
    }
}

/// The blueprint of a widget or a line: its key, else that of its dataset.
fn own_blueprint(object: &Value) -> Option<&str> {
    let of_rules = || {
        let rules = object.get("dataset")?.get("rules")?.as_array()?;
        let rule = rules.iter().find(|rule| rule.get("property").and_then(Value::as_str) == Some("$blueprint"))?;
        rule.get("value")?.as_str()
    };
    object.get("blueprint").and_then(Value::as_str).or_else(of_rules)
}

struct Check {
    known: HashMap<String, Option<Blueprint>>,
    found: Vec<DocumentFault>,
}

impl Check {
    fn fault(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.found.push(DocumentFault { pointer: pointer.into(), message: message.into(), is_missing_blueprint: false });
    }

    fn value(&mut self, value: &Value, blueprint: Option<&str>, pointer: &str) {
        match value {
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    self.value(value, blueprint, &format!("{pointer}/{index}"));
                }
            }
            Value::Object(keys) => {
                if let Some(name) = own_blueprint(value) {
                    self.blueprint(name, &format!("{pointer}/blueprint"));
                }
                let blueprint = own_blueprint(value).or(blueprint);
                if keys.get("layout").is_some_and(Value::is_array) {
                    self.layout(value, pointer);
                }
                for (key, value) in keys {
                    let pointer = format!("{pointer}/{key}");
                    match key.as_str() {
                        "blueprintConfig" => self.tables(value, &pointer),
                        "property" | "measureTimeBy" | "breakdownProperty" => self.property(value, blueprint, &pointer),
                        "properties" | "order" | "shown" if value.is_array() => {
                            for (index, name) in value.as_array().into_iter().flatten().enumerate() {
                                self.property(name, blueprint, &format!("{pointer}/{index}"));
                            }
                        }
                        _ => self.value(value, blueprint, &pointer),
                    }
                }
            }
            _ => {}
        }
    }

    /// Settings of tables, by blueprint.
    fn tables(&mut self, value: &Value, pointer: &str) {
        for (name, settings) in value.as_object().into_iter().flatten() {
            self.blueprint(name, &format!("{pointer}/{name}"));
            self.value(settings, Some(name), &format!("{pointer}/{name}"));
        }
    }

    fn blueprint(&mut self, name: &str, pointer: &str) {
        if self.known.get(name).is_none_or(Option::is_none)
            && !self.found.iter().any(|fault| fault.message.contains(&format!("`{name}`")))
        {
            let message = format!("blueprint `{name}` does not exist");
            self.found.push(DocumentFault { pointer: pointer.to_owned(), message, is_missing_blueprint: true });
        }
    }

    fn property(&mut self, value: &Value, blueprint: Option<&str>, pointer: &str) {
        let Some(written) = value.as_str() else { return };
        // `property#plan_type` in pie and bar charts, `properties.prompts` in lines, `$identifier` for what every entity has.
        let name = written.split_once('#').map_or(written, |(_, name)| name);
        let name = name.strip_prefix("properties.").unwrap_or(name);
        if name.starts_with('$')
            || name.starts_with("relations.")
            || written.starts_with("relation#")
            || written.starts_with("scorecard")
        {
            return;
        }
        let Some(blueprint) = blueprint else {
            self.fault(pointer, format!("property `{name}` belongs to no blueprint: the widget names none"));
            return;
        };
        // A blueprint that does not exist was told already.
        let Some(Some(of)) = self.known.get(blueprint) else { return };
        let names: Vec<&str> = property_names(of).collect();
        if !names.contains(&name) {
            let near = names
                .iter()
                .map(|other| (strsim::jaro_winkler(name, other), *other))
                .max_by(|one, other| one.0.total_cmp(&other.0));
            let hint = near.filter(|(similarity, _)| *similarity > 0.85).map(|(_, near)| format!("; did you mean `{near}`?"));
            self.fault(pointer, format!("blueprint `{blueprint}` has no property `{name}`{}", hint.unwrap_or_default()));
        }
    }

    fn layout(&mut self, dashboard: &Value, pointer: &str) {
        let ids = |values: &Value| -> Vec<String> {
            values.as_array().into_iter().flatten().filter_map(|value| Some(value.get("id")?.as_str()?.to_owned())).collect()
        };
        let mut placed = Vec::new();
        for (index, row) in dashboard["layout"].as_array().into_iter().flatten().enumerate() {
            let pointer = format!("{pointer}/layout/{index}");
            let widths: Vec<u64> =
                row["columns"].as_array().into_iter().flatten().map(|column| column["size"].as_u64().unwrap_or(0)).collect();
            placed.extend(ids(&row["columns"]));
            let all: u64 = widths.iter().sum();
            if all != ROW_COLUMNS {
                self.fault(&pointer, format!("the columns of a row are {ROW_COLUMNS} wide together, and these are {all}"));
            }
            if widths.len() > ROW_WIDGETS || widths.iter().any(|width| *width < SMALLEST_COLUMN) {
                self.fault(&pointer, format!("a row takes at most {ROW_WIDGETS} widgets, each at least {SMALLEST_COLUMN} wide"));
            }
            if row["height"].as_u64().is_none_or(|height| height < SMALLEST_HEIGHT) {
                self.fault(&pointer, format!("a row is at least {SMALLEST_HEIGHT} high"));
            }
        }
        let widgets = ids(&dashboard["widgets"]);
        for missing in placed.iter().filter(|id| !widgets.contains(id)) {
            self.fault(format!("{pointer}/layout"), format!("there is no widget `{missing}`"));
        }
        for (index, id) in widgets.iter().enumerate() {
            match placed.iter().filter(|placed| *placed == id).count() {
                1 => {}
                times => self.fault(
                    format!("{pointer}/widgets/{index}"),
                    format!("widget `{id}` has {times} places in the layout, and needs one"),
                ),
            }
        }
    }

    fn scorecard(&mut self, document: &PortalDocument) {
        let blueprint = document.blueprint.as_deref();
        if let Some(name) = blueprint {
            self.blueprint(name, "/blueprint");
        }
        let levels: Vec<&str> =
            document.body["levels"].as_array().into_iter().flatten().filter_map(|level| level["title"].as_str()).collect();
        for (index, rule) in document.body["rules"].as_array().into_iter().flatten().enumerate() {
            let level = rule["level"].as_str().unwrap_or_default();
            if !levels.is_empty() && !levels.contains(&level) {
                self.fault(format!("/rules/{index}/level"), format!("level `{level}` is not one of: {}", levels.join(", ")));
            }
            self.value(&rule["query"], blueprint, &format!("/rules/{index}/query"));
        }
        self.value(&document.body["filter"], blueprint, "/filter");
    }
}

fn property_names(blueprint: &Blueprint) -> impl Iterator<Item = &str> {
    let computed = COMPUTED.iter().filter_map(|group| blueprint.other.get(*group)?.as_object()).flat_map(|group| group.keys());
    blueprint.schema.properties.keys().chain(computed).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::blueprint;

    fn found(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut page = json!({
            "identifier": "p", "title": "P",
            "widgets": [{"id": "d", "layout": [{"height": 400, "columns": [{"id": "a", "size": 6}, {"id": "b", "size": 6}]}], "widgets": [
                {"id": "a", "blueprint": "copilot_seat", "property": "property#plan_type",
                 "dataset": {"combinator": "and", "rules": [{"property": "$blueprint", "operator": "=", "value": "copilot_seat"}]}},
                {"id": "b", "lines": [{"blueprint": "copilot_user_usage", "measureTimeBy": "record_date", "properties": ["properties.ai_credits_used"]}]},
            ]}],
        });
        change(&mut page);
        let document = PortalDocument::read(&page.to_string()).unwrap();
        faults(&document, blueprint::bundled).into_iter().map(|fault| format!("{} {}", fault.pointer, fault.message)).collect()
    }

    #[test]
    fn each_fault_is_told_with_its_place() {
        assert_eq!(found(|_| {}), [] as [&str; 0]);
        let inner = "/widgets/0/widgets";
        let cases: [(&str, Value, &str); 7] = [
            (
                "/widgets/0/widgets/0/property",
                json!("property#plan_typ"),
                "has no property `plan_typ`; did you mean `plan_type`?",
            ),
            ("/widgets/0/widgets/0/dataset/rules/0/property", json!("nothing"), "has no property `nothing`"),
            ("/widgets/0/widgets/1/lines/0/blueprint", json!("no_such"), "blueprint `no_such` does not exist"),
            ("/widgets/0/widgets/1/lines/0/measureTimeBy", json!("day"), "has no property `day`"),
            ("/widgets/0/layout/0/columns/0/size", json!(5), "and these are 11"),
            ("/widgets/0/layout/0/height", json!(300), "at least 400 high"),
            ("/widgets/0/layout/0/columns/1/id", json!("c"), "there is no widget `c`"),
        ];
        for (pointer, value, message) in cases {
            let found = found(|page| *page.pointer_mut(pointer).unwrap() = value.clone());
            assert!(found.iter().any(|fault| fault.contains(message)), "{message}: {found:?}");
        }
        let lost = found(|page| *page.pointer_mut("/widgets/0/layout/0/columns/1/id").unwrap() = json!("c"));
        assert!(lost.contains(&format!("{inner}/1 widget `b` has 0 places in the layout, and needs one")), "{lost:?}");
    }

    #[test]
    fn a_rule_of_a_scorecard_has_a_level_and_a_property_that_exist() {
        let text = json!({
            "blueprint": "copilot_seat", "identifier": "s", "levels": [{"title": "Bronze"}],
            "rules": [{"level": "Gold", "query": {"combinator": "and", "conditions": [{"operator": "isNotEmpty", "property": "asignee"}]}}],
        });
        let document = PortalDocument::read(&text.to_string()).unwrap();
        let found = faults(&document, blueprint::bundled);
        let told: Vec<String> = found.iter().map(|fault| format!("{} {}", fault.pointer, fault.message)).collect();
        assert_eq!(
            told,
            [
                "/rules/0/level level `Gold` is not one of: Bronze",
                "/rules/0/query/conditions/0/property blueprint `copilot_seat` has no property `asignee`; did you mean `assignee`?",
            ]
        );
    }
}
