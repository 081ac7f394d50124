//! The client over the simulator: every kind, and the same items whatever goes wrong on the way.

use std::time::Duration;

use serde_json::Value;

use super::scripted::START;
use super::*;
use crate::door::clock::Clock;
use crate::door::http::in_memory;
use crate::kind::{self, Form, Kind, Source, Vendor};
use crate::model::person_fields::PersonFields;
use crate::model::secret::Secret;
use crate::model::slice::SliceEnd;
use crate::simulator::{Faults, NoReport, Rule, Simulator, SimulatorSource, World, WorldOptions};

const MANIFEST: &str = "/orgs/*/copilot/metrics/reports/*";
const FILE: &str = "/reports/*";

fn world() -> WorldOptions {
    WorldOptions { organizations: 2, teams: 2, users: 12, days: 28, legacy: true, lines_per_part: 150, ..WorldOptions::default() }
}

/// Enough for several files, and small enough to be read thirty times.
fn small_world() -> WorldOptions {
    WorldOptions { users: 3, days: 10, lines_per_part: 15, ..world() }
}

fn simulator(options: WorldOptions, faults: impl IntoIterator<Item = Rule>) -> Simulator {
    let source = SimulatorSource::World(World::new(options));
    Simulator::new(source, "http://127.0.0.1:2").unwrap().with_faults(Faults::new(faults))
}

fn client(simulator: &Simulator) -> GitHub {
    let options = GitHubOptions {
        api: in_memory(simulator.api_router()),
        downloads: in_memory(simulator.signed_router()),
        base_url: "http://127.0.0.1:1/".to_owned(),
        credential: Credential::Token(Secret::new("ghp_canary")),
        download_hosts: Vec::new(),
        clock: Clock::starting_at(START.parse().unwrap()),
        seed: 7,
    };
    GitHub::new(options).unwrap()
}

/// The items of a kind for one owner, and how reading them ended.
async fn read(github: &GitHub, kind: &'static Kind, owner: &str, team: Option<&str>) -> (Vec<Value>, SliceEnd) {
    let mut items = Vec::new();
    let end = read_into(&mut items, github, kind, &kind.path().fill(owner, team)).await;
    (items, end.unwrap_or_else(|error| error.slice_end(RequestSubject::Kind(kind))))
}

async fn read_into(items: &mut Vec<Value>, github: &GitHub, kind: &Kind, path: &str) -> Result<SliceEnd, GitHubError> {
    let mut take = |record| {
        let parts = kind.split.items(record).unwrap();
        items.extend(parts.iter().map(|item| serde_json::from_slice::<Value>(&item.json).unwrap()));
    };
    let form = match kind.source {
        Source::Pages { form, .. } => Some(form),
        Source::Days(_) => Some(Form::Object),
        Source::Legacy { .. } => Some(Form::List),
        Source::Report { .. } | Source::Teams(_) | Source::Account(_) | Source::ToolDays => None,
    };
    if let Some(form) = form {
        let mut pages = github.pages_of(path, form, &PersonFields::NOBODY);
        while let Some(records) = pages.next().await? {
            records.into_iter().for_each(&mut take);
        }
        return Ok(pages.end());
    }
    // A report that there is of single days only is asked for on the world's last day.
    let day = path.ends_with("-1-day").then(|| world().until);
    let report = match github.report(path, day).await? {
        Manifest::Ready(report) => report,
        Manifest::NotReady { reason } => return Ok(SliceEnd::NotReady { reason }),
    };
    for file in 0..report.files() {
        let mut lines = github.download(&report, file, &PersonFields::NOBODY);
        while let Some(records) = lines.next().await? {
            records.into_iter().for_each(&mut take);
        }
    }
    Ok(SliceEnd::Complete)
}

#[tokio::test(start_paused = true)]
async fn every_kind_is_read_whole_and_its_fields_are_documented() {
    let github = client(&simulator(world(), []));
    let organizations = github.organizations(&[]).await.unwrap();
    assert_eq!((organizations.objects.len(), organizations.end), (2, SliceEnd::Complete));
    let owner = organizations.objects[1]["login"].as_str().unwrap();
    let teams = github.teams(owner).await.unwrap();
    let team = teams.objects[0]["slug"].as_str();
    let enterprise_teams = github.enterprise_teams("fleet").await.unwrap();
    let of_enterprise = enterprise_teams.objects[0]["slug"].as_str();
    assert_eq!(github.organization(owner).await.unwrap()["login"], owner);
    // Teams' records are made, not read.
    for kind in kind::of(Vendor::GitHub).filter(|kind| !matches!(kind.source, Source::Teams(_))) {
        let owner = if kind.scope.is_enterprise() { "fleet" } else { owner };
        let team = if kind.scope.is_enterprise() { of_enterprise } else { team };
        let (items, end) = match kind.source {
            Source::Days(answers) => {
                let mut items = Vec::new();
                let end = read_into(&mut items, &github, kind, &answers.fill(owner, world().until)).await.unwrap();
                (items, end)
            }
            _ => read(&github, kind, owner, team).await,
        };
        assert_eq!(end, SliceEnd::Complete, "{}", kind.name);
        let least = match kind.name {
            "copilot-billing" | "repository-usage-metrics" => 1,
            "copilot-seats" => 10,
            "ai-credit-usage" => 2,
            name if name.starts_with("github-") => 2,
            _ if kind.fields.iter().any(|field| field.name == "user_id") => 28 * 5,
            _ => 28,
        };
        assert!(items.len() >= least, "{}: {}", kind.name, items.len());
        for key in items.iter().flat_map(|item| item.as_object().unwrap().keys()) {
            assert!(kind.fields.iter().any(|field| field.name == key), "{}: {key}", kind.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_for_a_while_the_same_items_arrive() {
    let kind = kind::find("user-usage-metrics").unwrap();
    let login = World::new(small_world()).organization_logins()[0].to_owned();
    let (expected, _) = read(&client(&simulator(small_world(), [])), kind, &login, None).await;
    assert!(expected.len() >= 30);
    let mut faults: Vec<Vec<Rule>> = vec![
        vec![Rule::at(MANIFEST).status(500).times(3)],
        vec![Rule::at(MANIFEST).status(502).text("<html>").times(1), Rule::at(FILE).status(503).times(2)],
        vec![Rule::at(MANIFEST).cut_after_bytes(20).times(2)],
        vec![Rule::at(MANIFEST).end_after_bytes(20).times(2)],
        vec![Rule::at(MANIFEST).secondary_rate_limit(None).times(2)],
        vec![Rule::at(MANIFEST).secondary_rate_limit(Some(7)).times(2), Rule::at(FILE).status(429).times(1)],
        vec![Rule::at(MANIFEST).primary_rate_limit(START.parse::<jiff::Timestamp>().unwrap().as_second() + 600).times(1)],
        vec![Rule::at(MANIFEST).expired_links().times(1)],
        vec![Rule::at(FILE).status(403).times(1), Rule::at(FILE).cut_after_bytes(5000).times(1)],
    ];
    for bytes in [0, 1, 1000, 10_000] {
        faults.push(vec![Rule::at(FILE).cut_after_bytes(bytes).times(2)]);
        faults.push(vec![Rule::at(FILE).skip(1).cut_after_bytes(bytes).times(1)]);
    }
    for rules in faults {
        let name = format!("{rules:?}");
        let github = client(&simulator(small_world(), rules));
        let (items, end) = read(&github, kind, &login, None).await;
        assert_eq!((end, items.len()), (SliceEnd::Complete, expected.len()), "{name}");
        assert!(items == expected, "{name}");
        assert!(github.usage().requests > 3, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_form_of_no_report_is_taken_for_an_empty_one() {
    let forms = [NoReport::NoContent, NoReport::EmptyText, NoReport::Text, NoReport::Null, NoReport::NoLinks, NoReport::NotFound];
    for form in forms {
        let github = client(&simulator(world(), [Rule::at(MANIFEST).no_report(form)]));
        let (items, end) = read(&github, kind::find("organization-usage-metrics").unwrap(), "anybody", None).await;
        let expected = if form == NoReport::NotFound { "forbidden" } else { "not-ready" };
        assert_eq!((items.len(), end.name()), (0, expected), "{form:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_legacy_endpoints_github_is_said_to_have_closed_them() {
    let options = WorldOptions { legacy: false, ..world() };
    let login = World::new(options.clone()).organization_logins()[0].to_owned();
    let github = client(&simulator(options, []));
    let (_, end) = read(&github, kind::find("copilot-organization-metrics").unwrap(), &login, None).await;
    let SliceEnd::Forbidden { reason, remedy } = end else { panic!("{end:?}") };
    assert!(reason.contains("404") && reason.ends_with("GitHub closed this endpoint on 2026-04-02"), "{reason}");
    assert!(remedy.contains("`organization-usage-metrics`"), "{remedy}");
}

#[tokio::test(start_paused = true)]
async fn an_hour_whose_requests_are_used_up_is_waited_out_and_the_rest_is_read() {
    let clock = Clock::starting_at(START.parse().unwrap());
    let limited = simulator(world(), []).with_clock(clock.clone()).with_rate_limit(3);
    let github = client(&limited);
    for _ in 0..8 {
        assert_eq!(github.organizations(&[]).await.unwrap().objects.len(), 2);
    }
    let usage = github.usage();
    assert!(usage.waited >= Duration::from_secs(3600), "{usage:?}");
    assert!(usage.rate_limit.is_some_and(|limit| limit.limit == 3), "{usage:?}");
}
