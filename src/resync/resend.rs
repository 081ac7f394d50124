//! Sends refused entities again at the end of a run: what they relate to may exist by then.
//!
//! An entity that relates to one that is not there is refused, and so is whatever relates to it. Each round sends those whose
//! relations may have come to be since they were refused, so that a chain grows by a link per round at least, across resources and
//! blueprints, while what is refused for another reason is sent once more and not again.

use std::collections::{BTreeMap, HashSet};

use tokio_util::sync::CancellationToken;

use super::load::{Compared, Ledger, Loader, Refused, refusal, tally, targets};
use super::observe::Observer;
use crate::catalog::CatalogError;
use crate::model::bulk::UpsertResult;
use crate::model::entity::Entity;
use crate::reconcile::decision::Decision;
use crate::reconcile::order::dependencies_first;
use crate::reconcile::outcome::{RefusedEntity, ResourceOutcome};

/// Rounds at most: the longest chain that is finished in one run. Hierarchies of people and teams have some ten levels; what is
/// longer goes on with the next resync.
const ROUNDS_AT_MOST: u32 = 100;

/// Sending refused entities again: the loader, and the observer of the run.
pub struct Resend<'a> {
    /// Loader of the run, with the relations of its blueprints.
    pub loader: &'a Loader,
    /// Observer of what is sent.
    pub observer: &'a dyn Observer,
    /// Cancelled to stop the run: entities that are refused by then stay refused.
    pub stop: &'a CancellationToken,
}

impl Resend<'_> {
    /// Sends what the ledger keeps as refused, in rounds, until a round makes no progress or nothing is left. What is left is counted
    /// as refused in the outcome of its resource.
    ///
    /// # Errors
    /// Fails when the catalog cannot be used any more, see [`CatalogError`].
    pub async fn send(&self, ledger: &mut Ledger, resources: &mut [ResourceOutcome]) -> Result<(), CatalogError> {
        let mut due = ledger.take_refused();
        let mut left: Vec<Refused> = Vec::new();
        for _ in 0..ROUNDS_AT_MOST {
            if due.is_empty() || self.stop.is_cancelled() {
                break;
            }
            let accepted = self.round(due, &mut left, ledger, resources).await?;
            (due, left) = left.into_iter().partition(|refused| self.has_accepted_target(&refused.entity, &accepted));
        }
        let not_sent = self.stop.is_cancelled().then_some("not sent again, because the run was told to stop; before: ");
        for Refused { resource, entity, reason, .. } in due {
            let reason = format!("{}{reason}", not_sent.unwrap_or_default());
            resources[resource].refused.add(RefusedEntity { entity: entity.into_key(), reason });
        }
        for Refused { resource, entity, reason, .. } in left {
            resources[resource].refused.add(RefusedEntity { entity: entity.into_key(), reason });
        }
        Ok(())
    }

    /// True when a key that the entity relates to was accepted since.
    fn has_accepted_target(&self, entity: &Entity, accepted: &HashSet<u128>) -> bool {
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
                    UpsertResult::Updated => ledger.decide(&entity, compared),
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::{Catalog, CatalogOptions, UpsertFlags};
    use crate::door::clock::Clock;
    use crate::door::http::in_memory;
    use crate::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
    use crate::model::entity::EntityKey;
    use crate::model::fields::Fields;
    use crate::model::secret::Secret;
    use crate::reconcile::outcome::Mode;
    use crate::resync::blueprints::Blueprints;

    const URL: &str = "http://catalog.test";

    /// Notes what is carried out.
    #[derive(Default)]
    struct Noted(Mutex<Vec<String>>);

    impl Observer for Noted {
        fn decided(&self, key: &EntityKey, _: &Decision) {
            self.0.lock().unwrap().push(key.identifier.clone());
        }
    }

    struct World {
        loader: Loader,
        ledger: Ledger,
        resources: Vec<ResourceOutcome>,
        noted: Noted,
        _catalog: LocalCatalog,
    }

    impl World {
        /// A catalog with `person` and `team`, each of which relates to the other and to itself by `up`.
        async fn new() -> Self {
            let clock = Clock::system();
            let local = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, clock.clone())).unwrap();
            let catalog = Catalog::new(CatalogOptions {
                http: in_memory(local.router(URL)),
                base_url: URL.to_owned(),
                client_id: "id".to_owned(),
                client_secret: Secret::new("secret"),
                integration_identifier: "test".to_owned(),
                integration_type: "github-copilot".to_owned(),
                version: "0.0.0".to_owned(),
                clock,
                seed: 1,
            });
            let catalog = Arc::new(catalog.unwrap());
            let blueprints = Arc::new(Blueprints::default());
            let wanted = ["person", "team"].map(|name| {
                let relation = |target: &str| json!({"target": target, "many": false, "required": false});
                let relations = json!({"person": relation("person"), "team": relation("team")});
                let schema = json!({"properties": {}, "required": []});
                serde_json::from_value(json!({"identifier": name, "schema": schema, "relations": relations})).unwrap()
            });
            catalog.create_missing_blueprints(&wanted).await.unwrap();
            for name in ["person", "team"] {
                blueprints.learn(&catalog, name).await.unwrap();
            }
            let flags = UpsertFlags { merge: true, create_missing_related: false };
            Self {
                loader: Loader { catalog, flags, mode: Mode::Resync, blueprints, reviewed: None },
                ledger: Ledger::default(),
                resources: vec![ResourceOutcome::default(), ResourceOutcome::default()],
                noted: Noted::default(),
                _catalog: local,
            }
        }

        async fn load(&mut self, resource: usize, entities: Vec<Entity>) {
            let loaded = self.loader.clone().load(resource, entities).await.unwrap();
            loaded.settle(&self.loader, &mut self.resources[resource], &mut self.ledger, &self.noted);
        }

        async fn resend(&mut self) {
            let stop = CancellationToken::new();
            let resend = Resend { loader: &self.loader, observer: &self.noted, stop: &stop };
            resend.send(&mut self.ledger, &mut self.resources).await.unwrap();
        }

        fn counts(&self) -> Vec<(u64, u64)> {
            self.resources.iter().map(|outcome| (outcome.created, outcome.refused.count)).collect()
        }
    }

    fn entity(blueprint: &str, identifier: &str, relation: &str, target: &str) -> Entity {
        Entity {
            identifier: json!(identifier),
            blueprint: blueprint.into(),
            title: None,
            icon: None,
            team: None,
            properties: None,
            relations: Some(Fields::from_iter([(relation.to_owned(), Value::from(target))])),
        }
    }

    /// Each relates to the one after it, and the last to `last`.
    fn chain(length: usize, last: &str) -> Vec<Entity> {
        let name = |number: usize| if number == length { last.to_owned() } else { format!("e{number:03}") };
        (0..length).map(|number| entity("person", &name(number), "person", &name(number + 1))).collect()
    }

    #[tokio::test]
    async fn a_chain_of_any_length_is_finished_in_one_run() {
        for length in [2, 3, 10, 60] {
            let mut world = World::new().await;
            // The head of the chain is related to, and comes last of all, from another resource and blueprint.
            let mut entities = chain(length, "head");
            if let Some(last) = entities.last_mut() {
                last.relations = Some(Fields::from_iter([("team".to_owned(), json!("head"))]));
            }
            world.load(0, entities).await;
            let mut head = entity("team", "head", "team", "head");
            head.relations = None;
            world.load(1, vec![head]).await;
            world.resend().await;
            assert_eq!(world.counts(), [(length as u64, 0), (1, 0)], "{length}");
            assert_eq!(world.noted.0.lock().unwrap().len(), length + 1);
        }
    }

    #[tokio::test]
    async fn what_relates_to_nothing_that_comes_is_sent_once_more_and_refused_with_its_reason() {
        let mut world = World::new().await;
        let entities = [chain(3, "nobody"), vec![entity("team", "t", "team", "nowhere")]].concat();
        world.load(0, entities).await;
        let before = world.loader.catalog.requests().requests;
        world.resend().await;
        assert_eq!(world.counts(), [(0, 4), (0, 0)]);
        assert!(world.resources[0].refused.first.iter().all(|refusal| !refusal.reason.is_empty()));
        // One bulk for each blueprint: no round follows one without progress.
        assert_eq!(world.loader.catalog.requests().requests - before, 2);
    }

    #[tokio::test]
    async fn a_word_to_stop_leaves_what_is_refused() {
        let mut world = World::new().await;
        world.load(0, chain(3, "nobody")).await;
        let stop = CancellationToken::new();
        stop.cancel();
        let resend = Resend { loader: &world.loader, observer: &world.noted, stop: &stop };
        resend.send(&mut world.ledger, &mut world.resources).await.unwrap();
        let refused = &world.resources[0].refused;
        assert_eq!(refused.count, 3);
        assert!(refused.first[0].reason.starts_with("not sent again, because the run was told to stop; before: "));
    }
}
