//! The numbers of each organization and enterprise, from the history.

use std::path::Path;

use crate::figure::{self, Bucket, Context, FigureRules, Series};
use crate::history::fact::Part;
use crate::history::{HistoryError, HistoryReader, ScopeKey};
use crate::render::overview::{SPARK_DAYS, ScopeNumbers};

/// The numbers of the last days of every scope in the history of a data folder. None when there is no history.
pub(super) fn numbers(folder: &Path, rules: &FigureRules) -> Result<Vec<ScopeNumbers>, HistoryError> {
    let Some(reader) = HistoryReader::open(folder)? else { return Ok(Vec::new()) };
    let mut numbers = Vec::new();
    for scope in reader.scopes()? {
        numbers.extend(of_scope(&reader, scope, rules)?);
    }
    Ok(numbers)
}

fn of_scope(reader: &HistoryReader, scope: ScopeKey, rules: &FigureRules) -> Result<Option<ScopeNumbers>, HistoryError> {
    let Some((first, last)) = reader.extent(&scope, Part::Aggregate)? else { return Ok(None) };
    let since = first.max(last.plus_days(1 - SPARK_DAYS as i32));
    let series = |id: &str| -> Result<Vec<Series>, HistoryError> {
        let context = Context::of(Bucket::Day, rules);
        figure::find(id).map_or(Ok(Vec::new()), |figure| reader.compute(figure, &scope, context, (since, last)))
    };
    let (acceptance, lines) = (series("completion-acceptance")?, series("lines")?);
    Ok(Some(ScopeNumbers {
        active_people: series("active-people")?,
        acceptance: acceptance.first().and_then(Series::total),
        lines_added: lines.iter().find(|series| series.name.as_deref() == Some("added")).and_then(Series::total),
        scope: scope.name,
    }))
}
