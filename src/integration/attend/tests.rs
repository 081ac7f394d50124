//! Runs that are stopped while GitHub or the catalog has a fault, in paused time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::catalog::{Catalog, CatalogOptions};
use crate::door::clock::Clock;
use crate::door::http::{HttpService, in_memory};
use crate::github::{Credential, GitHub, GitHubOptions};
use crate::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::file::Mapping;
use crate::mapping::program::CompileOptions;
use crate::model::secret::Secret;
use crate::resync::ResyncOptions;
use crate::resync::observe::NoObserver;
use crate::resync::workers::Workers;
use crate::simulator::{Simulator, SimulatorSource, World, WorldOptions};
use crate::source::copilot::CopilotSource;

const MAPPING: &str = r#"
entityDeletionThreshold: 1
resources:
  - kind: organization-usage-metrics
    selector: { query: "true" }
    port:
      entity:
        mappings:
          identifier: .__organization.login + "@" + .day
          blueprint: '"usage"'
          properties: { users: .daily_active_users }
"#;

/// Fault of a server. The text is a part of the paths that have it.
#[derive(Clone, Copy)]
enum ServerFault {
    Hangs(&'static str),
    AsksToWait(&'static str),
    /// GitHub's API answers, its download host does not.
    HangsAtDownloads,
    /// The first bulk is refused as a whole.
    RefusesOneBulk,
    Answers,
}

fn with_fault(router: Router, fault: ServerFault) -> HttpService {
    let bulks = Arc::new(AtomicUsize::new(0));
    let act = move |request: Request, next: Next| {
        let bulks = Arc::clone(&bulks);
        async move {
            let path = request.uri().path().to_owned();
            match fault {
                ServerFault::RefusesOneBulk if path.ends_with("/entities/bulk") && bulks.fetch_add(1, Ordering::Relaxed) == 0 => {
                    let refusal = r#"{"ok":false,"error":"invalid_request","message":"not now"}"#;
                    (http::StatusCode::UNPROCESSABLE_ENTITY, refusal).into_response()
                }
                ServerFault::Hangs(part) if path.contains(part) => std::future::pending::<Response>().await,
                ServerFault::AsksToWait(part) if path.contains(part) => {
                    (http::StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3600")], "slow down").into_response()
                }
                _ => next.run(request).await,
            }
        }
    };
    in_memory(router.layer(middleware::from_fn(act)))
}

struct Setup {
    local: LocalCatalog,
    clock: Clock,
}

impl Setup {
    fn new() -> Self {
        let clock = Clock::starting_at("2026-11-01T00:00:00Z".parse().unwrap());
        let mut options = LocalCatalogOptions::new(Storage::Memory, clock.clone());
        options.validation = false;
        Self { local: LocalCatalog::open(options).unwrap(), clock }
    }

    fn catalog(&self, fault: ServerFault) -> Arc<Catalog> {
        let options = CatalogOptions {
            http: with_fault(self.local.router("http://catalog.test"), fault),
            base_url: "http://catalog.test".to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            integration_identifier: "mine".to_owned(),
            integration_type: "github-copilot".to_owned(),
            version: "1".to_owned(),
            clock: self.clock.clone(),
            seed: 1,
        };
        Arc::new(Catalog::new(options).unwrap())
    }

    fn resync(&self, github: ServerFault, catalog: ServerFault, mode: Mode) -> Resync {
        let world = World::new(WorldOptions { organizations: 3, users: 3, days: 5, ..WorldOptions::default() });
        let simulator = Simulator::new(SimulatorSource::World(world), "https://signed.test").unwrap();
        let (mapping, findings) = Mapping::read(MAPPING, "copilot.yaml");
        let mapping = mapping.unwrap_or_else(|| panic!("{findings:?}"));
        let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
        let downloads =
            if matches!(github, ServerFault::HangsAtDownloads) { ServerFault::Hangs("/") } else { ServerFault::Answers };
        let github = GitHubOptions {
            api: with_fault(simulator.api_router(), github),
            downloads: with_fault(simulator.signed_router(), downloads),
            base_url: "http://github.test".to_owned(),
            credential: Credential::Token(Secret::new("any")),
            download_hosts: Vec::new(),
            clock: self.clock.clone(),
            seed: 1,
        };
        Resync {
            mapping_origin: crate::model::mapping_origin::MappingOrigin::Catalog,
            sources: vec![Arc::new(CopilotSource::of(GitHub::new(github).unwrap()))],
            catalog: self.catalog(catalog),
            resources: compiled.resources().iter().cloned().map(Arc::new).collect(),
            mapping,
            broken_expressions: Vec::new(),
            default_blueprints: Vec::new(),
            workers: Arc::new(Workers::inline()),
            clock: self.clock.clone(),
            options: ResyncOptions {
                mode,
                only_kinds: Vec::new(),
                deletes_by_kind: false,
                deletion_threshold: None,
                reviewed: None,
                stop: CancellationToken::new(),
            },
        }
    }

    async fn prepare(&self) {
        let catalog = self.catalog(ServerFault::Answers);
        catalog.create_integration(Some(&json!({"resources": []})), "Default").await.unwrap();
        let blueprint = json!({"identifier": "usage", "schema": {"properties": {"users": {"type": "number"}}, "required": []}});
        catalog.create_blueprint(&serde_json::from_value(blueprint).unwrap()).await.unwrap();
    }

    async fn owned(&self) -> usize {
        let catalog = self.catalog(ServerFault::Answers);
        let mut pages = catalog.owned(None);
        let mut count = 0;
        while let Some(page) = pages.next().await.unwrap() {
            count += page.len();
        }
        count
    }

    async fn status(&self) -> String {
        let integration = self.catalog(ServerFault::Answers).integration().await.unwrap().unwrap();
        integration.resync_state.unwrap().status.unwrap()
    }

    async fn end_requested_after(&self, resync: &Resync, seconds: u64) -> Result<RunEnd, RunError> {
        let told = async {
            self.clock.sleep(Duration::from_secs(seconds)).await;
        };
        attend(resync, RunRequest::new(Admission::WhenAlone, &NoObserver), told, |_| ()).await.end
    }
}

fn outcome(attended: RunEnd) -> Outcome {
    match attended {
        RunEnd::Finished(outcome) => outcome,
        RunEnd::CutOff { .. } => panic!("cut off"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_tells_the_catalog_how_it_ended() {
    let setup = Setup::new();
    setup.prepare().await;
    let run = setup.resync(ServerFault::Answers, ServerFault::Answers, Mode::Resync);
    let whole = outcome(setup.end_requested_after(&run, 3600).await.unwrap());
    assert_eq!((whole.exit_code(false), whole.changes()), (0, 15));
    assert_eq!(setup.status().await, "completed");

    let fails = setup.resync(ServerFault::AsksToWait("/organization-28-day"), ServerFault::Answers, Mode::Resync);
    let partial = outcome(setup.end_requested_after(&fails, 1_000_000).await.unwrap());
    assert_eq!(partial.exit_code(false), 5);
    assert_eq!(setup.status().await, "failed");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_github_ends_at_once_and_deletes_nothing() {
    for fault in [
        ServerFault::Hangs("/user/orgs"),
        ServerFault::Hangs("/organization-28-day"),
        ServerFault::HangsAtDownloads,
        ServerFault::AsksToWait("/orgs"),
    ] {
        let setup = Setup::new();
        setup.prepare().await;
        outcome(
            setup
                .end_requested_after(&setup.resync(ServerFault::Answers, ServerFault::Answers, Mode::Resync), 3600)
                .await
                .unwrap(),
        );
        setup.clock.sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        let stopped =
            outcome(setup.end_requested_after(&setup.resync(fault, ServerFault::Answers, Mode::Resync), 20).await.unwrap());
        assert_eq!(began.elapsed().as_secs(), 20);
        assert!(stopped.aborted && stopped.deletion.blueprints.is_empty());
        assert_eq!(stopped.exit_code(true), 1);
        assert_eq!((setup.status().await.as_str(), setup.owned().await), ("aborted", 15));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_the_catalog_is_dropped_within_ten_seconds() {
    for part in
        ["/entities/bulk", "/entities/search", "/datasource-entities", "/blueprints/usage", "/resync-state", "/access_token"]
    {
        let setup = Setup::new();
        setup.prepare().await;
        let began = Instant::now();
        let ended = setup
            .end_requested_after(&setup.resync(ServerFault::Answers, ServerFault::Hangs(part), Mode::Resync), 20)
            .await
            .unwrap();
        let left = began.elapsed().saturating_sub(Duration::from_secs(20));
        assert!(left < Duration::from_secs(10), "{part}: {left:?}");
        assert!(!matches!(ended, RunEnd::Finished(ref outcome) if !outcome.aborted), "{part}: {ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_tells_the_catalog_nothing_and_can_be_told_to_end() {
    let setup = Setup::new();
    setup.prepare().await;
    let plan = setup.resync(ServerFault::HangsAtDownloads, ServerFault::Answers, Mode::Plan);
    let stopped = outcome(setup.end_requested_after(&plan, 5).await.unwrap());
    assert_eq!(stopped.exit_code(false), 1);
    let integration = setup.catalog(ServerFault::Answers).integration().await.unwrap().unwrap();
    assert_eq!(integration.resync_state, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_is_finished() {
    let setup = Setup::new();
    setup.prepare().await;
    // Two organizations give their report, the third hangs.
    let run = setup.resync(ServerFault::Hangs("/orgs/lighthouse"), ServerFault::Answers, Mode::Resync);
    let stopped = outcome(setup.end_requested_after(&run, 5).await.unwrap());
    assert!(stopped.aborted);
    assert_eq!((setup.owned().await, stopped.changes()), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_tried_once_more_whatever_the_flags() {
    let setup = Setup::new();
    setup.prepare().await;
    let run = setup.resync(ServerFault::Answers, ServerFault::RefusesOneBulk, Mode::Resync);
    assert!(run.mapping.create_missing_related_entities);
    let whole = outcome(setup.end_requested_after(&run, 3600).await.unwrap());
    assert_eq!((whole.exit_code(false), whole.changes(), setup.owned().await), (0, 15, 15));
}
