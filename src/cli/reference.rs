//! Holds `docs/commands.md` to the command line: a page that lags behind fails here.
//!
//! `UPDATE_COMMANDS_PAGE=1 cargo test --lib cli::reference` writes the page anew.

use std::fs;
use std::path::Path;

use clap::{Arg, Command};

use super::flags::{GROUPS, command};

/// Beginning of the page.
const INTRODUCTION: &str = "\
# Commands

Every command of `pilotage` with its options, made from the program itself. `pilotage COMMAND --help` prints the same in a terminal,
and `pilotage man --out FOLDER` writes manual pages.
";

fn page() -> String {
    let mut command = command();
    command.build();
    let mut page = INTRODUCTION.to_owned();
    for (heading, names) in GROUPS {
        let links: Vec<String> = names.iter().map(|name| format!("[{name}](#pilotage-{name})")).collect();
        page.push_str(&format!("\n- {heading}: {}", links.join(", ")));
    }
    page.push_str("\n\n## Options of every command\n\n");
    page.push_str(&table(command.get_arguments().filter(|argument| argument.is_global_set())));
    for name in GROUPS.iter().flat_map(|(_, names)| names.iter()) {
        section(command.find_subcommand(name).unwrap(), "pilotage", "##", &mut page);
    }
    page
}

/// Section of a command, then those of its subcommands.
fn section(command: &Command, parent: &str, level: &str, page: &mut String) {
    let name = format!("{parent} {}", command.get_name());
    page.push_str(&format!("\n{level} {name}\n\n{}.\n", command.get_about().unwrap()));
    page.push_str(&format!("\n```text\n{}\n```\n", usage(command)));
    let own = |argument: &&Arg| !argument.is_global_set() && !argument.is_hide_set() && argument.get_id() != "help";
    let table = table(command.get_arguments().filter(own));
    if !table.is_empty() {
        page.push_str(&format!("\n{table}"));
    }
    if let Some(after) = command.get_after_help() {
        page.push_str(&format!("\n```text\n{}\n```\n", after.to_string().trim_end()));
    }
    let subcommands = command.get_subcommands().filter(|other| !other.is_hide_set() && other.get_name() != "help");
    subcommands.for_each(|other| section(other, &name, "###", page));
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.trim_start_matches("Usage: ").lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: String = arguments.map(row).collect();
    if rows.is_empty() { rows } else { format!("| argument | meaning |\n| --- | --- |\n{rows}") }
}

fn row(argument: &Arg) -> String {
    let short = argument.get_short().map(|letter| format!("`-{letter}`, ")).unwrap_or_default();
    let mut meaning = argument.get_help().unwrap().to_string();
    let shows_values = !argument.is_hide_possible_values_set() && argument.get_action().takes_values();
    let values = argument.get_possible_values();
    let values: Vec<String> = values.iter().filter(|_| shows_values).map(|value| format!("`{}`", value.get_name())).collect();
    if !values.is_empty() {
        meaning.push_str(&format!(": {}", values.join(", ")));
    }
    let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !default.is_empty() && argument.get_action().takes_values() {
        meaning.push_str(&format!(" [default: {}]", default.join(",")));
    }
    let cell = |text: String| text.replace('|', "\\|").replace('\n', " ");
    format!("| {short}`{}` | {} |\n", cell(argument.to_string()), cell(meaning))
}

#[test]
fn the_page_of_commands_says_what_the_command_line_has() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    if std::env::var_os("UPDATE_COMMANDS_PAGE").is_some() {
        fs::write(&file, page()).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page(), "docs/commands.md differs from the command line; UPDATE_COMMANDS_PAGE=1 writes it anew");
}
