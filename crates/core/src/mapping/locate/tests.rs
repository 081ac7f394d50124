//! Places of one part of an expression, in every style of a scalar.

use proptest::prelude::*;

use super::*;
use crate::mapping::file::{Expression, Mapping};

/// A mapping whose selector is written as given, indented like the file.
fn mapping(selector: &str) -> String {
    format!(
        "# Über é\nresources:\n  - kind: k\n    selector:\n      query: {selector}\n    port: {{entity: {{mappings: {{identifier: .id, blueprint: .b}}}}}}\n"
    )
}

fn selector(text: &str) -> Expression {
    let (mapping, findings) = Mapping::read(text, "m.yaml");
    mapping.unwrap_or_else(|| panic!("{text}\n{findings:#?}")).resources[0].selector.query.clone()
}

/// Line, column, and what is underlined, of the first `part` of the expression.
fn underlined(expression: &Expression, part: &str) -> (usize, usize, String) {
    let start = expression.text.find(part).unwrap();
    let location = expression.location_of(&(start..start + part.len()));
    let excerpt = location.excerpt.unwrap();
    let text = excerpt.text.chars().skip(excerpt.start).take(excerpt.width).collect();
    (location.line.unwrap(), location.column.unwrap(), text)
}

#[test]
fn a_part_of_an_expression_is_found_in_every_scalar_style() {
    let cases: &[(&str, &str, (usize, usize, &str))] = &[
        (".é + WRONG", "WRONG", (5, 19, "WRONG")),
        ("&anchor !!str .é + WRONG", "WRONG", (5, 33, "WRONG")),
        (".a +\n         .b +\n         WRONG # a comment", "WRONG", (7, 10, "WRONG")),
        (".a +\n\n         WRONG", "WRONG", (7, 10, "WRONG")),
        ("'it''s é WRONG'", "WRONG", (5, 23, "WRONG")),
        ("'a\n\n         b WRONG'", "WRONG", (7, 12, "WRONG")),
        (r#""a \"q\" \u00e9\n\x41 WRONG""#, "WRONG", (5, 36, "WRONG")),
        ("\"a \\\n         b \\\n         \\ WRONG\"", "WRONG", (7, 12, "WRONG")),
        ("\"a  \n         b   \n         WRONG\"", "WRONG", (7, 10, "WRONG")),
        ("|\n         [\n           .é,\n\n           WRONG\n         ]", "WRONG", (9, 12, "WRONG")),
        ("|-\n\n\n         é\n          WRONG", "WRONG", (9, 11, "WRONG")),
        ("|2-\n         .a\n          WRONG", "WRONG", (7, 11, "WRONG")),
        (">\n         .a\n         .b\n\n           more\n           é WRONG\n         .c", "WRONG", (10, 14, "WRONG")),
        (">-\n         .a |\n         WRONG\n", "WRONG", (7, 10, "WRONG")),
    ];
    for (written, part, (line, column, text)) in cases {
        let expression = selector(&mapping(written));
        assert_eq!(underlined(&expression, part), (*line, *column, (*text).to_owned()), "{written}\n{:?}", expression.text);
    }
}

#[test]
fn the_end_of_an_expression_is_the_place_after_its_last_character() {
    let cases = [
        (".a |", (5, 18)),
        ("'.a |'", (5, 19)),
        ("\".a |\"", (5, 19)),
        ("|-\n         .a\n         | # x |", (7, 17)),
        (">\n         .a |\n", (6, 14)),
        ("|+\n         .a |\n\n", (6, 14)),
    ];
    for (written, place) in cases {
        let expression = selector(&mapping(written));
        let end = expression.text.len();
        let location = expression.location_of(&(end..end));
        assert_eq!((location.line.unwrap(), location.column.unwrap()), place, "{written}");
    }
}

#[test]
fn an_alias_points_at_what_is_written_and_its_path_at_where_it_is_used() {
    let text = "x-shared: &query '.a |'\nresources:\n  - kind: k\n    selector: {query: *query}\n    port: {entity: {mappings: {identifier: .id, blueprint: .b}}}\n";
    let expression = selector(text);
    let location = expression.location_of(&(4..4));
    assert_eq!((location.line, location.column), (Some(1), Some(23)));
    assert_eq!(location.path, "resources[0].selector.query");
}

#[test]
fn merged_keys_count_unless_they_are_written() {
    let text = "x-base: &base {identifier: .id, blueprint: .b}\nresources:\n  - kind: k\n    selector: {query: .x}\n    port: {entity: {mappings: {<<: *base, blueprint: .own}}}\n";
    let (mapping, findings) = Mapping::read(text, "m.yaml");
    assert_eq!(findings, []);
    assert_eq!(mapping.unwrap().resources[0].port.entity.mappings.blueprint.text, ".own");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_move_nothing() {
    let text = mapping("|-\n         [\n           WRONG\n         ]").replace('\n', "\r\n");
    let expression = selector(&format!("\u{feff}{text}"));
    assert_eq!(expression.text, "[\n  WRONG\n]");
    assert_eq!(underlined(&expression, "WRONG"), (7, 12, "WRONG".to_owned()));
}

#[test]
fn what_is_not_yaml_is_one_finding_at_its_place() {
    let deep = format!("a: {}", "[".repeat(100_000));
    let bomb = (1..30)
        .fold("l0: &l0 [x, x]\n".to_owned(), |text, level| format!("{text}l{level}: &l{level} [*l{0}, *l{0}]\n", level - 1));
    let cases: &[(&str, &str, Option<usize>)] = &[
        ("a: 1\n\tb: 2\n", "yaml-tab", Some(2)),
        ("a:\n  - b\n\t- c\n", "yaml-tab", Some(3)),
        ("a: [1, 2\nb: 3\n", "not-yaml", Some(2)),
        ("a: 'x\n\n\n", "not-yaml", Some(1)),
        ("a: *nothing\n", "not-yaml", Some(1)),
        ("a: &a [*a]\n", "not-yaml", Some(1)),
        ("a: %x\n", "not-yaml", Some(1)),
        ("a: 1\n---\nb: 2\n", "several-documents", Some(2)),
        ("? [a, b]\n: c\n", "wrong-type", Some(1)),
        (&deep, "too-large", Some(1)),
        (&bomb, "too-large", None),
        (&"# long\n".repeat(200_000), "too-large", None),
    ];
    for (text, code, line) in cases {
        let (tree, findings) = read(text, "m.yaml");
        let start: String = text.chars().take(40).collect();
        assert!(tree.is_none(), "{start}");
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [*code], "{start}: {findings:#?}");
        let location = findings[0].location.as_ref().unwrap();
        assert!(line.is_none() || location.line == *line, "{start}: {location:?}");
    }
}

proptest! {
    /// Whatever the indentation and the style, a word of the expression is underlined where it stands.
    #[test]
    fn the_indentation_changes_and_the_figures_follow(
        words in prop::collection::vec("[a-z]{1,6}|é+|\\.[a-z]+", 1..12),
        breaks in prop::collection::vec(any::<bool>(), 12),
        chosen in any::<prop::sample::Index>(),
        indent in 1_usize..9,
        style in 0_usize..6,
    ) {
        let words: Vec<String> = words.iter().enumerate().map(|(index, word)| format!("{word}{index}")).collect();
        let inner = " ".repeat(4 + indent);
        let mut body = String::new();
        let mut places = Vec::new();
        let (mut line, mut column) = (0_usize, 0_usize);
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                if breaks[index] {
                    body.push_str(&format!("\n{inner}"));
                    line += 1;
                    column = 0;
                } else {
                    body.push(' ');
                    column += 1;
                }
            }
            places.push((line, column));
            body.push_str(word);
            column += word.chars().count();
        }
        let (before, after, block) = match style {
            0 => ("", "", false),
            1 => ("'", "'", false),
            2 => ("\"", "\"", false),
            3 => ("|", "", true),
            4 => ("|-", "", true),
            _ => (">-", "", true),
        };
        let written = if block { format!("{before}\n{inner}{body}") } else { format!("{before}{body}{after}") };
        let text = format!("resources:\n- kind: k\n  selector:\n    query: {written}\n  port: {{entity: {{mappings: {{identifier: .id, blueprint: .b}}}}}}\n");
        let expression = selector(&text);
        let index = chosen.index(words.len());
        let (line, column) = places[index];
        let first = if block { inner.len() } else { 4 + "query: ".len() + before.len() };
        let column = column + if line == 0 { first } else { inner.len() };
        let expected = (4 + line + usize::from(block), column + 1, words[index].clone());
        prop_assert_eq!(underlined(&expression, &words[index]), expected);
    }

    /// No text, however broken, makes reading panic, and every finding's excerpt holds its part.
    #[test]
    fn any_text_is_read_without_panic(text in "[a-z:\\-\\[\\]{}&*!|>'\"%@`#,? \\n\\té\u{feff}]{0,80}") {
        let (_, findings) = Mapping::read(&text, "m.yaml");
        for finding in findings {
            let excerpt = finding.location.unwrap().excerpt;
            if let Some(excerpt) = excerpt {
                prop_assert!(excerpt.start <= excerpt.text.chars().count());
            }
        }
    }
}
