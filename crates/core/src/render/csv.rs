//! Fields of comma-separated values.

/// A text as one field. Quoted where it has to be; a first character that spreadsheets take for a formula is put behind a quote.
pub fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A line of fields that are written already.
pub fn line(fields: &[String]) -> String {
    format!("{}\n", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_where_it_must_be_and_is_no_formula() {
        for (text, expected) in [
            ("acme", "acme"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("@sum,1", "\"'@sum,1\""),
        ] {
            assert_eq!(field(text), expected);
        }
    }
}
