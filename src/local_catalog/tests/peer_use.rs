//! First requests of any client of the API, and its token.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_client_creates_a_blueprint_upserts_searches_and_deletes() {
    let peer = peer().await;
    peer.blueprint("service", json!({})).await;
    let entities: Vec<Value> = (0..20).map(|n| json!({"identifier": format!("s{n:02}"), "properties": {"number": n}})).collect();
    let (status, answer) = peer.bulk("service", entities.into()).await;
    assert_eq!(status, 200);
    assert_eq!(answer["entities"][19], json!({"created": true, "identifier": "s19", "index": 19}));
    assert_eq!(answer["errors"], json!([]));
    let found = peer.found(json!([{"property": "number", "operator": ">=", "value": 18}])).await;
    assert_eq!(found, ["s18", "s19"]);
    let (status, answer) =
        peer.post("/v1/blueprints/service/bulk/entities/delete", &json!({"entities": ["s18", "gone", "s00"]})).await;
    assert_eq!((status, &answer["deletedEntities"]), (200, &json!(["s18", "s00"])));
    assert_eq!(peer.get("/v1/blueprints/service/entities-count").await.1["count"], 18);
}

#[tokio::test(start_paused = true)]
async fn without_a_good_token_nothing_is_served() {
    let mut peer = peer().await;
    let good = peer.token.clone();
    for token in ["", "x", &good[1..]] {
        peer.token = token.to_owned();
        for path in ["/v1/blueprints", "/v1/integration/mine", "/v1/organization"] {
            assert_eq!(refusal(peer.get(path).await), refused(401, "unauthorized"), "{path} {token}");
        }
    }
    peer.token = good;
    assert_eq!(peer.get("/v1/blueprints").await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_token_lives_three_hours_or_as_long_as_the_catalog_says() {
    let options = options();
    let short = LocalCatalogOptions { tokens: TokenOptions { lifetime: Duration::from_secs(60), uses: None }, ..options.clone() };
    for (options, seconds) in [(options, 10_800), (short, 60)] {
        let mut peer = peer_of(options).await;
        let (_, answer) = peer.post("/v1/auth/access_token", &json!({"clientId": "a", "clientSecret": "b"})).await;
        assert_eq!((&answer["expiresIn"], &answer["tokenType"]), (&json!(seconds), &json!("Bearer")));
        tokio::time::advance(Duration::from_secs(seconds - 1)).await;
        assert_eq!(peer.get("/v1/blueprints").await.0, 200);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(peer.get("/v1/blueprints").await.0, 401);
        peer.sign_in().await;
        assert_eq!(peer.get("/v1/blueprints").await.0, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_are_checked_when_there_are_any() {
    let credentials = Some(("me".to_owned(), Secret::new("secret")));
    let peer = peer_of(LocalCatalogOptions { credentials, ..options() }).await;
    for (id, secret, status) in [("me", "secret", 200), ("me", "other", 401), ("you", "secret", 401)] {
        let body = json!({"clientId": id, "clientSecret": secret});
        assert_eq!(peer.post("/v1/auth/access_token", &body).await.0, status, "{id} {secret}");
    }
    assert_eq!(refusal(peer.post("/v1/auth/access_token", &json!({"clientId": "me"})).await), refused(422, "invalid_request"));
}

#[tokio::test(start_paused = true)]
async fn a_route_that_does_not_exist_is_refused_in_the_envelope() {
    let peer = peer().await;
    assert_eq!(refusal(peer.get("/v1/nothing").await), refused(404, "not_found"));
    assert_eq!(refusal(peer.delete("/v1/organization").await), refused(404, "not_found"));
}
