//! `pilotage doctor`: tests what a resync needs, and says what is missing.

use super::bundled;
use super::check;
use super::console::{self, talk};
use super::failure::{Failure, exit};
use super::flags::{DoctorFlags, TextOrJson};
use super::mapping_file::read_mapping_text;
use super::network::{open_network, seed, variable};
use super::open_catalog::{INTEGRATION_TYPE, catalog_failure};
use super::probe::ProbeReport;
use super::process::Process;
use super::sources::{self, Opened};
use super::tools;
use super::world::default_blueprints;
use crate::catalog::{Catalog, CatalogOptions};
use crate::doctor::server_dates::ServerDates;
use crate::doctor::{self, Examination, ExaminedCatalog, ExaminedSource, Prepared, examine_prepared};
use crate::door::http::HttpService;
use crate::door::proxies::Proxies;
use crate::local_catalog::{LocalCatalogError, LocalCatalogReader};
use crate::mapping::file::Mapping;
use crate::model::blueprint::Blueprint;
use crate::model::day::Day;
use crate::model::diagnosis::{Diagnosis, DiagnosisResult};
use crate::model::secret::Secret;
use crate::render;
use crate::settings::{CatalogChoice, Overrides, SettingOrigin, Settings};

pub(super) async fn run(process: &Process, flags: &DoctorFlags) -> Result<u8, Failure> {
    let overrides = Overrides {
        mapping: flags.mapping.clone(),
        github_host: flags.places.github_host.clone(),
        base_url: flags.places.integration.base_url.clone(),
        identifier: flags.places.integration.identifier.clone(),
        ..process.common.overrides(None, false)
    };
    let mut settings = process.settings(overrides)?;
    if flags.app_url {
        // Whoever registers an App has no credential yet, and nothing is asked of GitHub.
        settings.github.sources = settings.github.sources.map(|mut source| {
            if source.login().is_err() {
                source.token = Some(Secret::new("none"));
                source.app_id = None;
            }
            source
        });
    }
    let network = open_network(&settings)?;
    let diagnosis = match &flags.check {
        Some(address) => check::run(process, &settings, &network, address, flags).await?,
        None => diagnose(process, &settings, &network, flags).await?,
    };
    let text = match flags.output {
        TextOrJson::Text if flags.app_url => {
            let facts = diagnosis.places.iter().flat_map(|place| &place.facts);
            facts.map(|fact| format!("{}\n", fact.value)).collect()
        }
        TextOrJson::Text => render::doctor::text(&diagnosis),
        TextOrJson::Json => {
            let json = serde_json::to_string_pretty(&diagnosis);
            json.map_err(|error| Failure::failed(format!("cannot write the diagnosis: {error}")))? + "\n"
        }
    };
    console::data(flags.output, &text)?;
    Ok(match diagnosis.verdict {
        DiagnosisResult::Well => exit::DONE,
        DiagnosisResult::Missing => exit::PARTIAL,
        DiagnosisResult::Unreachable => exit::FAILED,
    })
}

async fn diagnose(
    process: &Process,
    settings: &Settings,
    network: &HttpService,
    flags: &DoctorFlags,
) -> Result<Diagnosis, Failure> {
    let clock = process.clock.clone();
    let opened = match tools::are_alone(settings) {
        true => Vec::new(),
        false => sources::open(process, settings, network)?
            .iter()
            .map(|Opened { source, github }| (source.clone(), github.clone()))
            .collect(),
    };
    let opened_tools = tools::open(process, settings, network)?;
    let tools = tools::examined(settings, &opened_tools, Day::of(clock.now()));
    let (bundled_mapping, _) = Mapping::read(bundled::MAPPING, bundled::MAPPING_NAME);
    let bundled_mapping = bundled_mapping.ok_or_else(|| Failure::failed("the bundled mapping is wrong"))?;
    let file = mapping_file(settings)?;
    let default_blueprints = default_blueprints(settings)?;
    let dates = ServerDates::default();
    let (remote, client_id, address) = match settings.catalog().map_err(|error| Failure::wrong(error.to_string()))? {
        CatalogChoice::Embedded => (None, "", settings.data.display().to_string()),
        CatalogChoice::Port { base_url, client_id, client_secret } => {
            let catalog = Catalog::new(CatalogOptions {
                http: dates.of(network.clone(), &clock),
                base_url: base_url.to_owned(),
                client_id: client_id.to_owned(),
                client_secret: client_secret.clone(),
                integration_identifier: settings.integration_identifier.clone(),
                integration_type: INTEGRATION_TYPE.to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                clock: clock.clone(),
                seed: seed(),
            });
            (Some(catalog.map_err(|error| catalog_failure(exit::WRONG, &error))?), client_id, base_url.to_owned())
        }
    };
    let catalog = match &remote {
        Some(catalog) => ExaminedCatalog::Remote { catalog, dates: &dates, client_id },
        None => ExaminedCatalog::Embedded { blueprints: embedded_blueprints(settings)? },
    };
    let source = match settings.github_login_source() {
        SettingOrigin::Default => None,
        source => Some(source.to_string()),
    };
    let scheme = settings.github.sources.first().host.split(':').next().unwrap_or_default();
    // The network was opened with the same variables, so they are right.
    let proxy = Proxies::read(&variable).ok().and_then(|proxies| proxies.described(scheme));
    let selections: Vec<_> = opened.iter().map(|(source, _)| sources::selection(source)).collect();
    let examined: Vec<_> = opened
        .iter()
        .zip(&selections)
        .map(|((of_settings, github), selection)| ExaminedSource {
            github,
            address: &of_settings.host,
            label: &of_settings.label,
            credential_source: source.as_deref().filter(|_| of_settings.label.is_empty()),
            organizations: if flags.org.is_empty() { &of_settings.organizations } else { &flags.org },
            selection,
            enterprises: &of_settings.enterprises,
        })
        .collect();
    let examination = Examination {
        sources: &examined,
        tools: &tools,
        proxy: proxy.as_deref(),
        all: flags.all,
        mixes_levels: settings.mixed_levels,
        clock: &clock,
        catalog,
        catalog_address: &address,
        mapping: file.as_ref().map(|(mapping, name)| (mapping, name.as_str())),
        bundled_mapping: &bundled_mapping,
        default_blueprints: &default_blueprints,
    };
    if flags.app_url {
        // A mapping that is named needs no catalog.
        let (mapping, name) = match examination.mapping {
            Some((mapping, name)) => (mapping.clone(), format!("`{name}`")),
            None => {
                let Prepared { mapping, name, .. } = Prepared::of(&examination).await;
                (mapping, name)
            }
        };
        talk(&format!("the permissions are those that {name} needs"));
        return Ok(doctor::app::registrations(&examined, &mapping));
    }
    let prepared = Prepared::of(&examination).await;
    let Some(probe) = &flags.report_to_port else { return Ok(examine_prepared(&examination, prepared).await) };
    let kinds = prepared.kinds();
    let report = ProbeReport::begin(remote.as_ref(), probe, &kinds, clock.now()).await?;
    let diagnosis = examine_prepared(&examination, prepared).await;
    report.end(&diagnosis, &kinds, clock.now()).await?;
    Ok(diagnosis)
}

fn mapping_file(settings: &Settings) -> Result<Option<(Mapping, String)>, Failure> {
    let Some(file) = &settings.mapping else { return Ok(None) };
    let (text, name) = read_mapping_text(Some(file))?;
    let (mapping, findings) = Mapping::read(&text, &name);
    console::tell_findings(&findings);
    let help = "correct what is named above; `pilotage validate` checks a mapping without running it";
    let mapping = mapping.ok_or_else(|| Failure::wrong(format!("`{name}` cannot be used")).help(help))?;
    Ok(Some((mapping, name)))
}

/// The embedded catalog's blueprints; none when there is no such catalog yet. Only reads: looking must not create one.
fn embedded_blueprints(settings: &Settings) -> Result<Option<Vec<Blueprint>>, Failure> {
    let blueprints = LocalCatalogReader::open(&settings.data).and_then(|reader| reader.blueprints());
    match blueprints {
        Ok(blueprints) => Ok(Some(blueprints.into_iter().map(|summary| summary.blueprint).collect())),
        Err(LocalCatalogError::Missing { .. }) => Ok(None),
        Err(error) => Err(Failure::from_error(exit::FAILED, &error)),
    }
}
