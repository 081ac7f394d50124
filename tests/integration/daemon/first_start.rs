//! First start of an integration: creation of its mapping, blueprints and page, by the settings and the record.

use pilotage::daemon::{Daemon, DaemonOptions, Listener};
use pilotage::integration::CreationPolicy;
use pilotage::integration::mapping::MappingSource;
use serde_json::{Value, json};

use super::harness::{RecordingObserver, Setup, config, readiness, run_paused, serve};

async fn register(setup: &Setup, config: &Value) {
    let record = json!({"installationId": "mine", "installationAppType": "github-copilot", "config": config});
    assert_eq!(setup.ask("POST", "/v1/integration", &record).await.0, 201);
}

async fn names(setup: &Setup, path: &str, many: &str) -> Vec<String> {
    let (_, answer) = setup.ask("GET", path, &Value::Null).await;
    let all = answer[many].as_array().unwrap().iter();
    all.map(|one| one["identifier"].as_str().unwrap().to_owned()).collect()
}

/// Daemon with `OCEAN__INITIALIZE_PORT_RESOURCES=false`, which creates only entities and the record.
fn daemon_without_creation(setup: &Setup) -> Daemon {
    let mut context = setup.context();
    context.default_blueprints = Vec::new();
    Daemon::new(context, Setup::source(), DaemonOptions { creates: CreationPolicy::Nothing, ..Setup::options() })
}

#[test]
fn an_empty_mapping_is_a_wish_for_nothing() {
    for (config, creates) in [
        (json!({}), CreationPolicy::Defaults),
        (json!({}), CreationPolicy::Nothing),
        (json!({"resources": []}), CreationPolicy::Defaults),
        (json!({"entityDeletionThreshold": 1, "resources": []}), CreationPolicy::Nothing),
    ] {
        run_paused(move || async move {
            let setup = &Setup::new();
            let observer = &RecordingObserver::new(&setup.clock);
            register(setup, &config).await;
            serve(setup.daemon(DaemonOptions { creates, ..Setup::options() }), observer, |_, _| async move {
                setup.wait(300).await;
                assert_eq!(
                    (observer.summary().as_str(), setup.status().await.as_str()),
                    ("Start completed", "completed"),
                    "{config}"
                );
                let record = setup.record().await;
                assert_eq!((&record["config"], &record["arePortResourcesInitialized"]), (&config, &json!(false)));
                assert!(setup.entities().await.is_empty());
                assert!(names(setup, "/v1/blueprints", "blueprints").await.is_empty());
                assert!(names(setup, "/v1/pages", "pages").await.is_empty());
                assert!(setup.requests("POST", "/bulk").is_empty() && setup.requests("PATCH", "/config").is_empty());
            })
            .await;
        });
    }
}

#[test]
fn an_empty_mapping_deletes_nothing_of_what_a_fuller_one_wrote() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |_, _| async move {
            setup.wait(90).await;
            assert_eq!(setup.entities().await.len(), 15);
            setup.edit(&json!({})).await;
            setup.wait(300).await;
            assert_eq!(observer.summary(), "Start completed, Mapping completed");
            assert_eq!((setup.entities().await.len(), &setup.record().await["config"]), (15, &json!({})));
        })
        .await;
    });
}

#[test]
fn nothing_is_created_but_entities_and_the_record_where_the_settings_say_so() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let usage = json!({"identifier": "githubCopilotOrganizationUsage", "title": "Usage",
            "schema": {"properties": {"record_date": {"type": "string"}}, "required": []}});
        assert_eq!(setup.ask("POST", "/v1/blueprints", &usage).await.0, 201);
        serve(daemon_without_creation(setup), observer, |_, _| async move {
            setup.wait(300).await;
            assert_eq!((observer.summary().as_str(), setup.entities().await.len()), ("Start completed", 15));
            let record = setup.record().await;
            assert_eq!((&record["config"], &record["arePortResourcesInitialized"]), (&Value::Null, &json!(false)));
            assert_eq!(names(setup, "/v1/blueprints", "blueprints").await, ["githubCopilotOrganizationUsage"]);
            assert!(names(setup, "/v1/pages", "pages").await.is_empty());
        })
        .await;
    });
}

#[test]
fn a_new_integration_can_begin_empty() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let mut context = setup.context();
        context.default_blueprints = Vec::new();
        let source = MappingSource { file: None, bundled: ("resources: []", "nothing") };
        let options = DaemonOptions { creates: CreationPolicy::Empty, ..Setup::options() };
        serve(Daemon::new(context, source, options), observer, |_, _| async move {
            setup.wait(300).await;
            assert_eq!(observer.summary(), "Start completed");
            let record = setup.record().await;
            assert_eq!((&record["config"], &record["createPortResourcesOrigin"]), (&json!({"resources": []}), &json!("Empty")));
            assert_eq!(record["arePortResourcesInitialized"], true);
            assert!(names(setup, "/v1/blueprints", "blueprints").await.is_empty());
            // The owner fills it.
            setup.edit(&config(".day")).await;
            setup.wait(61).await;
            assert!(observer.summary().starts_with("Start completed, Mapping"), "{}", observer.summary());
            assert!(names(setup, "/v1/pages", "pages").await.is_empty());
        })
        .await;
    });
}

#[test]
fn the_first_start_makes_the_page_and_no_other_does() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(Setup::options()), observer, |_, _| async move {
            setup.wait(90).await;
            assert_eq!(names(setup, "/v1/pages", "pages").await, ["copilot_usage_metrics"]);
            let (_, page) = setup.ask("GET", "/v1/pages/copilot_usage_metrics", &Value::Null).await;
            assert_eq!(page["page"]["widgets"][0]["widgets"].as_array().unwrap().len(), 2);
            // A deleted page is not created again.
            assert_eq!(setup.ask("DELETE", "/v1/pages/copilot_usage_metrics", &Value::Null).await.0, 200);
            setup.edit(&config(".day")).await;
            setup.wait(61).await;
            assert_eq!(observer.summary(), "Start completed, Mapping completed");
            assert!(names(setup, "/v1/pages", "pages").await.is_empty());
        })
        .await;
    });
}

#[test]
fn a_page_that_is_there_is_left_alone() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let ours = json!({"identifier": "copilot_usage_metrics", "title": "Ours", "type": "dashboard"});
        assert_eq!(setup.ask("POST", "/v1/pages", &ours).await.0, 201);
        serve(setup.daemon(Setup::options()), observer, |_, _| async move {
            setup.wait(90).await;
            assert_eq!(observer.summary(), "Start completed");
            let (_, page) = setup.ask("GET", "/v1/pages/copilot_usage_metrics", &Value::Null).await;
            assert_eq!(page["page"], ours);
        })
        .await;
    });
}

#[test]
fn a_page_that_the_catalog_refuses_fails_no_resync() {
    for answer in [(403, r#"{"ok":false,"error":"missing_permissions","message":"no"}"#), (0, "")] {
        run_paused(move || async move {
            let setup = &Setup::new();
            let observer = &RecordingObserver::new(&setup.clock);
            setup.answers(move |_, path| path.contains("/pages").then_some(answer));
            serve(setup.daemon(Setup::options()), observer, |_, _| async move {
                setup.wait(90).await;
                assert_eq!((observer.summary().as_str(), setup.entities().await.len()), ("Start completed", 15));
                assert_eq!(setup.record().await["arePortResourcesInitialized"], true);
            })
            .await;
        });
    }
}

#[test]
fn a_listener_that_never_resyncs_only_answers_that_it_lives() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let options = DaemonOptions {
            listener: Listener::Never,
            ready_within: Some(std::time::Duration::from_secs(60)),
            ..Setup::options()
        };
        serve(setup.daemon(options), observer, |router, _| async move {
            setup.wait(24 * 3600).await;
            assert_eq!((observer.summary(), setup.requests("", "").len()), (String::new(), 0));
            assert_eq!(readiness(&router).await.0, 200);
            assert!(setup.entities().await.is_empty());
        })
        .await;
    });
}
