//! Comparison with tables of libjq 1.8.2's answers: regular expressions with Oniguruma 6.9, times with the GNU C library 2.36,
//! numbers read by Python 3.11.

// A test that cannot run Python prints so.
#![allow(clippy::print_stderr)]

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn rows(table: &str) -> Vec<Vec<Json>> {
    table.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The first output, or null for an error.
fn answer(source: &str, input: &Json) -> Json {
    let input = Value::from_json(input);
    let (outputs, failure) = compile(source).all(&input, &run(), 1);
    match (outputs.first(), failure) {
        (Some(output), None) => output.to_json(),
        _ => Json::Null,
    }
}

/// Pattern, flags, text, and the matches: offset, length, text, then name, offset and text of each group; null for an error.
#[test]
fn regular_expressions_are_oniguruma_s() {
    on_evaluation_stack(|| {
        let mut wrong = Vec::new();
        for row in rows(include_str!("../../tests/regexes.ndjson")) {
            let source = format!(
                "[match({}; {}) | [.offset, .length, .string] + [.captures[] | [.name, .offset, .string]]]",
                row[0], row[1]
            );
            let got = answer(&source, &row[2]);
            if got != row[3] {
                wrong.push(format!("{} {} {}: {got}, not {}", row[0], row[1], row[2], row[3]));
            }
        }
        assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    });
}

/// Filter, format, input, output; null for an error.
#[test]
fn times_are_written_and_read_as_by_the_c_library() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("../../tests/dates.ndjson")) {
        let source = format!("{}({})", row[0].as_str().unwrap(), row[1]);
        let got = answer(&source, &row[2]);
        if got != row[3] {
            wrong.push(format!("{source} {}: {got}, not {}", row[2], row[3]));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

fn through_python(number: &str) -> String {
    let value = Value::parse_through_python(number.as_bytes(), None).unwrap();
    let output = compile("tostring").first(&value, &run()).unwrap().unwrap();
    output.as_str().unwrap().to_owned()
}

#[test]
fn numbers_behind_python_have_its_text() {
    let table = include_str!("../../tests/numbers-through-python.txt");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for row in rows {
        let (number, text) = row.split_once(' ').unwrap();
        assert_eq!(through_python(number), text, "{number}");
        let item = format!("{{\"a\":{{\"b\":[{number}]}},\"c\":0.10}}");
        let keys = ["a"].into_iter().collect();
        let item = Value::parse_through_python(item.as_bytes(), Some(&keys)).unwrap();
        let joined = compile(".a.b[0] | \"\\(.)\"").first(&item, &run());
        assert_eq!(joined.unwrap().unwrap().as_str(), Some(text), "{number}");
        count += 1;
    }
    assert!(count >= 300, "{count}");
}

/// Python's spelling of each number; none where Python is not installed.
fn python(numbers: &[String]) -> Option<Vec<String>> {
    let program = "import json,sys\nfor line in sys.stdin: print(json.dumps(json.loads(line)))";
    let mut child = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut lines = numbers.join("\n");
    lines.push('\n');
    child.stdin.take()?.write_all(lines.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    (output.status.success() && lines.len() == numbers.len()).then_some(lines)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// A number is read as jq reads Python's spelling of it.
    #[test]
    fn any_number_has_the_text_that_python_gives_it(
        numbers in proptest::collection::vec("-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", 200),
    ) {
        let Some(written) = python(&numbers) else {
            eprintln!("skipped: there is no python3 that could be asked");
            return Ok(());
        };
        for (number, written) in numbers.iter().zip(&written) {
            let expected = match written.as_str() {
                "Infinity" => "1.7976931348623157e+308".to_owned(),
                "-Infinity" => "-1.7976931348623157e+308".to_owned(),
                other => compile("tostring")
                    .first(&value(other), &run())
                    .unwrap()
                    .and_then(|text| text.as_str().map(str::to_owned))
                    .unwrap(),
            };
            prop_assert_eq!(through_python(number), expected, "{}", number);
        }
    }
}

#[test]
fn half_of_a_surrogate_pair_is_mended() {
    for (text, expected) in [
        (r#""a\ud83d""#, "a\u{fffd}"),
        (r#""\ude00b""#, "\u{fffd}b"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
        (r#""\ud83dx""#, "\u{fffd}x"),
        (r#""\ud83d\n""#, "\u{fffd}\n"),
    ] {
        assert_eq!(value(text).as_str(), Some(expected), "{text}");
    }
    assert!(Value::parse(br#""\ud83""#).is_err());
}

#[test]
fn what_a_pattern_cannot_be_is_told_without_a_text_to_match() {
    assert_eq!(check_pattern("[[:alpha:]&&/]", Some("gx")), Ok(()));
    for (pattern, flags, message) in [
        ("[0-9", None, "Regex failure: premature end of char-class"),
        ("(", None, "Regex failure: end pattern with unmatched parenthesis"),
        ("*", None, "Regex failure: target of repeat operator is not specified"),
        ("(?<=a|bc)", None, "Regex failure: invalid pattern in look-behind"),
        ("a", Some("q"), "q is not a valid modifier string"),
    ] {
        assert_eq!(check_pattern(pattern, flags), Err(message.to_owned()), "{pattern}");
    }
}

#[test]
fn texts_of_github_are_matched_as_in_jq() {
    on_evaluation_stack(|| {
        let cases = [
            (r#"ascii_downcase | gsub("[^[:alnum:]]+"; "-")"#, "Zürich Plattform", "zürich-plattform"),
            (r#"[scan("[[:upper:]]")] | join("")"#, "Équipe [R&D] à-côté", "ÉRD"),
            (r#"capture("(?<x>[^[]*)").x"#, "Équipe [R&D] à-côté", "Équipe "),
            (r#"gsub("[&&/]"; "and")"#, "Équipe [R&D] à-côté", "Équipe [RandD] à-côté"),
            (r#"gsub("\\055"; "_")"#, "à-côté", "à_côté"),
            (r#"match("[a-z]+"; "l").string"#, "Zürich Plattform", "lattform"),
            (
                r#"[match("\\X"; "g").string] | join("|")"#,
                "e\u{301}\u{1f1e9}\u{1f1ea}\u{1f469}\u{200d}\u{1f4bb}",
                "e\u{301}|\u{1f1e9}\u{1f1ea}|\u{1f469}\u{200d}\u{1f4bb}",
            ),
            (r#"sub("ss"; "+"; "i")"#, "Straße", "Stra+e"),
            (r#"[match("\\y"; "g").offset] | map(tostring) | join(" ")"#, "ae\u{301}b", "0 1 3 4"),
        ];
        for (source, text, expected) in cases {
            assert_eq!(answer(source, &json!(text)), json!(expected), "{source}");
        }
    });
}
