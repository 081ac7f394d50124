//! Walks through entities, whose columns are read when they are looked at: what does not match costs little.

use std::cell::OnceCell;
use std::ops::ControlFlow;

use rusqlite::{Connection, Error, Row, Statement, ToSql, params};

use super::entities::{EntityRow, EntityView, read, select_entity};
use crate::local_catalog::error::ApiError;

/// Where a walk through a blueprint begins, and the way that it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Direction<'a> {
    /// Up, from an identifier on.
    From(&'a str),
    /// Up, after an identifier.
    After(&'a str),
    /// Down, from before an identifier.
    Before(&'a str),
}

/// Columns that a walk has to offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Number, blueprint and identifier: the index has them, so that no row is read.
    Identity,
    /// All.
    All,
}

/// Number of the columns of [`Columns::Identity`].
const IDENTITY: usize = 3;

/// An entity of a walk. Of [`Columns::Identity`] everything else is absent, 0 or empty.
pub(crate) struct SeenEntity<'a> {
    row: &'a Row<'a>,
    columns: Columns,
    connection: &'a Connection,
    /// The first column that could not be read. Who looks at a column gets nothing, and the walk ends with this.
    failure: OnceCell<Error>,
}

impl SeenEntity<'_> {
    /// The number in the table.
    pub(crate) fn number(&self) -> i64 {
        self.integer(0)
    }

    /// All columns.
    pub(crate) fn whole(&self) -> Result<EntityRow, ApiError> {
        match self.columns {
            Columns::All => Ok(read(self.row)?),
            Columns::Identity => numbered(self.connection, self.number()),
        }
    }

    fn integer(&self, column: usize) -> i64 {
        self.noted(column, |row| row.get(column)).unwrap_or_default()
    }

    fn text(&self, column: usize) -> Option<&str> {
        fn read<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, Error> {
            let value = row.get_ref(column)?;
            let kind = value.data_type();
            value.as_str_or_null().map_err(|error| Error::FromSqlConversionFailure(column, kind, error.into()))
        }
        self.noted(column, |row| read(row, column)).flatten()
    }

    /// A column, unless it is absent, or cannot be read, which is noted.
    fn noted<'s, T>(&'s self, column: usize, read: impl FnOnce(&'s Row<'_>) -> Result<T, Error>) -> Option<T> {
        if self.columns == Columns::Identity && column >= IDENTITY {
            return None;
        }
        match read(self.row) {
            Ok(value) => Some(value),
            Err(error) => {
                // The first one is enough.
                let _ = self.failure.set(error);
                None
            }
        }
    }
}

impl EntityView for SeenEntity<'_> {
    fn blueprint(&self) -> i64 {
        self.integer(1)
    }
    fn identifier(&self) -> &str {
        self.text(2).unwrap_or_default()
    }
    fn datasource(&self) -> i64 {
        self.integer(3)
    }
    fn created_by(&self) -> i64 {
        self.integer(4)
    }
    fn updated_by(&self) -> i64 {
        self.integer(5)
    }
    fn created_at(&self) -> i64 {
        self.integer(6)
    }
    fn updated_at(&self) -> i64 {
        self.integer(7)
    }
    fn title(&self) -> Option<&str> {
        self.text(8)
    }
    fn icon(&self) -> Option<&str> {
        self.text(9)
    }
    fn team(&self) -> Option<&str> {
        self.text(10)
    }
    fn properties(&self) -> &str {
        self.text(11).unwrap_or_default()
    }
    fn relations(&self) -> &str {
        self.text(12).unwrap_or_default()
    }
}

/// Statement that selects the first columns of [`read`], which an index has.
macro_rules! select_identity {
    ($condition:literal) => {
        concat!("SELECT number, blueprint, identifier FROM entity WHERE ", $condition)
    };
}

/// Visits the entities of a blueprint in the order of their identifiers, up or down, until `visit` breaks.
pub(crate) fn each_in_order(
    connection: &Connection,
    blueprint: i64,
    direction: Direction<'_>,
    columns: Columns,
    visit: impl FnMut(&SeenEntity<'_>) -> Result<ControlFlow<()>, ApiError>,
) -> Result<(), ApiError> {
    let (all, identity, identifier) = match direction {
        Direction::From(identifier) => (
            select_entity!("blueprint = ?1 AND identifier >= ?2 ORDER BY identifier"),
            select_identity!("blueprint = ?1 AND identifier >= ?2 ORDER BY identifier"),
            identifier,
        ),
        Direction::After(identifier) => (
            select_entity!("blueprint = ?1 AND identifier > ?2 ORDER BY identifier"),
            select_identity!("blueprint = ?1 AND identifier > ?2 ORDER BY identifier"),
            identifier,
        ),
        Direction::Before(identifier) => (
            select_entity!("blueprint = ?1 AND identifier < ?2 ORDER BY identifier DESC"),
            select_identity!("blueprint = ?1 AND identifier < ?2 ORDER BY identifier DESC"),
            identifier,
        ),
    };
    let mut statement = connection.prepare_cached(if columns == Columns::All { all } else { identity })?;
    each(connection, &mut statement, params![blueprint, identifier], columns, visit)
}

/// Visits all entities as they lie in the file, which is the fastest way through a whole catalog, until `visit` breaks.
pub(crate) fn each_stored(
    connection: &Connection,
    visit: impl FnMut(&SeenEntity<'_>) -> Result<ControlFlow<()>, ApiError>,
) -> Result<(), ApiError> {
    let mut statement = connection.prepare_cached(select_entity!("TRUE ORDER BY number"))?;
    each(connection, &mut statement, &[], Columns::All, visit)
}

/// The entity of a number.
pub(crate) fn numbered(connection: &Connection, number: i64) -> Result<EntityRow, ApiError> {
    Ok(connection.prepare_cached(select_entity!("number = ?1"))?.query_row([number], read)?)
}

fn each(
    connection: &Connection,
    statement: &mut Statement<'_>,
    parameters: &[&dyn ToSql],
    columns: Columns,
    mut visit: impl FnMut(&SeenEntity<'_>) -> Result<ControlFlow<()>, ApiError>,
) -> Result<(), ApiError> {
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let entity = SeenEntity { row, columns, connection, failure: OnceCell::new() };
        let flow = visit(&entity)?;
        if let Some(error) = entity.failure.into_inner() {
            return Err(error.into());
        }
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_catalog::storage::schema;

    #[test]
    fn a_column_that_cannot_be_read_ends_the_walk_with_an_error() {
        let connection = schema::FORMAT.open_memory().unwrap();
        let fill = "PRAGMA foreign_keys = OFF;
            INSERT INTO entity (number, blueprint, identifier, datasource, created_by, updated_by, created_at, updated_at, title, properties, relations)
            VALUES (1, 1, 'a', 1, 1, 1, 0, 0, NULL, '{}', '{}'), (2, 1, 'b', 1, 1, 1, 0, 0, NULL, x'ff', '{}')";
        connection.execute_batch(fill).unwrap();
        let (mut seen, mut titles) = (Vec::new(), 0);
        let walked = each_stored(&connection, |entity| {
            titles += usize::from(entity.title().is_some());
            seen.push((entity.identifier().to_owned(), entity.properties().to_owned()));
            Ok(ControlFlow::Continue(()))
        });
        assert_eq!(seen, [("a".to_owned(), "{}".to_owned()), ("b".to_owned(), String::new())]);
        assert_eq!(titles, 0, "what is null is no failure");
        assert_eq!(walked.unwrap_err().status, 500);
    }
}
