//! Credits of a day by tenth of its people: what a figure of single days needs of them, in a hundred bytes.

use super::bytes::{DamagedFacts, Reader, push_varint};

/// Parts into which people are divided.
pub const TENTHS: usize = 10;

/// The credits of people, from those who used most to those who used least, in ten parts of equal size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CreditTenths {
    /// People who used any.
    pub people: u64,
    /// Credits used by all of them.
    pub all: f64,
    /// Credits used by each part. Ten parts of a number that cannot be divided by ten differ by one person.
    pub parts: [f64; TENTHS],
}

impl CreditTenths {
    /// The parts of these credits, one number a person. Credits of 0 and below are left out.
    pub fn of(credits: impl IntoIterator<Item = f64>) -> Self {
        // In order, so that sums do not depend on who is first. Positive numbers are ordered as their bits are.
        let mut bits: Vec<u64> = credits.into_iter().filter(|used| *used > 0.0).map(f64::to_bits).collect();
        bits.sort_unstable();
        let used: Vec<f64> = bits.into_iter().rev().map(f64::from_bits).collect();
        let part = |tenth: usize| -> f64 {
            used.get(used.len() * tenth / TENTHS..used.len() * (tenth + 1) / TENTHS).unwrap_or_default().iter().sum()
        };
        Self { people: used.len() as u64, all: used.iter().sum(), parts: std::array::from_fn(part) }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        push_varint(out, self.people);
        out.extend_from_slice(&self.all.to_le_bytes());
        self.parts.iter().for_each(|part| out.extend_from_slice(&part.to_le_bytes()));
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DamagedFacts> {
        let people = reader.varint()?;
        let all = f64::from_le_bytes(reader.fixed()?);
        let mut parts = [0.0; TENTHS];
        for part in &mut parts {
            *part = f64::from_le_bytes(reader.fixed()?);
        }
        Ok(Self { people, all, parts })
    }
}
