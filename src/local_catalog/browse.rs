//! Looking through a catalog page by page, in both directions, for pages and explorers.
//!
//! A page costs the same at any depth, because it begins at an identifier and never at a number. A rule that few entities meet is
//! looked for within a time limit; the answer says how far that was.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::LocalCatalogError;
use super::error::ApiError;
use super::projection::RuleEntity;
use super::reader::{LocalCatalogReader, StoredEntity, stored, unreadable};
use super::rules::Query;
use super::storage::blueprints;
use super::storage::entities::{self, EntityView, StoredNames};
use super::storage::walk::{self, Columns, Direction};
use crate::model::blueprint::Blueprint;

/// Entities between two looks at the clock.
const ENTITIES_PER_LOOK: u64 = 64;

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageStart<'a> {
    /// At the first entity.
    #[default]
    First,
    /// After an identifier, which need not exist.
    After(&'a str),
    /// So that the page ends before an identifier.
    Before(&'a str),
}

/// One rule about a property, a relation, or `$identifier`, `$title`, `$updatedAt` and so on.
#[derive(Clone, Copy, Debug)]
pub struct BrowseRule<'a> {
    /// What is compared.
    pub property: &'a str,
    /// The operator, as in the API's rules.
    pub operator: &'a str,
    /// What it is compared with. None for operators without a value.
    pub value: Option<&'a Value>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct BrowseRequest<'a> {
    /// The blueprint.
    pub blueprint: &'a str,
    /// Beginning of the identifier, in its case. Empty for all.
    pub prefix: &'a str,
    /// Where the page begins.
    pub start: PageStart<'a>,
    /// Entities on the page.
    pub limit: usize,
    /// A rule that they meet.
    pub rule: Option<BrowseRule<'a>>,
    /// Longest time of looking.
    pub time: Duration,
    /// Reference time of values such as `today` in the rule.
    pub now: Timestamp,
}

/// A page, in the order of identifiers.
#[derive(Clone, Debug, PartialEq)]
pub struct BrowsePage {
    /// The entities.
    pub entities: Vec<StoredEntity>,
    /// Identifier to go on after; none at the end.
    pub next: Option<String>,
    /// Identifier to go back from; none at the beginning.
    pub previous: Option<String>,
    /// Entities that were looked at.
    pub looked: u64,
    /// True when time ran out before the page was full.
    pub is_cut: bool,
}

/// An entity that relates to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedEntity {
    /// Its blueprint.
    pub blueprint: String,
    /// Its identifier.
    pub identifier: String,
}

impl LocalCatalogReader {
    /// A blueprint.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn blueprint(&self, identifier: &str) -> Result<Option<Blueprint>, LocalCatalogError> {
        let found = blueprints::find(&self.connection, identifier).map_err(unreadable)?;
        Ok(found.map(|stored| stored.blueprint))
    }

    /// All blueprints, in the order of their identifiers, without counting their entities.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn blueprints_uncounted(&self) -> Result<Vec<Blueprint>, LocalCatalogError> {
        let all = blueprints::all(&self.connection).map_err(unreadable)?;
        Ok(all.into_iter().map(|stored| stored.blueprint).collect())
    }

    /// Number of a blueprint's entities if it is not larger than `most`; else none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count_up_to(&self, blueprint: &str, most: u64) -> Result<Option<u64>, LocalCatalogError> {
        let Some(number) = self.number(blueprint)? else { return Ok(Some(0)) };
        let count = entities::count_up_to(&self.connection, number, most.saturating_add(1)).map_err(unreadable)?;
        Ok((count <= most).then_some(count))
    }

    /// Entities that relate to one, at most `limit`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn related_to(&self, blueprint: &str, identifier: &str, limit: usize) -> Result<Vec<RelatedEntity>, LocalCatalogError> {
        let Some(number) = self.number(blueprint)? else { return Ok(Vec::new()) };
        let names = StoredNames::read(&self.connection).map_err(unreadable)?;
        let read = || -> Result<Vec<RelatedEntity>, ApiError> {
            let mut statement = self.connection.prepare_cached(
                "SELECT entity.blueprint, entity.identifier FROM related JOIN entity ON entity.number = related.source \
                 WHERE related.target_blueprint = ?1 AND related.target = ?2 ORDER BY related.source LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![number, identifier, limit], |row| {
                Ok(RelatedEntity { blueprint: names.blueprint(row.get(0)?).to_owned(), identifier: row.get(1)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        read().map_err(unreadable)
    }

    /// A page of the entities of a blueprint. None when there is no such blueprint.
    ///
    /// # Errors
    /// The file cannot be read, or the rule is not valid.
    pub fn browse(&self, request: &BrowseRequest<'_>) -> Result<Option<BrowsePage>, LocalCatalogError> {
        let _snapshot = self.snapshot()?;
        let Some(number) = self.number(request.blueprint)? else { return Ok(None) };
        let query = request.rule.map(|rule| {
            let mut one = json!({"property": rule.property, "operator": rule.operator});
            if let (Some(one), Some(value)) = (one.as_object_mut(), rule.value) {
                one.insert("value".to_owned(), value.clone());
            }
            Query::parse(&json!({"combinator": "and", "rules": [one]}))
        });
        let query = query.transpose().map_err(|message| LocalCatalogError::Query { message })?;
        browse(&self.connection, number, query.as_ref(), request).map(Some).map_err(unreadable)
    }
}

fn browse(
    connection: &Connection,
    blueprint: i64,
    query: Option<&Query>,
    request: &BrowseRequest<'_>,
) -> Result<BrowsePage, ApiError> {
    let names = StoredNames::read(connection)?;
    let begun = Instant::now();
    // Behind every identifier that has the prefix.
    let end = format!("{}{}", request.prefix, char::MAX);
    let is_backward = matches!(request.start, PageStart::Before(_));
    let direction = match request.start {
        PageStart::First => Direction::From(request.prefix),
        PageStart::After(identifier) if identifier < request.prefix => Direction::From(request.prefix),
        PageStart::After(identifier) => Direction::After(identifier),
        PageStart::Before(identifier) => Direction::Before(if identifier < end.as_str() { identifier } else { &end }),
    };
    let mut page = BrowsePage { entities: Vec::new(), next: None, previous: None, looked: 0, is_cut: false };
    let (mut last_seen, mut has_more) = (None, false);
    walk::each_in_order(connection, blueprint, direction, Columns::All, |entity| {
        if !entity.identifier().starts_with(request.prefix) {
            return Ok(ControlFlow::Break(()));
        }
        page.looked += 1;
        if query.is_none_or(|query| query.matches(&RuleEntity { entity, names: &names }, request.now)) {
            if page.entities.len() == request.limit {
                has_more = true;
                return Ok(ControlFlow::Break(()));
            }
            last_seen = Some(entity.identifier().to_owned());
            page.entities.push(stored(entity.whole()?, &names));
        } else if page.looked.is_multiple_of(ENTITIES_PER_LOOK) && begun.elapsed() >= request.time {
            page.is_cut = true;
            last_seen = Some(entity.identifier().to_owned());
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let further = last_seen.filter(|_| has_more || page.is_cut);
    if is_backward {
        page.entities.reverse();
        page.previous = further;
        page.next = page.entities.last().map(|entity| entity.identifier.clone());
    } else {
        page.next = further;
        let has_before = matches!(request.start, PageStart::After(_));
        page.previous = page.entities.first().map(|entity| entity.identifier.clone()).filter(|_| has_before);
    }
    Ok(page)
}
