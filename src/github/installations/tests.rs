//! An App over the simulator: which token it asks with, how often it asks for one, and what it says where it may not ask.

use std::time::Duration;

use super::*;
use crate::door::clock::Clock;
use crate::door::http::in_memory;
use crate::github::end::{RequestSubject, slice_end};
use crate::github::scripted::START;
use crate::github::{GitHubOptions, Manifest};
use crate::kind;
use crate::model::secret::Secret;
use crate::simulator::{Access, App, Faults, Installation, Rule, Simulator, SimulatorSource, Target, World, WorldOptions};

const KEY: &str = include_str!("../credential/sample/key.pkcs1.pem");
const ORGANIZATION_REPORT: &str = "/orgs/harbor/copilot/metrics/reports/users-28-day/latest";
const ENTERPRISE_REPORT: &str = "/enterprises/fleet/copilot/metrics/reports/users-28-day/latest";

struct Scene {
    github: GitHub,
    clock: Clock,
    /// Counts tokens that were made, and then whatever a test added.
    faults: Faults,
}

fn installation(id: u64, target: Target, permissions: &[&str]) -> Installation {
    let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
    Installation { id, target, permissions, is_suspended: false }
}

fn organization(id: u64, login: &str) -> Installation {
    installation(id, Target::Organization(login.to_owned()), &["organization_copilot_metrics", "members"])
}

fn scene_of(installations: Vec<Installation>, issuer: &str, rules: impl IntoIterator<Item = Rule>) -> Scene {
    let clock = Clock::starting_at(START.parse().unwrap());
    let counted = Rule { path: "/app/installations/*/access_tokens".to_owned(), delay_ms: 20, ..Rule::default() };
    let faults = Faults::new(std::iter::once(counted).chain(rules));
    let app = App { id: 4242, client_id: "Iv23liSimulated".to_owned(), slug: "metrics".to_owned(), installations };
    let world = World::new(WorldOptions { organizations: 4, teams: 2, users: 6, days: 28, ..WorldOptions::default() });
    let simulator = Simulator::new(SimulatorSource::World(world), "http://127.0.0.1:2").unwrap();
    let simulator = simulator.with_clock(clock.clone()).with_faults(faults.clone());
    let simulator = simulator.with_access(Access { app: Some(app), ..Access::default() });
    let app = GitHubApp::new(issuer, &Secret::new(KEY)).unwrap();
    let options = GitHubOptions {
        api: in_memory(simulator.api_router()),
        downloads: in_memory(simulator.signed_router()),
        base_url: "http://127.0.0.1:1".to_owned(),
        credential: Credential::App(app),
        download_hosts: Vec::new(),
        clock: clock.clone(),
        seed: 7,
    };
    Scene { github: GitHub::new(options).unwrap(), clock, faults }
}

fn scene(rules: impl IntoIterator<Item = Rule>) -> Scene {
    let enterprise = installation(9, Target::Enterprise("fleet".to_owned()), &["enterprise_copilot_metrics"]);
    let suspended = Installation { is_suspended: true, ..organization(3, "lighthouse") };
    scene_of(vec![organization(1, "harbor"), organization(2, "tidewater"), suspended, enterprise], "4242", rules)
}

impl Scene {
    fn tokens(&self) -> u64 {
        self.faults.acted(0)
    }

    async fn report(&self, path: &str) -> Result<Manifest, GitHubError> {
        self.github.report(path, None).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_asks_each_owner_with_the_token_of_its_installation_there() {
    let scene = scene([]);
    for path in [
        ORGANIZATION_REPORT,
        ENTERPRISE_REPORT,
        ORGANIZATION_REPORT,
        "/orgs/Tidewater/copilot/metrics/reports/users-28-day/latest",
    ] {
        assert!(matches!(scene.report(path).await.unwrap(), Manifest::Ready(_)), "{path}");
    }
    assert_eq!(scene.tokens(), 3);
}

#[tokio::test(start_paused = true)]
async fn many_requests_at_once_share_one_token() {
    let scene = scene([]);
    let asked = (0..20).map(|_| scene.github.organization("harbor"));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(scene.tokens(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_five_minutes_before_its_end() {
    let scene = scene([]);
    let minutes = |minutes: u64| scene.clock.sleep(Duration::from_secs(minutes * 60));
    scene.github.organization("harbor").await.unwrap();
    minutes(54).await;
    scene.github.organization("harbor").await.unwrap();
    assert_eq!(scene.tokens(), 1);
    minutes(1).await;
    scene.github.organization("harbor").await.unwrap();
    assert_eq!(scene.tokens(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_in_mid_run_is_renewed_once_and_no_item_is_lost() {
    let refused = |path: &str, times| Rule {
        path: path.to_owned(),
        skip: 1,
        times,
        status: Some(401),
        body: Some(serde_json::json!({ "message": "Bad credentials" })),
        ..Rule::default()
    };
    let scene_with = |times| scene([refused("/orgs/harbor/members*", times)]);
    let read = async |scene: &Scene| {
        let mut pages = scene.github.pages("/orgs/harbor/members?per_page=2");
        let mut items = 0;
        while let Some(more) = pages.next().await? {
            items += more.len();
        }
        Ok::<_, GitHubError>(items)
    };
    let whole = read(&scene([])).await.unwrap();
    let scene = scene_with(Some(1));
    assert_eq!(read(&scene).await.unwrap(), whole);
    assert_eq!(scene.tokens(), 2);
    let hopeless = scene_with(None);
    let error = read(&hopeless).await.unwrap_err();
    assert_eq!((error.status(), hopeless.tokens()), (Some(StatusCode::UNAUTHORIZED), 2));
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_one_organization_has_used_up_holds_up_no_other() {
    let start: Timestamp = START.parse().unwrap();
    let reset = start.as_second() + 40 * 60;
    let scene = scene([Rule::at("/orgs/harbor/members*").times(1).primary_rate_limit(reset)]);
    let read = async |login: &str| {
        let mut pages = scene.github.pages(&format!("/orgs/{login}/members?per_page=2"));
        while pages.next().await.unwrap().is_some() {}
        scene.clock.now().as_second() - start.as_second()
    };
    let (limited, other) = tokio::join!(read("harbor"), read("tidewater"));
    assert!((40 * 60..41 * 60).contains(&limited) && other < 60, "{limited} {other}");
    assert_eq!(scene.github.waits_until(), None);
    assert!(scene.github.rate_limit_at("/orgs/harbor/teams").is_some());
    assert!(scene.github.rate_limit_at("/orgs/keelworks/teams").is_none());
}

#[tokio::test(start_paused = true)]
async fn the_organizations_of_an_app_are_those_where_it_is_installed_and_a_suspended_one_is_not_gone() {
    let scene = scene([]);
    let listing = scene.github.organizations(&[]).await.unwrap();
    let logins: Vec<_> = listing.objects.iter().map(|organization| organization["login"].as_str().unwrap()).collect();
    assert_eq!(logins, ["harbor", "tidewater"]);
    assert_eq!(listing.end, SliceEnd::Complete);
    let [(login, error)] = listing.failed.as_slice() else { panic!("{:?}", listing.failed) };
    assert_eq!(login, "lighthouse");
    assert!(matches!(slice_end(error, RequestSubject::Organization), SliceEnd::Forbidden { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_app_that_is_installed_nowhere_lists_nobody_and_may_list() {
    let scene = scene_of(Vec::new(), "Iv23liSimulated", []);
    let listing = scene.github.organizations(&[]).await.unwrap();
    assert_eq!((listing.end, listing.is_of_nobody, listing.may_list), (SliceEnd::Empty, true, true));
}

#[tokio::test(start_paused = true)]
async fn where_an_app_may_not_ask_it_says_why() {
    let scene = scene([]);
    let kind = |name| RequestSubject::Kind(kind::find(name).unwrap());
    let table = [
        ("/orgs/keelworks/copilot/metrics/reports/users-28-day/latest", "is not installed in organization `keelworks`"),
        ("/orgs/lighthouse/copilot/metrics/reports/users-28-day/latest", "in organization `lighthouse` is suspended"),
        ("/enterprises/other/copilot/metrics/reports/users-28-day/latest", "is not installed in enterprise `other`"),
        ("/user/orgs", "needs an organization or an enterprise for its requests"),
    ];
    for (path, reason) in table {
        let error = scene.report(path).await.unwrap_err();
        let end = slice_end(&error, kind("organization-user-usage-metrics"));
        assert!(end.reason().unwrap().contains(reason), "{path}: {end:?}");
        assert!(matches!(end, SliceEnd::Forbidden { .. }) && !error.ends_the_run(), "{path}: {end:?}");
    }
    // The enterprise's token shows nothing of organizations, and the other way round.
    let seats = scene.report("/enterprises/fleet/copilot/billing/seats").await.unwrap_err();
    assert!(seats.to_string().contains("Resource not accessible by integration"), "{seats}");
}

#[tokio::test(start_paused = true)]
async fn an_app_that_github_does_not_know_ends_the_run_with_its_remedy() {
    let scene = scene_of(vec![organization(1, "harbor")], "4711", []);
    for error in [scene.github.organizations(&[]).await.unwrap_err(), scene.github.organization("harbor").await.unwrap_err()] {
        assert!(error.is_bad_credentials(), "{error}");
        let end = slice_end(&error, RequestSubject::Organizations);
        assert!(end.remedy().unwrap().contains("App's id and private key"), "{end:?}");
    }
}
