//! Search and listing of owned entities.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_search_asks_for_fifty_at_a_time_and_only_for_ours() {
    let scripted = Scripted::new(|seen| {
        let found = json!({"ok": true, "entities": [
            {"identifier": seen.body["rules"][0]["value"][0], "blueprint": "service", "title": "A", "properties": null}]});
        (seen.path == "/v1/entities/search").then(|| Reply::Json(200, found))
    });
    let identifiers: Vec<_> = (0..120).map(|number| format!("e{number}")).collect();
    let include = ["title".to_owned(), "properties.a b".to_owned()];
    let found = scripted.catalog.search_owned("service", &identifiers, &include).await.unwrap();
    let found: Vec<_> = found.iter().map(|entity| (entity.identifier.as_str(), entity.properties.len())).collect();
    assert_eq!(found, [("e0", 0), ("e50", 0), ("e100", 0)]);
    let calls = scripted.calls();
    let query = "exclude_calculated_properties=true&include=blueprint&include=identifier&include=title&include=properties.a+b";
    assert_eq!(calls[2].query, query);
    let expected = json!({"combinator": "and", "rules": [
        {"property": "$identifier", "operator": "in", "value": identifiers[100..].to_vec()},
        {"property": "$blueprint", "operator": "=", "value": "service"},
        {"property": "$datasource", "operator": "contains", "value": "port-ocean/github-copilot/"},
        {"property": "$datasource", "operator": "contains", "value": "/my-copilot/exporter"}]});
    assert_eq!(calls[2].body, expected);
}

#[tokio::test(start_paused = true)]
async fn a_search_for_nothing_asks_for_nothing() {
    let scripted = Scripted::new(|_| None);
    assert_eq!(scripted.catalog.search_owned("service", &[], &[]).await.unwrap(), []);
    assert_eq!(scripted.calls().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_search_that_fails_leaves_nothing_known_of_any() {
    let scripted = Scripted::new(|seen| match seen.body["rules"][0]["value"][0].as_str() {
        Some("e50") => Some(refusal(422, "invalid_request")),
        Some(_) => Some(Reply::Json(200, json!({"entities": []}))),
        None => None,
    });
    let identifiers: Vec<_> = (0..120).map(|number| format!("e{number}")).collect();
    let error = scripted.catalog.search_owned("service", &identifiers, &[]).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot search for 50 entities of `service`: the catalog answered 422"), "{error}");
}

fn page(entities: &[&str], next: Value) -> Reply {
    let entities: Vec<_> = entities
        .iter()
        .map(|identifier| json!({"identifier": identifier, "blueprint": "service", "updatedAt": "2026-07-01T00:00:00.000Z", "x": 1}))
        .collect();
    Reply::Json(200, json!({"ok": true, "entities": entities, "next": next}))
}

async fn listed(pages: &mut OwnedPages) -> Result<Vec<String>, CatalogError> {
    let mut all = Vec::new();
    while let Some(page) = pages.next().await? {
        assert!(page.iter().all(|entity| entity.updated_at == Some("2026-07-01T00:00:00Z".parse().unwrap())));
        all.extend(page.into_iter().map(|entity| entity.identifier));
    }
    Ok(all)
}

#[tokio::test(start_paused = true)]
async fn a_listing_is_read_to_its_last_page_over_empty_ones_and_faults() {
    let scripted = Scripted::new(|seen| match (seen.is_sign_in(), seen.before) {
        (true, _) => None,
        (_, 0) => Some(page(&["a", "b"], json!("p2"))),
        (_, 1) => Some(Reply::Cut(r#"{"ok":true,"entities":[],"#)),
        (_, 2) => Some(page(&[], json!("p3"))),
        (_, 3) => Some(Reply::Text(502, "")),
        _ => Some(page(&["c"], json!(""))),
    });
    let before = "2026-08-01T00:00:00.123456789Z".parse().unwrap();
    let mut pages = scripted.catalog.owned(Some(before));
    assert_eq!(listed(&mut pages).await.unwrap(), ["a", "b", "c"]);
    assert!(pages.next().await.unwrap().is_none());
    let calls = scripted.calls();
    let expected = json!({"datasource_prefix": "port-ocean/github-copilot/", "datasource_suffix": "/my-copilot/exporter",
        "limit": 5000, "before": "2026-08-01T00:00:00.123Z"});
    assert_eq!((calls[0].path.as_str(), &calls[0].body), ("/v1/blueprints/entities/datasource-entities", &expected));
    let from: Vec<_> = calls.iter().map(|seen| seen.body["from"].as_str()).collect();
    assert_eq!(from, [None, Some("p2"), Some("p2"), Some("p3"), Some("p3")]);
}

#[tokio::test(start_paused = true)]
async fn without_a_moment_everything_that_is_ours_is_listed() {
    let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then(|| page(&["a"], Value::Null)));
    assert_eq!(listed(&mut scripted.catalog.owned(None)).await.unwrap(), ["a"]);
    assert_eq!(scripted.calls()[0].body.get("before"), None);
}

#[tokio::test(start_paused = true)]
async fn a_listing_without_a_list_is_not_an_empty_one() {
    for body in
        [json!({"ok": true}), json!({"ok": false, "entities": null}), json!({"ok": true, "entities": [{"blueprint": "x"}]})]
    {
        let scripted = Scripted::new(move |seen| (!seen.is_sign_in()).then(|| Reply::Json(200, body.clone())));
        let error = scripted.catalog.owned(None).next().await.unwrap_err();
        assert!(matches!(error, CatalogError::UnexpectedAnswer { .. }), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_goes_in_circles_is_an_error() {
    let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then(|| page(&["a"], json!("again"))));
    let error = listed(&mut scripted.catalog.owned(None)).await.unwrap_err();
    assert!(error.to_string().ends_with("the listing does not advance after page 2"), "{error}");
}
