//! Figures of random worlds, against a plain recomputation from the rows, and against someone who subtracts all that is shown.

mod naive;
mod privacy;
mod world;

use std::collections::BTreeSet;

use pilotage::figure::{self, Bucket, Context, PointState, Series};
use pilotage::model::day::Day;
use serde_json::Value;

use self::naive::{Expected, Points, count, share, window};
use self::world::{Kept, TEAMS, World, compute};

/// Worlds that are tried. Each is 46 days of 14 people in 4 teams.
const WORLDS: u64 = 50;

fn figure(id: &str) -> &'static figure::Figure {
    figure::find(id).unwrap()
}

fn points(series: &[Series]) -> Points {
    let of = |series: &Series| {
        let name = series.name.clone().unwrap_or_default();
        let points = series
            .points
            .iter()
            .map(move |point| ((name.clone(), point.day), (point.value, point.numerator, point.denominator, point.state)));
        points.collect::<Vec<_>>()
    };
    series.iter().flat_map(of).collect()
}

fn is_near(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-9,
        (one, other) => one == other,
    }
}

/// Compares all points. The series of both must be the same.
fn check(what: &str, found: &Points, expected: &Points) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}: series and days");
    for (key, expected) in expected {
        let found = &found[key];
        let is_equal = is_near(found.0, expected.0) && is_near(found.1, expected.1) && is_near(found.2, expected.2);
        assert!(is_equal && found.3 == expected.3, "{what} {key:?}: found {found:?}, expected {expected:?}");
    }
}

fn scopes() -> impl Iterator<Item = Option<u64>> {
    std::iter::once(None).chain(TEAMS.map(Some))
}

/// Points of the last day of each bucket, of those days alone.
fn last_days(world: &World, by: Bucket, name: &str, point: impl Fn(usize) -> Expected) -> Points {
    let lasts = naive::buckets(world, by).into_iter().map(|days| *days.last().unwrap());
    lasts.map(|place| ((name.to_owned(), world.days[place].day), point(place))).collect()
}

fn flag(row: &Value, name: &str) -> bool {
    row[name] == Value::Bool(true)
}

#[test]
fn sums_are_those_of_the_rows() {
    let mut seen = 0;
    for seed in 1..=WORLDS {
        let world = World::new(seed, 14, 46, 3);
        let kept = world.facts();
        let by = Bucket::ALL[seed as usize % 3];
        for (id, is_ratio, always, of_row) in naive::SUMS {
            for team in scopes() {
                // Sums of the organization itself are in its own row, apart from those of people.
                let what = format!("seed {seed}, {id} by {} of {team:?}", by.name());
                let mut expected = naive::sums(&world, &kept, team, by, is_ratio, always, of_row);
                if id == "completion-acceptance-by-editor" {
                    uncovered(&mut expected);
                }
                let context = Context { smallest_group: world.k, ..Context::new(by) };
                let found = points(&compute(figure(id), context, &kept, team));
                check(&what, &found, &expected);
                seen += found.values().filter(|point| point.0.is_some()).count();
            }
        }
    }
    assert!(seen > 10_000, "{seen} values were compared");
}

/// Editors have no value where less than 60 % of completions are of people with one editor.
fn uncovered(points: &mut Points) {
    let low: BTreeSet<Day> = points
        .iter()
        .filter(|((name, _), point)| name == "coverage" && point.0.is_some_and(|share| share < 0.6))
        .map(|((_, day), _)| *day)
        .collect();
    for ((name, day), point) in points {
        if name != "coverage" && low.contains(day) {
            *point = (None, None, None, PointState::Withheld);
        }
    }
}

#[test]
fn people_are_unions_of_the_rows() {
    for seed in 1..=WORLDS {
        let world = World::new(seed, 14, 46, 3);
        let kept = world.facts();
        let by = Bucket::ALL[seed as usize % 3];
        for team in scopes() {
            people(&world, &kept, by, team, &format!("seed {seed} by {} of {team:?}", by.name()));
        }
    }
}

fn people(world: &World, kept: &[Kept], by: Bucket, team: Option<u64>, what: &str) {
    let context = Context { smallest_group: world.k, ..Context::new(by) };
    let found = |id: &str| points(&compute(figure(id), context, kept, team));
    let union = |end: usize, length: usize, is: fn(&Value) -> bool| window(world, kept, team, end, length, is);
    let windows = [("daily", 1), ("weekly", 7), ("monthly", 28)];
    for (id, is) in [("active-people", (|_| true) as fn(&Value) -> bool), ("people-with-activity", naive::is_active)] {
        let of = |(name, length): (&str, usize)| {
            last_days(world, by, name, |end| {
                // The organization's own numbers have every window.
                match (team, id) {
                    (None, "active-people") if world.days[end].is_held => {
                        let begin = (end + 1).saturating_sub(length);
                        let all: BTreeSet<u64> =
                            world.days[begin..=end].iter().flat_map(|day| day.rows.keys().copied()).collect();
                        count(Ok(all))
                    }
                    (None, "active-people") => (None, None, None, PointState::NotHeld),
                    _ => count(union(end, length, is)),
                }
            })
        };
        check(&format!("{id}, {what}"), &found(id), &windows.into_iter().flat_map(of).collect());
    }

    let agents = last_days(world, by, "within 28 days", |end| {
        let (some, all) = (union(end, 28, |row| flag(row, "used_agent")), union(end, 28, |_| true));
        some.and_then(|some| Ok(share(some.len() as u64, all?.len() as u64))).unwrap_or_else(|reason| reason)
    });
    let mut of_agents = found("agent-people");
    of_agents.retain(|(name, _), _| name != "by GitHub");
    check(&format!("agent-people, {what}"), &of_agents, &agents);

    let servers = last_days(world, by, "", |end| {
        let none: fn(&Value) -> bool = |row| {
            let mut lists = row.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("totals_by_"));
            lists.all(|(_, value)| value.as_array().is_some_and(Vec::is_empty))
        };
        let (some, all) = (union(end, 1, none), union(end, 1, |_| true));
        some.and_then(|some| Ok(share(some.len() as u64, all?.len() as u64))).unwrap_or_else(|reason| reason)
    });
    check(&format!("server-only-people, {what}"), &found("server-only-people"), &servers);

    let holders = |end: usize| -> BTreeSet<u64> {
        let day = &world.days[end];
        let members = team.map(|team| day.teams.get(&team).cloned().unwrap_or_default());
        let holds = |seat: &&Value| {
            let is_over = seat["pending_cancellation_date"].as_str().is_some_and(|end| end.parse::<Day>().unwrap() <= day.day);
            let id = seat["assignee"]["id"].as_u64().unwrap();
            !is_over && members.as_ref().is_none_or(|members| members.contains(&id))
        };
        day.seats.iter().filter(holds).map(|seat| seat["assignee"]["id"].as_u64().unwrap()).collect()
    };
    let seats = last_days(world, by, "", |end| match union(end, 28, |_| true) {
        Ok(active) => {
            let holders = holders(end);
            share(active.intersection(&holders).count() as u64, holders.len() as u64)
        }
        Err(reason) => reason,
    });
    check(&format!("seats-in-use, {what}"), &found("seats-in-use"), &seats);

    // Each person is in one combination, and in one phase.
    let surfaces = |row: &Value| {
        [
            "used_chat",
            "used_agent",
            "used_cli",
            "used_copilot_coding_agent",
            "used_copilot_cloud_agent",
            "used_copilot_code_review_active",
            "used_copilot_app",
        ]
        .iter()
        .any(|name| flag(row, name))
    };
    for (id, is) in
        [("surfaces", surfaces as fn(&Value) -> bool), ("adoption-phases", |row| row["ai_adoption_phase"].is_object())]
    {
        let series = compute(figure(id), context, kept, team);
        for place in 0..series[0].points.len() {
            let day = series[0].points[place].day;
            let end = world.days.iter().position(|of| of.day == day).unwrap();
            match union(end, 28, is) {
                Ok(people) => {
                    let sum: f64 = series.iter().filter_map(|series| series.points[place].value).sum();
                    assert_eq!(sum, people.len() as f64, "{id}, {what}, {day}");
                }
                Err(reason) => assert!(series.iter().all(|series| series.points[place].state == reason.3), "{id}, {what}, {day}"),
            }
        }
    }

    // A funnel never widens, and each stage is out of the one before.
    let funnel = compute(figure("adoption-funnel"), context, kept, team);
    for place in 0..funnel[0].points.len() {
        for pair in funnel.windows(2) {
            let (one, next) = (&pair[0].points[place], &pair[1].points[place]);
            assert!(next.numerator <= one.numerator && next.denominator == one.numerator, "funnel, {what}, {}", one.day);
        }
    }

    // A union is at least each of its parts, and at most their sum.
    let [daily, weekly, monthly] =
        compute(figure("people-with-activity"), Context { by: Bucket::Day, ..context }, kept, team).try_into().unwrap();
    for place in 27..daily.points.len() {
        let Some(month) = monthly.points[place].value else { continue };
        let days: Vec<f64> = daily.points[place - 27..=place].iter().filter_map(|point| point.value).collect();
        assert!(days.iter().all(|day| *day <= month) && month <= days.iter().sum(), "{what}");
        assert!(weekly.points[place].value.unwrap() <= month, "{what}");
    }
}

#[test]
fn weeks_of_people_are_new_retained_returned_or_lapsed() {
    for seed in 1..=12 {
        let world = World::new(seed, 14, 90, 3);
        let kept = world.facts();
        for team in scopes() {
            let context = Context { smallest_group: world.k, ..Context::new(Bucket::Week) };
            let series = compute(figure("growth"), context, &kept, team);
            let weeks = naive::buckets(&world, Bucket::Week);
            let mut seen: BTreeSet<u64> = BTreeSet::new();
            for (place, days) in weeks.iter().enumerate() {
                let people = |days: &[usize]| match days.len() {
                    7 => window(&world, &kept, team, days[6], 7, |_| true),
                    _ => Err((None, None, None, PointState::NotHeld)),
                };
                let now = people(days);
                let before = if place == 0 { Err((None, None, None, PointState::NotHeld)) } else { people(&weeks[place - 1]) };
                let values = series.iter().map(|series| series.points[place].value).collect::<Vec<_>>();
                if let (Ok(now), Ok(before)) = (&now, &before) {
                    let count = |people: usize| Some(people as f64);
                    assert_eq!(values[1], count(now.intersection(before).count()), "seed {seed}, {team:?}, week {place}");
                    assert_eq!(values[3], count(before.difference(now).count()), "seed {seed}, {team:?}, week {place}");
                    let new = now.difference(&seen).count();
                    let returned = now.iter().filter(|person| seen.contains(person) && !before.contains(person)).count();
                    let expected = if place < 8 { [None, None] } else { [count(new), count(returned)] };
                    assert_eq!([values[0], values[2]], expected, "seed {seed}, {team:?}, week {place}");
                } else {
                    assert!(values.iter().all(Option::is_none), "seed {seed}, {team:?}, week {place}");
                }
                // Who was there on a day that is shown counts as seen, whatever becomes of the week.
                for day in days {
                    if let Ok(people) = window(&world, &kept, team, *day, 1, |_| true) {
                        seen.extend(people);
                    }
                }
            }
        }
    }
}

#[test]
fn tables_of_teams_are_the_figures_of_teams() {
    for seed in 1..=8 {
        let world = World::new(seed, 14, 46, 3);
        let kept = world.facts();
        for by in Bucket::ALL {
            let context = Context { smallest_group: world.k, ..Context::new(by) };
            for (table, alone) in [
                ("team-completion-acceptance", "completion-acceptance"),
                ("team-agent-lines", "agent-lines"),
                ("team-prompts-per-person-day", "prompts-per-person-day"),
            ] {
                let all = points(&compute(figure(table), context, &kept, None));
                for team in TEAMS {
                    let own = points(&compute(figure(alone), context, &kept, Some(team)));
                    for ((_, day), point) in own {
                        if let Some(found) = all.get(&(format!("t{team}"), day)) {
                            assert_eq!(*found, point, "seed {seed}, {table} of {team}, {day}");
                        } else {
                            assert_eq!(point.0, None, "seed {seed}, {table} of {team}, {day}");
                        }
                    }
                }
            }
        }
    }
}
