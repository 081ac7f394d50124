//! A whole run while one endpoint of GitHub is out: how long it takes, what it says, and that nothing is lost by it.

use std::time::Duration;

use pilotage::model::slice::SliceEnd;
use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::observe::NoObserver;
use pilotage::simulator::{Faults, Rule, Simulator, SimulatorSource, World as GitHubWorld, WorldOptions};
use tokio::time::Instant;

use crate::support::{GITHUB_URL, World};

const ORGANIZATIONS: u32 = 50;
const SEATS: &str = "/orgs/*/copilot/billing/seats";

/// Seats twice, as two resources of one kind, and the organizations' settings.
const MAPPING: &str = r#"
entityDeletionThreshold: 1
resources:
  - &seats
    kind: copilot-seats
    selector: { query: 'true' }
    port:
      entity:
        mappings:
          identifier: .__organization.login + "/" + .assignee.login
          blueprint: '"copilot_seat"'
  - *seats
  - kind: copilot-billing
    selector: { query: 'true' }
    port:
      entity:
        mappings:
          identifier: .__organization.login
          blueprint: '"copilot_billing"'
"#;

fn github(faults: impl IntoIterator<Item = Rule>) -> Simulator {
    let options = WorldOptions { organizations: ORGANIZATIONS, teams: 0, users: 2, days: 1, ..WorldOptions::default() };
    let source = SimulatorSource::World(GitHubWorld::new(options));
    Simulator::new(source, GITHUB_URL).unwrap().with_faults(Faults::new(faults))
}

/// How many slices of a kind ended so.
fn ended(outcome: &Outcome, kind: &str, is: fn(&SliceEnd) -> bool) -> usize {
    outcome.slices.iter().filter(|slice| slice.kind == kind && is(&slice.end)).count()
}

fn deleted(outcome: &Outcome) -> u64 {
    outcome.deletion.blueprints.iter().map(|blueprint| blueprint.deleted).sum()
}

#[tokio::test(start_paused = true)]
async fn fifty_organizations_under_a_constant_500_end_in_five_minutes_and_lose_nothing() {
    let world = World::new();
    let first = world.resync_from(&github([]), MAPPING, &NoObserver).await;
    assert_eq!(first.exit_code(false), 0, "{first:?}");
    let created: u64 = first.resources.iter().map(|resource| resource.created).sum();
    assert!(created >= u64::from(ORGANIZATIONS) * 3, "{created}");
    let began = Instant::now();
    let outcome = world.resync_from(&github([Rule::at(SEATS).status(500)]), MAPPING, &NoObserver).await;
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(60) && took <= Duration::from_secs(300), "{took:?}");
    assert_eq!(outcome.exit_code(false), 5);
    assert_eq!(deleted(&outcome), 0, "{:?}", outcome.deletion);
    let failed = |end: &SliceEnd| matches!(end, SliceEnd::Failed { .. });
    assert_eq!(ended(&outcome, "copilot-seats", failed), 2 * ORGANIZATIONS as usize);
    assert_eq!(ended(&outcome, "copilot-billing", |end| *end == SliceEnd::Complete), ORGANIZATIONS as usize);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_comes_back_is_read_to_its_end_by_the_rest_of_the_run() {
    let world = World::new();
    world.resync_from(&github([]), MAPPING, &NoObserver).await;
    // Four slices are read at a time: theirs are the first forty requests, and some that come after.
    let outcome = world.resync_from(&github([Rule::at(SEATS).status(502).times(60)]), MAPPING, &NoObserver).await;
    let read = ended(&outcome, "copilot-seats", |end| *end == SliceEnd::Complete);
    assert!((80..100).contains(&read), "{read} of 100");
    assert_eq!((outcome.exit_code(false), deleted(&outcome)), (5, 0));
}
