//! Reading of a mapping: from the tree of the file to the model, with findings.
//!
//! Whatever Ocean refuses is an error; whatever Ocean silently ignores is a warning.

use std::sync::Arc;

use serde_json::{Map, Value};

mod expression;
mod reader;

use super::codes;
use super::file::{
    DEFAULT_DELETION_THRESHOLD, DEFAULT_ITEM_NAME, EntityMappings, Mapping, Mappings, Name, Named, Port, Resource, Selector,
    SelectorEntries, SelectorKey,
};
use super::finding::{Finding, Fix, Severity};
use super::locate;
use super::scalar::single_quoted;
use super::tree::{Entry, Node, Tree};
use expression::looks_typed;
pub(super) use reader::join;
use reader::{Here, Reader};

/// Keys of the root; each may also be written in snake_case.
pub(super) const ROOT_KEYS: &[&str] =
    &["deleteDependentEntities", "createMissingRelatedEntities", "enableMergeEntity", "entityDeletionThreshold", "resources"];
pub(super) const RESOURCE_KEYS: &[&str] = &["kind", "enableDelete", "selector", "port"];
pub(super) const PORT_KEYS: &[&str] = &["entity", "itemsToParse", "itemsToParseName", "itemsToParseTopLevelTransform"];
pub(super) const ENTITY_KEYS: &[&str] = &["mappings"];
pub(super) const MAPPINGS_KEYS: &[&str] = &["identifier", "blueprint", "title", "icon", "team", "properties", "relations"];

impl Mapping {
    /// Reads YAML, and JSON as a part of it. `file_name` is what findings call the file.
    ///
    /// Gives no mapping when a finding is an error; warnings and notes come with one.
    pub fn read(text: &str, file_name: &str) -> (Option<Self>, Vec<Finding>) {
        Self::read_knowing(text, file_name, &|_| None)
    }

    /// Reads a mapping; `identifier` gives an example of an identifier for the items of a kind.
    pub(super) fn read_knowing(
        text: &str,
        file_name: &str,
        identifier: &dyn Fn(&str) -> Option<String>,
    ) -> (Option<Self>, Vec<Finding>) {
        let (tree, mut findings) = locate::read(text, file_name);
        let Some(tree) = tree else {
            return (None, findings);
        };
        let mapping = mapping(&tree, file_name, identifier, &mut findings);
        (mapping, findings)
    }

    /// Reads what the catalog keeps of an integration's config, which may be as large as a file. Findings then have a path but no
    /// line.
    pub fn from_json(config: &Value) -> (Option<Self>, Vec<Finding>) {
        if let Some(finding) = locate::too_large(config) {
            return (None, vec![finding]);
        }
        let mut findings = Vec::new();
        let tree = Arc::new(Node::from_json(config));
        let mapping = mapping(&tree, "integration config", &|_| None, &mut findings);
        (mapping, findings)
    }
}

/// The mapping of a tree. `identifier` gives an example of an identifier for the items of a kind.
fn mapping(
    tree: &Arc<Node>,
    file_name: &str,
    identifier: &dyn Fn(&str) -> Option<String>,
    findings: &mut Vec<Finding>,
) -> Option<Mapping> {
    let mut reader = Reader { file: file_name.into(), identifier, example: None, findings };
    let mapping = reader.root(&Here::root(tree));
    let wrong = reader.findings.iter().any(|finding| finding.severity == Severity::Error);
    if wrong { None } else { mapping }
}

impl Reader<'_> {
    fn root(&mut self, here: &Here<'_>) -> Option<Mapping> {
        let entries = match &here.node.tree {
            // `{}` asks for nothing. A file without anything in it is more likely half written.
            Tree::Object(entries) => entries,
            Tree::Null => {
                let finding = Finding::error(codes::EMPTY_MAPPING, "the mapping is empty")
                    .at(self.at(here))
                    .help("write `resources:` with at least one resource; `pilotage init` writes an example");
                self.say(finding);
                return None;
            }
            Tree::List(_) => {
                self.wrong_type(here, "an object with `resources`");
                let help = "begin the file with `resources:`; the list may stand below it as it is";
                let begin =
                    here.node.place.as_ref().map(|place| Fix::replace(place.bytes.start..place.bytes.start, "resources:\n"));
                self.amend(help, begin);
                return None;
            }
            Tree::Text { .. } => {
                self.wrong_type(here, "an object with `resources`");
                self.amend("write `resources:` with at least one resource; `pilotage init` writes an example", None);
                return None;
            }
        };
        // Ocean takes keys of the root in both spellings.
        let snake: Vec<String> = ROOT_KEYS.iter().map(|key| snake_case(key)).collect();
        let known: Vec<&str> = ROOT_KEYS.iter().copied().chain(snake.iter().map(String::as_str)).collect();
        self.unknown_keys(here, entries, &known);
        let get = |key: &str| {
            let of = |name: &str| entries.iter().find(|entry| entry.key == name);
            of(key).or_else(|| of(&snake_case(key)))
        };
        let mut flag = |key: &str| get(key).map_or(Some(true), |entry| self.boolean(&here.under(entry)));
        let delete_dependent_entities = flag("deleteDependentEntities");
        let create_missing_related_entities = flag("createMissingRelatedEntities");
        let enable_merge_entity = flag("enableMergeEntity");
        let threshold = get("entityDeletionThreshold").map(|entry| here.under(entry));
        let threshold = threshold.map_or(Some(DEFAULT_DELETION_THRESHOLD), |here| self.threshold(&here));
        let resources = match get("resources") {
            Some(entry) => self.resources(&here.under(entry)),
            None => Some(Vec::new()),
        };
        if resources.as_ref().is_some_and(Vec::is_empty) {
            let at = get("resources").map_or_else(|| self.at(here), |entry| self.at_key(&here.under(entry)));
            let finding = Finding::warning(codes::NO_RESOURCES, "the mapping has no resources, so nothing is read")
                .at(at)
                .help("add a resource; `pilotage init` writes an example");
            self.say(finding);
        }
        Some(Mapping {
            delete_dependent_entities: delete_dependent_entities?,
            create_missing_related_entities: create_missing_related_entities?,
            enable_merge_entity: enable_merge_entity?,
            entity_deletion_threshold: threshold?,
            resources: resources?,
        })
    }

    fn boolean(&mut self, here: &Here<'_>) -> Option<bool> {
        let text = match &here.node.tree {
            Tree::Text { text, .. } => text.to_lowercase(),
            _ => String::new(),
        };
        // The words that Ocean takes, YAML 1.1's among them.
        match text.as_str() {
            "true" | "yes" | "on" | "1" | "y" | "t" => Some(true),
            "false" | "no" | "off" | "0" | "n" | "f" => Some(false),
            _ => {
                self.wrong_type(here, "true or false");
                None
            }
        }
    }

    /// True or false, and no word or number that could be meant so: as Ocean reads what decides about deletion.
    fn strict_boolean(&mut self, here: &Here<'_>) -> Option<bool> {
        match json(here.node) {
            Value::Bool(value) => Some(value),
            _ => {
                let finding =
                    Finding::error(codes::WRONG_TYPE, format!("`{}` must be true or false, but is {}", here.path, here.what()))
                        .at(self.at(here))
                        .help("write `true` or `false` without quotes; without the key it is true");
                self.say(finding);
                None
            }
        }
    }

    fn threshold(&mut self, here: &Here<'_>) -> Option<f64> {
        let number = match &here.node.tree {
            Tree::Text { text, .. } => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
            _ => None,
        };
        match number {
            Some(number) if (0.0..=1.0).contains(&number) => Some(number),
            Some(number) => {
                let finding = Finding::error(
                    codes::THRESHOLD_OUT_OF_RANGE,
                    format!("the deletion threshold must be from 0 to 1, but is {number}"),
                )
                .at(self.at(here))
                .help("it is a share of the entities: 0.9 is nine of ten; 0 never deletes, 1 always does");
                self.say(finding);
                None
            }
            None => {
                self.wrong_type(here, "a number from 0 to 1");
                self.amend("it is a share of the entities: 0.9 is nine of ten; 0 never deletes, 1 always does", None);
                if let Some(share) = percentage(here.node) {
                    let place = here.node.place.as_ref();
                    let fix = place.map(|place| Fix::replace(place.bytes.clone(), share.to_string()));
                    self.amend(&format!("a share is written as a number: `{share}`"), fix);
                }
                None
            }
        }
    }

    fn resources(&mut self, here: &Here<'_>) -> Option<Vec<Resource>> {
        if let Tree::Object(_) = here.node.tree {
            self.wrong_type(here, "a list");
            self.amend("begin each resource with `- `: `- kind: organization-usage-metrics`", None);
            return None;
        }
        let list = self.list(here)?;
        let all: Vec<_> = list.iter().enumerate().map(|(index, node)| self.resource(&here.element(index, node))).collect();
        all.into_iter().collect()
    }

    fn resource(&mut self, here: &Here<'_>) -> Option<Resource> {
        let entries = self.object(here)?;
        self.unknown_keys(here, entries, RESOURCE_KEYS);
        let kind = self.required(here, entries, "kind", "kind: organization-usage-metrics");
        let kind = kind.and_then(|kind| {
            let text = self.text(&kind, "the name of a kind")?;
            Some(Name::new(text, self.at(&kind), kind.node.place.clone()))
        });
        self.example = kind.as_ref().and_then(|kind| (self.identifier)(&kind.text));
        let enable_delete = entries.iter().find(|entry| entry.key == "enableDelete");
        let enable_delete = enable_delete.map_or(Some(true), |entry| self.strict_boolean(&here.under(entry)));
        let selector = self.required(here, entries, "selector", "selector: {query: 'true'}");
        let selector = selector.and_then(|selector| self.selector(&selector));
        let port = self.required(here, entries, "port", "port: {entity: {mappings: …}}");
        let port = port.and_then(|port| self.port(&port));
        Some(Resource { kind: kind?, enable_delete: enable_delete?, selector: selector?, port: port? })
    }

    fn selector(&mut self, here: &Here<'_>) -> Option<Selector> {
        if let Tree::Text { text, .. } = &here.node.tree {
            self.wrong_type(here, "an object");
            // In braces, a comma or a brace of the expression would mean something else.
            let query = format!("{{query: {}}}", single_quoted(text));
            let place = here.node.place.as_ref().filter(|_| !text.contains('\n'));
            let fix = place.map(|place| Fix::replace(place.bytes.clone(), query.clone()));
            self.amend(&format!("write `selector: {query}`"), fix);
            return None;
        }
        let entries = self.object(here)?;
        let query = self.required(here, entries, "query", "query: 'true'");
        let query = query.and_then(|query| self.expression(&query));
        let other = entries.iter().filter(|entry| entry.key != "query");
        let keys = other.map(|entry| SelectorKey {
            key: entry.key.clone(),
            value: json(&entry.value),
            key_location: self.at_key(&here.under(entry)),
            value_location: self.at(&here.under(entry)),
        });
        let keys: Vec<SelectorKey> = keys.collect();
        let other: Map<String, Value> = keys.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
        Some(Selector { query: query?, other, keys: SelectorEntries(keys) })
    }

    fn port(&mut self, here: &Here<'_>) -> Option<Port> {
        let entries = self.object(here)?;
        self.unknown_keys(here, entries, PORT_KEYS);
        let entity = self.required(here, entries, "entity", "entity: {mappings: …}");
        let mappings = entity.and_then(|entity| {
            let entries = self.object(&entity)?;
            self.unknown_keys(&entity, entries, ENTITY_KEYS);
            let mappings = self.required(&entity, entries, "mappings", "mappings: {identifier: …, blueprint: …}")?;
            self.mappings(&mappings)
        });
        let get = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key == key);
            entry.map(|entry| here.under(entry)).filter(|here| !matches!(here.node.tree, Tree::Null))
        };
        let items_to_parse = get("itemsToParse").map(|here| self.expression(&here));
        let name = get("itemsToParseName");
        let name = name.map_or(Some(DEFAULT_ITEM_NAME.to_owned()), |here| self.text(&here, "a text"));
        let transform = get("itemsToParseTopLevelTransform").map_or(Some(true), |here| self.boolean(&here));
        Some(Port {
            entity: EntityMappings { mappings: mappings? },
            items_to_parse: match items_to_parse {
                Some(expression) => Some(expression?),
                None => None,
            },
            items_to_parse_name: name?,
            items_to_parse_top_level_transform: transform?,
        })
    }

    fn mappings(&mut self, here: &Here<'_>) -> Option<Mappings> {
        if let Tree::List(_) = here.node.tree {
            let finding = Finding::error(codes::MAPPINGS_IS_A_LIST, "`mappings` is a list, but a resource has one mapping")
                .at(self.at(here))
                .help("remove the `- `; for several entities of one kind write several resources of that kind");
            self.say(finding);
            return None;
        }
        let entries = self.object(here)?;
        self.unknown_keys(here, entries, MAPPINGS_KEYS);
        self.beside_properties(here, entries);
        let example = self.example.clone().unwrap_or_else(|| ".__organization.login + \"@\" + .day".to_owned());
        let example = format!("identifier: {example}");
        let identifier = self.required(here, entries, "identifier", &example);
        let identifier = identifier.and_then(|here| self.template(&here));
        let blueprint = self.required(here, entries, "blueprint", "blueprint: '\"github_copilot_usage\"'");
        let blueprint = blueprint.and_then(|here| self.expression(&here));
        let get = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key == key);
            entry.map(|entry| here.under(entry))
        };
        // As in Ocean, these three may be left empty; they are then not mapped.
        let some = |key: &str| get(key).filter(|here| !matches!(here.node.tree, Tree::Null));
        let title = some("title").map(|here| self.expression(&here));
        let icon = some("icon").map(|here| self.expression(&here));
        let team = some("team").map(|here| self.template(&here));
        let properties = get("properties").map(|here| self.named(&here, Self::expression));
        let relations = get("relations").map(|here| self.named(&here, Self::template));
        Some(Mappings {
            identifier: identifier?,
            blueprint: blueprint?,
            title: swap(title)?,
            icon: swap(icon)?,
            team: swap(team)?,
            properties: swap(properties)?,
            relations: swap(relations)?,
        })
    }

    /// Says of keys that stand beside an empty `properties` that they belong under it.
    fn beside_properties(&mut self, here: &Here<'_>, entries: &[Entry]) {
        let is_empty = |section: &str| entries.iter().any(|entry| entry.key == section && matches!(entry.value.tree, Tree::Null));
        let Some(section) = ["properties", "relations"].into_iter().find(|section| is_empty(section)) else { return };
        let beside = entries.iter().filter(|entry| !MAPPINGS_KEYS.contains(&entry.key.as_str()));
        let paths: Vec<String> = beside.map(|entry| here.under(entry).path).collect();
        for finding in self.findings.iter_mut().filter(|finding| finding.code == codes::UNKNOWN_KEY) {
            if paths.iter().any(|path| path == finding.path()) {
                finding.help = Some(format!("indent it, so that it stands under `{section}`"));
                finding.fix = None;
            }
        }
    }

    fn named<T>(&mut self, here: &Here<'_>, read: fn(&mut Self, &Here<'_>) -> Option<T>) -> Option<Named<T>> {
        if let Tree::Null = here.node.tree {
            let finding = Finding::warning(codes::WRONG_TYPE, format!("`{}` is left empty and taken as `{{}}`", here.path))
                .at(self.at(here))
                .help("remove it, or write what belongs under it, indented");
            self.say(finding);
            return Some(Named(Vec::new()));
        }
        let entries = self.object(here)?;
        let all: Vec<_> = entries.iter().map(|entry| Some((entry.key.clone(), read(self, &here.under(entry))?))).collect();
        all.into_iter().collect::<Option<_>>().map(Named)
    }
}

/// `Some(None)` for what is absent, `None` for what is there and wrong.
#[allow(clippy::option_option)]
fn swap<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        Some(Some(value)) => Some(Some(value)),
        Some(None) => None,
        None => Some(None),
    }
}

/// The share that a text such as `25%` names.
fn percentage(node: &Node) -> Option<f64> {
    let Tree::Text { text, .. } = &node.tree else { return None };
    let number: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number / 100.0)
}

fn snake_case(key: &str) -> String {
    let mut snake = String::with_capacity(key.len() + 4);
    for letter in key.chars() {
        if letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// A node as JSON, as YAML's core schema reads it.
fn json(node: &Node) -> Value {
    match &node.tree {
        Tree::Null => Value::Null,
        Tree::Text { text, plain: false } => Value::from(text.as_str()),
        Tree::Text { text, plain: true } => match text.as_str() {
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            _ if looks_typed(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str())),
            _ => Value::from(text.as_str()),
        },
        Tree::List(list) => list.iter().map(|node| json(node)).collect(),
        Tree::Object(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.clone(), json(&entry.value)));
            Value::Object(entries.collect())
        }
    }
}
