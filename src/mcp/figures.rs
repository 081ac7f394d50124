//! Tools about figures.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{McpServer, ToolFailure};
use crate::figure::{self, Bucket, Figure};
use crate::history::HistoryReader;
use crate::history::selection::{self, FigureSelection, SelectionError};
use crate::model::day::Day;

/// Days of an answer when no first day is named.
const WINDOW: i32 = 28;

/// Arguments of `define_figure`.
#[derive(Debug, Deserialize)]
pub(super) struct DefineFigure {
    figure: String,
}

/// Arguments of `show_figure`.
#[derive(Debug, Deserialize)]
pub(super) struct ShowFigure {
    figure: String,
    scope: Option<String>,
    team: Option<String>,
    since: Option<Day>,
    by: Option<String>,
}

fn find(id: &str) -> Result<&'static Figure, ToolFailure> {
    figure::find(id).ok_or_else(|| {
        let near = figure::nearest(id).map(|near| format!("; did you mean `{}`?", near.definition.id)).unwrap_or_default();
        ToolFailure(format!("there is no figure `{id}`{near}"))
    })
}

pub(super) fn define(arguments: DefineFigure) -> Result<Value, ToolFailure> {
    Ok(json!({"definition": find(&arguments.figure)?.definition}))
}

impl McpServer {
    fn history(&self) -> Result<Option<HistoryReader>, ToolFailure> {
        HistoryReader::open(&self.folder).map_err(|error| ToolFailure::of(&error))
    }

    pub(super) fn list_figures(&self) -> Result<Value, ToolFailure> {
        let scopes = match self.history()? {
            Some(reader) => reader.scopes().map_err(|error| ToolFailure::of(&error))?,
            None => Vec::new(),
        };
        let scopes: Vec<String> = scopes.iter().map(|scope| selection::label(scope, &scopes)).collect();
        let figures = figure::ALL.iter().map(|figure| {
            let of = &figure.definition;
            json!({"id": of.id, "title": of.title, "unit": of.unit, "sentence": of.sentence})
        });
        Ok(json!({"scopes": scopes, "figures": figures.collect::<Vec<_>>()}))
    }

    pub(super) fn show_figure(&self, arguments: ShowFigure) -> Result<Value, ToolFailure> {
        let ShowFigure { figure, scope, team, since, by } = arguments;
        let figure = find(&figure)?;
        let by = match by {
            None => Bucket::Day,
            Some(by) => Bucket::find(&by).ok_or_else(|| ToolFailure(format!("`by` is day, week or month, not `{by}`")))?,
        };
        let window = since.is_none().then_some(WINDOW);
        let selection = FigureSelection { scope, team, since, window, by };
        let answer = selection::answer(self.history()?.as_ref(), figure, &selection, &self.rules, Day::of(self.clock.now()));
        Ok(answer.map_err(|error| refused(&error))?.json())
    }
}

/// A selection without an answer, with what there is instead.
fn refused(error: &SelectionError) -> ToolFailure {
    let there = match error {
        SelectionError::Scope { there, .. } => format!("; there are {}", there.join(", ")),
        SelectionError::Several(_) => "; name one as `scope`".to_owned(),
        SelectionError::NoDay { newest } => format!("; the newest is {newest}"),
        SelectionError::NotRead { kinds } => format!("; it needs {}", kinds.join(", ")),
        SelectionError::Nothing => "; `pilotage resync` keeps them".to_owned(),
        SelectionError::Team { .. } | SelectionError::Future { .. } | SelectionError::History(_) => String::new(),
    };
    let ToolFailure(message) = ToolFailure::of(error);
    ToolFailure(message + &there)
}
