//! What a person sees: scripts of command lines, run by the real program against recorded answers of GitHub, with everything
//! that they print. The transcripts lie in `tests/transcripts`; read them to get to know the tool.
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test --test transcripts` writes them anew; look at the difference before you commit it.
//!
//! ```text
//! @ github monday beta-forbidden   these folders of tests/worlds, one over the other, answer from here on
//! $ pilotage plan                  is run; what it prints and its exit code follow
//! # anything else                  is said to the reader
//! ```

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use fancy_regex::Regex;
use pilotage::simulator::{Simulator, SimulatorSource};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// A GitHub that answers as recorded, until it is dropped.
struct GitHub {
    url: String,
    _recording: TempDir,
    _runtime: Runtime,
}

impl GitHub {
    fn new(worlds: &str) -> Self {
        let recording = TempDir::new().unwrap();
        for world in worlds.split_whitespace() {
            lay_over(&folder("worlds").join(world), recording.path());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listen = || runtime.block_on(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).unwrap();
        let (api, signed) = (listen(), listen());
        let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let (url, signed_url) = (url(&api), url(&signed));
        let source = SimulatorSource::Replay(recording.path().to_owned());
        let simulator = Simulator::new(source, &signed_url).unwrap();
        runtime.spawn(axum::serve(api, simulator.api_router()).into_future());
        runtime.spawn(axum::serve(signed, simulator.signed_router()).into_future());
        Self { url, _recording: recording, _runtime: runtime }
    }
}

fn lay_over(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            lay_over(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Runs one command line where the mapping is, and gives what it printed and its exit code.
fn run(line: &str, github: &GitHub, data: &Path) -> String {
    let arguments = line.strip_prefix("pilotage ").unwrap_or_else(|| panic!("not a command of ours: {line}"));
    let output = Command::new(env!("CARGO_BIN_EXE_pilotage"))
        .args(arguments.split_whitespace())
        .current_dir(folder("worlds"))
        .env_clear()
        .env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &github.url)
        .env("GITHUB_TOKEN", "any")
        .env("PILOTAGE_DATA", data)
        .output()
        .unwrap();
    let mut text = String::new();
    for (name, printed) in [("stdout", output.stdout), ("stderr", output.stderr)] {
        let printed = String::from_utf8(printed).unwrap();
        if !printed.is_empty() {
            text.push_str(&format!("[{name}]\n{printed}"));
            assert!(printed.ends_with('\n'), "{line}: {name} does not end its last line");
        }
    }
    let text = text.replace(&github.url, "https://api.github.test").replace(&data.display().to_string(), "~/pilotage");
    format!("{}[exit {}]\n", without_time(&text), output.status.code().unwrap())
}

/// How long something took differs from run to run.
pub(crate) fn without_time(text: &str) -> String {
    let table_cell = Regex::new(r"(?m)^((?:\S+)?(?: +[\d,]+){1,8} +)\d+\.\d$").unwrap();
    let said = Regex::new(r"\b\d+(\.\d)? m?s\b").unwrap();
    let run = Regex::new(r"\b\d{8}T\d{6}Z-[0-9a-f]{6}\b").unwrap();
    let json = Regex::new(r#""seconds": ?\d+\.\d+(e-\d+)?"#).unwrap();
    let text = table_cell.replace_all(text, "${1}0.0");
    let text = said.replace_all(&text, "0.0 s");
    let text = run.replace_all(&text, "20261121T013126Z-5f3a9c");
    json.replace_all(&text, "\"seconds\":0.0").into_owned()
}

/// Runs a transcript again: its commands, with what they print now.
fn again(transcript: &str) -> String {
    let data = TempDir::new().unwrap();
    let data = data.path().join("data");
    let mut github = None;
    let mut text = String::new();
    let mut answers = false;
    for line in transcript.lines() {
        let is_ours = ["$ ", "@ ", "# "].iter().any(|start| line.starts_with(start));
        if answers && !is_ours {
            continue;
        }
        if answers {
            text.push('\n');
        }
        answers = false;
        text.push_str(line);
        text.push('\n');
        if let Some(worlds) = line.strip_prefix("@ github ") {
            github = Some(GitHub::new(worlds));
        } else if let Some(command) = line.strip_prefix("$ ") {
            text.push_str(&run(command, github.as_ref().expect("a transcript begins with its GitHub"), &data));
            answers = true;
        }
    }
    text
}

fn check(name: &str) {
    let file = folder("transcripts").join(format!("{name}.txt"));
    let expected = fs::read_to_string(&file).unwrap();
    let actual = again(&expected);
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&file, actual).unwrap();
        return;
    }
    if expected != actual {
        panic!("{name} reads differently now; UPDATE_TRANSCRIPTS=1 writes it anew. It reads:\n\n{actual}");
    }
}

macro_rules! transcripts {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            check(&stringify!($name).replace('_', "-"));
        }
    )*

    #[test]
    fn every_transcript_is_checked() {
        let mut names: Vec<String> = [$(stringify!($name)),*].iter().map(|name| format!("{}.txt", name.replace('_', "-"))).collect();
        names.sort();
        let files = fs::read_dir(folder("transcripts")).unwrap();
        let mut files: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, names);
    }};
}

transcripts!(
    first_plan,
    no_change,
    updates,
    forms_of_a_plan,
    deletion_withheld_by_threshold,
    deletion_withheld_by_incompleteness,
    partial_failure,
    mapping_push,
);
