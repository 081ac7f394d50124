//! One set of features: the program and its tests want the same features of each crate that both have.
//!
//! Cargo adds up the features that are wanted of a crate. One that tests alone want gives tests a crate of their own, and with it all that
//! stand on it: most of the tree, the three crates of this repository among it, would be compiled once for `cargo build` and once more for
//! `cargo test`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crates, as `name version`, with each set of features that is wanted of them.
type Features = BTreeMap<String, BTreeSet<String>>;

/// What `cargo tree` lists for these kinds of dependencies, such as `normal,build`.
fn listing(kinds: &str) -> String {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["tree", "--workspace", "--locked", "--offline"]);
    cargo.args(["--prefix", "none", "--format", "{p}|{f}", "--edges", kinds]);
    let output = cargo.output().expect("cargo tree");
    assert!(output.status.success(), "cargo tree --edges {kinds}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn features(listing: &str) -> Features {
    let mut features = Features::new();
    for line in listing.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|')) {
        let package: Vec<&str> = line.0.split_whitespace().take(2).collect();
        features.entry(package.join(" ")).or_default().insert(line.1.to_owned());
    }
    features
}

/// The crates of the program that tests want with other features, each with those that tests have it with.
fn wanted_by_tests_alone(program: &Features, tests: &Features) -> Vec<String> {
    let differ = tests.iter().filter(|(package, sets)| program.get(*package).is_some_and(|program| !sets.is_subset(program)));
    differ.map(|(package, sets)| format!("{package} with {sets:?}")).collect()
}

#[test]
fn tests_want_no_feature_that_the_program_does_without() {
    let (program, tests) = (features(&listing("normal,build")), features(&listing("normal,build,dev")));
    assert!(program.len() > 100 && tests.len() > program.len(), "{} and {}", program.len(), tests.len());
    let wanted = wanted_by_tests_alone(&program, &tests);
    assert!(wanted.is_empty(), "add these features to what the program wants, see tokio in Cargo.toml: {wanted:#?}");
}

#[test]
fn a_feature_that_tests_alone_want_is_named() {
    let program = features("tokio v1.54.1|rt,time\nbytes v1.12.1|default\nbytes v1.12.1|default (*)\n");
    let tests = features("tokio v1.54.1|rt,test-util,time\nbytes v1.12.1|default\ntempfile v3.27.0|default\n");
    assert_eq!(wanted_by_tests_alone(&program, &tests), ["tokio v1.54.1 with {\"rt,test-util,time\"}"]);
}
