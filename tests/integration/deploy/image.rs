//! The image: `deploy/Dockerfile`, read and held to its rules.

use super::*;

fn last_stage() -> dockerfile::Stage {
    dockerfile::read(&text("Dockerfile")).1.pop().unwrap()
}

#[test]
fn nothing_runs_through_a_shell() {
    let (before, stages) = dockerfile::read(&text("Dockerfile"));
    assert!(before.iter().all(|instruction| instruction.name == "ARG"));
    for instruction in stages.iter().flat_map(|stage| &stage.instructions) {
        if matches!(instruction.name.as_str(), "RUN" | "CMD" | "ENTRYPOINT" | "SHELL" | "HEALTHCHECK" | "VOLUME") {
            assert!(
                instruction.words().is_some_and(|words| !words.is_empty()),
                "line {}: {}",
                instruction.line,
                instruction.rest
            );
        }
        assert!(!matches!(instruction.name.as_str(), "SHELL" | "ADD" | "MAINTAINER" | "ONBUILD"), "line {}", instruction.line);
    }
}

#[test]
fn every_stage_that_is_copied_from_is_there_and_comes_before() {
    let (_, stages) = dockerfile::read(&text("Dockerfile"));
    assert_eq!(stages.len(), 2, "one that builds, and what is left of it");
    for (index, stage) in stages.iter().enumerate() {
        for copy in stage.all("COPY").iter().filter_map(|copy| copy.option("from")) {
            assert!(stages[..index].iter().any(|earlier| earlier.name.as_deref() == Some(copy)), "{copy}");
        }
    }
}

#[test]
fn what_is_left_is_the_program_its_authorities_and_folders_for_a_number_that_is_not_root() {
    let stage = last_stage();
    assert_eq!(stage.base, "scratch");
    assert!(stage.all("RUN").is_empty(), "there is no shell and no tool");
    let targets: Vec<&str> = stage.all("COPY").iter().map(|copy| copy.rest.split_whitespace().last().unwrap()).collect();
    assert_eq!(targets, ["/etc/ssl/certs/ca-certificates.crt", "/data", "/tmp", "/pilotage"]);
    assert!(stage.all("COPY").iter().all(|copy| copy.option("from") == Some("build")));
    let user = &stage.one("USER").rest;
    let numbers: Vec<u32> = user.split(':').map(|number| number.parse().unwrap()).collect();
    assert!(numbers.len() == 2 && numbers.iter().all(|number| *number >= 1000), "{user}");
    let data = stage.all("COPY")[1];
    assert_eq!(data.option("chown"), Some(user.as_str()), "the volume belongs to who runs");
    assert_eq!(stage.one("VOLUME").words().unwrap(), ["/data"]);
    assert_eq!(stage.one("ENV").rest, "PILOTAGE_DATA=/data");
    assert_eq!(stage.one("EXPOSE").rest, "8000", "the default of application.port");
    assert_eq!(stage.one("ENTRYPOINT").words().unwrap(), ["/pilotage"]);
    assert!(stage.all("CMD").is_empty(), "no arguments, as Ocean's chart gives none");
}

#[test]
fn labels_say_what_it_is() {
    let label = &last_stage().one("LABEL").rest.clone();
    for name in ["title", "description", "licenses", "version", "revision"] {
        assert!(label.contains(&format!("org.opencontainers.image.{name}=")), "{name}: {label}");
    }
    let licence = format!("licenses=\"{}\"", env!("CARGO_PKG_LICENSE"));
    assert!(label.contains(&licence), "{label}");
}

#[test]
fn the_toolchain_and_the_program_are_those_of_the_manifest() {
    let (before, stages) = dockerfile::read(&text("Dockerfile"));
    let version = before[0].rest.strip_prefix("RUST_VERSION=").unwrap().to_owned();
    let number = |text: &str| text.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>();
    assert!(number(&version) >= number(env!("CARGO_PKG_RUST_VERSION")), "{version}");
    for build in builds(&stages[0]) {
        let words = stages[0].instructions[build].words().unwrap();
        assert_eq!(words, ["cargo", "build", "--profile", "dist", "--locked", "--bin", env!("CARGO_PKG_NAME")]);
    }
    let ignored = text("Dockerfile.dockerignore");
    let ignored: Vec<&str> = ignored.lines().collect();
    for file in included() {
        let is_ignored = ignored.iter().any(|line| file.starts_with(&format!("{}/", line.trim_end_matches("/*"))));
        assert!(
            !is_ignored || ignored.contains(&format!("!{file}").as_str()),
            "{file} is compiled in, and not there to be copied"
        );
    }
    for left_out in text("Dockerfile.dockerignore").lines().filter(|line| !line.starts_with('#')) {
        let needed = ["src", "Cargo.toml", "Cargo.lock", "mappings", "blueprints", "benches"];
        assert!(!needed.contains(&left_out), "{left_out} is needed to build");
    }
}

/// Files outside of the sources that are compiled into the program, by their paths from the root.
fn included() -> Vec<String> {
    fn collect(folder: &Path, found: &mut Vec<String>) {
        let inclusion = fancy_regex::Regex::new(r#"include_(?:str|bytes)!\("(\.\./[^"]+)"\)"#).unwrap();
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for captures in inclusion.captures_iter(text.as_str()).map(Result::unwrap) {
                    let file = path.parent().unwrap().join(&captures[1]).canonicalize().unwrap();
                    let root = Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().unwrap();
                    found.push(file.strip_prefix(root).unwrap().display().to_string());
                }
            }
        }
    }
    let mut found = Vec::new();
    ["src", "crates/core/src", "crates/jq/src"]
        .iter()
        .for_each(|folder| collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found));
    // What only tests read is not compiled into the program.
    found.retain(|file| !file.starts_with("tests/"));
    assert!(found.iter().any(|file| file == "docs/findings.md"), "{found:?}");
    found
}

/// Places of the instructions that compile.
fn builds(stage: &dockerfile::Stage) -> Vec<usize> {
    let is_build =
        |instruction: &dockerfile::Instruction| instruction.words().is_some_and(|words| words[..2] == ["cargo", "build"]);
    stage.instructions.iter().enumerate().filter(|(_, one)| is_build(one)).map(|(place, _)| place).collect()
}

/// Words of the first command with this name.
fn words_of(instructions: &[dockerfile::Instruction], command: &[&str]) -> (usize, Vec<String>) {
    let found = instructions.iter().enumerate().filter_map(|(place, one)| Some((place, one.words()?)));
    found
        .into_iter()
        .find(|(_, words)| words.starts_with(&command.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()))
        .unwrap()
}

/// A package of the workspace, as cargo sees it.
struct Package {
    name: String,
    manifest: String,
    /// Kind and source of each target.
    targets: Vec<(String, String)>,
}

fn packages() -> Vec<Package> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root);
    let metadata: Json = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let inside = |path: &Json| Path::new(path.as_str().unwrap()).strip_prefix(root).unwrap().display().to_string();
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    let package = |package: &Json| {
        let targets = package["targets"].as_array().unwrap().iter();
        let targets = targets.map(|target| (text(&target["kind"][0]), inside(&target["src_path"]))).collect();
        Package { name: text(&package["name"]), manifest: inside(&package["manifest_path"]), targets }
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

#[test]
fn dependencies_are_compiled_in_layers_that_no_source_changes() {
    let (_, stages) = dockerfile::read(&text("Dockerfile"));
    let stage = &stages[0];
    let builds = builds(stage);
    assert_eq!(builds.len(), 2, "the dependencies, and the program");
    let before = &stage.instructions[..builds[0]];
    let mut copied: Vec<String> = Vec::new();
    for copy in before.iter().filter(|one| one.name == "COPY") {
        let words: Vec<&str> = copy.rest.split_whitespace().collect();
        copied.extend(words[..words.len() - 1].iter().map(|word| (*word).to_owned()));
    }
    let packages = packages();
    let mut expected: Vec<String> = packages.iter().map(|package| package.manifest.clone()).collect();
    expected.push("Cargo.lock".to_owned());
    expected.push(".cargo/config.toml".to_owned());
    copied.sort();
    expected.sort();
    assert_eq!(copied, expected, "manifests and nothing else");

    // Between the two builds: what the first one made of the workspace goes before the sources come.
    let between = &stage.instructions[builds[0] + 1..builds[1]];
    let (cleaned, clean) = words_of(between, &["cargo", "clean", "--profile", "dist"]);
    let mut named: Vec<&str> = clean[4..].iter().map(String::as_str).filter(|word| *word != "--package").collect();
    let mut ours: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    named.sort_unstable();
    ours.sort_unstable();
    assert_eq!(named, ours);
    let copies: Vec<usize> = (0..between.len()).filter(|place| between[*place].name == "COPY").collect();
    assert_eq!((copies.len(), &between[copies[0]].rest), (1, &". .".to_owned()));
    assert!(cleaned < copies[0]);
}

#[test]
fn every_target_of_a_manifest_has_a_source_without_content() {
    let (_, stages) = dockerfile::read(&text("Dockerfile"));
    let before = &stages[0].instructions[..builds(&stages[0])[0]];
    let (_, new) = words_of(before, &["cargo", "new"]);
    assert_eq!(new.last().unwrap(), &stages[0].one("WORKDIR").rest);
    // `cargo new` writes the program that prints a greeting.
    let mut made = vec!["src/main.rs".to_owned()];
    made.extend(words_of(before, &["touch"]).1[1..].iter().cloned());
    made.extend(words_of(before, &["cp", "src/main.rs"]).1.last().cloned());
    let (_, folders) = words_of(before, &["mkdir", "-p"]);
    for Package { name, manifest, targets } in packages() {
        for (kind, source) in targets {
            match kind.as_str() {
                "lib" | "bin" | "bench" | "custom-build" => {
                    assert!(made.contains(&source), "cargo refuses {manifest} without {source}")
                }
                // Found by their folder, so not needed. Those that a manifest names are.
                "test" | "example" => {}
                other => panic!("{name}: a target of kind {other} is not in the layers of dependencies: {source}"),
            }
        }
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&manifest)).unwrap();
        assert!(!text.contains("[[test]]") && !text.contains("[[example]]"), "{manifest} names targets without a source");
    }
    for file in made {
        let Some((folder, _)) = file.rsplit_once('/') else { continue };
        assert!(folder == "src" || folders.iter().any(|made| made == folder), "{folder} is not made");
    }
}
