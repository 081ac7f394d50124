//! `pilotage digest`: printed, and sent to a webhook of this machine.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use tempfile::TempDir;

use crate::first_screen::demo;
use crate::telemetry::loopback::Loopback;

/// What is secret in an address.
const SECRET: &str = "T0000-B0000-canary";

fn digest(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.args(["digest", "--demo"]).args(arguments).env_clear().env("HOME", demo().home());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A webhook that answers with a status and a text, and keeps what was sent.
fn webhook(status: u16, said: &'static str) -> (Loopback, Arc<Mutex<Vec<Value>>>) {
    let kept = Arc::<Mutex<Vec<Value>>>::default();
    let taken = Arc::clone(&kept);
    let server = Loopback::serve(move |_| {
        let answer = move |body: Bytes| {
            taken.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
            async move { (StatusCode::from_u16(status).unwrap(), said) }
        };
        Router::new().route("/services/{secret}", post(answer))
    });
    (server, kept)
}

fn file(folder: &Path, content: &str) -> String {
    let file = folder.join("webhook");
    std::fs::write(&file, content).unwrap();
    file.display().to_string()
}

#[test]
fn it_is_printed_with_values_changes_and_what_is_withheld() {
    let output = digest(&["--scope", "harbor", "--link", "https://copilot.example/figures"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = text(&output.stdout);
    let (heading, rest) = page.split_once("\n\n").unwrap();
    assert!(heading.starts_with("GitHub Copilot in harbor, until 2026-1"), "{page}");
    for line in ["people active within 7 days", "people active within 28 days", "acceptance of completions", "lines added"] {
        assert!(rest.lines().any(|row| row.starts_with(line) && row.ends_with(['%', '–', 's', '0'])), "{line}: {page}");
    }
    assert!(
        rest.contains("withheld, too few people to be shown: ") && rest.ends_with("\nhttps://copilot.example/figures\n"),
        "{page}"
    );
    assert_eq!(text(&digest(&[]).stdout).matches("GitHub Copilot in ").count(), 3);
}

#[test]
fn a_webhook_gets_the_message_and_nobody_sees_its_address() {
    let folder = TempDir::new().unwrap();
    for (format, has) in [("slack", "blocks"), ("teams", "attachments")] {
        let (server, kept) = webhook(200, "ok");
        let file = file(folder.path(), &format!("{}/services/{SECRET}\n", server.url()));
        let printed = digest(&["--to-webhook-file", &file, "--format", format, "--dry-run"]);
        assert_eq!(kept.lock().unwrap().len(), 0, "nothing is sent");
        let sent = digest(&["--to-webhook-file", &file, "--format", format, "-vvv"]);
        assert_eq!(sent.status.code(), Some(0), "{sent:?}");
        let kept = kept.lock().unwrap();
        assert_eq!(kept.len(), 1);
        assert!(kept[0].get(has).is_some(), "{}", kept[0]);
        assert_eq!(serde_json::from_slice::<Value>(&printed.stdout).unwrap(), kept[0], "what is printed is what is sent");
        for output in [&printed, &sent] {
            assert!(!text(&output.stdout).contains("canary") && !text(&output.stderr).contains("canary"), "{output:?}");
        }
        assert!(text(&sent.stderr).contains("sent the digest of 3 organizations"), "{sent:?}");
    }
}

#[test]
fn what_goes_wrong_is_told_without_the_address() {
    let folder = TempDir::new().unwrap();
    let check = |content: &str, more: &[&str], code: i32, said: &str| {
        let file = file(folder.path(), content);
        let output = digest(&[&["--to-webhook-file", file.as_str()], more].concat());
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{content}: {stderr}");
        assert!(stderr.contains(said), "{said}: {stderr}");
        assert!(!stderr.contains("canary") && output.stdout.is_empty(), "{output:?}");
    };
    let slack = &["--format", "slack"][..];
    let closed = {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        taken.local_addr().unwrap()
    };
    for (status, help) in
        [(404, "make a new one"), (429, "wait a minute"), (500, "again later"), (307, "it is not followed"), (400, "--dry-run")]
    {
        let (server, _) = webhook(status, "invalid_token T0000-B0000-canary\u{1b}[2J");
        let address = format!("{}/services/{SECRET}", server.url());
        check(&address, slack, 1, &format!("the webhook refused the digest: {status}"));
        check(&address, slack, 1, help);
    }
    check(&format!("http://{closed}/services/{SECRET}"), slack, 1, "cannot send the digest to the webhook: cannot connect");
    check(&format!("http://127.0.0.1:1/{SECRET}"), &[], 2, "--format slack or --format teams");
    check(&format!("http://127.0.0.1:1/{SECRET}"), &["--format", "text"], 2, "no webhook takes it");
    check(&format!("http://hooks.slack.com/{SECRET}"), &[], 2, "it is not https");
    check("", slack, 2, "it is not one address");
    check(&format!("https://a.example/{SECRET}\nhttps://b.example"), slack, 2, "it is not one address");
    check(SECRET, slack, 2, "it is no address");
    let (server, _) = webhook(200, "ok");
    check(
        &format!("{}/services/{SECRET}", server.url()),
        &["--format", "slack", "--scope", "harbr"],
        2,
        "did you mean `harbor`?",
    );
    let missing = digest(&["--to-webhook-file", "/nowhere/at/all"]);
    assert!(missing.status.code() == Some(2) && text(&missing.stderr).contains("cannot read `/nowhere/at/all`"), "{missing:?}");
    let link = digest(&["--link", "javascript:alert(1)"]);
    assert_eq!(link.status.code(), Some(2), "{link:?}");
}
