//! A random organization: people with rows as GitHub writes them, teams that change, days that are not held.

use std::collections::{BTreeMap, BTreeSet};

use pilotage::copilot::ReportOwner;
use pilotage::copilot::facts::{PeopleDayBuilder, SeatsDayBuilder};
use pilotage::copilot::roster::Roster;
use pilotage::facts::team_entry::TEAMS_PER_GROUP;
use pilotage::facts::{PeopleDay, PersonSet, SeatsDay, TeamEntry, TeamsIndex, rows, teams};
use pilotage::figure::{Context, DayFacts, Figure, Reads, Series, TeamsFacts};
use pilotage::model::day::Day;
use serde_json::{Map, Value, json};

/// Numbers from a seed: equal seeds make equal worlds.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit.max(1)
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A day of the world.
pub(super) struct WorldDay {
    pub(super) day: Day,
    /// Whether its reports were read.
    pub(super) is_held: bool,
    /// Rows of `users-1-day`, by user id.
    pub(super) rows: BTreeMap<u64, Value>,
    /// Members of teams in the report, by team.
    pub(super) teams: BTreeMap<u64, BTreeSet<u64>>,
    /// Teams that are too small to be in the report.
    pub(super) suppressed: BTreeSet<u64>,
    /// The organization's own row.
    pub(super) aggregate: String,
    pub(super) seats: Vec<Value>,
}

/// A world.
pub(super) struct World {
    pub(super) days: Vec<WorldDay>,
    pub(super) k: u64,
}

/// The smallest team in a report of this world.
const FEWEST: usize = 3;

impl World {
    /// A world of that many people and days, whose smallest group is `k`.
    pub(super) fn new(seed: u64, people: u64, days: i32, k: u64) -> Self {
        let mut dice = Dice::new(seed);
        let first: Day = "2026-09-21".parse().unwrap();
        let mut teams: BTreeMap<u64, BTreeSet<u64>> = (1..=4).map(|team| (team, BTreeSet::new())).collect();
        for members in teams.values_mut() {
            let share = 15 + dice.below(60);
            members.extend((0..people).filter(|_| dice.chance(share)));
        }
        let keen: Vec<u64> = (0..people).map(|_| dice.below(100)).collect();
        let mut list: Vec<WorldDay> = Vec::new();
        for number in 0..days {
            let day = first.plus_days(number);
            if dice.chance(15) {
                let (team, person) = (1 + dice.below(4), dice.below(people));
                let members = teams.get_mut(&team).unwrap();
                if !members.remove(&person) {
                    members.insert(person);
                }
            }
            let mut rows = BTreeMap::new();
            for person in 0..people {
                if dice.chance(keen[person as usize]) {
                    rows.insert(person, row(&mut dice, day, person));
                }
            }
            let (shown, suppressed): (Vec<_>, Vec<_>) = teams.iter().partition(|(_, members)| members.len() >= FEWEST);
            let windows = |length: usize| {
                let before = list.iter().rev().take(length - 1).flat_map(|day| day.rows.keys());
                before.chain(rows.keys()).collect::<BTreeSet<_>>().len()
            };
            let aggregate = aggregate(day, &rows, [windows(1), windows(7), windows(28)]);
            let seats = seats(&mut dice, day, people, list.last().map(|before| before.seats.as_slice()));
            list.push(WorldDay {
                day,
                is_held: !dice.chance(1),
                teams: shown.into_iter().map(|(id, members)| (*id, members.clone())).collect(),
                suppressed: suppressed.into_iter().map(|(id, _)| *id).collect(),
                aggregate,
                rows,
                seats,
            });
        }
        Self { days: list, k }
    }

    /// The days as facts, packed and unpacked.
    pub(super) fn facts(&self) -> Vec<Kept> {
        self.days.iter().map(|day| Kept::of(day, self.k)).collect()
    }
}

/// What is kept of a day.
pub(super) struct Kept {
    pub(super) day: Day,
    is_held: bool,
    aggregate: String,
    people: PeopleDay,
    of_teams: BTreeMap<u64, (PeopleDay, String)>,
    pub(super) index: TeamsIndex,
    members: Vec<PersonSet>,
    seats: SeatsDay,
    of_team_seats: BTreeMap<u64, SeatsDay>,
}

/// People have their user id and 100 as their number.
fn number(id: u64) -> u32 {
    u32::try_from(id).unwrap() + 100
}

impl Kept {
    fn of(day: &WorldDay, k: u64) -> Self {
        let mut roster = Roster::of_report(ReportOwner::Organization, day.day);
        for (team, members) in &day.teams {
            for member in members {
                let row = json!({"user_id": member, "day": day.day, "organization_id": "9", "team_id": team, "slug": format!("t{team}")});
                roster.push_membership(row.to_string().as_bytes()).unwrap();
            }
        }
        let mut builder = PeopleDayBuilder::new(ReportOwner::Organization, day.day, true);
        for row in day.rows.values() {
            // Twice, as in a report of several files.
            for _ in 0..2 {
                builder.push_row(row.to_string().as_bytes(), |person| number(person.id)).unwrap();
            }
        }
        let finished = builder.finish(Some(roster), k, |person| number(person.id));
        let people = PeopleDay::unpack(&finished.people.pack()).unwrap();
        let mut all = finished.teams.unwrap();
        all.suppressed = day.suppressed.iter().map(|id| (*id, Some(format!("t{id}").into()))).collect();
        let packed = all.pack();
        let index = TeamsIndex::unpack_all(&packed.index).unwrap();
        let members: Vec<PersonSet> = packed.members.iter().flat_map(|group| teams::unpack_all_members(group).unwrap()).collect();
        let mut builder = SeatsDayBuilder::new();
        for seat in &day.seats {
            builder.push_seat(seat.to_string().as_bytes(), |person| number(person.id)).unwrap();
        }
        let seats = SeatsDay::unpack(&builder.finish().pack()).unwrap();
        let of_team = |(place, entry): (usize, &TeamEntry)| {
            let (group, at) = (place / TEAMS_PER_GROUP, place % TEAMS_PER_GROUP);
            let parts = packed.records.iter().map(|groups| groups[group].as_slice());
            let record = teams::unpack_record(parts, at).unwrap().unwrap().to_string();
            (entry.id, (people.clone().only(&members[place], Some(entry.editors.clone())), record))
        };
        Self {
            day: day.day,
            is_held: day.is_held,
            aggregate: day.aggregate.clone(),
            of_teams: index.teams.iter().enumerate().map(of_team).collect(),
            of_team_seats: index.teams.iter().zip(&members).map(|(team, members)| (team.id, seats.only(members))).collect(),
            people,
            index,
            members,
            seats,
        }
    }

    /// The team of that id.
    pub(super) fn team(&self, id: u64) -> Option<&TeamEntry> {
        self.index.teams.iter().find(|team| team.id == id)
    }

    /// The facts for a figure.
    pub(super) fn facts(&self, team: Option<u64>) -> DayFacts<'_> {
        let facts = DayFacts::new(self.day, false);
        if !self.is_held {
            return facts;
        }
        let teams = Some(TeamsFacts { index: &self.index, members: &self.members });
        let Some(team) = team else {
            let (people, seats) = (Some(&self.people), Some(&self.seats));
            return DayFacts { aggregate: Some(&self.aggregate), people, seats, teams, ..facts };
        };
        match (self.team(team).filter(|team| !team.is_withheld), self.of_teams.get(&team)) {
            (Some(_), Some((people, record))) => {
                let members = self.index.teams.iter().position(|of| of.id == team).map(|place| &self.members[place]);
                DayFacts { aggregate: Some(record), people: Some(people), members, seats: self.of_team_seats.get(&team), ..facts }
            }
            _ => DayFacts::withheld(self.day),
        }
    }
}

/// A row with those of its lists and objects alone that are read.
fn as_read(row: &str, reads: &Reads) -> String {
    let parts = rows::split(row.as_bytes());
    let read = parts.iter().filter(|(part, _)| reads.reads_list(*part, rows::part_of)).map(|(_, text)| text.as_slice());
    String::from_utf8(rows::join(read)).unwrap()
}

/// A figure of the world.
pub(super) fn compute(figure: &Figure, context: Context<'_>, days: &[Kept], team: Option<u64>) -> Vec<Series> {
    let context = Context { is_team: team.is_some(), ..context };
    // As the store gives them: of a row those lists alone that the figure says it reads, and credits in the form that it wants.
    let reads = figure.reads.of(context.by, team.is_some());
    let read: Vec<(Option<String>, PeopleDay)> = days
        .iter()
        .map(|day| {
            let facts = day.facts(team);
            let row = facts.aggregate.map(|row| as_read(row, &reads));
            let mut people = facts.people.cloned().unwrap_or_default();
            people.credits = people.credits.filter(|_| reads.credits);
            people.tenths = people.tenths.filter(|_| reads.tenths);
            (row, people)
        })
        .collect();
    let facts = days.iter().zip(&read).map(|(day, (row, people))| {
        let facts = day.facts(team);
        DayFacts { aggregate: row.as_deref(), people: facts.people.map(|_| people), ..facts }
    });
    figure.compute(context, facts)
}

const FLAGS: [&str; 8] = [
    "used_chat",
    "used_agent",
    "used_cli",
    "used_copilot_coding_agent",
    "used_copilot_cloud_agent",
    "used_copilot_code_review_active",
    "used_copilot_code_review_passive",
    "used_copilot_app",
];

fn row(dice: &mut Dice, day: Day, person: u64) -> Value {
    let mut row = json!({"day": day, "organization_id": "9", "user_id": person, "user_login": format!("u{person}"),
        "ai_credits_used": dice.below(400) as f64 / 4.0});
    let fields = row.as_object_mut().unwrap();
    if dice.chance(80) {
        let phase = dice.below(4);
        fields.insert("ai_adoption_phase".into(), json!({"phase_number": phase, "phase": format!("Phase {phase}")}));
    }
    // People whom only servers know have nothing else.
    if dice.chance(25) {
        fields.insert("totals_by_feature".into(), json!([]));
        fields.insert("totals_by_model_feature".into(), json!([]));
        fields.insert("totals_by_language_feature".into(), json!([]));
        fields.insert("user_initiated_interaction_count".into(), json!(0));
        fields.insert("loc_added_sum".into(), json!(0));
        fields.insert("loc_deleted_sum".into(), json!(0));
        return row;
    }
    for flag in FLAGS {
        fields.insert(flag.into(), if dice.chance(5) { Value::Null } else { json!(dice.chance(25)) });
    }
    let ides = ["vscode", "intellij", "zed"].into_iter().filter(|_| dice.chance(45)).collect::<Vec<_>>();
    let ides = ides.into_iter().map(|ide| {
        let (version, plugin) = if ide == "vscode" { ("1.104.0", "0.31.0") } else { ("2024.1", "1.4") };
        json!({"ide": ide, "last_known_ide_version": {"ide_version": version}, "last_known_plugin_version": {"plugin_version": plugin}})
    });
    fields.insert("totals_by_ide".into(), ides.collect());
    let features = ["code_completion", "agent_edit", "chat_panel_ask_mode", "chat_panel_unknown_mode"];
    let features: Vec<Value> = features.into_iter().filter(|_| dice.chance(60)).collect::<Vec<_>>().into_iter().map(|feature| {
        let shown = dice.below(9);
        json!({"feature": feature, "code_generation_activity_count": shown, "code_acceptance_activity_count": dice.below(shown + 1),
            "user_initiated_interaction_count": dice.below(5), "loc_added_sum": dice.below(40), "loc_deleted_sum": dice.below(9)})
    }).collect();
    for counter in ["user_initiated_interaction_count", "loc_added_sum", "loc_deleted_sum"] {
        fields.insert(counter.into(), features.iter().filter_map(|entry| entry[counter].as_u64()).sum::<u64>().into());
    }
    let languages = ["c#", "csharp", "rust", "unknown"].into_iter().filter(|_| dice.chance(40)).collect::<Vec<_>>();
    let languages = languages.into_iter().map(|language| {
        let shown = dice.below(9);
        let feature = if dice.chance(70) { "code_completion" } else { "agent_edit" };
        json!({"language": language, "feature": feature, "code_generation_activity_count": shown,
            "code_acceptance_activity_count": dice.below(shown + 1)})
    });
    fields.insert("totals_by_language_feature".into(), languages.collect());
    let models =
        ["auto", "claude-4.6-sonnet", "claude-sonnet-4.6", "unknown"].into_iter().filter(|_| dice.chance(40)).collect::<Vec<_>>();
    let models = models.into_iter().map(
        |model| json!({"model": model, "feature": "chat_panel_ask_mode", "user_initiated_interaction_count": dice.below(6)}),
    );
    fields.insert("totals_by_model_feature".into(), models.collect());
    fields.insert("totals_by_feature".into(), features.into());
    if dice.chance(30) {
        fields.insert("totals_by_cli".into(), json!({"session_count": 1 + dice.below(3), "request_count": 1 + dice.below(9),
            "prompt_count": dice.below(9), "token_usage": {"output_tokens_sum": dice.below(5000), "prompt_tokens_sum": dice.below(5000)}}));
    }
    if dice.chance(30) {
        fields.insert("totals_by_skill".into(), json!([{"skill": "custom", "interaction_count": 1 + dice.below(4)}]));
    }
    row
}

/// The organization's own row: sums of the users' rows, with breakdowns put together by their keys.
fn aggregate(day: Day, rows: &BTreeMap<u64, Value>, people: [usize; 3]) -> String {
    let mut all = Map::new();
    all.insert("day".into(), json!(day));
    for (name, count) in ["daily_active_users", "weekly_active_users", "monthly_active_users"].into_iter().zip(people) {
        all.insert(name.into(), json!(count));
    }
    for name in ["user_initiated_interaction_count", "loc_added_sum", "loc_deleted_sum"] {
        all.insert(name.into(), json!(rows.values().filter_map(|row| row[name].as_u64()).sum::<u64>()));
    }
    all.insert("ai_credits_used".into(), json!(rows.values().filter_map(|row| row["ai_credits_used"].as_f64()).sum::<f64>()));
    for name in ["totals_by_feature", "totals_by_language_feature", "totals_by_model_feature", "totals_by_skill"] {
        let entries: Vec<Value> = rows.values().flat_map(|row| row[name].as_array().cloned().unwrap_or_default()).collect();
        all.insert(name.into(), entries.into());
    }
    let cli = |path: &str| rows.values().filter_map(|row| row.pointer(&format!("/totals_by_cli/{path}"))?.as_u64()).sum::<u64>();
    if rows.values().any(|row| row.get("totals_by_cli").is_some()) {
        all.insert("totals_by_cli".into(), json!({"session_count": cli("session_count"), "request_count": cli("request_count"),
            "prompt_count": cli("prompt_count"),
            "token_usage": {"output_tokens_sum": cli("token_usage/output_tokens_sum"), "prompt_tokens_sum": cli("token_usage/prompt_tokens_sum")}}));
    }
    Value::Object(all).to_string()
}

fn seats(dice: &mut Dice, day: Day, people: u64, before: Option<&[Value]>) -> Vec<Value> {
    let mut seats = before.map(<[Value]>::to_vec).unwrap_or_default();
    for seat in &mut seats {
        if dice.chance(30) {
            seat["last_activity_at"] = json!(format!("{day}T09:00:00Z"));
        }
        if dice.chance(1) {
            seat["pending_cancellation_date"] = json!(day.plus_days(5));
        }
    }
    for person in 0..people {
        let has_one = seats.iter().any(|seat| seat["assignee"]["id"] == json!(person));
        if dice.chance(if has_one { 1 } else { 8 }) {
            seats.push(
                json!({"assignee": {"id": person, "login": format!("u{person}")}, "created_at": format!("{day}T08:00:00Z"),
                "pending_cancellation_date": null, "last_activity_at": null, "plan_type": "business"}),
            );
        }
    }
    seats
}

/// The teams of the world.
pub(super) const TEAMS: [u64; 4] = [1, 2, 3, 4];

/// All that is kept of teams on a day, for a look at what is withheld.
pub(super) fn is_withheld(day: &Kept, team: u64) -> bool {
    day.team(team).is_none_or(|team| team.is_withheld)
}
