//! Kinds that are read more often than the rest, and what such a resync may delete.

use pilotage::daemon::queue::Trigger;
use pilotage::daemon::schedule::Schedule;
use pilotage::daemon::{Daemon, DaemonOptions, KindSchedule};
use pilotage::integration::mapping::MappingSource;
use pilotage::model::recurrence::Recurrence;

use super::harness::{RecordingObserver, START, Setup, readiness, run_paused, serve};

/// Days of organizations in that blueprint, and teams, all with identifiers that are others in each run.
fn mapping(blueprint_of_days: &str) -> &'static str {
    let resource = |kind: &str, identifier: &str, blueprint: &str| {
        format!(
            r#"
  - kind: {kind}
    selector: {{ query: "true" }}
    port:
      entity:
        mappings:
          identifier: '{identifier} + "@" + (now | tostring)'
          blueprint: '"{blueprint}"'
          properties: {{}}"#
        )
    };
    let days = resource("organization-usage-metrics", r#""day/" + .__organization.login + "@" + .day"#, blueprint_of_days);
    let teams = resource("github-teams", r#""team/" + .__organization.login + "/" + .slug"#, "github_team");
    format!("entityDeletionThreshold: 1\nresources:{days}{teams}\n").leak()
}

fn schedule(text: &str) -> Schedule {
    Schedule::new(Recurrence::parse(text).unwrap(), START.parse().unwrap(), 1)
}

fn options() -> DaemonOptions {
    let of_teams = |kinds: &[&str], when: &str| KindSchedule {
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        schedule: schedule(when),
    };
    DaemonOptions {
        schedule: Some(schedule("24h")),
        kind_schedules: vec![of_teams(&["github-teams"], "30m"), of_teams(&["github-repositories"], "50m")],
        ..Setup::options()
    }
}

fn daemon(setup: &Setup, mapping: &'static str) -> Daemon {
    Daemon::new(setup.context(), MappingSource { file: None, bundled: (mapping, "bundled.yaml") }, options())
}

/// The identifiers of the entities that begin so, in order.
async fn begun_with(setup: &Setup, beginning: &str) -> Vec<String> {
    let mut all = setup.entities().await;
    all.retain(|identifier| identifier.starts_with(beginning));
    all.sort();
    all
}

#[test]
fn some_kinds_are_read_more_often_and_delete_what_they_prove_to_be_gone_and_nothing_else() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(daemon(setup, mapping("githubCopilotOrganizationUsage")), observer, |router, _| async move {
            setup.wait(600).await;
            let (days, teams) = (begun_with(setup, "day/").await, begun_with(setup, "team/").await);
            assert!(!days.is_empty() && !teams.is_empty());
            let ready = readiness(&router).await.1;
            setup.wait(40 * 60).await;
            // The mapping has no repositories, so nothing is read for their schedule.
            let summary = observer.summary();
            assert_eq!(summary, "Start completed, Kinds(1) completed", "{summary}");
            assert_eq!(begun_with(setup, "day/").await, days, "they were not read");
            let again = begun_with(setup, "team/").await;
            assert_eq!(again.len(), teams.len(), "those of the run before are deleted");
            assert!(again.iter().all(|team| !teams.contains(team)));
            let since = readiness(&router).await.1;
            assert_eq!(since["lastGoodResync"], ready["lastGoodResync"], "some kinds are no good resync");
            setup.wait(24 * 3600).await;
            let triggers: Vec<Trigger> = observer.resyncs().iter().map(|resync| resync.trigger).collect();
            let of_kinds = triggers.iter().filter(|trigger| **trigger == Trigger::Kinds(1)).count();
            assert!((46..=50).contains(&of_kinds), "{of_kinds}");
            assert_eq!(triggers.iter().filter(|trigger| **trigger == Trigger::Schedule).count(), 1);
            assert_ne!(begun_with(setup, "day/").await, days, "the daily one reads everything");
        })
        .await;
    });
}

#[test]
fn a_blueprint_that_another_kind_gives_too_loses_nothing() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(daemon(setup, mapping("github_team")), observer, |_, _| async move {
            setup.wait(600).await;
            let (days, teams) = (begun_with(setup, "day/").await, begun_with(setup, "team/").await);
            setup.wait(40 * 60).await;
            assert_eq!(observer.summary(), "Start completed, Kinds(1) completed");
            assert_eq!(begun_with(setup, "day/").await, days);
            assert_eq!(begun_with(setup, "team/").await.len(), 2 * teams.len(), "the old ones stay until everything is read");
        })
        .await;
    });
}
