//! Statements about entities and their relations.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::local_catalog::error::ApiError;

/// Entity as stored. Title, icon, team, properties and relations are JSON texts.
#[derive(Clone, Debug)]
pub(crate) struct EntityRow {
    pub(crate) number: i64,
    pub(crate) blueprint: i64,
    pub(crate) identifier: String,
    pub(crate) datasource: i64,
    pub(crate) created_by: i64,
    pub(crate) updated_by: i64,
    /// Milliseconds since 1970, as all times in the database.
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) content: Content,
}

/// Sent content: `None` when absent, `Some("null")` for null.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Content {
    pub(crate) title: Option<String>,
    pub(crate) icon: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) properties: String,
    pub(crate) relations: String,
}

/// What can be asked about a stored entity, whichever way its columns are read. Names and units as in [`EntityRow`].
pub(crate) trait EntityView {
    fn blueprint(&self) -> i64;
    fn identifier(&self) -> &str;
    fn datasource(&self) -> i64;
    fn created_by(&self) -> i64;
    fn updated_by(&self) -> i64;
    fn created_at(&self) -> i64;
    fn updated_at(&self) -> i64;
    fn title(&self) -> Option<&str>;
    fn icon(&self) -> Option<&str>;
    fn team(&self) -> Option<&str>;
    fn properties(&self) -> &str;
    fn relations(&self) -> &str;
}

impl EntityView for EntityRow {
    fn blueprint(&self) -> i64 {
        self.blueprint
    }
    fn identifier(&self) -> &str {
        &self.identifier
    }
    fn datasource(&self) -> i64 {
        self.datasource
    }
    fn created_by(&self) -> i64 {
        self.created_by
    }
    fn updated_by(&self) -> i64 {
        self.updated_by
    }
    fn created_at(&self) -> i64 {
        self.created_at
    }
    fn updated_at(&self) -> i64 {
        self.updated_at
    }
    fn title(&self) -> Option<&str> {
        self.content.title.as_deref()
    }
    fn icon(&self) -> Option<&str> {
        self.content.icon.as_deref()
    }
    fn team(&self) -> Option<&str> {
        self.content.team.as_deref()
    }
    fn properties(&self) -> &str {
        &self.content.properties
    }
    fn relations(&self) -> &str {
        &self.content.relations
    }
}

/// Writer and time of a write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) datasource: i64,
    pub(crate) client: i64,
    pub(crate) now: i64,
}

/// Target of a relation: number of the blueprint and identifier of the entity.
pub(crate) type RelationTarget = (i64, String);

/// Statement that selects the columns of [`read`].
macro_rules! select_entity {
    ($condition:literal) => {
        concat!(
            "SELECT number, blueprint, identifier, datasource, created_by, updated_by, created_at, updated_at, ",
            "title, icon, team, properties, relations FROM entity WHERE ",
            $condition
        )
    };
}

pub(crate) use select_entity;

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<EntityRow> {
    Ok(EntityRow {
        number: row.get(0)?,
        blueprint: row.get(1)?,
        identifier: row.get(2)?,
        datasource: row.get(3)?,
        created_by: row.get(4)?,
        updated_by: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
        content: Content {
            title: row.get(8)?,
            icon: row.get(9)?,
            team: row.get(10)?,
            properties: row.get(11)?,
            relations: row.get(12)?,
        },
    })
}

/// One entity.
pub(crate) fn find(connection: &Connection, blueprint: i64, identifier: &str) -> Result<Option<EntityRow>, ApiError> {
    let sql = select_entity!("blueprint = ?1 AND identifier = ?2");
    Ok(connection.prepare_cached(sql)?.query_row(params![blueprint, identifier], read).optional()?)
}

/// Number of an entity, from the index only.
pub(crate) fn number(connection: &Connection, blueprint: i64, identifier: &str) -> Result<Option<i64>, ApiError> {
    let mut statement = connection.prepare_cached("SELECT number FROM entity WHERE blueprint = ?1 AND identifier = ?2")?;
    Ok(statement.query_row(params![blueprint, identifier], |row| row.get(0)).optional()?)
}

/// Columns of a listing of an integration's entities.
#[derive(Debug)]
pub(crate) struct OwnedRow {
    pub(crate) number: i64,
    pub(crate) blueprint: i64,
    pub(crate) identifier: String,
    pub(crate) datasource: i64,
    pub(crate) updated_at: i64,
}

/// Visits all entities in the order of their creation, those after number `after` only, until `visit` breaks.
///
/// Scans the table without an index: nearly all entities of a catalog have the requested datasource.
pub(crate) fn each_created(
    connection: &Connection,
    after: i64,
    mut visit: impl FnMut(OwnedRow) -> ControlFlow<()>,
) -> Result<(), ApiError> {
    let sql = "SELECT number, blueprint, identifier, datasource, updated_at FROM entity WHERE number > ?1 ORDER BY number";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([after])?;
    while let Some(row) = rows.next()? {
        let owned = OwnedRow {
            number: row.get(0)?,
            blueprint: row.get(1)?,
            identifier: row.get(2)?,
            datasource: row.get(3)?,
            updated_at: row.get(4)?,
        };
        if visit(owned).is_break() {
            break;
        }
    }
    Ok(())
}

/// Number of entities of a blueprint.
pub(crate) fn count(connection: &Connection, blueprint: i64) -> Result<u64, ApiError> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM entity WHERE blueprint = ?1")?;
    Ok(statement.query_row([blueprint], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)?)
}

/// Number of a blueprint's entities, counted up to `most`.
pub(crate) fn count_up_to(connection: &Connection, blueprint: i64, most: u64) -> Result<u64, ApiError> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM entity WHERE blueprint = ?1 LIMIT ?2)";
    let mut statement = connection.prepare_cached(sql)?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Ok(statement.query_row(params![blueprint, most], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)?)
}

/// Adds an entity. Returns its number.
pub(crate) fn insert(
    connection: &Connection,
    blueprint: i64,
    identifier: &str,
    content: &Content,
    stamp: Stamp,
) -> Result<i64, ApiError> {
    let Content { title, icon, team, properties, relations } = content;
    let Stamp { datasource, client, now } = stamp;
    let mut statement = connection.prepare_cached(
        "INSERT INTO entity (blueprint, identifier, datasource, created_by, updated_by, created_at, updated_at, \
         title, icon, team, properties, relations) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    Ok(statement.insert(params![blueprint, identifier, datasource, client, now, title, icon, team, properties, relations])?)
}

/// Overwrites the content of an entity.
pub(crate) fn update(connection: &Connection, number: i64, content: &Content, stamp: Stamp) -> Result<(), ApiError> {
    let Content { title, icon, team, properties, relations } = content;
    let Stamp { datasource, client, now } = stamp;
    let mut statement = connection.prepare_cached(
        "UPDATE entity SET datasource = ?2, updated_by = ?3, updated_at = ?4, title = ?5, icon = ?6, team = ?7, \
         properties = ?8, relations = ?9 WHERE number = ?1",
    )?;
    statement.execute(params![number, datasource, client, now, title, icon, team, properties, relations])?;
    Ok(())
}

/// Replaces the stored relations of an entity.
pub(crate) fn set_related(connection: &Connection, source: i64, targets: &[RelationTarget]) -> Result<(), ApiError> {
    connection.prepare_cached("DELETE FROM related WHERE source = ?1")?.execute([source])?;
    let sql = "INSERT OR IGNORE INTO related (target_blueprint, target, source) VALUES (?1, ?2, ?3)";
    let mut insert = connection.prepare_cached(sql)?;
    for (blueprint, identifier) in targets {
        insert.execute(params![blueprint, identifier, source])?;
    }
    Ok(())
}

/// Entities that relate to a target: number, blueprint's number and identifier of each.
pub(crate) fn dependents(connection: &Connection, target: &RelationTarget) -> Result<Vec<(i64, RelationTarget)>, ApiError> {
    let mut statement = connection.prepare_cached(
        "SELECT entity.number, entity.blueprint, entity.identifier FROM related JOIN entity ON entity.number = related.source \
         WHERE related.target_blueprint = ?1 AND related.target = ?2 ORDER BY entity.number",
    )?;
    let rows = statement.query_map(params![target.0, target.1], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Deletes an entity and its relations.
pub(crate) fn delete(connection: &Connection, number: i64) -> Result<(), ApiError> {
    connection.prepare_cached("DELETE FROM related WHERE source = ?1")?.execute([number])?;
    connection.prepare_cached("DELETE FROM entity WHERE number = ?1")?.execute([number])?;
    Ok(())
}

/// Deletes all entities of a blueprint and their relations.
pub(crate) fn delete_all(connection: &Connection, blueprint: i64) -> Result<(), ApiError> {
    let sql = "DELETE FROM related WHERE source IN (SELECT number FROM entity WHERE blueprint = ?1)";
    connection.prepare_cached(sql)?.execute([blueprint])?;
    connection.prepare_cached("DELETE FROM entity WHERE blueprint = ?1")?.execute([blueprint])?;
    Ok(())
}

/// Texts that entities refer to by number. They are few: one per blueprint, and one per version of a program.
pub(crate) struct StoredNames {
    pub(crate) blueprints: HashMap<i64, Arc<str>>,
    pub(crate) agents: HashMap<i64, Arc<str>>,
}

impl StoredNames {
    pub(crate) fn read(connection: &Connection) -> Result<Self, ApiError> {
        let all = |sql| -> Result<HashMap<i64, Arc<str>>, ApiError> {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        Ok(Self { blueprints: all("SELECT number, identifier FROM blueprint")?, agents: all("SELECT number, text FROM agent")? })
    }

    pub(crate) fn blueprint(&self, number: i64) -> &str {
        self.blueprints.get(&number).map_or("", |text| text)
    }

    pub(crate) fn agent(&self, number: i64) -> &str {
        self.agents.get(&number).map_or("", |text| text)
    }
}
