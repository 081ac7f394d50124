//! Joins lines to records. Reports hold one record on each line. Files that other programs have processed hold records over
//! several lines, several on one line, records after a record separator (RFC 7464), or all of them in one JSON array. All of
//! these are read. Pure.
//!
//! A line that both begins and ends a record is passed on without a scan. Other lines are scanned for the ends of values only;
//! the reader checks that a record is JSON. An ambiguous record is not guessed: one that breaks off is rejected, and complete
//! lines after it are read again on their own.

use std::collections::VecDeque;
use std::sync::LazyLock;

use bytes::Bytes;
use memchr::{memchr, memmem};

use super::lines::RejectedLine;
use crate::model::item::RawItem;

/// Nesting limit of a record over several lines. Those of GitHub reach 9.
const DEEPEST: usize = 128;

const RECORD_SEPARATOR: u8 = 0x1e;

/// Ends of records on one line; made once, because every line is searched.
static OBJECTS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("}{"));
static LISTS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("]["));
static SPACED_OBJECTS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("} {"));

/// Result of reading lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LineResult {
    /// A record, with the line on which it begins. It may not be JSON.
    Record(RawItem),
    /// Lines that hold no record.
    Rejected(RejectedLine),
}

/// State between two lines: the open record, the open list.
#[derive(Debug)]
pub(super) struct Documents {
    limit: usize,
    begun: Option<OpenRecord>,
    list: Option<List>,
}

/// A record that continues on the next line.
#[derive(Debug)]
struct OpenRecord {
    line: u64,
    scan: Scan,
    /// Its parts so far, with their lines.
    parts: Vec<(u64, Bytes)>,
    bytes: usize,
    /// The record is longer than the limit, so its parts are skipped.
    is_too_long: bool,
}

/// A JSON array whose elements are records.
#[derive(Debug)]
struct List {
    line: u64,
    position: ListPosition,
}

/// Position in an array with respect to its commas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListPosition {
    /// At the beginning.
    AtStart,
    /// After an element.
    AfterElement,
    /// After a comma.
    AfterComma,
    /// After something that was rejected.
    AfterRejected,
}

impl Documents {
    /// Nothing has begun. `limit` is in bytes of a record over several lines.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, begun: None, list: None }
    }

    /// Takes the next line, which is not blank.
    pub(super) fn take(&mut self, line: u64, text: Bytes, found: &mut VecDeque<LineResult>) {
        if self.begun.is_none() && self.list.is_none() && is_whole(&text) {
            found.push_back(LineResult::Record(RawItem { json: text, line }));
            return;
        }
        let mut at = 0;
        loop {
            let Some(begun) = &mut self.begun else {
                match self.begin(line, &text, &mut at, found) {
                    true => continue,
                    false => return,
                }
            };
            match begun.scan.read(&text[at..]) {
                Step::Ended(length) => {
                    begun.add(line, text.slice(at..at + length), self.limit);
                    at += length;
                    if let Some(begun) = self.begun.take() {
                        found.push_back(begun.finish(self.limit));
                    }
                    if let Some(list) = &mut self.list {
                        list.position = ListPosition::AfterElement;
                    }
                }
                Step::GoesOn => {
                    begun.add(line, text.slice(at..), self.limit);
                    return;
                }
                Step::Wrong => {
                    let is_new = begun.line < line;
                    if !is_new {
                        begun.add(line, text.slice(at..), self.limit);
                    }
                    self.give_up(found);
                    // The record broke off before this line, which may be a record or begin one.
                    return if is_new {
                        self.take(line, text, found)
                    };
                }
            }
        }
    }

    /// Takes the end of the file.
    pub(super) fn finish(&mut self, found: &mut VecDeque<LineResult>) {
        self.give_up(found);
        if let Some(list) = self.list.take() {
            let reason = "the list that begins here does not end".to_owned();
            found.push_back(LineResult::Rejected(RejectedLine { line: list.line, reason }));
        }
    }

    /// Searches for the beginning of a record. False when the line holds no more.
    fn begin(&mut self, line: u64, text: &Bytes, at: &mut usize, found: &mut VecDeque<LineResult>) -> bool {
        let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == RECORD_SEPARATOR;
        *at += text[*at..].iter().take_while(|byte| is_between(byte)).count();
        let Some(first) = text.get(*at) else { return false };
        match (&mut self.list, first) {
            (Some(_), b']') => {
                self.list = None;
                *at += 1;
            }
            (Some(list), b',') if matches!(list.position, ListPosition::AfterElement | ListPosition::AfterRejected) => {
                list.position = ListPosition::AfterComma;
                *at += 1;
            }
            (None, b'[') => {
                self.list = Some(List { line, position: ListPosition::AtStart });
                *at += 1;
            }
            (list, b'{' | b'[') if list.as_ref().is_none_or(|list| list.position != ListPosition::AfterElement) => {
                self.begun = Some(OpenRecord { line, scan: Scan::default(), parts: Vec::new(), bytes: 0, is_too_long: false });
            }
            (list, _) => {
                if let Some(list) = list {
                    list.position = ListPosition::AfterRejected;
                }
                // The reader rejects it, with the reason.
                found.push_back(LineResult::Record(RawItem { json: text.slice(*at..), line }));
                return false;
            }
        }
        true
    }

    /// Ends a record that breaks off: it is rejected, and complete lines in it become records.
    fn give_up(&mut self, found: &mut VecDeque<LineResult>) {
        let Some(begun) = self.begun.take() else { return };
        if let Some(list) = &mut self.list {
            list.position = ListPosition::AfterRejected;
        }
        let mut parts = begun.parts.into_iter();
        let first = parts.next().filter(|(line, _)| *line == begun.line);
        match first {
            // The reader rejects it, with the reason.
            Some((line, json)) if parts.len() == 0 => found.push_back(LineResult::Record(RawItem { json, line })),
            _ => {
                let reason = "the record that begins here is incomplete".to_owned();
                found.push_back(LineResult::Rejected(RejectedLine { line: begun.line, reason }));
            }
        }
        let whole = parts.filter(|(_, part)| matches!(part.first(), Some(b'{' | b'[')) && is_whole(part));
        found.extend(whole.map(|(line, json)| LineResult::Record(RawItem { json, line })));
    }
}

impl OpenRecord {
    fn add(&mut self, line: u64, part: Bytes, limit: usize) {
        self.bytes += part.len() + 1;
        self.is_too_long |= self.bytes > limit;
        if self.is_too_long {
            self.parts = Vec::new();
        } else {
            self.parts.push((line, part));
        }
    }

    fn finish(self, limit: usize) -> LineResult {
        if self.is_too_long {
            let reason = format!("the record that begins here is longer than {} MiB", limit >> 20);
            return LineResult::Rejected(RejectedLine { line: self.line, reason });
        }
        let json = match self.parts.as_slice() {
            [(_, only)] => only.clone(),
            parts => {
                let mut whole = Vec::with_capacity(self.bytes);
                for (number, (_, part)) in parts.iter().enumerate() {
                    if number > 0 {
                        whole.push(b'\n');
                    }
                    whole.extend_from_slice(part);
                }
                whole.into()
            }
        };
        LineResult::Record(RawItem { json, line: self.line })
    }
}

/// Checks cheaply whether a line is one complete record. Always right for valid JSON.
fn is_whole(text: &[u8]) -> bool {
    let glue = match (text.first(), text.last()) {
        (Some(b'{'), Some(b'}')) => &*OBJECTS,
        (Some(b'['), Some(b']')) => &*LISTS,
        (Some(b'{' | b'['), _) => return false,
        (Some(&RECORD_SEPARATOR), _) => return false,
        // Not a record; the reader rejects it.
        _ => return true,
    };
    glue.find(text).is_none() && SPACED_OBJECTS.find(text).is_none() && memchr(RECORD_SEPARATOR, text).is_none()
}

/// Search for the end of a value, by brackets, commas and colons.
#[derive(Debug, Default)]
struct Scan {
    /// Open brackets.
    open: Vec<u8>,
    next: Expected,
}

/// Allowed next tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Expected {
    #[default]
    Value,
    /// A value, or the end of the array that has just begun.
    ValueOrEnd,
    /// The name of a field, or the end of the object that has just begun.
    NameOrEnd,
    Name,
    Colon,
    CommaOrEnd,
}

enum Step {
    /// The value ended after that many bytes.
    Ended(usize),
    GoesOn,
    /// Not valid at this position.
    Wrong,
}

impl Scan {
    /// Scans a line, or the rest of one.
    fn read(&mut self, text: &[u8]) -> Step {
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let length = match (byte, self.next) {
                (b' ' | b'\t' | b'\r', _) => 1,
                (b'{' | b'[', Expected::Value | Expected::ValueOrEnd) if self.open.len() < DEEPEST => {
                    self.open.push(*byte);
                    self.next = if *byte == b'{' { Expected::NameOrEnd } else { Expected::ValueOrEnd };
                    1
                }
                (b'}', Expected::NameOrEnd | Expected::CommaOrEnd) if self.open.last() == Some(&b'{') => self.close(),
                (b']', Expected::ValueOrEnd | Expected::CommaOrEnd) if self.open.last() == Some(&b'[') => self.close(),
                (b',', Expected::CommaOrEnd) => {
                    self.next = if self.open.last() == Some(&b'{') { Expected::Name } else { Expected::Value };
                    1
                }
                (b':', Expected::Colon) => {
                    self.next = Expected::Value;
                    1
                }
                (b'"', Expected::Name | Expected::NameOrEnd) => {
                    self.next = Expected::Colon;
                    text_length(&text[at..])
                }
                (b'"', Expected::Value | Expected::ValueOrEnd) => {
                    self.next = Expected::CommaOrEnd;
                    text_length(&text[at..])
                }
                (b'-' | b'0'..=b'9' | b'a'..=b'z', Expected::Value | Expected::ValueOrEnd) => {
                    self.next = Expected::CommaOrEnd;
                    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                    text[at..].iter().take_while(|byte| is_part(byte)).count()
                }
                _ => 0,
            };
            if length == 0 {
                return Step::Wrong;
            }
            at += length;
            if self.open.is_empty() {
                return Step::Ended(at);
            }
        }
        Step::GoesOn
    }

    fn close(&mut self) -> usize {
        self.open.pop();
        self.next = Expected::CommaOrEnd;
        1
    }
}

/// Length of a string with its quotes. 0 when it does not end on the line, which JSON does not allow.
fn text_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Items of a text: records as `line text`, rejections as `line !`.
    fn read_within(text: &str, limit: usize) -> Vec<String> {
        let mut documents = Documents::new(limit);
        let mut found = VecDeque::new();
        for (line, text) in text.split('\n').zip(1..).map(|(text, line)| (line, text.trim())) {
            if !text.is_empty() {
                documents.take(line, Bytes::copy_from_slice(text.as_bytes()), &mut found);
            }
        }
        documents.finish(&mut found);
        let told = found.into_iter().map(|found| match found {
            LineResult::Record(RawItem { json, line }) => format!("{line} {}", String::from_utf8_lossy(&json).replace('\n', "⏎")),
            LineResult::Rejected(RejectedLine { line, .. }) => format!("{line} !"),
        });
        told.collect()
    }

    fn read(text: &str) -> Vec<String> {
        read_within(text, 1 << 20)
    }

    #[test]
    fn records_are_found_however_they_are_laid_out() {
        let cases: &[(&str, &[&str])] = &[
            ("{\"a\":1}\n{\"a\":2}", &["1 {\"a\":1}", "2 {\"a\":2}"]),
            ("{\n  \"a\": [\n 1, 2 ],\n \"b\": {}\n}\n{\"a\":2}", &["1 {⏎\"a\": [⏎1, 2 ],⏎\"b\": {}⏎}", "6 {\"a\":2}"]),
            ("{\"a\":1}{\"a\":2} {\"a\":3}", &["1 {\"a\":1}", "1 {\"a\":2}", "1 {\"a\":3}"]),
            ("{\"a\":\"}{\"}", &["1 {\"a\":\"}{\"}"]),
            ("{\"a\":\"} {\\\"\"}{}", &["1 {\"a\":\"} {\\\"\"}", "1 {}"]),
            ("\u{1e}{\"a\":1}\n\u{1e}{\"a\":2}", &["1 {\"a\":1}", "2 {\"a\":2}"]),
            ("{\"a\":1}\u{1e}{\"a\":2}", &["1 {\"a\":1}", "1 {\"a\":2}"]),
            ("[{\"a\":1},{\"a\":2}]", &["1 [{\"a\":1},{\"a\":2}]"]),
            ("[\n{\"a\":1},\n{\n\"a\":2\n}\n]", &["2 {\"a\":1}", "3 {⏎\"a\":2⏎}"]),
            ("[{\"a\":1},\n{\"a\":2}]\n{\"a\":3}", &["1 {\"a\":1}", "2 {\"a\":2}", "3 {\"a\":3}"]),
            ("[{\"a\":1}][{\"a\":2}]", &["1 {\"a\":1}", "1 {\"a\":2}"]),
            ("{\"a\":{\n\"b\":1}}{\n}", &["1 {\"a\":{⏎\"b\":1}}", "2 {⏎}"]),
            ("[\n]", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), *expected, "{text}");
        }
    }

    #[test]
    fn what_breaks_off_is_one_rejection_and_whole_lines_after_it_are_read() {
        let cases: &[(&str, &[&str])] = &[
            // As records they are rejected where they are read.
            ("{\"a\":\"2026-\n{\"a\":2}", &["1 {\"a\":\"2026-", "2 {\"a\":2}"]),
            ("{\"a\":\n{\"a\":2}\n{\"a\":3}", &["1 !", "2 {\"a\":2}", "3 {\"a\":3}"]),
            ("{\"a\":1}\n{\"a\":", &["1 {\"a\":1}", "2 {\"a\":"]),
            ("{\"a\":1,\n{\"a\":2}", &["1 {\"a\":1,", "2 {\"a\":2}"]),
            ("not json\n{\"a\":2}", &["1 not json", "2 {\"a\":2}"]),
            ("{\"a\":1} x", &["1 {\"a\":1}", "1 x"]),
            ("[\n{\"a\":1},\n{\"a\":2}", &["2 {\"a\":1}", "3 {\"a\":2}", "1 !"]),
            ("[\n{\"a\":1}\n{\"a\":2}\n]", &["2 {\"a\":1}", "3 {\"a\":2}"]),
            ("{\n\"a\":1\n", &["1 !"]),
            ("{\n\"a\":1\n{\"b\":2}", &["1 !", "3 {\"b\":2}"]),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_record_that_is_too_long_is_passed_over_and_not_kept() {
        let long = format!("{{\n{}\"z\":1\n}}\n{{\"a\":2}}", "\"a\":1,\n".repeat(100));
        assert_eq!(read_within(&long, 100), ["1 !", "104 {\"a\":2}"]);
        assert_eq!(read_within(&long, 10_000).len(), 2);
        // A list is not one record: each of its elements is.
        let list = format!("[\n{}{{}}\n]", "{\"a\":1},\n".repeat(100));
        assert_eq!(read_within(&list, 100).len(), 101);
    }

    #[test]
    fn nesting_has_a_limit() {
        let deep = "{\"a\":\n".repeat(1000);
        assert!(read(&deep).len() <= 1000);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<i16>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
            "[a-z{}\\[\\]\",: \\\\]{0,6}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec(("[a-c{}\"]{1,3}", inner), 0..4)
                    .prop_map(|fields| json!(fields.into_iter().collect::<std::collections::BTreeMap<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_layout_gives_the_same_records(
            values in proptest::collection::vec(value().prop_map(|value| json!({ "v": value })), 1..5), layout in 0..5,
        ) {
            let pretty: Vec<String> = values.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect();
            let short: Vec<String> = values.iter().map(Value::to_string).collect();
            let text = match layout {
                0 => short.join("\n"),
                1 => short.concat(),
                2 => pretty.join("\n"),
                3 => pretty.concat(),
                _ => format!("[\n{}\n]", pretty.join(",\n")),
            };
            let read: Vec<Value> =
                read(&text).iter().map(|found| serde_json::from_str(&found.split_once(' ').unwrap().1.replace('⏎', "\n")).unwrap()).collect();
            prop_assert_eq!(read, values);
        }
    }
}
