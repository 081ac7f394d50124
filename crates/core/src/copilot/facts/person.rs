//! What day facts need of one row of `users-1-day`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::activity;
use super::super::json::Json;
use super::versions;
use crate::facts::Completions;

/// The feature of suggestions in the editor.
const COMPLETION: &str = "code_completion";

/// The older name of a flag, and the newer. Rows of one period have either, or both with the same value.
const RENAMED: (&str, &str) = ("used_copilot_coding_agent", "used_copilot_cloud_agent");

/// A person's day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PersonDay {
    pub(super) is_active: bool,
    pub(super) has_breakdown: bool,
    pub(super) flags: BTreeSet<String>,
    /// The number of the phase.
    pub(super) phase: Option<i64>,
    /// Editors, and whether their versions report lines.
    pub(super) editors: BTreeMap<String, Option<bool>>,
    pub(super) completions: Completions,
    pub(super) credits: Option<f64>,
}

impl PersonDay {
    pub(super) fn of(row: &Json<'_>) -> Self {
        let mut day = Self { is_active: activity::is_active(row), ..Self::default() };
        let Json::Object(fields) = row else { return day };
        for (name, value) in fields {
            match value {
                Json::Bool(true) if name.starts_with("used_") => {
                    let name = if name == RENAMED.0 { RENAMED.1 } else { name };
                    day.flags.insert(name.to_owned());
                }
                Json::List(entries) if name.starts_with("totals_by_") => {
                    day.has_breakdown |= !entries.is_empty();
                    match name.as_ref() {
                        "totals_by_ide" => entries.iter().for_each(|entry| day.editor(entry)),
                        "totals_by_feature" => entries.iter().for_each(|entry| day.feature(entry)),
                        _ => {}
                    }
                }
                Json::Object(_) if name.starts_with("totals_by_") => day.has_breakdown = true,
                Json::Object(_) if name == "ai_adoption_phase" => {
                    day.phase = value.get("phase_number").and_then(Json::integer);
                }
                Json::Integer(number) if name == "ai_credits_used" => day.credits = Some(*number as f64),
                Json::Decimal(number) if name == "ai_credits_used" => day.credits = Some(*number),
                _ => {}
            }
        }
        day
    }

    fn editor(&mut self, entry: &Json<'_>) {
        let Some(name) = entry.get("ide").and_then(Json::text) else { return };
        let version = |object: &str, field: &str| entry.get(object).and_then(|object| object.get(field)).and_then(Json::text);
        let reports = versions::reports_lines(
            name,
            version("last_known_ide_version", "ide_version"),
            version("last_known_plugin_version", "plugin_version"),
        );
        let known = self.editors.entry(name.to_owned()).or_default();
        *known = better(*known, reports);
    }

    fn feature(&mut self, entry: &Json<'_>) {
        if entry.get("feature").and_then(Json::text) != Some(COMPLETION) {
            return;
        }
        let count = |name: &str| entry.get(name).and_then(Json::integer).map_or(0, |count| count.max(0).unsigned_abs());
        let Completions { shown, accepted } = &mut self.completions;
        *shown = shown.saturating_add(count("code_generation_activity_count"));
        *accepted = accepted.saturating_add(count("code_acceptance_activity_count"));
    }

    /// Merges a second row of the same person: each counter gets the larger value, as in the team join, and what one of both shows
    /// holds.
    pub(super) fn merge(&mut self, other: Self) {
        self.is_active |= other.is_active;
        self.has_breakdown |= other.has_breakdown;
        self.flags.extend(other.flags);
        self.phase = self.phase.max(other.phase);
        for (editor, reports) in other.editors {
            let known = self.editors.entry(editor).or_default();
            *known = better(*known, reports);
        }
        self.completions.shown = self.completions.shown.max(other.completions.shown);
        self.completions.accepted = self.completions.accepted.max(other.completions.accepted);
        self.credits = match (self.credits, other.credits) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
    }
}

/// What is known of two samples of versions of one editor: the better one.
fn better(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one || other),
        (one, other) => one.or(other),
    }
}
