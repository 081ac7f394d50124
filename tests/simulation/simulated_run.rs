//! One simulated run of the program between both connections: to its end, to a crash, or until it is told to stop.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use pilotage::catalog::{Catalog, CatalogOptions};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, in_memory};
use pilotage::github::{Credential, GitHub, GitHubOptions};
use pilotage::mapping::evaluate::{CompiledMapping, CompiledResource};
use pilotage::mapping::file::{Mapping, Resource};
use pilotage::mapping::program::CompileOptions;
use pilotage::model::entity::EntityKey;
use pilotage::model::non_empty::NonEmpty;
use pilotage::model::secret::Secret;
use pilotage::reconcile::decision::Decision;
use pilotage::reconcile::deletion::DeletionThreshold;
use pilotage::reconcile::outcome::{Mode, Outcome};
use pilotage::resync::observe::Observer;
use pilotage::resync::workers::Workers;
use pilotage::resync::{self, Resync, ResyncOptions};
use pilotage::simulator::{Simulator, SimulatorSource, World};
use pilotage::source::copilot::{CopilotSource, Host, Owners};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::catalog_faults::CatalogFaults;
use super::catalog_wire::{CatalogLog, CatalogWire};
use super::github_faults::GitHubFaults;
use super::github_wire::{Log, Wire};
use super::history::State;
use super::random::{Concern, RandomStream};
use super::test_catalog::{CLIENT_SECRET, IDENTIFIER, Key, TestCatalog, URL};

pub(crate) const GITHUB_TOKEN: &str = "canary-of-github";
pub(crate) const API: &str = "https://api.test";
pub(crate) const FILES: &str = "https://files.test";

/// A state of the scenario, made ready to run.
pub(crate) struct Prepared {
    pub(crate) state: State,
    pub(crate) owners: Owners,
    accept_empty: Vec<String>,
    /// GitHub's API and the host of its files, without faults.
    pub(crate) api: HttpService,
    pub(crate) files: HttpService,
    mapping: Mapping,
    resources: Vec<Arc<CompiledResource>>,
}

impl Prepared {
    pub(crate) fn of(state: &State, clock: &Clock) -> Self {
        let mapping = read(&state.mapping.config());
        let resources = mapping.resources.iter().map(|resource| compiled(&mapping, resource)).collect();
        let world = World::new(state.world.clone());
        let owners = state.owners(&world);
        // An attentive user says of whom it is true that there are no teams.
        let without_teams = world.organizations_without_teams();
        let accept_empty = without_teams.into_iter().map(|login| format!("{login}/*")).collect();
        let simulator = Simulator::new(SimulatorSource::World(world), FILES).unwrap().with_clock(clock.clone());
        let (api, files) = (in_memory(simulator.api_router()), in_memory(simulator.signed_router()));
        Self { state: state.clone(), owners, accept_empty, api, files, mapping, resources }
    }
}

fn read(config: &Value) -> Mapping {
    let (mapping, findings) = Mapping::from_json(config);
    mapping.unwrap_or_else(|| panic!("{findings:?}"))
}

/// A resource, compiled. Compiling takes longer than a run, and the drafts of all seeds share their parts.
fn compiled(mapping: &Mapping, resource: &Resource) -> Arc<CompiledResource> {
    static COMPILED: Mutex<BTreeMap<String, Arc<CompiledResource>>> = Mutex::new(BTreeMap::new());
    let text = serde_json::to_string(resource).unwrap();
    if let Some(compiled) = COMPILED.lock().unwrap().get(&text) {
        return Arc::clone(compiled);
    }
    let alone = Mapping { resources: vec![resource.clone()], ..mapping.clone() };
    let mapping = CompiledMapping::compile(&alone, &CompileOptions::default());
    assert!(mapping.findings().is_empty(), "{:?}", mapping.findings());
    let resource = Arc::new(mapping.resources()[0].clone());
    COMPILED.lock().unwrap().insert(text, Arc::clone(&resource));
    resource
}

/// The end of a run.
pub(crate) enum Ended {
    Done(Box<Outcome>),
    /// There was nothing to go on with; the error's chain.
    Broke(String),
    Crashed,
}

/// A decision about an entity.
pub(crate) struct Decided {
    pub(crate) key: Key,
    pub(crate) decision: Decision,
}

/// A run that is over.
pub(crate) struct Ran {
    pub(crate) mode: Mode,
    pub(crate) ended: Ended,
    pub(crate) decided: Vec<Decided>,
    pub(crate) github: Log,
    pub(crate) catalog: CatalogLog,
    /// The log that the run wrote, where one was kept.
    pub(crate) logged: String,
}

/// A run that is about to begin.
pub(crate) struct SimulatedRun<'a> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) catalog: &'a TestCatalog,
    pub(crate) clock: &'a Clock,
    pub(crate) seed: u64,
    pub(crate) number: u64,
    pub(crate) mode: Mode,
    pub(crate) threshold: Option<f64>,
    pub(crate) github_faults: GitHubFaults,
    pub(crate) catalog_faults: CatalogFaults,
    /// The poll after which the run is dropped.
    pub(crate) crash_at: Option<u64>,
    /// The poll before which it is told to stop.
    pub(crate) stop_at: Option<u64>,
}

struct Listener {
    log: Arc<Mutex<Log>>,
    decided: Mutex<Vec<Decided>>,
}

impl Observer for Listener {
    fn resource_began(&self, resource: usize, _: &str) {
        self.log.lock().unwrap().resource = resource;
    }

    fn decided(&self, key: &EntityKey, decision: &Decision) {
        let key = (key.blueprint.clone(), key.identifier.clone());
        self.decided.lock().unwrap().push(Decided { key, decision: decision.clone() });
    }
}

impl SimulatedRun<'_> {
    pub(crate) async fn run(self) -> Ran {
        let Self { prepared, clock, mode, .. } = self;
        let mut seeds = RandomStream::new(self.seed, Concern::Clients, self.number);
        let (github_log, github_faults) = (Arc::new(Mutex::new(Log::default())), Arc::new(Mutex::new(self.github_faults)));
        let (catalog_log, catalog_faults) =
            (Arc::new(Mutex::new(CatalogLog::default())), Arc::new(Mutex::new(self.catalog_faults)));
        let wire = |server: &HttpService| {
            let (faults, log) = (Arc::clone(&github_faults), Arc::clone(&github_log));
            Wire { server: server.clone(), faults, log, clock: clock.clone() }.service()
        };
        let github = GitHub::new(GitHubOptions {
            api: wire(&prepared.api),
            downloads: wire(&prepared.files),
            base_url: API.into(),
            credential: Credential::Token(Secret::new(GITHUB_TOKEN)),
            download_hosts: Vec::new(),
            clock: clock.clone(),
            seed: seeds.next(),
        });
        let wire = CatalogWire {
            server: self.catalog.service.clone(),
            faults: catalog_faults,
            log: Arc::clone(&catalog_log),
            clock: clock.clone(),
        };
        let catalog = Catalog::new(CatalogOptions {
            http: wire.service(),
            base_url: URL.into(),
            client_id: "id".into(),
            client_secret: Secret::new(CLIENT_SECRET),
            integration_identifier: IDENTIFIER.into(),
            integration_type: "github-copilot".into(),
            version: "1.0.0".into(),
            clock: clock.clone(),
            seed: seeds.next(),
        });
        let stop = CancellationToken::new();
        let host = Host { owners: prepared.owners.clone(), ..Host::new(github.unwrap()) };
        // Days of an enterprise and of its organizations meet in one blueprint here, which users are kept from.
        let accept_empty = prepared.accept_empty.clone();
        let source = CopilotSource { accept_empty, mixes_levels: true, ..CopilotSource::new(NonEmpty::of(host)) };
        let resync = Resync {
            mapping_origin: pilotage::model::mapping_origin::MappingOrigin::Catalog,
            sources: vec![Arc::new(source)],
            catalog: Arc::new(catalog.unwrap()),
            mapping: prepared.mapping.clone(),
            resources: prepared.resources.clone(),
            broken_expressions: Vec::new(),
            default_blueprints: Vec::new(),
            workers: Arc::new(Workers::inline()),
            clock: clock.clone(),
            options: ResyncOptions {
                mode,
                only_kinds: Vec::new(),
                deletes_by_kind: false,
                deletion_threshold: self.threshold.map(DeletionThreshold::of),
                reviewed: None,
                stop: stop.clone(),
            },
        };
        let listener = Listener { log: Arc::clone(&github_log), decided: Mutex::default() };
        let (captured, keeping) = CapturedLog::keep(self.seed);
        let ran = until(resync::run(&resync, &listener), self.crash_at, self.stop_at, &stop).await;
        // Tasks of a dropped run end before anything else goes on.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        drop(keeping);
        let ended = match ran {
            None => Ended::Crashed,
            Some(Ok(outcome)) => Ended::Done(Box::new(outcome)),
            Some(Err(error)) => Ended::Broke(chain(&error)),
        };
        let mut github = std::mem::take(&mut *github_log.lock().unwrap());
        let spent = github_faults.lock().unwrap().outage.as_ref().and_then(|outage| Some(format!("{:?}", outage.overspent()?)));
        github.overspent = spent;
        let catalog = std::mem::take(&mut *catalog_log.lock().unwrap());
        let decided = std::mem::take(&mut *listener.decided.lock().unwrap());
        Ran { mode, ended, decided, github, catalog, logged: captured.text() }
    }
}

/// One seed in so many keeps a log, which takes time.
const SEEDS_PER_CAPTURED_LOG: u64 = 8;

/// A log in every detail.
#[derive(Clone, Default)]
struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl CapturedLog {
    fn keep(seed: u64) -> (Self, Option<tracing::subscriber::DefaultGuard>) {
        let captured = Self::default();
        let written = captured.clone();
        let subscriber = move || {
            let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
            tracing::subscriber::set_default(subscriber.with_writer(move || written.clone()).finish())
        };
        let keeping = seed.is_multiple_of(SEEDS_PER_CAPTURED_LOG).then(subscriber);
        (captured, keeping)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Polls to the end, or to the crash, in which case there is nothing.
async fn until<T>(
    run: impl Future<Output = T>,
    crash_at: Option<u64>,
    stop_at: Option<u64>,
    stop: &CancellationToken,
) -> Option<T> {
    let mut run = pin!(run);
    let mut polls = 0;
    std::future::poll_fn(|context| {
        polls += 1;
        if stop_at == Some(polls) {
            stop.cancel();
        }
        match run.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if crash_at == Some(polls) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
