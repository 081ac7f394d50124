//! Reports of one day that several kinds read, and the day before which GitHub has none.
//!
//! Reports that were announced later begin no later here: an announcement is no limit, GitHub documents no first day of theirs,
//! and its own sample of `user-teams-1-day` is older than the announcement. A day without a report is found to have none.

use super::{DayReport, PathTemplate, TeamReports};

/// The first day of which GitHub has usage metrics of organizations.
pub(super) const ORGANIZATIONS_SINCE: &str = "2025-12-12";

/// The first day of which GitHub has usage metrics of enterprises.
pub(super) const ENTERPRISES_SINCE: &str = "2025-10-10";

/// A report of an organization.
pub(super) const fn of_organization(path: PathTemplate, since: &'static str) -> DayReport {
    DayReport { path, since, newest: ORGANIZATION_USERS_LATEST }
}

/// A report of an enterprise.
pub(super) const fn of_enterprise(path: PathTemplate, since: &'static str) -> DayReport {
    DayReport { path, since, newest: ENTERPRISE_USERS_LATEST }
}

/// Users of an organization.
pub(super) const ORGANIZATION_USERS: DayReport =
    of_organization(PathTemplate("/orgs/{owner}/copilot/metrics/reports/users-1-day"), ORGANIZATIONS_SINCE);

/// Users of an enterprise.
pub(super) const ENTERPRISE_USERS: DayReport =
    of_enterprise(PathTemplate("/enterprises/{owner}/copilot/metrics/reports/users-1-day"), ENTERPRISES_SINCE);

/// Users of an organization over the last 28 days.
pub(super) const ORGANIZATION_USERS_LATEST: PathTemplate =
    PathTemplate("/orgs/{owner}/copilot/metrics/reports/users-28-day/latest");

/// Users of an enterprise over the last 28 days.
pub(super) const ENTERPRISE_USERS_LATEST: PathTemplate =
    PathTemplate("/enterprises/{owner}/copilot/metrics/reports/users-28-day/latest");

/// Teams of an organization.
pub(super) const ORGANIZATION_TEAMS: TeamReports = TeamReports {
    memberships: of_organization(PathTemplate("/orgs/{owner}/copilot/metrics/reports/user-teams-1-day"), ORGANIZATIONS_SINCE),
    users: ORGANIZATION_USERS,
};

/// Teams of an enterprise, business teams included.
pub(super) const ENTERPRISE_TEAMS: TeamReports = TeamReports {
    memberships: of_enterprise(PathTemplate("/enterprises/{owner}/copilot/metrics/reports/user-teams-1-day"), ENTERPRISES_SINCE),
    users: ENTERPRISE_USERS,
};
