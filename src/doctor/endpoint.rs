//! The requests that are worth trying, and which of them a kind needs. Pure.

use crate::kind::{Kind, MadeFrom, PathTemplate, Source, TeamReports};
use crate::model::day::Day;

/// What an endpoint gives, as far as rights differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// An organization itself.
    Profile,
    /// Teams.
    Teams,
    /// Reports of Copilot's usage.
    Reports,
    /// Seats and billing.
    Seats,
}

impl Gives {
    pub(super) fn of(path: &str) -> Self {
        match () {
            () if path.contains("/copilot/metrics/reports/") => Self::Reports,
            () if path.contains("/copilot/billing") => Self::Seats,
            () if path.contains("/teams") => Self::Teams,
            () => Self::Profile,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Profile => "the organization",
            Self::Teams => "its teams",
            Self::Reports => "usage metrics",
            Self::Seats => "seats",
        }
    }
}

/// A request to try for an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) path: PathTemplate,
    pub(super) is_enterprise: bool,
    /// Names of the mapping's kinds that need it.
    pub(super) needed_by: Vec<String>,
}

impl Endpoint {
    fn new(path: &'static str) -> Self {
        let is_enterprise = path.starts_with("/enterprises/");
        Self { path: PathTemplate(path), is_enterprise, needed_by: Vec::new() }
    }

    pub(super) fn gives(&self) -> Gives {
        Gives::of(self.path.0)
    }

    /// The path to ask. Lists are cut to one element, and a report of one day is asked for a day that should have one.
    pub(super) fn fill(&self, owner: &str, day: Day) -> String {
        let path = self.path.fill(owner, None);
        match self.gives() {
            Gives::Teams => format!("{path}?per_page=1"),
            Gives::Seats if path.ends_with("/seats") => format!("{path}?per_page=1"),
            Gives::Reports if path.ends_with("-1-day") => format!("{path}?day={day}"),
            _ => path,
        }
    }
}

/// Everything that GitHub serves for us, in the order in which it is shown.
const KNOWN: [&str; 18] = [
    "/orgs/{owner}",
    "/orgs/{owner}/teams",
    "/orgs/{owner}/copilot/metrics/reports/organization-28-day/latest",
    "/orgs/{owner}/copilot/metrics/reports/organization-1-day",
    "/orgs/{owner}/copilot/metrics/reports/users-28-day/latest",
    "/orgs/{owner}/copilot/metrics/reports/users-1-day",
    "/orgs/{owner}/copilot/metrics/reports/user-teams-1-day",
    "/orgs/{owner}/copilot/metrics/reports/repos-1-day",
    "/orgs/{owner}/copilot/billing",
    "/orgs/{owner}/copilot/billing/seats",
    "/enterprises/{owner}/teams",
    "/enterprises/{owner}/copilot/metrics/reports/enterprise-28-day/latest",
    "/enterprises/{owner}/copilot/metrics/reports/enterprise-1-day",
    "/enterprises/{owner}/copilot/metrics/reports/users-28-day/latest",
    "/enterprises/{owner}/copilot/metrics/reports/users-1-day",
    "/enterprises/{owner}/copilot/metrics/reports/user-teams-1-day",
    "/enterprises/{owner}/copilot/metrics/reports/repos-1-day",
    "/enterprises/{owner}/copilot/billing/seats",
];

/// The endpoints that these kinds need; with `all` also the others that are known. What a kind of organizations can also read of
/// an enterprise is needed only where there is one.
pub(super) fn endpoints(kinds: &[&'static Kind], has_enterprise: bool, all: bool) -> Vec<Endpoint> {
    let mut endpoints: Vec<Endpoint> = KNOWN.into_iter().map(Endpoint::new).collect();
    for kind in kinds {
        for path in paths(kind, has_enterprise) {
            let position = endpoints.iter().position(|endpoint| endpoint.path.0 == path).unwrap_or_else(|| {
                endpoints.push(Endpoint::new(path));
                endpoints.len() - 1
            });
            let endpoint = &mut endpoints[position];
            if !endpoint.needed_by.iter().any(|name| name == kind.name) {
                endpoint.needed_by.push(kind.name.to_owned());
            }
        }
    }
    endpoints.retain(|endpoint| all || !endpoint.needed_by.is_empty());
    endpoints
}

/// The paths that a kind is read from, those of its scope first.
fn paths(kind: &Kind, has_enterprise: bool) -> Vec<&'static str> {
    let scope: &[&str] = match (kind.scope.is_enterprise(), kind.scope.has_teams()) {
        (true, true) => &["/enterprises/{owner}/teams"],
        (true, false) => &[],
        (false, true) => &["/orgs/{owner}", "/orgs/{owner}/teams"],
        (false, false) => &["/orgs/{owner}"],
    };
    let of_enterprise = kind.of_enterprise.iter().filter(|_| has_enterprise).flat_map(of_source);
    scope.iter().copied().chain(of_source(&kind.source)).chain(of_enterprise).collect()
}

/// What is read where GitHub serves only what it documents: of a closed endpoint, that which its records are made from.
fn of_source(source: &Source) -> Vec<&'static str> {
    let of_teams = |reports: &TeamReports| vec![reports.memberships.path.0, reports.users.path.0];
    match source {
        Source::Pages { path, .. } => vec![path.0],
        Source::Report { latest, day } => vec![latest.unwrap_or(day.path).0],
        Source::Teams(reports) | Source::Legacy { made_from: MadeFrom::Teams(reports), .. } => of_teams(reports),
        Source::Legacy { made_from: MadeFrom::Users { latest, .. }, .. } => vec![latest.0],
    }
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
    fn all_means_every_known_endpoint_once() {
        let all = shown(&["organization-usage-metrics"], true);
        assert_eq!(all.len(), KNOWN.len());
        assert!(all.contains(&"/orgs/acme/copilot/metrics/reports/repos-1-day?day=2026-08-01".to_owned()));
        assert!(all.contains(&"/enterprises/acme/copilot/billing/seats?per_page=1".to_owned()));
    }
}
