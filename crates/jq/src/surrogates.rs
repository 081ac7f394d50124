//! Surrogate pairs in the strings of an expression: jq reads `"\ud83d\ude00"` as one character, the library not at all.

use std::ops::Range;

/// A source with its pairs replaced by the characters they stand for, and the way back to the original.
pub(super) struct Surrogates {
    pub(super) text: String,
    /// Byte after each replacement in the new text, and in the original.
    after: Vec<(usize, usize)>,
}

impl Surrogates {
    pub(super) fn resolve(source: &str) -> Self {
        let mut text = String::with_capacity(source.len());
        let mut after = Vec::new();
        let mut at = 0;
        while let Some(next) = source[at..].find('\\') {
            let escape = at + next;
            text.push_str(&source[at..escape]);
            if let Some(character) = pair(&source[escape..]) {
                text.push(character);
                at = escape + 12;
                after.push((text.len(), at));
            } else {
                // Whatever is escaped, a backslash above all, does not begin an escape itself.
                let end = source[escape + 1..]
                    .chars()
                    .next()
                    .map_or(escape + 1, |escaped| escape + 1 + escaped.len_utf8());
                text.push_str(&source[escape..end]);
                at = end;
            }
        }
        text.push_str(&source[at..]);
        Self { text, after }
    }

    /// The same place in the original.
    pub(super) fn original(&self, span: Range<usize>) -> Range<usize> {
        self.byte(span.start)..self.byte(span.end)
    }

    fn byte(&self, at: usize) -> usize {
        match self.after.iter().rev().find(|(new, _)| *new <= at) {
            Some((new, original)) => original + (at - new),
            None => at,
        }
    }
}

fn pair(text: &str) -> Option<char> {
    let unit = |from: usize| {
        let digits = text.get(from..from + 6)?.strip_prefix("\\u")?;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
            .then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let (high, low) = (unit(0)?, unit(6)?);
    let is_pair = (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low);
    is_pair.then(|| char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)))?
}

#[cfg(test)]
mod tests {
    use super::Surrogates;

    #[test]
    fn a_place_after_a_pair_is_found_again_in_the_original() {
        let source = r#""\ud83d\ude00" | nope, "\ud83d\ude01" | nap"#;
        let resolved = Surrogates::resolve(source);
        assert_eq!(resolved.text, "\"😀\" | nope, \"😁\" | nap");
        for word in ["nope", "nap"] {
            let at = resolved.text.find(word).unwrap();
            assert_eq!(&source[resolved.original(at..at + word.len())], word);
        }
    }

    #[test]
    fn an_escaped_backslash_does_not_begin_a_pair() {
        let source = r#""\\ud83d\ude00""#;
        assert_eq!(Surrogates::resolve(source).text, source);
    }
}
