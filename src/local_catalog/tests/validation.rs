//! Entities that do not fit their blueprint are refused with the API's statuses and codes.

use super::*;

async fn strict() -> Peer {
    peer_with(options()).await
}

async fn peer_with(options: LocalCatalogOptions) -> Peer {
    let peer = peer_of(options).await;
    peer.blueprint("team", json!({})).await;
    let blueprint = json!({
        "identifier": "service", "title": "Service",
        "schema": {
            "properties": {"n": {"type": "number", "minimum": 0}, "when": {"type": "string", "format": "date-time"}, "must": {"type": "string"}},
            "required": ["must"],
        },
        "relations": {"team": {"target": "team", "required": true}, "teams": {"target": "team", "many": true}},
    });
    assert_eq!(peer.post("/v1/blueprints", &blueprint).await.0, 201);
    peer
}

fn cases() -> Vec<(Value, u16, &'static str, &'static str)> {
    let fits = json!({"identifier": "a", "properties": {"must": "m", "n": null}, "relations": {"team": "t", "teams": ["t"]}});
    let with = |pointer: &str, value: Value| {
        let mut entity = fits.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        entity.pointer_mut(parent).unwrap()[name] = value;
        entity
    };
    let mismatch = "blueprint_schema_mismatch";
    vec![
        (fits.clone(), 0, "", ""),
        (with("/identifier", json!(5)), 0, "", ""),
        (with("/title", json!(5)), 0, "", ""),
        (with("/anything", json!({})), 0, "", ""),
        (with("/identifier", json!(" a")), 422, "invalid_request", "\"identifier\" must NOT have the character ' '"),
        (
            with("/identifier", json!("a".repeat(1001))),
            422,
            "invalid_request",
            "\"identifier\" must NOT have more than 1000 characters",
        ),
        (with("/title", json!({})), 422, "invalid_request", "\"title\" must be string"),
        (with("/team", json!(5)), 422, "invalid_request", "\"team\" must be string, array of strings or null"),
        (with("/properties/n", json!("5")), 422, mismatch, "\"n\" must be number"),
        (with("/properties/n", json!(-1)), 422, mismatch, "\"n\" must be >= 0"),
        (with("/properties/when", json!("2026-08-01")), 422, mismatch, "\"when\" must match format \"date-time\""),
        (
            with("/properties/more", json!(1)),
            422,
            mismatch,
            "\"properties\" must NOT have additional properties: \"more\" is not in the blueprint",
        ),
        (with("/properties/must", json!(null)), 422, mismatch, "\"properties\" must have required property 'must'"),
        (with("/relations/more", json!("t")), 404, "not_found", "Relation with identifier \"more\" was not found"),
        (with("/relations/team", json!(null)), 422, "required_relation", "Relation \"team\" is required"),
        (
            with("/relations/team", json!(["t"])),
            422,
            "relation_many_violation",
            "Relation with identifier \"team\" takes one entity, not a list",
        ),
        (
            with("/relations/teams", json!("t")),
            422,
            "relation_many_violation",
            "Relation with identifier \"teams\" takes a list of entities, not one",
        ),
        (with("/relations/team", json!(5)), 422, "invalid_request", "relation \"team\" must be string, array of strings or null"),
        (
            with("/relations/team", json!("t t")),
            422,
            "invalid_request",
            "related identifier \"t t\" must NOT have the character ' '",
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_entity_that_does_not_fit_is_refused_with_the_reason() {
    let peer = strict().await;
    for (entity, status, code, message) in cases() {
        let (bulk_status, answer) = peer.bulk("service", json!([entity])).await;
        if status == 0 {
            assert_eq!((bulk_status, &answer["errors"]), (200, &json!([])), "{entity}");
            continue;
        }
        let error = &answer["errors"][0];
        assert_eq!((error["statusCode"].as_u64().unwrap(), error["error"].as_str().unwrap()), (status.into(), code), "{entity}");
        assert_eq!(error["message"], message, "{entity}");
        let single = peer.post(&format!("/v1/blueprints/service/entities?{UPSERT}"), &entity).await;
        assert_eq!(refusal(single), refused(status, code), "{entity}");
    }
    assert_eq!(peer.found(json!([])).await, ["5", "a", "t"], "what is refused leaves nothing behind");
    assert_eq!(peer.entity("service", "a").await["title"], "5", "a title is text");
}

#[tokio::test(start_paused = true)]
async fn what_is_required_may_be_there_already_when_merging() {
    let peer = strict().await;
    peer.bulk("service", json!([{"identifier": "a", "properties": {"must": "m"}, "relations": {"team": "t"}}])).await;
    let sent = json!([{"identifier": "a", "properties": {"n": 1}}]);
    assert_eq!(peer.bulk("service", sent.clone()).await.0, 200);
    let path = "/v1/blueprints/service/entities/bulk?upsert=true&merge=false";
    assert_eq!(peer.post(path, &json!({"entities": sent})).await.0, 207);
}

#[tokio::test(start_paused = true)]
async fn unknown_properties_can_be_let_in() {
    let peer = peer_with(LocalCatalogOptions { accept_unknown_properties: true, ..options() }).await;
    let entity = json!({"identifier": "a", "properties": {"must": "m", "more": 1}, "relations": {"team": "t"}});
    assert_eq!(peer.bulk("service", json!([entity])).await.0, 200);
    assert_eq!(peer.entity("service", "a").await["properties"]["more"], 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_entity_is_refused() {
    let peer = strict().await;
    let path = format!("/v1/blueprints/service/entities?{UPSERT}");
    for (body, status, code) in [
        ("{", 400, "bad_request"),
        ("", 400, "bad_request"),
        ("[]", 422, "invalid_request"),
        ("{}", 422, "invalid_request"),
        (r#"{"identifier": null}"#, 422, "invalid_request"),
        (r#"{"identifier": "a", "properties": []}"#, 422, "invalid_request"),
    ] {
        assert_eq!(refusal(peer.send("POST", &path, body).await), refused(status, code), "{body}");
    }
    let (_, answer) = peer.bulk("service", json!([{"identifier": "a", "properties": []}, 5])).await;
    let named: Vec<&Value> = answer["errors"].as_array().unwrap().iter().map(|error| &error["identifier"]).collect();
    assert_eq!(named, ["a", "unknown"]);
    let wrong = peer.post("/v1/blueprints/service/entities?upsert=maybe", &json!({})).await;
    assert_eq!(refusal(wrong), refused(422, "invalid_request"));
}
