//! Bulk upserts and bulk deletions, which a resync uses most.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::entities::{with_context, write_options};
use super::request::{self, Caller, LimitedBody, Parameters};
use super::{ApiState, HandlerResult};
use crate::local_catalog::delete;
use crate::local_catalog::error::ApiError;
use crate::local_catalog::storage::store::Store;
use crate::local_catalog::upsert::{self, RefusedWrite, Upserted, WriteContext};

/// Most entities of a bulk upsert.
const UPSERT_LIMIT: usize = 20;
/// Most entities of a bulk deletion.
const DELETE_LIMIT: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentEntities<'a> {
    #[serde(borrow)]
    entities: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentIdentifiers {
    entities: Vec<String>,
}

#[derive(Serialize)]
struct BulkReply {
    ok: bool,
    entities: Vec<WrittenItem>,
    errors: Vec<FailedItem>,
    #[serde(rename = "maxBulkSize")]
    limit: usize,
}

#[derive(Serialize)]
struct WrittenItem {
    created: bool,
    identifier: String,
    index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedItem {
    identifier: String,
    index: usize,
    status_code: u16,
    error: &'static str,
    message: String,
}

/// `POST /v1/blueprints/{blueprint}/entities/bulk`
pub(super) async fn upsert(
    State(app): State<Arc<ApiState>>,
    Extension(caller): Extension<Caller>,
    Path(blueprint): Path<String>,
    parameters: Parameters,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let write_options = write_options(&parameters)?;
    let (now, validation_options) = (app.now(), app.shared.validation_options);
    let work = move |store: &mut Store| {
        with_context(store, &blueprint, &caller, write_options, validation_options, now, |store, context| {
            upsert_all(store, context, &body)
        })
    };
    let answer = app.shared.database.write(work).await?;
    let status = if answer.ok { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    let text = serde_json::to_string(&answer).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(super::json(status, text))
}

fn upsert_all(store: &mut Store, context: &WriteContext<'_>, body: &Bytes) -> Result<BulkReply, ApiError> {
    let sent: SentEntities<'_> = serde_json::from_str(request::text(body)?).map_err(request::not_json)?;
    check_count(sent.entities.len(), UPSERT_LIMIT)?;
    let mut answer =
        BulkReply { ok: true, entities: Vec::with_capacity(sent.entities.len()), errors: Vec::new(), limit: UPSERT_LIMIT };
    for (index, text) in sent.entities.iter().enumerate() {
        match upsert::upsert(store, context, text.get()) {
            Ok(Upserted { identifier, created }) => answer.entities.push(WrittenItem { created, identifier, index }),
            // The database failed: the whole request is undone.
            Err(RefusedWrite { error, .. }) if error.status >= 500 => return Err(error),
            Err(RefusedWrite { identifier, error }) => {
                let ApiError { status, code, message, .. } = error;
                answer.errors.push(FailedItem { identifier, index, status_code: status, error: code, message });
            }
        }
    }
    answer.ok = answer.errors.is_empty();
    Ok(answer)
}

/// `POST /v1/blueprints/{blueprint}/bulk/entities/delete`
pub(super) async fn delete(
    State(app): State<Arc<ApiState>>,
    Path(blueprint): Path<String>,
    parameters: Parameters,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let dependents = parameters.flag("delete_dependents")?;
    let sent: SentIdentifiers = serde_json::from_str(request::text(&body)?).map_err(request::not_json)?;
    check_count(sent.entities.len(), DELETE_LIMIT)?;
    let work = move |store: &mut Store| {
        let found = store.blueprint(&blueprint)?.ok_or_else(|| ApiError::not_found("Blueprint", &blueprint))?;
        delete::delete(store, found.number, &sent.entities, dependents)
    };
    let deleted = app.shared.database.write(work).await?;
    let answer = json!({"ok": true, "deletedEntities": deleted, "maxBulkSize": DELETE_LIMIT});
    Ok(super::json(StatusCode::OK, answer.to_string()))
}

fn check_count(count: usize, limit: usize) -> Result<(), ApiError> {
    match count {
        0 => Err(ApiError::invalid("body/entities must NOT have fewer than 1 items")),
        _ if count > limit => Err(ApiError::invalid(format!("body/entities must NOT have more than {limit} items"))),
        _ => Ok(()),
    }
}
