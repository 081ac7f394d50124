//! Reproducible random numbers: one stream per purpose and position, with ranges of our own.
//!
//! Only the raw output of ChaCha8 is used, which its specification fixes. Ranges and choices are made here, so that no update
//! of a crate changes a byte of a world. The key of a stream holds everything that it depends on, so that a larger world keeps
//! the numbers of a smaller one.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Purpose of a stream. The numbers are part of every world's bytes: add new ones, never renumber.
#[derive(Clone, Copy, Debug)]
pub(super) enum RandomStream {
    Profile = 1,
    Activity = 2,
    Team = 3,
    Repository = 4,
    Seat = 5,
    ClaudeCode = 6,
    Cursor = 7,
    Alias = 8,
}

/// Position of a stream. Parts that do not apply are zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StreamPosition {
    pub(super) organization: u32,
    pub(super) index: u32,
    /// Days since 1970-01-01.
    pub(super) day: i32,
    /// Number of restatements of that day by GitHub.
    pub(super) revision: u32,
}

/// Stream of random numbers.
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    pub(super) fn new(seed: u64, purpose: RandomStream, place: StreamPosition) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&(purpose as u32).to_le_bytes());
        key[12..16].copy_from_slice(&place.organization.to_le_bytes());
        key[16..20].copy_from_slice(&place.index.to_le_bytes());
        key[20..24].copy_from_slice(&place.day.to_le_bytes());
        key[24..28].copy_from_slice(&place.revision.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Number below `end`. 0 when `end` is 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(end)) >> 32) as u32
    }

    /// Number from `first` to `last`, both included.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last - first + 1)
    }

    /// True in `percent` of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// Random position in `weights`, in proportion to the weights.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum());
        for (position, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return position;
            }
            rest -= weight;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_gives_the_numbers_it_always_gave() {
        let mut stream =
            Stream::new(7, RandomStream::Activity, StreamPosition { organization: 1, index: 2, day: 3, revision: 0 });
        let numbers: Vec<u32> = (0..6).map(|_| stream.below(1000)).collect();
        assert_eq!(numbers, [852, 861, 712, 985, 62, 757]);
    }

    #[test]
    fn streams_of_different_places_differ() {
        let first = |place| Stream::new(7, RandomStream::Activity, place).below(u32::MAX);
        let here = StreamPosition::default();
        let places = [
            here,
            StreamPosition { organization: 1, ..here },
            StreamPosition { index: 1, ..here },
            StreamPosition { day: 1, ..here },
            StreamPosition { revision: 1, ..here },
        ];
        let mut seen: Vec<u32> = places.into_iter().map(first).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), places.len());
    }

    #[test]
    fn reductions_stay_in_their_range() {
        let mut stream = Stream::new(1, RandomStream::Team, StreamPosition::default());
        for _ in 0..1000 {
            assert!((5..=9).contains(&stream.between(5, 9)));
            assert!([0, 2].contains(&stream.weighted(&[3, 0, 1])));
        }
        assert_eq!(stream.below(0), 0);
    }
}
