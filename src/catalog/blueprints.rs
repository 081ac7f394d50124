//! Blueprints: reading them, and creating those that are missing. The order of creation is in [`super::stages`].

use std::collections::{BTreeSet, HashMap, HashSet};

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Catalog;
use super::call::{Call, is_invalid_segment};
use super::error::CatalogError;
use super::stages::{self, LeftOut};
use crate::model::blueprint::Blueprint;

/// Result of creating missing blueprints. Each requested one is in exactly one of the first four lists.
#[derive(Clone, Debug, Default)]
pub struct BlueprintReport {
    /// Created by this call, without the parts in `left_out`.
    pub created: Vec<String>,
    /// Completed by this call: an earlier creation was interrupted between two stages.
    pub completed: Vec<String>,
    /// Existing and unchanged.
    pub existing: Vec<String>,
    /// Not created, or created in part.
    pub failed: Vec<FailedBlueprint>,
    /// Parts that the created and completed ones lack, because they need a blueprint that does not exist.
    pub left_out: Vec<LeftOut>,
}

/// A blueprint that could not be created, or only in part.
#[derive(Clone, Debug)]
pub struct FailedBlueprint {
    /// Identifier of the blueprint.
    pub identifier: String,
    /// True: it exists in part.
    pub is_there: bool,
    /// Error with the attempted request and the answer.
    pub error: CatalogError,
}

/// Blueprints of the portal itself: users and teams. They can always be related to, but not always be read.
const PORTAL_BLUEPRINTS: [&str; 2] = ["_user", "_team"];

#[derive(Deserialize)]
struct BlueprintAnswer {
    blueprint: Blueprint,
}

impl Catalog {
    /// Reads a blueprint. None: it does not exist.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn blueprint(&self, identifier: &str) -> Result<Option<Blueprint>, CatalogError> {
        // Such a name cannot be sent, and no blueprint has it.
        if is_invalid_segment(identifier) {
            return Ok(None);
        }
        let call = Call::new(Method::GET, &["blueprints", identifier], format!("read blueprint `{identifier}`"));
        match self.shared.send(&call).await {
            Ok(answer) => answer.read::<BlueprintAnswer>(&call).map(|found| Some(found.blueprint)),
            Err(CatalogError::Refused { refusal, .. }) if refusal.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists all blueprints of the organization, also those of others.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn blueprints(&self) -> Result<Vec<Blueprint>, CatalogError> {
        #[derive(Deserialize)]
        struct All {
            blueprints: Vec<Blueprint>,
        }
        let call = Call::new(Method::GET, &["blueprints"], "list the blueprints");
        Ok(self.shared.send(&call).await?.read::<All>(&call)?.blueprints)
    }

    /// Creates a blueprint. The blueprints that it relates to must exist.
    ///
    /// # Errors
    /// The catalog refuses, for instance because the identifier exists, or does not answer.
    pub async fn create_blueprint(&self, blueprint: &Blueprint) -> Result<Blueprint, CatalogError> {
        let identifier = &blueprint.identifier;
        let call = Call::new(Method::POST, &["blueprints"], format!("create blueprint `{identifier}`"));
        let call = call.json(&json!(blueprint)).exporter();
        let mut may_be_repeated = false;
        match self.shared.send_noting_repetition(&call, &mut may_be_repeated).await {
            Ok(answer) => Ok(answer.read::<BlueprintAnswer>(&call)?.blueprint),
            Err(error) if may_be_repeated && error.refusal().is_some_and(super::CatalogRefusal::is_taken) => {
                self.blueprint(identifier).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Sets fields of a blueprint. Each is replaced as a whole.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn patch_blueprint(&self, identifier: &str, fields: &Map<String, Value>) -> Result<Blueprint, CatalogError> {
        let call = Call::new(Method::PATCH, &["blueprints", identifier], format!("update blueprint `{identifier}`"));
        let call = call.json(&json!(fields)).exporter();
        Ok(self.shared.send(&call).await?.read::<BlueprintAnswer>(&call)?.blueprint)
    }

    /// Creates the missing blueprints in stages: first without relations, then their relations, then computed properties. An existing
    /// one is not changed, unless an earlier creation of it was interrupted.
    ///
    /// A relation to a blueprint that neither exists nor is to be created is left out and reported, with everything that depends on
    /// it.
    ///
    /// # Errors
    /// Only errors that end the run; see [`CatalogError::ends_the_run`].
    pub async fn create_missing_blueprints(&self, wanted: &[Blueprint]) -> Result<BlueprintReport, CatalogError> {
        let mut report = BlueprintReport::default();
        let mut current: HashMap<&str, Blueprint> = HashMap::new();
        for blueprint in wanted {
            let identifier = &blueprint.identifier;
            match self.bare_blueprint(blueprint, &mut report).await {
                Ok(found) => _ = current.insert(identifier, found),
                Err(error) if self.shared.ends_the_run(&error) => return Err(error),
                Err(error) => {
                    report.failed.push(FailedBlueprint { identifier: identifier.clone(), is_there: false, error });
                }
            }
        }
        let mut missing = HashSet::new();
        for target in targets(wanted).into_iter().collect::<BTreeSet<_>>() {
            let is_wanted = wanted.iter().any(|blueprint| blueprint.identifier == target);
            let is_missing = match is_wanted {
                true => !current.contains_key(target.as_str()),
                false => self.is_missing(&target).await?,
            };
            if is_missing {
                missing.insert(target);
            }
        }
        let exists = |identifier: &str| !missing.contains(identifier);
        let mut unfinished = Vec::new();
        for blueprint in wanted {
            let identifier = &blueprint.identifier;
            let Some(found) = current.get(identifier.as_str()) else { continue };
            let stages = stages::stages(blueprint, exists);
            let is_ours = report.created.contains(identifier);
            if is_ours || stages::is_unfinished(found, &stages) {
                if !is_ours {
                    report.existing.retain(|existing| existing != identifier);
                    report.completed.push(identifier.clone());
                }
                unfinished.push(stages);
            }
        }
        // All relations come before computed properties, because a mirror may use relations of other blueprints.
        for stages in &unfinished {
            self.finish(stages, &stages.related, &mut report).await?;
        }
        for stages in &unfinished {
            self.finish(stages, &stages.computed, &mut report).await?;
        }
        let failed = |blueprint: &String| report.failed.iter().any(|failed| failed.identifier == *blueprint);
        report.created.retain(|blueprint| !failed(blueprint));
        report.completed.retain(|blueprint| !failed(blueprint));
        report.left_out = unfinished.into_iter().flat_map(|stages| stages.left_out).collect();
        Ok(report)
    }

    /// Reads the blueprint, or creates its first stage.
    async fn bare_blueprint(&self, wanted: &Blueprint, report: &mut BlueprintReport) -> Result<Blueprint, CatalogError> {
        if let Some(found) = self.blueprint(&wanted.identifier).await? {
            report.existing.push(wanted.identifier.clone());
            return Ok(found);
        }
        let created = self.create_blueprint(&stages::bare(wanted)).await;
        // Another process may have created it in the meantime.
        if let Err(error) = &created
            && error.refusal().is_some_and(super::CatalogRefusal::is_taken)
            && let Some(found) = self.blueprint(&wanted.identifier).await?
        {
            report.existing.push(wanted.identifier.clone());
            return Ok(found);
        }
        let created = created?;
        report.created.push(wanted.identifier.clone());
        Ok(created)
    }

    /// True when the blueprint does not exist. One that may not be read counts as existing; creating the relation shows the error.
    async fn is_missing(&self, identifier: &str) -> Result<bool, CatalogError> {
        if PORTAL_BLUEPRINTS.contains(&identifier) {
            return Ok(false);
        }
        match self.blueprint(identifier).await {
            Ok(found) => Ok(found.is_none()),
            Err(error) if self.shared.ends_the_run(&error) => Err(error),
            Err(_) => Ok(false),
        }
    }

    async fn finish(
        &self,
        stages: &stages::Stages,
        fields: &Map<String, Value>,
        report: &mut BlueprintReport,
    ) -> Result<(), CatalogError> {
        let identifier = &stages.bare.identifier;
        if fields.is_empty() || report.failed.iter().any(|failed| failed.identifier == *identifier) {
            return Ok(());
        }
        match self.patch_blueprint(identifier, fields).await {
            Ok(_) => Ok(()),
            Err(error) if self.shared.ends_the_run(&error) => Err(error),
            Err(error) => {
                report.failed.push(FailedBlueprint { identifier: identifier.clone(), is_there: true, error });
                Ok(())
            }
        }
    }
}

/// Blueprints that these relate to or aggregate. May contain duplicates.
fn targets(wanted: &[Blueprint]) -> Vec<String> {
    let mut targets = Vec::new();
    for blueprint in wanted {
        let relations = blueprint.relations.keys().filter_map(|name| blueprint.relation(name));
        targets.extend(relations.map(|relation| relation.target));
        let aggregations = blueprint.other.get("aggregationProperties").and_then(Value::as_object);
        let aggregated = aggregations.into_iter().flat_map(Map::values).filter_map(|property| property.get("target"));
        targets.extend(aggregated.filter_map(Value::as_str).map(str::to_owned));
    }
    targets
}
