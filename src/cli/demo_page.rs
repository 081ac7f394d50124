//! The first screen: numbers, then how the run ended, then what to do next.

use std::path::Path;

use super::failure::{Failure, exit};
use super::overview;
use crate::figure::FigureRules;
use crate::reconcile::outcome::Outcome;
use crate::render;
use crate::render::number::counted;

/// The page for people, at most 80 columns wide unless a name is long. `data` is the folder of `--data`, when one is given.
pub(super) fn text(outcome: &Outcome, folder: &Path, data: Option<&Path>, rules: &FigureRules) -> Result<String, Failure> {
    let numbers = overview::numbers(folder, rules).map_err(|error| Failure::from_error(exit::FAILED, &error))?;
    let mut page = String::new();
    if !numbers.is_empty() {
        page += &format!("\n{}\n{}", render::overview::text(&numbers), render::overview::legend());
    }
    let data = data.map(|data| format!(" --data {}", data.display())).unwrap_or_default();
    page += &ending(outcome, &data);
    page += &next(&data, !numbers.is_empty());
    Ok(page)
}

/// End of the run in one or two lines; errors in full.
fn ending(outcome: &Outcome, data: &str) -> String {
    let (errors, notes) = render::outcome::errors_and_notes(outcome);
    let mut text = errors;
    text += &format!("\n{}\n", render::outcome::sentence(outcome));
    if notes > 0 {
        text += &format!("{}: pilotage runs last --demo{data}\n", counted(notes as u64, "note", "notes"));
    }
    text
}

/// Commands to go on with, each with what it shows.
fn next(data: &str, has_numbers: bool) -> String {
    let commands = [
        (true, "catalog list --demo", "entities that were written"),
        (has_numbers, "figures show active-people --demo", "active people, day by day"),
        (true, "runs --demo", "reports of past runs"),
    ];
    let mut text = "\nNext:\n".to_owned();
    for (_, command, about) in commands.iter().filter(|(is_shown, ..)| *is_shown) {
        text += &format!("  pilotage {:<36}{about}\n", format!("{command}{data}  "));
    }
    text + &format!("  pilotage {:<36}{}\n", "plan", "your own GitHub; writes nothing")
}
