//! Versions of editors and plug-ins from which on lines of code are reported.

use std::cmp::Ordering;

/// An editor in GitHub's table of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstReporting {
    /// Names of the editor in `totals_by_ide`.
    pub names: &'static [&'static str],
    /// The first version of the editor from which on every feature reports lines.
    pub editor: &'static str,
    /// The first version of its plug-in.
    pub plugin: &'static str,
}

/// GitHub's table, as of 2025-12: of the versions for each feature the highest, so that who has it reports lines of all of them.
///
/// Source: <https://docs.github.com/en/copilot/reference/copilot-usage-metrics/lines-of-code-metrics>. An editor without a row is
/// not in GitHub's table, so it is not known whether it reports.
pub const FIRST_REPORTING: &[FirstReporting] = &[
    FirstReporting { names: &["vscode"], editor: "1.104.0", plugin: "0.31.0" },
    FirstReporting { names: &["visualstudio", "visual_studio"], editor: "17.14.14", plugin: "18.0.471.29466" },
    FirstReporting { names: &["intellij", "jetbrains"], editor: "2024.2.6", plugin: "1.5.52-241" },
    FirstReporting { names: &["eclipse"], editor: "4.31", plugin: "0.11.0.202508291001" },
    FirstReporting { names: &["xcode"], editor: "15.2", plugin: "0.43.0" },
];

/// Whether an editor with these versions reports lines. None when it is not in the table, or neither version is known and can be
/// compared.
pub fn reports_lines(editor: &str, version: Option<&str>, plugin: Option<&str>) -> Option<bool> {
    let row = FIRST_REPORTING.iter().find(|row| row.names.iter().any(|name| name.eq_ignore_ascii_case(editor)))?;
    let reaches = |found: Option<&str>, first: &str| Some(compare(found?, first)? != Ordering::Less);
    match (reaches(version, row.editor), reaches(plugin, row.plugin)) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        // One of both is not known, and the other is enough.
        _ => None,
    }
}

/// Compares two versions number by number: `1.10` is after `1.9`. What follows a `-`, a `+` or a space is not looked at. None when
/// one of them has a part that is no number.
fn compare(one: &str, other: &str) -> Option<Ordering> {
    let (mut one, mut other) = (numbers(one)?, numbers(other)?);
    let length = one.len().max(other.len());
    one.resize(length, 0);
    other.resize(length, 0);
    Some(one.cmp(&other))
}

fn numbers(version: &str) -> Option<Vec<u64>> {
    let main = version.trim().trim_start_matches('v').split(['-', '+', ' ']).next()?;
    main.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number_and_both_are_needed() {
        let cases = [
            ("vscode", Some("1.104.0"), Some("0.31.0"), Some(true)),
            ("vscode", Some("1.99.3"), Some("0.31.0"), Some(false)),
            ("vscode", Some("1.110.0-insider"), Some("0.9.0"), Some(false)),
            ("vscode", Some("1.110.0"), None, None),
            ("vscode", Some("newest"), Some("0.40.0"), None),
            ("vscode", None, Some("0.2"), Some(false)),
            ("eclipse", Some("4.31"), Some("0.11.0.202508291001"), Some(true)),
            ("neovim", Some("0.11"), Some("1.0"), None),
        ];
        for (editor, version, plugin, expected) in cases {
            assert_eq!(reports_lines(editor, version, plugin), expected, "{editor} {version:?} {plugin:?}");
        }
    }
}
