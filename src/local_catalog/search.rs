//! Finding entities: which rows are looked at, and which of them match.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;

use super::error::ApiError;
use super::projection::RuleEntity;
use super::rules::Query;
use super::storage::entities::{self, EntityRow, EntityView, StoredNames};
use super::storage::walk::{self, Columns, Direction};

/// What the index of identifiers knows.
const IN_THE_INDEX: [&str; 2] = ["$identifier", "$blueprint"];

/// Entities that are compared between two looks at the clock.
const COMPARED_PER_LOOK: u64 = 64;

/// Between a blueprint and an identifier in the place where a page of all entities goes on. No identifier has it.
pub(crate) const BETWEEN: char = ' ';

/// Shows the entities that match, by blueprint and identifier, until `visit` breaks.
///
/// A query that says which identifiers it wants, or how they begin, reads just those; one that says which blueprints reads those.
/// Any other goes through the file as it lies there, which is faster than the order of identifiers, and then reads what it found.
pub(crate) fn each_match(
    connection: &Connection,
    names: &StoredNames,
    query: &Query,
    now: Timestamp,
    mut visit: impl FnMut(&EntityRow) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let wanted = wanted_blueprints(names, query);
    let is_narrow = wanted.len() < names.blueprints.len()
        || query.only_values("$identifier").is_some()
        || query.prefix("$identifier").is_some()
        || query.looks_only_at(&IN_THE_INDEX);
    if is_narrow {
        for (blueprint, _) in wanted {
            let scope = PageScope { blueprint, query: Some(query), text: "", after: None, limit: usize::MAX, now, time: None };
            page(connection, names, &scope, &mut visit)?;
        }
        return Ok(());
    }
    let mut found: Vec<(&str, String, i64)> = Vec::new();
    walk::each_stored(connection, |entity| {
        if query.matches(&RuleEntity { entity, names }, now) {
            found.push((names.blueprint(entity.blueprint()), entity.identifier().to_owned(), entity.number()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    found.sort_unstable();
    found.iter().try_for_each(|(_, _, number)| visit(&walk::numbered(connection, *number)?))
}

/// Blueprints that matching entities can have, by name: number and name of each.
fn wanted_blueprints<'n>(names: &'n StoredNames, query: &Query) -> Vec<(i64, &'n str)> {
    let wanted = query.only_values("$blueprint");
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name));
    let mut blueprints: Vec<(i64, &str)> =
        names.blueprints.iter().map(|(number, name)| (*number, name.as_ref())).filter(|(_, name)| is_wanted(name)).collect();
    blueprints.sort_unstable_by_key(|(_, name)| *name);
    blueprints
}

/// As [`each_match`], but at most `limit` of them, after the place where another page ended, and no longer than `time`.
pub(crate) fn page_of_all(
    connection: &Connection,
    names: &StoredNames,
    scope: &AllScope<'_>,
    mut visit: impl FnMut(&EntityRow) -> Result<(), ApiError>,
) -> Result<PageEnd, ApiError> {
    let (first, mut after) = scope.after.and_then(|place| place.split_once(BETWEEN)).unwrap_or_default();
    let begun = Instant::now();
    let (mut end, mut taken) = (PageEnd::default(), 0);
    for (blueprint, name) in wanted_blueprints(names, scope.query).into_iter().filter(|(_, name)| *name >= first) {
        let begins = if name == first { std::mem::take(&mut after) } else { "" };
        if taken == scope.limit || begun.elapsed() >= scope.time {
            end.is_cut = taken < scope.limit;
            end.next = Some(format!("{name}{BETWEEN}{begins}"));
            return Ok(end);
        }
        let part = PageScope {
            blueprint,
            query: Some(scope.query),
            text: "",
            after: Some(begins).filter(|begins| !begins.is_empty()),
            limit: scope.limit - taken,
            now: scope.now,
            time: Some(scope.time.saturating_sub(begun.elapsed())),
        };
        let of_one = page(connection, names, &part, |entity| {
            taken += 1;
            visit(entity)
        })?;
        end.looked += of_one.looked;
        if let Some(next) = of_one.next {
            end.is_cut = of_one.is_cut;
            end.next = Some(format!("{name}{BETWEEN}{next}"));
            return Ok(end);
        }
    }
    Ok(end)
}

/// Filter and position of a page of all entities.
pub(crate) struct AllScope<'a> {
    pub(crate) query: &'a Query,
    /// Where the page before ended.
    pub(crate) after: Option<&'a str>,
    /// At least 1.
    pub(crate) limit: usize,
    pub(crate) now: Timestamp,
    /// Longest time of comparing.
    pub(crate) time: Duration,
}

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

/// The entities of one blueprint that match, at most `limit`, in the order of their identifiers.
pub(crate) fn page(
    connection: &Connection,
    names: &StoredNames,
    scope: &PageScope<'_>,
    mut visit: impl FnMut(&EntityRow) -> Result<(), ApiError>,
) -> Result<PageEnd, ApiError> {
    if let Some(wanted) = scope.query.and_then(|query| query.only_values("$identifier")) {
        return page_of_named(connection, names, scope, wanted, visit);
    }
    let text = scope.text.to_lowercase();
    let prefix = scope.query.and_then(|query| query.prefix("$identifier")).unwrap_or_default();
    // Without a rule on identifiers each entity of the blueprint matches or none does, and looking it up once more costs.
    let is_in_index =
        text.is_empty() && scope.query.is_some_and(|query| query.looks_at("$identifier") && query.looks_only_at(&IN_THE_INDEX));
    let columns = if is_in_index { Columns::Identity } else { Columns::All };
    let direction = match scope.after {
        Some(after) if after >= prefix => Direction::After(after),
        _ => Direction::From(prefix),
    };
    let begun = Instant::now();
    let mut taken = 0;
    let mut last = None;
    let mut end = PageEnd::default();
    walk::each_in_order(connection, scope.blueprint, direction, columns, |entity| {
        if !entity.identifier().starts_with(prefix) {
            return Ok(ControlFlow::Break(()));
        }
        end.looked += 1;
        if !scope.wants(entity, names) || !has_text(entity, &text) {
            let may_look = !end.looked.is_multiple_of(COMPARED_PER_LOOK) || scope.time.is_none_or(|time| begun.elapsed() < time);
            if may_look {
                return Ok(ControlFlow::Continue(()));
            }
            end.is_cut = true;
            end.next = Some(entity.identifier().to_owned());
            return Ok(ControlFlow::Break(()));
        }
        if taken == scope.limit {
            end.next = last.take();
            return Ok(ControlFlow::Break(()));
        }
        let entity = entity.whole()?;
        visit(&entity)?;
        taken += 1;
        last = Some(entity.identifier);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(end)
}

/// As [`page`], of identifiers that are known.
fn page_of_named(
    connection: &Connection,
    names: &StoredNames,
    scope: &PageScope<'_>,
    mut identifiers: Vec<String>,
    mut visit: impl FnMut(&EntityRow) -> Result<(), ApiError>,
) -> Result<PageEnd, ApiError> {
    identifiers.sort_unstable();
    identifiers.dedup();
    let text = scope.text.to_lowercase();
    let mut taken = 0;
    let mut last = None;
    let mut end = PageEnd::default();
    for identifier in identifiers.iter().filter(|identifier| scope.after.is_none_or(|after| identifier.as_str() > after)) {
        let Some(entity) = entities::find(connection, scope.blueprint, identifier)? else { continue };
        end.looked += 1;
        if !scope.wants(&entity, names) || !has_text(&entity, &text) {
            continue;
        }
        if taken == scope.limit {
            end.next = last;
            break;
        }
        visit(&entity)?;
        taken += 1;
        last = Some(entity.identifier);
    }
    Ok(end)
}

/// True when the identifier or the title contains a text, which is in lower case.
fn has_text(entity: &impl EntityView, text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    // The title is kept as JSON, in which a quote, say, is written otherwise.
    let title = entity.title().and_then(|title| serde_json::from_str::<String>(title).ok());
    entity.identifier().to_lowercase().contains(text) || title.is_some_and(|title| title.to_lowercase().contains(text))
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

impl PageScope<'_> {
    fn wants(&self, entity: &impl EntityView, names: &StoredNames) -> bool {
        self.query.is_none_or(|query| query.matches(&RuleEntity { entity, names }, self.now))
    }
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
    let mut found = Vec::new();
    page(connection, &names, &scope, |entity| {
        found.push(entity.identifier.clone());
        Ok(())
    })?;
    Ok(found)
}
