//! A record of GitHub on its way to an entity: raw, then enriched with the scope it was read from.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

/// Items of a source that are handed over at once.
pub const CHUNK_ITEMS: usize = 100;

/// One record as GitHub wrote it: the text of one JSON value, untouched, so that no field is lost on the way.
///
/// Whether the text is JSON at all is found out where it is read, in `mapping`; what is not is rejected there and named by
/// its [`RawItem::line`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawItem {
    /// The JSON text. A slice of the buffer it arrived in.
    pub json: Bytes,
    /// Where it stood in its file or page: the line of NDJSON, or the element of a list, counted from 1.
    pub line: u64,
}

/// What is added to each raw item of a scope before it is mapped, such as `__organization`, in this order.
///
/// An item that has a key of that name already loses it, as in Ocean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Enrichment(pub Vec<(&'static str, Value)>);

/// About a hundred raw items of one slice, in the order in which GitHub gave them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Number of the slice in the run, see [`crate::model::slice::Slice`].
    pub slice: usize,
    /// What the items were read from, fit for people and logs: a path, or a file's number in a report. Never a signed URL.
    pub source: Arc<str>,
    /// What each item is enriched with.
    pub enrichment: Arc<Enrichment>,
    /// The items.
    pub items: Vec<RawItem>,
}
