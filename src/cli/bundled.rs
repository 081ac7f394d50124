//! What is built into the program: the default mapping and the blueprints. Never read from the working directory.

use super::failure::Failure;
use crate::model::blueprint::Blueprint;

/// The default mapping: the three kinds of Ocean's documents.
pub(super) const MAPPING: &str = include_str!("../../mappings/copilot.yaml");

/// The default mapping's name in messages.
pub(super) const MAPPING_NAME: &str = "mappings/copilot.yaml";

const BLUEPRINTS: [&str; 3] = [
    include_str!("../../blueprints/github_copilot_usage.json"),
    include_str!("../../blueprints/githubCopilotOrganizationUsage.json"),
    include_str!("../../blueprints/githubCopilotUserUsage.json"),
];

/// The blueprints that the bundled mappings need.
pub(super) fn blueprints() -> Result<Vec<Blueprint>, Failure> {
    let read = |text: &&str| {
        serde_json::from_str(text).map_err(|error| Failure::failed(format!("a bundled blueprint is wrong: {error}")))
    };
    BLUEPRINTS.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_blueprints_can_be_read() {
        let identifiers: Vec<_> = blueprints().unwrap().into_iter().map(|blueprint| blueprint.identifier).collect();
        assert_eq!(identifiers, ["github_copilot_usage", "githubCopilotOrganizationUsage", "githubCopilotUserUsage"]);
    }
}
