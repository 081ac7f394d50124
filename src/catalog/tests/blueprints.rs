//! Blueprints and the creation of missing ones.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::model::blueprint::Blueprint;

type Store = Arc<Mutex<BTreeMap<String, Value>>>;

/// Catalog that stores blueprints and checks that targets of relations exist. `faults` is asked first.
fn keeping(existing: &[Value], faults: impl Fn(&RecordedRequest) -> Option<Reply> + Send + Sync + 'static) -> (Scripted, Store) {
    let named = existing.iter().map(|blueprint| (blueprint["identifier"].as_str().unwrap().to_owned(), blueprint.clone()));
    let store: Store = Arc::new(Mutex::new(named.collect()));
    let kept = Arc::clone(&store);
    let scripted = Scripted::new(move |seen| {
        if seen.is_sign_in() {
            return None;
        }
        if let Some(reply) = faults(seen) {
            return Some(reply);
        }
        let mut store = kept.lock().unwrap();
        let name = seen.path.strip_prefix("/v1/blueprints").unwrap().trim_start_matches('/').to_owned();
        let missing = |body: &Value| {
            let relations = body["relations"].as_object().cloned().unwrap_or_default();
            relations.values().any(|relation| !store.contains_key(relation["target"].as_str().unwrap()))
        };
        Some(match seen.method.as_str() {
            "GET" if name.is_empty() => Reply::Json(200, json!({"blueprints": store.values().collect::<Vec<_>>()})),
            "GET" => store.get(&name).map_or(refusal(404, "not_found"), |found| Reply::Json(200, json!({"blueprint": found}))),
            "POST" | "PATCH" if missing(&seen.body) => refusal(422, "relation_target"),
            "POST" => {
                let name = seen.body["identifier"].as_str().unwrap().to_owned();
                store.insert(name, seen.body.clone());
                Reply::Json(201, json!({"blueprint": seen.body}))
            }
            _ => {
                let blueprint = store.get_mut(&name).unwrap();
                for (key, value) in seen.body.as_object().unwrap() {
                    blueprint[key] = value.clone();
                }
                Reply::Json(200, json!({"blueprint": blueprint}))
            }
        })
    });
    (scripted, store)
}

fn blueprint(value: &Value) -> Blueprint {
    serde_json::from_value(value.clone()).unwrap()
}

fn plain(identifier: &str) -> Value {
    json!({"identifier": identifier, "schema": {"properties": {"p": {"type": "string"}}, "required": []}, "relations": {}})
}

fn related(identifier: &str, target: &str) -> Value {
    let mut related = plain(identifier);
    related["relations"] = json!({"to": {"target": target, "many": false}});
    related["mirrorProperties"] = json!({"seen": {"path": "to.p"}});
    related
}

#[tokio::test(start_paused = true)]
async fn blueprints_that_relate_in_a_circle_are_created_in_stages() {
    let (scripted, store) = keeping(&[], |_| None);
    let wanted = [related("a", "b"), related("b", "a")];
    let report = scripted.catalog.create_missing_blueprints(&wanted.each_ref().map(blueprint)).await.unwrap();
    assert_eq!((report.created, report.left_out), (vec!["a".to_owned(), "b".to_owned()], vec![]));
    assert_eq!(store.lock().unwrap().values().cloned().collect::<Vec<_>>(), wanted);
    let writes: Vec<_> = scripted.paths().into_iter().filter(|path| !path.starts_with("GET")).collect();
    let expected = [
        "POST /v1/blueprints",
        "POST /v1/blueprints",
        "PATCH /v1/blueprints/a",
        "PATCH /v1/blueprints/b",
        "PATCH /v1/blueprints/a",
        "PATCH /v1/blueprints/b",
    ];
    assert_eq!(writes, expected);
    let as_exporter = |seen: &RecordedRequest| seen.method == "GET" || seen.header("user-agent").ends_with("/exporter");
    assert!(scripted.calls().iter().all(as_exporter));
}

#[tokio::test(start_paused = true)]
async fn a_relation_whose_target_is_missing_is_left_out_and_named() {
    let (scripted, store) = keeping(&[], |_| None);
    let report = scripted.catalog.create_missing_blueprints(&[blueprint(&related("a", "githubTeam"))]).await.unwrap();
    assert_eq!(report.created, ["a"]);
    let left_out: Vec<_> = report.left_out.iter().map(|left| (left.path.as_str(), left.missing.as_str())).collect();
    assert_eq!(left_out, [("relations.to", "githubTeam"), ("mirrorProperties.seen", "githubTeam")]);
    assert_eq!(store.lock().unwrap()["a"], plain("a"));
}

#[tokio::test(start_paused = true)]
async fn a_relation_to_the_portals_own_users_is_kept_without_asking() {
    let (scripted, store) = keeping(&[], |_| None);
    let mut wanted = related("a", "_user");
    wanted["mirrorProperties"] = json!({});
    // The portal knows its own blueprints, although it does not show them.
    store.lock().unwrap().insert("_user".into(), json!({}));
    let report = scripted.catalog.create_missing_blueprints(&[blueprint(&wanted)]).await.unwrap();
    assert_eq!((report.created.len(), report.left_out.len()), (1, 0));
    assert_eq!(store.lock().unwrap()["a"]["relations"], wanted["relations"]);
    assert!(!scripted.paths().contains(&"GET /v1/blueprints/_user".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_blueprint_that_exists_is_left_alone() {
    let mut own = plain("a");
    own["schema"]["properties"]["mine"] = json!({"type": "number"});
    let (scripted, store) = keeping(&[own.clone(), plain("b")], |_| None);
    let report = scripted.catalog.create_missing_blueprints(&[blueprint(&related("a", "b"))]).await.unwrap();
    assert_eq!((report.existing, report.created.len()), (vec!["a".to_owned()], 0));
    assert_eq!(store.lock().unwrap()["a"], own);
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_was_cut_off_is_completed_by_the_next_run() {
    for writes_until_the_crash in 0..6 {
        let writes = AtomicUsize::new(0);
        let (scripted, store) = keeping(&[], move |seen| {
            let is_the_last = seen.method != "GET" && writes.fetch_add(1, Ordering::Relaxed) == writes_until_the_crash;
            is_the_last.then(|| late(90, json!({})))
        });
        let wanted = [related("a", "b"), related("b", "a")];
        let blueprints = wanted.each_ref().map(blueprint);
        let run = scripted.catalog.create_missing_blueprints(&blueprints);
        assert!(tokio::time::timeout(Duration::from_secs(60), run).await.is_err(), "the run is dropped in the middle");
        let report = scripted.catalog.create_missing_blueprints(&blueprints).await.unwrap();
        assert!(report.failed.is_empty(), "{report:?}");
        assert_eq!(store.lock().unwrap().values().cloned().collect::<Vec<_>>(), wanted, "after {writes_until_the_crash} writes");
    }
}

#[tokio::test(start_paused = true)]
async fn a_blueprint_that_is_refused_is_named_and_the_others_are_created() {
    let (scripted, store) = keeping(&[], |seen| (seen.body["identifier"] == "a").then(|| refusal(422, "invalid_request")));
    let wanted = [plain("a"), related("b", "a")];
    let report = scripted.catalog.create_missing_blueprints(&wanted.each_ref().map(blueprint)).await.unwrap();
    assert_eq!((report.created, report.failed.len()), (vec!["b".to_owned()], 1));
    assert_eq!((report.failed[0].identifier.as_str(), report.failed[0].is_there), ("a", false));
    assert_eq!(report.left_out[0].missing, "a");
    assert!(store.lock().unwrap().contains_key("b"));
}

#[tokio::test(start_paused = true)]
async fn a_blueprint_created_in_part_is_named_as_failed() {
    let (scripted, _) = keeping(&[plain("b")], |seen| (seen.method == "PATCH").then(|| refusal(422, "invalid_request")));
    let report = scripted.catalog.create_missing_blueprints(&[blueprint(&related("a", "b"))]).await.unwrap();
    assert_eq!((report.created.len(), report.failed.len(), report.failed[0].is_there), (0, 1, true));
}

#[tokio::test(start_paused = true)]
async fn blueprints_are_read_one_by_one_and_all_together() {
    let (scripted, _) = keeping(&[plain("a"), related("b", "a")], |_| None);
    assert_eq!(scripted.catalog.blueprint("b").await.unwrap().unwrap().relation("to").unwrap().target, "a");
    assert_eq!(scripted.catalog.blueprint("c").await.unwrap(), None);
    assert_eq!(scripted.catalog.blueprints().await.unwrap().len(), 2);
}
