//! `pilotage seats` over a simulated GitHub: what is listed, what is shown before anything is given or taken, and what then happens.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

/// A simulated GitHub that does not outlive the test.
struct Simulated {
    server: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn pilotage() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("GITHUB_TOKEN", "any").stdin(Stdio::null());
    command
}

impl Simulated {
    fn start() -> Self {
        Self::start_with(&["--orgs", "1", "--teams", "2", "--users", "6"])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let mut command = pilotage();
        command.arg("simulate").args(arguments);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { server, url: url.trim().to_owned(), folder: tempfile::tempdir().unwrap() }
    }

    fn seats(&self, arguments: &[&str]) -> Output {
        let mut command = pilotage();
        command.arg("seats").args(arguments).args(["--org", "harbor", "--github-host", &self.url]);
        command.arg("--data").arg(self.folder.path()).output().unwrap()
    }

    /// Compares what is printed, and the exit code.
    fn prints(&self, name: &str, code: i32, arguments: &[&str]) {
        let output = self.seats(arguments);
        let text = format!(
            "$ pilotage seats {} --org harbor\n{}{}",
            arguments.join(" "),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap()
        );
        assert_eq!(output.status.code(), Some(code), "{text}");
        let path = format!("{}/tests/seats/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("PILOTAGE_UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(text, expected, "{path} differs; write it anew with PILOTAGE_UPDATE=1 and read the difference");
    }
}

#[test]
fn seats_are_given_and_taken_only_after_a_yes_and_with_the_cost_in_sight() {
    let github = Simulated::start();
    github.prints("list", 0, &["list"]);
    // Nobody says yes, so nothing happens.
    github.prints("no-terminal", 2, &["remove", "--user", "lina-hoffmann"]);
    github.prints("list", 0, &["list"]);
    github.prints("remove", 0, &["remove", "--user", "lina-hoffmann,ada-adler,nobody", "--yes"]);
    github.prints("add", 0, &["add", "--user", "Lina-Hoffmann,olga-castro", "--yes"]);
    github.prints("remove-team", 0, &["remove", "--team", "platform", "--yes"]);
    github.prints("nothing", 0, &["add", "--user", "olga-castro"]);
    let json: serde_json::Value = serde_json::from_slice(&github.seats(&["list", "--output", "json"]).stdout).unwrap();
    assert_eq!((json["plan"].as_str(), json["seats"].as_array().unwrap().len()), (Some("business"), 7));
}

/// How long nobody has used a seat depends on this machine's clock; what follows from it is tested where the time is an argument.
#[test]
fn seats_that_nobody_uses_are_listed_with_the_age_of_the_evidence() {
    let github = Simulated::start();
    let listed = |more: &[&str]| github.seats(&[&["list", "--inactive", "--exclude", "lina-*"], more].concat());
    let output = listed(&["--output", "json"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &list["seats_total"]), (Some(0), &serde_json::json!(7)), "{list}");
    assert_eq!(list["newest_evidence"], "2026-10-30T17:54:00Z");
    assert!(list["evidence_age_hours"].is_i64());
    let seats = list["seats"].as_array().unwrap();
    assert!(seats.iter().all(|seat| seat["login"] != "lina-hoffmann" && seat["because"].is_string()), "{list}");
    let text = String::from_utf8(listed(&[]).stdout).unwrap();
    for part in [" of 7 in `harbor`, without activity for 30 days", "left alone: ", "newest activity of anybody is of 2026-10-30"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_is_missing_in_the_flags_or_at_github_is_named() {
    let github = Simulated::start();
    for (arguments, said) in [
        (&["add"][..], "--user <LOGIN>"),
        (&["add", "--user", "ada", "--team", "platform"], "cannot be used with"),
        (&["add", "--user", "nobody-knows", "--yes"], "check that each of them is a member of the organization"),
        (&["remove", "--team", "no-such-team", "--yes"], "404"),
    ] {
        let output = github.seats(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(said), "{arguments:?}: {text}");
    }
}

#[test]
fn seats_that_are_fewer_than_counted_are_told_and_nothing_is_given_or_taken() {
    let recording = tempfile::tempdir().unwrap();
    let billing = recording.path().join("orgs/harbor/copilot/billing");
    std::fs::create_dir_all(&billing).unwrap();
    std::fs::write(billing.with_extension("json"), r#"{"plan_type":"business","seat_management_setting":"assign_selected"}"#)
        .unwrap();
    let seats = r#"{"total_seats":3,"seats":[{"assignee":{"login":"ada","id":1},"created_at":"2026-01-01T00:00:00Z"}]}"#;
    std::fs::write(billing.join("seats.json"), seats).unwrap();
    let github = Simulated::start_with(&["--replay", recording.path().to_str().unwrap()]);
    for (arguments, code) in [
        (&["list"][..], 5),
        (&["list", "--output", "json"], 5),
        (&["add", "--user", "olga", "--yes"], 1),
        (&["remove", "--user", "ada", "--yes"], 1),
    ] {
        let output = github.seats(arguments);
        let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stdout}{stderr}");
        let expected = "these may not be all seats of `harbor`: ";
        assert!(stderr.contains(expected) && stderr.contains("`total_seats` counts 3, but only 1"), "{arguments:?}: {stderr}");
        assert_eq!(stdout.contains("ada"), arguments[0] == "list", "{arguments:?}: {stdout}");
    }
}

#[test]
fn the_seat_of_one_user_is_asked_for_by_login_and_who_has_none_is_told() {
    let simulated = Simulated::start();
    let all: serde_json::Value = serde_json::from_slice(&simulated.seats(&["list", "--output", "json"]).stdout).unwrap();
    let login = all["seats"][1]["login"].as_str().unwrap();
    let output = simulated.seats(&["list", "--user", &format!("{login},nobody-of-here"), "--output", "json"]);
    let one: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &one["seats"]), (Some(0), &serde_json::json!([all["seats"][1]])));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("`nobody-of-here` has no seat that `harbor` gives"), "{told}");
}

#[test]
fn one_request_is_checked_with_a_credential_only_at_the_host_that_the_settings_name_for_it() {
    let simulated = Simulated::start();
    let doctor = |arguments: &[&str]| {
        let mut command = pilotage();
        command.arg("doctor").args(arguments).arg("--data").arg(simulated.folder.path());
        command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &simulated.url);
        command.env("PILOTAGE_CURSOR_ADMIN_KEY", "canary").env("PILOTAGE_CURSOR_HOST", &simulated.url);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(!text.contains("canary"), "{text}");
        (output.status.code(), text)
    };
    let at = |path: &str| format!("{}{path}", simulated.url);
    let table: [(&str, &str, Option<i32>, &str); 7] = [
        (&at("/orgs/harbor/copilot/billing"), "GITHUB_TOKEN", Some(0), "on: 7 seats"),
        (&at("/orgs/nowhere"), "GITHUB_TOKEN", Some(5), "[no_resource]"),
        (&at("/teams/spend"), "PILOTAGE_CURSOR_ADMIN_KEY", Some(0), "POST /teams/spend"),
        (&at("/teams/nothing"), "PILOTAGE_CURSOR_ADMIN_KEY", Some(5), "[invalid_credentials]"),
        ("https://elsewhere.test/user?x=1", "GITHUB_TOKEN", Some(2), "only to the host that the settings name for it"),
        ("https://api.cursor.com/teams/members", "PILOTAGE_CURSOR_ADMIN_KEY", Some(2), "only to the host"),
        (&at("/user"), "HOME", Some(2), "no credential of the settings has this variable"),
    ];
    for (address, credential, code, expected) in table {
        let (found, text) = doctor(&["--check", address, "--credential", credential]);
        assert!(found == code && text.contains(expected), "{address} {credential}: {found:?} {text}");
    }
    for (path, method, code, expected) in [
        ("/orgs/harbor/copilot/billing", "get", Some(0), "on: 7 seats"),
        ("/orgs/harbor/copilot/billing/selected_users", "POST", Some(2), "doctor changes nothing"),
        ("/teams/spend", "POST", Some(0), "POST /teams/spend"),
        ("/teams/spend", "GET", Some(5), "GET /teams/spend"),
        ("/teams/members", "POST", Some(2), "doctor changes nothing"),
        ("/user", "DELETE", Some(2), "possible values: GET, POST"),
    ] {
        // Both have the same host here, so that only the name says whose the credential is.
        let credential = if path.starts_with("/teams") { "PILOTAGE_CURSOR_ADMIN_KEY" } else { "GITHUB_TOKEN" };
        let (found, text) = doctor(&["--check", &at(path), "--method", method, "--credential", credential]);
        assert!(found == code && text.contains(expected), "{path} {method}: {found:?} {text}");
    }
}
