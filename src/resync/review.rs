//! Changes that somebody has reviewed: what is kept of each, and the check that a run makes no other.
//!
//! A change is known by its action, its key, the hash of what the catalog holds and the hash of what the mapping wants. A run that
//! has [`ResyncOptions::reviewed`](super::ResyncOptions::reviewed) sends and deletes nothing else, whatever it reads.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::fingerprints::Fingerprints;
use crate::model::entity::{Entity, EntityKey};
use crate::reconcile::change::FieldChange;
use crate::reconcile::decision::Decision;

/// Actions of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeAction {
    /// The catalog has no entity with that key.
    Create,
    /// The catalog has other values.
    Update,
    /// It is sent without a comparison.
    Send,
    /// It is deleted.
    Delete,
}

/// One change, as a plan file has it: no values, only their hashes. One JSON object on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedChange {
    /// What is done.
    pub action: ChangeAction,
    /// The blueprint.
    pub blueprint: String,
    /// The entity's identifier as text.
    pub identifier: String,
    /// Names of the fields that an update changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// SHA-256 of the values that the catalog holds in those fields, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// SHA-256 of the entity that is sent, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl PlannedChange {
    /// The change that a decision makes of an entity. None: it makes none.
    pub fn of(entity: &Entity, decision: &Decision) -> Option<Self> {
        let (action, changes) = match decision {
            Decision::Create => (ChangeAction::Create, None),
            Decision::Update(changes) => (ChangeAction::Update, Some(changes)),
            Decision::Sent => (ChangeAction::Send, None),
            Decision::Unchanged | Decision::Delete(_) | Decision::Withheld(_) => return None,
        };
        let EntityKey { blueprint, identifier } = entity.key();
        let fields = changes.into_iter().flatten().map(|change| change.field.clone()).collect();
        let before = changes.map(|changes| hash(&held(changes)));
        Some(Self { action, blueprint, identifier, fields, before, after: Some(hash(entity)) })
    }

    /// The deletion of an entity.
    pub fn deletion(key: &EntityKey) -> Self {
        let EntityKey { blueprint, identifier } = key.clone();
        Self { action: ChangeAction::Delete, blueprint, identifier, fields: Vec::new(), before: None, after: None }
    }

    /// 128 bits of the hash of everything that it says, for sets that live as long as a run.
    pub fn fingerprint(&self) -> u128 {
        let digest = sha256(self);
        let first = digest.as_ref().first_chunk::<16>().copied().unwrap_or_default();
        u128::from_be_bytes(first)
    }
}

/// Field and value of what the catalog holds, in an order that does not depend on the catalog's.
fn held(changes: &[FieldChange]) -> Vec<(&str, &serde_json::Value)> {
    let mut held: Vec<_> = changes.iter().map(|change| (change.field.as_str(), &change.current)).collect();
    held.sort_by_key(|(field, _)| *field);
    held
}

fn sha256(value: &impl Serialize) -> ring::digest::Digest {
    // What a run compares has always a text: its keys are texts.
    digest(&SHA256, &serde_json::to_vec(value).unwrap_or_default())
}

/// SHA-256 of a value's JSON, in hexadecimal digits.
pub fn hash(value: &impl Serialize) -> String {
    hexadecimal(sha256(value).as_ref())
}

/// Bytes in hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Changes that a run may make, and no others. 16 bytes each.
#[derive(Debug, Default)]
pub struct Reviewed {
    /// Time at which the run that was reviewed began. An entity that changed later is not deleted.
    pub began: Timestamp,
    /// Blueprints that may be created.
    pub blueprints: BTreeSet<String>,
    /// Fingerprints of the changes, see [`PlannedChange::fingerprint`].
    pub changes: Fingerprints,
}

impl Reviewed {
    /// Tells whether an entity may be sent. `is_bare`: the catalog holds nothing of it but its identifier, which this run itself may
    /// have brought into being through a relation.
    pub fn allows(&self, entity: &Entity, decision: &Decision, is_bare: bool) -> bool {
        let is_among = |decision: &Decision| {
            PlannedChange::of(entity, decision).is_some_and(|change| self.changes.contains(&change.fingerprint()))
        };
        is_among(decision) || is_bare && is_among(&Decision::Create)
    }

    /// Tells whether an entity may be deleted.
    pub fn allows_deletion(&self, key: &EntityKey) -> bool {
        self.changes.contains(&PlannedChange::deletion(key).fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::fields::Fields;
    use crate::reconcile::deletion::WithheldReason;

    fn entity(identifier: &str, value: u64) -> Entity {
        Entity {
            identifier: json!(identifier),
            blueprint: "b".into(),
            title: None,
            icon: None,
            team: None,
            properties: Some(Fields::from_iter([("value".to_owned(), json!(value))])),
            relations: None,
        }
    }

    fn update(fields: &[(&str, u64, u64)]) -> Decision {
        let change = |(field, current, desired): &(&str, u64, u64)| FieldChange {
            field: (*field).to_owned(),
            current: json!(current),
            desired: json!(desired),
        };
        Decision::Update(fields.iter().map(change).collect())
    }

    fn reviewed(changes: &[PlannedChange]) -> Reviewed {
        let mut reviewed = Reviewed::default();
        for change in changes {
            reviewed.changes.insert(change.fingerprint());
        }
        reviewed
    }

    #[test]
    fn a_change_is_another_one_when_key_action_before_or_after_differ() {
        let planned = PlannedChange::of(&entity("a", 1), &update(&[("properties.value", 2, 1)])).unwrap();
        let reviewed = reviewed(std::slice::from_ref(&planned));
        assert!(reviewed.allows(&entity("a", 1), &update(&[("properties.value", 2, 1)]), false));
        let others = [
            ("another entity", entity("b", 1), update(&[("properties.value", 2, 1)])),
            ("another value is wanted", entity("a", 3), update(&[("properties.value", 2, 3)])),
            ("another value is held", entity("a", 1), update(&[("properties.value", 4, 1)])),
            ("another field is held", entity("a", 1), update(&[("title", 2, 1)])),
            ("one field more", entity("a", 1), update(&[("properties.value", 2, 1), ("title", 0, 0)])),
            ("it is not there", entity("a", 1), Decision::Create),
            ("it is not compared", entity("a", 1), Decision::Sent),
        ];
        for (what, entity, decision) in others {
            assert!(!reviewed.allows(&entity, &decision, false), "{what}");
        }
        assert!(!reviewed.allows_deletion(&entity("a", 1).key()));
    }

    #[test]
    fn the_order_of_what_the_catalog_holds_makes_no_difference_to_its_hash() {
        let before = |fields: &[(&str, u64, u64)]| PlannedChange::of(&entity("a", 1), &update(fields)).unwrap().before;
        assert_eq!(before(&[("x", 1, 2), ("y", 3, 4)]), before(&[("y", 3, 4), ("x", 1, 2)]));
        assert_ne!(before(&[("x", 1, 2), ("y", 3, 4)]), before(&[("x", 3, 2), ("y", 1, 4)]));
    }

    #[test]
    fn what_a_relation_of_the_same_run_brought_into_being_is_the_creation_that_was_reviewed() {
        let planned = reviewed(&[PlannedChange::of(&entity("a", 1), &Decision::Create).unwrap()]);
        assert!(planned.allows(&entity("a", 1), &update(&[("properties.value", 0, 1)]), true));
        assert!(!planned.allows(&entity("a", 1), &update(&[("properties.value", 0, 1)]), false));
        assert!(!planned.allows(&entity("a", 2), &update(&[("properties.value", 0, 2)]), true));
    }

    #[test]
    fn a_deletion_is_known_by_its_key_and_what_writes_nothing_is_no_change() {
        let key = entity("a", 1).key();
        let planned = reviewed(&[PlannedChange::deletion(&key)]);
        assert!(planned.allows_deletion(&key));
        assert!(!planned.allows_deletion(&entity("b", 1).key()));
        for decision in [Decision::Unchanged, Decision::Withheld(WithheldReason::Restricted)] {
            assert_eq!(PlannedChange::of(&entity("a", 1), &decision), None);
        }
    }

    #[test]
    fn a_change_is_one_line_without_values() {
        let planned = PlannedChange::of(&entity("a\nb", 7), &update(&[("properties.value", 4_711, 7)])).unwrap();
        let line = serde_json::to_string(&planned).unwrap();
        assert!(!line.contains('\n') && !line.contains("4711"), "{line}");
        assert_eq!(serde_json::from_str::<PlannedChange>(&line).unwrap(), planned);
        assert!(serde_json::from_str::<PlannedChange>(r#"{"action":"delete","blueprint":"b","identifier":"a","x":1}"#).is_err());
    }
}
