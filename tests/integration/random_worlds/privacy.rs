//! Someone sees every sum that is shown, of the organization and of all teams, by day, week and month, and adds and subtracts them
//! as they like. Nothing that comes out may be about fewer people than the smallest group.

use std::collections::BTreeSet;

use pilotage::figure::{Bucket, Context, Figure, PointState, Series};

use super::world::{Kept, TEAMS, World, compute};
use super::{figure, naive};
use crate::support::inverse_modulo;

const PRIME: i128 = 2_147_483_647;

/// Weights of person-days.
type Weights = Vec<i128>;

/// The rows that no other row makes redundant, in echelon form.
fn reduced(rows: Vec<Weights>) -> Vec<Weights> {
    let mut kept: Vec<(usize, Weights)> = Vec::new();
    for mut row in rows {
        for (pivot, of) in &kept {
            let factor = row[*pivot];
            if factor != 0 {
                row.iter_mut().zip(of).for_each(|(at, by)| *at = (*at + (PRIME - factor) * by) % PRIME);
            }
        }
        if let Some(pivot) = row.iter().position(|at| *at != 0) {
            let scale = inverse_modulo(row[pivot], PRIME);
            row.iter_mut().for_each(|at| *at = *at * scale % PRIME);
            kept.push((pivot, row));
        }
    }
    kept.into_iter().map(|(_, row)| row).collect()
}

/// The sums that are shown, as weights of person-days.
fn shown(world: &World, kept: &[Kept], people: u64) -> Vec<Weights> {
    let mut rows = Vec::new();
    for by in Bucket::ALL {
        let context = Context { smallest_group: world.k, ..Context::new(by) };
        for team in std::iter::once(None).chain(TEAMS.map(Some)) {
            let series = compute(figure("lines"), context, kept, team);
            for (point, days) in series[0].points.iter().zip(naive::buckets(world, by)) {
                if !matches!(point.state, PointState::Final | PointState::Provisional) {
                    assert!(point.value.is_none() && point.numerator.is_none(), "a point without a state has no number");
                    continue;
                }
                let mut weights = vec![0; people as usize * world.days.len()];
                for place in days {
                    let day = &world.days[place];
                    let of: BTreeSet<u64> = match team {
                        None => day.rows.keys().chain(day.teams.values().flatten()).copied().collect(),
                        Some(team) => day.teams[&team].clone(),
                    };
                    of.into_iter().for_each(|person| weights[place * people as usize + person as usize] = 1);
                }
                rows.push(weights);
            }
        }
    }
    rows
}

#[test]
fn nobody_learns_of_few_people_by_subtraction() {
    let (mut withheld, mut seen) = (0, 0);
    for seed in 100..115 {
        let people = 13;
        let world = World::new(seed, people, 14, 3);
        let kept = world.facts();
        let rows = reduced(shown(&world, &kept, people));
        seen += rows.len();
        withheld += kept.iter().map(|day| day.index.teams.iter().filter(|team| team.is_withheld).count()).sum::<usize>();
        for one in 0..people as usize {
            for other in one..people as usize {
                // A combination about these two alone is one that is lost when they are left out.
                let rest = rows.iter().map(|row| {
                    let is_left = |at: &usize| ![one, other].contains(&(at % people as usize));
                    row.iter().enumerate().filter(|(at, _)| is_left(at)).map(|(_, weight)| *weight).collect()
                });
                assert_eq!(reduced(rest.collect()).len(), rows.len(), "seed {seed}: {one} and {other} are known");
            }
        }
    }
    assert!(withheld > 20 && seen > 200, "{withheld} days of teams were withheld, {seen} independent sums were shown");
}

#[test]
fn a_window_with_a_day_that_is_withheld_is_withheld() {
    for seed in 200..220 {
        let world = World::new(seed, 13, 64, 3);
        let kept = world.facts();
        for team in TEAMS {
            let series = compute(figure("active-people"), Context::new(Bucket::Day), &kept, Some(team));
            for (line, length) in series.iter().zip([1, 7, 28]) {
                for (place, point) in line.points.iter().enumerate() {
                    let begin = (place + 1).saturating_sub(length);
                    let is_withheld = (begin..=place).any(|day| super::world::is_withheld(&kept[day], team));
                    assert!(!is_withheld || point.value.is_none(), "seed {seed}, team {team}, {}", point.day);
                }
            }
        }
    }
}

/// Whether a team may not be shown on some day of a bucket that is held, of those that `counts` takes.
fn has_withheld(world: &World, kept: &[Kept], days: &[usize], team: u64, counts: impl Fn(&usize) -> bool) -> bool {
    let mut days = days.iter().filter(|day| counts(day));
    days.any(|day| world.days[*day].is_held && super::world::is_withheld(&kept[*day], team))
}

/// A series of a team: of the figure about it alone, or of the table of all teams.
fn series_of(figure: &Figure, context: Context<'_>, kept: &[Kept], team: u64) -> Vec<Series> {
    let slugs: BTreeSet<&str> = kept.iter().filter_map(|day| day.team(team)?.slug.as_deref()).collect();
    let is_of_team = |series: &Series| series.name.as_deref().is_some_and(|name| slugs.contains(name));
    let table = compute(figure, context, kept, None).into_iter();
    let table = table.filter(|series| figure.definition.id.starts_with("team-") && is_of_team(series));
    compute(figure, context, kept, Some(team)).into_iter().chain(table).collect()
}

#[test]
fn every_figure_keeps_to_what_is_withheld_of_a_team_alone_and_in_tables() {
    let (mut withheld, mut shown) = (0, 0);
    for (seed, k) in (300..306).zip([3, 4, 5].into_iter().cycle()) {
        let world = World::new(seed, 13, 21, k);
        let kept = world.facts();
        for (figure, team) in pilotage::figure::ALL.iter().flat_map(|figure| TEAMS.map(|team| (figure, team))) {
            let id = figure.definition.id;
            let of = |by: Bucket| Context { smallest_group: k, ..Context::new(by) };
            let by_day = series_of(figure, of(Bucket::Day), &kept, team);
            for by in Bucket::ALL {
                // Of a Saturday or a Sunday it takes nothing, whatever people do.
                let counts = |day: &usize| id != "stickiness" || world.days[*day].day.weekday() <= 5;
                let buckets = naive::buckets(&world, by);
                let hidden = buckets.iter().filter(|days| has_withheld(&world, &kept, days, team, counts));
                let hidden: BTreeSet<_> = hidden.map(|days| world.days[*days.last().unwrap()].day).collect();
                for series in series_of(figure, of(by), &kept, team) {
                    for point in &series.points {
                        let has_number = point.value.is_some() || point.numerator.is_some() || point.denominator.is_some();
                        shown += u32::from(has_number);
                        if !hidden.contains(&point.day) {
                            continue;
                        }
                        withheld += 1;
                        // What cannot be added up is that of the last day, which is shown by itself.
                        let mut days = by_day.iter().filter(|daily| daily.name == series.name).flat_map(|daily| &daily.points);
                        let is_of_last_day = by != Bucket::Day && days.any(|daily| daily == point);
                        assert!(!has_number || is_of_last_day, "seed {seed}, {id} by {}, team {team}: {point:?}", by.name());
                    }
                }
            }
        }
    }
    assert!(withheld > 1_000 && shown > 1_000, "{withheld} points were withheld, {shown} have a number");
}
