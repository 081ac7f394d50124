//! What has changed at the catalog since the last look: a request for a resync, an edited mapping. Pure; who looks is the daemon.

use jiff::Timestamp;
use serde_json::Value;

/// What a look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Nothing new.
    Nothing,
    /// Somebody asked for a resync.
    Asked,
    /// The mapping says something else. That somebody asked too goes with it, because the catalog asks for a resync by itself
    /// when a mapping is edited.
    Edited,
}

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The moment of the last request; none before the first look.
    request: Option<Option<Timestamp>>,
    /// What the mapping said; none before anybody read it.
    mapping: Option<Value>,
}

impl Watch {
    /// Takes what is there now for known: what came before the first resync is done with it.
    pub fn take(&mut self, request: Option<Timestamp>) {
        self.request = Some(request);
    }

    /// A resync has read the mapping, so that it is no news any more.
    pub fn mapping_was_read(&mut self, content: &Value) {
        self.mapping = Some(content.clone());
    }

    /// Whether this mapping is another one than was seen last.
    pub fn is_new(&self, content: &Value) -> bool {
        self.mapping.as_ref() != Some(content)
    }

    /// What is new. It is known from here on.
    pub fn look(&mut self, request: Option<Timestamp>, content: &Value) -> Sight {
        // Before anything was seen nothing can be new.
        let is_edited = self.mapping.is_some() && self.is_new(content);
        let is_asked = self.request.is_some_and(|known| request > known);
        // A request that is gone, or older than one before, is none; but a newer one must be seen as such.
        self.request = Some(self.request.flatten().max(request));
        self.mapping = Some(content.clone());
        match (is_edited, is_asked) {
            (true, _) => Sight::Edited,
            (false, true) => Sight::Asked,
            (false, false) => Sight::Nothing,
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
        use Sight::{Asked, Edited, Nothing};
        let mut watch = Watch::default();
        let table = [
            (at(10), 1, Nothing, "what is there at the first look is known"),
            (at(10), 1, Nothing, "the last request stays at the catalog however often it is read"),
            (at(11), 1, Asked, "a newer one"),
            (at(11), 2, Edited, "an edit without a request"),
            (at(12), 3, Edited, "an edit with the request that the catalog makes of it"),
            (at(12), 3, Nothing, "both are known"),
            (None, 3, Nothing, "a request that is gone"),
            (at(12), 3, Nothing, "and comes back"),
            (at(13), 1, Edited, "an edit back to what was"),
        ];
        for (request, mapping, expected, why) in table {
            assert_eq!(watch.look(request, &json!(mapping)), expected, "{why}");
        }
    }

    #[test]
    fn what_a_resync_has_read_is_no_news() {
        let mut watch = Watch::default();
        watch.take(None);
        watch.mapping_was_read(&json!(1));
        assert_eq!(watch.look(None, &json!(1)), Sight::Nothing);
        watch.mapping_was_read(&json!(2));
        assert_eq!(watch.look(at(5), &json!(2)), Sight::Asked);
        assert!(watch.is_new(&json!(3)) && !watch.is_new(&json!(2)));
    }
}
