//! Reports of one day that several kinds read, and the day from which GitHub has them.

use super::{DayReport, PathTemplate, TeamReports};

/// Users of an organization.
pub(super) const ORGANIZATION_USERS: DayReport =
    DayReport { path: PathTemplate("/orgs/{owner}/copilot/metrics/reports/users-1-day"), since: "2025-12-12" };

/// Users of an enterprise.
pub(super) const ENTERPRISE_USERS: DayReport =
    DayReport { path: PathTemplate("/enterprises/{owner}/copilot/metrics/reports/users-1-day"), since: "2025-10-10" };

/// Users of an organization over the last 28 days.
pub(super) const ORGANIZATION_USERS_LATEST: PathTemplate =
    PathTemplate("/orgs/{owner}/copilot/metrics/reports/users-28-day/latest");

/// Users of an enterprise over the last 28 days.
pub(super) const ENTERPRISE_USERS_LATEST: PathTemplate =
    PathTemplate("/enterprises/{owner}/copilot/metrics/reports/users-28-day/latest");

/// Teams of an organization.
pub(super) const ORGANIZATION_TEAMS: TeamReports = TeamReports {
    memberships: DayReport {
        path: PathTemplate("/orgs/{owner}/copilot/metrics/reports/user-teams-1-day"),
        since: "2026-05-14",
    },
    users: ORGANIZATION_USERS,
    latest: ORGANIZATION_USERS_LATEST,
};

/// Teams of an enterprise, business teams included.
pub(super) const ENTERPRISE_TEAMS: TeamReports = TeamReports {
    memberships: DayReport {
        path: PathTemplate("/enterprises/{owner}/copilot/metrics/reports/user-teams-1-day"),
        since: "2026-05-14",
    },
    users: ENTERPRISE_USERS,
    latest: ENTERPRISE_USERS_LATEST,
};
