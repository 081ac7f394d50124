//! Check of choices: one that matches nothing is wrong usage, because a script would not notice an empty run.

use std::sync::Arc;

use super::failure::Failure;
use super::mapping_file::same_kind;
use crate::mapping::file::Mapping;
use crate::source::{self, Source};

/// Similarity from which on a word is a misspelling of a known one: 0 is nothing in common, 1 is equal.
const NEAREST_SIMILARITY: f64 = 0.7;

/// The known word that is most like a misspelt one, when one is near enough.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|known| (strsim::jaro_winkler(known, word), known));
    let best = near.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(similarity, _)| *similarity >= NEAREST_SIMILARITY).map(|(_, known)| known)
}

/// Checks that there are such kinds, without a request.
pub(super) fn kinds_exist(only: &[String], sources: &[Arc<dyn Source>]) -> Result<(), Failure> {
    let Some(unknown) = only.iter().find(|name| source::find(sources, name).is_none()) else { return Ok(()) };
    let near = source::nearest(sources, unknown).map(|kind| format!("did you mean `{}`? ", kind.name)).unwrap_or_default();
    Err(Failure::wrong(format!("`--only {unknown}`: there is no such kind"))
        .help(format!("{near}`pilotage kinds` lists the kinds there are")))
}

/// Checks that the mapping has these kinds; `name` is the flag or setting that names them, for the message.
pub(super) fn kinds_are_mapped(only: &[String], mapping: &Mapping, name: &str) -> Result<(), Failure> {
    let mapped: Vec<&str> = mapping.resources.iter().map(|resource| resource.kind.text.as_ref()).collect();
    let is_mapped = |only: &&String| mapped.iter().any(|kind| same_kind(kind, only));
    let Some(missing) = only.iter().find(|only| !is_mapped(only)) else { return Ok(()) };
    let mut kinds: Vec<String> = mapped.iter().map(|kind| format!("`{kind}`")).collect();
    kinds.dedup();
    let help = match kinds.is_empty() {
        true => "the mapping has no resources".to_owned(),
        false => format!("it has {}", kinds.join(", ")),
    };
    Err(Failure::wrong(format!("`--only {missing}`: {name} has no resource of that kind")).help(help))
}
