//! Finding entities: which rows are looked at, and which of them match.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;

use super::error::ApiError;
use super::projection::RuleEntity;
use super::rules::Query;
use super::storage::entities::{self, EntityRow, StoredNames};

/// Shows the entities that match, by blueprint and identifier, until `visit` breaks.
///
/// A query that says which identifiers it wants reads just those; one that says which blueprints reads those.
pub(crate) fn each_match(
    connection: &Connection,
    names: &StoredNames,
    query: &Query,
    now: Timestamp,
    mut visit: impl FnMut(&EntityRow) -> Result<ControlFlow<()>, ApiError>,
) -> Result<(), ApiError> {
    let wanted = query.only_values("$blueprint");
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name));
    let mut blueprints: Vec<_> = names.blueprints.iter().filter(|(_, name)| is_wanted(name)).collect();
    blueprints.sort_unstable_by_key(|(_, name)| *name);
    let identifiers = query.only_values("$identifier").map(|mut identifiers| {
        identifiers.sort_unstable();
        identifiers.dedup();
        identifiers
    });
    let mut ended = ControlFlow::Continue(());
    let mut consider = |entity: EntityRow| {
        if ended.is_continue() && query.matches(&RuleEntity { entity: &entity, names }, now) {
            ended = visit(&entity)?;
        }
        Ok(ended)
    };
    for (&blueprint, _) in blueprints {
        let Some(identifiers) = &identifiers else {
            entities::each_of_blueprint(connection, blueprint, None, &mut consider)?;
            continue;
        };
        for identifier in identifiers {
            if let Some(entity) = entities::find(connection, blueprint, identifier)? {
                let _: ControlFlow<()> = consider(entity)?;
            }
        }
    }
    Ok(())
}

/// Entities that are compared between two looks at the clock.
const COMPARED_PER_LOOK: u64 = 64;

/// Where a page of a search ends.
#[derive(Debug, Default)]
pub(crate) struct PageEnd {
    /// The identifier to go on after, when there may be more.
    pub(crate) next: Option<String>,
    /// Entities that were compared.
    pub(crate) looked: u64,
    /// True when time ran out before the page was full.
    pub(crate) is_cut: bool,
}

/// The entities of one blueprint that match, at most `limit`.
pub(crate) fn page(
    connection: &Connection,
    names: &StoredNames,
    scope: &PageScope<'_>,
    mut visit: impl FnMut(&EntityRow) -> Result<(), ApiError>,
) -> Result<PageEnd, ApiError> {
    let text = scope.text.to_lowercase();
    let begun = Instant::now();
    let mut taken = 0;
    let mut last = None;
    let mut end = PageEnd::default();
    entities::each_of_blueprint(connection, scope.blueprint, scope.after, |entity| {
        end.looked += 1;
        let is_wanted = scope.query.is_none_or(|query| query.matches(&RuleEntity { entity: &entity, names }, scope.now));
        if !is_wanted || !has_text(&entity, &text) {
            let may_look = !end.looked.is_multiple_of(COMPARED_PER_LOOK) || scope.time.is_none_or(|time| begun.elapsed() < time);
            if may_look {
                return Ok(ControlFlow::Continue(()));
            }
            end.is_cut = true;
            end.next = Some(entity.identifier);
            return Ok(ControlFlow::Break(()));
        }
        if taken == scope.limit {
            end.next = last.take();
            return Ok(ControlFlow::Break(()));
        }
        visit(&entity)?;
        taken += 1;
        last = Some(entity.identifier);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(end)
}

/// True when the identifier or the title contains a text, which is in lower case.
fn has_text(entity: &EntityRow, text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    // The title is kept as JSON, in which a quote, say, is written otherwise.
    let title = entity.content.title.as_deref().and_then(|title| serde_json::from_str::<String>(title).ok());
    entity.identifier.to_lowercase().contains(text) || title.is_some_and(|title| title.to_lowercase().contains(text))
}

/// Filter and position of a page.
pub(crate) struct PageScope<'a> {
    /// The blueprint's number.
    pub(crate) blueprint: i64,
    pub(crate) query: Option<&'a Query>,
    /// A part of the identifier or the title.
    pub(crate) text: &'a str,
    /// The last identifier of the page before.
    pub(crate) after: Option<&'a str>,
    pub(crate) limit: usize,
    pub(crate) now: Timestamp,
    /// Longest time of comparing. None: as long as it takes.
    pub(crate) time: Option<Duration>,
}

/// The identifiers of the entities of one blueprint that match, at most `limit`.
pub(crate) fn identifiers(
    connection: &Connection,
    blueprint: i64,
    query: &Query,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<String>, ApiError> {
    let names = StoredNames::read(connection)?;
    let scope = PageScope { blueprint, query: Some(query), text: "", after: None, limit, now, time: None };
    if let Some(wanted) = query.only_values("$identifier") {
        let mut found = Vec::new();
        for identifier in wanted {
            let entity = entities::find(connection, blueprint, &identifier)?;
            let matches = entity.is_some_and(|entity| query.matches(&RuleEntity { entity: &entity, names: &names }, now));
            if matches && found.len() < limit && !found.contains(&identifier) {
                found.push(identifier);
            }
        }
        return Ok(found);
    }
    let mut found = Vec::new();
    page(connection, &names, &scope, |entity| {
        found.push(entity.identifier.clone());
        Ok(())
    })?;
    Ok(found)
}
