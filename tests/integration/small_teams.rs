//! Teams about which GitHub says nothing on some days, because fewer than five of their members have a seat: days that leave the window
//! are deleted all the same, and nothing else is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use pilotage::door::http::{HttpService, in_memory, read_whole};
use pilotage::model::day::Day;
use pilotage::reconcile::deletion::WithheldReason;
use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::observe::NoObserver;
use pilotage::simulator::{Change, Simulator, SimulatorSource, WorldOptions};
use serde_json::Value;
use tower::{ServiceExt, service_fn};

use crate::support::{GITHUB_URL, World};

/// One entity for each day of each team, named after both.
const BY_DAY: &str = r#"
entityDeletionThreshold: 0.5
resources:
  - kind: team-usage-metrics
    selector: {query: 'true'}
    port:
      entity:
        mappings:
          identifier: .__organization.login + "/" + .slug + "@" + .day
          blueprint: '"copilot_team_usage"'
"#;

/// Days that are read of a team.
const DAYS: i32 = 28;

/// The newest day of which there are reports on the first simulated day, which is 2026-11-01.
const NEWEST: &str = "2026-10-29";

/// How the paths of files of a small team begin.
const SMALL: &str = "/small";

/// A simulated GitHub with two answers about one team: in `whole` it has five members, in `small` four.
struct TwoWorlds {
    team: String,
    whole: WorldOptions,
    small: WorldOptions,
}

impl TwoWorlds {
    /// Lets people leave until the first team has five members, and for `small` one more.
    async fn new() -> Self {
        let options = WorldOptions { organizations: 1, teams: 3, users: 24, days: 40, ..WorldOptions::default() };
        let api = in_memory(simulator(&options, GITHUB_URL).api_router());
        let teams = get(&api, "/orgs/harbor/teams").await;
        let team = teams[0]["slug"].as_str().unwrap().to_owned();
        let members = get(&api, &format!("/orgs/harbor/teams/{team}/members?per_page=100")).await;
        // Users are numbered from 1 in each million of an organization.
        let members = members.as_array().unwrap().iter().map(|user| user["id"].as_u64().unwrap() % 1_000_000 - 1);
        let leaving: Vec<Change> =
            members.skip(4).map(|user| Change::UserLeft { organization: 0, user: u32::try_from(user).unwrap() }).collect();
        assert!(leaving.len() > 1, "{leaving:?}");
        let with = |changes: &[Change]| WorldOptions { changes: changes.to_vec(), ..options.clone() };
        Self { team, whole: with(&leaving[1..]), small: with(&leaving) }
    }

    /// The services of both, where memberships of a day are those of `small` for each day that `is_small` says.
    fn services(&self, newest: Day, is_small: fn(Day) -> bool) -> (HttpService, HttpService) {
        let at = |options: &WorldOptions| WorldOptions { until: newest, ..options.clone() };
        let whole = Arc::new(simulator(&at(&self.whole), GITHUB_URL));
        let small = Arc::new(simulator(&at(&self.small), &format!("{GITHUB_URL}{SMALL}")));
        let routers = [&whole, &small].map(|simulator| (in_memory(simulator.api_router()), in_memory(simulator.signed_router())));
        let [(whole_api, whole_files), (small_api, small_files)] = routers;
        let api = service_fn(move |request: http::Request<Bytes>| {
            let day = request.uri().query().and_then(|query| query.strip_prefix("day=")?.parse().ok());
            let of_members = request.uri().path().ends_with("/user-teams-1-day");
            let api = if of_members && day.is_some_and(is_small) { &small_api } else { &whole_api };
            api.clone().oneshot(request)
        });
        let files = service_fn(move |mut request: http::Request<Bytes>| {
            let address = request.uri().to_string();
            let is_small = address.contains(SMALL);
            *request.uri_mut() = address.replacen(SMALL, "", 1).parse().unwrap();
            let files = if is_small { &small_files } else { &whole_files };
            files.clone().oneshot(request)
        });
        (HttpService::new(api), HttpService::new(files))
    }
}

fn simulator(options: &WorldOptions, files: &str) -> Simulator {
    Simulator::new(SimulatorSource::World(pilotage::simulator::World::new(options.clone())), files).unwrap()
}

async fn get(api: &HttpService, path: &str) -> Value {
    let request = http::Request::get(format!("{GITHUB_URL}{path}")).header("authorization", "Bearer token");
    let answer = api.clone().oneshot(request.header("user-agent", "test").body(Bytes::new()).unwrap()).await.unwrap();
    serde_json::from_slice(&read_whole(answer.into_body(), 1 << 26).await.unwrap()).unwrap()
}

/// The entities that are owned, as team and day.
async fn held(world: &World) -> BTreeSet<(String, Day)> {
    let named = world.owned().await;
    let named = named.iter().map(|identifier| identifier.strip_prefix("harbor/").unwrap().split_once('@').unwrap());
    named.map(|(team, day)| (team.to_owned(), day.parse().unwrap())).collect()
}

/// The counts of deleted and withheld entities, with the reason of the latter.
fn deletions(outcome: &Outcome) -> (u64, u64, Option<&WithheldReason>) {
    let parts = &outcome.deletion.blueprints;
    let reason = parts.iter().find_map(|part| part.reason.as_ref());
    (parts.iter().map(|part| part.deleted).sum(), parts.iter().map(|part| part.withheld()).sum(), reason)
}

#[tokio::test(start_paused = true)]
async fn seven_days_with_a_team_that_flickers_around_five_seats_delete_every_old_day_and_nothing_unproven() {
    let (world, worlds) = (World::new(), TwoWorlds::new().await);
    // What is left of the team changes from run to run: on odd days of the month there are four members, then on even ones.
    let flickers: [fn(Day) -> bool; 2] = [|day| day.of_month() % 2 == 1, |day| day.of_month() % 2 == 0];
    let mut before = BTreeSet::new();
    for number in 0..7 {
        let newest = NEWEST.parse::<Day>().unwrap().plus_days(number);
        let (first, last) = (newest.plus_days(1 - DAYS), newest);
        let (api, files) = worlds.services(newest, flickers[number as usize % 2]);
        let outcome = world.resync_of(world.github(api, files), BY_DAY, &NoObserver).await;
        let now = held(&world).await;
        let gone: BTreeSet<_> = before.difference(&now).cloned().collect();
        let old: BTreeSet<_> = before.iter().filter(|(_, day)| *day < first).cloned().collect();
        assert_eq!(gone, old, "day {number}: what is before the window goes, and nothing else");
        assert_eq!(gone.is_empty(), number == 0, "day {number}: {outcome:?}");
        assert_eq!(outcome.exit_code(false), 0, "{outcome:?}");
        let (deleted, withheld, reason) = deletions(&outcome);
        assert_eq!(deleted, old.len() as u64);
        let suppressed = outcome.slices.iter().filter(|slice| slice.end.name() == "suppressed");
        let scopes: BTreeSet<&str> = suppressed.map(|slice| slice.scope.as_str()).collect();
        assert!(scopes.contains(format!("harbor/{}", worlds.team).as_str()), "{scopes:?}");
        if number > 0 {
            // The days of the team that this run did not see are in the window, and stay.
            let unseen = now.iter().filter(|(team, day)| *team == worlds.team && flickers[number as usize % 2](*day)).count();
            assert_eq!(withheld, unseen as u64, "day {number}: {outcome:?}");
            let told = reason.unwrap().to_string();
            assert!(told.starts_with("not everything was read (team-usage-metrics of harbor/"), "{told}");
        }
        assert!(now.iter().all(|(_, day)| (first..=last).contains(day)), "day {number}");
        before = now;
        tokio::time::advance(Duration::from_secs(24 * 3600)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn identifiers_that_do_not_hold_the_day_keep_everything_and_the_note_says_what_to_do() {
    let mapping = BY_DAY.replace(r#""@" + .day"#, r#""@" + (.day | ltrimstr("20"))"#);
    let (world, worlds) = (World::new(), TwoWorlds::new().await);
    let mut before = Vec::new();
    for number in 0..2 {
        let newest = NEWEST.parse::<Day>().unwrap().plus_days(number);
        let (api, files) = worlds.services(newest, |_| true);
        let outcome = world.resync_of(world.github(api, files), &mapping, &NoObserver).await;
        let now = world.owned().await;
        assert!(before.iter().all(|identifier| now.contains(identifier)), "{outcome:?}");
        let note = pilotage::render::outcome::problems(&outcome);
        assert!(note.contains("help: nothing to do: what is known of such a team stays until its day is older"), "{note}");
        assert!(note.contains("name the team in `excludeTeams`"), "{note}");
        before = now;
        tokio::time::advance(Duration::from_secs(24 * 3600)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_that_failed_keeps_old_days_as_before() {
    let (world, worlds) = (World::new(), TwoWorlds::new().await);
    let newest = NEWEST.parse::<Day>().unwrap();
    let (api, files) = worlds.services(newest, |_| true);
    assert_eq!(world.resync_of(world.github(api, files), BY_DAY, &NoObserver).await.exit_code(false), 0);
    let before = held(&world).await;
    tokio::time::advance(Duration::from_secs(24 * 3600)).await;
    let (api, files) = worlds.services(newest.plus_days(1), |_| true);
    let refused = service_fn(move |request: http::Request<Bytes>| {
        let is_out = request.uri().query() == Some("day=2026-10-20");
        let api = api.clone();
        async move {
            if !is_out {
                return api.oneshot(request).await;
            }
            let elsewhere = axum::Router::new();
            in_memory(elsewhere).oneshot(request).await
        }
    });
    let outcome = world.resync_of(world.github(HttpService::new(refused), files), BY_DAY, &NoObserver).await;
    assert!(held(&world).await.is_superset(&before), "{outcome:?}");
    assert_eq!(deletions(&outcome).0, 0);
}
