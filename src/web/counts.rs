//! Numbers of entities. Counting a million takes a tenth of a second, so a page does not wait for it: a large blueprint is counted once
//! aside, and again when it was written to. Whether it was, the times and sizes of the catalog's files say.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use crate::door::clock::Clock;
use crate::local_catalog::{LocalCatalogError, LocalCatalogReader, last_write};
use crate::render::number;

/// Blueprints with at most so many entities are counted while a page waits, which takes a millisecond.
const COUNTED_AT_ONCE: u64 = 20_000;

/// Age from which a kept count of a catalog that is written to is made anew.
const KEPT_FOR: Duration = Duration::from_secs(10);

/// Age of a write from which a later one has another time. File systems' clocks tick every few milliseconds.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_millis(100);

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
    /// The last write before it was counted; none when another one may have the same time.
    last_write: Option<LastWrite>,
    is_counting: bool,
}

/// Times and sizes of the catalog's files.
type LastWrite = [(Option<SystemTime>, u64); 2];

/// The last write to a folder's catalog, unless it is so young that another one may have its time.
fn settled_write(data: &Path, clock: &Clock) -> Option<LastWrite> {
    let (files, now) = (last_write(data), clock.now());
    let is_settled = |time: SystemTime| Timestamp::try_from(time).is_ok_and(|time| now.duration_since(time) >= SETTLED_AFTER);
    files.iter().filter_map(|(time, _)| *time).all(is_settled).then_some(files)
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
        // Looked at before it is counted: what is written meanwhile makes the count an old one.
        let last_write = settled_write(data, clock);
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(KeptCount { count: Some(count), last_write: Some(then), .. }) = lock().get(blueprint)
            && last_write.as_ref() == Some(then)
        {
            return Ok(Counted::Exactly(*count));
        }
        let few = reader.count_up_to(blueprint, COUNTED_AT_ONCE)?;
        let now = clock.elapsed();
        let mut kept = lock();
        let known =
            kept.entry(blueprint.to_owned()).or_insert(KeptCount { count: None, at: now, last_write: None, is_counting: false });
        if let Some(count) = few {
            *known = KeptCount { count: Some(count), at: now, last_write, ..*known };
            return Ok(Counted::Exactly(count));
        }
        // A small number that was counted before is wrong by now.
        let large = known.count.filter(|count| *count > COUNTED_AT_ONCE);
        let is_old = large.is_none() || now.saturating_sub(known.at) >= KEPT_FOR;
        if is_old && !known.is_counting {
            known.is_counting = true;
            self.count_aside(data, clock, blueprint);
        }
        Ok(large.map_or(Counted::MoreThan(COUNTED_AT_ONCE), Counted::Exactly))
    }

    fn count_aside(&self, data: &Path, clock: &Clock, blueprint: &str) {
        let (data, clock, kept) = (data.to_owned(), clock.clone(), Arc::clone(&self.0));
        let blueprint = blueprint.to_owned();
        let count = move || {
            let last_write = settled_write(&data, &clock);
            let counted = LocalCatalogReader::open(&data).and_then(|reader| reader.count(&blueprint));
            if let Err(error) = &counted {
                tracing::warn!(%error, blueprint, "the entities cannot be counted");
            }
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = kept.get_mut(&blueprint) {
                let last_write = last_write.filter(|_| counted.is_ok());
                let count = counted.ok().or(known.count);
                *known = KeptCount { count, at: clock.elapsed(), last_write, is_counting: false };
            }
        };
        // Pages are made on threads of the runtime, which also has one for this.
        tokio::task::spawn_blocking(count);
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};

    /// Makes a catalog hold that many entities of one blueprint.
    fn hold(data: &Path, entities: u64) {
        let connection = Connection::open(data.join("catalog.sqlite")).unwrap();
        connection
            .execute_batch("DELETE FROM entity; INSERT OR REPLACE INTO blueprint VALUES (1, 'note', '{\"identifier\":\"note\"}')")
            .unwrap();
        let fill = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
            INSERT INTO entity (blueprint, identifier, datasource, created_by, updated_by, created_at, updated_at, properties, relations)
            SELECT 1, x, 1, 1, 1, 0, 0, '{}', '{}' FROM n";
        connection.execute(fill, [entities.cast_signed()]).unwrap();
    }

    async fn counted(counts: &Counts, data: &Path, clock: &Clock) -> Counted {
        let reader = LocalCatalogReader::open(data).unwrap();
        counts.count(data, clock, &reader, "note").unwrap()
    }

    #[tokio::test]
    async fn a_number_is_that_of_now_also_right_after_a_write() {
        let folder = tempfile::tempdir().unwrap();
        let (data, clock, counts) = (folder.path(), Clock::system(), Counts::default());
        drop(LocalCatalog::open(LocalCatalogOptions::new(Storage::Folder(data.to_owned()), clock.clone())).unwrap());
        for entities in [3, 2, 5, 4] {
            hold(data, entities);
            assert_eq!(counted(&counts, data, &clock).await, Counted::Exactly(entities));
        }
        // A kept number of few says nothing of many, which are counted aside.
        let many = COUNTED_AT_ONCE + 1;
        hold(data, many);
        assert_eq!(counted(&counts, data, &clock).await, Counted::MoreThan(COUNTED_AT_ONCE));
        let mut tries = 0;
        while counted(&counts, data, &clock).await != Counted::Exactly(many) {
            tries += 1;
            assert!(tries < 1_000, "the entities were not counted within ten seconds");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // And a kept number of many says nothing of few.
        hold(data, 7);
        assert_eq!(counted(&counts, data, &clock).await, Counted::Exactly(7));
    }

    #[tokio::test]
    async fn a_catalog_that_nobody_writes_to_is_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        let (data, clock, counts) = (folder.path(), Clock::system(), Counts::default());
        drop(LocalCatalog::open(LocalCatalogOptions::new(Storage::Folder(data.to_owned()), clock.clone())).unwrap());
        hold(data, 3);
        tokio::time::sleep(SETTLED_AFTER.unsigned_abs() + Duration::from_millis(50)).await;
        assert_eq!(counted(&counts, data, &clock).await, Counted::Exactly(3));
        let kept = *counts.0.lock().unwrap().get("note").unwrap();
        assert_eq!(kept.last_write, settled_write(data, &clock), "the count stays while the files are as they are");
        assert!(kept.last_write.is_some());
        assert_eq!(counted(&counts, data, &clock).await, Counted::Exactly(3));
        assert_eq!(counts.0.lock().unwrap().get("note").unwrap().at, kept.at, "it was not counted again");
    }
}
