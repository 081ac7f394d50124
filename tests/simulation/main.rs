//! Deterministic simulation: the real clients of GitHub and of the catalog over the simulator and the local catalog in memory, on
//! one thread, in paused time, driven by one seed.
//!
//! A seed draws a world, a mapping, a history of changes and, for each run, the faults of both connections. After every run the
//! invariants are checked against an account of what arrived that the code under test has no part in. At the end faults cease,
//! and two runs must bring the catalog to where it would be had there never been any.
//!
//! `PILOTAGE_SEEDS=10000` runs so many seeds, `PILOTAGE_SEEDS=500..700` those, `PILOTAGE_SEED=42` one, and prints its events.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod catalog_faults;
mod catalog_wire;
mod doubtful;
mod generated_mapping;
mod github_faults;
mod github_wire;
mod history;
mod invariants;
mod outage;
mod random;
mod scenario;
mod simulated_run;
mod test_catalog;
mod tools;
mod truth;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use pilotage::mapping::program::EVALUATION_STACK_BYTES;

use scenario::Scenario;

/// Seeds when nothing else is asked for.
const SEEDS: u64 = 200;
/// Failing seeds after which no more are tried.
const FAILURES_AT_MOST: usize = 5;

/// Runs one seed. The error has the events with it.
fn run(seed: u64) -> Result<Vec<String>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let events = Mutex::new(Vec::new());
    let ran = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let mut scenario = Scenario::begin(seed).await;
            let ended = scenario.run().await;
            *events.lock().unwrap() = scenario.events;
            ended
        })
    }));
    let events = events.into_inner().unwrap();
    match ran {
        Ok(Ok(())) => Ok(events),
        Ok(Err(violation)) => Err(format!("{}\n{violation}", events.join("\n"))),
        Err(_) => Err("it panicked, see above".to_owned()),
    }
}

fn seeds() -> Range<u64> {
    let number = |text: &str| text.trim().parse::<u64>().unwrap_or_else(|_| panic!("`{text}` is no number of seeds"));
    if let Ok(seed) = std::env::var("PILOTAGE_SEED") {
        return number(&seed)..number(&seed) + 1;
    }
    match std::env::var("PILOTAGE_SEEDS") {
        Ok(range) => range.split_once("..").map_or_else(|| 0..number(&range), |(first, end)| number(first)..number(end)),
        Err(_) => 0..SEEDS,
    }
}

#[test]
fn no_seed_deletes_what_is_not_proven_gone_and_every_seed_comes_right_in_the_end() {
    let seeds = seeds();
    let (next, failures) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..cores {
            // Mapping runs on the thread of the simulation, and needs its stack.
            let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES + (32 << 20));
            let work = || {
                while failures.lock().unwrap().len() < FAILURES_AT_MOST {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    match run(seed) {
                        Ok(events) if seeds.end - seeds.start == 1 => eprintln!("{}", events.join("\n")),
                        Ok(_) => {}
                        Err(report) => failures.lock().unwrap().push((seed, report)),
                    }
                }
            };
            thread.spawn_scoped(scope, work).unwrap();
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    let only = failures.len() == 1 || seeds.end - seeds.start == 1;
    for (seed, report) in &failures {
        let last = report.lines().last().unwrap_or_default();
        eprintln!("seed {seed}: {}", if only { report } else { last });
    }
    let again = failures.first().map(|(seed, _)| format!("PILOTAGE_SEED={seed} cargo test --test simulation"));
    assert!(failures.is_empty(), "{} seeds failed; the first alone: {}", failures.len(), again.unwrap_or_default());
}

#[test]
fn a_seed_gives_the_same_events_twice() {
    let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES + (32 << 20));
    let both = thread.spawn(|| (3..6).map(|seed| (run(seed), run(seed))).collect::<Vec<_>>()).unwrap().join().unwrap();
    for (first, second) in both {
        assert_eq!(first, second);
    }
}
