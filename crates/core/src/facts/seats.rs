//! The seats of an organization or an enterprise, as they were at the end of a day.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::PersonSet;
use super::bytes::{DamagedFacts, Reader, push_day, push_set, push_signed, push_text, push_varint};
use crate::model::day::Day;

const HOLDERS_FORMAT: u8 = 1;
const ACTIVITY_FORMAT: u8 = 1;

/// A person's seat. An enterprise lists a seat for each team and organization that grants it; they are one here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSeat {
    /// Its holder.
    pub person: u32,
    /// The day on which it was given, the earliest of several. A seat that is given anew begins anew.
    pub created: Day,
    /// The day from which on the holder has none any more; none when any of several stays.
    pub pending_cancellation: Option<Day>,
    /// The day of the last activity that GitHub knows; none when there was none.
    pub last_activity: Option<Day>,
    /// The plan, such as `business`; none when GitHub does not name one.
    pub plan: Option<Arc<str>>,
    /// Id of the team by which it was given; none when it was given to the person, the smallest of several.
    pub team: Option<u64>,
}

/// The seats of one day, ascending by person.
///
/// Packed, they are two byte strings: what seldom changes, about 5 bytes a seat, and the last activity, 1 to 2 bytes a seat. The
/// former is equal on many days, so whoever keeps it can keep it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatsDay {
    /// Ascending by person, one each.
    pub seats: Vec<HeldSeat>,
    /// Seats without a person: GitHub lists them while an invitation is open.
    pub unassigned: u64,
    /// The newest activity of all. Older than the day of the snapshot, it shows how old GitHub's evidence is.
    pub evidence: Option<Timestamp>,
}

/// [`SeatsDay`], packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedSeats {
    /// Holders, days, plans and teams.
    pub holders: Vec<u8>,
    /// Last activity.
    pub activity: Vec<u8>,
}

impl SeatsDay {
    /// Those who hold a seat on that day: not yet cancelled, and given by then.
    pub fn holders(&self, on: Day) -> PersonSet {
        let holds = |seat: &&HeldSeat| seat.created <= on && seat.pending_cancellation.is_none_or(|end| end > on);
        self.seats.iter().filter(holds).map(|seat| seat.person).collect()
    }

    /// The seats of these people alone. What is of no person is left out.
    #[must_use]
    pub fn only(&self, members: &PersonSet) -> Self {
        let seats = self.seats.iter().filter(|seat| members.contains(seat.person)).cloned().collect();
        Self { seats, unassigned: 0, evidence: self.evidence }
    }

    /// Packs the seats, which must be ascending by person.
    pub fn pack(&self) -> PackedSeats {
        let mut holders = vec![HOLDERS_FORMAT];
        push_set(&mut holders, &self.seats.iter().map(|seat| seat.person).collect());
        push_varint(&mut holders, self.unassigned);
        let plans = table(self.seats.iter().filter_map(|seat| seat.plan.as_deref()));
        push_varint(&mut holders, plans.len() as u64);
        plans.keys().for_each(|plan| push_text(&mut holders, plan));
        for seat in &self.seats {
            push_day(&mut holders, seat.created);
        }
        for seat in &self.seats {
            push_optional_day(&mut holders, seat.pending_cancellation, seat.created);
        }
        for seat in &self.seats {
            push_varint(&mut holders, seat.plan.as_deref().and_then(|plan| plans.get(plan)).map_or(0, |plan| plan + 1));
        }
        for seat in &self.seats {
            push_varint(&mut holders, seat.team.map_or(0, |team| team.saturating_add(1)));
        }
        let mut activity = vec![ACTIVITY_FORMAT];
        activity.push(u8::from(self.evidence.is_some()));
        let newest = self.evidence.unwrap_or_default();
        push_signed(&mut activity, newest.as_second());
        for seat in &self.seats {
            push_optional_day(&mut activity, seat.last_activity, Day::of(newest));
        }
        PackedSeats { holders, activity }
    }

    /// Unpacks the seats.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(packed: &PackedSeats) -> Result<Self, DamagedFacts> {
        let mut reader = Reader::of(&packed.holders, HOLDERS_FORMAT)?;
        let people = reader.set()?;
        let unassigned = reader.varint()?;
        let plans = (0..reader.count()?).map(|_| Ok(reader.text()?.into())).collect::<Result<Vec<Arc<str>>, DamagedFacts>>()?;
        let mut seats = Vec::new();
        for person in people {
            let created = reader.day()?;
            seats.push(HeldSeat { person, created, pending_cancellation: None, last_activity: None, plan: None, team: None });
        }
        for seat in &mut seats {
            seat.pending_cancellation = read_optional_day(&mut reader, seat.created)?;
        }
        for seat in &mut seats {
            seat.plan = match reader.index()?.checked_sub(1) {
                None => None,
                Some(plan) => Some(Arc::clone(plans.get(plan).ok_or(DamagedFacts("a plan is not in the table"))?)),
            };
        }
        for seat in &mut seats {
            seat.team = reader.varint()?.checked_sub(1);
        }
        reader.end()?;
        let mut reader = Reader::of(&packed.activity, ACTIVITY_FORMAT)?;
        let has_evidence = reader.byte()? != 0;
        let newest = Timestamp::from_second(reader.signed()?).map_err(|_| DamagedFacts("a time is beyond the calendar"))?;
        for seat in &mut seats {
            seat.last_activity = read_optional_day(&mut reader, Day::of(newest))?;
        }
        reader.end()?;
        Ok(Self { seats, unassigned, evidence: has_evidence.then_some(newest) })
    }
}

fn table<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, u64> {
    let mut numbers: BTreeMap<&str, u64> = texts.map(|text| (text, 0)).collect();
    numbers.values_mut().zip(0..).for_each(|(number, place)| *number = place);
    numbers
}

/// Writes 0 for none, else the distance from a day near it, so that most take one byte.
fn push_optional_day(out: &mut Vec<u8>, day: Option<Day>, from: Day) {
    match day {
        None => out.push(0),
        Some(day) => {
            let distance = i64::from(day.days_since(from));
            push_varint(out, (((distance << 1) ^ (distance >> 63)) as u64).saturating_add(1));
        }
    }
}

fn read_optional_day(reader: &mut Reader<'_>, from: Day) -> Result<Option<Day>, DamagedFacts> {
    let Some(number) = reader.varint()?.checked_sub(1) else { return Ok(None) };
    let distance = (number >> 1) as i64 ^ -((number & 1) as i64);
    let distance = i32::try_from(distance).map_err(|_| DamagedFacts("a day is beyond the calendar"))?;
    Ok(Some(from.plus_days(distance)))
}
