//! Values with known names: what shells complete, and "did you mean" for names that must be known.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};

use crate::kind;
use crate::simulator::Scenario;

/// Similarity from which on a known name is suggested for a wrong one: 0 is nothing in common, 1 is equal.
const NEAREST_SIMILARITY: f64 = 0.6;

/// Parser of a value whose usual names are known.
#[derive(Clone)]
pub(super) struct KnownNames<T> {
    names: Vec<(&'static str, &'static str)>,
    read: fn(&str) -> Result<T, String>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for KnownNames<T> {
    type Value = T;

    fn parse_ref(&self, command: &clap::Command, argument: Option<&clap::Arg>, value: &OsStr) -> Result<T, clap::Error> {
        TypedValueParser::parse_ref(&self.read, command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.names.iter().map(|(name, about)| PossibleValue::new(*name).help(*about))))
    }
}

/// Kinds and their aliases. Another text is passed on: the command that reads it says what is wrong, for it knows the mapping.
pub(super) fn kinds() -> KnownNames<String> {
    let names =
        |kind: &'static kind::Kind| std::iter::once(kind.name).chain(kind.aliases.iter().copied()).map(|name| (name, kind.about));
    KnownNames { names: kind::ALL.iter().flat_map(names).collect(), read: |text| Ok(text.to_owned()) }
}

/// Scenarios of the simulator.
pub(super) fn scenarios() -> KnownNames<Scenario> {
    let names = Scenario::ALL.map(|scenario| (scenario.name(), scenario.about()));
    let read = |text: &str| Scenario::named(text).ok_or_else(|| unknown(text, &Scenario::ALL.map(Scenario::name)));
    KnownNames { names: names.to_vec(), read }
}

fn unknown(text: &str, names: &[&str]) -> String {
    let similarity = |name: &&&str| (strsim::normalized_damerau_levenshtein(name, text) * 1000.0) as u32;
    let near = names.iter().max_by_key(similarity).filter(|name| f64::from(similarity(name)) >= NEAREST_SIMILARITY * 1000.0);
    let near = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    format!("{near}the scenarios are {}", names.join(", "))
}
