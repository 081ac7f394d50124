//! Records of a file, each with the line on which it begins.
//!
//! A file is NDJSON when its first line is a whole JSON value, or its second is, after a damaged first one. Then every line is a
//! record, and memory is bounded by the longest line. Any other file is read whole, as one JSON value or several.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::model::item::RawItem;

/// Bytes of a line at most, and of a file that is not NDJSON.
pub(super) const RECORD_BYTES: u64 = 64 << 20;

/// A mark that some editors write at the beginning of a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A record, or what is in its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// A text that may be JSON.
    Json(RawItem),
    /// A line, or a file that is not NDJSON, of more than [`RECORD_BYTES`].
    TooLong {
        /// The line.
        line: u64,
    },
}

/// A file that is read record by record.
pub(super) struct Records {
    lines: Lines,
    /// Records that were read ahead.
    ahead: VecDeque<Record>,
}

impl Records {
    /// Opens a file, and reads its beginning.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut lines = Lines { file: BufReader::new(File::open(path)?), number: 0 };
        let mut ahead = VecDeque::new();
        let first = lines.next()?;
        let Some(first) = first else { return Ok(Self { lines, ahead }) };
        if is_value(&first, |_| true) {
            ahead.push_back(first);
            return Ok(Self { lines, ahead });
        }
        let second = lines.next()?;
        // A list or an object over several lines has such a first line.
        let may_go_on = matches!(&first, Record::Json(first) if matches!(first.json.last(), Some(b'[' | b'{' | b',' | b':')));
        let is_after_damage =
            !may_go_on && second.as_ref().is_some_and(|second| is_value(second, |first| matches!(first, b'{' | b'[')));
        match (first, second) {
            (Record::Json(first), Some(Record::Json(second))) if !is_after_damage => {
                ahead.extend(lines.document(first, &second)?);
            }
            (first, second) => ahead.extend(std::iter::once(first).chain(second)),
        }
        Ok(Self { lines, ahead })
    }

    /// The next record. None at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        match self.ahead.pop_front() {
            Some(record) => Ok(Some(record)),
            None => self.lines.next(),
        }
    }
}

/// Tells whether a record is a whole JSON value that begins in that way.
fn is_value(record: &Record, begins: impl Fn(u8) -> bool) -> bool {
    let Record::Json(RawItem { json, .. }) = record else { return false };
    json.first().is_some_and(|first| begins(*first)) && serde_json::from_slice::<IgnoredAny>(json).is_ok()
}

struct Lines {
    file: BufReader<File>,
    /// Number of the last line that was read.
    number: u64,
}

impl Lines {
    /// The next line that is not blank, without space around it.
    fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let mut line = Vec::new();
            if self.file.by_ref().take(RECORD_BYTES + 1).read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if line.len() as u64 > RECORD_BYTES && !line.ends_with(b"\n") {
                self.skip_line()?;
                return Ok(Some(Record::TooLong { line: self.number }));
            }
            let json = trimmed(&line, self.number);
            if !json.is_empty() {
                return Ok(Some(Record::Json(RawItem { json: Bytes::copy_from_slice(json), line: self.number })));
            }
        }
    }

    /// Reads past the end of the line.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.file.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            match buffer.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    self.file.consume(end + 1);
                    return Ok(());
                }
                None => {
                    let all = buffer.len();
                    self.file.consume(all);
                }
            }
        }
    }

    /// The values of a file whose lines are not records. `first` and `second` are its first lines.
    fn document(&mut self, first: RawItem, second: &RawItem) -> io::Result<Vec<Record>> {
        let start = first.line;
        let mut text = first.json.to_vec();
        text.resize(text.len() + usize::try_from(second.line - first.line).unwrap_or(1), b'\n');
        text.extend_from_slice(&second.json);
        text.push(b'\n');
        let limit = RECORD_BYTES.saturating_sub(text.len() as u64);
        self.file.by_ref().take(limit + 1).read_to_end(&mut text)?;
        if text.len() as u64 > RECORD_BYTES {
            return Ok(vec![Record::TooLong { line: start }]);
        }
        let text = Bytes::from(text);
        let mut values = serde_json::Deserializer::from_slice(&text).into_iter::<&RawValue>();
        let (mut records, mut line, mut counted) = (Vec::new(), start, 0);
        loop {
            let before = values.byte_offset();
            let begins = before + text[before..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            line += newlines(&text[counted..begins]);
            counted = begins;
            match values.next() {
                None => return Ok(records),
                Some(Ok(_)) => records.push(Record::Json(RawItem { json: text.slice(begins..values.byte_offset()), line })),
                // What follows is refused as one record, with the reason that whoever reads it finds.
                Some(Err(_)) => {
                    records.push(Record::Json(RawItem { json: text.slice(begins..), line }));
                    return Ok(records);
                }
            }
        }
    }
}

/// Number of line feeds.
pub(super) fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

fn trimmed(line: &[u8], number: u64) -> &[u8] {
    let line = if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
    line.trim_ascii()
}
