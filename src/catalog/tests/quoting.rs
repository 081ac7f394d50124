//! Answers that quote the request, and requests that cannot be sent.

use super::*;

/// AccessToken of the scripted catalog as a request carries it.
fn sent(seen: &RecordedRequest) -> String {
    seen.header("authorization").to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_good_answer_that_quotes_the_request_is_shown_without_token_and_secret() {
    let scripted = Scripted::new(|seen| {
        seen.is_bulk().then(|| {
            let message = format!("cl13nt-s3cret and {}\n::add-path::/tmp {}", sent(seen), "x".repeat(1000));
            let error = json!({"index": 0, "statusCode": 422, "error": sent(seen), "message": message});
            Reply::Json(207, json!({"ok": false, "entities": [], "errors": [error]}))
        })
    });
    let results = scripted.catalog.upsert("service", &[entity("a")], MERGE).await.unwrap();
    let UpsertResult::Refused { status: Some(422), code: Some(code), message } = &results[0] else { panic!("{results:?}") };
    assert_eq!(code, "Bearer [secret]");
    assert!(message.starts_with("[secret] and Bearer [secret]\\n::add-path::/tmp xxx"), "{message}");
    assert!(message.chars().count() < 320 && message.ends_with('…'), "{message}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_shape_is_not_quoted() {
    let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then(|| Reply::Json(200, json!({ "blueprint": sent(seen) }))));
    let error = scripted.catalog.blueprint("service").await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("cannot read blueprint `service`: the catalog's answer has an unexpected form: at line 1,"));
    assert!(!text.contains("Bearer"), "{text}");
    let text = scripted.catalog.search_owned("service", &["a".to_owned()], &[]).await.unwrap_err().to_string();
    assert!(!text.contains("Bearer"), "{text}");
}

/// Identifiers are printed, written into reports and sent in addresses: a listing that quotes the token is none, and nothing is deleted.
#[tokio::test(start_paused = true)]
async fn a_listing_that_quotes_the_token_is_no_listing() {
    type Quoting = fn(&str) -> Value;
    let table: &[Quoting] = &[
        |token| json!({"ok": true, "entities": [{"identifier": token, "blueprint": "service"}]}),
        |token| json!({"ok": true, "entities": [{"identifier": "a", "blueprint": token}]}),
        |token| json!({"ok": true, "entities": [{"identifier": format!("x {token} y"), "blueprint": "service"}], "next": null}),
        |token| json!({"ok": true, "entities": [{"identifier": "a", "blueprint": "service", "title": token}], "next": null}),
    ];
    for quoting in table {
        let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then(|| Reply::Json(200, quoting(&sent(seen)))));
        let text = scripted.catalog.owned(None).next().await.unwrap_err().to_string();
        assert!(text.ends_with("it quotes the credential of the request"), "{text}");
    }
    // A short client secret may be part of a name.
    let page = json!({"ok": true, "entities": [{"identifier": "cl13nt-s3cret", "blueprint": "service"}]});
    let scripted = Scripted::new(move |seen| (!seen.is_sign_in()).then(|| Reply::Json(200, page.clone())));
    assert_eq!(scripted.catalog.owned(None).next().await.unwrap().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_climbs_out_of_its_path_is_asked_of_nobody() {
    let scripted = Scripted::new(|_| None);
    for name in ["", ".", ".."] {
        let results = scripted.catalog.upsert(name, &[entity("a")], MERGE).await.unwrap();
        let UpsertResult::Refused { status: None, message, .. } = &results[0] else { panic!("{results:?}") };
        assert!(message.ends_with(&format!("`{name}` cannot be part of an address")), "{message}");
        assert_eq!(scripted.catalog.blueprint(name).await.unwrap(), None);
        let deletion = scripted.catalog.delete(name, &["a".to_owned()], false).await.unwrap();
        assert_eq!(deletion.refused.len(), 1, "{deletion:?}");
    }
    assert_eq!(scripted.paths(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_too_long_is_refused_at_once() {
    let scripted = Scripted::new(|_| None);
    let error = scripted.catalog.blueprint(&"x".repeat(70_000)).await.unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with(": uri too long") && text.len() < 400, "{text}");
    assert_eq!(scripted.elapsed(), Duration::ZERO);
    assert!(!error.ends_the_run());
}

#[tokio::test(start_paused = true)]
async fn a_search_for_many_properties_asks_for_all() {
    let scripted =
        Scripted::new(|seen| seen.path.ends_with("/search").then(|| Reply::Json(200, json!({"ok": true, "entities": []}))));
    for (properties, asks) in [(10, true), (50_000, false)] {
        let include: Vec<String> = (0..properties).map(|number| format!("properties.p{number}")).collect();
        scripted.catalog.search_owned("service", &["a".to_owned()], &include).await.unwrap();
        let query = scripted.calls().pop().unwrap().query;
        assert_eq!(query.contains("include"), asks, "{properties}");
        assert!(query.len() < 5000);
    }
}

#[tokio::test(start_paused = true)]
async fn metrics_go_to_no_other_host_with_the_catalogs_token() {
    let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then(|| Reply::Json(200, json!({}))));
    let address = |url: &str| {
        let record = json!({"identifier": "x", "metricAttributes": {"ingestUrl": url}});
        serde_json::from_value::<Integration>(record).unwrap().metrics.unwrap()
    };
    let elsewhere = address("https://evil.test/metrics");
    let error = scripted.catalog.post_heartbeat(&elsewhere, "run").await.unwrap_err().to_string();
    assert!(error.contains("`evil.test` is not the catalog's own host"), "{error}");
    assert!(scripted.catalog.post_logs(&elsewhere, &[]).await.is_err());
    assert_eq!(scripted.paths(), [""; 0]);
    let named = scripted.catalog.with_ingest_hosts(["https://evil.test".to_owned()]);
    named.for_resync("run").post_heartbeat(&elsewhere, "run").await.unwrap();
    scripted.catalog.post_heartbeat(&address("https://catalog.test/ingest"), "run").await.unwrap();
    assert_eq!(scripted.paths(), ["POST /metrics/heartbeat", "POST /ingest/heartbeat"]);
}
