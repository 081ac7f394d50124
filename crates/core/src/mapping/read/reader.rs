//! Common reading of the parts of a mapping file: places, types, missing and unknown keys.

use std::sync::Arc;

use serde_json::Value;

use super::{ENTITY_KEYS, MAPPINGS_KEYS, PORT_KEYS, RESOURCE_KEYS, ROOT_KEYS};
use crate::mapping::codes;
use crate::mapping::finding::{Finding, Fix, Location};
use crate::mapping::nearest::{nearest, squeezed};
use crate::mapping::tree::{Entry, Node, Place, Tree};

/// Right place of each key, for keys in another place.
const HOMES: &[(&[&str], &str)] = &[
    (ROOT_KEYS, "at the root of the file"),
    (RESOURCE_KEYS, "in an element of `resources`"),
    (&["query"], "in `selector`"),
    (PORT_KEYS, "in `port`"),
    (ENTITY_KEYS, "in `port.entity`"),
    (MAPPINGS_KEYS, "in `port.entity.mappings`"),
];

/// A node with its path and its key.
pub(super) struct Here<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
    pub(super) key: Option<&'a Place>,
}

impl<'a> Here<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self { node, path: String::new(), key: None }
    }

    pub(super) fn under(&self, entry: &'a Entry) -> Here<'a> {
        Here { node: &entry.value, path: join(&self.path, &entry.key), key: entry.key_place.as_ref() }
    }

    pub(super) fn element(&self, index: usize, node: &'a Node) -> Here<'a> {
        Here { node, path: format!("{}[{index}]", self.path), key: None }
    }

    /// Description of the node for people.
    pub(super) fn what(&self) -> String {
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
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

/// A path and one more key. A key that is no word is written in brackets.
pub(in crate::mapping) fn join(path: &str, key: &str) -> String {
    let word = !key.is_empty() && key.chars().all(|letter| letter.is_alphanumeric() || "_-@$".contains(letter));
    match (path.is_empty(), word) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{}]", Value::from(key)),
    }
}

pub(super) struct Reader<'a> {
    pub(super) file: Arc<str>,
    /// Example of an identifier for the items of a kind.
    pub(super) identifier: &'a dyn Fn(&str) -> Option<String>,
    /// Example for the current resource.
    pub(super) example: Option<String>,
    pub(super) findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    /// The place of a node's value.
    pub(super) fn at(&self, here: &Here<'_>) -> Location {
        match (&here.node.place, &here.node.tree) {
            (Some(place), Tree::Text { .. }) => place.location(&here.path),
            (Some(place), _) if here.key.is_none() => place.location(&here.path),
            _ => self.at_key(here),
        }
    }

    /// The place of a node's key.
    pub(super) fn at_key(&self, here: &Here<'_>) -> Location {
        let place = here.key.or(here.node.place.as_ref());
        place.map_or_else(|| self.nowhere(&here.path), |place| place.location(&here.path))
    }

    pub(super) fn nowhere(&self, path: &str) -> Location {
        Location { file: self.file.to_string(), line: None, column: None, path: path.to_owned(), excerpt: None }
    }

    pub(super) fn say(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Adds to the last finding what to do about it.
    pub(super) fn amend(&mut self, help: &str, fix: Option<Fix>) {
        if let Some(finding) = self.findings.last_mut() {
            (finding.help, finding.fix) = (Some(help.to_owned()), fix);
        }
    }

    pub(super) fn wrong_type(&mut self, here: &Here<'_>, wanted: &str) {
        let name = if here.path.is_empty() { "the file" } else { &here.path };
        let message = format!("`{name}` must be {wanted}, but is {}", here.what()).replace("`the file`", "the file");
        self.say(Finding::error(codes::WRONG_TYPE, message).at(self.at(here)));
    }

    pub(super) fn missing(&mut self, here: &Here<'_>, key: &str, example: &str) {
        let owner = if here.path.is_empty() { "the file".to_owned() } else { format!("`{}`", here.path) };
        let finding = Finding::error(codes::MISSING_KEY, format!("{owner} has no `{key}`"))
            .at(self.at_key(here))
            .help(format!("add `{example}`"));
        self.say(finding);
    }

    /// The entries of an object; says so when it is none.
    pub(super) fn object<'n>(&mut self, here: &Here<'n>) -> Option<&'n [Entry]> {
        match &here.node.tree {
            Tree::Object(entries) => Some(entries),
            _ => {
                self.wrong_type(here, "an object");
                None
            }
        }
    }

    pub(super) fn list<'n>(&mut self, here: &Here<'n>) -> Option<&'n [Arc<Node>]> {
        match &here.node.tree {
            Tree::List(list) => Some(list),
            _ => {
                self.wrong_type(here, "a list");
                None
            }
        }
    }

    /// Says which keys are not `known`.
    pub(super) fn unknown_keys(&mut self, here: &Here<'_>, entries: &[Entry], known: &[&str]) {
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            // Anchors are often kept under a key of their own that begins so.
            if entry.key.starts_with("x-") {
                continue;
            }
            let key = &entry.key;
            let place = here.under(entry);
            let home = HOMES.iter().find(|(keys, _)| keys.contains(&key.as_str()));
            let finding = match home {
                Some((_, home)) => Finding::warning(codes::MISPLACED_KEY, format!("`{key}` is ignored here: it belongs {home}"))
                    .help(format!("move it {home}").replace("move it in", "move it into").replace("move it at", "move it to")),
                None => {
                    let finding = Finding::warning(codes::UNKNOWN_KEY, format!("`{key}` has no meaning here and is ignored"));
                    let same = known.iter().copied().find(|known| squeezed(known) == squeezed(key));
                    let is_free = |meant: &&str| !entries.iter().any(|entry| entry.key == *meant);
                    let fix = same.filter(is_free).zip(entry.key_place.as_ref());
                    let fix = fix.map(|(same, place)| Fix::replace(place.bytes.clone(), same));
                    match same.or_else(|| nearest(key, known.iter().copied())) {
                        Some(near) => finding.help(format!("did you mean `{near}`?")).fix(fix),
                        None => finding.help(format!("known here are {}", words(known))),
                    }
                }
            };
            let location = self.at_key(&place);
            self.say(finding.at(location));
        }
    }

    pub(super) fn required<'n>(&mut self, here: &Here<'n>, entries: &'n [Entry], key: &str, example: &str) -> Option<Here<'n>> {
        let found = entries.iter().find(|entry| entry.key == key);
        if found.is_none() {
            self.missing(here, key, example);
        }
        found.map(|entry| here.under(entry))
    }

    pub(super) fn text(&mut self, here: &Here<'_>, wanted: &str) -> Option<String> {
        match &here.node.tree {
            Tree::Text { text, .. } => Some(text.clone()),
            _ => {
                self.wrong_type(here, wanted);
                None
            }
        }
    }
}

fn words(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
