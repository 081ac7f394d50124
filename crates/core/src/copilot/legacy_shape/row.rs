//! Reads from a user's row what the legacy format can represent, and turns it into that user's activity.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::activity;
use super::super::cells::{Cell, PackedRow, RowBuilder};
use super::super::columns::MOST_COLUMNS;
use super::super::json::Json;
use super::super::refusal::RowRefusal;

/// GitHub's name for what it cannot attribute.
pub(super) const UNKNOWN: &str = "unknown";

/// Feature of completions in an editor. All other features of editors are chat, or edits by an agent.
const CODE_COMPLETION: &str = "code_completion";

/// Features of chat in an editor: `chat_inline` and `chat_panel_…_mode`.
const CHAT_PREFIX: &str = "chat_";

const PROMPTS: &str = "user_initiated_interaction_count";
const OUTPUTS: &str = "code_generation_activity_count";
const ACCEPTANCES: &str = "code_acceptance_activity_count";

/// The counters of completions, in the order of [`Completions`]: suggestions, acceptances, lines suggested, lines accepted.
const COMPLETION_COUNTERS: [&str; 4] = [OUTPUTS, ACCEPTANCES, "loc_suggested_to_add_sum", "loc_added_sum"];

/// Suggestions, acceptances, lines suggested, lines accepted.
pub(super) type Completions = [i64; 4];

/// Position of the acceptances in [`Completions`].
pub(super) const ACCEPTED: usize = 1;

/// Meaning of a number in a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum NumberRole {
    /// 1 when the user did anything, see [`activity::is_active`].
    Active,
    /// 1 when the user did something deliberately, see [`activity::is_engaged`].
    Engaged,
    /// 1 when `used_chat` is true, 0 when it is false; absent when the row does not have it.
    UsedChat,
    /// Present when the row has numbers by feature.
    HasFeatures,
    /// A counter of completions, over all languages.
    Completion(usize),
    /// A counter of completions in a language.
    Language(Arc<str>, usize),
    /// Prompts in chat, over all models.
    Chats,
    /// Prompts in chat to a model.
    Model(Arc<str>),
    /// Outputs and acceptances in an editor.
    EditorOutputs(Arc<str>),
    /// Prompts in an editor.
    EditorPrompts(Arc<str>),
}

/// Reads rows one after the other, and numbers the roles of their values.
#[derive(Debug, Default)]
pub(super) struct LegacyReader {
    numbers: HashMap<NumberRole, u32>,
    roles: Vec<NumberRole>,
    builder: RowBuilder,
}

impl LegacyReader {
    pub(super) fn read(&mut self, row: &Json<'_>) -> Result<PackedRow, RowRefusal> {
        self.builder.clear();
        self.add(NumberRole::Active, i64::from(activity::is_active(row)))?;
        self.add(NumberRole::Engaged, i64::from(activity::is_engaged(row)))?;
        if let Some(Json::Bool(used)) = row.get("used_chat") {
            self.add(NumberRole::UsedChat, i64::from(*used))?;
        }
        for list in ["totals_by_feature", "totals_by_language_feature"] {
            if matches!(row.get(list), Some(Json::List(_))) {
                let column = self.number(NumberRole::HasFeatures)?;
                self.builder.raise(column, Cell::Integer(1));
            }
        }
        for entry in entries(row, "totals_by_feature") {
            match entry.get("feature").and_then(Json::text) {
                Some(CODE_COMPLETION) => self.completions(entry, NumberRole::Completion)?,
                Some(feature) if feature.starts_with(CHAT_PREFIX) => self.add(NumberRole::Chats, count(entry, PROMPTS))?,
                _ => {}
            }
        }
        let is_completion = |entry: &&Json<'_>| entry.get("feature").and_then(Json::text) == Some(CODE_COMPLETION);
        for entry in entries(row, "totals_by_language_feature").iter().filter(is_completion) {
            let language = name(entry, "language");
            self.completions(entry, |counter| NumberRole::Language(language.clone(), counter))?;
        }
        let is_chat =
            |entry: &&Json<'_>| entry.get("feature").and_then(Json::text).is_some_and(|name| name.starts_with(CHAT_PREFIX));
        for entry in entries(row, "totals_by_model_feature").iter().filter(is_chat) {
            self.add(NumberRole::Model(name(entry, "model")), count(entry, PROMPTS))?;
        }
        for entry in entries(row, "totals_by_ide") {
            let editor = name(entry, "ide");
            self.add(NumberRole::EditorOutputs(editor.clone()), count(entry, OUTPUTS) + count(entry, ACCEPTANCES))?;
            self.add(NumberRole::EditorPrompts(editor), count(entry, PROMPTS))?;
        }
        Ok(self.builder.finish())
    }

    fn completions(&mut self, entry: &Json<'_>, role: impl Fn(usize) -> NumberRole) -> Result<(), RowRefusal> {
        for (position, counter) in COMPLETION_COUNTERS.iter().enumerate() {
            self.add(role(position), count(entry, counter))?;
        }
        Ok(())
    }

    fn add(&mut self, role: NumberRole, number: i64) -> Result<(), RowRefusal> {
        let column = self.number(role)?;
        self.builder.add(column, Cell::Integer(number));
        Ok(())
    }

    fn number(&mut self, role: NumberRole) -> Result<u32, RowRefusal> {
        if let Some(number) = self.numbers.get(&role) {
            return Ok(*number);
        }
        if self.roles.len() >= MOST_COLUMNS {
            return Err(RowRefusal::TooManyCounters { limit: MOST_COLUMNS });
        }
        let number = self.roles.len() as u32;
        self.roles.push(role.clone());
        self.numbers.insert(role, number);
        Ok(number)
    }

    pub(super) fn merged(&mut self, one: &PackedRow, other: &PackedRow) -> PackedRow {
        one.merged(other, &mut self.builder)
    }

    /// The activity in a row.
    pub(super) fn activity(&self, row: &PackedRow) -> LegacyActivity<'_> {
        let mut activity = LegacyActivity::default();
        let (mut completions, mut chats) = (Completions::default(), 0);
        let (mut outputs, mut prompts) = (Editor::default(), Editor::default());
        for (column, cell) in row.cells() {
            let (Some(role), Cell::Integer(number)) = (self.roles.get(column as usize), cell) else {
                continue;
            };
            match role {
                NumberRole::Active => activity.is_active = number > 0,
                NumberRole::Engaged => activity.is_engaged = number > 0,
                NumberRole::UsedChat => (activity.knows_chat, activity.chatted) = (true, number > 0),
                NumberRole::HasFeatures => (activity.knows_completions, activity.knows_chat) = (true, true),
                NumberRole::Completion(counter) => completions[*counter] = number,
                NumberRole::Language(language, counter) => activity.language(language)[*counter] += number,
                NumberRole::Chats => chats = number,
                NumberRole::Model(model) => activity.models.push((model, number)),
                NumberRole::EditorOutputs(editor) => outputs.see(editor, number),
                NumberRole::EditorPrompts(editor) => prompts.see(editor, number),
            }
        }
        // Activity that the breakdown by language or model does not attribute is counted as unknown.
        for (counter, number) in completions.into_iter().enumerate() {
            let attributed: i64 = activity.languages.iter().map(|(_, counters)| counters[counter]).sum();
            if number > attributed {
                activity.language(UNKNOWN)[counter] += number - attributed;
            }
        }
        let attributed: i64 = activity.models.iter().map(|(_, chats)| *chats).sum();
        if chats > attributed {
            activity.models.push((UNKNOWN, chats - attributed));
        }
        activity.languages.retain(|(_, counters)| counters.iter().any(|counter| *counter != 0));
        activity.models.retain(|(_, chats)| *chats != 0);
        activity.chatted |= !activity.models.is_empty();
        activity.knows_chat |= activity.chatted;
        (activity.completion_editor, activity.chat_editor) = (outputs.name(), prompts.name());
        activity
    }
}

/// Activity of one user on one day, as far as the legacy format can represent it.
#[derive(Debug, Default)]
pub(super) struct LegacyActivity<'names> {
    pub(super) is_active: bool,
    pub(super) is_engaged: bool,
    pub(super) knows_completions: bool,
    pub(super) knows_chat: bool,
    pub(super) chatted: bool,
    pub(super) completion_editor: &'names str,
    pub(super) chat_editor: &'names str,
    pub(super) languages: Vec<(&'names str, Completions)>,
    pub(super) models: Vec<(&'names str, i64)>,
}

impl<'names> LegacyActivity<'names> {
    fn language(&mut self, name: &'names str) -> &mut Completions {
        let position = match self.languages.iter().position(|(language, _)| *language == name) {
            Some(position) => position,
            None => {
                self.languages.push((name, Completions::default()));
                self.languages.len() - 1
            }
        };
        &mut self.languages[position].1
    }
}

/// The one editor in which all activity of a user is counted.
///
/// Reports do not say which language or model was used in which editor. So a user is counted in the only editor with activity, or
/// else in the only editor that is named, and in `unknown` when there are several. Each user is in one editor, so the sum over
/// editors is a number of users.
#[derive(Debug, Default)]
struct Editor<'names> {
    used: Vec<&'names str>,
    named: Vec<&'names str>,
}

impl<'names> Editor<'names> {
    fn see(&mut self, editor: &'names str, activity: i64) {
        self.named.push(editor);
        if activity > 0 {
            self.used.push(editor);
        }
    }

    fn name(&self) -> &'names str {
        match (self.used.as_slice(), self.named.as_slice()) {
            ([only], _) | ([], [only]) => only,
            _ => UNKNOWN,
        }
    }
}

fn entries<'row>(row: &'row Json<'_>, name: &str) -> &'row [Json<'row>] {
    row.get(name).map_or(&[], Json::elements)
}

fn name(entry: &Json<'_>, key: &str) -> Arc<str> {
    entry.get(key).and_then(Json::text).filter(|name| !name.is_empty()).unwrap_or(UNKNOWN).into()
}

fn count(object: &Json<'_>, name: &str) -> i64 {
    object.get(name).and_then(Json::integer).unwrap_or(0)
}
