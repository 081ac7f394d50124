//! Lines of the log about reading: one for each kind and owner, however many days and teams were read.

use crate::model::slice::{Slice, SliceEnd};

/// Slices of one kind and owner, one after the other. The source reads owner by owner.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OwnerSlices {
    kind: String,
    owner: String,
    slices: u64,
    items: u64,
    rejected: u64,
    /// The worst end, with its reason.
    worst: Option<(&'static str, Option<String>)>,
}

impl OwnerSlices {
    /// Adds a slice. Gives what was collected before, when the slice is another kind's or owner's.
    pub(super) fn add(&mut self, slice: &Slice) -> Option<Self> {
        let owner = slice.scope.split('/').next().unwrap_or_default();
        let is_other = self.slices > 0 && (self.kind != slice.kind || self.owner != owner);
        let before = is_other.then(|| std::mem::take(self));
        if self.slices == 0 {
            (self.kind, self.owner) = (slice.kind.clone(), owner.to_owned());
        }
        self.slices += 1;
        self.items += slice.items;
        self.rejected += slice.rejected;
        let (end, worst) = (slice.end.name(), self.worst.as_ref().map(|(name, _)| *name));
        if worst.is_none_or(|worst| rank(end) > rank(worst)) {
            self.worst = Some((end, slice.end.reason().map(str::to_owned)));
        }
        before
    }

    /// Takes what was collected; none before the first slice.
    pub(super) fn take(&mut self) -> Option<Self> {
        (self.slices > 0).then(|| std::mem::take(self))
    }

    /// Writes the line. What went wrong is told at the end of the run, by whoever carries it out; here it is one line among others.
    pub(super) fn log(&self) {
        let Self { kind, owner, slices, items, rejected, worst } = self;
        let (state, reason) =
            worst.as_ref().map_or((SliceEnd::Complete.name(), None), |(state, reason)| (*state, reason.as_deref()));
        tracing::info!(kind, scope = owner, slices, state, items, rejected, reason, "read");
    }
}

/// How bad an end is, as far as a reader of the log wants to see it among others.
fn rank(end: &str) -> usize {
    ["empty", "complete", "not-ready", "suppressed", "unconfirmed", "forbidden"]
        .iter()
        .position(|known| *known == end)
        .unwrap_or(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_an_owner_are_one_line_with_the_worst_end() {
        let slice =
            |kind: &str, scope: &str, end: SliceEnd, items| Slice { items, rejected: 1, ..Slice::new(0, kind, scope, end) };
        let not_ready = || SliceEnd::NotReady { reason: "no report yet".to_owned() };
        let mut open = OwnerSlices::default();
        assert_eq!(open.take(), None);
        assert_eq!(open.add(&slice("teams", "acme/core", SliceEnd::Complete, 3)), None);
        assert_eq!(open.add(&slice("teams", "acme/web", not_ready(), 0)), None);
        assert_eq!(open.add(&slice("teams", "acme/qa", SliceEnd::Empty, 0)), None);
        let acme = open.add(&slice("teams", "beta/core", SliceEnd::Complete, 5)).unwrap();
        assert_eq!((acme.owner.as_str(), acme.slices, acme.items, acme.rejected), ("acme", 3, 3, 3));
        assert_eq!(acme.worst, Some(("not-ready", Some("no report yet".to_owned()))));
        let beta = open.add(&slice("seats", "beta", SliceEnd::Complete, 1)).unwrap();
        assert_eq!((beta.kind.as_str(), beta.owner.as_str(), beta.slices), ("teams", "beta", 1), "another kind is another line");
        assert_eq!(open.take().map(|seats| seats.kind), Some("seats".to_owned()));
        assert_eq!(open.take(), None);
    }

    #[test]
    fn every_end_has_its_rank() {
        let text = || String::from("x");
        let ends = [
            SliceEnd::Empty,
            SliceEnd::Complete,
            SliceEnd::NotReady { reason: text() },
            SliceEnd::Suppressed { reason: text(), remedy: text() },
            SliceEnd::Forbidden { reason: text(), remedy: text() },
            SliceEnd::Failed { reason: text(), remedy: text() },
        ];
        let ranks: Vec<usize> = ends.iter().map(|end| rank(end.name())).collect();
        assert_eq!(ranks, [0, 1, 2, 3, 5, 6]);
    }
}
