//! `resync --input`: stored reports of GitHub go through the mapping into the catalog, and nothing is deleted. The pages for people
//! who have stored reports elsewhere are run as they are written, their SQL over SQLite.
//!
//! `UPDATE_MIGRATION_PAGES=1 cargo test --test integration stored_files` writes the output in the pages anew.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use fancy_regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::export;
use crate::support::repository;
use crate::transcripts::without_time;

/// The program with its data in the folder, and without a credential of GitHub.
fn command(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.args(line.split_whitespace()).current_dir(folder).env_clear().env("PILOTAGE_DATA", folder.join("data"));
    command
}

fn run(folder: &Path, line: &str) -> (i32, String, String) {
    let output = command(folder, line).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn day(day: u32, users: u32) -> String {
    let day = format!("2026-03-{day:02}");
    format!(r#"{{"day":"{day}","organization_id":"7","daily_active_users":{users},"monthly_active_users":9}}"#) + "\n"
}

fn identifiers(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = export(&folder.join("data"))
        .iter()
        .map(|entity: &Value| entity["identifier"].as_str().unwrap_or_default().to_owned())
        .collect();
    all.retain(|identifier| identifier.contains('@'));
    all.sort();
    all
}

#[test]
fn stored_days_become_entities_and_later_files_delete_none() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    fs::write(path.join("march.ndjson"), day(1, 3) + &day(2, 4)).unwrap();
    let (code, stdout, stderr) = run(path, "resync --mapping usage --input march.ndjson --org acme");
    assert!(code == 0 && stdout.contains("resync done: 2 created"), "{stdout}{stderr}");
    assert!(stderr.contains("resync from 1 stored file into the embedded catalog"), "{stderr}");
    assert!(!stderr.contains("not ready") && !stderr.contains("withheld"), "{stderr}");
    assert_eq!(identifiers(path), ["acme@2026-03-01", "acme@2026-03-02"]);
    // A second import has nothing to do, and another file takes nothing away.
    let (code, stdout, _) = run(path, "resync --mapping usage --input march.ndjson --org acme");
    assert!(code == 0 && stdout.contains("resync done: nothing changed"), "{stdout}");
    fs::write(path.join("later.json"), format!("[\n{}]", day(3, 5))).unwrap();
    let (code, stdout, _) = run(path, "resync --mapping usage --input later.json --org acme --deletion-threshold 1");
    assert!(code == 0 && stdout.contains("resync done: 1 created"), "{stdout}");
    assert_eq!(identifiers(path).len(), 3);
}

#[test]
fn rows_that_are_refused_are_named_with_their_line_and_the_rest_is_imported() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("stored")).unwrap();
    fs::write(path.join("stored/a.ndjson"), day(1, 3) + "{\"day\":\"2026-03-02\"}\n{broken\n" + &day(4, 4)).unwrap();
    let (code, stdout, stderr) = run(path, "resync --mapping usage --input stored --org acme");
    assert_eq!(code, 5, "{stdout}{stderr}");
    assert!(stdout.contains("2 created"), "{stdout}");
    assert!(stderr.contains("stored/a.ndjson line 2: expected a day of an organization or an enterprise"), "{stderr}");
    assert!(stderr.contains("stored/a.ndjson line 3: not JSON"), "{stderr}");
    assert_eq!(run(path, "resync --mapping usage --input stored --org acme --partial-ok").0, 0);
    // Of two files with one day, the last name of a folder stands.
    fs::write(path.join("stored/b.ndjson"), day(1, 8)).unwrap();
    let (_, stdout, _) = run(path, "resync --mapping usage --input stored --org acme");
    assert!(stdout.contains("1 updated"), "{stdout}");
    let entities = export(&path.join("data"));
    let first = entities.iter().find(|entity| entity["identifier"] == "acme@2026-03-01").unwrap();
    assert_eq!(first["properties"]["daily_active_users"], 8);
}

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    fs::write(path.join("days.json"), day(1, 3)).unwrap();
    fs::write(path.join("users.json"), "{\"day\":\"2026-03-01\",\"user_id\":1,\"user_login\":\"ann\"}\n").unwrap();
    fs::write(path.join("odd.json"), "{\"a\":1}\n").unwrap();
    let cases = [
        ("--input days.json", "nothing says whose reports the files are"),
        ("--input days.json --org acme,beta", "one organization or enterprise at a time"),
        ("--input days.json --org acme --enterprise octo", "cannot be used with"),
        ("--enterprise octo", "--input"),
        ("--input days.json --org acme --only copilot-seats,organization-usage-metrics", "takes one kind"),
        ("--input days.json --org acme --only team-usage-metrics", "import the users' report"),
        ("--input days.json --org acme --only no-such-kind", "there is no kind `no-such-kind`"),
        ("--input days.json --org acme --accept-empty acme", "means nothing with --input"),
        ("--input nothing.json --org acme", "cannot read `nothing.json`"),
        ("--input odd.json --org acme", "cannot tell what `odd.json` holds: line 1: an object with `a`"),
        (
            "--input users.json --org acme --mapping mapping.yaml",
            "holds items of `organization-user-usage-metrics`, of which the mapping",
        ),
    ];
    fs::copy(repository("tests/worlds/copilot.yaml"), path.join("mapping.yaml")).unwrap();
    for (flags, expected) in cases {
        let (code, stdout, stderr) = run(path, &format!("resync {flags}"));
        assert_eq!((code, stdout.as_str()), (2, ""), "{flags}: {stderr}");
        assert!(stderr.contains(expected), "{flags}: {stderr}");
    }
}

#[test]
fn a_reviewed_import_is_applied_or_refused_as_any_plan_is() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    fs::write(path.join("days.ndjson"), day(1, 3)).unwrap();
    let line = "plan usage --input days.ndjson --org acme --out plan.jsonl";
    let (code, stdout, stderr) = run(path, line);
    assert!(code == 0 && stdout.contains("plan: 1 to create"), "{stdout}{stderr}");
    fs::write(path.join("days.ndjson"), day(1, 4)).unwrap();
    let (code, _, stderr) = run(path, "resync --plan plan.jsonl");
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("acme@2026-03-01: other values than planned would be sent"), "{stderr}");
    fs::write(path.join("days.ndjson"), day(1, 3)).unwrap();
    let (code, stdout, stderr) = run(path, "resync --plan plan.jsonl");
    assert!(code == 0 && stdout.contains("1 created"), "{stdout}{stderr}");
}

#[test]
fn days_of_a_team_from_the_closed_endpoint_are_imported_with_their_team() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let legacy = r#"[{"date":"2025-03-01","total_active_users":5,"total_engaged_users":4,"copilot_ide_code_completions":null}]"#;
    fs::write(path.join("core.json"), legacy).unwrap();
    let (code, stdout, stderr) = run(path, "resync --mapping copilot --input core.json --org acme --team core");
    assert!(code == 0 && stdout.contains("1 created"), "{stdout}{stderr}");
}

/// The tables of the tools that the pages name, with a few rows as those tools store them.
fn database() -> rusqlite::Connection {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database
        .execute_batch(
            "CREATE TABLE metrics (scope TEXT, identifier TEXT, team_slug TEXT, metrics_date TEXT, data TEXT, report_data TEXT);
             CREATE TABLE user_day_metrics (scope TEXT, identifier TEXT, user_login TEXT, user_id INT, metrics_date TEXT, data TEXT);
             CREATE TABLE _raw_copilot_org_metrics (id INTEGER PRIMARY KEY, params TEXT, data TEXT, url TEXT, input TEXT, created_at TEXT);
             CREATE TABLE _raw_copilot_user_metrics (id INTEGER PRIMARY KEY, params TEXT, data TEXT, url TEXT, input TEXT, created_at TEXT);
             CREATE TABLE _raw_copilot_seats (id INTEGER PRIMARY KEY, params TEXT, data TEXT, url TEXT, input TEXT, created_at TEXT);",
        )
        .unwrap();
    let user = |day: &str, login: &str, id: u32| {
        format!(
            r#"{{"day":"{day}","organization_id":"7","user_id":{id},"user_login":"{login}","code_acceptance_activity_count":2}}"#
        )
    };
    for number in 1..=3 {
        let (row, date) = (day(number, number + 2), format!("2026-03-{number:02}"));
        let legacy = format!(r#"{{"date":"{date}","total_active_users":{number},"total_engaged_users":1}}"#);
        let old = format!(r#"{{"date":"2025-03-{number:02}","total_active_users":{number},"total_engaged_users":1}}"#);
        let metrics = "INSERT INTO metrics VALUES ('organization', 'acme', ?1, ?2, ?3, ?4)";
        database.execute(metrics, ("", &date, &legacy, row.trim())).unwrap();
        database.execute(metrics, ("core", &date, &legacy, row.trim())).unwrap();
        database.execute(metrics, ("", format!("2025-03-{number:02}"), &old, None::<&str>)).unwrap();
        let url = format!("https://api.github.com/orgs/acme/copilot/metrics/reports/organization-1-day?day={date}");
        let raw = |table: &str, data: &str, url: &str| {
            let insert = format!(
                "INSERT INTO {table} (params, data, url, input, created_at) VALUES ('{{}}', ?1, ?2, 'null', '2026-03-09')"
            );
            database.execute(&insert, (data, url)).unwrap();
        };
        // A stored file ends its line.
        raw("_raw_copilot_org_metrics", &row, &url);
        raw("_raw_copilot_org_metrics", &row, &url.replace("acme", "beta"));
        for (login, id) in [("ann", 1), ("ben", 2)] {
            let data = user(&date, login, id);
            let insert = "INSERT INTO user_day_metrics VALUES ('organization', 'acme', ?1, ?2, ?3, ?4)";
            database.execute(insert, (login, id, &date, &data)).unwrap();
            raw("_raw_copilot_user_metrics", &data, &url.replace("organization-1-day", "users-1-day"));
        }
        if number == 1 {
            let seat = r#"{"created_at":"2026-01-01T00:00:00Z","assignee":{"login":"ann","id":1},"plan_type":"business"}"#;
            raw("_raw_copilot_seats", seat, "https://api.github.com/orgs/acme/copilot/billing/seats?page=1&per_page=100");
        }
    }
    database
}

/// Runs the SQL of a page's line as the client that it names would, and writes the file that it names.
fn export_by(line: &str, database: &rusqlite::Connection, folder: &Path) {
    let (before, file) = line.rsplit_once(" > ").unwrap_or_else(|| panic!("no file: {line}"));
    let (_, sql) = before.trim_end_matches('"').rsplit_once('"').unwrap_or_else(|| panic!("no SQL: {line}"));
    let mut statement = database.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let rows: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(!rows.is_empty(), "{sql}");
    let file = folder.join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, rows.iter().map(|row| format!("{row}\n")).collect::<String>()).unwrap();
}

/// What a terminal shows of a command.
fn shown(folder: &Path, line: &str) -> String {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = command(folder, line);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // The command holds the other ends of the pipe.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{line}: {text}");
    let progress = Regex::new(r"(?m)^\S+: [\d,]+ scopes?, [\d,]+ items, [\d,]+ entities\n").unwrap();
    let text = progress.replace_all(&text, "").replace(&folder.display().to_string(), "~");
    let seconds = Regex::new(r"(?m) +\d+\.\d$").unwrap();
    seconds.replace_all(&without_time(&text), "  0.0").into_owned()
}

/// The page with the output of its commands as it is now. Its blocks share one folder, in their order.
fn again(page: &str) -> String {
    let (folder, database) = (TempDir::new().unwrap(), database());
    let mut out = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        out.push_str(&format!("{line}\n"));
        if line == "```sh" || line == "```console" {
            for line in lines.by_ref().take_while(|line| *line != "```") {
                if let Some(command) = line.strip_prefix("$ pilotage ") {
                    out.push_str(&format!("{line}\n{}", shown(folder.path(), command)));
                } else if line.starts_with("psql ") || line.starts_with("mysql ") {
                    out.push_str(&format!("{line}\n"));
                    export_by(line, &database, folder.path());
                }
            }
            out.push_str("```\n");
        }
    }
    out
}

#[test]
fn the_pages_for_those_who_come_from_elsewhere_print_what_they_say() {
    for page in ["docs/from-copilot-metrics-viewer.md", "docs/from-devlake.md"] {
        let file = repository(page);
        let text = fs::read_to_string(&file).unwrap();
        let now = again(&text);
        if std::env::var_os("UPDATE_MIGRATION_PAGES").is_some() {
            fs::write(&file, &now).unwrap();
            continue;
        }
        let differences: Vec<_> = text.lines().zip(now.lines()).filter(|(page, now)| page != now).collect();
        assert!(text == now, "{page} differs: {differences:#?}");
    }
}
