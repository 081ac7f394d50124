//! Slices: how many ended how, and those that did not end well with reason and remedy.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{count, mark};
use crate::render::code::with_code;
use crate::render::number::counted;
use crate::runs::KeptSlice;

/// States in the order in which they are shown, worst first.
pub(crate) const STATES: [&str; 7] = ["failed", "forbidden", "unconfirmed", "suppressed", "not-ready", "empty", "complete"];

/// Troubled groups that are listed; the rest is counted.
const GROUPS_AT_MOST: usize = 100;

/// Scopes of a group that are named.
const SCOPES_AT_MOST: usize = 8;

/// Whether a slice needs a look: it is none of the normal ends, or lost items.
pub(crate) fn is_troubled(slice: &KeptSlice) -> bool {
    slice.rejected > 0 || matches!(slice.state.as_str(), "failed" | "forbidden" | "unconfirmed")
}

/// Slices by kind and state, in a table.
pub(crate) fn counts(slices: &[KeptSlice]) -> Markup {
    let mut kinds: Vec<(&str, BTreeMap<&str, u64>)> = Vec::new();
    for slice in slices {
        let place = kinds.iter().position(|(kind, _)| *kind == slice.kind).unwrap_or_else(|| {
            kinds.push((&slice.kind, BTreeMap::new()));
            kinds.len() - 1
        });
        *kinds[place].1.entry(&slice.state).or_default() += 1;
    }
    let shown: Vec<&str> = STATES.into_iter().rev().filter(|state| slices.iter().any(|slice| slice.state == *state)).collect();
    html! {
        div.scroll tabindex="0" role="region" aria-label="Slices by kind" {
            table {
                caption { "Slices: each is one kind, read for one scope or one of its days" }
                thead { tr { th scope="col" { "Kind" } @for state in &shown { th.number scope="col" { (mark(state)) } } } }
                tbody {
                    @for (kind, states) in &kinds {
                        tr { th scope="row" { code { (kind) } } @for state in &shown { td.number { (count(states.get(state).copied().unwrap_or(0))) } } }
                    }
                }
            }
        }
    }
}

/// One group of slices that ended alike.
struct Group<'a> {
    kind: &'a str,
    state: &'a str,
    reason: &'a str,
    remedy: &'a str,
    places: Vec<String>,
    rejected: u64,
}

/// Slices that did not end as complete or empty, those of one kind and reason together.
pub(crate) fn troubles<'a>(slices: impl IntoIterator<Item = &'a KeptSlice>) -> Markup {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for slice in slices {
        let reason = slice.reason.as_deref().unwrap_or_default();
        let remedy = slice.remedy.as_deref().unwrap_or_default();
        let is_same = |group: &&mut Group<'_>| {
            group.kind == slice.kind && group.state == slice.state && group.reason == reason && group.remedy == remedy
        };
        let place = match &slice.day {
            Some(day) => format!("{} on {day}", slice.scope),
            None => slice.scope.clone(),
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => {
                group.places.push(place);
                group.rejected += slice.rejected;
            }
            None => groups.push(Group {
                kind: &slice.kind,
                state: &slice.state,
                reason,
                remedy,
                places: vec![place],
                rejected: slice.rejected,
            }),
        }
    }
    groups.sort_by_key(|group| STATES.iter().position(|state| *state == group.state));
    let unlisted = groups.len().saturating_sub(GROUPS_AT_MOST);
    html! {
        @if !groups.is_empty() {
            ul.troubles {
                @for group in groups.iter().take(GROUPS_AT_MOST) { li data-state=(group.state) { (shown(group)) } }
            }
        }
        @if unlisted > 0 { p { "and " (counted(unlisted as u64, "other reason", "other reasons")) } }
    }
}

fn shown(group: &Group<'_>) -> Markup {
    let named: Vec<&str> =
        group.places.iter().filter(|place| !place.is_empty()).take(SCOPES_AT_MOST).map(String::as_str).collect();
    let more = group.places.len().saturating_sub(SCOPES_AT_MOST);
    html! {
        p {
            (mark(group.state)) " " code { (group.kind) }
            @if !named.is_empty() { " of " strong { (named.join(", ")) } }
            @if more > 0 { " and " (more) " more" }
        }
        @if !group.reason.is_empty() { p.reason { (with_code(group.reason)) } }
        @if group.rejected > 0 { p.reason { (counted(group.rejected, "item", "items")) " could not be read or mapped" } }
        @if !group.remedy.is_empty() { p.remedy { strong { "What to do: " } (with_code(group.remedy)) } }
    }
}
