//! What was found of one day of a scope or of a team, as a figure takes it.

use std::rc::Rc;

use crate::facts::{PeopleCounts, PeopleDay, PersonSet, SeatsDay, TeamEntry, TeamsIndex};
use crate::figure::{DayFacts, TeamsFacts};
use crate::model::day::Day;

/// What was found of a day.
#[derive(Default)]
pub(super) struct FoundFacts {
    pub(super) is_provisional: bool,
    pub(super) is_withheld: bool,
    pub(super) aggregate: Option<String>,
    pub(super) people: Option<PeopleDay>,
    pub(super) counts: Option<PeopleCounts>,
    members: Option<PersonSet>,
    pub(super) teams: Option<(TeamsIndex, Rc<Vec<PersonSet>>)>,
    pub(super) seats: Option<Rc<SeatsDay>>,
    /// The day of the snapshot of seats.
    pub(super) seats_day: Option<Day>,
    pub(super) billing: Option<String>,
    pub(super) repositories: Option<String>,
}

impl FoundFacts {
    /// Leaves what is of the members of a team.
    pub(super) fn keep_only(&mut self, members: PersonSet, entry: &TeamEntry) {
        self.people = self.people.take().map(|people| {
            let editors = people.editors.is_some().then(|| entry.editors.clone());
            people.only(&members, editors)
        });
        self.seats = self.seats.take().map(|seats| Rc::new(seats.only(&members)));
        self.members = Some(members);
    }

    pub(super) fn give<T>(&self, day: Day, take: impl FnOnce(&DayFacts<'_>) -> T) -> T {
        if self.is_withheld {
            return take(&DayFacts::withheld(day));
        }
        take(&DayFacts {
            aggregate: self.aggregate.as_deref(),
            people: self.people.as_ref(),
            counts: self.counts.as_ref(),
            members: self.members.as_ref(),
            teams: self.teams.as_ref().map(|(index, members)| TeamsFacts { index, members }),
            seats: self.seats.as_deref(),
            billing: self.billing.as_deref(),
            repositories: self.repositories.as_deref(),
            ..DayFacts::new(day, self.is_provisional)
        })
    }
}
