//! People under each way of keeping them: nobody's login, number or address is in any file of the data folder, joins still work, a
//! folder is changed from one way to another, and one person is forgotten for good.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use flate2::read::MultiGzDecoder;
use pilotage::history::{HistoryReader, Part, sections};
use pilotage::model::day::Day;
use serde_json::Value;
use tempfile::TempDir;

mod tools;

const KEY: &str = "a-key-of-tests-which-is-long-enough-to-be-one";

/// Ways of keeping people, as variables.
const PSEUDONYMS: &[(&str, &str)] = &[("PILOTAGE_IDENTITY", "pseudonyms"), ("PILOTAGE_PRIVACY_KEY", KEY)];
const NOBODY: &[(&str, &str)] = &[("PILOTAGE_IDENTITY", "none")];
const NAMES: &[(&str, &str)] = &[];

fn today() -> Day {
    Day::of(jiff::Timestamp::now())
}

fn pilotage(data: &Path, way: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("GITHUB_TOKEN", "any").env("NO_COLOR", "1").envs(way.iter().copied()).stdin(Stdio::null());
    command.arg("--data").arg(data);
    command
}

/// A simulated GitHub that does not outlive the test.
struct Simulated {
    server: Child,
    url: String,
}

impl Simulated {
    fn new() -> Self {
        let mut command = pilotage(Path::new("/nowhere"), NAMES);
        let until = today().plus_days(-2).to_string();
        command.args(["simulate", "--orgs", "1", "--teams", "3", "--users", "14", "--days", "40", "--until", &until]);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { server, url: url.trim().to_owned() }
    }

    /// Runs a command of GitHub's, with all of its log. Gives everything that it printed.
    fn run(&self, data: &Path, way: &[(&str, &str)], arguments: &[&str]) -> String {
        let mut command = pilotage(data, way);
        command.env("APPLICATION__LOG_LEVEL", "DEBUG").args(arguments).args(["--github-host", &self.url]);
        let (code, stdout, stderr) = run(&mut command);
        // Days that the simulated GitHub does not have leave a backfill done in part.
        let is_done = code == Some(0) || code == Some(5) && arguments[0] == "backfill";
        let shown: Vec<&str> = stderr.lines().filter(|line| !line.contains(" DEBUG ")).collect();
        assert!(is_done, "{arguments:?}: {code:?} {stdout}{}", shown.join("\n"));
        stdout + &stderr
    }

    fn resync(&self, data: &Path, way: &[(&str, &str)]) -> String {
        self.run(data, way, &["resync", "--mapping", "usage", "--deletion-threshold", "1"])
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A person of the simulated GitHub.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Person {
    login: String,
    id: u64,
}

/// The people whom a folder of names holds.
fn people(data: &Path) -> BTreeSet<Person> {
    let reader = HistoryReader::open(data).unwrap().unwrap();
    let people = reader.people(|_| true).unwrap().into_iter();
    people.filter_map(|person| Some(Person { login: person.login?, id: person.id })).collect()
}

/// Every file of a folder as text, packed ones unpacked, and every section of the history.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn below(folder: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, all);
                continue;
            }
            let mut text = fs::read(&path).unwrap();
            if path.extension().is_some_and(|ending| ending == "gz") {
                let mut unpacked = Vec::new();
                // What follows the packed bytes of a cached report is its checksum.
                let _ = MultiGzDecoder::new(text.as_slice()).read_to_end(&mut unpacked);
                assert!(!unpacked.is_empty(), "{}", path.display());
                text.extend(unpacked);
            }
            all.insert(path.display().to_string(), text);
        }
    }
    let mut all = BTreeMap::new();
    below(folder, &mut all);
    if let Some(reader) = HistoryReader::open(folder).unwrap() {
        for scope in reader.scopes().unwrap() {
            for part in Part::ALL {
                let Some(extent) = reader.extent(&scope, part).unwrap() else { continue };
                let take = |fact: pilotage::history::reader::KeptFact| {
                    let name = format!("{} {} {}", scope.name, part.name(), fact.day);
                    let sections = (0..sections::count(&fact.content).unwrap_or(0))
                        .filter_map(|place| sections::unpack(&fact.content, place));
                    let text = if part.has_sections() { sections.flatten().collect() } else { fact.content.clone() };
                    all.insert(name, text);
                };
                reader.days(&scope, part, extent, take).unwrap();
            }
        }
    }
    all
}

/// The places where somebody is named: by login, in any case, or by number, as a number of its own.
fn named<'a>(people: impl IntoIterator<Item = &'a Person>, places: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut found = Vec::new();
    let places: Vec<(&String, String)> =
        places.iter().map(|(name, text)| (name, String::from_utf8_lossy(text).to_lowercase())).collect();
    for Person { login, id } in people {
        let id = id.to_string();
        assert!(id.len() >= 4 && login.len() >= 5, "{login} {id}: too short to be looked for");
        for (name, text) in &places {
            let is_number = |at: usize| {
                let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
                !is_digit(text.as_bytes().get(at.wrapping_sub(1))) && !is_digit(text.as_bytes().get(at + id.len()))
            };
            // Counters have as many digits, so a number counts where it is a field's.
            let has_id = text.match_indices(&id).any(|(at, _)| is_number(at) && text[..at].ends_with("id\":"));
            if text.contains(&login.to_lowercase()) || has_id {
                found.push(format!("{login} ({id}) in {name}"));
            }
        }
    }
    found
}

/// The entities of a blueprint, by identifier.
fn entities(data: &Path, way: &[(&str, &str)], blueprint: &str) -> BTreeMap<String, Value> {
    let (code, export, stderr) = run(pilotage(data, way).args(["catalog", "export"]));
    assert_eq!(code, Some(0), "{stderr}");
    let all = export.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_it = all.filter(|entity| entity["blueprint"] == blueprint);
    of_it.map(|entity| (entity["identifier"].as_str().unwrap().to_owned(), entity["properties"].clone())).collect()
}

fn figure(data: &Path, way: &[(&str, &str)], arguments: &[&str]) -> Vec<Value> {
    let shown = run(pilotage(data, way).args(["figures", "show", "--output", "json"]).args(arguments));
    assert_eq!(shown.0, Some(0), "{arguments:?}: {}", shown.2);
    serde_json::from_str::<Value>(&shown.1).unwrap()["points"].as_array().unwrap().clone()
}

/// What a resync and a backfill print, for the search.
fn said(text: String) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([("output and log".to_owned(), text.into_bytes())])
}

#[test]
fn nobody_is_in_any_file_and_sums_of_teams_are_the_same() {
    let github = Simulated::new();
    let [by_name, by_pseudonym, by_none] = [(); 3].map(|()| TempDir::new().unwrap());
    github.resync(by_name.path(), NAMES);
    let people = people(by_name.path());
    assert!(people.len() >= 10, "{people:?}");
    assert!(!named(&people, &bytes(by_name.path())).is_empty(), "the search finds what is there");
    for (data, way) in [(by_pseudonym.path(), PSEUDONYMS), (by_none.path(), NOBODY)] {
        let told = github.resync(data, way) + &github.run(data, way, &["backfill"]) + &github.resync(data, way);
        let mut places = bytes(data);
        assert!(
            places.keys().any(|name| name.contains("reports-")) && places.keys().any(|name| name.contains("/runs/")),
            "{way:?}"
        );
        places.extend(said(told));
        assert_eq!(named(&people, &places), [""; 0], "{way:?}");
        let of_names = entities(by_name.path(), NAMES, "copilot_team_usage");
        let of_way = entities(data, way, "copilot_team_usage");
        assert!(of_names.len() > 20, "{}", of_names.len());
        assert_eq!(of_way.keys().collect::<Vec<_>>(), of_names.keys().collect::<Vec<_>>(), "{way:?}");
        for (identifier, properties) in &of_names {
            for sum in
                ["members_total", "members_active", "daily_active_users", "user_initiated_interaction_count", "loc_added_sum"]
            {
                assert_eq!(of_way[identifier][sum], properties[sum], "{way:?}: {identifier}: {sum}");
            }
        }
        for arguments in [&["team-completion-acceptance"][..], &["team-members"], &["lines"]] {
            let newest = |points: Vec<Value>| points.into_iter().rev().take(5).collect::<Vec<_>>();
            assert_eq!(
                newest(figure(data, way, arguments)),
                newest(figure(by_name.path(), NAMES, arguments)),
                "{way:?}: {arguments:?}"
            );
        }
        let numbers: BTreeSet<u64> = people.iter().map(|person| person.id).collect();
        let held = HistoryReader::open(data).unwrap().unwrap().people(|_| true).unwrap();
        assert!(held.iter().all(|person| !numbers.contains(&person.id)), "{way:?}: {held:?}");
    }
}

#[test]
fn with_pseudonyms_people_are_told_apart_and_joined() {
    let github = Simulated::new();
    let [by_name, by_pseudonym] = [(); 2].map(|()| TempDir::new().unwrap());
    github.resync(by_name.path(), NAMES);
    github.resync(by_pseudonym.path(), PSEUDONYMS);
    let count = |data: &Path, way: &[(&str, &str)]| {
        let users = entities(data, way, "copilot_user_usage");
        let names: BTreeSet<String> = users.values().map(|user| user["username"].as_str().unwrap().to_owned()).collect();
        (users.len(), names)
    };
    let ((days, names), (days_of_pseudonyms, pseudonyms)) =
        (count(by_name.path(), NAMES), count(by_pseudonym.path(), PSEUDONYMS));
    assert_eq!((days, names.len()), (days_of_pseudonyms, pseudonyms.len()));
    assert!(pseudonyms.iter().all(|name| name.starts_with("p-") && name.len() == 22), "{pseudonyms:?}");
    // A user's row and a seat have one pseudonym.
    let seats = entities(by_pseudonym.path(), PSEUDONYMS, "copilot_seat");
    assert!(!seats.is_empty());
    let holders: BTreeSet<String> = seats.keys().map(|seat| seat.rsplit('/').next().unwrap().to_owned()).collect();
    assert!(pseudonyms.intersection(&holders).count() * 2 > pseudonyms.len(), "{pseudonyms:?} {holders:?}");
    // Days of one person belong together, so unions over days are those of names.
    for arguments in [&["people-with-activity"][..], &["active-people", "--team", "platform"], &["seats-in-use"]] {
        assert_eq!(figure(by_pseudonym.path(), PSEUDONYMS, arguments), figure(by_name.path(), NAMES, arguments), "{arguments:?}");
    }
}

#[test]
fn with_nobody_kinds_about_people_are_not_read_and_their_figures_are_not_held() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let told = github.resync(folder.path(), NOBODY);
    for kind in ["organization-user-usage-metrics", "copilot-seats"] {
        assert!(told.contains(&format!("`{kind}` is about single people")), "{told}");
    }
    for blueprint in ["copilot_user_usage", "copilot_seat"] {
        assert!(entities(folder.path(), NOBODY, blueprint).is_empty());
    }
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    let scope = reader.scopes().unwrap().remove(0);
    for part in [Part::People, Part::Seats] {
        assert_eq!(reader.extent(&scope, part).unwrap(), None);
    }
    assert!(reader.extent(&scope, Part::Teams).unwrap().is_some());
    assert_eq!(reader.people(|_| true).unwrap(), []);
    drop(reader);
    let (code, _, stderr) = run(pilotage(folder.path(), NOBODY).args(["figures", "show", "people-with-activity"]));
    assert!(code == Some(2) && stderr.contains("nothing that the figure is made of was read"), "{stderr}");
    let of_team = figure(folder.path(), NOBODY, &["agent-people", "--team", "platform"]);
    assert!(of_team.iter().all(|point| point["state"] == "not-held" || point["state"] == "withheld"), "{of_team:?}");
    // Teams are withheld by members that are not kept, so for a larger group all of them are.
    let with_k = [NOBODY, &[("PILOTAGE_PRIVACY_K", "9")]].concat();
    assert!(figure(folder.path(), &with_k, &["team-members"]).iter().all(|point| point["state"] != "final"));
    let (code, _, stderr) = run(pilotage(folder.path(), NOBODY).args(["backfill", "--only", "user-usage-metrics"]));
    assert!(code == Some(2) && stderr.contains("the history keeps no past days of it"), "{stderr}");
}

#[test]
fn another_way_changes_the_folder_and_a_plan_says_so_before() {
    for (way, wanted) in [(PSEUDONYMS, "people of the history pseudonyms"), (NOBODY, "people from the history, with ")] {
        let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
        let data = folder.path();
        github.resync(data, NAMES);
        let people = people(data);
        let before = bytes(data);
        let plan = github.run(data, way, &["plan", "--mapping", "usage", "--deletion-threshold", "1"]);
        for sentence in ["the next resync first changes", wanted, "reports of the cache; what", "removes 1 run report"] {
            assert!(plan.replace('\n', " ").contains(sentence), "{sentence}: {plan}");
        }
        let files =
            |all: &BTreeMap<String, Vec<u8>>| all.keys().filter(|name| !name.contains("/runs/")).cloned().collect::<Vec<_>>();
        assert_eq!(files(&bytes(data)), files(&before), "a plan changes nothing");
        let told = github.resync(data, way);
        assert!(told.contains("in place of `names`: changed"), "{told}");
        let mut places = bytes(data);
        places.extend(said(told.clone()));
        assert_eq!(named(&people, &places), [""; 0], "{way:?}");
        assert!(!told.contains("has restated"), "{told}");
        let told = github.resync(data, way);
        assert!(!told.contains("in place of") && !told.contains("has restated"), "it is changed once: {told}");
        assert!(told.contains("resync done: nothing changed"), "{told}");
        // Another key, and back again: who it was is not known any more.
        let told = github.resync(data, NAMES);
        assert!(told.contains("in place of `") && told.contains("people are kept as `names`"), "{told}");
        assert_eq!(self::people(data), people);
    }
}

#[test]
fn pseudonyms_need_a_key_and_another_key_gives_other_ones() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let data = folder.path();
    for (key, error) in [(None, "there is no key to make them with"), (Some("short"), "has fewer than 32 characters")] {
        let mut command = pilotage(data, &[("PILOTAGE_IDENTITY", "pseudonyms")]);
        command.envs(key.map(|key| ("PILOTAGE_PRIVACY_KEY", key))).args(["resync", "--github-host", &github.url]);
        let (code, _, stderr) = run(&mut command);
        assert!(code == Some(2) && stderr.contains(error) && stderr.contains("openssl rand"), "{stderr}");
    }
    github.resync(data, PSEUDONYMS);
    let one = people(data);
    let file = folder.path().with_extension("key");
    fs::write(&file, format!("{KEY}-rotated\n")).unwrap();
    let rotated = [("PILOTAGE_IDENTITY", "pseudonyms"), ("PILOTAGE_PRIVACY_KEY_FILE", file.to_str().unwrap())];
    let told = github.resync(data, &rotated);
    assert!(told.contains("from the history, with"), "{told}");
    assert_eq!(people(data).intersection(&one).count(), 0);
    assert_eq!(people(data).len(), one.len());
    fs::remove_file(file).unwrap();
}

#[test]
fn fields_that_are_to_be_dropped_are_in_no_file() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let way = [("PILOTAGE_PRIVACY_DROP", "totals_by_ide,last_known_plugin_version")];
    github.resync(folder.path(), &way);
    let found = bytes(folder.path());
    let has: Vec<&String> =
        found.iter().filter(|(_, text)| String::from_utf8_lossy(text).contains("\"totals_by_ide\"")).map(|it| it.0).collect();
    // The mapping names the field; it is kept with the integration.
    assert!(has.iter().all(|name| name.ends_with("catalog.sqlite")), "{has:?}");
    let other = TempDir::new().unwrap();
    github.resync(other.path(), NAMES);
    assert!(bytes(other.path()).values().any(|text| String::from_utf8_lossy(text).contains("\"totals_by_ide\"")));
}

#[test]
fn days_that_nobody_can_read_go_with_people_and_are_told() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let data = folder.path();
    github.resync(data, NAMES);
    let damage = |part: u8| {
        let file = rusqlite::Connection::open(data.join("history.sqlite")).unwrap();
        let first = "UPDATE content SET run = x'ff' WHERE number = (SELECT min(number) * 65536 FROM fact WHERE part = ?1)";
        assert_eq!(file.execute(first, [part]).unwrap(), 1);
    };
    damage(2);
    let login = people(data).into_iter().next().unwrap().login;
    let (code, stdout, stderr) = run(pilotage(data, NAMES).args(["forget", &login]));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("; 1 part of a day removed whole, because nobody can read who is in it"), "{stdout}");
    damage(3);
    let told = github.resync(data, NOBODY);
    assert!(told.replace("\n ", "").contains("removes 1 part of a day of the history that cannot be unpacked"), "{told}");
}

#[test]
fn somebody_who_is_forgotten_does_not_come_back() {
    for way in [NAMES, PSEUDONYMS, NOBODY] {
        let (github, folder, other) = (Simulated::new(), TempDir::new().unwrap(), TempDir::new().unwrap());
        let data = folder.path();
        github.resync(other.path(), NAMES);
        github.resync(data, way);
        github.run(data, way, &["backfill"]);
        let everybody = people(other.path());
        let of_user = entities(other.path(), NAMES, "copilot_user_usage");
        let gone =
            everybody.iter().find(|it| of_user.values().any(|user| user["username"] == it.login.as_str())).unwrap().clone();
        let held = people(data);
        let before = bytes(data);
        let forget = |dry: &[&str]| run(pilotage(data, way).args(["forget", &gone.login.to_uppercase()]).args(dry));
        let (code, stdout, stderr) = forget(&["--dry-run"]);
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stdout.contains("would be added to the list"), "{stdout}");
        // Readers of SQLite leave files of their own beside it.
        let kept = |all: &BTreeMap<String, Vec<u8>>| {
            let is_kept = |name: &String| !["-wal", "-shm", ".lock"].iter().any(|ending| name.ends_with(ending));
            all.iter().filter(|(name, _)| is_kept(name)).map(|(name, text)| (name.clone(), text.clone())).collect::<Vec<_>>()
        };
        assert!(kept(&bytes(data)) == kept(&before), "{way:?}: a dry run changes nothing");
        let (code, stdout, stderr) = forget(&[]);
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stdout.contains("added to the list"), "{stdout}");
        if way != NOBODY {
            assert!(stdout.contains("1 person removed, from ") && stdout.contains("copilot_user_usage"), "{stdout}");
        }
        // What the folder knew the person as: by name, or by pseudonym.
        let left = people(data);
        let known: Vec<Person> = held.difference(&left).cloned().chain([gone.clone()]).collect();
        assert_eq!(held.len() - left.len(), usize::from(way != NOBODY), "{way:?}");
        assert_eq!(named(&known, &bytes(data)), [""; 0], "{way:?}: {stdout}");
        let mut told = github.resync(data, way) + &github.run(data, way, &["backfill"]);
        let (code, stdout, stderr) = run(pilotage(data, way).args(["history", "rebuild"]));
        assert_eq!(code, Some(0), "{stderr}");
        told += &stdout;
        told += &stderr;
        let mut places = bytes(data);
        places.extend(said(told));
        assert_eq!(named(&known, &places), [""; 0], "{way:?}");
        assert_eq!(people(data), left, "{way:?}: the others stay");
        let (_, stdout, _) = forget(&[]);
        assert!(stdout.contains("in the list already"), "{stdout}");
    }
}

#[test]
fn what_cannot_be_forgotten_is_said() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let data = folder.path();
    github.resync(data, NAMES);
    for (way, user, error) in
        [(NAMES, "a/b", "`a/b` is no login"), (NAMES, " ", "`` is no login"), (PSEUDONYMS, "mona", "holds them as `names`")]
    {
        let (code, _, stderr) = run(pilotage(data, way).args(["forget", user]));
        assert!(code == Some(2) && stderr.contains(error), "{stderr}");
    }
    let (code, _, stderr) = run(pilotage(&data.join("nowhere"), NAMES).args(["forget", "mona"]));
    assert!(code == Some(2) && stderr.contains("there is no data folder"), "{stderr}");
    let (code, stdout, stderr) = run(pilotage(data, NAMES).args(["forget", "nobody-of-that-name"]));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stdout.contains("history        nothing") && stderr.contains("sums that nobody-of-that-name is part of stay"),
        "{stdout}{stderr}"
    );
    // A list that nobody can read stops every reading: it would bring people back.
    fs::write(data.join("forgotten.json"), "{").unwrap();
    let mut command = pilotage(data, NAMES);
    let (code, _, stderr) = run(command.args(["resync", "--github-host", &github.url]));
    assert!(code == Some(1) && stderr.contains("forgotten.json") && stderr.contains("who is to be forgotten"), "{stderr}");
}

#[test]
fn the_smallest_group_holds_in_every_output_whatever_it_was_when_days_were_read() {
    let (github, folder, other) = (Simulated::new(), TempDir::new().unwrap(), TempDir::new().unwrap());
    const LARGE: &[(&str, &str)] = &[("PILOTAGE_PRIVACY_K", "100")];
    const SMALL: &[(&str, &str)] = &[("PILOTAGE_PRIVACY_K", "2")];
    github.resync(folder.path(), NAMES);
    github.resync(other.path(), LARGE);
    let members = figure(folder.path(), SMALL, &["team-members"]);
    assert!(members.iter().any(|point| point["value"].as_f64().is_some()), "{members:?}");
    assert_eq!(figure(other.path(), SMALL, &["team-members"]), members, "it is worked out anew");
    for data in [folder.path(), other.path()] {
        for arguments in
            [&["team-members"][..], &["team-completion-acceptance", "--by", "week"], &["lines", "--team", "platform"]]
        {
            let points = figure(data, LARGE, arguments);
            let is_hidden = |point: &Value| point["state"] == "withheld" && point["value"].is_null();
            assert!(points.iter().all(is_hidden), "{arguments:?}: {points:?}");
            for format in ["csv", "ndjson"] {
                let shown = run(pilotage(data, LARGE).args(["figures", "show", "--output", format]).args(arguments));
                assert_eq!(shown.0, Some(0), "{}", shown.2);
                assert!(shown.1.contains("withheld") && !shown.1.contains("final"), "{format}: {}", shown.1);
            }
        }
        let report = data.join("report.html");
        for (way, is_large) in [(SMALL, false), (LARGE, true)] {
            let (code, _, stderr) = run(pilotage(data, way).args(["report", "--out"]).arg(&report));
            assert_eq!(code, Some(0), "{stderr}");
            assert_eq!(fs::read_to_string(&report).unwrap().contains("100 people"), is_large, "the definition says so");
        }
    }
}

#[test]
fn tables_of_prices_reach_the_figures_with_their_source_and_wrong_ones_are_refused_with_their_place() {
    let (github, folder) = (Simulated::new(), TempDir::new().unwrap());
    let data = folder.path();
    github.resync(data, NAMES);
    let file = data.join("settings.yaml");
    let rows = "figures:\n  prices:\n    - {from: 2026-01-01, plan: business, amount: 19, source: our price list}\n    - {from: 2026-01-01, plan: enterprise, amount: 39, source: our price list}\n";
    fs::write(&file, rows).unwrap();
    let with_file = |arguments: &[&str]| run(pilotage(data, NAMES).arg("--config").arg(&file).args(arguments));
    let (code, stdout, stderr) = with_file(&["figures", "define", "idle-seat-cost"]);
    assert_eq!(code, Some(0), "{stderr}");
    let defined = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(defined.contains("price of a seat of `business` for a month, from 2026-01-01: 19 (our price list)"), "{stdout}");
    let cost = |text: &str| serde_json::from_str::<Value>(text).unwrap()["points"][0]["state"].as_str().unwrap().to_owned();
    let (_, priced, stderr) = with_file(&["figures", "show", "idle-seat-cost", "--output", "json"]);
    assert_ne!(cost(&priced), "not-held", "{stderr}");
    let (_, unpriced, _) = run(pilotage(data, NAMES).args(["figures", "show", "idle-seat-cost", "--output", "json"]));
    assert_eq!(cost(&unpriced), "not-held", "no table has a default");
    fs::write(&file, rows.replace("2026-01-01", "soon")).unwrap();
    let (code, _, stderr) = with_file(&["figures", "show", "lines"]);
    assert!(code == Some(2) && stderr.contains("settings.yaml:3") && stderr.contains("item 2 has `soon` for `from`"), "{stderr}");
}
