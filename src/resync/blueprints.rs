//! The blueprints that a run needs: fetched once, created when they are missing and we know them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::catalog::{BlueprintReport, Catalog, CatalogError};
use crate::model::blueprint::Blueprint;
use crate::model::entity::Entity;
use crate::reconcile::outcome::Mode;
use crate::reconcile::refusal::refusal;

/// Blueprints of the catalog, each fetched once. A blueprint that does not exist is remembered as none.
#[derive(Default)]
pub struct Blueprints(Mutex<BTreeMap<String, Option<Blueprint>>>);

impl Blueprints {
    /// Fetches a blueprint unless it is known.
    ///
    /// # Errors
    /// Fails when the catalog cannot be asked.
    pub async fn learn(&self, catalog: &Catalog, identifier: &str) -> Result<(), CatalogError> {
        if !self.with(|known| known.contains_key(identifier)) {
            let blueprint = catalog.blueprint(identifier).await?;
            self.with(|known| known.insert(identifier.to_owned(), blueprint));
        }
        Ok(())
    }

    /// The target of a relation, when the blueprint is known and has it.
    pub fn relation_target(&self, blueprint: &str, relation: &str) -> Option<String> {
        self.with(|known| Some(known.get(blueprint)?.as_ref()?.relation(relation)?.target))
    }

    /// True for a blueprint that was fetched and does not exist.
    pub fn is_missing(&self, identifier: &str) -> bool {
        self.with(|known| matches!(known.get(identifier), Some(None)))
    }

    /// The reason for which the catalog will refuse an entity, as far as its blueprint says so.
    pub fn refusal(&self, entity: &Entity, is_new: bool) -> Option<String> {
        self.with(|known| refusal(entity, known.get(&entity.blueprint)?.as_ref()?, is_new))
    }

    /// Blueprint to the blueprints that it relates to, of all that are known.
    pub fn dependencies(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.with(|known| {
            let existing = known.values().flatten();
            existing
                .map(|blueprint| {
                    let relations = blueprint.relations.keys();
                    let targets = relations.filter_map(|name| blueprint.relation(name)).map(|relation| relation.target);
                    (blueprint.identifier.clone(), targets.collect())
                })
                .collect()
        })
    }

    /// Makes sure that each of `needed` exists. One that is missing is created when it is among `defaults`, which are given
    /// only when this run may create blueprints; a plan only says so. The answer holds a sentence for each that was created
    /// or is still missing.
    ///
    /// # Errors
    /// Fails when the catalog cannot be asked.
    pub async fn prepare(
        &self,
        catalog: &Catalog,
        needed: &[String],
        defaults: &[Blueprint],
        mode: Mode,
    ) -> Result<Vec<String>, CatalogError> {
        let mut sentences = Vec::new();
        let mut create = Vec::new();
        let mut planned = Vec::new();
        for identifier in needed {
            match self.learn(catalog, identifier).await {
                Ok(()) => {}
                Err(error) if error.ends_the_run() => return Err(error),
                // Whether its entities are taken is told by the entities.
                Err(error) => {
                    sentences.push(format!("blueprint `{identifier}` cannot be looked at: {error}"));
                    continue;
                }
            }
            if self.is_missing(identifier) {
                match defaults.iter().find(|blueprint| blueprint.identifier == *identifier) {
                    Some(_) if mode == Mode::Plan => planned.push(identifier.clone()),
                    Some(blueprint) => create.push(blueprint.clone()),
                    None => sentences.push(format!(
                        "blueprint `{identifier}` does not exist at the catalog, so its entities will be refused; \
                         create it there, or let pilotage create the ones it knows (initializePortResources)"
                    )),
                }
            }
        }
        match planned.as_slice() {
            [] => {}
            [one] => sentences.push(format!("blueprint `{one}` does not exist at the catalog yet; a resync creates it")),
            all => sentences.push(format!("{} do not exist at the catalog yet; a resync creates them", named(all))),
        }
        if !create.is_empty() {
            let report = catalog.create_missing_blueprints(&create).await?;
            sentences.extend(sentences_of(&report));
            for blueprint in create {
                self.with(|known| known.remove(&blueprint.identifier));
                match self.learn(catalog, &blueprint.identifier).await {
                    Err(error) if error.ends_the_run() => return Err(error),
                    _ => {}
                }
            }
        }
        Ok(sentences)
    }

    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<String, Option<Blueprint>>) -> T) -> T {
        // A panic elsewhere cannot leave a map half changed.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn sentences_of(report: &BlueprintReport) -> Vec<String> {
    let created = match report.created.as_slice() {
        [] => None,
        [one] => Some(format!("blueprint `{one}` was created")),
        all => Some(format!("{} were created", named(all))),
    };
    let failed =
        report.failed.iter().map(|failed| format!("blueprint `{}` is not as it should be: {}", failed.identifier, failed.error));
    let left_out = report.left_out.iter().map(|left_out| {
        let crate::catalog::LeftOut { blueprint, path, missing } = left_out;
        format!("blueprint `{blueprint}` was created without `{path}`, because blueprint `{missing}` does not exist")
    });
    created.into_iter().chain(failed).chain(left_out).collect()
}

/// Several blueprints by name: ``blueprints `a` and `b` ``.
fn named(identifiers: &[String]) -> String {
    let quoted: Vec<String> = identifiers.iter().map(|identifier| format!("`{identifier}`")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("blueprints {} and {last}", others.join(", ")),
        _ => format!("blueprints {}", quoted.join(", ")),
    }
}
