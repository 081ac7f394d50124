//! `validate --explain CODE`: a section of the page about findings.

use crate::cli::console::{self, Written};
use crate::cli::failure::{Failure, exit};
use crate::mapping::codes;

const PAGE: &str = include_str!("../../../docs/findings.md");

/// Prints what the page says about a code.
pub(super) fn explain(code: &str) -> Result<u8, Failure> {
    let Some(section) = section(code) else {
        let failure = Failure::wrong(format!("there is no code `{code}`"));
        return Err(match codes::nearest_to(code) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => {
                failure.help(format!("the codes are {}", codes::ALL.iter().map(|(code, _)| *code).collect::<Vec<_>>().join(", ")))
            }
        });
    };
    console::data(Written::Page, &format!("{}\n", section.trim_end()))?;
    Ok(exit::DONE)
}

/// The section of a code, its heading included.
fn section(code: &str) -> Option<&'static str> {
    let start = PAGE.find(&format!("\n## `{code}`\n"))? + 1;
    let rest = PAGE.get(start..)?;
    Some(rest.split("\n## ").next().unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_section_and_only_its_own() {
        for (code, _) in codes::ALL {
            let section = section(code).unwrap_or_else(|| panic!("{code}"));
            assert!(section.starts_with(&format!("## `{code}`\n")) && section.matches("\n## ").count() == 0, "{section}");
            assert!(section.lines().count() > 3, "{section}");
        }
        assert!(section("no-such-code").is_none());
    }
}
