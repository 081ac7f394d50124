//! Why numbers of one day of one scope differ: gathers what is kept of the day, and what was restated or is not held of it.

use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::HistoryReader;
use super::restated::Restatement;
use crate::facts::{PeopleSet, PersonSet};
use crate::figure::Reads;
use crate::figure::differences::{self, EXPLAINED, Step};
use crate::model::day::Day;

/// What is known of a day of a scope.
#[derive(Clone, Debug)]
pub struct DayExplanation {
    /// The steps, section after section.
    pub steps: Vec<Step>,
    /// The enterprise, or the organizations, that the last section is about.
    pub related: Vec<ScopeKey>,
    /// The day of the snapshot of seats, where it is another one.
    pub seats_of: Option<Day>,
    /// Parts of that day that were restated.
    pub restated: Vec<Restatement>,
    /// Parts that are not held, of the scope and of those that it is compared with.
    pub missing: Vec<(ScopeKey, Part)>,
}

/// The parts that an explanation needs.
const PARTS: [Part; 4] = [Part::Aggregate, Part::People, Part::Teams, Part::Seats];

/// What is compared between scopes.
const REPORTED: Reads = Reads { people: Some(|set| matches!(set, PeopleSet::Reported)), ..Reads::NOTHING };

impl HistoryReader {
    /// Explains a day. None when nothing of it is held.
    ///
    /// # Errors
    /// When the file cannot be read, or a content in it is damaged.
    pub fn explain(&self, scope: &ScopeKey, day: Day, smallest_group: u64) -> Result<Option<DayExplanation>, HistoryError> {
        let _snapshot = self.snapshot()?;
        let found = self.facts_of(scope, day, &EXPLAINED, smallest_group)?;
        let mut missing = Vec::new();
        for part in PARTS {
            if !found.holds(part) {
                missing.push((scope.clone(), part));
            }
        }
        if missing.len() == PARTS.len() {
            return Ok(None);
        }
        let seats_of = found.seats_day.filter(|of| *of != day);
        let mut steps = found.give(day, |facts| differences::of_scope(facts, smallest_group));
        let own = found.reported();
        let all = self.scopes()?;
        let related: Vec<ScopeKey> =
            all.into_iter().filter(|other| other.host == scope.host && other.is_enterprise() != scope.is_enterprise()).collect();
        // Which organization is of which enterprise is not kept, so with several enterprises nothing can be compared.
        let related = if !scope.is_enterprise() && related.len() != 1 { Vec::new() } else { related };
        let (mut others, mut is_provisional) = (Vec::new(), found.is_provisional);
        for other in &related {
            let of_other = self.facts_of(other, day, &REPORTED, smallest_group)?;
            is_provisional |= of_other.is_provisional;
            match of_other.reported() {
                Some(people) => others.push(people),
                None => missing.push((other.clone(), Part::People)),
            }
        }
        let is_whole = others.len() == related.len();
        if scope.is_enterprise() && !related.is_empty() {
            let organizations = is_whole.then_some(others.as_slice());
            steps.extend(differences::from_organizations(organizations, own.as_ref(), smallest_group, is_provisional));
        } else if !related.is_empty() {
            steps.extend(differences::to_enterprise(own.as_ref(), others.first(), smallest_group, is_provisional));
        }
        let is_meant = |it: &Restatement| it.day == day && (it.scope == *scope || related.contains(&it.scope));
        let restated = self.restatements()?.into_iter().filter(is_meant).collect();
        Ok(Some(DayExplanation { steps, related, seats_of, restated, missing }))
    }
}

impl super::found_facts::FoundFacts {
    /// The people with a row, when the part was read.
    fn reported(&self) -> Option<PersonSet> {
        self.people.as_ref().map(|people| people.people(&PeopleSet::Reported))
    }

    fn holds(&self, part: Part) -> bool {
        match part {
            Part::Aggregate => self.aggregate.is_some(),
            Part::People => self.people.is_some(),
            Part::Teams => self.teams.is_some(),
            Part::Seats => self.seats.is_some(),
            Part::Billing => self.billing.is_some(),
            Part::Repositories => self.repositories.is_some(),
            Part::Tools => false,
        }
    }
}
