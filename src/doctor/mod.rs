//! Checks GitHub and the catalog as a resync would use them, request by request, and reports working and missing rights with
//! remedies. Writes nothing.
//!
//! | subject | file |
//! | --- | --- |
//! | requests to check | `endpoint` |
//! | sending them | `github`, `tools`, `catalog` |
//! | meaning of an answer, and the remedy | `judge`, `pages` |
//! | registering an App with what a mapping needs | [`app`] |
//! | blueprints and the mapping | `blueprints` |
//! | an enterprise and its organizations in one blueprint | `levels` |
//! | time at a server | [`server_dates`] |
//! | collecting results | `diagnosis` |
//!
//! The types of results are in [`crate::model::diagnosis`]; [`crate::render`] prints them.

pub mod app;
mod blueprints;
mod catalog;
mod diagnosis;
mod endpoint;
mod github;
mod judge;
mod levels;
mod pages;
pub mod server_dates;
mod tools;

use crate::catalog::Catalog;
use crate::door::clock::Clock;
use crate::github::{GitHub, Selection};
use crate::kind::{self, Kind};
use crate::mapping::file::Mapping;
use crate::mapping::finding::Severity;
use crate::model::blueprint::Blueprint;
use crate::model::diagnosis::{Diagnosis, Problem};
use diagnosis::{DiagnosisBuilder, check};
pub use github::examine_path;
use server_dates::ServerDates;
pub use tools::{ExaminedTool, examine_request};

/// Everything that doctor checks.
#[derive(Debug)]
pub struct Examination<'a> {
    /// Hosts with their credentials. None where tools are read without GitHub.
    pub sources: &'a [ExaminedSource<'a>],
    /// AI tools beside GitHub Copilot.
    pub tools: &'a [ExaminedTool<'a>],
    /// Proxy for the API, without credentials.
    pub proxy: Option<&'a str>,
    /// Check everything that GitHub serves, not only what the mapping needs.
    pub all: bool,
    /// Whether the settings let an enterprise and organizations write to one blueprint.
    pub mixes_levels: bool,
    /// Clock.
    pub clock: &'a Clock,
    /// Catalog.
    pub catalog: ExaminedCatalog<'a>,
    /// Address of the catalog, or its folder.
    pub catalog_address: &'a str,
    /// Mapping of a named file, and the file's name.
    pub mapping: Option<(&'a Mapping, &'a str)>,
    /// Mapping that is used when neither a file nor the catalog has one.
    pub bundled_mapping: &'a Mapping,
    /// Blueprints that a resync creates when they are missing. Empty when it may not.
    pub default_blueprints: &'a [Blueprint],
}

/// Host with a credential and its scopes.
#[derive(Debug)]
pub struct ExaminedSource<'a> {
    /// Client.
    pub github: &'a GitHub,
    /// Address of its API.
    pub address: &'a str,
    /// Label that tells hosts apart. Empty for a single one.
    pub label: &'a str,
    /// Variable or file of the credential.
    pub credential_source: Option<&'a str>,
    /// Organizations to check, or patterns. Empty for those that the credential sees.
    pub organizations: &'a [String],
    /// Selection of the settings.
    pub selection: &'a Selection,
    /// Enterprises to check.
    pub enterprises: &'a [String],
}

/// Catalog to check.
#[derive(Debug)]
pub enum ExaminedCatalog<'a> {
    /// Port's API at an address.
    Remote {
        /// Client.
        catalog: &'a Catalog,
        /// Time of its last answer.
        dates: &'a ServerDates,
        /// Client id.
        client_id: &'a str,
    },
    /// Local catalog, which needs no credentials.
    Embedded {
        /// Its blueprints. None before its first use.
        blueprints: Option<Vec<Blueprint>>,
    },
}

/// What is known before GitHub is asked: the catalog's answers, and the mapping that a resync would use.
#[derive(Debug)]
pub struct Prepared {
    catalog: catalog::CatalogAnswers,
    /// The mapping.
    pub mapping: Mapping,
    /// Its name.
    pub name: String,
    /// Problems that make the integration's mapping unusable.
    findings: Vec<String>,
}

impl Prepared {
    /// Asks the catalog, because it may hold the mapping.
    pub async fn of(examination: &Examination<'_>) -> Self {
        let catalog = catalog::connect(&examination.catalog).await;
        let (mapping, findings, name) = mapping_of(examination, &catalog);
        Self { catalog, mapping, name, findings }
    }

    /// The names of the kinds of the mapping.
    pub fn kinds(&self) -> Vec<&'static str> {
        kinds_of(&self.mapping).0.into_iter().map(|kind| kind.name).collect()
    }
}

/// Runs all checks.
pub async fn examine(examination: &Examination<'_>) -> Diagnosis {
    let prepared = Prepared::of(examination).await;
    examine_prepared(examination, prepared).await
}

/// Runs the other checks. The catalog was asked first, and is reported last, in the order of the data flow.
pub async fn examine_prepared(examination: &Examination<'_>, prepared: Prepared) -> Diagnosis {
    let mut diagnosis = DiagnosisBuilder::default();
    let Prepared { catalog, mapping, name, findings } = prepared;
    let (kinds, unknown) = kinds_of(&mapping);
    github::check_hosts(examination, &kinds, &mut diagnosis).await;
    tools::check_tools(examination, &kinds, &mut diagnosis).await;
    catalog::report(examination, &catalog, &mut diagnosis);
    diagnosis.fact("mapping", format!("{name}, {}", resources(mapping.resources.len())));
    for summary in findings.into_iter().chain(unknown) {
        let problem = Problem::of_setting(summary, "correct the mapping; `pilotage validate` shows the place");
        diagnosis.problem(check("", "the mapping", "all of it"), problem);
    }
    if !examination.mixes_levels {
        levels::report(examination.sources, &mapping, &mut diagnosis);
    }
    if let Some(existing) = &catalog.blueprints {
        blueprints::report(&mapping, existing, examination.default_blueprints, &mut diagnosis);
    }
    diagnosis.finish()
}

fn resources(count: usize) -> String {
    if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") }
}

/// Mapping that a resync would use, problems that make it unusable, and its name.
fn mapping_of(examination: &Examination<'_>, catalog: &catalog::CatalogAnswers) -> (Mapping, Vec<String>, String) {
    if let Some((mapping, name)) = examination.mapping {
        return (mapping.clone(), Vec::new(), format!("`{name}`"));
    }
    let bundled = || (examination.bundled_mapping.clone(), Vec::new(), "the bundled one".to_owned());
    let Some(config) = catalog.mapping() else { return bundled() };
    let (mapping, findings) = Mapping::from_json(config);
    let name = "the integration's at the catalog".to_owned();
    let errors = findings.into_iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<String> = errors.map(|finding| format!("the integration's mapping: {}", finding.message)).collect();
    match mapping {
        Some(mapping) => (mapping, errors, name),
        None => {
            (examination.bundled_mapping.clone(), errors, "the bundled one, because the integration's cannot be used".to_owned())
        }
    }
}

/// Kinds of a mapping, each once, and a sentence for each unknown name.
fn kinds_of(mapping: &Mapping) -> (Vec<&'static Kind>, Vec<String>) {
    let (mut kinds, mut unknown): (Vec<&'static Kind>, Vec<String>) = Default::default();
    for resource in &mapping.resources {
        match kind::find(&resource.kind.text) {
            Some(kind) if kinds.iter().any(|known| known.name == kind.name) => {}
            Some(kind) => kinds.push(kind),
            None => unknown.push(format!("the mapping reads `{}`, which is not a kind", resource.kind.text)),
        }
    }
    (kinds, unknown)
}
