//! Writer of the day of an organization or the enterprise.

use super::super::activity::activity_bit;
use super::super::calendar::{CalendarDay, since};
use super::super::dimension::{CUSTOMIZATIONS, FEATURES, IDES, LANGUAGES, MODELS, Metrics, PHASES, THIRD_PARTY_AGENTS};
use super::day_sum::{DaySum, PhaseSum};
use super::repository::PullRequests;
use super::repository_row;
use super::text::{self, Text, close, count, hundredths, raw, word};
use super::user_row;
use super::window::ActivityWindow;
use super::{Scope, WINDOW_DAYS};

/// Data of the day's object.
pub(super) struct DayData<'a> {
    pub(super) scope: &'a Scope,
    pub(super) day: CalendarDay,
    pub(super) sum: &'a DaySum,
    pub(super) window: &'a ActivityWindow,
    /// People of each phase who were active within 28 days.
    pub(super) in_phase: [u64; PHASES.len()],
    pub(super) pull_requests: PullRequests,
}

/// Appends the object, without a comma or an end of line.
pub(super) fn write(out: &mut Text, data: &DayData<'_>) {
    let DayData { scope, day, sum, window, .. } = data;
    raw(out, "{");
    word(out, "day", &day.day.to_string());
    scope.identifiers(out);
    people(out, window, *day);
    text::metrics(out, &sum.totals);
    if let Some(uses) = &sum.customizations {
        customizations(out, uses);
    }
    breakdowns(out, sum);
    for (key, sessions) in [("totals_by_cli", sum.cli), ("totals_by_copilot_app", sum.app)] {
        if let Some(sessions) = sessions {
            raw(out, "\"");
            raw(out, key);
            raw(out, "\":");
            user_row::sessions(out, sessions);
            out.push(b',');
        }
    }
    raw(out, "\"totals_by_3rd_party_agent\":[");
    for ((name, id), jobs) in THIRD_PARTY_AGENTS.iter().zip(sum.third_party).filter(|(_, jobs)| *jobs > 0) {
        raw(out, "{");
        word(out, "agent_name", name);
        word(out, "agent_id", id);
        count(out, "user_initiated_interaction_count", jobs);
        count(out, "session_count", jobs);
        close(out, "},");
    }
    close(out, "],");
    if let Some((sessions, messages)) = sum.vscode_agent {
        raw(out, "\"totals_by_vscode_agent\":{");
        count(out, "session_count", sessions);
        count(out, "total_user_messages", messages);
        close(out, "},");
    }
    phases(out, data);
    raw(out, "\"pull_requests\":");
    repository_row::pull_requests(out, &data.pull_requests);
    raw(out, "}");
}

fn people(out: &mut Text, window: &ActivityWindow, day: CalendarDay) {
    const PERIODS: [(&str, u32); 3] = [("daily", 1), ("weekly", 7), ("monthly", WINDOW_DAYS as u32)];
    for (period, days) in PERIODS {
        count(out, &format!("{period}_active_users"), window.distinct(activity_bit::ANYTHING, days));
    }
    count(out, "monthly_active_chat_users", window.distinct(activity_bit::CHAT, WINDOW_DAYS as u32));
    count(out, "monthly_active_agent_users", window.distinct(activity_bit::AGENT, WINDOW_DAYS as u32));
    for (what, bit) in [
        ("active_copilot_cloud_agent", activity_bit::CLOUD_AGENT),
        ("active_copilot_code_review", activity_bit::REVIEW_ACTIVE),
        ("passive_copilot_code_review", activity_bit::REVIEW_PASSIVE),
    ] {
        for (period, days) in PERIODS {
            count(out, &format!("{period}_{what}_users"), window.distinct(bit, days));
        }
    }
    // GitHub omits the first when it is zero, and writes null for the second.
    let cli = window.distinct(activity_bit::CLI, 1);
    if cli > 0 {
        count(out, "daily_active_cli_users", cli);
    }
    match window.distinct(activity_bit::APP, 1) {
        0 => raw(out, "\"daily_active_copilot_app_users\":null,"),
        users => count(out, "daily_active_copilot_app_users", users),
    }
    if day.number >= since::VSCODE_AGENT {
        // Unlike the others, these count from Sunday and from the first of the month.
        let periods = [("daily", 1), ("weekly", day.day_of_week_from_sunday()), ("monthly", day.day_of_month())];
        for (period, days) in periods {
            count(out, &format!("{period}_active_vscode_agent_users"), window.distinct(activity_bit::VSCODE_AGENT, days));
        }
    }
}

fn customizations(out: &mut Text, uses: &[[u64; 8]; CUSTOMIZATIONS.len()]) {
    for ((what, _), uses) in CUSTOMIZATIONS.iter().zip(uses) {
        count(out, &format!("distinct_{what}_use_count"), uses.iter().filter(|count| **count > 0).count() as u64);
    }
    for ((what, names), uses) in CUSTOMIZATIONS.iter().zip(uses) {
        raw(out, &format!("\"totals_by_{what}\":["));
        let masked: u64 = uses[3..].iter().sum();
        for (name, uses) in names.iter().zip(uses[..3].iter().copied().chain([masked])).filter(|(_, uses)| *uses > 0) {
            raw(out, "{");
            word(out, what, name);
            count(out, "interaction_count", uses);
            close(out, "},");
        }
        close(out, "],");
    }
}

fn breakdowns(out: &mut Text, sum: &DaySum) {
    let is_used = |metrics: &Metrics| metrics.iter().any(|count| *count > 0);
    raw(out, "\"totals_by_ide\":[");
    for (ide, metrics) in IDES.iter().zip(&sum.ides).filter(|(_, metrics)| is_used(metrics)) {
        raw(out, "{");
        word(out, "ide", ide.name);
        text::metrics(out, metrics);
        close(out, "},");
    }
    close(out, "],\"totals_by_feature\":[");
    for (feature, metrics) in FEATURES.iter().zip(&sum.features).filter(|(_, metrics)| is_used(metrics)) {
        raw(out, "{");
        word(out, "feature", feature);
        text::metrics(out, metrics);
        close(out, "},");
    }
    close(out, "],\"totals_by_language_feature\":[");
    for ((language, _), features) in LANGUAGES.iter().zip(&sum.language_features) {
        for (feature, metrics) in FEATURES.iter().zip(features).filter(|(_, metrics)| is_used(metrics)) {
            raw(out, "{");
            word(out, "language", language);
            word(out, "feature", feature);
            text::metrics_without_interactions(out, metrics);
            close(out, "},");
        }
    }
    close(out, "],\"totals_by_language_model\":[");
    for ((language, _), models) in LANGUAGES.iter().zip(&sum.language_models) {
        for ((model, _), metrics) in MODELS.iter().zip(models).filter(|(_, metrics)| is_used(metrics)) {
            raw(out, "{");
            word(out, "language", language);
            word(out, "model", model);
            text::metrics_without_interactions(out, metrics);
            close(out, "},");
        }
    }
    close(out, "],\"totals_by_model_feature\":[");
    for ((model, _), features) in MODELS.iter().zip(&sum.model_features) {
        for (feature, metrics) in FEATURES.iter().zip(features).filter(|(_, metrics)| is_used(metrics)) {
            raw(out, "{");
            word(out, "model", model);
            word(out, "feature", feature);
            text::metrics(out, metrics);
            close(out, "},");
        }
    }
    close(out, "],");
}

fn phases(out: &mut Text, data: &DayData<'_>) {
    let engaged: u64 = data.sum.phases.iter().map(|phase| phase.engaged).sum();
    raw(out, "\"totals_by_ai_adoption_phase\":[");
    for (number, (phase, in_phase)) in data.sum.phases.iter().zip(data.in_phase).enumerate() {
        if phase.engaged == 0 && in_phase == 0 {
            continue;
        }
        raw(out, "{");
        word(out, "phase", PHASES[number]);
        count(out, "phase_number", number as u64);
        count(out, "total_engaged_users", phase.engaged);
        count(out, "users_in_phase_28d", in_phase);
        let average = |out: &mut Text, key: &str, total: u64, people: u64| {
            raw(out, &format!("\"{key}\":"));
            hundredths(out, (total * 100).checked_div(people).unwrap_or(0));
            out.push(b',');
        };
        let PhaseSum { engaged: people, totals } = *phase;
        for (key, total) in [
            ("avg_user_initiated_interactions", totals[0]),
            ("avg_code_generation_activities", totals[1]),
            ("avg_code_acceptance_activities", totals[2]),
            ("avg_loc_added", totals[5]),
            ("avg_loc_deleted", totals[6]),
        ] {
            average(out, key, total, people);
        }
        // The authors of pull requests are not known here; each phase gets a share by its number of people.
        let pull_requests = &data.pull_requests;
        average(out, "avg_pull_requests_reviewed", pull_requests.reviewed, engaged);
        average(out, "avg_pull_requests_created", pull_requests.created, engaged);
        average(out, "avg_pull_requests_merged", pull_requests.merged(), engaged);
        let merged = (pull_requests.merged() * people).checked_div(engaged).unwrap_or(0);
        count(out, "total_pull_requests_merged", merged);
        let minutes = pull_requests.median_minutes_to_merge().unwrap_or(0);
        for (key, hundred_times) in [
            ("avg_pull_requests_median_minutes_to_merge", minutes),
            ("avg_pull_requests_minutes_to_review", minutes / 4),
            ("avg_pull_requests_review_cycles", 120 + 10 * number as u64),
        ] {
            raw(out, &format!("\"{key}\":"));
            hundredths(out, hundred_times);
            out.push(b',');
        }
        close(out, "},");
    }
    close(out, "],");
}
