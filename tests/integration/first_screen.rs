//! The first screen of `pilotage demo`, and the commands that it names.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use fancy_regex::Regex;
use tempfile::TempDir;

use crate::support::repository;

/// A home in which the demo ran once, and what it printed. Kept until the tests end, and shared by them.
pub(crate) struct Demo {
    folder: TempDir,
    screen: String,
}

impl Demo {
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }
}

pub(crate) fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let output = pilotage(folder.path(), &["demo", "--once"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        // On a terminal the talk comes first: the addresses are told before the run.
        let screen = text(&output.stderr) + &text(&output.stdout);
        Demo { folder, screen }
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn pilotage(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pilotage")).args(arguments).env_clear().env("HOME", home).output().unwrap()
}

/// A screen without what differs from machine to machine.
fn anywhere(screen: &str, home: &Path) -> String {
    let port = Regex::new(r"http://127\.0\.0\.1:\d+").unwrap();
    let screen = screen.replace(&home.display().to_string(), "~");
    port.replace_all(&screen, "http://127.0.0.1:44739").into_owned()
}

#[test]
fn the_first_screen_has_numbers_no_note_and_the_next_commands() {
    let screen = anywhere(&demo().screen, demo().home());
    assert!(screen.lines().count() <= 24, "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    assert!(!screen.contains("note:"), "{screen}");
    let row = Regex::new(r"(?m)^(harbor|lighthouse|tidewater) +\d+ +\d+\.\d % +\d+,\d{3}  [▁-█]{28}$").unwrap();
    assert_eq!(row.find_iter(&screen).count(), 3, "{screen}");
    let (numbers, rest) = screen.split_once("\nresync done: ").unwrap();
    assert!(numbers.contains("organization  active  accepted") && rest.contains("notes: pilotage runs last --demo"), "{screen}");
}

#[test]
fn every_command_that_the_first_screen_names_shows_something() {
    let commands: Vec<&str> =
        demo().screen.lines().filter_map(|line| line.split_once("pilotage ")).map(|(_, rest)| rest).collect();
    let commands: Vec<&str> = commands.iter().filter_map(|command| command.split("  ").next()).collect();
    assert_eq!(commands.last(), Some(&"plan"), "the only one that needs a token");
    for command in &commands[..commands.len() - 1] {
        let output = pilotage(demo().home(), &command.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
        assert!(text(&output.stdout).lines().count() > 1, "{command}: {output:?}");
    }
    assert_eq!(commands.len(), 5, "{commands:?}");
}

#[test]
fn the_run_keeps_every_note_that_the_first_screen_only_counts() {
    let counted = Regex::new(r"(?m)^(\d+) notes: ").unwrap();
    let counted = counted.captures(&demo().screen).unwrap().unwrap().get(1).unwrap().as_str().parse::<usize>().unwrap();
    let shown = text(&pilotage(demo().home(), &["runs", "last", "--demo"]).stdout);
    assert_eq!(shown.lines().filter(|line| line.starts_with("note: ")).count(), counted, "{shown}");
}

/// `UPDATE_DOCS=1` writes the examples anew.
#[cfg(target_os = "linux")]
#[test]
fn the_readme_shows_the_first_screen_and_the_catalog_as_they_are() {
    let file = repository("README.md");
    let list = "catalog list copilot_organization_usage --demo --columns daily_active_users,loc_added_sum --limit 3";
    let listed = pilotage(demo().home(), &list.split(' ').collect::<Vec<_>>());
    let figure = "figures show completion-acceptance --demo --scope harbor --by week";
    let shown = pilotage(demo().home(), &figure.split(' ').collect::<Vec<_>>());
    let mut page = std::fs::read_to_string(&file).unwrap();
    for (command, expected) in [
        ("demo --once", anywhere(&demo().screen, demo().home())),
        (list, text(&listed.stdout) + &text(&listed.stderr)),
        (figure, text(&shown.stdout)),
    ] {
        let begin = format!("```console\n$ pilotage {command}\n");
        let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("the page lacks {begin}"));
        let (shown, after) = rest.split_once("```").unwrap();
        if std::env::var_os("UPDATE_DOCS").is_none() {
            assert_eq!(shown, expected, "UPDATE_DOCS=1 writes it anew");
        }
        page = format!("{before}{begin}{expected}```{after}");
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, page).unwrap();
    }
}

#[test]
fn columns_of_the_catalog_are_properties_and_an_unknown_one_is_refused() {
    let list = |arguments: &[&str]| pilotage(demo().home(), &[&["catalog", "list", "--demo"][..], arguments].concat());
    let columns = ["copilot_billing", "--columns", "seats_total,plan_type", "--output", "csv"];
    let output = list(&columns);
    let lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!((lines[0].as_str(), lines.len()), ("identifier,seats_total,plan_type", 4), "{output:?}");
    assert!(lines[1].starts_with("harbor,") && lines[1].split(',').nth(1).unwrap().parse::<u32>().is_ok(), "{lines:?}");
    let output = list(&["copilot_billing", "--columns", "seat_total"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("did you mean `seats_total`?"), "{output:?}");
}
