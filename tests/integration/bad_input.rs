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
    /// Where GitHub is, in all runs: what is remembered of it is remembered by its address.
    listener: std::net::TcpListener,
}

/// What the program said, and how it ended.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Sandbox {
    fn new(lines: &str) -> Self {
        let sandbox =
            Self { folder: tempfile::tempdir().unwrap(), listener: std::net::TcpListener::bind("127.0.0.1:0").unwrap() };
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
            let listener = self.listener.try_clone().unwrap();
            listener.set_nonblocking(true).unwrap();
            let listener = TcpListener::from_std(listener).unwrap();
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
    ended.says(
        5,
        &[
            "user-usage-metrics",
            "deletion of 2 entities of githubCopilotUserUsage is withheld: not in the data that was read",
            "nothing changed",
        ],
    );
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

#[test]
fn a_choice_that_meets_nothing_is_wrong_usage_and_leaves_nothing_behind() {
    let sandbox = Sandbox::new(TWO_USERS);
    let table: &[(&[&str], &[&str])] = &[
        (
            &["--only", "user-usage-metrix"],
            &["`--only user-usage-metrix`: there is no such kind", "did you mean", "pilotage kinds"],
        ),
        (
            &["--only", "copilot-seats"],
            &["`--only copilot-seats`: mapping.yaml has no resource of that kind", "it has `user-usage-metrics`"],
        ),
        (&["--only", "user-usage-metrics,copilot-seats"], &["`--only copilot-seats`"]),
        (&["--org", "nope"], &["`--org nope` is none of the 1 organizations that are read", "GitHub lists `acme`"]),
        (&["--accept-empty", "nope"], &["`--accept-empty nope` is no scope of this run", "there are `acme`"]),
        (&["--accept-empty", "acme/platform"], &["is no scope", "`acme/*` that of the teams of `acme`"]),
    ];
    for (flags, parts) in table {
        for verb in ["resync", "plan"] {
            let ended = sandbox.run(&[&[verb, "--mapping", "mapping.yaml"], *flags].concat());
            ended.says(2, parts);
            assert!(ended.stderr.contains("error: ") && !ended.stdout.contains("error"), "{}", ended.stdout);
        }
    }
    let settings = [("GITHUB_TOKEN", "ghp_canary"), ("OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS", "acme")];
    // Whoever is named in the settings is known without a request: there is no GitHub at this address.
    let unreachable = ["resync", "--mapping", "mapping.yaml", "--org", "nope", "--github-host", "http://127.0.0.1:1"];
    sandbox.run_with(&unreachable, &settings).says(2, &["`--org nope` is none of the 1", "the settings name `acme`"]);
    let unreachable = ["resync", "--mapping", "mapping.yaml", "--only", "copilot-seats", "--github-host", "http://127.0.0.1:1"];
    sandbox.run_with(&unreachable, &settings).says(2, &["has no resource of that kind"]);
    let listed = sandbox.run(&["catalog", "list"]);
    assert!(!listed.stdout.contains("github"), "something was written: {}", listed.stdout);
    // The names of a kind are one: this is what the mapping calls `user-usage-metrics`.
    let named = ["resync", "--mapping", "mapping.yaml", "--only", "organization-user-usage-metrics", "--org", "ACME"];
    sandbox.run(&named).says(0, &["2 created"]);
}

#[test]
fn a_mapping_that_is_not_there_is_wrong_usage_for_every_command_that_takes_one() {
    let sandbox = Sandbox::new(TWO_USERS);
    for name in ["absent.yaml", "no/such/folder/m.yaml", "usgae"] {
        let commands: [&[&str]; 8] = [
            &["resync", "--mapping", name],
            &["plan", "--mapping", name],
            &["plan", name],
            &["doctor", "--mapping", name],
            &["validate", name],
            &["preview", name],
            &["test", name],
            &["mapping", "push", name, "--yes"],
        ];
        for arguments in commands {
            let ended = sandbox.run(arguments);
            // `test` looks for the cases beside it.
            ended.says(2, &[name.trim_end_matches(".yaml")]);
            assert!(ended.stderr.contains("error: "), "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        }
    }
    let listed = sandbox.run(&["catalog", "list"]);
    assert!(!listed.stdout.contains("github"), "something was written: {}", listed.stdout);
}

#[test]
fn what_can_only_be_null_is_said_by_every_run_that_ends_well() {
    let sandbox = Sandbox::new(TWO_USERS);
    let property = "code_generation_activity_count: .code_generation_activity_count";
    for (expression, parts) in [
        // A field that is misspelt, an expression that always fails, and one that gives nothing.
        (".code_generation_activity_cout", &["code_generation_activity_cout", "did you mean"][..]),
        (".day + 1", &["cannot be added"]),
        (".user_login | tonumber", &["code_generation_activity_count"]),
        ("[range(1e12)] | length", &["stopped after"]),
    ] {
        sandbox.write("null.yaml", &MAPPING.replace(property, &format!("code_generation_activity_count: '{expression}'")));
        let checked = sandbox.run(&["validate", "null.yaml"]);
        checked.says(checked.code, parts);
        assert!(!checked.stdout.contains("nothing wrong"), "{}", checked.stdout);
        for verb in ["plan", "resync", "resync"] {
            let ended = sandbox.run(&[verb, "--mapping", "null.yaml"]);
            assert!(matches!(ended.code, 0 | 5), "{expression}: {}{}", ended.stdout, ended.stderr);
            for part in parts.iter().chain(&["has no value for these expressions"]) {
                assert!(ended.stderr.contains(part), "{verb} {expression}: no `{part}` in\n{}", ended.stderr);
            }
        }
        let report = sandbox.run(&["runs", "last"]);
        report.says(0, parts);
        let log = sandbox.run(&["resync", "--mapping", "null.yaml", "--log-format", "json"]);
        assert!(log.stderr.lines().any(|line| line.contains("has no value for these expressions")), "{}", log.stderr);
    }
}

#[test]
fn a_list_without_organizations_is_no_proof_and_its_remedy_is_told_on_stderr() {
    let sandbox = Sandbox::new(TWO_USERS);
    let everything = MAPPING.replace("resources:", "entityDeletionThreshold: 1\nresources:");
    sandbox.write("mapping.yaml", &everything);
    let resync = ["resync", "--mapping", "mapping.yaml"];
    sandbox.run(&resync).says(0, &["2 created"]);
    let kept = fs::read_to_string(sandbox.path().join("data/listings.json")).unwrap();
    assert!(kept.contains("\"acme\"") && kept.contains("\"version\": 1"), "{kept}");
    let may = r#"[{"path": "/user/orgs", "body": [], "headers": {"x-oauth-scopes": "read:org"}}]"#;
    sandbox.record("rules.json", may);
    let ended = sandbox.run(&resync);
    ended.says(5, &["1 of 1 scopes unconfirmed", "2 withheld", "a run after ", "--accept-empty 'organizations'"]);
    assert!(ended.stderr.contains("error: user-usage-metrics was not read completely"), "{}", ended.stderr);
    assert!(
        !ended.stdout.contains("error:") && ended.stdout.contains("resync finished with problems (partial)"),
        "{}",
        ended.stdout
    );
    // A plan knows what runs saw, and adds nothing to it.
    let before = fs::read_to_string(sandbox.path().join("data/listings.json")).unwrap();
    sandbox.run(&["plan", "--mapping", "mapping.yaml"]).says(5, &["unconfirmed"]);
    assert_eq!(fs::read_to_string(sandbox.path().join("data/listings.json")).unwrap(), before);
    sandbox.run(&["plan", "--mapping", "mapping.yaml", "--accept-empty", "organizations"]).says(0, &["plan: 2 to delete"]);
    // What cannot be read is named, and counts as nothing.
    sandbox.write("data/listings.json", "{");
    sandbox.run(&resync).says(5, &["unconfirmed", "cannot read what earlier runs saw listed", "listings.json"]);
    sandbox.run(&resync).says(5, &["unconfirmed"]);
    // An earlier run saw it, more than an hour ago.
    let kept = fs::read_to_string(sandbox.path().join("data/listings.json")).unwrap();
    let since = kept.split("\"emptySince\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    sandbox.write("data/listings.json", &kept.replace(&since, "2026-01-01T00:00:00Z"));
    sandbox.run(&resync).says(0, &["2 deleted"]);
}

#[test]
fn a_list_without_organizations_to_a_token_that_is_not_seen_to_list_is_forbidden() {
    for token in ["ghp_canary", "gho_canary", "ghu_canary", "github_pat_canary"] {
        let sandbox = Sandbox::new(TWO_USERS);
        sandbox.record("rules.json", r#"[{"path": "/user/orgs", "body": [], "headers": {"x-oauth-scopes": "repo"}}]"#);
        let ended = sandbox.run_with(&["resync", "--mapping", "mapping.yaml"], &[("GITHUB_TOKEN", token)]);
        ended.says(5, &["GitHub shows no organizations to", "name the organizations in the settings"]);
    }
}

#[test]
fn once_the_log_has_what_went_wrong_and_stdout_has_what_was_done() {
    let sandbox = Sandbox::new(TWO_USERS);
    sandbox.record("user/orgs.json", r#"[{"login": "acme", "id": 1}, {"login": "beta", "id": 2}]"#);
    sandbox.record(
        "rules.json",
        r#"[{"path": "/orgs/beta/*", "status": 422, "body": {"message": "The usage metrics policy is switched off here."}}]"#,
    );
    let environment =
        [("GITHUB_TOKEN", "ghp_canary"), ("OCEAN__EVENT_LISTENER", r#"{"type":"ONCE"}"#), ("PILOTAGE_MAPPING", "mapping.yaml")];
    for arguments in [&[][..], &["serve", "--event-listener", "once"]] {
        let ended = sandbox.run_with(arguments, &environment);
        ended.says(5, &["resync finished with problems (partial)"]);
        assert!(!ended.stdout.contains("error:"), "{}", ended.stdout);
        let lines: Vec<serde_json::Value> = ended.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let of = |level: &str| lines.iter().filter(|line| line["level"] == level).collect::<Vec<_>>();
        let forbidden = of("WARN").into_iter().find(|line| line["scope"] == "beta").unwrap_or_else(|| panic!("{}", ended.stderr));
        let message = forbidden["message"].as_str().unwrap();
        assert!(
            message.starts_with("beta: forbidden: ") && message.contains("an owner enables the policy \"Copilot usage metrics\"")
        );
        assert_eq!(forbidden["kind"], "user-usage-metrics");
        assert!(
            of("ERROR").iter().any(|line| line["message"].as_str().unwrap().starts_with("resync failed: ")),
            "{}",
            ended.stderr
        );
    }
    // A run that cannot be made is an error in the log, and for whoever looks.
    let nowhere = [&environment[..], &[("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", "http://127.0.0.1:1")]].concat();
    let ended = sandbox.run_with(&[], &nowhere);
    ended.says(1, &[r#""level":"ERROR""#, r#""message":"no complete answer"#]);
    assert!(ended.stderr.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches(r#""level":"ERROR""#).count(), 1, "told once: {}", ended.stderr);
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
}

#[test]
fn the_doctor_and_a_resync_say_the_same_of_a_policy_that_is_off() {
    let sandbox = Sandbox::new(TWO_USERS);
    sandbox.record("user.json", r#"{"login": "ada", "id": 1}"#);
    sandbox.record("orgs/acme.json", r#"{"login": "acme", "id": 1}"#);
    for (status, message) in
        [(422, "The usage metrics policy is switched off here."), (403, "Copilot usage metrics are not enabled for this account")]
    {
        let rule = format!(r#"[{{"path": "/orgs/acme/copilot/*", "status": {status}, "body": {{"message": "{message}"}}}}]"#);
        sandbox.record("rules.json", &rule);
        let remedy = "an owner enables the policy \"Copilot usage metrics\"";
        sandbox.run(&["resync", "--mapping", "mapping.yaml"]).says(5, &["1 of 1 scopes forbidden", remedy]);
        let doctor = sandbox.run(&["doctor", "--mapping", "mapping.yaml"]);
        let all = doctor.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains("the policy \"Copilot usage metrics\" seems to be off") && all.contains(remedy), "{all}");
    }
    // Another 422 is no policy, in neither.
    sandbox
        .record("rules.json", r#"[{"path": "/orgs/acme/copilot/*", "status": 422, "body": {"message": "Validation Failed"}}]"#);
    sandbox.run(&["resync", "--mapping", "mapping.yaml"]).says(5, &["1 of 1 scopes failed", "newer version"]);
    let doctor = sandbox.run(&["doctor", "--mapping", "mapping.yaml"]);
    let all = doctor.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(all.contains("422") && all.contains("newer version") && !all.contains("policy"), "{all}");
}

#[test]
fn a_mapping_that_can_never_give_an_entity_does_not_validate_and_does_not_count_as_done() {
    let sandbox = Sandbox::new(TWO_USERS);
    let with = |from: &str, to: &str| {
        assert!(MAPPING.contains(from));
        MAPPING.replace(from, to)
    };
    let selector = |text: &str| with("query: 'true'", &format!("query: '{text}'"));
    let table = [
        (selector(".used_agent = true"), "selector-not-boolean", 5),
        (selector(""), "selector-not-boolean", 5),
        (selector("# everyone"), "selector-not-boolean", 5),
        (selector(".user_login"), "selector-not-boolean", 5),
        (with("identifier: .user_login", "identifier: .no_such_field"), "no-entity", 5),
        (with("identifier: .user_login", "identifier: '.user_login == \"nobody\"'"), "no-entity", 5),
        (with("identifier: .user_login", "identifier: .day - 1"), "operand-types", 5),
        (with(r#"blueprint: '"githubCopilotUserUsage"'"#, "blueprint: .githubCopilotUserUsage"), "no-entity", 5),
        (with("port: {", "port: {itemsToParse: .totals_by_idee, "), "no-entity", 5),
    ];
    for (text, code, resynced) in table {
        sandbox.write("never.yaml", &text);
        sandbox.run(&["validate", "never.yaml"]).says(2, &[&format!("error[{code}]"), "never.yaml:"]);
        let ended = sandbox.run(&["resync", "--mapping", "never.yaml"]);
        ended.says(resynced, &["resync finished with problems (partial)", "nothing changed"]);
        assert!(ended.stderr.contains("error: "), "{}", ended.stderr);
    }
    // What only the sample lacks is a note; what no item could have is an error.
    sandbox.write("own.yaml", &selector(".__organization.login == \"acme\""));
    sandbox.run(&["validate", "own.yaml"]).says(0, &["note[no-entity]: the selector leaves out all"]);
    sandbox.write("never.yaml", &selector("false"));
    sandbox.run(&["validate", "never.yaml"]).says(2, &["error[no-entity]: the selector leaves out all"]);
    // Types are looked at whatever the selector says.
    let typed = selector("false").replace(
        "code_generation_activity_count: .code_generation_activity_count",
        "code_generation_activity_count: '.user_login | [.]'",
    );
    sandbox.write("typed.yaml", &typed);
    sandbox.run(&["validate", "typed.yaml"]).says(2, &["error[type-mismatch]"]);
}
