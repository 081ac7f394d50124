//! Entities that name a person: counted, and removed without a trace in free pages of the file.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::reader::unreadable;
use super::storage::lock::FolderLock;
use super::storage::{FILE_NAME, refused, schema};
use super::unusable::LocalCatalogError;
use crate::door::{data_folder, sqlite};

/// How many entities of each blueprint in a folder's catalog have a text that `names` takes.
///
/// # Errors
/// When the file cannot be read.
pub fn named_entities(folder: &Path, names: &dyn Fn(&str) -> bool) -> Result<Vec<(String, u64)>, LocalCatalogError> {
    let file = folder.join(FILE_NAME);
    if !data_folder::is_file(&file) {
        return Ok(Vec::new());
    }
    let connection = schema::FORMAT.open_to_read(&file).map_err(|error| refused(&file, error))?;
    let found = found(&connection, names).map_err(|error| unreadable(error.into()))?;
    Ok(counted(found))
}

/// Removes those entities, and lines of the log that name the person. What is not about the person comes back with the next resync.
///
/// # Errors
/// When another process writes to the folder, or the file cannot be changed.
pub fn forget_entities(folder: &Path, names: &dyn Fn(&str) -> bool) -> Result<Vec<(String, u64)>, LocalCatalogError> {
    let file = folder.join(FILE_NAME);
    if !data_folder::is_file(&file) {
        return Ok(Vec::new());
    }
    let _lock = FolderLock::take(folder)?;
    let mut connection = schema::FORMAT.open(&file).map_err(|error| refused(&file, error))?;
    let mut remove = || -> rusqlite::Result<Vec<(i64, String)>> {
        let transaction = connection.transaction()?;
        let found = found(&transaction, names)?;
        for (number, _) in &found {
            transaction.prepare_cached("DELETE FROM related WHERE source = ?1")?.execute([number])?;
            transaction.prepare_cached("DELETE FROM entity WHERE number = ?1")?.execute([number])?;
        }
        let lines: Vec<(i64, String)> = {
            let mut statement = transaction.prepare("SELECT number, body FROM log")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?
        };
        for (number, _) in lines.iter().filter(|(_, body)| names(body)) {
            transaction.execute("DELETE FROM log WHERE number = ?1", params![number])?;
        }
        transaction.commit()?;
        sqlite::write_anew(&connection)?;
        Ok(found)
    };
    Ok(counted(remove().map_err(|error| unreadable(error.into()))?))
}

/// Numbers and blueprints of the entities that have such a text.
fn found(connection: &Connection, names: &dyn Fn(&str) -> bool) -> rusqlite::Result<Vec<(i64, String)>> {
    let mut found = Vec::new();
    let mut after = 0_i64;
    let query = "SELECT entity.number, blueprint.identifier, entity.identifier, title, team, properties, relations FROM entity
                 JOIN blueprint ON blueprint.number = entity.blueprint WHERE entity.number > ?1 ORDER BY entity.number LIMIT 1";
    let mut statement = connection.prepare(query)?;
    loop {
        let row = statement.query_row([after], |row| {
            let texts: [Option<String>; 5] = [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?];
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, texts))
        });
        let Some((number, blueprint, texts)) = row.optional()? else { return Ok(found) };
        after = number;
        if texts.iter().flatten().any(|text| names(text)) {
            found.push((number, blueprint));
        }
    }
}

fn counted(found: Vec<(i64, String)>) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    found.into_iter().for_each(|(_, blueprint)| *counts.entry(blueprint).or_default() += 1);
    counts.into_iter().collect()
}
