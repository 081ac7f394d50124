//! The catalog of the settings: a client, over the network or over the embedded catalog.

use std::path::Path;

use super::failure::{Failure, exit};
use super::network::seed;
use super::people;
use super::process::Process;
use crate::catalog::{Catalog, CatalogError, CatalogOptions};
use crate::door::clock::Clock;
use crate::door::http::{HttpService, in_memory};
use crate::local_catalog::{LocalCatalog, LocalCatalogError, LocalCatalogOptions, LocalCatalogReader, Storage, Traces};
use crate::model::secret::Secret;
use crate::reconcile::outcome::Mode;
use crate::settings::{CatalogChoice, Settings};
use crate::telemetry::Service;

/// The embedded catalog's address, which no network ever sees.
const EMBEDDED_URL: &str = "http://catalog.embedded";

/// Ocean's integration type, which is part of the ownership of entities.
pub(super) const INTEGRATION_TYPE: &str = "github-copilot";

/// Opens the catalog that the settings name: a client, the embedded catalog behind it if it is that one, and its name for people.
/// Makes no request. A plan creates nothing.
pub(super) fn open_catalog(
    process: &Process,
    settings: &Settings,
    network: &HttpService,
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
            let (identity, data) = (settings.privacy.identity, settings.data.clone());
            let traces = Traces::that_go_when(move || people::may_go_unnamed(identity, &data));
            let embedded = open_for(mode, storage, &process.clock, &traces)?;
            let http = in_memory(embedded.router(EMBEDDED_URL));
            let destination = format!("the embedded catalog in {}", folder.display());
            let anybody = Secret::new("embedded");
            (http, EMBEDDED_URL.to_owned(), "embedded".to_owned(), anybody, Some(embedded), destination)
        }
    };
    let catalog = Catalog::new(CatalogOptions {
        http: process.telemetry.meter().around(Service::Catalog, http),
        base_url,
        client_id,
        client_secret,
        integration_identifier: settings.integration_identifier.clone(),
        integration_type: INTEGRATION_TYPE.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        clock: process.clock.clone(),
        seed: seed(),
    });
    let catalog = catalog.map_err(|error| catalog_failure(exit::WRONG, &error))?;
    let catalog = catalog.with_ingest_hosts(settings.port.ingest_url.clone());
    Ok((catalog, embedded, destination))
}

/// Opens the embedded catalog in a folder, which is created when it is not there.
pub(super) fn open_embedded(folder: &Path, clock: &Clock) -> Result<LocalCatalog, Failure> {
    open_storage(LocalCatalogOptions::new(Storage::Folder(folder.to_owned()), clock.clone()))
}

/// Opens it for a run. A plan writes nothing, so it does with a folder that can only be read.
fn open_for(mode: Mode, storage: Storage, clock: &Clock, traces: &Traces) -> Result<LocalCatalog, Failure> {
    let read_only = match &storage {
        Storage::Folder(folder) if mode == Mode::Plan => Some(Storage::ReadOnly(folder.clone())),
        _ => None,
    };
    let options = |storage| LocalCatalogOptions { traces: traces.clone(), ..LocalCatalogOptions::new(storage, clock.clone()) };
    match (LocalCatalog::open(options(storage)), read_only) {
        (Err(LocalCatalogError::Folder { .. } | LocalCatalogError::Denied { .. }), Some(storage)) => {
            open_storage(options(storage))
        }
        (opened, _) => opened.map_err(|error| Failure::from_error(exit::FAILED, &error)),
    }
}

fn open_storage(options: LocalCatalogOptions) -> Result<LocalCatalog, Failure> {
    LocalCatalog::open(options).map_err(|error| Failure::from_error(exit::FAILED, &error))
}

/// A failure at the catalog, with what to do about it.
pub(super) fn catalog_failure(code: u8, error: &CatalogError) -> Failure {
    let failure = Failure::from_error(code, error);
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}
