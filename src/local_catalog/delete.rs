//! Deletion of entities and their dependents.

use std::collections::HashSet;

use super::error::ApiError;
use super::storage::entities::{self, RelationTarget, StoredNames};
use super::storage::store::Store;

/// Dependents that a refusal names.
const NAMED_DEPENDENTS: usize = 10;

/// Deletes entities of a blueprint. Returns the identifiers of those that existed, in the requested order.
///
/// An entity that relates to a deleted one depends on it. With `dependents` those are deleted too, and their own dependents.
/// Without it, a remaining dependent makes the whole deletion fail.
pub(crate) fn delete(store: &Store, blueprint: i64, identifiers: &[String], dependents: bool) -> Result<Vec<String>, ApiError> {
    let connection = &store.connection;
    let mut doomed: HashSet<i64> = HashSet::new();
    let mut deleted: Vec<String> = Vec::new();
    let mut queue: Vec<RelationTarget> = Vec::new();
    for identifier in identifiers {
        if let Some(number) = entities::number(connection, blueprint, identifier)?
            && doomed.insert(number)
        {
            deleted.push(identifier.clone());
            queue.push((blueprint, identifier.clone()));
        }
    }
    while let Some(target) = queue.pop() {
        let mut left = entities::dependents(connection, &target)?;
        left.retain(|(number, _)| !doomed.contains(number));
        if !dependents && !left.is_empty() {
            return Err(refusal(&StoredNames::read(connection)?, &target, &left));
        }
        for (number, dependent) in left {
            if doomed.insert(number) {
                queue.push(dependent);
            }
        }
    }
    doomed.into_iter().try_for_each(|number| entities::delete(connection, number))?;
    Ok(deleted)
}

fn refusal(names: &StoredNames, target: &RelationTarget, left: &[(i64, RelationTarget)]) -> ApiError {
    let name = |(_, (blueprint, identifier)): &(i64, RelationTarget)| format!("{}/{identifier}", names.blueprint(*blueprint));
    let named: Vec<String> = left.iter().take(NAMED_DEPENDENTS).map(name).collect();
    let message = format!(
        "Entity with identifier \"{}\" has dependant entities: {} relate to it; delete them first, or ask for \
         delete_dependents=true",
        target.1,
        left.len(),
    );
    ApiError::has_dependents(message, &named)
}
