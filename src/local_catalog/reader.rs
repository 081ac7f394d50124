//! Looking into a catalog's folder from outside the server, and clearing it away.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::rules::Query;
use super::search::{self, PageScope};
use super::storage::documents::{self, DocumentKey, INTEGRATION};
use super::storage::entities::{self, EntityRow, StoredNames};
use super::storage::lock::FolderLock;
use super::storage::stored_blueprint::StoredBlueprint;
use super::storage::walk::{self, Columns, Direction};
use super::storage::{FILE_NAME, blueprints, refused, schema};
use super::timestamp;
use super::unusable::LocalCatalogError;
use crate::door::sqlite::{self, OpenError};
use crate::model::blueprint::Blueprint;

/// Reads a catalog's folder, whether or not another process writes to it. Each call sees what is committed at that moment.
#[derive(Debug)]
pub struct LocalCatalogReader {
    pub(super) connection: Connection,
}

/// A blueprint and how many entities it has.
#[derive(Clone, Debug, PartialEq)]
pub struct BlueprintSummary {
    /// The blueprint.
    pub blueprint: Blueprint,
    /// Number of its entities.
    pub entities: u64,
}

/// An entity as the catalog keeps it. As JSON its keys are the API's, and `$datasource`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredEntity {
    /// The blueprint's identifier.
    pub blueprint: String,
    /// The entity's identifier.
    pub identifier: String,
    /// As sent; absent when it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Value>,
    /// As sent; absent when it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Value>,
    /// As sent; absent when it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Value>,
    /// As sent, null included.
    pub properties: Map<String, Value>,
    /// As sent, or found when a query was sent.
    pub relations: Map<String, Value>,
    /// ISO 8601, UTC, milliseconds.
    pub created_at: String,
    /// The client id.
    pub created_by: String,
    /// ISO 8601, UTC, milliseconds.
    pub updated_at: String,
    /// The client id.
    pub updated_by: String,
    /// The user agent of the request that wrote it last.
    #[serde(rename = "$datasource")]
    pub datasource: String,
}

/// Filter and size of a page of a blueprint's entities.
#[derive(Clone, Copy, Debug)]
pub struct EntityPageRequest<'a> {
    /// The identifier that the page before ended with; none for the first page.
    pub after: Option<&'a str>,
    /// Entities on the page.
    pub limit: usize,
    /// A query as `POST /v1/blueprints/{blueprint}/entities/search` takes it: `{"combinator": .., "rules": [..]}`.
    pub query: Option<&'a Value>,
    /// A part of the identifier or the title, in any case.
    pub text: &'a str,
    /// Reference time of `today` and similar values in the query.
    pub now: Timestamp,
}

/// Some entities of a blueprint, in the order of their identifiers.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityPage {
    /// The entities.
    pub entities: Vec<StoredEntity>,
    /// The identifier to go on after, when there are more.
    pub next: Option<String>,
}

impl LocalCatalogReader {
    /// Opens the catalog in a folder for reading.
    ///
    /// # Errors
    /// Fails when there is none, or its file cannot be read.
    pub fn open(folder: &Path) -> Result<Self, LocalCatalogError> {
        let path = file(folder);
        if path.symlink_metadata().is_err() {
            return Err(LocalCatalogError::Missing { folder: folder.to_owned() });
        }
        match schema::FORMAT.open_to_read(&path) {
            Ok(connection) => Ok(Self { connection }),
            // Made a timestamp ago, and still without tables.
            Err(OpenError::Version { found: 0 }) => Err(LocalCatalogError::Missing { folder: folder.to_owned() }),
            Err(error) => Err(refused(&path, error)),
        }
    }

    /// Until it is dropped, all that is read is of one timestamp, whatever is written meanwhile.
    pub(super) fn snapshot(&self) -> Result<Transaction<'_>, LocalCatalogError> {
        self.connection.unchecked_transaction().map_err(|error| unreadable(error.into()))
    }

    /// All blueprints, in the order of their identifiers.
    ///
    /// # Errors
    /// Fails when the file cannot be read.
    pub fn blueprints(&self) -> Result<Vec<BlueprintSummary>, LocalCatalogError> {
        let _snapshot = self.snapshot()?;
        let all = blueprints::all(&self.connection).map_err(unreadable)?;
        let summary = |stored: StoredBlueprint| {
            let entities = entities::count(&self.connection, stored.number).map_err(unreadable)?;
            Ok(BlueprintSummary { blueprint: stored.blueprint, entities })
        };
        all.into_iter().map(summary).collect()
    }

    /// Shows the entities of a blueprint one by one, in the order of their identifiers, until `visit` breaks. Holds one entity
    /// at a time. False when there is no such blueprint.
    ///
    /// # Errors
    /// Fails when the file cannot be read.
    pub fn list(&self, blueprint: &str, visit: impl FnMut(StoredEntity) -> ControlFlow<()>) -> Result<bool, LocalCatalogError> {
        let _snapshot = self.snapshot()?;
        self.each_of(blueprint, visit)
    }

    /// Number of a blueprint's entities; none when there is no such blueprint.
    ///
    /// # Errors
    /// Fails when the file cannot be read.
    pub fn count(&self, blueprint: &str) -> Result<u64, LocalCatalogError> {
        let Some(number) = self.number(blueprint)? else { return Ok(0) };
        entities::count(&self.connection, number).map_err(unreadable)
    }

    /// A page of the entities of a blueprint that match. None when there is no such blueprint. Each page shows the entities at
    /// the time of its request; no entity is shown twice.
    ///
    /// # Errors
    /// Fails when the file cannot be read, or the query is not valid.
    pub fn page(&self, blueprint: &str, request: &EntityPageRequest<'_>) -> Result<Option<EntityPage>, LocalCatalogError> {
        let _snapshot = self.snapshot()?;
        let Some(number) = self.number(blueprint)? else { return Ok(None) };
        let names = StoredNames::read(&self.connection).map_err(unreadable)?;
        let query = request.query.map(Query::parse).transpose();
        let query = query.map_err(|message| LocalCatalogError::Query { message })?;
        let scope = PageScope {
            blueprint: number,
            query: query.as_ref(),
            text: request.text,
            after: request.after,
            limit: request.limit,
            now: request.now,
            time: None,
        };
        let mut entities = Vec::new();
        let end = search::page(&self.connection, &names, &scope, |row| {
            entities.push(stored(row.clone(), &names));
            Ok(())
        });
        Ok(Some(EntityPage { entities, next: end.map_err(unreadable)?.next }))
    }

    fn each_of(
        &self,
        blueprint: &str,
        mut visit: impl FnMut(StoredEntity) -> ControlFlow<()>,
    ) -> Result<bool, LocalCatalogError> {
        let Some(number) = self.number(blueprint)? else { return Ok(false) };
        let names = StoredNames::read(&self.connection).map_err(unreadable)?;
        let all = Direction::From("");
        walk::each_in_order(&self.connection, number, all, Columns::All, |entity| Ok(visit(stored(entity.whole()?, &names))))
            .map_err(unreadable)?;
        Ok(true)
    }

    /// An entity.
    ///
    /// # Errors
    /// Fails when the file cannot be read.
    pub fn get(&self, blueprint: &str, identifier: &str) -> Result<Option<StoredEntity>, LocalCatalogError> {
        let _snapshot = self.snapshot()?;
        let Some(number) = self.number(blueprint)? else { return Ok(None) };
        let names = StoredNames::read(&self.connection).map_err(unreadable)?;
        let row = entities::find(&self.connection, number, identifier).map_err(unreadable)?;
        Ok(row.map(|row| stored(row, &names)))
    }

    /// The mapping that an integration keeps, as it was stored. None when there is no such integration, or it keeps none.
    ///
    /// # Errors
    /// Fails when the file cannot be read.
    pub fn integration_mapping(&self, integration: &str) -> Result<Option<Value>, LocalCatalogError> {
        let found = documents::find(&self.connection, DocumentKey::of(INTEGRATION, integration)).map_err(unreadable)?;
        Ok(found.and_then(|mut integration| Some(integration.get_mut("config")?.take())).filter(|config| !config.is_null()))
    }

    /// Shows all entities one by one, by blueprint and identifier, until `visit` breaks. Holds one entity at a time.
    ///
    /// # Errors
    /// Fails when the file cannot be read.
    pub fn export(&self, mut visit: impl FnMut(StoredEntity) -> ControlFlow<()>) -> Result<(), LocalCatalogError> {
        let _snapshot = self.snapshot()?;
        let mut ended = ControlFlow::Continue(());
        for summary in blueprints::all(&self.connection).map_err(unreadable)? {
            if ended.is_continue() {
                self.each_of(&summary.blueprint.identifier, |entity| {
                    ended = visit(entity);
                    ended
                })?;
            }
        }
        Ok(())
    }

    pub(super) fn number(&self, blueprint: &str) -> Result<Option<i64>, LocalCatalogError> {
        Ok(blueprints::find(&self.connection, blueprint).map_err(unreadable)?.map(|stored| stored.number))
    }
}

/// Deletes the catalog in a folder and says whether there was one. Nothing else in the folder is touched.
///
/// # Errors
/// Fails when another process has it open, or a file cannot be deleted.
pub fn reset(folder: &Path) -> Result<bool, LocalCatalogError> {
    let path = file(folder);
    if path.symlink_metadata().is_err() {
        return Ok(false);
    }
    let _lock = FolderLock::take(folder)?;
    for suffix in ["", "-wal", "-shm"] {
        match std::fs::remove_file(sqlite::beside(&path, suffix)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(LocalCatalogError::Folder { folder: folder.to_owned(), source });
            }
            _ => {}
        }
    }
    Ok(true)
}

/// Times and sizes of the file and the log of a folder's catalog, which a write changes. None and 0 for what is missing.
pub fn last_write(folder: &Path) -> [(Option<SystemTime>, u64); 2] {
    let path = file(folder);
    ["", "-wal"].map(|suffix| match std::fs::metadata(sqlite::beside(&path, suffix)) {
        // Readers make an empty one and remove it again.
        Ok(metadata) if metadata.len() > 0 => (metadata.modified().ok(), metadata.len()),
        Ok(_) | Err(_) => (None, 0),
    })
}

fn file(folder: &Path) -> PathBuf {
    folder.join(FILE_NAME)
}

pub(super) fn unreadable(error: ApiError) -> LocalCatalogError {
    LocalCatalogError::Unreadable { message: error.message }
}

pub(super) fn stored(row: EntityRow, names: &StoredNames) -> StoredEntity {
    let json = |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap_or_default());
    let object = |text: &str| serde_json::from_str(text).unwrap_or_default();
    StoredEntity {
        blueprint: names.blueprint(row.blueprint).to_owned(),
        identifier: row.identifier,
        title: json(row.content.title),
        icon: json(row.content.icon),
        team: json(row.content.team),
        properties: object(&row.content.properties),
        relations: object(&row.content.relations),
        created_at: timestamp::text(row.created_at),
        created_by: names.agent(row.created_by).to_owned(),
        updated_at: timestamp::text(row.updated_at),
        updated_by: names.agent(row.updated_by).to_owned(),
        datasource: names.agent(row.datasource).to_owned(),
    }
}
