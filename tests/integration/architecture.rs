//! Holds the house to its plan: which room may name which, and which may touch the outside.
//!
//! The plan is the table [`ROOMS`]. What breaks it is named by file and line. Code under `#[cfg(test)]` is free.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

mod circles;
mod features;
mod names;
pub(crate) mod source;

/// Circles between files, at most. They may become fewer.
const CIRCLES_AT_MOST: usize = 8;

/// Rooms without any.
const WITHOUT_CIRCLES: [&str; 3] = ["resync", "cli", "catalog"];

/// Names that several public types of a crate share. The list may only become shorter.
const KNOWN_DUPLICATES: &[&str] = &[];

/// A folder (or file) of `src/` or `crates/core/src/`: its name, the rooms that it may name besides itself, and whether it may touch the outside.
struct Room(&'static str, &'static [&'static str], Outside);

#[derive(PartialEq)]
enum Outside {
    /// It names no runtime, file, network, clock or randomness.
    Pure,
    MayTouch,
}
use Outside::{MayTouch, Pure};

/// Rooms from the street inwards: each names only rooms below it.
const ROOMS: &[Room] = &[
    Room("main", &["cli"], MayTouch),
    Room(
        "cli",
        &[
            "web",
            "mcp",
            "daemon",
            "authoring",
            "doctor",
            "privacy",
            "telemetry",
            "runs",
            "history",
            "integration",
            "resync",
            "source",
            "github",
            "catalog",
            "local_catalog",
            "simulator",
            "settings",
            "render",
            "figure",
            "reconcile",
            "mapping",
            "identity",
            "kind",
            "portal",
            "door",
            "model",
        ],
        MayTouch,
    ),
    Room(
        "web",
        &[
            "authoring",
            "history",
            "runs",
            "resync",
            "local_catalog",
            "render",
            "figure",
            "reconcile",
            "mapping",
            "kind",
            "door",
            "model",
        ],
        MayTouch,
    ),
    Room("mcp", &["authoring", "history", "runs", "figure", "kind", "door", "model"], MayTouch),
    Room("daemon", &["integration", "resync", "source", "catalog", "render", "reconcile", "mapping", "door", "model"], MayTouch),
    Room("authoring", &["source", "github", "simulator", "render", "mapping", "kind", "door", "model"], MayTouch),
    Room("privacy", &["runs", "history", "github", "local_catalog", "render", "identity", "door", "model"], MayTouch),
    Room("history", &["resync", "source", "render", "figure", "copilot", "facts", "kind", "door", "model"], MayTouch),
    Room("doctor", &["github", "catalog", "mapping", "kind", "door", "model"], MayTouch),
    Room("telemetry", &["runs", "resync", "source", "catalog", "render", "reconcile", "kind", "door", "model"], MayTouch),
    Room("runs", &["reconcile", "door", "model"], MayTouch),
    Room("integration", &["resync", "catalog", "reconcile", "mapping", "portal", "door", "model"], MayTouch),
    Room("resync", &["source", "catalog", "reconcile", "mapping", "door", "model"], MayTouch),
    Room("source", &["github", "reconcile", "copilot", "identity", "kind", "door", "model"], MayTouch),
    Room("github", &["identity", "kind", "door", "model"], MayTouch),
    Room("catalog", &["door", "model"], MayTouch),
    Room("local_catalog", &["mapping", "door", "model"], MayTouch),
    Room("simulator", &["door", "model"], MayTouch),
    Room("settings", &["figure", "identity", "model"], MayTouch),
    Room("render", &["figure", "reconcile", "mapping", "model"], Pure),
    Room("figure", &["facts", "model"], Pure),
    Room("reconcile", &["model"], Pure),
    Room("mapping", &["model"], Pure),
    Room("copilot", &["facts", "model"], Pure),
    Room("facts", &["model"], Pure),
    Room("identity", &["model"], Pure),
    Room("kind", &["model"], Pure),
    Room("portal", &["model"], Pure),
    Room("door", &["model"], MayTouch),
    Room("model", &[], Pure),
];

/// The jq engine's crate. It is one room: what its files name of each other is its own affair, and the rest is its Cargo.toml's.
const JQ: Room = Room("jq", &[], Pure);

/// The folders that are read, and what the manifest of each may not name.
const CRATES: &[(&str, &[&str])] = &[
    ("", &[]),
    ("crates/core/", &["tokio", "tokio-util", "axum", "reqwest", "hyper", "rusqlite", "clap", "pilotage", "rand", "rand_chacha"]),
    ("crates/jq/", &["serde_yaml", "tokio", "tokio-util", "axum", "reqwest", "rusqlite", "clap", "pilotage", "pilotage-core"]),
];

/// What pure rooms do not name.
const OUTSIDE: &[(&str, &str)] = &[
    ("tokio", "a runtime"),
    ("tokio_util", "a runtime"),
    ("std::thread", "a runtime"),
    ("std::process", "a runtime"),
    ("std::fs", "a file"),
    ("tempfile", "a file"),
    ("directories", "a file"),
    ("rusqlite", "a file"),
    ("std::env", "the environment"),
    ("std::io::stdin", "the terminal"),
    ("std::io::stdout", "the terminal"),
    ("std::io::stderr", "the terminal"),
    ("std::net", "the network"),
    ("reqwest", "the network"),
    ("hyper", "the network"),
    ("axum", "the network"),
    ("tower", "the network"),
    ("std::time::Instant", "a clock"),
    ("std::time::SystemTime", "a clock"),
    ("rand", "randomness"),
    ("rand_chacha", "randomness"),
    ("getrandom", "randomness"),
];

/// Calls that ask a clock, however their type was imported.
const CLOCK_CALLS: &[[&str; 2]] = &[["Timestamp", "now"], ["Zoned", "now"], ["Instant", "now"], ["SystemTime", "now"]];

/// Crates that belong to one place: their names begin with the first text, the files that may name them with one of the others.
const OWNED: &[(&str, &[&str])] = &[
    ("jaq", &["crates/jq/src"]),
    ("pilotage_jq", &["crates/core/src", "crates/jq", "src/door/stack.rs"]),
    ("reqwest", &["src/door/network.rs"]),
    ("rustls", &["src/door", "src/github/credential"]),
    ("x509_cert", &["src/door/certificate.rs"]),
    ("openssl_probe", &["src/door/trust.rs"]),
    ("rusqlite", &["src/local_catalog", "src/history", "src/door/sqlite.rs"]),
    ("hyper", &["src/door/serving"]),
    ("rustix", &["src/door/data_folder.rs"]),
    ("saphyr", &["crates/core/src/mapping/locate", "src/settings/file.rs"]),
    ("comfy_table", &["crates/core/src/render/table.rs"]),
    ("cronexpr", &["crates/core/src/model/recurrence.rs"]),
    ("clap", &["src/cli"]),
    ("indicatif", &["src/cli/progress"]),
    ("tracing_subscriber", &["src/cli/log"]),
    ("tracing_opentelemetry", &["src/cli/log"]),
    ("opentelemetry", &["src/telemetry", "src/cli/log"]),
    ("prometheus", &["src/telemetry/registry.rs"]),
];

/// The modules of sources, and the files that may name them. All others know the trait only.
const VENDORS: &[(&[&str], &[&str])] =
    &[(&["source", "copilot"], &["src/source", "src/cli", "src/authoring"]), (&["source", "files"], &["src/source", "src/cli"])];

/// Names of vendors, which no sentence of the pipeline may hold: what is said about a source comes from the source.
const VENDOR_NAMES: &[&str] = &["github", "copilot"];

/// Lists what breaks the plan, as `src/file.rs:line: what`. Takes files by their path from the crate's root.
fn violations(files: &[(String, String)]) -> Vec<String> {
    let sources: Vec<_> = files.iter().map(|(file, text)| (file, module(file), source::read(text, &module(file)))).collect();
    let test_modules: Vec<_> = sources.iter().flat_map(|(_, _, source)| source.test_modules.clone()).collect();
    let mut found = Vec::new();
    for (file, module, source) in &sources {
        if test_modules.iter().any(|test| module.starts_with(test)) {
            continue;
        }
        let name = if *file == "src/main.rs" { "main" } else { module.first().map_or("", String::as_str) };
        let is_jq = file.starts_with("crates/jq/");
        let room = if is_jq { Some(&JQ) } else { ROOMS.iter().find(|room| room.0 == name) };
        if room.is_none() && !name.is_empty() {
            found.push(format!("{file}:1: `{name}` is no room of the plan"));
        }
        for path in &source.paths {
            let spelt = path.segments.join("::");
            let mut say = |what: String| found.push(format!("{file}:{}: {what}", path.line));
            if let Some(room) = room {
                match named_room(path).filter(|_| !is_jq) {
                    Some(other) if other == room.0 || room.1.contains(&other) => {}
                    Some(other) => say(format!("`{}` may not name `{other}` (`{spelt}`)", room.0)),
                    None => {}
                }
                if let (Pure, Some(what)) = (&room.2, outside(path)) {
                    say(format!("`{}` is pure and may not name {what} (`{spelt}`)", room.0));
                }
            }
            for (owned, owners) in VENDORS {
                let names = path.segments.windows(owned.len()).any(|part| part == *owned);
                if names && !owners.iter().any(|owner| file.starts_with(owner)) {
                    say(format!("only {} may name `{spelt}`", owners.join(" and ")));
                }
            }
            for (owned, owners) in OWNED {
                if path.segments[0].starts_with(owned) && !owners.iter().any(|owner| file.starts_with(owner)) {
                    say(format!("only {} may name `{spelt}`", owners.join(" and ")));
                }
            }
        }
    }
    found
}

/// Where a file stands in the crate: `["mapping", "evaluate"]` for `src/mapping/evaluate.rs`.
fn module(file: &str) -> Vec<String> {
    let path = file.split_once("src/").map_or(file, |(_, path)| path).trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').filter(|part| !matches!(*part, "lib" | "main" | "mod")).map(str::to_owned).collect()
}

/// The room that a path leads into.
fn named_room(path: &source::NamedPath) -> Option<&str> {
    let [root, room, ..] = path.segments.as_slice() else { return None };
    (root == "crate").then_some(room.as_str())
}

/// What a path touches outside, if anything. Importing a module of which only a part is outside counts too: what is taken
/// out of it later could not be told.
fn outside(path: &source::NamedPath) -> Option<&'static str> {
    let asks_clock = CLOCK_CALLS.iter().any(|call| path.segments.ends_with(&call.map(str::to_owned)));
    let named = OUTSIDE.iter().find(|(forbidden, _)| {
        let forbidden: Vec<String> = forbidden.split("::").map(str::to_owned).collect();
        path.segments.starts_with(&forbidden) || path.imported && forbidden.starts_with(&path.segments)
    });
    named.map(|(_, what)| *what).or(asks_clock.then_some("a clock"))
}

fn files_below(folder: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (folder, _) in CRATES {
        let before = files.len();
        files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("src"), &mut files);
        assert!(files.len() > before + 5, "nothing was read of `{folder}`");
    }
    files
}

/// Permissions of the plan that no file makes use of, as `room: other`.
fn unused(files: &[(String, String)]) -> Vec<String> {
    let mut used = BTreeSet::new();
    for (file, text) in files {
        let module = module(file);
        let name = if file == "src/main.rs" { "main" } else { module.first().map_or("", String::as_str) };
        let source = source::read(text, &module);
        used.extend(source.paths.iter().filter_map(named_room).map(|other| format!("{name}: {other}")));
    }
    let allowed = ROOMS.iter().flat_map(|room| room.1.iter().map(|other| format!("{}: {other}", room.0)));
    allowed.filter(|permission| !used.contains(permission)).collect()
}

/// The rooms in the table of `src/lib.rs`.
fn listed(page: &str) -> BTreeSet<&str> {
    page.lines().filter_map(|line| line.strip_prefix("//! | [`")?.split_once("`]")).map(|(room, _)| room).collect()
}

#[test]
fn every_permission_of_the_plan_is_made_use_of() {
    assert_eq!(unused(&all_files()), [""; 0], "remove them from the plan");
}

#[test]
fn a_permission_that_nobody_uses_is_named() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let files = [file("src/render/plan.rs", "use crate::reconcile::Plan; use crate::mapping::M;")];
    let of_render: Vec<_> = unused(&files).into_iter().filter(|unused| unused.starts_with("render:")).collect();
    assert_eq!(of_render, ["render: figure", "render: model"]);
}

#[test]
fn the_map_in_lib_rs_lists_the_rooms_that_there_are() {
    let files = all_files();
    let (_, page) = files.iter().find(|(file, _)| file == "src/lib.rs").unwrap();
    let planned: BTreeSet<&str> = ROOMS.iter().map(|room| room.0).filter(|room| *room != "main").collect();
    assert_eq!(listed(page), planned, "the table of src/lib.rs and the plan");
    let modules: Vec<_> = files.iter().map(|(file, _)| module(file)).collect();
    let present: BTreeSet<&str> = modules
        .iter()
        .zip(&files)
        .filter(|(_, (file, _))| !file.starts_with("crates/jq/"))
        .filter_map(|(module, _)| module.first().map(String::as_str))
        .collect();
    assert_eq!(present, planned, "the folders and the plan");
}

#[test]
fn no_two_public_types_of_a_crate_share_a_name() {
    let files = all_files();
    let found = names::duplicates(&files);
    let known: BTreeSet<&str> = KNOWN_DUPLICATES.iter().copied().collect();
    let new: Vec<_> = found.iter().filter(|(name, _)| !known.contains(name.as_str())).collect();
    assert!(new.is_empty(), "give one of each another name: {new:#?}");
    let gone: Vec<_> = known.iter().filter(|name| !found.contains_key(**name)).collect();
    assert!(gone.is_empty(), "no longer needed in KNOWN_DUPLICATES: {gone:#?}");
}

#[test]
fn files_go_in_few_circles_and_some_rooms_in_none() {
    let found = circles::circles(&all_files());
    let shown: Vec<_> = found.iter().map(|circle| circle.join(" ")).collect();
    assert!(found.len() <= CIRCLES_AT_MOST, "{} circles:\n{}", found.len(), shown.join("\n"));
    for room in WITHOUT_CIRCLES {
        let inside: Vec<_> =
            found.iter().filter(|circle| circle.iter().any(|file| circles::room_of(file, ROOMS) == Some(room))).collect();
        assert!(inside.is_empty(), "`{room}` has a circle: {inside:#?}");
    }
}

#[test]
fn the_rooms_keep_to_the_plan() {
    let files = all_files();
    let found = violations(&files);
    assert!(found.is_empty(), "the plan in tests/integration/architecture.rs is broken:\n{}", found.join("\n"));
}

#[test]
fn the_pipeline_speaks_of_no_vendor() {
    let mut files = Vec::new();
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/resync"), &mut files);
    assert!(files.len() > 5, "nothing was read");
    for (file, text) in files.iter().filter(|(file, _)| !file.ends_with("tests.rs")) {
        let product = text.split("#[cfg(test)]").next().unwrap();
        for (line, number) in product.lines().zip(1..) {
            let vendor = VENDOR_NAMES.iter().find(|vendor| line.to_lowercase().contains(*vendor));
            assert_eq!(vendor, None, "{file}:{number}: {line}");
        }
    }
}

/// Adding a source changes nothing in these folders: the two that came after Copilot are named nowhere in them, not even in tests.
#[test]
fn what_reads_decides_maps_and_keeps_knows_neither_claude_code_nor_cursor() {
    for folder in ["src/resync", "crates/core/src/reconcile", "crates/core/src/mapping", "src/history"] {
        let mut files = Vec::new();
        files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
        assert!(files.len() > 5, "nothing was read of {folder}");
        for (file, text) in files {
            let text = text.to_lowercase();
            assert!(!text.contains("claude") && !text.contains("cursor"), "{file} names a tool");
        }
    }
}

/// The names of the crates that a manifest's dependencies name, for use and for tests.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut is_inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_inside = line.ends_with("dependencies]") && !line.starts_with("[workspace");
        } else if let Some(name) = line.split(['.', '=', ' ']).next().filter(|name| is_inside && !name.is_empty()) {
            names.push(name.to_owned());
        }
    }
    names
}

#[test]
fn no_manifest_of_a_pure_crate_names_what_touches_the_outside() {
    for (folder, forbidden) in CRATES {
        let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("Cargo.toml")).unwrap();
        let names = dependencies(&manifest);
        assert!(names.contains(&"serde_json".to_owned()), "the dependencies of `{folder}` were not read");
        let found: Vec<_> = names.iter().filter(|name| forbidden.contains(&name.as_str())).collect();
        assert!(found.is_empty(), "{folder}Cargo.toml names {found:?}");
    }
}

#[test]
fn the_plan_itself_points_downwards_only() {
    for (index, room) in ROOMS.iter().enumerate() {
        for other in room.1 {
            let position = ROOMS.iter().position(|room| room.0 == *other);
            assert!(position.is_some_and(|position| position > index), "`{}` names `{other}`", room.0);
        }
    }
    let pure = |name: &str| ROOMS.iter().any(|room| room.0 == name && room.2 == Pure);
    for room in ROOMS.iter().filter(|room| room.2 == Pure) {
        assert!(room.1.iter().all(|other| pure(other)), "`{}` is pure but may name a room that is not", room.0);
    }
}

/// What a file with that text breaks, without its own name in front.
fn broken(file: &str, text: &str) -> Vec<String> {
    let found = violations(&[(file.to_owned(), text.to_owned())]);
    found.iter().map(|line| line.trim_start_matches(file).trim_start_matches(':').to_owned()).collect()
}

#[test]
fn a_made_up_violation_is_named_with_its_line() {
    let table = [
        ("src/model/day.rs", "\nuse crate::github::Page;", "2: `model` may not name `github` (`crate::github::Page`)"),
        ("src/model/day.rs", "use super::super::catalog;", "1: `model` may not name `catalog` (`crate::catalog`)"),
        ("src/kind/mod.rs", "use super::door::clock::Clock;", "1: `kind` may not name `door` (`crate::door::clock::Clock`)"),
        ("src/render/plan.rs", "fn f() { crate::cli::run(); }", "1: `render` may not name `cli` (`crate::cli::run`)"),
        ("src/render/plan.rs", "use crate::{\n model::day,\n cli,\n};", "3: `render` may not name `cli` (`crate::cli`)"),
        ("src/main.rs", "use pilotage::model::day;", "1: `main` may not name `model` (`crate::model::day`)"),
        (
            "src/kind/seats.rs",
            "mod inner { use super::super::super::catalog::X; }",
            "1: `kind` may not name `catalog` (`crate::catalog::X`)",
        ),
        ("src/kind/seats.rs", "use crate::Shortcut;", "1: `kind` may not name `Shortcut` (`crate::Shortcut`)"),
        ("src/mapping/file.rs", "use std::fs;", "1: `mapping` is pure and may not name a file (`std::fs`)"),
        (
            "src/mapping/file.rs",
            "fn f() { ::std::fs::read(p) }",
            "1: `mapping` is pure and may not name a file (`std::fs::read`)",
        ),
        (
            "src/mapping/file.rs",
            "use std::{fmt, time::{Duration, Instant}};",
            "1: `mapping` is pure and may not name a clock (`std::time::Instant`)",
        ),
        (
            "src/mapping/file.rs",
            "use std::time::{self, Duration};",
            "1: `mapping` is pure and may not name a clock (`std::time`)",
        ),
        ("src/mapping/file.rs", "use std::time::*;", "1: `mapping` is pure and may not name a clock (`std::time`)"),
        (
            "src/mapping/file.rs",
            "use jiff::Timestamp as T;\nlet now = jiff::Timestamp::now();",
            "2: `mapping` is pure and may not name a clock (`jiff::Timestamp::now`)",
        ),
        ("src/copilot/join.rs", "use rand as r;", "1: `copilot` is pure and may not name randomness (`rand`)"),
        (
            "src/reconcile/plan.rs",
            "#[cfg(not(test))]\nuse tokio::sync::mpsc;",
            "2: `reconcile` is pure and may not name a runtime (`tokio::sync::mpsc`)",
        ),
        ("src/mapping/evaluate.rs", "fn f(v: jaq_json::Val) {}", "1: only crates/jq/src may name `jaq_json::Val`"),
        ("src/github/pages.rs", "use reqwest::Client;", "1: only src/door/network.rs may name `reqwest::Client`"),
        (
            "src/catalog/store.rs",
            "use rusqlite::{Connection};",
            "1: only src/local_catalog and src/history and src/door/sqlite.rs may name `rusqlite::Connection`",
        ),
        ("src/resync/run.rs", "use super::super::github::GitHub;", "1: `resync` may not name `github` (`crate::github::GitHub`)"),
        (
            "src/resync/run.rs",
            "use crate::source::{Source, copilot::Host};",
            "1: only src/source and src/cli and src/authoring may name `crate::source::copilot::Host`",
        ),
        ("src/utils.rs", "", "1: `utils` is no room of the plan"),
        ("src/utils/text.rs", "", "1: `utils` is no room of the plan"),
    ];
    for (file, text, expected) in table {
        assert_eq!(broken(file, text), [expected], "{text}");
    }
}

#[test]
fn what_the_plan_allows_is_not_named() {
    let table = [
        ("src/lib.rs", "pub mod model;\npub mod door;"),
        ("src/github/pages.rs", "use crate::door::http::Request; use super::reports; use tokio::time::Instant;"),
        ("crates/jq/src/value.rs", "use jaq_json::Val; use super::budget::Budget; use std::time::Duration;"),
        ("src/model/day.rs", "// use crate::cli;\n/* std::fs /* tokio::x */ rand::y */ use std::fmt;"),
        (
            "src/model/day.rs",
            r####"const A: &str = "std::fs::read \" crate::cli::x"; const B: &str = r#"std::fs::read "crate::cli::x"#;"####,
        ),
        ("src/model/day.rs", "fn f<'a>(x: &'a str) -> char { let q = '\"'; let r = '\\''; q } // std::fs::x"),
        ("src/model/day.rs", "fn f(rand: u8) -> u8 { self.tokio.rand; rand }"),
        ("src/model/day.rs", "#[cfg(test)]\nmod tests {\n use crate::cli; fn f() { std::fs::read(x); } }"),
        ("src/model/day.rs", "#[cfg(test)]\nuse std::fs;\n#[cfg(all(test, unix))] fn f(x: [u8; 2]) { std::fs::read(x) }"),
        ("src/kind/mod.rs", "macro_rules! m { ($($x:ident),*) => { use crate::kind::{$($x),*}; } }"),
        ("src/kind/mod.rs", "mod seats { use super::super::model::day; use super::find; }"),
    ];
    for (file, text) in table {
        assert_eq!(broken(file, text), [""; 0], "{text}");
    }
}

#[test]
fn a_file_of_tests_is_free() {
    let files = [
        ("src/mapping/mod.rs".to_owned(), "#[cfg(test)]\nmod tests;\nmod file;".to_owned()),
        ("src/mapping/tests.rs".to_owned(), "use std::fs; use crate::simulator;".to_owned()),
        ("src/mapping/tests/table.rs".to_owned(), "use std::fs;".to_owned()),
        ("src/mapping/file.rs".to_owned(), "\nuse std::fs;".to_owned()),
    ];
    assert_eq!(violations(&files), ["src/mapping/file.rs:2: `mapping` is pure and may not name a file (`std::fs`)"]);
}
