//! The tree of a mapping file: every node knows where it is written.

use std::ops::Range;
use std::sync::Arc;

use super::finding::{Edit, Excerpt, Fix, Location};
use super::scalar::{self, Style};

/// The text of a mapping and its name.
#[derive(Debug)]
pub(super) struct SourceFile {
    pub(super) name: Arc<str>,
    pub(super) text: String,
    /// Byte offset of each line's first byte.
    lines: Vec<usize>,
}

impl SourceFile {
    pub(super) fn new(name: &str, text: &str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { name: name.into(), text: text.to_owned(), lines: std::iter::once(0).chain(starts).collect() }
    }

    /// The location of some bytes of the text. A range over several lines is cut at the end of the first.
    pub(super) fn location(&self, bytes: Range<usize>, path: &str) -> Location {
        let index = self.lines.partition_point(|start| *start <= bytes.start).max(1) - 1;
        let start = self.lines.get(index).copied().unwrap_or(0);
        let rest = self.text.get(start..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
        let (excerpt, before) = excerpt(line, bytes.start - start..bytes.end.saturating_sub(start));
        Location {
            file: self.name.to_string(),
            line: Some(index + 1),
            column: Some(before + 1),
            path: path.to_owned(),
            excerpt: Some(excerpt),
        }
    }
}

/// The longest line that is quoted, in characters. A longer one is cut around the part that is meant.
const EXCERPT_CHARACTERS: usize = 400;

/// The part of a line given in bytes, and the characters before it.
fn excerpt(line: &str, bytes: Range<usize>) -> (Excerpt, usize) {
    let before = line.get(..bytes.start).unwrap_or(line).chars().count();
    let part = line.get(bytes.start..bytes.end.min(line.len())).unwrap_or("");
    let cut = before.saturating_sub(EXCERPT_CHARACTERS / 2);
    let excerpt = Excerpt {
        text: line.chars().skip(cut).take(EXCERPT_CHARACTERS).collect(),
        start: before - cut,
        width: part.trim_end().chars().count().clamp(1, EXCERPT_CHARACTERS / 2),
    };
    (excerpt, before)
}

/// Place of a node in the text.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source: Arc<SourceFile>,
    pub(super) bytes: Range<usize>,
    /// Style of the scalar; none for lists and objects.
    pub(super) style: Option<Style>,
}

impl Place {
    /// The location of the whole node.
    pub(super) fn location(&self, path: &str) -> Location {
        self.source.location(self.bytes.clone(), path)
    }

    /// The location of some bytes of a scalar's value.
    pub(super) fn location_inside(&self, path: &str, value: &str, part: &Range<usize>) -> Location {
        let source = &self.source.text;
        let written = source.get(self.bytes.clone()).unwrap_or("");
        let Some(style) = self.style else {
            return self.location(path);
        };
        match scalar::written_range(written, style, value, part) {
            Some(range) => {
                let at = self.bytes.start;
                self.source.location(at + range.start..at + range.end, path)
            }
            None => self.location(path),
        }
    }
}

impl Place {
    /// The change of the file by which a scalar's value changes at some places, in its own style of writing where it can be kept.
    pub(super) fn edited(&self, value: &str, changes: &[(Range<usize>, String)]) -> Option<Fix> {
        let written = self.source.text.get(self.bytes.clone())?;
        let style = self.style?;
        let (start, end) = (self.bytes.start, self.bytes.end);
        if style != Style::Block && !written.contains('\n') {
            let edits = changes.iter().map(|(part, text)| Edit { start: part.start, end: part.end, text: text.clone() });
            let changed = Fix { edits: edits.collect() }.apply(value)?;
            let end = start + written.trim_end().len();
            // Rather than with a backslash before each quote.
            let is_plainer = style == Style::DoubleQuoted && changed.contains('"') && !changed.contains('\'');
            let style = if is_plainer { Style::SingleQuoted } else { style };
            return Some(Fix::replace(start..end, scalar::encode(&changed, style)?));
        }
        let edit = |(part, text): &(Range<usize>, String)| {
            let bytes = scalar::written_range(written, style, value, part)?;
            let encoded = scalar::encode(text, style)?;
            let quotes = usize::from(matches!(style, Style::SingleQuoted | Style::DoubleQuoted));
            let text = encoded.get(quotes..encoded.len() - quotes)?.to_owned();
            Some(Edit { start: start + bytes.start, end: (start + bytes.end).min(end), text })
        };
        Some(Fix { edits: changes.iter().map(edit).collect::<Option<_>>()? })
    }
}

/// The location of some bytes of an expression that was not read from text: the line of the expression itself.
pub(super) fn location_in_expression(file: &Arc<str>, path: &str, value: &str, part: &Range<usize>) -> Location {
    let start = value.get(..part.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = value.get(start..).unwrap_or("").split('\n').next().unwrap_or("");
    let part = part.start.saturating_sub(start)..part.end.saturating_sub(start);
    let (excerpt, _) = excerpt(line, part);
    Location { file: file.to_string(), line: None, column: None, path: path.to_owned(), excerpt: Some(excerpt) }
}

/// A value of the file.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) tree: Tree,
    /// None for what was not read from text.
    pub(super) place: Option<Place>,
    /// Nodes in it, itself included, every alias replaced.
    pub(super) nodes: usize,
}

/// Types of nodes.
#[derive(Debug)]
pub(super) enum Tree {
    Null,
    /// `plain` is a scalar without quotes or block, which YAML might take for a boolean or a number.
    Text {
        text: String,
        plain: bool,
    },
    List(Vec<Arc<Node>>),
    Object(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Option<Place>,
    pub(super) value: Arc<Node>,
}

impl Node {
    pub(super) fn new(tree: Tree, place: Option<Place>) -> Self {
        let inner: usize = match &tree {
            Tree::Null | Tree::Text { .. } => 0,
            Tree::List(list) => list.iter().fold(0, |sum, node| sum.saturating_add(node.nodes)),
            Tree::Object(entries) => entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.value.nodes)),
        };
        Self { tree, place, nodes: inner.saturating_add(1) }
    }

    /// A tree of what was not read from text.
    pub(super) fn from_json(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        let tree = match value {
            Value::Null => Tree::Null,
            Value::Bool(_) | Value::Number(_) => Tree::Text { text: value.to_string(), plain: true },
            Value::String(text) => Tree::Text { text: text.clone(), plain: false },
            Value::Array(list) => Tree::List(list.iter().map(|value| Arc::new(Self::from_json(value))).collect()),
            Value::Object(map) => Tree::Object(
                map.iter()
                    .map(|(key, value)| Entry { key: key.clone(), key_place: None, value: Arc::new(Self::from_json(value)) })
                    .collect(),
            ),
        };
        Self::new(tree, None)
    }
}
