//! Reports of one day that several kinds read, and the day from which GitHub has them.

use super::{DayReport, PathTemplate, TeamReports};

/// A report of an organization.
pub(super) const fn of_organization(path: PathTemplate, since: &'static str) -> DayReport {
    DayReport {
        path,
        since,
        newest: ORGANIZATION_USERS_LATEST,
    }
}

/// A report of an enterprise.
pub(super) const fn of_enterprise(path: PathTemplate, since: &'static str) -> DayReport {
    DayReport {
        path,
        since,
        newest: ENTERPRISE_USERS_LATEST,
    }
}

/// Users of an organization.
pub(super) const ORGANIZATION_USERS: DayReport = of_organization(
    PathTemplate("/orgs/{owner}/copilot/metrics/reports/users-1-day"),
    "2025-12-12",
);

/// Users of an enterprise.
pub(super) const ENTERPRISE_USERS: DayReport = of_enterprise(
    PathTemplate("/enterprises/{owner}/copilot/metrics/reports/users-1-day"),
    "2025-10-10",
);

/// Users of an organization over the last 28 days.
pub(super) const ORGANIZATION_USERS_LATEST: PathTemplate =
    PathTemplate("/orgs/{owner}/copilot/metrics/reports/users-28-day/latest");

/// Users of an enterprise over the last 28 days.
pub(super) const ENTERPRISE_USERS_LATEST: PathTemplate =
    PathTemplate("/enterprises/{owner}/copilot/metrics/reports/users-28-day/latest");

/// Teams of an organization.
pub(super) const ORGANIZATION_TEAMS: TeamReports = TeamReports {
    memberships: of_organization(
        PathTemplate("/orgs/{owner}/copilot/metrics/reports/user-teams-1-day"),
        "2026-05-14",
    ),
    users: ORGANIZATION_USERS,
};

/// Teams of an enterprise, business teams included.
pub(super) const ENTERPRISE_TEAMS: TeamReports = TeamReports {
    memberships: of_enterprise(
        PathTemplate("/enterprises/{owner}/copilot/metrics/reports/user-teams-1-day"),
        "2026-05-14",
    ),
    users: ENTERPRISE_USERS,
};
