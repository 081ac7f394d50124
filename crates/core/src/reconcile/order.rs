//! Order of things that depend on each other.

use std::collections::{BTreeMap, BTreeSet};

/// Sorts `names` so that each comes after everything it depends on, and keeps the given order otherwise.
///
/// `dependencies` may hold names that are not in `names`, and cycles: the members of a cycle keep the given order.
pub fn dependencies_first(names: &[String], dependencies: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    fn visit<'a>(
        name: &'a String,
        dependencies: &'a BTreeMap<String, BTreeSet<String>>,
        wanted: &BTreeSet<&String>,
        entered: &mut BTreeSet<&'a String>,
        ordered: &mut Vec<String>,
    ) {
        if !entered.insert(name) {
            return;
        }
        for dependency in dependencies.get(name).into_iter().flatten() {
            visit(dependency, dependencies, wanted, entered, ordered);
        }
        if wanted.contains(name) {
            ordered.push(name.clone());
        }
    }
    let wanted: BTreeSet<&String> = names.iter().collect();
    let mut entered = BTreeSet::new();
    let mut ordered = Vec::with_capacity(names.len());
    for name in names {
        visit(name, dependencies, &wanted, &mut entered, &mut ordered);
    }
    ordered
}

/// Tells whether `name` depends on `target`, directly or through others.
pub fn depends_on(name: &str, target: &str, dependencies: &BTreeMap<String, BTreeSet<String>>) -> bool {
    let mut open = vec![name];
    let mut looked_at = BTreeSet::new();
    while let Some(name) = open.pop() {
        for dependency in dependencies.get(name).into_iter().flatten() {
            if dependency == target {
                return true;
            }
            if looked_at.insert(dependency) {
                open.push(dependency);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(names: &[&str], dependencies: &[(&str, &[&str])]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let dependencies =
            dependencies.iter().map(|(name, on)| ((*name).to_owned(), on.iter().map(|on| (*on).to_owned()).collect())).collect();
        dependencies_first(&names, &dependencies)
    }

    #[test]
    fn what_is_depended_on_comes_first() {
        assert_eq!(
            order(&["user", "team", "organization"], &[("user", &["team"]), ("team", &["organization"])]),
            ["organization", "team", "user"]
        );
    }

    #[test]
    fn what_depends_on_nothing_keeps_its_place() {
        assert_eq!(order(&["b", "a", "c"], &[]), ["b", "a", "c"]);
    }

    #[test]
    fn a_cycle_does_not_hang() {
        assert_eq!(order(&["a", "b"], &[("a", &["b"]), ("b", &["a"])]), ["b", "a"]);
    }

    #[test]
    fn dependence_goes_through_others() {
        let on = |name: &str| BTreeSet::from([name.to_owned()]);
        let dependencies = BTreeMap::from([("user".to_owned(), on("team")), ("team".to_owned(), on("organization"))]);
        assert!(depends_on("user", "organization", &dependencies));
        assert!(!depends_on("organization", "user", &dependencies));
    }
}
