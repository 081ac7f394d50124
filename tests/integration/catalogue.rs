//! What a kind must bring along: its bundled blueprints, a resource of a bundled mapping, answers of the simulator, and a row in
//! `docs/kinds.md`. That its answers become items is checked in `kinds`. `UPDATE_KINDS_PAGE=1 cargo test --test integration catalogue`
//! writes the rows anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use pilotage::kind::catalogue::{Answer, Endpoint};
use pilotage::kind::{self, Kind, Source, Vendor};
use pilotage::model::blueprint::BUNDLED;
use pilotage::simulator::WorldOptions;

use crate::kinds::harness::{ENTERPRISE, Stage};

const MAPPINGS: [&str; 5] = [
    include_str!("../../mappings/copilot.yaml"),
    include_str!("../../mappings/usage.yaml"),
    include_str!("../../mappings/tools.yaml"),
    include_str!("../../mappings/organization.yaml"),
    include_str!("../../mappings/credits.yaml"),
];
const BEGIN: &str = "<!-- kinds -->\n";
const END: &str = "<!-- end of kinds -->";

/// What the program and its documents have of kinds.
struct Shipped {
    /// Identifiers of the bundled blueprints.
    blueprints: BTreeSet<String>,
    /// Each resource of the bundled mappings: its kind and the blueprint that it maps to.
    resources: BTreeSet<(String, String)>,
    /// The status that the simulator answers each path template with.
    answers: BTreeMap<&'static str, u16>,
    /// `docs/kinds.md`.
    page: String,
}

impl Shipped {
    async fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let resources = MAPPINGS.into_iter().flat_map(resources).collect();
        Self {
            blueprints: BUNDLED.iter().map(|(identifier, _)| (*identifier).to_owned()).collect(),
            resources,
            answers: answers().await,
            page: fs::read_to_string(root.join("docs/kinds.md")).unwrap(),
        }
    }

    /// What a kind lacks, each as a sentence that names it.
    fn lacking(&self, kind: &Kind) -> Vec<String> {
        let mut lacking = Vec::new();
        if kind.blueprints.is_empty() && kind.sunset.is_none() {
            lacking.push(format!("{}: no bundled blueprint is declared", kind.name));
        }
        for blueprint in kind.blueprints {
            if !self.blueprints.contains(*blueprint) {
                lacking.push(format!("{}: blueprint `{blueprint}` is not bundled", kind.name));
            }
        }
        let is_mapped = |blueprint: &&str| self.resources.contains(&(kind.name.to_owned(), (*blueprint).to_owned()));
        if !kind.blueprints.is_empty() && !kind.blueprints.iter().any(is_mapped) {
            lacking.push(format!("{}: no bundled mapping has a resource of it", kind.name));
        }
        for endpoint in kind.endpoints() {
            let path = endpoint.path.0;
            match self.answers.get(path) {
                Some(200) => {}
                Some(status) => lacking.push(format!("{}: the simulator answers {path} with {status}", kind.name)),
                None => lacking.push(format!("{}: the simulator was not asked for {path}", kind.name)),
            }
        }
        if !self.page.contains(&row(kind)) {
            lacking.push(format!("{}: docs/kinds.md has no such row (UPDATE_KINDS_PAGE=1 writes it)", kind.name));
        }
        lacking
    }
}

/// The resources of a mapping as (kind, blueprint).
fn resources(mapping: &str) -> Vec<(String, String)> {
    let mut kind = String::new();
    let mut resources = Vec::new();
    for line in mapping.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("- kind: ") {
            kind = name.to_owned();
        } else if let Some(expression) = line.strip_prefix("blueprint: ") {
            resources.push((kind.clone(), expression.trim_matches(['\'', '"']).to_owned()));
        }
    }
    resources
}

/// Asks a simulated GitHub that still serves what GitHub has closed for every endpoint of every kind.
async fn answers() -> BTreeMap<&'static str, u16> {
    let options = WorldOptions { organizations: 1, teams: 2, users: 12, days: 5, legacy: true, ..WorldOptions::default() };
    let stage = Stage::new(options);
    let organization = stage.world.organization_logins()[0].to_owned();
    // The newest day that has its reports.
    let day = pilotage::model::day::Day::of(stage.world.now()).plus_days(-3);
    let mut answers = BTreeMap::new();
    for kind in kind::ALL.iter() {
        if let Source::Account(list) = kind.source {
            answers.insert(list.path.0, stage.status_of_tool(kind, day).await);
        }
    }
    for Endpoint { path, answer, .. } in kind::of(Vendor::GitHub).flat_map(Kind::endpoints) {
        let owner = if path.0.starts_with("/enterprises/") { ENTERPRISE } else { &organization };
        let teams = path.0.contains("{team}").then(|| path.0.split_once("/team").unwrap().0.replace("{owner}", owner) + "/teams");
        let team = match teams {
            Some(teams) => stage.get(&teams).await[0]["slug"].as_str().map(str::to_owned),
            None => None,
        };
        let path_of_owner = path.fill(owner, team.as_deref());
        let query = if answer == Answer::OfDay { format!("?day={day}") } else { String::new() };
        answers.insert(path.0, stage.status(&format!("{path_of_owner}{query}")).await);
    }
    answers
}

/// The row of a kind in `docs/kinds.md`.
fn row(kind: &Kind) -> String {
    let names: Vec<_> = [kind.name].iter().chain(kind.aliases).map(|name| format!("`{name}`")).collect();
    let rights: BTreeSet<_> =
        kind.endpoints().into_iter().filter(|endpoint| !endpoint.is_closed).map(|endpoint| endpoint.right).collect();
    let rights: Vec<_> = rights.into_iter().map(kind::Right::words).collect();
    let blueprints: Vec<_> = kind.blueprints.iter().map(|name| format!("`{name}`")).collect();
    let about = match kind.sunset {
        Some(sunset) => format!("{}; closed by GitHub on {}, use `{}`", kind.about, sunset.closed, sunset.replacement),
        None => kind.about.to_owned(),
    };
    format!("| {} | {about} | {} | {} |\n", names.join(", "), rights.join(", "), blueprints.join(", "))
}

#[tokio::test]
async fn every_kind_brings_along_all_that_a_kind_needs() {
    if std::env::var_os("UPDATE_KINDS_PAGE").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kinds.md");
        let mut page = fs::read_to_string(&file).unwrap();
        let (start, end) = (page.find(BEGIN).unwrap() + BEGIN.len(), page.find(END).unwrap());
        let rows: String = kind::ALL.iter().map(row).collect();
        let header = "| kind | what | reads | blueprints |\n| --- | --- | --- | --- |\n";
        page.replace_range(start..end, &format!("{header}{rows}"));
        fs::write(file, page).unwrap();
    }
    let shipped = Shipped::read().await;
    let lacking: Vec<String> = kind::ALL.iter().flat_map(|kind| shipped.lacking(kind)).collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
    let rows = shipped.page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, kind::ALL.len(), "docs/kinds.md has rows of kinds that are gone");
}

#[test]
fn what_is_bundled_is_what_kinds_declare() {
    let declared: BTreeSet<&str> = kind::ALL.iter().flat_map(|kind| kind.blueprints).copied().collect();
    let bundled: BTreeSet<&str> = BUNDLED.iter().map(|(identifier, _)| *identifier).collect();
    assert_eq!(declared, bundled);
    let folder = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints")).unwrap();
    let files: BTreeSet<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let expected: BTreeSet<String> = bundled.iter().map(|identifier| format!("{identifier}.json")).collect();
    assert_eq!(files, expected);
    for (name, blueprint) in MAPPINGS.into_iter().flat_map(resources) {
        assert!(kind::find(&name).unwrap().blueprints.contains(&blueprint.as_str()), "{name} maps to {blueprint}");
    }
}

#[tokio::test]
async fn each_thing_that_a_kind_lacks_is_named() {
    let kind = kind::find("copilot-seats").unwrap();
    let whole = Shipped::read().await;
    assert_eq!(whole.lacking(kind), [""; 0]);
    let mut bare = whole;
    bare.blueprints.remove("copilot_seat");
    bare.resources.retain(|(kind, _)| kind != "copilot-seats");
    bare.answers.insert("/orgs/{owner}", 404);
    bare.answers.remove("/enterprises/{owner}/copilot/billing/seats?per_page=100");
    bare.page = bare.page.replace("`copilot-seats`", "");
    let lacking = bare.lacking(kind);
    let expected = [
        "copilot-seats: blueprint `copilot_seat` is not bundled",
        "copilot-seats: no bundled mapping has a resource of it",
        "copilot-seats: the simulator answers /orgs/{owner} with 404",
        "copilot-seats: the simulator was not asked for /enterprises/{owner}/copilot/billing/seats?per_page=100",
        "copilot-seats: docs/kinds.md has no such row (UPDATE_KINDS_PAGE=1 writes it)",
    ];
    assert_eq!(lacking, expected);
}
