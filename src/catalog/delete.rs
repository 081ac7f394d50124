//! Deleting entities. Which ones may go is decided elsewhere, with reasons; this only carries it out.

use std::collections::HashSet;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Catalog;
use super::call::Call;
use super::error::{CatalogError, Refusal};
use super::verdict;
use crate::model::entity::normal_identifier;

/// Entities per request at most: the catalog refuses more.
const ENTITIES_AT_MOST: usize = 100;

/// The catalog's word where entities are not deleted because others relate to them.
const HAS_DEPENDENTS: &str = "has_dependents";

/// What became of the entities that were to be deleted. Each of them is in exactly one of the lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// Deleted by us.
    pub deleted: Vec<String>,
    /// Not deleted by us, and not there: the catalog did not name them, and finds them no more.
    pub absent: Vec<String>,
    /// Still there.
    pub refused: Vec<RefusedDeletion>,
}

/// Entities that the catalog did not delete, together, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedDeletion {
    /// At most 100, the ones of one request: with dependents in the way the catalog refuses all for one.
    pub identifiers: Vec<String>,
    /// Whether it is because others relate to some of them.
    pub has_dependents: bool,
    /// What the catalog answered, none when that was not understood.
    pub refusal: Option<Refusal>,
    /// What was attempted and what came back.
    pub reason: String,
}

impl Catalog {
    /// Deletes entities of one blueprint, with those that depend on them if `dependents`. In the order given, 100 per request.
    ///
    /// What an answer neither names as deleted nor as an error is looked up: it may have gone with another, or it is still there,
    /// which counts as refused.
    ///
    /// # Errors
    /// Only when nothing else would work either: see [`CatalogError::ends_the_run`]. Some may be deleted then.
    pub async fn delete(&self, blueprint: &str, identifiers: &[String], dependents: bool) -> Result<Deletion, CatalogError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Deleted {
            deleted_entities: Vec<String>,
            #[serde(default)]
            errors: Vec<Failed>,
        }
        #[derive(Deserialize)]
        struct Failed {
            #[serde(default)]
            identifier: Value,
            error: Option<String>,
            message: Option<String>,
        }
        let mut deletion = Deletion::default();
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
            let mut may_be_second = false;
            let sent = self.shared.send_noting_repetition(&call, &mut may_be_second).await;
            match sent.and_then(|answer| Ok((answer.read::<Deleted>(&call)?, answer.redactor()))) {
                Ok((answer, redactor)) => {
                    let deleted: HashSet<&str> = answer.deleted_entities.iter().map(String::as_str).collect();
                    let (gone, mut left): (Vec<_>, Vec<_>) =
                        chunk.iter().cloned().partition(|identifier| deleted.contains(identifier.as_str()));
                    deletion.deleted.extend(gone);
                    for failed in answer.errors {
                        let identifier = normal_identifier(&failed.identifier);
                        let Some(place) = left.iter().position(|left| *left == *identifier) else { continue };
                        let has_dependents = failed.error.as_deref() == Some(HAS_DEPENDENTS);
                        let words = [failed.error, failed.message].into_iter().flatten();
                        let words: Vec<String> = words.map(|words| verdict::said(&redactor, &words)).collect();
                        deletion.refused.push(RefusedDeletion {
                            identifiers: vec![left.remove(place)],
                            has_dependents,
                            refusal: None,
                            reason: format!("the catalog did not delete it: {}", words.join(": ")),
                        });
                    }
                    // What is not there any more the second time was deleted the first time, when the answer got lost.
                    let gone = if may_be_second { &mut deletion.deleted } else { &mut deletion.absent };
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

    /// Looks up what an answer passed over. Those that are not there are added to `gone`, the others come back as refused.
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
            Err(error) => (
                passed_over,
                format!("the catalog's answer does not name it as deleted, and whether it is gone is not known: {error}"),
            ),
        };
        Ok(Some(RefusedDeletion { identifiers, has_dependents: false, refusal: None, reason })
            .filter(|refused| !refused.identifiers.is_empty()))
    }
}
