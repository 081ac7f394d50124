//! Data folders of released versions, opened by today's program: nothing of what is in them is lost.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/data-folders")
}

/// A copy of a version's folder, with the rights that files have in a checkout.
fn copy(version: &str) -> TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
            if from.is_dir() {
                copy(&from, &to);
            } else {
                fs::copy(&from, &to).unwrap();
                fs::set_permissions(&to, fs::Permissions::from_mode(0o644)).unwrap();
            }
        }
    }
    let folder = TempDir::new().unwrap();
    copy(&fixtures().join(version), folder.path());
    folder
}

fn pilotage(arguments: &[&str], data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("HOME", data).env("GITHUB_TOKEN", "any").env("NO_COLOR", "1");
    command.args(arguments).arg("--data").arg(data).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(folder: &Path, below: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, below, found);
            } else {
                found.insert(path.strip_prefix(below).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

fn entities(data: &Path) -> BTreeMap<String, usize> {
    let output = pilotage(&["catalog", "export"], data);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let mut counts = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let entity: Value = serde_json::from_str(line).unwrap();
        assert!(!entity["properties"].as_object().unwrap().is_empty(), "{entity}");
        *counts.entry(entity["blueprint"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn there_is_a_folder_of_every_released_version() {
    let changelog = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md")).unwrap();
    let versions: Vec<&str> = changelog.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let (unreleased, released) = versions.split_first().unwrap();
    assert_eq!((*unreleased, released.last()), ("Unreleased", Some(&"0.1.0")));
    for version in released {
        assert!(fixtures().join(version).join("catalog.sqlite").is_file(), "no data folder of {version} is kept");
    }
}

#[test]
fn everything_that_0_1_0_left_is_there() {
    let folder = copy("0.1.0");
    let before = files(folder.path());
    let of_0_1_0 = entities(folder.path());
    assert_eq!(of_0_1_0.values().sum::<usize>(), 6 + 48 + 6, "{of_0_1_0:?}");
    let runs = pilotage(&["runs", "--output", "json"], folder.path());
    let listed: Value = serde_json::from_slice(&runs.stdout).unwrap_or_else(|_| panic!("{}", text(&runs)));
    let listed: Vec<&str> = listed.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
    assert_eq!(listed, ["20261130T061636Z-610d89", "20261130T061635Z-c02731"]);
    assert_eq!(pilotage(&["runs", "last"], folder.path()).status.code(), Some(0));
    // SQLite leaves an empty log and its index beside what was only read.
    let mut after = files(folder.path());
    after.retain(|path, _| !path.to_string_lossy().contains("sqlite-"));
    assert!(after == before, "reading changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resync_goes_on_with_what_0_1_0_left_and_makes_its_folder_private() {
    use pilotage::door::serving::{BoundAddress, ServingLimits};
    use pilotage::simulator::{Simulator, SimulatorSource, World, WorldOptions};

    // The world that the folder's resyncs read, see the README there.
    let options = WorldOptions { organizations: 1, teams: 1, users: 8, days: 9, ..WorldOptions::default() };
    let free = "127.0.0.1:0".parse().unwrap();
    let (api, signed) = (BoundAddress::take(free).await.unwrap(), BoundAddress::take(free).await.unwrap());
    let url = api.url();
    let simulator = Simulator::new(SimulatorSource::World(World::new(options)), signed.url()).unwrap();
    let _api = api.serve(simulator.api_router(), ServingLimits::STANDARD);
    let _signed = signed.serve(simulator.signed_router(), ServingLimits::STANDARD);

    let folder = copy("0.1.0");
    let before = (entities(folder.path()), files(folder.path()));
    let kept: Vec<PathBuf> = before.1.keys().filter(|path| path.starts_with("reports")).cloned().collect();
    assert_eq!(kept.len(), 6);
    let resync = |data: &Path| {
        let (data, url, mapping) = (data.to_owned(), url.clone(), fixtures().join("0.1.0-mapping.yaml"));
        tokio::task::spawn_blocking(move || {
            pilotage(&["resync", "--github-host", &url, "--mapping", mapping.to_str().unwrap()], &data)
        })
    };
    let output = resync(folder.path()).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    // That its kept reports are read is tested in `src/github/cache.rs`: they are those of one address, and this one is another.
    assert_eq!(entities(folder.path()), before.0, "{}", text(&output));
    let after = files(folder.path());
    for path in kept {
        assert!(after[&path] == before.1[&path], "{}", path.display());
    }
    for path in before.1.keys().filter(|path| path.starts_with("runs")) {
        assert!(after[path] == before.1[path], "{}", path.display());
    }
    let mode = |path: &Path| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    for path in after.keys() {
        assert_eq!(mode(path), 0o600, "{}", path.display());
        let folder = path.parent().unwrap();
        assert!(folder == Path::new("") || mode(folder) == 0o700, "{}", folder.display());
    }
}

#[test]
fn a_folder_of_a_newer_version_is_refused_by_name_and_left_alone() {
    // Where SQLite keeps `user_version`: four bytes, the largest first, at byte 60 of the file.
    let folder = copy("0.1.0");
    let file = folder.path().join("catalog.sqlite");
    let mut bytes = fs::read(&file).unwrap();
    assert_eq!(bytes[60..64], [0, 0, 0, 1]);
    bytes[63] = 2;
    fs::write(&file, &bytes).unwrap();
    let run = folder.path().join("runs/20261130T061636Z-610d89.json");
    let report = fs::read_to_string(&run).unwrap().replacen("\"format\": 1", "\"format\": 2", 1);
    fs::write(&run, report).unwrap();
    let before = files(folder.path());
    let newer = "a newer version of pilotage made it (format 2, this one knows 1); use that version";
    for arguments in [&["resync"][..], &["plan"], &["catalog", "list"], &["catalog", "get", "b", "i"], &["catalog", "serve"]] {
        let output = pilotage(arguments, folder.path());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(newer), "{arguments:?}: {}", text(&output));
    }
    let output = pilotage(&["runs", "last"], folder.path());
    assert!(text(&output).contains("a newer version of pilotage wrote it (format 2, this one knows 1)"), "{}", text(&output));
    let left = files(folder.path());
    for (path, bytes) in before {
        assert!(left[&path] == bytes, "{}", path.display());
    }
}
