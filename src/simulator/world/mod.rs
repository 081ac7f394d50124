//! World: organizations, teams, members and days. Activity is in [`super::activity`], reports in [`super::report`].

mod making;
mod options;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use super::calendar::{self, CalendarDay};
use super::names;
use making::RemovedParts;
pub use options::{Change, WorldOptions};

/// Seats below which a team is not reported.
pub(super) const FEWEST_REPORTED_SEATS: usize = 5;
/// Most users of an organization for which identifiers are unique.
const MOST_USERS: u32 = 900_000;

/// Person, by home organization and number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PersonKey {
    pub(super) organization: u32,
    pub(super) index: u32,
}

impl PersonKey {
    pub(super) fn id(self) -> u64 {
        (u64::from(self.organization) + 1) * 1_000_000 + u64::from(self.index) + 1
    }

    pub(super) fn login(self) -> String {
        names::login(self.organization, self.index)
    }
}

#[derive(Debug)]
pub(super) struct Team {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) slug: String,
    /// Ascending.
    pub(super) members: Vec<PersonKey>,
}

#[derive(Debug)]
pub(super) struct WorldOrganization {
    pub(super) number: u32,
    pub(super) id: u64,
    pub(super) login: String,
    pub(super) name: String,
    pub(super) description: String,
    /// All members: users, then idle members, then guests.
    pub(super) members: Vec<PersonKey>,
    /// Members with a record on each day: users, then guests.
    pub(super) reported: Vec<PersonKey>,
    pub(super) teams: Vec<Team>,
}

#[derive(Debug)]
pub(super) struct Enterprise {
    pub(super) id: u64,
    pub(super) slug: String,
    pub(super) name: String,
    /// People of all organizations, each once.
    pub(super) reported: Vec<PersonKey>,
    pub(super) teams: Vec<Team>,
}

/// Immutable content of a simulated GitHub. Cheap to clone.
#[derive(Clone, Debug)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: WorldOptions,
    enterprise: Enterprise,
    organizations: Vec<WorldOrganization>,
    /// Number of restatements by organization and day.
    revisions: BTreeMap<(u32, i32), u32>,
}

impl World {
    /// Makes the world of these options. Time and memory grow with people and team members, not with days.
    pub fn new(options: WorldOptions) -> Self {
        let removed = RemovedParts::by(&options.changes);
        let organizations: Vec<WorldOrganization> = (0..options.organizations)
            .filter(|number| !removed.has_organization(*number))
            .map(|number| making::organization(&options, &removed, number))
            .collect();
        let reported: BTreeSet<PersonKey> =
            organizations.iter().flat_map(|organization| organization.reported.iter().copied()).collect();
        let mut revisions = BTreeMap::new();
        for change in &options.changes {
            if let Change::DayRestated { organization, day } = change {
                *revisions.entry((*organization, calendar::number(*day))).or_default() += 1;
            }
        }
        let enterprise = Enterprise {
            id: 4001,
            slug: options.enterprise.clone(),
            name: "The Fleet".to_owned(),
            teams: making::enterprise_teams(&organizations),
            reported: reported.into_iter().collect(),
        };
        Self(Arc::new(Inner { options, enterprise, organizations, revisions }))
    }

    /// Options of the world.
    pub fn options(&self) -> &WorldOptions {
        &self.0.options
    }

    /// Copy of the world with one more change.
    #[must_use]
    pub fn changed(&self, change: Change) -> Self {
        let mut options = self.0.options.clone();
        options.changes.push(change);
        Self::new(options)
    }

    /// Logins of the organizations, in GitHub's order.
    pub fn organization_logins(&self) -> Vec<&str> {
        self.0.organizations.iter().map(|organization| organization.login.as_str()).collect()
    }

    /// Logins of the organizations without teams.
    pub fn organizations_without_teams(&self) -> Vec<&str> {
        let without = self.0.organizations.iter().filter(|organization| organization.teams.is_empty());
        without.map(|organization| organization.login.as_str()).collect()
    }

    /// Current time in the world: the third day after the last one, at 04:00 UTC. Nothing in a world depends on the machine's
    /// clock.
    pub fn now(&self) -> Timestamp {
        let seconds = i64::from(calendar::number(self.0.options.until)) * 86_400;
        let moment = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        moment.checked_add((3 * 24 + 4).hours()).unwrap_or(moment)
    }

    pub(super) fn enterprise(&self) -> &Enterprise {
        &self.0.enterprise
    }

    pub(super) fn organizations(&self) -> &[WorldOrganization] {
        &self.0.organizations
    }

    /// Organization by its login. Case is ignored.
    pub(super) fn organization(&self, login: &str) -> Option<&WorldOrganization> {
        self.0.organizations.iter().find(|organization| organization.login.eq_ignore_ascii_case(login))
    }

    /// First and last day. None in a world without days.
    pub(super) fn days(&self) -> Option<(CalendarDay, CalendarDay)> {
        let count = i32::try_from(self.0.options.days).unwrap_or(i32::MAX);
        let last = CalendarDay::new(self.0.options.until);
        (count > 0).then(|| (last.plus_days(1 - count), last))
    }

    /// Checks whether a person holds a seat without using it.
    pub(super) fn is_idle(&self, person: PersonKey) -> bool {
        person.index >= self.0.options.user_count()
    }

    pub(super) fn revision(&self, organization: u32, day: i32) -> u32 {
        if self.0.revisions.is_empty() {
            return 0;
        }
        self.0.revisions.get(&(organization, day)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(options: WorldOptions) -> World {
        World::new(options)
    }

    #[test]
    fn a_larger_world_keeps_the_people_of_the_smaller_one() {
        let small = world(WorldOptions::default());
        let large = world(WorldOptions { organizations: 5, days: 90, ..WorldOptions::default() });
        for (small, large) in small.organizations().iter().zip(large.organizations()).skip(1) {
            assert_eq!(small.members, large.members);
            for (small, large) in small.teams.iter().zip(&large.teams) {
                assert_eq!((&small.slug, &small.members), (&large.slug, &large.members));
            }
        }
    }

    #[test]
    fn exactly_one_team_is_too_small_to_be_reported() {
        let world = world(WorldOptions::default());
        let teams = world.organizations().iter().flat_map(|organization| &organization.teams);
        let small: Vec<&str> =
            teams.filter(|team| team.members.len() < FEWEST_REPORTED_SEATS).map(|team| team.slug.as_str()).collect();
        assert_eq!(small.len(), 1);
    }

    #[test]
    fn who_left_is_gone_everywhere() {
        let world = world(WorldOptions::default()).changed(Change::UserLeft { organization: 0, user: 9 });
        let person = PersonKey { organization: 0, index: 9 };
        for organization in world.organizations() {
            assert!(!organization.members.contains(&person) && !organization.reported.contains(&person));
            assert!(organization.teams.iter().all(|team| !team.members.contains(&person)));
        }
        assert!(!world.enterprise().reported.contains(&person));
    }

    #[test]
    fn a_removed_organization_takes_its_guests_along() {
        let world = world(WorldOptions::default()).changed(Change::OrganizationRemoved { organization: 0 });
        assert_eq!(world.organization_logins(), ["tidewater", "lighthouse"]);
        assert!(world.enterprise().reported.iter().all(|person| person.organization != 0));
    }

    #[test]
    fn worlds_without_anything_are_worlds() {
        for options in [
            WorldOptions { organizations: 0, ..WorldOptions::default() },
            WorldOptions { users: 0, ..WorldOptions::default() },
            WorldOptions { teams: 0, days: 0, ..WorldOptions::default() },
        ] {
            let world = world(options);
            assert_eq!(world.days().is_none(), world.options().days == 0);
        }
    }
}
