//! Accepted and refused flags, and the width of the help.

use clap::{CommandFactory, Parser};

use super::*;

fn read(line: &str) -> Result<Flags, String> {
    Flags::try_parse_from(line.split_whitespace()).map_err(|error| error.to_string())
}

#[test]
fn clap_finds_nothing_wrong_with_the_flags() {
    Flags::command().debug_assert();
}

#[test]
fn every_verb_and_flag_has_a_short_first_line_of_help() {
    fn walk(command: &clap::Command) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_empty() && about.len() <= 100, "{}: {about:?}", command.get_name());
        assert!(!about.ends_with('.'), "{}: {about:?}", command.get_name());
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(after.lines().all(|line| line.len() <= 96), "{}: {after}", command.get_name());
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty() && help.len() <= 140, "{} --{}: {help:?}", command.get_name(), argument.get_id());
        }
        command.get_subcommands().for_each(walk);
    }
    walk(&Flags::command());
}

#[test]
fn common_flags_stand_before_or_after_the_verb() {
    for line in ["pilotage --data d -vv resync", "pilotage resync --data d -vv"] {
        let flags = read(line).unwrap();
        assert_eq!(flags.common.data.as_deref(), Some(std::path::Path::new("d")), "{line}");
        assert_eq!(flags.common.verbose, 2, "{line}");
    }
}

#[test]
fn kinds_and_organizations_repeat_or_stand_in_a_list() {
    for line in ["pilotage resync --only a --only b", "pilotage resync --only a,b"] {
        let Some(Verb::Resync(resync)) = read(line).unwrap().verb else { panic!("{line}") };
        assert_eq!(resync.scope.only, ["a", "b"], "{line}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_what_was_expected() {
    let table = [
        ("pilotage resync --deletion-threshold 1.5", "expected a number from 0 to 1"),
        ("pilotage resync --deletion-threshold NaN", "expected a number from 0 to 1"),
        ("pilotage resync --output yaml", "[possible values: text, json]"),
        ("pilotage plan --show deletions", "[possible values: create, update, delete, withheld, unchanged]"),
        ("pilotage simulate --until yesterday", "`yesterday` is not a day (expected YYYY-MM-DD)"),
        ("pilotage simulate --replay d --seed 3", "cannot be used with"),
        ("pilotage simulate --replay d --scenario sso", "cannot be used with"),
        (
            "pilotage simulate --scenario forbiden",
            "did you mean `forbidden`? the scenarios are forbidden, expired-token, sso, rate-limit, no-report, flaky, outage",
        ),
        ("pilotage simulate --scenario rainy", "the scenarios are forbidden, expired-token"),
        ("pilotage preview --sample --input f", "cannot be used with"),
        ("pilotage eval", "EXPRESSION"),
        ("pilotage eval . --kind k --input f", "cannot be used with"),
        ("pilotage -q -v resync", "cannot be used with"),
        ("pilotage catalog", "serve"),
    ];
    for (line, expected) in table {
        let error = read(line).unwrap_err();
        assert!(error.contains(expected), "{line}: {error}");
    }
}

#[test]
fn servers_listen_on_this_machine_alone_unless_told_otherwise() {
    let Some(Verb::Simulate(simulate)) = read("pilotage simulate").unwrap().verb else { panic!("simulate") };
    assert_eq!(simulate.listen.to_string(), "127.0.0.1:0");
    assert_eq!((simulate.seed, simulate.orgs, simulate.teams, simulate.users, simulate.days), (7, 3, 4, 40, 28));
}
