//! Version, manual pages and completions of the real program.

use std::process::{Command, Output};

use jiff::Timestamp;
use jiff::tz::TimeZone;

include!("../../build/day.rs");

fn pilotage(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_pilotage")).args(arguments).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    output
}

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(pilotage(arguments).stdout).unwrap()
}

#[test]
fn the_day_of_a_build_is_that_of_the_calendar() {
    // Every day from 1900 to 2100, in the last second of each.
    for number in -25_567_i64..47_482 {
        let seconds = number * 86_400 + 86_399;
        let expected = Timestamp::from_second(seconds).unwrap().to_zoned(TimeZone::UTC).date().to_string();
        assert_eq!(day(seconds), expected);
    }
}

#[test]
fn the_long_version_has_commit_day_and_target() {
    assert_eq!(printed(&["-V"]), format!("pilotage {}\n", env!("CARGO_PKG_VERSION")));
    let long = printed(&["--version"]);
    let lines: Vec<&str> = long.lines().collect();
    let [version, commit, built, target] = lines.as_slice() else { panic!("{long}") };
    assert_eq!(*version, format!("pilotage {}", env!("CARGO_PKG_VERSION")));
    let commit = commit.strip_prefix("commit: ").unwrap();
    assert!(commit == "unknown" || commit.len() == 12 && commit.chars().all(|digit| digit.is_ascii_hexdigit()), "{long}");
    assert!(built.strip_prefix("built:  ").unwrap().parse::<jiff::civil::Date>().is_ok(), "{long}");
    assert!(target.strip_prefix("target: ").unwrap().starts_with(std::env::consts::ARCH), "{long}");
}

#[test]
fn there_is_a_manual_page_for_each_command_and_man_can_show_it() {
    let folder = tempfile::tempdir().unwrap();
    pilotage(&["man", "--out", &folder.path().display().to_string()]);
    for name in ["pilotage.1", "pilotage-resync.1", "pilotage-mapping-upgrade.1"] {
        let page = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
    assert!(!folder.path().join("pilotage-man.1").exists(), "a hidden command has a page");
    let page = folder.path().join("pilotage-resync.1");
    let man = Command::new("man").args(["--warnings", "-l"]).arg(&page).env("MANPAGER", "cat").env("MANWIDTH", "80").output();
    // A machine without `man`, or with the stand-in that minimal images have, cannot show it.
    if let Ok(man) = man
        && man.status.success()
        && !String::from_utf8_lossy(&man.stdout).contains("minimized")
    {
        assert_eq!(String::from_utf8_lossy(&man.stderr), "");
        assert!(String::from_utf8_lossy(&man.stdout).contains("SYNOPSIS"), "{man:?}");
    }
}

#[test]
fn shells_complete_kinds_and_scenarios() {
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completions", shell]);
        for (name, least) in [("organization-usage-metrics", 4), ("user-usage-metrics", 4), ("expired-token", 1)] {
            assert!(script.matches(name).count() >= least, "{shell} completes `{name}` too seldom");
        }
    }
}

#[test]
fn a_word_names_a_bundled_mapping_wherever_a_mapping_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("usage"), "resources: []\n").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
        let command = command.args(arguments).current_dir(folder.path()).env_clear();
        let output = command.env("HOME", folder.path()).env("GITHUB_TOKEN", "any").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let sample = ["--kind", "copilot-billing", "--sample", "--limit", "1"];
    let by_word = run(&[&["preview", "usage"], &sample[..]].concat());
    assert_eq!(by_word.0, 0, "{by_word:?}");
    assert!(by_word.1.contains("\"blueprint\": \"copilot_billing\""), "{by_word:?}");
    assert_eq!(run(&[&["preview", "--mapping", "usage"], &sample[..]].concat()), by_word);
    let by_path = run(&[&["preview", "./usage"], &sample[..]].concat());
    assert!(by_path.0 == 2 && by_path.2.contains("./usage has no resource of kind"), "{by_path:?}");
    let help = "no file has that name, and the bundled mappings are `copilot`, `usage`, `tools`, `organization`, `credits`";
    for arguments in [&["validate", "usgae"][..], &["preview", "usgae", "--kind", "copilot-billing", "--sample"]] {
        let wrong = run(arguments);
        let expected = format!("error: there is no mapping `usgae`\nhelp: did you mean `usage`? {help}\n");
        assert_eq!((wrong.0, wrong.2), (2, expected), "{arguments:?}");
    }
    let wrong = run(&["plan", "usgae", "--github-host", "http://127.0.0.1:9"]);
    assert!(wrong.0 == 2 && wrong.2.contains("usgae") && wrong.2.contains(help), "{wrong:?}");
}

#[test]
fn an_upgraded_mapping_of_closed_kinds_passes_validate_and_says_what_it_lost() {
    let folder = tempfile::tempdir().unwrap();
    let upgraded = pilotage(&["mapping", "upgrade", "copilot"]);
    let told = String::from_utf8(upgraded.stderr).unwrap();
    assert!(told.starts_with("copilot-team-metrics is replaced by team-usage-metrics\n"), "{told}");
    assert!(told.contains("copies from chat are not counted"), "{told}");
    let file = folder.path().join("new.yaml");
    std::fs::write(&file, upgraded.stdout).unwrap();
    let file = file.display().to_string();
    assert!(printed(&["validate", "--deny-warnings", &file]).ends_with("nothing wrong\n"));
    // A second time there is nothing to do.
    let again = pilotage(&["mapping", "upgrade", &file, "--diff"]);
    assert_eq!((again.stdout, again.stderr), (Vec::new(), format!("nothing to upgrade in {file}\n").into_bytes()));
}

/// `cargo run` hands what the build script sets to the program, which takes such names for settings.
#[test]
fn nothing_that_the_build_sets_looks_like_a_setting() {
    let script = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/build.rs")).unwrap();
    let set: Vec<&str> = script.split("cargo::rustc-env=").skip(1).filter_map(|rest| rest.split('=').next()).collect();
    assert_eq!(set.len(), 3, "{set:?}");
    for name in set {
        assert!(!name.starts_with("PILOTAGE_") && !name.starts_with("OCEAN__"), "{name}");
    }
}
