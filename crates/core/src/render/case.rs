//! Results of a mapping's test cases, as text and as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::mapping::case::{CaseResult, Difference};
use crate::model::escape;

/// Result of a case, with its file.
#[derive(Clone, Debug)]
pub struct ReportedCase {
    /// The test file.
    pub file: String,
    /// Result of the case.
    pub result: CaseResult,
    /// Set if its expectation was rewritten.
    pub updated: bool,
}

/// Text with a line for each case below its file, the differences of a failed case below it, and the counts last.
///
/// ```text
/// copilot.test.yaml
///   ok    an organization's day
///   FAIL  a team's day
///           properties.total_active_users
///             - 5
///             + null
///             = the expression gives null: the item has no key `total_active_user`; did you mean `total_active_users`?
/// 1 passed, 1 failed
/// ```
pub fn report(all: &[ReportedCase]) -> String {
    let mut text = String::new();
    let mut file = None;
    // Writing to a String cannot fail.
    for told in all {
        if file != Some(&told.file) {
            let _ = writeln!(text, "{}", escape::line(&told.file));
            file = Some(&told.file);
        }
        let how = match told.result.passed() {
            _ if told.updated => "new ",
            true => "ok  ",
            false => "FAIL",
        };
        let _ = writeln!(text, "  {how}  {}", escape::text(&told.result.name));
        for difference in told.result.differences.iter().filter(|_| !told.updated) {
            text.push_str(&as_lines(difference));
        }
    }
    let (passed, failed) = counts(all);
    let _ = writeln!(text, "{passed} passed, {failed} failed");
    // A path is alone on its line, so it could begin with a workflow command.
    escape::page(&text).into_owned()
}

/// JSON with the same content.
pub fn json(all: &[ReportedCase]) -> Value {
    let (passed, failed) = counts(all);
    let case = |told: &ReportedCase| {
        json!({
            "file": told.file,
            "name": told.result.name,
            "passed": is_good(told),
            "updated": told.updated,
            "differences": told.result.differences,
            "entities": told.result.entities,
        })
    };
    json!({"passed": passed, "failed": failed, "cases": all.iter().map(case).collect::<Vec<_>>()})
}

/// Numbers of passed cases, with those that were rewritten, and of failed cases.
pub fn counts(all: &[ReportedCase]) -> (usize, usize) {
    let passed = all.iter().filter(|told| is_good(told)).count();
    (passed, all.len() - passed)
}

fn is_good(told: &ReportedCase) -> bool {
    told.updated || told.result.passed()
}

fn as_lines(difference: &Difference) -> String {
    let mut lines = String::new();
    if !difference.path.is_empty() {
        let _ = writeln!(lines, "          {}", escape::text(&difference.path));
    }
    let _ = writeln!(
        lines,
        "            - {}\n            + {}",
        escape::json(&difference.expected),
        escape::json(&difference.actual)
    );
    if let Some(why) = &difference.why {
        let _ = writeln!(lines, "            = {}", escape::text(why));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, differences: Vec<Difference>, updated: bool) -> ReportedCase {
        let result = CaseResult { name: name.to_owned(), differences, entities: Vec::new() };
        ReportedCase { file: "copilot.test.yaml".to_owned(), result, updated }
    }

    fn difference(path: &str, why: Option<&str>) -> Difference {
        Difference { path: path.to_owned(), expected: "5".to_owned(), actual: "null".to_owned(), why: why.map(str::to_owned) }
    }

    #[test]
    fn a_failure_shows_what_was_expected_what_came_and_why() {
        let all = [
            told("a day", Vec::new(), false),
            told("another", vec![difference("properties.users", Some("no key")), difference("", None)], false),
            told("golden", vec![difference("", None)], true),
        ];
        let expected = "\
copilot.test.yaml
  ok    a day
  FAIL  another
          properties.users
            - 5
            + null
            = no key
            - 5
            + null
  new   golden
2 passed, 1 failed
";
        assert_eq!(report(&all), expected);
        assert_eq!(json(&all)["failed"], 1);
    }
}
