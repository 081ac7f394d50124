//! Loads mapped entities: sets aside those with a repeated key, compares the others with the catalog, sends those that differ.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::blueprints::Blueprints;
use super::fingerprints::Fingerprints;
use super::observe::Observer;
use super::review::Reviewed;
use crate::catalog::{Catalog, CatalogError, UpsertFlags};
use crate::model::bulk::UpsertResult;
use crate::model::current::CurrentEntity;
use crate::model::entity::{Entity, EntityKey, normal_identifier};
use crate::model::fields::Fields;
use crate::reconcile::change::{Change, CurrentFields, compare};
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::{Mode, RefusedEntity, ResourceOutcome};

/// Refused entities that are kept to be sent again at the end. What is refused beyond that is counted and not sent again: so many
/// refusals have one cause, and another try would not cure it.
const RETRIED_REFUSALS: usize = 10_000;

/// Bytes of refused entities that are kept at most, as they are sent: an entity may have a mebibyte.
const RETRIED_BYTES: usize = 64 << 20;

/// The reason for which an entity is not sent that was not reviewed.
const NOT_REVIEWED: &str = "not sent: the plan that is applied does not have this change";

/// Keys and counts of all entities of a run, and the refused entities.
#[derive(Default)]
pub struct Ledger {
    /// Keys that are desired, sent or not, refused or not.
    pub desired: Fingerprints,
    /// Keys that desired entities relate to.
    pub related: Fingerprints,
    /// Number of entities that this run created; in a plan: would create.
    pub created: u64,
    /// Number of those that the catalog held already, bare, when they were compared.
    pub completed: u64,
    /// Keys that the catalog did not hold and whose creation it refused. An attempt before may have been carried out all the
    /// same, its answer lost on the way.
    pub refused_creations: Fingerprints,
    /// Entities to be sent again, see [`super::resend`].
    pub refused: Vec<Refused>,
    /// Size of those in bytes.
    refused_bytes: usize,
}

/// An entity that the catalog refused.
pub struct Refused {
    /// The resource it came from.
    pub resource: usize,
    /// The entity.
    pub entity: Entity,
    /// Decision about the entity.
    pub compared: Compared,
    /// Reason of the catalog's last refusal.
    pub reason: String,
}

impl Ledger {
    /// Sets aside entities whose key was desired before in this run.
    ///
    /// Across batches the first in the run's order stands, so that two runs over the same world write the same. Within a batch
    /// the last stands, at the place of the first, as in Ocean: a report that has a record twice has corrected it.
    pub fn admit(&mut self, entities: Vec<Entity>, outcome: &mut ResourceOutcome) -> Vec<Entity> {
        let mut admitted: Vec<Entity> = Vec::with_capacity(entities.len());
        let mut places: HashMap<u128, usize> = HashMap::with_capacity(entities.len());
        for entity in entities {
            if entity.identifier.is_object() {
                admitted.push(entity);
                continue;
            }
            let fingerprint = entity.fingerprint();
            if self.desired.insert(fingerprint) {
                places.insert(fingerprint, admitted.len());
                admitted.push(entity);
                continue;
            }
            outcome.duplicates.add(entity.key());
            if let Some(place) = places.get(&fingerprint) {
                admitted[*place] = entity;
            }
        }
        admitted
    }

    /// Decision as it is counted, after it was carried out.
    pub fn decide(&mut self, entity: &Entity, compared: Compared) -> Decision {
        match compared.decision {
            // An entity before it relates to this one, and may have brought it into being a moment ago. Whether it did depends on
            // which request came first, so it counts as created either way.
            Decision::Update(_) if compared.is_bare && self.related.contains(&entity.fingerprint()) => {
                self.completed += 1;
                Decision::Create
            }
            decision => decision,
        }
    }

    /// Remembers what an entity relates to, so that deletion can spare it.
    fn relate(&mut self, entity: &Entity, blueprints: &Blueprints) {
        for target in targets(entity, blueprints).known {
            self.related.insert(target);
        }
    }

    /// Keeps a refused entity to be sent again. Gives it back when there are too many.
    fn keep_refused(&mut self, refused: Refused) -> Option<Refused> {
        let bytes = refused.entity.to_json().len();
        if self.refused.len() >= RETRIED_REFUSALS || self.refused_bytes + bytes > RETRIED_BYTES {
            return Some(refused);
        }
        self.refused_bytes += bytes;
        self.refused.push(refused);
        None
    }

    /// Gives out what is to be sent again.
    pub fn take_refused(&mut self) -> Vec<Refused> {
        self.refused_bytes = 0;
        std::mem::take(&mut self.refused)
    }
}

/// Keys that an entity relates to.
pub struct Targets {
    /// Fingerprints of the keys.
    pub known: Vec<u128>,
    /// True with relations by search, whose keys only the catalog can find.
    pub has_others: bool,
}

/// Reads the relations of an entity that its blueprint has.
pub fn targets(entity: &Entity, blueprints: &Blueprints) -> Targets {
    let mut targets = Targets { known: Vec::new(), has_others: false };
    for (relation, value) in entity.relations.iter().flat_map(Fields::iter) {
        let identifiers = match value {
            Value::Null => continue,
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        let target = blueprints.relation_target(&entity.blueprint, relation);
        for identifier in identifiers {
            match &target {
                Some(blueprint) if !identifier.is_object() => {
                    let identifier = normal_identifier(identifier).into_owned();
                    targets.known.push(EntityKey { blueprint: blueprint.clone(), identifier }.fingerprint());
                }
                _ => targets.has_others = true,
            }
        }
    }
    targets
}

/// One batch on its way into the catalog.
pub struct Loaded {
    /// The resource it came from.
    pub resource: usize,
    entities: Vec<(Entity, Verdict)>,
}

/// A decision, with what it was made against.
pub struct Compared {
    decision: Decision,
    /// True when the catalog holds nothing of the entity but its identifier: it was created because another relates to it.
    is_bare: bool,
}

enum Verdict {
    Decided(Compared),
    Refused(Compared, String),
    /// It was not sent: nobody reviewed it, or a plan knows that the catalog will refuse it.
    NotSent(String),
    /// The catalog could not tell which entity was meant, or that there is none.
    Unresolved,
}

/// Compares and sends.
#[derive(Clone)]
pub struct Loader {
    /// Catalog that is compared and written to.
    pub catalog: Arc<Catalog>,
    /// Options of the write requests.
    pub flags: UpsertFlags,
    /// Sending, or planning only.
    pub mode: Mode,
    /// Relations of the blueprints.
    pub blueprints: Arc<Blueprints>,
    /// The changes that may be sent; none when all may.
    pub reviewed: Option<Arc<Reviewed>>,
}

impl Loader {
    /// Compares a batch with the catalog and sends what differs.
    ///
    /// # Errors
    /// Fails when the catalog cannot be used any more, see [`CatalogError`]; refusals of single entities are no error.
    pub async fn load(self, resource: usize, entities: Vec<Entity>) -> Result<Loaded, CatalogError> {
        let mut loaded = Vec::with_capacity(entities.len());
        for group in by_blueprint(entities) {
            self.blueprints.learn(&self.catalog, &group.0).await?;
            loaded.extend(self.load_blueprint(&group.0, group.1).await?);
        }
        Ok(Loaded { resource, entities: loaded })
    }

    async fn load_blueprint(&self, blueprint: &str, entities: Vec<Entity>) -> Result<Vec<(Entity, Verdict)>, CatalogError> {
        let current = self.current(blueprint, &entities).await?;
        let mut loaded = Vec::with_capacity(entities.len());
        let mut to_send = Vec::new();
        let mut decisions = Vec::new();
        for entity in entities {
            let current = current.get(&*normal_identifier(&entity.identifier));
            let decision = match compare(&entity, current.map(held), self.flags.merge) {
                Change::Create => Decision::Create,
                Change::Update(changes) => Decision::Update(changes),
                Change::Unchanged => Decision::Unchanged,
                Change::Sent => Decision::Sent,
            };
            let is_bare = self.flags.create_missing_related && current.is_some_and(is_bare);
            let planned_refusal = match (&decision, self.mode) {
                (Decision::Unchanged, _) | (_, Mode::Resync) => None,
                (decision, Mode::Plan) => self.blueprints.refusal(&entity, *decision == Decision::Create),
            };
            if let Some(reason) = planned_refusal {
                loaded.push((entity, Verdict::NotSent(reason)));
            } else if decision == Decision::Unchanged || self.mode == Mode::Plan {
                loaded.push((entity, Verdict::Decided(Compared { decision, is_bare })));
            } else if self.reviewed.as_ref().is_some_and(|reviewed| !reviewed.allows(&entity, &decision, is_bare)) {
                loaded.push((entity, Verdict::NotSent(NOT_REVIEWED.to_owned())));
            } else {
                to_send.push(entity);
                decisions.push(Compared { decision, is_bare });
            }
        }
        if to_send.is_empty() {
            return Ok(loaded);
        }
        let results = self.catalog.upsert(blueprint, &to_send, self.flags).await?;
        for ((entity, compared), result) in to_send.into_iter().zip(decisions).zip(results) {
            let verdict = match result {
                // Whether it was there is the catalog's to say: somebody else may have created or deleted it meanwhile.
                UpsertResult::Created => Verdict::Decided(Compared { decision: Decision::Create, is_bare: false }),
                UpsertResult::Updated => Verdict::Decided(compared),
                UpsertResult::Unresolved => Verdict::Unresolved,
                UpsertResult::Refused { status, code, message } => Verdict::Refused(compared, refusal(status, code, &message)),
            };
            loaded.push((entity, verdict));
        }
        Ok(loaded)
    }

    /// Entities of the catalog with the keys of `entities`, by identifier.
    async fn current(&self, blueprint: &str, entities: &[Entity]) -> Result<HashMap<String, CurrentEntity>, CatalogError> {
        let compared = entities.iter().filter(|entity| !entity.is_searched());
        let identifiers: Vec<String> = compared.map(|entity| normal_identifier(&entity.identifier).into_owned()).collect();
        if identifiers.is_empty() {
            return Ok(HashMap::new());
        }
        let include = if self.flags.merge { mapped_fields(entities) } else { Vec::new() };
        let found = self.catalog.search_owned(blueprint, &identifiers, &include).await?;
        Ok(found.into_iter().map(|entity| (entity.identifier.clone(), entity)).collect())
    }
}

/// Fields of an entity of the catalog, as they are compared. Icons are not requested, as in Ocean.
fn held(entity: &CurrentEntity) -> CurrentFields<'_> {
    static NULL: Value = Value::Null;
    CurrentFields {
        title: entity.title.as_ref().unwrap_or(&NULL),
        icon: None,
        team: entity.team.as_ref().unwrap_or(&NULL),
        properties: &entity.properties,
        relations: &entity.relations,
    }
}

/// True when the catalog holds nothing of an entity but its identifier, among the requested fields.
fn is_bare(current: &CurrentEntity) -> bool {
    let named = |title: &Value| title.is_null() || title.as_str() == Some(&current.identifier);
    current.title.as_ref().is_none_or(named) && current.properties.values().chain(current.relations.values()).all(Value::is_null)
}

impl Loaded {
    /// Adds the results to the outcome of the resource and to the ledger, and notifies the observer.
    pub fn settle(self, loader: &Loader, outcome: &mut ResourceOutcome, ledger: &mut Ledger, observer: &dyn Observer) {
        observer.entities_loaded(self.resource, self.entities.len() as u64);
        for (entity, verdict) in self.entities {
            ledger.relate(&entity, &loader.blueprints);
            match verdict {
                Verdict::Decided(compared) => {
                    let decision = ledger.decide(&entity, compared);
                    observer.compared(&entity, &decision);
                    let key = entity.into_key();
                    tally(&decision, outcome, ledger);
                    observer.decided(&key, &decision);
                }
                Verdict::Refused(compared, reason) => {
                    if compared.decision == Decision::Create {
                        ledger.refused_creations.insert(entity.fingerprint());
                    }
                    let refused = Refused { resource: self.resource, entity, compared, reason };
                    if let Some(Refused { entity, reason, .. }) = ledger.keep_refused(refused) {
                        outcome.refused.add(RefusedEntity { entity: entity.into_key(), reason });
                    }
                }
                Verdict::NotSent(reason) => outcome.refused.add(RefusedEntity { entity: entity.into_key(), reason }),
                Verdict::Unresolved => {}
            }
        }
    }
}

/// The catalog's reason as one sentence: `422 blueprint_schema_mismatch: "x" must be a number`.
pub fn refusal(status: Option<u16>, code: Option<String>, message: &str) -> String {
    let status = status.map(|status| status.to_string());
    let said: Vec<String> = [status, code].into_iter().flatten().collect();
    match (said.is_empty(), message.is_empty()) {
        (true, _) => message.to_owned(),
        (false, true) => said.join(" "),
        (false, false) => format!("{}: {message}", said.join(" ")),
    }
}

/// Adds one decision to the counts.
pub fn tally(decision: &Decision, outcome: &mut ResourceOutcome, ledger: &mut Ledger) {
    match decision {
        Decision::Create => {
            outcome.created += 1;
            ledger.created += 1;
        }
        Decision::Update(_) => outcome.updated += 1,
        Decision::Unchanged => outcome.unchanged += 1,
        Decision::Sent => outcome.sent += 1,
        Decision::Delete(_) | Decision::Withheld(_) => {}
    }
}

/// Groups by blueprint, in the order in which blueprints first appear. Nearly always there is one.
fn by_blueprint(entities: Vec<Entity>) -> Vec<(String, Vec<Entity>)> {
    let mut groups: Vec<(String, Vec<Entity>)> = Vec::new();
    for entity in entities {
        match groups.iter_mut().find(|(blueprint, _)| *blueprint == entity.blueprint) {
            Some((_, group)) => group.push(entity),
            None => groups.push((entity.blueprint.clone(), vec![entity])),
        }
    }
    groups
}

/// The fields that the catalog must tell for a comparison: those that were mapped.
fn mapped_fields(entities: &[Entity]) -> Vec<String> {
    let mut wanted = Vec::new();
    let mut want = |field: String| {
        if !wanted.contains(&field) {
            wanted.push(field);
        }
    };
    let mut before: Option<&Entity> = None;
    for entity in entities {
        // Entities of one resource share the names of their fields, so the first tells nearly all.
        if before.is_some_and(|before| has_the_same_fields(before, entity)) {
            continue;
        }
        before = Some(entity);
        if entity.title.is_some() {
            want("title".into());
        }
        if entity.team.is_some() {
            want("team".into());
        }
        for name in entity.properties.iter().flat_map(Fields::names) {
            want(format!("properties.{name}"));
        }
        for name in entity.relations.iter().flat_map(Fields::names) {
            want(format!("relations.{name}"));
        }
    }
    wanted
}

fn has_the_same_fields(one: &Entity, other: &Entity) -> bool {
    let same = |one: &Option<Fields>, other: &Option<Fields>| match (one, other) {
        (Some(one), Some(other)) => one.shares_names_with(other),
        (None, None) => true,
        _ => false,
    };
    one.title.is_some() == other.title.is_some()
        && one.team.is_some() == other.team.is_some()
        && same(&one.properties, &other.properties)
        && same(&one.relations, &other.relations)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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

    #[test]
    fn within_a_batch_the_last_of_a_key_stands_and_across_batches_the_first() {
        let (mut ledger, mut outcome) = (Ledger::default(), ResourceOutcome::default());
        let first = ledger.admit(vec![entity("a", 1), entity("b", 2), entity("a", 3)], &mut outcome);
        assert_eq!(first, [entity("a", 3), entity("b", 2)]);
        let second = ledger.admit(vec![entity("b", 4), entity("c", 5)], &mut outcome);
        assert_eq!(second, [entity("c", 5)]);
        assert_eq!(outcome.duplicates.count, 2);
    }
}
