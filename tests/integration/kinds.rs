//! Every kind, from a simulated GitHub into the catalog. What teams' records must say is computed here a second time, by the
//! most obvious way, from the same reports.

#[allow(dead_code, reason = "each test uses its own part")]
pub(crate) mod harness;

use std::collections::{BTreeMap, BTreeSet};

use harness::{ENTERPRISE, Stage, whole};
use pilotage::kind;
use pilotage::model::slice::SliceEnd;
use pilotage::simulator::{Faults, Rule, WorldOptions};
use serde_json::{Value, json};

const COPILOT: &str = include_str!("../../mappings/copilot.yaml");
const REPORTS: &str = "/copilot/metrics/reports/";

fn small() -> WorldOptions {
    WorldOptions { organizations: 2, teams: 3, users: 20, days: 28, lines_per_part: 15, ..WorldOptions::default() }
}

fn state(end: &SliceEnd) -> &'static str {
    end.name()
}

/// How many slices ended in which way.
fn states(slices: &[pilotage::model::slice::Slice]) -> BTreeMap<&'static str, usize> {
    let mut states = BTreeMap::new();
    for slice in slices {
        *states.entry(state(&slice.end)).or_default() += 1;
        assert_eq!(slice.rejected, 0, "{slice:?}");
    }
    states
}

fn number(row: &Value, key: &str) -> i64 {
    row[key].as_i64().unwrap_or_default()
}

/// Sum of a counter over the entries of a breakdown by feature that `is_wanted`.
fn of_features(row: &Value, counter: &str, is_wanted: fn(&str) -> bool) -> i64 {
    let entries = row["totals_by_feature"].as_array().into_iter().flatten();
    entries.filter(|entry| is_wanted(entry["feature"].as_str().unwrap())).map(|entry| number(entry, counter)).sum()
}

fn is_completion(feature: &str) -> bool {
    feature == "code_completion"
}

fn is_chat(feature: &str) -> bool {
    feature == "chat_inline" || feature.starts_with("chat_panel_")
}

/// What the mapping of 2024 must give for these people: property to number.
fn expected_of(rows: &[&Value]) -> BTreeMap<&'static str, i64> {
    let sum = |of: &dyn Fn(&Value) -> i64| rows.iter().map(|row| of(row)).sum::<i64>();
    let chats = |row: &Value| of_features(row, "user_initiated_interaction_count", is_chat);
    let in_chat = rows.iter().filter(|row| row["used_chat"] == json!(true) || chats(row) > 0).count();
    let is_active = |row: &&&Value| {
        let counters = ["user_initiated_interaction_count", "code_generation_activity_count", "code_acceptance_activity_count"];
        let flags = row.as_object().unwrap().iter().any(|(name, value)| {
            name.starts_with("used_") && name != "used_copilot_code_review_passive" && *value == json!(true)
        });
        flags || counters.iter().any(|counter| number(row, counter) > 0)
    };
    BTreeMap::from([
        ("total_suggestions_count", sum(&|row| of_features(row, "code_generation_activity_count", is_completion))),
        ("total_acceptances_count", sum(&|row| of_features(row, "code_acceptance_activity_count", is_completion))),
        ("total_lines_suggested", sum(&|row| of_features(row, "loc_suggested_to_add_sum", is_completion))),
        ("total_lines_accepted", sum(&|row| of_features(row, "loc_added_sum", is_completion))),
        ("total_active_users", rows.iter().filter(is_active).count() as i64),
        ("total_chat_turns", sum(&chats)),
        ("total_active_chat_users", in_chat as i64),
    ])
}

fn assert_numbers(identifier: &str, properties: &Value, expected: &BTreeMap<&'static str, i64>) {
    for (name, expected) in expected {
        assert_eq!(properties[name].as_f64(), Some(*expected as f64), "{identifier} {name}");
    }
}

#[tokio::test]
async fn without_the_closed_endpoints_the_mapping_of_2024_gives_the_sums_of_todays_users() {
    let stage = Stage::new(small());
    let (outcome, asked) = stage.run(COPILOT).await;
    let entities = stage.entities("github_copilot_usage");
    let notes: Vec<_> = outcome.warnings.iter().filter(|warning| warning.contains("shape of 2024")).collect();
    assert_eq!(notes.len(), 2, "{:?}", outcome.warnings);
    assert_eq!(outcome.slices.iter().filter(|slice| slice.is_failure()).count(), 0);
    let mut compared = 0;
    for login in stage.world.organization_logins() {
        let days = stage.rows(&format!("/orgs/{login}{REPORTS}users-28-day/latest")).await;
        let dates: BTreeSet<&str> = days.iter().map(|row| row["day"].as_str().unwrap()).collect();
        assert_eq!(dates.len(), 28);
        for day in dates {
            let of_day: Vec<&Value> = days.iter().filter(|row| row["day"] == day).collect();
            let identifier = format!("{login}@{day}");
            assert_numbers(&identifier, &entities[&identifier], &expected_of(&of_day));
            assert_eq!(entities[&identifier]["git_hub_org"], login);
            let memberships = stage.rows(&format!("/orgs/{login}{REPORTS}user-teams-1-day?day={day}")).await;
            let teams: BTreeSet<&str> = memberships.iter().map(|row| row["slug"].as_str().unwrap()).collect();
            for team in teams {
                let identifier = format!("{team}@{day}");
                // Teams of two organizations may have one name, which this mapping does not tell apart: the first one stands.
                let Some(properties) = entities.get(&identifier).filter(|entity| entity["git_hub_org"] == login) else {
                    continue;
                };
                let members = memberships.iter().filter(|row| row["slug"] == team);
                let members: BTreeSet<u64> = members.map(|row| row["user_id"].as_u64().unwrap()).collect();
                let rows: Vec<&Value> =
                    of_day.iter().copied().filter(|row| members.contains(&row["user_id"].as_u64().unwrap())).collect();
                assert_numbers(&identifier, properties, &expected_of(&rows));
                assert_eq!(properties["git_hub_team"], team);
                compared += 1;
            }
        }
    }
    assert!(compared > 28 * 3, "{compared}");
    // One question to each closed endpoint of an organization, not one for each team.
    let legacy = asked.iter().filter(|path| path.ends_with("/copilot/metrics")).count();
    assert_eq!(legacy, 2 * 2, "{asked:#?}");
}

#[tokio::test]
async fn where_the_endpoints_are_still_served_they_are_read_as_before() {
    let stage = Stage::new(WorldOptions { legacy: true, ..small() });
    let (outcome, asked) = stage.run(COPILOT).await;
    assert!(outcome.warnings.iter().all(|warning| !warning.contains("shape of 2024")), "{:?}", outcome.warnings);
    assert_eq!(asked.iter().filter(|path| path.contains("-1-day") || path.contains("users-28-day")).count(), 0);
    assert_eq!(asked.iter().filter(|path| path.ends_with("/copilot/metrics")).count(), 2 * 3 + 2);
    // The first organization's last team is too small for GitHub to have shown anything of it.
    assert_eq!(states(&outcome.slices), BTreeMap::from([("complete", 2 * 3 + 2 + 1), ("suppressed", 1)]));
}

#[tokio::test]
async fn a_teams_record_sums_its_members_and_counts_people_once() {
    let stage = Stage::new(small());
    let mapping = whole("team-usage-metrics", "", r#"(.__team.id | tostring) + "@" + .day"#);
    let (outcome, asked) = stage.run(&mapping).await;
    let entities = stage.entities("any");
    let logins = stage.world.organization_logins();
    // The first organization's last team is too small to be reported.
    assert_eq!(states(&outcome.slices), BTreeMap::from([("complete", 2 * 28), ("suppressed", 1)]));
    let manifests = asked.iter().filter(|path| path.contains("-1-day")).count();
    // Two requests for each day of an organization, the one that tells the newest day included.
    assert_eq!(manifests, 2 * 2 * 28);
    // Besides: who there is, and their teams.
    assert_eq!(asked.len() - manifests, 1 + 2, "{asked:?}");
    let mut active_by_team: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    let mut records = 0;
    for login in &logins {
        let teams = stage.get(&format!("/orgs/{login}/teams?per_page=100")).await;
        let users = stage.rows(&format!("/orgs/{login}{REPORTS}users-28-day/latest")).await;
        let days: BTreeSet<&str> = users.iter().map(|row| row["day"].as_str().unwrap()).collect();
        for (number_of_day, day) in days.iter().enumerate() {
            let memberships = stage.rows(&format!("/orgs/{login}{REPORTS}user-teams-1-day?day={day}")).await;
            for team in teams.as_array().unwrap() {
                let id = team["id"].as_u64().unwrap();
                let members = memberships.iter().filter(|row| row["team_id"] == id);
                let members: BTreeSet<u64> = members.map(|row| row["user_id"].as_u64().unwrap()).collect();
                let record = entities.get(&format!("{id}@{day}")).map(|entity| &entity["item"]);
                let Some(record) = record else {
                    assert!(members.is_empty());
                    continue;
                };
                records += 1;
                let of_team = |row: &&Value| row["day"] == *day && members.contains(&row["user_id"].as_u64().unwrap());
                let rows: Vec<&Value> = users.iter().filter(of_team).collect();
                for counter in ["loc_added_sum", "code_generation_activity_count", "user_initiated_interaction_count"] {
                    assert_eq!(number(record, counter), rows.iter().map(|row| number(row, counter)).sum::<i64>(), "{counter}");
                }
                assert_eq!(record["__team"], *team);
                assert_eq!(record["__organization"]["login"], *login);
                assert_eq!(number(record, "members_total") as usize, members.len());
                let expected = expected_of(&rows);
                assert_eq!(number(record, "members_active"), expected["total_active_users"]);
                // Whoever has a row is an active user to GitHub.
                assert_eq!(number(record, "daily_active_users") as usize, rows.len());
                active_by_team.entry(id).or_default().extend(rows.iter().map(|row| row["user_id"].as_u64().unwrap()));
                let monthly = record["monthly_active_users"].as_u64();
                let is_last = number_of_day == days.len() - 1;
                assert_eq!(monthly, is_last.then(|| active_by_team[&id].len() as u64), "{id} {day}");
            }
        }
    }
    assert_eq!(records, entities.len());
}

#[tokio::test]
async fn teams_of_an_enterprise_are_joined_on_the_enterprise() {
    let mut stage = Stage::new(small());
    stage.enterprise = Some(ENTERPRISE.to_owned());
    let mapping = whole("enterprise-team-usage-metrics", ", days: 3", r#"(.__team.id | tostring) + "@" + .day"#);
    let (outcome, _) = stage.run(&mapping).await;
    assert_eq!(states(&outcome.slices).get("complete"), Some(&3), "{:?}", outcome.slices);
    let entities = stage.entities("any");
    assert!(!entities.is_empty());
    for entity in entities.values() {
        assert_eq!(entity["item"]["__enterprise"], json!({"slug": ENTERPRISE}));
        assert!(entity["item"]["__team"]["slug"].as_str().unwrap().starts_with("ent:"));
        assert_eq!(entity["item"]["team_id"], entity["item"]["__team"]["id"]);
    }
}

#[tokio::test]
async fn every_kind_gives_items_that_its_fields_describe() {
    let mut stage = Stage::new(WorldOptions { teams: 4, ..small() });
    stage.enterprise = Some(ENTERPRISE.to_owned());
    for kind in kind::of(kind::Vendor::GitHub) {
        let days = if kind.source.has_days() && kind.sunset.is_none() { ", days: 2" } else { "" };
        let (outcome, _) = stage.run(&whole(kind.name, days, r#""x" + ([.__organization.login, .__team.id, .day, .date, .user_id, .repo_id, .assignee.id, .created_at, .id] | tostring)"#)).await;
        let items: u64 = outcome.resources.iter().map(|resource| resource.items).sum();
        assert!(items > 0, "{}: {:?}", kind.name, outcome.slices);
        assert_eq!(outcome.slices.iter().filter(|slice| slice.is_failure()).count(), 0, "{}", kind.name);
        for entity in stage.entities("any").into_values() {
            for key in entity["item"].as_object().unwrap().keys() {
                assert!(kind.item_fields().any(|field| field.name == key), "{}: {key}", kind.name);
            }
        }
    }
}

#[tokio::test]
async fn days_are_read_one_by_one_and_a_day_without_a_report_is_not_ready() {
    let stage = Stage::new(WorldOptions { days: 5, ..small() });
    let until = stage.world.options().until;
    let selector = format!(", since: {}, until: {}", until.plus_days(-5), until.plus_days(1));
    let (outcome, asked) = stage.run(&whole("user-usage-metrics", &selector, r#"(.user_id | tostring) + "@" + .day"#)).await;
    assert_eq!(states(&outcome.slices), BTreeMap::from([("complete", 2 * 5), ("not-ready", 2 * 2 + 1)]));
    let days: BTreeSet<_> = outcome.slices.iter().filter_map(|slice| slice.day).collect();
    // The last one says that other days were not looked at, so that nothing of them is deleted.
    assert_eq!(outcome.slices.last().unwrap().day, None);
    assert_eq!((days.first(), days.last()), (Some(&until.plus_days(-5)), Some(&until.plus_days(1))));
    assert_eq!(asked.iter().filter(|path| path.contains("users-1-day?day=")).count(), 2 * 7);
}

#[tokio::test]
async fn a_day_before_a_report_was_announced_is_asked_for_and_found_not_ready() {
    for (kind, first, until) in
        [("team-usage-metrics", "2026-05-06", "2026-05-16"), ("repository-usage-metrics", "2026-07-09", "2026-07-16")]
    {
        let stage = Stage::new(WorldOptions { until: until.parse().unwrap(), days: 5, ..small() });
        let selector = format!(", since: {first}, until: {until}");
        let (outcome, asked) = stage.run(&whole(kind, &selector, ".day")).await;
        let failed: Vec<_> = outcome.slices.iter().filter(|slice| slice.is_failure()).collect();
        assert!(failed.is_empty(), "{kind}: {failed:?}");
        let of_first = outcome.slices.iter().find(|slice| slice.day.is_some_and(|day| day.to_string() == first)).unwrap();
        assert_eq!(of_first.end.name(), "not-ready", "{kind}");
        assert!(asked.iter().any(|path| path.contains(&format!("-1-day?day={first}"))), "{kind}: {asked:?}");
        assert_eq!(outcome.exit_code(false), 0, "{kind}");
    }
}

#[tokio::test]
async fn a_selector_that_asks_for_what_there_is_not_is_a_slice_that_failed_and_says_why() {
    let stage = Stage::new(small());
    let cases = [
        ("organization-usage-metrics", ", since: 2025-12-11", "GitHub has nothing of days before 2025-12-12"),
        ("team-usage-metrics", ", since: 2025-12-11", "GitHub has nothing of days before 2025-12-12"),
        ("repository-usage-metrics", ", since: 2025-12-11", "GitHub has nothing of days before 2025-12-12"),
        ("team-usage-metrics", ", days: 366", "must be a number from 1 to 365"),
        ("team-usage-metrics", ", membership: past", "must be `current` or `reported`"),
    ];
    for (kind, selector, expected) in cases {
        let (outcome, asked) = stage.run(&whole(kind, selector, ".day")).await;
        // The last one only says that other days were not looked at.
        let slices = outcome.slices.iter().filter(|slice| slice.end.name() != "not-ready");
        let reasons: Vec<_> = slices.map(|slice| (slice.end.name(), slice.end.reason().unwrap_or_default())).collect();
        assert!(
            !reasons.is_empty() && reasons.iter().all(|(state, why)| *state == "failed" && why.contains(expected)),
            "{reasons:?}"
        );
        // At most the one that tells the newest day.
        assert!(asked.iter().filter(|path| path.contains("-1-day")).count() <= 2, "{asked:?}");
    }
}

#[tokio::test]
async fn rows_of_another_day_are_refused_and_make_the_slice_incomplete() {
    let row = |day: &str| json!({"day": day, "organization_id": "1", "user_id": 1, "team_id": 1, "slug": "a"}).to_string();
    let text = format!("{}\n{}\n", row("2026-10-30"), row("2026-10-29"));
    for kind in ["user-usage-metrics", "team-usage-metrics"] {
        let stage = Stage::with_faults(small(), Faults::new([Rule::at("/reports/*").status(200).text(&text)]));
        let (outcome, _) = stage.run(&whole(kind, ", days: 1, until: 2026-10-30", ".day")).await;
        let slice = outcome.slices.iter().find(|slice| slice.day.is_some()).unwrap();
        assert!(slice.rejected >= 1 && !slice.proves_absence(), "{kind}: {slice:?}");
        let said = outcome.resources[0].rejected.first.join("\n");
        assert!(said.contains("about 2026-10-29, but 2026-10-30 was asked for"), "{kind}: {said}");
    }
}

#[tokio::test]
async fn finished_days_are_fetched_once_and_damaged_ones_again() {
    let mut stage = Stage::new(small());
    stage.keeps_reports = true;
    let mapping = whole("team-usage-metrics", ", days: 28", r#"(.__team.id | tostring) + "@" + .day"#);
    let manifests = |asked: &[String]| asked.iter().filter(|path| path.contains("-1-day")).count();
    let (_, asked) = stage.run(&mapping).await;
    assert_eq!(manifests(&asked), 2 * 2 * 28);
    let before = stage.entities("any");
    let (outcome, asked) = stage.run(&mapping).await;
    // The four newest days of two reports of two organizations.
    assert_eq!(manifests(&asked), 2 * 2 * 4, "{asked:?}");
    assert_eq!((outcome.resources[0].updated, outcome.resources[0].created), (0, 0));
    assert_eq!(stage.entities("any"), before);
    let folder = std::fs::read_dir(stage.reports_folder()).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[30] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (outcome, asked) = stage.run(&mapping).await;
    assert_eq!(manifests(&asked), 2 * 2 * 4 + 1);
    assert_eq!((outcome.resources[0].updated, outcome.resources[0].created), (0, 0));
    // Days before the first one that are kept are counted in windows.
    let (_, asked) = stage.run(&whole("team-usage-metrics", ", days: 1", r#"(.__team.id | tostring) + "@" + .day"#)).await;
    assert_eq!(manifests(&asked), 2 * 2);
    let newest = stage.entities("any");
    assert!(!newest.is_empty());
    // But the three other newest days are never kept.
    assert!(newest.values().all(|entity| entity["item"]["monthly_active_users"].is_null()));
}

#[tokio::test]
async fn members_of_today_stand_in_only_when_asked_and_small_teams_stay_hidden() {
    let stage = Stage::new(small());
    let mapping = whole("team-usage-metrics", ", days: 2, membership: current", r#"(.__team.id | tostring) + "@" + .day"#);
    let (outcome, asked) = stage.run(&mapping).await;
    assert_eq!(asked.iter().filter(|path| path.contains("user-teams-1-day")).count(), 0);
    assert_eq!(asked.iter().filter(|path| path.contains("/members?")).count(), 2 * 3);
    assert_eq!(states(&outcome.slices), BTreeMap::from([("complete", 2 * 2), ("not-ready", 1), ("suppressed", 1)]));
    assert!(stage.entities("any").values().all(|entity| entity["item"]["membership"] == "current"));
}

#[tokio::test]
async fn an_organization_that_may_not_be_read_is_asked_once_and_stops_no_other() {
    let stage = Stage::new(small());
    let login = stage.world.organization_logins()[0].to_owned();
    let path = format!("/orgs/{login}/copilot/metrics/reports/*");
    let stage = Stage::with_faults(small(), Faults::new([Rule::at(&path).status(403)]));
    let (outcome, asked) = stage.run(&whole("team-usage-metrics", ", days: 5", ".day + .slug")).await;
    let of_first: Vec<_> = outcome.slices.iter().filter(|slice| slice.scope == login).collect();
    assert_eq!(of_first.iter().map(|slice| slice.end.name()).collect::<Vec<_>>(), ["forbidden"]);
    assert_eq!(asked.iter().filter(|asked| asked.contains(&format!("/orgs/{login}/copilot"))).count(), 1);
    assert_eq!(outcome.slices.iter().filter(|slice| slice.end == SliceEnd::Complete).count(), 5);
}

#[tokio::test]
async fn the_recommended_mapping_fills_all_of_its_blueprints() {
    let mut stage = Stage::new(WorldOptions { users: 12, days: 10, ..small() });
    stage.enterprise = Some(ENTERPRISE.to_owned());
    let (outcome, _) = stage.run(include_str!("../../mappings/usage.yaml")).await;
    for resource in &outcome.resources {
        assert!(resource.created > 0, "{}", resource.kind);
        assert_eq!(resource.refused.count, 0, "{}: {:?}", resource.kind, resource.refused.first);
        assert_eq!(resource.duplicates.count, 0, "{}: {:?}", resource.kind, resource.duplicates.first);
        assert_eq!(resource.rejected.count, 0, "{}: {:?}", resource.kind, resource.rejected.first);
    }
    assert_eq!(outcome.slices.iter().filter(|slice| slice.is_failure()).count(), 0);
}

/// The files that teams' records are made from are read as strictly as those that are items themselves, and none is kept that proves
/// nothing.
#[tokio::test]
async fn what_is_no_row_of_memberships_or_users_makes_no_record_of_a_team_and_is_not_kept() {
    let mapping = whole("team-usage-metrics", ", days: 10", r#".__organization.login + "/" + .slug + "@" + .day"#);
    let day = small().until.plus_days(-8);
    for subject in ["user-teams", "users"] {
        let other_day = r#"{"day":"2026-01-05","organization_id":"1","user_id":1,"team_id":1,"slug":"a"}"#;
        let other_owner = other_day.replace("2026-01-05", &day.to_string()).replace(r#""1""#, r#""987654321""#);
        let documents =
            ["", "\n", "{}", r#"{"error":{"code":"ServerBusy"}}"#, r#"{"message":"Not Found"}"#, "[]", "<html></html>"];
        for odd in documents.into_iter().chain([other_day, &other_owner]) {
            let file = format!("/reports/*/{subject}-1-day/{day}/part-0001.ndjson");
            let mut stage = Stage::with_faults(small(), Faults::new([Rule::at(file.clone()).skip(2).times(2).text(odd)]));
            stage.keeps_reports = true;
            let (first, _) = stage.run(&mapping).await;
            assert_eq!(first.exit_code(false), 0, "{first:?}");
            let entities = stage.entities("any");
            std::fs::remove_dir_all(stage.reports_folder()).unwrap();
            let (second, _) = stage.run(&mapping).await;
            assert_eq!((second.exit_code(false), second.resources[0].created), (5, 0), "{file} {odd:?}: {second:?}");
            // Windows over a day that is not held are null, so later days are written; none is lost, and none is invented.
            assert!(stage.entities("any").keys().eq(entities.keys()), "{file} {odd:?}");
            let of_day = |all: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
                all.iter()
                    .filter(|(name, _)| name.ends_with(&day.to_string()))
                    .map(|(name, one)| (name.clone(), one.clone()))
                    .collect()
            };
            assert_eq!(of_day(&stage.entities("any")), of_day(&entities), "{file} {odd:?}: the day's sums");
            let (third, _) = stage.run(&mapping).await;
            assert_eq!(third.exit_code(false), 0, "{file} {odd:?}: {third:?}");
            assert!(stage.entities("any") == entities, "{file} {odd:?}");
        }
    }
}
