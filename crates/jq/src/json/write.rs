//! Values as JSON text, as `jq -c` prints them.

use std::fmt;

use crate::meter;
use crate::val::Val;

/// Maximum depth that jq prints.
const PRINTED_DEPTH: u32 = 10_000;

/// Longest excerpt of a value in an error message, in bytes.
const EXCERPT_BYTES: usize = 29;

/// Appends `value` as compact JSON.
pub(crate) fn write(out: &mut String, value: &Val) {
    write_at(out, value, 0, usize::MAX);
}

/// Appends `value` as compact JSON; may stop after `enough` bytes.
fn write_at(out: &mut String, value: &Val, depth: u32, enough: usize) {
    meter::tick();
    if out.len() > enough {
        return;
    }
    if depth > PRINTED_DEPTH {
        return out.push_str("<skipped: too deep>");
    }
    match value {
        Val::Null => out.push_str("null"),
        Val::Bool(true) => out.push_str("true"),
        Val::Bool(false) => out.push_str("false"),
        Val::Number(number) => number.write(out),
        Val::String(text) => write_text(out, beginning(text.as_str(), enough)),
        Val::Array(items) => {
            out.push('[');
            for (at, item) in items.values().iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_at(out, item, depth + 1, enough);
            }
            out.push(']');
        }
        Val::Object(fields) => {
            out.push('{');
            for (at, (key, item)) in fields.map().iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(out, beginning(key.as_str(), enough));
                out.push(':');
                write_at(out, item, depth + 1, enough);
            }
            out.push('}');
        }
    }
    // A value that contains another one many times is small in memory, but its text can be huge.
    meter::afford(2 * out.len());
}

fn write_text(out: &mut String, text: &str) {
    meter::work(1 + text.len() / 8);
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            8 => "\\b",
            12 => "\\f",
            0..=31 | 127 => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        plain = at + 1;
        if escape.is_empty() {
            out.push_str(&format!("\\u{byte:04x}"));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// At most `bytes` bytes of `text`, whole characters only.
fn beginning(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

impl Val {
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::new();
        write(&mut out, self);
        out
    }

    /// `type (excerpt)`, as jq's errors name a value.
    pub(crate) fn described(&self) -> String {
        format!("{} ({})", self.type_name(), self.excerpt())
    }

    /// The text of the value, cut to 29 bytes.
    pub(crate) fn excerpt(&self) -> String {
        let mut text = String::new();
        write_at(&mut text, self, 0, EXCERPT_BYTES + 1);
        if text.len() <= EXCERPT_BYTES {
            return text;
        }
        let close = match self {
            Self::String(_) => "\"",
            Self::Array(_) => "]",
            Self::Object(_) => "}",
            _ => "",
        };
        format!("{}...{close}", beginning(&text, EXCERPT_BYTES - 3 - close.len()))
    }
}

impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}
