//! A simulated GitHub, a catalog in a folder, and runs between them, all in memory but for the folder.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use pilotage::catalog::{Catalog, CatalogOptions};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, in_memory, read_whole};
use pilotage::github::{Credential, GitHub, GitHubOptions, Selection};
use pilotage::kind::{Kind, Vendor};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogError, LocalCatalogOptions, LocalCatalogReader, Storage};
use pilotage::mapping::evaluate::CompiledMapping;
use pilotage::mapping::file::Mapping;
use pilotage::mapping::program::CompileOptions;
use pilotage::model::blueprint::{self, Blueprint};
use pilotage::model::day::Day;
use pilotage::model::non_empty::NonEmpty;
use pilotage::model::secret::Secret;
use pilotage::reconcile::outcome::{Mode, Outcome};
use pilotage::resync::observe::NoObserver;
use pilotage::resync::workers::Workers;
use pilotage::resync::{Resync, ResyncError, ResyncOptions};
use pilotage::simulator::{Access, Faults, Simulator, SimulatorSource, World, WorldOptions};
use pilotage::source::copilot::{CopilotSource, Host, Owners};
use pilotage::source::listings::ListingsFile;
use pilotage::source::{claude_code, cursor};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt, service_fn};

/// Where GitHub says it lives.
pub(crate) const GITHUB: &str = "http://127.0.0.1:1";

/// The enterprise of every simulated world.
pub(crate) const ENTERPRISE: &str = "fleet";

/// Where runs take place.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) clock: Clock,
    api: HttpService,
    downloads: HttpService,
    folder: TempDir,
    asked: Arc<Mutex<Vec<String>>>,
    pub(crate) enterprise: Option<String>,
    pub(crate) keeps_reports: bool,
    /// Whether an enterprise and organizations may stand in one blueprint.
    pub(crate) mixes_levels: bool,
    /// Who is read, beside the enterprise.
    pub(crate) owners: Owners,
    pub(crate) selection: Selection,
    pub(crate) label: String,
    /// Hosts that are read beside this one.
    pub(crate) further: Vec<Host>,
    pub(crate) only: Vec<String>,
    pub(crate) accept_empty: Vec<String>,
    /// Only these kinds; when empty, all.
    pub(crate) only_kinds: Vec<String>,
    pub(crate) listings: Option<ListingsFile>,
    /// What GitHub is asked with.
    pub(crate) credential: Credential,
}

impl Stage {
    pub(crate) fn new(options: WorldOptions) -> Self {
        Self::with_faults(options, Faults::default())
    }

    pub(crate) fn with_faults(options: WorldOptions, faults: Faults) -> Self {
        Self::with(options, Access::default(), faults)
    }

    pub(crate) fn with_access(options: WorldOptions, access: Access) -> Self {
        Self::with(options, access, Faults::default())
    }

    pub(crate) fn with(options: WorldOptions, access: Access, faults: Faults) -> Self {
        let world = World::new(options);
        let clock = Clock::starting_at(world.now());
        let simulator = Simulator::new(SimulatorSource::World(world.clone()), "http://127.0.0.1:2").unwrap();
        let simulator = simulator.with_access(access).with_faults(faults).with_clock(clock.clone());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let api = in_memory(simulator.api_router());
        let watched = {
            let asked = Arc::clone(&asked);
            service_fn(move |request: http::Request<Bytes>| {
                asked.lock().unwrap().push(request.uri().path_and_query().unwrap().to_string());
                api.clone().oneshot(request)
            })
        };
        Self {
            world,
            clock,
            api: HttpService::new(watched),
            downloads: in_memory(simulator.signed_router()),
            folder: tempfile::tempdir().unwrap(),
            asked,
            enterprise: None,
            keeps_reports: false,
            mixes_levels: false,
            owners: Owners::default(),
            selection: Selection::default(),
            label: String::new(),
            further: Vec::new(),
            only: Vec::new(),
            accept_empty: Vec::new(),
            only_kinds: Vec::new(),
            listings: None,
            credential: Credential::Token(Secret::new("token")),
        }
    }

    pub(crate) fn reports_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("reports")
    }

    /// The host, as scopes of several hosts name it.
    pub(crate) fn host(&self) -> String {
        self.github_as(self.credential.clone(), GITHUB).host()
    }

    /// A client of this GitHub with that credential, which takes it to be at that address.
    pub(crate) fn github_as(&self, credential: Credential, address: &str) -> GitHub {
        let github = GitHub::new(GitHubOptions {
            api: self.api.clone(),
            downloads: self.downloads.clone(),
            base_url: address.to_owned(),
            credential,
            download_hosts: Vec::new(),
            clock: self.clock.clone(),
            seed: 7,
        });
        let github = github.unwrap();
        if self.keeps_reports { github.keeping_reports_in(self.reports_folder()) } else { github }
    }

    /// This GitHub, with those beside it.
    fn source(&self) -> CopilotSource {
        let owners = match &self.enterprise {
            Some(_) => Owners {
                organizations: self.world.organization_logins().into_iter().map(str::to_owned).collect(),
                enterprise: self.enterprise.clone(),
            },
            None => self.owners.clone(),
        };
        let github = self.github_as(self.credential.clone(), GITHUB);
        let host = Host { github, owners, selection: self.selection.clone(), label: self.label.clone() };
        CopilotSource {
            hosts: NonEmpty::headed(host, self.further.clone()),
            only: self.only.clone(),
            accept_empty: self.accept_empty.clone(),
            listings: self.listings.clone(),
            newest_day: Some(self.world.options().until),
            mixes_levels: self.mixes_levels,
        }
    }

    /// Runs a mapping, and gives what came of it and the paths that were asked for.
    pub(crate) async fn run(&self, mapping: &str) -> (Outcome, Vec<String>) {
        self.try_run(mapping).await.unwrap()
    }

    pub(crate) async fn try_run(&self, mapping: &str) -> Result<(Outcome, Vec<String>), ResyncError> {
        let mut options = LocalCatalogOptions::new(Storage::Folder(self.folder.path().to_owned()), self.clock.clone());
        options.accept_unknown_properties = true;
        let local = open(options).await;
        let catalog = Catalog::new(CatalogOptions {
            http: in_memory(local.router("http://127.0.0.1:3")),
            base_url: "http://127.0.0.1:3".into(),
            client_id: "id".into(),
            client_secret: Secret::new("secret"),
            integration_identifier: "test".into(),
            integration_type: "github-copilot".into(),
            version: "0.0.0".into(),
            clock: self.clock.clone(),
            seed: 7,
        })
        .unwrap();
        let (read, findings) = Mapping::read(mapping, "test.yaml");
        let mapping = read.unwrap_or_else(|| panic!("{findings:?}"));
        let compiled = on_evaluation_stack(move || {
            let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
            (mapping, compiled)
        });
        let (mapping, compiled) = compiled;
        assert!(compiled.findings().is_empty(), "{:?}", compiled.findings());
        let defaults = blueprint::BUNDLED.iter().map(|(name, _)| blueprint::bundled(name).unwrap());
        let any: Blueprint = serde_json::from_value(serde_json::json!({"identifier": "any", "title": "any"})).unwrap();
        let resync = Resync {
            mapping_origin: pilotage::model::mapping_origin::MappingOrigin::Catalog,
            sources: vec![Arc::new(self.source())],
            catalog: Arc::new(catalog),
            resources: compiled.resources().iter().cloned().map(Arc::new).collect(),
            mapping,
            broken_expressions: Vec::new(),
            default_blueprints: defaults.chain([any]).collect(),
            workers: Arc::new(Workers::start(1).unwrap()),
            clock: self.clock.clone(),
            options: ResyncOptions {
                mode: Mode::Resync,
                only_kinds: self.only_kinds.clone(),
                deletes_by_kind: false,
                deletion_threshold: None,
                reviewed: None,
                stop: CancellationToken::new(),
            },
        };
        self.asked.lock().unwrap().clear();
        let outcome = pilotage::resync::run(&resync, &NoObserver).await?;
        Ok((outcome, self.asked.lock().unwrap().clone()))
    }

    /// The properties of the entities of a blueprint, by identifier.
    pub(crate) fn entities(&self, blueprint: &str) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        let reader = LocalCatalogReader::open(self.folder.path()).unwrap();
        let collect = |entity: pilotage::local_catalog::StoredEntity| {
            all.insert(entity.identifier, Value::Object(entity.properties));
            ControlFlow::Continue(())
        };
        reader.list(blueprint, collect).unwrap();
        all
    }

    /// The names of the catalog's blueprints.
    pub(crate) fn blueprints(&self) -> Vec<String> {
        let reader = LocalCatalogReader::open(self.folder.path()).unwrap();
        reader.blueprints().unwrap().into_iter().map(|summary| summary.blueprint.identifier).collect()
    }

    /// An object of the API.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.answer(path).await;
        serde_json::from_slice(&read_whole(answer.into_body(), 1 << 26).await.unwrap()).unwrap()
    }

    /// The status that the API answers a path with.
    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.answer(path).await.status().as_u16()
    }

    /// The status that another tool's interface answers the check of a kind with.
    pub(crate) async fn status_of_tool(&self, kind: &'static Kind, day: Day) -> u16 {
        let key = Secret::new("key");
        let (client, request) = match kind.vendor() {
            Vendor::ClaudeCode => {
                (claude_code::client(self.api.clone(), GITHUB, &key, &self.clock, 1), claude_code::check_request(day))
            }
            _ => (cursor::client(self.api.clone(), GITHUB, &key, &self.clock, 1), cursor::check_request(kind, day)),
        };
        client.unwrap().probe(&request).await.unwrap().status.as_u16()
    }

    async fn answer(&self, path: &str) -> pilotage::door::http::Response {
        let request = http::Request::get(format!("http://127.0.0.1:1{path}"))
            .header(AUTHORIZATION, "Bearer token")
            .header("user-agent", "test")
            .body(Bytes::new());
        self.api.clone().oneshot(request.unwrap()).await.unwrap()
    }

    /// The rows of a report, whatever file they are in.
    pub(crate) async fn rows(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        for link in self.get(path).await["download_links"].as_array().unwrap() {
            let request = http::Request::get(link.as_str().unwrap()).header("user-agent", "test").body(Bytes::new());
            let answer = self.downloads.clone().oneshot(request.unwrap()).await.unwrap();
            let body = read_whole(answer.into_body(), 1 << 26).await.unwrap();
            rows.extend(std::str::from_utf8(&body).unwrap().lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
        rows
    }
}

/// Compiling needs a deep stack.
fn on_evaluation_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(pilotage::mapping::program::EVALUATION_STACK_BYTES);
    thread.spawn(work).unwrap().join().unwrap()
}

/// A mapping with one resource that keeps whole items.
pub(crate) fn whole(kind: &str, selector: &str, identifier: &str) -> String {
    format!(
        "resources:\n  - kind: {kind}\n    selector: {{query: 'true'{selector}}}\n    port:\n      entity:\n        mappings:\n          \
         identifier: '{identifier}'\n          blueprint: '\"any\"'\n          properties:\n            item: .\n"
    )
}

/// Opens a catalog. A request of the run before, which nobody waits for any more, may still hold its folder for a moment.
async fn open(options: LocalCatalogOptions) -> LocalCatalog {
    for _ in 0..500 {
        match LocalCatalog::open(options.clone()) {
            Err(LocalCatalogError::Locked { .. }) => {
                tokio::task::yield_now().await;
                std::thread::sleep(Duration::from_millis(10));
            }
            opened => return opened.unwrap(),
        }
    }
    panic!("the catalog is still held after five seconds")
}
