//! Every call that an integration of Ocean makes from its first start to its removal, as it makes it, in its order.

use super::*;

/// One call: method, path, body, and the status that lets the integration go on.
type Call = (&'static str, String, Value, u16);

fn call(method: &'static str, path: impl Into<String>, body: Value, status: u16) -> Call {
    (method, path.into(), body, status)
}

fn start() -> Vec<Call> {
    let none = Value::Null;
    let get = |path: &str, status| call("GET", path, none.clone(), status);
    let mine = "/v1/integration/mine";
    let relation = json!({"relations": {"team": {"target": "team", "required": false, "many": true}}});
    let calculation = json!({"calculationProperties": {"rate": {"title": "Rate", "calculation": "1", "type": "number"}}});
    vec![
        get("/v1/integration/mine?oceanCoreVersion=0.48.12&isPolling=false", 404),
        get("/v1/integration/provision-enabled", 200),
        get("/v1/organization", 200),
        call(
            "POST",
            "/v1/integration",
            json!({
                "installationId": "mine", "installationAppType": "github-copilot", "version": "0.3.104", "changelogDestination": {},
                "config": {"resources": []}, "actionsProcessingEnabled": false, "incrementalSyncEnabled": false,
                "createPortResourcesOrigin": "Default",
            }),
            201,
        ),
        call("PATCH", mine, json!({"version": "0.3.104", "processingMode": "dsp"}), 200),
        get("/v1/blueprints/service", 404),
        // Stage 1: bare. Stage 2: relations. Stage 3: calculations.
        call("POST", "/v1/blueprints", json!({"identifier": "team", "title": "Team"}), 201),
        call(
            "POST",
            "/v1/blueprints",
            json!({"identifier": "service", "title": "Service", "schema": {"properties": {"n": {"type": "number"}}, "required": []}}),
            201,
        ),
        call("PATCH", "/v1/blueprints/service", relation, 200),
        call("PATCH", "/v1/blueprints/service", calculation, 200),
        call("POST", "/v1/actions", json!({"identifier": "act", "trigger": {}}), 201),
        call("POST", "/v1/blueprints/service/scorecards", json!({"identifier": "card", "rules": []}), 201),
        call("POST", "/v1/pages", json!({"identifier": "copilot_usage_metrics", "type": "dashboard", "widgets": []}), 201),
        call("PATCH", mine, json!({"version": "0.3.104", "arePortResourcesInitialized": true}), 200),
    ]
}

fn resync(search: Value, entities: &[Value]) -> Vec<Call> {
    let mine = "/v1/integration/mine";
    let resync = "ocean_info_event_type=resync&ocean_info_resync_id=5d8e";
    let metrics = "/ingest/metrics/mine/syncMetrics";
    let kind = json!({"kindIdentifier": "users-0", "syncState": "completed", "metrics": {"phase": {}}});
    let include = "exclude_calculated_properties=true&include=blueprint&include=identifier&include=title&include=properties.n";
    let owned = json!({
        "datasource_prefix": "port-ocean/github-copilot/", "datasource_suffix": "/mine/exporter", "limit": 5000,
        "before": "2026-08-01T00:00:00.500000+00:00",
    });
    let logs = json!({"logs": [{"message": "m", "level": "INFO", "timestamp": "2026-08-01T00:00:00.000000Z", "extra": {}}]});
    let running = json!({
        "status": "running", "lastResyncEnd": null, "lastResyncStart": "2026-08-01T00:00:00Z", "nextResync": null, "intervalInMinuets": null,
    });
    let none = Value::Null;
    vec![
        call("GET", format!("{mine}/resync-request"), none.clone(), 200),
        call("PATCH", format!("{mine}/resync-state"), running, 200),
        call("GET", mine, none.clone(), 200),
        call("POST", metrics, json!({"syncKindsMetrics": [kind]}), 200),
        call("POST", "/ingest/metrics/mine/heartbeat", json!({"eventId": "5d8e"}), 200),
        call("PUT", format!("{metrics}/resync/5d8e/kind/users-0"), json!({"syncKindMetrics": kind}), 200),
        call("POST", format!("{mine}/kinds/user-usage-metrics/examples"), json!({"examples": [{"login": "m***"}]}), 200),
        call("POST", format!("/v1/entities/search?{include}&{resync}"), search, 200),
        call("POST", format!("/v1/blueprints/service/entities/bulk?{UPSERT}&{resync}"), json!({"entities": entities}), 200),
        call("POST", format!("/v1/blueprints/service/entities?{UPSERT}&{resync}"), entities[0].clone(), 200),
        call("GET", "/v1/blueprints/service", none, 200),
        call("POST", "/v1/blueprints/entities/datasource-entities", owned, 200),
        call(
            "POST",
            format!("/v1/blueprints/service/bulk/entities/delete?delete_dependents=true&{resync}"),
            json!({"entities": ["s1"]}),
            200,
        ),
        call("POST", "/ingest/logs/mine", logs, 200),
        call("PATCH", format!("{mine}/resync-state"), json!({"status": "completed"}), 200),
    ]
}

fn removal() -> Vec<Call> {
    vec![
        call("DELETE", "/v1/blueprints/service/entities/s0?delete_dependents=true&ocean_info_event_type=start", Value::Null, 200),
        call("DELETE", "/v1/blueprints/service/all-entities?delete_blueprint=true", Value::Null, 200),
        call("GET", "/v1/migrations/migration_1", Value::Null, 200),
        call("DELETE", "/v1/pages/copilot_usage_metrics", Value::Null, 200),
        call("DELETE", "/v1/integration/mine", Value::Null, 200),
    ]
}

#[tokio::test(start_paused = true)]
async fn an_integration_of_ocean_goes_through_its_whole_life() {
    let peer = peer().await;
    let search = json!({"combinator": "and", "rules": [
        {"property": "$identifier", "operator": "in", "value": ["s0", "s1"]},
        {"property": "$blueprint", "operator": "=", "value": "service"},
        {"property": "$datasource", "operator": "contains", "value": "port-ocean/github-copilot/"},
        {"property": "$datasource", "operator": "contains", "value": "/mine/exporter"},
    ]});
    let entity =
        |name: &str| json!({"identifier": name, "blueprint": "service", "properties": {"n": null}, "relations": {"team": ["t"]}});
    let entities = [entity("s0"), entity("s1")];
    for (method, path, body, expected) in start().into_iter().chain(resync(search, &entities)).chain(removal()) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = peer.send(method, &path, body).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
    }
    assert_eq!(peer.found(json!([])).await, ["t"]);
}
