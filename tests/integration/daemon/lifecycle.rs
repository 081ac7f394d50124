//! Reports to the catalog about the integration and its resyncs, their refusal, and a catalog that is unavailable.

use pilotage::daemon::DaemonOptions;
use pilotage::integration::announce::CatalogReporting;
use serde_json::{Value, json};

use super::harness::{RecordingObserver, Setup, config, readiness, run_paused, serve};

const FORBIDDEN: (u16, &str) = (403, r#"{"ok":false,"error":"missing_permissions","message":"no"}"#);
const BUSY: (u16, &str) = (503, r#"{"ok":false,"error":"unavailable","message":"busy: postgres://svc:hunter2@10.0.0.5"}"#);

#[test]
fn the_first_resync_leaves_a_record_that_a_portal_can_show() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let options = DaemonOptions { reporting: CatalogReporting { examples: true, logs: true }, ..Setup::options() };
        serve(setup.daemon(options), observer, |_, _| async move {
            setup.wait(30).await;
            let record = setup.record().await;
            assert_eq!((&record["version"], &record["changelogDestination"]), (&json!("0.1.0"), &json!({})));
            assert_eq!(record["config"]["resources"][0]["kind"], "organization-usage-metrics");
            assert_eq!(record["arePortResourcesInitialized"], true);
            let kind = |got: &[super::harness::RecordedRequest], name: &str| -> Vec<String> {
                let events = got.iter().flat_map(|got| match &got.body {
                    body if body["syncKindsMetrics"].is_array() => body["syncKindsMetrics"].as_array().unwrap().clone(),
                    body => vec![body["syncKindMetrics"].clone()],
                });
                let states = events.filter(|event| event["kindIdentifier"] == name).map(|event| event["syncState"].clone());
                states.map(|state| state.as_str().unwrap().to_owned()).collect()
            };
            let told = setup.requests("POST", "/syncMetrics");
            assert_eq!(kind(&told, "organization-usage-metrics-0"), ["pending", "completed"]);
            assert_eq!(kind(&told, "__runtime__"), ["syncing", "completed"]);
            let last = told.last().unwrap().body["syncKindsMetrics"][0].clone();
            assert_eq!(last["metrics"]["phase"]["extract"]["object_count_type"]["raw_extracted"]["object_count"], 15);
            assert_eq!(last["metrics"]["phase"]["load"]["object_count_type"]["loaded"]["object_count"], 15);
            assert_eq!(
                kind(&setup.requests("PUT", "/kind/organization-usage-metrics-0"), "organization-usage-metrics-0"),
                ["syncing", "completed"]
            );

            let (_, examples) =
                setup.ask("GET", "/v1/integration/mine/kinds/organization-usage-metrics/examples", &Value::Null).await;
            assert_eq!(examples["examples"].as_array().unwrap().len(), 5);
            assert_eq!(examples["examples"][0]["__organization"]["login"], "[masked]");
            let (_, logs) = setup.ask("GET", "/v1/integration/mine/logs?levels=INFO", &Value::Null).await;
            let message = logs["data"][0]["message"].as_str().unwrap();
            assert!(message.starts_with("resync completed: 15 created"), "{message}");
        })
        .await;
    });
}

#[test]
fn nothing_but_state_and_metrics_is_told_unless_somebody_wants_it() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |_, _| async move {
            setup.wait(30).await;
            assert_eq!(observer.summary(), "Start completed");
            assert!(setup.requests("POST", "/examples").is_empty() && setup.requests("POST", "/ingest/logs").is_empty());
        })
        .await;
    });
}

#[test]
fn a_long_resync_gives_signs_of_life() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        setup.answers(|_, path| path.ends_with("/entities/bulk").then_some(BUSY));
        serve(setup.daemon(Setup::options()), observer, |_, end| async move {
            setup.wait(45).await;
            assert_eq!(setup.requests("POST", "/heartbeat").len(), 4);
            assert!(setup.requests("PATCH", "/resync-state").len() >= 5);
            end.cancel();
        })
        .await;
    });
}

#[test]
fn what_the_catalog_refuses_of_the_courtesies_fails_no_resync() {
    let table: [(&str, &str, &str); 9] = [
        ("POST", "/v1/integration", ""),
        ("PATCH", "/v1/integration/mine", "/resync-state"),
        ("PATCH", "/resync-state", ""),
        ("GET", "/v1/integration/mine/resync-request", ""),
        ("POST", "/syncMetrics", ""),
        ("PUT", "/syncMetrics", ""),
        ("POST", "/heartbeat", ""),
        ("POST", "/ingest/logs", ""),
        ("POST", "/examples", ""),
    ];
    run_paused(move || async move {
        for (method, part, but) in table {
            for answer in [FORBIDDEN, BUSY, (200, "<html>proxy</html>")] {
                // Only a refused state at the end is retried for a while; nothing else may hold up a run.
                let setup = &Setup::new();
                let observer = &RecordingObserver::new(&setup.clock);
                let is_exact = part == "/v1/integration" || part == "/v1/integration/mine";
                setup.answers(move |asked, path| {
                    let is_meant = if is_exact { path == part } else { path.contains(part) };
                    let is_meant = is_meant && (but.is_empty() || !path.contains(but));
                    (asked == method && is_meant).then_some(answer)
                });
                let options = DaemonOptions { reporting: CatalogReporting { examples: true, logs: true }, ..Setup::options() };
                serve(setup.daemon(options), observer, |_, _| async move {
                    setup.wait(300).await;
                    let summary = observer.summary();
                    // Without a created integration the resync cannot begin.
                    let may_break = method == "POST" && part == "/v1/integration" && answer.0 != 403;
                    assert!(summary.starts_with("Start completed") || may_break, "{method} {part} {answer:?}: {summary}");
                })
                .await;
            }
        }
    });
}

#[test]
fn blueprints_that_exist_are_left_alone_and_the_others_are_created() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let own = json!({"identifier": "githubCopilotUserUsage", "title": "Ours", "schema": {"properties": {"own": {"type": "string"}}, "required": []}});
        assert_eq!(setup.ask("POST", "/v1/blueprints", &own).await.0, 201);
        let mapping = r#"
resources:
  - kind: organization-usage-metrics
    selector: { query: "true" }
    port: { entity: { mappings: { identifier: .day, blueprint: '"githubCopilotOrganizationUsage"' } } }
  - kind: user-usage-metrics
    selector: { query: "true" }
    port: { entity: { mappings: { identifier: .day + .user_login, blueprint: '"githubCopilotUserUsage"' } } }
  - kind: copilot-seats
    selector: { query: "false" }
    port: { entity: { mappings: { identifier: .day, blueprint: '"copilot_seat"' } } }
"#;
        let source = pilotage::integration::mapping::MappingSource { file: None, bundled: (mapping, "bundled.yaml") };
        let daemon = pilotage::daemon::Daemon::new(setup.context(), source, Setup::options());
        serve(daemon, observer, |_, _| async move {
            setup.wait(30).await;
            assert_eq!(observer.summary(), "Start completed");
            let (_, all) = setup.ask("GET", "/v1/blueprints", &Value::Null).await;
            let mut names: Vec<&str> =
                all["blueprints"].as_array().unwrap().iter().map(|it| it["identifier"].as_str().unwrap()).collect();
            names.sort_unstable();
            assert_eq!(names, ["copilot_seat", "githubCopilotOrganizationUsage", "githubCopilotUserUsage"]);
            let (_, ours) = setup.ask("GET", "/v1/blueprints/githubCopilotUserUsage", &Value::Null).await;
            assert_eq!(
                (&ours["blueprint"]["title"], ours["blueprint"]["schema"]["properties"].as_object().unwrap().len()),
                (&json!("Ours"), 1)
            );
        })
        .await;
    });
}

#[test]
fn a_state_that_the_catalog_did_not_take_is_told_when_it_listens_again() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |_, _| async move {
            setup.wait(90).await;
            assert_eq!(setup.status().await, "completed");
            // GitHub answers, but the catalog accepts neither entities nor states.
            setup.answers(|method, path| {
                (path.ends_with("/entities/bulk") || path.ends_with("/resync-state") && method == "PATCH").then_some(BUSY)
            });
            setup.edit(&config(".day")).await;
            setup.wait(3600).await;
            assert_eq!(observer.summary(), "Start completed, Mapping Failed");
            assert_ne!(setup.status().await, "failed", "nobody could say so");
            setup.answers(|_, _| None);
            setup.wait(61).await;
            assert_eq!(setup.status().await, "failed");
            assert_eq!(
                observer.summary(),
                "Start completed, Mapping Failed",
                "what was read and refused is not tried again by itself"
            );
        })
        .await;
    });
}

#[test]
fn a_resync_that_had_nothing_to_go_on_with_is_tried_again_until_it_has() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        setup.answers(|_, _| Some(BUSY));
        serve(setup.daemon(Setup::options()), observer, |router, _| async move {
            setup.wait(3 * 3600).await;
            let (status, ready) = readiness(&router).await;
            assert_eq!((status, &ready["lastResync"]["status"]), (503, &json!("failed")));
            let reasons = ready["reasons"].as_array().unwrap();
            let first = reasons.iter().find(|reason| reason["code"] == "no-good-resync").unwrap();
            assert_eq!(first["class"], "catalog-unavailable");
            assert!(!ready.to_string().contains("hunter2"), "the catalog's words are for the log: {ready}");
            setup.answers(|_, _| None);
            setup.wait(3600 + 600).await;
            assert!(observer.summary().ends_with("Retry completed"), "{}", observer.summary());
            assert_eq!((setup.status().await.as_str(), readiness(&router).await.0), ("completed", 200));
        })
        .await;
    });
}

#[test]
fn a_catalog_that_is_away_is_a_reason_not_to_be_ready_until_it_is_back() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |router, _| async move {
            setup.wait(90).await;
            setup.answers(|_, _| Some(BUSY));
            setup.wait(61).await;
            assert_eq!(readiness(&router).await.0, 200, "one answer is lost now and then");
            setup.wait(60).await;
            let (status, ready) = readiness(&router).await;
            assert_eq!((status, &ready["status"]), (503, &json!("not_ready")));
            assert_eq!(ready["reasons"][0]["code"], "catalog-unreachable");
            setup.answers(|_, _| None);
            setup.wait(60).await;
            assert_eq!(readiness(&router).await.0, 200);
        })
        .await;
    });
}

#[test]
fn a_resync_that_was_killed_is_not_said_to_run_for_ever() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let integration = json!({"installationId": "mine", "version": "0.1.0", "config": config(".day")});
        assert_eq!(setup.ask("POST", "/v1/integration", &integration).await.0, 201);
        let running = json!({"status": "running", "lastResyncStart": "2026-10-31T23:59:00Z"});
        assert_eq!(setup.ask("PATCH", "/v1/integration/mine/resync-state", &running).await.0, 200);
        let options = DaemonOptions { resync_on_start: false, ..Setup::options() };
        serve(setup.daemon(options), observer, |_, _| async move {
            setup.wait(30).await;
            assert_eq!(setup.status().await, "running", "it may be alive");
            setup.wait(40).await;
            assert_eq!((setup.status().await.as_str(), observer.summary().as_str()), ("aborted", ""));
        })
        .await;
    });
}

#[test]
fn told_to_end_it_finishes_what_is_in_flight_deletes_nothing_and_says_aborted() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let began = tokio::time::Instant::now();
        serve(setup.daemon(Setup::options()), observer, |_, _| async move {
            setup.wait(90).await;
            // The catalog refuses all upserts, so the resync stays in its retries.
            setup.answers(|_, path| path.ends_with("/entities/bulk").then_some(BUSY));
            setup.edit(&config(".day")).await;
            setup.wait(70).await;
            assert_eq!(observer.summary(), "Start completed, Mapping ..");
        })
        .await;
        assert!(began.elapsed().as_secs() < 90 + 70 + 10, "{:?}", began.elapsed());
        assert_eq!(observer.summary(), "Start completed, Mapping Aborted");
        assert_eq!((setup.status().await.as_str(), setup.entities().await.len()), ("aborted", 15));
    });
}

#[test]
fn a_catalog_that_never_answers_is_away_too_and_keeps_nobody_from_ending() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let cut = &std::cell::Cell::new(None);
        serve(setup.daemon(Setup::options()), observer, |router, _| async move {
            setup.wait(90).await;
            setup.edit(&config(".day")).await;
            setup.answers(|method, path| (method != "GET" || !path.starts_with("/v1/integration")).then_some((0, "")));
            setup.wait(120).await;
            assert_eq!(observer.summary(), "Start completed, Mapping ..");
            setup.answers(|_, _| Some((0, "")));
            setup.wait(300).await;
            let (status, ready) = readiness(&router).await;
            assert_eq!((status, &ready["reasons"][0]["code"]), (503, &json!("catalog-unreachable")));
            cut.set(Some(tokio::time::Instant::now()));
        })
        .await;
        let took = tokio::time::Instant::now().duration_since(cut.get().unwrap());
        assert!(took.as_secs() < 10, "{took:?}");
    });
}
