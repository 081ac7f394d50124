//! Settings to everything that a run needs: GitHub, the catalog, the mapping, the workers.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::bookkeeping::Bookkeeping;
use super::bundled;
use super::choices;
use super::console::tell_findings;
use super::demo_folder;
use super::failure::{Failure, exit};
use super::flags::ScopeFlags;
use super::network::{open_network, seed};
use super::open_catalog::{catalog_failure, open_catalog};
use super::people;
use super::process::Process;
use super::sources::{self, Opened};
use super::tools;
use crate::door::http::HttpService;
use crate::door::zone;
use crate::identity::Ingest;
use crate::integration::CreationPolicy;
use crate::integration::guard::Admission;
use crate::integration::mapping::{MappingSource, MappingSourceError};
use crate::local_catalog::LocalCatalog;
use crate::mapping::program::CompileOptions;
use crate::model::blueprint::Blueprint;
use crate::model::day::Day;
use crate::model::person::PersonAliases;
use crate::model::secret::Secret;
use crate::reconcile::deletion::DeletionThreshold;
use crate::reconcile::outcome::Mode;
use crate::render::number::counted;
use crate::resync::context::{RunContext, run_id};
use crate::resync::workers::Workers;
use crate::resync::{Resync, ResyncOptions};
use crate::settings::{GitHubSettings, GitHubSource, Origin, Overrides, Settings};
use crate::source::Source;
use crate::source::copilot::CopilotSource;
use crate::source::listings::ListingsFile;
use crate::source::people::PeopleSource;

/// Settings, context and mapping source of all runs of a process, and the embedded catalog while it is open.
pub(super) struct Base {
    /// The settings that hold.
    pub(super) settings: Settings,
    /// What is read, in words.
    pub(super) origin: String,
    /// The catalog in words.
    pub(super) destination: String,
    /// Clients, workers and settings of every run.
    pub(super) context: RunContext,
    /// Source of their mapping.
    pub(super) source: MappingSource,
    /// Common part of their reports.
    pub(super) books: Bookkeeping,
    /// Seed of jitter and of the names of runs.
    pub(super) seed: u64,
    /// The embedded catalog, which no other process can write to. It is released with this value.
    pub(super) embedded: Option<LocalCatalog>,
}

/// One run with its settings, and the embedded catalog while it is open.
pub(super) struct World {
    /// The settings that hold.
    pub(super) settings: Settings,
    /// What is read, in words.
    pub(super) origin: String,
    /// The catalog in words.
    pub(super) destination: String,
    /// The mapping in use, in words.
    pub(super) mapping: String,
    /// The run.
    pub(super) resync: Resync,
    /// Common part of its report.
    pub(super) books: Bookkeeping,
    /// See [`Base`].
    embedded: Option<LocalCatalog>,
}

impl Base {
    /// Opens everything, and neither writes nor asks anything.
    pub(super) fn open(
        process: &Process,
        mut settings: Settings,
        scope: &ScopeFlags,
        places: &Places,
        mode: Mode,
    ) -> Result<Self, Failure> {
        places.take_over(&mut settings);
        let seed = seed();
        if !is_of_files(scope) && !tools::are_alone(&settings) {
            // Without a credential nothing can be done, so that is told before anything else is opened.
            sources::check_logins(&settings)?;
        }
        let network = open_network(&settings)?;
        let (sources, origin) = opened_sources(process, &settings, &network, scope, places, mode)?;
        choices::kinds_exist(&scope.only, &sources)?;
        let (catalog, embedded, destination) = open_catalog(process, &settings, &network, mode)?;
        let rules = people::rules(&settings)?;
        let folder = demo_folder::folder(settings.data.clone(), places.github.is_some());
        people::settle(&folder, &rules, mode)?;
        let workers = Workers::start(std::thread::available_parallelism().map_or(1, usize::from));
        let context = RunContext {
            sources,
            catalog,
            workers: Arc::new(
                workers
                    .map_err(|error| Failure::failed(format!("cannot start a mapping worker: {error}")))?
                    .in_zone(zone::local()),
            ),
            compile: CompileOptions { environment: settings.jq_environment.clone(), ..CompileOptions::default() },
            default_blueprints: default_blueprints(&settings)?,
            clock: process.clock.clone(),
            options: ResyncOptions {
                mode,
                only_kinds: scope.only.clone(),
                deletes_by_kind: false,
                deletion_threshold: settings.deletion_threshold.map(DeletionThreshold::of),
                reviewed: None,
                stop: CancellationToken::new(),
            },
        };
        let bundled = match settings.create_port_resources_origin {
            Origin::Default => places.mapping.unwrap_or((bundled::MAPPING, bundled::MAPPING_NAME)),
            Origin::Empty => (bundled::EMPTY_MAPPING, bundled::EMPTY_MAPPING_NAME),
        };
        let source = MappingSource { file: settings.mapping.clone(), bundled };
        let books = Bookkeeping::new(&settings, &origin, &destination);
        Ok(Self { settings, origin, destination, context, source, books, seed, embedded })
    }

    /// Admission of a run. An embedded catalog is locked to this process, so a run that is recorded there as running has ended
    /// without a final state, and the guard is not needed.
    pub(super) fn entry(&self, force: bool) -> Admission {
        entry(force, self.embedded.is_some())
    }
}

/// True when stored files are read, and no server.
fn is_of_files(scope: &ScopeFlags) -> bool {
    !scope.input.input.is_empty()
}

/// What is read, its people as the settings keep them, and its name in words. Sends nothing.
pub(super) fn opened_sources(
    process: &Process,
    settings: &Settings,
    network: &HttpService,
    scope: &ScopeFlags,
    places: &Places,
    mode: Mode,
) -> Result<(Vec<Arc<dyn Source>>, String), Failure> {
    let rules = people::rules(settings)?;
    let folder = demo_folder::folder(settings.data.clone(), places.github.is_some());
    let ingest = rules.ingest(&folder).map_err(|error| people::failure(&error))?;
    let (sources, origin): (Vec<Arc<dyn Source>>, String) = if is_of_files(scope) {
        let files = sources::files(scope)?;
        let origin = counted(files.len() as u64, "stored file", "stored files");
        (vec![Arc::new(files)], origin)
    } else {
        let is_without_github = tools::are_alone(settings);
        let opened = tools::open(process, settings, network)?;
        let origin = tools::origin(settings, &opened, is_without_github);
        let copilot: Option<Arc<dyn Source>> = match is_without_github {
            true => None,
            false => {
                let reports = settings.data.join(rules.reports_folder());
                Some(Arc::new(copilot(process, settings, network, scope, places, mode, (&ingest, reports))?))
            }
        };
        // People are matched across tools by their names, so before anything takes these away.
        let aliases = places.people.clone().map_or_else(|| tools::aliases(settings), Ok)?;
        let aliases = match &rules.pseudonyms {
            Some(pseudonyms) => aliases.also_called(|name| pseudonyms.of_login(name)),
            None => aliases,
        };
        (tools::sources(settings, opened, copilot, aliases, places.newest_day), origin)
    };
    let of_people = |source| -> Arc<dyn Source> {
        Arc::new(PeopleSource::new(source, Arc::clone(&ingest), people::forgotten(folder.clone())))
    };
    Ok((sources.into_iter().map(of_people).collect(), origin))
}

/// GitHub Copilot at the hosts of the settings. Sends nothing.
fn copilot(
    process: &Process,
    settings: &Settings,
    network: &HttpService,
    scope: &ScopeFlags,
    places: &Places,
    mode: Mode,
    (ingest, reports): (&Arc<Ingest>, PathBuf),
) -> Result<CopilotSource, Failure> {
    let mut opened = sources::open(process, settings, network)?;
    for Opened { github, .. } in opened.iter_mut() {
        *github = github.clone().taking_people_by(Arc::clone(ingest));
        *github = match mode {
            // The demo's GitHub lives as long as the demo, and what it said is of no use afterwards.
            _ if places.github.is_some() => github.clone(),
            Mode::Resync => github.clone().keeping_reports_in(reports.clone()),
            Mode::Plan => github.clone().reading_reports_kept_in(reports.clone()),
        };
    }
    let source = CopilotSource {
        only: scope.org.clone(),
        accept_empty: scope.accept_empty.clone(),
        // What a demo's GitHub lists is of no use to any other run.
        listings: places.github.is_none().then(|| ListingsFile::in_data_folder(&settings.data)),
        newest_day: places.newest_day,
        mixes_levels: settings.mixed_levels,
        ..sources::copilot(opened)
    };
    source.check_without_asking().map_err(|wrong| Failure::wrong(wrong.to_string()).help(wrong.help))?;
    Ok(source)
}

/// Objects that a run may create in the catalog besides entities.
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
    pub(super) async fn open(process: &Process, scope: &ScopeFlags, partial_ok: bool, mode: Mode) -> Result<Self, Failure> {
        Self::open_with(process, scope, process.common.overrides(Some(scope), partial_ok), &Places::default(), mode).await
    }

    /// Opens everything with servers on this machine in place of those in the settings.
    pub(super) async fn open_with(
        process: &Process,
        scope: &ScopeFlags,
        overrides: Overrides,
        places: &Places,
        mode: Mode,
    ) -> Result<Self, Failure> {
        Self::of(Base::open(process, process.settings(overrides)?, scope, places, mode)?).await
    }

    /// Reads the mapping, and makes a run of it.
    pub(super) async fn of(base: Base) -> Result<Self, Failure> {
        let Base { settings, origin, destination, context, source, books, seed, embedded } = base;
        let found = source.read(&context.catalog).await.map_err(|error| source_failure(&error))?;
        tell_findings(&found.findings);
        let unusable = || {
            let help = "correct what is named above; `pilotage validate` checks a mapping without running it";
            Failure::wrong(format!("{} cannot be used", found.name)).help(help)
        };
        let mapping = found.mapping.ok_or_else(unusable)?;
        choices::kinds_are_mapped(&context.options.only_kinds, &mapping, &found.name)?;
        let ready = context
            .prepare(mapping, found.origin.clone(), &run_id(seed, 0))
            .map_err(|error| Failure::from_error(exit::FAILED, &error))?;
        tell_findings(&ready.findings);
        let resources = counted(ready.resync.mapping.resources.len() as u64, "resource", "resources");
        let mapping = format!("mapping: {} ({resources})", found.origin);
        tracing::debug!(mapping, destination, "ready");
        Ok(Self { settings, origin, destination, mapping, resync: ready.resync, books, embedded })
    }

    /// Admission of a run, see [`Base::entry`].
    pub(super) fn entry(&self, force: bool) -> Admission {
        entry(force, self.embedded.is_some())
    }
}

/// Servers on this machine that stand in for GitHub and the catalog, as in the demo.
#[derive(Default)]
pub(super) struct Places {
    /// A simulated GitHub.
    pub(super) github: Option<String>,
    /// Address of a catalog that accepts every credential.
    pub(super) catalog: Option<String>,
    /// The newest day of what is simulated, where it does not say it itself.
    pub(super) newest_day: Option<Day>,
    /// People with several names, in place of the alias file.
    pub(super) people: Option<PersonAliases>,
    /// The text and the name of another mapping than the bundled one.
    pub(super) mapping: Option<(&'static str, &'static str)>,
}

impl Places {
    fn take_over(&self, settings: &mut Settings) {
        let anybody = || Secret::new("demo");
        if let Some(url) = &self.github {
            let demo = GitHubSource { host: url.clone(), token: Some(anybody()), ..GitHubSource::default() };
            settings.github = GitHubSettings::of(demo);
            for tool in [&mut settings.tools.claude_code, &mut settings.tools.cursor] {
                tool.host.clone_from(url);
                tool.admin_key = Some(anybody());
            }
        }
        if let Some(url) = &self.catalog {
            settings.port.base_url.clone_from(url);
            settings.port.client_id = Some("demo".to_owned());
            settings.port.client_secret = Some(anybody());
        }
    }
}

/// Failure of a command that has no mapping.
pub(super) fn source_failure(error: &MappingSourceError) -> Failure {
    match error {
        MappingSourceError::Catalog(error) => catalog_failure(exit::FAILED, error),
        MappingSourceError::File { .. } => Failure::from_error(exit::WRONG, error),
    }
}
