//! `pilotage config` and `pilotage mapping`, run as a person runs them: the environment in, what is printed out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pilotage::mapping::file::Mapping;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{World, repository};

/// What a run gave: exit code, stdout, stderr.
type Ran = (i32, String, String);

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What `config --output json` says of one setting: its value, and its source.
fn said(arguments: &[&str], variables: &[(&str, &str)], setting: &str) -> (Value, String) {
    let (code, stdout, stderr) = run(&[&["config", "--output", "json"], arguments].concat(), variables);
    assert_eq!(code, 0, "{stderr}");
    let all: Value = serde_json::from_str(&stdout).unwrap();
    let found = all["settings"].as_array().unwrap().iter().find(|one| one["setting"] == setting).unwrap();
    (found["value"].clone(), found["source"].as_str().unwrap().to_owned())
}

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn config_says_what_holds_and_who_said_so() {
    let folder = TempDir::new().unwrap();
    let settings = file(&folder, "config.yaml", "clientTimeout: 30\nintegration:\n  identifier: '{{ from env OURS }}'\n");
    let settings = settings.to_str().unwrap();
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str, Value, &'a str);
    let table: &[Row<'_>] = &[
        (&[], &[], "application.port", json!("8000"), "default"),
        (&[], &[("OCEAN__EVENT_LISTENER", r#"{"type":"ONCE"}"#)], "eventListener.type", json!("ONCE"), "OCEAN__EVENT_LISTENER"),
        (&[], &[("PORT_CLIENT_ID", "x")], "port.clientId", json!("x"), "PORT_CLIENT_ID"),
        (&["--data", "/d"], &[("PILOTAGE_DATA", "/e")], "data", json!("/d"), "--data"),
        (&["--config", settings], &[("OURS", "we")], "integration.identifier", json!("we"), &format!("{settings}:3")),
        (&[], &[("PILOTAGE_CONFIG", settings)], "clientTimeout", json!("30"), &format!("{settings}:1")),
    ];
    for (arguments, variables, setting, value, source) in table {
        assert_eq!(said(arguments, variables, setting), (value.clone(), (*source).to_owned()), "{variables:?}");
    }
    let (code, stdout, _) = run(&["config"], &[("PILOTAGE_CONFIG", settings)]);
    assert!(code == 0 && stdout.starts_with(&format!("settings file  {settings} (PILOTAGE_CONFIG)\n\nsetting ")), "{stdout}");
}

#[test]
fn config_hides_secrets_wherever_they_stand() {
    let folder = TempDir::new().unwrap();
    let secret = file(&folder, "token", "canary-1\n");
    let variables = [
        ("GITHUB_TOKEN_FILE", secret.to_str().unwrap()),
        ("OCEAN__PORT", r#"{"clientId":"id","clientSecret":"canary-2"}"#),
        ("PILOTAGE_GITHUB_APP_PRIVATE_KEY", "canary-3"),
        ("HTTPS_PROXY", "http://me:canary-4@proxy.test:3128"),
        ("OCEAN__PORT__CLIENT_SECRTE", "canary-5"),
        ("OCEAN__ACTIONS_PROCESSOR__KEY", "canary-6"),
    ];
    for arguments in [&["config"][..], &["config", "--output", "json"], &["config", "-vvv"]] {
        let (code, stdout, stderr) = run(arguments, &variables);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains("[secret]") && stdout.contains("http://proxy.test:3128/"), "{stdout}");
        assert!(!format!("{stdout}{stderr}").contains("canary"), "{stdout}{stderr}");
    }
}

#[test]
fn config_refuses_what_any_verb_would_refuse_all_at_once() {
    let wrong = [("OCEAN__CLIENT_TIMEOUT", "soon"), ("APPLICATION__LOG_LEVEL", "loud"), ("GITHUB_TOKEN", "canary canary")];
    let (code, stdout, stderr) = run(&["config"], &wrong);
    assert_eq!((code, stdout.as_str()), (2, ""));
    for words in [
        "OCEAN__CLIENT_TIMEOUT is `soon`, expected a number of seconds above 0",
        "APPLICATION__LOG_LEVEL is `loud`, expected TRACE, DEBUG, INFO, WARNING or ERROR",
        "GITHUB_TOKEN is something else, expected a secret of one line, without spaces",
    ] {
        assert!(stderr.contains(words), "{stderr}");
    }
    assert!(!stderr.contains("canary"), "{stderr}");
    let slip = [("OCEAN__CLIENT_TIMEOUT", "soon"), ("OCEAN__CLIENT_TIMOUT", "60")];
    let (_, _, stderr) = run(&["config"], &slip);
    assert!(stderr.ends_with("help: OCEAN__CLIENT_TIMOUT is no setting; did you mean OCEAN__CLIENT_TIMEOUT?\n"), "{stderr}");
    let (code, _, stderr) = run(&["config"], &[("HTTPS_PROXY", "socks5://p")]);
    assert!(code == 2 && stderr.starts_with("error: HTTPS_PROXY is `socks5://p`, expected "), "{stderr}");
}

#[test]
fn config_prints_the_schema_of_settings_files() {
    let (code, stdout, _) = run(&["config", "--schema"], &[("OCEAN__CLIENT_TIMEOUT", "soon")]);
    let schema: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, 0);
    assert_eq!(schema, pilotage::settings::schema());
    assert_eq!(schema["properties"]["eventListener"]["properties"]["type"]["default"], "POLLING");
}

/// A folder with an embedded catalog in it.
struct Catalog(TempDir);

impl Catalog {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// A catalog that keeps this mapping for the integration `test`.
    async fn with_mapping(config: &Value) -> Self {
        let catalog = Self::new();
        let world = World::in_folder(&catalog.data());
        world.client().create_integration(Some(config), "Default").await.unwrap();
        catalog
    }

    fn mapping(&self, arguments: &[&str]) -> Ran {
        let data = self.data();
        let all = [&["mapping"], arguments, &["--identifier", "test", "--data", data.to_str().unwrap()]].concat();
        run(&all, &[])
    }
}

fn read(text: &str) -> Value {
    let (mapping, findings) = Mapping::read(text, "mapping.yaml");
    mapping.unwrap_or_else(|| panic!("{findings:?}\n{text}")).to_json()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_mapping_that_is_pushed_and_pulled_means_the_same_and_is_still_valid() {
    let mut files: Vec<_> = std::fs::read_dir(repository("mappings")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && !path.to_string_lossy().ends_with(".test.yaml"));
    files.push(repository("tests/worlds/copilot.yaml"));
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let catalog = Catalog::new();
        let pulled = catalog.0.path().join("pulled.yaml");
        let (code, _, stderr) = catalog.mapping(&["push", "--yes", "--no-plan", "--file", file.to_str().unwrap()]);
        assert_eq!(code, 0, "{stderr}");
        let (code, _, stderr) = catalog.mapping(&["pull", "--file", pulled.to_str().unwrap()]);
        assert_eq!(code, 0, "{stderr}");
        assert_eq!(read(&text(&pulled)), read(&text(&file)), "{}", file.display());
        let valid = |file: &Path| run(&["validate", "--deny-warnings", file.to_str().unwrap()], &[]).0;
        assert_eq!(valid(&pulled), valid(&file), "{}", file.display());
        let (code, stdout, stderr) = catalog.mapping(&["push", "--file", pulled.to_str().unwrap()]);
        assert_eq!((code, stdout.as_str()), (0, ""), "nothing is left to do, so nobody is asked: {stderr}");
    }
}

/// Texts that a careless writer of YAML gives back as something else.
const AWKWARD: &[&str] =
    &["true", "null", "1.0", "no", "# x", "a: b", "\"@\" + .x", ".a\n| .b\n", "  .x", "@base64", "2026-01-01", "'", ""];

#[tokio::test]
async fn pull_keeps_the_order_of_keys_and_every_text() {
    let properties: serde_json::Map<String, Value> =
        AWKWARD.iter().rev().enumerate().map(|(index, text)| (format!("p{}", 99 - index), json!(text))).collect();
    let config = json!({
        "resources": [{
            "port": {"entity": {"mappings": {"properties": properties, "blueprint": "\"b\"", "identifier": ".id"}}},
            "selector": {"query": "true"},
            "kind": "organization-usage-metrics",
        }],
        "entityDeletionThreshold": 0.5,
    });
    let catalog = Catalog::with_mapping(&config).await;
    let (code, stdout, stderr) = catalog.mapping(&["pull"]);
    assert_eq!(code, 0, "{stderr}");
    let (_, from_json) = (Mapping::from_json(&config).1, Mapping::from_json(&config).0.unwrap());
    assert_eq!(read(&stdout), from_json.to_json(), "{stdout}");
    let place = |key: &str| stdout.find(key).unwrap_or_else(|| panic!("{key}: {stdout}"));
    let keys = [
        "resources:",
        "port:",
        "properties:",
        " p99:",
        " p98:",
        " p87:",
        "blueprint:",
        "selector:",
        "kind:",
        "entityDeletionThreshold:",
    ];
    assert!(keys.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{stdout}");
}

#[tokio::test]
async fn pull_overwrites_only_what_it_is_told_to() {
    let catalog = Catalog::with_mapping(&json!({"resources": []})).await;
    let file = file(&catalog.0, "mine.yaml", "mine");
    let path = file.to_str().unwrap();
    let (code, _, stderr) = catalog.mapping(&["pull", "--file", path]);
    assert_eq!(code, 2);
    assert_eq!(stderr, format!("error: `{path}` is there already\nhelp: name another, or overwrite it with --force\n"));
    assert_eq!(text(&file), "mine");
    for word in ["--force", "--yes"] {
        std::fs::write(&file, "mine").unwrap();
        assert_eq!(catalog.mapping(&["pull", "--file", path, word]).0, 0);
        assert!(text(&file).ends_with("resources: []\n"), "{}", text(&file));
    }
}

#[test]
fn a_wrong_mapping_and_an_unanswered_question_push_nothing() {
    let catalog = Catalog::new();
    let wrong = file(
        &catalog.0,
        "wrong.yaml",
        "resources:\n  - kind: no-such-kind\n    selector:\n      query: .a |\n    port:\n      entity:\n        mappings:\n          identifier: .id\n          blueprint: '\"b\"'\n",
    );
    let (code, stdout, stderr) = catalog.mapping(&["push", "--yes", "--no-plan", "--file", wrong.to_str().unwrap()]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stdout.contains("wrong.yaml:4:") && stdout.contains("error["), "{stdout}");
    let right = repository("tests/worlds/copilot.yaml");
    let (code, stdout, stderr) = catalog.mapping(&["push", "--no-plan", "--file", right.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(stdout.contains("+- kind: organization-usage-metrics"), "{stdout}");
    assert_eq!(stderr, "error: there is no terminal to ask on\nhelp: say --yes\n");
    let (code, _, stderr) = catalog.mapping(&["push", "--yes"]);
    assert_eq!(
        (code, stderr.as_str()),
        (2, "error: no mapping is named\nhelp: say which: `pilotage mapping push FILE`, or set PILOTAGE_MAPPING\n")
    );
    let (code, _, stderr) = catalog.mapping(&["pull"]);
    assert!(
        code == 1 && stderr.contains("integration `test` of the embedded catalog in ") && stderr.contains(" has no mapping"),
        "{stderr}"
    );
}

#[tokio::test]
async fn keys_that_get_lost_are_shown_and_another_order_is_no_change() {
    let file = repository("tests/worlds/copilot.yaml");
    let mut config = serde_json::Map::new();
    for (key, value) in read(&text(&file)).as_object().unwrap().iter().rev() {
        config.insert(key.clone(), value.clone());
    }
    let catalog = Catalog::with_mapping(&json!(config)).await;
    let path = file.to_str().unwrap();
    let (code, stdout, stderr) = catalog.mapping(&["push", "--no-plan", "--file", path]);
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    config.insert("ofNobody".to_owned(), json!(1));
    let catalog = Catalog::with_mapping(&json!(config)).await;
    let (code, stdout, stderr) = catalog.mapping(&["push", "--no-plan", "--yes", "--file", path]);
    assert_eq!((code, stdout.as_str()), (0, "-ofNobody  (a key that has no meaning here)\n"), "{stderr}");
}

#[test]
fn a_value_in_quotes_is_taken_without_them_and_told() {
    let folder = TempDir::new().unwrap();
    let settings = file(&folder, "config.yaml", "integration:\n  identifier: '{{ from env OURS }}'\n");
    let quoted_path = format!("\"{}\"", settings.display());
    type Row<'a> = (&'a str, &'a str, &'a str, Value);
    let table: &[Row<'_>] = &[
        ("OCEAN__SCHEDULED_RESYNC_INTERVAL", "\"0 */6 * * *\"", "scheduledResyncInterval", json!("0 */6 * * *")),
        ("OCEAN__EVENT_LISTENER", "'{\"type\":\"ONCE\"}'", "eventListener.type", json!("ONCE")),
        ("OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS", "\"acme\"", "integration.config.githubOrganizations", json!("acme")),
        ("PILOTAGE_TEAMS", "\"a\",'b'", "integration.config.teams", json!("a,b")),
        ("PORT_CLIENT_ID", "'id'", "port.clientId", json!("id")),
        ("ocean__port__baseUrl", "\"https://api.us.port.io\"", "port.baseUrl", json!("https://api.us.port.io")),
        ("GITHUB_TOKEN", "\"ghp_canary\"", "integration.config.githubToken", json!("[secret]")),
        ("OCEAN__PORT__CLIENT_ID", "\"\"", "port.clientId", Value::Null),
    ];
    for (name, value, setting, expected) in table {
        let variables = [(*name, *value), ("HOME", "/nowhere")];
        assert_eq!(said(&[], &variables, setting).0, *expected, "{name}");
        let (_, _, stderr) = run(&["config", "--log-format", "human"], &variables);
        let warning = format!("{name} stands in quotes, which are taken off; an env file needs none");
        assert_eq!(stderr.matches(&warning).count(), 1, "{stderr}");
        assert!(!stderr.contains("canary"), "{stderr}");
    }
    let variables = [("PILOTAGE_CONFIG", quoted_path.as_str()), ("OURS", "'we'")];
    assert_eq!(said(&[], &variables, "integration.identifier").0, json!("we"));
    let (_, _, stderr) = run(&["config", "--log-format", "human"], &variables);
    assert!(stderr.contains("OURS stands in quotes"), "{stderr}");
}

#[test]
fn no_part_of_a_proxys_credentials_is_printed_whatever_they_hold() {
    for credentials in ["CORP\\me:S3cretPw", "me:12/S3cretPw", "me:12#S3cretPw", "me:12?S3cretPw", "me:%S3cretPw", "S3cretPw"] {
        for address in
            [format!("http://{credentials}@127.0.0.1:9"), format!("{credentials}@127.0.0.1:9/"), format!("http://{credentials}")]
        {
            let (_, stdout, stderr) = run(&["config"], &[("HTTPS_PROXY", &address)]);
            let is_bare = !address.contains('@') && credentials == "S3cretPw";
            assert!(is_bare || !format!("{stdout}{stderr}").to_lowercase().contains("s3cretpw"), "{address}: {stdout}{stderr}");
            assert!(!address.contains('@') || stdout.contains("http://127.0.0.1:9/"), "{address}: {stdout}{stderr}");
        }
    }
}

#[test]
fn credentials_that_go_unencrypted_are_told_with_host_and_setting() {
    let variables = [("GITHUB_TOKEN", "ghp_x"), ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", "http://git.acme.test/api/v3")];
    let (code, _, stderr) = run(&["config", "--log-format", "human"], &variables);
    assert_eq!(code, 0, "{stderr}");
    let expected = "OCEAN__INTEGRATION__CONFIG__GITHUB_HOST is not https, so GitHub's token goes unencrypted to `git.acme.test`";
    assert_eq!(stderr.matches(expected).count(), 1, "{stderr}");
    let variables = [("PORT_CLIENT_ID", "x"), ("PORT_CLIENT_SECRET", "y"), ("PORT_BASE_URL", "http://127.0.0.1:8080")];
    let (_, _, stderr) = run(&["config", "--log-format", "human"], &variables);
    assert_eq!(stderr, "");
}
