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
    let build = stages[0].all("RUN").into_iter().filter_map(dockerfile::Instruction::words).find(|words| words[0] == "cargo");
    assert_eq!(build.unwrap(), ["cargo", "build", "--release", "--locked", "--bin", env!("CARGO_PKG_NAME")]);
    for left_out in text("Dockerfile.dockerignore").lines().filter(|line| !line.starts_with('#')) {
        let needed = ["src", "Cargo.toml", "Cargo.lock", "mappings", "blueprints", "benches"];
        assert!(!needed.contains(&left_out), "{left_out} is needed to build");
    }
}
