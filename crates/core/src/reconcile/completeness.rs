//! Completeness of what was read for a blueprint. Absence is proven only when every slice that could have produced its entities
//! was read completely.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::slice::Slice;

/// Entities that one resource of the mapping can produce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceYield {
    /// The blueprint, when its expression is a constant; none when it can be any blueprint.
    pub blueprint: Option<String>,
    /// Set if entities that it no longer produces may be deleted: `enableDelete` of the mapping.
    pub enable_delete: bool,
}

impl ResourceYield {
    /// Tells whether this resource can produce entities of a blueprint.
    pub fn may_be(&self, blueprint: &str) -> bool {
        let constant = self.blueprint.as_deref();
        constant.is_none_or(|constant| constant == blueprint)
    }
}

/// Reason for which the absence of a blueprint's entities is not proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unproven {
    /// The first few slices that were not read completely, as `kind of scope: state`.
    pub slices: Vec<String>,
    /// Number of all slices that were not read completely.
    pub count: usize,
}

/// Number of slices in one reason. More would be unreadable; the outcome lists all of them.
const NAMED_SLICES: usize = 3;

/// Finds for each of `blueprints` the reason why its entities may not be deleted. A blueprint that is missing from the result is
/// proven.
///
/// A blueprint could have come from every resource whose blueprint expression is that constant or is no constant. A blueprint
/// that no resource produces any more could have come from any of them, so the whole run must be proven. An entity does not
/// record its resource: the catalog belongs to the user, and a hidden property would need an explanation of its own.
pub fn unproven(blueprints: &[String], resources: &[ResourceYield], slices: &[Slice]) -> BTreeMap<String, Unproven> {
    let mut answer = BTreeMap::new();
    for blueprint in blueprints {
        let counts = |slice: &&Slice| could_produce(blueprint, resources, slice);
        let open: Vec<&Slice> = slices.iter().filter(counts).filter(|slice| !slice.proves_absence()).collect();
        if !open.is_empty() {
            let slices = open.iter().take(NAMED_SLICES).map(|slice| describe(slice)).collect();
            answer.insert(blueprint.clone(), Unproven { slices, count: open.len() });
        }
    }
    answer
}

/// Tells whether entities of a blueprint could have come from a slice, see [`unproven`].
pub fn could_produce(blueprint: &str, resources: &[ResourceYield], slice: &Slice) -> bool {
    let yields = |resource: &ResourceYield| resource.may_be(blueprint);
    let orphaned = || !resources.iter().any(yields);
    resources.get(slice.resource).is_none_or(yields) || orphaned()
}

fn describe(slice: &Slice) -> String {
    let state = if slice.rejected > 0 && matches!(slice.end.name(), "complete" | "empty") {
        format!("{} rejected", slice.rejected)
    } else {
        slice.end.name().to_owned()
    };
    match (slice.scope.as_str(), slice.day) {
        ("", _) => format!("{}: {state}", slice.kind),
        (scope, None) => format!("{} of {scope}: {state}", slice.kind),
        (scope, Some(day)) => format!("{} of {scope} on {day}: {state}", slice.kind),
    }
}

impl std::fmt::Display for Unproven {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.slices.join(", "))?;
        match self.count.saturating_sub(self.slices.len()) {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::slice::SliceEnd;

    fn slice(resource: usize, end: SliceEnd) -> Slice {
        Slice { items: 1, ..Slice::new(resource, format!("kind-{resource}"), "acme", end) }
    }

    fn forbidden() -> SliceEnd {
        SliceEnd::Forbidden { reason: "403".into(), remedy: "ask".into() }
    }

    fn constant(blueprint: &str) -> ResourceYield {
        ResourceYield { blueprint: Some(blueprint.into()), enable_delete: true }
    }

    fn names(unproven: BTreeMap<String, Unproven>) -> Vec<String> {
        unproven.into_keys().collect()
    }

    #[test]
    fn a_forbidden_slice_withholds_its_own_blueprint_only() {
        let resources = [constant("a"), constant("b")];
        let slices = [slice(0, forbidden()), slice(1, SliceEnd::Complete)];
        assert_eq!(names(unproven(&["a".into(), "b".into()], &resources, &slices)), ["a"]);
    }

    #[test]
    fn a_resource_that_may_yield_any_blueprint_withholds_all() {
        let any = ResourceYield { blueprint: None, enable_delete: true };
        let resources = [any, constant("b")];
        let slices = [slice(0, forbidden()), slice(1, SliceEnd::Complete)];
        assert_eq!(names(unproven(&["b".into()], &resources, &slices)), ["b"]);
    }

    #[test]
    fn a_blueprint_that_nothing_yields_any_more_needs_the_whole_run() {
        let resources = [constant("a"), constant("b")];
        let slices = [slice(0, SliceEnd::Complete), slice(1, forbidden())];
        assert_eq!(names(unproven(&["gone".into()], &resources, &slices)), ["gone"]);
        let slices = [slice(0, SliceEnd::Complete), slice(1, SliceEnd::Empty)];
        assert_eq!(names(unproven(&["gone".into()], &resources, &slices)), Vec::<String>::new());
    }

    #[test]
    fn a_rejected_line_makes_a_complete_slice_unproven() {
        let rejected = Slice { rejected: 1, ..slice(0, SliceEnd::Complete) };
        let answer = unproven(&["a".into()], &[constant("a")], &[rejected]);
        assert_eq!(answer["a"].to_string(), "kind-0 of acme: 1 rejected");
    }

    #[test]
    fn every_state_but_complete_and_empty_is_unproven() {
        let reason = String::new;
        let states = [
            (SliceEnd::Complete, true),
            (SliceEnd::Empty, true),
            (SliceEnd::NotReady { reason: reason() }, false),
            (SliceEnd::Suppressed { reason: reason() }, false),
            (SliceEnd::Unconfirmed { reason: reason(), remedy: reason() }, false),
            (forbidden(), false),
            (SliceEnd::Failed { reason: reason(), remedy: reason() }, false),
        ];
        for (end, proven) in states {
            let answer = unproven(&["a".into()], &[constant("a")], &[slice(0, end.clone())]);
            assert_eq!(answer.is_empty(), proven, "{}", end.name());
        }
    }
}
