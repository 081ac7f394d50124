//! AccessToken and User-Agent.

use futures_util::future::join_all;

use super::*;

#[tokio::test(start_paused = true)]
async fn many_tasks_share_one_sign_in() {
    let scripted = Scripted::new(|seen| match seen.path.as_str() {
        "/v1/auth/access_token" => Some(late(1, json!({"accessToken": "t0ken-1", "expiresIn": 10800, "tokenType": "Bearer"}))),
        _ => Some(organization()),
    });
    let answers = join_all((0..30).map(|_| scripted.catalog.organization())).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!((scripted.sign_ins(), scripted.calls().len()), (1, 30));
    assert!(scripted.calls().iter().all(|seen| seen.header("authorization") == "Bearer t0ken-1"));
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_fail_at_once_for_all_and_print_no_secret() {
    let scripted = Scripted::new(|seen| {
        let message = "no such secret: cl13nt-s3cret";
        seen.is_sign_in().then(|| Reply::Json(401, json!({"ok": false, "error": "unauthorized", "message": message})))
    });
    let answers = join_all((0..5).map(|_| scripted.catalog.organization())).await;
    for answer in answers {
        let error = answer.unwrap_err();
        let expected = "cannot sign in to the catalog with client id `id`: \
                        the catalog answered 401 (unauthorized): no such secret: [secret]";
        assert_eq!(error.to_string(), expected);
        assert!(error.ends_the_run() && error.help().unwrap().contains("OCEAN__PORT__CLIENT_SECRET"));
        assert!(!format!("{error:?} {:?}", scripted.catalog).contains("s3cret"));
    }
    assert_eq!((scripted.sign_ins(), scripted.calls().len(), scripted.elapsed()), (1, 0, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_mended_are_accepted_a_minute_later() {
    let scripted = Scripted::new(|seen| match seen.is_sign_in() {
        true => (seen.before == 0).then(|| refusal(401, "unauthorized")),
        false => Some(organization()),
    });
    assert!(scripted.catalog.organization().await.is_err());
    assert!(scripted.catalog.organization().await.is_err());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(scripted.catalog.organization().await.is_ok());
    assert_eq!(scripted.sign_ins(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_is_repeated_like_any_other_call() {
    let scripted = Scripted::new(|seen| match seen.is_sign_in() {
        true => (seen.before < 3).then(|| Reply::Text(503, "")),
        false => Some(organization()),
    });
    assert!(scripted.catalog.organization().await.is_ok());
    assert_eq!(scripted.sign_ins(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_is_renewed_once_by_one_of_the_tasks() {
    let scripted = Scripted::new(|seen| {
        let reply = match seen.header("authorization") {
            "Bearer t0ken-1" => refusal(401, "invalid_token"),
            "Bearer t0ken-2" => organization(),
            _ => return None,
        };
        Some(Reply::Late(Duration::from_secs(1), Box::new(reply)))
    });
    let answers = join_all((0..40).map(|_| scripted.catalog.organization())).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(scripted.sign_ins(), 2);
    // Eight requests were open when the first one was told that the token is invalid; no other request used it.
    assert_eq!(scripted.calls().len(), 8 + 40);
}

#[tokio::test(start_paused = true)]
async fn a_fresh_token_that_is_refused_is_an_error_and_prints_no_token() {
    let scripted = Scripted::new(|seen| {
        let message = format!("bad header: {}", seen.header("authorization"));
        (!seen.is_sign_in()).then(|| Reply::Json(401, json!({"ok": false, "error": "unauthorized", "message": message})))
    });
    let error = scripted.catalog.organization().await.unwrap_err();
    let expected = "cannot read the organization: the catalog answered 401 (unauthorized): bad header: Bearer [secret]";
    assert_eq!(error.to_string(), expected);
    assert!(error.ends_the_run());
    assert_eq!((scripted.sign_ins(), scripted.calls().len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_before_it_expires() {
    let scripted = Scripted::new(|seen| match seen.is_sign_in() {
        true => Some(token(seen.before + 1, 3600)),
        false => Some(organization()),
    });
    for (minutes, sign_ins) in [(0, 1), (59, 1), (1, 2), (30, 2)] {
        tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
        scripted.catalog.organization().await.unwrap();
        assert_eq!(scripted.sign_ins(), sign_ins, "after {minutes} more minutes");
    }
    assert!(scripted.calls().iter().all(|seen| !seen.header("authorization").is_empty()));
}

#[tokio::test(start_paused = true)]
async fn tokens_of_a_few_uses_serve_many_requests_side_by_side() {
    let uses = Mutex::new(std::collections::HashMap::<String, u32>::new());
    let scripted = Scripted::new(move |seen| {
        let token = seen.header("authorization").to_owned();
        let mut uses = uses.lock().unwrap();
        let used = uses.entry(token).or_default();
        *used += 1;
        (!seen.is_sign_in() && *used > 8).then(|| refusal(401, "invalid_token"))
    });
    let results = scripted.catalog.upsert("service", &entities(2000), MERGE).await.unwrap();
    assert!(results.iter().all(|result| *result == UpsertResult::Created));
    assert_eq!(results.len(), 2000);
}

#[tokio::test(start_paused = true)]
async fn what_is_ours_is_written_as_exporter_and_the_rest_is_not() {
    let scripted = Scripted::new(|seen| match seen.path.as_str() {
        "/v1/organization" => Some(organization()),
        path if path.ends_with("/delete") => Some(Reply::Json(200, json!({"ok": true, "deletedEntities": []}))),
        path if path.contains("search") || path.contains("datasource") => Some(Reply::Json(200, json!({"entities": []}))),
        _ => None,
    });
    let catalog = &scripted.catalog;
    catalog.organization().await.unwrap();
    catalog.integration().await.unwrap();
    catalog.blueprint("service").await.unwrap();
    let plain = scripted.calls().len();
    catalog.upsert("service", &entities(1), MERGE).await.unwrap();
    catalog.search_owned("service", &["a".into()], &[]).await.unwrap();
    catalog.owned(None).next().await.unwrap();
    catalog.delete("service", &["a".into()], false).await.unwrap();
    let agents: Vec<_> = scripted.calls().iter().map(|seen| seen.header("user-agent").to_owned()).collect();
    let agent = "port-ocean/github-copilot/1.2.3/my-copilot";
    assert!(agents[..plain].iter().all(|given| given == agent), "{agents:?}");
    assert!(agents[plain..].iter().all(|given| *given == format!("{agent}/exporter")), "{agents:?}");
}
