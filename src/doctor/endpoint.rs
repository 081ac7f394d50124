//! The requests that are worth trying, and which of them a kind needs. Pure.

use crate::kind::Kind;
use crate::kind::catalogue::{self, Answer, Endpoint};
use crate::model::day::Day;

/// A request to try for an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExaminedEndpoint {
    pub(super) endpoint: Endpoint,
    /// Names of the mapping's kinds that need it.
    pub(super) needed_by: Vec<String>,
}

impl ExaminedEndpoint {
    /// The path to ask. Lists are cut to one element, and a report of one day is asked for a day that should have one.
    pub(super) fn fill(&self, owner: &str, day: Day) -> String {
        let path = self.endpoint.path.without_query().fill(owner, None);
        match self.endpoint.answer {
            Answer::List => format!("{path}?per_page=1"),
            Answer::OfDay => format!("{path}?day={day}"),
            Answer::One => path,
        }
    }
}

/// The endpoints that these kinds need; with `all` also the others that GitHub serves. What a kind of organizations can also read
/// of an enterprise is needed only where there is one.
pub(super) fn endpoints(kinds: &[&'static Kind], has_enterprise: bool, all: bool) -> Vec<ExaminedEndpoint> {
    // A list of one team is read by whoever may list the teams.
    let is_of_team = |endpoint: &Endpoint| endpoint.path.0.contains("{team}");
    let served = catalogue::endpoints().into_iter().filter(|endpoint| !endpoint.is_closed && !is_of_team(endpoint));
    let examined = served.map(|endpoint| {
        let is_needed = |kind: &&&'static Kind| {
            let path = endpoint.path.without_query();
            needs(kind, has_enterprise).iter().any(|needed| needed.path.without_query() == path)
        };
        let kinds = kinds.iter().filter(is_needed);
        let mut needed_by: Vec<String> = Vec::new();
        for kind in kinds {
            if !needed_by.iter().any(|name| name == kind.name) {
                needed_by.push(kind.name.to_owned());
            }
        }
        ExaminedEndpoint { endpoint, needed_by }
    });
    examined.filter(|examined| all || !examined.needed_by.is_empty()).collect()
}

/// Endpoints that a kind needs, first those that list its scopes.
fn needs(kind: &Kind, has_enterprise: bool) -> Vec<Endpoint> {
    let of_enterprise = kind.of_enterprise.iter().filter(|_| has_enterprise);
    let sources = std::iter::once(&kind.source).chain(of_enterprise);
    kind.scope.endpoints().iter().copied().chain(sources.flat_map(|source| source.needed())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;

    fn shown(names: &[&str], all: bool) -> Vec<String> {
        let kinds: Vec<_> = names.iter().map(|name| kind::find(name).unwrap()).collect();
        let day = "2026-08-01".parse().unwrap();
        endpoints(&kinds, false, all).iter().map(|endpoint| endpoint.fill("acme", day)).collect()
    }

    #[test]
    fn a_kind_needs_its_report_and_what_leads_to_its_scope() {
        let organization = ["/orgs/acme", "/orgs/acme/copilot/metrics/reports/organization-28-day/latest"];
        assert_eq!(shown(&["organization-usage-metrics"], false), organization);
        let teams = [
            "/orgs/acme",
            "/orgs/acme/teams?per_page=1",
            "/orgs/acme/copilot/metrics/reports/users-1-day?day=2026-08-01",
            "/orgs/acme/copilot/metrics/reports/user-teams-1-day?day=2026-08-01",
        ];
        assert_eq!(shown(&["team-usage-metrics"], false), teams);
        // GitHub has closed what this kind is named after; its records are made of the same reports.
        assert_eq!(shown(&["copilot-team-metrics"], false), teams);
        let enterprise = ["/enterprises/acme/copilot/metrics/reports/enterprise-28-day/latest"];
        assert_eq!(shown(&["enterprise-usage-metrics"], false), enterprise);
    }

    #[test]
    fn a_list_is_asked_for_one_element_whatever_its_kind_reads_at_once() {
        assert_eq!(shown(&["copilot-seats"], false), ["/orgs/acme", "/orgs/acme/copilot/billing/seats?per_page=1"]);
        let all = shown(&["copilot-seats"], true);
        let of_seats = all.iter().filter(|path| path.starts_with("/orgs/acme/copilot/billing/seats")).count();
        assert_eq!(of_seats, 1, "{all:?}");
    }

    #[test]
    fn all_means_every_known_endpoint_once() {
        let all = shown(&["organization-usage-metrics"], true);
        assert_eq!(all.len(), 22);
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{all:?}");
        assert!(all.contains(&"/orgs/acme/copilot/metrics/reports/repos-1-day?day=2026-08-01".to_owned()));
        assert!(all.contains(&"/enterprises/acme/copilot/billing/seats?per_page=1".to_owned()));
    }
}
