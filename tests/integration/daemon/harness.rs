//! A daemon between a simulated GitHub and a local catalog, in memory, on one thread, in paused time.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use pilotage::catalog::{Catalog, CatalogOptions, ResyncStatus};
use pilotage::daemon::turns::Reason;
use pilotage::daemon::{Audience, Daemon, DaemonOptions, Listener};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, Request, Response, TransportError, in_memory, read_whole};
use pilotage::github::{Credential, GitHub, GitHubOptions};
use pilotage::integration::announce::Courtesies;
use pilotage::integration::guard::Entry;
use pilotage::integration::mapping::MappingSource;
use pilotage::integration::{Attendance, Attended, Creates};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use pilotage::mapping::finding::Finding;
use pilotage::mapping::program::{CompileOptions, EVALUATION_STACK_BYTES};
use pilotage::model::blueprint::BUNDLED;
use pilotage::model::secret::Secret;
use pilotage::reconcile::outcome::Mode;
use pilotage::resync::ResyncOptions;
use pilotage::resync::ground::Ground;
use pilotage::resync::observe::{Observer, Silent};
use pilotage::resync::workers::Workers;
use pilotage::simulator::{Simulator, SimulatorSource, World, WorldOptions};
use pilotage::source::copilot::CopilotSource;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub(crate) const URL: &str = "http://catalog.test";
pub(crate) const START: &str = "2026-11-01T00:00:00Z";

/// The bundled mapping of these tests: a day of an organization, three organizations, five days.
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

/// The same as the catalog keeps it, with the identifier made by `identifier`.
pub(crate) fn config(identifier: &str) -> Value {
    json!({"entityDeletionThreshold": 1, "resources": [{
        "kind": "organization-usage-metrics", "selector": {"query": "true"},
        "port": {"entity": {"mappings": {"identifier": identifier, "blueprint": "\"githubCopilotOrganizationUsage\"",
            "properties": {"record_date": ".day + \"T00:00:00Z\""}}}},
    }]})
}

/// Runs a test in paused time, on a thread with the stack that mapping needs.
pub(crate) fn sail<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES + (32 << 20));
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async { test().await });
    };
    thread.spawn(work).unwrap().join().unwrap();
}

/// A resync as the audience heard of it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) reason: Reason,
    pub(crate) began: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) status: Option<ResyncStatus>,
    /// Everything was done.
    pub(crate) is_whole: bool,
    /// There was an outcome, so that the run went to its end.
    pub(crate) has_outcome: bool,
}

/// Hears everything.
pub(crate) struct Ear {
    pub(crate) clock: Clock,
    pub(crate) heard: Mutex<Vec<Heard>>,
    pub(crate) findings: Mutex<Vec<String>>,
}

impl Ear {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), heard: Mutex::default(), findings: Mutex::default() }
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// `Start completed, Request failed, ..`; what has not ended is `..`.
    pub(crate) fn story(&self) -> String {
        let one = |heard: &Heard| match (heard.ended, heard.status) {
            (None, _) => format!("{:?} ..", heard.reason),
            (_, Some(status)) => format!("{:?} {status:?}", heard.reason).replace("Completed", "completed"),
            (_, None) => format!("{:?} did not begin", heard.reason),
        };
        self.heard().iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

impl Audience for Ear {
    fn resync_began(&self, _: &str, reason: Reason) -> Box<dyn Observer> {
        let mut heard = self.heard.lock().unwrap();
        assert!(heard.iter().all(|heard| heard.ended.is_some()), "two at once: {heard:?}");
        let began = self.clock.now();
        heard.push(Heard { reason, began, ended: None, status: None, is_whole: false, has_outcome: false });
        Box::new(Silent)
    }

    fn resync_ended(&self, _: &str, attendance: &Attendance, _: Option<Timestamp>) {
        let now = self.clock.now();
        let mut heard = self.heard.lock().unwrap();
        let last = heard.last_mut().unwrap();
        assert!(last.ended.is_none());
        (last.ended, last.status) = (Some(now), attendance.status);
        if let Ok(Attended::Ended(outcome)) = &attendance.ended {
            (last.has_outcome, last.is_whole) = (true, outcome.exit_code(false) == 0);
        }
    }

    fn mapping_has(&self, findings: &[Finding]) {
        self.findings.lock().unwrap().extend(findings.iter().map(|finding| finding.message.clone()));
    }
}

/// A request that the catalog got.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
}

/// What is done to a request before the catalog sees it: an answer, of which status 0 is none ever; none lets it pass.
type Rule = Box<dyn Fn(&str, &str) -> Option<(u16, &'static str)> + Send>;

pub(crate) struct Sea {
    pub(crate) clock: Clock,
    /// The catalog, without anything in between.
    pub(crate) direct: HttpService,
    pub(crate) api: HttpService,
    pub(crate) files: HttpService,
    rule: Arc<Mutex<Rule>>,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Sea {
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
            got: Arc::default(),
        }
    }

    /// From now on.
    pub(crate) fn answers(&self, rule: impl Fn(&str, &str) -> Option<(u16, &'static str)> + Send + 'static) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    pub(crate) fn got(&self, method: &str, part: &str) -> Vec<Got> {
        let got = self.got.lock().unwrap();
        got.iter().filter(|got| got.method == method && got.path.contains(part)).cloned().collect()
    }

    /// The way to the catalog: notes what goes over it, and keeps the rule.
    fn wire(&self) -> HttpService {
        let (direct, rule, got) = (self.direct.clone(), Arc::clone(&self.rule), Arc::clone(&self.got));
        HttpService::new(tower::service_fn(move |request: Request| {
            let (direct, rule, got) = (direct.clone(), Arc::clone(&rule), Arc::clone(&got));
            async move {
                let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
                let body = serde_json::from_slice(request.body()).unwrap_or_default();
                got.lock().unwrap().push(Got { method: method.clone(), path: path.clone(), body });
                let refused = rule.lock().unwrap()(&method, &path);
                match refused {
                    Some((0, _)) => std::future::pending().await,
                    Some((status, body)) => Ok::<Response, TransportError>(refusal(status, body)),
                    None => direct.oneshot(request).await,
                }
            }
        }))
    }

    pub(crate) fn ground(&self) -> Ground {
        self.ground_over(self.wire(), self.api.clone(), self.files.clone())
    }

    pub(crate) fn ground_over(&self, catalog: HttpService, api: HttpService, files: HttpService) -> Ground {
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
        Ground {
            sources: vec![Arc::new(CopilotSource::of(github.unwrap()))],
            catalog: catalog.unwrap(),
            workers: Arc::new(Workers::inline()),
            compile: CompileOptions::default(),
            default_blueprints: BUNDLED.iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect(),
            clock,
            options: ResyncOptions {
                mode: Mode::Resync,
                only_kinds: Vec::new(),
                deletion_threshold: None,
                stop: CancellationToken::new(),
            },
        }
    }

    pub(crate) fn source() -> MappingSource {
        MappingSource { file: None, bundled: (MAPPING, "bundled.yaml") }
    }

    /// Polls every minute, resyncs at the start, and has no schedule.
    pub(crate) fn options() -> DaemonOptions {
        DaemonOptions {
            listener: Listener::Polling,
            polling_interval: Duration::from_secs(60),
            resync_on_start: true,
            schedule: None,
            ready_within: None,
            partial_ok: false,
            courtesies: Courtesies::default(),
            creates: Creates::Defaults,
            entry: Entry::WhenAlone,
            seed: 7,
        }
    }

    pub(crate) fn daemon(&self, options: DaemonOptions) -> Daemon {
        Daemon::new(self.ground(), Self::source(), options)
    }

    /// Asks the catalog without anything in between, as somebody at the portal.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let sign_in = json!({"clientId": "id", "clientSecret": "secret"});
        let (_, token) = send(&self.direct, "POST", "/v1/auth/access_token", "", &sign_in).await;
        send(&self.direct, method, path, token["accessToken"].as_str().unwrap(), body).await
    }

    /// The integration's record.
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

    /// The identifiers of all entities.
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

/// One request and its answer.
pub(crate) async fn send(service: &HttpService, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let request = http::Request::builder().method(method).uri(format!("{URL}{path}"));
    let request = request.header("authorization", format!("Bearer {token}")).header("content-type", "application/json");
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let response = service.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = read_whole(response.into_body(), 64 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// What the daemon says about whether it is ready.
pub(crate) async fn readiness(router: &HttpService) -> (u16, Value) {
    send(router, "GET", "/health/ready", "", &Value::Null).await
}

/// Runs a daemon for as long as a script goes on. Gives what it answered over HTTP to the script.
pub(crate) async fn serve<F: Future<Output = ()>>(
    daemon: Daemon,
    ear: &Ear,
    script: impl FnOnce(HttpService, CancellationToken) -> F,
) {
    let end = CancellationToken::new();
    let router = in_memory(daemon.router());
    let script = script(router, end.clone());
    tokio::join!(daemon.run(end.clone(), ear), async {
        script.await;
        end.cancel();
    });
}
