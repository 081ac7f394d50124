//! Changes at the catalog since the last check: a request for a resync, an edited mapping. Pure; the daemon does the checks.

use jiff::Timestamp;
use serde_json::Value;

/// Change at the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogChange {
    /// No change.
    Unchanged,
    /// New request for a resync.
    Requested,
    /// Edited mapping, with or without a new request: the catalog itself makes a request when a mapping is edited.
    Edited,
}

/// Last request and mapping that were read.
#[derive(Clone, Debug, Default)]
pub struct CatalogWatch {
    /// Time of the last request. Outer none: before the first check.
    request: Option<Option<Timestamp>>,
    /// Content of the mapping. None: not read yet.
    mapping: Option<Value>,
}

impl CatalogWatch {
    /// Marks a request as known: the first resync covers everything before it.
    pub fn take(&mut self, request: Option<Timestamp>) {
        self.request = Some(request);
    }

    /// Marks a mapping that a resync has read as known.
    pub fn mapping_was_read(&mut self, content: &Value) {
        self.mapping = Some(content.clone());
    }

    /// True when this mapping differs from the last one.
    pub fn is_new(&self, content: &Value) -> bool {
        self.mapping.as_ref() != Some(content)
    }

    /// Compares request and mapping with the last ones, and marks them as known.
    pub fn compare(&mut self, request: Option<Timestamp>, content: &Value) -> CatalogChange {
        // Without an earlier mapping nothing counts as an edit.
        let is_edited = self.mapping.is_some() && self.is_new(content);
        let is_asked = self.request.is_some_and(|known| request > known);
        // The newest request is kept, so that one that disappears and comes back is not counted again.
        self.request = Some(self.request.flatten().max(request));
        self.mapping = Some(content.clone());
        match (is_edited, is_asked) {
            (true, _) => CatalogChange::Edited,
            (false, true) => CatalogChange::Requested,
            (false, false) => CatalogChange::Unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(second).ok()
    }

    #[test]
    fn each_request_and_each_edit_is_seen_once() {
        use CatalogChange::{Edited, Requested, Unchanged};
        let mut watch = CatalogWatch::default();
        let table = [
            (at(10), 1, Unchanged, "what is there at the first look is known"),
            (at(10), 1, Unchanged, "the last request stays at the catalog however often it is read"),
            (at(11), 1, Requested, "a newer one"),
            (at(11), 2, Edited, "an edit without a request"),
            (at(12), 3, Edited, "an edit with the request that the catalog makes of it"),
            (at(12), 3, Unchanged, "both are known"),
            (None, 3, Unchanged, "a request that is gone"),
            (at(12), 3, Unchanged, "and comes back"),
            (at(13), 1, Edited, "an edit back to what was"),
        ];
        for (request, mapping, expected, why) in table {
            assert_eq!(watch.compare(request, &json!(mapping)), expected, "{why}");
        }
    }

    #[test]
    fn what_a_resync_has_read_is_no_news() {
        let mut watch = CatalogWatch::default();
        watch.take(None);
        watch.mapping_was_read(&json!(1));
        assert_eq!(watch.compare(None, &json!(1)), CatalogChange::Unchanged);
        watch.mapping_was_read(&json!(2));
        assert_eq!(watch.compare(at(5), &json!(2)), CatalogChange::Requested);
        assert!(watch.is_new(&json!(3)) && !watch.is_new(&json!(2)));
    }
}
