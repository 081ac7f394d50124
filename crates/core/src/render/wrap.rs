//! Text in lines of a terminal's width.

/// The width of the narrowest terminal that output is made for.
pub const COLUMNS: usize = 80;

/// The words of a text in lines of at most [`COLUMNS`], each ending with a line feed; a longer word has a line of its own. Lines
/// but the first begin with `indent` spaces.
pub fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > COLUMNS {
            lines += &format!("\n{:indent$}{word}", "");
            width = indent + length;
        } else {
            let space = if width > 0 { " " } else { "" };
            lines += &format!("{space}{word}");
            width += space.len() + length;
        }
    }
    lines + "\n"
}

/// Width of the labels of [`labelled`], with the space behind them.
const LABEL: usize = 11;

/// A text behind a label, wrapped so that its lines stand below each other.
pub fn labelled(label: &str, text: &str) -> String {
    let mut words = wrapped(&format!("{} {text}", ".".repeat(LABEL - 1)), LABEL);
    words.replace_range(..LABEL.min(words.len()), &format!("{label:<LABEL$}"));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_lose_none() {
        let word = "x".repeat(30);
        let text = format!("{word} {word} {word} {}", "y".repeat(90));
        let expected = format!("{word} {word}\n  {word}\n  {}\n", "y".repeat(90));
        assert_eq!(wrapped(&text, 2), expected);
        assert_eq!(wrapped("a  b", 0), "a b\n");
        assert_eq!(wrapped(&"z".repeat(80), 4), format!("{}\n", "z".repeat(80)));
    }
}
