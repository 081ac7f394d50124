//! `pilotage pages`: brings dashboards and scorecards to the portal.

use std::path::Path;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::carry_out::or_stopped;
use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::{IntegrationFlags, PagesFlags, PagesVerb, TextOrJson};
use super::network::open_network;
use super::open_catalog::{catalog_failure, open_catalog};
use super::process::Process;
use super::question::agreed_unless_stopped;
use super::serving;
use crate::catalog::{Catalog, PortalAddress};
use crate::local_catalog::LocalCatalog;
use crate::model::blueprint::Blueprint;
use crate::portal::{self, DocumentType, PortalChange, PortalDocument};
use crate::reconcile::outcome::Mode;
use crate::render::number::counted;
use crate::render::table::{Align, Table};
use crate::settings::Overrides;

/// Changes that are shown of one document; the rest is counted.
const SHOWN_CHANGES: usize = 10;

/// Characters that are shown of a value.
const SHOWN_CHARACTERS: usize = 60;

pub(super) async fn run(process: &Process, flags: &PagesFlags) -> Result<u8, Failure> {
    let (pages, place, push) = match &flags.verb {
        None => return list(TextOrJson::Text),
        Some(PagesVerb::List { output }) => return list(*output),
        Some(PagesVerb::Plan { pages, place }) => (pages, place, None),
        Some(PagesVerb::Push { pages, yes, place }) => (pages, place, Some(*yes)),
    };
    let chosen = choose(pages.iter().map(AsRef::as_ref))?;
    let end = serving::stop_signal();
    or_stopped(&end, carry_out(process, place, chosen, push, &end)).await
}

fn list(output: TextOrJson) -> Result<u8, Failure> {
    let documents = portal::bundled();
    let blueprints = |document: &PortalDocument| document.blueprints().into_iter().collect::<Vec<_>>();
    let text = match output {
        TextOrJson::Json => {
            let listed = documents.iter().map(|document| {
                json!({"identifier": document.identifier, "type": document.document_type.name(), "title": document.title,
                       "blueprints": blueprints(document)})
            });
            format!("{:#}\n", listed.collect::<Value>())
        }
        TextOrJson::Text => {
            let headers = ["page or scorecard", "type", "shows"].map(|header| (header, Align::Left));
            let table = documents.iter().fold(Table::new(headers), |table, document| {
                table.row([
                    document.identifier.clone(),
                    document.document_type.name().to_owned(),
                    blueprints(document).join(", "),
                ])
            });
            format!("{table}\n`pilotage pages push` brings them to the catalog\n")
        }
    };
    console::data(output, &text)?;
    Ok(exit::DONE)
}

/// Documents to bring to the catalog.
struct Chosen {
    documents: Vec<PortalDocument>,
    /// True when they were named. Of those that were not, the ones without blueprints are left out.
    are_named: bool,
}

/// The bundled documents of these names, or those of files: a word without `/` and `.` is a name.
fn choose<'a>(names: impl Iterator<Item = &'a Path>) -> Result<Chosen, Failure> {
    let bundled = portal::bundled();
    let mut documents = Vec::new();
    for name in names {
        let word = name.to_string_lossy();
        if word.contains(['/', '.']) {
            documents.push(read(name)?);
            continue;
        }
        let found = bundled.iter().find(|document| document.identifier == word);
        documents.push(found.cloned().ok_or_else(|| {
            Failure::wrong(format!("there is no bundled page or scorecard `{word}`"))
                .help(format!("`pilotage pages list` lists all; write `./{word}` for a file of that name"))
        })?);
    }
    match documents.is_empty() {
        true => Ok(Chosen { documents: bundled, are_named: false }),
        false => Ok(Chosen { documents, are_named: true }),
    }
}

fn read(file: &Path) -> Result<PortalDocument, Failure> {
    let text =
        std::fs::read_to_string(file).map_err(|error| Failure::wrong(format!("cannot read `{}`: {error}", file.display())))?;
    PortalDocument::read(&text).map_err(|error| {
        Failure::wrong(format!("cannot use `{}`: {error}", file.display()))
            .help("a page is the JSON of Port's API, as `GET /v1/pages/NAME` answers it under `page`; a scorecard has its `blueprint` beside")
    })
}

/// What is to be done about one document.
enum Step {
    Create,
    Replace(Vec<PortalChange>),
    Nothing,
}

async fn carry_out(
    process: &Process,
    flags: &IntegrationFlags,
    chosen: Chosen,
    push: Option<bool>,
    end: &CancellationToken,
) -> Result<u8, Failure> {
    let mode = if push.is_some() { Mode::Resync } else { Mode::Plan };
    let place = Place::open(process, flags, mode)?;
    let documents = place.with_blueprints(chosen).await?;
    let mut steps = Vec::new();
    for document in &documents {
        let held =
            place.catalog.portal_document(address(document)).await.map_err(|error| catalog_failure(exit::FAILED, &error))?;
        let step = match held.map(|held| portal::changes(&document.body, &held)) {
            None => Step::Create,
            Some(changes) if changes.is_empty() => Step::Nothing,
            Some(changes) => Step::Replace(changes),
        };
        steps.push((document, step));
    }
    let text: String = steps.iter().map(|(document, step)| shown(document, step)).collect();
    console::data(Written::Page, &text)?;
    let to_do = steps.iter().filter(|(_, step)| !matches!(step, Step::Nothing)).count();
    let Some(yes) = push else {
        talk(&format!("{} would be created or replaced at {}", counted(to_do as u64, "document", "documents"), place.name));
        return Ok(exit::DONE);
    };
    if to_do == 0 {
        talk(&format!("nothing to do: {} has them all", place.name));
        return Ok(exit::DONE);
    }
    if !yes && !agreed_unless_stopped(end, "bring them to the catalog?").await? {
        talk("nothing was written");
        return Ok(exit::FAILED);
    }
    let mut refused = 0;
    for (document, step) in &steps {
        let written = match step {
            Step::Nothing => continue,
            Step::Create => place.catalog.create_portal_document(address(document), &document.body).await.map(|_| ()),
            Step::Replace(_) => place.catalog.replace_portal_document(address(document), &document.body).await,
        };
        if let Err(error) = written {
            refused += 1;
            talk(&catalog_failure(exit::PARTIAL, &error).to_string());
        }
    }
    talk(&format!("{} written to {}", counted((to_do - refused) as u64, "document", "documents"), place.name));
    Ok(match refused {
        0 => exit::DONE,
        all if all == to_do => exit::FAILED,
        _ => exit::PARTIAL,
    })
}

fn address(document: &PortalDocument) -> PortalAddress<'_> {
    let identifier = document.identifier.as_str();
    match (document.document_type, &document.blueprint) {
        (DocumentType::Scorecard, Some(blueprint)) => PortalAddress::Scorecard { blueprint, identifier },
        _ => PortalAddress::Page(identifier),
    }
}

/// The catalog, and what has to be kept alive for it.
struct Place {
    catalog: Catalog,
    _embedded: Option<LocalCatalog>,
    /// The catalog, for people.
    name: String,
}

impl Place {
    fn open(process: &Process, flags: &IntegrationFlags, mode: Mode) -> Result<Self, Failure> {
        let IntegrationFlags { base_url, identifier } = flags.clone();
        let settings = process.settings(Overrides { base_url, identifier, ..process.common.overrides(None, false) })?;
        let network = open_network(&settings)?;
        let (catalog, embedded, name) = open_catalog(process, &settings, &network, mode)?;
        Ok(Self { catalog, _embedded: embedded, name })
    }

    /// The documents whose blueprints exist. One that was named and has a fault fails the command before anything is written.
    async fn with_blueprints(&self, chosen: Chosen) -> Result<Vec<PortalDocument>, Failure> {
        let held = self.catalog.blueprints().await.map_err(|error| catalog_failure(exit::FAILED, &error))?;
        let find = |name: &str| -> Option<Blueprint> { held.iter().find(|blueprint| blueprint.identifier == name).cloned() };
        let mut fit = Vec::new();
        let mut left_out = Vec::new();
        for document in chosen.documents {
            let faults = portal::faults(&document, find);
            if faults.is_empty() {
                fit.push(document);
                continue;
            }
            let name = format!("{} `{}`", document.document_type.name(), document.identifier);
            if chosen.are_named {
                let lines: Vec<String> = faults.iter().map(|fault| format!("  {}: {}", fault.pointer, fault.message)).collect();
                let failure = Failure::wrong(format!("{name} does not fit {}:\n{}", self.name, lines.join("\n")));
                let is_missing = faults.iter().any(|fault| fault.is_missing_blueprint);
                return Err(failure.help(match is_missing {
                    true => "nothing was written; a resync creates the blueprints that its mapping writes to: `pilotage resync --mapping usage`",
                    false => "nothing was written; name properties that the blueprint has",
                }));
            }
            left_out.push(format!("left out {name}: {}", faults[0].message));
        }
        left_out.iter().for_each(|line| talk(line));
        if fit.is_empty() {
            let failure = Failure::failed(format!("{} has no blueprint that the bundled pages show", self.name));
            return Err(failure.help("a resync creates them: `pilotage resync --mapping usage`"));
        }
        Ok(fit)
    }
}

fn shown(document: &PortalDocument, step: &Step) -> String {
    let name = format!("{} {}", document.document_type.name(), document.identifier);
    match step {
        Step::Create => format!("+ {name}: {}\n", document.title),
        Step::Nothing => format!("= {name}\n"),
        Step::Replace(changes) => {
            let mut text = format!("~ {name}: {}\n", counted(changes.len() as u64, "change", "changes"));
            for PortalChange { pointer, before, after } in changes.iter().take(SHOWN_CHANGES) {
                let before = before.as_ref().map_or_else(|| "nothing".to_owned(), short);
                text.push_str(&format!("    {pointer}\n      {before} → {}\n", short(after)));
            }
            if changes.len() > SHOWN_CHANGES {
                text.push_str(&format!("    and {} more\n", changes.len() - SHOWN_CHANGES));
            }
            text
        }
    }
}

fn short(value: &Value) -> String {
    crate::model::escape::shortened(&value.to_string(), SHOWN_CHARACTERS).into_owned()
}
