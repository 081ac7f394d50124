//! What may not be shown cannot be computed from all outputs together that somebody with the role viewer sees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::Router;
use pilotage::door::clock::Clock;
use pilotage::facts::teams::TeamOfDay;
use pilotage::facts::{PeopleDay, PeopleSet, PersonSet, TeamEntry, TeamsDay};
use pilotage::figure::{self, FigureRules, SMALLEST_GROUP};
use pilotage::history::{DayFact, HistoryStore, Part, Reading, ScopeKey, hash, sections};
use pilotage::mcp::McpServer;
use pilotage::model::day::Day;
use pilotage::web::Web;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::inverse_modulo;
use crate::telemetry::lint;
use crate::web_figures::{NOW, get, options, tables};

/// The days that are kept: one, so that every window is one of its days.
const DAY: &str = "2026-10-30";

/// An organization: everybody, those who were active, and its teams.
#[derive(Clone, Debug)]
struct Organization {
    everyone: u32,
    active: BTreeSet<u32>,
    teams: Vec<BTreeSet<u32>>,
}

fn organization() -> impl Strategy<Value = Organization> {
    (vec(btree_set(0..16_u32, 0..14), 1..5), btree_set(0..16_u32, 5..16), 16..20_u32)
        .prop_map(|(teams, active, everyone)| Organization { everyone, active, teams })
}

fn slug(team: usize) -> String {
    format!("team-{}", ["alder", "birch", "cedar", "dogwood", "elm"][team])
}

/// Keeps the organization as a resync would.
fn keep(folder: &Path, of: &Organization) -> Vec<bool> {
    let day: Day = DAY.parse().unwrap();
    let scope = ScopeKey::of_slice("acme", false, "api.github.com");
    let set = |people: &BTreeSet<u32>| people.iter().copied().collect::<PersonSet>();
    let everyone: PersonSet = (0..of.everyone).collect();
    let team = |(number, members): (usize, &BTreeSet<u32>)| {
        let members = set(members);
        let active = members.intersection_len(&set(&of.active));
        let record = json!({"daily_active_users": active, "user_initiated_interaction_count": active * 3, "loc_added_sum": active * 7, "loc_deleted_sum": 0});
        let entry =
            TeamEntry { id: number as u64 + 1, slug: Some(slug(number).into()), members: members.len(), ..TeamEntry::default() };
        TeamOfDay { entry, members, record: Some(record) }
    };
    let mut teams = TeamsDay { teams: of.teams.iter().enumerate().map(team).collect(), ..TeamsDay::default() };
    teams.protect(&everyone, SMALLEST_GROUP);
    let is_withheld = teams.teams.iter().map(|team| team.entry.is_withheld).collect();
    let sets = [PeopleSet::Reported, PeopleSet::flag("used_agent")].map(|name| (name, set(&of.active)));
    let people = PeopleDay { sets: sets.into(), ..PeopleDay::default() };
    let row = json!({"day": DAY, "daily_active_users": of.active.len(), "weekly_active_users": of.active.len(), "monthly_active_users": of.active.len(), "user_initiated_interaction_count": of.active.len() * 3, "loc_added_sum": of.active.len() * 7, "loc_deleted_sum": 0});
    let fact = |part: Part, content: Vec<u8>| DayFact {
        scope: scope.clone(),
        day,
        part,
        hash: hash::of_row(&content),
        content: Some(content),
    };
    let facts = [
        fact(Part::Aggregate, row.to_string().into_bytes()),
        fact(Part::People, sections::of_people(people.pack())),
        fact(Part::Teams, sections::of_teams(teams.pack())),
    ];
    let reading = Reading { at: "2026-11-03T00:00:00Z".parse().unwrap(), is_cached: false };
    HistoryStore::open(folder).unwrap().write(&facts, reading).unwrap();
    is_withheld
}

/// Everything that a viewer can read: the values of each team, by the output that says them, and the text of all outputs.
struct Seen {
    /// Team, where it was seen, and the value.
    values: Vec<(String, String, f64)>,
    members: BTreeMap<String, f64>,
}

fn teams_in(document: &Value, place: &str, seen: &mut Seen) {
    let id = document["figure"].as_str().unwrap_or_default();
    for point in document["points"].as_array().into_iter().flatten() {
        let team = document["team"].as_str().or(point["series"].as_str()).unwrap_or_default().to_owned();
        for key in ["value", "numerator", "denominator"] {
            if let Some(value) = point[key].as_f64().filter(|_| team.starts_with("team-")) {
                seen.values.push((team.clone(), format!("{place} {id} {key}"), value));
                if id == "team-members" && key == "value" {
                    seen.members.insert(team.clone(), value);
                }
            }
        }
    }
}

async fn look(folder: &Path, router: &Router, teams: usize) -> Seen {
    let mut seen = Seen { values: Vec::new(), members: BTreeMap::new() };
    let server = McpServer::new(folder.to_owned(), Clock::starting_at(NOW.parse().unwrap()), FigureRules::default());
    for figure in figure::ALL {
        let id = figure.definition.id;
        let of = std::iter::once(None).chain((0..teams).map(Some));
        for team in of {
            let query = team.map(|team| format!("&team={}", slug(team))).unwrap_or_default();
            for by in ["day", "week"] {
                let (status, _, text) = get(router, &format!("/api/figures/{id}?scope=acme&by={by}{query}")).await;
                if status.is_success() {
                    teams_in(&serde_json::from_str(&text).unwrap(), "api", &mut seen);
                }
            }
            let arguments = match team {
                None => json!({"figure": id, "scope": "acme"}),
                Some(team) => json!({"figure": id, "scope": "acme", "team": slug(team)}),
            };
            let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "show_figure", "arguments": arguments}});
            let answer = server.answer(call.to_string().as_bytes()).await.unwrap();
            let answer: Value = serde_json::from_str(&answer).unwrap();
            teams_in(&answer["result"]["structuredContent"], "mcp", &mut seen);
        }
        let (status, _, csv) = get(router, &format!("/api/figures/{id}.csv?scope=acme")).await;
        for row in csv.lines().skip(1).filter(|_| status.is_success()) {
            let cells: Vec<&str> = row.split(',').collect();
            for cell in &cells[5..8] {
                if let Some(value) = cell.parse().ok().filter(|_| cells[4].starts_with("team-")) {
                    seen.values.push((cells[4].to_owned(), format!("csv {id}"), value));
                }
            }
        }
    }
    let (_, _, metrics) = get(router, "/metrics").await;
    for (name, labels, value) in lint::samples(&metrics) {
        if let Some(team) = labels.get("team") {
            seen.values.push((team.clone(), format!("metrics {name}"), value));
        }
    }
    let (_, _, page) = get(router, "/figures/teams?scope=acme").await;
    for (id, rows) in tables(&page, str::to_owned) {
        for (team, cells) in rows.into_iter().filter(|(team, _)| team.starts_with("team-")) {
            let digits: String = cells.last().unwrap().chars().filter(char::is_ascii_digit).collect();
            if let Ok(value) = digits.parse() {
                seen.values.push((team, format!("page {id}"), value));
            }
        }
    }
    seen
}

/// Rank of rows over the rational numbers, as far as sums of a few hundred show it: modulo a large prime.
fn rank(mut rows: Vec<Vec<i128>>) -> usize {
    const PRIME: i128 = (1 << 61) - 1;
    let mut rank = 0;
    for column in 0..rows.first().map_or(0, Vec::len) {
        let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column].rem_euclid(PRIME) != 0) else { continue };
        rows.swap(rank, pivot);
        let inverse = inverse_modulo(rows[rank][column], PRIME);
        for row in rank + 1..rows.len() {
            let factor = rows[row][column].rem_euclid(PRIME) * inverse % PRIME;
            for at in column..rows[row].len() {
                rows[row][at] = (rows[row][at] - factor * rows[rank][at] % PRIME).rem_euclid(PRIME);
            }
        }
        rank += 1;
    }
    rank
}

proptest! {
    // A case asks every figure of every team in every output, which takes a second.
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn a_group_that_is_withheld_cannot_be_computed_from_all_outputs_together(of in organization()) {
        let folder = tempfile::tempdir().unwrap();
        let is_withheld = keep(folder.path(), &of);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let seen = runtime.block_on(async {
            let router = Web::new(options(folder.path().to_owned())).unwrap().router();
            look(folder.path(), &router, of.teams.len()).await
        });
        // No output says a number of a team that is withheld.
        for (team, place, value) in &seen.values {
            let number = (0..of.teams.len()).find(|number| slug(*number) == *team).unwrap();
            prop_assert!(!is_withheld[number], "{team} has {value} in {place}");
        }
        // What is shown is right, so that the test below is about what people see.
        for (number, members) in of.teams.iter().enumerate().filter(|(number, _)| !is_withheld[*number]) {
            prop_assert_eq!(seen.members.get(&slug(number)), Some(&(members.len() as f64)));
        }
        // No sum and no difference of what is shown is about fewer people than the smallest group.
        let row = |has: &dyn Fn(u32) -> bool| (0..of.everyone).map(|person| i128::from(has(person))).collect::<Vec<_>>();
        let shown = of.teams.iter().zip(&is_withheld).filter(|(_, is_withheld)| !**is_withheld).map(|(team, _)| team);
        let rows: Vec<Vec<i128>> = shown.map(|team| row(&|person| team.contains(&person))).chain([row(&|_| true)]).collect();
        let all = rank(rows.clone());
        for team in of.teams.iter().zip(&is_withheld).filter(|(team, is_withheld)| **is_withheld && !team.is_empty()).map(|(team, _)| team) {
            let few = (team.len() as u64) < SMALLEST_GROUP;
            if few {
                let mut with = rows.clone();
                with.push(row(&|person| team.contains(&person)));
                prop_assert_eq!(rank(with), all + 1, "{:?} is a sum of what is shown", team);
            }
        }
        for few in 1..1_u32 << of.everyone.min(16) {
            if u64::from(few.count_ones()) < SMALLEST_GROUP {
                let rest = rows.iter().map(|row| {
                    row.iter().enumerate().filter(|(person, _)| *person >= 16 || few >> person & 1 == 0).map(|(_, weight)| *weight).collect()
                });
                prop_assert_eq!(rank(rest.collect()), all, "people {:b}, withheld {:?}", few, is_withheld);
            }
        }
    }
}
