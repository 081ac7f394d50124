//! Statements about blueprints.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

use super::stored_blueprint::StoredBlueprint;
use crate::local_catalog::error::ApiError;

/// Blueprint of that identifier.
pub(crate) fn find(connection: &Connection, identifier: &str) -> Result<Option<StoredBlueprint>, ApiError> {
    let mut statement = connection.prepare_cached("SELECT number, document FROM blueprint WHERE identifier = ?1")?;
    let row = statement.query_row([identifier], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).optional()?;
    row.map(|(number, text)| StoredBlueprint::read(number, &text)).transpose()
}

/// Blueprint of that identifier, or the API's refusal.
pub(crate) fn require(connection: &Connection, identifier: &str) -> Result<StoredBlueprint, ApiError> {
    find(connection, identifier)?.ok_or_else(|| ApiError::not_found("Blueprint", identifier))
}

/// All blueprints, ordered by identifier.
pub(crate) fn all(connection: &Connection) -> Result<Vec<StoredBlueprint>, ApiError> {
    let mut statement = connection.prepare_cached("SELECT number, document FROM blueprint ORDER BY identifier")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| row.map_err(ApiError::from).and_then(|(number, text)| StoredBlueprint::read(number, &text))).collect()
}

/// Adds a blueprint.
pub(crate) fn insert(connection: &Connection, identifier: &str, document: &Map<String, Value>) -> Result<(), ApiError> {
    let mut statement = connection.prepare_cached("INSERT INTO blueprint (identifier, document) VALUES (?1, ?2)")?;
    statement.execute(params![identifier, text(document)?])?;
    Ok(())
}

/// Overwrites a blueprint, with its identifier.
pub(crate) fn update(
    connection: &Connection,
    number: i64,
    identifier: &str,
    document: &Map<String, Value>,
) -> Result<(), ApiError> {
    let mut statement = connection.prepare_cached("UPDATE blueprint SET identifier = ?2, document = ?3 WHERE number = ?1")?;
    statement.execute(params![number, identifier, text(document)?])?;
    Ok(())
}

/// Deletes a blueprint. Its entities must have been deleted.
pub(crate) fn delete(connection: &Connection, number: i64) -> Result<(), ApiError> {
    connection.prepare_cached("DELETE FROM blueprint WHERE number = ?1")?.execute([number])?;
    Ok(())
}

fn text(document: &Map<String, Value>) -> Result<String, ApiError> {
    serde_json::to_string(document).map_err(|error| ApiError::internal(error.to_string()))
}
