//! Headers that GitHub demands of a request and sends with an answer.

use std::time::Duration;

use super::*;
use crate::door::clock::Clock;

#[tokio::test]
async fn what_every_request_must_carry_is_demanded() {
    let client = Client::of(small());
    let agent = ("user-agent", "test");
    let token = ("authorization", "Bearer anything");
    let version = |text| ("x-github-api-version", text);
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let table: &[(Headers<'_>, u16, &str)] = &[
        (&[agent, token], 200, ""),
        (&[agent, token, version("2026-03-10")], 200, ""),
        (&[agent, token, version("2022-11-28")], 200, ""),
        (&[token], 403, "User-Agent"),
        (&[agent], 401, "Requires authentication"),
        (&[agent, ("authorization", "Bearer")], 401, "Bad credentials"),
        (&[agent, token, version("2099-01-01")], 400, "The API version 2099-01-01 is not supported"),
    ];
    for (headers, status, message) in table {
        let answer = ask(&client.api, "http://api.test/user/orgs", headers).await;
        assert_eq!(answer.status, *status, "{headers:?}");
        assert!(answer.text().contains(message), "{headers:?}: {}", answer.text());
        for name in ["x-github-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
            assert!(!answer.header(name).is_empty(), "{name} of {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page_along_its_links() {
    let client = Client::of(WorldOptions { organizations: 7, teams: 65, ..small() });
    assert_eq!(client.list("/user/orgs?per_page=3").await.len(), 7);
    assert_eq!(client.list("/organizations?per_page=3").await.len(), 7);
    let teams = client.list("/orgs/harbor/teams").await;
    let ids: std::collections::BTreeSet<u64> = teams.iter().map(|team| team["id"].as_u64().unwrap()).collect();
    assert_eq!((teams.len(), ids.len()), (65, 65));
    assert!(client.get("/orgs/harbor/teams").await.header("link").contains("<http://api.test/orgs/harbor/teams?page=2>"));
}

#[tokio::test]
async fn organizations_hold_more_than_their_login_and_do_not_change_with_the_host() {
    let client = Client::of(small());
    let organizations = client.get("http://127.0.0.1:4711/user/orgs").await.json();
    assert_eq!(organizations[0]["login"], "harbor");
    assert_eq!(organizations[0]["url"], "https://api.github.com/orgs/harbor");
    assert_eq!(organizations, client.get("/user/orgs").await.json());
}

#[tokio::test]
async fn two_organizations_have_a_team_of_the_same_slug() {
    let client = Client::of(small());
    let mut ids = Vec::new();
    for organization in ["harbor", "Tidewater"] {
        ids.push(client.get(&format!("/orgs/{organization}/teams/platform")).await.json()["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let client = Client::of(small());
    for path in [
        "/orgs/nobody",
        "/orgs/harbor/teams/nobody",
        "/orgs/nobody/copilot/metrics/reports/users-28-day/latest",
        "/orgs/harbor/copilot/metrics/reports/enterprise-28-day/latest",
        "/orgs/harbor/copilot/metrics/reports/user-teams-28-day/latest",
        "/enterprises/nobody/copilot/billing/seats",
        "/enterprises/fleet/copilot/metrics/reports/users-1-day?day=2027-01-01",
        "/nowhere",
    ] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.json()["message"].clone()), (404, Value::from("Not Found")), "{path}");
    }
}

#[tokio::test]
async fn the_closed_endpoints_answer_404_as_github_does() {
    let answer = Client::of(small()).get("/orgs/harbor/copilot/metrics").await;
    let expected = r#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}"#;
    assert_eq!((answer.status, answer.text()), (404, expected));
}

#[tokio::test]
async fn a_day_without_a_report_has_no_content_and_a_wrong_day_is_refused() {
    let client = Client::of(small());
    for (query, status) in
        [("?day=2026-10-30", 200), ("?day=2026-10-31", 204), ("?day=2026-10-20", 204), ("", 422), ("?day=31", 422)]
    {
        let path = format!("/orgs/harbor/copilot/metrics/reports/users-1-day{query}");
        assert_eq!(client.get(&path).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn a_world_without_days_has_no_report() {
    let client = Client::of(WorldOptions { days: 0, ..small() });
    let answer = client.get("/orgs/harbor/copilot/metrics/reports/users-28-day/latest").await;
    assert_eq!((answer.status, answer.text()), (200, r#""No report available""#));
}

#[tokio::test]
async fn a_world_without_users_has_no_report_of_users() {
    let client = Client::of(WorldOptions { users: 0, ..small() });
    let latest = client.get("/orgs/harbor/copilot/metrics/reports/users-28-day/latest").await.json();
    assert_eq!(latest, "No report available");
    let day = "/orgs/harbor/copilot/metrics/reports/users-1-day?day=2026-10-30";
    assert_eq!(client.get(day).await.status, 204);
    let days = client.lines("/orgs/harbor/copilot/metrics/reports/organization-1-day?day=2026-10-30").await;
    assert_eq!(days[0]["daily_active_users"], 0);
}

#[tokio::test]
async fn seats_come_in_an_envelope_and_count_people_once() {
    let client = Client::of(small());
    let page = client.get("/enterprises/fleet/copilot/billing/seats?per_page=100").await.json();
    // Twenty users, two idle members and two guests in each of two organizations.
    assert_eq!((page["seats"].as_array().unwrap().len(), page["total_seats"].as_u64()), (48, Some(44)));
    let billing = client.get("/orgs/harbor/copilot/billing").await.json();
    assert_eq!(billing["seat_breakdown"]["total"], 24);
}

#[tokio::test(start_paused = true)]
async fn an_hour_has_so_many_requests_and_the_next_one_has_them_again() {
    let clock = Clock::starting_at("2026-11-03T04:00:00Z".parse().unwrap());
    let client = Client::new(&simulator(small()).with_clock(clock.clone()).with_rate_limit(2));
    for remaining in ["1", "0"] {
        let answer = client.get("/user").await;
        assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (200, remaining));
    }
    let answer = client.get("/user").await;
    assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (403, "0"));
    assert!(answer.text().contains("API rate limit exceeded"));
    assert_eq!(answer.header("x-ratelimit-reset"), (clock.now().as_second() + 3600).to_string());
    assert_eq!(client.get("/rate_limit").await.json()["resources"]["core"]["remaining"], 0);
    clock.sleep(Duration::from_secs(3600)).await;
    assert_eq!(client.get("/user").await.status, 200);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let client = Client::of(small());
    let tag = client.get("/orgs/harbor").await.header("etag").to_owned();
    let headers = [("authorization", "Bearer x"), ("user-agent", "test"), ("if-none-match", tag.as_str())];
    let answer = ask(&client.api, "/orgs/harbor", &headers).await;
    assert_eq!((answer.status, answer.text()), (304, ""));
}
