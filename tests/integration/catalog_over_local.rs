//! The catalog's client over the local catalog, called in memory: what one of them writes, the other one must read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::BodyExt;
use pilotage::catalog::{Catalog, CatalogOptions, IntegrationPatch, ResyncProgress, ResyncStatus, UpsertFlags};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, Request, TransportError, TransportErrorKind, in_memory};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage, TokenOptions};
use pilotage::model::blueprint::Blueprint;
use pilotage::model::bulk::UpsertResult;
use pilotage::model::entity::Entity;
use pilotage::model::secret::Secret;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

const MERGE: UpsertFlags = UpsertFlags { merge: true, create_missing_related: true };

fn clock() -> Clock {
    Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap())
}

fn local(change: impl FnOnce(&mut LocalCatalogOptions)) -> HttpService {
    let mut options = LocalCatalogOptions::new(Storage::Memory, clock());
    options.credentials = Some(("id".into(), Secret::new("secret")));
    change(&mut options);
    in_memory(LocalCatalog::open(options).unwrap().router("http://127.0.0.1:1"))
}

fn client(http: HttpService, identifier: &str, version: &str) -> Catalog {
    Catalog::new(CatalogOptions {
        http,
        base_url: "http://127.0.0.1:1".into(),
        client_id: "id".into(),
        client_secret: Secret::new("secret"),
        integration_identifier: identifier.into(),
        integration_type: "github-copilot".into(),
        version: version.into(),
        clock: clock(),
        seed: 7,
    })
    .unwrap()
}

fn blueprint(identifier: &str, relations: Value) -> Blueprint {
    let properties = json!({"n": {"type": "number"}, "day": {"type": "string", "format": "date-time"}});
    let schema = json!({"properties": properties, "required": []});
    serde_json::from_value(json!({"identifier": identifier, "title": identifier, "schema": schema, "relations": relations}))
        .unwrap()
}

fn entity(identifier: &str, properties: Value) -> Entity {
    Entity {
        identifier: identifier.into(),
        blueprint: "usage".into(),
        title: Some(format!("about {identifier}").into()),
        icon: None,
        team: None,
        properties: Some(properties.as_object().unwrap().clone().into()),
        relations: None,
    }
}

fn entities(count: usize) -> Vec<Entity> {
    (0..count).map(|number| entity(&format!("e{number:05}"), json!({"n": number}))).collect()
}

async fn owned(catalog: &Catalog) -> Vec<String> {
    let mut pages = catalog.owned(None);
    let mut all = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        all.extend(page.into_iter().map(|entity| entity.identifier));
    }
    all.sort();
    all
}

#[tokio::test(start_paused = true)]
async fn what_is_upserted_is_found_listed_and_deleted() {
    let catalog = client(local(|_| ()), "copilot", "1.0.0");
    catalog.create_blueprint(&blueprint("usage", json!({}))).await.unwrap();
    let all = entities(45);
    let identifiers: Vec<String> = all.iter().map(|entity| entity.identifier.as_str().unwrap().into()).collect();
    let first = catalog.upsert("usage", &all, MERGE).await.unwrap();
    assert!(first.iter().all(|result| *result == UpsertResult::Created));
    let second = catalog.upsert("usage", &all, MERGE).await.unwrap();
    assert!(second.iter().all(|result| *result == UpsertResult::Updated));

    let include = ["title".to_owned(), "properties.n".to_owned()];
    let mut found = catalog.search_owned("usage", &identifiers, &include).await.unwrap();
    found.sort_by(|left, right| left.identifier.cmp(&right.identifier));
    assert_eq!(found.len(), 45);
    assert_eq!(found[44].title, Some(json!("about e00044")));
    assert_eq!(found[44].properties, Map::from_iter([("n".to_owned(), json!(44))]));

    assert_eq!(owned(&catalog).await, identifiers);
    let gone = [identifiers[3].clone(), "never-there".to_owned()];
    let deletion = catalog.delete("usage", &gone, false).await.unwrap();
    assert_eq!((deletion.deleted, deletion.absent), (vec![gone[0].clone()], vec![gone[1].clone()]));
    assert_eq!(owned(&catalog).await.len(), 44);
}

#[tokio::test(start_paused = true)]
async fn entities_stay_ours_across_versions_and_are_nobody_elses() {
    let http = local(|_| ());
    let old = client(http.clone(), "copilot", "0.3.104");
    old.create_blueprint(&blueprint("usage", json!({}))).await.unwrap();
    old.upsert("usage", &entities(3), MERGE).await.unwrap();
    assert_eq!(owned(&client(http.clone(), "copilot", "9.9.9")).await.len(), 3);
    let other = client(http, "another", "0.3.104");
    assert_eq!(owned(&other).await.len(), 0);
    assert_eq!(other.search_owned("usage", &["e00000".into()], &[]).await.unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn entities_written_since_a_moment_are_not_listed_as_before_it() {
    let catalog = client(local(|_| ()), "copilot", "1.0.0");
    catalog.create_blueprint(&blueprint("usage", json!({}))).await.unwrap();
    catalog.upsert("usage", &entities(5), MERGE).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let start = "2026-08-01T00:01:00Z".parse().unwrap();
    catalog.upsert("usage", &entities(2), MERGE).await.unwrap();
    let page = catalog.owned(Some(start)).next().await.unwrap().unwrap();
    assert_eq!(page.iter().map(|entity| entity.identifier.as_str()).collect::<Vec<_>>(), ["e00002", "e00003", "e00004"]);
    assert!(page.iter().all(|entity| entity.updated_at.is_some_and(|updated| updated < start)));
}

#[tokio::test(start_paused = true)]
async fn a_listing_of_many_pages_holds_everything_once() {
    let catalog = client(local(|_| ()), "copilot", "1.0.0");
    catalog.create_blueprint(&blueprint("usage", json!({}))).await.unwrap();
    catalog.upsert("usage", &entities(10_001), MERGE).await.unwrap();
    let listed = owned(&catalog).await;
    assert_eq!((listed.len(), &listed[10_000]), (10_001, &"e10000".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_entity_that_does_not_fit_its_blueprint_is_refused_alone_and_with_a_reason() {
    let catalog = client(local(|_| ()), "copilot", "1.0.0");
    catalog.create_blueprint(&blueprint("usage", json!({}))).await.unwrap();
    let mut all = entities(25);
    all[7].properties = Some(pilotage::model::fields::Fields::from_iter([("n".to_owned(), json!("seven"))]));
    all[22].identifier = "not an identifier".into();
    let results = catalog.upsert("usage", &all, MERGE).await.unwrap();
    for (index, result) in results.iter().enumerate() {
        match (index, result) {
            (7 | 22, UpsertResult::Refused { status: Some(422), code: Some(_), message }) => {
                assert!(!message.is_empty())
            }
            (7 | 22, other) => panic!("{index}: {other:?}"),
            (_, result) => assert_eq!(*result, UpsertResult::Created, "{index}"),
        }
    }
    let missing = catalog.upsert("no-such-blueprint", &entities(1), MERGE).await.unwrap();
    assert!(matches!(&missing[0], UpsertResult::Refused { status: Some(404), .. }), "{missing:?}");
}

#[tokio::test(start_paused = true)]
async fn bodies_stay_below_the_limit_that_the_catalog_really_has() {
    let catalog = client(local(|options| options.accept_unknown_properties = true), "copilot", "1.0.0");
    catalog.create_blueprint(&blueprint("usage", json!({}))).await.unwrap();
    let large = |number: usize, kilobytes: usize| entity(&format!("e{number}"), json!({"text": "x".repeat(kilobytes << 10)}));
    let mut all: Vec<_> = (0..40).map(|number| large(number, 100)).collect();
    all.push(large(40, 1100));
    let results = catalog.upsert("usage", &all, MERGE).await.unwrap();
    assert!(results[..40].iter().all(|result| *result == UpsertResult::Created), "{results:?}");
    assert!(matches!(&results[40], UpsertResult::Refused { status: Some(413), .. }), "{:?}", results[40]);
    assert_eq!(catalog.requests().retries, 0);
}

#[tokio::test(start_paused = true)]
async fn tokens_that_die_after_a_few_uses_or_seconds_disturb_nothing() {
    for tokens in
        [TokenOptions { uses: Some(8), ..TokenOptions::default() }, TokenOptions { lifetime: Duration::from_secs(1), uses: None }]
    {
        let catalog = client(local(|options| options.tokens = tokens), "copilot", "1.0.0");
        catalog.create_blueprint(&blueprint("usage", json!({}))).await.unwrap();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_secs(5)).await;
            let results = catalog.upsert("usage", &entities(600), MERGE).await.unwrap();
            assert!(results.iter().all(|result| !matches!(result, UpsertResult::Refused { .. })));
        }
        assert!(catalog.requests().sign_ins >= 4, "{:?}", catalog.requests());
    }
}

/// Every third request is carried out, and its answer is lost: not sent at all, or cut in the middle.
fn losing_answers(http: HttpService) -> HttpService {
    let count = Arc::new(AtomicU64::new(0));
    HttpService::new(tower::service_fn(move |request: Request| {
        let (http, number) = (http.clone(), count.fetch_add(1, Ordering::Relaxed));
        async move {
            let response = http.oneshot(request).await?;
            match number % 6 {
                2 => Err(TransportError::new(TransportErrorKind::Broken, "reset")),
                5 => Ok(response.map(|body| {
                    let cut = || Err(TransportError::new(TransportErrorKind::Broken, "reset"));
                    body.map_frame(|frame| frame.map_data(|data| data.slice(..data.len() / 2)))
                        .with_trailers(async move { Some(cut()) })
                        .boxed_unsync()
                })),
                _ => Ok(response),
            }
        }
    }))
}

#[tokio::test(start_paused = true)]
async fn answers_that_get_lost_leave_the_same_catalog_behind() {
    let http = local(|_| ());
    let catalog = client(losing_answers(http.clone()), "copilot", "1.0.0");
    catalog.create_integration(Some(&json!({"resources": []})), "Default").await.unwrap();
    let wanted = [
        blueprint("usage", json!({"team": {"target": "team", "many": false}})),
        blueprint("team", json!({"last": {"target": "usage", "many": false}})),
    ];
    let report = catalog.create_missing_blueprints(&wanted).await.unwrap();
    assert_eq!((report.created.len(), report.failed.len(), report.left_out.len()), (2, 0, 0), "{report:?}");
    let results = catalog.upsert("usage", &entities(300), MERGE).await.unwrap();
    assert!(results.iter().all(|result| !matches!(result, UpsertResult::Refused { .. })));
    let identifiers = owned(&catalog).await;
    let deletion = catalog.delete("usage", &identifiers[..250], true).await.unwrap();
    assert_eq!((deletion.deleted.len(), deletion.refused.len()), (250, 0));
    assert!(catalog.requests().retries > 10);

    let calm = client(http, "copilot", "1.0.0");
    assert_eq!(owned(&calm).await, identifiers[250..]);
    for blueprint in &wanted {
        assert_eq!(calm.blueprint(&blueprint.identifier).await.unwrap().unwrap().relations.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_entity_that_others_relate_to_is_not_deleted_without_them() {
    let catalog = client(local(|_| ()), "copilot", "1.0.0");
    let usage = blueprint("usage", json!({"team": {"target": "team", "many": false, "required": true}}));
    let report = catalog.create_missing_blueprints(&[usage, blueprint("team", json!({}))]).await.unwrap();
    assert_eq!(report.created.len(), 2, "{report:?}");
    let mut dependent = entity("e", json!({}));
    dependent.relations = Some(pilotage::model::fields::Fields::from_iter([("team".to_owned(), json!("platform"))]));
    assert_eq!(catalog.upsert("usage", &[dependent], MERGE).await.unwrap(), [UpsertResult::Created]);
    assert_eq!(owned(&catalog).await, ["e", "platform"]);

    let team = ["platform".to_owned()];
    let refused = catalog.delete("team", &team, false).await.unwrap();
    assert_eq!(refused.refused[0].refusal.as_ref().unwrap().code.as_deref(), Some("has_dependents"));
    assert_eq!(catalog.delete("team", &team, true).await.unwrap().deleted, ["platform"]);
    assert_eq!(owned(&catalog).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_integrations_record_goes_there_and_back() {
    let catalog = client(local(|_| ()), "my copilot/one", "1.0.0");
    assert_eq!(catalog.integration().await.unwrap(), None);
    let created = catalog.create_integration(Some(&json!({"resources": [1]})), "Default").await.unwrap();
    assert_eq!((created.version.as_deref(), created.config), (Some("1.0.0"), Some(json!({"resources": [1]}))));
    let first = catalog.resync_request().await.unwrap().unwrap().updated_at.unwrap();

    tokio::time::sleep(Duration::from_secs(10)).await;
    catalog.put_integration_config(&json!({"resources": [2]}), true).await.unwrap();
    assert_eq!(catalog.resync_request().await.unwrap().unwrap().updated_at, Some(first));
    let patch = IntegrationPatch { are_port_resources_initialized: Some(true), ..IntegrationPatch::default() };
    assert_eq!(catalog.patch_integration(&patch).await.unwrap().are_port_resources_initialized, Some(true));
    let progress = ResyncProgress {
        status: ResyncStatus::Running,
        last_resync_end: None,
        last_resync_start: Some("2026-08-01T00:00:10Z".parse().unwrap()),
        next_resync: None,
        interval_minutes: None,
    };
    let told = catalog.put_resync_state(&progress).await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let renewed = catalog.renew_resync_state(&progress).await.unwrap().unwrap();
    assert_eq!(renewed.duration_since(told).as_secs(), 10);
    catalog.post_kind_examples("user-usage-metrics", &[json!({"a": 1})]).await.unwrap();
    assert_eq!(catalog.organization().await.unwrap().feature_flags, Vec::<String>::new());
    assert_eq!(catalog.provisioned_integration_types().await.unwrap(), Vec::<String>::new());

    let found = catalog.integration().await.unwrap().unwrap();
    assert_eq!(found.config, Some(json!({"resources": [2]})));
    let state = found.resync_state.unwrap();
    assert_eq!((state.status.as_deref(), state.updated_at), (Some("running"), Some(renewed)));
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_told_at_once() {
    let http = local(|options| options.credentials = Some(("id".into(), Secret::new("another"))));
    let error = client(http, "copilot", "1.0.0").organization().await.unwrap_err();
    assert!(error.ends_the_run() && error.to_string().contains("cannot sign in"), "{error}");
}
