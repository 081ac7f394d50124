//! Which blueprints hold people. Whoever has not the role people sees none of their entities.
//!
//! A blueprint is shown to everybody only if it is known to be about something else: a bundled one that no kind about people fills,
//! or one that kept reports of runs say is filled by other kinds. What nobody knows is not shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::guard::roles::Roles;
use super::trouble::Trouble;
use crate::kind::{self, Kind};
use crate::local_catalog::StoredEntity;
use crate::model::blueprint::Blueprint;
use crate::runs::{RunId, Runs};

/// Kinds of a run, each with the blueprint that it filled.
type KindsOfRun = Vec<(String, Option<String>)>;

/// Kinds and blueprints of each report, as they were read once: reports do not change.
#[derive(Default)]
pub(super) struct FilledBlueprints(Mutex<BTreeMap<RunId, KindsOfRun>>);

/// What a visitor may see of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Visible {
    Everything,
    Only(BTreeSet<String>),
}

impl Visible {
    /// Whether the visitor may see entities of a blueprint.
    pub(super) fn has(&self, blueprint: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(known) => known.contains(blueprint),
        }
    }
}

/// Whether the items of a kind are about one person each. An unknown kind may be.
pub(super) fn is_about_people(kind: &str) -> bool {
    kind::find(kind).is_none_or(kind_has_people)
}

fn kind_has_people(kind: &Kind) -> bool {
    kind.persons.are_of_people()
}

/// Blueprints that are known to have no people, given kinds and blueprints of resources that were run.
fn of_no_people(filled: &BTreeSet<(String, Option<String>)>) -> BTreeSet<String> {
    let bundled = |has_people: bool| {
        let kinds = kind::ALL.iter().filter(move |kind| kind_has_people(kind) == has_people);
        kinds.flat_map(|kind| kind.blueprints.iter().map(|blueprint| (*blueprint).to_owned()))
    };
    let mut known: BTreeSet<String> = bundled(false).collect();
    let mut people: BTreeSet<String> = bundled(true).collect();
    for (kind, blueprint) in filled {
        match (is_about_people(kind), blueprint) {
            // It may fill any blueprint with people.
            (true, None) => return BTreeSet::new(),
            (true, Some(blueprint)) => people.insert(blueprint.clone()),
            (false, Some(blueprint)) => known.insert(blueprint.clone()),
            (false, None) => false,
        };
    }
    &known - &people
}

impl FilledBlueprints {
    /// What a visitor of these roles may see.
    ///
    /// # Errors
    /// The folder of reports cannot be read.
    pub(super) fn visible(&self, runs: &Runs, roles: Roles) -> std::io::Result<Visible> {
        Ok(if roles.people { Visible::Everything } else { Visible::Only(of_no_people(&self.read(runs)?)) })
    }

    /// Kinds with the blueprints that they filled, of all kept reports.
    fn read(&self, runs: &Runs) -> std::io::Result<BTreeSet<(String, Option<String>)>> {
        let ids = runs.ids()?;
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.retain(|id, _| ids.contains(id));
        let new: Vec<RunId> = ids.into_iter().filter(|id| !read.contains_key(id)).collect();
        for run in runs.of(&new).0 {
            let filled = run.resources.into_iter().map(|resource| (resource.kind, resource.blueprint)).collect();
            read.extend(run.id.parse().ok().map(|id: RunId| (id, filled)));
        }
        Ok(read.values().flatten().cloned().collect())
    }
}

/// What stands in place of a relation to somebody whom the visitor may not see.
pub(super) const NOT_SHOWN: &str = "(not shown: about people)";

impl Visible {
    /// Whether the visitor may see to whom a relation of a blueprint leads. Of an unknown one nobody knows.
    pub(super) fn has_relation(&self, blueprint: &Blueprint, relation: &str) -> bool {
        *self == Self::Everything || blueprint.relation(relation).is_some_and(|relation| self.has(&relation.target))
    }

    /// An entity without what the visitor may not see of it.
    pub(super) fn part_of(&self, blueprint: &Blueprint, mut entity: StoredEntity) -> StoredEntity {
        for (name, value) in &mut entity.relations {
            if !value.is_null() && !self.has_relation(blueprint, name) {
                *value = Value::from(NOT_SHOWN);
            }
        }
        entity
    }
}

/// The answer to whoever asks for entities about people without the role.
pub(super) fn not_for_viewers(blueprint: &str) -> Trouble {
    let message = format!("entities of `{blueprint}` are about people, or may be, and are shown to whoever has the role people");
    Trouble::not_allowed(message).or_see("/in", "signing in")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_about_people_are_those_of_users_and_seats() {
        let people: Vec<_> = kind::ALL.iter().filter(|kind| is_about_people(kind.name)).map(|kind| kind.name).collect();
        let expected = [
            "organization-user-usage-metrics",
            "enterprise-user-usage-metrics",
            "copilot-seats",
            "github-team-members",
            "github-organization-members",
            "claude-code-usage",
            "cursor-members",
            "cursor-daily-usage",
            "cursor-spend",
            "cursor-usage-events",
            "ai-tool-usage",
        ];
        assert_eq!(people, expected);
        assert!(is_about_people("user-usage-metrics"), "an alias");
        assert!(is_about_people("nobody-knows"));
    }

    #[test]
    fn a_blueprint_with_people_is_never_among_the_others() {
        let seen = |filled: &[(&str, Option<&str>)]| {
            let filled = filled.iter().map(|(kind, blueprint)| ((*kind).to_owned(), blueprint.map(str::to_owned)));
            of_no_people(&filled.collect())
        };
        let bundled = seen(&[]);
        assert!(bundled.contains("copilot_organization_usage") && bundled.contains("copilot_team_usage"), "{bundled:?}");
        assert!(!bundled.contains("copilot_seat") && !bundled.contains("githubCopilotUserUsage") && !bundled.contains("service"));
        let own = seen(&[("organization-usage-metrics", Some("org_day")), ("copilot-seats", Some("holder"))]);
        assert!(own.contains("org_day") && !own.contains("holder"));
        let mixed = seen(&[("organization-usage-metrics", Some("thing")), ("copilot-seats", Some("thing"))]);
        assert!(!mixed.contains("thing"));
        assert!(!seen(&[("copilot-seats", Some("copilot_team_usage"))]).contains("copilot_team_usage"));
        assert_eq!(seen(&[("copilot-seats", None)]), BTreeSet::new(), "it may be any");
    }
}
