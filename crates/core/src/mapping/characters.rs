//! Characters that look like others, or like nothing: no-break and zero-width spaces, typographic quotes and dashes. They come
//! with copied text.

use super::codes;
use super::finding::{Finding, Fix};
use super::tree::SourceFile;

/// A character that is not what it seems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LookAlike {
    /// Name for people.
    pub(super) name: &'static str,
    /// Plain text in its place; empty for a character that is left out.
    pub(super) meant: &'static str,
}

/// Name and plain form of a character that looks like another one, or is invisible.
pub(super) fn look_alike(letter: char) -> Option<LookAlike> {
    let (name, meant) = match letter {
        '\u{a0}' => ("no-break space", " "),
        '\u{202f}' => ("narrow no-break space", " "),
        '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}' | '\u{3000}' => ("typographic space", " "),
        '\u{85}' | '\u{2028}' | '\u{2029}' => ("line separator", " "),
        '\u{200b}' => ("zero-width space", ""),
        '\u{200c}' | '\u{200d}' => ("zero-width joiner", ""),
        '\u{2060}' => ("word joiner", ""),
        '\u{feff}' => ("byte order mark", ""),
        '\u{ad}' => ("soft hyphen", ""),
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ("direction mark", ""),
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '＂' => ("typographic quote", "\""),
        '‘' | '’' | '‚' | '‛' | '′' | '＇' => ("typographic quote", "\""),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' => ("typographic dash", "-"),
        '×' => ("multiplication sign", "*"),
        '÷' => ("division sign", "/"),
        '≠' => ("sign of inequality", "!="),
        '≤' => ("sign", "<="),
        '≥' => ("sign", ">="),
        '：' => ("wide colon", ":"),
        '，' => ("wide comma", ","),
        '（' => ("wide parenthesis", "("),
        '）' => ("wide parenthesis", ")"),
        _ => return None,
    };
    Some(LookAlike { name, meant })
}

/// True for a character that is invisible or looks like a space.
pub(super) fn is_unseen(letter: char) -> bool {
    look_alike(letter).is_some_and(|alike| alike.meant.trim().is_empty())
}

/// A character for people: `U+00A0 (a no-break space)`.
pub(super) fn named(letter: char) -> String {
    let code = format!("U+{:04X}", u32::from(letter));
    look_alike(letter).map_or_else(|| code.clone(), |alike| format!("{code} (a {})", alike.name))
}

/// The text as it was meant.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match look_alike(letter) {
            Some(alike) => plain.push_str(alike.meant),
            None => plain.push(letter),
        }
    }
    plain
}

/// Unseen characters where YAML reads structure: in the indentation, in a key, around its colon. One finding for each line.
pub(super) fn in_structure(source: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let structure = line.get(..structure(line)).unwrap_or("");
        // A mark at the very beginning says how the file is encoded.
        let at_first = |at: usize, letter: char| start + at == 0 && letter == '\u{feff}';
        let found: Vec<(usize, char)> =
            structure.char_indices().filter(|(at, letter)| is_unseen(*letter) && !at_first(*at, *letter)).collect();
        if let Some((at, letter)) = found.first().copied() {
            let edits = found.iter().map(|(at, letter)| {
                let meant = look_alike(*letter).map_or("", |alike| alike.meant);
                let at = start + at;
                super::finding::Edit { start: at, end: at + letter.len_utf8(), text: meant.to_owned() }
            });
            let fix = Fix { edits: edits.collect() };
            findings.push(finding(letter).at(source.location(start + at..start + at + letter.len_utf8(), "")).fix(Some(fix)));
        }
        start += line.len();
    }
    findings
}

/// A finding about an unseen character, without its place.
pub(super) fn finding(letter: char) -> Finding {
    let is_space = look_alike(letter).is_some_and(|alike| alike.meant == " ");
    let (message, help) = match is_space {
        true => (format!("{} stands where YAML wants a space", named(letter)), "write a plain space in its place"),
        false => (format!("{} stands here, which nobody sees", named(letter)), "remove it"),
    };
    Finding::error(codes::INVISIBLE_CHARACTER, message).help(help)
}

/// Bytes of a line up to its value: indentation, dashes, key, colon and the space after it. A comment has no structure.
fn structure(line: &str) -> usize {
    let is_blank = |letter: char| letter == ' ' || is_unseen(letter);
    let indentation = line.find(|letter: char| !is_blank(letter) && letter != '-').unwrap_or(line.len());
    let rest = line.get(indentation..).unwrap_or("");
    if rest.starts_with('#') || rest.trim().is_empty() {
        return 0;
    }
    let key = rest
        .find(|letter: char| !(letter.is_alphanumeric() || "_-$".contains(letter) || is_unseen(letter)))
        .unwrap_or(rest.len());
    let Some(after) = rest.get(key..).and_then(|rest| rest.strip_prefix(':')) else {
        return indentation;
    };
    indentation + key + 1 + (after.len() - after.trim_start_matches(is_blank).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unseen_characters_are_found_in_structure_and_nowhere_else() {
        let table: &[(&str, Option<(usize, usize)>)] = &[
            ("a: b", None),
            ("\u{feff}a: b", None),
            ("a:\u{a0}b", Some((1, 3))),
            ("a\u{200b}: b", Some((1, 2))),
            ("x: 1\n  \u{a0}a: b", Some((2, 3))),
            ("-\u{a0}kind: b", Some((1, 2))),
            ("# a\u{a0}comment: b", None),
            ("title: '\"a\u{a0}b\"'", None),
            ("\u{a0}\n", None),
        ];
        for (text, expected) in table {
            let found = in_structure(&SourceFile::new("m.yaml", text));
            let told: Vec<_> = found.iter().map(|finding| finding.location.as_ref().unwrap()).collect();
            let told = told.first().map(|location| (location.line.unwrap(), location.column.unwrap()));
            assert_eq!(told, *expected, "{text:?}");
        }
        let text = "a:\u{a0}b\u{200b}\nc\u{200b}: d";
        let fixes: Vec<_> =
            in_structure(&SourceFile::new("m.yaml", text)).into_iter().filter_map(|finding| finding.fix).collect();
        assert_eq!(fixes[0].apply(text).unwrap(), "a: b\u{200b}\nc\u{200b}: d");
        assert_eq!(fixes[1].apply(text).unwrap(), "a:\u{a0}b\u{200b}\nc: d");
    }
}
