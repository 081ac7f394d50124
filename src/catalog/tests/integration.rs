//! The integration's record.

use super::*;

const RECORD: &str = "/v1/integration/my-copilot";

#[tokio::test(start_paused = true)]
async fn an_integration_that_does_not_exist_is_none_but_a_wrong_address_is_an_error() {
    let scripted = Scripted::new(|_| None);
    assert_eq!(scripted.catalog.integration().await.unwrap(), None);
    let wrong = Scripted::new(|seen| (!seen.is_sign_in()).then_some(Reply::Text(404, "<h1>404</h1>")));
    let error = wrong.catalog.integration().await.unwrap_err();
    assert!(error.help().unwrap().contains("OCEAN__PORT__BASE_URL"));
}

#[tokio::test(start_paused = true)]
async fn an_integration_keeps_what_it_does_not_know() {
    let record = json!({"installationId": "my-copilot", "version": "0.3.1", "config": {"resources": []},
        "arePortResourcesInitialized": true, "resyncState": {"status": "running", "updatedAt": "2026-08-01T00:00:00.000Z", "x": 1}});
    let answer = json!({"ok": true, "integration": record});
    let scripted = Scripted::new(move |seen| (seen.path == RECORD).then(|| Reply::Json(200, answer.clone())));
    let integration = scripted.catalog.integration().await.unwrap().unwrap();
    assert_eq!(integration.config, Some(json!({"resources": []})));
    assert_eq!(integration.are_port_resources_initialized, Some(true));
    assert_eq!(integration.other["installationId"], "my-copilot");
    let state = integration.resync_state.unwrap();
    assert_eq!((state.status.as_deref(), state.updated_at), (Some("running"), Some(START.parse().unwrap())));
}

#[tokio::test(start_paused = true)]
async fn an_integration_is_created_and_changed_as_ocean_does_it() {
    let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then(|| Reply::Json(200, json!({"integration": {}}))));
    let catalog = &scripted.catalog;
    let config = json!({"resources": []});
    catalog.create_integration(Some(&config), "Default").await.unwrap();
    let patch = IntegrationPatch { are_port_resources_initialized: Some(true), ..IntegrationPatch::default() };
    catalog.patch_integration(&patch).await.unwrap();
    catalog.put_integration_config(&config, true).await.unwrap();
    catalog.put_integration_config(&config, false).await.unwrap();
    let progress = ResyncProgress {
        status: ResyncStatus::Completed,
        last_resync_end: Some("2026-08-01T00:05:00Z".parse().unwrap()),
        last_resync_start: Some(START.parse().unwrap()),
        next_resync: None,
        interval_minutes: Some(60),
    };
    catalog.put_resync_state(&progress).await.unwrap();
    let examples: Vec<_> = (0..9).map(|number| json!({"n": number})).collect();
    catalog.post_kind_examples("user-usage metrics", &examples).await.unwrap();

    let expected_paths = [
        "POST /v1/integration",
        "PATCH /v1/integration/my-copilot",
        "PATCH /v1/integration/my-copilot/config",
        "PATCH /v1/integration/my-copilot/config",
        "PATCH /v1/integration/my-copilot/resync-state",
        "POST /v1/integration/my-copilot/kinds/user-usage%20metrics/examples",
    ];
    assert_eq!(scripted.paths(), expected_paths);
    let calls = scripted.calls();
    let created = json!({"installationId": "my-copilot", "installationAppType": "github-copilot", "version": "1.2.3",
        "changelogDestination": {}, "config": {"resources": []}, "actionsProcessingEnabled": false,
        "incrementalSyncEnabled": false, "createPortResourcesOrigin": "Default"});
    assert_eq!(calls[0].body, created);
    assert_eq!(calls[1].body, json!({"arePortResourcesInitialized": true, "version": "1.2.3"}));
    assert_eq!((calls[2].header("x-skip-resync"), calls[3].header("x-skip-resync")), ("true", ""));
    let state = json!({"status": "completed", "lastResyncEnd": "2026-08-01T00:05:00Z", "lastResyncStart": START,
        "nextResync": null, "intervalInMinuets": 60});
    assert_eq!(calls[4].body, state);
    assert_eq!(calls[5].body["examples"].as_array().unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_integration_created_before_the_answer_got_lost_counts_as_created() {
    let scripted = Scripted::new(|seen| match (seen.method.as_str(), seen.path.as_str(), seen.before) {
        ("POST", "/v1/integration", 0) => Some(Reply::Text(502, "")),
        ("POST", "/v1/integration", _) => Some(refusal(409, "identifier_taken")),
        ("GET", RECORD, _) => Some(Reply::Json(200, json!({"integration": {"version": "1.2.3"}}))),
        _ => None,
    });
    let created = scripted.catalog.create_integration(Some(&json!({})), "Default").await.unwrap();
    assert_eq!(created.version.as_deref(), Some("1.2.3"));
}

#[tokio::test(start_paused = true)]
async fn an_integration_that_somebody_else_created_is_an_error() {
    let scripted = Scripted::new(|seen| (!seen.is_sign_in()).then(|| refusal(409, "identifier_taken")));
    let error = scripted.catalog.create_integration(Some(&json!({})), "Default").await.unwrap_err();
    assert!(error.refusal().unwrap().is_taken());
    assert_eq!(scripted.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_resync_request_is_none_until_somebody_asks() {
    for (request, expected) in [(Value::Null, None), (json!({"updatedAt": START, "by": "me"}), Some(START.parse().unwrap()))] {
        let scripted = Scripted::new(move |seen| {
            (!seen.is_sign_in()).then(|| Reply::Json(200, json!({"ok": true, "request": request.clone()})))
        });
        let asked = scripted.catalog.resync_request().await.unwrap();
        assert_eq!(asked.map(|request| request.updated_at.unwrap()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn the_organization_and_its_provisioned_types_are_read() {
    let scripted = Scripted::new(|seen| match seen.path.as_str() {
        "/v1/organization" => Some(organization()),
        "/v1/integration/provision-enabled" => Some(Reply::Json(200, json!({"integrations": ["github"]}))),
        _ => None,
    });
    let expected = CatalogOrganization { id: "org_1".into(), feature_flags: Vec::new() };
    assert_eq!(scripted.catalog.organization().await.unwrap(), expected);
    assert_eq!(scripted.catalog.provisioned_integration_types().await.unwrap(), ["github"]);
}
