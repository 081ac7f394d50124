//! A run report as it is read back from the folder.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::cost::{Cost, Phases};
use super::run::RunState;
use crate::model::mapping_origin::MappingOrigin;
use crate::reconcile::totals::Totals;

/// A report that was read back, with the fields that are shown. A field that an older version did not write is zero or empty.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "the fields of the report, which are documented there")]
pub struct KeptRun {
    pub id: String,
    #[serde(default)]
    pub version: String,
    pub began: Timestamp,
    pub ended: Timestamp,
    pub seconds: f64,
    pub state: RunState,
    pub exit_code: u8,
    pub error: Option<String>,
    #[serde(default)]
    pub integration: String,
    #[serde(default)]
    pub github: String,
    #[serde(default)]
    pub catalog: String,
    #[serde(default)]
    pub mapping: Option<MappingOrigin>,
    #[serde(default)]
    pub totals: Option<Totals>,
    #[serde(default)]
    pub phases: Phases,
    #[serde(default)]
    pub requests: KeptRequests,
    #[serde(default)]
    pub resources: Vec<KeptResource>,
    #[serde(default)]
    pub slices: Vec<KeptSlice>,
    #[serde(default)]
    pub deletion: Option<KeptDeletion>,
    #[serde(default)]
    pub problems: String,
    #[serde(default)]
    pub warnings: Vec<String>,
    #[serde(default)]
    pub broken_expressions: Vec<String>,
}

/// Requests to GitHub and to the catalog.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see `telemetry::report::RequestsReport`")]
pub struct KeptRequests {
    pub github: Cost,
    pub catalog: Cost,
}

/// Outcome of one resource.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "see `telemetry::report::ResourceReport`")]
pub struct KeptResource {
    pub kind: String,
    /// None: any blueprint.
    pub blueprint: Option<String>,
    #[serde(default)]
    pub items: u64,
    #[serde(default)]
    pub filtered: u64,
    #[serde(default)]
    pub unparsed: u64,
    #[serde(default)]
    pub rejected: KeptExamples,
    #[serde(default)]
    pub duplicates: KeptExamples,
    #[serde(default)]
    pub refused: KeptExamples,
    #[serde(default)]
    pub created: u64,
    #[serde(default)]
    pub updated: u64,
    #[serde(default)]
    pub sent: u64,
    #[serde(default)]
    pub unchanged: u64,
    #[serde(default)]
    pub seconds: f64,
    #[serde(default)]
    pub nulls: BTreeMap<String, KeptNulls>,
    #[serde(default)]
    pub is_left_out: bool,
    #[serde(default)]
    pub phases: Phases,
}

/// Null results of one expression.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see `reconcile::outcome::NullCount`")]
pub struct KeptNulls {
    pub count: u64,
    pub reason: String,
    pub remark: Option<String>,
}

/// A count with its first cases, which are texts or objects.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see `reconcile::outcome::Examples`")]
pub struct KeptExamples {
    pub count: u64,
    pub first: Vec<Value>,
}

/// Deletions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see `reconcile::outcome::DeletionOutcome`")]
pub struct KeptDeletion {
    pub owned: u64,
    pub blueprints: Vec<KeptBlueprintDeletion>,
    pub refused: KeptExamples,
    pub listing_error: Option<String>,
}

/// Deletions of one blueprint.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "see `reconcile::outcome::BlueprintDeletion`")]
pub struct KeptBlueprintDeletion {
    pub blueprint: String,
    pub candidates: u64,
    pub deleted: u64,
    /// As JSON of a `WithheldReason`.
    pub reason: Option<Value>,
}

/// A slice.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "see `Slice`")]
pub struct KeptSlice {
    pub kind: String,
    #[serde(default)]
    pub scope: String,
    pub day: Option<String>,
    pub state: String,
    pub reason: Option<String>,
    pub remedy: Option<String>,
    #[serde(default)]
    pub items: u64,
    #[serde(default)]
    pub rejected: u64,
}
