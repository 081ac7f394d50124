//! Reads one day of a scope, or of one of its teams, after the other: of each those sections alone that are needed. What is the same as on
//! the day before is not unpacked again.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::contents;
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::found_facts::FoundFacts;
use super::reader::{HeldFact, HistoryReader};
use super::sections::{
    self, PEOPLE_CREDITS, PEOPLE_EDITORS, PEOPLE_SETS, PEOPLE_TENTHS, TEAMS_EDITORS, TEAMS_MEMBERS, TEAMS_SUMS,
};
use super::status::READY_AFTER_DAYS;
use crate::facts::rolled_up::has_members;
use crate::facts::team_entry::TEAMS_PER_GROUP;
use crate::facts::teams::{RECORD_PARTS, part_of, unpack_all_members, unpack_members, unpack_record};
use crate::facts::{
    DamagedFacts, PackedSeats, PeopleCounts, PeopleDay, PeopleSet, PersonSet, SeatCounts, SeatsDay, TeamEntry, TeamNames,
    TeamsIndex, rows,
};
use crate::figure::Reads;
use crate::model::day::Day;

/// Days between a day and a snapshot of seats that stands for it: GitHub's reports are that late, and a daily resync may fail once or
/// twice. Whose seat was taken or given back in between is not counted, or counted too long.
const SEATS_WITHIN_DAYS: i32 = READY_AFTER_DAYS;

/// What is read of each day.
pub(super) struct Wanted<'a> {
    pub(super) reads: Reads,
    /// The team; none for the whole scope.
    pub(super) team: Option<&'a str>,
    /// The smallest group of people that numbers are shown for.
    pub(super) smallest_group: u64,
}

/// Reads days of a scope.
pub(super) struct DayReader<'a> {
    reader: &'a HistoryReader,
    wanted: Wanted<'a>,
    /// The facts of each part that is needed, oldest first.
    held: BTreeMap<Part, Vec<HeldFact>>,
    /// The run of each part that was read last.
    runs: BTreeMap<Part, Run>,
    /// Names of teams, with the bytes of which they were unpacked.
    names: (Vec<u8>, TeamNames),
    /// Members of all teams, with the bytes of each group.
    members: (Vec<Vec<u8>>, Rc<Vec<PersonSet>>),
    /// The snapshot of seats that was read last, by the number of its fact.
    seats: Option<(i64, Option<Rc<SeatsDay>>)>,
}

/// Sections of a fact that follow each other.
struct Run {
    fact: i64,
    first: usize,
    sections: Vec<u8>,
}

impl<'a> DayReader<'a> {
    /// Prepares the days of a scope from the first to the last.
    pub(super) fn new(
        reader: &'a HistoryReader,
        scope: &ScopeKey,
        (first, last): (Day, Day),
        wanted: Wanted<'a>,
    ) -> Result<Self, HistoryError> {
        let mut held = BTreeMap::new();
        let of_team = wanted.team.map(|_| Part::Teams);
        // Who may be seen of teams may depend on who was there.
        let of_people = (wanted.reads.teams || wanted.reads.team_members || of_team.is_some()).then_some(Part::People);
        let needed = wanted.reads.parts().filter_map(Part::find);
        for part in needed.chain(of_team).chain(of_people) {
            let margin = if part == Part::Seats { SEATS_WITHIN_DAYS } else { 0 };
            held.insert(part, reader.held(scope, part, (first.plus_days(-margin), last.plus_days(margin)))?);
        }
        let (names, members) = (Default::default(), Default::default());
        Ok(Self { reader, wanted, held, runs: BTreeMap::new(), names, members, seats: None })
    }

    /// What is found of a day.
    pub(super) fn day(&mut self, day: Day) -> Result<FoundFacts, HistoryError> {
        match self.wanted.team {
            None => self.whole(day),
            Some(slug) => self.of_team(day, slug),
        }
    }

    fn whole(&mut self, day: Day) -> Result<FoundFacts, HistoryError> {
        let mut found = FoundFacts::default();
        let reads = self.wanted.reads;
        if reads.aggregate
            && let Some(fact) = self.fact(Part::Aggregate, day)
        {
            found.is_provisional |= fact.is_provisional;
            found.aggregate = self.row(&fact)?;
        }
        self.add_people(&mut found, day)?;
        if (reads.teams || reads.team_members)
            && let Some(fact) = self.fact(Part::Teams, day)
        {
            found.is_provisional |= fact.is_provisional;
            let index = self.protected_index(&fact)?;
            // Members that were rolled up leave a figure of members without its teams.
            let members = if reads.team_members { self.all_members(&fact, &index)? } else { Some(Rc::default()) };
            found.teams = members.map(|members| (index, members));
        }
        self.add_seats(&mut found, day)?;
        for (is_read, part) in [(reads.billing, Part::Billing), (reads.repositories, Part::Repositories)] {
            if is_read && let Some(fact) = self.fact(part, day) {
                found.is_provisional |= fact.is_provisional;
                let text = String::from_utf8(self.section(part, &fact, 0)?).ok();
                *(if part == Part::Billing { &mut found.billing } else { &mut found.repositories }) = text;
            }
        }
        Ok(found)
    }

    fn of_team(&mut self, day: Day, slug: &str) -> Result<FoundFacts, HistoryError> {
        let mut found = FoundFacts::default();
        let Some(fact) = self.fact(Part::Teams, day) else { return Ok(found) };
        self.read_names(&fact)?;
        let groups = self.names.1.teams.len().div_ceil(TEAMS_PER_GROUP);
        let Some(at) = self.names.1.place(slug) else {
            found.is_withheld = self.names.1.is_suppressed(slug);
            return Ok(found);
        };
        let Some(entry) = self.protected_team(&fact, at)? else { return Ok(found) };
        found.is_withheld = entry.is_withheld || self.names.1.suppressed.iter().any(|(id, _)| *id == entry.id);
        if found.is_withheld {
            return Ok(found);
        }
        found.is_provisional = fact.is_provisional;
        let (group, place) = (at / TEAMS_PER_GROUP, at % TEAMS_PER_GROUP);
        let group_members = self.section(Part::Teams, &fact, TEAMS_MEMBERS + group)?;
        let reads = self.wanted.reads;
        if reads.aggregate {
            let mut parts = Vec::new();
            for part in (0..RECORD_PARTS).filter(|part| reads.reads_list(*part, part_of)) {
                parts.push(self.section(Part::Teams, &fact, sections::record_section(groups, part, group))?);
            }
            let record = unpack_record(parts.iter().map(Vec::as_slice), place).map_err(|_| self.reader.unreadable(day))?;
            found.aggregate = record.map(|record| record.to_string());
        }
        // Without members nobody's day is the team's; its record is still there.
        if has_members(&group_members) {
            let members = unpack_members(&group_members, place).map_err(|_| self.reader.unreadable(day))?;
            self.add_people(&mut found, day)?;
            found.counts = None;
            self.add_seats(&mut found, day)?;
            found.keep_only(members, &entry);
        }
        Ok(found)
    }

    fn fact(&self, part: Part, day: Day) -> Option<HeldFact> {
        let held = self.held.get(&part)?;
        held.binary_search_by_key(&day, |held| held.day).ok().map(|place| held[place])
    }

    /// A section as it is packed; none when the fact has none of that place.
    fn packed(&mut self, part: Part, fact: &HeldFact, place: usize) -> Result<Option<&[u8]>, HistoryError> {
        let is_in = |run: &Run| {
            let sections = || sections::count(&run.sections).unwrap_or_default();
            run.fact == fact.number && (run.first..run.first + sections()).contains(&place)
        };
        if !self.runs.get(&part).is_some_and(is_in) {
            let found = contents::run_of(&self.reader.connection, fact.number, place);
            let found = found.map_err(HistoryError::database(&self.reader.file))?;
            let (first, sections) = found.ok_or_else(|| self.reader.unreadable(fact.day))?;
            self.runs.insert(part, Run { fact: fact.number, first, sections });
        }
        let run = self.runs.get(&part).filter(|run| run.first <= place);
        Ok(run.and_then(|run| sections::packed_at(&run.sections, place - run.first)))
    }

    /// Reads a section and makes something of it.
    fn with_section<T>(
        &mut self,
        part: Part,
        fact: &HeldFact,
        place: usize,
        read: impl FnOnce(&[u8]) -> Result<T, DamagedFacts>,
    ) -> Result<T, HistoryError> {
        let reader = self.reader;
        let section = self.packed(part, fact, place)?.and_then(sections::unpack_section);
        section.and_then(|section| read(&section).ok()).ok_or_else(|| reader.unreadable(fact.day))
    }

    fn section(&mut self, part: Part, fact: &HeldFact, place: usize) -> Result<Vec<u8>, HistoryError> {
        self.with_section(part, fact, place, |section| Ok(section.to_vec()))
    }

    /// The row about the whole scope, with the lists that are read. A content that is no text is no row either.
    fn row(&mut self, fact: &HeldFact) -> Result<Option<String>, HistoryError> {
        let section = self.section(Part::Aggregate, fact, 0)?;
        let (number, first) = contents::first_part(&section);
        let mut parts = vec![first.to_vec()];
        let (reads, lists) = (self.wanted.reads, 1..number.unwrap_or(rows::LAST_PART + 1));
        for place in lists.filter(|place| reads.reads_list(*place, rows::part_of)) {
            match self.packed(Part::Aggregate, fact, place)? {
                // A row has all the parts that it says it has.
                None if number.is_some() => return Err(self.reader.unreadable(fact.day)),
                None | Some([]) => {}
                Some(_) => parts.push(self.section(Part::Aggregate, fact, place)?),
            }
        }
        Ok(String::from_utf8(rows::join(parts.iter().map(Vec::as_slice))).ok())
    }

    /// Reads the names of a day's teams, if they are other ones than those that were read last.
    fn read_names(&mut self, fact: &HeldFact) -> Result<(), HistoryError> {
        let reader = self.reader;
        let unreadable = || reader.unreadable(fact.day);
        let (known, names) = std::mem::take(&mut self.names);
        let packed = self.packed(Part::Teams, fact, 0)?.ok_or_else(unreadable)?;
        self.names = if packed == known && !packed.is_empty() {
            (known, names)
        } else {
            let names = sections::unpack_section(packed).and_then(|names| TeamNames::unpack(&names).ok());
            (packed.to_vec(), names.ok_or_else(unreadable)?)
        };
        Ok(())
    }

    /// Completions by editor of a day's teams, as far as they are read.
    fn team_editors(&mut self, fact: &HeldFact) -> Result<Option<Vec<u8>>, HistoryError> {
        let is_read = self.wanted.reads.editors;
        is_read.then(|| self.section(Part::Teams, fact, TEAMS_EDITORS)).transpose()
    }

    /// A team of a day, with whether it may be shown; none when there is none at that place.
    fn protected_team(&mut self, fact: &HeldFact, place: usize) -> Result<Option<TeamEntry>, HistoryError> {
        let editors = self.team_editors(fact)?;
        let names = std::mem::take(&mut self.names.1);
        let found = self
            .with_section(Part::Teams, fact, TEAMS_SUMS, |sums| TeamsIndex::unpack_team(&names, place, sums, editors.as_deref()));
        self.names.1 = names;
        match found? {
            Some((team, k)) if k == self.wanted.smallest_group => Ok(Some(team)),
            // For another group than then, what may be shown depends on all teams.
            Some(_) => Ok(self.protected_index(fact)?.teams.into_iter().nth(place)),
            None => Ok(None),
        }
    }

    /// The index of a day's teams, with what may not be shown.
    fn protected_index(&mut self, fact: &HeldFact) -> Result<TeamsIndex, HistoryError> {
        self.read_names(fact)?;
        let names = self.names.1.clone();
        let editors = self.team_editors(fact)?;
        let mut index =
            self.with_section(Part::Teams, fact, TEAMS_SUMS, |sums| TeamsIndex::unpack(names, sums, editors.as_deref()))?;
        let k = self.wanted.smallest_group;
        if index.smallest_group != k {
            let members = self.all_members(fact, &index)?.unwrap_or_default();
            let reported = self.reported(fact.day)?;
            index.protect(&members, reported.as_ref(), k);
        }
        Ok(index)
    }

    /// The members of every team of a day, in the order of the index; none once they were rolled up.
    fn all_members(&mut self, fact: &HeldFact, index: &TeamsIndex) -> Result<Option<Rc<Vec<PersonSet>>>, HistoryError> {
        let groups = index.teams.len().div_ceil(TEAMS_PER_GROUP);
        let (mut known, mut members) = std::mem::take(&mut self.members);
        if members.len() != index.teams.len() {
            known.clear();
            Rc::make_mut(&mut members).resize(index.teams.len(), PersonSet::new());
        }
        known.resize(groups, Vec::new());
        for (group, of_group) in known.iter_mut().enumerate() {
            let reader = self.reader;
            let unreadable = || reader.unreadable(fact.day);
            let packed = self.packed(Part::Teams, fact, TEAMS_MEMBERS + group)?.ok_or_else(unreadable)?;
            if packed == of_group && !packed.is_empty() {
                continue;
            }
            let section = sections::unpack_section(packed).ok_or_else(unreadable)?;
            if !has_members(&section) {
                return Ok(None);
            }
            let found = unpack_all_members(&section).map_err(|_| unreadable())?;
            let places = Rc::make_mut(&mut members).chunks_mut(TEAMS_PER_GROUP).nth(group).unwrap_or_default();
            if found.len() != places.len() {
                return Err(unreadable());
            }
            places.iter_mut().zip(found).for_each(|(place, set)| *place = set);
            *of_group = packed.to_vec();
        }
        self.members = (known, Rc::clone(&members));
        Ok(Some(members))
    }

    /// The people with a row on a day; none when that is not kept, or was rolled up.
    fn reported(&mut self, day: Day) -> Result<Option<PersonSet>, HistoryError> {
        let Some(fact) = self.fact(Part::People, day) else { return Ok(None) };
        let names = self.section(Part::People, &fact, 0)?;
        if PeopleCounts::are_in(&names) {
            return Ok(None);
        }
        let mut sets = self.sets(&fact, &names, |set| *set == PeopleSet::Reported)?;
        Ok(Some(sets.remove(&PeopleSet::Reported).unwrap_or_default()))
    }

    /// The sets that are wanted, given the section with their names.
    fn sets(
        &mut self,
        fact: &HeldFact,
        names: &[u8],
        is_wanted: impl Fn(&PeopleSet) -> bool,
    ) -> Result<BTreeMap<PeopleSet, PersonSet>, HistoryError> {
        let names = PeopleDay::unpack_names(names).map_err(|_| self.reader.unreadable(fact.day))?;
        let mut sets = BTreeMap::new();
        for (place, (name, _)) in names.into_iter().enumerate().filter(|(_, (name, _))| is_wanted(name)) {
            let place = PEOPLE_SETS + place;
            let place = self.packed(Part::People, fact, place)?.and_then(sections::same_as).unwrap_or(place);
            sets.insert(name, self.with_section(Part::People, fact, place, PeopleDay::unpack_set)?);
        }
        Ok(sets)
    }

    fn add_people(&mut self, found: &mut FoundFacts, day: Day) -> Result<(), HistoryError> {
        let reads = self.wanted.reads;
        if reads.people.is_none() && !reads.credits && !reads.tenths && !reads.editors {
            return Ok(());
        }
        let Some(fact) = self.fact(Part::People, day) else { return Ok(()) };
        let mut people = PeopleDay::default();
        let names = self.section(Part::People, &fact, 0)?;
        found.is_provisional |= fact.is_provisional;
        if PeopleCounts::are_in(&names) {
            found.counts = Some(PeopleCounts::unpack(&names).map_err(|_| self.reader.unreadable(day))?);
            return Ok(());
        }
        if let Some(is_wanted) = reads.people {
            people.sets = self.sets(&fact, &names, is_wanted)?;
        }
        if reads.credits {
            people.credits = Some(self.with_section(Part::People, &fact, PEOPLE_CREDITS, PeopleDay::unpack_credits)?);
        }
        if reads.tenths {
            people.tenths = Some(self.with_section(Part::People, &fact, PEOPLE_TENTHS, PeopleDay::unpack_tenths)?);
        }
        if reads.editors {
            people.editors = Some(self.with_section(Part::People, &fact, PEOPLE_EDITORS, PeopleDay::unpack_editors)?);
        }
        found.people = Some(people);
        Ok(())
    }

    /// The snapshot of seats of a day. GitHub has no past seats and its reports come days later, so the days that a first resync
    /// reads have no snapshot of their own: the next one stands for them, or else the one before, see [`SEATS_WITHIN_DAYS`].
    pub(super) fn seats_near(&self, day: Day) -> Option<HeldFact> {
        let held = self.held.get(&Part::Seats)?;
        let next = held.partition_point(|fact| fact.day < day);
        let is_near = |fact: &&HeldFact| fact.day.days_since(day).abs() <= SEATS_WITHIN_DAYS;
        let after = held.get(next).filter(is_near);
        after.or_else(|| held.get(next.checked_sub(1)?).filter(is_near)).copied()
    }

    fn add_seats(&mut self, found: &mut FoundFacts, day: Day) -> Result<(), HistoryError> {
        if !self.wanted.reads.seats {
            return Ok(());
        }
        let Some(fact) = self.seats_near(day) else { return Ok(()) };
        let known = self.seats.take().filter(|(number, _)| *number == fact.number).map(|(_, seats)| seats);
        let seats = match known {
            Some(seats) => seats,
            None => self.seats_of(&fact)?.map(Rc::new),
        };
        self.seats = Some((fact.number, seats.clone()));
        found.seats_day = seats.is_some().then_some(fact.day);
        found.seats = seats;
        Ok(())
    }

    /// The seats of a snapshot; none once they were rolled up.
    fn seats_of(&mut self, fact: &HeldFact) -> Result<Option<SeatsDay>, HistoryError> {
        let holders = self.section(Part::Seats, fact, 0)?;
        if SeatCounts::are_in(&holders) {
            return Ok(None);
        }
        let packed = PackedSeats { holders, activity: self.section(Part::Seats, fact, 1)? };
        SeatsDay::unpack(&packed).map(Some).map_err(|_| self.reader.unreadable(fact.day))
    }
}
