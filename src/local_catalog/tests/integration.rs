//! All calls that an integration of Ocean makes besides those about entities, in the order of its life.

use super::*;

const MINE: &str = "/v1/integration/mine";

async fn installed() -> Peer {
    let peer = peer().await;
    let body = json!({
        "installationId": "mine", "installationAppType": "github-copilot", "version": "0.3.104", "changelogDestination": {},
        "config": {"resources": []}, "actionsProcessingEnabled": false, "incrementalSyncEnabled": false,
        "createPortResourcesOrigin": "Default",
    });
    assert_eq!(peer.post("/v1/integration", &body).await.0, 201);
    assert_eq!(refusal(peer.post("/v1/integration", &body).await), refused(409, "identifier_taken"));
    peer
}

/// The path of a URL that the catalog gave out.
fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_integration_starts_against_an_empty_catalog() {
    let peer = peer().await;
    assert_eq!(peer.get("/v1/integration/provision-enabled").await.1["integrations"], json!([]));
    assert_eq!(peer.get("/v1/organization").await.1["organization"]["featureFlags"], json!([]));
    let (status, answer) = peer.get(&format!("{MINE}?oceanCoreVersion=0.48.12&isPolling=true")).await;
    assert_eq!((status, &answer["error"]), (404, &json!("not_found")));
    assert_eq!(refusal(peer.get(&format!("{MINE}/resync-request")).await), refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn what_is_patched_is_given_back() {
    let peer = installed().await;
    let sent = json!({
        "version": "0.4.0", "installationAppType": "github-copilot", "arePortResourcesInitialized": true, "actionsProcessingEnabled": true,
        "incrementalSyncEnabled": true, "changelogDestination": {"type": "WEBHOOK", "url": "http://x/resync"}, "processingMode": "dsp",
    });
    assert_eq!(peer.patch(MINE, &sent).await.0, 200);
    let (_, answer) = peer.get(MINE).await;
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&answer["integration"][name], value, "{name}");
    }
    let integration = &answer["integration"];
    assert_eq!(integration["installationType"], "OnPrem");
    assert_eq!(integration["createPortResourcesOrigin"], "Default");
    assert_eq!(integration["config"], json!({"resources": []}));
    // What tells integrations apart is not for changing.
    assert_eq!(peer.patch(MINE, &json!({"installationId": "other"})).await.1["integration"]["installationId"], "mine");
    assert_eq!(peer.get("/v1/integration").await.1["integrations"].as_array().unwrap().len(), 1);
    assert_eq!(refusal(peer.patch("/v1/integration/other", &sent).await), refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn creating_it_or_changing_its_mapping_asks_for_a_resync() {
    let mut peer = installed().await;
    let mut expected = "2026-08-01T00:00:00.000Z";
    let cases = [
        ("", json!({"version": "1"}), false, expected),
        ("", json!({"version": "1", "config": {"resources": [1]}}), false, "2026-08-01T00:00:02.000Z"),
        ("/config", json!({"config": {"resources": [2]}}), false, "2026-08-01T00:00:03.000Z"),
        ("/config", json!({"config": {"resources": [3]}}), true, "2026-08-01T00:00:03.000Z"),
    ];
    for (place, body, skip, updated_at) in cases {
        tokio::time::advance(Duration::from_secs(1)).await;
        peer.headers = if skip { vec![("x-skip-resync", "true")] } else { Vec::new() };
        assert_eq!(peer.patch(&format!("{MINE}{place}"), &body).await.0, 200);
        expected = updated_at;
        for _ in 0..2 {
            assert_eq!(peer.get(&format!("{MINE}/resync-request")).await.1["request"]["updatedAt"], expected, "{body}");
        }
    }
    assert_eq!(peer.get(MINE).await.1["integration"]["config"], json!({"resources": [3]}));
    assert_eq!(refusal(peer.patch(&format!("{MINE}/config"), &json!({})).await), refused(422, "invalid_request"));
    let quiet = json!({"installationId": "quiet"});
    peer.headers = vec![("x-skip-resync", "true")];
    peer.post("/v1/integration", &quiet).await;
    assert_eq!(peer.get("/v1/integration/quiet/resync-request").await.1["request"], json!(null));
}

#[tokio::test(start_paused = true)]
async fn the_state_of_a_resync_is_kept_with_its_moment() {
    let peer = installed().await;
    let place = format!("{MINE}/resync-state");
    let sent =
        json!({"status": "running", "lastResyncStart": "2026-08-01T00:00:00Z", "nextResync": null, "intervalInMinuets": 60});
    let (status, answer) = peer.patch(&place, &sent).await;
    assert_eq!((status, &answer["integration"]["resyncState"]["updatedAt"]), (200, &json!("2026-08-01T00:00:00.000Z")));
    for state in ["completed", "failed", "aborted"] {
        assert_eq!(peer.patch(&place, &json!({"status": state})).await.0, 200);
        let kept = &peer.get(MINE).await.1["integration"]["resyncState"];
        assert_eq!((&kept["status"], &kept["intervalInMinuets"]), (&json!(state), &json!(60)));
    }
    assert_eq!(refusal(peer.patch(&place, &json!({"status": "done"})).await), refused(422, "invalid_request"));
}

#[tokio::test(start_paused = true)]
async fn an_integration_can_tell_about_itself_at_the_urls_it_is_given() {
    let peer = installed().await;
    peer.post("/v1/integration", &json!({"installationId": "a b/c"})).await;
    let (_, odd) = peer.get("/v1/integration/a%20b%2Fc").await;
    assert_eq!(odd["integration"]["logAttributes"]["ingestUrl"], format!("{PUBLIC_URL}/ingest/logs/a%20b%2Fc"));
    let (_, answer) = peer.get(MINE).await;
    let of = |name: &str| path(&answer["integration"][name]["ingestUrl"]);
    let (logs, metrics, lake) = (of("logAttributes"), of("metricAttributes"), of("ingestAttributes"));
    let event = json!({"kindIdentifier": "users-0", "syncState": "syncing"});
    assert_eq!(peer.post(&format!("{metrics}/syncMetrics"), &json!({"syncKindsMetrics": [event]})).await.0, 200);
    let place = format!("{metrics}/syncMetrics/resync/some-id/kind/users-0");
    assert_eq!(peer.send("PUT", &place, json!({"syncKindMetrics": event}).to_string()).await.0, 200);
    assert_eq!(peer.post(&format!("{metrics}/heartbeat"), &json!({"eventId": "some-id"})).await.0, 200);
    let record = |level: &str, message: String| json!({"message": message, "level": level, "extra": {"event_id": "e"}});
    for n in 0..1100 {
        let level = if n % 2 == 0 { "INFO" } else { "ERROR" };
        assert_eq!(peer.post(&logs, &json!({"logs": [record(level, n.to_string())]})).await.0, 200);
    }
    let place = format!("{lake}/lake/write/integration-type/github-copilot/integration/mine/sync/s/kind/k");
    assert_eq!(refusal(peer.post(&place, &json!({})).await), refused(404, "not_found"));
    let messages = |answer: Value| -> Vec<i64> {
        answer["data"].as_array().unwrap().iter().map(|record| record["message"].as_str().unwrap().parse().unwrap()).collect()
    };
    assert_eq!(messages(peer.get(&format!("{MINE}/logs?limit=2")).await.1), [1099, 1098]);
    assert_eq!(messages(peer.get(&format!("{MINE}/logs?limit=2&levels=ERROR,WARNING")).await.1), [1099, 1097]);
    assert_eq!(messages(peer.get(&format!("{MINE}/logs?event_id=other")).await.1), Vec::<i64>::new());
    assert_eq!(refusal(peer.get(&format!("{MINE}/logs?limit=301")).await), refused(422, "invalid_request"));
}

#[tokio::test(start_paused = true)]
async fn examples_of_a_kind_are_kept_five_at_most() {
    let peer = installed().await;
    let place = format!("{MINE}/kinds/user-usage-metrics/examples");
    assert_eq!(peer.get(&place).await.1["examples"], json!([]));
    assert_eq!(peer.post(&place, &json!({"examples": [1, 2, 3, 4, 5, 6]})).await.0, 200);
    assert_eq!(peer.get(&place).await.1["examples"], json!([1, 2, 3, 4, 5]));
    assert_eq!(refusal(peer.post(&place, &json!({})).await), refused(422, "invalid_request"));
}

#[tokio::test(start_paused = true)]
async fn pages_scorecards_and_actions_are_kept() {
    let peer = installed().await;
    peer.blueprint("service", json!({})).await;
    for place in ["/v1/pages", "/v1/actions", "/v1/blueprints/service/scorecards"] {
        let body = json!({"identifier": "x", "title": "X"});
        assert_eq!(peer.post(place, &body).await.0, 201, "{place}");
        assert_eq!(refusal(peer.post(place, &body).await), refused(409, "identifier_taken"), "{place}");
        assert_eq!(refusal(peer.post(place, &json!({})).await), refused(422, "invalid_request"), "{place}");
        let name = place.rsplit('/').next().unwrap();
        assert_eq!(peer.get(place).await.1[name], json!([body]), "{place}");
    }
    assert_eq!(peer.get("/v1/pages/x").await.1["page"]["title"], "X");
    assert_eq!(peer.delete("/v1/pages/x").await.0, 200);
    assert_eq!(refusal(peer.delete("/v1/pages/x").await), refused(404, "not_found"));
    assert_eq!(refusal(peer.get("/v1/blueprints/nothing/scorecards").await), refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn deleting_an_integration_leaves_its_entities() {
    let peer = installed().await;
    peer.blueprint("service", json!({})).await;
    peer.bulk("service", json!([{"identifier": "a"}])).await;
    assert_eq!(peer.delete(MINE).await.0, 200);
    assert_eq!(refusal(peer.get(MINE).await), refused(404, "not_found"));
    assert_eq!(refusal(peer.delete(MINE).await), refused(404, "not_found"));
    assert_eq!(peer.found(json!([])).await, ["a"]);
    // Nothing of the old one comes back with a new one.
    peer.post("/v1/integration", &json!({"installationId": "mine"})).await;
    assert_eq!(peer.get(MINE).await.1["integration"]["config"], Value::Null, "none, and not one of nothing");
}

#[tokio::test(start_paused = true)]
async fn nobody_tells_anything_about_an_integration_without_a_token() {
    let mut peer = peer().await;
    peer.token = String::new();
    for (method, path, body) in [
        ("POST", "/ingest/logs/mine", json!({"logs": []})),
        ("POST", "/ingest/metrics/mine/syncMetrics", json!({"syncKindsMetrics": []})),
        ("PUT", "/ingest/metrics/mine/syncMetrics/resync/e/kind/k", json!({"syncKindMetrics": {}})),
        ("POST", "/ingest/metrics/mine/heartbeat", json!({})),
    ] {
        assert_eq!(peer.send(method, path, body.to_string()).await.0, 401, "{path}");
    }
}
