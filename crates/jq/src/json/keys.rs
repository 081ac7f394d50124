//! Reads only some keys of an object, and skips the others with the same strictness.

use crate::json::strict::{StrictReader, StrictResult};
use crate::number::Number;
use crate::val::Text;

/// Keys of an object that are to be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeySet {
    /// Keys by length, which already distinguishes most of them.
    by_length: Vec<Vec<Text>>,
    count: usize,
}

impl KeySet {
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// The key of that text, shared.
    fn find(&self, text: &str) -> Option<Text> {
        self.by_length.get(text.len())?.iter().find(|key| key.as_str() == text).cloned()
    }
}

impl<'a> FromIterator<&'a str> for KeySet {
    fn from_iter<I: IntoIterator<Item = &'a str>>(keys: I) -> Self {
        let mut all = Self::default();
        for key in keys {
            if all.by_length.len() <= key.len() {
                all.by_length.resize(key.len() + 1, Vec::new());
            }
            if all.find(key).is_none() {
                all.by_length[key.len()].push(Text::new(key));
                all.count += 1;
            }
        }
        all
    }
}

impl StrictReader<'_> {
    /// Reads a key, and returns it if it is one of `keys`.
    pub(crate) fn key_among(&mut self, keys: &KeySet) -> StrictResult<Option<Text>> {
        let start = self.at + 1;
        if let Some(end) = self.plain(start)? {
            self.at = end + 1;
            return Ok(keys.find(&self.text[start..end]));
        }
        let key = self.string()?;
        Ok(keys.find(key.as_str()))
    }

    /// Skips a value, which must be as valid as one that is kept.
    pub(crate) fn pass_over(&mut self, depth: usize) -> StrictResult<()> {
        match self.peek() {
            Some(b'"') => self.pass_over_string(),
            Some(b'-' | b'0'..=b'9') => self.pass_over_number(),
            Some(b'{') => self.pass_over_object(depth),
            Some(b'[') => self.pass_over_array(depth),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(_) => Err("expected a value"),
            None => Err("unexpected end of the text"),
        }
    }

    fn pass_over_array(&mut self, depth: usize) -> StrictResult<()> {
        self.open(depth)?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.pass_over(depth + 1)?;
            if self.ends(b']')? {
                return Ok(());
            }
        }
    }

    fn pass_over_object(&mut self, depth: usize) -> StrictResult<()> {
        self.open(depth)?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            match self.peek() {
                Some(b'"') => self.pass_over_string()?,
                Some(_) => return Err("expected a key in double quotes"),
                None => return Err("unexpected end of the text"),
            }
            self.colon()?;
            self.pass_over(depth + 1)?;
            if self.ends(b'}')? {
                return Ok(());
            }
        }
    }

    fn pass_over_number(&mut self) -> StrictResult<()> {
        let start = self.at;
        // Only an exponent can exceed the range of numbers.
        let is_held = !self.skip_number()? || Number::parse(&self.text[start..self.at]).is_some();
        if is_held { Ok(()) } else { Err("invalid number") }
    }

    fn pass_over_string(&mut self) -> StrictResult<()> {
        match self.plain(self.at + 1)? {
            Some(end) => self.at = end + 1,
            None => drop(self.string()?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::json::strict::{Numbers, read, read_keys};
    use crate::val::{Map, Val};

    /// The whole object without the other keys: the expected result of reading only `keys`.
    fn only(keys: &[&str], whole: Val) -> Val {
        match whole {
            Val::Object(fields) => {
                let kept = fields.map().iter().filter(|(key, _)| keys.contains(&key.as_str()));
                Val::object(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map>())
            }
            other => other,
        }
    }

    fn check(text: &[u8], keys: &[&str]) {
        for numbers in [Numbers::AsWritten, Numbers::ThroughPython] {
            let whole = read(text, numbers).map(|whole| only(keys, whole).to_text());
            let some = read_keys(text, &keys.iter().copied().collect(), numbers);
            let some = some.map(|some| some.to_text());
            assert_eq!(some, whole, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn what_is_passed_over_is_refused_with_the_same_words_at_the_same_place() {
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        let values = [
            "1",
            "-",
            "01",
            "1.",
            "1.5e",
            "1e99999999999999999999",
            "-0.5e+7",
            "tru",
            "true",
            "nul",
            "null",
            "false",
            "\"\"",
            "\"a",
            "\"\\q\"",
            "\"\\ud83d\"",
            "\"\\ud83d\\ude00\"",
            "\"\u{1}\"",
            "\"\u{1}",
            "\"12345678\\n\"",
            "\"a\u{1}\\\"",
            "[",
            "[]",
            "[1,]",
            "[1 2]",
            "{",
            "{}",
            "{\"a\"}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1]",
            "",
            "x",
            "[1}",
            "\"a long text ä with ö letters\"",
        ];
        for value in values.iter().map(|value| (*value).to_owned()).chain([deep(126), deep(127), deep(128)]) {
            for text in [
                format!("{{\"x\":{value},\"wanted\":2}}"),
                format!("{{\"wanted\":{value},\"x\":{value}}}"),
                format!("{{\"wanted\":1,\"x\":{{\"y\":[{value}]}}}} "),
                format!("{{\"w\\u0061nted\":{value},\"wanted\":3}}x"),
                value.clone(),
            ] {
                check(text.as_bytes(), &["wanted"]);
                check(text.as_bytes(), &[]);
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_of_json_s_letters_is_read_or_refused_alike(text in "[{}\\[\\]:,\"ab\\\\u0e1\\-. tn]{0,40}") {
            check(text.as_bytes(), &["a", "ab"]);
            check(format!("{{\"a\":{text}}}").as_bytes(), &["b"]);
        }

        #[test]
        fn any_bytes_are_read_or_refused_alike(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            check(&bytes, &["a"]);
            let quoted = [b"{\"b\":\"".as_slice(), &bytes, b"\",\"a\":1}"].concat();
            check(&quoted, &["a"]);
        }
    }
}
