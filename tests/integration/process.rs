//! The program as a process: told to end, killed, run twice at a time. Few tests, because each costs real time.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) fn pilotage() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("GITHUB_TOKEN", "any").stdin(Stdio::null());
    command
}

/// A child that does not outlive the test.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// A server, which prints its address first.
    fn server(command: &mut Command) -> (Self, String) {
        let mut server = Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let mut url = String::new();
        BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
        (server, url.trim().to_owned())
    }

    fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// Waits for the end, and gives what was printed.
    fn end(mut self) -> (ExitStatus, String, String) {
        let status = self.0.wait().unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.0.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (status, stdout, stderr)
    }
}

pub(crate) fn github(folder: &Path, rules: &str) -> (Running, String) {
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/monday");
    let copied = Command::new("cp").arg("-r").arg(world).arg(folder).status().unwrap();
    assert!(copied.success());
    let folder = folder.join("monday");
    std::fs::write(folder.join("rules.json"), rules).unwrap();
    Running::server(pilotage().arg("simulate").arg("--replay").arg(folder))
}

pub(crate) fn resync(github: &str, data: &Path) -> Command {
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/copilot.yaml");
    let mut command = pilotage();
    command.arg("resync").arg("--data").arg(data).args(["--github-host", github]).arg("--mapping").arg(mapping);
    command
}

/// Everything in a catalog, without the moments at which it was written.
pub(crate) fn export(data: &Path) -> Vec<Value> {
    let output: Output = pilotage().args(["catalog", "export", "--data"]).arg(data).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let without_moments = |line: &str| {
        let mut entity: Value = serde_json::from_str(line).unwrap();
        entity.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "createdAt" | "updatedAt"));
        entity
    };
    text.lines().map(without_moments).collect()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_resync_that_is_told_to_end_while_github_hangs_ends_soon_and_says_so() {
    let folder = TempDir::new().unwrap();
    let (_server, url) = github(folder.path(), r#"[{"path": "/orgs/beta/*", "delay_ms": 60000}]"#);
    let data = folder.path().join("data");
    let run = Running::start(&mut resync(&url, &data));
    wait_until("the first organization", || data.exists() && export(&data).len() == 3);
    let began = Instant::now();
    run.terminate();
    let (status, stdout, stderr) = run.end();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(stdout.contains("resync stopped before the end: 3 created, nothing deleted"), "{stdout}");
    assert!(stderr.contains("stopping: "), "{stderr}");
}

#[test]
fn a_killed_run_leaves_nothing_that_the_next_one_does_not_put_right() {
    let folder = TempDir::new().unwrap();
    let (server, url) = github(folder.path(), "[]");
    let undisturbed = folder.path().join("undisturbed");
    assert_eq!(resync(&url, &undisturbed).output().unwrap().status.code(), Some(0));
    let expected = export(&undisturbed);
    assert_eq!(expected.len(), 6);
    drop(server);

    std::fs::remove_dir_all(folder.path().join("monday")).unwrap();
    let (_server, slow) = github(folder.path(), r#"[{"path": "/orgs/beta/*", "delay_ms": 60000, "times": 1}]"#);
    let data = folder.path().join("killed");
    let mut run = Running::start(&mut resync(&slow, &data));
    wait_until("the first organization", || data.exists() && export(&data).len() == 3);
    // On this system `kill` of a child is kill -9.
    run.0.kill().unwrap();
    run.0.wait().unwrap();
    let began = Instant::now();
    let again = resync(&slow, &data).output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(began.elapsed() < Duration::from_secs(10), "nobody else can write to this folder, so nobody is waited for");
    assert_eq!(export(&data), expected);
}

#[test]
fn whoever_reads_the_catalog_from_its_first_moment_on_disturbs_no_run() {
    let folder = TempDir::new().unwrap();
    let (_server, url) = github(folder.path(), "[]");
    for round in 0..6 {
        let data = folder.path().join(format!("read-{round}"));
        let run = Running::start(&mut resync(&url, &data));
        // SQLite's locks are the process's: a descriptor that is closed too much gives them back, and the reader then cuts the
        // index of the log under the writer.
        wait_until("all entities", || data.exists() && export(&data).len() == 6);
        let (status, _, stderr) = run.end();
        assert_eq!(status.code(), Some(0), "{stderr}");
    }
}

#[test]
fn asking_before_writing_needs_somebody_to_ask() {
    let folder = TempDir::new().unwrap();
    let output = resync("http://127.0.0.1:9", folder.path()).arg("--confirm").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("error: --confirm asks on a terminal, and there is none\nhelp: "), "{stderr}");
}
