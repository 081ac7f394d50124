//! Deleting entities. Which ones may go is decided elsewhere, with reasons; this only carries it out.

use std::collections::HashSet;

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::Catalog;
use super::call::Call;
use super::error::{CatalogError, Refusal};

/// Entities per request at most: the catalog refuses more.
const ENTITIES_AT_MOST: usize = 100;

/// What became of the entities that were to be deleted. Each of them is in exactly one of the lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// Deleted by us.
    pub deleted: Vec<String>,
    /// Not there when we came, by what the catalog says.
    pub absent: Vec<String>,
    /// Still there.
    pub refused: Vec<RefusedDeletion>,
}

/// Entities that the catalog refused, together, to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedDeletion {
    /// At most 100, the ones of one request: with dependents in the way the catalog refuses all for one.
    pub identifiers: Vec<String>,
    /// What the catalog answered, none when that was not understood.
    pub refusal: Option<Refusal>,
    /// What was attempted and what came back.
    pub reason: String,
}

impl Catalog {
    /// Deletes entities of one blueprint, with those that depend on them if `dependents`. In the order given, 100 per request.
    ///
    /// # Errors
    /// Only when nothing else would work either: see [`CatalogError::ends_the_run`]. Some may be deleted then.
    pub async fn delete(&self, blueprint: &str, identifiers: &[String], dependents: bool) -> Result<Deletion, CatalogError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Deleted {
            deleted_entities: Vec<String>,
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
            match sent.and_then(|answer| answer.read::<Deleted>(&call)) {
                // What is not there any more the second time was deleted the first time, when the answer got lost.
                Ok(_) if may_be_second => deletion.deleted.extend_from_slice(chunk),
                Ok(answer) => {
                    let deleted: HashSet<&str> = answer.deleted_entities.iter().map(String::as_str).collect();
                    let (gone, absent): (Vec<_>, Vec<_>) =
                        chunk.iter().cloned().partition(|identifier| deleted.contains(identifier.as_str()));
                    deletion.deleted.extend(gone);
                    deletion.absent.extend(absent);
                }
                Err(error) if self.shared.ends_the_run(&error) => return Err(error),
                Err(error) => deletion.refused.push(RefusedDeletion {
                    identifiers: chunk.to_vec(),
                    refusal: error.refusal().cloned(),
                    reason: error.to_string(),
                }),
            }
        }
        Ok(deletion)
    }
}
