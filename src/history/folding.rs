//! Rows of a slice, folded to the parts of its days. What is held grows with people and days, not with the size of rows.

use std::collections::BTreeMap;

use memchr::memmem;
use serde::Deserialize;

use super::fact::{DayFact, Part, ScopeKey};
use super::hash::{self, RowsHash};
use super::persons::{PeopleKept, Persons};
use super::sections;
use super::tools::ToolsFolding;
use crate::copilot::ReportOwner;
use crate::copilot::facts::{FinishedFacts, PeopleDayBuilder, SeatsDayBuilder};
use crate::copilot::roster::Roster;
use crate::model::day::Day;
use crate::model::item::RawItem;
use crate::source::RowsReport;

/// People's days that are folded at once, of about 200 bytes each. Of a larger report the oldest days are left to the next reading.
const USER_DAYS_AT_MOST: usize = 250_000;

/// Bytes at the beginning of a row in which its day is looked for.
const DAY_WITHIN: usize = 256;

/// What a slice gives.
pub(super) enum Folding {
    /// Rows about the whole scope.
    Aggregate(Vec<(Day, RawItem)>),
    /// Rows of people, of one day or of several.
    People(PeopleFolding),
    /// Memberships and rows of people of one day.
    Teams(Box<TeamsFolding>),
    /// Seats as they are now.
    Seats { hash: RowsHash, seats: SeatsDayBuilder, is_refused: bool },
    /// People's days with AI tools.
    Tools(ToolsFolding),
    /// Texts that are kept as they are, a line each.
    Lines { hash: RowsHash, text: Vec<u8> },
}

#[derive(Default)]
pub(super) struct PeopleFolding {
    days: BTreeMap<Day, PeopleOfDay>,
    /// Rows in all builders.
    rows: usize,
}

struct PeopleOfDay {
    hash: RowsHash,
    rows: usize,
    /// None for a day whose fingerprint alone is taken, or that is left out.
    builder: Option<PeopleDayBuilder>,
    is_left_out: bool,
}

pub(super) struct TeamsFolding {
    day: Day,
    memberships: RowsHash,
    users: RowsHash,
    roster: Roster,
    people: PeopleDayBuilder,
    has_memberships: bool,
    is_refused: bool,
    /// Whether the rows are folded; none until the first of them.
    is_folded: Option<bool>,
}

/// A row, as far as it says of which day it is.
#[derive(Deserialize)]
struct RowDay {
    day: Day,
}

/// What folding needs to know.
pub(super) struct Folder<'a> {
    pub(super) scope: &'a ScopeKey,
    pub(super) persons: &'a mut Persons,
    /// Whether a day is known, final and not wanted, so that its fingerprint is enough.
    pub(super) is_settled: &'a dyn Fn(Day) -> bool,
    pub(super) people: PeopleKept,
}

impl Folding {
    /// Begins a slice. None for a slice of teams without a day.
    pub(super) fn of(part: Part, day: Option<Day>, is_enterprise: bool) -> Option<Self> {
        Some(match part {
            Part::Aggregate => Self::Aggregate(Vec::new()),
            Part::People => Self::People(PeopleFolding::default()),
            Part::Teams => {
                let (owner, day) = (owner(is_enterprise), day?);
                Self::Teams(Box::new(TeamsFolding {
                    day,
                    memberships: RowsHash::default(),
                    users: RowsHash::default(),
                    roster: Roster::of_report(owner, day),
                    people: PeopleDayBuilder::new(owner, day, true),
                    has_memberships: false,
                    is_refused: false,
                    is_folded: None,
                }))
            }
            Part::Seats => Self::Seats { hash: RowsHash::default(), seats: SeatsDayBuilder::new(), is_refused: false },
            Part::Tools => Self::Tools(ToolsFolding::default()),
            Part::Billing | Part::Repositories => Self::Lines { hash: RowsHash::default(), text: Vec::new() },
        })
    }

    /// Takes items of the slice.
    pub(super) fn take(&mut self, items: Vec<RawItem>, day: Option<Day>, folder: &mut Folder<'_>) {
        match self {
            Self::Aggregate(rows) => rows.extend(items.into_iter().filter_map(|item| Some((day_of(&item.json)?, item)))),
            Self::People(people) => items.iter().for_each(|item| people.take(item, day, folder)),
            // Its items are made from rows, which come by themselves.
            Self::Teams(_) => {}
            Self::Seats { hash, seats, is_refused } => {
                for item in items {
                    hash.add(&item.json);
                    let host = &folder.scope.host;
                    *is_refused |= seats.push_seat(&item.json, |person| folder.persons.number(host, person)).is_err();
                }
            }
            Self::Tools(tools) => {
                let host = &folder.scope.host;
                items.iter().for_each(|item| tools.take(&item.json, |person| folder.persons.number(host, person)));
            }
            Self::Lines { hash, text } => {
                for item in items {
                    hash.add(&item.json);
                    text.extend_from_slice(&item.json);
                    text.push(b'\n');
                }
            }
        }
    }

    /// Takes rows from which the slice's items are made.
    pub(super) fn take_rows(&mut self, report: RowsReport, rows: &[RawItem], folder: &mut Folder<'_>) {
        let Self::Teams(teams) = self else { return };
        let is_folded = *teams.is_folded.get_or_insert_with(|| !(folder.is_settled)(teams.day));
        for row in rows {
            let is_taken = match report {
                RowsReport::Memberships => {
                    teams.has_memberships = true;
                    teams.memberships.add(&row.json);
                    !is_folded || teams.roster.push_membership(&row.json).is_ok()
                }
                RowsReport::Users => {
                    teams.users.add(&row.json);
                    if !is_folded {
                        continue;
                    }
                    let host = &folder.scope.host;
                    teams.people.push_row(&row.json, |person| folder.persons.number(host, person)).is_ok()
                }
            };
            teams.is_refused |= !is_taken;
        }
    }

    /// The facts of the slice, once it was read completely. `today` is the day of what has no day of its own.
    pub(super) fn finish(self, part: Part, day: Option<Day>, today: Day, folder: &mut Folder<'_>) -> Vec<DayFact> {
        let scope = folder.scope.clone();
        let fact = |part: Part, day: Day, hash, content| DayFact { scope: scope.clone(), day, part, hash, content };
        match self {
            Self::Aggregate(rows) => {
                let facts = rows.into_iter().map(|(day, row)| fact(part, day, hash::of_row(&row.json), Some(row.json.to_vec())));
                facts.collect()
            }
            Self::People(people) => {
                let host = &folder.scope.host;
                let kept = people.days.into_iter().filter(|(_, day)| !day.is_left_out);
                let k = folder.people.smallest_group;
                let facts = kept.map(|(day, of_day)| {
                    let content = of_day.builder.map(|builder| {
                        let finished = builder.finish(None, k, |person| folder.persons.number(host, person));
                        sections::of_people(finished.people.pack())
                    });
                    fact(part, day, of_day.hash.finish(), content)
                });
                facts.collect()
            }
            Self::Teams(teams) => {
                let TeamsFolding { day, memberships, users, roster, people, has_memberships, is_refused, is_folded } = *teams;
                // Members of today in place of that day's are no fact of the day.
                if is_refused || !has_memberships {
                    return Vec::new();
                }
                if is_folded == Some(false) {
                    return vec![fact(part, day, both(memberships, users), None)];
                }
                let host = &folder.scope.host;
                let k = folder.people.smallest_group;
                let FinishedFacts { people, teams } =
                    people.finish(Some(roster), k, |person| folder.persons.number(host, person));
                let (are_kept, hash) = (folder.people.are_kept, both(memberships, users));
                let people = are_kept.then(|| fact(Part::People, day, users.finish(), Some(sections::of_people(people.pack()))));
                let packed = teams.map(|teams| sections::of_teams(teams.pack()));
                let teams = packed.and_then(|packed| if are_kept { Some(packed) } else { sections::without_members(&packed) });
                let teams = teams.map(|teams| fact(part, day, hash, Some(teams)));
                people.into_iter().chain(teams).collect()
            }
            Self::Seats { hash, seats, is_refused } => {
                let content = Some(sections::of_seats(seats.finish().pack()));
                if is_refused { Vec::new() } else { vec![fact(part, day.unwrap_or(today), hash.finish(), content)] }
            }
            Self::Tools(tools) => tools.finish().map(|(day, hash, content)| fact(part, day, hash, Some(content))).collect(),
            Self::Lines { hash, mut text } => {
                text.pop();
                // A day without rows has a fingerprint like any other: no row has that of nothing.
                let hash = if text.is_empty() { hash::of_row(&[]) } else { hash.finish() };
                vec![fact(part, day.unwrap_or(today), hash, Some(text))]
            }
        }
    }
}

impl Folding {
    /// The facts of files, whose rows say of which day they are. Of two rows about the whole scope on one day, the one that came first
    /// stands, as it does for entities.
    pub(super) fn finish_files(self, part: Part, folder: &mut Folder<'_>) -> Vec<DayFact> {
        let scope = folder.scope.clone();
        match self {
            Self::Aggregate(rows) => {
                let mut days: BTreeMap<Day, RawItem> = BTreeMap::new();
                for (day, row) in rows {
                    days.entry(day).or_insert(row);
                }
                // The day of what has none is not looked at: each row has its own.
                days.into_iter()
                    .flat_map(|(day, row)| Self::Aggregate(vec![(day, row)]).finish(part, None, day, folder))
                    .collect()
            }
            Self::Lines { text, .. } => {
                let mut days: BTreeMap<Day, (RowsHash, Vec<u8>)> = BTreeMap::new();
                for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    let Some(day) = day_of(line) else { continue };
                    let (hash, text) = days.entry(day).or_default();
                    hash.add(line);
                    if !text.is_empty() {
                        text.push(b'\n');
                    }
                    text.extend_from_slice(line);
                }
                let fact = |(day, (hash, text)): (Day, (RowsHash, Vec<u8>))| DayFact {
                    scope: scope.clone(),
                    day,
                    part,
                    hash: hash.finish(),
                    content: Some(text),
                };
                days.into_iter().map(fact).collect()
            }
            Self::People(people) => {
                let today = Day::of(jiff::Timestamp::UNIX_EPOCH);
                Self::People(people).finish(part, None, today, folder)
            }
            // Items of teams and of tools are made from several reports, and a file has no day of seats.
            Self::Teams(_) | Self::Seats { .. } | Self::Tools(_) => Vec::new(),
        }
    }
}

impl PeopleFolding {
    fn take(&mut self, row: &RawItem, day: Option<Day>, folder: &mut Folder<'_>) {
        let Some(day) = day.or_else(|| day_of(&row.json)) else { return };
        let of_day = self.days.entry(day).or_insert_with(|| {
            let builder =
                (!(folder.is_settled)(day)).then(|| PeopleDayBuilder::new(owner(folder.scope.is_enterprise()), day, false));
            PeopleOfDay { hash: RowsHash::default(), rows: 0, builder, is_left_out: false }
        });
        of_day.hash.add(&row.json);
        let Some(builder) = &mut of_day.builder else { return };
        let host = &folder.scope.host;
        if builder.push_row(&row.json, |person| folder.persons.number(host, person)).is_err() {
            // A day of which a row is refused was not read completely.
            of_day.leave_out(&mut self.rows);
            return;
        }
        of_day.rows += 1;
        self.rows += 1;
        if self.rows > USER_DAYS_AT_MOST {
            let oldest = self.days.values_mut().find(|of_day| of_day.builder.is_some());
            if let Some(oldest) = oldest {
                oldest.leave_out(&mut self.rows);
            }
        }
    }
}

impl PeopleOfDay {
    fn leave_out(&mut self, rows: &mut usize) {
        *rows -= self.rows;
        self.rows = 0;
        self.builder = None;
        self.is_left_out = true;
    }
}

fn owner(is_enterprise: bool) -> ReportOwner {
    if is_enterprise { ReportOwner::Enterprise } else { ReportOwner::Organization }
}

/// The fingerprint of two reports.
fn both(one: RowsHash, other: RowsHash) -> super::fact::ContentHash {
    let mut both = RowsHash::default();
    both.add(&[one.finish(), other.finish()].concat());
    both.finish()
}

/// The day of a row. It stands at the beginning; only where it does not, the row is read.
fn day_of(row: &[u8]) -> Option<Day> {
    const KEY: &[u8] = br#""day":""#;
    let head = &row[..row.len().min(DAY_WITHIN)];
    let found = memmem::find(head, KEY).and_then(|at| head.get(at + KEY.len()..at + KEY.len() + 10));
    let found = found.and_then(|day| std::str::from_utf8(day).ok()?.parse().ok());
    found.or_else(|| Some(serde_json::from_slice::<RowDay>(row).ok()?.day))
}
