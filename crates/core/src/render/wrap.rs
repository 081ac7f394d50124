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

/// A page with its longer lines broken between words. Further lines are indented by two more than the first. Lines that are no prose
/// stay: quoted lines of a file, and commands to be copied.
pub fn rewrapped(page: &str, width: usize) -> String {
    page.split_inclusive('\n').map(|line| rewrapped_line(line, width)).collect()
}

fn rewrapped_line(line: &str, width: usize) -> String {
    let text = line.trim_end_matches('\n');
    let prose = text.trim_start_matches(' ');
    let indent = text.len() - prose.len();
    let is_kept = ["|  ", "curl "].iter().any(|beginning| prose.starts_with(beginning));
    if text.chars().count() <= width || is_kept {
        return line.to_owned();
    }
    let mut wrapped = " ".repeat(indent);
    let (mut at, mut is_first) = (indent, true);
    // Words keep the spaces before them, so that columns stay where a line is not broken.
    for word in prose.split_inclusive(' ') {
        let length = word.trim_end_matches(' ').chars().count();
        if !is_first && at + length > width {
            wrapped.truncate(wrapped.trim_end_matches(' ').len());
            wrapped.push_str(&format!("\n{:1$}", "", indent + 2));
            at = indent + 2;
        }
        wrapped.push_str(word);
        at += word.chars().count();
        is_first = false;
    }
    wrapped + &line[text.len()..]
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
    fn longer_lines_of_a_page_are_broken_and_the_rest_stays() {
        let page = "short\n\n  one two three four five\n   |  one two three four five\n  curl one two three four five\nabcdefghijklmnopqrst u";
        let expected = "short\n\n  one two\n    three\n    four five\n   |  one two three four five\n  curl one two three four five\nabcdefghijklmnopqrst\n  u";
        assert_eq!(rewrapped(page, 13), expected);
        assert_eq!(rewrapped(page, 99), page);
    }

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
