use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::*;
use crate::catalog::{CatalogOptions, UpsertFlags};
use crate::door::clock::Clock;
use crate::door::http::in_memory;
use crate::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use crate::model::entity::Entity;
use crate::model::secret::Secret;
use crate::model::slice::SliceEnd;
use crate::resync::observe::NoObserver;

/// Outcome of a run over five owned entities. Answers to paths that end with `path` pass through `change`.
async fn deleted(path: &'static str, threshold: f64, change: fn(Value) -> Value) -> DeletionOutcome {
    let changed = move |request: axum::extract::Request, next: Next| async move {
        let is_meant = request.uri().path().ends_with(path);
        if is_meant && path.ends_with("/delete") {
            return change(Value::Null).to_string().into_response();
        }
        let answer = next.run(request).await;
        if !is_meant {
            return answer;
        }
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        change(serde_json::from_slice(&body).unwrap()).to_string().into_response()
    };
    carry_out(5, threshold, |router| router.layer(middleware::from_fn(changed))).await
}

/// Client of a catalog in memory.
fn client(clock: &Clock, around: impl FnOnce(axum::Router) -> axum::Router) -> (LocalCatalog, Catalog) {
    let local = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, clock.clone())).unwrap();
    let catalog = Catalog::new(CatalogOptions {
        http: in_memory(around(local.router("http://catalog.test"))),
        base_url: "http://catalog.test".to_owned(),
        client_id: "id".to_owned(),
        client_secret: Secret::new("secret"),
        integration_identifier: "test".to_owned(),
        integration_type: "github-copilot".to_owned(),
        version: "0.0.0".to_owned(),
        clock: clock.clone(),
        seed: 1,
    });
    (local, catalog.unwrap())
}

/// Outcome of a run over so many owned entities, of which one is desired.
async fn carry_out(entities: u32, threshold: f64, around: impl FnOnce(axum::Router) -> axum::Router) -> DeletionOutcome {
    let clock = Clock::system();
    let (_local, catalog) = client(&clock, around);
    let blueprint = json!({"identifier": "b", "schema": {"properties": {}, "required": []}, "relations": {}});
    catalog.create_missing_blueprints(&[serde_json::from_value(blueprint).unwrap()]).await.unwrap();
    let entity = |number: u32| Entity {
        identifier: format!("e{number}").into(),
        blueprint: "b".into(),
        title: None,
        icon: None,
        team: None,
        properties: None,
        relations: None,
    };
    let flags = UpsertFlags { merge: true, create_missing_related: false };
    for some in (0..entities).map(entity).collect::<Vec<_>>().chunks(20) {
        catalog.upsert("b", some, flags).await.unwrap();
    }
    let mut ledger = Ledger::default();
    ledger.desired.insert(EntityKey { blueprint: "b".to_owned(), identifier: "e0".to_owned() }.fingerprint());
    let deletion = Deletion {
        catalog: &catalog,
        ledger: &ledger,
        blueprints: &Blueprints::default(),
        yields: &[],
        slices: &[],
        left_out: &[],
        threshold: DeletionThreshold::of(threshold),
        dependents: false,
        spare_related: false,
        // All of them are older than the run.
        began: clock.now() + jiff::SignedDuration::from_hours(1),
        reviewed: None,
        whole_run: None,
        mode: Mode::Resync,
        stop: &CancellationToken::new(),
    };
    deletion.carry_out(&NoObserver).await
}

#[tokio::test]
async fn an_entity_that_is_listed_twice_is_one() {
    let twice = |mut page: Value| {
        let entities = page["entities"].as_array().unwrap().clone();
        page["entities"] = [entities.clone(), entities].concat().into();
        page
    };
    let outcome = deleted("/datasource-entities", 1.0, twice).await;
    assert_eq!((outcome.owned, outcome.blueprints[0].candidates, outcome.blueprints[0].deleted), (5, 4, 4));
    assert_eq!(outcome.refused.count, 0);
    // Four of five, not four of ten.
    let outcome = deleted("/datasource-entities", 0.5, twice).await;
    assert!(matches!(outcome.blueprints[0].reason, Some(WithheldReason::Threshold { deleted: 4, owned: 5, .. })), "{outcome:?}");
}

#[tokio::test]
async fn what_the_catalog_did_not_delete_is_counted_and_named() {
    let none = |_| json!({"ok": true, "deletedEntities": []});
    let outcome = deleted("/entities/delete", 1.0, none).await;
    assert_eq!((outcome.blueprints[0].deleted, outcome.refused.count), (0, 4));
    let named: Vec<_> = outcome.refused.first.iter().map(|refusal| refusal.entity.identifier.as_str()).collect();
    assert_eq!(named, ["e1", "e2", "e3", "e4"]);
    let some = |_| {
        let error = json!({"identifier": "e2", "error": "missing_permissions", "message": "no"});
        json!({"ok": true, "deletedEntities": ["e1"], "errors": [error]})
    };
    let outcome = deleted("/entities/delete", 1.0, some).await;
    assert_eq!((outcome.blueprints[0].deleted, outcome.refused.count), (1, 3));
    let reasons: Vec<_> = outcome.refused.first.iter().map(|refusal| refusal.reason.as_str()).collect();
    assert_eq!(reasons[0], "the catalog did not delete it: missing_permissions: no");
    assert!(reasons[1..].iter().all(|reason| reason.ends_with("it is still there")), "{reasons:?}");
}

/// Outcome of a run over 121 entities to delete, to some of which remaining ones relate, and the number of deletion requests.
async fn deleted_beside_dependents(held: &'static [&'static str]) -> (DeletionOutcome, usize) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let refusing = move |request: axum::extract::Request, next: Next| {
        let counted = Arc::clone(&counted);
        async move {
            if !request.uri().path().ends_with("/delete") {
                return next.run(request).await;
            }
            counted.fetch_add(1, Ordering::Relaxed);
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let asked: Value = serde_json::from_slice(&body).unwrap();
            if asked["entities"].as_array().unwrap().iter().any(|identifier| held.contains(&identifier.as_str().unwrap())) {
                let refusal = json!({"ok": false, "error": "has_dependents", "message": "Entity has dependents"});
                return (http::StatusCode::FORBIDDEN, axum::Json(refusal)).into_response();
            }
            next.run(axum::extract::Request::from_parts(parts, body.into())).await
        }
    };
    let outcome = carry_out(121, 1.0, |router| router.layer(middleware::from_fn(refusing))).await;
    (outcome, requests.load(Ordering::Relaxed))
}

#[tokio::test]
async fn entities_that_others_relate_to_are_withheld_and_take_no_others_with_them() {
    let (outcome, requests) = deleted_beside_dependents(&["e7", "e64"]).await;
    let parts: Vec<_> = outcome.blueprints.iter().map(|part| (part.candidates, part.deleted, part.reason.clone())).collect();
    assert_eq!(parts, [(2, 0, Some(WithheldReason::Dependents)), (118, 118, None)]);
    assert_eq!(outcome.refused.count, 0, "{:?}", outcome.refused);
    assert!(requests <= 2 + 2 * 2 * 7, "{requests} requests for two among a hundred");
    // Where all are held, asking for each would tell nothing new.
    let all: &'static [&'static str] = Vec::leak((0..121).map(|number| &*String::leak(format!("e{number}"))).collect());
    let (outcome, requests) = deleted_beside_dependents(all).await;
    let parts: Vec<_> = outcome.blueprints.iter().map(|part| (part.candidates, part.deleted)).collect();
    assert_eq!((parts, outcome.refused.count), (vec![(120, 0)], 0));
    assert!(requests <= 2 + crate::reconcile::dependents::FURTHER_REQUESTS, "{requests} requests");
}

#[tokio::test]
async fn what_may_be_of_kinds_that_were_not_read_is_no_candidate_and_is_not_deleted_along() {
    let clock = Clock::system();
    let (_local, catalog) = client(&clock, |router| router);
    let blueprint = |name: &str, relations: Value| json!({"identifier": name, "schema": {"properties": {}, "required": []}, "relations": relations});
    let to_read = json!({"one": {"target": "read", "many": false, "required": false}});
    let blueprints = [blueprint("read", json!({})), blueprint("unread", to_read), blueprint("gone", json!({}))];
    let blueprints = blueprints.map(|blueprint| serde_json::from_value(blueprint).unwrap());
    catalog.create_missing_blueprints(&blueprints).await.unwrap();
    let entity = |blueprint: &str, identifier: &str, one: Option<&str>| Entity {
        identifier: identifier.to_owned().into(),
        blueprint: blueprint.to_owned(),
        title: None,
        icon: None,
        team: None,
        properties: None,
        relations: one.map(|one| std::iter::once(("one".into(), json!(one))).collect()),
    };
    let flags = UpsertFlags { merge: true, create_missing_related: false };
    catalog.upsert("read", &[entity("read", "held", None), entity("read", "free", None)], flags).await.unwrap();
    catalog.upsert("unread", &[entity("unread", "of-held", Some("held"))], flags).await.unwrap();
    // No resource gives this one any more, so it may be of those that were not read.
    catalog.upsert("gone", &[entity("gone", "old", None)], flags).await.unwrap();
    let yields =
        ["read", "unread"].map(|name| ResourceYield { blueprint: Some(name.to_owned()), enable_delete: true, names_day: false });
    let not_read = Slice::new(1, "kind-1", "", SliceEnd::NotReady { reason: "not of this run".to_owned() });
    let blueprints = Blueprints::default();
    blueprints.learn(&catalog, "unread").await.unwrap();
    let deletion = Deletion {
        catalog: &catalog,
        ledger: &Ledger::default(),
        blueprints: &blueprints,
        yields: &yields,
        slices: &[Slice::new(0, "kind-0", "acme", SliceEnd::Complete), not_read.clone()],
        left_out: &[not_read],
        threshold: DeletionThreshold::of(1.0),
        dependents: true,
        spare_related: false,
        began: clock.now() + jiff::SignedDuration::from_hours(1),
        reviewed: None,
        whole_run: None,
        mode: Mode::Resync,
        stop: &CancellationToken::new(),
    };
    let outcome = deletion.carry_out(&NoObserver).await;
    let parts: Vec<_> = outcome.blueprints.iter().map(|it| (it.blueprint.as_str(), it.candidates, it.deleted)).collect();
    assert_eq!((outcome.owned, parts), (4, vec![("read", 1, 0), ("read", 1, 1)]), "{outcome:?}");
    assert_eq!(outcome.blueprints[0].reason, Some(WithheldReason::Dependents));
}
