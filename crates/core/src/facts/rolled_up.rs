//! What is left of the people of a day once it was rolled up: numbers, from which nobody can be told and no two days put together.

use std::collections::BTreeMap;

use super::bytes;
use super::bytes::{DamagedFacts, Reader, push_varint};
use super::people::{PeopleDay, PeopleSet, push_name, read_name};
use super::seats::SeatsDay;
use super::teams::MEMBERS_ROLLED_UP;

/// Format of [`PeopleCounts::pack`], where [`PeopleDay::pack`] has that of sets.
const COUNTS_FORMAT: u8 = 2;

/// Format of [`SeatCounts::pack`], where [`SeatsDay::pack`] has that of holders.
const SEAT_COUNTS_FORMAT: u8 = 2;

/// Numbers of the people of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeopleCounts {
    /// How many people were in each set.
    pub sets: BTreeMap<PeopleSet, u64>,
    /// Credits used by all; none when no credits were read.
    pub credits: Option<f64>,
}

/// Numbers of the seats of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatCounts {
    /// People with a seat, by plan; under no name those whose plan is not known.
    pub by_plan: BTreeMap<String, u64>,
    /// Seats without a person.
    pub unassigned: u64,
}

impl PeopleCounts {
    /// The numbers of these people.
    pub fn of(people: &PeopleDay) -> Self {
        let sets = people.sets.iter().map(|(set, people)| (set.clone(), people.len()));
        let credits = people.credits.as_ref().map(|credits| credits.iter().map(|(_, used)| used).sum::<f64>() + 0.0);
        Self { sets: sets.collect(), credits }
    }

    /// How many people were in a set.
    pub fn count(&self, set: &PeopleSet) -> u64 {
        self.sets.get(set).copied().unwrap_or_default()
    }

    /// Whether packed sets are such numbers.
    pub fn are_in(bytes: &[u8]) -> bool {
        bytes.first() == Some(&COUNTS_FORMAT)
    }

    /// Packs the numbers.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = vec![COUNTS_FORMAT];
        push_varint(&mut out, self.sets.len() as u64);
        for (set, people) in &self.sets {
            push_name(&mut out, set);
            push_varint(&mut out, *people);
        }
        out.push(u8::from(self.credits.is_some()));
        out.extend_from_slice(&self.credits.unwrap_or_default().to_le_bytes());
        out
    }

    /// Unpacks the numbers.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(bytes: &[u8]) -> Result<Self, DamagedFacts> {
        let mut reader = Reader::of(bytes, COUNTS_FORMAT)?;
        let mut sets = BTreeMap::new();
        for _ in 0..reader.count()? {
            let set = read_name(&mut reader)?;
            sets.insert(set, reader.varint()?);
        }
        let has_credits = reader.byte()? != 0;
        let credits = f64::from_le_bytes(reader.fixed()?);
        reader.end()?;
        Ok(Self { sets, credits: has_credits.then_some(credits) })
    }
}

impl SeatCounts {
    /// The numbers of these seats.
    pub fn of(seats: &SeatsDay) -> Self {
        let mut by_plan = BTreeMap::new();
        for seat in &seats.seats {
            *by_plan.entry(seat.plan.as_deref().unwrap_or_default().to_owned()).or_insert(0) += 1;
        }
        Self { by_plan, unassigned: seats.unassigned }
    }

    /// How many people hold a seat.
    pub fn seats(&self) -> u64 {
        self.by_plan.values().sum()
    }

    /// Whether packed holders are such numbers.
    pub fn are_in(bytes: &[u8]) -> bool {
        bytes.first() == Some(&SEAT_COUNTS_FORMAT)
    }

    /// Packs the numbers.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = vec![SEAT_COUNTS_FORMAT];
        push_varint(&mut out, self.by_plan.len() as u64);
        for (plan, seats) in &self.by_plan {
            bytes::push_text(&mut out, plan);
            push_varint(&mut out, *seats);
        }
        push_varint(&mut out, self.unassigned);
        out
    }

    /// Unpacks the numbers.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(bytes: &[u8]) -> Result<Self, DamagedFacts> {
        let mut reader = Reader::of(bytes, SEAT_COUNTS_FORMAT)?;
        let mut by_plan = BTreeMap::new();
        for _ in 0..reader.count()? {
            let plan = reader.text()?.to_owned();
            by_plan.insert(plan, reader.varint()?);
        }
        let unassigned = reader.varint()?;
        reader.end()?;
        Ok(Self { by_plan, unassigned })
    }
}

/// Packed members of a group of teams of which only their number is left, which is in the index.
pub fn rolled_up_members() -> Vec<u8> {
    vec![MEMBERS_ROLLED_UP]
}

/// Whether the members of a packed group are still there.
pub fn has_members(group: &[u8]) -> bool {
    group.first() != Some(&MEMBERS_ROLLED_UP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{HeldSeat, Numbers, PersonSet};

    #[test]
    fn numbers_come_back_and_people_do_not() {
        let people = PeopleDay {
            sets: BTreeMap::from([
                (PeopleSet::Reported, (0..300).collect::<PersonSet>()),
                (PeopleSet::Phase(-1), [7].into_iter().collect()),
                (PeopleSet::flag("used_chat"), (5..9).collect()),
            ]),
            credits: Some(Numbers::new([(3, 1.25), (4, 2.5)])),
            ..PeopleDay::default()
        };
        let counts = PeopleCounts::of(&people);
        let packed = counts.pack();
        assert_eq!(PeopleCounts::unpack(&packed).unwrap(), counts);
        assert_eq!((counts.count(&PeopleSet::Reported), counts.count(&PeopleSet::Active), counts.credits), (300, 0, Some(3.75)));
        assert!(PeopleCounts::are_in(&packed) && !PeopleCounts::are_in(&people.pack().names));
        assert!(PeopleDay::unpack_names(&packed).is_err(), "they are no sets");
        let seat = |person, plan: Option<&str>| HeldSeat {
            person,
            created: "2026-01-01".parse().unwrap(),
            pending_cancellation: None,
            last_activity: None,
            plan: plan.map(Into::into),
            team: None,
        };
        let seats = SeatsDay {
            seats: vec![seat(1, Some("business")), seat(2, None), seat(3, Some("business"))],
            unassigned: 2,
            evidence: None,
        };
        let counts = SeatCounts::of(&seats);
        let packed = counts.pack();
        assert_eq!((SeatCounts::unpack(&packed).unwrap(), counts.seats()), (counts.clone(), 3));
        assert!(SeatCounts::are_in(&packed) && !SeatCounts::are_in(&seats.pack().holders));
        for length in 0..packed.len() {
            assert!(SeatCounts::unpack(&packed[..length]).is_err(), "{length}");
        }
    }
}
