//! Items from text that a person hands in: one JSON value, a list of them, or one on each line.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::model::item::RawItem;

/// The items of a text: the elements of a JSON list, counted from 1; or one JSON value, whatever lines it takes; or else one
/// for each line that is not blank, by its line number. Whether each of the latter is JSON shows when it is mapped.
pub fn items(text: &str) -> Vec<RawItem> {
    let item = |line: usize, json: &str| RawItem { json: Bytes::copy_from_slice(json.as_bytes()), line: line as u64 };
    let trimmed = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if trimmed.starts_with('[')
        && let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(trimmed)
    {
        return list.iter().enumerate().map(|(index, value)| item(index + 1, value.get())).collect();
    }
    if serde_json::from_str::<&RawValue>(trimmed).is_ok() {
        return vec![item(1, trimmed)];
    }
    let lines = text.trim_start_matches('\u{feff}').split('\n').map(str::trim).enumerate();
    lines.filter(|(_, line)| !line.is_empty()).map(|(index, line)| item(index + 1, line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_a_list_and_lines_are_told_apart() {
        let cases: &[(&str, &[(u64, &str)])] = &[
            ("{\"a\":\n 1}\n", &[(1, "{\"a\":\n 1}")]),
            (" [{\"a\": 1}, 2 ]", &[(1, "{\"a\": 1}"), (2, "2")]),
            ("{\"a\":1}\r\n\n {\"a\":2} \n{", &[(1, "{\"a\":1}"), (3, "{\"a\":2}"), (4, "{")]),
            ("\u{feff}{}\n{}", &[(1, "{}"), (2, "{}")]),
            ("", &[]),
            ("[]", &[]),
        ];
        for (text, expected) in cases {
            let items = items(text);
            let told: Vec<_> = items.iter().map(|item| (item.line, std::str::from_utf8(&item.json).unwrap())).collect();
            assert_eq!(told, *expected, "{text}");
        }
    }
}
