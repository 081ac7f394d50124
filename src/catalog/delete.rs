//! DeletionResult of entities. `reconcile` decides about each of them; here the requests are made.

use std::collections::HashSet;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Catalog;
use super::call::Call;
use super::error::{CatalogError, CatalogRefusal};
use super::verdict;
use crate::model::entity::normal_identifier;

/// Entities per request at most: the catalog refuses more.
const ENTITIES_AT_MOST: usize = 100;

/// The catalog's word where entities are not deleted because others relate to them.
const HAS_DEPENDENTS: &str = "has_dependents";

/// Result of a deletion. Each entity is in exactly one of the lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletionResult {
    /// Deleted by this call.
    pub deleted: Vec<String>,
    /// Not deleted by this call, and not found by a search afterwards.
    pub absent: Vec<String>,
    /// Not deleted.
    pub refused: Vec<RefusedDeletion>,
}

/// Entities that the catalog did not delete, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedDeletion {
    /// Identifiers, at most 100: the entities of one request. A single entity with dependents makes the catalog refuse all of them.
    pub identifiers: Vec<String>,
    /// True when the reason is that others relate to some of them.
    pub has_dependents: bool,
    /// CatalogRefusal of the whole request, if there was one.
    pub refusal: Option<CatalogRefusal>,
    /// Text with the attempted request and the answer.
    pub reason: String,
}

impl Catalog {
    /// Deletes entities of one blueprint, in the given order, 100 per request. With `dependents`, entities that depend on them are
    /// deleted too.
    ///
    /// An entity that the answer names neither as deleted nor as an error is searched for: it may have been deleted with another one.
    /// If it is found, it counts as refused.
    ///
    /// # Errors
    /// Only errors that end the run; see [`CatalogError::ends_the_run`]. Some entities may be deleted then.
    pub async fn delete(
        &self,
        blueprint: &str,
        identifiers: &[String],
        dependents: bool,
    ) -> Result<DeletionResult, CatalogError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct DeletionAnswer {
            deleted_entities: Vec<String>,
            #[serde(default)]
            errors: Vec<FailedDeletion>,
        }
        #[derive(Deserialize)]
        struct FailedDeletion {
            #[serde(default)]
            identifier: Value,
            error: Option<String>,
            message: Option<String>,
        }
        let mut deletion = DeletionResult::default();
        for chunk in identifiers.chunks(ENTITIES_AT_MOST) {
            let attempted = match chunk {
                [identifier] => format!("delete entity `{identifier}` of `{blueprint}`"),
                _ => format!("delete {} entities of `{blueprint}`", chunk.len()),
            };
            let dependents = [("delete_dependents", if dependents { "true" } else { "false" })];
            let call = Call::new(Method::POST, &["blueprints", blueprint, "bulk", "entities", "delete"], attempted)
                .query(dependents.into_iter().chain(self.resync_query()))
                .json(&json!({"entities": chunk}))
                .exporter();
            let mut may_be_repeated = false;
            let sent = self.shared.send_noting_repetition(&call, &mut may_be_repeated).await;
            match sent.and_then(|answer| Ok((answer.read::<DeletionAnswer>(&call)?, answer.redactor()))) {
                Ok((answer, redactor)) => {
                    let deleted: HashSet<&str> = answer.deleted_entities.iter().map(String::as_str).collect();
                    let (gone, mut left): (Vec<_>, Vec<_>) =
                        chunk.iter().cloned().partition(|identifier| deleted.contains(identifier.as_str()));
                    deletion.deleted.extend(gone);
                    for failed in answer.errors {
                        let identifier = normal_identifier(&failed.identifier);
                        let Some(position) = left.iter().position(|left| *left == *identifier) else { continue };
                        let has_dependents = failed.error.as_deref() == Some(HAS_DEPENDENTS);
                        let words = [failed.error, failed.message].into_iter().flatten();
                        let words: Vec<String> = words.map(|words| verdict::shown(&redactor, &words)).collect();
                        deletion.refused.push(RefusedDeletion {
                            identifiers: vec![left.remove(position)],
                            has_dependents,
                            refusal: None,
                            reason: format!("the catalog did not delete it: {}", words.join(": ")),
                        });
                    }
                    // An entity missing at a repeated request was deleted by the first one, whose answer got lost.
                    let gone = if may_be_repeated { &mut deletion.deleted } else { &mut deletion.absent };
                    let still_there = self.still_there(blueprint, left, gone).await?;
                    deletion.refused.extend(still_there);
                }
                Err(error) if self.shared.ends_the_run(&error) => return Err(error),
                Err(error) => deletion.refused.push(RefusedDeletion {
                    identifiers: chunk.to_vec(),
                    has_dependents: error.refusal().is_some_and(|refusal| refusal.code.as_deref() == Some(HAS_DEPENDENTS)),
                    refusal: error.refusal().cloned(),
                    reason: error.to_string(),
                }),
            }
        }
        Ok(deletion)
    }

    /// Searches for entities that an answer did not mention. Missing ones are added to `gone`, found ones are returned as refused.
    async fn still_there(
        &self,
        blueprint: &str,
        passed_over: Vec<String>,
        gone: &mut Vec<String>,
    ) -> Result<Option<RefusedDeletion>, CatalogError> {
        if passed_over.is_empty() {
            return Ok(None);
        }
        let (identifiers, reason) = match self.search_owned(blueprint, &passed_over, &["title".to_owned()]).await {
            Ok(found) => {
                let found: HashSet<&str> = found.iter().map(|entity| entity.identifier.as_str()).collect();
                let (there, not_there) = passed_over.into_iter().partition(|identifier| found.contains(identifier.as_str()));
                gone.extend::<Vec<String>>(not_there);
                (there, "the catalog's answer does not name it as deleted, and it is still there".to_owned())
            }
            Err(error) if self.shared.ends_the_run(&error) => return Err(error),
            Err(error) => {
                (passed_over, format!("the catalog's answer does not name it as deleted, and it cannot be searched for: {error}"))
            }
        };
        Ok(Some(RefusedDeletion { identifiers, has_dependents: false, refusal: None, reason })
            .filter(|refused| !refused.identifiers.is_empty()))
    }
}
