//! Plan files: what `plan --out` writes, and what `resync --plan` applies or refuses.
//!
//! A plan file is lines of JSON: a head that says where the plan is from and with which choices, one line per change
//! ([`PlannedChange`](crate::resync::review::PlannedChange)), and an end with counts and a hash of all lines before it. It has names
//! and hashes, no values and no secrets. Both sides stream it; 16 bytes of each change are kept.
//!
//! | subject | file |
//! | --- | --- |
//! | the head and the end, and where a plan belongs | here |
//! | writing, as an observer of a plan | `write` |
//! | reading, and what is wrong with a file | `read` |
//! | comparison with the world as it is now | `compare` |

mod compare;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::flags::{InputFlags, ScopeFlags};
use super::world::World;
use crate::resync::review::hash;

pub(super) use compare::Comparison;
pub(super) use read::PlanFile;
pub(super) use write::PlanFileWriter;

/// Version of the format. It grows when an older program would read a file wrongly.
pub(super) const FORMAT: u32 = 1;

/// First line of a plan file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanHead {
    /// [`FORMAT`].
    pub(super) pilotage_plan: u32,
    /// Version of the program, for people.
    pub(super) program: String,
    /// Time at which the plan began.
    pub(super) began: Timestamp,
    /// Where it belongs.
    pub(super) place: PlanPlace,
    /// Mapping of the plan.
    pub(super) mapping: PlanMapping,
    /// Choices of flags.
    pub(super) choices: PlanChoices,
}

/// Where a plan belongs. A plan is applied there and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanPlace {
    /// The catalog in words, with its address or folder.
    pub(super) catalog: String,
    /// The catalog's organization; none when it does not say.
    pub(super) organization: Option<String>,
    /// The integration that owns the entities.
    pub(super) integration: String,
    /// What is read, in words.
    pub(super) source: String,
}

/// Mapping of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanMapping {
    /// In words.
    pub(super) name: String,
    /// The file that a flag named.
    pub(super) file: Option<PathBuf>,
    /// SHA-256 of its normal form.
    pub(super) sha256: String,
}

/// Choices of flags, which hold again when the plan is applied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanChoices {
    only: Vec<String>,
    org: Vec<String>,
    accept_empty: Vec<String>,
    deletion_threshold: Option<f64>,
    input: Vec<PathBuf>,
    enterprise: Option<String>,
    team: Option<String>,
}

/// Last line of a plan file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanEnd {
    /// Number of changes, each on a line of its own.
    pub(super) changes: u64,
    /// Number of entities that are kept although nothing desires them.
    pub(super) withheld: u64,
    /// Blueprints that are created.
    pub(super) blueprints: BTreeSet<String>,
    /// SHA-256 of all lines before this one, in hexadecimal digits.
    pub(super) sha256: String,
}

/// The last line as it is written: the key tells it from a change.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndLine {
    end: PlanEnd,
}

impl PlanHead {
    /// The head of a plan that begins now.
    pub(super) async fn of(world: &World, scope: &ScopeFlags, began: Timestamp) -> Self {
        Self {
            pilotage_plan: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            began,
            place: PlanPlace::of(world).await,
            mapping: PlanMapping {
                name: world.mapping.clone(),
                file: scope.mapping.clone(),
                sha256: hash(&world.resync.mapping.to_json()),
            },
            choices: PlanChoices::of(scope),
        }
    }

    /// The difference to the head of another plan that keeps it from being applied; none when there is no such difference.
    pub(super) fn difference(&self, now: &Self) -> Option<String> {
        let of = |place: &PlanPlace| [("catalog", place.catalog.clone()), ("integration", place.integration.clone())];
        let organization = |place: &PlanPlace| place.organization.clone().unwrap_or_else(|| "unknown".to_owned());
        let places = of(&self.place).into_iter().zip(of(&now.place)).map(|((what, then), (_, now))| (what, then, now));
        let others = [
            ("organization of the catalog", organization(&self.place), organization(&now.place)),
            ("source", self.place.source.clone(), now.place.source.clone()),
        ];
        let differs = places.chain(others).find(|(_, then, now)| then != now);
        let differs = differs.map(|(what, then, now)| format!("it is for another {what}: for {then}, and this run has {now}"));
        differs.or_else(|| {
            let is_same = self.mapping.sha256 == now.mapping.sha256;
            (!is_same).then(|| format!("it was made with another content of the mapping ({})", self.mapping.name))
        })
    }
}

impl PlanPlace {
    async fn of(world: &World) -> Self {
        let catalog = &world.resync.catalog;
        // A catalog that does not tell its organization tells it neither time.
        let organization = catalog.organization().await.ok().map(|organization| organization.id).filter(|id| !id.is_empty());
        Self {
            catalog: world.destination.clone(),
            organization,
            integration: catalog.integration_identifier().to_owned(),
            source: world.origin.clone(),
        }
    }
}

impl PlanChoices {
    fn of(scope: &ScopeFlags) -> Self {
        let ScopeFlags { mapping: _, only, org, accept_empty, deletion_threshold, input, places: _ } = scope.clone();
        let InputFlags { input, enterprise, team } = input;
        Self { only, org, accept_empty, deletion_threshold, input, enterprise, team }
    }

    /// These choices as flags, with the other flags of `scope`.
    pub(super) fn flags(&self, mapping: &PlanMapping, scope: &ScopeFlags) -> ScopeFlags {
        let Self { only, org, accept_empty, deletion_threshold, input, enterprise, team } = self.clone();
        ScopeFlags {
            mapping: scope.mapping.clone().or_else(|| mapping.file.clone()),
            only,
            org,
            accept_empty,
            deletion_threshold,
            input: InputFlags { input, enterprise, team },
            places: scope.places.clone(),
        }
    }
}
