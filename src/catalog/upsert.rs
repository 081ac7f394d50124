//! Creation and update of entities in bulks. Requests and answers of bulks are in [`super::bulk`].

use std::cell::LazyCell;
use std::ops::Range;

use futures_util::StreamExt;
use http::Method;

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;
use super::verdict;
use crate::model::bulk::{self, BODY_BYTES_AT_MOST, Bulk, UpsertAnswer, UpsertResult};
use crate::model::entity::{Entity, normal_identifier};

/// Concurrent bulks of one call. [`super::concurrency`] may limit them further.
const CONCURRENT_BULKS: usize = 8;

/// Options of an upsert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpsertFlags {
    /// Keeps properties and relations that are not sent. Otherwise the entity is replaced.
    pub merge: bool,
    /// Creates missing related entities without properties. Otherwise the entity is refused.
    pub create_missing_related: bool,
}

impl Catalog {
    /// Creates or updates entities of one blueprint. Returns one result per entity, in the given order.
    ///
    /// Entities are sent in bulks of at most 20 and 1 MiB. A bulk that is refused as a whole because of its content (400, 413, 422) is
    /// split in halves, down to the entity that causes the refusal. If a bulk fails as a whole for another reason, each of its
    /// entities is [`UpsertResult::Refused`].
    ///
    /// # Errors
    /// Only errors that end the run; see [`CatalogError::ends_the_run`]. The results of these entities are unknown then.
    pub async fn upsert(
        &self,
        blueprint: &str,
        entities: &[Entity],
        flags: UpsertFlags,
    ) -> Result<Vec<UpsertResult>, CatalogError> {
        // Collected first: a stream that maps borrowed bulks to futures cannot be sent between threads.
        let bulks: Vec<_> = bulk::bulks(entities).map(|bulk| self.upsert_bulk(blueprint, bulk, flags)).collect();
        let mut results = futures_util::stream::iter(bulks).buffered(CONCURRENT_BULKS);
        let mut all = Vec::with_capacity(entities.len());
        while let Some(results) = results.next().await.transpose()? {
            all.extend(results);
        }
        Ok(all)
    }

    async fn upsert_bulk(&self, blueprint: &str, bulk: Bulk<'_>, flags: UpsertFlags) -> Result<Vec<UpsertResult>, CatalogError> {
        let mut results = Vec::with_capacity(bulk.entities.len());
        // Parts that are still to be sent, the next one last.
        let mut parts: Vec<_> = std::iter::once(0..bulk.entities.len()).collect();
        while let Some(part) = parts.pop() {
            let body = bulk.body(part.clone());
            if body.len() > BODY_BYTES_AT_MOST && part.len() == 1 {
                results.push(too_large(body.len()));
                continue;
            }
            let attempted = attempted(blueprint, &bulk.entities[part.clone()]);
            let call = Call::new(Method::POST, &["blueprints", blueprint, "entities", "bulk"], attempted)
                .query(self.upsert_query(flags))
                .body(body)
                .exporter();
            let answer =
                self.shared.send(&call).await.and_then(|answer| Ok((answer.read_by(UpsertAnswer::read, &call)?, answer)));
            match answer {
                Ok((read, answer)) => {
                    // Created once, and only for an answer with texts.
                    let redactor = LazyCell::new(|| answer.redactor());
                    results.extend(bulk::results(&bulk.entities[part], read, |words| verdict::shown(&redactor, words)));
                }
                Err(error) if part.len() > 1 && is_about_its_content(&error) => parts.extend(halves(part)),
                Err(error) if self.shared.ends_the_run(&error) => return Err(error),
                Err(error) => results.extend(std::iter::repeat_n(refused(&error), part.len())),
            }
        }
        Ok(results)
    }

    fn upsert_query(&self, flags: UpsertFlags) -> impl Iterator<Item = (&str, &str)> {
        let text = |flag| if flag { "true" } else { "false" };
        [
            ("upsert", "true"),
            ("merge", text(flags.merge)),
            ("create_missing_related_entities", text(flags.create_missing_related)),
            ("validation_only", "false"),
        ]
        .into_iter()
        .chain(self.resync_query())
    }
}

fn attempted(blueprint: &str, entities: &[Entity]) -> String {
    match entities {
        [entity] => format!("upsert entity `{}` of `{blueprint}`", normal_identifier(&entity.identifier)),
        _ => format!("upsert {} entities of `{blueprint}`", entities.len()),
    }
}

fn is_about_its_content(error: &CatalogError) -> bool {
    matches!(error, CatalogError::Refused { refusal, .. } if matches!(refusal.status, 400 | 413 | 422))
}

/// Halves of a part, the second one first, because the last part is taken next.
fn halves(part: Range<usize>) -> [Range<usize>; 2] {
    let middle = part.start + part.len() / 2;
    [middle..part.end, part.start..middle]
}

fn too_large(bytes: usize) -> UpsertResult {
    let message = format!("the entity needs a request of {bytes} bytes; the catalog accepts at most {BODY_BYTES_AT_MOST}");
    UpsertResult::Refused { status: Some(413), code: None, message }
}

fn refused(error: &CatalogError) -> UpsertResult {
    match error {
        CatalogError::Refused { refusal, .. } => {
            let refusal = refusal.as_ref().clone();
            UpsertResult::Refused { status: Some(refusal.status), code: refusal.code, message: refusal.message }
        }
        other => {
            let refusal = other.refusal();
            let code = refusal.and_then(|refusal| refusal.code.clone());
            UpsertResult::Refused { status: refusal.map(|refusal| refusal.status), code, message: other.to_string() }
        }
    }
}
