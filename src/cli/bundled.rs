//! Files built into the program: the default mapping and the blueprints. Never read from the working directory.

use std::sync::LazyLock;

use super::failure::Failure;
use crate::mapping;
use crate::model::blueprint::{BUNDLED, Blueprint};

/// The default mapping: the three kinds of Ocean's documents.
pub(super) const MAPPING: &str = mapping::bundled::COPILOT.text;

/// The recommended mapping: all of today's kinds.
const RECOMMENDED: &str = include_str!("../../mappings/usage.yaml");

/// The demo's mapping: the recommended one, then the kinds of Ocean's documents, the tools, teams and people, and credits.
pub(super) fn demo_mapping() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let resources = |text: &'static str| text.split_once("\nresources:\n").unwrap_or_default().1;
        let further =
            [MAPPING, mapping::bundled::TOOLS.text, mapping::bundled::ORGANIZATION.text, mapping::bundled::CREDITS.text];
        further.into_iter().fold(RECOMMENDED.to_owned(), |all, text| all + resources(text))
    });
    &TEXT
}

/// That mapping's name in messages.
pub(super) const DEMO_MAPPING_NAME: &str = "mappings/usage.yaml with the other bundled mappings";

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
    use crate::mapping::file::Mapping;

    #[test]
    fn the_demo_reads_everything_that_the_bundled_mappings_read() {
        let read = |text: &str| {
            let (mapping, findings) = Mapping::read(text, "bundled");
            mapping.unwrap_or_else(|| panic!("{findings:?}"))
        };
        let (recommended, documented, demo) = (read(RECOMMENDED), read(MAPPING), read(demo_mapping()));
        let tools = read(mapping::bundled::TOOLS.text);
        let organization = read(mapping::bundled::ORGANIZATION.text);
        let credits = read(mapping::bundled::CREDITS.text);
        let all = [recommended.resources, documented.resources, tools.resources, organization.resources, credits.resources];
        assert_eq!(demo.resources, all.concat());
        assert_eq!(demo.entity_deletion_threshold, recommended.entity_deletion_threshold);
    }

    #[test]
    fn the_bundled_blueprints_can_be_read() {
        assert_eq!(blueprints().unwrap().len(), BUNDLED.len());
    }
}
