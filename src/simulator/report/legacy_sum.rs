//! Sums in the form of the endpoints that GitHub closed on 2026-04-02: people and counts by editor, model and language.

use std::collections::BTreeMap;

use super::super::activity::{NONE, UserDay, activity_bit};
use super::super::dimension::Feature;

/// Model of completions, which that API did not name.
pub(super) const DEFAULT_MODEL: u8 = NONE;

/// Completions of one editor, model and language.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Completions {
    pub(super) people: u64,
    pub(super) suggestions: u64,
    pub(super) acceptances: u64,
    pub(super) lines_suggested: u64,
    pub(super) lines_accepted: u64,
}

/// Chats of one editor and model.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chats {
    pub(super) people: u64,
    pub(super) chats: u64,
    pub(super) insertions: u64,
    pub(super) copies: u64,
}

/// Sums of one day.
#[derive(Clone, Debug, Default)]
pub(super) struct LegacySum {
    pub(super) active: u64,
    pub(super) engaged: u64,
    pub(super) completions_people: u64,
    pub(super) completions_by_language: BTreeMap<u8, u64>,
    /// People by editor.
    pub(super) completions_by_editor: BTreeMap<u8, u64>,
    pub(super) completions: BTreeMap<(u8, u8), Completions>,
    pub(super) chat_people: u64,
    pub(super) chat_by_editor: BTreeMap<u8, u64>,
    pub(super) chats: BTreeMap<(u8, u8), Chats>,
    pub(super) dotcom_people: u64,
    pub(super) dotcom_chats: u64,
    pub(super) summary_people: u64,
    /// People and summaries by repository.
    pub(super) summaries: BTreeMap<u32, (u64, u64)>,
}

impl LegacySum {
    /// Adds the day of a person.
    pub(super) fn add(&mut self, day: &UserDay) {
        // A person counts once in each group that several of their cells belong to.
        let mut seen: Vec<(CountGroup, u8, u8)> = Vec::with_capacity(24);
        let mut once = |place: CountGroup, first: u8, second: u8| {
            let is_new = !seen.contains(&(place, first, second));
            if is_new {
                seen.push((place, first, second));
            }
            u64::from(is_new)
        };
        for cell in day.cells.iter().filter(|cell| cell.ide != NONE) {
            let [asked, generated, accepted, suggested, _, kept, _] = cell.metrics;
            if cell.feature == Feature::CodeCompletion {
                self.completions_people += once(CountGroup::Completions, 0, 0);
                *self.completions_by_language.entry(cell.language).or_default() += once(CountGroup::Language, cell.language, 0);
                *self.completions_by_editor.entry(cell.ide).or_default() += once(CountGroup::Editor, cell.ide, 0);
                let sum = self.completions.entry((cell.ide, cell.language)).or_default();
                sum.people += once(CountGroup::EditorLanguage, cell.ide, cell.language);
                sum.suggestions += generated;
                sum.acceptances += accepted;
                sum.lines_suggested += suggested;
                sum.lines_accepted += kept;
            } else if cell.feature.is_chat() {
                self.chat_people += once(CountGroup::Chat, 0, 0);
                *self.chat_by_editor.entry(cell.ide).or_default() += once(CountGroup::ChatEditor, cell.ide, 0);
                let sum = self.chats.entry((cell.ide, cell.model)).or_default();
                sum.people += once(CountGroup::ChatModel, cell.ide, cell.model);
                sum.chats += asked;
                sum.insertions += accepted;
                sum.copies += generated / 3;
            }
        }
        self.active += u64::from(day.bits & activity_bit::ANYTHING != 0);
        self.engaged += u64::from(!seen.is_empty() || day.dotcom_chats > 0 || day.summaries.is_some());
        self.dotcom_people += u64::from(day.dotcom_chats > 0);
        self.dotcom_chats += day.dotcom_chats;
        if let Some((count, repository)) = day.summaries {
            self.summary_people += 1;
            let sum = self.summaries.entry(repository).or_default();
            *sum = (sum.0 + 1, sum.1 + count);
        }
    }
}

/// Group in which people are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CountGroup {
    Completions,
    Language,
    Editor,
    EditorLanguage,
    Chat,
    ChatEditor,
    ChatModel,
}
