//! `pilotage catalog`: serves the embedded catalog, and shows what a resync left there.

use std::ops::ControlFlow;
use std::path::Path;

use serde_json::json;

use super::catalog_list::{self, failure, no_blueprint};
use super::console::{self, Written, talk};
use super::demo;
use super::failure::{Failure, exit};
use super::flags::{CatalogFlags, CatalogServeFlags, CatalogVerb, Validation};
use super::process::Process;
use super::question::agreed;
use super::serving::{self, take};
use crate::door::clock::Clock;
use crate::door::serving::ServingLimits;
use crate::door::serving::hosts::AllowedHosts;
use crate::local_catalog::{LocalCatalog, LocalCatalogOptions, LocalCatalogReader, Storage, StoredEntity, reset};
use crate::model::secret::Secret;

/// Entities of an export that are written together.
const EXPORT_CHUNK_BYTES: usize = 1 << 16;

pub(super) async fn run(process: &Process, flags: &CatalogFlags) -> Result<u8, Failure> {
    let folder = demo::folder(process.settings(process.common.overrides(None, false))?.data, flags.demo);
    match &flags.verb {
        CatalogVerb::Serve(flags) => serve(&folder, flags).await,
        CatalogVerb::List(flags) => catalog_list::run(&open(&folder)?, flags),
        CatalogVerb::Get { blueprint, identifier } => get(&open(&folder)?, blueprint, identifier),
        CatalogVerb::Export { blueprint } => export(&open(&folder)?, blueprint.as_deref()),
        CatalogVerb::Reset { yes } => clear(&folder, *yes),
    }
}

async fn serve(folder: &Path, flags: &CatalogServeFlags) -> Result<u8, Failure> {
    let mut options = LocalCatalogOptions::new(Storage::Folder(folder.to_owned()), Clock::system());
    options.validation = flags.validation == Validation::On;
    options.credentials = match (&flags.client_id, &flags.client_secret_file) {
        (Some(id), Some(file)) => Some((id.clone(), secret(file)?)),
        _ => None,
    };
    let is_open = options.credentials.is_none();
    let catalog = LocalCatalog::open(options).map_err(|error| failure(&error))?;
    let place = take(flags.listen).await?;
    let url = place.url();
    let hosts = AllowedHosts::of(place.address(), &flags.allow_host);
    let is_local = place.address().ip().to_canonical().is_loopback();
    let _serving = place.serve(hosts.guard(catalog.router(&url)), ServingLimits::STANDARD);
    console::data(Written::Page, &format!("{url}\n"))?;
    talk(&format!("serving the catalog in {} at {url}; Ctrl-C ends it", folder.display()));
    match (is_local, is_open) {
        (true, true) => talk("every client id and secret is accepted, from this machine"),
        (false, true) => tracing::warn!(
            "whoever reaches {url} can read, change and delete this catalog: any client id and secret is accepted; \
             with --client-id and --client-secret-file only who knows the secret"
        ),
        (_, false) => {}
    }
    if !is_local {
        tracing::warn!("what is sent to and from {url} is not encrypted, secrets and tokens included");
    }
    serving::wait_for_stop_signal().await;
    Ok(exit::DONE)
}

/// The secret in a file, without the end of its line.
fn secret(file: &Path) -> Result<Secret, Failure> {
    let cannot = |reason: String| Failure::wrong(format!("cannot use the secret in {}: {reason}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| cannot(error.to_string()))?;
    let text = text.trim();
    if text.is_empty() { Err(cannot("the file is empty".to_owned())) } else { Ok(Secret::new(text)) }
}

fn open(folder: &Path) -> Result<LocalCatalogReader, Failure> {
    LocalCatalogReader::open(folder).map_err(|error| failure(&error))
}

fn get(reader: &LocalCatalogReader, blueprint: &str, identifier: &str) -> Result<u8, Failure> {
    match reader.get(blueprint, identifier).map_err(|error| failure(&error))? {
        Some(entity) => {
            console::data(Written::Json, &format!("{:#}\n", json!(entity)))?;
            Ok(exit::DONE)
        }
        None => Err(Failure::failed(format!("the catalog has no entity `{identifier}` of blueprint `{blueprint}`"))
            .help(format!("`pilotage catalog list {blueprint}` shows those it has"))),
    }
}

fn export(reader: &LocalCatalogReader, blueprint: Option<&str>) -> Result<u8, Failure> {
    let mut lines = String::new();
    let mut written = Ok(());
    let visit = |entity: StoredEntity| {
        lines.push_str(&json!(entity).to_string());
        lines.push('\n');
        if lines.len() >= EXPORT_CHUNK_BYTES {
            written = console::data(Written::Json, &lines);
            lines.clear();
        }
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    match blueprint {
        None => reader.export(visit).map_err(|error| failure(&error))?,
        Some(blueprint) => {
            if !reader.list(blueprint, visit).map_err(|error| failure(&error))? {
                return Err(no_blueprint(blueprint));
            }
        }
    }
    written?;
    console::data(Written::Json, &lines)?;
    Ok(exit::DONE)
}

fn clear(folder: &Path, yes: bool) -> Result<u8, Failure> {
    if !yes && !agreed(&format!("delete the catalog in {}?", folder.display()))? {
        talk("nothing was deleted");
        return Ok(exit::FAILED);
    }
    let was_there = reset(folder).map_err(|error| failure(&error))?;
    talk(if was_there { "the catalog was deleted" } else { "there was no catalog" });
    Ok(exit::DONE)
}
