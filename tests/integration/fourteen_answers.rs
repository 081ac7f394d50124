//! Answers that prove nothing, on a second run after a good first one: a file that may have been cut, an error in the place of rows,
//! fewer seats than are counted. None loses an entity, none invents one, and none ends well.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use pilotage::door::http::{HttpService, in_memory};
use pilotage::door::network::{self, NetworkOptions};
use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::observe::NoObserver;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::World;

pub(crate) const USERS: &str = "/orgs/acme/copilot/metrics/reports/users-28-day/latest";
pub(crate) const WHOLE: &str = "/orgs/acme/copilot/metrics/reports/organization-28-day/latest";
const SEATS: &str = "/orgs/acme/copilot/billing/seats?per_page=100";
const BILLING: &str = "/orgs/acme/copilot/billing";
pub(crate) const FILE: &str = "/file.ndjson?sig=1";
pub(crate) const OTHER_FILE: &str = "/other.ndjson?sig=1";

pub(crate) const USERS_MAPPING: &str = r#"
entityDeletionThreshold: 1
resources:
  - kind: organization-user-usage-metrics
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier: (.user_login // "") + "@" + .__organization.login + "@" + (.day // "")
          blueprint: '"copilot_user_usage"'
          properties:
            username: .user_login
            loc_added_sum: .loc_added_sum
"#;

pub(crate) const WHOLE_MAPPING: &str = r#"
entityDeletionThreshold: 1
resources:
  - kind: organization-usage-metrics
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier: .__organization.login + "@" + (.day // "")
          blueprint: '"copilot_organization_usage"'
          properties:
            daily_active_users: .daily_active_users
"#;

const SEATS_MAPPING: &str = r#"
entityDeletionThreshold: 1
resources:
  - kind: copilot-seats
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier: .__organization.login + "/" + (.assignee.login // "nobody")
          blueprint: '"copilot_seat"'
          properties: {}
"#;

const BILLING_MAPPING: &str = r#"
entityDeletionThreshold: 1
resources:
  - kind: copilot-billing
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier: .__organization.login
          blueprint: '"copilot_billing"'
          properties:
            plan_type: .plan_type
"#;

/// Whatever is asked for, and what is answered; everything else is a 404.
#[derive(Clone)]
pub(crate) struct GitHubPlayed(Arc<Mutex<HashMap<String, String>>>);

impl GitHubPlayed {
    pub(crate) fn new() -> Self {
        let played = Self(Arc::default());
        played.say("/user/orgs?per_page=100", json!([{"login": "acme", "id": 1}]));
        played.say(USERS, manifest(&[FILE]));
        played.say(WHOLE, manifest(&[FILE]));
        played
    }

    pub(crate) fn say(&self, path: &str, answer: impl ToString) {
        self.0.lock().unwrap().insert(path.to_owned(), answer.to_string());
    }

    pub(crate) fn service(&self) -> HttpService {
        let played = self.clone();
        in_memory(axum::Router::new().fallback(move |request: axum::extract::Request| {
            let path = request.uri().path_and_query().unwrap().to_string();
            let answer = played.0.lock().unwrap().get(&path).cloned();
            let status = if answer.is_some() { 200 } else { 404 };
            let response = http::Response::builder().status(status).body(Body::from(answer.unwrap_or_default()));
            std::future::ready(response.unwrap())
        }))
    }
}

pub(crate) fn manifest(files: &[&str]) -> Value {
    let links: Vec<String> = files.iter().map(|file| format!("https://copilot-reports.github.com{file}")).collect();
    json!({ "download_links": links, "report_start_day": "2026-08-01", "report_end_day": "2026-08-28" })
}

pub(crate) fn user(number: u32, day: &str) -> Value {
    json!({
        "report_start_day": "2026-08-01", "report_end_day": "2026-08-28", "day": day, "organization_id": "1",
        "user_id": number, "user_login": format!("user-{number}"), "loc_added_sum": number,
    })
}

pub(crate) fn rows(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

fn good_users() -> String {
    rows((1..=5).map(|number| user(number, "2026-08-03")))
}

pub(crate) fn whole(days: Value) -> String {
    json!({ "report_start_day": "2026-08-01", "report_end_day": "2026-08-28", "organization_id": "1", "day_totals": days })
        .to_string()
}

fn good_days() -> Value {
    let day = |day: u32| json!({ "day": format!("2026-08-{day:02}"), "organization_id": "1", "daily_active_users": day });
    (1..=3).map(day).collect()
}

fn seat(number: u32) -> Value {
    let assignee = json!({ "login": format!("user-{number}"), "id": number });
    json!({ "created_at": "2026-01-01T00:00:00Z", "plan_type": "business", "assignee": assignee })
}

fn seats(total: u32, listed: &[u32]) -> Value {
    json!({ "total_seats": total, "seats": listed.iter().map(|number| seat(*number)).collect::<Vec<_>>() })
}

fn good_billing() -> Value {
    json!({ "seat_breakdown": { "total": 3 }, "seat_management_setting": "assign_selected", "plan_type": "business" })
}

/// Runs twice with the same catalog: everything as it should be, then with one other answer.
async fn second_run(mapping: &str, good: &[(&str, String)], path: &str, odd: String) -> (World, Outcome, Vec<String>) {
    let (world, played) = (World::new(), GitHubPlayed::new());
    good.iter().for_each(|(path, answer)| played.say(path, answer));
    let run = || async { world.resync_of(world.github(played.service(), played.service()), mapping, &NoObserver).await };
    let first = run().await;
    let owned = world.owned().await;
    assert_eq!((first.exit_code(false), owned.is_empty()), (0, false), "{first:?}");
    // What changed since a run began is never deleted, so the runs must not begin at the same moment.
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(run().await.changes(), 0, "the same again changes nothing");
    played.say(path, odd);
    let second = run().await;
    (world, second, owned)
}

/// The same, when the other answer must neither lose nor invent anything.
async fn proves_nothing(mapping: &str, good: &[(&str, String)], path: &str, odd: &str, told: &str) {
    let (world, second, owned) = second_run(mapping, good, path, odd.to_owned()).await;
    let text = format!("{second:?}");
    assert_eq!(world.owned().await, owned, "{odd}");
    assert_eq!((second.exit_code(false), second.exit_code(true), second.changes()), (5, 0, 0), "{odd}: {text}");
    assert!(text.contains(told), "{odd}: {text}");
}

#[tokio::test(start_paused = true)]
async fn a_file_of_users_that_holds_no_rows_of_them() {
    let error = r#"{"error":{"code":"ServerBusy","message":"busy"}}"#;
    let message = r#"{"message":"Not Found"}"#;
    let envelope = whole((1..=5).map(|number| user(number, "2026-08-03")).collect());
    let outside = rows((1..=5).map(|number| user(number, "2026-07-03")));
    let without_user = rows((1..=5).map(|_| json!({ "day": "2026-08-03", "organization_id": "1", "loc_added_sum": 1 })));
    let mut of_another = user(6, "2026-08-03");
    of_another["organization_id"] = json!("2");
    let one_of_another = format!("{}{of_another}\n", good_users());
    let memberships = rows((1..=5).map(|number| {
        json!({ "day": "2026-08-03", "organization_id": "1", "user_id": number, "user_login": "a", "team_id": 7, "slug": "core" })
    }));
    let aggregate = rows(good_days().as_array().unwrap().iter().cloned());
    // The good rows, and one that is none.
    let beside = |odd: Value| {
        let mut row = user(6, "2026-08-03");
        row.as_object_mut().unwrap().extend(odd.as_object().unwrap().clone());
        format!("{}{row}\n", good_users())
    };
    let day_twice = good_users().replace("}\n", ",\"day\":\"2026-08-04\"}\n");
    let user_twice = good_users().replace("}\n", ",\"user_login\":\"eve\"}\n");
    let page = "<!DOCTYPE html>\n<html><head><title>Access denied</title></head></html>\n";
    let cases: &[(&str, &str)] = &[
        (error, "expected a user's day with a day in `day`, found an object with `error`"),
        (message, "found an object with `message`"),
        ("{}", "found an empty object"),
        ("", "expected rows, found none"),
        ("\n\n \n", "expected rows, found none"),
        ("[]", "expected rows, found none"),
        ("[\n]", "expected rows, found none"),
        ("null", "found null"),
        ("\"No report\"", "found a text"),
        (&envelope, "expected a user's day with a day in `day`"),
        (&outside, "it is about 2026-07-03, but 2026-08-01 to 2026-08-28 was asked for"),
        (&without_user, "with `user_id` or `user_login`"),
        (&one_of_another, "expected the organization_id 1, found 2"),
        (&memberships, "found a row with `team_id`"),
        (&beside(json!({ "error": { "code": "x" } })), "found a record with `error`"),
        (&beside(json!({ "message": "busy" })), "found a record with `message`"),
        (&beside(json!({ "user_id": 0 })), "with `user_id` or `user_login`"),
        (&beside(json!({ "user_id": -1 })), "with `user_id` or `user_login`"),
        (&beside(json!({ "user_id": null })), "with `user_id` or `user_login`"),
        (&beside(json!({ "user_id": null, "user_login": " " })), "with `user_id` or `user_login`"),
        (&beside(json!({ "organization_id": null })), "expected all rows to say their `organization_id`"),
        (&beside(json!({ "organization_id": "0" })), "expected all rows to say their `organization_id`"),
        (&day_twice, "`day` is written twice"),
        (&user_twice, "`user_login` is written twice"),
        (&aggregate, "with `user_id` or `user_login`"),
        (page, "a proxy or web filter answers instead"),
    ];
    for (odd, told) in cases {
        proves_nothing(USERS_MAPPING, &[(FILE, good_users())], FILE, odd, told).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_of_an_organization_that_holds_no_days_of_it() {
    let mut of_another = serde_json::from_str::<Value>(&whole(good_days())).unwrap();
    of_another["day_totals"][1]["organization_id"] = json!("2");
    let of_another = of_another.to_string();
    let outside = whole(json!([{ "day": "2026-09-03", "organization_id": "1", "daily_active_users": 1 }]));
    let null = whole(Value::Null);
    let day = good_days()[0].clone();
    let same_day: Value = (0..28).map(|_| day.clone()).collect();
    let shorter = whole(good_days()).replace("\"report_end_day\":\"2026-08-28\"", "\"report_end_day\":\"2026-08-20\"");
    let cases: &[(&str, &str)] = &[
        (r#"{"error":{"code":"ServerBusy"}}"#, "expected an object with `day_totals` or `day`"),
        (r#"{"message":"Not Found"}"#, "expected an object with `day_totals` or `day`"),
        ("{}", "expected an object with `day_totals` or `day`"),
        ("", "expected rows, found none"),
        ("\n", "expected rows, found none"),
        (&whole(json!([])), "expected rows, found none"),
        (&null, "expected an object with `day_totals` or `day`"),
        (&whole(json!([{}])), "found an empty object"),
        (&outside, "it is about 2026-09-03, but 2026-08-01 to 2026-08-28 was asked for"),
        (&of_another, "expected the organization_id 1, found 2"),
        (&good_users(), "expected a day of an organization or an enterprise"),
        (&whole(json!([{ "day": "2026-08-01", "organization_id": "1", "message": "busy" }])), "found an object with"),
        (&whole(json!([{ "day": "2026-08-01", "organization_id": "1" }])), "with `daily_active_users` or"),
        (
            &whole(json!([{ "day": "2026-08-01", "organization_id": "1", "daily_active_users": null }])),
            "with `daily_active_users` or",
        ),
        (
            &whole(json!([{ "day": "2026-08-01", "organization_id": "1", "daily_active_users": 1, "error": {} }])),
            "found a record with `error`",
        ),
        (&whole(same_day), "found another one of 2026-08-01"),
        (&whole(good_days()).replacen('{', r#"{"day_totals":[],"#, 1), "`day_totals` is written twice"),
        (&whole(good_days()).replacen('{', r#"{"error":{"code":"busy"},"#, 1), "found a record with `error`"),
        (&shorter, "2026-08-01 to 2026-08-28 was announced, but the file covers 2026-08-01 to 2026-08-20"),
        ("<html></html>", "a proxy or web filter answers instead"),
    ];
    for (odd, told) in cases {
        proves_nothing(WHOLE_MAPPING, &[(FILE, whole(good_days()))], FILE, odd, told).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_manifest_that_is_none_or_does_not_name_all_files() {
    let mut null_among = manifest(&[FILE, FILE]);
    null_among["download_links"][0] = Value::Null;
    let good = [
        (FILE, good_users()),
        ("/file.ndjson?sig=2", good_users()),
        (OTHER_FILE, rows([user(6, "2026-08-04")])),
        (USERS, manifest(&[FILE, OTHER_FILE]).to_string()),
    ];
    let cases: &[(&str, &str)] = &[
        (r#"{"error":{"code":"ServerBusy"}}"#, "expected an object with `download_links`"),
        (r#"{"message":"Not Found"}"#, "expected an object with `download_links`"),
        ("{}", "expected an object with `download_links`"),
        ("[]", "expected an object with `download_links`"),
        (&null_among.to_string(), "1 of the 2 links in `download_links` are null"),
        (r#"{"download_links":[null]}"#, "all 1 links in `download_links` are null"),
        (&manifest(&[FILE, FILE]).to_string(), "the same link is listed twice"),
        (&manifest(&[FILE, "/file.ndjson?sig=2"]).to_string(), "two links lead to the same file"),
        ("<html></html>", "a proxy or web filter answers instead"),
    ];
    for (odd, told) in cases {
        proves_nothing(USERS_MAPPING, &good, USERS, odd, told).await;
    }
}

#[tokio::test(start_paused = true)]
async fn seats_that_are_not_all_of_those_that_are_counted() {
    let good = [(SEATS, seats(3, &[1, 2, 3]).to_string())];
    let counted = |count: &str| format!(r#"{{{count}"seats":[{}]}}"#, seat(1));
    let cases: &[(&str, &str)] = &[
        (&seats(3, &[1]).to_string(), "`total_seats` counts 3, but only 1 different ones were listed"),
        (&seats(3, &[]).to_string(), "`total_seats` counts 3, but only 0 different ones were listed"),
        (&seats(3, &[1, 2, 2]).to_string(), "`total_seats` counts 3, but only 2 different ones were listed"),
        (r#"{"seats":[]}"#, "`total_seats` is missing or unreadable on a page"),
        (&counted(""), "`total_seats` is missing or unreadable on a page"),
        (&counted(r#""total_seats":null,"#), "`total_seats` is missing or unreadable on a page"),
        (&counted(r#""total_seats":"3","#), "`total_seats` is missing or unreadable on a page"),
        (&counted(r#""total_seats":3.0,"#), "`total_seats` is missing or unreadable on a page"),
        (&counted(r#""total_seats":3e0,"#), "`total_seats` is missing or unreadable on a page"),
        (&counted(r#""total_seats":-1,"#), "`total_seats` is missing or unreadable on a page"),
        (&counted(r#""total_seats":{},"#), "`total_seats` is missing or unreadable on a page"),
        (&counted(r#""total_seats":3,"total_seats":1,"#), "`total_seats` is missing or unreadable on a page"),
        (&counted(r#""total_seats":0,"#), "`total_seats` counts 0, but 1 different ones were listed"),
        (&counted(r#""total_seats":1,"seats":[],"#), "`seats` is written twice"),
        (r#"{"total_seats":1,"seats":[{"message":"busy"}]}"#, "expected a seat with `assignee` or `created_at`"),
        ("{}", "expected an object that holds a list"),
        ("[]", "expected an object that holds a list"),
        ("", "GitHub answered with nothing, where a list is expected"),
        ("null", "GitHub answered `null`, where a list is expected"),
        (r#""No data""#, "where a list is expected"),
        (r#"{"message":"Not Found"}"#, "expected an object that holds a list"),
        ("<!DOCTYPE html><html></html>", "a proxy or web filter answers instead"),
    ];
    for (odd, told) in cases {
        proves_nothing(SEATS_MAPPING, &good, SEATS, odd, told).await;
    }
}

#[tokio::test(start_paused = true)]
async fn billing_that_is_none_leaves_what_is_known() {
    let good = [(BILLING, good_billing().to_string())];
    let expected = "expected an organization's Copilot billing";
    for odd in [
        "{}",
        r#"{"message":"Not Found"}"#,
        r#"{"error":{}}"#,
        r#"{"seat_breakdown":null,"plan_type":"enterprise"}"#,
        r#"{"seat_breakdown":{},"plan_type":"enterprise"}"#,
        r#"{"seat_breakdown":{"total":"3"},"plan_type":"enterprise"}"#,
        r#"{"seat_breakdown":{"total":3},"message":"busy"}"#,
        r#"{"seat_breakdown":{"total":3},"error":{}}"#,
    ] {
        let (world, second, owned) = second_run(BILLING_MAPPING, &good, BILLING, odd.to_owned()).await;
        assert_eq!((world.owned().await, second.exit_code(false), second.changes()), (owned, 5, 0), "{odd}: {second:?}");
        assert!(format!("{second:?}").contains(expected), "{odd}: {second:?}");
        assert_eq!(world.entity("copilot_billing", "acme").await.unwrap()["properties"]["plan_type"], "business", "{odd}");
    }
    for (odd, told) in [("[]", "expected an object"), ("<html></html>", "a proxy or web filter answers instead")] {
        proves_nothing(BILLING_MAPPING, &good, BILLING, odd, told).await;
    }
}

#[tokio::test(start_paused = true)]
async fn organizations_that_are_none_or_come_twice() {
    let acme = json!({ "login": "acme", "id": 1 });
    for odd in [
        json!({}),
        json!({ "message": "x" }),
        json!({ "login": null }),
        json!({ "login": "" }),
        json!({ "login": "a/b" }),
        acme.clone(),
    ] {
        let list = json!([acme, odd]).to_string();
        let path = "/user/orgs?per_page=100";
        let (world, second, owned) = second_run(USERS_MAPPING, &[(FILE, good_users())], path, list.clone()).await;
        let text = format!("{second:?}");
        assert_eq!((world.owned().await, second.changes()), (owned, 0), "{list}: {text}");
        assert_ne!(second.exit_code(false), 0, "{list}: {text}");
        assert!(text.contains("has no name in `login`") || text.contains("has the same `login`"), "{list}: {text}");
    }
}

/// What GitHub does say, in its own words, still counts.
#[tokio::test(start_paused = true)]
async fn a_list_that_is_counted_to_be_empty_is_a_proof() {
    let good = [(SEATS, seats(3, &[1, 2, 3]).to_string())];
    let (world, second, _) = second_run(SEATS_MAPPING, &good, SEATS, seats(0, &[]).to_string()).await;
    assert_eq!((second.exit_code(false), world.owned().await.len()), (0, 0), "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_laid_out_in_another_way_is_the_same_file() {
    let users: Vec<Value> = (1..=5).map(|number| user(number, "2026-08-03")).collect();
    let pretty: String = users.iter().map(|user| serde_json::to_string_pretty(user).unwrap() + "\n").collect();
    let list = serde_json::to_string_pretty(&users).unwrap();
    let glued: String = users.iter().map(Value::to_string).collect();
    let separated: String = users.iter().map(|user| format!("\u{1e}{user}\n")).collect();
    for file in [pretty, list, glued, separated, json!(users).to_string()] {
        let (world, second, owned) = second_run(USERS_MAPPING, &[(FILE, good_users())], FILE, file.clone()).await;
        assert_eq!((second.exit_code(false), second.changes(), world.owned().await), (0, 0, owned), "{file}: {second:?}");
    }
    let (world, second, owned) = second_run(
        WHOLE_MAPPING,
        &[(FILE, whole(good_days()))],
        FILE,
        whole(good_days()).replace("},", "},\n").replace('[', "[\n"),
    )
    .await;
    assert_eq!((second.exit_code(false), second.changes(), world.owned().await), (0, 0, owned), "{second:?}");
}

/// A server of files that lets its connection end each answer, or says how long it is, as it is told.
async fn server_of_files(answer: Arc<Mutex<String>>) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let answer = answer.lock().unwrap().clone();
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    format!("http://{address}{FILE}")
}

#[tokio::test]
async fn a_file_that_ends_with_its_connection_may_have_been_cut() {
    let answered = Arc::new(Mutex::new(String::new()));
    let say = |head: &str, body: &str| *answered.lock().unwrap() = format!("{head}\r\nconnection: close\r\n\r\n{body}");
    let (world, played) = (World::new(), GitHubPlayed::new());
    let link = server_of_files(Arc::clone(&answered)).await;
    let mut named = manifest(&[]);
    named["download_links"] = json!([link]);
    played.say(USERS, named);
    let downloads = network::open(&NetworkOptions::default(), &|_| None).unwrap();
    let run = || async {
        world
            .resync_of(
                world.github_at("http://github.localhost", played.service(), downloads.clone()),
                USERS_MAPPING,
                &NoObserver,
            )
            .await
    };
    let good = good_users();
    say(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}", good.len()), &good);
    let first = run().await;
    let owned = world.owned().await;
    assert_eq!((first.exit_code(false), owned.len()), (0, 5), "{first:?}");

    let cut: String = good.split_inclusive('\n').take(3).collect();
    for head in ["HTTP/1.1 200 OK", "HTTP/1.0 200 OK"] {
        say(head, &cut);
        tokio::time::sleep(Duration::from_millis(5)).await;
        let second = run().await;
        assert_eq!((second.exit_code(false), second.changes(), world.owned().await), (5, 0, owned.clone()), "{head}: {second:?}");
        assert!(format!("{second:?}").contains("it ended with the connection 3 times"), "{second:?}");
    }

    let chunks: String = cut.split_inclusive('\n').map(|line| format!("{:x}\r\n{line}\r\n", line.len())).collect();
    say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked", &format!("{chunks}0\r\n\r\n"));
    let third = run().await;
    assert_eq!((third.exit_code(false), world.owned().await.len()), (0, 3), "{third:?}");
}
