//! Signed links: open to whoever has one, closed to credentials and to time.

use std::time::Duration;

use super::*;
use crate::door::clock::Clock;
use crate::door::http::TransportErrorKind;

const USERS: &str = "/orgs/harbor/copilot/metrics/reports/users-28-day/latest";

#[tokio::test]
async fn a_signed_link_rejects_credentials_and_what_is_not_signed() {
    let client = Client::of(small());
    let link = client.links(USERS).await.remove(0);
    assert!(
        link.starts_with("http://signed.test/reports/harbor/users-28-day/2026-10-03..2026-10-30/part-0001.ndjson?se="),
        "{link}"
    );
    assert_eq!(client.download(&link).await.status, 200);
    let answer = ask(&client.signed, &link, &[("authorization", "Bearer anything")]).await;
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/xml"));
    let bare = link.split_once('?').unwrap().0;
    for wrong in [
        bare.to_owned(),
        link.replace("sig=", "sig=0"),
        link.replace("part-0001", "part-0002"),
        link.replace("2026-11", "2027-11"),
    ] {
        let answer = client.download(&wrong).await;
        assert_eq!(answer.status, 403, "{wrong}");
        assert!(answer.text().contains("<Code>AuthenticationFailed</Code>"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_is_good_for_an_hour() {
    let clock = Clock::starting_at("2026-11-03T04:00:00Z".parse().unwrap());
    let client = Client::new(&simulator(small()).with_clock(clock.clone()));
    let link = client.links(USERS).await.remove(0);
    clock.sleep(Duration::from_secs(3599)).await;
    assert_eq!(client.download(&link).await.status, 200);
    clock.sleep(Duration::from_secs(1)).await;
    let answer = client.download(&link).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("Signature not valid in the specified time frame"));
}

#[tokio::test]
async fn a_rule_gives_out_expired_links_once() {
    let faults = Faults::new([Rule::at(USERS).times(1).expired_links()]);
    let client = Client::new(&simulator(small()).with_faults(faults));
    let expired = client.links(USERS).await.remove(0);
    assert_eq!(client.download(&expired).await.status, 403);
    let good = client.links(USERS).await.remove(0);
    assert_eq!(client.download(&good).await.status, 200);
}

#[tokio::test]
async fn rules_reach_the_api_and_the_signed_host() {
    let faults = Faults::new([
        Rule::at("/reports/*").times(1).cut_after_bytes(1000),
        Rule::at("/reports/*").times(1).spoil_line(3),
        Rule::at("/user/orgs").times(1).secondary_rate_limit(Some(60)),
        Rule::at("/orgs/harbor/teams").no_report(NoReport::Null),
    ]);
    let client = Client::new(&simulator(small()).with_faults(faults.clone()));
    let link = client.links(USERS).await.remove(0);
    assert_eq!(client.download(&link).await.body.unwrap_err().kind, TransportErrorKind::Broken);
    let spoilt = client.download(&link).await;
    let unreadable = spoilt.text().lines().filter(|line| serde_json::from_str::<Value>(line).is_err()).count();
    assert_eq!(unreadable, 1);
    let limited = client.get("/user/orgs").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "60"));
    assert_eq!(client.get("/user/orgs").await.status, 200);
    assert_eq!(client.get("/orgs/harbor/teams").await.text(), "null");
    assert_eq!((0..4).map(|rule| faults.acted(rule)).collect::<Vec<_>>(), [1, 1, 1, 1]);
}
