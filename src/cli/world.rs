//! Settings to everything that a run needs: GitHub, the catalog, the mapping, the workers.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::bundled;
use super::choices;
use super::console::talk;
use super::failure::{Failure, exit};
use super::flags::{CommonFlags, ScopeFlags};
use super::log::{self, LogOptions};
use super::progress::Screen;
use super::sources::{self, Opened};
use super::telemetry::{Bookkeeping, collector, telemetry};
use crate::catalog::{Catalog, CatalogError, CatalogOptions};
use crate::door::clock::Clock;
use crate::door::http::{HttpService, in_memory};
use crate::door::network::{self, NetworkError, NetworkOptions};
use crate::door::reach::Reach;
use crate::door::zone;
use crate::integration::CreationPolicy;
use crate::integration::guard::Admission;
use crate::integration::mapping::{MappingSource, MappingSourceError};
use crate::local_catalog::{LocalCatalog, LocalCatalogError, LocalCatalogOptions, LocalCatalogReader, Storage};
use crate::mapping::finding::{Finding, Severity};
use crate::mapping::program::CompileOptions;
use crate::model::blueprint::Blueprint;
use crate::model::secret::Secret;
use crate::reconcile::deletion::DeletionThreshold;
use crate::reconcile::outcome::Mode;
use crate::render;
use crate::resync::context::{self, RunContext, run_id};
use crate::resync::workers::Workers;
use crate::resync::{Resync, ResyncOptions};
use crate::settings::{CatalogChoice, GitHubSettings, LogLevel, Origin, Overrides, Settings, Sources, platform_data_folder};
use crate::source::copilot::choices::check_without_asking;
use crate::source::listings::ListingsFile;
use crate::telemetry::Service;

/// The embedded catalog's address, which no network ever sees.
const EMBEDDED_URL: &str = "http://catalog.embedded";

/// The data folder's subfolder for finished days of GitHub's reports. Safe to delete.
const REPORTS_FOLDER: &str = "reports";

/// What stays from run to run, and what has to be kept alive for it.
pub(super) struct Base {
    /// The settings that hold.
    pub(super) settings: Settings,
    /// Where progress is shown.
    pub(super) screen: Screen,
    /// Where entities go, in words.
    pub(super) destination: String,
    /// What runs are made of.
    pub(super) context: RunContext,
    /// Where their mapping comes from.
    pub(super) source: MappingSource,
    /// What their reports say of all of them.
    pub(super) books: Bookkeeping,
    /// Where jitter and the names of runs come from.
    pub(super) seed: u64,
    /// The catalog in our own folder, which nobody else can write to. It is let go with this.
    pub(super) embedded: Option<LocalCatalog>,
}

/// Everything that a run needs, and what has to be kept alive for it.
pub(super) struct World {
    /// The settings that hold.
    pub(super) settings: Settings,
    /// Where progress is shown.
    pub(super) screen: Screen,
    /// Where entities go, in words.
    pub(super) destination: String,
    /// What to run.
    pub(super) resync: Resync,
    /// What its report says of its surroundings.
    pub(super) books: Bookkeeping,
    /// See [`Base`].
    embedded: Option<LocalCatalog>,
}

/// The settings that hold, and the screen that log and progress share.
pub(super) struct Started {
    /// The settings.
    pub(super) settings: Settings,
    /// The screen.
    pub(super) screen: Screen,
}

/// Reads the settings that flags, environment and settings file give, and starts the log.
pub(super) fn settings(common: &CommonFlags, overrides: Overrides) -> Result<Started, Failure> {
    settings_logging(common, overrides, LogLevel::Warn)
}

/// The same; `otherwise` is logged when neither flag nor setting says what.
pub(super) fn settings_logging(common: &CommonFlags, overrides: Overrides, otherwise: LogLevel) -> Result<Started, Failure> {
    // A variable that is no Unicode is none of ours.
    let unicode = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let environment: Vec<(String, String)> = std::env::vars_os().filter_map(unicode).collect();
    let settings = Settings::read(&Sources {
        environment: &environment,
        overrides,
        read_file: &|path| std::fs::read_to_string(path),
        data_folder: platform_data_folder(),
    })
    .map_err(|errors| {
        let failure = Failure::wrong(errors.to_string());
        let slips: Vec<String> = errors.warnings.iter().map(ToString::to_string).collect();
        if slips.is_empty() { failure } else { failure.help(slips.join("\n      ")) }
    })?;
    let screen = Screen::stderr(common.quiet);
    let collector = collector(&settings);
    let tracer = collector.as_ref().ok().and_then(|collector| collector.as_ref()?.tracer());
    let is_first = log::start(LogOptions::new(common, settings.log_level, otherwise), &screen, tracer);
    match collector {
        Ok(Some(collector)) if is_first => telemetry().send_to(collector),
        Ok(_) => {}
        Err(problem) => tracing::warn!(%problem, "the collector that the OTEL_EXPORTER_OTLP_* variables name cannot be used"),
    }
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    if !settings.ignored.is_empty() {
        tracing::debug!(names = settings.ignored.join(", "), "settings of Ocean's that have no meaning here");
    }
    Ok(Started { settings, screen })
}

impl Base {
    /// Opens everything, and neither writes nor asks anything.
    pub(super) fn open(started: Started, scope: &ScopeFlags, places: &Places, mode: Mode) -> Result<Self, Failure> {
        let Started { mut settings, screen } = started;
        places.take_over(&mut settings);
        let (clock, seed) = (Clock::system(), seed());
        // Without a credential nothing can be done, so that is told before anything else is opened.
        settings.github_sources().map_err(|error| Failure::wrong(error.to_string()))?;
        let network = open_network(&settings)?;
        let mut opened = sources::open(&settings, &network, &clock)?;
        let reports = settings.data.join(REPORTS_FOLDER);
        for Opened { github, .. } in &mut opened {
            *github = match mode {
                // The demo's GitHub lives as long as the demo, and what it said is of no use afterwards.
                _ if places.github.is_some() => github.clone(),
                Mode::Resync => github.clone().keeping_reports_in(reports.clone()),
                Mode::Plan => github.clone().reading_reports_kept_in(reports.clone()),
            };
        }
        let opened_scopes = sources::scopes(opened, &scope.org);
        let (github, mut scopes) = opened_scopes.ok_or_else(|| Failure::wrong("there is no GitHub to read from"))?;
        scopes.accept_empty.clone_from(&scope.accept_empty);
        // What a demo's GitHub lists is of no use to any other run.
        scopes.listings = places.github.is_none().then(|| ListingsFile::in_data_folder(&settings.data));
        check_without_asking(&scopes).map_err(|wrong| Failure::wrong(wrong.to_string()).help(wrong.help))?;
        choices::kinds_exist(&scope.only)?;
        let (catalog, embedded, destination) = open_catalog(&settings, &network, &clock, mode)?;
        let workers = Workers::start(std::thread::available_parallelism().map_or(1, usize::from));
        let context = RunContext {
            github,
            catalog,
            workers: Arc::new(
                workers
                    .map_err(|error| Failure::failed(format!("cannot start a mapping worker: {error}")))?
                    .in_zone(zone::local()),
            ),
            compile: CompileOptions { environment: settings.jq_environment.clone(), ..CompileOptions::default() },
            default_blueprints: default_blueprints(&settings)?,
            clock,
            options: ResyncOptions {
                mode,
                scopes,
                only_kinds: scope.only.clone(),
                deletion_threshold: settings.deletion_threshold.map(DeletionThreshold::of),
                stop: CancellationToken::new(),
            },
        };
        let bundled = match settings.create_port_resources_origin {
            Origin::Default => (bundled::MAPPING, bundled::MAPPING_NAME),
            Origin::Empty => (bundled::EMPTY_MAPPING, bundled::EMPTY_MAPPING_NAME),
        };
        let source = MappingSource { file: settings.mapping.clone(), bundled };
        let books = Bookkeeping::new(&settings, &destination);
        Ok(Self { settings, screen, destination, context, source, books, seed, embedded })
    }

    /// How a run is let in. Nobody else writes to an embedded catalog, whose folder is ours: a run that is said to be running
    /// there was killed.
    pub(super) fn entry(&self, force: bool) -> Admission {
        entry(force, self.embedded.is_some())
    }
}

/// What may be created at the catalog beside entities.
pub(super) fn creates(settings: &Settings) -> CreationPolicy {
    match (settings.initialize_port_resources, settings.create_port_resources_origin) {
        (false, _) => CreationPolicy::Nothing,
        (true, Origin::Empty) => CreationPolicy::Empty,
        (true, Origin::Default) => CreationPolicy::Defaults,
    }
}

/// The blueprints that a run may create.
pub(super) fn default_blueprints(settings: &Settings) -> Result<Vec<Blueprint>, Failure> {
    if creates(settings) == CreationPolicy::Defaults { bundled::blueprints() } else { Ok(Vec::new()) }
}

fn entry(force: bool, is_embedded: bool) -> Admission {
    if force || is_embedded { Admission::Unchecked } else { Admission::WhenAlone }
}

impl World {
    /// Opens everything, and writes nothing. Reads the mapping from the catalog when no file is given.
    pub(super) async fn open(common: &CommonFlags, scope: &ScopeFlags, partial_ok: bool, mode: Mode) -> Result<Self, Failure> {
        Self::open_with(common, scope, common.overrides(Some(scope), partial_ok), &Places::default(), mode).await
    }

    /// The same, with servers on this machine in place of those that the settings name.
    pub(super) async fn open_with(
        common: &CommonFlags,
        scope: &ScopeFlags,
        overrides: Overrides,
        places: &Places,
        mode: Mode,
    ) -> Result<Self, Failure> {
        Self::of(Base::open(settings(common, overrides)?, scope, places, mode)?).await
    }

    /// Reads the mapping, and makes a run of it.
    pub(super) async fn of(base: Base) -> Result<Self, Failure> {
        let Base { settings, screen, destination, context, source, books, seed, embedded } = base;
        let found = source.read(&context.catalog).await.map_err(|error| source_failure(&error))?;
        tell_findings(&found.findings);
        let unusable = || {
            let help = "correct what is named above; `pilotage validate` checks a mapping without running it";
            Failure::wrong(format!("{} cannot be used", found.name)).help(help)
        };
        let mapping = found.mapping.ok_or_else(unusable)?;
        choices::kinds_are_mapped(&context.options.only_kinds, &mapping, &found.name)?;
        let ready = context.prepare(mapping, &run_id(seed, 0)).map_err(|error| Failure::from_error(exit::FAILED, &error))?;
        tell_findings(&ready.findings);
        tracing::debug!(mapping = found.name, destination, "ready");
        Ok(Self { settings, screen, destination, resync: ready.resync, books, embedded })
    }

    /// How a run is let in, see [`Base::entry`].
    pub(super) fn entry(&self, force: bool) -> Admission {
        entry(force, self.embedded.is_some())
    }
}

/// Servers on this machine that stand in for GitHub and the catalog, as in the demo.
#[derive(Default)]
pub(super) struct Places {
    /// A simulated GitHub.
    pub(super) github: Option<String>,
    /// A catalog that lets everybody in.
    pub(super) catalog: Option<String>,
}

impl Places {
    fn take_over(&self, settings: &mut Settings) {
        let anybody = || Secret::new("demo");
        if let Some(url) = &self.github {
            settings.github = GitHubSettings {
                host: url.clone(),
                token: Some(anybody()),
                app_id: None,
                app_private_key: None,
                organizations: Vec::new(),
                exclude_organizations: Vec::new(),
                teams: Vec::new(),
                exclude_teams: Vec::new(),
                enterprise_name: None,
                download_hosts: Vec::new(),
                sources: Vec::new(),
            };
        }
        if let Some(url) = &self.catalog {
            settings.port.base_url.clone_from(url);
            settings.port.client_id = Some("demo".to_owned());
            settings.port.client_secret = Some(anybody());
        }
    }
}

pub(super) fn open_network(settings: &Settings) -> Result<HttpService, Failure> {
    open_network_within(settings, Reach::Anywhere)
}

/// The same, where not every address may be connected to.
pub(super) fn open_network_within(settings: &Settings, reach: Reach) -> Result<HttpService, Failure> {
    let options = NetworkOptions { read_timeout: settings.client_timeout, reach, ..NetworkOptions::default() };
    network::open(&options, &variable).map_err(|error| match error {
        NetworkError::Variable { .. } => Failure::wrong(error.to_string()),
        NetworkError::Client(_) => Failure::failed(error.to_string()),
    })
}

/// A variable of the environment, when it is set. One that is no Unicode is none of ours.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A number that differs from run to run, for the jitter of retries.
pub(super) fn seed() -> u64 {
    jiff::Timestamp::now().as_nanosecond() as u64
}

pub(super) fn open_catalog(
    settings: &Settings,
    network: &HttpService,
    clock: &Clock,
    mode: Mode,
) -> Result<(Catalog, Option<LocalCatalog>, String), Failure> {
    let choice = settings.catalog().map_err(|error| Failure::wrong(error.to_string()))?;
    let (http, base_url, client_id, client_secret, embedded, destination) = match choice {
        CatalogChoice::Port { base_url, client_id, client_secret } => {
            let destination = format!("the catalog at {base_url}");
            (network.clone(), base_url.to_owned(), client_id.to_owned(), client_secret.clone(), None, destination)
        }
        CatalogChoice::Embedded => {
            let folder = &settings.data;
            // A plan writes nothing, so it leaves no empty catalog behind where there was none.
            let storage = match LocalCatalogReader::open(folder) {
                Err(LocalCatalogError::Missing { .. }) if mode == Mode::Plan => Storage::Memory,
                _ => Storage::Folder(folder.clone()),
            };
            let embedded = open_for(mode, storage, clock)?;
            let http = in_memory(embedded.router(EMBEDDED_URL));
            let destination = format!("the embedded catalog in {}", folder.display());
            let anybody = Secret::new("embedded");
            (http, EMBEDDED_URL.to_owned(), "embedded".to_owned(), anybody, Some(embedded), destination)
        }
    };
    let catalog = Catalog::new(CatalogOptions {
        http: telemetry().meter().around(Service::Catalog, http),
        base_url,
        client_id,
        client_secret,
        integration_identifier: settings.integration_identifier.clone(),
        integration_type: INTEGRATION_TYPE.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        clock: clock.clone(),
        seed: seed(),
    });
    let catalog = catalog.map_err(|error| catalog_failure(exit::WRONG, &error))?;
    let catalog = catalog.with_ingest_hosts(settings.port.ingest_url.clone());
    Ok((catalog, embedded, destination))
}

/// Ocean's integration type, which is part of the ownership of entities.
pub(super) const INTEGRATION_TYPE: &str = "github-copilot";

/// Opens the embedded catalog in a folder, which is created when it is not there.
pub(super) fn open_embedded(folder: &Path, clock: &Clock) -> Result<LocalCatalog, Failure> {
    open_storage(Storage::Folder(folder.to_owned()), clock)
}

/// Opens it for a run. A plan writes nothing, so it does with a folder that can only be read.
fn open_for(mode: Mode, storage: Storage, clock: &Clock) -> Result<LocalCatalog, Failure> {
    let read_only = match &storage {
        Storage::Folder(folder) if mode == Mode::Plan => Some(Storage::ReadOnly(folder.clone())),
        _ => None,
    };
    match (LocalCatalog::open(LocalCatalogOptions::new(storage, clock.clone())), read_only) {
        (Err(LocalCatalogError::Folder { .. } | LocalCatalogError::Denied { .. }), Some(storage)) => open_storage(storage, clock),
        (opened, _) => opened.map_err(|error| Failure::from_error(exit::FAILED, &error)),
    }
}

fn open_storage(storage: Storage, clock: &Clock) -> Result<LocalCatalog, Failure> {
    let options = LocalCatalogOptions::new(storage, clock.clone());
    LocalCatalog::open(options).map_err(|error| Failure::from_error(exit::FAILED, &error))
}

/// Why there is no mapping, for people.
pub(super) fn source_failure(error: &MappingSourceError) -> Failure {
    match error {
        MappingSourceError::Catalog(error) => catalog_failure(exit::FAILED, error),
        MappingSourceError::File { .. } => Failure::from_error(exit::WRONG, error),
    }
}

/// Says what is wrong with a mapping, errors and warnings; notes are for `validate`.
pub(super) fn tell_findings(findings: &[Finding]) {
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Note) {
        talk(&render::finding::text(finding));
    }
}

/// Runs something on a thread with the stack that compiling and evaluating need.
pub(super) fn on_evaluation_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    context::on_evaluation_stack(work).map_err(|error| Failure::from_error(exit::FAILED, &error))
}

/// A failure at the catalog, with what to do about it.
pub(super) fn catalog_failure(code: u8, error: &CatalogError) -> Failure {
    let failure = Failure::from_error(code, error);
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}
