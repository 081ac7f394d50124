//! The course of a seed: a world, what happens to it, runs in all weathers, and the calm in which everything must come right.

use std::collections::BTreeMap;
use std::time::Duration;

use pilotage::door::clock::Clock;
use pilotage::reconcile::decision::Decision;
use pilotage::reconcile::outcome::Mode;

use super::catalog_wire::Climate;
use super::history::State;
use super::invariants::{Case, Ideal, same};
use super::place::{Key, Place, Snapshot};
use super::stream::{Concern, Stream};
use super::truth::Truth;
use super::voyage::{Ended, Prepared, Ran, Voyage};
use super::weather::Weather;

const START: &str = "2026-11-03T04:00:00Z";
const DAY: Duration = Duration::from_secs(86_400);

/// A course on its way.
pub(crate) struct Course {
    seed: u64,
    clock: Clock,
    /// One after the other, each with what led to it.
    states: Vec<(String, State)>,
    /// Where nothing goes wrong.
    reference: Place,
    /// Where everything does.
    stormy: Place,
    /// What they hold: nobody but the runs writes.
    held: (Snapshot, Snapshot),
    runs: u64,
    /// What has happened, for whoever must find out why.
    pub(crate) story: Vec<String>,
}

/// How a run goes.
struct Conditions {
    mode: Mode,
    threshold: Option<f64>,
    weather: Weather,
    climate: Climate,
    crash_at: Option<u64>,
    stop_at: Option<u64>,
}

impl Conditions {
    fn calm(mode: Mode) -> Self {
        Self { mode, threshold: None, weather: Weather::calm(), climate: Climate::calm(), crash_at: None, stop_at: None }
    }

    fn drawn(seed: u64, run: u64, paths: &[String]) -> Self {
        let mut stream = Stream::new(seed, Concern::Weather, run);
        let mut ending = Stream::new(seed, Concern::Ending, run);
        // Polls of a run are few for a small world and thousands for a large one in a storm.
        let mut poll = |percent| ending.chance(percent).then(|| 1 + ending.next() % (1 << ending.between(2, 10)));
        let (crash_at, stop_at) = (poll(15), poll(8));
        let weather = if stream.chance(75) { Weather::drawn(seed, run, paths) } else { Weather::calm() };
        let climate = if stream.chance(60) { Climate::drawn(seed, run) } else { Climate::calm() };
        let mode = if stream.chance(8) { Mode::Plan } else { Mode::Resync };
        Self { mode, threshold: None, weather, climate, crash_at, stop_at }
    }
}

impl Course {
    pub(crate) async fn begin(seed: u64) -> Self {
        let clock = Clock::starting_at(START.parse().unwrap());
        let mut states = vec![(String::new(), State::draw(seed))];
        for step in 1..=Stream::new(seed, Concern::History, 0).between(1, 3) {
            let mut state = states[states.len() - 1].1.clone();
            let happened = state.happen(seed, step);
            states.push((happened, state));
        }
        let blueprints = states.iter().flat_map(|(_, state)| state.draft.blueprints()).collect();
        let reference = Place::open(seed, &clock, &blueprints).await;
        let stormy = Place::open(seed, &clock, &blueprints).await;
        let held = (reference.snapshot().await, stormy.snapshot().await);
        Self { seed, clock, states, reference, stormy, held, runs: 0, story: Vec::new() }
    }

    /// From the beginning to the end.
    pub(crate) async fn sail(&mut self) -> Result<(), String> {
        let states = std::mem::take(&mut self.states);
        self.story.push(format!("{:?}", states[0].1));
        for (step, (happened, state)) in states.iter().enumerate() {
            self.story.push(happened.clone());
            tokio::time::sleep(DAY).await;
            let prepared = Prepared::of(state, &self.clock);
            let truth = Truth::of(&prepared).await;
            let ideal = self.run_in_calm(&prepared, &truth).await?;
            tokio::time::sleep(DAY).await;
            let times = 1 + u64::from(Stream::new(self.seed, Concern::Ending, 1000 + step as u64).chance(20));
            for _ in 0..times {
                let conditions = Conditions::drawn(self.seed, self.runs, &truth.paths());
                self.run(false, conditions, &prepared, &truth, &ideal).await?;
            }
            if step + 1 == states.len() {
                self.converge(&prepared, &truth, &ideal).await?;
            }
        }
        Ok(())
    }

    /// One run, checked.
    async fn run(
        &mut self,
        is_reference: bool,
        conditions: Conditions,
        prepared: &Prepared,
        truth: &Truth,
        ideal: &Ideal,
    ) -> Result<(Ran, Snapshot), String> {
        self.runs += 1;
        let place = if is_reference { &self.reference } else { &self.stormy };
        let before = std::mem::take(if is_reference { &mut self.held.0 } else { &mut self.held.1 });
        let Conditions { mode, threshold, weather, climate, crash_at, stop_at } = conditions;
        self.story.push(format!(
            "run {} ({mode:?}, {}): GitHub: {weather}; catalog: {climate}; crash at {crash_at:?}, stop at {stop_at:?}",
            self.runs,
            if is_reference { "reference" } else { "stormy" },
        ));
        let draft = &prepared.state.draft;
        let (clock, seed, number) = (&self.clock, self.seed, self.runs);
        let voyage = Voyage { prepared, place, clock, seed, number, mode, threshold, weather, climate, crash_at, stop_at };
        let ran = voyage.sail().await;
        let after = place.snapshot().await;
        self.story.extend(ran.github.faults.iter().chain(&ran.catalog.troubles).map(|line| format!("  {line}")));
        self.story.push(match &ran.ended {
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
        let threshold = threshold.unwrap_or(draft.threshold);
        let case = Case { draft, threshold, truth, ideal, before: &before, after: &after, ran: &ran };
        case.check().map_err(|violation| format!("run {}: {violation}", self.runs))?;
        *(if is_reference { &mut self.held.0 } else { &mut self.held.1 }) = after.clone();
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok((ran, after))
    }

    /// A plan and the run that it foretells, where nothing goes wrong.
    async fn run_in_calm(&mut self, prepared: &Prepared, truth: &Truth) -> Result<Ideal, String> {
        let nothing = Ideal::default();
        let (plan, _) = self.run(true, Conditions::calm(Mode::Plan), prepared, truth, &nothing).await?;
        let (ran, after) = self.run(true, Conditions::calm(Mode::Resync), prepared, truth, &nothing).await?;
        if let (Ended::Done(outcome), false) = (&ran.ended, truth.keeps_some()) {
            if !outcome.is_complete() {
                return Err(format!("a run in calm weather is not whole: {outcome:?}"));
            }
        } else if !matches!(ran.ended, Ended::Done(_)) {
            return Err("a run in calm weather broke off".to_owned());
        }
        let (planned, done) = (decisions(&plan), decisions(&ran));
        for (key, decision) in &planned {
            if done.get(key) != Some(decision) {
                return Err(format!("planned for {key:?}: {decision:?}; done: {:?}", done.get(key)));
            }
        }
        match done.keys().find(|key| !planned.contains_key(*key)) {
            Some(key) => Err(format!("not planned for {key:?}: {:?}", done.get(key))),
            None => Ok(Ideal::of(&ran, &after, truth)),
        }
    }

    /// The storm is over: two runs must bring the catalog to where it would be without one.
    async fn converge(&mut self, prepared: &Prepared, truth: &Truth, ideal: &Ideal) -> Result<(), String> {
        let draft = &prepared.state.draft;
        for _ in 0..2 {
            self.run(false, Conditions::calm(Mode::Resync), prepared, truth, ideal).await?;
        }
        let (plan, mut stormy) = self.run(false, Conditions::calm(Mode::Plan), prepared, truth, ideal).await?;
        // The catalog does not delete what others relate to that are kept.
        let is_refused = |decision: &Decision| matches!(decision, Decision::Delete(_)) && truth.keeps_some();
        let changes =
            |decision: &Decision| !matches!(decision, Decision::Unchanged | Decision::Withheld(_)) && !is_refused(decision);
        if let Some((key, decision)) = decisions(&plan).iter().find(|(_, decision)| changes(decision)) {
            return Err(format!("a plan after the resync wants {decision:?} of {key:?}"));
        }
        let mut reference = self.held.0.clone();
        if draft.threshold < 1.0 {
            // What a threshold keeps depends on the way there; without it both must be what is desired.
            for is_reference in [true, false] {
                let conditions = Conditions { threshold: Some(1.0), ..Conditions::calm(Mode::Resync) };
                let (_, after) = self.run(is_reference, conditions, prepared, truth, ideal).await?;
                *(if is_reference { &mut reference } else { &mut stormy }) = after;
            }
        }
        for (key, (number, _)) in &ideal.desired {
            match (reference.entities.get(key), stormy.entities.get(key)) {
                (Some(left), Some(right)) if same(draft, *number, left, right) => {}
                (left, right) => return Err(format!("{key:?} is {right:?} and without faults {left:?}")),
            }
        }
        // Where items are never mapped nothing is deleted, so what is left depends on the way there;
        // so it does where the mapping says that it is kept, or where GitHub has no report.
        if !truth.keeps_some() && reference.owned != stormy.owned {
            let (left, right) = (&reference.owned, &stormy.owned);
            return Err(format!("too many: {:?}; too few: {:?}", right - left, left - right));
        }
        Ok(())
    }
}

fn decisions(ran: &Ran) -> BTreeMap<Key, Decision> {
    ran.decided.iter().map(|decided| (decided.key.clone(), decided.decision.clone())).collect()
}
