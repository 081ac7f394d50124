//! Sends refused entities again at the end of a run: what they relate to may exist by then.
//!
//! An entity that relates to one that is not there is refused, and so is whatever relates to it. Each round sends those whose
//! relations may have come to be since they were refused, so that a chain grows by a link per round at least, across resources and
//! blueprints, while what is refused for another reason is sent once more and not again.

use std::collections::{BTreeMap, HashSet};

use tokio_util::sync::CancellationToken;

use super::load::{Compared, Ledger, Loader, Refused, refusal, tally, targets};
use super::observe::Observer;
use crate::catalog::{CatalogError, UpsertResult};
use crate::model::entity::Entity;
use crate::reconcile::decision::Decision;
use crate::reconcile::order::dependencies_first;
use crate::reconcile::outcome::{Refusal, ResourceOutcome};

/// Rounds at most: the longest chain that is finished in one run. Hierarchies of people and teams have some ten levels; what is
/// longer goes on with the next resync.
const ROUNDS_AT_MOST: u32 = 100;

/// What sending again needs.
pub struct Resend<'a> {
    /// How to send, and what relates to what.
    pub loader: &'a Loader,
    /// Who is told of what is carried out.
    pub observer: &'a dyn Observer,
    /// Tells to stop: what is refused by then stays refused.
    pub stop: &'a CancellationToken,
}

impl Resend<'_> {
    /// Sends what the ledger keeps as refused, in rounds, until a round makes no progress or nothing is left. What is left is counted
    /// as refused in the outcome of its resource.
    ///
    /// # Errors
    /// When the catalog cannot be used any more, see [`CatalogError`].
    pub async fn send(&self, ledger: &mut Ledger, resources: &mut [ResourceOutcome]) -> Result<(), CatalogError> {
        let mut due = ledger.take_refused();
        let mut left: Vec<Refused> = Vec::new();
        for _ in 0..ROUNDS_AT_MOST {
            if due.is_empty() || self.stop.is_cancelled() {
                break;
            }
            let accepted = self.round(due, &mut left, ledger, resources).await?;
            (due, left) = left.into_iter().partition(|refused| self.may_work_now(&refused.entity, &accepted));
        }
        let not_sent = self.stop.is_cancelled().then_some("not sent again, because the run was told to stop; before: ");
        for Refused { resource, entity, reason, .. } in due {
            let reason = format!("{}{reason}", not_sent.unwrap_or_default());
            resources[resource].refused.add(Refusal { entity: entity.into_key(), reason });
        }
        for Refused { resource, entity, reason, .. } in left {
            resources[resource].refused.add(Refusal { entity: entity.into_key(), reason });
        }
        Ok(())
    }

    /// Whether something that an entity relates to has come to be.
    fn may_work_now(&self, entity: &Entity, accepted: &HashSet<u128>) -> bool {
        let targets = targets(entity, &self.loader.blueprints);
        !accepted.is_empty() && (targets.has_others || targets.known.iter().any(|target| accepted.contains(target)))
    }

    /// Sends each of them once, blueprints that others relate to first. Adds those that are refused to `left`, and gives the
    /// fingerprints of the others.
    async fn round(
        &self,
        due: Vec<Refused>,
        left: &mut Vec<Refused>,
        ledger: &mut Ledger,
        resources: &mut [ResourceOutcome],
    ) -> Result<HashSet<u128>, CatalogError> {
        let mut groups: BTreeMap<String, Vec<Refused>> = BTreeMap::new();
        for refused in due {
            groups.entry(refused.entity.blueprint.clone()).or_default().push(refused);
        }
        let names: Vec<String> = groups.keys().cloned().collect();
        let mut accepted = HashSet::new();
        for blueprint in dependencies_first(&names, &self.loader.blueprints.dependencies()) {
            let group = groups.remove(&blueprint).unwrap_or_default();
            let (entities, decisions): (Vec<Entity>, Vec<(usize, Compared)>) =
                group.into_iter().map(|Refused { resource, entity, compared, .. }| (entity, (resource, compared))).unzip();
            let results = self.loader.catalog.upsert(&blueprint, &entities, self.loader.flags).await?;
            for ((entity, (resource, compared)), result) in entities.into_iter().zip(decisions).zip(results) {
                let decision = match result {
                    UpsertResult::Created => Decision::Create,
                    UpsertResult::Updated => ledger.decide(&entity.key(), compared),
                    UpsertResult::Unresolved => continue,
                    UpsertResult::Refused { status, code, message } => {
                        left.push(Refused { resource, entity, compared, reason: refusal(status, code, &message) });
                        continue;
                    }
                };
                let key = entity.into_key();
                tally(&decision, &mut resources[resource], ledger);
                ledger.refused_creations.remove(&key.fingerprint());
                accepted.insert(key.fingerprint());
                self.observer.decided(&key, &decision);
            }
        }
        Ok(accepted)
    }
}
