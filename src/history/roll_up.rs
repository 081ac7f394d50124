//! Rolls up the people of old days: their sets, the members of teams and the holders of seats become numbers, and days of AI tools are
//! removed.

use rusqlite::{OptionalExtension, Transaction, params};

use super::cells::day_number;
use super::contents;
use super::error::HistoryError;
use super::fact::Part;
use super::sections;
use super::store::HistoryStore;
use crate::facts::rolled_up::rolled_up_members;
use crate::facts::{PackedSeats, PeopleCounts, SeatCounts, SeatsDay};
use crate::model::day::Day;

/// Facts that are rolled up within one transaction, so that others get to write in between.
const AT_ONCE: usize = 50;

impl HistoryStore {
    /// Rolls up the people of days before that one. Gives how many parts of days were rolled up. What cannot be unpacked is removed,
    /// because people may be in it.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub(super) fn roll_up_before(&mut self, day: Day) -> Result<u64, HistoryError> {
        // People of tools are one in several accounts, which numbers of a day cannot say.
        let of_tools = "DELETE FROM fact WHERE part = ?1 AND day < ?2";
        let removed =
            self.transaction(|transaction| transaction.execute(of_tools, params![Part::Tools.number(), day_number(day)]))?;
        let (mut rolled_up, mut after) = (removed as u64, 0);
        loop {
            let (count, last) = self.transaction(|transaction| some(transaction, day_number(day), after))?;
            rolled_up += count;
            match last {
                Some(last) => after = last,
                None => return Ok(rolled_up),
            }
        }
    }
}

/// Rolls up some facts after that number. Gives how many, and the last number; none when there are no more.
fn some(transaction: &Transaction<'_>, before: i64, after: i64) -> rusqlite::Result<(u64, Option<i64>)> {
    let next = "SELECT number, part FROM fact
                WHERE number > ?1 AND day < ?2 AND part IN (2, 3, 4) AND number NOT IN (SELECT fact FROM rolled_up)
                ORDER BY number LIMIT 1";
    let (mut count, mut at) = (0, after);
    for _ in 0..AT_ONCE {
        let mut find = transaction.prepare_cached(next)?;
        let found = find.query_row(params![at, before], |row| Ok((row.get(0)?, row.get(1)?)));
        let Some((number, part)): Option<(i64, i64)> = found.optional()? else { return Ok((count, None)) };
        at = number;
        let part = Part::of_number(part).unwrap_or(Part::Tools);
        match contents::read(transaction, number, part)?.and_then(|content| numbers_of(part, &content)) {
            Some(Numbers::AsTheyWere) => {}
            Some(Numbers::Without(content)) => {
                contents::write(transaction, number, part, &content)?;
                count += 1;
            }
            None => {
                transaction.prepare_cached("DELETE FROM fact WHERE number = ?1")?.execute([number])?;
                count += 1;
                continue;
            }
        }
        transaction.prepare_cached("INSERT OR IGNORE INTO rolled_up (fact) VALUES (?1)")?.execute([number])?;
    }
    Ok((count, Some(at)))
}

/// What becomes of a content.
enum Numbers {
    /// No people are in it.
    AsTheyWere,
    /// It, without people.
    Without(Vec<u8>),
}

/// A content without people. None when it cannot be unpacked.
fn numbers_of(part: Part, content: &[u8]) -> Option<Numbers> {
    let without = match part {
        Part::People => {
            if PeopleCounts::are_in(&sections::unpack(content, 0)?) {
                return Some(Numbers::AsTheyWere);
            }
            let counts = PeopleCounts::of(&sections::people_of(content)?).pack();
            // Sums by editor are of many people already.
            sections::of_counts(counts, sections::unpack(content, sections::PEOPLE_EDITORS)?)
        }
        Part::Teams => sections::change_members(content, |_| Some(rolled_up_members()))?,
        Part::Seats => {
            let holders = sections::unpack(content, 0)?;
            if SeatCounts::are_in(&holders) {
                return Some(Numbers::AsTheyWere);
            }
            let seats = SeatsDay::unpack(&PackedSeats { holders, activity: sections::unpack(content, 1)? }).ok()?;
            sections::pack(&[SeatCounts::of(&seats).pack(), SeatsDay::default().pack().activity])
        }
        // Days of tools are removed whole.
        Part::Aggregate | Part::Billing | Part::Repositories | Part::Tools => return Some(Numbers::AsTheyWere),
    };
    Some(if without == content { Numbers::AsTheyWere } else { Numbers::Without(without) })
}
