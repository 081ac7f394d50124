//! States of a scenario: the first one, and the changes that lead to the next.

use pilotage::model::day::Day;
use pilotage::simulator::{Change, World, WorldOptions};
use pilotage::source::copilot::Owners;

use super::generated_mapping::{GeneratedMapping, Shape};
use super::random::{Concern, RandomStream};

/// GitHub, the mapping and the settings at one point of the scenario.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) world: WorldOptions,
    pub(crate) mapping: GeneratedMapping,
    /// Tells whether the settings name the organizations. They are kept up to date, as an attentive user does.
    pub(crate) is_named: bool,
}

impl State {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut stream = RandomStream::new(seed, Concern::World, 0);
        let mapping = GeneratedMapping::draw(&mut RandomStream::new(seed, Concern::Mapping, 0));
        let world = WorldOptions {
            seed: stream.next(),
            organizations: stream.between(1, 3) as u32,
            teams: stream.below(3) as u32,
            users: stream.between(1, 4) as u32,
            days: stream.between(1, 3) as u32,
            legacy: true,
            lines_per_part: stream.pick(&[2, 5, 20_000]),
            ..WorldOptions::default()
        };
        Self { world, mapping, is_named: stream.chance(30) }
    }

    pub(crate) fn owners(&self, world: &World) -> Owners {
        let enterprise = self.mapping.has(Shape::EnterpriseDays);
        // With an enterprise, organizations are read only when they are named.
        let organizations = match self.is_named || enterprise {
            true => world.organization_logins().into_iter().map(str::to_owned).collect(),
            false => Vec::new(),
        };
        Owners { organizations, enterprise: enterprise.then(|| self.world.enterprise.clone()) }
    }

    /// Makes a change, and describes it.
    pub(crate) fn happen(&mut self, seed: u64, step: u64) -> String {
        let mut stream = RandomStream::new(seed, Concern::History, step);
        let organization = stream.below(u64::from(self.world.organizations)) as u32;
        let change = match stream.below(10) {
            0 | 1 => Change::UserLeft { organization, user: stream.below(u64::from(self.world.users)) as u32 },
            // A world of none is a matter of its own: then nobody can be named.
            2 | 3 if self.organizations_left() > 1 => Change::OrganizationRemoved { organization },
            4 => {
                let day = self.world.until.plus_days(-(stream.below(u64::from(self.world.days)) as i32));
                Change::DayRestated { organization, day }
            }
            5 => Change::TeamRemoved { organization, team: stream.below(u64::from(self.world.teams.max(1))) as u32 },
            6 | 7 => {
                self.world.until = Day::plus_days(self.world.until, stream.between(1, 2) as i32);
                return format!("days go on to {}", self.world.until);
            }
            _ => return self.mapping.edit(&mut stream),
        };
        self.world.changes.push(change);
        format!("{change:?}")
    }

    fn organizations_left(&self) -> usize {
        World::new(self.world.clone()).organization_logins().len()
    }
}
