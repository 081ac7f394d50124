//! Places of YAML nodes: reads YAML into a tree whose every node has its place in the text.
//!
//! The only file that uses the parser with positions. [`super::read`] gives the tree its meaning; [`super::scalar`] finds the place
//! of a part of an expression in the text.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::finding::{Finding, Fix};
use super::remedy::yaml;
use super::scalar::{self, Style};
use super::tree::{Entry, Node, Place, SourceFile, Tree};
use super::{characters, codes};

/// A mapping file may have so many bytes. The largest one known has 60 KB.
pub(super) const MAX_FILE_BYTES: usize = 1 << 20;
/// A mapping nests about eight levels deep; search queries add two for each group.
pub(super) const MAX_DEPTH: usize = 64;
/// Nodes of the tree when every alias is replaced by its value. A thousand properties are about 3,000 nodes.
pub(super) const MAX_NODES: usize = 200_000;

/// Lists and objects that are open while events arrive.
enum Open {
    List(Vec<Arc<Node>>),
    Object(Vec<Entry>, Option<(String, Place)>),
}

struct Frame {
    open: Open,
    anchor: usize,
    start: usize,
}

struct Builder {
    source: Arc<SourceFile>,
    /// Byte offset of each character, and of the end: the parser counts in characters.
    offsets: Vec<usize>,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Arc<Node>>,
    root: Option<Arc<Node>>,
    documents: usize,
    findings: Vec<Finding>,
}

/// Reads YAML. Gives no tree when the text is not YAML or exceeds a limit; an empty text is [`Tree::Null`].
pub(super) fn read(text: &str, file_name: &str) -> (Option<Arc<Node>>, Vec<Finding>) {
    let source = Arc::new(SourceFile::new(file_name, text));
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file has {} bytes, more than {MAX_FILE_BYTES}", text.len());
        let mut location = source.location(0..0, "");
        (location.line, location.column, location.excerpt) = (None, None, None);
        let help = "split it into several mappings, or write what is repeated once, with an anchor";
        let finding = Finding::error(codes::TOO_LARGE, message).at(location).help(help);
        return (None, vec![finding]);
    }
    let unseen = characters::in_structure(&source);
    if !unseen.is_empty() {
        return (None, unseen);
    }
    let offsets = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut builder =
        Builder { source, offsets, frames: Vec::new(), anchors: HashMap::new(), root: None, documents: 0, findings: Vec::new() };
    match builder.run(text) {
        Ok(()) => {
            let nothing = Node::new(Tree::Null, Some(builder.place(0..0, None)));
            let root = builder.root.unwrap_or_else(|| Arc::new(nothing));
            (Some(root), builder.findings)
        }
        Err(finding) => {
            builder.findings.push(*finding);
            (None, builder.findings)
        }
    }
}

/// Error about a config that exceeds the limits of a file, for one that was not read from a file.
pub(super) fn too_large(config: &serde_json::Value) -> Option<Finding> {
    let nodes = nodes(config);
    let bytes = config.to_string().len();
    let message = if nodes > MAX_NODES {
        format!("the config has {nodes} values, more than {MAX_NODES}")
    } else if bytes > MAX_FILE_BYTES {
        format!("the config has {bytes} bytes, more than {MAX_FILE_BYTES}")
    } else {
        return None;
    };
    Some(Finding::error(codes::TOO_LARGE, message))
}

/// Values in a value, itself included. As deep as what reads JSON lets a text be.
fn nodes(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    1 + match value {
        Value::Array(list) => list.iter().map(nodes).sum(),
        Value::Object(map) => map.values().map(nodes).sum(),
        _ => 0,
    }
}

impl Builder {
    fn run(&mut self, text: &str) -> Result<(), Box<Finding>> {
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let at = self.byte(error.marker().index());
                let (finding, at) = not_yaml(error.info(), text, at);
                Box::new(finding.at(self.source.location(at..at + 1, "")))
            })?;
            self.event(event, span)?;
        }
        Ok(())
    }

    fn byte(&self, character: usize) -> usize {
        let end = self.offsets.last().copied().unwrap_or(0);
        self.offsets.get(character).copied().unwrap_or(end)
    }

    fn place(&self, bytes: Range<usize>, style: Option<Style>) -> Place {
        Place { source: Arc::clone(&self.source), bytes, style }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Finding>> {
        let bytes = self.byte(span.start.index())..self.byte(span.end.index());
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents == 2 {
                    let finding = Finding::error(codes::SEVERAL_DOCUMENTS, "a second YAML document begins here")
                        .at(self.source.location(bytes, ""))
                        .help("keep one document in a mapping file: remove the `---`, or move what follows to its own file");
                    return Err(Box::new(finding));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(&text, style, tag.as_deref(), bytes);
                self.close(Arc::new(node), anchor)?;
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    let finding = Finding::error(codes::NOT_YAML, "an alias that stands for itself")
                        .at(self.source.location(bytes, ""))
                        .help("write the value out");
                    return Err(Box::new(finding));
                };
                self.close(node, 0)?;
            }
            Event::SequenceStart(anchor, _) => self.open(Open::List(Vec::new()), anchor, bytes)?,
            Event::MappingStart(anchor, _) => self.open(Open::Object(Vec::new(), None), anchor, bytes)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.frames.pop() else {
                    return Ok(());
                };
                let place = self.place(frame.start..bytes.end.max(frame.start), None);
                let tree = match frame.open {
                    Open::List(list) => Tree::List(list),
                    Open::Object(entries, _) => Tree::Object(merged(entries)),
                };
                self.close(Arc::new(Node::new(tree, Some(place))), frame.anchor)?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    /// Finding about a YAML tag that is meant as `not`.
    fn tagged(&self, bytes: Range<usize>) -> Finding {
        let text = &self.source.text;
        let line = text.get(bytes.start..).and_then(|rest| rest.split(['\n', '\r']).next()).unwrap_or("").trim_end();
        let start = bytes.start + line.find('!').unwrap_or(0);
        let written = text.get(start..bytes.start + line.len()).unwrap_or("").to_owned();
        let operand = written.trim_start_matches('!');
        let is_path = operand.starts_with('.') && operand.chars().all(|letter| letter.is_alphanumeric() || "._".contains(letter));
        let finding = Finding::error(codes::NOT_YAML, format!("YAML takes `{written}` for a tag, and not for text"))
            .at(self.source.location(start..start + written.len(), ""));
        match is_path {
            true => finding
                .help(format!("jq writes `{operand} | not`"))
                .fix(Some(Fix::replace(start..start + written.len(), format!("{operand} | not")))),
            false => finding.help("jq writes `… | not`; a text that begins with `!` must be quoted"),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, mut bytes: Range<usize>) -> Node {
        let whole = bytes.clone();
        let written = self.source.text.get(bytes.clone()).unwrap_or("");
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        // The parser's span of a plain or quoted scalar begins at its anchor or tag.
        if style != Style::Block {
            bytes.start += scalar::after_properties(written);
        }
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        if tag.is_some_and(|tag| tag.handle == "!" && !tag.suffix.is_empty()) {
            let finding = self.tagged(whole);
            self.findings.push(finding);
            return Node::new(Tree::Text { text: text.to_owned(), plain: false }, Some(self.place(bytes, Some(Style::Plain))));
        }
        let plain = style == Style::Plain && core != Some("str");
        let is_null = plain && matches!(text, "" | "~" | "null" | "Null" | "NULL");
        let tree = if is_null || core == Some("null") {
            Tree::Null
        } else {
            let text = text.to_owned();
            Tree::Text { text, plain }
        };
        Node::new(tree, Some(self.place(bytes, Some(style))))
    }

    fn open(&mut self, open: Open, anchor: usize, bytes: Range<usize>) -> Result<(), Box<Finding>> {
        if self.frames.len() == MAX_DEPTH {
            let finding = too_deep().at(self.source.location(bytes, ""));
            return Err(Box::new(finding));
        }
        self.frames.push(Frame { open, anchor, start: bytes.start });
        Ok(())
    }

    /// A value is complete: it becomes a key, the value of a key, an element, or the root.
    fn close(&mut self, node: Arc<Node>, anchor: usize) -> Result<(), Box<Finding>> {
        if anchor > 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        if node.nodes > MAX_NODES {
            let place = node.place.clone().unwrap_or_else(|| self.place(0..0, None));
            let message = format!("with its aliases written out, this has more than {MAX_NODES} values");
            let finding = Finding::error(codes::TOO_LARGE, message)
                .at(place.location(""))
                .help("aliases of aliases multiply; write out what is meant");
            return Err(Box::new(finding));
        }
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            None => self.root = Some(node),
            Some(Open::List(list)) => list.push(node),
            Some(Open::Object(entries, key @ Some(_))) => {
                if let Some((key, place)) = key.take() {
                    let key_place = Some(place);
                    entries.push(Entry { key, key_place, value: node });
                }
            }
            Some(Open::Object(entries, key)) => {
                let place =
                    node.place.clone().unwrap_or_else(|| Place { source: Arc::clone(&self.source), bytes: 0..0, style: None });
                let text = match &node.tree {
                    Tree::Text { text, .. } => text.clone(),
                    Tree::Null => "null".to_owned(),
                    Tree::List(_) | Tree::Object(_) => {
                        let finding = Finding::error(codes::WRONG_TYPE, "a key is a list or an object; a key must be a text")
                            .at(place.location(""));
                        let (help, fix) = yaml::remedy("", &self.source.text, place.bytes.start);
                        return Err(Box::new(finding.help(help).fix(fix)));
                    }
                };
                let earlier = entries.iter().find(|entry| entry.key == text && text != "<<");
                if let Some(line) = earlier.and_then(|entry| entry.key_place.as_ref()?.location("").line) {
                    let finding = Finding::error(codes::DUPLICATE_KEY, format!("the key `{text}` is written twice"))
                        .at(place.location(""))
                        .label(format!("first written on line {line}"))
                        .help("only one of them can count: remove or rename the other");
                    self.findings.push(finding);
                }
                *key = Some((text, place));
            }
        }
        Ok(())
    }
}

/// Replaces `<<` by the entries of its value; a written key wins over a merged one.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    if !entries.iter().any(|entry| entry.key == "<<") {
        return entries;
    }
    let (merges, mut kept): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.key == "<<");
    let mut merge = |node: &Node| {
        let Tree::Object(entries) = &node.tree else {
            return;
        };
        for entry in entries {
            if !kept.iter().any(|other| other.key == entry.key) {
                kept.push(entry.clone());
            }
        }
    };
    for entry in &merges {
        match &entry.value.tree {
            Tree::List(list) => list.iter().for_each(|node| merge(node)),
            _ => merge(&entry.value),
        }
    }
    kept
}

fn too_deep() -> Finding {
    let message = format!("the file nests deeper than {MAX_DEPTH} levels");
    Finding::error(codes::TOO_LARGE, message)
}

/// Finding about a text that is not YAML, with the byte at which the parser stopped.
fn not_yaml(info: &str, text: &str, at: usize) -> (Finding, usize) {
    let line_start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
    // The parser reports some tabs at the scalar before them, others at what follows them.
    let mut start = line_start;
    for line in text.get(line_start..).unwrap_or("").split_inclusive('\n').take(2) {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        if line.get(spaces..).is_some_and(|rest| rest.starts_with('\t')) {
            let finding = Finding::error(codes::YAML_TAB, "a tab stands where YAML wants spaces");
            return (finding.help("indent with spaces"), start + spaces);
        }
        start += line.len();
    }
    // At the end of the text, the last thing written is shown instead of an empty line.
    let at = at.min(text.trim_end().len());
    if info.contains("recursion limit") {
        return (too_deep(), at);
    }
    let (help, fix) = yaml::remedy(info, text, at);
    (Finding::error(codes::NOT_YAML, format!("this is not YAML: {info}")).help(help).fix(fix), at)
}

#[cfg(test)]
mod tests;
