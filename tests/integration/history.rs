//! `pilotage backfill` and `pilotage history` over a simulated GitHub: what is read, what is held, and what becomes of it when the
//! program is killed, the file is damaged, or a resync runs at the same time.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use pilotage::facts::PeopleSet;
use pilotage::history::lock::HistoryUse;
use pilotage::history::{DayFact, HistoryReader, HistoryStore, Part, Reading, ScopeKey, hash, sections};
use pilotage::model::day::Day;
use serde_json::Value;
use tempfile::TempDir;

/// Days of the simulated world. The newest is that of the day before yesterday, so that some days are not final yet.
const DAYS: u32 = 45;

fn today() -> Day {
    Day::of(jiff::Timestamp::now())
}

fn pilotage(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("GITHUB_TOKEN", "any").env("NO_COLOR", "1").stdin(Stdio::null()).arg("--data").arg(data);
    command
}

/// A simulated GitHub that does not outlive the test.
struct Simulated {
    server: Child,
    url: String,
}

impl Simulated {
    fn new() -> Self {
        let mut command = pilotage(Path::new("/nowhere"));
        let until = today().plus_days(-2).to_string();
        command.args(["simulate", "--orgs", "2", "--teams", "1", "--users", "6", "--until", &until]);
        command.args(["--days", &DAYS.to_string()]);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { server, url: url.trim().to_owned() }
    }

    fn backfill(&self, data: &Path, arguments: &[&str]) -> Command {
        let mut command = pilotage(data);
        command.args(["backfill", "--github-host", &self.url]).args(arguments);
        command
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), text(&stdout), text(&stderr))
}

/// Everything that a history holds, without the moments at which it was read.
fn held(data: &Path) -> Vec<(String, String, Day, Vec<u8>)> {
    let reader = HistoryReader::open(data).unwrap().unwrap();
    let mut facts = Vec::new();
    for scope in reader.scopes().unwrap() {
        for part in Part::ALL {
            let Some(extent) = reader.extent(&scope, part).unwrap() else { continue };
            let take = |fact: pilotage::history::reader::KeptFact| {
                facts.push((scope.name.clone(), part.name().to_owned(), fact.day, fact.content));
            };
            reader.days(&scope, part, extent, take).unwrap();
        }
    }
    facts
}

fn status(data: &Path) -> Vec<Value> {
    let (code, stdout, stderr) = run(pilotage(data).args(["history", "status", "--output", "json"]));
    assert_eq!(code, Some(0), "{stderr}");
    serde_json::from_str::<Value>(&stdout).unwrap()["parts"].as_array().unwrap().clone()
}

const KIND: [&str; 2] = ["--only", "organization-usage-metrics"];

#[test]
fn a_backfill_reads_every_day_once_says_what_it_will_cost_and_leaves_no_entity() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let (code, stdout, stderr) = run(&mut github.backfill(folder.path(), &KIND));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert_eq!(stdout, format!("{} days read: {} new\n", 2 * DAYS, 2 * DAYS));
    assert!(
        stderr.contains("organization-usage-metrics") && stderr.contains("about ") && stderr.contains("requests"),
        "{stderr}"
    );
    assert!(stderr.contains("it takes about "), "{stderr}");
    assert!(!folder.path().join("catalog.sqlite").exists(), "entities are a resync's");
    for part in status(folder.path()).iter().filter(|part| part["part"] == "aggregate") {
        assert_eq!((&part["held"], &part["missing"]), (&DAYS.into(), &Value::Array(Vec::new())), "{part}");
        // Days of the last 28 were read once.
        let finals = part["final"].as_u64().unwrap();
        assert!((u64::from(DAYS) - 27..=u64::from(DAYS) - 25).contains(&finals), "{part}");
    }
    let before = held(folder.path());
    let (code, stdout, stderr) = run(&mut github.backfill(folder.path(), &KIND));
    assert_eq!((code, stdout.as_str()), (Some(0), "0 days read: 0 new\n"), "{stderr}");
    assert!(stderr.contains("every day that GitHub has is held"), "{stderr}");
    assert_eq!(held(folder.path()), before);
}

#[test]
fn a_backfill_of_a_part_goes_on_where_it_ended() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let since = today().plus_days(-10).to_string();
    let harbor = ["--org", "harbor", "--since", &since];
    let (code, stdout, stderr) = run(&mut github.backfill(folder.path(), &[&KIND[..], &harbor].concat()));
    assert_eq!((code, stdout.as_str()), (Some(0), "9 days read: 9 new\n"), "{stderr}");
    let parts = status(folder.path());
    let command = parts[0]["missing"][0]["command"].as_str().unwrap();
    assert!(command.starts_with("pilotage backfill --only organization-usage-metrics --org harbor --since "), "{command}");
    let (code, stdout, stderr) = run(&mut github.backfill(folder.path(), &KIND));
    assert_eq!((code, stdout), (Some(0), format!("{} days read: {} new\n", 2 * DAYS - 9, 2 * DAYS - 9)), "{stderr}");
    let dry = run(&mut github.backfill(folder.path(), &["--only", "organization-usage-metrics", "--dry-run"]));
    assert_eq!((dry.0, dry.1.as_str()), (Some(0), ""), "{}", dry.2);
}

#[test]
fn a_resync_keeps_people_teams_seats_billing_and_repositories_whatever_the_mapping_leaves_out() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let data = folder.path();
    let mapping = folder.path().join("mapping.yaml");
    let (_, credits) = include_str!("../../mappings/credits.yaml").split_once("\nresources:\n").unwrap();
    std::fs::write(&mapping, include_str!("../../mappings/usage.yaml").to_owned() + credits).unwrap();
    let resync = || {
        let mut command = pilotage(data);
        run(command.arg("resync").arg("--mapping").arg(&mapping).args(["--github-host", &github.url]))
    };
    let (code, stdout, stderr) = resync();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let (_, billed, stderr) = run(pilotage(data).args(["figures", "show", "credits-by-sku", "--scope", "harbor"]));
    assert!(billed.contains("Copilot AI Credits"), "{billed}{stderr}");
    let of_harbor = |parts: &[Value]| -> Vec<(String, u64)> {
        let of_it = parts.iter().filter(|part| part["scope"] == "harbor");
        of_it.map(|part| (part["part"].as_str().unwrap().to_owned(), part["held"].as_u64().unwrap())).collect()
    };
    // The people of each day are those of its entities.
    let (_, export, _) = run(pilotage(data).args(["catalog", "export"]));
    let entities: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |blueprint: &str, day: Day| {
        let is_of = |entity: &&Value| {
            let identifier = entity["identifier"].as_str().unwrap();
            entity["blueprint"] == blueprint && identifier.starts_with("harbor/") && identifier.ends_with(&format!("@{day}"))
        };
        entities.iter().filter(is_of).collect::<Vec<_>>()
    };
    let repositories = entities.iter().filter(|it| it["blueprint"] == "copilot_repository_usage").filter_map(|it| {
        let (owner, day) = it["identifier"].as_str().unwrap().split_once('@').unwrap();
        owner.starts_with("harbor/").then(|| day.to_owned())
    });
    // Of days on which no repository had a pull request there is no report; three days later that says that they had none.
    let quiet = (3..30).map(|back| today().plus_days(-back).to_string());
    let repositories = repositories.chain(quiet).collect::<std::collections::BTreeSet<String>>().len() as u64;
    // The newest day of teams is three days ago, so the oldest of their 28 is one more of people.
    let held = [("aggregate", 28), ("people", 29), ("teams", 28), ("seats", 1), ("billing", 28), ("repositories", repositories)];
    assert_eq!(of_harbor(&status(data)), held.map(|(part, days)| (part.to_owned(), days)));
    let reader = HistoryReader::open(data).unwrap().unwrap();
    let harbor = reader.scopes().unwrap().into_iter().find(|scope| scope.name == "harbor").unwrap();
    let mut days = 0;
    let extent = reader.extent(&harbor, Part::People).unwrap().unwrap();
    let people = |fact: pilotage::history::reader::KeptFact| {
        let sets = sections::people_sets(&fact.content, |_| true).unwrap();
        let reported = sets[&PeopleSet::Reported].len();
        let of_day = of("copilot_user_usage", fact.day).len() as u64;
        // Of one day only the teams' reports were read.
        assert!(reported == of_day || of_day == 0 && fact.day == extent.0, "{}: {reported} {of_day}", fact.day);
        days += 1;
    };
    reader.days(&harbor, Part::People, extent, people).unwrap();
    let teams = |fact: pilotage::history::reader::KeptFact| {
        let index = sections::teams_index(&fact.content).unwrap();
        let of_day = of("copilot_team_usage", fact.day);
        assert_eq!(index.teams.len(), of_day.len(), "{}", fact.day);
        for team in &index.teams {
            let entity = of_day.iter().find(|it| it["identifier"].as_str().unwrap().contains(&format!("/{}@", team.id))).unwrap();
            let active = entity["properties"]["members_active"].as_u64();
            assert_eq!(Some(team.sums.unwrap().active), active, "{entity}");
        }
        days += 1;
    };
    reader.days(&harbor, Part::Teams, extent, teams).unwrap();
    assert_eq!(days, 29 + 28);
    drop(reader);
    // Figures of people, of teams and of one team, from these parts.
    for arguments in [
        &["people-with-activity"][..],
        &["active-people", "--team", "PLATFORM"],
        &["agent-people", "--team", "platform"],
        &["merged-by-copilot"],
    ] {
        let mut command = pilotage(data);
        let shown = run(command.args(["figures", "show", "--scope", "harbor", "--output", "json"]).args(arguments));
        assert_eq!(shown.0, Some(0), "{arguments:?}: {}", shown.2);
        let json: Value = serde_json::from_str(&shown.1).unwrap();
        let points = json["points"].as_array().unwrap();
        let states: std::collections::BTreeSet<&str> = points.iter().map(|it| it["state"].as_str().unwrap()).collect();
        assert!(states.contains("final") || states.contains("provisional"), "{arguments:?}: {states:?}");
    }
    for (arguments, error, help) in [
        (&["active-people", "--team", "platfrom"][..], "no team `platfrom` is in what was read", "did you mean `platform`?"),
        (&["active-people", "--since", "2025-01-01"], "GitHub has nothing for `active-people` before", "leave it out"),
    ] {
        let (code, _, stderr) = run(pilotage(data).args(["figures", "show", "--scope", "harbor"]).args(arguments));
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(error) && stderr.contains(help), "{stderr}");
    }
    // A second run finds the same; nobody gets another number.
    let before = self::held(data);
    let (code, _, stderr) = resync();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(self::held(data), before);
    let (_, runs, _) = run(pilotage(data).args(["runs", "last", "--output", "json"]));
    let report: Value = serde_json::from_str(&runs).unwrap();
    assert_eq!((&report["history"]["new"], &report["history"]["changed"]), (&0.into(), &0.into()), "{}", report["history"]);
}

#[test]
fn killed_at_any_moment_it_has_the_same_in_the_end() {
    let github = Simulated::new();
    let whole = TempDir::new().unwrap();
    assert_eq!(run(&mut github.backfill(whole.path(), &KIND)).0, Some(0));
    let expected = held(whole.path());
    // A seed, so that a failure can be had again.
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut folder = TempDir::new().unwrap();
    for number in 0..50 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut running = github.backfill(folder.path(), &KIND).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random >> 33 & 0xff));
        running.kill().unwrap();
        if running.wait().unwrap().success() {
            assert_eq!(held(folder.path()), expected, "{number}");
            folder = TempDir::new().unwrap();
        }
    }
    let (code, _, stderr) = run(&mut github.backfill(folder.path(), &KIND));
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(held(folder.path()), expected);
}

#[test]
fn it_waits_while_a_resync_runs() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let resync = HistoryUse::of_run(folder.path()).unwrap();
    let mut running = github.backfill(folder.path(), &KIND).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "waiting: a resync is running"));
    let (code, _, stderr) = run(&mut github.backfill(folder.path(), &KIND));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("another backfill of "), "{stderr}");
    assert!(HistoryReader::open(folder.path()).unwrap().unwrap().scopes().unwrap().is_empty());
    drop(resync);
    // The rest of its lines, so that it does not wait for a reader.
    lines.for_each(drop);
    assert!(running.wait().unwrap().success());
    assert_eq!(held(folder.path()).len(), 2 * DAYS as usize);
}

#[test]
fn a_damaged_history_is_named_and_made_anew_of_the_report_cache() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let data = folder.path();
    assert_eq!(run(&mut github.backfill(data, &KIND)).0, Some(0));
    let before = held(data);
    let file = data.join("history.sqlite");
    std::fs::write(&file, vec![b'x'; 40_000]).unwrap();
    std::fs::write(data.join("catalog.note"), "nothing of the history's").unwrap();
    let (code, _, stderr) = run(pilotage(data).args(["figures", "show", "lines"]));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("history.sqlite` is damaged: ") && stderr.contains("`pilotage history rebuild`"), "{stderr}");
    let rebuild = || {
        let mut command = pilotage(data);
        command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &github.url).args(["history", "rebuild"]);
        run(&mut command)
    };
    let (code, stdout, stderr) = rebuild();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("the old history was damaged: ") && stdout.contains("history.damaged.sqlite"), "{stdout}");
    let after = held(data);
    // The newest days may still change, so their reports are not cached.
    let is_cached = |fact: &(String, String, Day, Vec<u8>)| today().days_since(fact.2) > 7;
    assert!(before.iter().filter(|fact| is_cached(fact)).all(|fact| after.contains(fact)));
    assert!(data.join("history.damaged.sqlite").exists() && data.join("catalog.note").exists());
    // A second time there is nothing to mend, and nothing is lost.
    let (code, stdout, stderr) = rebuild();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert_eq!(held(data), after);
    assert_eq!(run(&mut github.backfill(data, &KIND)).0, Some(0));
    assert_eq!(held(data), before);
    let running = HistoryUse::of_run(data).unwrap();
    let (code, _, stderr) = rebuild();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("a resync or a backfill is running"), "{stderr}");
    drop(running);
}

#[test]
fn a_history_of_which_a_page_is_damaged_gives_what_can_be_read() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let scope = ScopeKey::of_slice("acme", false, "api.github.com");
    let fact = |back: i32| {
        let day = today().plus_days(-back);
        // Long and without repetition, so that a day takes pages of its own.
        let noise: Vec<String> =
            (0..4_000).map(|it| format!("{:x}", (back + 7).wrapping_mul(it).wrapping_mul(2_654_435))).collect();
        let content = format!(r#"{{"day":"{day}","n":{back},"noise":"{}"}}"#, noise.join("")).into_bytes();
        DayFact { scope: scope.clone(), day, part: Part::Aggregate, hash: hash::of_row(&content), content: Some(content) }
    };
    let facts: Vec<DayFact> = (40..60).map(fact).collect();
    let reading = Reading { at: jiff::Timestamp::now(), is_cached: false };
    HistoryStore::open(data).unwrap().write(&facts, reading).unwrap();
    let path = data.join("history.sqlite");
    let file = rusqlite::Connection::open(&path).unwrap();
    let page: usize = file.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    let run: Vec<u8> = file
        .query_row("SELECT run FROM content ORDER BY number LIMIT 1 OFFSET (SELECT count(*) / 2 FROM content)", [], |row| {
            row.get(0)
        })
        .unwrap();
    drop(file);
    // The middle of a run that is longer than three pages is in a page that nothing else is in.
    assert!(run.len() > 3 * page, "{} bytes", run.len());
    let middle = &run[run.len() / 2..][..32];
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(middle.len()).position(|window| window == middle).unwrap() / page * page;
    bytes[at..at + page].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let (code, stdout, stderr) = self::run(pilotage(data).args(["history", "rebuild"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("the old history was damaged: "), "{stdout}");
    // One day was in that page, and all others are as they were.
    let left = held(data);
    assert_eq!(left.len(), 19, "{stdout}");
    assert!(
        left.iter().all(|(_, _, day, content)| facts.iter().any(|it| it.day == *day && it.content.as_ref() == Some(content)))
    );
}

#[test]
fn what_was_restated_is_shown_with_its_first_and_last_value() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let scope = ScopeKey::of_slice("acme", false, "api.github.com");
    let day = today().plus_days(-40);
    let fact = |users: u32| {
        let content = format!(r#"{{"day":"{day}","daily_active_users":{users},"loc_added_sum":7}}"#).into_bytes();
        DayFact { scope: scope.clone(), day, part: Part::Aggregate, hash: hash::of_row(&content), content: Some(content) }
    };
    let (code, _, stderr) = run(pilotage(data).args(["history", "restated"]));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("`pilotage backfill` reads older ones"), "{stderr}");
    let reading = Reading { at: jiff::Timestamp::now(), is_cached: false };
    let mut store = HistoryStore::open(data).unwrap();
    store.write(&[fact(41)], reading).unwrap();
    assert_eq!(run(pilotage(data).args(["history", "restated"])).1, "no day that was final has changed since\n");
    store.write(&[fact(43)], reading).unwrap();
    let (code, stdout, _) = run(pilotage(data).args(["history", "restated"]));
    assert_eq!(stdout, format!("{day}  acme, aggregate, found on {}\n  daily_active_users: 41 -> 43\n", today()));
    assert_eq!(code, Some(0));
    let (_, stdout, _) = run(pilotage(data).args(["history", "restated", "--output", "json"]));
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["days"][0]["values"][0], serde_json::json!({"name": "daily_active_users", "first": 41, "last": 43}));
    let (_, page, _) = run(pilotage(data).args(["history", "status", "--scope", "ACME"]));
    assert!(page.contains("not held\n  pilotage backfill --only organization-usage-metrics --org acme"), "{page}");
    assert!(page.lines().all(|line| line.len() <= 110), "{page}");
    let (_, page, _) = run(pilotage(data).args(["history", "status"]));
    assert!(page.lines().all(|line| line.len() <= 80), "{page}");
}

#[test]
fn what_is_wrong_is_told_before_anything_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let tomorrow = today().plus_days(1).to_string();
    for (arguments, error, help) in [
        (&["backfill", "--since", &tomorrow][..], "is not in the past", "today is "),
        (&["backfill", "--since", "2025-10-09"], "GitHub has nothing of days before 2025-10-10", "leave it out"),
        (&["backfill", "--since", "soon"], "invalid value 'soon'", "expected YYYY-MM-DD"),
        (&["backfill", "--only", "copilot-seat"], "there is no such kind", "did you mean `copilot-seats`?"),
        (&["backfill", "--only", "copilot-seats"], "the history keeps no past days of it", "organization-usage-metrics"),
        (&["history", "status"], "no days are kept in ", "`pilotage resync` keeps those that it reads"),
        (&["history", "status", "--demo"], "no days are kept in ", "`pilotage demo --once`"),
    ] {
        let began = Instant::now();
        let (code, stdout, stderr) = run(pilotage(data).args(arguments));
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(error) && stderr.contains(help), "{arguments:?}: {stderr}");
        assert!(began.elapsed() < Duration::from_secs(20), "{arguments:?}");
    }
    let (code, _, stderr) = run(pilotage(data).env("PILOTAGE_HISTORY", "false").arg("backfill"));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("no history is kept"), "{stderr}");
}
