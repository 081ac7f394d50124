//! Upserts: the wire format, bulks, and the result of each entity.

use super::*;

fn refused(status: u16, code: &str) -> UpsertResult {
    UpsertResult::Refused { status: Some(status), code: Some(code.into()), message: format!("about {code}") }
}

/// Catalog that gives this answer to bulks. None: the usual answer.
fn bulks(script: impl Fn(&RecordedRequest) -> Option<Reply> + Send + Sync + 'static) -> Scripted {
    Scripted::new(move |seen| if seen.is_bulk() { script(seen) } else { None })
}

#[tokio::test(start_paused = true)]
async fn an_upsert_is_sent_as_ocean_sends_it() {
    let scripted = Scripted::new(|_| None);
    let mut entity = entity("acme@2026-03-01");
    entity.title = Some("acme".into());
    entity.properties =
        Some(crate::model::fields::Fields::from_iter([("users".to_owned(), json!(11)), ("note".to_owned(), Value::Null)]));
    let flags = UpsertFlags { merge: true, create_missing_related: false };
    let catalog = scripted.catalog.for_resync("0b5e");
    catalog.upsert("my/service", &[entity], flags).await.unwrap();
    scripted.catalog.upsert("service", &entities(1), MERGE).await.unwrap();
    let calls = scripted.calls();
    assert_eq!((calls[0].method.as_str(), calls[0].path.as_str()), ("POST", "/v1/blueprints/my%2Fservice/entities/bulk"));
    assert_eq!(
        calls[0].query,
        "upsert=true&merge=true&create_missing_related_entities=false&validation_only=false\
         &ocean_info_event_type=resync&ocean_info_resync_id=0b5e"
    );
    let expected = json!({"entities": [{"identifier": "acme@2026-03-01", "blueprint": "service", "title": "acme",
        "properties": {"users": 11, "note": null}}]});
    assert_eq!(calls[0].body, expected);
    assert_eq!(calls[0].header("content-type"), "application/json");
    let query = "upsert=true&merge=true&create_missing_related_entities=true&validation_only=false&ocean_info_event_type=resync";
    assert_eq!(calls[1].query, query);
}

#[tokio::test(start_paused = true)]
async fn results_come_in_the_order_of_the_entities_whatever_is_answered_first() {
    let scripted = bulks(|seen| {
        let first = seen.identifiers()[0].as_str().unwrap()[1..].parse::<u64>().unwrap();
        let entities: Vec<_> = seen.identifiers().into_iter().enumerate().collect();
        let entities: Vec<_> = entities
            .into_iter()
            .map(|(index, identifier)| json!({"created": first == 20, "identifier": identifier, "index": index}))
            .collect();
        Some(late(100 - first, json!({"ok": true, "entities": entities})))
    });
    let results = scripted.catalog.upsert("service", &entities(45), MERGE).await.unwrap();
    let created: Vec<_> = (0..45).filter(|index| results[*index] == UpsertResult::Created).collect();
    assert_eq!((results.len(), created), (45, (20..40).collect()));
    let sizes: Vec<_> = scripted.calls().iter().map(|seen| seen.identifiers().len()).collect();
    assert_eq!(sizes, [20, 20, 5]);
}

#[tokio::test(start_paused = true)]
async fn one_refused_entity_of_a_bulk_does_not_hold_up_the_others() {
    let scripted = bulks(|_| {
        Some(Reply::Json(
            207,
            json!({"ok": false,
            "entities": [{"created": true, "identifier": "e0", "index": 0}, {"created": false, "identifier": "e2", "index": 2}],
            "errors": [{"identifier": "e1", "index": 1, "statusCode": 422, "error": "blueprint_schema_mismatch",
                        "message": "about blueprint_schema_mismatch"}]}),
        ))
    });
    let results = scripted.catalog.upsert("service", &entities(3), MERGE).await.unwrap();
    assert_eq!(results, [UpsertResult::Created, refused(422, "blueprint_schema_mismatch"), UpsertResult::Updated]);
}

#[tokio::test(start_paused = true)]
async fn a_bulk_too_large_is_halved_down_to_the_one_entity_to_blame() {
    for status in [413, 422, 400] {
        let scripted = bulks(move |seen| seen.identifiers().contains(&json!("e13")).then(|| refusal(status, "bad_request")));
        let results = scripted.catalog.upsert("service", &entities(20), MERGE).await.unwrap();
        for (index, result) in results.iter().enumerate() {
            let expected = if index == 13 { refused(status, "bad_request") } else { UpsertResult::Created };
            assert_eq!(*result, expected, "{index}");
        }
        let sizes: Vec<_> = scripted.calls().iter().map(|seen| seen.identifiers().len()).collect();
        assert_eq!(sizes, [20, 10, 10, 5, 2, 3, 1, 2, 1, 1, 5], "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entity_larger_than_any_request_is_named_and_not_sent() {
    let scripted = Scripted::new(|_| None);
    let mut all = entities(3);
    all[1].title = Some("x".repeat(2 << 20).into());
    let results = scripted.catalog.upsert("service", &all, MERGE).await.unwrap();
    assert_eq!((&results[0], &results[2]), (&UpsertResult::Created, &UpsertResult::Created));
    let UpsertResult::Refused { status: Some(413), message, .. } = &results[1] else { panic!("{:?}", results[1]) };
    assert!(message.contains("2097") && message.contains("1048576"), "{message}");
    assert_eq!(scripted.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bulk_refused_as_a_whole_refuses_each_of_its_entities_and_the_next_one_goes_on() {
    let scripted = bulks(|seen| seen.identifiers().contains(&json!("e0")).then(|| refusal(403, "missing_permissions")));
    let results = scripted.catalog.upsert("service", &entities(40), MERGE).await.unwrap();
    assert!(results[..20].iter().all(|result| *result == refused(403, "missing_permissions")));
    assert!(results[20..].iter().all(|result| *result == UpsertResult::Created));
    assert_eq!(scripted.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bulk_that_the_catalog_has_no_time_for_is_refused_and_the_next_one_goes_on() {
    let scripted = bulks(|seen| seen.identifiers().contains(&json!("e0")).then(|| Reply::Text(503, "overloaded")));
    let results = scripted.catalog.upsert("service", &entities(40), MERGE).await.unwrap();
    let UpsertResult::Refused { status: Some(503), message, .. } = &results[0] else { panic!("{:?}", results[0]) };
    assert!(message.starts_with("cannot upsert 20 entities of `service`: gave up after 10 attempts"), "{message}");
    assert!(results[20..].iter().all(|result| *result == UpsertResult::Created));
}

#[tokio::test(start_paused = true)]
async fn a_catalog_that_is_down_for_good_ends_the_run_after_three_bulks() {
    let scripted = bulks(|_| Some(Reply::Text(503, "down")));
    let error = scripted.catalog.upsert("service", &entities(20_000), MERGE).await.unwrap_err();
    assert!(matches!(error, CatalogError::Unavailable { .. }), "{error:?}");
    assert!(scripted.elapsed() < Duration::from_secs(600), "{:?}", scripted.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_the_middle_of_a_bulk_that_breaks_off_is_asked_for_again() {
    let scripted = bulks(|seen| match seen.before {
        0 => Some(Reply::Cut(r#"{"ok": true, "entities": [{"created": true, "identifier": "e0", "index": 0}"#)),
        1 => Some(Reply::Text(504, "")),
        _ => None,
    });
    let results = scripted.catalog.upsert("service", &entities(2), MERGE).await.unwrap();
    assert_eq!(results, [UpsertResult::Created, UpsertResult::Created]);
    assert_eq!(scripted.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn nothing_to_upsert_asks_for_nothing() {
    let scripted = Scripted::new(|_| None);
    assert_eq!(scripted.catalog.upsert("service", &[], MERGE).await.unwrap(), []);
    assert_eq!(scripted.calls().len() + scripted.sign_ins(), 0);
}
