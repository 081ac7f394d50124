//! Mappings of closed kinds rewritten to their successors. Everything else in the text stays as it is, comments included.
//!
//! A property whose field has no successor is commented out. A resource is left alone where its identifier, blueprint, selector or
//! list of items has none: without them it would make other entities, or none.

mod fields;

use std::ops::Range;
use std::sync::Arc;

use super::file::Mapping;
use super::finding::Finding;
use super::locate;
use super::program::{CompileOptions, read};
use super::scalar::{self, Style};
use super::tree::{Entry, Node, Tree};
use fields::{Fields, Rewriting, rewrite};

/// Closed kind with the kind that takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedKind {
    /// Name.
    pub name: &'static str,
    /// Kind that takes its place.
    pub replacement: &'static str,
    /// Its items are about teams.
    pub is_of_teams: bool,
}

/// Upgraded mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// New YAML, equal to the old one where there is nothing to do.
    pub text: String,
    /// Closed kinds that were replaced, with their replacements, in the order of the text.
    pub replaced: Vec<(String, String)>,
    /// Parts that could not be taken over as they are, in the order of the text.
    pub remarks: Vec<Remark>,
}

/// Part of the old mapping without an exact successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Line in the old text, from 1.
    pub line: usize,
    /// Path of keys: `resources[0].port.entity.mappings.properties.total_chats`.
    pub path: String,
    /// The field, as a path: `.copilot_ide_chat.total_engaged_users`.
    pub field: String,
    /// Consequence.
    pub consequence: Consequence,
    /// Difference, or reason.
    pub reason: &'static str,
}

/// Consequence of a field without an exact successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Replaced by something near.
    Near(&'static str),
    /// The property is commented out.
    Removed,
    /// The property is always null from now on: it stands on a line with others, so it cannot be commented out.
    Null,
    /// The resource is left as it is.
    ResourceKept,
    /// Kept, and holds another form of record: the expression is the whole item.
    OtherForm,
}

/// Reason why a mapping cannot be upgraded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpgradeError {
    /// It cannot be read.
    Unreadable(Vec<Finding>),
    /// A resource shares an anchor with one that changes in another way.
    Entangled {
        /// Path of the resource.
        path: String,
    },
}

/// Replacement of some bytes of the text.
type Edit = (Range<usize>, String);

/// Upgrades a mapping. Must run on a thread with the stack of an evaluation.
///
/// # Errors
/// The mapping cannot be read, or its resources share parts that would have to differ.
pub fn upgrade(text: &str, file_name: &str, closed: &[ClosedKind]) -> Result<Upgrade, UpgradeError> {
    let (tree, findings) = locate::read(text, file_name);
    let (mapping, more) = Mapping::read(text, file_name);
    let (Some(tree), Some(mapping)) = (tree, mapping) else {
        return Err(UpgradeError::Unreadable([findings, more].concat()));
    };
    let mut upgrade = Upgrade { text: text.to_owned(), replaced: Vec::new(), remarks: Vec::new() };
    let mut edits: Vec<(Edit, usize)> = Vec::new();
    let mut changes = Vec::new();
    for (index, node) in items(entry(&tree, "resources")).iter().enumerate() {
        let draft = ResourceDraft::of(node, &format!("resources[{index}]"), text, closed);
        changes.push(match draft.replaced {
            Some((_, replacement)) => ResourceChange::Kind(replacement),
            None if draft.edits.is_empty() => ResourceChange::None,
            None => ResourceChange::Fields,
        });
        upgrade.replaced.extend(draft.replaced.map(|(old, new)| (old.to_owned(), new.to_owned())));
        upgrade.remarks.extend(draft.remarks);
        edits.extend(draft.edits.into_iter().map(|edit| (edit, index)));
    }
    edits.sort_by_key(|((range, _), _)| range.start);
    // An anchor stands for its aliases, so that one place may be edited for several resources: in the same way, or not at all.
    edits.dedup_by(|(next, _), (previous, _)| next == previous);
    if let Some(index) = edits.windows(2).find_map(|pair| (pair[0].0.0.end > pair[1].0.0.start).then_some(pair[1].1)) {
        return Err(UpgradeError::Entangled { path: format!("resources[{index}]") });
    }
    upgrade.text = edited(text, edits.iter().map(|(edit, _)| edit));
    upgrade.remarks.sort_by_key(|remark| remark.line);
    check(&mapping, &changes, &upgrade.text, file_name)?;
    Ok(upgrade)
}

/// Changes of an upgrade in a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResourceChange {
    None,
    Fields,
    /// The kind, to this one, and fields.
    Kind(&'static str),
}

/// Checks that the new text is a mapping in which replaced kinds are replaced and resources without a change are equal.
fn check(old: &Mapping, changes: &[ResourceChange], text: &str, file_name: &str) -> Result<(), UpgradeError> {
    let (new, _) = Mapping::read(text, file_name);
    let new = new.map(|mapping| mapping.resources).unwrap_or_default();
    for (index, (old, change)) in old.resources.iter().zip(changes).enumerate() {
        let is_right = new.get(index).is_some_and(|new| match change {
            ResourceChange::None => new == old,
            ResourceChange::Fields => new.kind == old.kind,
            ResourceChange::Kind(replacement) => new.kind.text == *replacement,
        });
        if !is_right {
            return Err(UpgradeError::Entangled { path: format!("resources[{index}]") });
        }
    }
    Ok(())
}

/// The text with edits that are in its order and do not overlap.
fn edited<'a>(text: &str, edits: impl Iterator<Item = &'a Edit>) -> String {
    let mut new = String::with_capacity(text.len());
    let mut end = 0;
    for (range, replacement) in edits {
        new.push_str(text.get(end..range.start).unwrap_or_default());
        new.push_str(replacement);
        end = range.end;
    }
    new.push_str(text.get(end..).unwrap_or_default());
    new
}

/// Edits of one resource.
struct ResourceDraft<'a> {
    text: &'a str,
    fields: Fields,
    replaced: Option<(&'static str, &'static str)>,
    edits: Vec<Edit>,
    remarks: Vec<Remark>,
}

impl<'a> ResourceDraft<'a> {
    fn of(resource: &Node, path: &str, text: &'a str, closed: &[ClosedKind]) -> Self {
        let kind = entry(resource, "kind");
        let closed = kind.and_then(scalar_text).and_then(|name| closed.iter().find(|closed| closed.name == name));
        let fields = closed.map_or(Fields::Renamed, |closed| Fields::Legacy { is_of_teams: closed.is_of_teams });
        let mut draft = Self { text, fields, replaced: None, edits: Vec::new(), remarks: Vec::new() };
        draft.needed(resource, path);
        if draft.remarks.iter().any(|remark| remark.consequence == Consequence::ResourceKept) {
            draft.edits.clear();
            draft.remarks.retain(|remark| remark.consequence == Consequence::ResourceKept);
            return draft;
        }
        draft.optional(resource, path);
        if let (Some(closed), Some(kind)) = (closed, kind) {
            draft.edits.extend(whole(kind, closed.replacement));
            draft.replaced = Some((closed.name, closed.replacement));
        }
        draft
    }

    /// Expressions without which the resource makes other entities.
    fn needed(&mut self, resource: &Node, path: &str) {
        let port = entry(resource, "port");
        let mappings = port.and_then(|port| entry(port, "entity")).and_then(|entity| entry(entity, "mappings"));
        let needed = [
            (entry(resource, "selector").and_then(|selector| entry(selector, "query")), "selector.query"),
            (port.and_then(|port| entry(port, "itemsToParse")), "port.itemsToParse"),
            (mappings.and_then(|mappings| entry(mappings, "identifier")), "port.entity.mappings.identifier"),
            (mappings.and_then(|mappings| entry(mappings, "blueprint")), "port.entity.mappings.blueprint"),
        ];
        for (node, key) in needed {
            if let Some(node) = node {
                self.template(node, &format!("{path}.{key}"), &|_, _| Some(Consequence::ResourceKept));
            }
        }
    }

    /// Expressions that can be left out.
    fn optional(&mut self, resource: &Node, path: &str) {
        let mappings =
            entry(resource, "port").and_then(|port| entry(port, "entity")).and_then(|entity| entry(entity, "mappings"));
        let Some(mappings) = mappings else { return };
        let path = format!("{path}.port.entity.mappings");
        let single =
            ["title", "icon", "team"].into_iter().filter_map(|key| Some((find(mappings, key)?, format!("{path}.{key}"))));
        let many = ["properties", "relations"].into_iter().flat_map(|section| {
            let entries = entry(mappings, section).map(entries).unwrap_or_default();
            let path = &path;
            entries.iter().map(move |entry| (entry, format!("{path}.{section}.{}", entry.key))).collect::<Vec<_>>()
        });
        for (entry, path) in single.chain(many).collect::<Vec<_>>() {
            let before = self.edits.len();
            let text = self.text;
            let removal = lines_of(entry, text);
            let consequence = if removal.is_some() { Consequence::Removed } else { Consequence::Null };
            self.template(&entry.value, &path, &|_, _| Some(consequence));
            let is_removed = self.remarks.iter().any(|remark| remark.path == path && remark.consequence == consequence);
            if is_removed {
                self.edits.truncate(before);
                self.edits.extend(removal.map(|lines| commented(text, lines)).or_else(|| whole(&entry.value, "'null'")));
            }
        }
    }

    /// Rewrites an expression, or every text of a search query.
    fn template(&mut self, node: &Node, path: &str, without: &dyn Fn(&Node, &str) -> Option<Consequence>) {
        match &node.tree {
            Tree::Null => {}
            Tree::List(list) => list.iter().for_each(|node| self.template(node, path, without)),
            Tree::Object(entries) => entries.iter().for_each(|entry| self.template(&entry.value, path, without)),
            Tree::Text { text, .. } => self.expression(node, text, path, without),
        }
    }

    fn expression(&mut self, node: &Node, source: &str, path: &str, without: &dyn Fn(&Node, &str) -> Option<Consequence>) {
        let Some(place) = &node.place else { return };
        // What does not compile is left as it is; `validate` says so.
        let Ok(term) = read(source, &CompileOptions::default()) else { return };
        let line = place.location(path).line.unwrap_or(1);
        let mut remark = |field: &str, consequence, reason| {
            let (path, field) = (path.to_owned(), field.to_owned());
            self.remarks.push(Remark { line, path, field, consequence, reason });
        };
        if source.trim() == "." && self.fields != Fields::Renamed {
            remark(".", Consequence::OtherForm, "the whole record; what reads it finds other keys");
        }
        let rewriting = rewrite(&term, source, self.fields);
        for inexact in &rewriting.inexact {
            let consequence = match inexact.successor {
                Some(successor) => Some(Consequence::Near(successor)),
                None => without(node, path),
            };
            if let Some(consequence) = consequence {
                remark(&inexact.field, consequence, inexact.reason);
            }
        }
        if rewriting.is_possible() {
            self.edits.extend(in_scalar(node, source, &rewriting, self.text));
        }
    }
}

/// Edits of the replaced parts of an expression in its scalar.
fn in_scalar(node: &Node, source: &str, rewriting: &Rewriting, text: &str) -> Vec<Edit> {
    let Some(place) = &node.place else { return Vec::new() };
    let written = text.get(place.bytes.clone()).unwrap_or_default();
    let new = rewriting.text(source);
    let is_plain = place.style == Some(Style::Plain);
    // In a scalar without quotes some characters mean YAML; in double quotes they are escapes.
    let needs_quotes = is_plain && new.contains(['"', '[', ']', '{', '}', ',', '#']) || place.style == Some(Style::DoubleQuoted);
    let places = rewriting.replaced.iter().map(|(span, replacement)| {
        let range = scalar::written_range(written, place.style?, source, span)?;
        Some((place.bytes.start + range.start..place.bytes.start + range.end, replacement.clone()))
    });
    let places: Option<Vec<Edit>> = places.collect();
    match places.filter(|_| !needs_quotes) {
        Some(places) => places,
        None if rewriting.replaced.is_empty() => Vec::new(),
        None => whole(node, &single_quoted(&new)).into_iter().collect(),
    }
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''").split('\n').map(str::trim).collect::<Vec<_>>().join(" "))
}

/// Edit of a whole scalar without its anchor.
fn whole(node: &Node, replacement: &str) -> Option<Edit> {
    let place = node.place.as_ref()?;
    Some((place.bytes.clone(), replacement.to_owned()))
}

/// Bytes of the lines of an entry. None where something else stands on them.
fn lines_of(entry: &Entry, text: &str) -> Option<Range<usize>> {
    let key = entry.key_place.as_ref()?.bytes.start;
    let value = entry.value.place.as_ref()?.bytes.clone();
    let start = text.get(..key)?.rfind('\n').map_or(0, |at| at + 1);
    // An alias is written where its anchor is, which is elsewhere.
    if value.start < key || !text.get(start..key)?.trim().is_empty() {
        return None;
    }
    let written_end = value.start + text.get(value.clone())?.trim_end().len();
    let rest = text.get(written_end..)?;
    let end = written_end + rest.find('\n').unwrap_or(rest.len());
    let after = text.get(written_end..end)?.trim();
    (after.is_empty() || after.starts_with('#')).then_some(start..end)
}

fn commented(text: &str, lines: Range<usize>) -> Edit {
    let written = text.get(lines.clone()).unwrap_or_default();
    let indent = written.len() - written.trim_start().len();
    let comment = |line: &str| {
        let (before, rest) = line.split_at(indent.min(line.len() - line.trim_start().len()));
        format!("{before}# {rest}").trim_end().to_owned()
    };
    (lines, written.split('\n').map(comment).collect::<Vec<_>>().join("\n"))
}

fn entries(node: &Node) -> &[Entry] {
    match &node.tree {
        Tree::Object(entries) => entries,
        _ => &[],
    }
}

fn find<'a>(node: &'a Node, key: &str) -> Option<&'a Entry> {
    entries(node).iter().find(|entry| entry.key == key)
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    find(node, key).map(|entry| &*entry.value)
}

fn items(node: Option<&Node>) -> &[Arc<Node>] {
    match node.map(|node| &node.tree) {
        Some(Tree::List(list)) => list,
        _ => &[],
    }
}

fn scalar_text(node: &Node) -> Option<&str> {
    match &node.tree {
        Tree::Text { text, .. } => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
