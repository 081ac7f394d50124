//! Levels that must not be mixed: days of an enterprise and of its organizations in one blueprint count everybody twice. Pure.

use super::vendor::Vendor;
use super::{Kind, find};

/// Two kinds of different levels whose items become entities of one blueprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixedLevels {
    /// The blueprint.
    pub blueprint: String,
    /// The kind of organizations, or of their teams.
    pub of_organizations: &'static str,
    /// The kind of an enterprise, or of its teams.
    pub of_enterprise: &'static str,
}

impl MixedLevels {
    /// What is wrong, in one sentence. `enterprise` and `organizations` are who is read.
    pub fn sentence(&self, enterprise: &str, organizations: &str) -> String {
        format!(
            "blueprint `{}` would hold days of the enterprise `{enterprise}` (`{}`) and of {organizations} (`{}`), and whoever adds them up \
             counts people twice",
            self.blueprint, self.of_enterprise, self.of_organizations
        )
    }

    /// What to do about it.
    pub const REMEDY: &str = "read one level only, or give the two kinds different blueprints; if these organizations are not of that \
                              enterprise, set `mixedLevels` to true";
}

/// The blueprints that get both levels, from resources given as kind and blueprint. A kind that is read of both levels, such as seats, is
/// one resource, whose items say of which level they are; it is not among them.
pub fn mixed(resources: &[(&str, &str)]) -> Vec<MixedLevels> {
    let of_level = |is_enterprise: bool| {
        let kinds = resources.iter().filter_map(|(name, blueprint)| Some((find(name)?, *blueprint)));
        let is_meant =
            move |(kind, _): &(&Kind, &str)| kind.vendor() == Vendor::GitHub && kind.scope.is_enterprise() == is_enterprise;
        kinds.filter(is_meant)
    };
    let mut mixed: Vec<MixedLevels> = Vec::new();
    for (kind, blueprint) in of_level(true) {
        let other = of_level(false).find(|(_, other)| *other == blueprint);
        if let Some((other, _)) = other.filter(|_| !mixed.iter().any(|known| known.blueprint == blueprint)) {
            let (of_organizations, of_enterprise) = (other.name, kind.name);
            mixed.push(MixedLevels { blueprint: blueprint.to_owned(), of_organizations, of_enterprise });
        }
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blueprint_of_both_levels_is_found_once_and_others_are_not() {
        let both =
            [("organization-usage-metrics", "a"), ("enterprise-usage-metrics", "a"), ("enterprise-user-usage-metrics", "a")];
        let found = mixed(&both);
        assert_eq!(found.len(), 1);
        let sentence = found[0].sentence("fleet", "its organizations");
        assert!(
            sentence.starts_with("blueprint `a` would hold days of the enterprise `fleet` (`enterprise-usage-metrics`)"),
            "{sentence}"
        );
        for apart in [
            &[("organization-usage-metrics", "a"), ("enterprise-usage-metrics", "b")][..],
            &[("organization-usage-metrics", "a"), ("team-usage-metrics", "a")],
            &[("copilot-seats", "a"), ("ai-credit-usage", "a")],
            &[("enterprise-usage-metrics", "a"), ("claude-code-usage", "b"), ("ai-tool-usage", "b")],
            &[("unknown", "a"), ("enterprise-usage-metrics", "a")],
        ] {
            assert_eq!(mixed(apart), [], "{apart:?}");
        }
    }
}
