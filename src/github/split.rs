//! Splits a stream of bytes into lines. Pure.
//!
//! Lines end at LF only. A line within one frame is a slice of it; only a line across frames is copied. A line longer than the
//! limit is skipped without being kept.

use std::ops::Range;

use bytes::{Buf, Bytes};

/// A line, without the LF at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SplitLine {
    /// Its bytes.
    Text(Bytes),
    /// A line longer than the limit.
    TooLong,
}

/// State between two frames.
#[derive(Debug)]
pub(super) struct LineSplitter {
    limit: usize,
    /// Beginning of a line whose end has not arrived.
    begun: Vec<u8>,
    /// That line is longer than the limit, so the rest of it is skipped.
    is_too_long: bool,
}

impl LineSplitter {
    /// Splitter at the beginning of a file.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, begun: Vec::new(), is_too_long: false }
    }

    /// Next line that ends within the frame. None when the frame is used up.
    pub(super) fn next(&mut self, frame: &mut Bytes) -> Option<SplitLine> {
        let Some(end) = memchr::memchr(b'\n', frame) else {
            self.begin(frame);
            frame.clear();
            return None;
        };
        let text = frame.split_to(end);
        frame.advance(1);
        if self.begun.is_empty() && !self.is_too_long {
            return Some(if text.len() > self.limit { SplitLine::TooLong } else { SplitLine::Text(text) });
        }
        self.begin(&text);
        Some(self.complete())
    }

    /// Last line of a file that does not end with LF.
    pub(super) fn finish(&mut self) -> Option<SplitLine> {
        (self.is_too_long || !self.begun.is_empty()).then(|| self.complete())
    }

    fn begin(&mut self, text: &[u8]) {
        self.is_too_long |= self.begun.len() + text.len() > self.limit;
        if self.is_too_long {
            self.begun = Vec::new();
        } else {
            self.begun.extend_from_slice(text);
        }
    }

    fn complete(&mut self) -> SplitLine {
        let text = std::mem::take(&mut self.begun);
        if std::mem::take(&mut self.is_too_long) { SplitLine::TooLong } else { SplitLine::Text(text.into()) }
    }
}

/// Record of a line: without surrounding white space, and with U+FFFD for bytes that are not UTF-8 and for escaped halves of
/// surrogate pairs. True when something was replaced.
pub(super) fn record(line: &Bytes) -> (Bytes, bool) {
    // White space of Unicode, and the byte order mark that some programs write first.
    let trim = |text: &str| -> Range<usize> {
        let is_space = |character: char| character.is_whitespace() || character == '\u{feff}';
        let start = text.len() - text.trim_start_matches(is_space).len();
        start..start + text[start..].trim_end_matches(is_space).len()
    };
    match simdutf8::compat::from_utf8(line) {
        Ok(text) => match mended(text) {
            None => (line.slice(trim(text)), false),
            Some(text) => {
                let range = trim(&text);
                (Bytes::from(text).slice(range), true)
            }
        },
        Err(_) => {
            let text = String::from_utf8_lossy(line);
            let text = mended(&text).unwrap_or_else(|| text.into_owned());
            let range = trim(&text);
            (Bytes::from(text).slice(range), true)
        }
    }
}

/// Text with U+FFFD for each escaped half of a surrogate pair, such as a cut emoji. None without such halves. Invalid JSON is
/// found later.
fn mended(text: &str) -> Option<String> {
    const ESCAPE: usize = "\\u0000".len();
    let unit = |at: usize| {
        let digits = text.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
    };
    let mut out = None::<String>;
    let (mut copied, mut at) = (0, 0);
    // Nearly no line has an escape, so the search is the one that looks at many bytes at once.
    while let Some(found) = memchr::memchr(b'\\', &text.as_bytes()[at..]) {
        at += found;
        match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + ESCAPE), Some(0xDC00..=0xDFFF)) => at += 2 * ESCAPE,
            Some(0xD800..=0xDFFF) => {
                let out = out.get_or_insert_default();
                out.push_str(&text[copied..at]);
                out.push_str("\\ufffd");
                at += ESCAPE;
                copied = at;
            }
            // Escapes are ASCII, or invalid.
            _ => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        }
    }
    out.map(|mut out| {
        out.push_str(&text[copied..]);
        out
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(frames: &[&[u8]], limit: usize) -> Vec<Option<String>> {
        let mut splitter = LineSplitter::new(limit);
        let mut lines = Vec::new();
        for frame in frames {
            let mut frame = Bytes::copy_from_slice(frame);
            while let Some(line) = splitter.next(&mut frame) {
                lines.push(line);
            }
            assert!(frame.is_empty());
        }
        lines.extend(splitter.finish());
        let text = |line| match line {
            SplitLine::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
            SplitLine::TooLong => None,
        };
        lines.into_iter().map(text).collect()
    }

    #[test]
    fn lines_end_at_lf_only_wherever_frames_end() {
        let text = |text: &str| Some(text.to_owned());
        type Frames<'a> = &'a [&'a [u8]];
        let cases: [(Frames<'_>, Vec<_>); 6] = [
            (&[b"a\nb\n"], vec![text("a"), text("b")]),
            (&[b"a\nb"], vec![text("a"), text("b")]),
            (&[b"a", b"b", b"\n", b"\n", b"c\r\n"], vec![text("ab"), text(""), text("c\r")]),
            (&[b"a\rb\x0b\x0c\xe2\x80\xa8c\n"], vec![text("a\rb\u{b}\u{c}\u{2028}c")]),
            (&[b"", b"\n"], vec![text("")]),
            (&[], vec![]),
        ];
        for (frames, expected) in cases {
            assert_eq!(lines(frames, 100), expected, "{frames:?}");
        }
    }

    #[test]
    fn a_line_past_the_limit_is_passed_over_and_the_next_one_is_not() {
        let frames: &[&[u8]] = &[b"abc\nabcd\n", b"ab", b"cd", b"e\nx\n", b"abcd"];
        assert_eq!(lines(frames, 3), [Some("abc".into()), None, None, Some("x".into()), None]);
    }

    #[test]
    fn a_record_is_trimmed_and_repaired() {
        let cases: &[(&[u8], &str, bool)] = &[
            (b"{}", "{}", false),
            (b" {} \r", "{}", false),
            (b"\xef\xbb\xbf{\"a\": 1}\t", "{\"a\": 1}", false),
            ("\u{a0}\u{2003}{}\u{85}".as_bytes(), "{}", false),
            (b" \t\r", "", false),
            (b"", "", false),
            (b" {\"a\":\"\xff\"} ", "{\"a\":\"\u{fffd}\"}", true),
            (br#"{"a":"x\ud83d"} "#, r#"{"a":"x\ufffd"}"#, true),
            (br#"{"a":"\uDE00\ud83d\uD83D\ude00"}"#, r#"{"a":"\ufffd\ufffd\uD83D\ude00"}"#, true),
            (br#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#, false),
            (br#"{"a":"\\ud83d"}"#, r#"{"a":"\\ud83d"}"#, false),
            (br#"{"a":"\\\ud83d"}"#, r#"{"a":"\\\ufffd"}"#, true),
            (b"{\"a\":\"\xff\\udfff\"}", "{\"a\":\"\u{fffd}\\ufffd\"}", true),
        ];
        for (line, expected, was_broken) in cases {
            let (record, repaired) = record(&Bytes::copy_from_slice(line));
            assert_eq!((std::str::from_utf8(&record).unwrap(), repaired), (*expected, *was_broken), "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_where_frames_end(text in "[a-c\n]{0,40}", cuts in proptest::collection::vec(0_usize..40, 0..6)) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let bounds: Vec<_> = std::iter::once(0).chain(cuts).chain([text.len()]).collect();
            let frames: Vec<_> = bounds.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
            for limit in [2, 100] {
                prop_assert_eq!(lines(&frames, limit), lines(&[text.as_bytes()], limit));
            }
        }
    }
}
