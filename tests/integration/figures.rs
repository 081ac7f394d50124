//! `pilotage figures` over the history that a run of the demo left.

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::authoring::with_transcripts;
use crate::first_screen::{demo, pilotage};
use crate::support::repository;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn figures(home: &Path, line: &str) -> Output {
    pilotage(home, &std::iter::once("figures").chain(line.split_whitespace()).collect::<Vec<_>>())
}

#[test]
fn every_form_of_a_figure_says_the_same() {
    let shown = |form: &str| {
        let output = figures(demo().home(), &format!("show lines --demo --scope harbor --by month --output {form}"));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout)
    };
    let json: Value = serde_json::from_str(&shown("json")).unwrap();
    let point = &json["points"][0];
    let added = point["value"].as_u64().unwrap();
    assert_eq!((&json["figure"], &json["scope"], &json["by"]), (&"lines".into(), &"harbor".into(), &"month".into()));
    assert_eq!((&point["day"], &point["series"], &point["state"]), (&"2026-10-30".into(), &"added".into(), &"final".into()));
    assert_eq!(shown("csv").lines().nth(1).unwrap(), format!("lines,harbor,,2026-10-30,added,{added},{added},,final"));
    let line: Value = serde_json::from_str(shown("ndjson").lines().next().unwrap()).unwrap();
    assert_eq!(&line["value"], &point["value"]);
    let parted = format!("{},{:03}", added / 1000, added % 1000);
    for form in ["table", "markdown"] {
        assert!(shown(form).contains(&parted), "{form}: {parted} is missing in {}", shown(form));
    }
}

#[test]
fn the_numbers_of_an_organization_are_those_of_its_entities() {
    let output = figures(demo().home(), "show active-people --demo --scope harbor --output json");
    let json: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let points = json["points"].as_array().unwrap();
    let of = |name: &str| points.iter().filter(|point| point["series"] == name).map(|point| point["value"].clone()).collect();
    for (series, property) in [("daily", "daily_active_users"), ("monthly", "monthly_active_users")] {
        let series: Vec<Value> = of(series);
        let list = ["catalog", "list", "copilot_organization_usage", "--demo", "--limit", "28", "--columns", property];
        let listed = pilotage(demo().home(), &[&list[..], &["--output", "json"]].concat());
        let entities: Vec<Value> = serde_json::from_str(&text(&listed.stdout)).unwrap();
        // In the order of their identifiers the days of harbor come first.
        let of_catalog: Vec<Value> = entities.iter().map(|entity| entity[property].clone()).collect();
        assert_eq!(series, of_catalog, "{property}");
    }
}

#[test]
fn what_cannot_be_shown_is_refused_with_what_to_do() {
    let nobody = TempDir::new().unwrap();
    for (home, line, error, help) in [
        (demo().home(), "show lnes --demo", "there is no figure `lnes`", "did you mean `lines`?"),
        (demo().home(), "define zzz", "there is no figure `zzz`", "`pilotage figures` lists those there are"),
        (demo().home(), "show lines --demo --scope harbr", "no numbers of `harbr` are kept", "did you mean `harbor`?"),
        (demo().home(), "show lines --demo --scope qqq", "no numbers of `qqq` are kept", "harbor, lighthouse, tidewater"),
        (demo().home(), "show lines --demo --by weeks", "invalid value 'weeks'", "a similar value exists: 'week'"),
        (demo().home(), "show lines --demo --since 9999-01-01", "--since 9999-01-01 is in the future", "today is "),
        (demo().home(), "show lines --demo --since 2026-10-31", "no day since then was read", "the newest day is 2026-10-30"),
        (demo().home(), "show lines --demo --output json", "--output json is of one scope", "--output ndjson"),
        (nobody.path(), "show lines", "no numbers are kept in ", "`pilotage resync` keeps them"),
        (nobody.path(), "show lines --demo", "no numbers are kept in ", "`pilotage demo --once` keeps them"),
    ] {
        let output = figures(home, line);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{line}: {output:?}");
        assert!(said.contains(error) && said.contains(help), "{line}: {said}");
    }
}

/// `UPDATE_DOCS=1` writes the page anew.
#[cfg(target_os = "linux")]
#[test]
fn the_transcripts_of_the_page_about_figures_are_what_happens() {
    let file = repository("docs/figures.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let written = with_transcripts(&page, demo().home());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &written).unwrap();
    }
    assert!(page == written || std::env::var_os("UPDATE_DOCS").is_some(), "{written}");
}

#[test]
fn the_page_about_figures_names_every_figure() {
    let page = std::fs::read_to_string(repository("docs/figures.md")).unwrap();
    for figure in pilotage::figure::ALL {
        let row = format!("| `{}` | {} |", figure.definition.id, figure.definition.title);
        assert!(page.contains(&row), "the page lacks {row}");
    }
}
