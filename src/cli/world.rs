//! Settings to everything that a run needs: GitHub, the catalog, the mapping, the workers.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::bundled;
use super::console::talk;
use super::failure::{Failure, exit};
use super::flags::{CommonFlags, ScopeFlags};
use super::log::{self, LogOptions};
use super::progress::Screen;
use super::telemetry::{collector, telemetry};
use crate::catalog::{Catalog, CatalogError, CatalogOptions};
use crate::door::clock::Clock;
use crate::door::http::{HttpService, in_memory};
use crate::door::network::{self, NetworkOptions};
use crate::github::{Credential, GitHub, GitHubApp, GitHubOptions, Selection};
use crate::local_catalog::{LocalCatalog, LocalCatalogError, LocalCatalogOptions, LocalCatalogReader, Storage};
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::file::Mapping;
use crate::mapping::finding::{Finding, Severity};
use crate::mapping::program::CompileOptions;
use crate::model::secret::Secret;
use crate::reconcile::deletion::DeletionThreshold;
use crate::reconcile::outcome::Mode;
use crate::render;
use crate::resync::extract::Scopes;
use crate::resync::guard::Entry;
use crate::resync::workers::Workers;
use crate::resync::{Resync, ResyncOptions};
use crate::settings::{CatalogChoice, GitHubLogin, GitHubSettings, LogLevel, Overrides, Settings, Sources, platform_data_folder};
use crate::telemetry::{RunFacts, Service};

/// The embedded catalog's address, which no network ever sees.
const EMBEDDED_URL: &str = "http://catalog.embedded";

/// The data folder's subfolder for finished days of GitHub's reports. Safe to delete.
const REPORTS_FOLDER: &str = "reports";

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
    /// The mapping with which the integration is to be created at the catalog, when there is none yet.
    new_integration: Option<Value>,
    /// The catalog in our own folder, which nobody else can write to.
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
    // A variable that is no Unicode is none of ours.
    let unicode = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let environment: Vec<(String, String)> = std::env::vars_os().filter_map(unicode).collect();
    let settings = Settings::read(&Sources {
        environment: &environment,
        overrides,
        read_file: &|path| std::fs::read_to_string(path),
        data_folder: platform_data_folder(),
    })
    .map_err(|errors| Failure::wrong(errors.to_string()))?;
    let screen = Screen::stderr(common.quiet);
    let collector = collector(&settings);
    let tracer = collector.as_ref().ok().and_then(|collector| collector.as_ref()?.tracer());
    let is_first = log::start(LogOptions::new(common, settings.log_level, LogLevel::Warn), &screen, tracer);
    match collector {
        Ok(Some(collector)) if is_first => telemetry().send_to(collector),
        Ok(_) => {}
        Err(problem) => tracing::warn!(%problem, "the collector of OTEL_EXPORTER_OTLP_ENDPOINT cannot be used"),
    }
    for warning in &settings.warnings {
        let help = warning.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        tracing::warn!("{}{help}", warning.message);
    }
    if !settings.ignored.is_empty() {
        tracing::debug!(names = settings.ignored.join(", "), "settings of Ocean's that have no meaning here");
    }
    Ok(Started { settings, screen })
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
        let Started { mut settings, screen } = settings(common, overrides)?;
        places.take_over(&mut settings);
        let clock = Clock::system();
        let credential = credential(&settings)?;
        let network = open_network(&settings)?;
        let github = GitHub::new(GitHubOptions {
            api: telemetry().meter().around(Service::GitHub, network.clone()),
            downloads: telemetry().meter().around(Service::Files, network.clone()),
            base_url: settings.github.host.clone(),
            credential,
            download_hosts: Vec::new(),
            clock: clock.clone(),
            seed: seed(),
        });
        let github = github.map_err(|error| Failure::from_error(exit::WRONG, &error))?.reading(selection(&settings));
        let reports = settings.data.join(REPORTS_FOLDER);
        let github = match mode {
            // The demo's GitHub lives as long as the demo, and what it said is of no use afterwards.
            _ if places.github.is_some() => github,
            Mode::Resync => github.keeping_reports_in(reports),
            Mode::Plan => github.reading_reports_kept_in(reports),
        };
        let (catalog, embedded, destination) = open_catalog(&settings, &network, &clock, mode)?;
        let MappingRead { mapping, name, new_integration } = read_mapping(&settings, &catalog).await?;
        let options = CompileOptions { environment: settings.jq_environment.clone(), ..CompileOptions::default() };
        let compiled = on_evaluation_stack(|| CompiledMapping::compile(&mapping, &options))?;
        tell_findings(compiled.findings());
        let resources = compiled.resources().iter().cloned().map(Arc::new).collect();
        let workers = Workers::start(std::thread::available_parallelism().map_or(1, usize::from));
        let default_blueprints = if settings.initialize_port_resources { bundled::blueprints()? } else { Vec::new() };
        tracing::debug!(mapping = name, destination, "ready");
        let resync = Resync {
            github,
            catalog: Arc::new(catalog),
            mapping,
            resources,
            broken_expressions: compiled
                .findings()
                .iter()
                .map(|finding| format!("{}: {}", finding.path(), finding.message))
                .collect(),
            default_blueprints,
            workers: Arc::new(workers.map_err(|error| Failure::failed(format!("cannot start a mapping worker: {error}")))?),
            clock,
            options: ResyncOptions {
                mode,
                scopes: Scopes {
                    organizations: settings.github.organizations.clone(),
                    enterprise: settings.github.enterprise_name.clone(),
                    only: scope.org.clone(),
                },
                only_kinds: scope.only.clone(),
                deletion_threshold: settings.deletion_threshold.map(DeletionThreshold::of),
                stop: CancellationToken::new(),
            },
        };
        Ok(Self { settings, screen, destination, resync, new_integration, embedded })
    }

    /// Creates the integration when it is not there yet. It keeps the mapping that this run uses, so that a portal shows and
    /// edits it from now on.
    pub(super) async fn create_integration(&self) -> Result<(), Failure> {
        if let Some(config) = &self.new_integration {
            let created = self.resync.catalog.create_integration(config).await;
            created.map_err(|error| catalog_failure(exit::FAILED, &error))?;
        }
        Ok(())
    }

    /// What is known of a run before it begins, for its report.
    pub(super) fn facts(&self) -> RunFacts {
        RunFacts {
            integration: self.settings.integration_identifier.clone(),
            github: self.settings.github.host.clone(),
            catalog: self.destination.clone(),
        }
    }

    /// How a run is let in. Nobody else writes to an embedded catalog, whose folder is ours: a run that is said to be running
    /// there was killed.
    pub(super) fn entry(&self, force: bool) -> Entry {
        if force || self.embedded.is_some() { Entry::AtOnce } else { Entry::WhenAlone }
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
                enterprise_name: None,
            };
        }
        if let Some(url) = &self.catalog {
            settings.port.base_url.clone_from(url);
            settings.port.client_id = Some("demo".to_owned());
            settings.port.client_secret = Some(anybody());
        }
    }
}

/// What the settings leave out.
fn selection(settings: &Settings) -> Selection {
    let exclude_organizations = settings.github.exclude_organizations.clone();
    Selection { exclude_organizations }
}

/// What GitHub is asked with, as the settings say.
pub(super) fn credential(settings: &Settings) -> Result<Credential, Failure> {
    match settings.github_login().map_err(|error| Failure::wrong(error.to_string()))? {
        GitHubLogin::Token(token) => Ok(Credential::Token(token.clone())),
        GitHubLogin::App { id, private_key } => {
            let app = GitHubApp::new(id, private_key);
            app.map(Credential::App).map_err(|reason| {
                let help = "give the file that GitHub made when the key was generated, with PILOTAGE_GITHUB_APP_PRIVATE_KEY_FILE";
                Failure::wrong(format!("cannot ask as the GitHub App `{id}`: {reason}")).help(help)
            })
        }
    }
}

pub(super) fn open_network(settings: &Settings) -> Result<HttpService, Failure> {
    let options = NetworkOptions { read_timeout: settings.client_timeout, ..NetworkOptions::default() };
    network::open(&options).map_err(|error| Failure::failed(format!("cannot use the network: {error}")))
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
            let embedded = open_storage(storage, clock)?;
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
    Ok((catalog, embedded, destination))
}

/// Ocean's integration type, which is part of the ownership of entities.
pub(super) const INTEGRATION_TYPE: &str = "github-copilot";

/// Opens the embedded catalog in a folder, which is created when it is not there.
pub(super) fn open_embedded(folder: &Path, clock: &Clock) -> Result<LocalCatalog, Failure> {
    open_storage(Storage::Folder(folder.to_owned()), clock)
}

fn open_storage(storage: Storage, clock: &Clock) -> Result<LocalCatalog, Failure> {
    let options = LocalCatalogOptions::new(storage, clock.clone());
    LocalCatalog::open(options).map_err(|error| Failure::from_error(exit::FAILED, &error))
}

/// A mapping that can be used.
struct MappingRead {
    mapping: Mapping,
    /// Where it comes from, in words.
    name: String,
    /// The mapping as JSON, when the catalog does not know the integration yet.
    new_integration: Option<Value>,
}

/// The mapping: from the file that was named, else from the integration at the catalog, else the bundled one.
async fn read_mapping(settings: &Settings, catalog: &Catalog) -> Result<MappingRead, Failure> {
    // The file first: what is wrong with it can be told without asking anybody.
    let from_file = settings.mapping.as_deref().map(read_mapping_file).transpose()?;
    let integration = catalog.integration().await.map_err(|error| catalog_failure(exit::FAILED, &error))?;
    let config = integration.as_ref().and_then(|integration| integration.config.as_ref());
    let (mapping, name) = match (from_file, config.filter(|config| config.as_object().is_some_and(|config| !config.is_empty()))) {
        (Some(from_file), _) => from_file,
        (None, Some(config)) => usable(Mapping::from_json(config), "the integration's mapping at the catalog".to_owned())?,
        (None, None) => usable(Mapping::read(bundled::MAPPING, bundled::MAPPING_NAME), bundled::MAPPING_NAME.to_owned())?,
    };
    let new_integration = integration.is_none().then(|| mapping.to_json());
    Ok(MappingRead { mapping, name, new_integration })
}

fn read_mapping_file(file: &Path) -> Result<(Mapping, String), Failure> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| Failure::wrong(format!("cannot read the mapping `{name}`: {error}")))?;
    usable(Mapping::read(&text, &name), name)
}

/// The mapping, when it could be read; tells what is wrong with it in any case.
fn usable((mapping, findings): (Option<Mapping>, Vec<Finding>), name: String) -> Result<(Mapping, String), Failure> {
    tell_findings(&findings);
    let unusable = || {
        let help = "correct what is named above; `pilotage validate` checks a mapping without running it";
        Failure::wrong(format!("{name} cannot be used")).help(help)
    };
    Ok((mapping.ok_or_else(unusable)?, name.clone()))
}

/// Says what is wrong with a mapping, errors and warnings; notes are for `validate`.
pub(super) fn tell_findings(findings: &[Finding]) {
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Note) {
        talk(&render::finding::text(finding));
    }
}

/// Runs something on a thread with the stack that compiling and evaluating need.
pub(super) fn on_evaluation_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let failed = || Failure::failed("cannot start a thread to evaluate the mapping");
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(crate::mapping::program::EVALUATION_STACK_BYTES);
        let thread = thread.spawn_scoped(scope, work).map_err(|_| failed())?;
        thread.join().map_err(|_| Failure::failed("evaluating the mapping broke off"))
    })
}

/// A failure at the catalog, with what to do about it.
pub(super) fn catalog_failure(code: u8, error: &CatalogError) -> Failure {
    let failure = Failure::from_error(code, error);
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}
