//! Raw items of GitHub, and the keys with the scope that enrichment adds.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

/// Items of a source that are handed over at once.
pub const CHUNK_ITEMS: usize = 100;

/// One record as GitHub wrote it: the unchanged text of one JSON value, so that no field is lost.
///
/// `mapping` finds out whether the text is valid JSON. It rejects an invalid one and names its [`RawItem::line`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawItem {
    /// The JSON text. A slice of the buffer it arrived in.
    pub json: Bytes,
    /// Position in the file or page, counted from 1: the line of NDJSON, or the element of a list.
    pub line: u64,
}

/// Keys that are added to each raw item of a scope before it is mapped, such as `__organization`, in this order.
///
/// They replace keys of the same name in the item, as in Ocean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Enrichment(pub Vec<(&'static str, Value)>);

/// About a hundred raw items of one slice, in the order in which GitHub gave them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Origin of the items for messages and logs: a path, or the number of a file in a report. Never a signed URL.
    pub source: Arc<str>,
    /// Keys that each item is enriched with.
    pub enrichment: Arc<Enrichment>,
    /// The items.
    pub items: Vec<RawItem>,
}
