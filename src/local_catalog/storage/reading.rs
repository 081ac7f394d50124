//! A reading that ends when nobody waits for it any more: a client that has left needs no answer, and a search over a large catalog
//! takes its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

/// Steps of SQLite's machine between two looks at whether anybody waits. A million take some ten milliseconds.
const STEPS_BETWEEN: i32 = 100_000;

/// Held by whoever waits for the answer. When it is dropped, the reading ends.
#[derive(Default)]
pub(super) struct Listener(Arc<AtomicBool>);

/// Held by whoever reads.
pub(super) struct Reading(Arc<AtomicBool>);

impl Listener {
    /// The columns that are read for it.
    pub(super) fn reading(&self) -> Reading {
        Reading(Arc::clone(&self.0))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Reading {
    /// Makes every statement fail from the moment on at which nobody waits any more.
    pub(super) fn begin(self, connection: &mut Connection) -> rusqlite::Result<()> {
        connection.progress_handler(STEPS_BETWEEN, Some(move || self.0.load(Ordering::Relaxed)))
    }

    /// Makes the connection fit for something else.
    pub(super) fn end(connection: &mut Connection) -> rusqlite::Result<()> {
        connection.progress_handler(0, None::<fn() -> bool>)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::super::{Database, READERS_AT_MOST, Storage, Traces};
    use super::*;

    /// A statement that has no end of its own.
    const ENDLESS: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";

    #[tokio::test]
    async fn a_reading_that_nobody_waits_for_any_more_ends() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&Storage::Folder(folder.path().to_owned()), Traces::default()).unwrap();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (ended, has_ended) = tokio::sync::oneshot::channel();
        let reading = database.read(move |connection| {
            let _ = begun.send(());
            let counted = connection.query_row(ENDLESS, [], |row| row.get::<_, i64>(0));
            let _ = ended.send(counted.is_err());
            Ok(())
        });
        tokio::select! {
            _ = reading => panic!("it has an end"),
            begun = has_begun => begun.unwrap(),
        }
        // Here whoever waited has left.
        let ended = tokio::time::timeout(Duration::from_secs(120), has_ended).await;
        assert!(ended.expect("it goes on").unwrap(), "it was not interrupted");
        assert!(database.read(|_| Ok(())).await.is_ok(), "the next one is not disturbed");
    }

    #[tokio::test]
    async fn only_so_many_read_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&Storage::Folder(folder.path().to_owned()), Traces::default()).unwrap();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let readings = (0..4 * READERS_AT_MOST).map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            database.read(move |_| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(20));
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        });
        assert!(futures_util::future::join_all(readings).await.iter().all(Result::is_ok));
        let most = most.load(Ordering::SeqCst);
        assert!((1..=READERS_AT_MOST).contains(&most), "{most} at once");
    }
}
