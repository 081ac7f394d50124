//! Lists what we own and deletes what is proven gone. What may go is decided in [`crate::reconcile::deletion`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::blueprints::Blueprints;
use super::fingerprints::Fingerprints;
use super::load::Ledger;
use super::observe::Observer;
use super::review::Reviewed;
use crate::catalog::{Catalog, CatalogError};
use crate::model::current::OwnedEntity;
use crate::model::entity::EntityKey;
use crate::model::slice::Slice;
use crate::reconcile::completeness::{ResourceYield, could_produce, unproven};
use crate::reconcile::decision::{Decision, DeletionReason};
use crate::reconcile::deletion::{DeletionFacts, DeletionThreshold, WithheldReason, decide};
use crate::reconcile::dependents::{Held, held};
use crate::reconcile::missing_days::MissingDays;
use crate::reconcile::order::{dependencies_first, depends_on};
use crate::reconcile::outcome::{BlueprintDeletion, DeletionOutcome, Mode, RefusedEntity};
use crate::reconcile::past_days::PastDays;
use crate::reconcile::protection::protected;
use crate::reconcile::window::{Coverage, Window, window_of};

/// Entities that are deleted between two checks of the stop token: one request's worth.
const DELETED_AT_ONCE: usize = 100;

/// Everything that deletion depends on.
pub struct Deletion<'a> {
    /// Catalog whose entities are deleted.
    pub catalog: &'a Catalog,
    /// Keys that the run desired and created.
    pub ledger: &'a Ledger,
    /// Relations, for the order.
    pub blueprints: &'a Blueprints,
    /// Blueprints and identifiers that each resource can give.
    pub yields: &'a [ResourceYield],
    /// Slices of the run with their ends.
    pub slices: &'a [Slice],
    /// Those of them that stand for what this run was not to read.
    pub left_out: &'a [Slice],
    /// The mapping's threshold, or what overrides it.
    pub threshold: DeletionThreshold,
    /// Deletes the entities that depend on a deleted one too.
    pub dependents: bool,
    /// Keeps entities that desired ones relate to.
    pub spare_related: bool,
    /// Start of the run. An entity that changed later is not deleted.
    pub began: Timestamp,
    /// The deletions that may be made; none when all may.
    pub reviewed: Option<&'a Reviewed>,
    /// A reason to delete nothing.
    pub whole_run: Option<WithheldReason>,
    /// Plans list and decide, and delete nothing.
    pub mode: Mode,
    /// Cancelled to stop the run: entities that are not deleted by then stay.
    pub stop: &'a CancellationToken,
}

/// Entities that nothing desires any more, by blueprint.
type Candidates = BTreeMap<String, Vec<String>>;

impl Deletion<'_> {
    /// Lists, decides, deletes.
    ///
    /// # Flow
    /// Lists the entities that the integration owns, page by page; those that this run did not see are candidates, but for those that may
    /// be of kinds that it was not to read: it has nothing to say of them. Decides by
    /// blueprint ([`crate::reconcile::deletion::decide`]), then deletes in hundreds, those that relate to others first.
    ///
    /// # Guarantees
    /// Only owned entities are deleted, and only for a decision without a reason to withhold. Of a blueprint that lacks nothing but
    /// suppressed teams, days before every window are decided on without the others ([`PastDays`]). A listing that fails withholds every
    /// deletion. Every candidate is told to the observer once, with its decision.
    ///
    /// # Cancellation
    /// After `stop` no further request to delete is sent; the entities that are left are counted as withheld.
    pub async fn carry_out(&self, observer: &dyn Observer) -> DeletionOutcome {
        let listed = tokio::select! {
            biased;
            () = self.stop.cancelled() => return DeletionOutcome::default(),
            listed = self.candidates() => listed,
        };
        let (owned, candidates) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                let listing_error = Some(format!("cannot list the entities we own, so none is deleted: {error}"));
                return DeletionOutcome { listing_error, ..DeletionOutcome::default() };
            }
        };
        let mut outcome = DeletionOutcome { owned, ..DeletionOutcome::default() };
        let names: Vec<String> = candidates.keys().cloned().collect();
        // Blueprints that the mapping no longer writes to are here for the first time, and their relations count for the order.
        for name in &names {
            if let Err(error) = self.blueprints.learn(self.catalog, name).await {
                let listing_error = Some(format!("cannot find out what relates to what, so nothing is deleted: {error}"));
                return DeletionOutcome { listing_error, ..outcome };
            }
        }
        let dependencies = self.blueprints.dependencies();
        let (mut unproven, protected) = (unproven(&names, self.yields, self.slices), protected(&names, self.yields));
        let (mut candidates, mut uncovered) = (candidates, BTreeMap::<String, Vec<(Vec<String>, WithheldReason)>>::new());
        let is_left_out = |name: &String| self.left_out.iter().any(|slice| could_produce(name, self.yields, slice));
        let left_out: Vec<&String> = names.iter().filter(|name| is_left_out(name)).collect();
        candidates.retain(|name, _| !left_out.contains(&name));
        for (name, identifiers) in &mut candidates {
            // What is kept as a whole needs no reason for each day.
            if self.whole_run.is_some() || protected.contains_key(name) {
                continue;
            }
            let mut kept = Vec::new();
            if let Some(because) = unproven.get(name) {
                let Some(recent) = self.take_recent(name, identifiers, &dependencies) else { continue };
                kept.push((recent, WithheldReason::Unproven { because: because.clone() }));
                unproven.remove(name);
            }
            kept.extend(self.take_uncovered(name, identifiers));
            kept.retain(|(kept, _)| !kept.is_empty());
            if !kept.is_empty() {
                uncovered.insert(name.clone(), kept);
            }
        }
        let case = DeletionFacts {
            candidates: &candidates.iter().map(|(name, list)| (name.clone(), list.len() as u64)).collect(),
            owned,
            unproven: &unproven,
            protected: &protected,
            threshold: self.threshold,
            whole_run: self.whole_run.clone(),
        };
        let decisions = decide(&case);
        // What depends on others goes first.
        let mut order = dependencies_first(&names, &dependencies);
        order.reverse();
        let withheld = decisions.iter().filter(|(_, reason)| reason.is_some()).map(|(name, _)| name);
        // What is never deleted is not deleted along either, also where all of it is desired.
        let never = self.yields.iter().filter(|resource| !resource.enable_delete).filter_map(|it| it.blueprint.as_ref());
        let kept: Vec<&String> = withheld.chain(never).chain(uncovered.keys()).chain(left_out).collect();
        for blueprint in order {
            // Deleting what depends on an entity must not reach what is withheld.
            let reaches_kept = kept.iter().any(|kept| depends_on(kept, &blueprint, &dependencies));
            let mut one = OfBlueprint {
                dependents: self.dependents && !reaches_kept,
                relates_to_itself: depends_on(&blueprint, &blueprint, &dependencies),
                window: window_of(&blueprint, self.yields, self.slices),
                held: Vec::new(),
                further_requests: 0,
                blueprint,
            };
            for (identifiers, reason) in uncovered.get(&one.blueprint).into_iter().flatten() {
                one.keep(identifiers, reason.clone(), &mut outcome, observer);
            }
            if let (Some(identifiers), Some(reason)) = (candidates.get(&one.blueprint), decisions.get(&one.blueprint)) {
                self.carry_out_one(&mut one, identifiers, reason.clone(), &mut outcome, observer).await;
            }
        }
        outcome
    }

    /// Takes out the candidates of days that the reports do not cover, and those that nobody reviewed, with the reason for which they
    /// stay.
    fn take_uncovered(&self, blueprint: &str, candidates: &mut Vec<String>) -> Vec<(Vec<String>, WithheldReason)> {
        let mut uncovered = Vec::new();
        let coverage = Coverage::of(blueprint, self.yields, self.slices);
        let kept: Vec<String> = candidates.extract_if(.., |identifier| coverage.gap(identifier).is_some()).collect();
        if let Some((report, first, last)) = kept.first().and_then(|identifier| coverage.gap(identifier)) {
            let reason = WithheldReason::BeyondReport { report: report.to_owned(), first, last };
            uncovered.push((kept, reason));
        }
        let missing = MissingDays::of(blueprint, self.yields, self.slices);
        let kept: Vec<String> = candidates.extract_if(.., |identifier| missing.keep(identifier)).collect();
        uncovered.push((kept, WithheldReason::MissingDays { reports: missing.reports().to_vec(), days: missing.days() }));
        if let Some(reviewed) = self.reviewed {
            let is_new = |identifier: &String| {
                !reviewed.allows_deletion(&EntityKey { blueprint: blueprint.to_owned(), identifier: identifier.clone() })
            };
            let kept: Vec<String> = candidates.extract_if(.., |identifier| is_new(identifier)).collect();
            uncovered.push((kept, WithheldReason::NotReviewed));
        }
        uncovered
    }

    /// Takes out the candidates that may be of a suppressed team. None, and all are left, if none of the others is proven to be gone.
    fn take_recent(
        &self,
        blueprint: &str,
        candidates: &mut Vec<String>,
        dependencies: &BTreeMap<String, BTreeSet<String>>,
    ) -> Option<Vec<String>> {
        // What is not shown could relate to an older day, and what others relate to is kept.
        let relating = dependencies.iter().filter(|(_, targets)| targets.contains(blueprint)).map(|(name, _)| name.clone());
        if self.spare_related && !unproven(&relating.collect::<Vec<_>>(), self.yields, self.slices).is_empty() {
            return None;
        }
        let past = PastDays::of(blueprint, self.yields, self.slices)?;
        candidates.iter().any(|identifier| past.proves_gone(identifier)).then_some(())?;
        Some(candidates.extract_if(.., |identifier| !past.proves_gone(identifier)).collect())
    }

    /// Deletes the candidates of one blueprint, or records the reason for which they stay.
    async fn carry_out_one(
        &self,
        one: &mut OfBlueprint,
        identifiers: &[String],
        mut reason: Option<WithheldReason>,
        outcome: &mut DeletionOutcome,
        observer: &dyn Observer,
    ) {
        let mut deleted = 0;
        for some in identifiers.chunks(DELETED_AT_ONCE) {
            if reason.is_none() && self.stop.is_cancelled() {
                reason = Some(WithheldReason::Aborted);
            }
            let held_before = one.held.len();
            if reason.is_none() {
                deleted += self.delete(one, some, outcome).await;
            }
            let held = &one.held[held_before..];
            let told: Vec<String> = some.iter().filter(|identifier| !held.contains(identifier)).cloned().collect();
            one.tell(&told, reason.as_ref(), observer);
        }
        // What relates to them may have gone meanwhile.
        if one.relates_to_itself && !one.held.is_empty() && !self.stop.is_cancelled() {
            let again = std::mem::take(&mut one.held);
            for some in again.chunks(DELETED_AT_ONCE) {
                deleted += self.delete(one, some, outcome).await;
            }
            let gone: Vec<String> = again.into_iter().filter(|identifier| !one.held.contains(identifier)).collect();
            one.tell(&gone, None, observer);
        }
        let held = std::mem::take(&mut one.held);
        if !held.is_empty() {
            one.keep(&held, WithheldReason::Dependents, outcome, observer);
        }
        let candidates = (identifiers.len() - held.len()) as u64;
        if candidates > 0 {
            outcome.blueprints.push(BlueprintDeletion { blueprint: one.blueprint.clone(), candidates, deleted, reason });
        }
    }

    /// Number of owned entities before the run, and those of them that nothing desires or relates to any more.
    async fn candidates(&self) -> Result<(u64, Candidates), CatalogError> {
        let mut owned = 0_u64;
        let mut candidates = Candidates::new();
        let mut undated = Fingerprints::default();
        let mut listed = Fingerprints::default();
        let mut pages = self.catalog.owned(None);
        while let Some(page) = pages.next().await? {
            for OwnedEntity { blueprint, identifier, updated_at } in page {
                let key = EntityKey { blueprint, identifier };
                // A listing that changes while it is read may show an entity on two pages. Shares are of entities, not of lines.
                if !listed.insert(key.fingerprint()) {
                    continue;
                }
                let is_of_this_run = updated_at.is_some_and(|updated_at| updated_at >= self.began);
                owned += u64::from(!(is_of_this_run && self.may_be_uncounted(&key)));
                if self.is_wanted(&key) || is_of_this_run {
                    continue;
                }
                if updated_at.is_none() {
                    undated.insert(key.fingerprint());
                }
                candidates.entry(key.blueprint).or_default().push(key.identifier);
            }
        }
        if !undated.is_empty() {
            self.keep_older(&mut candidates, undated).await?;
        }
        // The catalog lists in an order of its own; the same plan is to read the same.
        candidates.values_mut().for_each(|identifiers| identifiers.sort_unstable());
        // What a plan would create is not listed, unless it is there already.
        let created = if self.mode == Mode::Plan { self.ledger.completed } else { self.ledger.created };
        Ok((owned.saturating_sub(created), candidates))
    }

    /// True for an entity that this run may have created without counting it: others relate to it, or the answer to its creation
    /// was lost. The integration did not own it before.
    fn may_be_uncounted(&self, key: &EntityKey) -> bool {
        let fingerprint = key.fingerprint();
        let is_only_related = self.ledger.related.contains(&fingerprint) && !self.ledger.desired.contains(&fingerprint);
        is_only_related || self.ledger.refused_creations.contains(&fingerprint)
    }

    fn is_wanted(&self, key: &EntityKey) -> bool {
        let fingerprint = key.fingerprint();
        self.ledger.desired.contains(&fingerprint) || (self.spare_related && self.ledger.related.contains(&fingerprint))
    }

    /// A catalog that does not date the entities it lists can still be asked for those older than the run.
    async fn keep_older(&self, candidates: &mut Candidates, mut undated: Fingerprints) -> Result<(), CatalogError> {
        let mut pages = self.catalog.owned(Some(self.began));
        while let Some(page) = pages.next().await? {
            for OwnedEntity { blueprint, identifier, .. } in page {
                undated.remove(&EntityKey { blueprint, identifier }.fingerprint());
            }
        }
        // What is left was changed since the run began.
        for (blueprint, identifiers) in candidates.iter_mut() {
            identifiers.retain(|identifier| {
                let key = EntityKey { blueprint: blueprint.clone(), identifier: identifier.clone() };
                !undated.contains(&key.fingerprint())
            });
        }
        candidates.retain(|_, identifiers| !identifiers.is_empty());
        Ok(())
    }

    /// Deletes some entities. Those that others relate to are added to the held ones, see [`crate::reconcile::dependents`].
    async fn delete(&self, one: &mut OfBlueprint, identifiers: &[String], outcome: &mut DeletionOutcome) -> u64 {
        if self.mode == Mode::Plan {
            return identifiers.len() as u64;
        }
        let mut deleted = 0;
        let mut open = vec![identifiers.to_vec()];
        while let Some(some) = open.pop() {
            let report = match self.catalog.delete(&one.blueprint, &some, one.dependents).await {
                Ok(report) => report,
                Err(error) => {
                    // Nothing else would work either.
                    let left = some.into_iter().chain(open.into_iter().flatten());
                    left.for_each(|identifier| one.refuse(identifier, error.to_string(), outcome));
                    return deleted;
                }
            };
            deleted += report.deleted.len() as u64;
            for mut refused in report.refused {
                if !refused.has_dependents {
                    let reason = refused.reason;
                    refused.identifiers.into_iter().for_each(|identifier| one.refuse(identifier, reason.clone(), outcome));
                    continue;
                }
                match held(refused.identifiers.len(), one.further_requests) {
                    Held::Withheld => one.held.append(&mut refused.identifiers),
                    Held::Halved(first) => {
                        one.further_requests += 2;
                        let second = refused.identifiers.split_off(first);
                        open.extend([second, refused.identifiers]);
                    }
                }
            }
        }
        deleted
    }
}

/// One blueprint, while its entities are deleted.
struct OfBlueprint {
    blueprint: String,
    /// Deletes the entities that depend on one too.
    dependents: bool,
    /// True where entities of the blueprint may relate to each other.
    relates_to_itself: bool,
    window: Option<Window>,
    /// Entities that the catalog did not delete because others relate to them.
    held: Vec<String>,
    /// Requests that were made to find those.
    further_requests: usize,
}

impl OfBlueprint {
    fn key(&self, identifier: String) -> EntityKey {
        EntityKey { blueprint: self.blueprint.clone(), identifier }
    }

    fn refuse(&self, identifier: String, reason: String, outcome: &mut DeletionOutcome) {
        outcome.refused.add(RefusedEntity { entity: self.key(identifier), reason });
    }

    /// Records entities that stay for a reason of their own.
    fn keep(&self, identifiers: &[String], reason: WithheldReason, outcome: &mut DeletionOutcome, observer: &dyn Observer) {
        self.tell(identifiers, Some(&reason), observer);
        let (blueprint, candidates) = (self.blueprint.clone(), identifiers.len() as u64);
        outcome.blueprints.push(BlueprintDeletion { blueprint, candidates, deleted: 0, reason: Some(reason) });
    }

    fn tell(&self, identifiers: &[String], kept: Option<&WithheldReason>, observer: &dyn Observer) {
        for identifier in identifiers {
            let left = self.window.filter(|window| window.is_past(identifier));
            let decision = match kept {
                Some(reason) => Decision::Withheld(reason.clone()),
                None => Decision::Delete(left.map_or(DeletionReason::Undesired, DeletionReason::LeftWindow)),
            };
            observer.decided(&self.key(identifier.clone()), &decision);
        }
    }
}

#[cfg(test)]
mod tests;
