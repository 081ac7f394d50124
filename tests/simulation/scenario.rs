//! The scenario of a seed: a world, its changes, runs with faults, and at last runs without, after which the catalog must be right.

use std::collections::BTreeMap;
use std::time::Duration;

use pilotage::door::clock::Clock;
use pilotage::reconcile::decision::Decision;
use pilotage::reconcile::deletion::WithheldReason;
use pilotage::reconcile::outcome::Mode;

use super::catalog_faults::CatalogFaults;
use super::github_faults::GitHubFaults;
use super::history::State;
use super::invariants::{Case, Ideal, same};
use super::random::{Concern, RandomStream};
use super::simulated_run::{Ended, Prepared, Ran, SimulatedRun};
use super::test_catalog::{Key, Snapshot, TestCatalog};
use super::truth::Truth;

const START: &str = "2026-11-03T04:00:00Z";
const DAY: Duration = Duration::from_secs(86_400);

/// A scenario in progress.
pub(crate) struct Scenario {
    seed: u64,
    clock: Clock,
    /// The states in their order, each with the change that led to it.
    states: Vec<(String, State)>,
    /// The catalog of the runs without faults.
    reference: TestCatalog,
    /// The catalog of the runs with faults.
    faulty: TestCatalog,
    /// Contents of both. Nobody but the runs writes.
    held: (Snapshot, Snapshot),
    runs: u64,
    /// Events so far, shown when an invariant is broken.
    pub(crate) events: Vec<String>,
}

/// Conditions of a run.
struct Conditions {
    mode: Mode,
    threshold: Option<f64>,
    github_faults: GitHubFaults,
    catalog_faults: CatalogFaults,
    crash_at: Option<u64>,
    stop_at: Option<u64>,
}

impl Conditions {
    fn without_faults(mode: Mode) -> Self {
        Self {
            mode,
            threshold: None,
            github_faults: GitHubFaults::none(),
            catalog_faults: CatalogFaults::none(),
            crash_at: None,
            stop_at: None,
        }
    }

    fn drawn(seed: u64, run: u64, paths: &[String]) -> Self {
        let mut stream = RandomStream::new(seed, Concern::Conditions, run);
        let mut ending = RandomStream::new(seed, Concern::Ending, run);
        // Polls of a run are few for a small world and thousands for a large one with many faults.
        let mut poll = |percent| ending.chance(percent).then(|| 1 + ending.next() % (1 << ending.between(2, 10)));
        let (crash_at, stop_at) = (poll(15), poll(8));
        let github_faults = if stream.chance(75) { GitHubFaults::drawn(seed, run, paths) } else { GitHubFaults::none() };
        let catalog_faults = if stream.chance(60) { CatalogFaults::drawn(seed, run) } else { CatalogFaults::none() };
        let mode = if stream.chance(8) { Mode::Plan } else { Mode::Resync };
        Self { mode, threshold: None, github_faults, catalog_faults, crash_at, stop_at }
    }
}

impl Scenario {
    pub(crate) async fn begin(seed: u64) -> Self {
        let clock = Clock::starting_at(START.parse().unwrap());
        let mut states = vec![(String::new(), State::draw(seed))];
        for step in 1..=RandomStream::new(seed, Concern::History, 0).between(1, 3) {
            let mut state = states[states.len() - 1].1.clone();
            let happened = state.happen(seed, step);
            states.push((happened, state));
        }
        let blueprints = states.iter().flat_map(|(_, state)| state.mapping.blueprints()).collect();
        let reference = TestCatalog::open(seed, &clock, &blueprints).await;
        let faulty = TestCatalog::open(seed, &clock, &blueprints).await;
        let held = (reference.snapshot().await, faulty.snapshot().await);
        Self { seed, clock, states, reference, faulty, held, runs: 0, events: Vec::new() }
    }

    /// Runs the scenario to its end.
    pub(crate) async fn run(&mut self) -> Result<(), String> {
        let states = std::mem::take(&mut self.states);
        self.events.push(format!("{:?}", states[0].1));
        for (step, (happened, state)) in states.iter().enumerate() {
            self.events.push(happened.clone());
            tokio::time::sleep(DAY).await;
            let prepared = Prepared::of(state, &self.clock);
            let truth = Truth::of(&prepared).await;
            let ideal = self.run_without_faults(&prepared, &truth).await?;
            tokio::time::sleep(DAY).await;
            let times = 1 + u64::from(RandomStream::new(self.seed, Concern::Ending, 1000 + step as u64).chance(20));
            for _ in 0..times {
                let conditions = Conditions::drawn(self.seed, self.runs, &truth.paths());
                self.run_once(false, conditions, &prepared, &truth, &ideal).await?;
            }
            if step + 1 == states.len() {
                self.converge(&prepared, &truth, &ideal).await?;
            }
        }
        Ok(())
    }

    /// Makes one run and checks the invariants.
    async fn run_once(
        &mut self,
        is_reference: bool,
        conditions: Conditions,
        prepared: &Prepared,
        truth: &Truth,
        ideal: &Ideal,
    ) -> Result<(Ran, Snapshot), String> {
        self.runs += 1;
        let catalog = if is_reference { &self.reference } else { &self.faulty };
        let before = std::mem::take(if is_reference { &mut self.held.0 } else { &mut self.held.1 });
        let Conditions { mode, threshold, github_faults, catalog_faults, crash_at, stop_at } = conditions;
        self.events.push(format!(
            "run {} ({mode:?}, {}): GitHub: {github_faults}; catalog: {catalog_faults}; crash at {crash_at:?}, stop at {stop_at:?}",
            self.runs,
            if is_reference { "without faults" } else { "with faults" },
        ));
        let mapping = &prepared.state.mapping;
        let (clock, seed, number) = (&self.clock, self.seed, self.runs);
        let simulated = SimulatedRun {
            prepared,
            catalog,
            clock,
            seed,
            number,
            mode,
            threshold,
            github_faults,
            catalog_faults,
            crash_at,
            stop_at,
        };
        let ran = simulated.run().await;
        let after = catalog.snapshot().await;
        self.events.extend(ran.github.faults.iter().chain(&ran.catalog.faults).map(|line| format!("  {line}")));
        self.events.push(match &ran.ended {
            Ended::Done(outcome) => {
                let slices: Vec<_> = outcome
                    .slices
                    .iter()
                    .map(|slice| format!("{}:{} {}", slice.resource, slice.scope, slice.end.name()))
                    .collect();
                let counts: Vec<_> = outcome.resources.iter().map(|told| (told.created, told.updated, told.unchanged)).collect();
                format!("  done{}: {slices:?} {counts:?} {:?}", if outcome.aborted { " (aborted)" } else { "" }, outcome.deletion)
            }
            Ended::Broke(error) => format!("  broke off: {error}"),
            Ended::Crashed => "  crashed".to_owned(),
        });
        let made = Ideal::of(&ran, &after, truth);
        let ideal = if is_reference && mode == Mode::Resync && threshold.is_none() { &made } else { ideal };
        let threshold = threshold.unwrap_or(mapping.threshold);
        let case = Case { mapping, threshold, truth, ideal, before: &before, after: &after, ran: &ran };
        case.check().map_err(|violation| format!("run {}: {violation}", self.runs))?;
        *(if is_reference { &mut self.held.0 } else { &mut self.held.1 }) = after.clone();
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok((ran, after))
    }

    /// Makes a plan and the resync that it predicts, both without faults.
    async fn run_without_faults(&mut self, prepared: &Prepared, truth: &Truth) -> Result<Ideal, String> {
        let nothing = Ideal::default();
        let (plan, _) = self.run_once(true, Conditions::without_faults(Mode::Plan), prepared, truth, &nothing).await?;
        let (ran, after) = self.run_once(true, Conditions::without_faults(Mode::Resync), prepared, truth, &nothing).await?;
        if let (Ended::Done(outcome), false) = (&ran.ended, truth.keeps_some()) {
            if !outcome.is_complete() {
                return Err(format!("a run without faults is not whole: {outcome:?}"));
            }
        } else if !matches!(ran.ended, Ended::Done(_)) {
            return Err("a run without faults broke off".to_owned());
        }
        let (planned, done) = (decisions(&plan), decisions(&ran));
        for (key, decision) in &planned {
            // That others relate to an entity is known from the catalog's answer to its deletion.
            let is_held =
                matches!((decision, done.get(key)), (Decision::Delete(_), Some(Decision::Withheld(WithheldReason::Dependents))));
            if done.get(key) != Some(decision) && !(is_held && truth.keeps_some()) {
                return Err(format!("planned for {key:?}: {decision:?}; done: {:?}", done.get(key)));
            }
        }
        match done.keys().find(|key| !planned.contains_key(*key)) {
            Some(key) => Err(format!("not planned for {key:?}: {:?}", done.get(key))),
            None => Ok(Ideal::of(&ran, &after, truth)),
        }
    }

    /// Makes two runs without faults, which must bring the catalog to where it would be had there never been any.
    async fn converge(&mut self, prepared: &Prepared, truth: &Truth, ideal: &Ideal) -> Result<(), String> {
        let mapping = &prepared.state.mapping;
        for _ in 0..2 {
            self.run_once(false, Conditions::without_faults(Mode::Resync), prepared, truth, ideal).await?;
        }
        let (plan, mut faulty) = self.run_once(false, Conditions::without_faults(Mode::Plan), prepared, truth, ideal).await?;
        // The catalog does not delete entities that others relate to which are kept.
        let is_refused = |decision: &Decision| matches!(decision, Decision::Delete(_)) && truth.keeps_some();
        let changes =
            |decision: &Decision| !matches!(decision, Decision::Unchanged | Decision::Withheld(_)) && !is_refused(decision);
        if let Some((key, decision)) = decisions(&plan).iter().find(|(_, decision)| changes(decision)) {
            return Err(format!("a plan after the resync wants {decision:?} of {key:?}"));
        }
        let mut reference = self.held.0.clone();
        if mapping.threshold < 1.0 {
            // The entities that a threshold keeps depend on the runs before; without it both must be what is desired.
            for is_reference in [true, false] {
                let conditions = Conditions { threshold: Some(1.0), ..Conditions::without_faults(Mode::Resync) };
                let (_, after) = self.run_once(is_reference, conditions, prepared, truth, ideal).await?;
                *(if is_reference { &mut reference } else { &mut faulty }) = after;
            }
        }
        for (key, (number, _)) in &ideal.desired {
            match (reference.entities.get(key), faulty.entities.get(key)) {
                (Some(left), Some(right)) if same(mapping, *number, left, right) => {}
                (left, right) => return Err(format!("{key:?} is {right:?} and without faults {left:?}")),
            }
        }
        // Where items are never mapped nothing is deleted, so the entities that are left depend on the runs before.
        // The same holds where the mapping keeps entities, or where GitHub has no report.
        if !truth.keeps_some() && reference.owned != faulty.owned {
            let (left, right) = (&reference.owned, &faulty.owned);
            return Err(format!("too many: {:?}; too few: {:?}", right - left, left - right));
        }
        Ok(())
    }
}

fn decisions(ran: &Ran) -> BTreeMap<Key, Decision> {
    ran.decided.iter().map(|decided| (decided.key.clone(), decided.decision.clone())).collect()
}
