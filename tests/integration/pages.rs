//! `pilotage pages` over the catalog that a run of the demo left.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::first_screen::{demo, pilotage};

/// A home of its own with the demo's catalog as its embedded one.
fn home() -> TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => copy(&entry.path(), &to.join(entry.file_name())),
                false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
            }
        }
    }
    let home = TempDir::new().unwrap();
    copy(&folder(demo().home()).join("demo"), &folder(home.path()));
    home
}

fn folder(home: &Path) -> PathBuf {
    home.join(".local/share/pilotage")
}

fn pages(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = pilotage(home, &[&["pages"], arguments].concat());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_second_push_changes_nothing_and_a_change_is_shown_before_it_is_written() {
    let home = home();
    let (code, plan, said) = pages(home.path(), &["plan"]);
    assert_eq!(code, 0, "{said}");
    for name in
        ["page copilot_adoption", "page copilot_teams", "page copilot_seats", "page copilot_cost", "scorecard copilot_seat_use"]
    {
        assert!(plan.contains(&format!("+ {name}: ")) || plan.contains(&format!("= {name}\n")), "{name}: {plan}");
    }
    let (code, _, said) = pages(home.path(), &["push", "--yes"]);
    assert_eq!(code, 0, "{said}");
    let (code, again, said) = pages(home.path(), &["push"]);
    assert!(code == 0 && said.contains("nothing to do") && !again.contains('+') && !again.contains('~'), "{again}{said}");

    let file = home.path().join("adoption.json");
    let mut page: Value = serde_json::from_str(include_str!("../../pages/copilot_adoption.json")).unwrap();
    page["title"] = "Our adoption".into();
    fs::write(&file, page.to_string()).unwrap();
    let name = file.to_str().unwrap();
    let (code, shown, _) = pages(home.path(), &["plan", name]);
    assert!(code == 0 && shown.contains("~ page copilot_adoption: 1 change") && shown.contains("/title"), "{shown}");
    let (code, _, said) = pages(home.path(), &["push", name, "--yes"]);
    assert!(code == 0 && said.contains("1 document written"), "{said}");
    assert!(pages(home.path(), &["plan", "copilot_adoption"]).1.contains("\"Our adoption\" → \"Copilot adoption\""));
}

#[test]
fn a_page_with_a_property_that_its_blueprint_lacks_is_refused_with_its_place() {
    let home = home();
    let file = home.path().join("page.json");
    let mut page: Value = serde_json::from_str(include_str!("../../pages/copilot_seats.json")).unwrap();
    page["widgets"][0]["widgets"][4]["property"] = "property#plan_tpye".into();
    fs::write(&file, page.to_string()).unwrap();
    let (code, _, said) = pages(home.path(), &["push", file.to_str().unwrap(), "--yes"]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains(
            "/widgets/0/widgets/4/property: blueprint `copilot_seat` has no property `plan_tpye`; did you mean `plan_type`?"
        ),
        "{said}"
    );
    for (wrong, reason) in
        [("no_such", "there is no bundled page or scorecard `no_such`"), ("./gone.json", "cannot read `./gone.json`")]
    {
        let (code, _, said) = pages(home.path(), &["plan", wrong]);
        assert!(code == 2 && said.contains(reason), "{said}");
    }
    fs::write(&file, "{}").unwrap();
    let (code, _, said) = pages(home.path(), &["plan", file.to_str().unwrap()]);
    assert!(code == 2 && said.contains("`identifier` is missing"), "{said}");
}

#[test]
fn without_blueprints_there_is_nothing_to_show_and_that_is_no_success() {
    let home = TempDir::new().unwrap();
    let (code, _, said) = pages(home.path(), &["plan"]);
    assert!(code == 1 && said.contains("pilotage resync --mapping usage"), "{said}");
    let (code, listed, _) = pages(home.path(), &["list"]);
    assert!(code == 0 && listed.lines().all(|line| line.chars().count() <= 80), "{listed}");
}
