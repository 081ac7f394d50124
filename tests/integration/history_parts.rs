//! The history over all its parts: killed at any moment, damaged, filled from files and from recorded answers, rolled up, and read
//! by other programs.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pilotage::history::{DayFact, HistoryStore, Part, Reading, ScopeKey, hash};
use pilotage::model::day::Day;
use serde_json::{Value, json};
use tempfile::TempDir;

fn today() -> Day {
    Day::of(jiff::Timestamp::now())
}

fn pilotage(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("GITHUB_TOKEN", "any").env("NO_COLOR", "1").stdin(Stdio::null()).arg("--data").arg(data);
    command
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A simulated GitHub that does not outlive the test.
struct Simulated {
    server: Child,
    url: String,
}

impl Simulated {
    fn start(command: &mut Command) -> Self {
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { server, url: url.trim().to_owned() }
    }

    /// A small world whose newest day is two days ago.
    fn world(days: u32) -> Self {
        let until = today().plus_days(-2).to_string();
        let mut command = pilotage(Path::new("/nowhere"));
        command.args(["simulate", "--orgs", "1", "--teams", "2", "--users", "6", "--until", &until, "--days", &days.to_string()]);
        Self::start(&mut command)
    }

    fn replay(folder: &Path) -> Self {
        Self::start(pilotage(Path::new("/nowhere")).arg("simulate").arg("--replay").arg(folder))
    }

    fn backfill(&self, data: &Path) -> Command {
        let mut command = pilotage(data);
        // The enterprise's reports are read, too, where they are asked for.
        command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_ENTERPRISE_NAME", "fleet");
        command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS", "harbor");
        command.args(["backfill", "--github-host", &self.url]);
        command
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Everything that a history holds, without the numbers of persons and the moments at which it was read.
fn facts(data: &Path) -> Vec<String> {
    let (code, stdout, stderr) = run(pilotage(data).args(["export", "--what", "facts", "--names", "--format", "ndjson"]));
    assert_eq!(code, Some(0), "{stderr}");
    let mut lines: Vec<String> = stdout.lines().map(str::to_owned).collect();
    for line in &mut lines {
        let mut row: Value = serde_json::from_str(line).unwrap();
        row["fields"].as_object_mut().unwrap().entry("member_ids").and_modify(|ids| {
            // None of a day that was rolled up.
            if let Some(all) = ids.as_array() {
                let mut sorted: Vec<u64> = all.iter().map(|id| id.as_u64().unwrap()).collect();
                sorted.sort_unstable();
                *ids = json!(sorted);
            }
        });
        *line = row.to_string();
    }
    lines.sort();
    lines
}

fn parts(facts: &[String]) -> BTreeMap<String, usize> {
    let mut parts = BTreeMap::new();
    for line in facts {
        let row: Value = serde_json::from_str(line).unwrap();
        *parts.entry(row["part"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    parts
}

#[test]
fn killed_at_any_of_fifty_moments_over_all_parts_it_has_the_same_in_the_end() {
    let github = Simulated::world(12);
    let whole = TempDir::new().unwrap();
    let began = std::time::Instant::now();
    let (code, stdout, stderr) = run(&mut github.backfill(whole.path()));
    // Days on which no repository had a pull request have no report, and nothing is missing for it.
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let took = began.elapsed().as_millis() as u64;
    let expected = facts(whole.path());
    let held = parts(&expected);
    assert_eq!(held.keys().collect::<Vec<_>>(), ["aggregate", "people", "repositories", "teams"], "{held:?}");
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut folder = TempDir::new().unwrap();
    for number in 0..50 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut running = github.backfill(folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis((random >> 33) % took.max(1)));
        running.kill().unwrap();
        if running.wait().unwrap().success() {
            assert_eq!(facts(folder.path()), expected, "seed of the loop, {number}");
            folder = TempDir::new().unwrap();
        }
    }
    let (code, _, stderr) = run(&mut github.backfill(folder.path()));
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(facts(folder.path()), expected);
    let (_, stdout, _) = run(&mut github.backfill(folder.path()));
    assert_eq!(stdout, "0 days read: 0 new\n", "everything is held");
    // The enterprise has the people of its organization, and their differences add up.
    let day = today().plus_days(-6).to_string();
    let (code, stdout, stderr) = run(pilotage(folder.path()).args(["figures", "why", "fleet", &day, "--output", "json"]));
    assert_eq!(code, Some(0), "{stderr}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["related"], json!(["harbor"]));
    let of_enterprise = |code: &str| {
        let steps = json["steps"].as_array().unwrap();
        steps.iter().find(|step| step["section"] == "enterprise" && step["code"] == code).unwrap()["value"].clone()
    };
    assert_eq!(of_enterprise("sum-of-organizations"), of_enterprise("enterprise-users-report"), "{json}");
    let missing: Vec<&Value> = json["missing"].as_array().unwrap().iter().map(|it| &it["part"]).collect();
    assert_eq!(missing, ["teams", "seats"], "its teams are those of the organization, and GitHub has no past seats: {json}");
}

#[test]
fn a_damaged_history_is_named_and_every_cached_part_of_it_comes_back() {
    let github = Simulated::world(16);
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    assert_eq!(run(&mut github.backfill(data)).0, Some(0));
    let before = facts(data);
    fs::write(data.join("history.sqlite"), vec![b'x'; 40_000]).unwrap();
    fs::write(data.join("catalog.note"), "nothing of the history's").unwrap();
    let (code, _, stderr) = run(pilotage(data).args(["export", "--what", "facts", "--names"]));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("history.sqlite` is damaged: ") && stderr.contains("`pilotage history rebuild`"), "{stderr}");
    let mut rebuild = pilotage(data);
    rebuild.env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &github.url).args(["history", "rebuild"]);
    let (code, stdout, stderr) = run(&mut rebuild);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let after = facts(data);
    let day = |line: &String| serde_json::from_str::<Value>(line).unwrap()["day"].as_str().unwrap().parse::<Day>().unwrap();
    // Reports of the newest days may still change, so they are not cached.
    let is_cached = |line: &&String| today().days_since(day(line)) > 7;
    // What it was read from now is the cache, so the state may be another one.
    let without_state = |line: &String| line.replace(r#""state":"final""#, "").replace(r#""state":"provisional""#, "");
    let after: std::collections::BTreeSet<String> = after.iter().map(without_state).collect();
    let expected: Vec<String> = before.iter().filter(is_cached).map(without_state).collect();
    for line in &expected {
        let is_there = after.contains(line);
        // A day of nothing has no report that could be cached; a backfill finds it again.
        assert!(is_there || line.contains(r#""part":"repositories""#), "{line}");
    }
    assert!(expected.len() > 50 && data.join("catalog.note").exists() && data.join("history.damaged.sqlite").exists());
    assert_eq!(run(&mut github.backfill(data)).0, Some(0));
    let again: Vec<String> = facts(data).iter().map(without_state).collect();
    let before: Vec<String> = before.iter().map(without_state).collect();
    assert_eq!(again, before);
}

/// Three days of an organization as GitHub's report of 28 days has them, and as copilot-metrics-viewer shows and stores them. Monday
/// to Wednesday; on Tuesday hardly anybody works.
fn day_rows(monday: Day) -> Vec<Value> {
    let feature = |feature: &str, shown: u32, accepted: u32, added: u32, deleted: u32| {
        json!({
            "feature": feature, "user_initiated_interaction_count": 0, "code_generation_activity_count": shown,
            "code_acceptance_activity_count": accepted, "loc_added_sum": added, "loc_deleted_sum": deleted,
            "loc_suggested_to_add_sum": 0, "loc_suggested_to_delete_sum": 0,
        })
    };
    let row = |number: i32, users: u32, prompts: u32, features: Vec<Value>, lines: (u32, u32), merged: (u32, u32)| {
        json!({
            "day": monday.plus_days(number), "organization_id": "7", "enterprise_id": "1", "daily_active_users": users,
            "weekly_active_users": 3, "monthly_active_users": 3, "monthly_active_chat_users": 2, "monthly_active_agent_users": 1,
            "user_initiated_interaction_count": prompts, "totals_by_ide": [], "totals_by_feature": features,
            "totals_by_language_feature": [], "totals_by_language_model": [], "totals_by_model_feature": [],
            "loc_added_sum": lines.0, "loc_deleted_sum": lines.1,
            "pull_requests": { "total_merged": merged.0, "total_merged_created_by_copilot": merged.1 },
        })
    };
    vec![
        row(0, 3, 12, vec![feature("code_completion", 100, 30, 60, 0), feature("agent_edit", 50, 0, 200, 20)], (260, 20), (4, 1)),
        row(1, 1, 0, Vec::new(), (0, 0), (0, 0)),
        row(2, 2, 9, vec![feature("code_completion", 60, 33, 40, 0), feature("agent_edit", 20, 0, 100, 10)], (140, 10), (6, 2)),
    ]
}

/// The people of these days: ann and ben work on Monday, and cid is known to servers only; ben has one session of the command line on
/// Tuesday; ann and cid work on Wednesday.
fn user_rows(monday: Day) -> Vec<Value> {
    let row = |number: i32, id: u32, login: &str, flags: &[&str], prompts: u32, editor: Option<&str>| {
        let day = monday.plus_days(number);
        let mut row = json!({
            "report_start_day": day, "report_end_day": day, "day": day, "organization_id": "7", "enterprise_id": "1", "user_id": id,
            "user_login": login, "user_initiated_interaction_count": prompts, "code_generation_activity_count": 0,
            "code_acceptance_activity_count": 0, "totals_by_ide": [], "totals_by_feature": [],
        });
        for flag in flags {
            row[*flag] = true.into();
        }
        if let Some(editor) = editor {
            row["totals_by_ide"] = json!([{ "ide": editor, "user_initiated_interaction_count": prompts }]);
        }
        row
    };
    vec![
        row(0, 1, "ann", &["used_chat", "used_agent"], 7, Some("vscode")),
        row(0, 2, "ben", &["used_chat"], 5, Some("intellij")),
        row(0, 3, "cid", &[], 0, None),
        row(1, 2, "ben", &["used_cli"], 0, None),
        row(2, 1, "ann", &["used_chat"], 4, Some("vscode")),
        row(2, 3, "cid", &["used_chat"], 5, Some("vscode")),
    ]
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// The values of a figure, by series; `not-held` and the like in the place of a value.
fn figure(data: &Path, id: &str, by: &str) -> Vec<String> {
    let (code, stdout, stderr) = run(pilotage(data).args(["figures", "show", id, "--by", by, "--output", "ndjson"]));
    assert_eq!(code, Some(0), "{id}: {stderr}");
    let text = |line: &str| {
        let point: Value = serde_json::from_str(line).unwrap();
        let value =
            if point["value"].is_null() { point["state"].as_str().unwrap().to_owned() } else { point["value"].to_string() };
        let series = point["series"].as_str().map(|name| format!("{name} ")).unwrap_or_default();
        format!("{series}{value}")
    };
    stdout.lines().map(text).collect()
}

/// The figures of the three days, worked out by hand from the rows above.
fn check_figures(data: &Path) {
    // Accepted 30 + 0 + 33 of 100 + 0 + 60 shown: 63 / 160. Agents' edits are no completions, and no mean of 30 % and 55 % is taken.
    assert_eq!(figure(data, "completion-acceptance", "week"), ["0.39375"]);
    // Without completions on Tuesday there is no value, which is not 0.
    assert_eq!(figure(data, "completion-acceptance", "day"), ["0.3", "final", "0.55"]);
    // 12 + 0 + 9 prompts by 3 + 1 + 2 people: 21 / 6.
    assert_eq!(figure(data, "prompts-per-person-day", "week"), ["3.5"]);
    // Added 260 + 0 + 140, deleted 20 + 0 + 10.
    assert_eq!(figure(data, "lines", "week"), ["added 400", "deleted 30"]);
    // Agents changed 200 + 20 + 100 + 10 = 330 of 430 lines.
    assert_eq!(figure(data, "agent-lines", "week"), [(330.0_f64 / 430.0).to_string()]);
    // Copilot created 1 + 2 of 4 + 6 merged pull requests.
    assert_eq!(figure(data, "merged-by-copilot", "week"), ["0.3"]);
    // GitHub's own numbers: daily 3, 1, 2.
    let daily = |id: &str| figure(data, id, "day").into_iter().filter(|it| it.starts_with("daily ")).collect::<Vec<_>>();
    assert_eq!(daily("active-people"), ["daily 3", "daily 1", "daily 2"]);
    // Cid's row of Monday shows nothing that was done; ben's session of the command line on Tuesday does.
    assert_eq!(daily("people-with-activity"), ["daily 2", "daily 1", "daily 2"]);
    // Of Monday's three, cid has no breakdown; of Tuesday's one, ben has none; of Wednesday's two, both have one.
    assert_eq!(figure(data, "server-only-people", "day"), [(1.0_f64 / 3.0).to_string().as_str(), "1", "0"]);
    // Three days are no window of 28.
    assert!(figure(data, "agent-people", "day").iter().all(|it| it.ends_with("not-held") || it.starts_with("by GitHub")));
}

#[test]
fn stored_reports_of_another_tool_give_the_figures_that_are_worked_out_by_hand() {
    let folder = TempDir::new().unwrap();
    let (data, stored) = (folder.path().join("data"), folder.path().join("stored"));
    let monday: Day = "2026-03-02".parse().unwrap();
    fs::create_dir(&stored).unwrap();
    // One file as GitHub's report of 28 days is; people in two files, of which one has a row that the other has as well.
    let report = json!({ "report_start_day": monday, "report_end_day": monday.plus_days(2), "organization_id": "7", "day_totals": day_rows(monday) });
    fs::write(stored.join("organization-28-day.json"), format!("{report}\n")).unwrap();
    let people = user_rows(monday);
    fs::write(stored.join("people-1.ndjson"), lines(&people[..4])).unwrap();
    fs::write(stored.join("people-2.ndjson"), lines(&people[3..])).unwrap();
    let import = || {
        let mut command = pilotage(&data);
        command.args(["resync", "--mapping", "usage", "--org", "acme", "--input"]).arg(&stored);
        run(&mut command)
    };
    let (code, stdout, stderr) = import();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    check_figures(&data);
    let first = facts(&data);
    assert_eq!(import().0, Some(0));
    assert_eq!(facts(&data), first, "a second import has nothing to add");
    let rows: Vec<Value> = first.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ann: Vec<&Value> = rows.iter().filter(|row| row["login"] == "ann").collect();
    assert_eq!((ann.len(), &ann[0]["subject"], &ann[0]["fields"]["used_agent"]), (2, &"1".into(), &true.into()));
    // A file with a row that is refused says of no day who its people are.
    let refused = TempDir::new().unwrap();
    fs::write(stored.join("people-2.ndjson"), lines(&people[3..]) + "{broken\n").unwrap();
    let mut command = pilotage(refused.path());
    command.args(["resync", "--mapping", "usage", "--org", "acme", "--input"]).arg(&stored);
    let (code, _, stderr) = run(&mut command);
    assert_eq!(code, Some(5), "{stderr}");
    assert!(stderr.contains("the history keeps no people of their days"), "{stderr}");
    assert_eq!(parts(&facts(refused.path())), BTreeMap::from([("aggregate".to_owned(), 3)]));
}

#[test]
fn what_github_says_takes_the_place_of_what_a_file_said() {
    let folder = TempDir::new().unwrap();
    let (data, recorded) = (folder.path().join("data"), folder.path().join("recorded"));
    let write = |path: &str, text: &str| {
        let path = recorded.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    // A Monday of which every day is final at once, because it is old enough.
    let last = today().plus_days(-40);
    let monday = last.plus_days(1 - i32::from(last.weekday()));
    write("user/orgs.json", &json!([{ "login": "acme", "id": 7 }]).to_string());
    let reports = "orgs/acme/copilot/metrics/reports";
    let link = |file: &str| json!([format!("{{{{BASE}}}}/signed/{file}?sig=1")]);
    let newest = monday.plus_days(2);
    let latest =
        json!({ "download_links": link("latest.ndjson"), "report_start_day": newest.plus_days(-27), "report_end_day": newest });
    write(&format!("{reports}/users-28-day/latest.json"), &latest.to_string());
    write(&format!("{reports}/organization-28-day/latest.json"), &latest.to_string());
    write("signed/latest.ndjson", "");
    for row in day_rows(monday) {
        let day = row["day"].as_str().unwrap();
        let manifest = json!({ "download_links": link(&format!("organization-{day}.ndjson")), "report_day": day });
        write(&format!("{reports}/organization-1-day.{day}.json"), &manifest.to_string());
        write(&format!("signed/organization-{day}.ndjson"), &format!("{row}\n"));
        let manifest = json!({ "download_links": link(&format!("users-{day}.ndjson")), "report_day": day });
        write(&format!("{reports}/users-1-day.{day}.json"), &manifest.to_string());
        let people: Vec<Value> = user_rows(monday).into_iter().filter(|row| row["day"] == day).collect();
        write(&format!("signed/users-{day}.ndjson"), &lines(&people));
    }
    // An early reading of Monday, as somebody kept it: fewer people than GitHub counts by now.
    let mut early = day_rows(monday)[0].clone();
    early["daily_active_users"] = 2.into();
    let file = folder.path().join("early.ndjson");
    fs::write(&file, format!("{early}\n")).unwrap();
    let github = Simulated::replay(&recorded);
    let mut import = pilotage(&data);
    import.env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &github.url);
    import.args(["resync", "--mapping", "usage", "--org", "acme", "--input"]).arg(&file);
    assert_eq!(run(&mut import).0, Some(0));
    assert_eq!(figure(&data, "active-people", "day")[0], "daily 2");
    let mut backfill = github.backfill(&data);
    backfill
        .env_remove("OCEAN__INTEGRATION__CONFIG__GITHUB_ENTERPRISE_NAME")
        .env_remove("OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS")
        .args(["--org", "acme", "--only", "organization-usage-metrics,organization-user-usage-metrics"]);
    let since = monday.to_string();
    let (code, stdout, stderr) = run(backfill.args(["--since", &since]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    check_figures(&data);
    // It was an early reading, and nobody restated anything.
    assert_eq!(run(pilotage(&data).args(["history", "restated"])).1, "no day that was final has changed since\n");
    // What was read is not set back by the file.
    assert_eq!(run(&mut import).0, Some(0));
    check_figures(&data);
}

#[test]
fn people_of_old_days_become_numbers_and_other_programs_read_which() {
    let github = Simulated::world(30);
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let resync = |keep: Option<&str>| {
        let mut command = pilotage(data);
        command.envs(keep.map(|days| ("PILOTAGE_HISTORY_KEEP_PEOPLE", days)));
        command.args(["resync", "--mapping", "usage", "--github-host", &github.url]);
        let (code, stdout, stderr) = run(&mut command);
        assert_eq!(code, Some(0), "{stdout}{stderr}");
    };
    resync(None);
    let before = facts(data);
    let activity = || figure(data, "people-with-activity", "day");
    let (daily_before, unions) =
        (activity(), |all: &[String]| all.iter().filter(|it| it.starts_with("weekly") && !it.ends_with("held")).count());
    let prompts = figure(data, "team-prompts-per-person-day", "day");
    let members = figure(data, "team-active-share", "day");
    resync(Some("10"));
    let daily = |all: &[String]| all.iter().filter(|it| it.starts_with("daily")).cloned().collect::<Vec<_>>();
    let after = activity();
    assert_eq!(daily(&after), daily(&daily_before), "the number of each day stays");
    assert!(unions(&after) < unions(&daily_before) && unions(&after) > 0, "{after:?}");
    assert_eq!(figure(data, "team-prompts-per-person-day", "day"), prompts, "sums of teams stay");
    let of_members = figure(data, "team-active-share", "day");
    assert!(
        of_members.iter().filter(|it| it.ends_with("not-held")).count()
            >= members.iter().filter(|it| it.ends_with("not-held")).count()
    );
    // Nobody of an old day is in the file any more, and everybody of a young one is.
    let first = today().plus_days(-9).to_string();
    let named = |facts: &[String], is_old: bool| {
        let rows = facts.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let of_people =
            rows.filter(|row| matches!(row["part"].as_str().unwrap(), "people" | "seats") && !row["subject"].is_null());
        of_people.filter(|row| (row["day"].as_str().unwrap() < first.as_str()) == is_old).count()
    };
    let rolled_up = facts(data);
    assert!(named(&before, true) > 0 && named(&before, false) > 0);
    assert_eq!((named(&rolled_up, true), named(&rolled_up, false)), (0, named(&before, false)));
    let again = facts(data);
    resync(Some("10"));
    assert_eq!(facts(data), again, "what is rolled up stays so");
    // The views, as sqlite3 and DuckDB see them.
    let file = rusqlite::Connection::open(data.join("history.sqlite")).unwrap();
    let count = |query: &str| file.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    let people = count("SELECT count(*) FROM history_days WHERE scope = 'harbor' AND part = 'people'");
    let old = format!("SELECT count(*) FROM history_days WHERE scope = 'harbor' AND part = 'people' AND day < '{first}'");
    assert!(people > 20 && count(&old) > 10);
    assert_eq!(count(&format!("{old} AND is_rolled_up = 1")), count(&old));
    let young = format!("SELECT count(*) FROM history_days WHERE is_rolled_up = 1 AND day >= '{first}'");
    assert_eq!(count(&young), 0);
}

#[test]
fn views_say_what_status_says() {
    let folder = TempDir::new().unwrap();
    let data = folder.path();
    let scope = ScopeKey::of_slice("acme", false, "api.github.com");
    let fact = |back: i32, users: u32| {
        let day = today().plus_days(-back);
        let content = format!(r#"{{"day":"{day}","daily_active_users":{users}}}"#).into_bytes();
        DayFact { scope: scope.clone(), day, part: Part::Aggregate, hash: hash::of_row(&content), content: Some(content) }
    };
    let reading = Reading { at: jiff::Timestamp::now(), is_cached: false };
    let mut store = HistoryStore::open(data).unwrap();
    store.write(&[fact(40, 1), fact(30, 2), fact(5, 3)], reading).unwrap();
    store.write(&[fact(40, 9)], reading).unwrap();
    let end = pilotage::model::slice::SliceEnd::NotReady { reason: "no report yet".to_owned() };
    store.note_attempt(&scope, Part::People, Some(today().plus_days(-4)), &end, reading.at).unwrap();
    store.note_attempt(&scope, Part::People, None, &end, reading.at).unwrap();
    store.note_floor(&scope, Part::Teams, today().plus_days(-90)).unwrap();
    let file = rusqlite::Connection::open(data.join("history.sqlite")).unwrap();
    let rows = |query: &str| -> Vec<String> {
        let mut statement = file.prepare(query).unwrap();
        let columns = statement.column_count();
        let text = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
            let value = |column| row.get::<_, rusqlite::types::Value>(column);
            let cell = |column: usize| -> rusqlite::Result<String> {
                Ok(match value(column)? {
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    other => format!("{other:?}"),
                })
            };
            Ok((0..columns).map(cell).collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
        };
        statement.query_map([], text).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    let day = |back: i32| today().plus_days(-back).to_string();
    assert_eq!(
        rows(
            "SELECT scope, part, day, state, changes, restated_at IS NOT NULL, is_of_a_file, is_rolled_up FROM history_days ORDER BY day"
        ),
        [
            format!("acme aggregate {} final 1 1 0 0", day(40)),
            format!("acme aggregate {} final 0 0 0 0", day(30)),
            format!("acme aggregate {} provisional 0 0 0 0", day(5)),
        ]
    );
    assert_eq!(
        rows("SELECT scope, part, day, state, reason FROM history_unread ORDER BY day"),
        ["acme people Null not-ready no report yet".to_owned(), format!("acme people {} not-ready no report yet", day(4))]
    );
    assert_eq!(rows("SELECT scope, part, day FROM history_nothing_until"), [format!("acme teams {}", day(90))]);
    // An older file gets them when it is opened for writing.
    file.execute_batch("DROP VIEW history_days; DROP TABLE rolled_up; DELETE FROM calendar").unwrap();
    drop(store);
    HistoryStore::open(data).unwrap();
    assert_eq!(rows("SELECT count(*) FROM history_days"), ["3"]);
}
