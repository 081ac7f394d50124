//! What a new integration finds at the catalog: its mapping, blueprints and page, or nothing, as settings and record say.

use pilotage::daemon::{Daemon, DaemonOptions, Listener};
use pilotage::integration::Creates;
use pilotage::integration::mapping::MappingSource;
use serde_json::{Value, json};

use super::harness::{Ear, Sea, config, readiness, sail, serve};

async fn register(sea: &Sea, config: &Value) {
    let record = json!({"installationId": "mine", "installationAppType": "github-copilot", "config": config});
    assert_eq!(sea.ask("POST", "/v1/integration", &record).await.0, 201);
}

async fn names(sea: &Sea, path: &str, many: &str) -> Vec<String> {
    let (_, answer) = sea.ask("GET", path, &Value::Null).await;
    let all = answer[many].as_array().unwrap().iter();
    all.map(|one| one["identifier"].as_str().unwrap().to_owned()).collect()
}

/// A daemon that may create nothing, as `OCEAN__INITIALIZE_PORT_RESOURCES=false` has it.
fn of_nothing(sea: &Sea) -> Daemon {
    let mut ground = sea.ground();
    ground.default_blueprints = Vec::new();
    Daemon::new(ground, Sea::source(), DaemonOptions { creates: Creates::Nothing, ..Sea::options() })
}

#[test]
fn an_empty_mapping_is_a_wish_for_nothing() {
    for (config, creates) in [
        (json!({}), Creates::Defaults),
        (json!({}), Creates::Nothing),
        (json!({"resources": []}), Creates::Defaults),
        (json!({"entityDeletionThreshold": 1, "resources": []}), Creates::Nothing),
    ] {
        sail(move || async move {
            let sea = &Sea::new();
            let ear = &Ear::new(&sea.clock);
            register(sea, &config).await;
            serve(sea.daemon(DaemonOptions { creates, ..Sea::options() }), ear, |_, _| async move {
                sea.wait(300).await;
                assert_eq!((ear.story().as_str(), sea.status().await.as_str()), ("Start completed", "completed"), "{config}");
                let record = sea.record().await;
                assert_eq!((&record["config"], &record["arePortResourcesInitialized"]), (&config, &json!(false)));
                assert!(sea.entities().await.is_empty());
                assert!(names(sea, "/v1/blueprints", "blueprints").await.is_empty());
                assert!(names(sea, "/v1/pages", "pages").await.is_empty());
                assert!(sea.got("POST", "/bulk").is_empty() && sea.got("PATCH", "/config").is_empty());
            })
            .await;
        });
    }
}

#[test]
fn an_empty_mapping_deletes_nothing_of_what_a_fuller_one_wrote() {
    sail(|| async {
        let sea = &Sea::new();
        let ear = &Ear::new(&sea.clock);
        serve(sea.daemon(Sea::options()), ear, |_, _| async move {
            sea.wait(90).await;
            assert_eq!(sea.entities().await.len(), 15);
            sea.edit(&json!({})).await;
            sea.wait(300).await;
            assert_eq!(ear.story(), "Start completed, Mapping completed");
            assert_eq!((sea.entities().await.len(), &sea.record().await["config"]), (15, &json!({})));
        })
        .await;
    });
}

#[test]
fn nothing_is_created_but_entities_and_the_record_where_the_settings_say_so() {
    sail(|| async {
        let sea = &Sea::new();
        let ear = &Ear::new(&sea.clock);
        let usage = json!({"identifier": "githubCopilotOrganizationUsage", "title": "Usage",
            "schema": {"properties": {"record_date": {"type": "string"}}, "required": []}});
        assert_eq!(sea.ask("POST", "/v1/blueprints", &usage).await.0, 201);
        serve(of_nothing(sea), ear, |_, _| async move {
            sea.wait(300).await;
            assert_eq!((ear.story().as_str(), sea.entities().await.len()), ("Start completed", 15));
            let record = sea.record().await;
            assert_eq!((&record["config"], &record["arePortResourcesInitialized"]), (&Value::Null, &json!(false)));
            assert_eq!(names(sea, "/v1/blueprints", "blueprints").await, ["githubCopilotOrganizationUsage"]);
            assert!(names(sea, "/v1/pages", "pages").await.is_empty());
        })
        .await;
    });
}

#[test]
fn a_new_integration_can_begin_empty() {
    sail(|| async {
        let sea = &Sea::new();
        let ear = &Ear::new(&sea.clock);
        let mut ground = sea.ground();
        ground.default_blueprints = Vec::new();
        let source = MappingSource { file: None, bundled: ("resources: []", "nothing") };
        let options = DaemonOptions { creates: Creates::Empty, ..Sea::options() };
        serve(Daemon::new(ground, source, options), ear, |_, _| async move {
            sea.wait(300).await;
            assert_eq!(ear.story(), "Start completed");
            let record = sea.record().await;
            assert_eq!((&record["config"], &record["createPortResourcesOrigin"]), (&json!({"resources": []}), &json!("Empty")));
            assert_eq!(record["arePortResourcesInitialized"], true);
            assert!(names(sea, "/v1/blueprints", "blueprints").await.is_empty());
            // Whoever owns it fills it.
            sea.edit(&config(".day")).await;
            sea.wait(61).await;
            assert!(ear.story().starts_with("Start completed, Mapping"), "{}", ear.story());
            assert!(names(sea, "/v1/pages", "pages").await.is_empty());
        })
        .await;
    });
}

#[test]
fn the_first_start_makes_the_page_and_no_other_does() {
    sail(|| async {
        let sea = &Sea::new();
        let ear = &Ear::new(&sea.clock);
        serve(sea.daemon(Sea::options()), ear, |_, _| async move {
            sea.wait(90).await;
            assert_eq!(names(sea, "/v1/pages", "pages").await, ["copilot_usage_metrics"]);
            let (_, page) = sea.ask("GET", "/v1/pages/copilot_usage_metrics", &Value::Null).await;
            assert_eq!(page["page"]["widgets"][0]["widgets"].as_array().unwrap().len(), 2);
            // Who deletes it does not want it.
            assert_eq!(sea.ask("DELETE", "/v1/pages/copilot_usage_metrics", &Value::Null).await.0, 200);
            sea.edit(&config(".day")).await;
            sea.wait(61).await;
            assert_eq!(ear.story(), "Start completed, Mapping completed");
            assert!(names(sea, "/v1/pages", "pages").await.is_empty());
        })
        .await;
    });
}

#[test]
fn a_page_that_is_there_is_left_alone() {
    sail(|| async {
        let sea = &Sea::new();
        let ear = &Ear::new(&sea.clock);
        let ours = json!({"identifier": "copilot_usage_metrics", "title": "Ours", "type": "dashboard"});
        assert_eq!(sea.ask("POST", "/v1/pages", &ours).await.0, 201);
        serve(sea.daemon(Sea::options()), ear, |_, _| async move {
            sea.wait(90).await;
            assert_eq!(ear.story(), "Start completed");
            let (_, page) = sea.ask("GET", "/v1/pages/copilot_usage_metrics", &Value::Null).await;
            assert_eq!(page["page"], ours);
        })
        .await;
    });
}

#[test]
fn a_page_that_the_catalog_refuses_fails_no_resync() {
    for answer in [(403, r#"{"ok":false,"error":"missing_permissions","message":"no"}"#), (0, "")] {
        sail(move || async move {
            let sea = &Sea::new();
            let ear = &Ear::new(&sea.clock);
            sea.answers(move |_, path| path.contains("/pages").then_some(answer));
            serve(sea.daemon(Sea::options()), ear, |_, _| async move {
                sea.wait(90).await;
                assert_eq!((ear.story().as_str(), sea.entities().await.len()), ("Start completed", 15));
                assert_eq!(sea.record().await["arePortResourcesInitialized"], true);
            })
            .await;
        });
    }
}

#[test]
fn a_listener_that_never_resyncs_only_answers_that_it_lives() {
    sail(|| async {
        let sea = &Sea::new();
        let ear = &Ear::new(&sea.clock);
        let options = DaemonOptions {
            listener: Listener::Nobody,
            ready_within: Some(std::time::Duration::from_secs(60)),
            ..Sea::options()
        };
        serve(sea.daemon(options), ear, |router, _| async move {
            sea.wait(24 * 3600).await;
            assert_eq!((ear.story(), sea.got("", "").len()), (String::new(), 0));
            assert_eq!(readiness(&router).await.0, 200);
            assert!(sea.entities().await.is_empty());
        })
        .await;
    });
}
