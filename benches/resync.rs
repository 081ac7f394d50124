//! The whole process, measured: a resync from the simulator into a catalog that answers at once, each a process of its own.
//!
//! `cargo bench --bench resync` runs every row; `cargo bench --bench resync -- 10k 100k` only those. How to read what it prints
//! is in `benches/README.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

#[path = "support/catalog.rs"]
mod catalog;
mod support;

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;
use support::{Connection, Cost, PILOTAGE, Server, folder, here, measured, median, peak_mb};

/// Each row is run so often, and the one in the middle by wall time counts.
const RUNS: usize = 3;

/// Days of a report.
const DAYS: u64 = 28;

/// What the row is measured beside, as the issue gives it: Ocean 0.48.12 with github-copilot 0.3.104 on a machine of two cores.
const INCUMBENT: [(&str, &str); 5] = [
    ("100k", "255 s, 390 CPU-s, 272 MB; unchanged 250 s"),
    ("1m", "not finished in useful time"),
    ("legacy", "18 to 33 s, 28 CPU-s, 158 MB"),
    ("organizations", "4.5 s, 6.3 CPU-s, 91 MB"),
    ("start", "0.8 s, 86 MB"),
];

fn main() {
    if std::env::args().any(|argument| argument == "serve-catalog") {
        return catalog::serve();
    }
    let asked = support::arguments();
    let wants = |row: &str| asked.is_empty() || asked.iter().any(|asked| asked == row);
    println!(
        "{:14} {:9} {:>9} {:>8} {:>7} {:>7} {:>9} {:>9} {:>10} {:>7}",
        "row", "sync", "entities", "wall s", "CPU s", "RSS MB", "requests", "upserts", "entities/s", "µs/ent"
    );
    let mut last: Option<(u64, [Cost; 2])> = None;
    for (row, users) in [("10k", 358), ("100k", 3_572), ("1m", 35_715)] {
        if wants(row) {
            let world = World { organizations: 1, teams: 1, users, legacy: false, mapping: "mappings/user-days.yaml" };
            let (entities, costs) = world.measure(row, if row == "1m" { 1 } else { RUNS });
            if let Some((before, smaller)) = last.replace((entities, costs)) {
                let ratio = |of: fn(&Cost) -> f64| format!("{:.2}", of(&costs[0]) / of(&smaller[0]));
                let size = entities as f64 / before as f64;
                println!(
                    "{:14} entities ×{size:.2}, wall ×{}, CPU ×{}, RSS ×{}",
                    "  growth",
                    ratio(|cost| cost.wall),
                    ratio(|cost| cost.cpu),
                    ratio(|cost| cost.peak_mb)
                );
            }
        }
    }
    if wants("legacy") {
        World { organizations: 20, teams: 5, users: 40, legacy: true, mapping: "mappings/legacy.yaml" }.measure("legacy", RUNS);
    }
    if wants("organizations") {
        let world = World { organizations: 20, teams: 1, users: 40, legacy: false, mapping: "mappings/organization-usage.yaml" };
        world.measure("organizations", RUNS);
    }
    if wants("start") {
        start();
    }
}

/// Who is simulated, and what is mapped.
struct World {
    organizations: u64,
    teams: u64,
    users: u64,
    legacy: bool,
    mapping: &'static str,
}

impl World {
    /// Measures a first resync and one that finds nothing changed. Gives the number of entities and both costs.
    fn measure(&self, row: &str, runs: usize) -> (u64, [Cost; 2]) {
        let simulator = Server::start(
            Command::new(PILOTAGE)
                .arg("simulate")
                .args(["--orgs", &self.organizations.to_string(), "--teams", &self.teams.to_string()])
                .args(["--users", &self.users.to_string(), "--days", &DAYS.to_string()])
                .args(self.legacy.then_some("--legacy")),
        );
        let mut first: Vec<Measured> = Vec::new();
        let mut again: Vec<Measured> = Vec::new();
        for _ in 0..runs {
            let catalog = Server::start(Command::new(std::env::current_exe().unwrap()).arg("serve-catalog"));
            first.push(self.resync(&simulator, &catalog));
            again.push(self.resync(&simulator, &catalog));
        }
        let print = |sync: &str, all: &mut Vec<Measured>| {
            all.sort_by(|one, other| one.cost.wall.total_cmp(&other.cost.wall));
            let Measured { cost, entities, requests, upserts } = all[all.len() / 2];
            println!(
                "{row:14} {sync:9} {entities:>9} {:>8.3} {:>7.2} {:>7.1} {requests:>9} {upserts:>9} {:>10.0} {:>7.1}",
                cost.wall,
                cost.cpu,
                cost.peak_mb,
                entities as f64 / cost.wall,
                cost.cpu * 1e6 / entities as f64,
            );
            cost
        };
        let costs = [print("first", &mut first), print("unchanged", &mut again)];
        incumbent(row);
        (first[0].entities, costs)
    }

    fn resync(&self, simulator: &Server, catalog: &Server) -> Measured {
        let counts = || {
            let answer = String::from_utf8(Connection::open(catalog.address()).ask("GET", "/counts", "", b"")).unwrap();
            let numbers: Vec<u64> = answer.split(' ').map(|number| number.parse().unwrap()).collect();
            (numbers[0], numbers[1])
        };
        let folder = folder();
        let mut command = Command::new(PILOTAGE);
        command.args(["resync", "--quiet", "--output", "json", "--mapping"]).arg(here(self.mapping));
        command.arg("--data").arg(folder.path());
        command.envs([
            ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", simulator.url.as_str()),
            ("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", "any"),
            ("OCEAN__PORT__BASE_URL", catalog.url.as_str()),
            ("OCEAN__PORT__CLIENT_ID", "any"),
            ("OCEAN__PORT__CLIENT_SECRET", "any"),
        ]);
        let before = counts();
        let (cost, outcome) = measured(&command, folder.path());
        let after = counts();
        let outcome: Value = serde_json::from_slice(&outcome).unwrap_or_default();
        let resources = outcome["resources"].as_array().cloned().unwrap_or_default();
        let sum = |names: &[&str]| -> u64 {
            resources.iter().flat_map(|resource| names.iter().map(|name| resource[*name].as_u64().unwrap_or(0))).sum()
        };
        let entities = sum(&["created", "updated", "unchanged"]);
        // The question for the counts is asked once before.
        Measured { cost, entities, requests: after.0 - before.0 - 1, upserts: after.1 - before.1 }
    }
}

/// One run.
#[derive(Clone, Copy)]
struct Measured {
    cost: Cost,
    entities: u64,
    requests: u64,
    upserts: u64,
}

/// From the start of the process to its first connection, which nobody answers.
fn start() {
    let mut waits = Vec::new();
    let mut sizes = Vec::new();
    for _ in 0..15 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let folder = folder();
        let began = Instant::now();
        let mut child = Command::new(PILOTAGE)
            .args(["resync", "--quiet", "--mapping"])
            .arg(here("mappings/user-days.yaml"))
            .arg("--data")
            .arg(folder.path())
            .envs([
                ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", url.as_str()),
                ("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", "any"),
                ("OCEAN__PORT__BASE_URL", url.as_str()),
                ("OCEAN__PORT__CLIENT_ID", "any"),
                ("OCEAN__PORT__CLIENT_SECRET", "any"),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut connection, _) = listener.accept().unwrap();
        std::io::Read::read(&mut connection, &mut [0; 1]).unwrap();
        waits.push(began.elapsed().as_secs_f64() * 1e3);
        sizes.push(peak_mb(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    println!("{:14} {:.1} ms to the first request, {:.1} MB by then", "start", median(waits), median(sizes));
    incumbent("start");
}

fn incumbent(row: &str) {
    if let Some((_, figures)) = INCUMBENT.iter().find(|(name, _)| *name == row) {
        println!("{:14} {figures}", "  incumbent");
    }
}
