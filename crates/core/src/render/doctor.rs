//! A diagnosis as text: each server with its facts and checks, then the problems, then the result.

use crate::model::diagnosis::{Check, CheckResult, CheckedServer, Diagnosis, DiagnosisResult, Fact, Problem};
use crate::model::escape;
use crate::render::number::counted;
use crate::render::table::{Align, Table};
use crate::render::wrap::COLUMNS;

/// Indentation of checks below their server.
const INDENT: usize = 2;

/// Text of a diagnosis.
pub fn text(diagnosis: &Diagnosis) -> String {
    let mut text: String = diagnosis.places.iter().map(|place| of_place(place, &diagnosis.problems)).collect();
    for (index, problem) in diagnosis.problems.iter().enumerate() {
        text.push_str(&of_problem(index + 1, problem, diagnosis));
    }
    text.push_str(&conclusion(diagnosis));
    text
}

fn of_place(place: &CheckedServer, problems: &[Problem]) -> String {
    let mut text = format!("{}: {}\n", escape::line(heading(place.name)), escape::text(&place.address));
    let width = place.facts.iter().map(|fact| fact.name.len()).max().unwrap_or_default();
    for Fact { name, value } in &place.facts {
        text.push_str(&wrapped(&format!("  {name:width$}  "), &escape::text(value)));
    }
    if place.checks.is_empty() {
        return text + "\n";
    }
    let has_scopes = place.checks.iter().any(|check| !check.scope.is_empty());
    let has_status = place.checks.iter().any(|check| check.status.is_some());
    let mut columns = vec![("", Align::Left)];
    columns.extend(has_scopes.then_some(("scope", Align::Left)));
    // A request is long, and goes to a line of its own where the terminal is narrow.
    match has_status {
        true => columns.extend([("status", Align::Right), ("for", Align::Left), ("", Align::Left), ("", Align::Left)]),
        false => columns.extend([("check", Align::Left), ("for", Align::Left), ("", Align::Left)]),
    }
    let mut table = Table::new(columns);
    for check in &place.checks {
        let mut row = vec![result(check).to_owned()];
        row.extend(has_scopes.then(|| check.scope.clone()));
        let (subject, gives, note) = (check.subject.clone(), check.gives.clone(), note(check, problems));
        let status = check.status.map(|status| status.to_string()).unwrap_or_default();
        match has_status {
            true => row.extend([status, gives, note, subject]),
            false => row.extend([subject, gives, note]),
        }
        table = table.row(row);
    }
    text.push('\n');
    for line in table.fitted(COLUMNS - INDENT).lines() {
        text.push_str(format!("  {line}").trim_end());
        text.push('\n');
    }
    text + "\n"
}

fn heading(name: &str) -> &str {
    if name == "catalog" { "Catalog" } else { name }
}

fn result(check: &Check) -> &'static str {
    match check.result {
        CheckResult::Works => "ok",
        CheckResult::Missing if check.is_needed => "FAILED",
        CheckResult::Missing => "failed",
        CheckResult::Unreachable => "NO ANSWER",
        CheckResult::Skipped => "skipped",
    }
}

fn note(check: &Check, problems: &[Problem]) -> String {
    let numbers: Vec<String> =
        check.problems.iter().filter(|number| **number <= problems.len()).map(ToString::to_string).collect();
    match numbers.is_empty() {
        true => check.note.clone().unwrap_or_default(),
        false => {
            let unneeded = if check.is_needed { "" } else { ", not needed by the mapping" };
            format!("see {}{unneeded}", numbers.join(", "))
        }
    }
}

fn of_problem(number: usize, problem: &Problem, diagnosis: &Diagnosis) -> String {
    let indent = " ".repeat(number.to_string().len() + 2);
    let summary = format!("{} [{}]", escape::text(&problem.summary), problem.error.name());
    let mut text = wrapped(&format!("{number}. "), &summary);
    let mut line = |name: &str, value: &str| text.push_str(&wrapped(&format!("{indent}{name:8}"), &escape::text(value)));
    let concerned =
        diagnosis.places.iter().flat_map(|place| &place.checks).filter(|check| check.problems.contains(&number)).count();
    if concerned > 1 {
        line("affects", &counted(concerned as u64, "check", "checks"));
    }
    if let Some(said) = &problem.said {
        line("answer", said);
    }
    if let Some(place) = &problem.place {
        line("at", place);
    }
    line("fix", &problem.remedy);
    if let Some(page) = &problem.page {
        line("page", page);
    }
    // The command is one line, so that it can be copied.
    if let Some(curl) = &problem.curl {
        text.push_str(&format!("{indent}{:8}{}\n", "curl", escape::text(curl)));
    }
    text + "\n"
}

fn conclusion(diagnosis: &Diagnosis) -> String {
    let needed = diagnosis.problems.iter().filter(|problem| problem.is_needed).count() as u64;
    let others = diagnosis.problems.len() as u64 - needed;
    let others = if others == 0 {
        String::new()
    } else {
        format!(" ({} that the mapping does not need)", counted(others, "other check failed", "other checks failed"))
    };
    let sentence = match diagnosis.verdict {
        DiagnosisResult::Well => {
            format!("All checks that the mapping needs passed{others}. Nothing was changed.")
        }
        DiagnosisResult::Missing => {
            format!("{} to fix for this mapping{others}. Nothing was changed.", counted(needed, "problem", "problems"))
        }
        DiagnosisResult::Unreachable => "No answer, so nothing can be read or written. Nothing was changed.".to_owned(),
    };
    wrapped("", &sentence)
}

/// Wraps words to the line width; further lines are indented to the start of the first line's text.
fn wrapped(beginning: &str, words: &str) -> String {
    let indent = " ".repeat(beginning.len());
    let mut text = beginning.to_owned();
    let mut width = beginning.len();
    for (index, word) in words.split_whitespace().enumerate() {
        let length = word.chars().count();
        if index > 0 && width + 1 + length > COLUMNS {
            text.push_str(&format!("\n{indent}"));
            width = indent.len();
        } else if index > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += length;
    }
    text + "\n"
}
