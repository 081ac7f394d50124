//! Blueprints through the API: what may be made, changed and removed, and in which order.

use super::*;
use crate::model::blueprint::BUNDLED;

#[tokio::test(start_paused = true)]
async fn the_bundled_blueprints_are_accepted_and_given_back() {
    let peer = peer().await;
    // Another integration's, to which one of them relates.
    peer.blueprint("githubTeam", json!({})).await;
    for (identifier, text) in BUNDLED {
        assert_eq!(peer.send("POST", "/v1/blueprints", text).await.0, 201);
        let sent: Value = serde_json::from_str(text).unwrap();
        let (_, answer) = peer.get(&format!("/v1/blueprints/{identifier}")).await;
        let given = &answer["blueprint"];
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(&given[name], value, "{identifier} {name}");
        }
        assert_eq!((given["relations"].is_object(), &given["createdBy"]), (true, &json!("me")));
        assert_eq!(peer.send("POST", "/v1/blueprints", text).await.0, 409);
    }
    let (_, answer) = peer.get("/v1/blueprints").await;
    assert_eq!(answer["blueprints"].as_array().unwrap().len(), BUNDLED.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn a_relation_needs_its_target_first() {
    let peer = peer().await;
    let service = json!({"identifier": "service", "title": "S", "relations": {"team": {"target": "team"}}});
    let (status, answer) = peer.post("/v1/blueprints", &service).await;
    assert_eq!((status, &answer["message"]), (404, &json!("Blueprint with identifier \"team\" was not found")));
    assert_eq!(answer["details"], json!({"resource": "Blueprint", "byField": "identifier", "withValue": "team"}));
    // In stages, as Ocean does: bare, then with relations.
    assert_eq!(peer.post("/v1/blueprints", &json!({"identifier": "service", "title": "S"})).await.0, 201);
    assert_eq!(peer.patch("/v1/blueprints/service", &json!({"relations": service["relations"]})).await.0, 404);
    peer.blueprint("team", json!({})).await;
    let (status, answer) = peer.patch("/v1/blueprints/service", &json!({"relations": service["relations"]})).await;
    assert_eq!((status, &answer["blueprint"]["title"]), (200, &json!("S")));
    // Itself and the portal's own are always there.
    let own = json!({"identifier": "page", "relations": {"parent": {"target": "page"}, "author": {"target": "_user"}}});
    assert_eq!(peer.post("/v1/blueprints", &own).await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn a_property_keeps_its_type() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let schema = |kind: &str| json!({"schema": {"properties": {"number": {"type": kind, "title": "N"}}, "required": []}});
    assert_eq!(refusal(peer.patch("/v1/blueprints/service", &schema("string")).await), refused(422, "invalid_request"));
    assert_eq!(peer.patch("/v1/blueprints/service", &schema("number")).await.0, 200);
    // The next entity is held against the changed blueprint.
    assert_eq!(peer.bulk("service", json!([{"identifier": "a", "properties": {"text": "t"}}])).await.0, 207);
}

#[tokio::test(start_paused = true)]
async fn put_replaces_a_blueprint_and_keeps_when_it_was_made() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let body = json!({"identifier": "service", "title": "New"}).to_string();
    let (status, answer) = peer.send("PUT", "/v1/blueprints/service", body).await;
    let blueprint = &answer["blueprint"];
    assert_eq!((status, &blueprint["schema"]), (200, &json!({"properties": {}, "required": []})));
    assert_eq!(blueprint["createdAt"], "2026-08-01T00:00:00.000Z");
    assert_eq!(blueprint["updatedAt"], "2026-08-01T00:00:01.000Z");
    assert_eq!(refusal(peer.patch("/v1/blueprints/nothing", &json!({})).await), refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn a_blueprint_that_something_depends_on_stays() {
    let peer = peer().await;
    peer.blueprint("team", json!({})).await;
    peer.blueprint("service", json!({"team": {"target": "team"}})).await;
    assert_eq!(refusal(peer.delete("/v1/blueprints/team").await), refused(403, "has_dependents"));
    peer.bulk("service", json!([{"identifier": "a"}])).await;
    let (status, answer) = peer.delete("/v1/blueprints/service").await;
    assert_eq!((status, answer["message"].as_str().unwrap().contains("has dependant entities")), (403, true));
    peer.delete("/v1/blueprints/service/entities/a").await;
    for blueprint in ["service", "team"] {
        assert_eq!(peer.delete(&format!("/v1/blueprints/{blueprint}")).await.0, 200);
        assert_eq!(refusal(peer.get(&format!("/v1/blueprints/{blueprint}")).await), refused(404, "not_found"));
    }
}

#[tokio::test(start_paused = true)]
async fn all_entities_of_a_blueprint_can_be_removed_with_it() {
    let peer = peer().await;
    for name in ["kept", "gone"] {
        peer.blueprint(name, json!({})).await;
        peer.bulk(name, json!([{"identifier": "a"}, {"identifier": "b"}])).await;
    }
    let (_, answer) = peer.delete("/v1/blueprints/kept/all-entities").await;
    let (_, answer) = peer.get(&format!("/v1/migrations/{}", answer["migrationId"].as_str().unwrap())).await;
    assert_eq!(answer["migration"]["status"], "COMPLETED");
    assert_eq!(peer.get("/v1/blueprints/kept/entities-count").await.1["count"], 0);
    assert_eq!(peer.delete("/v1/blueprints/gone/all-entities?delete_blueprint=true").await.0, 200);
    assert_eq!(peer.get("/v1/blueprints/gone").await.0, 404);
    // A blueprint of the same name starts empty.
    peer.blueprint("gone", json!({})).await;
    assert_eq!(peer.found(json!([])).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_relation_that_is_added_later_guards_what_was_there() {
    let peer = peer_of(LocalCatalogOptions { validation: false, ..options() }).await;
    peer.blueprint("team", json!({})).await;
    peer.blueprint("service", json!({})).await;
    peer.bulk("team", json!([{"identifier": "t"}])).await;
    peer.bulk("service", json!([{"identifier": "s", "relations": {"team": "t"}}])).await;
    peer.patch("/v1/blueprints/service", &json!({"relations": {"team": {"target": "team"}}})).await;
    assert_eq!(refusal(peer.delete("/v1/blueprints/team/entities/t").await), refused(403, "has_dependents"));
    peer.patch("/v1/blueprints/service", &json!({"relations": {}})).await;
    assert_eq!(peer.delete("/v1/blueprints/team/entities/t").await.0, 200);
}
