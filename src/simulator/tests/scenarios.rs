//! Scenarios at the whole server.

use std::time::Duration;

use super::*;
use crate::door::clock::Clock;

const REPORT: &str = "/orgs/harbor/copilot/metrics/reports/organization-28-day/latest";

#[tokio::test(start_paused = true)]
async fn each_scenario_lists_and_refuses_what_it_says() {
    let clock = Clock::starting_at("2026-11-03T04:00:00Z".parse().unwrap());
    // Statuses of the list of organizations, of a report of the first one, and of one of the second one.
    let table = [
        (Scenario::Forbidden, [200, 403, 403]),
        (Scenario::ExpiredToken, [401, 401, 401]),
        (Scenario::SingleSignOn, [200, 403, 200]),
        (Scenario::RateLimit, [200, 200, 200]),
        (Scenario::NoReport, [200, 204, 204]),
        (Scenario::Flaky, [200, 200, 200]),
        (Scenario::Outage, [503, 503, 503]),
    ];
    assert_eq!(table.map(|(scenario, _)| scenario), Scenario::ALL);
    for (scenario, expected) in table {
        let client = Client::new(&simulator(small()).with_scenario(scenario, clock.clone()));
        let mut statuses = Vec::new();
        for path in ["/user/orgs", REPORT, &REPORT.replace("harbor", "tidewater")] {
            statuses.push(client.get_as("any", path).await.status);
        }
        assert_eq!(statuses, expected, "{scenario:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_rehearsal_ends_after_seconds() {
    let clock = Clock::starting_at("2026-11-03T04:00:00Z".parse().unwrap());
    let client = Client::new(&simulator(small()).with_scenario(Scenario::RateLimit, clock.clone()));
    let mut statuses = Vec::new();
    for _ in 0..21 {
        statuses.push(client.get_as("any", "/user").await.status);
    }
    assert_eq!((statuses[19], statuses[20]), (200, 403));
    let reset = client.get_as("any", "/user").await.header("x-ratelimit-reset").parse::<i64>().unwrap();
    assert_eq!(reset - clock.now().as_second(), 10);
    clock.sleep(Duration::from_secs(10)).await;
    assert_eq!(client.get_as("any", "/user").await.status, 200);
}
