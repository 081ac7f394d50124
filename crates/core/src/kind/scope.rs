//! Levels of scopes, and the enrichment of items at each level.

use serde_json::Value;

use super::fields;
use crate::model::field::Field;
use crate::model::item::Enrichment;

/// Levels of a kind's scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeLevel {
    /// Every organization; items get `__organization`.
    Organization,
    /// Every team of every organization; items get `__organization` and `__team`.
    OrganizationTeam,
    /// An enterprise; items get `__enterprise`.
    Enterprise,
    /// Every team of an enterprise; items get `__enterprise` and `__team`.
    EnterpriseTeam,
    /// The account of another vendor that a key belongs to; items get `__account`.
    Account,
    /// The same, day by day; items get `__account` and `__day`.
    AccountDay,
    /// Whatever the items are made of; they get nothing.
    Nothing,
}

impl ScopeLevel {
    /// True when the owner is an enterprise, false when it is an organization.
    pub fn is_enterprise(self) -> bool {
        matches!(self, Self::Enterprise | Self::EnterpriseTeam)
    }

    /// True when there is one slice per team.
    pub fn has_teams(self) -> bool {
        matches!(self, Self::OrganizationTeam | Self::EnterpriseTeam)
    }

    /// Enrichment of the items of one scope: the owner's object as GitHub gave it (an enterprise is `{"slug": ..}`), then the
    /// team's. A team is left out where the level has none.
    pub fn enrichment(self, owner: Value, team: Option<Value>) -> Enrichment {
        let owner = (if self.is_enterprise() { "__enterprise" } else { "__organization" }, owner);
        let team = team.filter(|_| self.has_teams()).map(|team| ("__team", team));
        Enrichment(std::iter::once(owner).chain(team).collect())
    }

    /// The fields that enrichment adds.
    pub fn added_fields(self) -> &'static [Field] {
        match self {
            Self::Organization => fields::scope::ORGANIZATION,
            Self::OrganizationTeam => fields::scope::ORGANIZATION_TEAM,
            Self::Enterprise => fields::scope::ENTERPRISE,
            Self::EnterpriseTeam => fields::scope::ENTERPRISE_TEAM,
            Self::Account => fields::scope::ACCOUNT,
            Self::AccountDay => fields::scope::ACCOUNT_DAY,
            Self::Nothing => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_level_adds_what_its_fields_say() {
        let levels = [ScopeLevel::Organization, ScopeLevel::OrganizationTeam, ScopeLevel::Enterprise, ScopeLevel::EnterpriseTeam];
        for level in levels {
            let added = level.enrichment(json!({"login": "acme"}), Some(json!({"slug": "core"})));
            let keys: Vec<_> = added.0.iter().map(|(key, _)| *key).collect();
            assert_eq!(keys, level.added_fields().iter().map(|field| field.name).collect::<Vec<_>>(), "{level:?}");
        }
    }
}
