//! Kinds that are read more often than the rest, and what such a resync may delete.

use pilotage::daemon::queue::Trigger;
use pilotage::daemon::schedule::Schedule;
use pilotage::daemon::{Daemon, DaemonOptions, KIND_SCHEDULES_AT_MOST, KindSchedule};
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
    daemon_with(setup, mapping, options())
}

fn daemon_with(setup: &Setup, mapping: &'static str, options: DaemonOptions) -> Daemon {
    Daemon::new(setup.context(), MappingSource { file: None, bundled: (mapping, "bundled.yaml") }, options)
}

/// Teams every ten minutes.
fn often() -> DaemonOptions {
    let teams = KindSchedule { kinds: vec!["github-teams".to_owned()], schedule: schedule("10m") };
    DaemonOptions { kind_schedules: vec![teams], ..options() }
}

/// Lets the catalog refuse to give the mapping, so that no resync can begin.
fn refuse_mapping(setup: &Setup) {
    let refusal = r#"{"ok":false,"error":"missing_permissions","message":"no"}"#;
    setup.answers(move |method, path| (method == "GET" && path == "/v1/integration/mine").then_some((403, refusal)));
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
            assert!(observer.resyncs().iter().all(|resync| resync.withheld == 0), "{:?}", observer.resyncs());
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
            assert!(observer.resyncs().iter().all(|resync| resync.withheld == 0), "{:?}", observer.resyncs());
        })
        .await;
    });
}

#[test]
fn a_failed_resync_is_tried_again_although_some_kinds_were_read_meanwhile() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        refuse_mapping(setup);
        serve(daemon_with(setup, mapping("githubCopilotOrganizationUsage"), often()), observer, |_, _| async move {
            // It failed at the start and after 1, 3 and 7 minutes.
            setup.wait(8 * 60).await;
            assert_eq!(observer.summary(), "");
            setup.answers(|_, _| None);
            setup.wait(6 * 60).await;
            assert_eq!(observer.summary(), "Kinds(1) completed");
            setup.wait(3 * 60).await;
            assert_eq!(observer.summary(), "Kinds(1) completed, Retry completed");
        })
        .await;
    });
}

#[test]
fn some_kinds_that_cannot_be_read_say_nothing_of_the_resync_of_everything() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        refuse_mapping(setup);
        serve(daemon_with(setup, mapping("githubCopilotOrganizationUsage"), often()), observer, |router, _| async move {
            setup.wait(8 * 60).await;
            let failed = readiness(&router).await.1["lastResync"].clone();
            assert_eq!(failed["status"], "failed");
            // Meanwhile some kinds could not begin.
            setup.wait(4 * 60).await;
            let since = readiness(&router).await.1;
            assert_eq!((&since["lastResync"], &since["resyncing"]), (&failed, &false.into()));
            setup.answers(|_, _| None);
            setup.wait(5 * 60).await;
            assert_eq!(observer.summary(), "Retry completed", "its wait is not longer for that");
            // The same after a good one: the state at the catalog stays.
            let good = readiness(&router).await.1;
            refuse_mapping(setup);
            setup.wait(8 * 60).await;
            let since = readiness(&router).await.1;
            for fact in ["lastResync", "lastGoodResync"] {
                assert_eq!(since[fact], good[fact], "{since}");
            }
            assert_eq!((observer.summary().as_str(), setup.status().await.as_str()), ("Retry completed", "completed"));
        })
        .await;
    });
}

#[test]
fn a_trigger_of_everything_has_room_beside_those_of_all_kinds() {
    run_paused(|| async {
        let setup = Setup::new();
        let daemon = daemon(&setup, mapping("githubCopilotOrganizationUsage"));
        let triggers = daemon.trigger_sender();
        (0..KIND_SCHEDULES_AT_MOST).for_each(|number| triggers.try_send(Trigger::Kinds(1 << number)).unwrap());
        triggers.try_send(Trigger::Webhook).unwrap();
    });
}
