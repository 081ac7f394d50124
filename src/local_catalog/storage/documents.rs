//! Statements about documents, which are stored and returned unchanged: integrations, pages, scorecards, actions, metrics,
//! logs.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::local_catalog::error::ApiError;

/// Key of a document: its type, its owner (empty without one), and its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DocumentKey<'a> {
    pub(crate) kind: &'a str,
    pub(crate) owner: &'a str,
    pub(crate) identifier: &'a str,
}

/// Type of the documents that are integrations.
pub(crate) const INTEGRATION: &str = "integration";

impl<'a> DocumentKey<'a> {
    /// Key of a document without owner.
    pub(crate) fn of(kind: &'a str, identifier: &'a str) -> Self {
        Self { kind, owner: "", identifier }
    }
}

/// Log records that are kept of each integration.
const LOG_LIMIT: i64 = 1000;

pub(crate) fn find(connection: &Connection, key: DocumentKey<'_>) -> Result<Option<Value>, ApiError> {
    let sql = "SELECT body FROM document WHERE kind = ?1 AND owner = ?2 AND identifier = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let body = statement.query_row(params![key.kind, key.owner, key.identifier], |row| row.get::<_, String>(0)).optional()?;
    body.map(|body| parse(&body)).transpose()
}

/// All documents of a type and an owner, ordered by name.
pub(crate) fn all(connection: &Connection, kind: &str, owner: &str) -> Result<Vec<Value>, ApiError> {
    let sql = "SELECT body FROM document WHERE kind = ?1 AND owner = ?2 ORDER BY identifier";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![kind, owner], |row| row.get::<_, String>(0))?;
    rows.map(|row| row.map_err(ApiError::from).and_then(|body| parse(&body))).collect()
}

/// Stores a document. Overwrites one of the same key.
pub(crate) fn put(connection: &Connection, key: DocumentKey<'_>, body: &Value) -> Result<(), ApiError> {
    let sql = "INSERT OR REPLACE INTO document (kind, owner, identifier, body) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![key.kind, key.owner, key.identifier, body.to_string()])?;
    Ok(())
}

/// Deletes a document. True when it existed.
pub(crate) fn delete(connection: &Connection, key: DocumentKey<'_>) -> Result<bool, ApiError> {
    let sql = "DELETE FROM document WHERE kind = ?1 AND owner = ?2 AND identifier = ?3";
    Ok(connection.prepare_cached(sql)?.execute(params![key.kind, key.owner, key.identifier])? > 0)
}

/// Deletes all documents of an owner.
pub(crate) fn delete_owned(connection: &Connection, owner: &str) -> Result<(), ApiError> {
    connection.prepare_cached("DELETE FROM document WHERE owner = ?1")?.execute([owner])?;
    Ok(())
}

/// Appends log records and deletes the oldest beyond [`LOG_LIMIT`].
pub(crate) fn append_logs(connection: &Connection, integration: &str, records: &[Value]) -> Result<(), ApiError> {
    let mut insert = connection.prepare_cached("INSERT INTO log (integration, body) VALUES (?1, ?2)")?;
    for record in records {
        insert.execute(params![integration, record.to_string()])?;
    }
    let sql = "DELETE FROM log WHERE integration = ?1 AND number <= \
               (SELECT number FROM log WHERE integration = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)";
    connection.prepare_cached(sql)?.execute(params![integration, LOG_LIMIT])?;
    Ok(())
}

/// Newest log records that `wanted` selects, at most `limit`, newest first.
pub(crate) fn logs(
    connection: &Connection,
    integration: &str,
    limit: usize,
    wanted: impl Fn(&Value) -> bool,
) -> Result<Vec<Value>, ApiError> {
    let mut statement = connection.prepare_cached("SELECT body FROM log WHERE integration = ?1 ORDER BY number DESC")?;
    let mut rows = statement.query([integration])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let record = parse(&row.get::<_, String>(0)?)?;
        if wanted(&record) {
            records.push(record);
        }
        if records.len() >= limit {
            break;
        }
    }
    Ok(records)
}

fn parse(body: &str) -> Result<Value, ApiError> {
    serde_json::from_str(body).map_err(|error| ApiError::internal(format!("a stored document cannot be read: {error}")))
}
