//! Invariants that hold after every run, whatever its faults.

use std::collections::{BTreeMap, BTreeSet};

use pilotage::model::slice::{Slice, SliceEnd};
use pilotage::reconcile::decision::Decision;
use pilotage::reconcile::outcome::{Mode, Outcome};

use super::generated_mapping::{BLUEPRINTS, GeneratedMapping};
use super::github_wire::LogKey;
use super::simulated_run::{Ended, GITHUB_TOKEN, Ran};
use super::test_catalog::{CLIENT_SECRET, Held, Key, Snapshot};
use super::truth::Truth;

/// The result of a run without faults.
#[derive(Default)]
pub(crate) struct Ideal {
    /// Desired entities, with the resource that desires them.
    pub(crate) desired: BTreeMap<Key, (usize, Held)>,
    /// Entities that the desired ones relate to.
    pub(crate) related: BTreeSet<Key>,
    /// Items by resource and scope.
    pub(crate) items: BTreeMap<(usize, String), u64>,
}

impl Ideal {
    /// Takes it from a run without faults and the catalog after it.
    pub(crate) fn of(ran: &Ran, after: &Snapshot, truth: &Truth) -> Self {
        let mut ideal = Self::default();
        for decided in &ran.decided {
            if matches!(decided.decision, Decision::Delete(_) | Decision::Withheld(_)) {
                continue;
            }
            let Some(held) = after.entities.get(&decided.key) else { continue };
            ideal.related.extend(targets(&decided.key, held));
            let scope = held.properties.get("scope").and_then(|scope| scope.as_str());
            let number = truth.origin(&decided.key.0, scope).expect("an entity of a resource");
            ideal.desired.insert(decided.key.clone(), (number, held.clone()));
        }
        if let Ended::Done(outcome) = &ran.ended {
            ideal.items = outcome.slices.iter().map(|slice| ((slice.resource, slice.scope.clone()), slice.items)).collect();
        }
        ideal
    }
}

/// Entities that an entity relates to.
fn targets(key: &Key, held: &Held) -> Vec<Key> {
    let blueprint = BLUEPRINTS.iter().find(|(name, _)| *name == key.0);
    let relations = blueprint.map(|(_, relations)| *relations).unwrap_or_default();
    let target = |(name, target): &(&str, &str)| Some(((*target).to_owned(), held.relations.get(*name)?.as_str()?.to_owned()));
    relations.iter().filter_map(target).collect()
}

/// Tells whether an entity has nothing but a name.
fn is_bare(held: &Held) -> bool {
    held.properties.values().chain(held.relations.values()).all(serde_json::Value::is_null)
}

/// Tells whether two entities are the same under a mapping.
pub(crate) fn same(mapping: &GeneratedMapping, resource: usize, left: &Held, right: &Held) -> bool {
    let stripped = |held: &Held| {
        let mut held = held.clone();
        if mapping.merge && mapping.resources.get(resource).is_none_or(|generated| !generated.has_extra) {
            held.properties.remove("extra");
        }
        held.properties.retain(|_, value| !value.is_null());
        held.relations.retain(|_, value| !value.is_null());
        held
    };
    stripped(left) == stripped(right)
}

/// A run that is over, with all that it is judged by.
pub(crate) struct Case<'a> {
    pub(crate) mapping: &'a GeneratedMapping,
    pub(crate) threshold: f64,
    pub(crate) truth: &'a Truth,
    /// The result without faults; empty when this run makes it.
    pub(crate) ideal: &'a Ideal,
    pub(crate) before: &'a Snapshot,
    pub(crate) after: &'a Snapshot,
    pub(crate) ran: &'a Ran,
}

type Verdict = Result<(), String>;

impl Case<'_> {
    pub(crate) fn check(&self) -> Verdict {
        self.others_are_left_alone()?;
        self.deletion_was_allowed()?;
        self.nothing_is_invented()?;
        self.nothing_secret_is_told()?;
        self.outages_have_a_budget()?;
        if let Ended::Done(outcome) = &self.ran.ended {
            self.what_proves_nothing_is_told(outcome)?;
        }
        if self.ran.mode == Mode::Plan {
            let unwritten = self.before == self.after && self.ran.catalog.writes == 0;
            return unwritten.then_some(()).ok_or_else(|| "a plan wrote to the catalog".to_owned());
        }
        let Ended::Done(outcome) = &self.ran.ended else { return Ok(()) };
        self.slices_tell_the_truth(outcome)?;
        self.counts_agree(outcome)?;
        if outcome.aborted { Ok(()) } else { self.what_was_read_is_there(outcome) }
    }

    fn gone(&self) -> impl Iterator<Item = &Key> {
        self.before.entities.keys().filter(|key| !self.after.entities.contains_key(*key))
    }

    fn others_are_left_alone(&self) -> Verdict {
        let foreign = self.before.entities.iter().filter(|(key, _)| !self.before.owned.contains(*key));
        for (key, held) in foreign {
            if self.after.entities.get(key) != Some(held) || self.after.owned.contains(key) {
                return Err(format!("{key:?} is not ours and was touched"));
            }
        }
        Ok(())
    }

    fn deletion_was_allowed(&self) -> Verdict {
        let log = &self.ran.github;
        let mut deleted = 0;
        for key in self.gone() {
            deleted += 1;
            if self.ideal.desired.contains_key(key) {
                return Err(format!("{key:?} was deleted although GitHub still has it"));
            }
            if self.mapping.create_missing && self.ideal.related.contains(key) {
                return Err(format!("{key:?} was deleted although others relate to it"));
            }
            if !self.truth.proves_absence(&key.0, log) {
                return Err(format!("{key:?} was deleted although not everything was read that it could have come from"));
            }
        }
        let owned = self.before.owned.len();
        if deleted > 0 && f64::from(deleted) / owned as f64 > self.threshold {
            return Err(format!("{deleted} of {owned} were deleted, the threshold is {}", self.threshold));
        }
        match &self.ran.ended {
            Ended::Broke(error) if deleted > 0 => Err(format!("{deleted} were deleted in a run that broke off: {error}")),
            _ => Ok(()),
        }
    }

    /// Entities that a run makes or changes are as GitHub has them, whatever arrived.
    fn nothing_is_invented(&self) -> Verdict {
        if self.truth.is_replaced(&self.ran.github) {
            // The reports have other days than the endpoint that is said to be closed.
            return Ok(());
        }
        for (key, held) in &self.after.entities {
            if self.before.entities.get(key) == Some(held) {
                continue;
            }
            let is_related = self.ideal.related.contains(key) && is_bare(held);
            let is_true = self
                .ideal
                .desired
                .get(key)
                .is_some_and(|(number, ideal)| is_bare(held) || same(self.mapping, *number, held, ideal));
            if !is_related && !is_true {
                return Err(format!("{key:?} was made up: {held:?}, and should be {:?}", self.ideal.desired.get(key)));
            }
        }
        Ok(())
    }

    /// An answer that is not whole, or not GitHub's, never leaves a run that is said to be whole.
    fn what_proves_nothing_is_told(&self, outcome: &Outcome) -> Verdict {
        if outcome.aborted || (outcome.exit_code(false) != 0 && !outcome.is_complete()) {
            return Ok(());
        }
        // An organization without teams, beside others that have some, does not matter where no entity is at stake.
        let is_at_ease = |(number, path): &LogKey| {
            let login = path.strip_prefix("/orgs/").and_then(|rest| rest.strip_suffix("/teams"));
            let is_it =
                |slice: &Slice| slice.resource == *number && login.is_some_and(|login| slice.scope == format!("{login}/*"));
            outcome.slices.iter().any(|slice| is_it(slice) && matches!(slice.end, SliceEnd::Unconfirmed { .. }))
        };
        match self.truth.doubtful(&self.ran.github).find(|key| !is_at_ease(key)) {
            Some(key) => Err(format!("{key:?} was answered with what proves nothing, and the run is said to be whole")),
            None => Ok(()),
        }
    }

    /// An endpoint that is out is not asked for ever, and one that is back is asked as before.
    fn outages_have_a_budget(&self) -> Verdict {
        let log = &self.ran.github;
        if let Some(overspent) = &log.overspent {
            return Err(format!("an endpoint that is out was asked too often: {overspent}"));
        }
        let is_over = matches!(&self.ran.ended, Ended::Done(outcome) if !outcome.aborted);
        match log.survives.iter().find(|key| is_over && !log.whole.contains(*key)) {
            Some(key) => Err(format!("{key:?} was given up after a few failures, although its endpoint answers others")),
            None => Ok(()),
        }
    }

    fn nothing_secret_is_told(&self) -> Verdict {
        let mut told = self.ran.logged.clone();
        match &self.ran.ended {
            Ended::Done(outcome) => told.push_str(&serde_json::to_string(outcome).unwrap()),
            Ended::Broke(error) => told.push_str(error),
            Ended::Crashed => {}
        }
        let secrets = [GITHUB_TOKEN, CLIENT_SECRET, "sig="].into_iter().chain(self.ran.catalog.tokens.iter().map(String::as_str));
        match secrets.into_iter().find(|secret| told.contains(*secret)) {
            Some(secret) => Err(format!("`{secret}` is told in {told}")),
            None => Ok(()),
        }
    }

    /// Every slice ends in one state, or the list that names it does, and only what arrived whole is said to be complete.
    fn slices_tell_the_truth(&self, outcome: &Outcome) -> Verdict {
        let log = &self.ran.github;
        for (number, resource) in self.truth.0.iter().enumerate() {
            for slice in &resource.slices {
                let told: Vec<_> =
                    outcome.slices.iter().filter(|told| (told.resource, &told.scope) == (number, &slice.scope)).collect();
                let arrived = self.truth.arrived(number, slice, log);
                let name = format!("slice {} of resource {number}", slice.scope);
                if told.len() > 1 || (told.is_empty() && arrived && !outcome.aborted) {
                    return Err(format!("{name} is told {} times", told.len()));
                }
                let Some(told) = told.first() else {
                    let login = slice.scope.split('/').next().unwrap_or_default();
                    let lists = [String::new(), login.to_owned(), format!("{login}/*")];
                    let mut told = outcome.slices.iter().filter(|told| told.resource == number);
                    if !outcome.aborted && !told.any(|told| lists.contains(&told.scope)) {
                        return Err(format!("{name} is not told, and neither is a list that could name it"));
                    }
                    continue;
                };
                let is_waiting = matches!(told.end, SliceEnd::NotReady { .. } | SliceEnd::Suppressed { .. });
                if !arrived && !is_waiting && outcome.exit_code(false) == 0 {
                    return Err(format!("{name} did not arrive whole, and the run ends with 0"));
                }
                if told.proves_absence() && !slice.was_read(number, log) {
                    return Err(format!("{name} is said to be {} although it did not arrive whole", told.end.name()));
                }
                let is_empty_list = slice.is_empty_list && !slice.is_replaced(number, log);
                if is_empty_list && told.proves_absence() {
                    return Err(format!("{name} is an empty list of a closed endpoint, and is said to be {}", told.end.name()));
                }
                let is_clean = arrived && !Truth::was_harmed(number, slice, log);
                if is_clean && !outcome.aborted && !(told.proves_absence() || resource.is_picky || is_empty_list) {
                    return Err(format!("{name} arrived whole and is said to be {:?}", told.end));
                }
                let items = self.ideal.items.get(&(number, slice.scope.clone()));
                // The reports have other days than the endpoint that is said to be closed.
                let is_as_ideal = !slice.is_replaced(number, log);
                if is_as_ideal && told.proves_absence() && items.is_some_and(|items| *items != told.items) {
                    return Err(format!("{name} has {items:?} items, {} were counted", told.items));
                }
            }
        }
        Ok(())
    }

    /// Counts of the outcome agree with the decisions, and the decisions with the catalog.
    fn counts_agree(&self, outcome: &Outcome) -> Verdict {
        let count =
            |is_it: fn(&Decision) -> bool| self.ran.decided.iter().filter(|decided| is_it(&decided.decision)).count() as u64;
        let created = count(|decision| matches!(decision, Decision::Create));
        let updated = count(|decision| matches!(decision, Decision::Update(_)));
        let unchanged = count(|decision| matches!(decision, Decision::Unchanged));
        let told = outcome.resources.iter().fold((0, 0, 0), |(created, updated, unchanged), told| {
            (created + told.created, updated + told.updated, unchanged + told.unchanged)
        });
        if told != (created, updated, unchanged) {
            return Err(format!("{told:?} are counted, {:?} were decided", (created, updated, unchanged)));
        }
        let mut decided: BTreeMap<&Key, &Decision> = BTreeMap::new();
        for one in &self.ran.decided {
            if let Some(other) = decided.insert(&one.key, &one.decision) {
                return Err(format!("{:?} was decided twice: {other:?}, {:?}", one.key, one.decision));
            }
        }
        let (before, after) = (self.before, self.after);
        for (key, decision) in &decided {
            let (was_ours, is_ours) = (before.owned.contains(*key), after.owned.contains(*key));
            let fits = match decision {
                Decision::Create => is_ours && (!was_ours || before.entities.get(*key).is_some_and(is_bare)),
                Decision::Update(_) => was_ours && is_ours,
                Decision::Unchanged => was_ours && before.entities.get(*key) == after.entities.get(*key),
                Decision::Withheld(_) => was_ours && is_ours,
                Decision::Delete(_) => was_ours,
                Decision::Sent => is_ours,
            };
            if !fits {
                return Err(format!("{key:?}: {decision:?}, but it was ours before: {was_ours}, and after: {is_ours}"));
            }
        }
        if self.ran.catalog.has_lied {
            // A write whose answer was lost or wrong can be counted as refused.
            return Ok(());
        }
        for key in after.entities.keys().filter(|key| !before.entities.contains_key(*key)) {
            let is_related = after.entities.iter().any(|(one, held)| targets(one, held).contains(key));
            if !matches!(decided.get(key), Some(Decision::Create)) && !is_related {
                return Err(format!("{key:?} was created without a word"));
            }
        }
        for (key, held) in &before.entities {
            let changed = after.entities.get(key).is_some_and(|after| after != held);
            let fits = match decided.get(key) {
                Some(Decision::Update(_)) => true,
                Some(Decision::Create) => is_bare(held),
                _ => false,
            };
            if changed && !fits {
                return Err(format!("{key:?} was changed, and {:?} was decided", decided.get(key)));
            }
        }
        let mut told: BTreeMap<&str, u64> = BTreeMap::new();
        for part in &outcome.deletion.blueprints {
            *told.entry(&part.blueprint).or_default() += part.deleted;
        }
        let mut gone: BTreeMap<&str, u64> = told.keys().map(|name| (*name, 0)).collect();
        self.gone().for_each(|key| *gone.entry(&key.0).or_default() += 1);
        if told != gone { Err(format!("deleted, as told: {told:?}; gone: {gone:?}")) } else { Ok(()) }
    }

    fn what_was_read_is_there(&self, outcome: &Outcome) -> Verdict {
        let (log, catalog) = (&self.ran.github, &self.ran.catalog);
        for (key, (number, ideal)) in &self.ideal.desired {
            let held = self.after.entities.get(key).filter(|held| same(self.mapping, *number, held, ideal));
            if held.is_some() {
                continue;
            }
            if outcome.is_complete() && self.truth.proves(*number, log) {
                return Err(format!(
                    "the run is said to be whole, but {key:?} is not as it should be: {:?}",
                    self.after.entities.get(key)
                ));
            }
            let scope = ideal.properties.get("scope").and_then(|scope| scope.as_str());
            let mut slices = self.truth.0[*number].slices.iter().filter(|slice| scope.is_none_or(|scope| slice.scope == scope));
            let was_read = slices.all(|slice| self.truth.arrived(*number, slice, log) && !Truth::was_harmed(*number, slice, log));
            let is_excused = catalog.refused.contains(key)
                || catalog.has_failed
                || catalog.hindered.get(key).is_some_and(|times| *times > 1)
                || targets(key, ideal).iter().any(|target| !self.after.entities.contains_key(target));
            if was_read && !is_excused {
                return Err(format!(
                    "{key:?} was read and is not as it should be: {:?}, {ideal:?}",
                    self.after.entities.get(key)
                ));
            }
        }
        Ok(())
    }
}
