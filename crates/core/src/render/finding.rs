//! Findings about a mapping: as text for people, in the manner of a compiler, and as JSON. For code scanning they are
//! [`sarif`], for a GitHub Actions run [`github`].

pub mod github;
pub mod sarif;

use std::fmt::Write;

use serde_json::{Value, json};

use crate::mapping::codes;
use crate::mapping::finding::{Excerpt, Finding, Location, Severity};
use crate::model::escape;

/// The longest excerpt, in characters; a longer line is cut around the part that is meant.
const EXCERPT_WIDTH: usize = 120;
/// Characters that stay before the part when the line is cut.
const EXCERPT_LEAD: usize = 40;

/// One finding, without colour, ending with a line end:
///
/// ```text
/// error[mapping-syntax]: the jq expression does not compile
///   --> copilot.yaml:13:54
///    |  daily_active_users: .daily_active_users |
///    |                                           ^ expected a term
///    = resources[2].port.entity.mappings.properties.daily_active_users
/// help: remove the trailing `|`, or say what it feeds
/// see: docs/findings.md#mapping-syntax
/// ```
pub fn text(finding: &Finding) -> String {
    let mut text = String::new();
    let name = finding.severity.name();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name}[{}]: {}", finding.code, escape::text(&finding.message));
    if let Some(location) = &finding.location {
        place(&mut text, location, finding.label.as_deref());
    }
    if let Some(help) = &finding.help {
        let _ = writeln!(text, "help: {}", escape::text(help));
    }
    let _ = writeln!(text, "see: {}", codes::link(finding.code));
    text
}

fn place(text: &mut String, location: &Location, label: Option<&str>) {
    let file = escape::text(&location.file);
    let _ = match (location.line, location.column) {
        (Some(line), Some(column)) => writeln!(text, "  --> {file}:{line}:{column}"),
        _ => writeln!(text, "  --> {file}"),
    };
    if let Some(excerpt) = &location.excerpt {
        let (line, start, width) = shown(excerpt);
        let carets = "^".repeat(width);
        let label = label.map(|label| format!(" {}", escape::text(label))).unwrap_or_default();
        let _ = writeln!(text, "   |  {line}");
        let _ = writeln!(text, "   |  {}{carets}{label}", " ".repeat(start));
    }
    if !location.path.is_empty() {
        let _ = writeln!(text, "   = {}", escape::text(&location.path));
    }
}

/// The line as it is printed, and where in it the part begins and how long it is, in characters. Indentation is left out.
fn shown(excerpt: &Excerpt) -> (String, usize, usize) {
    let indentation = excerpt.text.chars().take_while(|letter| letter.is_whitespace()).count();
    let indentation = indentation.min(excerpt.start);
    let length = excerpt.text.chars().count();
    let whole = length - indentation.min(length) <= EXCERPT_WIDTH;
    let from = if whole { indentation } else { indentation.max(excerpt.start.saturating_sub(EXCERPT_LEAD)) };
    // One character in place of each, so that the caret stays under what is meant.
    let printable = |letter: char| match letter {
        '\t' => ' ',
        letter if escape::is_hostile(letter) => char::REPLACEMENT_CHARACTER,
        letter => letter,
    };
    let part = excerpt.text.chars().skip(from).take(EXCERPT_WIDTH).map(printable);
    let mut line: String = if from > indentation { "…".to_owned() } else { String::new() };
    let lead = line.chars().count();
    line.extend(part);
    if length > from + EXCERPT_WIDTH {
        line.push('…');
    }
    let start = excerpt.start - from + lead;
    let room = line.chars().count().saturating_sub(start).max(1);
    (escape::text(line.trim_end()).into_owned(), start, excerpt.width.clamp(1, room))
}

/// Number of findings by severity, as a closing line: `2 errors, 1 warning`. None without findings.
pub fn counts(findings: &[Finding]) -> Option<String> {
    let of = |severity: Severity| {
        let count = findings.iter().filter(|finding| finding.severity == severity).count();
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {}{plural}", severity.name()))
    };
    let all: Vec<_> = [Severity::Error, Severity::Warning, Severity::Note].into_iter().filter_map(of).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// Findings as a page for people, and how many there are of each severity in which files.
pub fn report(files: &[&str], findings: &[Finding]) -> String {
    let mut page: String = findings.iter().map(|finding| format!("{}\n", text(finding))).collect();
    let files = match files {
        [file] => escape::text(file).into_owned(),
        files => format!("{} files", files.len()),
    };
    let _ = writeln!(page, "checked {files}: {}", counts(findings).as_deref().unwrap_or("nothing wrong"));
    let fixes = findings.iter().filter(|finding| finding.fix.is_some()).count();
    if fixes > 0 {
        let _ = writeln!(page, "{fixes} of them can be corrected with --fix");
    }
    page
}

/// Findings for programs: how many there are of each severity, and each with its place.
pub fn json(findings: &[Finding]) -> Value {
    let of = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let all: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut json = serde_json::to_value(finding).unwrap_or_default();
            json["see"] = Value::from(codes::link(finding.code));
            json
        })
        .collect();
    json!({
        "errors": of(Severity::Error),
        "warnings": of(Severity::Warning),
        "notes": of(Severity::Note),
        "findings": all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn finding(line: &str, start: usize, width: usize) -> Finding {
        Finding::error("mapping-syntax", "the jq expression does not compile")
            .at(Location {
                file: "copilot.yaml".to_owned(),
                line: Some(13),
                column: Some(start + 1),
                path: "resources[2].port".to_owned(),
                excerpt: Some(Excerpt { text: line.to_owned(), start, width }),
            })
            .label("expected a term")
            .help("remove the trailing `|`")
    }

    #[test]
    fn a_finding_reads_like_a_compilers() {
        let expected = "\
error[mapping-syntax]: the jq expression does not compile
  --> copilot.yaml:13:14
   |  daily: .daily |
   |               ^ expected a term
   = resources[2].port
help: remove the trailing `|`
see: docs/findings.md#mapping-syntax
";
        assert_eq!(text(&finding("    daily: .daily |", 17, 1)).replace(":13:18", ":13:14"), expected);
    }

    #[test]
    fn a_long_line_is_cut_around_the_part_and_a_tab_is_one_column() {
        let line = format!("{}\tWRONG{}", "é".repeat(300), "x".repeat(300));
        let printed = text(&finding(&line, 301, 5));
        let lines: Vec<Vec<char>> = printed.lines().map(|line| line.chars().collect()).collect();
        let caret = lines[3].iter().position(|letter| *letter == '^').unwrap();
        let under: String = lines[2].iter().skip(caret).take(5).collect();
        assert_eq!(under, "WRONG");
        assert!(lines[2].len() < 140);
        assert!(!printed.contains('\t'));
    }

    #[test]
    fn severities_are_counted_worst_first() {
        let all = [Finding::note("a", ""), Finding::error("b", ""), Finding::error("c", "")];
        assert_eq!(counts(&all).as_deref(), Some("2 errors, 1 note"));
        assert_eq!(counts(&[]), None);
    }
}
