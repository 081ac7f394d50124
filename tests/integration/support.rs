//! A whole world in memory: recorded answers of GitHub, the local catalog, and a resync between them. No network, no files
//! beyond the recording, no real time.

#![allow(dead_code, reason = "each test uses its own part")]

use std::path::Path;
use std::sync::Arc;

use pilotage::catalog::{Catalog, CatalogOptions};
use pilotage::door::clock::Clock;
use pilotage::door::http::{self, HttpService};
use pilotage::github::{Credential, GitHub, GitHubOptions};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use pilotage::mapping::evaluate::CompiledMapping;
use pilotage::mapping::file::Mapping;
use pilotage::mapping::program::CompileOptions;
use pilotage::model::blueprint::Blueprint;
use pilotage::model::secret::Secret;
use pilotage::reconcile::outcome::{Mode, Outcome};
use pilotage::resync::observe::Observer;
use pilotage::resync::review::Reviewed;
use pilotage::resync::workers::Workers;
use pilotage::resync::{self, Resync, ResyncError, ResyncOptions};
use pilotage::simulator::{Simulator, SimulatorSource};
use pilotage::source::Source;
use pilotage::source::copilot::CopilotSource;
use pilotage::source::listings::ListingsFile;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Where the catalog says it lives.
pub(crate) const CATALOG_URL: &str = "http://catalog.test";
/// Where GitHub says it lives.
pub(crate) const GITHUB_URL: &str = "http://github.test";

/// A catalog in memory, which outlives the resyncs into it.
pub(crate) struct World {
    clock: Clock,
    catalog: HttpService,
    _catalog: LocalCatalog,
    /// What runs remember of each other; none when they remember nothing.
    pub(crate) listings: Option<ListingsFile>,
}

impl World {
    /// An empty catalog. The clock shows 2026-11-01 and goes on with tokio's time.
    pub(crate) fn new() -> Self {
        Self::with(Storage::Memory)
    }

    /// The same, with the catalog in a folder, which nobody else can write to while this lives.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self::with(Storage::Folder(folder.to_owned()))
    }

    fn with(storage: Storage) -> Self {
        let clock = Clock::starting_at("2026-11-01T06:00:00Z".parse().unwrap());
        let catalog = LocalCatalog::open(LocalCatalogOptions::new(storage, clock.clone())).unwrap();
        Self { clock, catalog: http::in_memory(catalog.router(CATALOG_URL)), _catalog: catalog, listings: None }
    }

    /// A client of the catalog.
    pub(crate) fn client(&self) -> Catalog {
        Catalog::new(CatalogOptions {
            http: self.catalog.clone(),
            base_url: CATALOG_URL.to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            integration_identifier: "test".to_owned(),
            integration_type: "github-copilot".to_owned(),
            version: "0.0.0".to_owned(),
            clock: self.clock.clone(),
            seed: 1,
        })
        .unwrap()
    }

    /// A resync of recorded answers by a mapping.
    pub(crate) async fn resync(&self, recording: &Path, mapping: &str, observer: &dyn Observer) -> Outcome {
        let simulator = Simulator::new(SimulatorSource::Replay(recording.to_owned()), GITHUB_URL).unwrap();
        self.resync_from(&simulator, mapping, observer).await
    }

    /// A resync of a simulated GitHub by a mapping.
    pub(crate) async fn resync_from(&self, simulator: &Simulator, mapping: &str, observer: &dyn Observer) -> Outcome {
        let (api, downloads) = (http::in_memory(simulator.api_router()), http::in_memory(simulator.signed_router()));
        self.resync_of(self.github(api, downloads), mapping, observer).await
    }

    /// A client of a GitHub that answers at these services.
    pub(crate) fn github(&self, api: HttpService, downloads: HttpService) -> GitHub {
        self.github_at(GITHUB_URL, api, downloads)
    }

    /// The same of a GitHub with that address.
    pub(crate) fn github_at(&self, base_url: &str, api: HttpService, downloads: HttpService) -> GitHub {
        let github = GitHub::new(GitHubOptions {
            api,
            downloads,
            base_url: base_url.to_owned(),
            credential: Credential::Token(Secret::new("token")),
            download_hosts: Vec::new(),
            clock: self.clock.clone(),
            seed: 1,
        });
        github.unwrap()
    }

    /// A resync of a GitHub by a mapping.
    pub(crate) async fn resync_of(&self, github: GitHub, mapping: &str, observer: &dyn Observer) -> Outcome {
        let source = Arc::new(CopilotSource { listings: self.listings.clone(), ..CopilotSource::of(github) });
        self.resync_of_sources(vec![source], blueprints(), mapping, observer).await.unwrap()
    }

    /// A resync of these sources by a mapping, which may create these blueprints.
    pub(crate) async fn resync_of_sources(
        &self,
        sources: Vec<Arc<dyn Source>>,
        default_blueprints: Vec<Blueprint>,
        mapping: &str,
        observer: &dyn Observer,
    ) -> Result<Outcome, ResyncError> {
        self.run(sources, default_blueprints, mapping, observer, (Mode::Resync, None)).await
    }

    /// A run in that mode, which may only make the changes that were reviewed, where some were.
    pub(crate) async fn run(
        &self,
        sources: Vec<Arc<dyn Source>>,
        default_blueprints: Vec<Blueprint>,
        mapping: &str,
        observer: &dyn Observer,
        (mode, reviewed): (Mode, Option<Arc<Reviewed>>),
    ) -> Result<Outcome, ResyncError> {
        let (mapping, findings) = Mapping::read(mapping, "mapping.yaml");
        let mapping = mapping.unwrap_or_else(|| panic!("{findings:?}"));
        let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
        let resync = Resync {
            mapping_origin: pilotage::model::mapping_origin::MappingOrigin::Catalog,
            sources,
            catalog: Arc::new(self.client()),
            mapping,
            resources: compiled.resources().iter().cloned().map(Arc::new).collect(),
            broken_expressions: Vec::new(),
            default_blueprints,
            workers: Arc::new(Workers::start(1).unwrap()),
            clock: self.clock.clone(),
            options: ResyncOptions {
                mode,
                only_kinds: Vec::new(),
                deletes_by_kind: false,
                deletion_threshold: None,
                reviewed,
                stop: CancellationToken::new(),
            },
        };
        resync::run(&resync, observer).await
    }

    /// The identifiers of all entities that we own, sorted.
    pub(crate) async fn owned(&self) -> Vec<String> {
        let client = self.client();
        let mut pages = client.owned(None);
        let mut all = Vec::new();
        while let Some(page) = pages.next().await.unwrap() {
            all.extend(page.into_iter().map(|entity| entity.identifier));
        }
        all.sort();
        all
    }

    /// An entity as the catalog holds it.
    pub(crate) async fn entity(&self, blueprint: &str, identifier: &str) -> Option<Value> {
        let found = self.client().search_owned(blueprint, &[identifier.to_owned()], &[]).await.unwrap();
        found.into_iter().next().map(|entity| serde_json::json!({ "title": entity.title, "properties": entity.properties }))
    }
}

/// The blueprints in the repository.
pub(crate) fn blueprints() -> Vec<Blueprint> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()).collect()
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Inverse of a number modulo a prime, whose square an `i128` holds.
pub(crate) fn inverse_modulo(number: i128, prime: i128) -> i128 {
    let (mut base, mut exponent, mut result) = (number.rem_euclid(prime), prime - 2, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % prime;
        }
        base = base * base % prime;
        exponent >>= 1;
    }
    result
}
