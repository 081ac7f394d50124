//! Quotes around a value in environment files: `docker --env-file` and similar readers pass `TOKEN="x"` on with its quotes.

/// Removes the quotes around a value, with the white space around them. None if there are none, or if the quotes belong to the
/// content, as in `"a","b"`.
pub fn unquoted(value: &str) -> Option<String> {
    let value = value.trim();
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let inside = value.strip_prefix(quote)?.strip_suffix(quote)?;
    // JSON in double quotes has its inner quotes escaped.
    let escaped = format!("\\{quote}");
    let without_escaped = inside.replace(&escaped, "");
    (!without_escaped.contains(quote)).then(|| inside.replace(&escaped, &quote.to_string()))
}

/// Removes the quotes around a comma-separated list, or around each of its items. None if there are none.
pub fn unquoted_list(list: &str) -> Option<String> {
    if let Some(inside) = unquoted(list) {
        return Some(inside);
    }
    let items: Vec<Option<String>> = list.split(',').map(unquoted).collect();
    if items.iter().all(Option::is_none) {
        return None;
    }
    let items = items.into_iter().zip(list.split(',')).map(|(inside, item)| inside.unwrap_or_else(|| item.to_owned()));
    Some(items.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_around_a_value_are_taken_off_and_those_inside_stay() {
        let table = [
            ("\"ghp_x\"", Some("ghp_x")),
            ("'ghp_x'", Some("ghp_x")),
            (" \"0 */6 * * *\" ", Some("0 */6 * * *")),
            ("'{\"type\":\"ONCE\"}'", Some("{\"type\":\"ONCE\"}")),
            ("\"{\\\"type\\\":\\\"ONCE\\\"}\"", Some("{\"type\":\"ONCE\"}")),
            ("\"C:\\temp\"", Some("C:\\temp")),
            ("\"\"", Some("")),
            ("ghp_x", None),
            ("\"ghp_x", None),
            ("ghp_x\"", None),
            ("\"ghp_x'", None),
            ("\"", None),
            ("", None),
            ("\"a\",\"b\"", None),
            ("[\"a\",\"b\"]", None),
        ];
        for (value, expected) in table {
            assert_eq!(unquoted(value).as_deref(), expected, "{value}");
        }
        assert_eq!(unquoted_list("\"a\", 'b' ,c").as_deref(), Some("a,b,c"));
        assert_eq!(unquoted_list("\"a,b\"").as_deref(), Some("a,b"));
        assert_eq!(unquoted_list("a,b"), None);
    }
}
