//! Levels that must not be mixed: days of an enterprise and of its organizations in one blueprint count everybody twice. Pure.

use super::vendor::Vendor;
use super::{Kind, find};
use crate::model::names::few;

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

/// What is read at a host, with one credential.
#[derive(Clone, Copy, Debug)]
pub struct LevelsOfHost<'a> {
    /// The host. Several credentials may be for one.
    pub host: &'a str,
    /// The enterprise that is read.
    pub enterprise: Option<&'a str>,
    /// The organizations that the settings name; none when no organization is read.
    pub organizations: Option<&'a [String]>,
    /// True when organizations are found in the host's list, not only by these names.
    pub has_list: bool,
}

/// The blueprints that would hold an enterprise and organizations of one host, each with a sentence, from resources given as kind and
/// blueprint.
pub fn mixed_of_hosts(hosts: &[LevelsOfHost<'_>], resources: &[(&str, &str)]) -> Vec<(String, String)> {
    let mixed = mixed(resources);
    let mut sentences = Vec::new();
    for (host, enterprise) in hosts.iter().filter_map(|host| Some((host.host, host.enterprise?))) {
        let beside = hosts.iter().filter(|other| other.host == host);
        let Some((other, names)) = beside.filter_map(|other| Some((other, other.organizations?))).next() else { continue };
        let whose = match other.has_list {
            true => "the organizations that the credential sees".to_owned(),
            false => format!("organizations {}", few(names)),
        };
        sentences.extend(mixed.iter().map(|mixed| (mixed.blueprint.clone(), mixed.sentence(enterprise, &whose))));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_levels_are_found_at_one_host_only_and_named_as_they_are_read() {
        let both = [("organization-usage-metrics", "a"), ("enterprise-usage-metrics", "a")];
        let (acme, many) = (vec!["acme".to_owned()], (0..11).map(|number| format!("o{number}")).collect::<Vec<_>>());
        let fleet = LevelsOfHost { host: "api.github.com", enterprise: Some("fleet"), organizations: None, has_list: false };
        let beside = |host, organizations, has_list| LevelsOfHost { host, enterprise: None, organizations, has_list };
        let sentences = |hosts: &[_], given: &[_]| -> Vec<String> {
            mixed_of_hosts(hosts, given).into_iter().map(|(_, sentence)| sentence).collect()
        };
        let found = |other| sentences(&[fleet, other], &both);
        assert!(found(beside("api.github.com", Some(&acme), false))[0].contains("and of organizations `acme` ("));
        assert!(found(beside("api.github.com", Some(&many), false))[0].contains("`o9` and 1 more ("));
        assert!(found(beside("api.github.com", Some(&acme), true))[0].contains("the organizations that the credential sees"));
        assert_eq!(found(beside("api.octo.ghe.com", Some(&acme), false)), [""; 0]);
        assert_eq!(found(beside("api.github.com", None, false)), [""; 0]);
        assert_eq!(sentences(&[fleet, beside("api.github.com", Some(&acme), false)], &both[..1]), [""; 0]);
    }

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
