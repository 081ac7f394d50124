//! The time of day is set while the daemon waits: what is due comes when it is due all the same.

use jiff::{SignedDuration, Timestamp};
use pilotage::daemon::DaemonOptions;
use pilotage::daemon::schedule::Schedule;
use pilotage::model::recurrence::Recurrence;

use super::harness::{Ear, START, Sea, config, readiness, sail, serve};

fn scheduled(text: &str) -> DaemonOptions {
    let schedule = Schedule::new(Recurrence::parse(text).unwrap(), START.parse().unwrap(), 1);
    DaemonOptions { schedule: Some(schedule), ..Sea::options() }
}

#[test]
fn a_clock_that_is_set_back_holds_neither_the_looks_nor_the_schedule_up() {
    for (schedule, days) in [("1h", -1), ("1h", -400), ("0 * * * *", -1)] {
        sail(move || async move {
            let sea = &Sea::new();
            let ear = &Ear::new(&sea.clock);
            serve(sea.daemon(scheduled(schedule)), ear, |router, _| async move {
                sea.wait(600).await;
                assert_eq!(ear.story(), "Start completed");
                sea.clock.set_forward(SignedDuration::from_hours(24 * days));
                let looks = sea.got("GET", "/resync-request").len();
                sea.wait(600).await;
                assert!(sea.got("GET", "/resync-request").len() >= looks + 9, "it looks every minute");
                let next: Timestamp = readiness(&router).await.1["nextResync"].as_str().unwrap().parse().unwrap();
                let wait = next.duration_since(sea.clock.now());
                assert!(wait <= SignedDuration::from_mins(46), "{schedule}: the next one is said to be in {wait:#}");
                sea.edit(&config(".day")).await;
                sea.wait(70).await;
                assert_eq!(ear.story(), "Start completed, Mapping completed");
                sea.wait(3600).await;
                assert_eq!(ear.story(), "Start completed, Mapping completed, Schedule completed", "{schedule}");
                sea.wait(3 * 3600).await;
                assert_eq!(ear.story().matches("Schedule").count(), 4, "{schedule}: and it goes on: {}", ear.story());
                assert_eq!(readiness(&router).await.0, 200);
            })
            .await;
        });
    }
}

#[test]
fn a_clock_that_is_set_forward_past_the_moment_has_it_come_at_once_and_once() {
    sail(|| async {
        let sea = &Sea::new();
        let ear = &Ear::new(&sea.clock);
        serve(sea.daemon(scheduled("1h")), ear, |router, _| async move {
            sea.wait(600).await;
            sea.clock.set_forward(SignedDuration::from_hours(30));
            assert_eq!(readiness(&router).await.0, 200, "nothing is older than it was");
            sea.wait(120).await;
            assert_eq!(ear.story(), "Start completed, Schedule completed");
            sea.wait(3 * 3600).await;
            let count = ear.story().matches("Schedule").count();
            assert!((4..=5).contains(&count), "{}", ear.story());
        })
        .await;
    });
}
