//! Bulk upserts and deletions: limits, partial failure, who owns what.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_bulk_with_a_bad_entity_takes_the_others() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let (status, answer) = peer
        .bulk("service", json!([{"identifier": "a"}, {"identifier": "b", "properties": {"number": "x"}}, {"identifier": "c"}]))
        .await;
    assert_eq!(status, 207);
    assert_eq!(
        answer["entities"],
        json!([{"created": true, "identifier": "a", "index": 0}, {"created": true, "identifier": "c", "index": 2}])
    );
    let error = json!({
        "identifier": "b", "index": 1, "statusCode": 422, "error": "blueprint_schema_mismatch", "message": "\"number\" must be number",
    });
    assert_eq!(answer["errors"], json!([error]));
    assert_eq!(peer.bulk("service", json!([{"identifier": "a"}])).await.1["entities"][0]["created"], false);
}

#[tokio::test(start_paused = true)]
async fn without_validation_only_an_identifier_without_text_is_refused() {
    let peer = peer_of(LocalCatalogOptions { validation: false, ..options() }).await;
    peer.blueprint("day", json!({})).await;
    let sent = r#"{"entities":[{"identifier":42},{"identifier":1.5},{"identifier":["a","b"]},{"identifier":true},{"identifier":" spaced "},
        {"identifier":10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104},
        {"identifier":null},{"title":"none"},{"identifier":"x","title":{"o":1},"properties":{"number":"n","other":null},"relations":{"r":5}}]}"#;
    let (status, answer) = peer.send("POST", "/v1/blueprints/day/entities/bulk?upsert=true", sent).await;
    assert_eq!(status, 207);
    assert_eq!(identifiers(&answer), ["42", "1.5", "true", " spaced ", "1e+100", "x"]);
    let refused: Vec<&Value> = answer["errors"].as_array().unwrap().iter().map(|error| &error["identifier"]).collect();
    assert_eq!(refused, [r#"["a","b"]"#, "null", "null"]);
    let stored = peer.entity("day", "x").await;
    assert_eq!(stored["title"], json!({"o": 1}));
    assert_eq!(stored["properties"], json!({"number": "n", "other": null}));
    assert_eq!(stored["relations"], json!({"r": 5}));
}

#[tokio::test(start_paused = true)]
async fn a_bulk_has_one_to_twenty_entities() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let many = |count: usize| Value::from_iter((0..count).map(|n| json!({"identifier": n.to_string()})));
    for (count, status) in [(0, 422), (1, 200), (20, 200), (21, 422)] {
        assert_eq!(peer.bulk("service", many(count)).await.0, status, "{count}");
    }
    let path = "/v1/blueprints/service/entities/bulk";
    for body in [json!({"entities": [], "more": 1}), json!({"entities": {}}), json!({}), json!([])] {
        assert_eq!(refusal(peer.post(path, &body).await), refused(422, "invalid_request"), "{body}");
    }
    assert_eq!(refusal(peer.send("POST", path, "{\"entities\": [").await), refused(400, "bad_request"));
    assert_eq!(refusal(peer.bulk("nothing", many(1)).await), refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn a_body_may_have_a_mebibyte_and_no_more() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let body = |length: usize| {
        let empty = r#"{"entities":[{"identifier":"a","properties":{"text":""}}]}"#;
        empty.replace(r#""""#, &format!("\"{}\"", "x".repeat(length - empty.len())))
    };
    let path = format!("/v1/blueprints/service/entities/bulk?{UPSERT}");
    assert_eq!(peer.send("POST", &path, body(1_048_576)).await.0, 200);
    let (status, answer) = peer.send("POST", &path, body(1_048_577)).await;
    let expected = json!({"ok": false, "error": "bad_request", "message": "Request body is too large (limit is 1MiB)"});
    assert_eq!((status, answer), (413, expected));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_names_one_to_a_hundred_entities() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let many = |count: usize| json!({"entities": (0..count).map(|n| n.to_string()).collect::<Vec<_>>()});
    for (count, status) in [(0, 422), (1, 200), (100, 200), (101, 422)] {
        assert_eq!(peer.post("/v1/blueprints/service/bulk/entities/delete", &many(count)).await.0, status, "{count}");
    }
}

#[tokio::test(start_paused = true)]
async fn dependents_stop_a_deletion_unless_they_may_go_too() {
    let peer = peer().await;
    peer.blueprint("team", json!({})).await;
    peer.blueprint("service", json!({"team": {"target": "team"}})).await;
    peer.blueprint("run", json!({"service": {"target": "service"}})).await;
    peer.bulk("service", json!([{"identifier": "s", "relations": {"team": "t"}}, {"identifier": "lone"}])).await;
    peer.bulk("run", json!([{"identifier": "r", "relations": {"service": "s"}}])).await;
    let path = "/v1/blueprints/team/bulk/entities/delete";
    let (status, answer) = peer.post(path, &json!({"entities": ["t"]})).await;
    assert_eq!((status, &answer["error"]), (403, &json!("has_dependents")));
    assert_eq!(answer["details"]["dependents"], json!(["service/s"]));
    assert_eq!(refusal(peer.delete("/v1/blueprints/team/entities/t").await), refused(403, "has_dependents"));
    assert_eq!(peer.found(json!([])).await, ["r", "lone", "s", "t"]);
    let (status, answer) = peer.post(&format!("{path}?delete_dependents=true"), &json!({"entities": ["t"]})).await;
    assert_eq!((status, &answer["deletedEntities"]), (200, &json!(["t"])));
    assert_eq!(peer.found(json!([])).await, ["lone"]);
}

#[tokio::test(start_paused = true)]
async fn entities_that_are_deleted_together_do_not_stop_each_other() {
    let peer = peer().await;
    peer.blueprint("page", json!({"parent": {"target": "page"}})).await;
    peer.bulk("page", json!([{"identifier": "child", "relations": {"parent": "top"}}])).await;
    let body = json!({"entities": ["top", "child"]});
    assert_eq!(peer.post("/v1/blueprints/page/bulk/entities/delete", &body).await.0, 200);
    assert_eq!(peer.found(json!([])).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_integration_lists_what_it_owns_page_by_page() {
    let mut peer = peer().await;
    peer.blueprint("service", json!({})).await;
    peer.bulk("service", json!([{"identifier": "a"}, {"identifier": "b"}, {"identifier": "c"}])).await;
    for (agent, identifier) in [
        ("port-ocean/github-copilot/9.0.0/mine/exporter", "upgraded"),
        ("port-ocean/github-copilot/0.3.104/mine", "not-exported"),
        ("port-ocean/github-copilot/0.3.104/other/exporter", "other"),
        ("curl/8.0", "by-hand"),
    ] {
        peer.agent = agent.to_owned();
        peer.bulk("service", json!([{"identifier": identifier}])).await;
    }
    let mut body = json!({"datasource_prefix": "port-ocean/github-copilot/", "datasource_suffix": "/mine/exporter", "limit": 3});
    let path = "/v1/blueprints/entities/datasource-entities";
    let (_, first) = peer.post(path, &body).await;
    assert_eq!(first["entities"][0], json!({"identifier": "a", "blueprint": "service", "updatedAt": "2026-08-01T00:00:00.000Z"}));
    assert_eq!(identifiers(&first), ["a", "b", "c"]);
    body["from"] = first["next"].clone();
    let (_, second) = peer.post(path, &body).await;
    assert_eq!((identifiers(&second), second.get("next")), (vec!["upgraded".to_owned()], None));
    for (name, value) in [("limit", json!(5001)), ("before", json!("today")), ("datasource_prefix", json!(null))] {
        let mut wrong = body.clone();
        wrong[name] = value;
        assert_eq!(refusal(peer.post(path, &wrong).await), refused(422, "invalid_request"), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_updated_since_is_left_out_of_before() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    peer.bulk("service", json!([{"identifier": "stale"}, {"identifier": "sent-again"}])).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    peer.bulk("service", json!([{"identifier": "sent-again"}])).await;
    let listed = |before: &'static str| {
        let body = json!({
            "datasource_prefix": "port-ocean/github-copilot/", "datasource_suffix": "/mine/exporter", "limit": 5000, "before": before,
        });
        let peer = &peer;
        async move { identifiers(&peer.post("/v1/blueprints/entities/datasource-entities", &body).await.1) }
    };
    assert_eq!(listed("2026-08-01T00:00:10.000999+00:00").await, ["stale"]);
    assert_eq!(listed("2026-08-01T00:00:10.001Z").await, ["stale", "sent-again"]);
    assert_eq!(listed("2026-08-01T00:00:00Z").await, Vec::<String>::new());
}
