//! People whom the history holds: by other names, without one of them, and without all. What goes is not left in free pages of the
//! file either.

use rusqlite::{Connection, params};

use super::cells::{deflate, inflate};
use super::contents;
use super::error::HistoryError;
use super::fact::Part;
use super::hash;
use super::reader::HistoryReader;
use super::sections;
use super::store::HistoryStore;
use super::tools;
use crate::facts::rolled_up::has_members;
use crate::facts::team_entry::TEAMS_PER_GROUP;
use crate::facts::{PackedSeats, PeopleCounts, PersonSet, SeatCounts, SeatsDay, TeamNames, ToolsDay};

/// A person whom the history holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPerson {
    number: u32,
    /// The host of the source.
    pub host: String,
    /// The source's number of the person, or its pseudonym.
    pub id: u64,
    /// The login, or its pseudonym; none when it was never named.
    pub login: Option<String>,
}

impl HeldPerson {
    /// Whether it is a person of AI tools, whose number follows from its name, see [`tools::person_number`].
    pub fn is_of_tools(&self) -> bool {
        self.host == tools::HOST
    }
}

/// What was removed of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemovedPeople {
    /// Persons.
    pub people: u64,
    /// Parts of days that were changed or removed.
    pub facts: u64,
    /// Parts of days that were removed because they cannot be unpacked: nobody can say who is in them.
    pub unreadable: u64,
}

/// What became of rows that were rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RewrittenRows {
    /// Parts of days that are others now.
    pub facts: u64,
    /// Parts of days that were removed because they cannot be unpacked: nobody can say what is in them.
    pub unreadable: u64,
}

/// What becomes of a content.
enum Change {
    /// It stays as it is.
    Nothing,
    /// Another content takes its place.
    To(Vec<u8>),
    /// It cannot be unpacked, and is removed with its fact.
    Damaged,
}

/// A content without these persons. None when it cannot be unpacked.
type Without = fn(&[u8], &PersonSet) -> Option<Change>;

impl Change {
    /// The change to that content; damage when there is none.
    fn of(new: Option<Vec<u8>>) -> Self {
        new.map_or(Self::Damaged, Self::To)
    }
}

impl HistoryReader {
    /// How many persons there are, and how many parts of days are about single people.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count_people(&self) -> Result<RemovedPeople, HistoryError> {
        let count =
            |query: &str| Ok(self.rows(query, [], |row| row.get::<_, i64>(0))?.first().map_or(0, |count| count.unsigned_abs()));
        Ok(RemovedPeople {
            people: count("SELECT count(*) FROM person")?,
            facts: count("SELECT count(*) FROM fact WHERE part IN (2, 3, 4, 7)")?,
            unreadable: 0,
        })
    }

    /// The persons whom `is_it` takes.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn people(&self, is_it: impl Fn(&HeldPerson) -> bool) -> Result<Vec<HeldPerson>, HistoryError> {
        let all = self.rows("SELECT number, host, id, login FROM person ORDER BY number", [], person)?;
        Ok(all.into_iter().filter(is_it).collect())
    }
}

fn person(row: &rusqlite::Row<'_>) -> rusqlite::Result<HeldPerson> {
    Ok(HeldPerson { number: row.get(0)?, host: row.get(1)?, id: row.get::<_, i64>(2)?.cast_unsigned(), login: row.get(3)? })
}

impl HistoryStore {
    /// Gives every person another number and login. Sets of people go on meaning the same.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn rename_people(&mut self, rename: impl Fn(&HeldPerson) -> (u64, Option<String>)) -> Result<u64, HistoryError> {
        let renamed = self.transaction(|transaction| {
            let mut statement = transaction.prepare("SELECT number, host, id, login FROM person")?;
            let people: Vec<HeldPerson> = statement.query_map([], person)?.collect::<rusqlite::Result<_>>()?;
            let mut update = transaction.prepare("UPDATE person SET id = ?2, login = ?3 WHERE number = ?1")?;
            for person in &people {
                let (id, login) = rename(person);
                update.execute(params![person.number, id.cast_signed(), login])?;
            }
            forget_fingerprints(transaction, &[Part::People, Part::Teams, Part::Seats, Part::Tools])?;
            Ok(people.len() as u64)
        })?;
        self.write_anew()?;
        Ok(renamed)
    }

    /// Removes all people: people, seats and AI tools of days, members of teams, numbers of persons. What teams did stays.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn remove_people(&mut self) -> Result<RemovedPeople, HistoryError> {
        let removed = self.transaction(|transaction| {
            let facts = transaction.execute("DELETE FROM fact WHERE part IN (2, 4, 7)", [])? as u64;
            transaction.execute("DELETE FROM attempt WHERE part IN (2, 4, 7)", [])?;
            let teams = change(transaction, Part::Teams, |content| Change::of(sections::without_members(content)))?;
            forget_fingerprints(transaction, &[Part::Teams])?;
            let people = transaction.execute("DELETE FROM person", [])? as u64;
            Ok(RemovedPeople { people, facts: facts + teams.facts, unreadable: teams.unreadable })
        })?;
        self.write_anew()?;
        Ok(removed)
    }

    /// Removes these persons from every day. Sums of teams that they are in stay. Parts of days that cannot be unpacked are removed.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn remove_persons(&mut self, persons: &[HeldPerson]) -> Result<RemovedPeople, HistoryError> {
        let gone: PersonSet = persons.iter().map(|person| person.number).collect();
        let removed = self.transaction(|transaction| {
            let without: [(Part, Without); 4] = [
                (Part::People, people_without),
                (Part::Seats, seats_without),
                (Part::Teams, teams_without),
                (Part::Tools, tools_without),
            ];
            let mut removed = RemovedPeople { people: persons.len() as u64, ..RemovedPeople::default() };
            for (part, without) in without {
                let changed = change(transaction, part, |content| without(content, &gone).unwrap_or(Change::Damaged))?;
                removed.facts += changed.facts;
                removed.unreadable += changed.unreadable;
            }
            forget_fingerprints(transaction, &[Part::People, Part::Teams, Part::Seats, Part::Tools])?;
            for person in persons {
                transaction.execute("DELETE FROM person WHERE number = ?1", [person.number])?;
            }
            Ok(removed)
        })?;
        self.write_anew()?;
        Ok(removed)
    }

    /// Rewrites every row that is kept as its source wrote it, those of earlier readings too. Parts of days that cannot be unpacked are
    /// removed.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn rewrite_rows(&mut self, rewrite: impl Fn(&[u8]) -> Vec<u8>) -> Result<RewrittenRows, HistoryError> {
        let all = |content: &[u8]| content.split(|byte| *byte == b'\n').map(&rewrite).collect::<Vec<_>>().join(&b'\n');
        let rewritten = self.transaction(|transaction| {
            let mut rewritten = RewrittenRows::default();
            let parts = [Part::Aggregate, Part::Billing, Part::Repositories];
            forget_fingerprints(transaction, &parts)?;
            for part in parts {
                let changed = change(transaction, part, |content| Change::To(all(content)))?;
                rewritten.facts += changed.facts;
                rewritten.unreadable += changed.unreadable;
                for column in ["first_values", "final_values"] {
                    change_values(transaction, part, column, all)?;
                }
            }
            Ok(rewritten)
        })?;
        self.write_anew()?;
        Ok(rewritten)
    }
}

/// The source's fingerprints of parts do not hold any more: what is read next differs from what was read, and is no restatement.
fn forget_fingerprints(transaction: &Connection, parts: &[Part]) -> rusqlite::Result<()> {
    let mut update = transaction.prepare("UPDATE fact SET hash = ?2 WHERE part = ?1")?;
    parts.iter().try_for_each(|part| update.execute(params![part.number(), hash::UNKNOWN]).map(drop))
}

/// Changes the contents of a part. A content that is as it was is left. One that cannot be unpacked goes with its fact, because it may
/// hold anybody; a day that is gone is read again where the source still has it.
fn change(transaction: &Connection, part: Part, change: impl Fn(&[u8]) -> Change) -> rusqlite::Result<RewrittenRows> {
    let mut numbers = transaction.prepare("SELECT number FROM fact WHERE part = ?1")?;
    let numbers: Vec<i64> = numbers.query_map([part.number()], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut changed = RewrittenRows::default();
    for number in numbers {
        let content = contents::read(transaction, number, part)?;
        match content.as_deref().map_or(Change::Damaged, &change) {
            Change::To(new) if content.as_ref() != Some(&new) => {
                contents::write(transaction, number, part, &new)?;
                changed.facts += 1;
            }
            Change::To(_) | Change::Nothing => {}
            Change::Damaged => {
                transaction.prepare_cached("DELETE FROM fact WHERE number = ?1")?.execute([number])?;
                changed.unreadable += 1;
            }
        }
    }
    Ok(changed)
}

/// Changes what is kept of earlier readings of a part. What cannot be unpacked goes: nobody can read it, and nobody knows what is in it.
fn change_values(transaction: &Connection, part: Part, column: &str, change: impl Fn(&[u8]) -> Vec<u8>) -> rusqlite::Result<()> {
    let query = format!("SELECT number, {column} FROM fact WHERE part = ?1 AND {column} IS NOT NULL");
    let mut select = transaction.prepare(&query)?;
    let rows = select.query_map([part.number()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(i64, Vec<u8>)> = rows.collect::<rusqlite::Result<_>>()?;
    let mut update = transaction.prepare(&format!("UPDATE fact SET {column} = ?2 WHERE number = ?1"))?;
    for (number, values) in rows {
        let changed = inflate(&values).map(|values| deflate(&change(&values)));
        update.execute(params![number, changed])?;
    }
    Ok(())
}

/// A day of people without these. None when it cannot be unpacked, as in the functions below.
fn people_without(content: &[u8], gone: &PersonSet) -> Option<Change> {
    let first = sections::unpack(content, 0)?;
    if PeopleCounts::are_in(&first) {
        // Of a day that was rolled up there are numbers alone.
        return PeopleCounts::unpack(&first).ok().map(|_| Change::Nothing);
    }
    let mut day = sections::people_of(content)?;
    if day.sets.values().all(|set| set.is_disjoint(gone)) {
        return Some(Change::Nothing);
    }
    day.sets.values_mut().for_each(|set| *set -= gone);
    day.sets.retain(|_, set| !set.is_empty());
    if let Some(credits) = &mut day.credits {
        *credits = credits.only(&(credits.people() - gone));
    }
    Some(Change::To(sections::of_people(day.pack())))
}

fn seats_without(content: &[u8], gone: &PersonSet) -> Option<Change> {
    let holders = sections::unpack(content, 0)?;
    if SeatCounts::are_in(&holders) {
        return SeatCounts::unpack(&holders).ok().map(|_| Change::Nothing);
    }
    let mut day = SeatsDay::unpack(&PackedSeats { holders, activity: sections::unpack(content, 1)? }).ok()?;
    let before = day.seats.len();
    day.seats.retain(|seat| !gone.contains(seat.person));
    Some(if day.seats.len() < before { Change::To(sections::of_seats(day.pack())) } else { Change::Nothing })
}

fn tools_without(content: &[u8], gone: &PersonSet) -> Option<Change> {
    let mut day = ToolsDay::unpack(content).ok()?;
    if day.tools.values().all(|tool| tool.reported.is_disjoint(gone)) {
        return Some(Change::Nothing);
    }
    for tool in day.tools.values_mut() {
        [&mut tool.reported, &mut tool.active, &mut tool.unmatched].into_iter().for_each(|set| *set -= gone);
    }
    Some(Change::To(day.pack()))
}

fn teams_without(content: &[u8], gone: &PersonSet) -> Option<Change> {
    let groups = TeamNames::unpack(&sections::unpack(content, 0)?).ok()?.teams.len().div_ceil(TEAMS_PER_GROUP);
    let members = (0..groups).map(|group| sections::unpack(content, sections::TEAMS_MEMBERS + group));
    let members = members.collect::<Option<Vec<_>>>()?;
    if groups > 0 && !members.iter().any(|group| has_members(group)) {
        return Some(Change::Nothing);
    }
    let mut day = sections::teams_of(content)?;
    if day.teams.iter().all(|team| team.members.is_disjoint(gone)) {
        return Some(Change::Nothing);
    }
    for team in &mut day.teams {
        team.members -= gone;
        // A team that is smaller now may be too small to be shown.
        team.entry.is_withheld |= team.members.len() < day.smallest_group;
    }
    Some(Change::To(sections::of_teams(day.pack())))
}
