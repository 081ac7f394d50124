//! Sums over the activity of all people on a day, for the day of an organization or the enterprise.

use super::super::activity::{NONE, Sessions, UserDay, activity_bit};
use super::super::dimension::{CUSTOMIZATIONS, FEATURES, IDES, LANGUAGES, MODELS, Metrics, PHASES, THIRD_PARTY_AGENTS, add};

/// Counts by two dimensions.
type Table<const ROWS: usize, const COLUMNS: usize> = [[Metrics; COLUMNS]; ROWS];

/// Sums of the people of one adoption phase.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PhaseSum {
    pub(super) engaged: u64,
    pub(super) totals: Metrics,
}

/// Sums of one day.
#[derive(Clone, Debug, Default)]
pub(super) struct DaySum {
    pub(super) totals: Metrics,
    pub(super) ides: [Metrics; IDES.len()],
    pub(super) features: [Metrics; FEATURES.len()],
    pub(super) language_features: Table<{ LANGUAGES.len() }, { FEATURES.len() }>,
    pub(super) language_models: Table<{ LANGUAGES.len() }, { MODELS.len() }>,
    pub(super) model_features: Table<{ MODELS.len() }, { FEATURES.len() }>,
    pub(super) cli: Option<Sessions>,
    pub(super) app: Option<Sessions>,
    pub(super) vscode_agent: Option<(u64, u64)>,
    pub(super) third_party: [u64; THIRD_PARTY_AGENTS.len()],
    pub(super) customizations: Option<[[u64; 8]; CUSTOMIZATIONS.len()]>,
    pub(super) phases: [PhaseSum; PHASES.len()],
}

impl DaySum {
    /// Adds the day of a person.
    pub(super) fn add(&mut self, day: &UserDay) {
        let phase = &mut self.phases[day.phase as usize];
        phase.engaged += u64::from(day.bits & activity_bit::ANYTHING != 0);
        for cell in &day.cells {
            let (feature, language) = (cell.feature as usize, cell.language as usize);
            add(&mut self.totals, &cell.metrics);
            add(&mut phase.totals, &cell.metrics);
            add(&mut self.features[feature], &cell.metrics);
            add(&mut self.language_features[language][feature], &cell.metrics);
            if cell.ide != NONE {
                add(&mut self.ides[cell.ide as usize], &cell.metrics);
            }
            if cell.model != NONE {
                add(&mut self.language_models[language][cell.model as usize], &cell.metrics);
                add(&mut self.model_features[cell.model as usize][feature], &cell.metrics);
            }
        }
        add_sessions(&mut self.cli, day.cli);
        add_sessions(&mut self.app, day.app);
        if let Some((sessions, messages)) = day.vscode_agent {
            let sum = self.vscode_agent.get_or_insert_default();
            *sum = (sum.0 + sessions, sum.1 + messages);
        }
        if let Some((agent, jobs)) = day.third_party {
            self.third_party[agent as usize] += jobs;
        }
        if let Some(uses) = &day.customizations {
            let sum = self.customizations.get_or_insert_default();
            for (sum, count) in sum.iter_mut().flatten().zip(uses.iter().flatten()) {
                *sum += u64::from(*count);
            }
        }
    }
}

fn add_sessions(sum: &mut Option<Sessions>, more: Option<Sessions>) {
    let Some(Sessions { sessions, requests, prompts, output_tokens, prompt_tokens }) = more else { return };
    let sum = sum.get_or_insert_default();
    sum.sessions += sessions;
    sum.requests += requests;
    sum.prompts += prompts;
    sum.output_tokens += output_tokens;
    sum.prompt_tokens += prompt_tokens;
}
