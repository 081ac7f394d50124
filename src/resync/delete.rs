//! Lists what we own and deletes what is proven gone. What may go is decided in [`crate::reconcile::deletion`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::blueprints::Blueprints;
use super::fingerprints::Fingerprints;
use super::load::Ledger;
use super::observe::Observer;
use crate::catalog::{Catalog, CatalogError, OwnedEntity};
use crate::model::entity::EntityKey;
use crate::model::slice::Slice;
use crate::reconcile::completeness::{ResourceYield, unproven};
use crate::reconcile::decision::{Decision, DeletionReason};
use crate::reconcile::deletion::{DeletionFacts, DeletionThreshold, WithheldReason, decide};
use crate::reconcile::order::{dependencies_first, depends_on};
use crate::reconcile::outcome::{BlueprintDeletion, DeletionOutcome, Mode, RefusedEntity};
use crate::reconcile::protection::protected;
use crate::reconcile::window::{Window, window_of};

/// Entities that are deleted between two looks at whether the run was told to stop: one request's worth.
const DELETED_AT_ONCE: usize = 100;

/// Everything that deletion depends on.
pub struct Deletion<'a> {
    /// Where.
    pub catalog: &'a Catalog,
    /// What the run desired and created.
    pub ledger: &'a Ledger,
    /// Relations, for the order.
    pub blueprints: &'a Blueprints,
    /// What each resource yields.
    pub yields: &'a [ResourceYield],
    /// What was read.
    pub slices: &'a [Slice],
    /// The mapping's threshold, or what overrides it.
    pub threshold: DeletionThreshold,
    /// Whether what depends on a deleted entity goes with it.
    pub dependents: bool,
    /// Whether entities that desired ones relate to are spared.
    pub spare_related: bool,
    /// When the run began: what changed since is no candidate.
    pub began: Timestamp,
    /// A reason to delete nothing.
    pub whole_run: Option<WithheldReason>,
    /// Plans list and decide, and delete nothing.
    pub mode: Mode,
    /// Tells to stop: what is not deleted by then stays.
    pub stop: &'a CancellationToken,
}

/// Entities that nothing desires any more, by blueprint.
type Candidates = BTreeMap<String, Vec<String>>;

impl Deletion<'_> {
    /// Lists, decides, deletes. A listing that fails withholds every deletion and is told in the outcome.
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
        let case = DeletionFacts {
            candidates: &candidates.iter().map(|(name, list)| (name.clone(), list.len() as u64)).collect(),
            owned,
            unproven: &unproven(&names, self.yields, self.slices),
            protected: &protected(&names, self.yields),
            threshold: self.threshold,
            whole_run: self.whole_run.clone(),
        };
        let decisions = decide(&case);
        // What depends on others goes first.
        let dependencies = self.blueprints.dependencies();
        let mut order = dependencies_first(&names, &dependencies);
        order.reverse();
        let withheld = decisions.iter().filter(|(_, reason)| reason.is_some()).map(|(name, _)| name);
        // What is never deleted is not deleted along either, also where all of it is desired.
        let never = self.yields.iter().filter(|resource| !resource.enable_delete).filter_map(|it| it.blueprint.as_ref());
        let kept: Vec<&String> = withheld.chain(never).collect();
        for blueprint in order {
            let (Some(identifiers), Some(reason)) = (candidates.get(&blueprint), decisions.get(&blueprint)) else { continue };
            // Deleting what depends on an entity must not reach what is withheld.
            let reaches_kept = kept.iter().any(|kept| depends_on(kept, &blueprint, &dependencies));
            let dependents = self.dependents && !reaches_kept;
            let window = window_of(&blueprint, self.yields, self.slices);
            let mut reason = reason.clone();
            let mut deleted = 0;
            for some in identifiers.chunks(DELETED_AT_ONCE) {
                if reason.is_none() && self.stop.is_cancelled() {
                    reason = Some(WithheldReason::Aborted);
                }
                if reason.is_none() {
                    deleted += self.delete(&blueprint, some, dependents, &mut outcome).await;
                }
                tell(&blueprint, some, reason.as_ref(), window, observer);
            }
            let candidates = identifiers.len() as u64;
            outcome.blueprints.push(BlueprintDeletion { blueprint, candidates, deleted, reason });
        }
        outcome
    }

    /// How many entities we owned before the run, and those of them that nothing desires or relates to any more.
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
                owned += u64::from(!(is_of_this_run && self.is_untold(&key)));
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

    /// Whether an entity that this run has touched may have been created by it without being counted as created: because others
    /// relate to it, or because the answer to its creation was lost. It was not ours before.
    fn is_untold(&self, key: &EntityKey) -> bool {
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

    async fn delete(&self, blueprint: &str, identifiers: &[String], dependents: bool, outcome: &mut DeletionOutcome) -> u64 {
        if self.mode == Mode::Plan {
            return identifiers.len() as u64;
        }
        match self.catalog.delete(blueprint, identifiers, dependents).await {
            Ok(report) => {
                for refused in report.refused {
                    for identifier in refused.identifiers {
                        let entity = EntityKey { blueprint: blueprint.to_owned(), identifier };
                        outcome.refused.add(RefusedEntity { entity, reason: refused.reason.clone() });
                    }
                }
                report.deleted.len() as u64
            }
            Err(error) => {
                for identifier in identifiers {
                    let entity = EntityKey { blueprint: blueprint.to_owned(), identifier: identifier.clone() };
                    outcome.refused.add(RefusedEntity { entity, reason: error.to_string() });
                }
                0
            }
        }
    }
}

fn tell(blueprint: &str, identifiers: &[String], kept: Option<&WithheldReason>, window: Option<Window>, observer: &dyn Observer) {
    for identifier in identifiers {
        let left = window.filter(|window| window.is_past(identifier));
        let decision = match kept {
            Some(reason) => Decision::Withheld(reason.clone()),
            None => Decision::Delete(left.map_or(DeletionReason::Undesired, DeletionReason::LeftWindow)),
        };
        observer.decided(&EntityKey { blueprint: blueprint.to_owned(), identifier: identifier.clone() }, &decision);
    }
}

#[cfg(test)]
mod tests {
    use axum::middleware::{self, Next};
    use axum::response::IntoResponse;
    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::{CatalogOptions, UpsertFlags};
    use crate::door::clock::Clock;
    use crate::door::http::in_memory;
    use crate::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
    use crate::model::entity::Entity;
    use crate::model::secret::Secret;
    use crate::resync::observe::NoObserver;

    /// What a catalog that holds five of our entities, and answers paths that end so by `change`, lets a run delete.
    async fn deleted(path: &'static str, threshold: f64, change: fn(Value) -> Value) -> DeletionOutcome {
        let clock = Clock::system();
        let local = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, clock.clone())).unwrap();
        let changed = move |request: axum::extract::Request, next: Next| async move {
            let is_meant = request.uri().path().ends_with(path);
            if is_meant && path.ends_with("/delete") {
                return change(Value::Null).to_string().into_response();
            }
            let answer = next.run(request).await;
            if !is_meant {
                return answer;
            }
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            change(serde_json::from_slice(&body).unwrap()).to_string().into_response()
        };
        let catalog = Catalog::new(CatalogOptions {
            http: in_memory(local.router("http://catalog.test").layer(middleware::from_fn(changed))),
            base_url: "http://catalog.test".to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            integration_identifier: "test".to_owned(),
            integration_type: "github-copilot".to_owned(),
            version: "0.0.0".to_owned(),
            clock: clock.clone(),
            seed: 1,
        });
        let catalog = catalog.unwrap();
        let blueprint = json!({"identifier": "b", "schema": {"properties": {}, "required": []}, "relations": {}});
        catalog.create_missing_blueprints(&[serde_json::from_value(blueprint).unwrap()]).await.unwrap();
        let entity = |number: u32| Entity {
            identifier: format!("e{number}").into(),
            blueprint: "b".into(),
            title: None,
            icon: None,
            team: None,
            properties: None,
            relations: None,
        };
        let flags = UpsertFlags { merge: true, create_missing_related: false };
        catalog.upsert("b", &(0..5).map(entity).collect::<Vec<_>>(), flags).await.unwrap();
        let mut ledger = Ledger::default();
        ledger.desired.insert(EntityKey { blueprint: "b".to_owned(), identifier: "e0".to_owned() }.fingerprint());
        let deletion = Deletion {
            catalog: &catalog,
            ledger: &ledger,
            blueprints: &Blueprints::default(),
            yields: &[],
            slices: &[],
            threshold: DeletionThreshold::of(threshold),
            dependents: false,
            spare_related: false,
            // All of them are older than the run.
            began: clock.now() + jiff::SignedDuration::from_hours(1),
            whole_run: None,
            mode: Mode::Resync,
            stop: &CancellationToken::new(),
        };
        deletion.carry_out(&NoObserver).await
    }

    #[tokio::test]
    async fn an_entity_that_is_listed_twice_is_one() {
        let twice = |mut page: Value| {
            let entities = page["entities"].as_array().unwrap().clone();
            page["entities"] = [entities.clone(), entities].concat().into();
            page
        };
        let outcome = deleted("/datasource-entities", 1.0, twice).await;
        assert_eq!((outcome.owned, outcome.blueprints[0].candidates, outcome.blueprints[0].deleted), (5, 4, 4));
        assert_eq!(outcome.refused.count, 0);
        // Four of five, not four of ten.
        let outcome = deleted("/datasource-entities", 0.5, twice).await;
        assert!(
            matches!(outcome.blueprints[0].reason, Some(WithheldReason::Threshold { deleted: 4, owned: 5, .. })),
            "{outcome:?}"
        );
    }

    #[tokio::test]
    async fn what_the_catalog_did_not_delete_is_counted_and_named() {
        let none = |_| json!({"ok": true, "deletedEntities": []});
        let outcome = deleted("/entities/delete", 1.0, none).await;
        assert_eq!((outcome.blueprints[0].deleted, outcome.refused.count), (0, 4));
        let named: Vec<_> = outcome.refused.first.iter().map(|refusal| refusal.entity.identifier.as_str()).collect();
        assert_eq!(named, ["e1", "e2", "e3", "e4"]);
        let some = |_| {
            let error = json!({"identifier": "e2", "error": "missing_permissions", "message": "no"});
            json!({"ok": true, "deletedEntities": ["e1"], "errors": [error]})
        };
        let outcome = deleted("/entities/delete", 1.0, some).await;
        assert_eq!((outcome.blueprints[0].deleted, outcome.refused.count), (1, 3));
        let reasons: Vec<_> = outcome.refused.first.iter().map(|refusal| refusal.reason.as_str()).collect();
        assert_eq!(reasons[0], "the catalog did not delete it: missing_permissions: no");
        assert!(reasons[1..].iter().all(|reason| reason.ends_with("it is still there")), "{reasons:?}");
    }
}
