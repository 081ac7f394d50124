//! The figures of a selection: of which scope and team, from which day, how wide a point. The command line, pages, the report and
//! embedded charts ask here, so that one selection has one answer.

use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::HistoryReader;
use crate::figure::{Bucket, Figure};
use crate::model::day::Day;
use crate::render::figure::FigureAnswer;

/// What is asked of a figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FigureSelection {
    /// The organization or enterprise, by name in any case or by label; none for all.
    pub scope: Option<String>,
    /// The team, by its slug; none for the whole scope.
    pub team: Option<String>,
    /// The first day; none for that of the window.
    pub since: Option<Day>,
    /// Days until the newest, as far as they were read; none for all.
    pub window: Option<i32>,
    /// The width of a point.
    pub by: Bucket,
}

/// Reason for which a selection has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// Nothing was read yet.
    #[error("no numbers are kept yet")]
    Nothing,
    /// Nothing is kept of the scope.
    #[error("no numbers of `{name}` are kept")]
    Scope {
        /// What was asked for.
        name: String,
        /// Labels of the scopes that there are.
        there: Vec<String>,
    },
    /// Nothing is kept of the team.
    #[error("no numbers of the team `{0}` are kept")]
    Team(String),
    /// The first day is in the future.
    #[error("{since} is in the future")]
    Future {
        /// The first day that was asked for.
        since: Day,
        /// The day of asking, in UTC.
        today: Day,
    },
    /// No day since then was read.
    #[error("no day since then was read")]
    NoDay {
        /// The newest day.
        newest: Day,
    },
    /// There are several answers where one is needed.
    #[error("there are {}", .0.join(", "))]
    Several(Vec<String>),
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// The figure for each scope that is wanted, until its newest day. There is at least one.
///
/// # Errors
/// When nothing fits, see [`SelectionError`]; never [`SelectionError::Several`].
pub fn answers(
    reader: Option<&HistoryReader>,
    figure: &Figure,
    selection: &FigureSelection,
    today: Day,
) -> Result<Vec<FigureAnswer>, SelectionError> {
    if let Some(since) = selection.since.filter(|since| *since > today) {
        return Err(SelectionError::Future { since, today });
    }
    let reader = reader.ok_or(SelectionError::Nothing)?;
    let all = reader.scopes()?;
    if all.is_empty() {
        return Err(SelectionError::Nothing);
    }
    let scopes = wanted(&all, selection.scope.as_deref())?;
    if let Some(team) = &selection.team {
        return Err(SelectionError::Team(team.clone()));
    }
    let mut answers = Vec::new();
    let mut newest = None;
    for scope in scopes {
        let Some((first, last)) = reader.extent(scope, Part::Aggregate)? else { continue };
        newest = newest.max(Some(last));
        let since = selection.since.unwrap_or(selection.window.map_or(first, |days| first.max(last.plus_days(1 - days))));
        if since > last {
            continue;
        }
        let series = reader.compute(figure, scope, selection.by, (since, last))?;
        answers.push(FigureAnswer {
            definition: figure.definition,
            scope: label(scope, &all),
            team: None,
            by: selection.by,
            series,
        });
    }
    match (answers.is_empty(), newest) {
        (false, _) => Ok(answers),
        (true, None) => Err(SelectionError::Nothing),
        (true, Some(newest)) => Err(SelectionError::NoDay { newest }),
    }
}

/// The figure of the one scope that is wanted.
///
/// # Errors
/// When there are several, or none.
pub fn answer(
    reader: Option<&HistoryReader>,
    figure: &Figure,
    selection: &FigureSelection,
    today: Day,
) -> Result<FigureAnswer, SelectionError> {
    let mut answers = answers(reader, figure, selection, today)?;
    match answers.pop() {
        Some(one) if answers.is_empty() => Ok(one),
        last => Err(SelectionError::Several(answers.into_iter().chain(last).map(|one| one.scope).collect())),
    }
}

/// The scopes of that name, or all.
fn wanted<'a>(all: &'a [ScopeKey], name: Option<&str>) -> Result<Vec<&'a ScopeKey>, SelectionError> {
    let Some(name) = name else { return Ok(all.iter().collect()) };
    let is_meant = |scope: &&ScopeKey| scope.name.eq_ignore_ascii_case(name) || label(scope, all).eq_ignore_ascii_case(name);
    let found: Vec<&ScopeKey> = all.iter().filter(is_meant).collect();
    if found.is_empty() {
        let there = all.iter().map(|scope| label(scope, all)).collect();
        return Err(SelectionError::Scope { name: name.to_owned(), there });
    }
    Ok(found)
}

/// The name, with level and host where it alone is not enough.
pub fn label(scope: &ScopeKey, all: &[ScopeKey]) -> String {
    match all.iter().filter(|other| other.name == scope.name).count() {
        0 | 1 => scope.name.clone(),
        _ => format!("{} ({} at {})", scope.name, scope.level, scope.host),
    }
}
