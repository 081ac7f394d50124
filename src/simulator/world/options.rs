//! What a world is made of, and what can happen to it.

use crate::model::day::Day;

use super::super::calendar;
use super::MOST_USERS;

/// How large a world is, and what has happened to it. The same options always give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldOptions {
    /// The seed of everything.
    pub seed: u64,
    /// Slug of the enterprise that all organizations belong to.
    pub enterprise: String,
    /// How many organizations.
    pub organizations: u32,
    /// How many teams each organization has. The first organization's last team has three members, too few to be
    /// reported on; the first two organizations both have a team `platform`.
    pub teams: u32,
    /// How many users of Copilot each organization has, at most 900,000. Each has one record per day, on quiet days an
    /// almost empty one. On top come idle members, one for every twelve users, who hold a seat and appear in no users
    /// report; and guests, the tenth part of the organization before, whose records appear in both.
    pub users: u32,
    /// How many days there are, up to [`WorldOptions::until`]. Before the first one, nobody used Copilot.
    pub days: u32,
    /// The last day.
    pub until: Day,
    /// Whether the endpoints that GitHub closed on 2026-04-02 still answer.
    pub legacy: bool,
    /// How many lines a file of a report holds before the next one begins.
    pub lines_per_part: u64,
    /// What has happened since, in this order.
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

/// Something that happens to a world. Organizations, teams and users are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// An organization is gone: it is listed nowhere, and asking for it gives 404.
    OrganizationRemoved {
        /// Which.
        organization: u32,
    },
    /// A team is gone.
    TeamRemoved {
        /// Whose.
        organization: u32,
        /// Which.
        team: u32,
    },
    /// A user is gone from members, teams, seats and every report, past days included.
    UserLeft {
        /// Whose.
        organization: u32,
        /// Which.
        user: u32,
    },
    /// GitHub has restated a day: the numbers of an organization's own users on that day are others now.
    DayRestated {
        /// Whose.
        organization: u32,
        /// Which.
        day: Day,
    },
}

impl WorldOptions {
    /// Users of an organization, at most as many as identifiers leave room for.
    pub(super) fn user_count(&self) -> u32 {
        self.users.min(MOST_USERS)
    }
}
