//! One line of a users report: the activity of one person on one day.

use super::super::activity::{ActivityCell, NONE, Sessions, UserDay, activity_bit};
use super::super::calendar::{CalendarDay, since};
use super::super::dimension::{
    CLI_VERSIONS, CUSTOMIZATIONS, FEATURES, IDES, LANGUAGES, MODELS, Metrics, PHASES, THIRD_PARTY_AGENTS, add,
};
use super::super::world::PersonKey;
use super::text::{self, Text, close, count, flag, hundredths, number, raw, word};
use super::{Scope, Span};

/// Text that all lines of a day share, written once.
pub(super) struct Heading {
    before: Text,
    /// The day in quotes, and open for date-times that begin with it.
    day: String,
    number: i32,
}

impl Heading {
    pub(super) fn new(scope: &Scope, span: Span, day: CalendarDay) -> Self {
        let mut before = Text::new();
        raw(&mut before, "{");
        if let Span::Latest { first, last } = span {
            word(&mut before, "report_start_day", &first.to_string());
            word(&mut before, "report_end_day", &last.to_string());
        }
        word(&mut before, "day", &day.day.to_string());
        scope.identifiers(&mut before);
        raw(&mut before, "\"user_id\":");
        Self { before, day: day.day.to_string(), number: day.number }
    }
}

/// Appends the line, with its LF. `groups` is a reused buffer.
pub(super) fn write(out: &mut Text, heading: &Heading, person: PersonKey, login: &str, day: &UserDay, groups: &mut Groups) {
    out.extend_from_slice(&heading.before);
    number(out, person.id());
    out.push(b',');
    word(out, "user_login", login);
    if heading.number >= since::AI_CREDITS {
        raw(out, "\"ai_credits_used\":");
        hundredths(out, day.credits_hundredths);
        out.push(b',');
    }
    text::metrics(out, &day.totals());
    used(out, heading, day);
    breakdowns(out, heading, &day.cells, groups);
    if let Some(sessions) = day.cli {
        raw(out, "\"totals_by_cli\":");
        self::sessions(out, sessions);
        out.pop();
        raw(out, ",\"last_known_cli_version\":{");
        word(out, "cli_version", CLI_VERSIONS[day.cli_version as usize]);
        sampled(out, heading);
        raw(out, "}},");
    }
    if let Some(sessions) = day.app {
        raw(out, "\"totals_by_copilot_app\":");
        self::sessions(out, sessions);
        out.push(b',');
    }
    if let Some((agent, jobs)) = day.third_party {
        let (name, id) = THIRD_PARTY_AGENTS[agent as usize];
        raw(out, "\"totals_by_3rd_party_agent\":[{");
        word(out, "agent_name", name);
        word(out, "agent_id", id);
        count(out, "user_initiated_interaction_count", jobs);
        close(out, "}],");
    }
    if let Some((sessions, messages)) = day.vscode_agent {
        raw(out, "\"totals_by_vscode_agent\":{");
        count(out, "session_count", sessions);
        count(out, "total_user_messages", messages);
        close(out, "},");
    }
    if let Some(uses) = &day.customizations {
        customizations(out, uses);
    }
    close(out, "}\n");
}

fn used(out: &mut Text, heading: &Heading, day: &UserDay) {
    let is = |bit| day.bits & bit != 0;
    flag(out, "used_agent", is(activity_bit::AGENT));
    flag(out, "used_chat", is(activity_bit::CHAT));
    flag(out, "used_cli", is(activity_bit::CLI));
    flag(out, "used_copilot_app", is(activity_bit::APP));
    // The first of the two is the older name of the second.
    flag(out, "used_copilot_coding_agent", is(activity_bit::CLOUD_AGENT));
    flag(out, "used_copilot_cloud_agent", is(activity_bit::CLOUD_AGENT));
    if is(activity_bit::ANYTHING) {
        flag(out, "used_copilot_code_review_active", is(activity_bit::REVIEW_ACTIVE));
        flag(out, "used_copilot_code_review_passive", is(activity_bit::REVIEW_PASSIVE));
    } else {
        raw(out, "\"used_copilot_code_review_active\":null,\"used_copilot_code_review_passive\":null,");
    }
    if heading.number >= since::VSCODE_AGENT {
        flag(out, "used_vscode_agent", is(activity_bit::VSCODE_AGENT));
    }
    raw(out, "\"ai_adoption_phase\":{");
    count(out, "phase_number", u64::from(day.phase));
    word(out, "phase", PHASES[day.phase as usize]);
    raw(out, "\"version\":\"v1\"},");
}

/// Buffer for sums of cells by a key of two bytes, in the order of first occurrence.
#[derive(Default)]
pub(super) struct Groups(Vec<(u16, Metrics)>);

impl Groups {
    fn by(&mut self, cells: &[ActivityCell], key: impl Fn(&ActivityCell) -> Option<(u8, u8)>) -> &[(u16, Metrics)] {
        self.0.clear();
        for cell in cells {
            let Some((first, second)) = key(cell) else { continue };
            let key = u16::from(first) << 8 | u16::from(second);
            match self.0.iter_mut().find(|(other, _)| *other == key) {
                Some((_, sum)) => add(sum, &cell.metrics),
                None => self.0.push((key, cell.metrics)),
            }
        }
        &self.0
    }
}

fn breakdowns(out: &mut Text, heading: &Heading, cells: &[ActivityCell], groups: &mut Groups) {
    raw(out, "\"totals_by_ide\":[");
    for (key, sum) in groups.by(cells, |cell| (cell.ide != NONE).then_some((0, cell.ide))) {
        let ide = &IDES[*key as usize];
        raw(out, "{");
        word(out, "ide", ide.name);
        text::metrics(out, sum);
        raw(out, "\"last_known_ide_version\":{");
        word(out, "ide_version", ide.version);
        sampled(out, heading);
        raw(out, "},\"last_known_plugin_version\":{");
        word(out, "plugin", ide.plugin);
        word(out, "plugin_version", ide.plugin_version);
        sampled(out, heading);
        raw(out, "}},");
    }
    close(out, "],\"totals_by_feature\":[");
    for (key, sum) in groups.by(cells, |cell| Some((0, cell.feature as u8))) {
        raw(out, "{");
        word(out, "feature", FEATURES[*key as usize]);
        text::metrics(out, sum);
        close(out, "},");
    }
    close(out, "],\"totals_by_language_feature\":[");
    for (key, sum) in groups.by(cells, |cell| Some((cell.language, cell.feature as u8))) {
        raw(out, "{");
        word(out, "language", LANGUAGES[(key >> 8) as usize].0);
        word(out, "feature", FEATURES[(key & 0xff) as usize]);
        text::metrics_without_interactions(out, sum);
        close(out, "},");
    }
    close(out, "],\"totals_by_language_model\":[");
    for (key, sum) in groups.by(cells, |cell| (cell.model != NONE).then_some((cell.language, cell.model))) {
        raw(out, "{");
        word(out, "language", LANGUAGES[(key >> 8) as usize].0);
        word(out, "model", MODELS[(key & 0xff) as usize].0);
        text::metrics_without_interactions(out, sum);
        close(out, "},");
    }
    close(out, "],\"totals_by_model_feature\":[");
    for (key, sum) in groups.by(cells, |cell| (cell.model != NONE).then_some((cell.model, cell.feature as u8))) {
        raw(out, "{");
        word(out, "model", MODELS[(key >> 8) as usize].0);
        word(out, "feature", FEATURES[(key & 0xff) as usize]);
        text::metrics(out, sum);
        close(out, "},");
    }
    close(out, "],");
}

fn sampled(out: &mut Text, heading: &Heading) {
    raw(out, "\"sampled_at\":\"");
    raw(out, &heading.day);
    raw(out, "T15:04:05.000Z\"");
}

/// Appends the object of sessions, closed and without a comma.
pub(super) fn sessions(out: &mut Text, sessions: Sessions) {
    raw(out, "{");
    count(out, "session_count", sessions.sessions);
    count(out, "request_count", sessions.requests);
    count(out, "prompt_count", sessions.prompts);
    raw(out, "\"token_usage\":{");
    count(out, "output_tokens_sum", sessions.output_tokens);
    count(out, "prompt_tokens_sum", sessions.prompt_tokens);
    raw(out, "\"avg_tokens_per_request\":");
    match ((sessions.output_tokens + sessions.prompt_tokens) * 100).checked_div(sessions.requests) {
        Some(average) => hundredths(out, average),
        None => raw(out, "null"),
    }
    raw(out, "}}");
}

fn customizations(out: &mut Text, uses: &[[u8; 8]; 5]) {
    for ((what, _), uses) in CUSTOMIZATIONS.iter().zip(uses) {
        raw(out, "\"distinct_");
        raw(out, what);
        raw(out, "_use_count\":");
        number(out, uses.iter().filter(|count| **count > 0).count() as u64);
        out.push(b',');
    }
    for ((what, names), uses) in CUSTOMIZATIONS.iter().zip(uses) {
        raw(out, "\"totals_by_");
        raw(out, what);
        raw(out, "\":[");
        let masked: u64 = uses[3..].iter().map(|count| u64::from(*count)).sum();
        let named = uses[..3].iter().map(|count| u64::from(*count));
        for (name, count) in names.iter().zip(named.chain([masked])) {
            if count > 0 {
                raw(out, "{");
                word(out, what, name);
                text::count(out, "interaction_count", count);
                close(out, "},");
            }
        }
        close(out, "],");
    }
}
