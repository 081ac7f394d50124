//! Every command that README and docs show is run against what is printed: here, by another test, or not at all for a reason that
//! stands in [`TABLE`].
//!
//! A line `…` in an output stands for lines that are left out. Times, names of runs and ports are not compared.

mod blocks;
mod stage;

use std::fs;

use blocks::{Block, blocks, differences, pages, steady};
use stage::Stage;

use crate::support::repository;

/// Where a block is run.
enum Proof {
    /// By a test in another file of this folder, which compares the block with what is printed.
    Test(&'static str, &'static str),
    /// By the test that writes this file, in which what is shown stands.
    Recorded(&'static str),
    /// Here, with this around it.
    Run(fn() -> Stage),
    /// Here, and it does not end by itself: once it has printed this text it is ended.
    RunUntil(fn() -> Stage, &'static str),
    /// Nowhere, for this reason.
    NotRun(&'static str),
}

use Proof::{NotRun, Recorded, Run, RunUntil, Test};

/// The blocks, by page and the beginning of their first command. An empty beginning is that of every block that no other row has.
const TABLE: &[(&str, &str, Proof)] = &[
    ("README.md", "cargo run", NotRun("it builds the program; the block after it shows what this one prints")),
    ("README.md", "pilotage demo --once", FIRST_SCREEN),
    ("README.md", "pilotage catalog list", FIRST_SCREEN),
    ("README.md", "pilotage figures show", FIRST_SCREEN),
    ("README.md", "export GITHUB_TOKEN", Run(github_and_catalog)),
    ("README.md", "pilotage serve", RunUntil(daemon, "resync ended")),
    ("README.md", "pilotage config", Run(ocean)),
    ("README.md", "pilotage mapping push", Recorded("tests/transcripts/mapping-push.txt")),
    ("README.md", "pilotage resync", Recorded("tests/transcripts/deletion-withheld-by-incompleteness.txt")),
    ("README.md", "pilotage runs", Run(two_runs)),
    ("benches/README.md", "", NotRun("it measures for minutes, and what it prints depends on the machine")),
    (
        "docs/ai-credits.md",
        "",
        NotRun("it needs an organization that is billed; credits.rs runs the mapping, and history.rs a backfill"),
    ),
    ("docs/ai-tools.md", "", NotRun("it needs keys of two vendors; tools.rs and doctor_tools.rs run the mapping and the checks")),
    ("docs/authoring.md", "", Test("authoring.rs", "the_transcripts_of_the_page_about_authoring_are_what_happens")),
    ("docs/credentials.md", "export", Run(Stage::new)),
    ("docs/credentials.md", "pilotage doctor", Recorded("tests/doctor/two-hosts.txt")),
    ("docs/credentials.md", "pilotage seats", Recorded("tests/seats/remove.txt")),
    ("docs/daemon.md", "export", RunUntil(daemon, "resync ended")),
    ("docs/daemon.md", "curl", Run(expired_token)),
    ("docs/data-folder.md", "pilotage plan", Run(newer_catalog)),
    ("docs/deploy.md", "docker build", NotRun("it needs a container engine; deploy/image.rs reads the Dockerfile")),
    (
        "docs/deploy.md",
        "docker run",
        NotRun("it needs a container engine; deploy/entry_point.rs starts the program with these variables"),
    ),
    ("docs/deploy.md", "helm install", NotRun("it needs a cluster; deploy/chart.rs renders the chart")),
    ("docs/development.md", "cargo run", NotRun("it builds the program and runs these tests")),
    ("docs/figures.md", "", Test("figures.rs", "the_transcripts_of_the_page_about_figures_are_what_happens")),
    ("docs/from-copilot-metrics-viewer.md", "", STORED_FILES),
    ("docs/from-devlake.md", "", STORED_FILES),
    ("docs/history.md", "", NotRun("it needs days that GitHub has restated; history.rs has some and checks the page of them")),
    ("docs/install.md", "", NotRun("it needs files of a release; .ci/release packs some and checks their names and sums")),
    ("docs/introduction.md", "", RunUntil(daemon, "resync ended")),
    ("docs/outputs.md", "", NotRun("pages.rs and outputs/ run them; the page shows no output")),
    ("docs/plan.md", "", Run(github)),
    ("docs/privacy.md", "", Run(people)),
    ("docs/releasing.md", "", NotRun("it compiles releases for minutes; .ci/release tries the steps")),
    ("docs/report.md", "pilotage report", NotRun("it needs days of an organization `acme`; web_figures.rs writes such reports")),
    ("docs/report.md", "openssl", NotRun("it needs openssl; web_figures.rs makes such links with a key of its own")),
    ("docs/report.md", "pilotage web link", Run(embed_key)),
    ("docs/web.md", "pilotage demo", RunUntil(pages_anywhere, "http://")),
    ("docs/web.md", "PILOTAGE_WEB", NotRun("it needs a secret's file or a proxy; web/tests/guard.rs tries both")),
    ("docs/mapping.md", "pilotage preview usage", Run(github)),
    ("docs/mapping.md", "pilotage mapping upgrade", Run(old_mapping)),
    ("docs/settings.md", "export GITHUB_TOKEN", Run(port_secret)),
    ("docs/settings.md", "OCEAN__CLIENT_TIMEOUT", Run(Stage::new)),
    (
        "docs/settings.md",
        "HTTPS_PROXY",
        NotRun("it needs a host behind a proxy that opens TLS; tls.rs has both and checks the sentence"),
    ),
    ("docs/simulator.md", "pilotage simulate --listen", RunUntil(github, "http://")),
    ("docs/simulator.md", "", Test("simulator_page.rs", "the_examples_of_the_page_print_what_it_says")),
];

const STORED_FILES: Proof = Test("stored_files.rs", "the_pages_for_those_who_come_from_elsewhere_print_what_they_say");

const FIRST_SCREEN: Proof = Test("first_screen.rs", "the_readme_shows_the_first_screen_and_the_catalog_as_they_are");

const SMALL_WORLD: &str = "--orgs 1 --teams 2 --users 12 --days 3";

fn github() -> Stage {
    Stage::new().with_github(SMALL_WORLD)
}

fn github_and_catalog() -> Stage {
    github().with_catalog()
}

/// Variables of a container of Ocean's.
fn daemon() -> Stage {
    github_and_catalog()
        .with("OCEAN__PORT__CLIENT_ID", "id")
        .with("OCEAN__PORT__CLIENT_SECRET", "word")
        .with("APPLICATION__PORT", "0")
}

/// Pages at a port that is free.
fn pages_anywhere() -> Stage {
    daemon().with("PILOTAGE_WEB_LISTEN", "127.0.0.1:0")
}

/// A key for links to charts.
fn embed_key() -> Stage {
    Stage::new().with("PILOTAGE_WEB_EMBED_KEY", "0123456789abcdef0123456789abcdef")
}

/// A daemon whose first resync has failed.
fn expired_token() -> Stage {
    let github = Stage::new().with_github(&format!("{SMALL_WORLD} --scenario expired-token"));
    github.with("APPLICATION__PORT", "0").serving("resync failed")
}

fn ocean() -> Stage {
    let stage = Stage::new().with("OCEAN__PORT__CLIENT_ID", "4Xk").with("OCEAN__PORT__CLIENT_SECRET", "word");
    stage.with("OCEAN__PROCESSING_MODE", "dsp")
}

fn port_secret() -> Stage {
    Stage::new().with_file("port-secret", "word\n")
}

/// A mapping of a closed kind.
fn old_mapping() -> Stage {
    Stage::new().with_file("old.yaml", include_str!("../../mappings/copilot.yaml"))
}

/// A folder in which two resyncs have left their reports: one that was complete, and one with a scope that is forbidden.
fn two_runs() -> Stage {
    let stage = Stage::new().with_file("mapping.yaml", &fs::read_to_string(repository("tests/worlds/copilot.yaml")).unwrap());
    for (arguments, code) in [(SMALL_WORLD, 0), ("--orgs 1 --teams 2 --users 12 --days 3 --scenario forbidden", 5)] {
        let mut github = Stage::new()
            .with_github(arguments)
            .with("PILOTAGE_DATA", &stage.folder().join(".local/share/pilotage").display().to_string());
        let command = format!("pilotage resync --mapping {}", stage.folder().join("mapping.yaml").display());
        assert_eq!(github.run_one(&command).1, Some(code));
    }
    stage
}

/// A folder of names.
fn people() -> Stage {
    let mut stage = github();
    assert_eq!(stage.run_one("pilotage resync --mapping usage").1, Some(0));
    stage
}

/// A catalog of a later version.
fn newer_catalog() -> Stage {
    let stage = Stage::new().with_file("data/runs/none", "").with("PILOTAGE_DATA", "data").with("GITHUB_TOKEN", "any");
    let connection = rusqlite::Connection::open(stage.folder().join("data/catalog.sqlite")).unwrap();
    connection.pragma_update(None, "user_version", 2).unwrap();
    stage
}

/// The row of a block.
fn proof(block: &Block) -> Option<&'static Proof> {
    let of_page = || TABLE.iter().filter(|(page, ..)| *page == block.page);
    let by_name = of_page().find(|(_, start, _)| !start.is_empty() && block.first().starts_with(start));
    by_name.or_else(|| of_page().find(|(_, start, _)| start.is_empty())).map(|(.., proof)| proof)
}

fn all_blocks() -> Vec<Block> {
    pages().iter().flat_map(|page| blocks(page)).collect()
}

#[test]
fn every_block_of_commands_is_run_or_has_a_reason_why_not() {
    let blocks = all_blocks();
    let missing = blocks.iter().filter(|block| proof(block).is_none());
    let missing: Vec<String> = missing.map(|block| format!("{}:{} `{}`", block.page, block.line, block.first())).collect();
    assert!(missing.is_empty(), "no row of the table has\n{}", missing.join("\n"));
    for (page, start, proof) in TABLE {
        assert!(
            blocks.iter().any(|block| block.page == *page && block.first().starts_with(start)),
            "no block is {page} `{start}`"
        );
        match proof {
            Test(file, function) => {
                let text = fs::read_to_string(repository("tests/integration").join(file)).unwrap();
                assert!(
                    text.contains(&format!("fn {function}()")) && text.contains(page),
                    "{file} has no test {function} of {page}"
                );
            }
            NotRun(reason) => assert!(reason.len() > 20, "{page} `{start}`: {reason}"),
            Recorded(_) | Run(_) | RunUntil(..) => {}
        }
    }
    assert!(blocks.len() > 30, "{}", blocks.len());
}

#[test]
fn what_other_tests_have_recorded_is_what_is_shown() {
    for block in all_blocks() {
        let Some(Recorded(file)) = proof(&block) else { continue };
        let recorded = fs::read_to_string(repository(file)).unwrap().replace("~/pilotage", "~/.local/share/pilotage");
        let recorded: Vec<String> = recorded.lines().map(str::to_owned).collect();
        for (command, output) in &block.commands {
            // A file without commands is what the one command prints.
            let start = match recorded.iter().position(|line| *line == format!("$ {command}")) {
                Some(at) => at + 1,
                None if recorded.iter().any(|line| line.starts_with("$ ")) => panic!("{file} has no `{command}`"),
                None => 0,
            };
            let printed = recorded[start..].iter().take_while(|line| !line.starts_with("[exit "));
            let printed: Vec<String> = printed.filter(|line| *line != "[stdout]" && *line != "[stderr]").cloned().collect();
            if let Err(difference) = differences(output, &printed) {
                panic!("{}:{} `{command}`: {difference}", block.page, block.line);
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_run_here_prints_what_is_shown() {
    let mut wrong = Vec::new();
    for block in all_blocks() {
        let (stage, until) = match proof(&block) {
            Some(Run(stage)) => (stage, ""),
            Some(RunUntil(stage, until)) => (stage, *until),
            _ => continue,
        };
        let ran = stage().run(&block, until);
        for ((command, shown), (printed, code)) in block.commands.iter().zip(ran) {
            let place = format!("{}:{} `{command}`", block.page, block.line);
            if !block.shows_output {
                if code.is_some_and(|code| code != 0) {
                    wrong.push(format!("{place} ends with {code:?}:\n{printed}"));
                }
                continue;
            }
            let steady_lines = |text: &str| steady(text).lines().map(str::to_owned).collect::<Vec<_>>();
            let shown = steady_lines(&shown.iter().map(|line| format!("{line}\n")).collect::<String>());
            if let Err(difference) = differences(&shown, &steady_lines(&printed)) {
                wrong.push(format!("{place}: {difference}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What `--help` says of the command that these words begin with, after the command itself. None if there is no such command.
fn help(words: &[&str]) -> Option<(Vec<String>, String)> {
    let mut found = None;
    let mut path: Vec<String> = Vec::new();
    for word in std::iter::once("").chain(words.iter().copied()) {
        let arguments: Vec<&str> = path.iter().map(String::as_str).chain(Some(word).filter(|word| !word.is_empty())).collect();
        if !word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-') || word.starts_with('-') {
            break;
        }
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_pilotage"))
            .args(&arguments)
            .arg("--help")
            .env_clear()
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        if !output.status.success() {
            return None;
        }
        // What is no command of its own is an argument.
        if !text.contains(format!("Usage: pilotage {}", arguments.join(" ")).trim_end()) {
            break;
        }
        path = arguments.into_iter().map(str::to_owned).collect();
        found = Some((path.clone(), text));
    }
    found
}

#[test]
fn commands_and_flags_that_pages_name_in_a_sentence_exist() {
    let span = fancy_regex::Regex::new(r"`pilotage ([^`]+)`").unwrap();
    let mut named = std::collections::BTreeMap::new();
    for page in pages() {
        let text = fs::read_to_string(repository(&page)).unwrap();
        for found in span.captures_iter(&text).map(Result::unwrap) {
            named.entry(found.get(1).unwrap().as_str().replace('\n', " ")).or_insert_with(|| page.clone());
        }
    }
    assert!(named.len() > 25, "{}", named.len());
    let mut wrong = Vec::new();
    for (command, page) in named {
        let words: Vec<&str> = command.split_whitespace().collect();
        let Some((path, text)) = help(&words) else {
            wrong.push(format!("{page}: there is no `pilotage {command}`"));
            continue;
        };
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            let flag = flag.split('=').next().unwrap();
            if !text.contains(flag) {
                wrong.push(format!("{page}: `pilotage {}` has no flag {flag}", path.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
