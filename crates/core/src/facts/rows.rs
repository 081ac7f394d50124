//! A row of a report about a whole organization or enterprise in parts, so that a figure reads those lists alone that it needs. A row is
//! ten times as long as what most figures read of it.

use crate::model::json_fields::JsonFields;

/// Fields that are parts of their own, if a row has them. The part of a field is 1 more than its place here, so places are for ever.
/// Part 0 is the rest of the row.
const FIELDS: [&str; 13] = [
    "totals_by_feature",
    "totals_by_language_feature",
    "totals_by_model_feature",
    "totals_by_cli",
    "totals_by_skill",
    "totals_by_mcp",
    "totals_by_custom_agent",
    "totals_by_slash_cmd",
    "totals_by_plugin",
    "totals_by_ai_adoption_phase",
    "pull_requests",
    "totals_by_ide",
    "totals_by_language_model",
];

/// The last part that a row can have.
pub const LAST_PART: usize = FIELDS.len();

/// The part in which a field is.
pub fn part_of(field: &str) -> usize {
    FIELDS.iter().position(|part| *part == field).map_or(0, |place| place + 1)
}

/// The parts of a row by their numbers, the first of which is there. A row that is no object, and one without any of these fields, is one
/// part as it is.
pub fn split(row: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let whole = || vec![(0, row.to_vec())];
    let Ok(JsonFields(fields)) = serde_json::from_slice::<JsonFields<'_>>(row) else { return whole() };
    if fields.iter().all(|(name, _)| part_of(name) == 0) {
        return whole();
    }
    let mut parts: Vec<Vec<u8>> = vec![Vec::new(); FIELDS.len() + 1];
    for (name, value) in fields {
        let part = &mut parts[part_of(&name)];
        if !part.is_empty() {
            part.push(b',');
        }
        part.extend_from_slice(serde_json::Value::from(name.as_ref()).to_string().as_bytes());
        part.push(b':');
        part.extend_from_slice(value.get().as_bytes());
    }
    parts[0] = [b"{", parts[0].as_slice(), b"}"].concat();
    parts.into_iter().enumerate().filter(|(place, part)| *place == 0 || !part.is_empty()).collect()
}

/// The row of these parts, of which the first is part 0. Its fields come in the order of the parts.
pub fn join<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut parts = parts.into_iter();
    let mut row = parts.next().unwrap_or_default().to_vec();
    for part in parts {
        // Only an object has further parts.
        row.truncate(row.trim_ascii_end().len().saturating_sub(1));
        if row.last() != Some(&b'{') {
            row.push(b',');
        }
        row.extend_from_slice(part);
        row.push(b'}');
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(row: &str, is_wanted: impl Fn(usize) -> bool) -> String {
        let parts = split(row.as_bytes());
        String::from_utf8(join(parts.iter().filter(|(part, _)| is_wanted(*part)).map(|(_, text)| text.as_slice()))).unwrap()
    }

    #[test]
    fn a_row_comes_back_with_the_same_fields_and_numbers_as_they_were_written() {
        let row = r#"{ "day": "2026-11-01", "totals_by_cli": {"a": 1.50}, "n\"": 1e3, "totals_by_feature": [ ], "x": null }"#;
        assert_eq!(
            joined(row, |_| true),
            r#"{"day":"2026-11-01","n\"":1e3,"x":null,"totals_by_feature":[ ],"totals_by_cli":{"a": 1.50}}"#
        );
        assert_eq!(joined(row, |part| part == 0), r#"{"day":"2026-11-01","n\"":1e3,"x":null}"#);
        assert_eq!(joined(r#"{"totals_by_cli":1}"#, |_| true), r#"{"totals_by_cli":1}"#);
        for same in [r#"{ "day": 1 }"#, "{}", "[]", "<html>", "", r#"{"totals_by_cli":1"#] {
            assert_eq!(joined(same, |_| true), same);
        }
    }
}
