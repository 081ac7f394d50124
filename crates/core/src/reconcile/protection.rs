//! Protection from deletion: the entities that a resource with `enableDelete: false` could have produced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::completeness::ResourceYield;

/// Reason for which the entities of a blueprint are never deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Resources of the mapping with `enableDelete: false` that could have produced them, counted from 0.
    pub resources: Vec<usize>,
    /// Set if no resource produces the blueprint any more, so that its entities could have come from any resource.
    pub is_orphan: bool,
}

/// Finds the protection of each of `blueprints`. A blueprint that is missing from the result is not protected.
///
/// An entity does not record which resource produced it. So a resource that never deletes protects every blueprint that it may
/// produce, also from other resources that delete. A blueprint that no resource produces any more could have come from any
/// resource, as in [`super::completeness::unproven`]: entities of a resource whose blueprint was renamed stay.
pub fn protected(blueprints: &[String], resources: &[ResourceYield]) -> BTreeMap<String, Protection> {
    let mut answer = BTreeMap::new();
    for blueprint in blueprints {
        let is_orphan = !resources.iter().any(|resource| resource.may_be(blueprint));
        let protects =
            |(_, resource): &(usize, &ResourceYield)| !resource.enable_delete && (is_orphan || resource.may_be(blueprint));
        let resources: Vec<usize> = resources.iter().enumerate().filter(protects).map(|(number, _)| number).collect();
        if !resources.is_empty() {
            let protection = Protection { resources, is_orphan };
            answer.insert(blueprint.clone(), protection);
        }
    }
    answer
}

impl std::fmt::Display for Protection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named: Vec<String> = self.resources.iter().map(|number| format!("resources[{number}]")).collect();
        let says = if named.len() == 1 { "says" } else { "say" };
        write!(formatter, "{} {says} enableDelete: false", named.join(" and "))?;
        if self.is_orphan {
            formatter.write_str(", and no resource produces this blueprint any more")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resource(blueprint: Option<&str>, enable_delete: bool) -> ResourceYield {
        ResourceYield { blueprint: blueprint.map(str::to_owned), enable_delete }
    }

    fn of(blueprint: &str, resources: &[ResourceYield]) -> Option<(Vec<usize>, bool)> {
        let protection = protected(&[blueprint.to_owned()], resources).remove(blueprint)?;
        Some((protection.resources, protection.is_orphan))
    }

    #[test]
    fn a_resource_that_never_deletes_protects_what_may_come_out_of_it() {
        let table = [
            (vec![(Some("a"), true)], "a", None),
            (vec![(Some("a"), false)], "a", Some((vec![0], false))),
            (vec![(Some("a"), true), (Some("b"), false)], "a", None),
            (vec![(Some("a"), true), (Some("a"), false)], "a", Some((vec![1], false))),
            (vec![(Some("a"), true), (None, false)], "a", Some((vec![1], false))),
            (vec![(Some("a"), false), (None, true)], "b", None),
            (vec![(Some("a"), false), (Some("a"), false)], "a", Some((vec![0, 1], false))),
            // No resource produces `gone` now, but the one that never deletes may have produced it before its blueprint was renamed.
            (vec![(Some("a"), false), (Some("b"), true)], "gone", Some((vec![0], true))),
            (vec![(Some("a"), true)], "gone", None),
            (vec![], "gone", None),
        ];
        for (resources, blueprint, expected) in table {
            let resources: Vec<_> = resources.iter().map(|(blueprint, enabled)| resource(*blueprint, *enabled)).collect();
            assert_eq!(of(blueprint, &resources), expected, "{resources:?}");
        }
    }

    #[test]
    fn the_reason_names_the_resources() {
        let one = Protection { resources: vec![2], is_orphan: false };
        assert_eq!(one.to_string(), "resources[2] says enableDelete: false");
        let two = Protection { resources: vec![0, 2], is_orphan: true };
        assert_eq!(
            two.to_string(),
            "resources[0] and resources[2] say enableDelete: false, and no resource produces this blueprint any more"
        );
    }

    proptest! {
        #[test]
        fn without_a_resource_that_never_deletes_nothing_is_protected(
            resources in proptest::collection::vec((proptest::option::of("[abc]"), any::<bool>()), 0..5),
            blueprint in "[abcd]",
        ) {
            let resources: Vec<_> =
                resources.iter().map(|(blueprint, enabled)| resource(blueprint.as_deref(), *enabled)).collect();
            let found = of(&blueprint, &resources);
            let could_have = resources.iter().any(|resource| !resource.enable_delete && resource.may_be(&blueprint));
            prop_assert!(!could_have || found.is_some());
            prop_assert!(resources.iter().any(|resource| !resource.enable_delete) || found.is_none());
        }
    }
}
