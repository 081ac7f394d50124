//! An expression's text apart from its strings and comments. It needs not be jq.

use std::ops::Range;

/// A text, and which bytes of it are code.
pub(super) struct Code<'a> {
    /// The text as it was written.
    pub(super) text: &'a str,
    is_code: Vec<bool>,
}

impl<'a> Code<'a> {
    /// `rewritten` is the text as the engine gets it, in which single quotes may have become double ones. Where that leaves a
    /// string open, the text counts as it was written.
    pub(super) fn new(text: &'a str, rewritten: &str) -> Self {
        let (is_code, is_open) = code_of(rewritten);
        let is_code = if is_open { code_of(text).0 } else { is_code };
        Self { text, is_code }
    }

    /// True for a byte that is code, not a string or a comment.
    pub(super) fn is_code(&self, at: usize) -> bool {
        self.is_code.get(at).copied().unwrap_or(false)
    }

    /// Offsets of a pattern in the code.
    pub(super) fn all(&self, pattern: &str) -> Vec<usize> {
        self.text.match_indices(pattern).map(|(at, _)| at).filter(|at| self.is_code(*at)).collect()
    }

    /// The text at a place.
    pub(super) fn at(&self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or("")
    }

    /// Text before a place and after it.
    pub(super) fn around(&self, span: &Range<usize>) -> (&'a str, &'a str) {
        (self.text.get(..span.start).unwrap_or(""), self.text.get(span.end..).unwrap_or(""))
    }

    /// The inside of the brackets that begin at `open`; none when they do not close.
    pub(super) fn inside(&self, open: usize) -> Option<Range<usize>> {
        let mut depth = 0_usize;
        for (at, letter) in self.text.get(open..)?.char_indices().map(|(at, letter)| (open + at, letter)) {
            if !self.is_code(at) {
                continue;
            }
            match letter {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(open + 1..at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The inside of the innermost brackets around a place, or the whole text.
    pub(super) fn group(&self, place: usize) -> Range<usize> {
        let opens = self.text.char_indices().filter(|(at, letter)| *at < place && self.is_code(*at) && "([{".contains(*letter));
        let mut around =
            opens.filter_map(|(at, _)| self.inside(at)).filter(|inside| inside.contains(&place) || inside.end == place);
        around.next_back().unwrap_or(0..self.text.len())
    }

    /// The parts of a range between separators that stand in no brackets.
    pub(super) fn split(&self, range: &Range<usize>, separator: char) -> Vec<Range<usize>> {
        let (mut parts, mut start, mut depth) = (Vec::new(), range.start, 0_i32);
        for (at, letter) in self.at(range).char_indices().map(|(at, letter)| (range.start + at, letter)) {
            if !self.is_code(at) {
                continue;
            }
            match letter {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ if letter == separator && depth == 0 => {
                    parts.push(start..at);
                    start = at + letter.len_utf8();
                }
                _ => {}
            }
        }
        parts.push(start..range.end);
        parts
    }
}

/// Marks the bytes of a text that are code. True when the text ends within a string.
fn code_of(text: &str) -> (Vec<bool>, bool) {
    let (mut in_text, mut in_comment, mut escaped) = (false, false, false);
    let each = text.bytes().map(|byte| {
        let is_edge = byte == b'"' && !escaped && !in_comment;
        if in_comment {
            in_comment = byte != b'\n';
            return false;
        }
        if in_text {
            escaped = byte == b'\\' && !escaped;
            in_text = !is_edge;
            return false;
        }
        in_text = is_edge;
        in_comment = byte == b'#';
        !is_edge && !in_comment
    });
    let is_code = each.collect();
    (is_code, in_text)
}

/// True for a name: of a field, of a function.
pub(super) fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Start of the path that ends at `end`: `.a.b[0]`.
pub(super) fn path_start(text: &str, end: usize) -> usize {
    let before = text.get(..end).unwrap_or("");
    let is_path = |letter: char| letter.is_ascii_alphanumeric() || "_.[]?$".contains(letter);
    before
        .rfind(|letter| !is_path(letter))
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8))
}
