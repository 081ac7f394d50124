//! Reads the tree of a mapping file into its model, and says what is wrong with it.
//!
//! What Ocean refuses is an error; what Ocean silently ignores is a warning.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::codes;
use super::file::{
    DEFAULT_DELETION_THRESHOLD, DEFAULT_ITEM_NAME, EntityMappings, Expression, Mapping, Mappings,
    Named, Port, Resource, Selector, Template,
};
use super::finding::{Finding, Location, Severity};
use super::locate::{Entry, Node, Place, Tree};

/// Keys of the root; each may also be written in snake_case.
pub(super) const ROOT_KEYS: &[&str] = &[
    "deleteDependentEntities",
    "createMissingRelatedEntities",
    "enableMergeEntity",
    "entityDeletionThreshold",
    "resources",
];
pub(super) const RESOURCE_KEYS: &[&str] = &["kind", "selector", "port"];
pub(super) const PORT_KEYS: &[&str] = &[
    "entity",
    "itemsToParse",
    "itemsToParseName",
    "itemsToParseTopLevelTransform",
];
pub(super) const ENTITY_KEYS: &[&str] = &["mappings"];
pub(super) const MAPPINGS_KEYS: &[&str] = &[
    "identifier",
    "blueprint",
    "title",
    "icon",
    "team",
    "properties",
    "relations",
];
const QUERY_KEYS: &[&str] = &["combinator", "rules"];
const RULE_KEYS: &[&str] = &["property", "operator", "value"];

/// Where each key belongs, for keys that stand elsewhere.
const HOMES: &[(&[&str], &str)] = &[
    (ROOT_KEYS, "at the root of the file"),
    (RESOURCE_KEYS, "in an element of `resources`"),
    (&["query"], "in `selector`"),
    (PORT_KEYS, "in `port`"),
    (ENTITY_KEYS, "in `port.entity`"),
    (MAPPINGS_KEYS, "in `port.entity.mappings`"),
];

/// How alike a key and a known one must be to be proposed, from 0 to 1.
const ALIKE: f64 = 0.7;

/// Of `known`, the one most like `word`, if any is alike. Case does not matter.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        // `max_by` takes the last of equals; the first one known is meant.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

pub(super) fn mapping(
    tree: &Arc<Node>,
    file_name: &str,
    findings: &mut Vec<Finding>,
) -> Option<Mapping> {
    let mut reader = Reader {
        file: file_name.into(),
        findings,
    };
    let mapping = reader.root(&Here::root(tree));
    let wrong = reader
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if wrong { None } else { mapping }
}

/// A node with its path and its key.
struct Here<'a> {
    node: &'a Node,
    path: String,
    key: Option<&'a Place>,
}

impl<'a> Here<'a> {
    fn root(node: &'a Node) -> Self {
        Self {
            node,
            path: String::new(),
            key: None,
        }
    }

    fn under(&self, entry: &'a Entry) -> Here<'a> {
        Here {
            node: &entry.value,
            path: join(&self.path, &entry.key),
            key: entry.key_place.as_ref(),
        }
    }

    fn element(&self, index: usize, node: &'a Node) -> Here<'a> {
        Here {
            node,
            path: format!("{}[{index}]", self.path),
            key: None,
        }
    }

    /// What the node is, for people.
    fn what(&self) -> String {
        match &self.node.tree {
            Tree::Null => "nothing".to_owned(),
            Tree::List(_) => "a list".to_owned(),
            Tree::Object(_) => "an object".to_owned(),
            Tree::Text { text, plain: false } => format!("the text `{}`", short(text)),
            Tree::Text { text, plain: true } => format!("`{}`", short(text)),
        }
    }
}

fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let cut: String = line.chars().take(40).collect();
    if cut.len() < text.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

/// A path and one more key. A key that is no word is written in brackets.
pub(super) fn join(path: &str, key: &str) -> String {
    let word = !key.is_empty()
        && key
            .chars()
            .all(|letter| letter.is_alphanumeric() || "_-@$".contains(letter));
    match (path.is_empty(), word) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{}]", Value::from(key)),
    }
}

struct Reader<'a> {
    file: Arc<str>,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    /// The place of a node's value.
    fn at(&self, here: &Here<'_>) -> Location {
        match (&here.node.place, &here.node.tree) {
            (Some(place), Tree::Text { .. }) => place.location(&here.path),
            (Some(place), _) if here.key.is_none() => place.location(&here.path),
            _ => self.at_key(here),
        }
    }

    /// The place of a node's key.
    fn at_key(&self, here: &Here<'_>) -> Location {
        let place = here.key.or(here.node.place.as_ref());
        place.map_or_else(
            || self.nowhere(&here.path),
            |place| place.location(&here.path),
        )
    }

    fn nowhere(&self, path: &str) -> Location {
        Location {
            file: self.file.to_string(),
            line: None,
            column: None,
            path: path.to_owned(),
            excerpt: None,
        }
    }

    fn say(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn wrong_type(&mut self, here: &Here<'_>, wanted: &str) {
        let name = if here.path.is_empty() {
            "the file"
        } else {
            &here.path
        };
        let message = format!("`{name}` must be {wanted}, but is {}", here.what())
            .replace("`the file`", "the file");
        self.say(Finding::error(codes::WRONG_TYPE, message).at(self.at(here)));
    }

    fn missing(&mut self, here: &Here<'_>, key: &str, example: &str) {
        let owner = if here.path.is_empty() {
            "the file".to_owned()
        } else {
            format!("`{}`", here.path)
        };
        let finding = Finding::error(codes::MISSING_KEY, format!("{owner} has no `{key}`"))
            .at(self.at_key(here))
            .help(format!("add `{example}`"));
        self.say(finding);
    }

    /// The entries of an object; says so when it is none.
    fn object<'n>(&mut self, here: &Here<'n>) -> Option<&'n [Entry]> {
        match &here.node.tree {
            Tree::Object(entries) => Some(entries),
            _ => {
                self.wrong_type(here, "an object");
                None
            }
        }
    }

    fn list<'n>(&mut self, here: &Here<'n>) -> Option<&'n [Arc<Node>]> {
        match &here.node.tree {
            Tree::List(list) => Some(list),
            _ => {
                self.wrong_type(here, "a list");
                None
            }
        }
    }

    /// Says which keys are not `known`.
    fn unknown_keys(&mut self, here: &Here<'_>, entries: &[Entry], known: &[&str]) {
        for entry in entries
            .iter()
            .filter(|entry| !known.contains(&entry.key.as_str()))
        {
            // Anchors are often kept under a key of their own that begins so.
            if entry.key.starts_with("x-") {
                continue;
            }
            let key = &entry.key;
            let place = here.under(entry);
            let home = HOMES.iter().find(|(keys, _)| keys.contains(&key.as_str()));
            let finding = match home {
                Some((_, home)) => Finding::warning(
                    codes::MISPLACED_KEY,
                    format!("`{key}` is ignored here: it belongs {home}"),
                )
                .help(
                    format!("move it {home}")
                        .replace("move it in", "move it into")
                        .replace("move it at", "move it to"),
                ),
                None => {
                    let finding = Finding::warning(
                        codes::UNKNOWN_KEY,
                        format!("`{key}` has no meaning here and is ignored"),
                    );
                    match nearest(key, known.iter().copied()) {
                        Some(near) => finding.help(format!("did you mean `{near}`?")),
                        None => finding.help(format!("known here are {}", words(known))),
                    }
                }
            };
            let location = self.at_key(&place);
            self.say(finding.at(location));
        }
    }

    fn root(&mut self, here: &Here<'_>) -> Option<Mapping> {
        let entries = match &here.node.tree {
            Tree::Object(entries) if !entries.is_empty() => entries,
            Tree::Null | Tree::Object(_) => {
                let finding = Finding::error(codes::EMPTY_MAPPING, "the mapping is empty")
                    .at(self.at(here))
                    .help("write `resources:` with at least one resource; `pilotage init` writes an example");
                self.say(finding);
                return None;
            }
            _ => {
                self.wrong_type(here, "an object with `resources`");
                return None;
            }
        };
        // Ocean takes keys of the root in both spellings.
        let snake: Vec<String> = ROOT_KEYS.iter().map(|key| snake_case(key)).collect();
        let known: Vec<&str> = ROOT_KEYS
            .iter()
            .copied()
            .chain(snake.iter().map(String::as_str))
            .collect();
        self.unknown_keys(here, entries, &known);
        let get = |key: &str| {
            let of = |name: &str| entries.iter().find(|entry| entry.key == name);
            of(key).or_else(|| of(&snake_case(key)))
        };
        let mut flag =
            |key: &str| get(key).map_or(Some(true), |entry| self.boolean(&here.under(entry)));
        let delete_dependent_entities = flag("deleteDependentEntities");
        let create_missing_related_entities = flag("createMissingRelatedEntities");
        let enable_merge_entity = flag("enableMergeEntity");
        let threshold = get("entityDeletionThreshold").map(|entry| here.under(entry));
        let threshold = threshold.map_or(Some(DEFAULT_DELETION_THRESHOLD), |here| {
            self.threshold(&here)
        });
        let resources = match get("resources") {
            Some(entry) => self.resources(&here.under(entry)),
            None => Some(Vec::new()),
        };
        if resources.as_ref().is_some_and(Vec::is_empty) {
            let at = get("resources")
                .map_or_else(|| self.at(here), |entry| self.at_key(&here.under(entry)));
            let finding = Finding::warning(
                codes::NO_RESOURCES,
                "the mapping has no resources, so nothing is read",
            )
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

    fn threshold(&mut self, here: &Here<'_>) -> Option<f64> {
        let number = match &here.node.tree {
            Tree::Text { text, .. } => text
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite()),
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
                None
            }
        }
    }

    fn resources(&mut self, here: &Here<'_>) -> Option<Vec<Resource>> {
        let list = self.list(here)?;
        let all: Vec<_> = list
            .iter()
            .enumerate()
            .map(|(index, node)| self.resource(&here.element(index, node)))
            .collect();
        all.into_iter().collect()
    }

    fn resource(&mut self, here: &Here<'_>) -> Option<Resource> {
        let entries = self.object(here)?;
        self.unknown_keys(here, entries, RESOURCE_KEYS);
        let kind = self.required(here, entries, "kind", "kind: organization-usage-metrics");
        let kind = kind.and_then(|kind| self.text(&kind, "the name of a kind"));
        let selector = self.required(here, entries, "selector", "selector: {query: 'true'}");
        let selector = selector.and_then(|selector| self.selector(&selector));
        let port = self.required(here, entries, "port", "port: {entity: {mappings: …}}");
        let port = port.and_then(|port| self.port(&port));
        Some(Resource {
            kind: kind?,
            selector: selector?,
            port: port?,
        })
    }

    fn required<'n>(
        &mut self,
        here: &Here<'n>,
        entries: &'n [Entry],
        key: &str,
        example: &str,
    ) -> Option<Here<'n>> {
        let found = entries.iter().find(|entry| entry.key == key);
        if found.is_none() {
            self.missing(here, key, example);
        }
        found.map(|entry| here.under(entry))
    }

    fn text(&mut self, here: &Here<'_>, wanted: &str) -> Option<String> {
        match &here.node.tree {
            Tree::Text { text, .. } => Some(text.clone()),
            _ => {
                self.wrong_type(here, wanted);
                None
            }
        }
    }

    fn selector(&mut self, here: &Here<'_>) -> Option<Selector> {
        let entries = self.object(here)?;
        let query = self.required(here, entries, "query", "query: 'true'");
        let query = query.and_then(|query| self.expression(&query));
        let other = entries.iter().filter(|entry| entry.key != "query");
        let other: Map<String, Value> = other
            .map(|entry| (entry.key.clone(), json(&entry.value)))
            .collect();
        Some(Selector {
            query: query?,
            other,
        })
    }

    fn port(&mut self, here: &Here<'_>) -> Option<Port> {
        let entries = self.object(here)?;
        self.unknown_keys(here, entries, PORT_KEYS);
        let entity = self.required(here, entries, "entity", "entity: {mappings: …}");
        let mappings = entity.and_then(|entity| {
            let entries = self.object(&entity)?;
            self.unknown_keys(&entity, entries, ENTITY_KEYS);
            let mappings = self.required(
                &entity,
                entries,
                "mappings",
                "mappings: {identifier: …, blueprint: …}",
            )?;
            self.mappings(&mappings)
        });
        let get = |key: &str| {
            let entry = entries.iter().find(|entry| entry.key == key);
            entry
                .map(|entry| here.under(entry))
                .filter(|here| !matches!(here.node.tree, Tree::Null))
        };
        let items_to_parse = get("itemsToParse").map(|here| self.expression(&here));
        let name = get("itemsToParseName");
        let name = name.map_or(Some(DEFAULT_ITEM_NAME.to_owned()), |here| {
            self.text(&here, "a text")
        });
        let transform =
            get("itemsToParseTopLevelTransform").map_or(Some(true), |here| self.boolean(&here));
        Some(Port {
            entity: EntityMappings {
                mappings: mappings?,
            },
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
        let identifier = self.required(here, entries, "identifier", "identifier: .id");
        let identifier = identifier.and_then(|here| self.template(&here));
        let blueprint = self.required(
            here,
            entries,
            "blueprint",
            "blueprint: '\"github_copilot_usage\"'",
        );
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

    fn named<T>(
        &mut self,
        here: &Here<'_>,
        read: fn(&mut Self, &Here<'_>) -> Option<T>,
    ) -> Option<Named<T>> {
        if let Tree::Null = here.node.tree {
            let finding = Finding::warning(
                codes::WRONG_TYPE,
                format!("`{}` is left empty and taken as `{{}}`", here.path),
            )
            .at(self.at(here))
            .help("remove it, or write what belongs under it, indented");
            self.say(finding);
            return Some(Named(Vec::new()));
        }
        let entries = self.object(here)?;
        let all: Vec<_> = entries
            .iter()
            .map(|entry| Some((entry.key.clone(), read(self, &here.under(entry))?)))
            .collect();
        all.into_iter().collect::<Option<_>>().map(Named)
    }

    fn expression(&mut self, here: &Here<'_>) -> Option<Expression> {
        match &here.node.tree {
            Tree::Text { text, plain } => {
                if *plain && looks_typed(text) {
                    let finding = Finding::note(
                        codes::TAKEN_AS_TEXT,
                        format!("`{text}` is taken as the jq expression `{text}`"),
                    )
                    .at(self.at(here))
                    .help(format!("write `'{text}'` to say so"));
                    self.say(finding);
                }
                Some(Expression {
                    text: text.clone(),
                    path: here.path.clone(),
                    file: Arc::clone(&self.file),
                    place: here.node.place.clone(),
                })
            }
            Tree::Null => {
                let finding = Finding::error(
                    codes::NULL_EXPRESSION,
                    format!("`{}` has no expression", here.path),
                )
                .at(self.at(here))
                .help("write `'null'` to send null, or remove the key to leave the property alone");
                self.say(finding);
                None
            }
            _ => {
                self.wrong_type(here, "a jq expression");
                None
            }
        }
    }

    fn template(&mut self, here: &Here<'_>) -> Option<Template> {
        match &here.node.tree {
            Tree::Object(_) => self.query(here),
            Tree::List(_) => {
                self.wrong_type(
                    here,
                    "a jq expression or a search query (`combinator` and `rules`)",
                );
                None
            }
            _ => self.expression(here).map(Template::Expression),
        }
    }

    /// A search query: `combinator` and `rules`, whose elements are rules or queries.
    fn query(&mut self, here: &Here<'_>) -> Option<Template> {
        let entries = self.object(here)?;
        self.unknown_keys(here, entries, QUERY_KEYS);
        let combinator = self.required(here, entries, "combinator", "combinator: '\"and\"'");
        let combinator = combinator.and_then(|here| self.expression(&here));
        let rules = self.required(here, entries, "rules", "rules: […]");
        let rules = rules.and_then(|rules| {
            let list = self.list(&rules)?;
            let all: Vec<_> = list
                .iter()
                .enumerate()
                .map(|(index, node)| self.rule(&rules.element(index, node)))
                .collect();
            all.into_iter().collect::<Option<Vec<_>>>()
        });
        Some(Template::Object(Named(vec![
            ("combinator".to_owned(), Template::Expression(combinator?)),
            ("rules".to_owned(), Template::List(rules?)),
        ])))
    }

    fn rule(&mut self, here: &Here<'_>) -> Option<Template> {
        let entries = self.object(here)?;
        if entries
            .iter()
            .any(|entry| QUERY_KEYS.contains(&entry.key.as_str()))
        {
            return self.query(here);
        }
        self.unknown_keys(here, entries, RULE_KEYS);
        let all: Vec<_> = [
            ("property", "'\"$identifier\"'"),
            ("operator", "'\"=\"'"),
            ("value", ".id"),
        ]
        .into_iter()
        .map(|(key, example)| {
            let found = self.required(here, entries, key, &format!("{key}: {example}"))?;
            Some((
                key.to_owned(),
                Template::Expression(self.expression(&found)?),
            ))
        })
        .collect();
        all.into_iter()
            .collect::<Option<_>>()
            .map(|all| Template::Object(Named(all)))
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

fn words(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
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

/// Whether YAML reads a plain text as a boolean or a number.
fn looks_typed(text: &str) -> bool {
    let word = matches!(
        text.to_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off"
    );
    word || (text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
        && text.parse::<f64>().is_ok())
}

/// A node as JSON, as YAML's core schema reads it.
fn json(node: &Node) -> Value {
    match &node.tree {
        Tree::Null => Value::Null,
        Tree::Text { text, plain: false } => Value::from(text.as_str()),
        Tree::Text { text, plain: true } => match text.as_str() {
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            _ if looks_typed(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
            }
            _ => Value::from(text.as_str()),
        },
        Tree::List(list) => list.iter().map(|node| json(node)).collect(),
        Tree::Object(entries) => {
            let entries = entries
                .iter()
                .map(|entry| (entry.key.clone(), json(&entry.value)));
            Value::Object(entries.collect())
        }
    }
}
