//! AI tools on a day: who used which, and what each tool tells in sums. Several accounts of one day are merged by whoever reads them.

use std::collections::BTreeMap;

use super::PersonSet;
use super::bytes::{DamagedFacts, Reader, push_set, push_text, push_varint};

/// Format of [`ToolsDay::pack`].
const FORMAT: u8 = 1;

/// Sums are kept in ten-thousandths: credits and cents have fractions.
const SCALE: f64 = 10_000.0;

/// The tools of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolsDay {
    /// By the tool's name in items.
    pub tools: BTreeMap<String, ToolOfDay>,
}

/// One tool on a day. Persons are those that were matched, so that one person has one number in whatever tool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolOfDay {
    /// Everybody with a row.
    pub reported: PersonSet,
    /// Everybody who used it.
    pub active: PersonSet,
    /// Those of the people with a row whom nothing matches to a person of other tools.
    pub unmatched: PersonSet,
    /// Rows of keys and service accounts, which are no people.
    pub machines: u64,
    /// What the people and keys did together, by the name in items. What a tool does not tell is not among them.
    pub sums: BTreeMap<String, f64>,
}

impl ToolsDay {
    /// Adds what another account has of the same day. People are united, sums are added.
    pub fn merge(&mut self, other: &Self) {
        for (name, tool) in &other.tools {
            let merged = self.tools.entry(name.clone()).or_default();
            merged.reported |= &tool.reported;
            merged.active |= &tool.active;
            merged.unmatched |= &tool.unmatched;
            merged.machines += tool.machines;
            for (sum, value) in &tool.sums {
                *merged.sums.entry(sum.clone()).or_default() += value;
            }
        }
    }

    /// Packs it.
    pub fn pack(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        push_varint(&mut out, self.tools.len() as u64);
        for (name, tool) in &self.tools {
            push_text(&mut out, name);
            push_set(&mut out, &tool.reported);
            push_set(&mut out, &tool.active);
            push_set(&mut out, &tool.unmatched);
            push_varint(&mut out, tool.machines);
            push_varint(&mut out, tool.sums.len() as u64);
            for (sum, value) in &tool.sums {
                push_text(&mut out, sum);
                push_varint(&mut out, (value.max(0.0) * SCALE).round() as u64);
            }
        }
        out
    }

    /// Unpacks it.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(bytes: &[u8]) -> Result<Self, DamagedFacts> {
        let mut reader = Reader::of(bytes, FORMAT)?;
        let mut day = Self::default();
        for _ in 0..reader.count()? {
            let name = reader.text()?.to_owned();
            let mut tool =
                ToolOfDay { reported: reader.set()?, active: reader.set()?, unmatched: reader.set()?, ..ToolOfDay::default() };
            tool.machines = reader.varint()?;
            for _ in 0..reader.count()? {
                let sum = reader.text()?.to_owned();
                tool.sums.insert(sum, reader.varint()? as f64 / SCALE);
            }
            day.tools.insert(name, tool);
        }
        reader.end()?;
        Ok(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> ToolsDay {
        let tool = |people: &[u32], cost: Option<f64>| ToolOfDay {
            reported: people.iter().copied().collect(),
            active: people.iter().copied().filter(|person| person % 2 == 0).collect(),
            unmatched: people.iter().copied().take(1).collect(),
            machines: 3,
            sums: cost.into_iter().map(|cost| ("cost_cents".to_owned(), cost)).collect(),
        };
        ToolsDay { tools: [("a".to_owned(), tool(&[1, 2, 70_000], Some(12.25))), ("b".to_owned(), tool(&[2], None))].into() }
    }

    #[test]
    fn it_comes_back_whole_and_damaged_bytes_do_not() {
        let packed = day().pack();
        assert_eq!(ToolsDay::unpack(&packed), Ok(day()));
        for length in 0..packed.len() {
            assert!(ToolsDay::unpack(&packed[..length]).is_err(), "{length}");
        }
        assert_eq!(ToolsDay::unpack(&ToolsDay::default().pack()), Ok(ToolsDay::default()));
    }

    #[test]
    fn accounts_are_united_and_not_added_up_where_they_share_people() {
        let mut merged = day();
        merged.merge(&day());
        assert_eq!((merged.tools["a"].reported.len(), merged.tools["a"].sums["cost_cents"]), (3, 24.5));
        assert!(merged.tools["b"].sums.is_empty(), "what is not told stays so");
    }
}
