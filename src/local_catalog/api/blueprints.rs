//! Blueprints: creating, changing and deleting, under the rules that keep entities readable.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::request::{self, Caller, LimitedBody, Parameters};
use super::{ApiState, HandlerResult};
use crate::local_catalog::error::ApiError;
use crate::local_catalog::storage::blueprints;
use crate::local_catalog::storage::documents::{self, DocumentKey};
use crate::local_catalog::storage::entities;
use crate::local_catalog::storage::store::Store;
use crate::local_catalog::storage::stored_blueprint::StoredBlueprint;
use crate::local_catalog::validate::blueprint as rules;
use crate::local_catalog::{timestamp, upsert};
use crate::model::blueprint::Blueprint;

/// Blueprints of Port itself. Relations to them are allowed although they do not exist here.
const SYSTEM: [&str; 2] = ["_user", "_team"];

/// Keys that the catalog sets; sent values are ignored.
const OURS: [&str; 4] = ["createdAt", "createdBy", "updatedAt", "updatedBy"];

/// `GET /v1/blueprints`
pub(super) async fn list(State(app): State<Arc<ApiState>>) -> HandlerResult {
    let all = app.shared.database.read(blueprints::all).await?;
    Ok(super::ok("blueprints", all.into_iter().map(|blueprint| Value::Object(blueprint.document)).collect::<Vec<_>>()))
}

/// `GET /v1/blueprints/{blueprint}`
pub(super) async fn one(State(app): State<Arc<ApiState>>, Path(blueprint): Path<String>) -> HandlerResult {
    let found = app.shared.database.read(move |connection| blueprints::require(connection, &blueprint)).await?;
    Ok(super::ok("blueprint", found.document))
}

/// `POST /v1/blueprints`
pub(super) async fn create(
    State(app): State<Arc<ApiState>>,
    Extension(caller): Extension<Caller>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let mut document = without_ours(rules::complete(request::value(&body)?)?);
    let blueprint = rules::check(&document)?;
    rules::check_schemas(&blueprint)?;
    let now = Value::String(timestamp::text(app.now().as_millisecond()));
    for (name, value) in OURS.into_iter().zip([now.clone(), (&*caller.client).into(), now, (&*caller.client).into()]) {
        document.insert(name.to_owned(), value);
    }
    let work = move |store: &mut Store| {
        if blueprints::find(&store.connection, &blueprint.identifier)?.is_some() {
            return Err(ApiError::taken("Blueprint", &blueprint.identifier));
        }
        check_targets(&store.connection, &blueprint)?;
        blueprints::insert(&store.connection, &blueprint.identifier, &document)?;
        store.forget();
        Ok(document)
    };
    let document = app.shared.database.write(work).await?;
    Ok(super::json(StatusCode::CREATED, json!({"ok": true, "blueprint": document}).to_string()))
}

/// `PATCH /v1/blueprints/{blueprint}`: each sent key replaces the stored one.
pub(super) async fn patch(
    State(app): State<Arc<ApiState>>,
    Extension(caller): Extension<Caller>,
    Path(identifier): Path<String>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let sent = request::object(&body)?;
    change(&app, &caller, identifier, move |current| {
        let mut document = current.document.clone();
        document.extend(without_ours(sent));
        document
    })
    .await
}

/// `PUT /v1/blueprints/{blueprint}`
pub(super) async fn overwrite(
    State(app): State<Arc<ApiState>>,
    Extension(caller): Extension<Caller>,
    Path(identifier): Path<String>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let sent = request::object(&body)?;
    change(&app, &caller, identifier, move |current| {
        let mut document = without_ours(sent);
        for name in ["createdAt", "createdBy"] {
            document.extend(current.document.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        document
    })
    .await
}

async fn change(
    app: &ApiState,
    caller: &Caller,
    identifier: String,
    changed: impl FnOnce(&StoredBlueprint) -> Map<String, Value> + Send + 'static,
) -> HandlerResult {
    let now = timestamp::text(app.now().as_millisecond());
    let client = caller.client.to_string();
    let work = move |store: &mut Store| {
        let current = blueprints::require(&store.connection, &identifier)?;
        let mut document = rules::complete(Value::Object(changed(&current)))?;
        document.insert("updatedAt".to_owned(), now.into());
        document.insert("updatedBy".to_owned(), client.into());
        let desired = rules::check(&document)?;
        rules::check_schemas(&desired)?;
        rules::check_types_kept(&current.blueprint, &desired)?;
        let renamed = desired.identifier != identifier;
        if renamed && blueprints::find(&store.connection, &desired.identifier)?.is_some() {
            return Err(ApiError::taken("Blueprint", &desired.identifier));
        }
        if renamed {
            refuse_while_related(&store.connection, &identifier)?;
        }
        check_targets(&store.connection, &desired)?;
        blueprints::update(&store.connection, current.number, &desired.identifier, &document)?;
        store.forget();
        if desired.relations != current.blueprint.relations
            && let Some(stored) = store.blueprint(&desired.identifier)?
        {
            upsert::update_all_relations(store, &stored)?;
        }
        Ok(document)
    };
    Ok(super::ok("blueprint", app.shared.database.write(work).await?))
}

/// `DELETE /v1/blueprints/{blueprint}`: refused while it has entities, or another blueprint relates to it.
pub(super) async fn delete(State(app): State<Arc<ApiState>>, Path(identifier): Path<String>) -> HandlerResult {
    let work = move |store: &mut Store| {
        let blueprint = blueprints::require(&store.connection, &identifier)?;
        if entities::count(&store.connection, blueprint.number)? > 0 {
            let message = format!("Blueprint with identifier \"{identifier}\" has dependant entities; delete them first");
            return Err(ApiError::has_dependents(message, &[]));
        }
        refuse_while_related(&store.connection, &identifier)?;
        blueprints::delete(&store.connection, blueprint.number)?;
        store.forget();
        Ok(())
    };
    app.shared.database.write(work).await?;
    Ok(super::json(StatusCode::OK, r#"{"ok":true}"#))
}

/// `DELETE /v1/blueprints/{blueprint}/all-entities`: relations of other blueprints keep their values.
pub(super) async fn delete_entities(
    State(app): State<Arc<ApiState>>,
    Extension(caller): Extension<Caller>,
    Path(identifier): Path<String>,
    parameters: Parameters,
) -> HandlerResult {
    let with_blueprint = parameters.flag("delete_blueprint")?;
    let now = timestamp::text(app.now().as_millisecond());
    let work = move |store: &mut Store| {
        let blueprint = blueprints::require(&store.connection, &identifier)?;
        if with_blueprint {
            refuse_while_related(&store.connection, &identifier)?;
        }
        entities::delete_all(&store.connection, blueprint.number)?;
        if with_blueprint {
            blueprints::delete(&store.connection, blueprint.number)?;
        }
        store.forget();
        let count = documents::all(&store.connection, MIGRATION, "")?.len();
        let migration = format!("migration_{}", count + 1);
        // The deletion is complete before the answer, so a request for its status finds it done.
        // Clients read all of these; nothing is mapped to another blueprint.
        let body = json!({
            "id": migration, "actor": &*caller.client, "sourceBlueprint": identifier, "mapping": {}, "status": "COMPLETED",
            "createdAt": now, "updatedAt": now,
        });
        documents::put(&store.connection, DocumentKey::of(MIGRATION, &migration), &body)?;
        Ok(migration)
    };
    Ok(super::ok("migrationId", app.shared.database.write(work).await?))
}

const MIGRATION: &str = "migration";

/// `GET /v1/migrations/{migration}`
pub(super) async fn migration(State(app): State<Arc<ApiState>>, Path(migration): Path<String>) -> HandlerResult {
    let work = move |connection: &Connection| {
        documents::find(connection, DocumentKey::of(MIGRATION, &migration))?
            .ok_or_else(|| ApiError::not_found("Migration", &migration))
    };
    Ok(super::ok("migration", app.shared.database.read(work).await?))
}

fn without_ours(mut document: Map<String, Value>) -> Map<String, Value> {
    document.retain(|name, _| !OURS.contains(&name.as_str()));
    document
}

/// Checks that the blueprints of all relations exist, except itself and those of Port.
fn check_targets(connection: &Connection, blueprint: &Blueprint) -> Result<(), ApiError> {
    let targets = blueprint.relations.keys().filter_map(|name| blueprint.relation(name)).map(|relation| relation.target);
    for target in targets.filter(|target| *target != blueprint.identifier && !SYSTEM.contains(&target.as_str())) {
        blueprints::require(connection, &target)?;
    }
    Ok(())
}

fn refuse_while_related(connection: &Connection, identifier: &str) -> Result<(), ApiError> {
    let relates = |other: &StoredBlueprint| {
        let mut targets = other.blueprint.relations.keys().filter_map(|name| other.blueprint.relation(name));
        other.blueprint.identifier != identifier && targets.any(|relation| relation.target == identifier)
    };
    let all = blueprints::all(connection)?;
    let others: Vec<String> = all.iter().filter(|other| relates(other)).map(|other| other.blueprint.identifier.clone()).collect();
    if others.is_empty() {
        return Ok(());
    }
    let message = format!("Blueprint with identifier \"{identifier}\" has dependants: {} relate to it", others.join(", "));
    Err(ApiError::has_dependents(message, &others))
}
