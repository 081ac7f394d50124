//! The newest day of every figure of every scope, for outputs that show one day: metrics and digests.

use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::HistoryReader;
use super::selection::label;
use crate::figure::{Bucket, Context, Figure, FigureRules, Series};
use crate::model::day::Day;
use crate::render::figure::FigureAnswer;
use crate::render::openmetrics::{MetricScope, newest_day};

/// Days of an answer besides the newest one. A figure by weeks has a day that is held within two of them.
const DAYS_BEFORE: i32 = 13;

impl From<&ScopeKey> for MetricScope {
    fn from(scope: &ScopeKey) -> Self {
        Self { host: scope.host.clone(), is_enterprise: scope.is_enterprise(), name: scope.name.clone() }
    }
}

/// These figures of every scope, by day and by these rules, with the two weeks that end with the newest day that is held. A figure that is not held on any
/// of the newest days of its parts is left out. Ordered by scope, then as the figures are given.
///
/// # Errors
/// When the file cannot be read, or a content in it is damaged.
pub fn newest(
    reader: &HistoryReader,
    figures: &[&Figure],
    rules: &FigureRules,
) -> Result<Vec<(MetricScope, FigureAnswer)>, HistoryError> {
    let all = reader.scopes()?;
    let mut found = Vec::new();
    for scope in &all {
        for figure in figures {
            if let Some(series) = newest_of(reader, figure, scope, rules)? {
                let (definition, label) = (figure.definition, label(scope, &all));
                let answer = FigureAnswer { definition, scope: label, team: None, by: Bucket::Day, series };
                found.push((MetricScope::from(scope), answer));
            }
        }
    }
    Ok(found)
}

/// The series around the newest day. Parts are read on different days: seats today, reports of people two days later. So the newest
/// day of each part is tried, latest first.
fn newest_of(
    reader: &HistoryReader,
    figure: &Figure,
    scope: &ScopeKey,
    rules: &FigureRules,
) -> Result<Option<Vec<Series>>, HistoryError> {
    let mut ends: Vec<(Day, Day)> = Vec::new();
    for part in figure.reads.parts().filter_map(Part::find) {
        ends.extend(reader.extent(scope, part)?);
    }
    ends.sort_unstable_by_key(|(_, last)| std::cmp::Reverse(*last));
    ends.dedup_by_key(|(_, last)| *last);
    let first = ends.iter().map(|(first, _)| *first).min();
    for (_, last) in &ends {
        let since = last.plus_days(-DAYS_BEFORE).max(first.unwrap_or(*last));
        let series = reader.compute(figure, scope, Context::of(Bucket::Day, rules), (since, *last))?;
        if newest_day(&series).is_some() {
            return Ok(Some(series));
        }
    }
    Ok(None)
}
