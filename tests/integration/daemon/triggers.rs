//! Triggers of resyncs: start, request, edited mapping, schedule, webhook; and edits that cannot be used.

use std::time::Duration;

use pilotage::daemon::schedule::Schedule;
use pilotage::daemon::{DaemonOptions, Listener};
use pilotage::model::recurrence::Recurrence;
use pilotage::model::secret::Secret;
use serde_json::{Value, json};

use super::harness::{RecordingObserver, START, Setup, config, readiness, run_paused, send, serve};

#[test]
fn it_resyncs_at_the_start_and_then_only_when_somebody_asks() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |_, _| async move {
            setup.wait(3600).await;
            assert_eq!(observer.summary(), "Start completed");
            assert_eq!((setup.status().await.as_str(), setup.entities().await.len()), ("completed", 15));
            assert_eq!(setup.requests("POST", "/v1/integration").len(), 1, "and its record's creation was no wish");
            // A request from the portal: the same mapping is saved again.
            setup.edit(&setup.record().await["config"]).await;
            setup.wait(62).await;
            assert_eq!(observer.summary(), "Start completed, Request completed");
            setup.wait(3600).await;
            assert_eq!(observer.summary(), "Start completed, Request completed");
        })
        .await;
    });
}

#[test]
fn an_edited_mapping_is_used_within_one_polling_interval() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |_, _| async move {
            setup.wait(90).await;
            let before = setup.entities().await;
            assert!(before[0].contains('@'), "{before:?}");
            let edited = setup.clock.now();
            setup.edit(&config(".day")).await;
            setup.wait(62).await;
            assert_eq!(observer.summary(), "Start completed, Mapping completed");
            let began = observer.resyncs()[1].began;
            assert!(began.duration_since(edited).as_secs() <= 60, "{began}");
            let after = setup.entities().await;
            assert_eq!(after.len(), 5, "what the new mapping does not make is gone: {after:?}");
        })
        .await;
    });
}

#[test]
fn an_edit_of_wrong_shape_is_refused_and_the_last_good_mapping_stays_in_use() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |router, _| async move {
            setup.wait(90).await;
            assert_eq!(readiness(&router).await.0, 200);
            setup.edit(&json!({"entityDeletionThreshold": 1, "resources": "all"})).await;
            setup.wait(61).await;
            assert_eq!(observer.summary(), "Start completed", "it starts nothing");
            assert_eq!(setup.status().await, "failed");
            let (_, logs) = setup.ask("GET", "/v1/integration/mine/logs", &Value::Null).await;
            let message = logs["data"][0]["message"].as_str().unwrap();
            assert!(message.starts_with("the mapping cannot be used; the last good mapping stays in use"), "{message}");
            assert!(message.contains("`resources` must be a list, but is the text `all`"), "{message}");
            let (status, ready) = readiness(&router).await;
            assert_eq!((status, &ready["reasons"][0]["code"]), (503, &json!("mapping-invalid")));
            setup.wait(600).await;
            let (_, logs) = setup.ask("GET", "/v1/integration/mine/logs", &Value::Null).await;
            assert_eq!(logs["data"].as_array().unwrap().len(), 1, "it is told once");

            // A request in spite of that runs with the last good mapping and is reported as failed.
            setup.edit(&json!({"entityDeletionThreshold": 1, "resources": "all"})).await;
            setup.wait(61).await;
            assert_eq!(observer.summary(), "Start completed, Request Failed");
            assert_eq!((setup.status().await.as_str(), setup.entities().await.len()), ("failed", 15), "nothing is deleted");

            setup.edit(&config(".__organization.login + \"@\" + .day")).await;
            setup.wait(61).await;
            assert_eq!(observer.summary(), "Start completed, Request Failed, Mapping completed");
            assert_eq!(setup.status().await, "completed");
            assert_eq!(readiness(&router).await.0, 200);
        })
        .await;
    });
}

#[test]
fn a_mapping_that_was_never_good_fails_the_start_and_says_so() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let integration = json!({"installationId": "mine", "version": "0.1.0", "config": {"resources": [{"kind": 5}]}});
        assert_eq!(setup.ask("POST", "/v1/integration", &integration).await.0, 201);
        serve(setup.daemon(Setup::options()), observer, |router, _| async move {
            setup.wait(10).await;
            assert_eq!((observer.summary().as_str(), setup.status().await.as_str()), ("", "failed"));
            let (status, ready) = readiness(&router).await;
            assert_eq!((status, &ready["reasons"][0]["code"]), (503, &json!("mapping-invalid")));
            setup.edit(&config(".day")).await;
            setup.wait(61).await;
            assert_eq!((observer.summary().as_str(), setup.status().await.as_str()), ("Mapping completed", "completed"));
            assert_eq!(readiness(&router).await.0, 200);
        })
        .await;
    });
}

#[test]
fn wishes_that_come_while_a_resync_runs_lead_to_one_more() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        // The catalog refuses upserts for 15 seconds, while a resync is due every second.
        let (clock, until) = (setup.clock.clone(), START.parse::<jiff::Timestamp>().unwrap() + Duration::from_secs(15));
        setup.answers(move |_, path| {
            let busy = (503, r#"{"ok":false,"error":"busy","message":"slow"}"#);
            (path.ends_with("/entities/bulk") && clock.now() < until).then_some(busy)
        });
        let schedule = Schedule::new(Recurrence::parse("1s").unwrap(), START.parse().unwrap(), 1);
        let options = DaemonOptions { schedule: Some(schedule), ..Setup::options() };
        serve(setup.daemon(options), observer, |_, _| async move {
            setup.wait(60).await;
            let resyncs = observer.resyncs();
            let between = |number: usize| resyncs[number + 1].began.duration_since(resyncs[number].ended.unwrap()).as_millis();
            assert!(
                resyncs[0].ended.unwrap() > START.parse::<jiff::Timestamp>().unwrap() + Duration::from_secs(15),
                "{resyncs:?}"
            );
            assert!((0..10).contains(&between(0)), "one waited: {resyncs:?}");
            assert!(between(1) > 100, "and only one: {resyncs:?}");
        })
        .await;
    });
}

#[test]
fn the_schedule_is_kept_and_announced() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let schedule = Schedule::new(Recurrence::parse("2h").unwrap(), START.parse().unwrap(), 1);
        let options = DaemonOptions { schedule: Some(schedule.clone()), ..Setup::options() };
        serve(setup.daemon(options), observer, |router, _| async move {
            setup.wait(60).await;
            let next = schedule.next(START.parse().unwrap()).unwrap();
            let state = setup.record().await["resyncState"].take();
            assert_eq!((&state["nextResync"], &state["intervalInMinuets"]), (&json!(next.to_string()), &json!(120)));
            assert_eq!(readiness(&router).await.1["nextResync"], next.to_string());
            setup.wait(24 * 3600 + 600).await;
            let resyncs = observer.resyncs();
            assert_eq!(resyncs.len(), 13, "{}", observer.summary());
            assert!(resyncs[1].began.duration_since(next).as_millis() < 100, "{resyncs:?}");
        })
        .await;
    });
}

#[test]
fn a_call_of_the_webhook_starts_a_resync_for_whoever_knows_the_secret() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let listener =
            Listener::Webhook { app_host: Some("https://us.example".to_owned()), secret: Some(Secret::new("open sesame")) };
        let options = DaemonOptions { listener, resync_on_start: false, ..Setup::options() };
        serve(setup.daemon(options), observer, |router, _| async move {
            setup.wait(600).await;
            for token in ["", "open sesam"] {
                let (status, answer) = send(&router, "POST", "/resync", token, &json!({})).await;
                assert_eq!((status, &answer["error"]), (401, &json!("unauthorized")));
            }
            setup.wait(60).await;
            assert_eq!(observer.summary(), "");
            assert_eq!(send(&router, "POST", "/resync", "open sesame", &json!({})).await.0, 202);
            setup.wait(60).await;
            assert_eq!(observer.summary(), "Webhook completed");
            let destination = setup.record().await["changelogDestination"].take();
            assert_eq!(destination, json!({"type": "WEBHOOK", "url": "https://us.example/resync"}));
            assert_eq!(send(&router, "GET", "/resync", "open sesame", &Value::Null).await.0, 405);
            // The catalog calls the webhook after an edit, so polling triggers nothing.
            setup.edit(&config(".day")).await;
            setup.wait(600).await;
            assert_eq!(observer.summary(), "Webhook completed");
        })
        .await;
    });
}

#[test]
fn without_a_webhook_there_is_no_such_route() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |router, _| async move {
            assert_eq!(send(&router, "POST", "/resync", "x", &json!({})).await.0, 404);
            let (status, live) = send(&router, "GET", "/health/live", "", &Value::Null).await;
            assert_eq!((status, &live["status"], &live["check"]), (200, &json!("healthy"), &json!("live")));
        })
        .await;
    });
}
