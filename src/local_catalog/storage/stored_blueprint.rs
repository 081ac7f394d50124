//! A blueprint as it is stored.

use serde_json::{Map, Value};

use crate::local_catalog::error::ApiError;
use crate::local_catalog::validate::{BlueprintRules, blueprint};
use crate::model::blueprint::Blueprint;

/// A blueprint as stored, and ready for checking entities.
#[derive(Debug)]
pub(crate) struct StoredBlueprint {
    pub(crate) number: i64,
    pub(crate) blueprint: Blueprint,
    pub(crate) document: Map<String, Value>,
    pub(crate) rules: BlueprintRules,
}

impl StoredBlueprint {
    /// Reads a stored document.
    pub(crate) fn read(number: i64, text: &str) -> Result<Self, ApiError> {
        let damaged = |error: String| ApiError::internal(format!("blueprint number {number} cannot be read: {error}"));
        let document: Map<String, Value> = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        let blueprint = blueprint::check(&document).map_err(|error| damaged(error.message))?;
        Ok(Self { number, rules: BlueprintRules::of(&blueprint), blueprint, document })
    }
}
