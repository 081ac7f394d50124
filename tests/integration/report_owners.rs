//! Reports that are whole and somebody else's: what earlier runs and the same run saw of an owner tells them from its own.

use std::time::Duration;

use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::observe::NoObserver;
use pilotage::source::listings::ListingsFile;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fourteen_answers::{
    FILE, GitHubPlayed, OTHER_FILE, USERS, USERS_MAPPING, WHOLE, WHOLE_MAPPING, manifest, rows, user, whole,
};
use crate::support::World;

/// Runs an hour apart that remember each other.
struct Runs {
    world: World,
    github: GitHubPlayed,
    data: TempDir,
}

impl Runs {
    /// Runs over organizations with these ids.
    fn over(organizations: &[(&str, u64)]) -> Self {
        let (mut world, github, data) = (World::new(), GitHubPlayed::new(), TempDir::new().unwrap());
        world.listings = Some(ListingsFile::in_data_folder(data.path()));
        let listed: Vec<Value> = organizations.iter().map(|(login, id)| json!({ "login": login, "id": id })).collect();
        github.say("/user/orgs?per_page=100", Value::Array(listed));
        Self { world, github, data }
    }

    /// A run by a mapping, its exit code with it.
    async fn run(&self, mapping: &str) -> (i32, Outcome) {
        tokio::time::advance(Duration::from_secs(3600)).await;
        let github = self.world.github(self.github.service(), self.github.service());
        let outcome = self.world.resync_of(github, mapping, &NoObserver).await;
        (i32::from(outcome.exit_code(false)), outcome)
    }

    /// A run that must leave everything as it is, and say both ids.
    async fn refuses(&self, mapping: &str, expected: &str, found: &str) {
        let before = self.world.owned().await;
        let (code, outcome) = self.run(mapping).await;
        let told = format!("{outcome:?}");
        assert_eq!((code, outcome.changes()), (5, 0), "{told}");
        assert_eq!(self.world.owned().await, before);
        assert!(told.contains(&format!("organization_id {found}")) && told.contains(&format!(" {expected}")), "{told}");
        assert!(told.contains("`listings.json`"), "the remedy is missing: {told}");
    }
}

/// The users of a report of the organization with that id.
fn users_of(id: &str, numbers: std::ops::Range<u32>) -> String {
    rows(numbers.map(|number| {
        let mut row = user(number + 1, "2026-08-03");
        row["organization_id"] = json!(id);
        row
    }))
}

fn days_of(id: &str) -> String {
    let day = json!({ "day": "2026-08-03", "organization_id": id, "daily_active_users": 3 });
    let mut envelope: Value = serde_json::from_str(&whole(json!([day]))).unwrap();
    envelope["organization_id"] = json!(id);
    envelope.to_string()
}

#[tokio::test(start_paused = true)]
async fn a_whole_report_of_another_organization_is_no_proof_and_is_not_mapped() {
    let runs = Runs::over(&[("acme", 1)]);
    runs.github.say(FILE, users_of("1", 0..5));
    assert_eq!(runs.run(USERS_MAPPING).await.0, 0);
    runs.github.say(FILE, users_of("2", 5..8));
    runs.refuses(USERS_MAPPING, "1", "2").await;
    runs.github.say(FILE, days_of("2"));
    runs.refuses(WHOLE_MAPPING, "1", "2").await;
    runs.github.say(FILE, users_of("1", 0..4));
    let (code, outcome) = runs.run(USERS_MAPPING).await;
    assert_eq!((code, outcome.deletion.blueprints[0].deleted), (0, 1), "its own report proves what is gone: {outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn one_id_for_all_organizations_is_right_until_another_one_comes() {
    let runs = Runs::over(&[("acme", 10), ("beta", 20)]);
    runs.github.say("/orgs/beta/copilot/metrics/reports/users-28-day/latest", manifest(&[OTHER_FILE]));
    for _ in 0..2 {
        runs.github.say(FILE, users_of("1", 0..5));
        runs.github.say(OTHER_FILE, users_of("1", 0..5));
        assert_eq!(runs.run(USERS_MAPPING).await.0, 0);
        runs.github.say(OTHER_FILE, users_of("3", 0..4));
        runs.refuses(USERS_MAPPING, "1", "3").await;
    }
    let kept = std::fs::read_to_string(runs.data.path().join("listings.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let of_beta = kept["lists"].as_array().unwrap().iter().find(|list| list["list"] == "beta/reports").unwrap();
    assert_eq!(of_beta["reportIds"], json!({ "organization_id": "1" }));
}

#[tokio::test(start_paused = true)]
async fn the_listed_id_is_always_right_and_no_other_one_after_it() {
    let runs = Runs::over(&[("acme", 1)]);
    runs.github.say(FILE, users_of("7", 0..5));
    assert_eq!(runs.run(USERS_MAPPING).await.0, 0, "nothing else is known");
    runs.github.say(FILE, users_of("1", 0..5));
    assert_eq!(runs.run(USERS_MAPPING).await.0, 0);
    runs.github.say(FILE, users_of("7", 0..4));
    runs.refuses(USERS_MAPPING, "1", "7").await;
}

#[tokio::test(start_paused = true)]
async fn reports_of_one_run_that_are_of_two_organizations_do_not_count_as_done() {
    let runs = Runs::over(&[("acme", 1)]);
    let both = format!("{USERS_MAPPING}{}", WHOLE_MAPPING.split("resources:").nth(1).unwrap());
    runs.github.say(WHOLE, manifest(&[OTHER_FILE]));
    runs.github.say(FILE, users_of("8", 0..5));
    runs.github.say(OTHER_FILE, days_of("9"));
    let (code, outcome) = runs.run(&both).await;
    assert_eq!((code, outcome.changes()), (5, 5), "{outcome:?}");
    assert!(format!("{outcome:?}").contains("a row has the organization_id 9, expected 8"), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn the_days_of_teams_and_of_2024_are_not_made_from_reports_of_another_organization() {
    let runs = Runs::over(&[("acme", 1)]);
    runs.github.say(FILE, users_of("1", 0..5));
    assert_eq!(runs.run(USERS_MAPPING).await.0, 0);
    let reports = USERS.trim_end_matches("users-28-day/latest");
    runs.github.say("/orgs/acme/teams?per_page=100", json!([{ "id": 7, "slug": "core", "name": "core" }]));
    let of_day =
        |file: &str| json!({ "download_links": manifest(&[file])["download_links"], "report_day": "2026-08-03" }).to_string();
    runs.github.say(&format!("{reports}user-teams-1-day?day=2026-08-03"), of_day(OTHER_FILE));
    runs.github.say(&format!("{reports}users-1-day?day=2026-08-03"), of_day(FILE));
    let members =
        |id: &str| {
            rows((0..5).map(
                |user| json!({ "day": "2026-08-03", "organization_id": id, "user_id": user + 1, "team_id": 7, "slug": "core" }),
            ))
        };
    let mapping = |kind: &str, selector: &str| {
        USERS_MAPPING
            .replace("organization-user-usage-metrics", kind)
            .replace("query: 'true'", &format!("query: 'true'{selector}"))
            .replace("(.user_login // \"\")", ".__organization.login")
    };
    for (kind, selector) in [
        ("team-usage-metrics", ", since: 2026-08-03, until: 2026-08-03"),
        ("copilot-team-metrics", ", since: 2026-08-03, until: 2026-08-03"),
        ("copilot-organization-metrics", ""),
        ("copilot-organization-metrics", ", since: 2026-08-03, until: 2026-08-03"),
    ] {
        runs.github.say(FILE, users_of("2", 0..5));
        runs.github.say(OTHER_FILE, members("2"));
        runs.refuses(&mapping(kind, selector), "1", "2").await;
    }
    runs.github.say(FILE, users_of("1", 0..5));
    runs.github.say(OTHER_FILE, members("1"));
    let (_, outcome) = runs.run(&mapping("team-usage-metrics", ", since: 2026-08-03, until: 2026-08-03")).await;
    assert_eq!(outcome.resources[0].created, 1, "{outcome:?}");
}
