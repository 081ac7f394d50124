//! Parts that several pages show.
//!
//! | subject | file |
//! | --- | --- |
//! | times, counts, marks of states | here |
//! | addresses of things of the catalog | [`address`] |
//! | a page of the changes of a run or a plan | [`change_list`] |
//! | fields that changed | [`changes`] |
//! | a figure beside the days before | [`comparison`] |
//! | fields of reports that came or went | [`drift`] |
//! | scopes whose newest day is old | [`freshness`] |
//! | expressions of an entity, and why a property is null | [`explanation`] |
//! | scopes of the history | [`scopes`] |
//! | slices, their reasons and remedies | [`slices`] |
//! | a series as small bars | [`spark`] |
//! | withheld deletions, and what would release them | [`withheld`] |
//! | what is other than the day before | [`yesterday`] |

pub(super) mod address;
pub(super) mod change_list;
pub(super) mod changes;
pub(super) mod comparison;
pub(super) mod drift;
pub(super) mod explanation;
pub(super) mod freshness;
pub(super) mod scopes;
pub(super) mod slices;
pub(super) mod spark;
pub(super) mod withheld;
pub(super) mod yesterday;

use std::time::Duration;

use jiff::Timestamp;
use maud::{Markup, html};

use crate::render::number;
use crate::runs::RunState;

/// A moment in UTC, to the minute.
pub(super) fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) { (at.strftime("%Y-%m-%d %H:%M")) " UTC" } }
}

/// A duration in seconds.
pub(super) fn seconds(seconds: f64) -> String {
    Duration::try_from_secs_f64(seconds).map(number::duration).unwrap_or_default()
}

/// A count, or a dash for zero.
pub(super) fn count(count: u64) -> Markup {
    html! { @if count == 0 { span.zero { "0" } } @else { (number::count(count)) } }
}

/// A sign for a state, by shape as well as by colour, and its word.
pub(super) fn mark(state: &str) -> Markup {
    html! { span.mark data-state=(state) { span aria-hidden="true" { (sign(state)) } " " (words(state)) } }
}

/// The sign alone, with its word for screen readers.
pub(super) fn sign_of(state: &str) -> Markup {
    html! { span.mark data-state=(state) title=(words(state)) { span aria-hidden="true" { (sign(state)) } span.unseen { (words(state)) } } }
}

/// The sign of a state of a run, a slice, or a change.
pub(super) fn sign(state: &str) -> &'static str {
    match state {
        "complete" | "completed" => "■",
        "empty" => "□",
        "not-ready" => "◇",
        "suppressed" => "▒",
        "unconfirmed" => "◆",
        "forbidden" => "▲",
        "failed" => "✕",
        "partial" => "◐",
        "aborted" => "◌",
        "running" => "►",
        "not-held" => "·",
        "create" => "+",
        "update" | "send" => "~",
        "delete" => "−",
        "withheld" => "!",
        _ => "?",
    }
}

/// The word of a state.
pub(super) fn words(state: &str) -> &str {
    match state {
        "not-ready" => "not ready",
        "not-held" => "not held",
        "aborted" => "stopped",
        other => other,
    }
}

/// How a run ended, as one sentence.
pub(super) fn run_sentence(state: RunState) -> &'static str {
    match state {
        RunState::Completed => "Everything was read, mapped and written",
        RunState::Partial => "A part could not be read, mapped or written",
        RunState::Failed => "The run could not go on",
        RunState::Aborted => "The run was stopped",
    }
}

/// A share of a whole as a bar of ten steps, for style sheets without inline styles.
pub(super) fn bar(part: u64, whole: u64) -> Markup {
    html! { progress max=(whole.max(1)) value=(part.min(whole)) { (number::count(part)) " of " (number::count(whole)) } }
}

/// A time of the API to the minute.
pub(super) fn updated(at: &str) -> Markup {
    let shown = at.get(..16).map(|minute| minute.replace('T', " "));
    html! { time datetime=(at) { (shown.as_deref().unwrap_or(at)) } }
}

/// Facts: a word and what it is, side by side.
pub(super) fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, Markup)>) -> Markup {
    html! { dl.facts { @for (word, fact) in facts { div { dt { (word) } dd { (fact) } } } } }
}
