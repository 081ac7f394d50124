//! Findings as annotations of a GitHub Actions run: lines that the runner shows beside the changed file.
//!
//! Documented at <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

use std::fmt::Write;

use crate::mapping::codes;
use crate::mapping::finding::{Finding, Severity};
use crate::model::escape;

/// One line for each finding, in the order given. GitHub shows at most ten of each severity per step.
pub fn annotations(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let _ = write!(text, "::{command} ");
        if let Some(location) = &finding.location {
            let _ = write!(text, "file={},", escape::command_property(&location.file));
            if let (Some(line), Some(column)) = (location.line, location.column) {
                let _ = write!(text, "line={line},col={column},");
            }
            if let (Some(column), Some(excerpt)) = (location.column, &location.excerpt) {
                let _ = write!(text, "endColumn={},", column + excerpt.width);
            }
        }
        let _ = writeln!(text, "title={}::{}", escape::command_property(finding.code), escape::command_data(&message(finding)));
    }
    text
}

/// Message, label, help and link of a finding, on a line each.
pub(super) fn message(finding: &Finding) -> String {
    let label = finding.label.as_ref().map(|label| format!(": {label}")).unwrap_or_default();
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("{}{label}{help}\nsee: {}", finding.message, codes::link(finding.code))
}

#[cfg(test)]
mod tests {
    use super::super::tests::finding;
    use super::*;

    #[test]
    fn an_annotation_is_one_line_whatever_the_finding_holds() {
        let all = [finding("daily: .daily |", 14, 1), Finding::note("no-resources", "100 % nothing\nat all")];
        let expected = "\
::error file=copilot.yaml,line=13,col=15,endColumn=16,title=mapping-syntax::the jq expression does not compile: expected a term%0Ahelp: remove the trailing `|`%0Asee: docs/findings.md#mapping-syntax
::notice title=no-resources::100 %25 nothing%0Aat all%0Asee: docs/findings.md#no-resources
";
        assert_eq!(annotations(&all), expected);
    }

    #[test]
    fn a_file_name_cannot_end_a_property() {
        let mut finding = finding("x", 0, 1);
        if let Some(location) = &mut finding.location {
            location.file = "C:\\a,b.yaml".to_owned();
        }
        assert!(annotations(&[finding]).starts_with("::error file=C%3A\\a%2Cb.yaml,line=13,"));
    }
}
