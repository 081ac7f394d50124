//! Search: all entities at once, page by page, and the entities of an integration.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Map, Value};

use super::entities::{EntityList, calculates};
use super::request::{self, LimitedBody, Parameters};
use super::{ApiState, HandlerResult};
use crate::local_catalog::error::ApiError;
use crate::local_catalog::fields::write_text;
use crate::local_catalog::projection::Projection;
use crate::local_catalog::rules::Query;
use crate::local_catalog::search::{self, AllScope, PageEnd, PageScope};
use crate::local_catalog::storage::blueprints;
use crate::local_catalog::storage::entities::{self, OwnedRow, StoredNames};
use crate::local_catalog::{datasource, timestamp};

/// Longest time of a search for a page, without writing the answer.
const LOOKING: Duration = Duration::from_millis(800);
/// Default entities of a page of a search.
const PAGE_DEFAULT: u64 = 200;
/// Most entities of a page of a search.
const PAGE_LIMIT: u64 = 1000;
/// Most entities of a page of an integration's entities.
const OWNED_LIMIT: u64 = 5000;

/// `POST /v1/entities/search`
///
/// Port answers all at once, and so does this, however long it takes: whoever knows nothing of pages must not take a part for the
/// whole. With a `limit` beside the rules the answer is a page, which is cut as those of [`page`] are, and `from` is its `next`.
pub(super) async fn all(
    State(app): State<Arc<ApiState>>,
    parameters: Parameters,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let body = request::value(&body)?;
    let query = Query::parse(&body).map_err(ApiError::invalid)?;
    let of_page = match body.as_object() {
        Some(body) if body.get("limit").is_some_and(|limit| !limit.is_null()) => {
            let after = text(body, "from")?;
            // What is no place of ours would begin anew, and whoever asks page by page would do so for ever.
            if after.as_ref().is_some_and(|after| !after.contains(search::BETWEEN)) {
                return Err(ApiError::invalid("body/from is not the `next` of a page".to_owned()));
            }
            Some((limit(body, PAGE_DEFAULT, PAGE_LIMIT)?, after))
        }
        _ => None,
    };
    let (projection, calculates) = (parameters.projection(), calculates(&app, &parameters)?);
    let now = app.now();
    let work = move |connection: &Connection| {
        let names = StoredNames::read(connection)?;
        let mut list = EntityList::new(projection, calculates);
        let mut end = PageEnd::default();
        if let Some((limit, after)) = of_page {
            let scope = AllScope { query: &query, after: after.as_deref(), limit, now, time: LOOKING };
            end = search::page_of_all(connection, &names, &scope, |entity| list.push(entity, &names, connection))?;
        } else {
            search::each_match(connection, &names, &query, now, |entity| list.push(entity, &names, connection))?;
        }
        list.calculate(&names, connection)?;
        Ok((list, end))
    };
    let (list, end) = app.shared.database.read(work).await?;
    Ok(list.answer(end.next, end.is_cut.then_some(end.looked)))
}

/// `POST /v1/blueprints/{blueprint}/entities/search`
///
/// A page may be shorter than its limit, or empty, and have a `next`: the search is cut after [`LOOKING`]. `looked` then says how many
/// entities it compared.
pub(super) async fn page(
    State(app): State<Arc<ApiState>>,
    Path(blueprint): Path<String>,
    parameters: Parameters,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let body = if body.is_empty() { Map::new() } else { request::object(&body)? };
    let query = body.get("query").map(Query::parse).transpose().map_err(ApiError::invalid)?;
    let projection = Projection::new(texts(&body, "include")?, texts(&body, "exclude")?);
    let limit = limit(&body, PAGE_DEFAULT, PAGE_LIMIT)?;
    let after = text(&body, "from")?;
    let calculates = calculates(&app, &parameters)?;
    let now = app.now();
    let work = move |connection: &Connection| {
        let blueprint = blueprints::require(connection, &blueprint)?.number;
        let names = StoredNames::read(connection)?;
        let mut list = EntityList::new(projection, calculates);
        let time = Some(LOOKING);
        let scope = PageScope { blueprint, query: query.as_ref(), text: "", after: after.as_deref(), limit, now, time };
        let end = search::page(connection, &names, &scope, |entity| list.push(entity, &names, connection))?;
        list.calculate(&names, connection)?;
        Ok((list, end))
    };
    let (list, end) = app.shared.database.read(work).await?;
    Ok(list.answer(end.next, end.is_cut.then_some(end.looked)))
}

/// `POST /v1/blueprints/entities/datasource-entities`
///
/// `before` selects entities that were last updated before that millisecond. `from` is the `next` of the previous page.
pub(super) async fn owned(State(app): State<Arc<ApiState>>, LimitedBody(body): LimitedBody) -> HandlerResult {
    let body = request::object(&body)?;
    let required =
        |name| text(&body, name)?.ok_or_else(|| ApiError::invalid(format!("body must have required property '{name}'")));
    let (prefix, suffix) = (required("datasource_prefix")?, required("datasource_suffix")?);
    let limit = limit(&body, OWNED_LIMIT, OWNED_LIMIT)?;
    let wrong = |name: &str| ApiError::invalid(format!("body/{name} is not valid"));
    let before = text(&body, "before")?.map(|text| timestamp::milliseconds(&text).ok_or_else(|| wrong("before"))).transpose()?;
    let after = text(&body, "from")?.map(|text| text.parse::<i64>().map_err(|_| wrong("from"))).transpose()?;
    let work = move |connection: &Connection| {
        let names = StoredNames::read(connection)?;
        let ours = |(number, text): (&i64, &Arc<str>)| datasource::is_owned(text, &prefix, &suffix).then_some(*number);
        let ours: Vec<i64> = names.agents.iter().filter_map(ours).collect();
        let mut text = r#"{"ok":true,"entities":["#.to_owned();
        let mut count = 0;
        let mut last = 0;
        let mut next = None;
        entities::each_created(connection, after.unwrap_or(0), |row| {
            if !ours.contains(&row.datasource) || before.is_some_and(|before| row.updated_at >= before) {
                return ControlFlow::Continue(());
            }
            if count == limit {
                next = Some(last);
                return ControlFlow::Break(());
            }
            last = row.number;
            count += 1;
            write_owned(&mut text, &row, &names, count == 1);
            ControlFlow::Continue(())
        })?;
        text.push(']');
        if let Some(next) = next {
            text.push_str(&format!(r#","next":"{next}""#));
        }
        text.push('}');
        Ok(text)
    };
    Ok(super::json(StatusCode::OK, app.shared.database.read(work).await?))
}

fn write_owned(text: &mut String, row: &OwnedRow, names: &StoredNames, first: bool) {
    text.push_str(if first { r#"{"identifier":"# } else { r#",{"identifier":"# });
    write_text(text, &row.identifier);
    text.push_str(r#","blueprint":"#);
    write_text(text, names.blueprint(row.blueprint));
    text.push_str(r#","updatedAt":"#);
    write_text(text, &timestamp::text(row.updated_at));
    text.push('}');
}

fn limit(body: &Map<String, Value>, default: u64, most: u64) -> Result<usize, ApiError> {
    let limit = match body.get("limit") {
        None | Some(Value::Null) => default,
        Some(value) => value.as_u64().unwrap_or(0),
    };
    let limit = Some(limit).filter(|limit| (1..=most).contains(limit)).and_then(|limit| usize::try_from(limit).ok());
    limit.ok_or_else(|| ApiError::invalid(format!("body/limit must be between 1 and {most}")))
}

fn text(body: &Map<String, Value>, name: &str) -> Result<Option<String>, ApiError> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::invalid(format!("body/{name} must be string"))),
    }
}

fn texts(body: &Map<String, Value>, name: &str) -> Result<Vec<String>, ApiError> {
    let wrong = || ApiError::invalid(format!("body/{name} must be array of strings"));
    match body.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}
