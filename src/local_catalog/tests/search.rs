//! Searching through the API: what is looked at, what is shown, page by page.

use super::*;

async fn three_services() -> Peer {
    let mut peer = peer().await;
    peer.blueprint("service", json!({"next": {"target": "service"}})).await;
    peer.blueprint("other", json!({})).await;
    let entity =
        |name: &str, number: i64| json!({"identifier": name, "title": name, "properties": {"number": number, "text": "t"}});
    peer.bulk("service", json!([entity("a", 1), entity("b", 2)])).await;
    peer.bulk("other", json!([entity("a", 9)])).await;
    peer.agent = "curl/8.0".to_owned();
    tokio::time::advance(Duration::from_secs(60)).await;
    peer.bulk("service", json!([entity("c", 3)])).await;
    peer
}

#[tokio::test(start_paused = true)]
async fn the_search_of_a_resync_finds_its_own_entities() {
    let peer = three_services().await;
    let rules = json!([
        {"property": "$identifier", "operator": "in", "value": ["c", "a", "missing", "a"]},
        {"property": "$blueprint", "operator": "=", "value": "service"},
        {"property": "$datasource", "operator": "contains", "value": "port-ocean/github-copilot/"},
        {"property": "$datasource", "operator": "contains", "value": "/mine/exporter"},
    ]);
    let path =
        "/v1/entities/search?exclude_calculated_properties=true&include=blueprint&include=identifier&include=properties.number";
    let (status, answer) = peer.post(path, &json!({"combinator": "and", "rules": rules})).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer,
        json!({"ok": true, "entities": [{"identifier": "a", "blueprint": "service", "properties": {"number": 1}}]})
    );
}

#[tokio::test(start_paused = true)]
async fn each_meta_property_can_be_asked_about() {
    let peer = three_services().await;
    let cases = [
        (json!([]), vec!["a", "a", "b", "c"]),
        (json!([["$blueprint", "=", "other"]]), vec!["a"]),
        (json!([["$blueprint", "in", ["other", "service"]], ["$identifier", "=", "a"]]), vec!["a", "a"]),
        (json!([["$identifier", "!=", "a"]]), vec!["b", "c"]),
        (json!([["$datasource", "=", "curl/8.0"]]), vec!["c"]),
        (json!([["$title", "beginsWith", "b"]]), vec!["b"]),
        (json!([["$updatedAt", ">", "2026-08-01T00:00:30Z"]]), vec!["c"]),
        (json!([["$createdAt", "between", {"preset": "today"}], ["number", "<", 3]]), vec!["a", "b"]),
        (json!([["$createdBy", "=", "me"], ["number", "between", {"from": 2, "to": 3}]]), vec!["b", "c"]),
        (json!([["next", "isEmpty", null], ["number", "=", 9]]), vec!["a"]),
        (json!([["missing", "isNotEmpty", null]]), vec![]),
    ];
    for (rules, expected) in cases {
        let rule = |rule: &Value| json!({"property": rule[0], "operator": rule[1], "value": rule[2]});
        let query = rules.as_array().unwrap().iter().map(rule).collect();
        assert_eq!(peer.found(query).await, expected, "{rules}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_search_of_one_blueprint_goes_page_by_page() {
    let peer = three_services().await;
    let path = "/v1/blueprints/service/entities/search";
    let query = json!({"combinator": "and", "rules": [{"property": "number", "operator": ">=", "value": 1}]});
    let mut body = json!({"query": query, "include": ["$identifier"], "limit": 2});
    let (_, first) = peer.post(path, &body).await;
    assert_eq!(first["entities"], json!([{"identifier": "a"}, {"identifier": "b"}]));
    body["from"] = first["next"].clone();
    let (_, second) = peer.post(path, &body).await;
    assert_eq!(second, json!({"ok": true, "entities": [{"identifier": "c"}]}));
    assert_eq!(identifiers(&peer.post(path, &json!({})).await.1), ["a", "b", "c"]);
    let (_, answer) = peer.post(path, &json!({"exclude": ["properties.text"], "limit": 1})).await;
    assert_eq!(answer["entities"][0]["properties"], json!({"number": 1}));
    for limit in [json!(0), json!(1001), json!("2")] {
        assert_eq!(refusal(peer.post(path, &json!({"limit": limit})).await), refused(422, "invalid_request"), "{limit}");
    }
    assert_eq!(refusal(peer.post("/v1/blueprints/nothing/entities/search", &json!({})).await), refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn a_search_of_all_is_a_page_only_if_a_limit_is_given() {
    let peer = three_services().await;
    let mut body = json!({"combinator": "and", "rules": [{"property": "number", "operator": ">=", "value": 1}]});
    let path = "/v1/entities/search?include=blueprint&include=identifier";
    let (_, whole) = peer.post(path, &body).await;
    assert_eq!(identifiers(&whole), ["a", "a", "b", "c"]);
    assert_eq!(whole["next"], Value::Null);
    for limit in [1, 2, 3, 4] {
        body["limit"] = json!(limit);
        body["from"] = Value::Null;
        let mut found = Vec::new();
        let mut pages = 0;
        loop {
            let (status, page) = peer.post(path, &body).await;
            assert_eq!(status, 200, "{page}");
            found.extend(page["entities"].as_array().unwrap().clone());
            pages += 1;
            match page["next"].as_str() {
                Some(next) => body["from"] = json!(next),
                None => break,
            }
        }
        assert_eq!(json!(found), whole["entities"], "{limit} a page");
        assert_eq!(pages, 4_usize.div_ceil(limit), "{limit} a page");
    }
    body["limit"] = json!(0);
    assert_eq!(refusal(peer.post(path, &body).await), refused(422, "invalid_request"));
    // What no page has given would begin anew.
    (body["limit"], body["from"]) = (json!(1), json!("day"));
    assert_eq!(refusal(peer.post(path, &body).await), refused(422, "invalid_request"));
}

#[tokio::test(start_paused = true)]
async fn a_beginning_of_the_identifier_narrows_what_is_looked_at_and_not_what_is_found() {
    let peer = peer().await;
    peer.blueprint("day", json!({})).await;
    let names = ["a/1", "a/2", "ab/1", "b/1"];
    peer.bulk("day", Value::from_iter(names.map(|name| json!({"identifier": name, "properties": {"number": 1}})))).await;
    let rule = |operator: &str, value: &str| json!({"property": "$identifier", "operator": operator, "value": value});
    let cases = [
        (json!([rule("beginsWith", "a/")]), vec!["a/1", "a/2"]),
        (json!([rule("beginsWith", "")]), names.to_vec()),
        (json!([rule("beginsWith", "c")]), vec![]),
        (json!([rule("beginsWith", "a"), rule("endsWith", "/1")]), vec!["a/1", "ab/1"]),
        (json!([rule("beginsWith", "a"), rule("beginsWith", "ab")]), vec!["ab/1"]),
        (json!([{"combinator": "or", "rules": [rule("beginsWith", "b"), rule("=", "a/2")]}]), vec!["a/2", "b/1"]),
        (json!([rule("beginsWith", "a/"), {"property": "number", "operator": "=", "value": 1}]), vec!["a/1", "a/2"]),
    ];
    for (rules, expected) in cases {
        let query = json!({"combinator": "and", "rules": rules});
        assert_eq!(identifiers(&peer.post("/v1/entities/search", &query).await.1), expected, "all: {rules}");
        let of_one = peer.post("/v1/blueprints/day/entities/search", &json!({ "query": query })).await.1;
        assert_eq!(identifiers(&of_one), expected, "one blueprint: {rules}");
        let after = json!({"query": query, "from": "a/1"});
        let of_rest = identifiers(&peer.post("/v1/blueprints/day/entities/search", &after).await.1);
        assert_eq!(of_rest, expected.into_iter().filter(|name| *name > "a/1").collect::<Vec<_>>(), "after the first: {rules}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_entities_of_a_blueprint_are_listed_and_counted() {
    let peer = three_services().await;
    let (_, answer) = peer.get("/v1/blueprints/service/entities?include=identifier").await;
    assert_eq!(answer["entities"], json!([{"identifier": "a"}, {"identifier": "b"}, {"identifier": "c"}]));
    assert_eq!(peer.get("/v1/blueprints/service/entities-count").await.1, json!({"ok": true, "count": 3}));
    assert_eq!(refusal(peer.get("/v1/blueprints/nothing/entities").await), refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn a_query_that_is_none_is_refused_by_name() {
    let peer = peer().await;
    let (status, answer) = peer.post("/v1/entities/search", &json!({"rules": []})).await;
    assert_eq!((status, &answer["message"]), (422, &json!("query must have required property 'combinator'")));
}
