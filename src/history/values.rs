//! Values of a part: the numbers by which two readings of a day are told apart, for people and for restatements.

use serde_json::{Map, Number, Value};

use super::fact::Part;
use super::sections;
use crate::facts::{PackedSeats, PeopleCounts, PeopleDay, PeopleSet, SeatCounts, SeatsDay, TeamSums, ToolOfDay, ToolsDay};

/// Keys of a row that say in which report it is.
const REPORT_KEYS: [&str; 3] = ["report_start_day", "report_end_day", "report_day"];

/// What is kept of a reading once a later one differs. It needs less room than the reading, where that is about many people.
pub(super) fn kept(part: Part, content: &[u8]) -> Vec<u8> {
    match part {
        Part::Aggregate => content.to_vec(),
        Part::Billing => billing(content).unwrap_or_default(),
        Part::Repositories => {
            object(&[("repositories", content.split(|byte| *byte == b'\n').filter(|row| !row.is_empty()).count() as u64)])
        }
        Part::People => people(content).unwrap_or_default(),
        Part::Teams => teams(content).unwrap_or_default(),
        Part::Seats => seats(content).unwrap_or_default(),
        Part::Tools => tools(content).unwrap_or_default(),
    }
}

fn people(content: &[u8]) -> Option<Vec<u8>> {
    let packed = sections::unpack(content, 0)?;
    if PeopleCounts::are_in(&packed) {
        let counts = PeopleCounts::unpack(&packed).ok()?;
        let count = |set: &PeopleSet| counts.count(set);
        return Some(object(&[("reported", count(&PeopleSet::Reported)), ("active", count(&PeopleSet::Active))]));
    }
    let names = PeopleDay::unpack_names(&packed).ok()?;
    let count = |set: &PeopleSet| names.iter().find(|(name, _)| name == set).map_or(0, |(_, people)| *people);
    Some(object(&[("reported", count(&PeopleSet::Reported)), ("active", count(&PeopleSet::Active))]))
}

fn teams(content: &[u8]) -> Option<Vec<u8>> {
    let index = sections::teams_index(content)?;
    let sum = |of: fn(&TeamSums) -> u64| index.teams.iter().filter_map(|team| team.sums.as_ref()).map(of).sum::<u64>();
    let members = index.teams.iter().map(|team| team.members).sum();
    let teams = index.teams.len() as u64;
    Some(object(&[
        ("teams", teams),
        ("members", members),
        ("active", sum(|it| it.active)),
        ("prompts", sum(|it| it.prompts)),
        ("lines", sum(|it| it.lines)),
    ]))
}

fn seats(content: &[u8]) -> Option<Vec<u8>> {
    let holders = sections::unpack(content, 0)?;
    if SeatCounts::are_in(&holders) {
        return Some(object(&[("seats", SeatCounts::unpack(&holders).ok()?.seats())]));
    }
    let packed = PackedSeats { holders, activity: sections::unpack(content, 1)? };
    Some(object(&[("seats", SeatsDay::unpack(&packed).ok()?.seats.len() as u64)]))
}

/// The lines of a day's bill, and the sums of their credits.
fn billing(content: &[u8]) -> Option<Vec<u8>> {
    let items = std::str::from_utf8(content).ok().and_then(crate::figure::billing::items)?;
    let sums = [
        ("lines", items.len() as f64),
        ("credits", crate::figure::billing::credits(&items)),
        ("billed", crate::figure::billing::billed(&items)),
    ];
    let object: Map<String, Value> = sums.iter().map(|(name, number)| ((*name).to_owned(), Value::from(*number))).collect();
    Some(Value::Object(object).to_string().into_bytes())
}

fn tools(content: &[u8]) -> Option<Vec<u8>> {
    let day = ToolsDay::unpack(content).ok()?;
    let count = |of: fn(&ToolOfDay) -> u64| day.tools.values().map(of).sum::<u64>();
    let (reported, active) = (count(|tool| tool.reported.len()), count(|tool| tool.active.len()));
    Some(object(&[("reported", reported), ("active", active), ("keys", count(|tool| tool.machines))]))
}

fn object(numbers: &[(&str, u64)]) -> Vec<u8> {
    let object: Map<String, Value> = numbers.iter().map(|(name, number)| ((*name).to_owned(), Value::from(*number))).collect();
    Value::Object(object).to_string().into_bytes()
}

/// Whether two readings say the same, although their rows are written differently.
pub(super) fn is_same(part: Part, one: &[u8], other: &[u8]) -> bool {
    match part {
        Part::Aggregate => row(one).is_some_and(|one| Some(one) == row(other)),
        Part::People | Part::Teams | Part::Seats | Part::Billing | Part::Repositories | Part::Tools => one == other,
    }
}

/// The numbers of what was kept of a reading, by name.
pub(super) fn numbers(kept: &[u8]) -> Vec<(String, Number)> {
    let named = row(kept).unwrap_or_default().into_iter();
    named.filter_map(|(name, value)| if let Value::Number(number) = value { Some((name, number)) } else { None }).collect()
}

fn row(text: &[u8]) -> Option<Map<String, Value>> {
    let mut row: Map<String, Value> = serde_json::from_slice(text).ok()?;
    for key in REPORT_KEYS {
        row.remove(key);
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_bill_that_changed_the_sums_are_kept() {
        let lines = concat!(r#"{"grossQuantity":30.5,"netQuantity":4}"#, "\n", r#"{"grossQuantity":10,"netQuantity":1}"#);
        let numbers: Vec<String> =
            numbers(&kept(Part::Billing, lines.as_bytes())).into_iter().map(|(name, it)| format!("{name} {it}")).collect();
        assert_eq!(numbers, ["lines 2.0", "credits 40.5", "billed 5.0"]);
        assert!(kept(Part::Billing, b"<html>").is_empty());
    }

    #[test]
    fn a_row_that_is_written_differently_says_the_same() {
        let same = |one: &str, other: &str| is_same(Part::Aggregate, one.as_bytes(), other.as_bytes());
        assert!(same(r#"{"day":"2026-11-01","n":1}"#, r#"{"n": 1, "day": "2026-11-01", "report_day": "2026-11-01"}"#));
        assert!(!same(r#"{"n":1}"#, r#"{"n":2}"#));
        assert!(!same("<html>", "<html>"), "what is no row says nothing");
        let numbers = numbers(br#"{"day":"2026-11-01","n":1,"list":[1],"x":2.5}"#);
        let numbers: Vec<String> = numbers.into_iter().map(|(name, number)| format!("{name} {number}")).collect();
        assert_eq!(numbers, ["n 1", "x 2.5"]);
    }
}
