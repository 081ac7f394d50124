//! Makes the changes that findings are certain of, one after the other.

use super::finding::{Finding, Severity};

/// Changes of one file, more than anyone makes by hand.
const MOST: usize = 500;

/// A text after its changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// The text. What no change touches is as it was, byte for byte.
    pub text: String,
    /// The findings that are gone, in the order in which they were dealt with.
    pub gone: Vec<Finding>,
}

/// Makes every change that removes its finding and breaks nothing. `find` says what is wrong with a text.
pub fn fixed(text: &str, mut find: impl FnMut(&str) -> Vec<Finding>) -> Fixed {
    let mut fixed = Fixed { text: text.to_owned(), gone: Vec::new() };
    let mut findings = find(&fixed.text);
    while fixed.gone.len() < MOST {
        let next = findings.iter().find_map(|finding| {
            let changed = finding.fix.as_ref()?.apply(&fixed.text).filter(|changed| *changed != fixed.text)?;
            let after = find(&changed);
            (is_gone(finding, &after) && keeps_readable(&findings, &after)).then(|| (finding.clone(), changed, after))
        });
        let Some((finding, changed, after)) = next else { break };
        fixed.gone.push(finding);
        (fixed.text, findings) = (changed, after);
    }
    fixed
}

fn is_gone(finding: &Finding, after: &[Finding]) -> bool {
    let line = |finding: &Finding| finding.location.as_ref().and_then(|location| Some((location.line?, location.column?)));
    let same = |other: &Finding| {
        (other.code, &other.message, other.path(), line(other)) == (finding.code, &finding.message, finding.path(), line(finding))
    };
    !after.iter().any(same)
}

/// True when a fix leaves the file readable, or when the file could not be read before. Behind an error of the file as a whole,
/// further errors may appear.
fn keeps_readable(before: &[Finding], after: &[Finding]) -> bool {
    let is_whole = |finding: &&Finding| finding.severity == Severity::Error && finding.path().is_empty();
    let errors = |findings: &[Finding]| findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let had = before.iter().filter(is_whole).count();
    let has = after.iter().filter(is_whole).count();
    if had > 0 { has <= had } else { has == 0 && errors(after) <= errors(before) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::finding::Fix;

    /// Every `x` is an error, and every `y` a warning; what they become is up to the fix.
    fn find(text: &str, meant: &str) -> Vec<Finding> {
        let letters = text.char_indices().filter(|(_, letter)| "xy".contains(*letter));
        let found = letters.map(|(at, letter)| {
            let location = crate::mapping::finding::Location {
                file: String::new(),
                line: Some(1),
                column: Some(at + 1),
                path: "p".to_owned(),
                excerpt: None,
            };
            let finding = if letter == 'x' { Finding::error("a", "x") } else { Finding::warning("b", "y") };
            finding.at(location).fix(Some(Fix::replace(at..at + 1, meant)))
        });
        found.collect()
    }

    #[test]
    fn every_change_that_removes_its_finding_is_made() {
        let fixed = fixed("axbycx", |text| find(text, "-"));
        assert_eq!((fixed.text.as_str(), fixed.gone.len()), ("a-b-c-", 3));
    }

    #[test]
    fn a_change_that_does_not_help_or_makes_it_worse_is_not_made() {
        assert_eq!(fixed("axb", |text| find(text, "x")).text, "axb");
        assert_eq!(fixed("ayb", |text| find(text, "x")).text, "ayb");
        assert_eq!(fixed("axb", |text| find(text, "xx")).text, "axb");
    }
}
