//! What is other than yesterday: figures of the two newest days, days that GitHub restated, and what runs wrote.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use maud::{Markup, html};

use super::{comparison, moment};
use crate::figure::{Definition, Point, PointState, Series};
use crate::history::{HistoryReader, ScopeKey};
use crate::model::day::Day;
use crate::render::chart::plan;
use crate::render::figure::shown;
use crate::render::number::{self, counted};
use crate::runs::{KeptRun, RunId};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// The time before now that counts as since yesterday. A daily run may begin some minutes later than the one before.
const SINCE: SignedDuration = SignedDuration::from_hours(25);

/// Newest runs of that time that are read: one in half an hour.
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

/// What runs wrote since yesterday.
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

/// The section, of the scope that is shown.
pub(crate) fn section(
    site: &Site,
    ids: &[RunId],
    (history, scope): (&HistoryReader, &ScopeKey),
    movements: &[Movement],
) -> Result<Markup, Trouble> {
    let since = site.clock.now() - SINCE;
    let (mut recent, _) = site.runs().of(&ids[..ids.len().min(RUNS_AT_MOST)]);
    let newest = recent.first().map(|run| run.began);
    recent.retain(|run| run.began >= since);
    let are_all = recent.len() < RUNS_AT_MOST || ids.len() == RUNS_AT_MOST;
    let written = Written::of(&recent);
    let restated = history.days_restated(scope, since).map_err(|error| Trouble::failed(&error))?;
    Ok(html! {
        h2 { "Since yesterday" }
        ul.news {
            @if written.runs > 0 {
                li {
                    @if are_all { a href="/runs" { (counted(written.runs, "run", "runs")) } } @else { "The newest " a href="/runs" { (written.runs) " runs" } }
                    ": "
                    @if written.created + written.updated + written.deleted == 0 { "no entity changed" } @else {
                        (counted(written.created, "entity", "entities")) " created, " (number::count(written.updated)) " updated, " (number::count(written.deleted)) " deleted"
                    }
                }
            } @else if let Some(newest) = newest {
                li { "No run; the last one began " (moment(newest)) }
            }
            @if restated > 0 { li { "GitHub restated " a href="/quality" { (counted(restated, "day", "days")) } " of " (scope.name) " that counted as final" } }
            @for movement in movements { li { (movement.shown()) } }
            @if movements.is_empty() { li { "No figure has two neighbouring days that differ" } }
        }
        @if !movements.is_empty() { p.aside { "Figures: " (days(movements)) } }
    })
}

/// The two newest days of the figures, which are not the same for all of them.
fn days(movements: &[Movement]) -> Markup {
    let days: BTreeSet<Day> = movements.iter().map(|movement| movement.now.day).collect();
    let titles = |day: Day| {
        let of_day = movements.iter().filter(move |movement| movement.now.day == day);
        of_day.map(|movement| movement.definition.title).collect::<Vec<_>>().join(", ")
    };
    html! {
        @for (place, day) in days.iter().rev().enumerate() {
            @if place > 0 { "; " }
            time datetime=(day) { (day) } " after " time datetime=(day.plus_days(-1)) { (day.plus_days(-1)) }
            @if days.len() > 1 { " (" (titles(*day)) ")" }
        }
        ", the two newest days"
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

    #[test]
    fn figures_of_other_days_say_so() {
        let of = |id: &str, day: &str| {
            let definition = &figure::find(id).unwrap().definition;
            let day: Day = day.parse().unwrap();
            Movement {
                definition,
                name: None,
                before: Point::count(day.plus_days(-1), 1.0, false),
                now: Point::count(day, 2.0, false),
            }
        };
        let text = |movements: &[Movement]| days(movements).into_string().replace("</time>", "").replace("<time ", "");
        let one = text(&[of("lines", "2026-11-02"), of("agent-lines", "2026-11-02")]);
        assert_eq!(one, "datetime=\"2026-11-02\">2026-11-02 after datetime=\"2026-11-01\">2026-11-01, the two newest days");
        let two = text(&[of("lines", "2026-11-02"), of("active-people", "2026-11-01")]);
        assert!(two.contains("2026-11-01 (Lines of code); datetime"), "{two}");
        assert!(two.contains("2026-10-31 (Active people)"), "{two}");
    }
}
