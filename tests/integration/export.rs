//! `pilotage export` and `pilotage figures why` over the history that a run of the demo left.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::first_screen::{demo, pilotage};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn export(line: &str) -> Output {
    pilotage(demo().home(), &["export", "--demo"].into_iter().chain(line.split_whitespace()).collect::<Vec<_>>())
}

/// What an export that succeeds prints.
fn exported(line: &str) -> String {
    let output = export(line);
    assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
    text(&output.stdout)
}

/// Every login in the demo's history.
fn logins() -> BTreeSet<String> {
    let facts = exported("--what facts --names --format ndjson --scope harbor");
    let people = facts.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).filter(|row| row["part"] == "people");
    let logins: BTreeSet<String> = people.filter_map(|row| row["login"].as_str().map(str::to_owned)).collect();
    assert!(logins.len() >= 40, "{logins:?}");
    logins
}

#[test]
fn figures_are_all_there_once_and_name_nobody() {
    let csv = exported("--what figures");
    assert_eq!(csv.lines().filter(|line| line.starts_with("figure,scope")).count(), 1);
    let shown = pilotage(demo().home(), &["figures", "show", "lines", "--demo", "--scope", "harbor", "--output", "csv"]);
    for line in text(&shown.stdout).lines() {
        assert!(csv.lines().any(|of_all| of_all == line), "{line}");
    }
    let ids: BTreeSet<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert!(ids.len() >= pilotage::figure::ALL.len() - 2, "only billing is not in the demo: {} of them", ids.len());
    let ndjson = exported("--format ndjson --figure lines,active-people --scope harbor --since 2026-10-29");
    let points: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(points.len(), 2 * 2 + 2 * 3, "two series and three of two days: {ndjson}");
    let openmetrics = exported("--format openmetrics");
    for login in logins() {
        for (format, text) in [("csv", &csv), ("openmetrics", &openmetrics)] {
            let word =
                |line: &str| line.split(|it: char| !(it.is_alphanumeric() || it == '-' || it == '_')).any(|it| it == login);
            assert!(!text.lines().any(word), "{format}: {login}");
        }
    }
}

#[test]
fn samples_for_prometheus_are_the_final_values_with_their_days() {
    let openmetrics = exported("--format openmetrics --figure active-people,team-members --scope harbor");
    assert!(openmetrics.ends_with("\n# EOF\n") && openmetrics.matches("# EOF").count() == 1, "{openmetrics}");
    let csv = exported("--figure active-people,team-members --scope harbor");
    let finals = |figure: &str| {
        let of_figure = csv.lines().filter(|line| line.starts_with(&format!("{figure},")));
        of_figure.filter(|line| line.ends_with(",final")).count()
    };
    let samples = |name: &str| openmetrics.lines().filter(|line| line.starts_with(&format!("{name}{{"))).count();
    assert!(finals("active-people") > 28 && finals("team-members") > 28);
    assert_eq!(samples("copilot_active_users"), finals("active-people"));
    assert_eq!(samples("copilot_team_members"), finals("team-members"));
    // The last day of the demo, with the value that the CSV has.
    let of_csv = csv.lines().find(|line| line.starts_with("active-people,harbor,,2026-10-30,daily,")).unwrap();
    let value = of_csv.split(',').nth(5).unwrap();
    let last = openmetrics.lines().rfind(|line| line.contains("window=\"daily\"")).unwrap();
    assert!(last.contains(&format!("}} {value} 179")), "{last} {of_csv}");
    let times: Vec<u64> = openmetrics
        .lines()
        .filter(|line| line.contains("window=\"daily\""))
        .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(times.windows(2).all(|pair| pair[1] == pair[0] + 86_400), "{times:?}");
}

#[test]
fn what_tells_about_people_needs_names_and_flags_must_fit() {
    let nobody = TempDir::new().unwrap();
    for (line, error, help) in [
        ("--what facts", "--what facts tells about single people, and --names was not given", "figures name nobody"),
        ("--what entities", "--what entities tells about single people", "add --names"),
        ("--what facts --names --format openmetrics", "--format openmetrics is of figures", "--format csv"),
        ("--what facts --names --team platform", "--team chooses nothing of --what facts", "leave it out"),
        ("--what entities --names --since 2026-10-01", "--since chooses nothing of --what entities", "leave it out"),
        ("--format openmetrics --team platform", "of whole organizations and enterprises", "leave out --team"),
        ("--format openmetrics --by week", "a value for each day", "leave out --by"),
        ("--figure lnes", "there is no figure `lnes`", "did you mean `lines`?"),
        ("--scope harbr", "no numbers of `harbr` are kept", "did you mean `harbor`?"),
        ("--what facts --names --scope harbr", "no numbers of `harbr` are kept", "did you mean `harbor`?"),
        ("--what facts --names --since 9999-01-01", "--since 9999-01-01 is in the future", "today is "),
        ("--since 9999-01-01", "--since 9999-01-01 is in the future", "today is "),
    ] {
        let output = export(line);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{line}: {output:?}");
        assert!(said.contains(error) && said.contains(help), "{line}: {said}");
    }
    for what in ["figures", "facts", "entities"] {
        let output = pilotage(nobody.path(), &["export", "--what", what, "--names"]);
        assert!(matches!(output.status.code(), Some(1 | 2)) && output.stdout.is_empty(), "{output:?}");
        assert!(text(&output.stderr).contains("resync`"), "{output:?}");
    }
}

#[test]
fn day_facts_are_the_people_and_teams_behind_the_figures() {
    let facts = exported("--what facts --names --format ndjson --scope harbor --since 2026-10-29");
    let mut active: BTreeMap<String, u64> = BTreeMap::new();
    let mut parts = BTreeSet::new();
    for line in facts.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        parts.insert(row["part"].as_str().unwrap().to_owned());
        if row["part"] == "people" && row["fields"]["active"] == true {
            assert!(row["subject"].as_str().unwrap().parse::<u64>().is_ok() && row["login"].is_string(), "{row}");
            *active.entry(row["day"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    assert_eq!(parts.into_iter().collect::<Vec<_>>(), ["aggregate", "billing", "people", "repositories", "seats", "teams"]);
    let csv = exported("--figure people-with-activity --scope harbor --since 2026-10-29");
    for (day, people) in &active {
        let line = csv.lines().find(|line| line.starts_with(&format!("people-with-activity,harbor,,{day},daily,"))).unwrap();
        assert_eq!(line.split(',').nth(5).unwrap(), people.to_string(), "{line}");
    }
    assert_eq!(active.len(), 2);
    let rows = exported("--what facts --names --scope harbor --since 2026-10-30");
    assert!(rows.starts_with("host,level,scope,part,day,state,subject,login,field,value\n"), "{rows}");
    let of_team = rows.lines().find(|line| line.contains(",teams,2026-10-30,") && line.contains(",platform,members,")).unwrap();
    assert!(of_team.rsplit(',').next().unwrap().parse::<u64>().unwrap() > 4, "{of_team}");
    let entities = exported("--what entities --names");
    assert!(
        entities.lines().any(|line| line.starts_with("copilot_organization_usage,harbor@2026-10-30,properties.")),
        "no entity"
    );
    let file = TempDir::new().unwrap().path().join("export/facts.csv");
    let output = export(&format!("--what facts --names --out {}", file.display()));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stderr).contains("cannot write the export to `"), "{output:?}");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.csv");
    let output = export(&format!("--what facts --names --scope harbor --since 2026-10-30 --out {}", file.display()));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{output:?}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), rows);
}

#[test]
fn every_difference_of_a_day_has_a_name_and_they_add_up() {
    let why = |arguments: &[&str]| pilotage(demo().home(), &[&["figures", "why", "--demo"], arguments].concat());
    for scope in ["harbor", "Tidewater"] {
        let output = why(&[scope, "2026-10-28", "--output", "json"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let json: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
        assert_eq!((&json["day"], &json["missing"]), (&"2026-10-28".into(), &Value::Array(Vec::new())), "{json}");
        let (mut section, mut sum) = (Value::Null, None);
        let mut codes = BTreeSet::new();
        for step in json["steps"].as_array().unwrap().iter().filter(|step| step["unit"] == "people") {
            codes.insert(step["code"].as_str().unwrap().to_owned());
            if section != step["section"] {
                (section, sum) = (step["section"].clone(), None);
            }
            let value = step["value"].as_i64();
            assert_eq!(value.is_none(), step["state"] == "withheld" || step["state"] == "not-held", "{step}");
            sum = match (step["isDifference"] == true, sum.zip(value)) {
                (true, added) => added.map(|(sum, value): (i64, i64)| sum + value),
                (false, Some((sum, value))) => {
                    assert_eq!(sum, value, "{scope} {step}");
                    Some(value)
                }
                (false, None) => value,
            };
        }
        for code in ["own-number", "server-only", "overlap-of-teams", "in-no-shown-team", "active-without-seat", "seats"] {
            assert!(codes.contains(code), "{code}: {codes:?}");
        }
        let csv = exported(&format!("--figure active-people --scope {scope} --since 2026-10-28"));
        let own = csv.lines().find(|line| line.contains(",2026-10-28,daily,")).unwrap().split(',').nth(5).unwrap().to_owned();
        assert_eq!(json["steps"][0]["value"].to_string(), own);
    }
    let page = text(&why(&["harbor", "2026-10-28"]).stdout);
    assert!(page.starts_with("harbor on 2026-10-28: active people\n\nIts own number and its users report\n"), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    for (arguments, error, help) in [
        (&["harbor", "2026-08-01"][..], "nothing of harbor is held of 2026-08-01", "pilotage demo --once"),
        (&["harbor", "9999-01-01"], "9999-01-01 is in the future", "today is "),
        (&["harbr", "2026-10-28"], "no numbers of `harbr` are kept", "did you mean `harbor`?"),
        (&["harbor", "yesterday"], "invalid value 'yesterday'", "expected YYYY-MM-DD"),
    ] {
        let output = why(arguments);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{output:?}");
        assert!(said.contains(error) && said.contains(help), "{arguments:?}: {said}");
    }
}

#[test]
fn figures_of_seats_are_full_in_the_demo_but_for_what_no_window_reaches() {
    let csv = exported("--figure seats-by-activity,seats-in-use,seat-evidence-age --scope harbor");
    let states = |figure: &str| -> Vec<String> {
        let of_figure = csv.lines().filter(|line| line.starts_with(&format!("{figure},")));
        of_figure.map(|line| line.rsplit(',').next().unwrap().to_owned()).collect()
    };
    for figure in ["seats-by-activity", "seat-evidence-age"] {
        let states = states(figure);
        assert!(states.len() >= 28 && states.iter().all(|state| state == "final"), "{figure}: {states:?}");
    }
    // A window of 28 days is whole on the last day alone.
    let in_use = states("seats-in-use");
    assert_eq!(in_use.iter().filter(|state| *state == "final").count(), 1, "{in_use:?}");
    assert_eq!(in_use.last().map(String::as_str), Some("final"), "{in_use:?}");
}
