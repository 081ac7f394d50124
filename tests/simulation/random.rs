//! Random numbers of a seed: one stream per concern and number, so that a change to one draw moves no other.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The use of a stream. The numbers are part of every seed's scenario: add, never renumber.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Concern {
    World = 1,
    Mapping = 2,
    History = 3,
    Conditions = 4,
    GitHubFaults = 5,
    CatalogFaults = 6,
    Ending = 7,
    Clients = 8,
}

pub(crate) struct RandomStream(ChaCha8Rng);

impl RandomStream {
    /// The stream of a concern; `number` tells apart the runs of a scenario.
    pub(crate) fn new(seed: u64, concern: Concern, number: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(concern as u64).to_le_bytes());
        key[16..24].copy_from_slice(&number.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Draws a number below `end`, which is at least 1.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    pub(crate) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// Draws true in `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }
}
