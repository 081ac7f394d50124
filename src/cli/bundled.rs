//! Files built into the program: the default mapping and the blueprints. Never read from the working directory.

use super::failure::Failure;
use crate::mapping;
use crate::model::blueprint::{BUNDLED, Blueprint};

/// The default mapping: the three kinds of Ocean's documents.
pub(super) const MAPPING: &str = mapping::bundled::COPILOT.text;

/// The default mapping's name in messages.
pub(super) const MAPPING_NAME: &str = mapping::bundled::COPILOT.file;

/// The mapping of an integration that begins with none (`createPortResourcesOrigin: Empty`).
pub(super) const EMPTY_MAPPING: &str = "resources: []\n";

/// Name of that mapping in messages.
pub(super) const EMPTY_MAPPING_NAME: &str = "the empty mapping of createPortResourcesOrigin";

/// The blueprints that the mappings in `mappings/` need.
pub(super) fn blueprints() -> Result<Vec<Blueprint>, Failure> {
    let read = |(_, text): &(&str, &str)| {
        serde_json::from_str(text).map_err(|error| Failure::failed(format!("a bundled blueprint is wrong: {error}")))
    };
    BUNDLED.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_blueprints_can_be_read() {
        assert_eq!(blueprints().unwrap().len(), BUNDLED.len());
    }
}
