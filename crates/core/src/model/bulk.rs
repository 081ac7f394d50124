//! Bulks: grouping of entities into requests, the body of a request, and the result of each entity in its answer. Pure.

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use serde::Deserialize;
use serde_json::Value;

use super::current::read;
use super::entity::{Entity, normal_identifier};

/// Entities per bulk at most: the catalog refuses more.
pub const ENTITIES_AT_MOST: usize = 20;
/// Bytes of a request's body at most: the catalog refuses more.
pub const BODY_BYTES_AT_MOST: usize = 1 << 20;

const OPENING: &[u8] = br#"{"entities":["#;
const CLOSING: &[u8] = b"]}";

/// Result of one entity of an upsert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpsertResult {
    /// Created.
    Created,
    /// Updated. Also given for an entity that an earlier attempt created, when its answer got lost.
    Updated,
    /// The identifier is a search query that found no entity. As in Ocean this is neither success nor failure, because the author
    /// means an entity that may not exist.
    Unresolved,
    /// Refused by the catalog.
    Refused {
        /// Status of this entity in the answer, or of the whole answer. None: the answer does not mention the entity.
        status: Option<u16>,
        /// The catalog's code, if it gave one.
        code: Option<String>,
        /// Reason. May be empty.
        message: String,
    },
}

/// Entities that share a request, each serialized once.
#[derive(Debug)]
pub struct Bulk<'a> {
    /// The entities, in their order.
    pub entities: &'a [Entity],
    /// JSON of each entity, in the order of `entities`.
    pub texts: Vec<Bytes>,
}

impl Bulk<'_> {
    /// Body of a request for a part of the bulk.
    pub fn body(&self, part: Range<usize>) -> Bytes {
        let texts = &self.texts[part];
        let mut body = BytesMut::with_capacity(body_bytes(texts.iter().map(Bytes::len)));
        body.put_slice(OPENING);
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                body.put_u8(b',');
            }
            body.put_slice(text);
        }
        body.put_slice(CLOSING);
        body.freeze()
    }
}

fn body_bytes(texts: impl ExactSizeIterator<Item = usize>) -> usize {
    let commas = texts.len().saturating_sub(1);
    OPENING.len() + CLOSING.len() + commas + texts.sum::<usize>()
}

/// Splits entities into bulks, in order, by number and by size. An entity that is too large for any request gets its own bulk.
pub fn bulks(entities: &[Entity]) -> impl Iterator<Item = Bulk<'_>> {
    let mut start = 0;
    let mut ahead = None;
    std::iter::from_fn(move || {
        let mut texts: Vec<Bytes> = Vec::new();
        let mut bytes = OPENING.len() + CLOSING.len();
        while let Some(entity) = entities.get(start + texts.len()) {
            if texts.len() == ENTITIES_AT_MOST {
                break;
            }
            let text = ahead.take().unwrap_or_else(|| Bytes::from(entity.to_json()));
            let more = text.len() + usize::from(!texts.is_empty());
            if bytes + more > BODY_BYTES_AT_MOST && !texts.is_empty() {
                ahead = Some(text);
                break;
            }
            bytes += more;
            texts.push(text);
        }
        let bulk = Bulk { entities: &entities[start..start + texts.len()], texts };
        start += bulk.texts.len();
        (!bulk.texts.is_empty()).then_some(bulk)
    })
}

/// Answer to a bulk, with status 200 or 207.
#[derive(Debug, Deserialize)]
pub struct UpsertAnswer {
    #[serde(default)]
    entities: Vec<WrittenEntity>,
    #[serde(default)]
    errors: Vec<FailedEntity>,
}

#[derive(Debug, Deserialize)]
struct WrittenEntity {
    #[serde(default)]
    created: bool,
    #[serde(default)]
    identifier: Value,
    index: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailedEntity {
    #[serde(default)]
    identifier: Value,
    index: Option<usize>,
    status_code: Option<u16>,
    error: Option<String>,
    message: Option<String>,
}

impl UpsertAnswer {
    /// Reads an answer.
    ///
    /// # Errors
    /// It is not the JSON that Port documents.
    pub fn read(answer: &[u8]) -> serde_json::Result<Self> {
        read(answer)
    }
}

/// Results of the entities that were sent, in their order.
///
/// For one entity an error takes precedence over a success. An entity that is not mentioned counts as refused, because nothing proves
/// that it exists. `shown` redacts and escapes texts of the answer, which may quote anything.
pub fn results(entities: &[Entity], answer: UpsertAnswer, shown: impl Fn(&str) -> String) -> Vec<UpsertResult> {
    let mut results: Vec<Option<UpsertResult>> = vec![None; entities.len()];
    for written in answer.entities {
        if let Some(position) = position(entities, &results, written.index, &written.identifier) {
            results[position] = Some(if written.created { UpsertResult::Created } else { UpsertResult::Updated });
        }
    }
    for failed in answer.errors {
        if let Some(position) = position(entities, &results, failed.index, &failed.identifier) {
            let is_unresolved = failed.identifier == "unknown" && entities[position].identifier != "unknown";
            results[position] = Some(if is_unresolved {
                UpsertResult::Unresolved
            } else {
                let message = shown(failed.message.as_deref().unwrap_or_default());
                UpsertResult::Refused { status: failed.status_code, code: failed.error.as_deref().map(&shown), message }
            });
        }
    }
    let unmentioned = || UpsertResult::Refused {
        status: None,
        code: None,
        message: "the catalog's answer does not mention this entity".to_owned(),
    };
    results.into_iter().map(|result| result.unwrap_or_else(unmentioned)).collect()
}

/// Position of the entity that is meant: by index, or, without one, the first with that identifier that has no result yet.
fn position(entities: &[Entity], results: &[Option<UpsertResult>], index: Option<usize>, identifier: &Value) -> Option<usize> {
    if index.is_some() {
        return index.filter(|index| *index < entities.len());
    }
    let wanted = normal_identifier(identifier);
    let is_meant = |at: &usize| results[*at].is_none() && normal_identifier(&entities[*at].identifier) == wanted;
    (0..entities.len()).find(is_meant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::fields::Fields;

    fn entity(identifier: Value, property_bytes: usize) -> Entity {
        let properties = Fields::from_iter([("text".to_owned(), Value::from("x".repeat(property_bytes)))]);
        Entity {
            identifier,
            blueprint: "service".into(),
            title: None,
            icon: None,
            team: None,
            properties: Some(properties),
            relations: None,
        }
    }

    fn sizes(entities: &[Entity]) -> Vec<usize> {
        bulks(entities).map(|bulk| bulk.texts.len()).collect()
    }

    #[test]
    fn a_bulk_holds_twenty_entities_at_most() {
        let entities: Vec<_> = (0..45).map(|number| entity(json!(number), 0)).collect();
        assert_eq!(sizes(&entities), [20, 20, 5]);
        assert_eq!(sizes(&[]), Vec::<usize>::new());
    }

    #[test]
    fn a_body_reaches_the_limit_of_bytes_but_does_not_pass_it() {
        let around = serde_json::to_vec(&entity(json!("a"), 0)).unwrap().len();
        let room = BODY_BYTES_AT_MOST - OPENING.len() - CLOSING.len() - 1 - 2 * around;
        let fits = [entity(json!("a"), room / 2), entity(json!("b"), room - room / 2)];
        assert_eq!(sizes(&fits), [2]);
        assert_eq!(bulks(&fits).next().unwrap().body(0..2).len(), BODY_BYTES_AT_MOST);
        let passes = [entity(json!("a"), room / 2), entity(json!("b"), room - room / 2 + 1)];
        assert_eq!(sizes(&passes), [1, 1]);
    }

    #[test]
    fn an_entity_too_large_for_any_request_stands_alone_and_keeps_its_place() {
        let entities = [entity(json!(1), 0), entity(json!(2), 2 << 20), entity(json!(3), 0), entity(json!(4), 0)];
        assert_eq!(sizes(&entities), [1, 1, 2]);
        let firsts: Vec<_> = bulks(&entities).map(|bulk| bulk.entities[0].identifier.clone()).collect();
        assert_eq!(firsts, [json!(1), json!(2), json!(3)]);
    }

    #[test]
    fn a_body_is_the_json_of_its_entities() {
        let entities: Vec<_> = (0..3).map(|number| entity(json!(number), 1)).collect();
        let bulk = bulks(&entities).next().unwrap();
        let body: Value = serde_json::from_slice(&bulk.body(1..3)).unwrap();
        assert_eq!(body, json!({"entities": [entities[1], entities[2]]}));
    }

    fn told(identifiers: &[Value], answer: Value) -> Vec<UpsertResult> {
        let entities: Vec<_> = identifiers.iter().map(|identifier| entity(identifier.clone(), 0)).collect();
        results(&entities, serde_json::from_value(answer).unwrap(), str::to_owned)
    }

    fn refused(status: Option<u16>, code: Option<&str>, message: &str) -> UpsertResult {
        UpsertResult::Refused { status, code: code.map(str::to_owned), message: message.into() }
    }

    #[test]
    fn each_error_finds_its_entity_by_index() {
        let answer = json!({"ok": false,
            "entities": [{"created": true, "identifier": "a", "index": 0}, {"created": false, "identifier": "c", "index": 2}],
            "errors": [{"identifier": "b", "index": 1, "statusCode": 422, "error": "invalid_request", "message": "no"}]});
        let expected = [UpsertResult::Created, refused(Some(422), Some("invalid_request"), "no"), UpsertResult::Updated];
        assert_eq!(told(&[json!("a"), json!("b"), json!("c")], answer), expected);
    }

    #[test]
    fn an_entity_that_the_answer_does_not_mention_is_not_taken_to_be_there() {
        let silent = refused(None, None, "the catalog's answer does not mention this entity");
        assert_eq!(told(&[json!("a")], json!({"ok": true})), std::slice::from_ref(&silent));
        let answer = json!({"ok": true, "entities": [{"created": true, "identifier": "x", "index": 7}]});
        assert_eq!(told(&[json!("a")], answer), [silent]);
    }

    #[test]
    fn without_an_index_the_identifier_tells_which_entity_is_meant() {
        let answer =
            json!({"entities": [{"created": true, "identifier": "5"}], "errors": [{"identifier": "a", "message": "no"}]});
        assert_eq!(told(&[json!("a"), json!(5)], answer), [refused(None, None, "no"), UpsertResult::Created]);
    }

    #[test]
    fn a_search_that_finds_no_entity_is_neither_success_nor_failure() {
        let answer = json!({"errors": [
            {"identifier": "unknown", "index": 0, "statusCode": 404, "error": "not_found", "message": "none"},
            {"identifier": "unknown", "index": 1, "statusCode": 404, "error": "not_found", "message": "none"}]});
        let query = json!({"combinator": "and", "rules": []});
        let expected = [UpsertResult::Unresolved, refused(Some(404), Some("not_found"), "none")];
        assert_eq!(told(&[query, json!("unknown")], answer), expected);
    }
}
