//! Clock changes while the daemon waits: checks and scheduled resyncs keep their times.

use jiff::{SignedDuration, Timestamp};
use pilotage::daemon::DaemonOptions;
use pilotage::daemon::schedule::Schedule;
use pilotage::model::recurrence::Recurrence;

use super::harness::{RecordingObserver, START, Setup, config, readiness, run_paused, serve};

fn scheduled(text: &str) -> DaemonOptions {
    let schedule = Schedule::new(Recurrence::parse(text).unwrap(), START.parse().unwrap(), 1);
    DaemonOptions { schedule: Some(schedule), ..Setup::options() }
}

#[test]
fn a_clock_that_is_set_back_holds_neither_the_looks_nor_the_schedule_up() {
    for (schedule, days) in [("1h", -1), ("1h", -400), ("0 * * * *", -1)] {
        run_paused(move || async move {
            let setup = &Setup::new();
            let observer = &RecordingObserver::new(&setup.clock);
            serve(setup.daemon(scheduled(schedule)), observer, |router, _| async move {
                setup.wait(600).await;
                assert_eq!(observer.summary(), "Start completed");
                setup.clock.set_forward(SignedDuration::from_hours(24 * days));
                let looks = setup.requests("GET", "/resync-request").len();
                setup.wait(600).await;
                assert!(setup.requests("GET", "/resync-request").len() >= looks + 9, "it looks every minute");
                let next: Timestamp = readiness(&router).await.1["nextResync"].as_str().unwrap().parse().unwrap();
                let wait = next.duration_since(setup.clock.now());
                assert!(wait <= SignedDuration::from_mins(46), "{schedule}: the next one is said to be in {wait:#}");
                setup.edit(&config(".day")).await;
                setup.wait(70).await;
                assert_eq!(observer.summary(), "Start completed, Mapping completed");
                setup.wait(3600).await;
                assert_eq!(observer.summary(), "Start completed, Mapping completed, Schedule completed", "{schedule}");
                setup.wait(3 * 3600).await;
                assert_eq!(
                    observer.summary().matches("Schedule").count(),
                    4,
                    "{schedule}: and it goes on: {}",
                    observer.summary()
                );
                assert_eq!(readiness(&router).await.0, 200);
            })
            .await;
        });
    }
}

#[test]
fn a_clock_that_is_set_forward_past_the_moment_has_it_come_at_once_and_once() {
    run_paused(|| async {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        serve(setup.daemon(scheduled("1h")), observer, |router, _| async move {
            setup.wait(600).await;
            setup.clock.set_forward(SignedDuration::from_hours(30));
            assert_eq!(readiness(&router).await.0, 200, "nothing is older than it was");
            setup.wait(120).await;
            assert_eq!(observer.summary(), "Start completed, Schedule completed");
            setup.wait(3 * 3600).await;
            let count = observer.summary().matches("Schedule").count();
            assert!((4..=5).contains(&count), "{}", observer.summary());
        })
        .await;
    });
}
