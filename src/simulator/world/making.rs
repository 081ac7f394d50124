//! Makes organizations and teams with their members.

use std::collections::BTreeSet;

use super::super::names;
use super::super::random::{RandomStream, Stream, StreamPosition};
use super::{Change, PersonKey, Team, WorldOptions, WorldOrganization};

/// Users per guest. A guest also belongs to the next organization.
const GUEST_EVERY: u32 = 10;
/// Users per idle member, who holds a seat and never uses it.
const IDLE_EVERY: u32 = 12;
const ENTERPRISE_TEAMS: [&str; 3] = ["Platform Guild", "Pilots", "Everyone Else"];
/// Step between the members of an enterprise team.
const ENTERPRISE_TEAM_STRIDE: u32 = 3;

/// Organizations, teams and users that changes have removed.
#[derive(Default)]
pub(super) struct RemovedParts {
    organizations: BTreeSet<u32>,
    teams: BTreeSet<(u32, u32)>,
    people: BTreeSet<PersonKey>,
}

impl RemovedParts {
    /// Everything that these changes remove.
    pub(super) fn by(changes: &[Change]) -> Self {
        let mut removed = Self::default();
        for change in changes {
            match *change {
                Change::OrganizationRemoved { organization } => {
                    removed.organizations.insert(organization);
                }
                Change::TeamRemoved { organization, team } => {
                    removed.teams.insert((organization, team));
                }
                Change::UserLeft { organization, user } => {
                    removed.people.insert(PersonKey { organization, index: user });
                }
                Change::DayRestated { .. } => {}
            }
        }
        removed
    }

    pub(super) fn has_organization(&self, number: u32) -> bool {
        self.organizations.contains(&number)
    }
}

/// Organization of that number.
pub(super) fn organization(options: &WorldOptions, removed: &RemovedParts, number: u32) -> WorldOrganization {
    let users = options.user_count();
    let people = users + users.div_ceil(IDLE_EVERY);
    let present = |organization: u32, index: u32| {
        let person = PersonKey { organization, index };
        (!removed.people.contains(&person)).then_some(person)
    };
    let previous = (number + options.organizations - 1) % options.organizations;
    let guests: Vec<PersonKey> = match previous {
        // Guests from a removed organization have left too.
        previous if previous == number || removed.organizations.contains(&previous) => Vec::new(),
        previous => (0..users)
            .filter(|index| index % GUEST_EVERY == GUEST_EVERY - 1)
            .filter_map(|index| present(previous, index))
            .collect(),
    };
    let users: Vec<PersonKey> = (0..users).filter_map(|index| present(number, index)).collect();
    let idle: Vec<PersonKey> = (options.user_count()..people).filter_map(|index| present(number, index)).collect();
    let (login, name, description) = names::organization(number);
    WorldOrganization {
        number,
        id: 9001 + u64::from(number),
        login,
        name,
        description,
        members: [users.as_slice(), &idle, &guests].concat(),
        reported: [users, guests].concat(),
        teams: (0..options.teams)
            .filter(|team| !removed.teams.contains(&(number, *team)))
            .map(|team| organization_team(options, removed, number, team, people))
            .collect(),
    }
}

/// Team of an organization. The number of each person gives their first team; each team adds random others.
fn organization_team(options: &WorldOptions, removed: &RemovedParts, organization: u32, team: u32, people: u32) -> Team {
    let (name, slug) = names::team(organization, team);
    let mut stream =
        Stream::new(options.seed, RandomStream::Team, StreamPosition { organization, index: team, ..StreamPosition::default() });
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
    members.retain(|index| !removed.people.contains(&PersonKey { organization, index: *index }));
    Team {
        id: (u64::from(organization) + 1) * 100_000 + u64::from(team) + 1,
        name,
        slug,
        members: members.into_iter().map(|index| PersonKey { organization, index }).collect(),
    }
}

/// Teams of the enterprise. Every third person is in the same one.
pub(super) fn enterprise_teams(organizations: &[WorldOrganization]) -> Vec<Team> {
    let people: BTreeSet<PersonKey> =
        organizations.iter().flat_map(|organization| organization.members.iter().copied()).collect();
    let team = |(number, name): (usize, &&str)| Team {
        id: 40_000_001 + number as u64,
        name: (*name).to_owned(),
        slug: name.to_lowercase().replace(' ', "-"),
        members: people.iter().copied().filter(|person| person.index % ENTERPRISE_TEAM_STRIDE == number as u32).collect(),
    };
    ENTERPRISE_TEAMS.iter().enumerate().map(team).collect()
}
