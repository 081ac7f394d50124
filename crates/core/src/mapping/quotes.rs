//! Single quotes that mean double quotes: a kindness of the mapping language, not of jq.

/// Turns single quotes that stand for double quotes into them, byte for byte, so that places stay the same.
///
/// A `'` at the start or after white space, and not before white space or `"`, is one; so is a `'` at the end or before
/// white space, and not after white space or `"`. `.a + '-' + .b` becomes `.a + "-" + .b`; `split('/')` stays as it is.
pub(super) fn quote_rewriting(source: &str) -> String {
    let mut rewritten = String::with_capacity(source.len());
    let mut before: Option<char> = None;
    // A closing quote takes the white space after it along, which therefore cannot open the next one.
    let mut taken = false;
    let mut characters = source.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        let touches = |neighbour: Option<char>| neighbour.is_none_or(|neighbour| !neighbour.is_whitespace() && neighbour != '"');
        let edge = |neighbour: Option<char>| neighbour.is_none_or(char::is_whitespace);
        let quote = character == '\'';
        let opens = quote && edge(before) && !taken && touches(after);
        let closes = quote && !opens && edge(after) && touches(before);
        rewritten.push(if opens || closes { '"' } else { character });
        taken = if quote { closes } else { taken && before == Some('\'') };
        before = Some(character);
    }
    rewritten
}

#[cfg(test)]
mod tests {
    use super::quote_rewriting;

    #[test]
    fn quotes_at_the_edges_of_words_become_double() {
        let cases = [
            ("'abc'", "\"abc\""),
            (".a + '-' + .b", ".a + \"-\" + .b"),
            ("split('/')", "split('/')"),
            (".a | split('/') | .[0]", ".a | split('/') | .[0]"),
            ("'a b' + .c", "\"a b\" + .c"),
            ("\"it's\"", "\"it's\""),
            ("\"a' b\"", "\"a\" b\""),
            ("' '", "\" '"),
            (".x == 'y'", ".x == \"y\""),
            ("'a' 'b'", "\"a\" 'b\""),
            ("'", "\""),
            ("", ""),
        ];
        for (source, expected) in cases {
            assert_eq!(quote_rewriting(source), expected, "{source}");
            assert_eq!(quote_rewriting(source).len(), source.len());
        }
    }
}
