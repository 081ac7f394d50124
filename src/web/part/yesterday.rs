//! What is other than the day before: figures of the two newest days, days that GitHub restated, and what runs wrote.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::comparison;
use crate::figure::{Definition, Point, PointState, Series};
use crate::history::HistoryReader;
use crate::model::day::Day;
use crate::render::chart::plan;
use crate::render::figure::shown;
use crate::render::number::{self, counted};
use crate::runs::{KeptRun, RunId, Runs};

/// The time before the newest run that counts as since yesterday. A daily run may begin some minutes later than the one before.
const SINCE: SignedDuration = SignedDuration::from_hours(25);

/// Runs of that time that are read: one in half an hour.
const RUNS_AT_MOST: usize = 50;

/// A figure on the two newest days.
pub(crate) struct Movement {
    definition: &'static Definition,
    /// Name of the series, where there are several.
    name: Option<String>,
    before: Point,
    now: Point,
}

impl Movement {
    /// How the first series of a figure moved between the two newest days that it holds, which are neighbours. None when it has not.
    pub(crate) fn of(definition: &'static Definition, series: &[Series]) -> Option<Self> {
        let first = series.first()?;
        let is_held = |point: &Point| matches!(point.state, PointState::Final | PointState::Provisional);
        let last = first.points.iter().rposition(is_held)?;
        let (before, now) = (first.points.get(last.checked_sub(1)?)?, &first.points[last]);
        let is_neighbour = before.day.plus_days(1) == now.day && is_held(before);
        let has_moved =
            before.value.zip(now.value).is_some_and(|(one, other)| shown(definition.unit, one) != shown(definition.unit, other));
        (is_neighbour && has_moved).then(|| Self {
            definition,
            name: first.name.clone(),
            before: before.clone(),
            now: now.clone(),
        })
    }

    fn shown(&self) -> Markup {
        let unit = self.definition.unit;
        let value = |point: &Point| point.value.map(|value| shown(unit, value)).unwrap_or_default();
        let id = self.definition.id;
        html! {
            a href={ "/figures/" (plan::of(id).topic.name()) "#" (id) } { (self.definition.title) }
            @if let Some(name) = &self.name { ", " (name) }
            ": " strong { (value(&self.now)) } @if self.now.state == PointState::Provisional { "~" }
            " after " (value(&self.before)) " (" (comparison::change(unit, Some(&self.before), Some(&self.now))) ")"
        }
    }
}

/// What runs wrote since the day before the newest one.
#[derive(Debug, Default, PartialEq, Eq)]
struct Written {
    runs: u64,
    created: u64,
    updated: u64,
    deleted: u64,
}

impl Written {
    fn of<'a>(runs: impl IntoIterator<Item = &'a KeptRun>) -> Self {
        let mut written = Self::default();
        for run in runs {
            let totals = run.totals.unwrap_or_default();
            written.runs += 1;
            written.created += totals.create;
            written.updated += totals.update + totals.send;
            written.deleted += totals.delete;
        }
        written
    }
}

/// The runs that count, newest first: those that began within a day before the newest.
fn recent(runs: &Runs, ids: &[RunId]) -> Vec<KeptRun> {
    let (mut found, _) = runs.of(&ids[..ids.len().min(RUNS_AT_MOST)]);
    let newest = found.first().map_or(Timestamp::MAX, |run| run.began);
    found.retain(|run| newest.duration_since(run.began) <= SINCE);
    found
}

/// The section. `day` is the newest day of the scope that is shown.
pub(crate) fn section(runs: &Runs, ids: &[RunId], history: &HistoryReader, day: Option<Day>, movements: &[Movement]) -> Markup {
    let recent = recent(runs, ids);
    let written = Written::of(&recent);
    // What cannot be read is told on the page of quality.
    let restatements = history.restatements().unwrap_or_default();
    let newest = recent.first().map(|run| run.began);
    let restated =
        restatements.iter().filter(|it| newest.is_some_and(|newest| newest.duration_since(it.found_at) <= SINCE)).count();
    html! {
        h2 { "Since yesterday" }
        ul.news {
            @if written.runs > 0 {
                li {
                    a href="/runs" { (counted(written.runs, "run", "runs")) } ": "
                    @if written.created + written.updated + written.deleted == 0 { "no entity changed" } @else {
                        (counted(written.created, "entity", "entities")) " created, " (number::count(written.updated)) " updated, " (number::count(written.deleted)) " deleted"
                    }
                }
            }
            @if restated > 0 { li { "GitHub restated " a href="/quality" { (counted(restated as u64, "day", "days")) } " that counted as final" } }
            @for movement in movements { li { (movement.shown()) } }
            @if movements.is_empty() { li { "No figure has two neighbouring days that differ" } }
        }
        @if let Some(day) = day.filter(|_| !movements.is_empty()) {
            p.aside { "Figures: " time datetime=(day) { (day) } " after " time datetime=(day.plus_days(-1)) { (day.plus_days(-1)) } ", the two newest days" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure;

    fn series(points: &[(&str, Option<f64>)]) -> Vec<Series> {
        let point = |(day, value): &(&str, Option<f64>)| {
            let day = day.parse().unwrap();
            value.map_or_else(|| Point::not_held(day), |value| Point::count(day, value, false))
        };
        vec![Series { name: Some("daily".to_owned()), points: points.iter().map(point).collect() }]
    }

    fn moved(points: &[(&str, Option<f64>)]) -> Option<String> {
        let definition = &figure::find("active-people").unwrap().definition;
        Movement::of(definition, &series(points)).map(|movement| movement.shown().into_string())
    }

    #[test]
    fn a_figure_moved_when_its_two_newest_days_are_neighbours_and_differ() {
        let text = moved(&[("2026-11-01", Some(31.0)), ("2026-11-02", Some(28.0)), ("2026-11-03", None)]).unwrap();
        assert!(text.contains("daily: <strong>28</strong> after 31 (−3)"), "{text}");
        assert_eq!(moved(&[("2026-11-01", Some(31.0)), ("2026-11-02", Some(31.0))]), None, "the same");
        assert_eq!(moved(&[("2026-11-01", Some(31.0)), ("2026-11-02", None), ("2026-11-03", Some(1.0))]), None, "a gap");
        assert_eq!(moved(&[("2026-11-01", Some(31.0))]), None, "one day");
        assert_eq!(moved(&[]), None);
    }
}
