//! What a person sees on a terminal of 80 columns, and what a pipe, a cron job and a log collector get instead.

mod pseudo_terminal;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use self::pseudo_terminal::Recorded;
const MAPPING: &str = r#"
entityDeletionThreshold: 0.5
resources:
- kind: organization-usage-metrics
  selector: {query: 'true'}
  port: {entity: {mappings: {
    identifier: '(.__organization.id | tostring) + "@" + .day', blueprint: '"copilot_organization_usage"',
    properties: {daily_active_users: .daily_active_users}}}}
- kind: copilot-seats
  selector: {query: 'true'}
  port: {entity: {mappings: {
    identifier: '.__organization.login + "/" + .assignee.login', blueprint: '"copilot_seat"', properties: {}}}}
"#;

/// A simulated GitHub as a process of its own, and a home for the program.
struct World {
    github: Child,
    url: String,
    home: TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.github.kill();
        let _ = self.github.wait();
    }
}

impl World {
    fn new(flags: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        let mut github = program(home.path());
        github.args(["simulate", "--orgs", "2", "--users", "5", "--days", "3"]).args(flags);
        let mut github = github.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(github.stdout.take().unwrap()).read_line(&mut url).unwrap();
        std::fs::write(home.path().join("mapping.yaml"), MAPPING).unwrap();
        Self { github, url: url.trim().to_owned(), home }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), text).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = program(self.home.path());
        command.args(line.split_whitespace()).current_dir(self.home.path());
        command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &self.url);
        command
    }

    fn run(&self, line: &str) -> Ended {
        Ended::of(self.command(line).output().unwrap())
    }

    fn on_terminal(&self, line: &str) -> Recorded {
        pseudo_terminal::record(self.command(line), 80)
    }
}

fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("HOME", home).env("GITHUB_TOKEN", "any").env("TERM", "xterm").stdin(Stdio::null());
    command
}

#[derive(Debug)]
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Lines of stderr, each of which must be JSON.
    fn log(&self) -> Vec<Value> {
        let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\nof {self:?}"));
        self.stderr.lines().map(line).collect()
    }
}

/// True when nothing could be done about the width of a line: it is one word, or a command that must stay in one piece.
fn cannot_be_broken(line: &str) -> bool {
    let indent = line.len() - line.trim_start().len();
    let prose = line.trim_start();
    prose.starts_with("curl ") || prose.split(' ').any(|word| indent.min(40) + word.chars().count() > 76)
}

#[test]
fn what_is_printed_fits_eighty_columns() {
    let world = World::new(&[]);
    assert_eq!(world.run("demo --once").code, 0);
    assert_eq!(world.run("resync --mapping mapping.yaml").code, 0);
    for line in [
        "plan --mapping usage",
        "resync --mapping usage",
        "doctor --mapping usage",
        "doctor --mapping usage --all",
        "kinds",
        "kinds organization-usage-metrics",
        "kinds copilot-seats",
        "config",
        "runs",
        "runs last",
        "runs --demo",
        "runs last --demo",
        "catalog list",
        "catalog list --demo",
        "catalog list copilot_organization_usage --demo --columns daily_active_users,loc_added_sum,record_date",
        "catalog list copilot_seat --demo",
        "figures",
        "figures define active-people",
        "figures show active-people --demo",
        "figures show completion-acceptance --demo",
    ] {
        let recorded = world.on_terminal(line);
        assert!(recorded.screen.lines().count() > 1, "{line}: {}", recorded.screen);
        for shown in recorded.screen.lines().filter(|shown| !cannot_be_broken(shown)) {
            let width = shown.chars().count();
            assert!(width <= 80, "`pilotage {line}` prints {width} columns:\n{shown}\nof\n{}", recorded.screen);
        }
    }
}

#[test]
fn tables_of_words_fit_eighty_columns_in_a_pipe_as_well() {
    let world = World::new(&[]);
    assert_eq!(world.run("resync --mapping usage").code, 0);
    for line in ["kinds", "kinds copilot-seats", "catalog list", "doctor", "figures"] {
        let ended = world.run(line);
        assert_eq!(ended.code, 0, "{line}: {ended:?}");
        for shown in ended.stdout.lines().filter(|shown| !cannot_be_broken(shown)) {
            assert!(shown.chars().count() <= 80, "`pilotage {line}`:\n{shown}\nof\n{}", ended.stdout);
        }
    }
}

#[test]
fn a_table_stays_a_table_with_a_line_for_each_row_in_a_pipe_and_its_columns_on_a_terminal() {
    let world = World::new(&[]);
    assert_eq!(world.run("resync --mapping usage").code, 0);
    let starts = |line: &str, words: &[&str]| words.iter().map(|word| line.find(word)).collect::<Vec<_>>();
    let piped = world.run("config").stdout;
    let header = piped.lines().find(|line| line.starts_with("setting")).unwrap_or_else(|| panic!("{piped}"));
    let [Some(value), Some(source)] = starts(header, &["value", "source"])[..] else { panic!("{header}") };
    for row in piped.lines().skip_while(|line| *line != header).take_while(|line| !line.is_empty()) {
        assert!(!row.starts_with(' ') && row.is_char_boundary(value) && row[..value].ends_with("  "), "{row}\nof\n{piped}");
        assert!(row.len() > source && row[..source].ends_with("  "), "{row}\nof\n{piped}");
    }
    let shown = world.on_terminal("config").screen;
    let header = shown.lines().find(|line| line.starts_with("setting")).unwrap_or_else(|| panic!("{shown}"));
    let [Some(value), Some(source)] = starts(header, &["value", "source"])[..] else { panic!("{header}") };
    for row in shown.lines().skip_while(|line| *line != header).take_while(|line| !line.trim().is_empty()) {
        for column in [value, source] {
            let before: String = row.chars().skip(column - 2).take(2).collect();
            assert!(before.trim().is_empty(), "{row}\nof\n{shown}");
        }
    }
    let runs = world.run("runs").stdout;
    assert_eq!(runs.lines().count(), 2, "a header and a row: {runs}");
    assert!(runs.lines().all(|line| line.split_whitespace().count() > 4), "{runs}");
}

#[test]
fn kinds_that_a_flag_leaves_out_have_no_row() {
    let world = World::new(&[]);
    let all = world.run("resync --mapping mapping.yaml").stdout;
    assert!(all.contains("\ncopilot-seats "), "{all}");
    for line in
        ["plan --mapping mapping.yaml --only copilot-seats", "resync --mapping mapping.yaml --only copilot-seats", "runs last"]
    {
        let ended = world.run(line);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(!ended.stdout.contains("organization-usage-metrics"), "{line}: {}", ended.stdout);
    }
    let report: Value = serde_json::from_str(&world.run("runs last --output json").stdout).unwrap();
    let left_out: Vec<_> = report["resources"].as_array().unwrap().iter().map(|one| one["is_left_out"].as_bool()).collect();
    assert_eq!(left_out, [Some(true), None]);
}

#[test]
fn colour_is_for_terminals_unless_a_flag_or_a_variable_says_otherwise() {
    const ESCAPE: &str = "\u{1b}[";
    let world = World::new(&[]);
    let (good, bad) = ("resync --mapping mapping.yaml", "resync --mapping nowhere.yaml");
    for line in [good, bad, "doctor", "runs", "plan", "nonsense", "config", "resync -v"] {
        let ended = world.run(line);
        assert!(!ended.stdout.contains(ESCAPE) && !ended.stderr.contains(ESCAPE), "{line}: {ended:?}");
        let never = pseudo_terminal::record(world.command(&format!("{line} --color never")), 80);
        assert!(!never.has_colour(), "{line}: {:?}", never.raw);
        let mut command = world.command(line);
        command.env("NO_COLOR", "1");
        assert!(!pseudo_terminal::record(command, 80).has_colour(), "{line}");
    }
    let painted = world.run(&format!("{bad} --color always"));
    assert!(
        painted.stderr.starts_with("\u{1b}[1;31merror\u{1b}[0m: ") || painted.stderr.contains("\n\u{1b}[1;31merror"),
        "{painted:?}"
    );
    assert!(painted.stderr.contains("\u{1b}[36mhelp\u{1b}[0m: ") || painted.code == 2, "{painted:?}");
    let painted = world.run(&format!("{good} --color=always"));
    assert!(painted.stdout.starts_with("\u{1b}[32mresync done\u{1b}[0m: "), "{painted:?}");
    let painted = world.run("runs --color always");
    assert!(painted.stdout.contains("\u{1b}[32mcompleted\u{1b}[0m"), "{painted:?}");
    let painted = world.run("doctor --color always");
    assert!(painted.stdout.contains("\u{1b}[32mok\u{1b}[0m"), "{painted:?}");
    assert!(world.on_terminal(good).has_colour());
    // JSON is for programs, whatever the flag says.
    let json = world.run("runs --output json --color always");
    assert!(serde_json::from_str::<Value>(&json.stdout).is_ok(), "{json:?}");
    assert!(!world.run(&format!("{bad} --color always --log-format json")).stderr.contains(ESCAPE));
}

#[test]
fn progress_says_how_far_it_is_and_leaves_nothing_behind() {
    let world = World::new(&[]);
    for line in ["plan --mapping mapping.yaml", "resync --mapping mapping.yaml", "resync -v --mapping mapping.yaml"] {
        let recorded = world.on_terminal(line);
        assert!(recorded.raw.contains(" of 2 resources, "), "{line}: {:?}", recorded.raw);
        assert!(!recorded.screen.contains("resources, ") && !recorded.screen.contains("scopes, "), "{line}: {}", recorded.screen);
        let logged = recorded.screen.lines().filter(|shown| shown.contains("INFO"));
        let logged: Vec<&str> = logged.collect();
        assert_eq!(!logged.is_empty(), line.contains("-v"), "{line}: {}", recorded.screen);
        assert!(logged.iter().all(|shown| shown.starts_with("20")), "{line}: {}", recorded.screen);
        // In a pipe a short run says nothing of its progress.
        let piped = world.run(line);
        assert!(!piped.stderr.contains("scopes") && !piped.stderr.contains("started"), "{line}: {piped:?}");
    }
}

#[test]
fn a_wait_for_a_rate_limit_is_shown_with_its_end() {
    let world = World::new(&["--scenario", "rate-limit"]);
    let recorded = world.on_terminal("plan --mapping usage");
    let at = recorded.raw.find("; rate limit of GitHub, until ").unwrap_or_else(|| panic!("{}", recorded.raw));
    let end = recorded.raw[at..].chars().skip(30).take(9).collect::<String>();
    assert!(end.ends_with('Z') && end.as_bytes()[2] == b':', "{end:?}");
    assert!(recorded.screen.contains("WARN"), "{}", recorded.screen);
}

#[test]
fn quiet_prints_errors_and_nothing_else() {
    let good = World::new(&[]);
    let ended = good.run("resync --quiet --mapping mapping.yaml");
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (0, "", ""));
    assert_eq!(good.on_terminal("resync --quiet").screen, "");
    let ended = good.run("resync --quiet --output json");
    assert!(serde_json::from_str::<Value>(&ended.stdout).is_ok() && ended.stderr.is_empty(), "what was asked for: {ended:?}");
    let bad = World::new(&["--scenario", "forbidden"]);
    let ended = bad.run("resync --quiet --mapping mapping.yaml");
    assert_eq!((ended.code, ended.stdout.as_str()), (5, ""), "{ended:?}");
    assert!(ended.stderr.starts_with("error: ") && !ended.stderr.contains("note:"), "{ended:?}");
    let ended = bad.run("resync --quiet --mapping nowhere.yaml");
    assert!(ended.code == 2 && ended.stderr.starts_with("error: "), "{ended:?}");
}

#[test]
fn with_json_logs_stderr_is_json_and_names_the_run_as_its_report_does() {
    let good = World::new(&[]);
    let ended = good.run("resync --log-format json -v --mapping mapping.yaml");
    let log = ended.log();
    let id: Value = serde_json::from_str(&good.run("runs last --output json").stdout).unwrap();
    let id = id["id"].as_str().unwrap();
    let named: Vec<&str> = log.iter().filter_map(|line| line["run_id"].as_str()).collect();
    assert!(named.len() > 3 && named.iter().all(|named| *named == id), "{named:?}");
    let last = log.iter().find(|line| line["message"] == "resync ended").unwrap();
    assert!(last["state"] == "completed" && last["created"].as_u64() > Some(0) && last["level"] == "INFO", "{last}");

    let bad = World::new(&["--scenario", "forbidden"]);
    for line in ["resync --log-format json --mapping mapping.yaml", "serve --event-listener once --mapping mapping.yaml"] {
        let ended = bad.run(line);
        assert_eq!(ended.code, 5, "{line}: {ended:?}");
        let log = ended.log();
        assert!(log.iter().any(|line| line["level"] == "ERROR"), "{line}: {ended:?}");
        assert!(ended.stdout.starts_with("resync finished with problems (partial)"), "{line}: {ended:?}");
        assert!(log.iter().all(|line| line.get("run").is_none()), "{line}: one name for a run: {ended:?}");
    }
    let ended = bad.run("resync --log-format json --mapping nowhere.yaml");
    let log = ended.log();
    let error = log.last().unwrap();
    assert_eq!((ended.code, error["level"].as_str()), (2, Some("ERROR")), "{ended:?}");
    assert!(error["message"].as_str().unwrap().starts_with("cannot read the mapping `nowhere.yaml`"), "{error}");
}

#[test]
fn the_mapping_in_use_is_named_by_every_command_and_by_the_report() {
    let world = World::new(&[]);
    let report = || -> Value { serde_json::from_str(&world.run("runs last --output json").stdout).unwrap() };
    let note = "a copy of mapping.yaml is now the integration's mapping";
    let planned = world.run("plan --mapping mapping.yaml");
    assert!(planned.stderr.contains("mapping: mapping.yaml (2 resources)"), "{planned:?}");
    assert!(planned.stderr.contains("a resync stores a copy of mapping.yaml as the integration's mapping"), "{planned:?}");
    let ended = world.run("resync --mapping mapping.yaml");
    assert!(ended.stderr.contains("mapping: mapping.yaml (2 resources)") && ended.stderr.contains(note), "{ended:?}");
    assert_eq!(report()["mapping"], serde_json::json!({"from": "file", "name": "mapping.yaml"}));
    let shown = world.run("runs last").stdout;
    assert!(shown.contains("mapping      mapping.yaml (2 resources)") && shown.contains(note), "{shown}");

    let ended = world.run("resync");
    assert!(ended.stderr.contains("mapping: the integration's, at the catalog (2 resources)"), "{ended:?}");
    assert!(!ended.stderr.contains("note: ") || !ended.stderr.contains("mapping.yaml"), "{ended:?}");
    assert_eq!(report()["mapping"], serde_json::json!({"from": "catalog"}));

    // The same file again is no news; an edited one is.
    assert!(!world.run("resync --mapping mapping.yaml").stderr.contains("integration's mapping"));
    world.write("mapping.yaml", &MAPPING.replace("daily_active_users: .daily_active_users", "loc_added_sum: .loc_added_sum"));
    for line in ["plan --mapping mapping.yaml", "resync --mapping mapping.yaml"] {
        let ended = world.run(line);
        assert!(ended.stderr.contains("note: mapping.yaml differs from the integration's mapping"), "{line}: {ended:?}");
        assert!(ended.stderr.contains("pilotage mapping push mapping.yaml"), "{line}: {ended:?}");
    }
    let ended = world.run("plan --mapping usage");
    assert!(ended.stderr.contains("mapping: bundled, mappings/usage.yaml"), "{ended:?}");
    assert!(ended.stderr.contains("pilotage mapping push usage"), "{ended:?}");
    // The remedy does what the note says.
    let pushed = world.run("mapping push mapping.yaml --no-plan --yes");
    assert_eq!(pushed.code, 0, "{pushed:?}");
    assert!(!world.run("plan --mapping mapping.yaml").stderr.contains("differs from"));
}

#[test]
fn a_daemon_names_its_mapping_and_the_run_in_its_log() {
    let world = World::new(&[]);
    let mut command = world.command("serve --mapping mapping.yaml --port 0 --address 127.0.0.1");
    let mut serving = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(serving.stderr.take().unwrap()).lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let is_last = line["message"] == "resync ended";
        lines.push(line);
        if is_last {
            break;
        }
    }
    serving.kill().unwrap();
    serving.wait().unwrap();
    let of = |message: &str| lines.iter().find(|line| line["message"] == message).unwrap_or_else(|| panic!("{lines:#?}"));
    let began = of("resync began");
    assert_eq!((began["mapping"].as_str(), began["because"].as_str()), (Some("mapping.yaml"), Some("the start")), "{began}");
    let id: Value = serde_json::from_str(&world.run("runs last --output json").stdout).unwrap();
    assert_eq!((&began["run_id"], &of("resync ended")["run_id"]), (&id["id"], &id["id"]));
    let header = lines[0]["message"].as_str().unwrap();
    assert!(header.contains("serving resyncs from") && header.ends_with("mapping: mapping.yaml"), "{header}");
}

#[test]
fn a_mistake_that_leaves_something_undone_is_never_passed_over_in_silence() {
    let world = World::new(&[]);
    let with = |from: &str, to: &str| {
        assert!(MAPPING.contains(from));
        world.write("other.yaml", &MAPPING.replace(from, to));
    };
    let told = |line: &str, code: i32, parts: &[&str]| {
        let ended = world.run(line);
        assert_eq!(ended.code, code, "{line}: {ended:?}");
        parts.iter().for_each(|part| assert!(ended.stderr.contains(part), "{line}: `{part}` is not in {ended:?}"));
    };
    for line in ["resync", "plan"] {
        with("daily_active_users: .daily_active_users", "daily_active_users: '.day - 1'");
        told(&format!("{line} --mapping other.yaml"), 0, &["daily_active_users", "string", "cannot be subtracted"]);
        with(".daily_active_users}", ".daily_activ_users}");
        told(&format!("{line} --mapping other.yaml"), 0, &["daily_activ_users", "did you mean", "daily_active_users"]);
        told(&format!("{line} --mapping mapping.yaml --only copilot-seat"), 2, &["error: ", "copilot-seats"]);
        told(&format!("{line} --mapping mapping.yaml --only copilot-billing"), 2, &["error: ", "no resource of that kind"]);
        told(&format!("{line} --mapping mapping.yaml --org nope"), 2, &["error: ", "`--org nope`"]);
        told(&format!("{line} --mapping nowhere.yaml"), 2, &["error: ", "nowhere.yaml"]);
        told(&format!("{line} --mapping usag"), 2, &["error: ", "did you mean `usage`?"]);
    }
}

#[test]
fn without_history_no_history_is_kept() {
    let world = World::new(&[]);
    let history = |data: &str| world.home.path().join(data).join("history.sqlite");
    let ended = world.run("resync --mapping mapping.yaml --data kept");
    assert!(ended.code == 0 && history("kept").is_file(), "{ended:?}");
    world.write("settings.yaml", "history: false\n");
    let ended = world.run("resync --mapping mapping.yaml --data none --config settings.yaml");
    assert!(ended.code == 0 && !history("none").exists(), "{ended:?}");
    let mut command = world.command("resync --mapping mapping.yaml --data none");
    let ended = Ended::of(command.env("PILOTAGE_HISTORY", "false").output().unwrap());
    assert!(ended.code == 0 && !history("none").exists(), "{ended:?}");
    let asked = world.run("figures show active-people --data none");
    assert!(asked.code == 2 && asked.stderr.contains("no numbers are kept in"), "{asked:?}");
}
