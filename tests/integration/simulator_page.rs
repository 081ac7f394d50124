//! The examples of `docs/simulator.md`, run by the real program: what a resync says about each scenario.
//!
//! `UPDATE_SIMULATOR_PAGE=1 cargo test --test integration simulator_page` writes the output anew; read the difference.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fancy_regex::Regex;
use pilotage::simulator::Scenario;
use tempfile::TempDir;

use crate::support::repository;
use crate::transcripts::without_time;

/// A simulator that runs until it is dropped.
struct Simulator {
    child: Child,
    url: String,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.args(arguments.split_whitespace()).current_dir(folder).env_clear().env("PILOTAGE_DATA", folder.join("data"));
    command
}

/// Starts `simulate`; an error message, when it does not start.
fn start(folder: &Path, arguments: &str) -> Result<Simulator, String> {
    let mut child = command(folder, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    if url.is_empty() {
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(2), "{arguments}: {told}");
        return Err(told);
    }
    Ok(Simulator { child, url: url.trim().to_owned() })
}

/// Runs a command against the simulator, and gives what a terminal shows of it.
fn run(folder: &Path, arguments: &str, simulator: &Simulator) -> String {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = command(folder, arguments);
    command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &simulator.url).env("GITHUB_TOKEN", "any");
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // The command holds the other ends of the pipe.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    steady(&text.replace(&simulator.url, "http://127.0.0.1:8081").replace(&folder.display().to_string(), "~"))
}

/// Output without what differs from run to run: times, counts on the way, and the fields of log lines.
fn steady(text: &str) -> String {
    let progress = Regex::new(r"^\S+: [\d,]+ scopes?, [\d,]+ items, [\d,]+ entities$").unwrap();
    let logged = Regex::new(r"^20\S+Z (WARN|ERROR) +(.+?)(  \w+=.*)?$").unwrap();
    let seconds = Regex::new(r"(?m) +\d+\.\d$").unwrap();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !progress.is_match(line).unwrap()) {
        let line = logged.replace(line, "$1 $2").into_owned();
        // How often a limit is reached depends on the speed of the machine.
        if !(line.starts_with("WARN ") && lines.contains(&line)) {
            lines.push(line);
        }
    }
    let text = without_time(&format!("{}\n", lines.join("\n")));
    seconds.replace_all(&text, "      0.0").into_owned()
}

/// The page with the output of its commands as it is now.
fn again(page: &str) -> String {
    let folder = TempDir::new().unwrap();
    let mut out = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        out.push_str(&format!("{line}\n"));
        if let Some(name) = line.strip_prefix("```yaml ") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            fs::write(folder.path().join(name), format!("{}\n", text.join("\n"))).unwrap();
            out.push_str(&format!("{}\n```\n", text.join("\n")));
        } else if line == "```console" {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let _ = fs::remove_dir_all(folder.path().join("data"));
            let mut simulator = None;
            for command in block.iter().filter_map(|line| line.strip_prefix("$ pilotage ")) {
                out.push_str(&format!("$ pilotage {command}\n"));
                if command.starts_with("simulate ") {
                    match start(folder.path(), command) {
                        Ok(started) => simulator = Some(started),
                        Err(told) => out.push_str(&told),
                    }
                } else {
                    out.push_str(&run(folder.path(), command, simulator.as_ref().unwrap()));
                }
            }
            out.push_str("```\n");
        }
    }
    out
}

#[test]
fn the_examples_of_the_page_print_what_it_says() {
    let file = repository("docs/simulator.md");
    let page = fs::read_to_string(&file).unwrap();
    let now = again(&page);
    if std::env::var_os("UPDATE_SIMULATOR_PAGE").is_some() {
        fs::write(&file, &now).unwrap();
    }
    let differences: Vec<_> = page.lines().zip(now.lines()).filter(|(page, now)| page != now).collect();
    assert!(page == now || std::env::var_os("UPDATE_SIMULATOR_PAGE").is_some(), "the page differs: {differences:#?}");
}

#[test]
fn every_scenario_stands_in_the_table_of_the_page_and_has_an_example() {
    let page = fs::read_to_string(repository("docs/simulator.md")).unwrap();
    for scenario in Scenario::ALL {
        let row = format!("| `{}` | {} |", scenario.name(), scenario.about());
        assert!(page.contains(&row), "{row}");
        assert!(page.contains(&format!(" --scenario {}\n", scenario.name())), "{}", scenario.name());
    }
}
