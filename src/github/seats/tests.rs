//! Seats over the simulator: what is shown as a plan is what GitHub then counts.

use std::collections::BTreeMap;

use super::*;
use crate::door::clock::Clock;
use crate::door::http::in_memory;
use crate::github::scripted::START;
use crate::github::{Credential, GitHubOptions};
use crate::model::seat::SeatChange;
use crate::model::secret::Secret;
use crate::simulator::{self, Access, Simulator, SimulatorSource, World, WorldOptions};

fn client(scopes: &[&str]) -> GitHub {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let token = simulator::TokenRights::Classic { scopes, is_owner: true, sso_required: Vec::new() };
    let access = Access { known: BTreeMap::from([("ghp_canary".to_owned(), token)]), ..Access::default() };
    let world = World::new(WorldOptions { organizations: 2, teams: 2, users: 60, days: 2, ..WorldOptions::default() });
    let simulator = Simulator::new(SimulatorSource::World(world), "http://127.0.0.1:2").unwrap().with_access(access);
    let options = GitHubOptions {
        api: in_memory(simulator.api_router()),
        downloads: in_memory(simulator.signed_router()),
        base_url: "http://127.0.0.1:1".to_owned(),
        credential: Credential::Token(Secret::new("ghp_canary")),
        download_hosts: Vec::new(),
        clock: Clock::starting_at(START.parse().unwrap()),
        seed: 7,
    };
    GitHub::new(options).unwrap()
}

fn harbor() -> SeatOwner {
    SeatOwner::Organization("harbor".to_owned())
}

fn changes(plan: &crate::model::seat::SeatPlan) -> u64 {
    plan.changes.iter().filter(|(_, change)| !matches!(change, SeatChange::Unchanged(_))).count() as u64
}

#[tokio::test(start_paused = true)]
async fn what_is_planned_is_what_github_counts_and_planning_again_gives_nothing() {
    let github = client(&["manage_billing:copilot", "read:org"]);
    let of = |seats: &Seats, which: fn(&&Seat) -> bool| {
        let found = seats.seats.iter().filter(|seat| !seat.login.is_empty()).find(which);
        found.unwrap().login.clone()
    };
    let seats = github.seats("harbor").await.unwrap();
    assert!(seats.seats.len() > 60, "{}", seats.seats.len());
    let strangers = github.seats("tidewater").await.unwrap();
    let stranger =
        strangers.seats.iter().find(|seat| !seats.seats.iter().any(|own| own.login == seat.login)).unwrap().login.clone();
    let in_person = of(&seats, |seat| seat.team.is_none() && seat.ends.is_none());
    let through_team = of(&seats, |seat| seat.team.is_some() && seat.ends.is_none());
    let leaving = of(&seats, |seat| seat.ends.is_some());
    let users = SeatHolders::Users(vec![in_person, through_team, leaving, stranger]);
    for (verb, expected, dollars) in [(SeatVerb::Add, 2, 38), (SeatVerb::Remove, 2, -38)] {
        let plan = github.seats("harbor").await.unwrap().plan(verb, &users);
        assert_eq!((changes(&plan), plan.dollars_a_month), (expected, Some(dollars)), "{plan:?}");
        assert_eq!(github.change_seats(&harbor(), verb, &users).await.unwrap(), expected);
        assert!(github.seats("harbor").await.unwrap().plan(verb, &users).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_teams_seats_end_together() {
    let github = client(&["manage_billing:copilot", "read:org"]);
    let seats = github.seats("harbor").await.unwrap();
    let team = seats.seats.iter().find_map(|seat| seat.team.clone()).unwrap();
    let members = github.team_members("harbor", &team).await.unwrap().objects;
    let members = members.iter().map(|member| member["login"].as_str().unwrap().to_owned()).collect();
    let holders = SeatHolders::Teams(vec![(team, members)]);
    let plan = seats.plan(SeatVerb::Remove, &holders);
    assert!(!plan.is_empty());
    assert_eq!(github.change_seats(&harbor(), SeatVerb::Remove, &holders).await.unwrap(), changes(&plan));
}

#[tokio::test(start_paused = true)]
async fn who_may_read_seats_may_not_therefore_give_them() {
    let github = client(&["read:org"]);
    let users = SeatHolders::Users(vec!["ada-adler".to_owned()]);
    assert!(github.seats("harbor").await.is_ok());
    let error = github.change_seats(&harbor(), SeatVerb::Add, &users).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_enterprise_gives_and_takes_its_own_seats_and_leaves_those_of_its_organizations() {
    let github = client(&["manage_billing:copilot", "read:org"]);
    let fleet = SeatOwner::Enterprise("fleet".to_owned());
    let all = async || github.seats_of_enterprise("fleet").await.unwrap();
    let before = all().await;
    let holder = before.seats.iter().find(|seat| !seat.login.is_empty() && seat.organization.is_some()).unwrap().login.clone();
    let users = SeatHolders::Users(vec![holder.clone()]);
    assert!(before.plan(SeatVerb::Add, &users).is_empty() && before.plan(SeatVerb::Remove, &users).is_empty());
    // GitHub itself lets somebody have both.
    assert_eq!(github.change_seats(&fleet, SeatVerb::Add, &users).await.unwrap(), 1);
    let with_own = all().await;
    assert_eq!(with_own.seats.len(), before.seats.len() + 1);
    let plan = with_own.plan(SeatVerb::Remove, &users);
    assert_eq!(changes(&plan), 1, "{plan:?}");
    assert_eq!(github.change_seats(&fleet, SeatVerb::Remove, &users).await.unwrap(), 1);
    assert!(all().await.plan(SeatVerb::Remove, &users).is_empty());
    let of_organizations =
        |seats: &Seats| seats.seats.iter().filter(|seat| seat.organization.is_some()).cloned().collect::<Vec<_>>();
    assert_eq!(of_organizations(&all().await), of_organizations(&before));
}
