//! Credentials at the whole server; which may see what is told by the table in [`crate::simulator::access`].

use std::time::Duration;

use super::*;
use crate::door::clock::Clock;

/// `{"alg":"RS256","typ":"JWT"}`, `{"iat":1793678340,"exp":1793678880,"iss":"Iv23liSimulated"}`
const JWT: &str =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3OTM2NzgzNDAsImV4cCI6MTc5MzY3ODg4MCwiaXNzIjoiSXYyM2xpU2ltdWxhdGVkIn0";

fn app() -> Access {
    let installation = |id, target, permission: &str, is_suspended| Installation {
        id,
        target,
        permissions: vec![permission.to_owned()],
        is_suspended,
    };
    let installations = vec![
        installation(11, Target::Organization("harbor".to_owned()), "organization_copilot_metrics", false),
        installation(12, Target::Enterprise("fleet".to_owned()), "enterprise_copilot_metrics", false),
        installation(13, Target::Organization("tidewater".to_owned()), "organization_copilot_metrics", true),
    ];
    let app = App { id: 4242, client_id: "Iv23liSimulated".to_owned(), slug: "metrics".to_owned(), installations };
    Access { app: Some(app), ..Access::default() }
}

#[tokio::test(start_paused = true)]
async fn an_app_gets_tokens_for_its_installations_and_they_expire() {
    let clock = Clock::starting_at("2026-11-03T04:00:00Z".parse().unwrap());
    let client = Client::new(&simulator(small()).with_clock(clock.clone()).with_access(app()));
    let jwt = format!("{JWT}.{}", "A".repeat(342));
    let installations = client.get_as(&jwt, "/app/installations").await.json();
    assert_eq!(installations[1]["target_type"], "Enterprise");
    assert_eq!(client.get_as(&jwt, "/enterprises/fleet/installation").await.json()["id"], 12);
    let token = async |id: u64| client.get_as(&jwt, &format!("/app/installations/{id}/access_tokens")).await;
    let organization = token(11).await;
    assert_eq!((organization.status, organization.json()["expires_at"].clone()), (201, Value::from("2026-11-03T05:00:00Z")));
    let organization = organization.json()["token"].as_str().unwrap().to_owned();
    let enterprise = token(12).await.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(token(13).await.status, 403);
    let report = "/orgs/harbor/copilot/metrics/reports/users-28-day/latest";
    let enterprise_report = "/enterprises/fleet/copilot/metrics/reports/users-28-day/latest";
    assert_eq!(client.get_as(&organization, report).await.status, 200);
    assert_eq!(client.get_as(&enterprise, enterprise_report).await.status, 200);
    let refused = client.get_as(&organization, enterprise_report).await;
    assert_eq!((refused.status, refused.header("x-accepted-github-permissions")), (403, "enterprise_copilot_metrics=read"));
    clock.sleep(Duration::from_secs(3600)).await;
    assert_eq!(client.get_as(&organization, report).await.status, 401);
}

#[tokio::test]
async fn single_sign_on_leaves_organizations_out_and_says_so() {
    let token =
        TokenRights::Classic { scopes: vec!["read:org".to_owned()], is_owner: true, sso_required: vec!["tidewater".to_owned()] };
    let access = Access { known: [("ghp_partial".to_owned(), token)].into(), ..Access::default() };
    let client = Client::new(&simulator(small()).with_access(access));
    let answer = client.get_as("ghp_partial", "/user/orgs").await;
    assert_eq!(answer.json().as_array().unwrap().len(), 1);
    assert_eq!(answer.header("x-github-sso"), "partial-results; organizations=9002");
    assert_eq!(answer.header("x-oauth-scopes"), "read:org");
    let refused = client.get_as("ghp_partial", "/orgs/tidewater/teams").await;
    assert!(refused.status == 403 && refused.header("x-github-sso").starts_with("required; url="));
}
