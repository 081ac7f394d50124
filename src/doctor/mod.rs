//! Looks at GitHub and the catalog as a resync would, request by request, and says what works, what is missing and what to do.
//! Changes nothing, at neither place.
//!
//! | what | file |
//! | --- | --- |
//! | which requests are tried | `endpoint` |
//! | trying them | `github`, `catalog` |
//! | what an answer means, and the remedy | `judge`, `pages` |
//! | whether blueprints fit the mapping | `blueprints` |
//! | what time it is at a server | [`watch`] |
//! | keeping all of it together | `log` |
//!
//! The nouns are in [`crate::model::diagnosis`]; how they are printed is for [`crate::render`].

mod blueprints;
mod catalog;
mod endpoint;
mod github;
mod judge;
mod log;
mod pages;
pub mod watch;

use crate::catalog::Catalog;
use crate::door::clock::Clock;
use crate::github::{GitHub, Selection};
use crate::kind::{self, Kind};
use crate::mapping::file::Mapping;
use crate::mapping::finding::Severity;
use crate::model::blueprint::Blueprint;
use crate::model::diagnosis::{Diagnosis, ErrorName, MissingRequirement, Problem};
use log::{Log, check};
use watch::Dates;

/// What is looked at.
#[derive(Debug)]
pub struct Examination<'a> {
    /// Every host with the credential in question; at least one.
    pub sources: &'a [ExaminedSource<'a>],
    /// The proxy in between, without credentials.
    pub proxy: Option<&'a str>,
    /// Whether everything that GitHub serves is tried, and not only what the mapping needs.
    pub all: bool,
    /// The time.
    pub clock: &'a Clock,
    /// Where entities go.
    pub catalog: CatalogPlace<'a>,
    /// The catalog's address, or its folder.
    pub catalog_address: &'a str,
    /// The mapping of a file that was named, and the file's name.
    pub mapping: Option<(&'a Mapping, &'a str)>,
    /// The mapping that is used when neither a file nor the catalog has one.
    pub bundled_mapping: &'a Mapping,
    /// Blueprints that a resync creates when they are missing; none when it may not.
    pub default_blueprints: &'a [Blueprint],
}

/// A host with a credential, and whom to look at there.
#[derive(Debug)]
pub struct ExaminedSource<'a> {
    /// The client.
    pub github: &'a GitHub,
    /// The address of its API.
    pub address: &'a str,
    /// How people tell it from others; empty when there is only one.
    pub label: &'a str,
    /// Which variable or file the credential comes from.
    pub credential_source: Option<&'a str>,
    /// Organizations to look at, or patterns of them; those that the credential sees when there are none.
    pub organizations: &'a [String],
    /// What is left out.
    pub selection: &'a Selection,
    /// Enterprises to look at.
    pub enterprises: &'a [String],
}

/// Where entities go.
#[derive(Debug)]
pub enum CatalogPlace<'a> {
    /// Behind an address.
    Remote {
        /// The client.
        catalog: &'a Catalog,
        /// What time it was there when it answered.
        dates: &'a Dates,
        /// Who we are there.
        client_id: &'a str,
    },
    /// The embedded one, which needs no credentials.
    Embedded {
        /// Its blueprints; none when it has never been written to.
        blueprints: Option<Vec<Blueprint>>,
    },
}

/// Looks at everything.
pub async fn examine(examination: &Examination<'_>) -> Diagnosis {
    let mut log = Log::default();
    // The catalog is asked first because it may hold the mapping, and told last because that is the way of the data.
    let catalog = catalog::connect(&examination.catalog).await;
    let (mapping, findings, name) = mapping_of(examination, &catalog);
    let (kinds, unknown) = kinds_of(&mapping);
    github::look(examination, &kinds, &mut log).await;
    catalog::tell(examination, &catalog, &mut log);
    log.fact("mapping", format!("{name}, {}", resources(mapping.resources.len())));
    for summary in findings.into_iter().chain(unknown) {
        let problem = Problem {
            error: ErrorName::InvalidSettings,
            missing: MissingRequirement::Setting,
            scope: String::new(),
            summary,
            said: None,
            place: None,
            remedy: "correct the mapping; `pilotage validate` shows the place".to_owned(),
            page: None,
            curl: None,
            is_needed: true,
        };
        log.problem(check("", "the mapping", "all of it"), problem);
    }
    if let Some(existing) = &catalog.blueprints {
        blueprints::tell(&mapping, existing, examination.default_blueprints, &mut log);
    }
    log.finish()
}

fn resources(count: usize) -> String {
    if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") }
}

/// The mapping that a resync would use, what makes it unusable, and its name.
fn mapping_of(examination: &Examination<'_>, catalog: &catalog::Connected) -> (Mapping, Vec<String>, String) {
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

/// The kinds of a mapping, each once, and a sentence for each name that is no kind.
fn kinds_of(mapping: &Mapping) -> (Vec<&'static Kind>, Vec<String>) {
    let (mut kinds, mut unknown): (Vec<&'static Kind>, Vec<String>) = Default::default();
    for resource in &mapping.resources {
        match kind::find(&resource.kind.text) {
            Some(kind) if kinds.iter().any(|known| known.name == kind.name) => {}
            Some(kind) => kinds.push(kind),
            None => unknown.push(format!("the mapping reads `{}`, which is no kind", resource.kind.text)),
        }
    }
    (kinds, unknown)
}
