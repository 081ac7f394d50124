//! Writing connection, with a cache that saves a query per entity.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::stored_blueprint::StoredBlueprint;
use crate::local_catalog::error::ApiError;

/// Writing side of the database.
pub(crate) struct Store {
    pub(crate) connection: Connection,
    blueprints: HashMap<String, Arc<StoredBlueprint>>,
    agents: HashMap<String, i64>,
}

impl Store {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection, blueprints: HashMap::new(), agents: HashMap::new() }
    }

    /// Begins a transaction, after rolling back one that a panic may have left open.
    pub(crate) fn begin(&mut self) -> Result<(), ApiError> {
        if !self.connection.is_autocommit() {
            self.roll_back()?;
        }
        self.execute("BEGIN IMMEDIATE")
    }

    /// Commits the transaction. A failed commit keeps nothing.
    pub(crate) fn commit(&mut self) -> Result<(), ApiError> {
        let result = self.execute("COMMIT");
        if result.is_err() {
            self.roll_back()?;
        }
        result
    }

    /// Runs `work`. A failure undoes its changes and keeps the rest of the transaction.
    pub(crate) fn all_or_nothing<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, ApiError>) -> Result<T, ApiError> {
        self.execute("SAVEPOINT job")?;
        let result = work(self);
        if result.is_err() {
            self.execute("ROLLBACK TO job")?;
            self.forget();
        }
        self.execute("RELEASE job")?;
        result
    }

    /// Blueprint of that identifier.
    pub(crate) fn blueprint(&mut self, identifier: &str) -> Result<Option<Arc<StoredBlueprint>>, ApiError> {
        if let Some(known) = self.blueprints.get(identifier) {
            return Ok(Some(Arc::clone(known)));
        }
        let found = super::blueprints::find(&self.connection, identifier)?.map(Arc::new);
        if let Some(found) = &found {
            self.blueprints.insert(identifier.to_owned(), Arc::clone(found));
        }
        Ok(found)
    }

    /// Number of a user agent or a client.
    pub(crate) fn agent(&mut self, text: &str) -> Result<i64, ApiError> {
        if let Some(number) = self.agents.get(text) {
            return Ok(*number);
        }
        let mut select = self.connection.prepare_cached("SELECT number FROM agent WHERE text = ?1")?;
        let number = match select.query_row([text], |row| row.get(0)).optional()? {
            Some(number) => number,
            None => {
                self.connection.prepare_cached("INSERT INTO agent (text) VALUES (?1)")?.execute([text])?;
                self.connection.last_insert_rowid()
            }
        };
        self.agents.insert(text.to_owned(), number);
        Ok(number)
    }

    /// Empties the cache, which a change of a blueprint or a rollback makes stale.
    pub(crate) fn forget(&mut self) {
        self.blueprints.clear();
        self.agents.clear();
    }

    fn roll_back(&mut self) -> Result<(), ApiError> {
        self.forget();
        // SQLite rolls back by itself after some errors, such as a full disk.
        if self.connection.is_autocommit() { Ok(()) } else { self.execute("ROLLBACK") }
    }

    fn execute(&self, statement: &str) -> Result<(), ApiError> {
        self.connection.prepare_cached(statement)?.execute([])?;
        Ok(())
    }
}
