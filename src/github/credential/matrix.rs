//! Tests of each type of credential over the simulator: what it may read, and the remedies where it may not.

use std::collections::BTreeMap;

use super::*;
use crate::door::clock::Clock;
use crate::door::http::in_memory;
use crate::github::end::{RequestSubject, slice_end};
use crate::github::scripted::START;
use crate::github::{GitHub, GitHubOptions};
use crate::kind;
use crate::simulator::{self, Access, App, Installation, Simulator, SimulatorSource, Target, World, WorldOptions};

const KEY: &str = include_str!("sample/key.pkcs1.pem");

const ORGANIZATION: &str = "/orgs/harbor/copilot/metrics/reports/users-28-day/latest";
const ANOTHER: &str = "/orgs/tidewater/copilot/metrics/reports/users-28-day/latest";
const ENTERPRISE: &str = "/enterprises/fleet/copilot/metrics/reports/users-28-day/latest";
const SEATS: &str = "/orgs/harbor/copilot/billing/seats";
const ENTERPRISE_SEATS: &str = "/enterprises/fleet/copilot/billing/seats";
const ENTERPRISE_TEAMS: &str = "/enterprises/fleet/teams?per_page=100";
const BILLING: &str = "/orgs/harbor/copilot/billing";
const TEAMS: &str = "/orgs/harbor/teams?per_page=100";

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn classic(scopes: &[&str], is_owner: bool) -> simulator::TokenRights {
    simulator::TokenRights::Classic { scopes: texts(scopes), is_owner, sso_required: Vec::new() }
}

fn fine_grained(permissions: &[&str]) -> simulator::TokenRights {
    simulator::TokenRights::FineGrained { organization: "harbor".to_owned(), permissions: texts(permissions) }
}

fn installation(id: u64, target: Target, permissions: &[&str]) -> Installation {
    Installation { id, target, permissions: texts(permissions), is_suspended: false }
}

fn access() -> Access {
    let known = [
        ("ghp_nothing", classic(&[], true)),
        ("ghp_member", classic(&["read:org"], false)),
        ("ghp_owner", classic(&["read:org"], true)),
        ("ghp_enterprise", classic(&["read:enterprise"], true)),
        ("ghp_billing", classic(&["manage_billing:copilot"], true)),
        ("github_pat_metrics", fine_grained(&["organization_copilot_metrics"])),
        ("github_pat_members", fine_grained(&["members"])),
    ];
    let installations = vec![
        installation(1, Target::Organization("harbor".to_owned()), &["organization_copilot_metrics", "members"]),
        installation(2, Target::Enterprise("fleet".to_owned()), &["enterprise_copilot_metrics"]),
    ];
    Access {
        known: known.into_iter().map(|(token, credential)| (token.to_owned(), credential)).collect::<BTreeMap<_, _>>(),
        app: Some(App { id: 4242, client_id: "Iv23liSimulated".to_owned(), slug: "metrics".to_owned(), installations }),
        refused: texts(&["ghp_expired"]),
        ..Access::default()
    }
}

fn client(simulator: &Simulator, name: &str) -> GitHub {
    let credential = match name {
        "app" => Credential::App(GitHubApp::new("Iv23liSimulated", &Secret::new(KEY)).unwrap()),
        token => Credential::Token(Secret::new(token)),
    };
    let options = GitHubOptions {
        api: in_memory(simulator.api_router()),
        downloads: in_memory(simulator.signed_router()),
        base_url: "http://127.0.0.1:1".to_owned(),
        credential,
        download_hosts: Vec::new(),
        clock: Clock::starting_at(START.parse().unwrap()),
        seed: 7,
    };
    GitHub::new(options).unwrap()
}

fn about(path: &str) -> RequestSubject {
    let kind = |name| RequestSubject::Kind(kind::find(name).unwrap());
    match path {
        TEAMS | ENTERPRISE_TEAMS => RequestSubject::Teams,
        ENTERPRISE | ENTERPRISE_SEATS => kind("enterprise-user-usage-metrics"),
        _ => kind("organization-user-usage-metrics"),
    }
}

/// Expected results by credential and path: `ok`, or a part of the error or remedy.
const MATRIX: &[(&str, &[(&str, &str)])] = &[
    ("ghp_expired", &[(ORGANIZATION, "check that the token is still valid"), (ENTERPRISE, "Bad credentials")]),
    (
        "ghp_nothing",
        &[
            (ORGANIZATION, "needs one of these scopes: read:org"),
            (ENTERPRISE, "`read:enterprise`"),
            (TEAMS, "read:org"),
            (SEATS, "read:org"),
        ],
    ),
    (
        "ghp_member",
        &[
            (ORGANIZATION, "requires admin, or relevant organization role access"),
            (SEATS, "requires admin"),
            (ENTERPRISE, "read:enterprise"),
            (TEAMS, "ok"),
        ],
    ),
    (
        "ghp_owner",
        &[
            (ORGANIZATION, "ok"),
            (ANOTHER, "ok"),
            (SEATS, "ok"),
            (TEAMS, "ok"),
            (ENTERPRISE, "manage_billing:copilot"),
            (ENTERPRISE_SEATS, "read:enterprise"),
        ],
    ),
    (
        "ghp_enterprise",
        &[
            (ENTERPRISE, "ok"),
            (ENTERPRISE_SEATS, "ok"),
            (ENTERPRISE_TEAMS, "ok"),
            (ORGANIZATION, "`read:org`"),
            (TEAMS, "read:org"),
        ],
    ),
    ("ghp_billing", &[(ENTERPRISE, "ok"), (ENTERPRISE_SEATS, "ok"), (SEATS, "ok"), (BILLING, "ok"), (ORGANIZATION, "read:org")]),
    (
        "github_pat_metrics",
        &[
            (ORGANIZATION, "ok"),
            (ANOTHER, "Resource not accessible by personal access token"),
            (SEATS, "organization_copilot_seat_management=read"),
            (TEAMS, "members=read"),
            (ENTERPRISE, "the token must be classic"),
            (ENTERPRISE_SEATS, "the token must be classic"),
            (ENTERPRISE_TEAMS, "Resource not accessible by personal access token"),
            (BILLING, "Resource not accessible by personal access token"),
        ],
    ),
    ("github_pat_members", &[(ORGANIZATION, "organization_copilot_metrics=read"), (TEAMS, "ok")]),
    (
        "app",
        &[
            (ORGANIZATION, "ok"),
            (TEAMS, "ok"),
            (ENTERPRISE, "ok"),
            (SEATS, "Resource not accessible by integration"),
            (ANOTHER, "the GitHub App is not installed in organization `tidewater`"),
            (ENTERPRISE_SEATS, "Resource not accessible by integration"),
            (ENTERPRISE_TEAMS, "Resource not accessible by integration"),
        ],
    ),
];

#[tokio::test(start_paused = true)]
async fn each_credential_may_read_what_its_kind_allows_and_is_told_what_is_missing_elsewhere() {
    let world = World::new(WorldOptions { organizations: 2, teams: 2, users: 5, days: 28, ..WorldOptions::default() });
    let simulator = Simulator::new(SimulatorSource::World(world), "http://127.0.0.1:2").unwrap().with_access(access());
    let simulator = simulator.with_clock(Clock::starting_at(START.parse().unwrap()));
    for (name, rows) in MATRIX {
        for (path, expected) in *rows {
            let github = client(&simulator, name);
            let told = match github.ask(github.address(path).unwrap()).await {
                Ok(_) => "ok".to_owned(),
                Err(error) => {
                    let end = slice_end(&error, about(path));
                    assert_eq!(end.name(), "forbidden", "{name} at {path}: {error}");
                    assert!(end.remedy().is_some_and(|remedy| !remedy.is_empty()), "{name} at {path}");
                    format!("{}; {}", end.reason().unwrap_or_default(), end.remedy().unwrap_or_default())
                }
            };
            assert!(told == *expected || *expected != "ok" && told.contains(expected), "{name} at {path}: {told}");
        }
    }
}
