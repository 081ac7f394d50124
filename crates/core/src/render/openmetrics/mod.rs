//! Figures as metrics: gauges of the newest day that is held, and every day with its time for back-filling. Help is the figure's
//! definition; names are in one table.
//!
//! A point without a value has no sample: withheld, not held and nothing are three things, which `copilot_figure_points` counts.
//!
//! | subject | file |
//! | --- | --- |
//! | name, label and unit of each figure | [`table`] |
//! | the text | [`text`] |

pub mod table;
pub mod text;

use jiff::Timestamp;

use self::table::FigureMetric;
use self::text::{MetricFamily, MetricSample};
use super::figure::FigureAnswer;
use crate::figure::{Point, PointState, Series};
use crate::model::day::Day;

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// Whose a metric is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricScope {
    /// The host of the source, such as `api.github.com`.
    pub host: String,
    /// Whether it is an enterprise and not an organization.
    pub is_enterprise: bool,
    /// The login or the slug.
    pub name: String,
}

impl MetricScope {
    fn labels(&self) -> [(&'static str, String); 2] {
        let level = if self.is_enterprise { "enterprise" } else { "organization" };
        [("host", self.host.clone()), (level, self.name.clone())]
    }
}

/// Names of the metrics about figures themselves.
pub const DAY_METRIC: &str = "copilot_figure_day_timestamp_seconds";
/// As [`DAY_METRIC`].
pub const POINTS_METRIC: &str = "copilot_figure_points";

/// Whether figures could be computed at all.
pub fn readable(is_readable: bool) -> MetricFamily {
    MetricFamily {
        name: "copilot_figures_readable".to_owned(),
        unit: None,
        help: "Whether figures could be computed: 1, or 0 when the history cannot be read; the log has the reason.".to_owned(),
        samples: vec![MetricSample { labels: Vec::new(), value: f64::from(u8::from(is_readable)), at: None }],
    }
}

/// The newest day on which anything of a figure is held, be it withheld; none when it is not held on any.
pub fn newest_day(series: &[Series]) -> Option<Day> {
    let points = series.iter().flat_map(|series| &series.points);
    points.filter(|point| point.state != PointState::NotHeld).map(|point| point.day).max()
}

/// Gauges of the newest day of each figure, and which day that is. Answers are by day; those without a metric or a day are left out.
pub fn newest(answers: &[(MetricScope, FigureAnswer)]) -> Vec<MetricFamily> {
    let held: Vec<(&MetricScope, &FigureAnswer, Day)> = answers
        .iter()
        .filter(|(_, answer)| table::metric(answer.definition.id).is_some())
        .filter_map(|(scope, answer)| Some((scope, answer, newest_day(&answer.series)?)))
        .collect();
    let about = |(scope, answer, day): &(&MetricScope, &FigureAnswer, Day)| {
        (vec![("figure", answer.definition.id.to_owned())].into_iter().chain(scope.labels()).collect::<Vec<_>>(), *day)
    };
    let days = held.iter().map(about).map(|(labels, day)| MetricSample { labels, value: midnight(day) as f64, at: None });
    let mut families = vec![MetricFamily {
        name: DAY_METRIC.to_owned(),
        unit: Some("seconds"),
        help: "The day that the gauges of a figure are of: its beginning in UTC, in seconds since 1970.".to_owned(),
        samples: days.collect(),
    }];
    let states = [PointState::Final, PointState::Provisional, PointState::Withheld, PointState::NotHeld];
    let points = held.iter().flat_map(|one @ (_, answer, day)| {
        states.map(|state| {
            let (mut labels, _) = about(one);
            labels.push(("state", state.name().to_owned()));
            let count = on(answer, *day).filter(|(_, point)| point.state == state).count();
            MetricSample { labels, value: count as f64, at: None }
        })
    });
    families.push(MetricFamily {
        name: POINTS_METRIC.to_owned(),
        unit: None,
        help: "Series of a figure on that day by state: final and provisional have a value unless nothing happened, those withheld are about too few people, not-held was not read."
            .to_owned(),
        samples: points.collect(),
    });
    families.extend(each(&held.iter().map(|(_, answer, day)| (*answer, *day)).collect::<Vec<_>>(), |metric| {
        let of_figure = held.iter().filter(|(_, answer, _)| answer.definition.id == metric.figure);
        of_figure
            .flat_map(|(scope, answer, day)| {
                on(answer, *day).filter_map(|(name, point)| sample(metric, scope, name, point, None))
            })
            .collect()
    }));
    families
}

/// Every day of each figure, at its beginning in UTC. Within a metric, samples are by scope and series, oldest first.
pub fn days(answers: &[(MetricScope, FigureAnswer)]) -> Vec<MetricFamily> {
    let with_days: Vec<(&FigureAnswer, Day)> =
        answers.iter().filter_map(|(_, answer)| Some((answer, newest_day(&answer.series)?))).collect();
    each(&with_days, |metric| {
        let of_figure = answers.iter().filter(|(_, answer)| answer.definition.id == metric.figure);
        let mut samples = Vec::new();
        for (scope, answer) in of_figure {
            for series in &answer.series {
                let name = series.name.as_deref();
                samples.extend(
                    series.points.iter().filter_map(|point| sample(metric, scope, name, point, Some(midnight(point.day)))),
                );
            }
        }
        samples
    })
}

/// A family for each metric of the answers, in the order of the table.
fn each(answers: &[(&FigureAnswer, Day)], samples: impl Fn(&FigureMetric) -> Vec<MetricSample>) -> Vec<MetricFamily> {
    let family = |metric: &FigureMetric| {
        let (answer, _) = answers.iter().find(|(answer, _)| answer.definition.id == metric.figure)?;
        Some(MetricFamily {
            name: metric.name.to_owned(),
            unit: metric.unit.name(),
            help: answer.definition.sentence.to_owned(),
            samples: samples(metric),
        })
    };
    table::FIGURE_METRICS.iter().filter_map(family).collect()
}

/// The points of a day, with the names of their series.
fn on(answer: &FigureAnswer, day: Day) -> impl Iterator<Item = (Option<&str>, &Point)> {
    answer.series.iter().filter_map(move |series| {
        let point = series.points.iter().rfind(|point| point.day == day)?;
        Some((series.name.as_deref(), point))
    })
}

/// A point as a sample. None for one without a value.
fn sample(
    metric: &FigureMetric,
    scope: &MetricScope,
    series: Option<&str>,
    point: &Point,
    at: Option<i64>,
) -> Option<MetricSample> {
    let value = point.value.filter(|_| matches!(point.state, PointState::Final | PointState::Provisional))?;
    let named = metric.label.zip(series).map(|(label, series)| (label, series.to_owned()));
    Some(MetricSample { labels: scope.labels().into_iter().chain(named).collect(), value: metric.unit.converted(value), at })
}

/// The beginning of a day in UTC, in seconds since 1970.
fn midnight(day: Day) -> i64 {
    i64::from(day.days_since(Day::of(Timestamp::UNIX_EPOCH))) * SECONDS_OF_A_DAY
}

#[cfg(test)]
mod tests;
