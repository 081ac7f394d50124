//! A column: a number for each of some people.

use super::PersonSet;
use super::bytes::{DamagedFacts, Reader, push_set, push_varint};

/// Powers of ten by which decimals are made whole.
const SCALES: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Marks values that are written as eight bytes, because no scale makes all of them whole.
const RAW: u8 = 255;

/// Largest whole number that is written as a varint: doubles hold every one up to here.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// A number for each of some people, ascending by person. People without one have no number, which is not 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    people: PersonSet,
    values: Vec<f64>,
}

impl Numbers {
    /// The numbers by person, ascending; of two of one person, the later is kept.
    pub fn new(of: impl IntoIterator<Item = (u32, f64)>) -> Self {
        let sorted: std::collections::BTreeMap<u32, f64> = of.into_iter().collect();
        Self { people: sorted.keys().copied().collect(), values: sorted.into_values().collect() }
    }

    /// People and numbers, ascending by person.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.people.iter().zip(self.values.iter().copied())
    }

    /// The people who have a number.
    pub fn people(&self) -> &PersonSet {
        &self.people
    }

    /// Those of these people alone.
    #[must_use]
    pub fn only(&self, members: &PersonSet) -> Self {
        let kept = self.iter().filter(|(person, _)| members.contains(*person));
        Self { people: &self.people & members, values: kept.map(|(_, value)| value).collect() }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        push_set(out, &self.people);
        let is_exact = |scale: &f64, value: &f64| {
            let whole = (value * scale).round();
            value.is_sign_positive() && whole <= LARGEST && whole / scale == *value
        };
        let scale = SCALES.iter().position(|scale| self.values.iter().all(|value| is_exact(scale, value)));
        out.push(scale.map_or(RAW, |scale| scale as u8));
        for value in &self.values {
            match scale {
                Some(scale) => push_varint(out, (value * SCALES[scale]).round() as u64),
                None => out.extend_from_slice(&value.to_le_bytes()),
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DamagedFacts> {
        let people = reader.set()?;
        let scale = match reader.byte()? {
            RAW => None,
            scale => Some(*SCALES.get(usize::from(scale)).ok_or(DamagedFacts("a scale is not known"))?),
        };
        let mut values = Vec::new();
        for _ in 0..people.len() {
            values.push(match scale {
                Some(scale) => reader.varint()? as f64 / scale,
                None => f64::from_le_bytes(reader.fixed()?),
            });
        }
        Ok(Self { people, values })
    }
}
