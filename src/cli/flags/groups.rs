//! Groups of commands in help and in the command reference, and the parsing of arguments under that help.

use std::ffi::OsString;

use clap::builder::{StyledStr, Styles};
use clap::{Command, CommandFactory, FromArgMatches};

use super::{ColorChoice, Flags};

/// Headings with their commands, in the order in which a newcomer needs them.
pub(in crate::cli) const GROUPS: [(&str, &[&str]); 5] = [
    ("Try it", &["demo", "simulate"]),
    ("Run", &["resync", "plan", "serve", "backfill"]),
    ("Author a mapping", &["init", "kinds", "validate", "preview", "test", "eval", "mapping", "schema"]),
    ("Look at results", &["web", "figures", "report", "digest", "export", "history", "catalog", "runs", "pages", "mcp"]),
    ("Operate", &["doctor", "health", "config", "seats", "forget", "completions"]),
];

/// Heading of commands that no group names.
const OTHERS: &str = "Other commands";

/// Longest line of help, where the terminal is wide enough.
const WIDTH: usize = 110;

/// The command line with its commands in groups.
pub(in crate::cli) fn command() -> Command {
    let command = Flags::command();
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{}\n{{options}}{{after-help}}",
        grouped(&command).ansi(),
        heading("Common options"),
    );
    command.help_template(StyledStr::from(template))
}

/// Reads arguments, the first being the program's name.
pub(in crate::cli) fn parse(arguments: impl IntoIterator<Item = OsString>, colour: ColorChoice) -> Result<Flags, clap::Error> {
    let colour = match colour {
        ColorChoice::Auto => clap::ColorChoice::Auto,
        ColorChoice::Always => clap::ColorChoice::Always,
        ColorChoice::Never => clap::ColorChoice::Never,
    };
    let matches = command().color(colour).try_get_matches_from(arguments)?;
    Flags::from_arg_matches(&matches)
}

fn heading(text: &str) -> String {
    let styles = Styles::default();
    let style = styles.get_header();
    format!("{style}{text}:{style:#}")
}

/// Commands by group, one a line, wrapped to the terminal's width.
fn grouped(command: &Command) -> StyledStr {
    let named = |name: &&str| command.find_subcommand(name);
    let is_grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let others: Vec<&Command> =
        command.get_subcommands().filter(|other| !other.is_hide_set() && !is_grouped(other.get_name())).collect();
    let groups = GROUPS.iter().map(|(heading, names)| (*heading, names.iter().filter_map(named).collect::<Vec<_>>()));
    let mut page = String::new();
    for (title, commands) in groups.chain([(OTHERS, others)]).filter(|(_, commands)| !commands.is_empty()) {
        // clap wraps the list, for it alone knows the width of the terminal.
        let list = Command::new("list").disable_help_subcommand(true).max_term_width(WIDTH).help_template("{subcommands}");
        let list = list
            .subcommands(commands.into_iter().cloned().enumerate().map(|(order, other)| other.display_order(order)))
            .render_help()
            .ansi()
            .to_string();
        page.push_str(&format!("{}\n{}\n\n", heading(title), list.trim_end().trim_start_matches('\n')));
    }
    StyledStr::from(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_in_one_group_and_every_name_of_a_group_is_a_command() {
        let command = Flags::command();
        let visible = command.get_subcommands().filter(|other| !other.is_hide_set());
        let mut commands: Vec<&str> = visible.map(Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        commands.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, commands);
    }

    #[test]
    fn the_help_lists_commands_below_their_headings_and_the_options_once() {
        let help = command().render_help().to_string();
        let mut rest = help.as_str();
        for (heading, names) in GROUPS {
            let at = rest.find(&format!("\n{heading}:\n")).unwrap_or_else(|| panic!("{heading}: {help}"));
            rest = &rest[at..];
            for name in names {
                let at = rest.find(&format!("\n  {name} ")).unwrap_or_else(|| panic!("{name}: {help}"));
                rest = &rest[at..];
            }
        }
        assert_eq!(help.matches("--log-format <FORMAT>").count(), 1, "{help}");
        assert_eq!(help.matches("Exit codes:").count(), 1, "{help}");
        assert!(!help.contains(OTHERS), "{help}");
    }
}
