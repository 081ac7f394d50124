//! Lists of names in a sentence. Pure.

/// Names that are listed in one sentence. More are counted.
const NAMED_AT_MOST: usize = 10;

/// The first few names.
pub fn few<Name: AsRef<str>>(names: &[Name]) -> String {
    let named = names.iter().take(NAMED_AT_MOST).map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED_AT_MOST) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_tenth_are_counted() {
        assert_eq!(few(&["acme", "beta"]), "`acme`, `beta`");
        let many: Vec<String> = (0..12).map(|number| format!("o{number}")).collect();
        assert!(few(&many).ends_with("`o9` and 2 more"), "{}", few(&many));
    }
}
