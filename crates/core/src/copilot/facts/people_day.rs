//! Folds the rows of `users-1-day` to the people and the teams of a day.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::super::finished_day::{FinishedTeamDay, RowCounts};
use super::super::json::Json;
use super::super::refusal::{Refusals, RowRefusal};
use super::super::roster::Roster;
use super::super::row_identity::{OneOwner, ReportOwner, RowIdentity, check_user_row, trimmed};
use super::super::user_row::{RowReader, UserRow};
use super::super::windows::Windows;
use super::person::PersonDay;
use super::team_sums;
use crate::facts::{EditorSums, Numbers, PeopleDay, PeopleSet, PersonSet, TeamEntry, TeamOfDay, TeamsDay};
use crate::model::day::Day;

/// Who a row is about, for the caller's dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person<'row> {
    /// GitHub's id of the user.
    pub id: u64,
    /// The login, when the row has one.
    pub login: Option<&'row str>,
}

/// Takes the rows of `users-1-day` of one day of one organization or enterprise, in any order.
///
/// Memory: about 200 bytes a person, and 300 more when teams are wanted.
#[derive(Debug)]
pub struct PeopleDayBuilder {
    day: Day,
    owner: OneOwner,
    people: BTreeMap<u32, PersonDay>,
    numbers: HashMap<u64, u32>,
    /// Rows by user id, for the sums of teams; none when no teams are wanted.
    rows: Option<(RowReader, HashMap<u64, UserRow>)>,
    refusals: Refusals,
}

/// The facts of a day.
#[derive(Debug)]
pub struct FinishedFacts {
    /// The people.
    pub people: PeopleDay,
    /// The teams; none when no roster was given.
    pub teams: Option<TeamsDay>,
}

impl PeopleDayBuilder {
    /// No rows of that day yet. Without teams, what is only needed for their sums is not kept.
    pub fn new(owner: ReportOwner, day: Day, with_teams: bool) -> Self {
        Self {
            day,
            owner: OneOwner::unknown(owner),
            people: BTreeMap::new(),
            numbers: HashMap::new(),
            rows: with_teams.then(|| (RowReader::new(), HashMap::new())),
            refusals: Refusals::default(),
        }
    }

    /// Takes one row. `number` gives its person a number, for ever the same, and is not asked for a row that is refused. A second
    /// row of a person is merged with the first: reports of several files repeat rows. An empty line is nothing.
    ///
    /// # Errors
    /// When the row is refused. Then the day was not read completely.
    pub fn push_row(&mut self, line: &[u8], number: impl FnOnce(Person<'_>) -> u32) -> Result<(), RowRefusal> {
        let line = trimmed(line);
        if line.is_empty() {
            return Ok(());
        }
        self.read_row(line, number).inspect_err(|refusal| self.refusals.count(refusal))
    }

    fn read_row(&mut self, line: &[u8], number: impl FnOnce(Person<'_>) -> u32) -> Result<(), RowRefusal> {
        let row = Json::parse(line).map_err(RowRefusal::NotJson)?;
        check_user_row(&row)?;
        let id = RowIdentity::of(&row, self.day, self.day, &mut self.owner)?.user_id;
        if let Some((reader, rows)) = &mut self.rows {
            let read = reader.read(&row)?;
            let merged = match rows.remove(&id) {
                Some(before) => before.merged(&read, &mut reader.builder),
                None => read,
            };
            rows.insert(id, merged);
        }
        let login = row.get("user_login").and_then(Json::text);
        let person = *self.numbers.entry(id).or_insert_with(|| number(Person { id, login }));
        let day = PersonDay::of(&row);
        match self.people.entry(person) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(day);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().merge(day),
        }
        Ok(())
    }

    /// Rows that were refused.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// The facts, when every row of every file has been given. `roster` holds the day's teams; `number` gives numbers to members
    /// without a row. `smallest_group` is the number of people below which no team is shown, see [`TeamsDay::protect`].
    pub fn finish(self, roster: Option<Roster>, smallest_group: u64, mut number: impl FnMut(Person<'_>) -> u32) -> FinishedFacts {
        let mut people = PeopleDay { editors: Some(editors(self.people.values())), ..PeopleDay::default() };
        for (person, day) in &self.people {
            add_person(&mut people.sets, *person, day);
        }
        let credits = self.people.iter().filter_map(|(person, day)| Some((*person, day.credits?)));
        people.credits = Some(Numbers::new(credits));
        let teams = roster.zip(self.rows).map(|(mut roster, (reader, rows))| {
            roster.seal();
            let numbers: Vec<u32> = roster
                .users
                .ids
                .iter()
                .map(|id| match self.numbers.get(id) {
                    Some(person) => *person,
                    None => number(Person { id: *id, login: None }),
                })
                .collect();
            teams_day(finished(roster, reader, rows), &numbers, &self.people, smallest_group)
        });
        FinishedFacts { people, teams }
    }
}

fn add_person(sets: &mut BTreeMap<PeopleSet, PersonSet>, person: u32, day: &PersonDay) {
    let mut add = |set: PeopleSet| {
        sets.entry(set).or_default().insert(person);
    };
    add(PeopleSet::Reported);
    if day.is_active {
        add(PeopleSet::Active);
    }
    if !day.has_breakdown {
        add(PeopleSet::ServerOnly);
    }
    if day.completions.shown > 0 {
        add(PeopleSet::Completion);
    }
    day.flags.iter().for_each(|flag| add(PeopleSet::flag(flag)));
    if let Some(phase) = day.phase {
        add(PeopleSet::Phase(phase));
    }
    for (editor, reports) in &day.editors {
        add(PeopleSet::Editor(editor.clone()));
        match reports {
            Some(true) => add(PeopleSet::EditorReports(editor.clone())),
            Some(false) => {}
            None => add(PeopleSet::EditorUnknown(editor.clone())),
        }
    }
}

/// Completions by editor of those who used exactly one.
fn editors<'a>(people: impl Iterator<Item = &'a PersonDay>) -> EditorSums {
    let mut sums = EditorSums::default();
    for day in people {
        sums.shown_to_all = sums.shown_to_all.saturating_add(day.completions.shown);
        if let (1, Some(editor)) = (day.editors.len(), day.editors.keys().next()) {
            let (completions, people) = sums.by_editor.entry(editor.clone()).or_default();
            completions.shown = completions.shown.saturating_add(day.completions.shown);
            completions.accepted = completions.accepted.saturating_add(day.completions.accepted);
            *people += 1;
        }
    }
    sums
}

/// The team join over rows that have been read.
fn finished(roster: Roster, reader: RowReader, mut rows: HashMap<u64, UserRow>) -> FinishedTeamDay {
    let Roster { day, owner, is_of_today, teams, users, refusals, .. } = roster;
    let rows = users.ids.iter().map(|id| rows.remove(id)).collect();
    let teams = teams.into_iter().collect();
    FinishedTeamDay { day, owner, is_of_today, teams, users, reader, rows, tally: RowCounts::default(), refusals }
}

/// Lists of a team's record that no figure reads. They are a third of it.
const UNREAD_LISTS: [&str; 2] = ["totals_by_ide", "totals_by_language_model"];

/// Fields of the entries of its lists that no figure reads.
const UNREAD_FIELDS: [&str; 2] = ["loc_suggested_to_add_sum", "loc_suggested_to_delete_sum"];

/// A team's record without what no figure reads: it is our own sum of rows, and five hundred teams have one each day.
fn without_unread(mut record: Value) -> Value {
    let Value::Object(fields) = &mut record else { return record };
    fields.retain(|name, _| !UNREAD_LISTS.contains(&name.as_str()));
    for entries in fields.values_mut().filter_map(Value::as_array_mut) {
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            entry.retain(|name, _| !UNREAD_FIELDS.contains(&name.as_str()));
        }
    }
    record
}

/// `numbers` are the persons of the roster's users.
fn teams_day(day: FinishedTeamDay, numbers: &[u32], people: &BTreeMap<u32, PersonDay>, smallest_group: u64) -> TeamsDay {
    let windows = Windows::new();
    let records = day.records(&windows);
    let teams = day.teams.iter().zip(records).map(|((id, team), record)| {
        let members: PersonSet = team.members.iter().filter_map(|user| numbers.get(*user as usize).copied()).collect();
        let record = serde_json::from_slice(&record.json).ok().map(without_unread);
        let entry = TeamEntry {
            id: *id,
            slug: team.slug.as_deref().map(Into::into),
            members: members.len(),
            sums: record.as_ref().map(team_sums::of),
            editors: editors(members.iter().filter_map(|person| people.get(&person))),
            is_withheld: false,
        };
        TeamOfDay { entry, members, record }
    });
    let mut day = TeamsDay { teams: teams.collect(), ..TeamsDay::default() };
    let reported: PersonSet = people.keys().copied().collect();
    let everyone = day.teams.iter().fold(reported, |everyone, team| everyone | &team.members);
    day.protect(&everyone, smallest_group);
    day
}
