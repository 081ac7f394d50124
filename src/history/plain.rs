//! What is kept of a day as plain rows, with everybody's name: for whoever may see people, and for other programs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::{HistoryReader, KeptFact};
use super::sections;
use crate::facts::rolled_up::has_members;
use crate::facts::team_entry::TEAMS_PER_GROUP;
use crate::facts::teams::{RECORD_PARTS, unpack_all_members, unpack_record};
use crate::facts::{
    EditorSums, PackedSeats, PeopleCounts, PeopleDay, PeopleSet, SeatCounts, SeatsDay, TeamEntry, TeamSums, ToolOfDay, ToolsDay,
};
use crate::figure::PointState;
use crate::model::day::Day;
use crate::render::plain::PlainFact;

/// GitHub's id and login of the persons of a host, by their numbers.
type Names = BTreeMap<u32, (u64, Option<String>)>;

impl HistoryReader {
    /// The rows of a part from `since` to `until`, oldest first, one day at a time in memory. `take` ends it with false.
    ///
    /// # Errors
    /// When the file cannot be read, or a content in it is damaged.
    pub fn plain(
        &self,
        scope: &ScopeKey,
        part: Part,
        (since, until): (Day, Day),
        mut take: impl FnMut(PlainFact) -> bool,
    ) -> Result<(), HistoryError> {
        let Some((first, last)) = self.extent(scope, part)? else { return Ok(()) };
        let names = if part.has_sections() { self.names(&scope.host)? } else { Names::new() };
        let (mut day, until) = (first.max(since), last.min(until));
        while day <= until {
            if let Some(fact) = self.fact(scope, part, day)? {
                let state = if fact.is_provisional { PointState::Provisional } else { PointState::Final };
                let damaged = || self.damaged(format!("what it holds of {day} cannot be unpacked"));
                for row in rows(part, &fact, &names).ok_or_else(damaged)? {
                    let Row { subject, login, fields } = row;
                    let ScopeKey { host, level, name } = scope.clone();
                    let fact = PlainFact { host, level, scope: name, part: part.name(), day, state, subject, login, fields };
                    if !take(fact) {
                        return Ok(());
                    }
                }
            }
            day = day.plus_days(1);
        }
        Ok(())
    }

    fn names(&self, host: &str) -> Result<Names, HistoryError> {
        let rows = self.rows("SELECT number, id, login FROM person WHERE host = ?1", [host], |row| {
            Ok((row.get(0)?, (row.get::<_, i64>(1)?.cast_unsigned(), row.get(2)?)))
        })?;
        Ok(rows.into_iter().collect())
    }
}

/// A row of a part.
struct Row {
    subject: Option<String>,
    login: Option<String>,
    fields: Map<String, Value>,
}

impl Row {
    /// A row of the whole scope.
    fn whole(fields: Value) -> Self {
        Self { subject: None, login: None, fields: object(fields) }
    }

    /// A row of a person. One whose number is not in the file has no id.
    fn person(number: u32, names: &Names, fields: Map<String, Value>) -> Self {
        let (id, login) = names.get(&number).cloned().unzip();
        Self { subject: id.map(|id| id.to_string()), login: login.flatten(), fields }
    }

    fn team(id: u64, slug: Option<&str>, fields: Value) -> Self {
        Self { subject: Some(id.to_string()), login: slug.map(str::to_owned), fields: object(fields) }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The rows of a part. None when its content is damaged.
fn rows(part: Part, fact: &KeptFact, names: &Names) -> Option<Vec<Row>> {
    match part {
        Part::People => people(&fact.content, names),
        Part::Teams => teams(&fact.content, names),
        Part::Seats => seats(&fact.content, names),
        Part::Tools => tools(&fact.content),
        Part::Aggregate | Part::Billing | Part::Repositories => {
            let text = std::str::from_utf8(&fact.content).ok()?;
            text.lines().map(|line| Some(Row::whole(serde_json::from_str(line).ok()?))).collect()
        }
    }
}

/// A row for each tool, with numbers of people: whom they were matched to is in the catalog.
fn tools(content: &[u8]) -> Option<Vec<Row>> {
    let of_tool = |(name, tool): (&String, &ToolOfDay)| {
        let people = json!({"reported": tool.reported.len(), "active": tool.active.len(), "unmatched": tool.unmatched.len()});
        Row::whole(json!({"tool": name, "people": people, "machines": tool.machines, "sums": tool.sums}))
    };
    Some(ToolsDay::unpack(content).ok()?.tools.iter().map(of_tool).collect())
}

/// A row for each person, and one with the sums by editor.
fn people(content: &[u8], names: &Names) -> Option<Vec<Row>> {
    let packed = sections::unpack(content, 0)?;
    if PeopleCounts::are_in(&packed) {
        let PeopleCounts { sets, credits } = PeopleCounts::unpack(&packed).ok()?;
        let counts: Map<String, Value> = sets.iter().map(|(set, people)| (set_name(set), Value::from(*people))).collect();
        let editors = PeopleDay::unpack_editors(&sections::unpack(content, sections::PEOPLE_EDITORS)?).ok()?;
        let fields = json!({ "people": counts, "credits": credits, "completions_by_editor": of_editors(&editors) });
        return Some(vec![Row::whole(fields)]);
    }
    let day = sections::people_of(content)?;
    let (sets, credits, editors) = (day.sets, day.credits.unwrap_or_default(), day.editors.unwrap_or_default());
    let mut people: BTreeMap<u32, Map<String, Value>> = BTreeMap::new();
    for (set, persons) in &sets {
        let (name, value) = set_field(set);
        for person in persons {
            let fields = people.entry(person).or_default();
            match (&value, fields.get_mut(&name)) {
                // Of several editors each is named.
                (Value::Array(one), Some(Value::Array(all))) => all.extend(one.clone()),
                _ => _ = fields.insert(name.clone(), value.clone()),
            }
        }
    }
    for (person, used) in credits.iter() {
        people.entry(person).or_default().insert("credits".to_owned(), Value::from(used));
    }
    let of_people = people.into_iter().map(|(person, fields)| Row::person(person, names, fields));
    Some(std::iter::once(Row::whole(json!({ "completions_by_editor": of_editors(&editors) }))).chain(of_people).collect())
}

/// The field of a person that a set is.
fn set_field(set: &PeopleSet) -> (String, Value) {
    let list = |name: &str| Value::from(vec![name]);
    match set {
        PeopleSet::Reported => ("reported".to_owned(), true.into()),
        PeopleSet::Active => ("active".to_owned(), true.into()),
        PeopleSet::ServerOnly => ("server_only".to_owned(), true.into()),
        PeopleSet::Completion => ("completion".to_owned(), true.into()),
        PeopleSet::Flag(name) => (name.clone(), true.into()),
        PeopleSet::Phase(number) => ("phase".to_owned(), (*number).into()),
        PeopleSet::Editor(name) => ("editors".to_owned(), list(name)),
        PeopleSet::EditorReports(name) => ("editors_reporting_lines".to_owned(), list(name)),
        PeopleSet::EditorUnknown(name) => ("editors_of_unknown_version".to_owned(), list(name)),
    }
}

/// The name of a set of which only the number is left.
fn set_name(set: &PeopleSet) -> String {
    match set_field(set) {
        (name, Value::Bool(_)) => name,
        (name, Value::Array(of)) => format!("{name}: {}", of.first().and_then(Value::as_str).unwrap_or_default()),
        (name, value) => format!("{name}: {value}"),
    }
}

fn of_editors(of: &EditorSums) -> Value {
    let editors = of.by_editor.iter().map(|(name, (completions, people))| {
        json!({ "editor": name, "shown": completions.shown, "accepted": completions.accepted, "people": people })
    });
    json!({ "shown_to_all": of.shown_to_all, "editors": editors.collect::<Vec<_>>() })
}

/// A row for each team, those that are not in the report because of their size included.
fn teams(content: &[u8], names: &Names) -> Option<Vec<Row>> {
    let index = sections::teams_index(content)?;
    let groups = index.teams.len().div_ceil(TEAMS_PER_GROUP);
    let mut rows = Vec::new();
    for (group, entries) in index.teams.chunks(TEAMS_PER_GROUP).enumerate() {
        let packed = sections::unpack(content, sections::TEAMS_MEMBERS + group)?;
        let members = if has_members(&packed) { Some(unpack_all_members(&packed).ok()?) } else { None };
        let parts = (0..RECORD_PARTS).map(|part| sections::unpack(content, sections::record_section(groups, part, group)));
        let parts = parts.collect::<Option<Vec<_>>>()?;
        for (place, entry) in entries.iter().enumerate() {
            let ids = match &members {
                Some(members) => Some(members.get(place)?.iter().map(|person| names.get(&person).map(|(id, _)| *id)).collect()),
                None => None,
            };
            let record = unpack_record(parts.iter().map(Vec::as_slice), place).ok()?;
            rows.push(Row::team(entry.id, entry.slug.as_deref(), team(entry, ids, record)));
        }
    }
    let suppressed = index.suppressed.iter();
    rows.extend(suppressed.map(|(id, slug)| Row::team(*id, slug.as_deref(), json!({ "not_in_report": true }))));
    Some(rows)
}

fn team(entry: &TeamEntry, member_ids: Option<Vec<Option<u64>>>, record: Option<Value>) -> Value {
    let sums = entry.sums.map(|sums| {
        let TeamSums { reported, active, agent_people, prompts, shown, accepted, agent_lines, lines, credits } = sums;
        json!({
            "reported": reported, "active": active, "agent_people": agent_people, "prompts": prompts, "shown": shown,
            "accepted": accepted, "agent_lines": agent_lines, "lines": lines, "credits": credits,
        })
    });
    json!({ "members": entry.members, "withheld": entry.is_withheld, "sums": sums, "member_ids": member_ids, "record": record })
}

/// A row for each seat, and one with those of nobody.
fn seats(content: &[u8], names: &Names) -> Option<Vec<Row>> {
    let holders = sections::unpack(content, 0)?;
    if SeatCounts::are_in(&holders) {
        let SeatCounts { by_plan, unassigned } = SeatCounts::unpack(&holders).ok()?;
        return Some(vec![Row::whole(json!({ "seats_by_plan": by_plan, "unassigned": unassigned }))]);
    }
    let packed = PackedSeats { holders, activity: sections::unpack(content, 1)? };
    let SeatsDay { seats, unassigned, evidence } = SeatsDay::unpack(&packed).ok()?;
    let of_seats = seats.into_iter().map(|seat| {
        let fields = json!({
            "created": seat.created,
            "pending_cancellation": seat.pending_cancellation,
            "last_activity": seat.last_activity,
            "plan": seat.plan.as_deref(),
            "team": seat.team,
        });
        Row::person(seat.person, names, object(fields))
    });
    Some(std::iter::once(Row::whole(json!({ "unassigned": unassigned, "newest_activity": evidence }))).chain(of_seats).collect())
}
