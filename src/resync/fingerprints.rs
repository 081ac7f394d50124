//! The keys of a run, as fingerprints: about 16 bytes each, whatever the length of the identifiers, and however many there are.
//!
//! A hash table of a million doubles when it is full, holds both halves meanwhile, and is half empty afterwards. These are sorted
//! lists, thousands of them, each short enough to be kept sorted by moving what comes after.

/// Lists at most; a power of two. With a million keys a list holds 250.
const LISTS: usize = 4096;

/// Keys from which on there is a list for each of [`LISTS`]; fewer share one, so that a small run costs nothing.
const FEW: usize = 64;

/// A set of fingerprints.
#[derive(Debug, Default)]
pub struct Fingerprints {
    /// Sorted. One list, or [`LISTS`] of them by the first bits.
    lists: Vec<Vec<u128>>,
    count: usize,
}

impl Fingerprints {
    /// Adds one. False when it was there.
    pub fn insert(&mut self, fingerprint: u128) -> bool {
        if self.lists.is_empty() {
            self.lists.push(Vec::new());
        }
        if self.lists.len() == 1 && self.count >= FEW {
            self.spread();
        }
        let list = self.list(fingerprint);
        let list = &mut self.lists[list];
        let Err(place) = list.binary_search(&fingerprint) else { return false };
        if list.len() == list.capacity() {
            // Doubling would leave a third of the memory unused.
            list.reserve_exact(4 + list.len() / 4);
        }
        list.insert(place, fingerprint);
        self.count += 1;
        true
    }

    /// True for a fingerprint of the set.
    pub fn contains(&self, fingerprint: &u128) -> bool {
        let list = self.lists.get(self.list(*fingerprint));
        list.is_some_and(|list| list.binary_search(fingerprint).is_ok())
    }

    /// Takes one out. False when it was not there.
    pub fn remove(&mut self, fingerprint: &u128) -> bool {
        let list = self.list(*fingerprint);
        let Some(list) = self.lists.get_mut(list) else { return false };
        let place = list.binary_search(fingerprint);
        place.map(|place| list.remove(place)).inspect(|_| self.count -= 1).is_ok()
    }

    /// Number of fingerprints.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True without any fingerprint.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn list(&self, fingerprint: u128) -> usize {
        if self.lists.len() < LISTS { 0 } else { (fingerprint >> (u128::BITS - LISTS.ilog2())) as usize }
    }

    fn spread(&mut self) {
        let few = std::mem::replace(&mut self.lists, vec![Vec::new(); LISTS]);
        for fingerprint in few.into_iter().flatten() {
            let list = self.list(fingerprint);
            // In order, so that each stays sorted.
            self.lists[list].push(fingerprint);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_a_set_holds(steps in proptest::collection::vec((any::<bool>(), 0_u128..200, 0_u32..3), 0..600)) {
            let mut model = BTreeSet::new();
            let mut fingerprints = Fingerprints::default();
            for (adds, number, shift) in steps {
                let fingerprint = number << (shift * 60);
                if adds {
                    prop_assert_eq!(fingerprints.insert(fingerprint), model.insert(fingerprint));
                } else {
                    prop_assert_eq!(fingerprints.remove(&fingerprint), model.remove(&fingerprint));
                }
                prop_assert_eq!(fingerprints.contains(&fingerprint), adds);
                prop_assert_eq!(fingerprints.len(), model.len());
                prop_assert_eq!(fingerprints.is_empty(), model.is_empty());
            }
        }
    }
}
