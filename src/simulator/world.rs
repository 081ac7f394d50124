//! The world: who is in which organization and team, and which days there are. What people did is in
//! [`super::activity`]; what is reported of it in [`super::report`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};

use crate::model::day::Day;

use super::calendar::{self, CalendarDay};
use super::names;
use super::random::{Concern, Place, Stream};

/// Teams with fewer seats than this are not reported on.
pub(super) const FEWEST_REPORTED_SEATS: usize = 5;
/// Identifiers leave room for so many people in an organization.
const MOST_USERS: u32 = 900_000;
/// One in so many users belongs to the next organization too.
const GUEST_EVERY: u32 = 10;
/// For so many users there is one more who holds a seat and never uses it.
const IDLE_EVERY: u32 = 12;
const ENTERPRISE_TEAMS: [&str; 3] = ["Platform Guild", "Pilots", "Everyone Else"];
/// Enterprise teams are made of every so manyth person.
const ENTERPRISE_TEAM_STRIDE: u32 = 3;

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

/// A person, by the organization that is theirs and their number in it.
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
pub(super) struct Organization {
    pub(super) number: u32,
    pub(super) id: u64,
    pub(super) login: String,
    pub(super) name: String,
    pub(super) description: String,
    /// Everybody: users, then idle members, then guests.
    pub(super) members: Vec<PersonKey>,
    /// Those who have a record on each day: users, then guests.
    pub(super) reported: Vec<PersonKey>,
    pub(super) teams: Vec<Team>,
}

#[derive(Debug)]
pub(super) struct Enterprise {
    pub(super) id: u64,
    pub(super) slug: String,
    pub(super) name: String,
    /// Everybody of every organization, once.
    pub(super) reported: Vec<PersonKey>,
    pub(super) teams: Vec<Team>,
}

/// A GitHub with Copilot, whole and unchanging. Cheap to clone.
#[derive(Clone, Debug)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: WorldOptions,
    enterprise: Enterprise,
    organizations: Vec<Organization>,
    /// How often a day of an organization was restated.
    revisions: BTreeMap<(u32, i32), u32>,
}

impl World {
    /// Makes the world of these options. Takes time and memory with the number of people and team members, not with the
    /// number of days.
    pub fn new(options: WorldOptions) -> Self {
        let gone = Gone::of(&options.changes);
        let users = options.users.min(MOST_USERS);
        let organizations: Vec<Organization> = (0..options.organizations)
            .filter(|number| !gone.organizations.contains(number))
            .map(|number| organization(&options, users, &gone, number))
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
            teams: enterprise_teams(&organizations),
            reported: reported.into_iter().collect(),
        };
        Self(Arc::new(Inner { options, enterprise, organizations, revisions }))
    }

    /// The options that the world was made of.
    pub fn options(&self) -> &WorldOptions {
        &self.0.options
    }

    /// The same world after one more thing has happened.
    #[must_use]
    pub fn changed(&self, change: Change) -> Self {
        let mut options = self.0.options.clone();
        options.changes.push(change);
        Self::new(options)
    }

    /// Logins of the organizations, in the order in which GitHub lists them.
    pub fn organization_logins(&self) -> Vec<&str> {
        self.0.organizations.iter().map(|organization| organization.login.as_str()).collect()
    }

    /// The moment that the world shows as now where GitHub shows one: the third day after the last one, at 04:00 UTC.
    /// Nothing in a world depends on the machine's clock.
    pub fn now(&self) -> Timestamp {
        let seconds = i64::from(calendar::number(self.0.options.until)) * 86_400;
        let moment = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        moment.checked_add((3 * 24 + 4).hours()).unwrap_or(moment)
    }

    pub(super) fn enterprise(&self) -> &Enterprise {
        &self.0.enterprise
    }

    pub(super) fn organizations(&self) -> &[Organization] {
        &self.0.organizations
    }

    /// Logins are not case sensitive.
    pub(super) fn organization(&self, login: &str) -> Option<&Organization> {
        self.0.organizations.iter().find(|organization| organization.login.eq_ignore_ascii_case(login))
    }

    /// The first day and the last; none in a world without days.
    pub(super) fn days(&self) -> Option<(CalendarDay, CalendarDay)> {
        let count = i32::try_from(self.0.options.days).unwrap_or(i32::MAX);
        let last = CalendarDay::new(self.0.options.until);
        (count > 0).then(|| (last.plus_days(1 - count), last))
    }

    /// Idle people hold a seat and do nothing with it.
    pub(super) fn is_idle(&self, person: PersonKey) -> bool {
        person.index >= self.0.options.users.min(MOST_USERS)
    }

    pub(super) fn revision(&self, organization: u32, day: i32) -> u32 {
        if self.0.revisions.is_empty() {
            return 0;
        }
        self.0.revisions.get(&(organization, day)).copied().unwrap_or_default()
    }
}

/// What changes have removed.
#[derive(Default)]
struct Gone {
    organizations: BTreeSet<u32>,
    teams: BTreeSet<(u32, u32)>,
    people: BTreeSet<PersonKey>,
}

impl Gone {
    fn of(changes: &[Change]) -> Self {
        let mut gone = Self::default();
        for change in changes {
            match *change {
                Change::OrganizationRemoved { organization } => {
                    gone.organizations.insert(organization);
                }
                Change::TeamRemoved { organization, team } => {
                    gone.teams.insert((organization, team));
                }
                Change::UserLeft { organization, user } => {
                    gone.people.insert(PersonKey { organization, index: user });
                }
                Change::DayRestated { .. } => {}
            }
        }
        gone
    }
}

fn organization(options: &WorldOptions, users: u32, gone: &Gone, number: u32) -> Organization {
    let people = users + users.div_ceil(IDLE_EVERY);
    let present = |organization: u32, index: u32| {
        let person = PersonKey { organization, index };
        (!gone.people.contains(&person)).then_some(person)
    };
    let previous = (number + options.organizations - 1) % options.organizations;
    let guests: Vec<PersonKey> = match previous {
        // Who comes from an organization that is gone has left with it.
        previous if previous == number || gone.organizations.contains(&previous) => Vec::new(),
        previous => (0..users)
            .filter(|index| index % GUEST_EVERY == GUEST_EVERY - 1)
            .filter_map(|index| present(previous, index))
            .collect(),
    };
    let users: Vec<PersonKey> = (0..users).filter_map(|index| present(number, index)).collect();
    let idle: Vec<PersonKey> =
        (options.users.min(MOST_USERS)..people).filter_map(|index| present(number, index)).collect();
    let (login, name, description) = names::organization(number);
    Organization {
        number,
        id: 9001 + u64::from(number),
        login,
        name,
        description,
        members: [users.as_slice(), &idle, &guests].concat(),
        reported: [users, guests].concat(),
        teams: (0..options.teams)
            .filter(|team| !gone.teams.contains(&(number, *team)))
            .map(|team| organization_team(options, gone, number, team, people))
            .collect(),
    }
}

/// Everybody's first team is the one that their number falls on; each team draws some more from the whole organization.
fn organization_team(options: &WorldOptions, gone: &Gone, organization: u32, team: u32, people: u32) -> Team {
    let (name, slug) = names::team(organization, team);
    let mut stream = Stream::new(options.seed, Concern::Team, Place { organization, index: team, ..Place::default() });
    let mut members: BTreeSet<u32> = if organization == 0 && team > 0 && team + 1 == options.teams {
        (0..people.min(3)).collect()
    } else {
        let first = (team..people).step_by(options.teams as usize).collect::<BTreeSet<u32>>();
        let wanted = first.len().max(stream.between(6, 10) as usize) + stream.below(3) as usize;
        let mut members = first;
        while members.len() < wanted.min(people as usize) {
            members.insert(stream.below(people));
        }
        members
    };
    members.retain(|index| !gone.people.contains(&PersonKey { organization, index: *index }));
    Team {
        id: (u64::from(organization) + 1) * 100_000 + u64::from(team) + 1,
        name,
        slug,
        members: members.into_iter().map(|index| PersonKey { organization, index }).collect(),
    }
}

fn enterprise_teams(organizations: &[Organization]) -> Vec<Team> {
    let people: BTreeSet<PersonKey> =
        organizations.iter().flat_map(|organization| organization.members.iter().copied()).collect();
    let team = |(number, name): (usize, &&str)| Team {
        id: 40_000_001 + number as u64,
        name: (*name).to_owned(),
        slug: name.to_lowercase().replace(' ', "-"),
        members: people
            .iter()
            .copied()
            .filter(|person| person.index % ENTERPRISE_TEAM_STRIDE == number as u32)
            .collect(),
    };
    ENTERPRISE_TEAMS.iter().enumerate().map(team).collect()
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
