//! One entity: created, merged, overwritten, related.

use super::*;

const ENTITIES: &str = "/v1/blueprints/service/entities";

#[tokio::test(start_paused = true)]
async fn an_upsert_says_whether_the_entity_is_new() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let path = format!("{ENTITIES}?{UPSERT}");
    let entity = json!({"identifier": "a", "blueprint": "ignored", "title": "A", "properties": {"number": 1}});
    let (status, answer) = peer.post(&path, &entity).await;
    assert_eq!(status, 201);
    let stored = json!({
        "identifier": "a", "title": "A", "blueprint": "service", "properties": {"number": 1}, "relations": {},
        "createdAt": "2026-08-01T00:00:00.000Z", "createdBy": "me", "updatedAt": "2026-08-01T00:00:00.000Z", "updatedBy": "me",
    });
    assert_eq!(answer["entity"], stored);
    tokio::time::advance(Duration::from_millis(1500)).await;
    let (status, answer) = peer.post(&path, &entity).await;
    assert_eq!(status, 200);
    assert_eq!(answer["entity"]["createdAt"], stored["createdAt"]);
    // Nothing changed but the timestamp: every upsert counts as an update.
    assert_eq!(answer["entity"]["updatedAt"], "2026-08-01T00:00:01.500Z");
    assert_eq!(peer.entity("service", "a").await, answer["entity"]);
}

#[tokio::test(start_paused = true)]
async fn without_upsert_an_entity_that_exists_is_not_touched() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    for query in ["", "?upsert=false", "?upsert=false&merge=true"] {
        peer.delete(&format!("{ENTITIES}/a")).await;
        assert_eq!(peer.post(&format!("{ENTITIES}{query}"), &json!({"identifier": "a", "title": "first"})).await.0, 201);
        let answer = peer.post(&format!("{ENTITIES}{query}"), &json!({"identifier": "a", "title": "second"})).await;
        assert_eq!(refusal(answer), refused(409, "identifier_taken"));
        assert_eq!(peer.entity("service", "a").await["title"], "first");
    }
}

#[tokio::test(start_paused = true)]
async fn merge_keeps_what_is_not_sent_and_override_does_not() {
    let peer = peer().await;
    peer.blueprint("service", json!({"one": {"target": "service"}, "two": {"target": "service"}})).await;
    let sent = json!({"identifier": "a", "title": "new", "properties": {"text": null}, "relations": {"two": "c"}});
    let cases = [
        ("merge=true", json!("Github"), json!({"text": null, "number": 1}), json!({"one": "b", "two": "c"})),
        ("merge=false", json!(null), json!({"text": null}), json!({"two": "c"})),
    ];
    for (merge, icon, properties, relations) in cases {
        let before = json!({
            "identifier": "a", "title": "old", "icon": "Github", "team": ["x"], "properties": {"text": "t", "number": 1},
            "relations": {"one": "b"},
        });
        peer.bulk("service", json!([before])).await;
        let path = format!("{ENTITIES}/bulk?upsert=true&{merge}&create_missing_related_entities=true");
        assert_eq!(peer.post(&path, &json!({"entities": [sent]})).await.0, 200);
        let stored = peer.entity("service", "a").await;
        assert_eq!(stored["title"], "new", "{merge}");
        assert_eq!(stored["icon"], icon, "{merge}");
        assert_eq!(stored["properties"], properties, "{merge}");
        assert_eq!(stored["relations"], relations, "{merge}");
    }
}

#[tokio::test(start_paused = true)]
async fn patch_merges_put_overwrites_and_neither_creates() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let path = format!("{ENTITIES}/a");
    let sent = json!({"properties": {"text": "t"}});
    assert_eq!(refusal(peer.patch(&path, &sent).await), refused(404, "not_found"));
    assert_eq!(refusal(peer.send("PUT", &path, sent.to_string()).await), refused(404, "not_found"));
    peer.bulk("service", json!([{"identifier": "a", "title": "A", "properties": {"number": 1}}])).await;
    let (_, answer) = peer.patch(&path, &sent).await;
    assert_eq!(answer["entity"]["properties"], json!({"number": 1, "text": "t"}));
    assert_eq!(answer["entity"]["title"], "A");
    let (_, answer) = peer.send("PUT", &path, sent.to_string()).await;
    assert_eq!(answer["entity"]["properties"], json!({"text": "t"}));
    assert_eq!(answer["entity"].get("title"), None);
    assert_eq!(refusal(peer.patch(&path, &json!({"identifier": "b"})).await), refused(422, "invalid_request"));
}

#[tokio::test(start_paused = true)]
async fn an_identifier_may_hold_what_a_path_must_escape() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let identifier = "acme/über'@2026-08-01+x";
    peer.bulk("service", json!([{"identifier": identifier}])).await;
    let path = "acme%2F%C3%BCber%27%402026-08-01+x";
    assert_eq!(peer.entity("service", path).await["identifier"], identifier);
    assert_eq!(peer.delete(&format!("{ENTITIES}/{path}")).await.0, 200);
    assert_eq!(refusal(peer.delete(&format!("{ENTITIES}/{path}")).await), refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn related_entities_that_are_missing_are_created_bare_or_refused() {
    let peer = peer().await;
    peer.blueprint("team", json!({})).await;
    peer.blueprint("service", json!({"owners": {"target": "team", "many": true}, "main": {"target": "team"}})).await;
    let sent = json!({"entities": [{"identifier": "s", "relations": {"owners": ["t1", "t2"], "main": "t1"}}]});
    let path = format!("{ENTITIES}/bulk?upsert=true&merge=true");
    let (status, answer) = peer.post(&path, &sent).await;
    assert_eq!(status, 207);
    assert_eq!(answer["errors"][0]["statusCode"], 404);
    assert_eq!(answer["errors"][0]["message"], "Entity with identifier \"t1\" was not found");
    assert_eq!(peer.found(json!([])).await, Vec::<String>::new());
    assert_eq!(peer.post(&format!("{path}&create_missing_related_entities=true"), &sent).await.0, 200);
    assert_eq!(peer.found(json!([])).await, ["s", "t1", "t2"]);
    let bare = peer.entity("team", "t2").await;
    assert_eq!((&bare["title"], &bare["properties"]), (&json!("t2"), &json!({})));
    // Now that they are there, nothing has to be created.
    assert_eq!(peer.post(&path, &sent).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn the_portals_own_users_are_never_created() {
    let peer = peer().await;
    // They need not be here to be related to; when they are, they must exist.
    peer.blueprint("service", json!({"owner": {"target": "_user"}})).await;
    assert_eq!(peer.bulk("service", json!([{"identifier": "s", "relations": {"owner": "mona"}}])).await.0, 200);
    peer.blueprint("_user", json!({})).await;
    let (_, answer) = peer.bulk("service", json!([{"identifier": "s", "relations": {"owner": "mona"}}])).await;
    assert_eq!(answer["errors"][0]["statusCode"], 404);
    peer.bulk("_user", json!([{"identifier": "mona"}])).await;
    assert_eq!(peer.bulk("service", json!([{"identifier": "s", "relations": {"owner": "mona"}}])).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn validation_only_writes_nothing() {
    let peer = peer().await;
    peer.blueprint("team", json!({})).await;
    peer.blueprint("service", json!({"team": {"target": "team"}})).await;
    let path = format!("{ENTITIES}/bulk?upsert=true&create_missing_related_entities=true&validation_only=true");
    let sent =
        json!({"entities": [{"identifier": "a", "relations": {"team": "t"}}, {"identifier": "b", "properties": {"number": ""}}]});
    let (status, answer) = peer.post(&path, &sent).await;
    assert_eq!((status, answer["errors"].as_array().unwrap().len()), (207, 1));
    let single = path.replace("/bulk", "");
    assert_eq!(peer.post(&single, &json!({"identifier": "a"})).await.0, 200);
    assert_eq!(peer.found(json!([])).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_identifier_may_be_a_query_that_finds_one_entity() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    peer.bulk(
        "service",
        json!([{"identifier": "a", "properties": {"number": 1}}, {"identifier": "b", "properties": {"number": 1}}]),
    )
    .await;
    let query = |property: &str, operator: &str, value: Value| json!({"combinator": "and", "rules": [{"property": property, "operator": operator, "value": value}]});
    let upsert = |identifier: Value| peer.bulk("service", json!([{"identifier": identifier, "title": "found"}]));
    let (status, answer) = upsert(query("$identifier", "=", json!("a"))).await;
    assert_eq!((status, &answer["entities"][0]), (200, &json!({"created": false, "identifier": "a", "index": 0})));
    assert_eq!(peer.entity("service", "a").await["title"], "found");
    for (query, status) in [
        (query("number", "=", json!(1)), 422),
        (query("number", "=", json!(2)), 404),
        (query("number", ">", json!(0)), 422),
        (json!({"rules": []}), 422),
    ] {
        let (_, answer) = upsert(query.clone()).await;
        let error = &answer["errors"][0];
        assert_eq!((&error["identifier"], &error["statusCode"]), (&json!("unknown"), &json!(status)), "{query}");
    }
    assert_eq!(peer.found(json!([])).await, ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_relation_may_be_a_query() {
    let peer = peer().await;
    peer.blueprint("team", json!({})).await;
    peer.blueprint("service", json!({"team": {"target": "team"}, "teams": {"target": "team", "many": true}})).await;
    let team = |name: &str, text: &str| json!({"identifier": name, "properties": {"text": text}});
    peer.bulk("team", json!([team("t1", "x"), team("t2", "y"), team("t3", "y")])).await;
    let query = |text: &str| json!({"combinator": "and", "rules": [{"property": "text", "operator": "=", "value": text}]});
    let cases = [
        (json!({"team": query("x"), "teams": query("y")}), 200, json!({"team": "t1", "teams": ["t2", "t3"]})),
        (json!({"teams": query("z")}), 200, json!({"teams": []})),
        (json!({"team": query("y")}), 207, json!(null)),
        (json!({"team": query("z")}), 207, json!(null)),
    ];
    for (relations, status, stored) in cases {
        peer.delete(&format!("{ENTITIES}/s")).await;
        assert_eq!(peer.bulk("service", json!([{"identifier": "s", "relations": relations}])).await.0, status, "{relations}");
        assert_eq!(peer.entity("service", "s").await["relations"], stored, "{relations}");
    }
}
