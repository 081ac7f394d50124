//! Daemon between a simulated GitHub and a local catalog, in memory, on one thread, in paused time.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use pilotage::catalog::{Catalog, CatalogOptions, ResyncStatus};
use pilotage::daemon::queue::Trigger;
use pilotage::daemon::{Daemon, DaemonObserver, DaemonOptions, Listener, log_waiting};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, Request, Response, TransportError, in_memory, read_whole};
use pilotage::github::{Credential, GitHub, GitHubOptions};
use pilotage::integration::announce::CatalogReporting;
use pilotage::integration::guard::Admission;
use pilotage::integration::mapping::MappingSource;
use pilotage::integration::{CreationPolicy, RunEnd, RunRequest, RunResult, attend};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use pilotage::mapping::finding::Finding;
use pilotage::mapping::program::{CompileOptions, EVALUATION_STACK_BYTES};
use pilotage::model::blueprint::BUNDLED;
use pilotage::model::secret::Secret;
use pilotage::reconcile::outcome::{BlueprintDeletion, Mode};
use pilotage::resync::context::RunContext;
use pilotage::resync::observe::{NoObserver, Observer};
use pilotage::resync::workers::Workers;
use pilotage::resync::{Resync, ResyncOptions};
use pilotage::simulator::{Simulator, SimulatorSource, World, WorldOptions};
use pilotage::source::copilot::CopilotSource;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(crate) const URL: &str = "http://catalog.test";
pub(crate) const START: &str = "2026-11-01T00:00:00Z";

/// Bundled mapping of these tests: one entity per organization and day, for three organizations and five days.
pub(crate) const MAPPING: &str = r#"
entityDeletionThreshold: 1
resources:
  - kind: organization-usage-metrics
    selector: { query: "true" }
    port:
      entity:
        mappings:
          identifier: .__organization.login + "@" + .day
          blueprint: '"githubCopilotOrganizationUsage"'
          properties: { record_date: .day + "T00:00:00Z" }
"#;

/// The same mapping in the catalog's form, with the expression `identifier`.
pub(crate) fn config(identifier: &str) -> Value {
    json!({"entityDeletionThreshold": 1, "resources": [{
        "kind": "organization-usage-metrics", "selector": {"query": "true"},
        "port": {"entity": {"mappings": {"identifier": identifier, "blueprint": "\"githubCopilotOrganizationUsage\"",
            "properties": {"record_date": ".day + \"T00:00:00Z\""}}}},
    }]})
}

/// Runs a test in paused time, on a thread with the stack that evaluation needs.
pub(crate) fn run_paused<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES + (32 << 20));
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async { test().await });
    };
    thread.spawn(work).unwrap().join().unwrap();
}

/// Resync that the observer recorded.
#[derive(Clone, Debug)]
pub(crate) struct RecordedResync {
    pub(crate) trigger: Trigger,
    pub(crate) began: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) status: Option<ResyncStatus>,
    /// True: complete.
    pub(crate) is_whole: bool,
    /// True: the run ended with an outcome.
    pub(crate) has_outcome: bool,
    /// Entities that nothing desires and that were kept.
    pub(crate) withheld: u64,
}

/// Observer that records all resyncs and findings.
pub(crate) struct RecordingObserver {
    pub(crate) clock: Clock,
    pub(crate) resyncs: Mutex<Vec<RecordedResync>>,
    pub(crate) findings: Mutex<Vec<String>>,
}

impl RecordingObserver {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), resyncs: Mutex::default(), findings: Mutex::default() }
    }

    pub(crate) fn resyncs(&self) -> Vec<RecordedResync> {
        self.resyncs.lock().unwrap().clone()
    }

    /// Summary such as `Start completed, Request failed, Mapping ..`; `..` marks a running resync.
    pub(crate) fn summary(&self) -> String {
        let one = |resync: &RecordedResync| match (resync.ended, resync.status) {
            (None, _) => format!("{:?} ..", resync.trigger),
            (_, Some(status)) => format!("{:?} {status:?}", resync.trigger).replace("Completed", "completed"),
            (_, None) => format!("{:?} did not begin", resync.trigger),
        };
        self.resyncs().iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

impl DaemonObserver for RecordingObserver {
    fn resync_began(&self, _: &str, trigger: Trigger) -> Box<dyn Observer> {
        let mut resyncs = self.resyncs.lock().unwrap();
        assert!(resyncs.iter().all(|resync| resync.ended.is_some()), "two at once: {resyncs:?}");
        let began = self.clock.now();
        resyncs.push(RecordedResync {
            trigger,
            began,
            ended: None,
            status: None,
            is_whole: false,
            has_outcome: false,
            withheld: 0,
        });
        Box::new(NoObserver)
    }

    fn attend<'a>(
        &'a self,
        resync: &'a Resync,
        request: RunRequest<'a>,
        end: &'a CancellationToken,
    ) -> LocalBoxFuture<'a, RunResult> {
        Box::pin(attend(resync, request, end.cancelled(), log_waiting))
    }

    fn resync_ended(&self, _: &str, result: &RunResult, _: Option<Timestamp>) {
        let now = self.clock.now();
        let mut resyncs = self.resyncs.lock().unwrap();
        let last = resyncs.last_mut().unwrap();
        assert!(last.ended.is_none());
        (last.ended, last.status) = (Some(now), result.status);
        if let Ok(RunEnd::Finished(outcome)) = &result.end {
            (last.has_outcome, last.is_whole) = (true, outcome.exit_code(false) == 0);
            last.withheld = outcome.deletion.blueprints.iter().map(BlueprintDeletion::withheld).sum();
        }
    }

    fn mapping_checked(&self, findings: &[Finding]) {
        self.findings.lock().unwrap().extend(findings.iter().map(|finding| finding.message.clone()));
    }
}

/// Request that the catalog received.
#[derive(Clone, Debug)]
pub(crate) struct RecordedRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
}

/// Answer in place of the catalog's own, by method and path. Status 0: no answer ever. None: the catalog answers.
type Rule = Box<dyn Fn(&str, &str) -> Option<(u16, &'static str)> + Send>;

pub(crate) struct Setup {
    pub(crate) clock: Clock,
    /// Catalog without recording and rule.
    pub(crate) direct: HttpService,
    pub(crate) api: HttpService,
    pub(crate) files: HttpService,
    rule: Arc<Mutex<Rule>>,
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let clock = Clock::starting_at(START.parse().unwrap());
        let catalog = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, clock.clone())).unwrap();
        let world = World::new(WorldOptions { organizations: 3, teams: 1, users: 6, days: 5, ..WorldOptions::default() });
        let simulator = Simulator::new(SimulatorSource::World(world), "https://files.test").unwrap().with_clock(clock.clone());
        Self {
            direct: in_memory(catalog.router(URL)),
            api: in_memory(simulator.api_router()),
            files: in_memory(simulator.signed_router()),
            clock,
            rule: Arc::new(Mutex::new(Box::new(|_, _| None))),
            requests: Arc::default(),
        }
    }

    /// Sets the rule for all further requests.
    pub(crate) fn answers(&self, rule: impl Fn(&str, &str) -> Option<(u16, &'static str)> + Send + 'static) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    pub(crate) fn requests(&self, method: &str, part: &str) -> Vec<RecordedRequest> {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|request| request.method == method && request.path.contains(part)).cloned().collect()
    }

    /// Catalog with recording and rule.
    fn recorded(&self) -> HttpService {
        let (direct, rule, requests) = (self.direct.clone(), Arc::clone(&self.rule), Arc::clone(&self.requests));
        HttpService::new(tower::service_fn(move |request: Request| {
            let (direct, rule, requests) = (direct.clone(), Arc::clone(&rule), Arc::clone(&requests));
            async move {
                let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
                let body = serde_json::from_slice(request.body()).unwrap_or_default();
                requests.lock().unwrap().push(RecordedRequest { method: method.clone(), path: path.clone(), body });
                let refused = rule.lock().unwrap()(&method, &path);
                match refused {
                    Some((0, _)) => std::future::pending().await,
                    Some((status, body)) => Ok::<Response, TransportError>(refusal(status, body)),
                    None => direct.oneshot(request).await,
                }
            }
        }))
    }

    pub(crate) fn context(&self) -> RunContext {
        self.context_over(self.recorded(), self.api.clone(), self.files.clone())
    }

    pub(crate) fn context_over(&self, catalog: HttpService, api: HttpService, files: HttpService) -> RunContext {
        let clock = self.clock.clone();
        let github = GitHub::new(GitHubOptions {
            api,
            downloads: files,
            base_url: "https://github.test".to_owned(),
            credential: Credential::Token(Secret::new("any")),
            download_hosts: Vec::new(),
            clock: clock.clone(),
            seed: 1,
        });
        let catalog = Catalog::new(CatalogOptions {
            http: catalog,
            base_url: URL.to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            integration_identifier: "mine".to_owned(),
            integration_type: "github-copilot".to_owned(),
            version: "0.1.0".to_owned(),
            clock: clock.clone(),
            seed: 1,
        });
        RunContext {
            sources: vec![Arc::new(CopilotSource::of(github.unwrap()))],
            catalog: catalog.unwrap(),
            workers: Arc::new(Workers::inline()),
            compile: CompileOptions::default(),
            default_blueprints: BUNDLED.iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect(),
            clock,
            options: ResyncOptions {
                mode: Mode::Resync,
                only_kinds: Vec::new(),
                deletes_by_kind: false,
                deletion_threshold: None,
                reviewed: None,
                stop: CancellationToken::new(),
            },
        }
    }

    pub(crate) fn source() -> MappingSource {
        MappingSource { file: None, bundled: (MAPPING, "bundled.yaml") }
    }

    /// Options: polling every minute, a resync at the start, no schedule.
    pub(crate) fn options() -> DaemonOptions {
        DaemonOptions {
            listener: Listener::Polling,
            polling_interval: Duration::from_secs(60),
            resync_on_start: true,
            schedule: None,
            kind_schedules: Vec::new(),
            ready_within: None,
            partial_ok: false,
            reporting: CatalogReporting::default(),
            creates: CreationPolicy::Defaults,
            admission: Admission::WhenAlone,
            seed: 7,
        }
    }

    pub(crate) fn daemon(&self, options: DaemonOptions) -> Daemon {
        Daemon::new(self.context(), Self::source(), options)
    }

    /// Sends a request to the catalog as a user of the portal, without recording and rule.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let sign_in = json!({"clientId": "id", "clientSecret": "secret"});
        let (_, token) = send(&self.direct, "POST", "/v1/auth/access_token", "", &sign_in).await;
        send(&self.direct, method, path, token["accessToken"].as_str().unwrap(), body).await
    }

    /// Integration's record.
    pub(crate) async fn record(&self) -> Value {
        self.ask("GET", "/v1/integration/mine", &Value::Null).await.1["integration"].take()
    }

    pub(crate) async fn status(&self) -> String {
        self.record().await["resyncState"]["status"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) async fn edit(&self, config: &Value) {
        let (status, answer) = self.ask("PATCH", "/v1/integration/mine/config", &json!({"config": config})).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Identifiers of all entities.
    pub(crate) async fn entities(&self) -> Vec<String> {
        let (_, found) = self.ask("POST", "/v1/entities/search", &json!({"combinator": "and", "rules": []})).await;
        let identifier = |entity: &Value| entity["identifier"].as_str().unwrap().to_owned();
        found["entities"].as_array().unwrap().iter().map(identifier).collect()
    }

    pub(crate) async fn wait(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }
}

fn refusal(status: u16, body: &'static str) -> Response {
    use http_body_util::{BodyExt, Full};
    let body = Full::new(Bytes::from_static(body.as_bytes())).map_err(|never| match never {}).boxed_unsync();
    http::Response::builder().status(status).body(body).unwrap()
}

/// Sends a request and reads its answer.
pub(crate) async fn send(service: &HttpService, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let request = http::Request::builder().method(method).uri(format!("{URL}{path}"));
    let request = request.header("authorization", format!("Bearer {token}")).header("content-type", "application/json");
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let response = service.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = read_whole(response.into_body(), 64 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Answer of `/health/ready`.
pub(crate) async fn readiness(router: &HttpService) -> (u16, Value) {
    send(router, "GET", "/health/ready", "", &Value::Null).await
}

/// Runs a daemon until the script ends. The script gets the daemon's HTTP service and its stop token.
pub(crate) async fn serve<F: Future<Output = ()>>(
    daemon: Daemon,
    observer: &RecordingObserver,
    script: impl FnOnce(HttpService, CancellationToken) -> F,
) {
    let end = CancellationToken::new();
    let router = in_memory(daemon.router());
    let script = script(router, end.clone());
    tokio::join!(daemon.run(end.clone(), observer), async {
        script.await;
        end.cancel();
    });
}
