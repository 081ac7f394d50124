//! The figures of a selection: of which scope and team, from which day, how wide a point. The command line, pages, the report and
//! embedded charts ask here, so that one selection has one answer.

use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::HistoryReader;
use crate::figure::{Bucket, Context, DayFacts, Figure, FigureRules};
use crate::model::day::Day;
use crate::render::figure::FigureAnswer;

/// The name of all accounts of AI tools together.
const ALL_TOOLS: &str = "all tools";

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
    /// The team is in nothing that was read.
    #[error("no team `{name}` is in what was read")]
    Team {
        /// What was asked for.
        name: String,
        /// Slugs of the teams that there are.
        there: Vec<String>,
    },
    /// Nothing that the figure is made of was read.
    #[error("nothing that the figure is made of was read yet")]
    NotRead {
        /// Kinds that bring it.
        kinds: Vec<&'static str>,
    },
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

/// The figure for each scope that is wanted, until its newest day, by these rules. There is at least one.
///
/// # Errors
/// When nothing fits, see [`SelectionError`]; never [`SelectionError::Several`].
pub fn answers(
    reader: Option<&HistoryReader>,
    figure: &Figure,
    selection: &FigureSelection,
    rules: &FigureRules,
    today: Day,
) -> Result<Vec<FigureAnswer>, SelectionError> {
    Ok(scope_answers(reader, figure, selection, rules, today)?.into_iter().map(|(_, answer)| answer).collect())
}

/// As [`answers`], each with its scope.
///
/// # Errors
/// As [`answers`].
pub fn scope_answers(
    reader: Option<&HistoryReader>,
    figure: &Figure,
    selection: &FigureSelection,
    rules: &FigureRules,
    today: Day,
) -> Result<Vec<(ScopeKey, FigureAnswer)>, SelectionError> {
    if let Some(since) = selection.since.filter(|since| *since > today) {
        return Err(SelectionError::Future { since, today });
    }
    let reader = reader.ok_or(SelectionError::Nothing)?;
    if figure.reads.tools {
        return Ok(vec![answer_of_tools(reader, figure, selection, rules)?]);
    }
    let all = reader.scopes()?;
    if all.is_empty() {
        return Err(SelectionError::Nothing);
    }
    let mut of_name = wanted(&all, selection.scope.as_deref())?;
    let team = selection.team.as_deref();
    if let Some(team) = team {
        of_name = with_team(reader, of_name, team)?;
    }
    let parts = parts(figure, team);
    let mut answers = Vec::new();
    let mut newest = None;
    let mut lacking: Vec<&'static str> = Vec::new();
    for scope in of_name {
        let mut extent: Option<(Day, Day)> = None;
        // What is read on the day itself is newer than any report: alone it says which days there are, beside reports it does not.
        let is_of_reports = parts.iter().any(|part| part.has_days());
        for part in &parts {
            match reader.extent(scope, *part)? {
                Some(_) if is_of_reports && !part.has_days() => {}
                Some((first, last)) => {
                    extent = Some(extent.map_or((first, last), |known| (known.0.min(first), known.1.max(last))));
                }
                None => lacking.extend(part.kind(scope.is_enterprise())),
            }
        }
        let Some((first, last)) = extent else { continue };
        newest = newest.max(Some(last));
        let of_window = selection.window.map_or(first, |days| first.max(last.plus_days(1 - days)));
        // Days before the first one hold nothing, and there may be thousands of them.
        let since = selection.since.unwrap_or(of_window).max(first);
        if since > last {
            continue;
        }
        let context = Context::of(selection.by, rules);
        let series = reader.compute_of(figure, scope, team, context, (since, last))?;
        let definition = figure.definition.for_groups_of(rules.smallest_group);
        let (label, team) = (label(scope, &all), selection.team.clone());
        let answer = FigureAnswer { definition, scope: label, team, by: selection.by, series };
        answers.push((scope.clone(), answer));
    }
    lacking.sort_unstable();
    lacking.dedup();
    match (answers.is_empty(), newest) {
        (false, _) => Ok(answers),
        (true, None) => Err(SelectionError::NotRead { kinds: lacking }),
        (true, Some(newest)) => Err(SelectionError::NoDay { newest }),
    }
}

/// The figure of all tools together. A selection of a scope has no meaning for it.
///
/// # Errors
/// When nothing fits, see [`SelectionError`].
fn answer_of_tools(
    reader: &HistoryReader,
    figure: &Figure,
    selection: &FigureSelection,
    rules: &FigureRules,
) -> Result<(ScopeKey, FigureAnswer), SelectionError> {
    if let Some(team) = &selection.team {
        return Err(SelectionError::Team { name: team.clone(), there: Vec::new() });
    }
    let kinds = Part::Tools.kind(false).into_iter().collect();
    // All days as they are now, also while a resync writes some of them.
    let _snapshot = reader.snapshot()?;
    let (first, last) = reader.extent_of_tools()?.ok_or(SelectionError::NotRead { kinds })?;
    let of_window = selection.window.map_or(first, |days| first.max(last.plus_days(1 - days)));
    let since = selection.since.unwrap_or(of_window).max(first);
    if since > last {
        return Err(SelectionError::NoDay { newest: last });
    }
    let mut fold = figure.begin(Context { since: Some(since), ..Context::of(selection.by, rules) });
    let mut day = since.plus_days(-figure.days_before).max(first);
    while day <= last {
        let found = reader.tools_of(day)?;
        let may_change = found.as_ref().is_some_and(|(_, may_change)| *may_change);
        fold.day(&DayFacts { tools: found.as_ref().map(|(tools, _)| tools), ..DayFacts::new(day, may_change) });
        day = day.plus_days(1);
    }
    let (definition, series) = (figure.definition.for_groups_of(rules.smallest_group), fold.finish());
    let answer = FigureAnswer { definition, scope: ALL_TOOLS.to_owned(), team: None, by: selection.by, series };
    Ok((ScopeKey::of_all_tools(), answer))
}

/// The parts of a day that a figure needs, of a whole scope or of a team.
fn parts(figure: &Figure, team: Option<&str>) -> Vec<Part> {
    let needed: Vec<Part> = figure.reads.parts().filter_map(Part::find).collect();
    match team {
        // What a team did is in its record.
        Some(_) => needed.into_iter().filter(|part| *part != Part::Aggregate).chain([Part::Teams]).collect(),
        None => needed,
    }
}

/// The scopes that have a team of that name.
fn with_team<'a>(reader: &HistoryReader, scopes: Vec<&'a ScopeKey>, team: &str) -> Result<Vec<&'a ScopeKey>, SelectionError> {
    let mut found = Vec::new();
    let mut there = Vec::new();
    for scope in scopes {
        let of_scope = reader.teams(scope)?;
        if of_scope.iter().any(|slug| slug.eq_ignore_ascii_case(team)) {
            found.push(scope);
        }
        there.extend(of_scope);
    }
    match found.is_empty() {
        true => Err(SelectionError::Team { name: team.to_owned(), there }),
        false => Ok(found),
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
    rules: &FigureRules,
    today: Day,
) -> Result<FigureAnswer, SelectionError> {
    let mut answers = answers(reader, figure, selection, rules, today)?;
    match answers.pop() {
        Some(one) if answers.is_empty() => Ok(one),
        last => Err(SelectionError::Several(answers.into_iter().chain(last).map(|one| one.scope).collect())),
    }
}

/// Labels of the scopes of that name, or of all.
///
/// # Errors
/// When nothing is kept of that name, or nothing at all.
pub fn labels(reader: &HistoryReader, name: Option<&str>) -> Result<Vec<String>, SelectionError> {
    let all = reader.scopes()?;
    let found = wanted(&all, name)?;
    if found.is_empty() { Err(SelectionError::Nothing) } else { Ok(found.into_iter().map(|scope| label(scope, &all)).collect()) }
}

/// The scopes of that name or label, in any case; all without one.
///
/// # Errors
/// When nothing is kept, or nothing of that name.
pub fn scopes(reader: Option<&HistoryReader>, name: Option<&str>) -> Result<Vec<ScopeKey>, SelectionError> {
    let all = reader.ok_or(SelectionError::Nothing)?.scopes()?;
    if all.is_empty() {
        return Err(SelectionError::Nothing);
    }
    Ok(wanted(&all, name)?.into_iter().cloned().collect())
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
    scope.label(all)
}

#[cfg(test)]
mod tests {
    use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

    use super::*;
    use crate::facts::{ToolOfDay, ToolsDay};
    use crate::figure;
    use crate::history::{DayFact, HistoryStore, Reading, hash, tools};

    #[test]
    fn days_of_tools_that_are_removed_meanwhile_are_those_that_were_there_at_first() {
        let folder = tempfile::tempdir().unwrap();
        let today: Day = "2026-12-01".parse().unwrap();
        let scope = tools::scope_of_account(ScopeKey::of_slice("acme", false, "api.github.com"));
        let fact = |back: i32| {
            let tool =
                ToolOfDay { reported: [1].into_iter().collect(), active: [1].into_iter().collect(), ..ToolOfDay::default() };
            let content = ToolsDay { tools: [("a tool".to_owned(), tool)].into() }.pack();
            let day = today.plus_days(-back);
            DayFact { scope: scope.clone(), day, part: Part::Tools, hash: hash::of_row(&content), content: Some(content) }
        };
        let reading = Reading { at: "2026-12-01T09:00:00Z".parse().unwrap(), is_cached: false };
        HistoryStore::open(folder.path()).unwrap().write(&[fact(3), fact(2), fact(1)], reading).unwrap();
        let mut reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        // Another process removes all days once the first of them was found.
        let place = folder.path().to_owned();
        reader
            .connection
            .authorizer(Some(move |context: AuthContext<'_>| {
                if matches!(context.action, AuthAction::Read { table_name: "content", .. }) {
                    HistoryStore::open(&place).unwrap().forget_before(today).unwrap();
                }
                Authorization::Allow
            }))
            .unwrap();
        let of_tools = |figure: &&&Figure| figure.reads.tools;
        let figure = figure::ALL.iter().find(of_tools).unwrap();
        let shown = || answers(Some(&reader), figure, &FigureSelection::default(), &FigureRules::default(), today);
        let found = shown().unwrap();
        assert!(found[0].series.iter().all(|series| series.points.len() == 3), "{found:?}");
        assert!(matches!(shown(), Err(SelectionError::NotRead { .. })), "they are gone now");
    }
}
