//! A finding: something about a mapping that its author should know, with the place where it is written.
//!
//! Every code is explained in `docs/findings.md`. How a finding is printed is for [`crate::render::finding`].

use std::ops::Range;

use serde::Serialize;

/// Severities, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing is wrong; something was taken in a way that might surprise.
    Note,
    /// It runs, and probably does not do what was meant.
    Warning,
    /// It cannot work as written.
    Error,
}

impl Severity {
    /// The word that is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something about a mapping that its author should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// One of the codes of [`crate::mapping::codes`], such as `mapping-syntax`.
    pub code: &'static str,
    /// Severity.
    pub severity: Severity,
    /// Message: lower case, no full stop.
    pub message: String,
    /// Place, when it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Text under the caret, a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The change to the file that is certainly meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A change to a file. Its edits are in the order of the text and do not overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// The edits.
    pub edits: Vec<Edit>,
}

/// A piece of a file, and what replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// First byte of the piece.
    pub start: usize,
    /// Byte after its last one; equal to `start` for an insertion.
    pub end: usize,
    /// The replacement.
    pub text: String,
}

impl Fix {
    /// One that replaces a piece of the file.
    pub fn replace(bytes: Range<usize>, text: impl Into<String>) -> Self {
        Self { edits: vec![Edit { start: bytes.start, end: bytes.end, text: text.into() }] }
    }

    /// The text after the change; none when an edit does not fit the text.
    pub fn apply(&self, text: &str) -> Option<String> {
        let mut changed = String::with_capacity(text.len());
        let mut at = 0;
        for edit in &self.edits {
            changed.push_str(text.get(at..edit.start)?);
            changed.push_str(&edit.text);
            text.get(edit.start..edit.end)?;
            at = edit.end;
        }
        changed.push_str(text.get(at..)?);
        Some(changed)
    }
}

/// A place in a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file's name as the user gave it, or a name in its place: `integration config` for the mapping in the catalog.
    pub file: String,
    /// Line, from 1. None for what was not read from text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column, from 1, in characters. None for what was not read from text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// Keys from the root: `resources[1].port.entity.mappings.properties.loc_added_sum`. Empty for the root itself.
    pub path: String,
    /// The line in question. Without a line number, it is a line of the jq expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Excerpt>,
}

/// One line of a source and the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The line, without its end.
    pub text: String,
    /// Characters before the part.
    pub start: usize,
    /// Characters of the part, at least 1; the part may be the place just after the line's last character.
    pub width: usize,
}

impl Finding {
    /// A finding of that code, without place or help.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), location: None, label: None, help: None, fix: None }
    }

    /// An error of that code.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning of that code.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A note of that code.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Says where.
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Says what stands under the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the change that is certainly meant, where there is one.
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    /// The path in the mapping, or an empty text when the finding is about no place.
    pub fn path(&self) -> &str {
        self.location.as_ref().map_or("", |location| &location.path)
    }
}

/// Puts findings in the order in which a reader meets them: by line and column, then as found.
pub fn in_reading_order(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| {
        let location = finding.location.as_ref();
        location.map(|location| (location.line, location.column))
    });
}
