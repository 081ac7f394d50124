//! Adds up the users of one day, and writes them in the legacy format. Names are in alphabetical order.

use std::collections::BTreeMap;

use serde::Serialize;

use super::row::{ACCEPTED, Completions, LegacyActivity, UNKNOWN};
use crate::model::day::Day;

/// Name of the model of completions. Reports do not name it; the closed endpoints used this name for the usual one.
const DEFAULT_MODEL: &str = "default";

/// Sum of one day of a group of users.
#[derive(Debug, Default)]
pub(super) struct DaySum<'names> {
    rows: u64,
    active: u64,
    engaged: u64,
    knows_completions: bool,
    knows_chat: bool,
    completions_engaged: u64,
    /// Number of users who accepted something, by language.
    languages: BTreeMap<&'names str, u64>,
    completion_editors: BTreeMap<&'names str, CompletionEditor<'names>>,
    chat_engaged: u64,
    chat_editors: BTreeMap<&'names str, ChatEditor<'names>>,
}

#[derive(Debug, Default)]
struct CompletionEditor<'names> {
    engaged: u64,
    languages: BTreeMap<&'names str, (u64, Completions)>,
}

#[derive(Debug, Default)]
struct ChatEditor<'names> {
    engaged: u64,
    models: BTreeMap<&'names str, (u64, i64)>,
}

impl<'names> DaySum<'names> {
    /// Adds one user's day.
    pub(super) fn add(&mut self, activity: LegacyActivity<'names>) {
        self.rows += 1;
        self.active += u64::from(activity.is_active);
        self.engaged += u64::from(activity.is_engaged);
        self.knows_completions |= activity.knows_completions;
        self.knows_chat |= activity.knows_chat;
        if !activity.languages.is_empty() {
            let editor = self.completion_editors.entry(activity.completion_editor).or_default();
            let mut accepted_any = 0;
            for (language, counters) in activity.languages {
                let accepted = u64::from(counters[ACCEPTED] > 0);
                accepted_any |= accepted;
                *self.languages.entry(language).or_default() += accepted;
                let (engaged, sums) = editor.languages.entry(language).or_default();
                *engaged += accepted;
                sums.iter_mut().zip(counters).for_each(|(sum, counter)| *sum = sum.saturating_add(counter));
            }
            editor.engaged += accepted_any;
            self.completions_engaged += accepted_any;
        }
        if activity.chatted {
            self.chat_engaged += 1;
            let editor = self.chat_editors.entry(activity.chat_editor).or_default();
            editor.engaged += 1;
            for (model, chats) in activity.models {
                let (engaged, sum) = editor.models.entry(model).or_default();
                *engaged += 1;
                *sum = sum.saturating_add(chats);
            }
        }
    }

    /// The record's JSON text.
    pub(super) fn record(mut self, day: Day) -> Vec<u8> {
        // Users without a row are known to have no activity, while a row may lack a field.
        let (knows_completions, knows_chat) = (self.knows_completions || self.rows == 0, self.knows_chat || self.rows == 0);
        if knows_completions && self.completion_editors.is_empty() {
            // Only editors have counters: without an editor, a sum over them would be null although 0 is known.
            self.completion_editors.entry(UNKNOWN).or_default().languages.entry(UNKNOWN).or_default();
        }
        let record = LegacyDayRecord {
            date: day,
            total_active_users: self.active,
            total_engaged_users: self.engaged,
            copilot_ide_code_completions: knows_completions.then(|| self.completions()),
            copilot_ide_chat: knows_chat.then(|| self.chat()),
        };
        // A record of texts and numbers can always be written.
        serde_json::to_vec(&record).unwrap_or_default()
    }

    fn completions(&self) -> CompletionsBlock<'_> {
        let people = |(name, engaged): (&&'names str, &u64)| EngagedUsers { name, total_engaged_users: *engaged };
        let language = |(name, (engaged, sums)): (&&'names str, &(u64, Completions))| LanguageBlock {
            name,
            total_engaged_users: *engaged,
            total_code_suggestions: sums[0],
            total_code_acceptances: sums[ACCEPTED],
            total_code_lines_suggested: sums[2],
            total_code_lines_accepted: sums[3],
        };
        let editor = |(name, editor): (&&'names str, &CompletionEditor<'names>)| {
            let languages = editor.languages.iter().map(language).collect();
            let model = ModelBlock { name: DEFAULT_MODEL, total_engaged_users: editor.engaged, languages };
            EditorBlock { name: name.to_string(), total_engaged_users: editor.engaged, models: vec![model] }
        };
        CompletionsBlock {
            total_engaged_users: self.completions_engaged,
            languages: self.languages.iter().map(people).collect(),
            editors: self.completion_editors.iter().map(editor).collect(),
        }
    }

    fn chat(&self) -> ChatBlock<'_> {
        let model = |(name, (engaged, chats)): (&&'names str, &(u64, i64))| ChatModelBlock {
            name,
            total_engaged_users: *engaged,
            total_chats: *chats,
        };
        let editor = |(name, editor): (&&'names str, &ChatEditor<'names>)| EditorBlock {
            name: name.to_string(),
            total_engaged_users: editor.engaged,
            models: editor.models.iter().map(model).collect(),
        };
        ChatBlock { total_engaged_users: self.chat_engaged, editors: self.chat_editors.iter().map(editor).collect() }
    }
}

/// The schema `copilot-usage-metrics-day`, with the fields that today's reports can fill.
#[derive(Serialize)]
struct LegacyDayRecord<'sum> {
    date: Day,
    total_active_users: u64,
    total_engaged_users: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    copilot_ide_code_completions: Option<CompletionsBlock<'sum>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copilot_ide_chat: Option<ChatBlock<'sum>>,
}

#[derive(Serialize)]
struct CompletionsBlock<'sum> {
    total_engaged_users: u64,
    languages: Vec<EngagedUsers<'sum>>,
    editors: Vec<EditorBlock<ModelBlock<'sum>>>,
}

#[derive(Serialize)]
struct ChatBlock<'sum> {
    total_engaged_users: u64,
    editors: Vec<EditorBlock<ChatModelBlock<'sum>>>,
}

#[derive(Serialize)]
struct EditorBlock<Model> {
    name: String,
    total_engaged_users: u64,
    models: Vec<Model>,
}

#[derive(Serialize)]
struct ModelBlock<'sum> {
    name: &'sum str,
    total_engaged_users: u64,
    languages: Vec<LanguageBlock<'sum>>,
}

#[derive(Serialize)]
struct LanguageBlock<'sum> {
    name: &'sum str,
    total_engaged_users: u64,
    total_code_suggestions: i64,
    total_code_acceptances: i64,
    total_code_lines_suggested: i64,
    total_code_lines_accepted: i64,
}

#[derive(Serialize)]
struct ChatModelBlock<'sum> {
    name: &'sum str,
    total_engaged_users: u64,
    total_chats: i64,
}

#[derive(Serialize)]
struct EngagedUsers<'sum> {
    name: &'sum str,
    total_engaged_users: u64,
}
