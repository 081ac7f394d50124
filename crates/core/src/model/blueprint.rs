//! Blueprints: the schemas of entities.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A blueprint as in the catalog's API. Keys that Pilotage does not use are kept in [`Blueprint::other`], so that a blueprint can
/// be sent back unchanged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blueprint {
    /// Identifier, at most 100 characters.
    pub identifier: String,
    /// Title shown in the portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Properties of the entities.
    #[serde(default)]
    pub schema: Schema,
    /// Relations by name.
    #[serde(default)]
    pub relations: Map<String, Value>,
    /// Icon, calculation, mirror and aggregation properties, and all other keys.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The properties of a blueprint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// JSON Schema of each property (`type`, `format`, `enum` and so on), by name.
    #[serde(default)]
    pub properties: Map<String, Value>,
    /// Names of the properties that every entity must have.
    #[serde(default)]
    pub required: Vec<String>,
}

/// A relation of a blueprint, read out of [`Blueprint::relations`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// Identifier of the related blueprint.
    pub target: String,
    /// Set if an entity may have several of it.
    #[serde(default)]
    pub many: bool,
    /// Set if every entity must have it.
    #[serde(default)]
    pub required: bool,
}

impl Blueprint {
    /// The relation of that name; none if it does not exist or is malformed.
    pub fn relation(&self, name: &str) -> Option<Relation> {
        self.relations.get(name).and_then(|value| Relation::deserialize(value).ok())
    }
}

/// The blueprints that the bundled mappings write to, by identifier, as the JSON that creates them: first those of
/// `mappings/copilot.yaml`, then those of `mappings/usage.yaml`, then those of `mappings/tools.yaml`
/// and `mappings/organization.yaml`, then those of `mappings/credits.yaml`. They are part of the binary; no file is read at run time.
pub const BUNDLED: [(&str, &str); 24] = [
    ("github_copilot_usage", include_str!("../../../../blueprints/github_copilot_usage.json")),
    ("githubCopilotOrganizationUsage", include_str!("../../../../blueprints/githubCopilotOrganizationUsage.json")),
    ("githubCopilotUserUsage", include_str!("../../../../blueprints/githubCopilotUserUsage.json")),
    ("copilot_organization_usage", include_str!("../../../../blueprints/copilot_organization_usage.json")),
    ("copilot_user_usage", include_str!("../../../../blueprints/copilot_user_usage.json")),
    ("copilot_team_usage", include_str!("../../../../blueprints/copilot_team_usage.json")),
    ("copilot_repository_usage", include_str!("../../../../blueprints/copilot_repository_usage.json")),
    ("copilot_seat", include_str!("../../../../blueprints/copilot_seat.json")),
    ("copilot_billing", include_str!("../../../../blueprints/copilot_billing.json")),
    ("copilot_enterprise_usage", include_str!("../../../../blueprints/copilot_enterprise_usage.json")),
    ("copilot_enterprise_user_usage", include_str!("../../../../blueprints/copilot_enterprise_user_usage.json")),
    ("copilot_enterprise_team_usage", include_str!("../../../../blueprints/copilot_enterprise_team_usage.json")),
    ("ai_tool_usage", include_str!("../../../../blueprints/ai_tool_usage.json")),
    ("claude_code_usage", include_str!("../../../../blueprints/claude_code_usage.json")),
    ("cursor_member", include_str!("../../../../blueprints/cursor_member.json")),
    ("cursor_daily_usage", include_str!("../../../../blueprints/cursor_daily_usage.json")),
    ("cursor_spend", include_str!("../../../../blueprints/cursor_spend.json")),
    ("cursor_usage_event", include_str!("../../../../blueprints/cursor_usage_event.json")),
    ("github_user", include_str!("../../../../blueprints/github_user.json")),
    ("github_team", include_str!("../../../../blueprints/github_team.json")),
    ("github_team_membership", include_str!("../../../../blueprints/github_team_membership.json")),
    ("github_repository", include_str!("../../../../blueprints/github_repository.json")),
    ("github_team_repository", include_str!("../../../../blueprints/github_team_repository.json")),
    ("ai_credit_usage", include_str!("../../../../blueprints/ai_credit_usage.json")),
];

/// The bundled blueprint of that name.
pub fn bundled(identifier: &str) -> Option<Blueprint> {
    let (_, text) = BUNDLED.iter().find(|(name, _)| *name == identifier)?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bundled_blueprint_can_be_read_and_comes_back_unchanged() {
        for (identifier, text) in BUNDLED {
            let blueprint = bundled(identifier).unwrap();
            assert_eq!(blueprint.identifier, identifier);
            let mut sent: Value = serde_json::from_str(text).unwrap();
            // A document without relations equals one with an empty object.
            sent.as_object_mut().unwrap().entry("relations").or_insert_with(|| Value::Object(Map::new()));
            assert_eq!(serde_json::to_value(&blueprint).unwrap(), sent);
        }
        assert_eq!(bundled("service"), None);
    }

    #[test]
    fn every_property_of_the_recommended_blueprints_is_defined() {
        let recommended = BUNDLED.iter().filter(|(identifier, _)| identifier.starts_with("copilot_"));
        for (identifier, _) in recommended {
            let blueprint = bundled(identifier).unwrap();
            let calculated = blueprint.other["calculationProperties"].as_object().unwrap();
            for (name, property) in blueprint.schema.properties.iter().chain(calculated) {
                assert!(property["description"].as_str().is_some_and(|text| text.ends_with('.')), "{identifier}.{name}");
            }
            for (name, property) in calculated {
                assert!(property["calculation"].as_str().unwrap().contains("then null else"), "{identifier}.{name}");
            }
        }
    }
}
