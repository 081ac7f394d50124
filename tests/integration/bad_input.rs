//! Bad input, each with a clear message and the exit code of the table: the real program against servers on loopback.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use pilotage::simulator::{Simulator, SimulatorSource};
use tempfile::TempDir;
use tokio::net::TcpListener;

const MAPPING: &str = r#"
resources:
- kind: user-usage-metrics
  selector: {query: 'true'}
  port: {entity: {mappings: {
    identifier: .user_login, blueprint: '"githubCopilotUserUsage"',
    properties: {git_hub_org: .__organization.login, code_generation_activity_count: .code_generation_activity_count}}}}
"#;

/// Recorded answers of a GitHub with one organization, and a folder for the program to work in.
struct Sandbox {
    folder: TempDir,
}

/// What the program said, and how it ended.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Sandbox {
    fn new(lines: &str) -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap() };
        sandbox.record("user/orgs.json", r#"[{"login": "acme", "id": 1}]"#);
        let latest = "orgs/acme/copilot/metrics/reports/users-28-day/latest.json";
        sandbox.record(latest, r#"{"download_links": ["{{BASE}}/signed/1.ndjson"], "report_start_day": "2026-10-01", "report_end_day": "2026-10-28"}"#);
        sandbox.record("signed/1.ndjson", lines);
        sandbox.write("mapping.yaml", MAPPING);
        sandbox
    }

    fn record(&self, path: &str, text: &str) {
        self.write(&format!("recording/{path}"), text);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program with `arguments` against the recording.
    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[("GITHUB_TOKEN", "ghp_canary")])
    }

    fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let host = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let simulator = Simulator::new(SimulatorSource::Replay(self.path().join("recording")), &url).unwrap();
            tokio::spawn(async move { axum::serve(listener, simulator.api_router()).await });
            url
        });
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
        command.current_dir(self.path()).env_clear().env("PILOTAGE_DATA", self.path().join("data")).args(arguments);
        command.env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", host).envs(environment.iter().copied());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ended = Ended { code: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) };
        for secret in ["ghp_canary", "port-secret-canary"] {
            assert!(!ended.stdout.contains(secret) && !ended.stderr.contains(secret), "a secret was printed");
        }
        ended
    }
}

impl Ended {
    fn says(&self, code: i32, parts: &[&str]) {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert_eq!(self.code, code, "{all}");
        for part in parts {
            assert!(all.contains(part), "`{part}` is not in\n{all}");
        }
    }
}

const TWO_USERS: &str = "{\"day\": \"2026-10-01\", \"user_login\": \"ada\", \"code_generation_activity_count\": 1}\n{\"day\": \"2026-10-01\", \"user_login\": \"bob\"}\n";

#[test]
fn a_resync_without_a_token_is_wrong_usage() {
    Sandbox::new(TWO_USERS).run_with(&["resync"], &[]).says(2, &["no token for GitHub", "GITHUB_TOKEN"]);
}

#[test]
fn a_wrong_token_fails_at_once() {
    let sandbox = Sandbox::new(TWO_USERS);
    // Only the first answer refuses: whoever asked again would succeed, and the test would see it.
    let rule = r#"[{"path": "/user/orgs", "times": 1, "status": 401, "body": {"message": "Bad credentials"}}]"#;
    sandbox.record("rules.json", rule);
    sandbox.run(&["resync", "--mapping", "mapping.yaml"]).says(1, &["401", "Bad credentials", "help:"]);
}

#[test]
fn a_token_that_is_refused_for_one_scope_makes_that_slice_forbidden() {
    let sandbox = Sandbox::new(TWO_USERS);
    sandbox.record("user/orgs.json", r#"[{"login": "acme", "id": 1}, {"login": "beta", "id": 2}]"#);
    sandbox.record("rules.json", r#"[{"path": "/orgs/beta/*", "status": 401, "body": {"message": "Bad credentials"}}]"#);
    sandbox.run(&["resync", "--mapping", "mapping.yaml"]).says(5, &["forbidden", "beta", "2 created"]);
}

#[test]
fn a_host_that_does_not_exist_is_named() {
    let sandbox = Sandbox::new(TWO_USERS);
    let ended = sandbox.run(&["resync", "--mapping", "mapping.yaml", "--github-host", "http://127.0.0.1:1"]);
    ended.says(1, &["cannot connect", "help: check the address of GitHub"]);
}

#[test]
fn a_mapping_that_cannot_be_used_is_named_with_its_place() {
    let sandbox = Sandbox::new(TWO_USERS);
    sandbox.run(&["resync", "--mapping", "absent.yaml"]).says(2, &["cannot read the mapping `absent.yaml`"]);
    sandbox.write("not.yaml", "resources: [\n");
    sandbox.run(&["resync", "--mapping", "not.yaml"]).says(2, &["not-yaml", "not.yaml:"]);
    sandbox.write("shape.yaml", "resources: 5\n");
    sandbox.run(&["resync", "--mapping", "shape.yaml"]).says(2, &["`resources` must be a list", "shape.yaml:1:12"]);
}

#[test]
fn a_property_that_does_not_compile_is_null_and_named() {
    let sandbox = Sandbox::new(TWO_USERS);
    sandbox.write("mapping.yaml", &MAPPING.replace("git_hub_org: .__organization.login", "git_hub_org: '.a |'"));
    let ended = sandbox.run(&["resync", "--mapping", "mapping.yaml"]);
    ended.says(5, &["properties.git_hub_org", "mapping.yaml:", "2 created"]);
}

#[test]
fn an_identifier_that_does_not_compile_skips_its_resource_and_withholds_deletion() {
    let sandbox = Sandbox::new(TWO_USERS);
    let everything = MAPPING.replace("resources:", "entityDeletionThreshold: 1\nresources:");
    sandbox.write("mapping.yaml", &everything);
    sandbox.run(&["resync", "--mapping", "mapping.yaml"]).says(0, &["2 created"]);
    sandbox.write("mapping.yaml", &everything.replace("identifier: .user_login", "identifier: '((('"));
    let ended = sandbox.run(&["resync", "--mapping", "mapping.yaml"]);
    ended.says(5, &["user-usage-metrics", "2 entities of githubCopilotUserUsage not in what was read", "nothing changed"]);
}

#[test]
fn an_unknown_kind_is_named_with_the_nearest_one_while_the_others_run() {
    let sandbox = Sandbox::new(TWO_USERS);
    let other =
        MAPPING.replace("resources:", "").replace("user-usage-metrics", "user-usage-metrix").replace(".user_login", r#"'"x"'"#);
    sandbox.write("mapping.yaml", &format!("{MAPPING}{other}"));
    let ended = sandbox.run(&["resync", "--mapping", "mapping.yaml"]);
    ended.says(5, &["there is no kind `user-usage-metrix`", "did you mean `organization-user-usage-metrics`", "2 created"]);
}

#[test]
fn a_line_that_is_not_json_is_counted_and_named() {
    let sandbox = Sandbox::new(
        &TWO_USERS.replace("{\"day\": \"2026-10-01\", \"user_login\": \"bob\"}", "{\"day\": \"2026-10-01\", \"user_login\": "),
    );
    sandbox.run(&["resync", "--mapping", "mapping.yaml"]).says(5, &["file 1", "line 2", "not JSON", "1 created"]);
}

#[test]
fn an_entity_that_the_catalog_refuses_is_named_and_the_others_go_on() {
    let sandbox = Sandbox::new(&TWO_USERS.replace(": 1}", ": \"one\"}"));
    let ended = sandbox.run(&["resync", "--mapping", "mapping.yaml"]);
    ended.says(5, &["the catalog refused 1 entity", "githubCopilotUserUsage/ada", "code_generation_activity_count", "1 created"]);
}

#[test]
fn a_catalog_that_cannot_be_reached_is_named() {
    let sandbox = Sandbox::new(TWO_USERS);
    let environment = [
        ("GITHUB_TOKEN", "ghp_canary"),
        ("PORT_CLIENT_ID", "id"),
        ("PORT_CLIENT_SECRET", "port-secret-canary"),
        ("PORT_BASE_URL", "http://127.0.0.1:1"),
    ];
    sandbox.run_with(&["resync"], &environment).says(1, &["cannot sign in to the catalog", "OCEAN__PORT__BASE_URL"]);
}

#[test]
fn a_closed_endpoint_is_said_to_be_closed_and_the_rest_goes_on() {
    let sandbox = Sandbox::new(TWO_USERS);
    let closed = MAPPING.replace("resources:", "").replace("user-usage-metrics", "copilot-organization-metrics");
    sandbox.write("mapping.yaml", &format!("{MAPPING}{closed}"));
    let ended = sandbox.run(&["resync", "--mapping", "mapping.yaml"]);
    ended.says(5, &["2026-04-02", "organization-usage-metrics", "2 created"]);
}
