//! Results of `doctor` as the probe that a portal asked for, and the addresses at which an App is registered.

use std::process::{Command, Stdio};

use pilotage::catalog::{Catalog, CatalogOptions};
use pilotage::door::clock::Clock;
use pilotage::door::http::in_memory;
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use pilotage::model::diagnosis::DiagnosisResult;
use pilotage::model::probe;
use pilotage::model::secret::Secret;
use serde_json::{Value, json};

use crate::daemon::harness::{URL, send};

#[tokio::test(start_paused = true)]
async fn a_probe_is_pending_first_and_then_has_its_results() {
    let clock = Clock::starting_at("2026-11-20T08:00:00Z".parse().unwrap());
    let local = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, clock.clone())).unwrap();
    let http = in_memory(local.router(URL));
    let catalog = Catalog::new(CatalogOptions {
        http: http.clone(),
        base_url: URL.to_owned(),
        client_id: "id".to_owned(),
        client_secret: Secret::new("secret"),
        integration_identifier: "mine".to_owned(),
        integration_type: "github-copilot".to_owned(),
        version: "0.0.0".to_owned(),
        clock: clock.clone(),
        seed: 7,
    })
    .unwrap();
    let organization = catalog.organization().await.unwrap().id;
    let sign_in = json!({"clientId": "id", "clientSecret": "secret"});
    let (_, token) = send(&http, "POST", "/v1/auth/access_token", "", &sign_in).await;
    let token = token["accessToken"].as_str().unwrap().to_owned();
    let path = format!("/v1/org/{organization}/integration/probe/probe-1");
    let stored = async || send(&http, "GET", &path, &token, &Value::Null).await;
    assert_eq!(stored().await.0, 404);
    let checks = probe::pending(&["copilot-seats"]);
    catalog.report_probe(&organization, "probe-1", &probe::body(&checks, clock.now(), None)).await.unwrap();
    let (_, first) = stored().await;
    assert_eq!(first["probe"]["status"], "IN_PROGRESS");
    assert_eq!(first["probe"]["checks"][0], json!({"kind": "copilot-seats", "scopes": {}, "status": "PENDING"}));
    let ended = probe::body(&[], clock.now(), Some((clock.now(), DiagnosisResult::Well)));
    catalog.report_probe(&organization, "probe-1", &ended).await.unwrap();
    assert_eq!(stored().await.1["probe"], ended);
}

fn doctor(arguments: &[&str]) -> (Option<i32>, String, String) {
    doctor_of("acme", "fleet", arguments)
}

fn doctor_of(organizations: &str, enterprise: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("NO_COLOR", "1").stdin(Stdio::null()).arg("--data").arg(tempfile::tempdir().unwrap().path());
    for (name, value) in [("ENTERPRISE_NAME", enterprise), ("ORGANIZATIONS", organizations)] {
        if !value.is_empty() {
            command.env(format!("OCEAN__INTEGRATION__CONFIG__GITHUB_{name}"), value);
        }
    }
    let output = command.arg("doctor").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn an_app_is_registered_with_the_permissions_of_the_mapping_before_there_is_a_credential() {
    let (code, stdout, stderr) = doctor(&["--mapping", "usage", "--app-url"]);
    assert_eq!(code, Some(0), "{stderr}");
    let lines: Vec<&str> = stdout.lines().collect();
    let of_organization = "&members=read&organization_copilot_metrics=read&organization_copilot_seat_management=read";
    assert!(lines[0].starts_with("https://github.com/organizations/acme/settings/apps/new?name="), "{stdout}");
    assert!(lines[0].ends_with(&format!("&webhook_active=false{of_organization}")), "{stdout}");
    assert!(lines[1].starts_with("https://github.com/enterprises/fleet/settings/apps/new?name="), "{stdout}");
    assert!(lines[1].ends_with("&enterprise_teams=read&enterprise_copilot_metrics=read"), "{stdout}");
    assert_eq!(lines[2], "fleet: seats cannot be read with such an App; it takes a classic token");
    let (_, stdout, _) = doctor(&["--mapping", "credits", "--app-url"]);
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(lines[0].ends_with("&webhook_active=false&organization_administration=read"), "{stdout}");
    // GitHub documents no name of the permission to read what an enterprise is billed.
    assert!(lines[1].starts_with("https://github.com/enterprises/fleet/settings/apps/new?name="), "{stdout}");
    assert!(lines[1].ends_with("&webhook_active=false"), "{stdout}");
    assert!(lines[2].starts_with("fleet: for what is billed choose read access to its billing on that page"), "{stdout}");
    assert_eq!(lines.len(), 3, "{stdout}");
}

/// A mapping of one kind.
fn mapping_of(kind: &str) -> String {
    format!(
        "resources:\n  - kind: {kind}\n    selector: {{query: 'true'}}\n    port:\n      entity:\n        mappings:\n          \
         identifier: .x\n          blueprint: '\"any\"'\n"
    )
}

#[test]
fn an_app_is_registered_wherever_it_reads_something_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let page = |owner: &str| format!("https://github.com/{owner}/settings/apps/new?name=");
    let of_metrics = "&webhook_active=false&organization_copilot_metrics=read";
    // The kind, the organizations and the enterprise of the settings; beginnings and ends of the lines.
    type Row<'a> = (&'a str, &'a str, &'a str, Vec<(String, &'a str)>);
    let nothing = "the mapping reads nothing of GitHub here, so no App is needed";
    let table: Vec<Row<'_>> = vec![
        ("organization-usage-metrics", "ac*", "", vec![(page("organizations/ORGANIZATION"), of_metrics)]),
        ("organization-usage-metrics", "ac*", "fleet", vec![(page("organizations/ORGANIZATION"), of_metrics)]),
        ("organization-usage-metrics", "ac*,beta", "", vec![(page("organizations/beta"), of_metrics)]),
        ("organization-usage-metrics", "", "", vec![(page("organizations/ORGANIZATION"), of_metrics)]),
        ("github-repositories", "acme", "", vec![(page("organizations/acme"), "&webhook_active=false&metadata=read")]),
        ("github-team-repositories", "acme", "", vec![(page("organizations/acme"), "&members=read&metadata=read")]),
        ("enterprise-usage-metrics", "acme", "", vec![(page("enterprises/ENTERPRISE"), "&enterprise_copilot_metrics=read")]),
        (
            "copilot-seats",
            "",
            "fleet",
            vec![("fleet: nothing that the mapping reads there".to_owned(), "it takes a classic token")],
        ),
        ("claude-code-usage", "acme", "fleet", vec![(nothing.to_owned(), "")]),
        ("organization-usage-metrics", "", "fleet", vec![(nothing.to_owned(), "")]),
    ];
    for (kind, organizations, enterprise, expected) in table {
        let file = folder.path().join("mapping.yaml");
        std::fs::write(&file, mapping_of(kind)).unwrap();
        let arguments = ["--mapping", file.to_str().unwrap(), "--app-url"];
        let (code, stdout, stderr) = doctor_of(organizations, enterprise, &arguments);
        assert_eq!(code, Some(0), "{kind} {organizations} {enterprise}: {stderr}");
        let lines: Vec<&str> = stdout.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{kind} {organizations} {enterprise}: {stdout}");
        for (line, (beginning, end)) in lines.iter().zip(&expected) {
            assert!(line.starts_with(beginning) && line.ends_with(end), "{kind} {organizations} {enterprise}: {line}");
        }
    }
}

#[test]
fn a_report_without_a_probe_or_without_port_is_refused_before_anything_is_asked() {
    for (arguments, expected) in
        [(&["--report-to-port"][..], "has no probe to report to"), (&["--report-to-port", "probe-1"], "needs Port")]
    {
        let mut all = vec!["--mapping", "usage"];
        all.extend(arguments);
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
        command.env_clear().env("GITHUB_TOKEN", "any").stdin(Stdio::null()).arg("doctor").args(&all);
        let output = command.arg("--data").arg(tempfile::tempdir().unwrap().path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}
