//! Blueprints: reading them, and creating those that are missing. The order of creation is in [`super::stages`].

use std::collections::{BTreeSet, HashMap, HashSet};

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Catalog;
use super::call::{Call, is_no_segment};
use super::error::CatalogError;
use super::stages::{self, LeftOut};
use crate::model::blueprint::Blueprint;

/// What came of creating the blueprints that are missing. Each of those asked for is in exactly one of the first four lists.
#[derive(Clone, Debug, Default)]
pub struct BlueprintReport {
    /// Created by this call, with all but what is in `left_out`.
    pub created: Vec<String>,
    /// Found as an earlier creation, cut off between two stages, left them, and completed.
    pub completed: Vec<String>,
    /// Found, and left alone.
    pub existing: Vec<String>,
    /// Not created, or created in part.
    pub failed: Vec<FailedBlueprint>,
    /// What the created and completed ones lack, because it needs a blueprint that does not exist.
    pub left_out: Vec<LeftOut>,
}

/// A blueprint that could not be created, or only in part.
#[derive(Clone, Debug)]
pub struct FailedBlueprint {
    /// The blueprint's identifier.
    pub identifier: String,
    /// Whether it is there now, in part.
    pub is_there: bool,
    /// What was attempted and what came back.
    pub error: CatalogError,
}

/// Blueprints of the portal itself: users and teams. Relating to them is always possible, reading them is not.
const OF_THE_PORTAL: [&str; 2] = ["_user", "_team"];

#[derive(Deserialize)]
struct Found {
    blueprint: Blueprint,
}

impl Catalog {
    /// The blueprint, none when there is none of that identifier.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn blueprint(&self, identifier: &str) -> Result<Option<Blueprint>, CatalogError> {
        // A name that no path can hold is the name of no blueprint.
        if is_no_segment(identifier) {
            return Ok(None);
        }
        let call = Call::new(Method::GET, &["blueprints", identifier], format!("read blueprint `{identifier}`"));
        match self.shared.send(&call).await {
            Ok(answer) => answer.read::<Found>(&call).map(|found| Some(found.blueprint)),
            Err(CatalogError::Refused { refusal, .. }) if refusal.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All blueprints of the organization, whoever made them.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn blueprints(&self) -> Result<Vec<Blueprint>, CatalogError> {
        #[derive(Deserialize)]
        struct All {
            blueprints: Vec<Blueprint>,
        }
        let call = Call::new(Method::GET, &["blueprints"], "list the blueprints");
        Ok(self.shared.send(&call).await?.read::<All>(&call)?.blueprints)
    }

    /// Creates a blueprint as it is given: blueprints that it relates to must exist.
    ///
    /// # Errors
    /// When the catalog refuses, for instance because there is one of that identifier, or does not answer.
    pub async fn create_blueprint(&self, blueprint: &Blueprint) -> Result<Blueprint, CatalogError> {
        let identifier = &blueprint.identifier;
        let call = Call::new(Method::POST, &["blueprints"], format!("create blueprint `{identifier}`"));
        let call = call.json(&json!(blueprint)).exporter();
        let mut may_be_second = false;
        match self.shared.send_noting_repetition(&call, &mut may_be_second).await {
            Ok(answer) => Ok(answer.read::<Found>(&call)?.blueprint),
            Err(error) if may_be_second && error.refusal().is_some_and(super::Refusal::is_taken) => {
                self.blueprint(identifier).await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Sets some of a blueprint's fields, each replaced as a whole.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn patch_blueprint(&self, identifier: &str, fields: &Map<String, Value>) -> Result<Blueprint, CatalogError> {
        let call = Call::new(Method::PATCH, &["blueprints", identifier], format!("update blueprint `{identifier}`"));
        let call = call.json(&json!(fields)).exporter();
        Ok(self.shared.send(&call).await?.read::<Found>(&call)?.blueprint)
    }

    /// Creates those of the blueprints that do not exist: all of them bare, then their relations, then what is computed. One that
    /// exists is left alone, unless it is what an earlier creation left when it was cut off.
    ///
    /// A relation to a blueprint that neither exists nor is among these is left out and named, with all that goes through it.
    ///
    /// # Errors
    /// Only when nothing else would work either: see [`CatalogError::ends_the_run`].
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
        // Every relation before anything that is computed: a mirror may look through relations of other blueprints.
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

    /// The blueprint as it is, created bare when it was not there.
    async fn bare_blueprint(&self, wanted: &Blueprint, report: &mut BlueprintReport) -> Result<Blueprint, CatalogError> {
        if let Some(found) = self.blueprint(&wanted.identifier).await? {
            report.existing.push(wanted.identifier.clone());
            return Ok(found);
        }
        let created = self.create_blueprint(&stages::bare(wanted)).await;
        // Somebody else may have been faster.
        if let Err(error) = &created
            && error.refusal().is_some_and(super::Refusal::is_taken)
            && let Some(found) = self.blueprint(&wanted.identifier).await?
        {
            report.existing.push(wanted.identifier.clone());
            return Ok(found);
        }
        let created = created?;
        report.created.push(wanted.identifier.clone());
        Ok(created)
    }

    /// Whether there is no such blueprint. One that we may not see counts as there: relating to it will tell.
    async fn is_missing(&self, identifier: &str) -> Result<bool, CatalogError> {
        if OF_THE_PORTAL.contains(&identifier) {
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

/// Every blueprint that one of these points at, some of them more than once.
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
