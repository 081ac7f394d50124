//! Numbers of entities. Counting a million takes a tenth of a second, so a page does not wait for it: a large blueprint is counted once
//! aside, and again when it was written to.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::door::clock::Clock;
use crate::local_catalog::{LocalCatalogError, LocalCatalogReader};
use crate::render::number;

/// Blueprints with at most so many entities are counted for each page, which takes a few milliseconds.
const COUNTED_AT_ONCE: u64 = 20_000;

/// Age from which a kept count is made anew.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// A number of entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    Exactly(u64),
    /// It is being counted.
    MoreThan(u64),
}

impl Counted {
    /// In words.
    pub(super) fn text(self) -> String {
        match self {
            Self::Exactly(count) => number::count(count),
            Self::MoreThan(count) => format!("more than {}", number::count(count)),
        }
    }
}

/// Counts that are kept.
#[derive(Clone, Default)]
pub(super) struct Counts(Arc<Mutex<BTreeMap<String, KeptCount>>>);

#[derive(Clone, Copy)]
struct KeptCount {
    /// None while it is counted for the first time.
    count: Option<u64>,
    at: Duration,
    is_counting: bool,
}

impl Counts {
    /// The number of a blueprint's entities. A kept one is at most ten seconds older than the page before this one.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub(super) fn count(
        &self,
        data: &Path,
        clock: &Clock,
        reader: &LocalCatalogReader,
        blueprint: &str,
    ) -> Result<Counted, LocalCatalogError> {
        let few = reader.count_up_to(blueprint, COUNTED_AT_ONCE)?;
        if let Some(count) = few {
            return Ok(Counted::Exactly(count));
        }
        let now = clock.elapsed();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.entry(blueprint.to_owned()).or_insert(KeptCount { count: None, at: now, is_counting: false });
        let is_old = known.count.is_none() || now.saturating_sub(known.at) >= KEPT_FOR;
        if is_old && !known.is_counting {
            known.is_counting = true;
            self.count_aside(data, clock, blueprint);
        }
        Ok(known.count.map_or(Counted::MoreThan(COUNTED_AT_ONCE), Counted::Exactly))
    }

    fn count_aside(&self, data: &Path, clock: &Clock, blueprint: &str) {
        let (data, clock, kept) = (data.to_owned(), clock.clone(), Arc::clone(&self.0));
        let blueprint = blueprint.to_owned();
        let count = move || {
            let counted = LocalCatalogReader::open(&data).and_then(|reader| reader.count(&blueprint));
            if let Err(error) = &counted {
                tracing::warn!(%error, blueprint, "the entities cannot be counted");
            }
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = kept.get_mut(&blueprint) {
                *known = KeptCount { count: counted.ok().or(known.count), at: clock.elapsed(), is_counting: false };
            }
        };
        // Pages are made on threads of the runtime, which also has one for this.
        tokio::task::spawn_blocking(count);
    }
}
