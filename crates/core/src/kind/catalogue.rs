//! The endpoints that kinds are read from, each with the right that it needs and what it answers. Pure.

use super::vendor::Vendor;
use super::{ALL, DayReport, Form, Kind, MadeFrom, PathTemplate, ScopeLevel, Source, TeamReports};

/// A right of a credential, at the granularity in which endpoints need them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// To read an organization itself.
    Profile,
    /// To list teams.
    Teams,
    /// To read reports of Copilot's usage.
    UsageMetrics,
    /// To read seats and billing.
    Seats,
    /// To read what an organization or an enterprise is billed.
    Billing,
    /// To read Claude Code's analytics, with an Admin API key of Anthropic's.
    ClaudeCodeAnalytics,
    /// To read Cursor's Admin API, with a key that a team's administrator made.
    CursorAdmin,
}

impl Right {
    /// Objects that the right lets a credential read, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Profile => "the organization",
            Self::Teams => "its teams",
            Self::UsageMetrics => "usage metrics",
            Self::Seats => "seats",
            Self::Billing => "what is billed",
            Self::ClaudeCodeAnalytics => "Claude Code's analytics",
            Self::CursorAdmin => "Cursor's Admin API",
        }
    }
}

/// How a GitHub App gets a right for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppAccess {
    /// Every App has it.
    Open,
    /// By the permission of that name.
    Permission(&'static str),
    /// By a permission whose name GitHub does not document.
    Unnamed,
    /// Not at all.
    No,
}

impl Right {
    /// How a GitHub App gets it at an organization or an enterprise.
    pub fn app_access(self, is_enterprise: bool) -> AppAccess {
        match (self, is_enterprise) {
            (Self::Profile, _) => AppAccess::Open,
            (Self::Teams, false) => AppAccess::Permission("members"),
            (Self::UsageMetrics, false) => AppAccess::Permission("organization_copilot_metrics"),
            (Self::Seats, false) => AppAccess::Permission("organization_copilot_seat_management"),
            (Self::Billing, false) => AppAccess::Permission("organization_administration"),
            (Self::Teams, true) => AppAccess::Permission("enterprise_teams"),
            (Self::UsageMetrics, true) => AppAccess::Permission("enterprise_copilot_metrics"),
            (Self::Billing, true) => AppAccess::Unnamed,
            (Self::Seats, true) | (Self::ClaudeCodeAnalytics | Self::CursorAdmin, _) => AppAccess::No,
        }
    }
}

/// Shapes of an endpoint's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// One object, or links to the report of the last 28 days.
    One,
    /// Links to the report of the day that the query names.
    OfDay,
    /// A list, page by page.
    List,
}

/// An endpoint of GitHub's, or of another vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Path.
    pub path: PathTemplate,
    /// Right that a credential needs for it.
    pub right: Right,
    /// Shape of the answer.
    pub answer: Answer,
    /// True for an endpoint that GitHub has closed. A host may still serve it.
    pub is_closed: bool,
}

impl Endpoint {
    const fn new(path: PathTemplate, right: Right, answer: Answer) -> Self {
        Self { path, right, answer, is_closed: false }
    }

    /// True for an endpoint of an enterprise, false for one of an organization.
    pub fn is_enterprise(&self) -> bool {
        self.path.0.starts_with("/enterprises/")
    }
}

fn latest(path: PathTemplate) -> Endpoint {
    Endpoint::new(path, Right::UsageMetrics, Answer::One)
}

fn of_day(report: &DayReport) -> Endpoint {
    Endpoint::new(report.path, Right::UsageMetrics, Answer::OfDay)
}

fn of_teams(reports: &TeamReports) -> Vec<Endpoint> {
    vec![of_day(&reports.memberships), of_day(&reports.users)]
}

impl Source {
    /// Everything that records may come from, what is asked first first.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let closed = |path| Endpoint { is_closed: true, ..Endpoint::new(path, Right::UsageMetrics, Answer::List) };
        match self {
            Self::Pages { path, form, right } => {
                let answer = if *form == Form::Object { Answer::One } else { Answer::List };
                vec![Endpoint::new(*path, *right, answer)]
            }
            Self::Account(list) => vec![Endpoint::new(list.path, list.right, Answer::List)],
            Self::Days(answers) => vec![Endpoint::new(answers.path, answers.right, Answer::One)],
            Self::ToolDays => Vec::new(),
            Self::Report { latest: path, day } => path.iter().copied().map(latest).chain([of_day(day)]).collect(),
            Self::Teams(reports) => of_teams(reports),
            Self::Legacy { path, made_from: MadeFrom::Users { latest: users, day } } => {
                vec![closed(*path), latest(*users), of_day(day)]
            }
            Self::Legacy { path, made_from: MadeFrom::Teams(reports) } => [vec![closed(*path)], of_teams(reports)].concat(),
        }
    }

    /// Endpoints that are needed when no day is chosen and GitHub serves only documented ones. For a closed endpoint: those that
    /// its records are made from.
    pub fn needed(&self) -> Vec<Endpoint> {
        let mut endpoints = self.endpoints();
        endpoints.retain(|endpoint| !endpoint.is_closed);
        let is_one_of_both = matches!(self, Self::Report { .. } | Self::Legacy { made_from: MadeFrom::Users { .. }, .. });
        if is_one_of_both {
            endpoints.truncate(1);
        }
        endpoints
    }
}

impl ScopeLevel {
    /// Endpoints that list the scopes of this level. No endpoint lists enterprises.
    pub fn endpoints(self) -> &'static [Endpoint] {
        const ORGANIZATION: Endpoint = Endpoint::new(PathTemplate("/orgs/{owner}"), Right::Profile, Answer::One);
        const TEAMS: Endpoint = Endpoint::new(PathTemplate("/orgs/{owner}/teams"), Right::Teams, Answer::List);
        const ENTERPRISE_TEAMS: Endpoint = Endpoint::new(PathTemplate("/enterprises/{owner}/teams"), Right::Teams, Answer::List);
        match self {
            Self::Organization => &[ORGANIZATION],
            Self::OrganizationTeam => &[ORGANIZATION, TEAMS],
            Self::Enterprise => &[],
            Self::EnterpriseTeam => &[ENTERPRISE_TEAMS],
            Self::Account | Self::AccountDay | Self::Nothing => &[],
        }
    }
}

impl Kind {
    /// True for a kind of repositories. An App sees the private ones only with the permission to read their metadata.
    pub fn lists_repositories(&self) -> bool {
        self.source.endpoints().iter().any(|endpoint| endpoint.path.without_query().0.ends_with("/repos"))
    }

    /// Everything that it may be read from, those of its scope first and those of an enterprise last.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let sources = std::iter::once(&self.source).chain(&self.of_enterprise);
        self.scope.endpoints().iter().copied().chain(sources.flat_map(Source::endpoints)).collect()
    }
}

/// Every endpoint of GitHub's that some kind may be read from, once: those of organizations first, then by the right that they need, single
/// answers before lists. Within that, what a kind is about comes before what it can be read from besides.
pub fn endpoints() -> Vec<Endpoint> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    let own = super::of(Vendor::GitHub).flat_map(|kind| kind.scope.endpoints().iter().copied().chain(kind.source.endpoints()));
    let of_enterprises = ALL.iter().flat_map(|kind| &kind.of_enterprise).flat_map(Source::endpoints);
    for endpoint in own.chain(of_enterprises) {
        // The list of teams is a kind's, and the way to the scopes of others.
        if !endpoints.iter().any(|known| known.path.without_query() == endpoint.path.without_query()) {
            endpoints.push(endpoint);
        }
    }
    endpoints.sort_by_key(|endpoint| (endpoint.is_enterprise(), endpoint.right, endpoint.answer == Answer::List));
    endpoints
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::kind::find;

    #[test]
    fn a_path_stands_once_with_one_right() {
        let endpoints = endpoints();
        let paths: HashSet<_> = endpoints.iter().map(|endpoint| endpoint.path.without_query()).collect();
        assert_eq!(paths.len(), endpoints.len(), "{endpoints:#?}");
    }

    #[test]
    fn the_paths_tell_the_rights_that_github_documents() {
        for endpoint in endpoints() {
            let path = endpoint.path.0;
            let documented = match () {
                () if path.contains("/copilot/metrics") => Right::UsageMetrics,
                () if path.contains("/copilot/billing") => Right::Seats,
                () if path.contains("/settings/billing") => Right::Billing,
                () if path.contains("/teams") || path.contains("/members") => Right::Teams,
                () => Right::Profile,
            };
            assert_eq!(endpoint.right, documented, "{path}");
            assert_eq!(endpoint.answer == Answer::OfDay, path.ends_with("-1-day"), "{path}");
        }
    }

    #[test]
    fn what_is_needed_leaves_out_the_closed_and_one_of_two_ways() {
        let needed = |name: &str| -> Vec<_> {
            let endpoints = find(name).unwrap().source.needed();
            endpoints.iter().map(|endpoint| endpoint.path.0.rsplit_once("/copilot").unwrap().1).collect()
        };
        let table = [
            ("copilot-seats", &["/billing/seats?per_page=100"][..]),
            ("organization-usage-metrics", &["/metrics/reports/organization-28-day/latest"]),
            ("repository-usage-metrics", &["/metrics/reports/repos-1-day"]),
            ("team-usage-metrics", &["/metrics/reports/user-teams-1-day", "/metrics/reports/users-1-day"]),
            ("copilot-team-metrics", &["/metrics/reports/user-teams-1-day", "/metrics/reports/users-1-day"]),
            ("copilot-organization-metrics", &["/metrics/reports/users-28-day/latest"]),
        ];
        for (kind, expected) in table {
            assert_eq!(needed(kind), expected, "{kind}");
        }
    }
}
