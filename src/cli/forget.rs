//! `pilotage forget`: removes a person from the data folder, for good.

use super::console::{self, Written, talk};
use super::demo;
use super::failure::{Failure, exit};
use super::flags::ForgetFlags;
use super::people;
use super::process::Process;
use super::tools;
use crate::model::escape;
use crate::privacy::folder;
use crate::privacy::removal::{self, Removal};
use crate::render::number::counted;
use crate::settings::{CatalogChoice, Settings};

pub(super) fn run(process: &Process, flags: &ForgetFlags) -> Result<u8, Failure> {
    let settings = process.settings(process.common.overrides(None, false))?;
    let folder = demo::folder(settings.data.clone(), flags.demo);
    let login = flags.user.trim();
    if login.is_empty() || login.chars().any(|character| character.is_whitespace() || character == '/') {
        return Err(Failure::wrong(format!("`{login}` is no login"))
            .help("name one person by the login that GitHub has, or by an e-mail address"));
    }
    if !folder.is_dir() {
        return Err(Failure::wrong(format!("there is no data folder {}", folder.display())).help("name it with --data"));
    }
    let rules = people::rules(&settings)?;
    let failed = |error| people::failure(&error);
    // Under another way of keeping people the folder knows nobody by this one.
    if let Some(change) = folder::change(&folder, &rules).map_err(failed)? {
        return Err(Failure::wrong(format!(
            "the settings keep people as `{}`, and {} holds them as `{}`",
            change.to,
            folder.display(),
            change.from
        ))
        .help("`pilotage resync` changes the folder first; or give the settings with which it was written"));
    }
    let removal = removal::forget(&folder, &rules, login, &flags.ids, flags.dry_run).map_err(failed)?;
    let mut text = page(login, &removal, flags.dry_run);
    // Numbers are those of the name that was given.
    let aliases = tools::aliases(&settings)?;
    for other in aliases.others(login) {
        let removal = removal::forget(&folder, &rules, other, &[], flags.dry_run).map_err(failed)?;
        text += &page(other, &removal, flags.dry_run);
    }
    console::data(Written::Page, &text)?;
    if !flags.demo {
        talk(&rest(&settings, login)?);
    }
    Ok(exit::DONE)
}

/// What was removed, a line for each place.
fn page(login: &str, removal: &Removal, is_dry: bool) -> String {
    let Removal { was_forgotten, persons, facts, unreadable, reports, runs, entities } = removal;
    let would = if is_dry { "would be " } else { "" };
    let some = |number: u64, what: String| if number == 0 { "nothing".to_owned() } else { what };
    let parts = |number: u64| counted(number, "part of a day", "parts of days");
    let mut days = facts.map(|facts| format!(", from {}", parts(facts))).unwrap_or_default();
    if *unreadable > 0 {
        let them = if *unreadable == 1 { "it" } else { "them" };
        days += &format!("; {} removed whole, because nobody can read who is in {them}", parts(*unreadable));
    }
    let each = entities.iter().map(|(blueprint, number)| format!("{} of {blueprint}", counted(*number, "entity", "entities")));
    let each = each.collect::<Vec<_>>().join(", ");
    let places = [
        ("history", some(*persons, format!("{} {would}removed{days}", counted(*persons, "person", "people")))),
        ("report cache", some(*reports, format!("{} {would}rewritten without them", counted(*reports, "report", "reports")))),
        ("run reports", some(*runs, format!("{} that name them {would}removed", counted(*runs, "report", "reports")))),
        ("local catalog", some(entities.len() as u64, format!("{each} {would}removed"))),
        (
            "forgotten",
            match (is_dry, was_forgotten) {
                (_, true) => "in the list already",
                (true, false) => "would be added to the list",
                (false, false) => "added to the list: no resync, backfill or rebuild brings them back",
            }
            .to_owned(),
        ),
    ];
    let mut page = format!("{}\n", escape::line(login));
    for (place, what) in places {
        page += &format!("  {place:<14} {}\n", escape::line(&what));
    }
    page
}

/// What the data folder has no power over.
fn rest(settings: &Settings, login: &str) -> Result<String, Failure> {
    let login = escape::line(login).into_owned();
    let catalog = match settings.catalog().map_err(|error| Failure::wrong(error.to_string()))? {
        CatalogChoice::Embedded => String::new(),
        CatalogChoice::Port { base_url, .. } => format!(
            "at {base_url}: entities of this integration that name {login} stay until the next resync, which deletes them because GitHub's \
             rows about {login} count as gone; `pilotage plan` shows them. What others wrote there stays: remove it there.\n"
        ),
    };
    Ok(format!(
        "{catalog}sums that {login} is part of stay: those of teams and organizations, which name nobody. Backups, logs that were sent \
         elsewhere, and GitHub's own reports are out of reach here"
    ))
}
