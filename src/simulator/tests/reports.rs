//! Reports agree with each other, and are the same whenever they are made.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use super::*;
use crate::model::day::Day;
use crate::simulator::dimension::METRICS;

const USERS: &str = "/orgs/harbor/copilot/metrics/reports/users-28-day/latest";
const WHOLE: &str = "/orgs/harbor/copilot/metrics/reports/organization-28-day/latest";
const EVERYTHING: [&str; 13] = [
    "/orgs/harbor/copilot/metrics/reports/organization-28-day/latest",
    "/orgs/harbor/copilot/metrics/reports/organization-1-day?day=2026-10-30",
    "/orgs/tidewater/copilot/metrics/reports/users-28-day/latest",
    "/orgs/harbor/copilot/metrics/reports/users-1-day?day=2026-10-30",
    "/orgs/harbor/copilot/metrics/reports/user-teams-1-day?day=2026-10-30",
    "/orgs/harbor/copilot/metrics/reports/repos-1-day?day=2026-10-30",
    "/enterprises/fleet/copilot/metrics/reports/enterprise-28-day/latest",
    "/enterprises/fleet/copilot/metrics/reports/enterprise-1-day?day=2026-10-30",
    "/enterprises/fleet/copilot/metrics/reports/users-28-day/latest",
    "/enterprises/fleet/copilot/metrics/reports/users-1-day?day=2026-10-30",
    "/enterprises/fleet/copilot/metrics/reports/user-teams-1-day?day=2026-10-30",
    "/enterprises/fleet/copilot/metrics/reports/repos-1-day?day=2026-10-30",
    "/orgs/harbor/copilot/metrics/reports/users-1-day?day=2026-10-24",
];

fn number(record: &Value, key: &str) -> u64 {
    record[key].as_u64().unwrap_or_else(|| panic!("{key} of {record}"))
}

fn days(wrappers: &[Value]) -> Vec<Value> {
    wrappers.iter().flat_map(|wrapper| wrapper["day_totals"].as_array().unwrap().clone()).collect()
}

#[tokio::test]
async fn a_world_is_the_same_byte_for_byte_as_when_this_was_written() {
    let client = Client::of(WorldOptions { legacy: true, ..small() });
    let mut hasher = SipHasher24::new();
    for path in EVERYTHING {
        hasher.write(client.report(path).await.as_bytes());
    }
    for path in ["/user/orgs", "/orgs/harbor/teams", "/orgs/harbor/copilot/metrics", "/orgs/harbor/copilot/billing/seats"] {
        hasher.write(client.get(path).await.text().as_bytes());
    }
    let hash = hasher.finish128();
    assert_eq!(format!("{:016x}{:016x}", hash.h1, hash.h2), "34ceaba2336b11c62232c68c6590ef8e");
}

#[tokio::test]
async fn a_day_of_an_organization_is_the_sum_of_its_users() {
    let client = Client::of(small());
    let users = client.lines(USERS).await;
    let days = days(&client.lines(WHOLE).await);
    assert_eq!(days.len(), 10);
    for day in &days {
        let of_day: Vec<&Value> = users.iter().filter(|user| user["day"] == day["day"]).collect();
        // Twenty users and two guests.
        assert_eq!(of_day.len(), 22);
        for metric in METRICS {
            assert_eq!(number(day, metric), of_day.iter().map(|user| number(user, metric)).sum::<u64>(), "{metric}");
        }
        for (breakdown, keys) in [
            ("totals_by_ide", &["ide"][..]),
            ("totals_by_feature", &["feature"]),
            ("totals_by_language_feature", &["language", "feature"]),
            ("totals_by_language_model", &["language", "model"]),
            ("totals_by_model_feature", &["model", "feature"]),
        ] {
            let sums = |records: &[&Value]| {
                let mut sums: BTreeMap<Vec<String>, u64> = BTreeMap::new();
                for part in records.iter().flat_map(|record| record[breakdown].as_array().unwrap()) {
                    let key = keys.iter().map(|key| part[*key].as_str().unwrap().to_owned()).collect();
                    *sums.entry(key).or_default() += number(part, "code_generation_activity_count");
                }
                sums.into_iter().filter(|(_, sum)| *sum > 0).collect::<Vec<_>>()
            };
            assert_eq!(sums(&[day]), sums(&of_day), "{breakdown}");
        }
    }
}

#[tokio::test]
async fn people_are_counted_once_within_their_window() {
    let client = Client::of(small());
    let users = client.lines(USERS).await;
    let is_active = |user: &Value| {
        let used = user.as_object().unwrap().iter().any(|(key, value)| key.starts_with("used_") && *value == true);
        used || METRICS[..3].iter().any(|metric| number(user, metric) > 0)
    };
    for day in days(&client.lines(WHOLE).await) {
        let today: Day = day["day"].as_str().unwrap().parse().unwrap();
        let distinct = |length: i32, counts: &dyn Fn(&Value) -> bool| {
            let is_within = |user: &&Value| {
                let ago = today.days_since(user["day"].as_str().unwrap().parse().unwrap());
                (0..length).contains(&ago) && counts(user)
            };
            users.iter().filter(is_within).map(|user| number(user, "user_id")).collect::<BTreeSet<_>>().len() as u64
        };
        for (period, length) in [("daily", 1), ("weekly", 7), ("monthly", 28)] {
            assert_eq!(number(&day, &format!("{period}_active_users")), distinct(length, &is_active), "{period} {today}");
        }
        assert_eq!(number(&day, "monthly_active_chat_users"), distinct(28, &|user| user["used_chat"] == true));
        let sunday = i32::from(today.weekday()) % 7 + 1;
        assert_eq!(number(&day, "weekly_active_vscode_agent_users"), distinct(sunday, &|user| user["used_vscode_agent"] == true));
    }
}

#[tokio::test]
async fn the_days_of_a_28_day_report_are_the_1_day_reports() {
    let client = Client::of(small());
    let day = "2026-10-29";
    let mut users = client.lines(USERS).await;
    users.retain(|user| user["day"] == day);
    for user in &mut users {
        let user = user.as_object_mut().unwrap();
        assert!(user.remove("report_start_day").is_some() && user.remove("report_end_day").is_some());
    }
    assert_eq!(client.lines(&format!("/orgs/harbor/copilot/metrics/reports/users-1-day?day={day}")).await, users);
    let mut days = days(&client.lines(WHOLE).await);
    days.retain(|record| record["day"] == day);
    assert_eq!(client.lines(&format!("/orgs/harbor/copilot/metrics/reports/organization-1-day?day={day}")).await, days);
}

#[tokio::test]
async fn a_report_in_many_files_is_the_report_in_one() {
    let (one, many) = (Client::of(small()), Client::of(WorldOptions { lines_per_part: 7, ..small() }));
    assert_eq!((one.links(USERS).await.len(), many.links(USERS).await.len()), (1, 32));
    assert_eq!(one.report(USERS).await, many.report(USERS).await);
    assert_eq!(many.links(WHOLE).await.len(), 2);
    let wrappers = many.lines(WHOLE).await;
    assert_eq!(days(&wrappers), days(&one.lines(WHOLE).await));
    assert_eq!(wrappers[1]["copilot_feature_engagement"], one.lines(WHOLE).await[0]["copilot_feature_engagement"]);
    let teams = "/orgs/harbor/copilot/metrics/reports/user-teams-1-day?day=2026-10-30";
    assert_eq!(one.report(teams).await, many.report(teams).await);
}

#[tokio::test]
async fn user_teams_are_the_members_of_every_team_of_five() {
    let client = Client::of(small());
    let rows = client.lines("/orgs/harbor/copilot/metrics/reports/user-teams-1-day?day=2026-10-30").await;
    let mut reported: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for row in &rows {
        reported.entry(number(row, "team_id")).or_default().insert(number(row, "user_id"));
    }
    let mut expected = BTreeMap::new();
    for team in client.list("/orgs/harbor/teams").await {
        let members = client.list(&format!("/orgs/harbor/teams/{}/members", team["slug"].as_str().unwrap())).await;
        let members: BTreeSet<u64> = members.iter().map(|member| number(member, "id")).collect();
        if members.len() >= 5 {
            expected.insert(number(&team, "id"), members);
        }
    }
    assert_eq!(reported, expected);
    assert_eq!(expected.len(), 2);
}

#[tokio::test]
async fn the_enterprise_counts_a_guest_once() {
    let client = Client::of(small());
    let all = client.lines("/enterprises/fleet/copilot/metrics/reports/users-1-day?day=2026-10-30").await;
    let ids: BTreeSet<u64> = all.iter().map(|user| number(user, "user_id")).collect();
    assert_eq!((all.len(), ids.len()), (40, 40));
}

#[tokio::test]
async fn repositories_add_up_to_the_pull_requests_of_their_organization() {
    let client = Client::of(small());
    let repositories = client.lines("/orgs/harbor/copilot/metrics/reports/repos-1-day?day=2026-10-30").await;
    let days = client.lines("/orgs/harbor/copilot/metrics/reports/organization-1-day?day=2026-10-30").await;
    for key in ["total_created", "total_merged", "total_suggestions", "total_copilot_applied_suggestions"] {
        let sum: u64 = repositories.iter().map(|repository| number(&repository["pull_requests"], key)).sum();
        assert_eq!(number(&days[0]["pull_requests"], key), sum, "{key}");
    }
}

#[tokio::test]
async fn days_of_the_closed_endpoints_are_sums_over_the_same_users() {
    let client = Client::of(WorldOptions { legacy: true, ..small() });
    let users = client.lines(USERS).await;
    let days = client.list("/orgs/harbor/copilot/metrics?per_page=4").await;
    assert_eq!(days.len(), 10);
    for day in days {
        let completions = users.iter().filter(|user| user["day"] == day["date"]).flat_map(|user| {
            user["totals_by_feature"].as_array().unwrap().iter().filter(|part| part["feature"] == "code_completion")
        });
        let shown: u64 = completions.map(|part| number(part, "code_generation_activity_count")).sum();
        let editors = day["copilot_ide_code_completions"]["editors"].as_array().cloned().unwrap_or_default();
        let models = editors.iter().flat_map(|editor| editor["models"].as_array().unwrap());
        let languages = models.flat_map(|model| model["languages"].as_array().unwrap());
        assert_eq!(languages.map(|language| number(language, "total_code_suggestions")).sum::<u64>(), shown);
    }
    assert_eq!(client.list("/orgs/harbor/copilot/metrics?since=2026-10-28T00:00:00Z&until=2026-10-30").await.len(), 3);
    // The last team has three members.
    let teams = client.list("/orgs/harbor/teams").await;
    let slug = teams[2]["slug"].as_str().unwrap();
    assert_eq!(client.get(&format!("/orgs/harbor/team/{slug}/copilot/metrics")).await.text(), "[]");
}

#[tokio::test]
async fn a_larger_world_keeps_the_records_of_the_smaller_one() {
    let (small, large) = (Client::of(small()), Client::of(WorldOptions { organizations: 4, teams: 9, days: 40, ..small() }));
    let path = "/orgs/tidewater/copilot/metrics/reports/users-1-day?day=2026-10-30";
    assert_eq!(small.report(path).await, large.report(path).await);
}

#[tokio::test]
async fn a_restated_day_changes_and_the_others_do_not() {
    let world = World::new(small());
    let day = "2026-10-27".parse().unwrap();
    let restated = world.changed(Change::DayRestated { organization: 0, day });
    let client = |world| Client::new(&Simulator::new(SimulatorSource::World(world), "http://signed.test").unwrap());
    let (before, after) = (client(world).lines(USERS).await, client(restated).lines(USERS).await);
    let changed: BTreeSet<&str> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before["day"].as_str().unwrap())
        .collect();
    assert_eq!(changed, BTreeSet::from(["2026-10-27"]));
}

#[tokio::test]
async fn early_worlds_lack_what_github_did_not_report_yet() {
    let until = "2026-05-13".parse().unwrap();
    let client = Client::of(WorldOptions { until, ..small() });
    let users = client.lines(USERS).await;
    assert!(users.iter().all(|user| user.get("ai_credits_used").is_none() && user.get("used_vscode_agent").is_none()));
    let status = async |report: &str, day| {
        let path = format!("/orgs/harbor/copilot/metrics/reports/{report}?day={day}");
        client.get(&path).await.status
    };
    assert_eq!(status("user-teams-1-day", "2026-05-06").await, 204);
    assert_eq!(status("user-teams-1-day", "2026-05-07").await, 200);
    assert_eq!(status("repos-1-day", "2026-05-07").await, 204);
}
