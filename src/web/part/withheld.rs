//! Deletions that were not made, by reason, with what would release them.

use maud::{Markup, html};

use super::bar;
use crate::reconcile::deletion::WithheldReason;
use crate::render::number::{count, counted};
use crate::runs::{KeptBlueprintDeletion, KeptDeletion};

/// Withheld deletions of one blueprint.
struct Withheld<'a> {
    blueprint: &'a str,
    entities: u64,
    /// None: a newer version wrote it in a way that this one does not know.
    reason: Option<WithheldReason>,
}

fn of(deletion: &KeptBlueprintDeletion) -> Option<Withheld<'_>> {
    let reason = deletion.reason.as_ref()?;
    let entities = deletion.candidates.saturating_sub(deletion.deleted);
    let reason = serde_json::from_value(reason.clone()).ok();
    (entities > 0).then_some(Withheld { blueprint: &deletion.blueprint, entities, reason })
}

/// Entities whose deletion was withheld.
pub(crate) fn total(deletion: &KeptDeletion) -> u64 {
    deletion.blueprints.iter().filter_map(of).map(|withheld| withheld.entities).sum()
}

/// All groups of one run. Nothing when nothing was withheld.
pub(crate) fn groups(deletion: &KeptDeletion) -> Markup {
    let mut groups: Vec<(String, Option<WithheldReason>, Vec<Withheld<'_>>)> = Vec::new();
    for withheld in deletion.blueprints.iter().filter_map(of) {
        let sentence =
            withheld.reason.as_ref().map_or_else(|| "a reason that this version does not know".to_owned(), ToString::to_string);
        match groups.iter_mut().find(|(other, ..)| *other == sentence) {
            Some((.., group)) => group.push(withheld),
            None => groups.push((sentence, withheld.reason.clone(), vec![withheld])),
        }
    }
    html! {
        @if !groups.is_empty() {
            ul.troubles {
                @for (sentence, reason, group) in &groups {
                    li data-state="withheld" {
                        p {
                            span.mark data-state="withheld" { span aria-hidden="true" { "!" } }
                            " " strong { (counted(group.iter().map(|withheld| withheld.entities).sum(), "entity", "entities")) } " kept: " (sentence)
                        }
                        @if let Some(WithheldReason::Threshold { deleted, owned, threshold }) = reason { (share(*deleted, *owned, *threshold)) }
                        p.reason {
                            @for (number, withheld) in group.iter().enumerate() {
                                @if number > 0 { ", " }
                                code { (withheld.blueprint) } " " (count(withheld.entities))
                            }
                        }
                        @if let Some(reason) = reason { p.remedy { strong { "What would release them: " } (release(reason)) } }
                    }
                }
            }
        }
    }
}

/// The share that would have been deleted, beside the one that is allowed.
fn share(deleted: u64, owned: u64, threshold: f64) -> Markup {
    let allowed = (threshold * owned as f64).floor() as u64;
    html! {
        p.share { span { "would be deleted" } (bar(deleted, owned)) span { (count(deleted)) " of " (count(owned)) } }
        p.share { span { "allowed at once" } (bar(allowed, owned)) span { (count(allowed)) } }
    }
}

/// What somebody can do so that they go, if they are to go.
fn release(reason: &WithheldReason) -> String {
    match reason {
        WithheldReason::Unproven { because } => {
            let slices = counted(because.count as u64, "slice", "slices");
            format!("a resync that reads the {slices} completely. Mend what is named above; what is really gone is deleted then")
        }
        WithheldReason::Protected { .. } => "`enableDelete: true` for that resource of the mapping".to_owned(),
        WithheldReason::Threshold { threshold, .. } if *threshold == 0.0 => {
            "an `entityDeletionThreshold` above 0 in the mapping, or one resync with --deletion-threshold".to_owned()
        }
        WithheldReason::Threshold { deleted, owned, .. } => {
            let enough = (crate::reconcile::deletion::share(*deleted, *owned) * 100.0).ceil() / 100.0;
            format!("one `pilotage resync --deletion-threshold {enough}`, after a look at `pilotage plan --show withheld`")
        }
        WithheldReason::MissingDays { .. } | WithheldReason::BeyondReport { .. } => {
            "a later resync, once GitHub's report has those days; they stay until then".to_owned()
        }
        WithheldReason::Dependents => {
            "`deleteDependentEntities: true` in the mapping, or deleting what relates to them".to_owned()
        }
        WithheldReason::Restricted => "a resync of the whole mapping, without --only and --org".to_owned(),
        WithheldReason::NoResources => "a mapping with resources".to_owned(),
        WithheldReason::Aborted => "a resync that is not stopped".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_reasons_stand_together_with_what_would_release_them() {
        let reason = json!({"withheld": "unproven", "because": {"slices": ["copilot-seats of beta: forbidden"], "count": 1}});
        let of = |blueprint: &str, candidates, deleted, reason: serde_json::Value| json!({"blueprint": blueprint, "candidates": candidates, "deleted": deleted, "reason": reason});
        let threshold = json!({"withheld": "threshold", "deleted": 95, "owned": 100, "threshold": 0.9});
        let deletion: KeptDeletion = serde_json::from_value(json!({
            "owned": 100,
            "blueprints": [
                of("a", 3, 0, reason.clone()), of("b", 4, 1, reason), of("c", 9, 9, json!(null)), of("d", 95, 0, threshold),
                of("e", 1, 0, json!({"withheld": "of-the-future"})),
            ],
        }))
        .unwrap();
        assert_eq!(total(&deletion), 102);
        let page = groups(&deletion).into_string();
        assert_eq!(page.matches("<li").count(), 3, "{page}");
        for text in [
            "<strong>6 entities</strong> kept: not everything was read (copilot-seats of beta: forbidden)",
            "--deletion-threshold 0.95",
            "kept: a reason that this version does not know",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert_eq!(groups(&KeptDeletion::default()).into_string(), "");
    }
}
