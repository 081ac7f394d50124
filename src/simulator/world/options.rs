//! Size of a world, and changes to it.

use crate::model::day::Day;

use super::super::calendar;
use super::MOST_USERS;

/// Size and changes of a world. The same options always give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldOptions {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Slug of the enterprise of all organizations.
    pub enterprise: String,
    /// Number of organizations.
    pub organizations: u32,
    /// Teams of each organization. The last team of the first organization has three members, too few to be reported. The first
    /// two organizations both have a team `platform`.
    pub teams: u32,
    /// Users of Copilot in each organization, at most 900,000. Each has one record per day, almost empty on quiet days. Each
    /// organization also has idle members, one for every twelve users, who hold a seat and appear in no users report; and
    /// guests, a tenth of the previous organization, whose records appear in both.
    pub users: u32,
    /// Number of days up to [`WorldOptions::until`]. Nobody used Copilot before the first one.
    pub days: u32,
    /// Last day.
    pub until: Day,
    /// The endpoints that GitHub closed on 2026-04-02 still answer.
    pub legacy: bool,
    /// Most lines of a file of a report.
    pub lines_per_part: u64,
    /// Changes since, in this order.
    pub changes: Vec<Change>,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            seed: 7,
            enterprise: "fleet".to_owned(),
            organizations: 3,
            teams: 4,
            users: 40,
            days: 28,
            until: calendar::day(calendar::DEFAULT_UNTIL),
            legacy: false,
            lines_per_part: 20_000,
            changes: Vec::new(),
        }
    }
}

/// Change of a world. Organizations, teams and users are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// An organization is removed: it is listed nowhere, and requests for it answer 404.
    OrganizationRemoved {
        /// Organization.
        organization: u32,
    },
    /// A team is removed.
    TeamRemoved {
        /// Organization.
        organization: u32,
        /// Team.
        team: u32,
    },
    /// A user is removed from members, teams, seats and every report, past days included.
    UserLeft {
        /// Home organization.
        organization: u32,
        /// User.
        user: u32,
    },
    /// GitHub restates a day: the numbers of an organization's own users on that day change.
    DayRestated {
        /// Organization.
        organization: u32,
        /// Day.
        day: Day,
    },
}

impl WorldOptions {
    /// Users of an organization, up to the limit of identifiers.
    pub(super) fn user_count(&self) -> u32 {
        self.users.min(MOST_USERS)
    }
}
