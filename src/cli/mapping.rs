//! `pilotage mapping`: moves the mapping between a file and the integration at the catalog.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::bundled;
use super::carry_out::or_stopped;
use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::{IntegrationFlags, MappingFlags, MappingVerb, ScopeFlags};
use super::mapping_file::{is_stdin, read_mapping_text};
use super::network::open_network;
use super::open_catalog::{catalog_failure, open_catalog};
use super::process::Process;
use super::question::agreed_unless_stopped;
use super::world::{Places, World};
use super::{plan, serving, upgrade};
use crate::authoring::findings::{KnownBlueprints, findings};
use crate::authoring::sample::Sampler;
use crate::catalog::Catalog;
use crate::door::stack::on_evaluation_stack;
use crate::local_catalog::LocalCatalog;
use crate::mapping::codes;
use crate::mapping::file::{Mapping, to_yaml};
use crate::mapping::finding::Severity;
use crate::mapping::program::CompileOptions;
use crate::reconcile::outcome::Mode;
use crate::render;
use crate::settings::{Overrides, Settings};

pub(super) async fn run(process: &Process, flags: &MappingFlags) -> Result<u8, Failure> {
    match &flags.verb {
        MappingVerb::Pull { file, force, place } => pull(process, place, file.as_deref(), *force).await,
        MappingVerb::Push { mapping, file, yes, no_plan, place } => {
            let end = serving::stop_signal();
            let wanted = Push { file: mapping.clone().or_else(|| file.clone()), yes: *yes, no_plan: *no_plan };
            or_stopped(&end, push(process, place, &wanted, &end)).await
        }
        MappingVerb::Upgrade { mapping, diff } => upgrade::run(mapping, *diff),
    }
}

/// The catalog, and what has to be kept alive for it.
struct Place {
    settings: Settings,
    catalog: Catalog,
    _embedded: Option<LocalCatalog>,
    /// `integration \`x\` of the catalog at https://…`, for people.
    name: String,
}

impl Place {
    fn open(process: &Process, place: &IntegrationFlags, mode: Mode) -> Result<Self, Failure> {
        let settings = process.settings(overrides(process, place, None))?;
        let network = open_network(&settings)?;
        let (catalog, embedded, destination) = open_catalog(process, &settings, &network, mode)?;
        let name = format!("integration `{}` of {destination}", settings.integration_identifier);
        Ok(Self { settings, catalog, _embedded: embedded, name })
    }

    /// See [`stored`].
    async fn mapping(&self) -> Result<(Option<Value>, bool), Failure> {
        stored(&self.catalog).await
    }
}

/// The mapping that the catalog keeps, none when it keeps none; and whether it knows the integration.
pub(super) async fn stored(catalog: &Catalog) -> Result<(Option<Value>, bool), Failure> {
    let found = catalog.integration().await.map_err(|error| catalog_failure(exit::FAILED, &error))?;
    let is_known = found.is_some();
    let config = found.and_then(|integration| integration.config);
    Ok((config.filter(|config| config.as_object().is_some_and(|keys| !keys.is_empty())), is_known))
}

/// Makes a mapping the integration's.
pub(super) async fn store(catalog: &Catalog, config: &Value, is_known: bool) -> Result<(), Failure> {
    let written = match is_known {
        true => catalog.put_integration_config(config, false).await,
        false => catalog.create_integration(Some(config), "Default").await,
    };
    written.map(|_| ()).map_err(|error| catalog_failure(exit::FAILED, &error))
}

fn overrides(process: &Process, place: &IntegrationFlags, mapping: Option<PathBuf>) -> Overrides {
    let IntegrationFlags { base_url, identifier } = place.clone();
    Overrides { base_url, identifier, mapping, ..process.common.overrides(None, false) }
}

async fn pull(process: &Process, place: &IntegrationFlags, file: Option<&Path>, force: bool) -> Result<u8, Failure> {
    let file = file.filter(|file| !is_stdin(file));
    if let Some(file) = file.filter(|file| !force && file.exists()) {
        let failure = Failure::wrong(format!("`{}` is there already", file.display()));
        return Err(failure.help("name another, or overwrite it with --force"));
    }
    let place = Place::open(process, place, Mode::Plan)?;
    let (Some(config), _) = place.mapping().await? else {
        let failure = Failure::failed(format!("{} has no mapping", place.name));
        return Err(failure.help("`pilotage mapping push --file FILE` sets one"));
    };
    let text = format!("# The mapping of {}\n{}", place.name, to_yaml(&config));
    let name = file.map_or_else(|| "the mapping".to_owned(), |file| file.display().to_string());
    // A mapping that cannot be used is pulled all the same: whoever wants to mend it needs it.
    console::tell_findings(&Mapping::read(&text, &name).1);
    match file {
        None => console::data(Written::File, &text)?,
        Some(file) => {
            let cannot = |error| Failure::failed(format!("cannot write `{}`: {error}", file.display()));
            std::fs::write(file, &text).map_err(cannot)?;
            talk(&format!("wrote the mapping of {} to {}", place.name, file.display()));
        }
    }
    Ok(exit::DONE)
}

/// Flags of a push.
struct Push {
    file: Option<PathBuf>,
    yes: bool,
    no_plan: bool,
}

async fn push(process: &Process, flags: &IntegrationFlags, push: &Push, end: &CancellationToken) -> Result<u8, Failure> {
    let looking = Place::open(process, flags, Mode::Plan)?;
    let file = push.file.clone().or_else(|| looking.settings.mapping.clone());
    let file = file.ok_or_else(|| {
        Failure::wrong("no mapping is named").help("say which: `pilotage mapping push FILE`, or set PILOTAGE_MAPPING")
    })?;
    let (text, _) = read_mapping_text(Some(&file))?;
    let (current, _) = looking.mapping().await?;
    let Some(mapping) = checked(&text, &file, &looking).await? else { return Ok(exit::WRONG) };
    let desired = mapping.to_json();
    let difference = difference(current.as_ref(), &desired, &looking.name, &file.display().to_string());
    if difference.is_empty() {
        talk(&format!("nothing to do: {} has that mapping", looking.name));
        return Ok(exit::DONE);
    }
    console::data(Written::Page, &difference)?;
    // The embedded catalog lets one program in at a time, and the plan opens it anew.
    drop(looking);
    if !push.no_plan {
        show_plan(process, flags, &file, end).await?;
    }
    if !push.yes && !agreed_unless_stopped(end, "make this the integration's mapping?").await? {
        talk("nothing was written");
        return Ok(exit::FAILED);
    }
    let place = Place::open(process, flags, Mode::Resync)?;
    // Somebody may have written while the question was open.
    let (before, is_known) = place.mapping().await?;
    if before != current {
        let failure = Failure::failed(format!("the mapping of {} was changed meanwhile", place.name));
        return Err(failure.help("nothing was written; push again and look at what changes then"));
    }
    store(&place.catalog, &desired, is_known).await?;
    talk(&format!("{} is now the mapping of {}", file.display(), place.name));
    Ok(exit::DONE)
}

/// The mapping of a file, checked as `validate` does, against the blueprints that a resync would find or create. None when it is
/// wrong; that is printed then.
async fn checked(text: &str, file: &Path, place: &Place) -> Result<Option<Mapping>, Failure> {
    let name = if is_stdin(file) { "stdin".to_owned() } else { file.display().to_string() };
    let known = known_blueprints(&place.catalog).await?;
    let options = CompileOptions { environment: place.settings.jq_environment.clone(), ..CompileOptions::default() };
    let findings = on_evaluation_stack(|| findings(text, &name, &options, &known, &Sampler::new()?))??;
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        console::data(Written::Page, &render::finding::report(&[&name], &findings))?;
        return Ok(None);
    }
    console::tell_findings(&findings);
    Ok(Mapping::read(text, &name).0)
}

/// The blueprints that a resync would find or create.
pub(super) async fn known_blueprints(catalog: &Catalog) -> Result<KnownBlueprints, Failure> {
    let mut blueprints = catalog.blueprints().await.map_err(|error| catalog_failure(exit::FAILED, &error))?;
    for bundled in bundled::blueprints()? {
        if !blueprints.iter().any(|other| other.identifier == bundled.identifier) {
            blueprints.push(bundled);
        }
    }
    Ok(KnownBlueprints { blueprints, are_bundled: true })
}

/// Changes of the mapping as YAML lines, with the keys that are removed because they have no meaning here; empty without a change.
pub(super) fn difference(current: Option<&Value>, desired: &Value, name: &str, file: &str) -> String {
    let desired = to_yaml(desired);
    let (before, lost) = match current {
        None => (String::new(), Vec::new()),
        Some(config) => {
            // Both in our own form: another order of keys, or a default that is written out, changes nothing.
            let (mapping, findings) = Mapping::from_json(config);
            let unknown = findings.iter().filter(|finding| finding.code == codes::UNKNOWN_KEY);
            let lost: Vec<String> = unknown.map(|finding| finding.path().to_owned()).collect();
            (to_yaml(&mapping.map_or_else(|| config.clone(), |mapping| mapping.to_json())), lost)
        }
    };
    let mut text = render::difference::unified((name, &before), (file, &desired));
    for path in lost {
        text.push_str(&format!("-{path}  (a key that has no meaning here)\n"));
    }
    text
}

/// Shows the changes that a resync with that mapping would make. A source that cannot be reached is named; the push goes on.
async fn show_plan(process: &Process, flags: &IntegrationFlags, file: &Path, end: &CancellationToken) -> Result<(), Failure> {
    if is_stdin(file) {
        talk("\nnote: a mapping from stdin is not planned with");
        return Ok(());
    }
    let overrides = overrides(process, flags, Some(file.to_owned()));
    let planned = async {
        let world = World::open_with(process, &ScopeFlags::default(), overrides, &Places::default(), Mode::Plan).await?;
        console::data(Written::Page, "\n")?;
        plan::show(process, &world, end).await
    };
    if let Err(failure) = planned.await {
        let failure = failure.to_string();
        let reason = failure.strip_prefix("error: ").unwrap_or(&failure);
        talk(&format!("\nnote: what a resync would change is not known: {reason}"));
    }
    Ok(())
}
