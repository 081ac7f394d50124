//! Retries: causes, numbers of attempts, and calls that are not retried.

use super::*;

/// Number of attempts, and the error at the end, when the catalog always gives this answer.
async fn attempts(reply: Reply) -> (usize, CatalogError) {
    let scripted = Scripted::new(move |seen| (!seen.is_sign_in()).then(|| reply.clone()));
    let error = scripted.catalog.organization().await.unwrap_err();
    (scripted.calls().len(), error)
}

#[tokio::test(start_paused = true)]
async fn each_way_to_fail_is_tried_as_often_as_it_deserves() {
    for (status, expected) in [
        (400, 1),
        (403, 1),
        (404, 1),
        (409, 1),
        (413, 1),
        (422, 1),
        (408, 10),
        (429, 10),
        (502, 10),
        (503, 10),
        (504, 10),
        (500, 3),
    ] {
        assert_eq!(attempts(refusal(status, "some_code")).await.0, expected, "{status}");
    }
    for (kind, expected) in [
        (TransportErrorKind::Connect, 4),
        (TransportErrorKind::Broken, 10),
        (TransportErrorKind::Timeout, 10),
        (TransportErrorKind::Certificate, 1),
    ] {
        let scripted = Scripted::new(move |_| Some(Reply::Fault(kind)));
        assert!(scripted.catalog.organization().await.is_err());
        assert_eq!(scripted.sign_ins(), expected, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_address_is_told_within_seconds_with_what_to_do() {
    let scripted = Scripted::new(|_| Some(Reply::Fault(TransportErrorKind::Connect)));
    let error = scripted.catalog.organization().await.unwrap_err();
    assert!(scripted.elapsed() < Duration::from_secs(3), "{:?}", scripted.elapsed());
    assert!(error.to_string().starts_with("cannot sign in to the catalog: the catalog gave no usable answer; gave up after 4"));
    assert!(error.ends_the_run() && error.help().unwrap().contains("OCEAN__PORT__BASE_URL"));
}

#[tokio::test(start_paused = true)]
async fn a_connection_lost_later_is_waited_for_longer() {
    let scripted = Scripted::new(|seen| match seen.before {
        _ if seen.is_sign_in() => None,
        0..8 => Some(Reply::Fault(TransportErrorKind::Connect)),
        _ => Some(organization()),
    });
    assert!(scripted.catalog.organization().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_cut_or_no_json_is_asked_for_again() {
    for reply in [
        Reply::Cut(r#"{"ok": true, "organization": {"id": "org_"#),
        Reply::Text(200, r#"{"ok": true, "organization": {"id": "org_"#),
        Reply::Text(200, "<html>Please sign in to the proxy</html>"),
        Reply::Text(200, ""),
    ] {
        let script = reply.clone();
        let scripted = Scripted::new(move |seen| match seen.is_sign_in() {
            true => None,
            false => Some(if seen.before < 2 { script.clone() } else { organization() }),
        });
        assert_eq!(scripted.catalog.organization().await.unwrap().id, "org_1", "{reply:?}");
        assert_eq!(scripted.calls().len(), 3, "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_in_place_of_the_catalog_is_said_to_be_one_and_not_waited_for() {
    let page = "<!doctype html><title>Blocked by policy</title>";
    let (count, error) = attempts(Reply::Text(200, page)).await;
    let said = format!("{error}: {}", std::error::Error::source(&error).unwrap());
    assert!(count == 3 && said.contains("a page titled \"Blocked by policy\" came for "), "{count} {said}");
    assert!(error.help().unwrap().contains("web filter"));
    let (count, error) = attempts(Reply::Text(403, page)).await;
    assert!(count == 1 && error.to_string().contains("a page titled \"Blocked by policy\", so a proxy"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_catalog_that_never_answers_is_not_waited_for_without_end() {
    let (count, error) = attempts(late(1_000_000, json!({}))).await;
    assert_eq!(count, 10);
    assert!(matches!(&error, CatalogError::Unreachable { cause, .. } if cause.kind == TransportErrorKind::Timeout), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_shape_is_an_error_and_not_nothing() {
    let (count, error) = attempts(Reply::Json(200, json!({"ok": true}))).await;
    assert_eq!(count, 1);
    assert!(matches!(error, CatalogError::UnexpectedAnswer { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn an_error_names_the_trace_that_support_asks_for() {
    let body = json!({"ok": false, "error": "internal_error", "message": "Oops"});
    let (_, error) = attempts(Reply::WithHeaders(500, vec![("x-trace-id", "abc123".into())], body)).await;
    let expected = "cannot read the organization: the catalog answered 500 (internal_error): Oops [trace abc123]";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn what_a_run_cost_is_counted() {
    let scripted = Scripted::new(|seen| match seen.before {
        _ if seen.is_sign_in() => None,
        0 => Some(Reply::Text(503, "")),
        1 => Some(Reply::WithHeaders(429, vec![("retry-after", "20".into())], json!({}))),
        _ => None,
    });
    let catalog = &scripted.catalog;
    assert_eq!(catalog.requests(), Requests::default());
    catalog.upsert("service", &entities(1), MERGE).await.unwrap();
    let cost = catalog.clone().requests();
    assert_eq!((cost.requests, cost.retries, cost.sign_ins, cost.throttled, cost.waits), (4, 2, 1, 1, 2));
    assert!(cost.waited_milliseconds >= 20_150 && cost.waited_milliseconds <= 20_300, "{cost:?}");
    let body = r#"{"entities":[{"identifier":"e0","blueprint":"service","properties":{}}]}"#.len();
    let sign_in = r#"{"clientId":"id","clientSecret":"cl13nt-s3cret"}"#.len();
    assert_eq!(cost.bytes_sent, (3 * body + sign_in) as u64);
}
