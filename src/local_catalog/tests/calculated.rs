//! Calculation properties in answers, and pages that end early.

use super::*;

/// A catalog with a blueprint that calculates, and one that does not.
async fn calculating() -> Peer {
    let peer = peer().await;
    let blueprint = json!({
        "identifier": "day", "title": "Day",
        "schema": {"properties": {"a": {"type": "number"}, "b": {"type": "number"}}},
        "calculationProperties": {
            "share": {"title": "Share", "type": "number", "calculation": "if (.properties.b // 0) == 0 then null else .properties.a / .properties.b end"},
            "name": {"title": "Name", "type": "string", "calculation": ".identifier + \" of \" + .blueprint"},
        },
    });
    assert_eq!(peer.post("/v1/blueprints", &blueprint).await.0, 201);
    peer.blueprint("plain", json!({})).await;
    let entity = |name: &str, a: i64, b: i64| json!({"identifier": name, "title": name, "properties": {"a": a, "b": b}});
    peer.bulk("day", json!([entity("x", 1, 4), entity("y", 1, 0)])).await;
    peer.bulk("plain", json!([{"identifier": "x", "title": "x", "properties": {"number": 1}}])).await;
    peer
}

#[tokio::test(start_paused = true)]
async fn every_answer_has_calculated_properties_unless_it_does_without() {
    let peer = calculating().await;
    let whole = json!({"a": 1, "b": 4, "share": 0.25, "name": "x of day"});
    assert_eq!(peer.entity("day", "x").await["properties"], whole);
    assert_eq!(peer.entity("day", "y").await["properties"]["share"], Value::Null);
    assert_eq!(peer.entity("plain", "x").await["properties"], json!({"number": 1}));
    let all = peer.get("/v1/blueprints/day/entities").await.1;
    assert_eq!(all["entities"][0]["properties"], whole);
    let found = peer.post("/v1/blueprints/day/entities/search", &json!({"limit": 1})).await.1;
    assert_eq!((&found["entities"][0]["properties"], &found["next"]), (&whole, &json!("x")));
    let query = json!({"combinator": "and", "rules": []});
    let found = peer.post("/v1/entities/search?include=properties.share", &query).await.1;
    assert_eq!(found["entities"], json!([{"properties": {"share": 0.25}}, {"properties": {"share": null}}, {"properties": {}}]));
    for path in ["/v1/entities/search", "/v1/blueprints/day/entities/search"] {
        let found = peer.post(&format!("{path}?exclude_calculated_properties=true"), &query).await.1;
        assert_eq!(found["entities"][0]["properties"], json!({"a": 1, "b": 4}), "{path}");
    }
    let one = peer.get("/v1/blueprints/day/entities/x?exclude_calculated_properties=true").await.1;
    assert_eq!(one["entity"]["properties"], json!({"a": 1, "b": 4}));
}

#[tokio::test(start_paused = true)]
async fn what_is_calculated_is_not_stored() {
    let peer = calculating().await;
    let (status, answer) = peer.patch("/v1/blueprints/day/entities/x", &json!({"properties": {"a": 2}})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(peer.entity("day", "x").await["properties"]["share"], json!(0.5));
}

#[tokio::test]
async fn a_reader_looks_in_both_directions_and_says_how_far_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap());
    let peer = peer_of(LocalCatalogOptions::new(Storage::Folder(folder.path().to_owned()), clock)).await;
    peer.blueprint("service", json!({"next": {"target": "service"}})).await;
    for number in 0..10 {
        let entities: Vec<Value> = (0..20)
            .map(|digit| json!({"identifier": format!("{number}-{digit:02}"), "title": "t", "properties": {"number": number}}))
            .collect();
        peer.bulk("service", json!(entities)).await;
    }
    peer.bulk("service", json!([{"identifier": "5-00", "title": "t", "relations": {"next": "6-00"}}])).await;
    let reader = LocalCatalogReader::open(folder.path()).unwrap();
    let all = BrowseRequest {
        blueprint: "service",
        prefix: "",
        start: PageStart::First,
        limit: 20,
        rule: None,
        time: Duration::from_secs(60),
        now: "2026-08-01T00:00:00Z".parse().unwrap(),
    };
    let shown = |request: BrowseRequest<'_>| {
        let page = reader.browse(&request).unwrap().unwrap();
        let of = |entity: Option<&StoredEntity>| entity.map(|entity| entity.identifier.clone()).unwrap_or_default();
        let text = |id: &Option<String>| id.clone().unwrap_or("-".to_owned());
        format!("{}..{} {} {}", of(page.entities.first()), of(page.entities.last()), text(&page.previous), text(&page.next))
    };
    let rows = [
        (BrowseRequest { ..all }, "0-00..0-19 - 0-19"),
        (BrowseRequest { start: PageStart::After("0-19"), ..all }, "1-00..1-19 1-00 1-19"),
        (BrowseRequest { start: PageStart::After("8-19"), ..all }, "9-00..9-19 9-00 -"),
        (BrowseRequest { start: PageStart::Before("9-00"), ..all }, "8-00..8-19 8-00 8-19"),
        (BrowseRequest { start: PageStart::Before("1-00"), ..all }, "0-00..0-19 - 0-19"),
        (BrowseRequest { prefix: "5-1", ..all }, "5-10..5-19 - -"),
        (BrowseRequest { prefix: "5-1", start: PageStart::After("2"), ..all }, "5-10..5-19 5-10 -"),
        (BrowseRequest { prefix: "5-1", start: PageStart::Before("9"), limit: 5, ..all }, "5-15..5-19 5-15 5-19"),
        (BrowseRequest { prefix: "5-1", start: PageStart::After("7"), ..all }, ".. - -"),
        (BrowseRequest { prefix: "x", ..all }, ".. - -"),
    ];
    for (request, expected) in rows {
        assert_eq!(shown(request), expected, "{request:?}");
    }
    let (seven, ninety) = (json!(7), json!(90));
    let rule = |value| Some(BrowseRule { property: "number", operator: "=", value: Some(value) });
    assert_eq!(shown(BrowseRequest { rule: rule(&seven), ..all }), "7-00..7-19 - -");
    let cut = reader.browse(&BrowseRequest { rule: rule(&ninety), time: Duration::ZERO, ..all }).unwrap().unwrap();
    assert_eq!((cut.looked, cut.is_cut, cut.next.as_deref(), cut.entities.len()), (64, true, Some("3-03"), 0));
    let rest = BrowseRequest { rule: rule(&ninety), start: PageStart::After("3-03"), ..all };
    let rest = reader.browse(&rest).unwrap().unwrap();
    assert_eq!((rest.looked, rest.is_cut, rest.next), (136, false, None));
    assert_eq!(reader.count_up_to("service", 200).unwrap(), Some(200));
    assert_eq!(reader.count_up_to("service", 199).unwrap(), None);
    let related = reader.related_to("service", "6-00", 9).unwrap();
    assert_eq!(related, [RelatedEntity { blueprint: "service".to_owned(), identifier: "5-00".to_owned() }]);
    assert!(reader.browse(&BrowseRequest { blueprint: "team", ..all }).unwrap().is_none());
}
