//! A reading that ends when nobody waits for it any more: a client that has left needs no answer, and a search over a large catalog
//! takes its time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, InterruptHandle};

use crate::local_catalog::error::ApiError;

/// How far a reading is.
enum State {
    Waiting,
    Reading(InterruptHandle),
    Left,
}

/// Held by whoever waits for the answer. Ends the reading when it is dropped before that.
pub(super) struct Listener {
    state: Arc<Mutex<State>>,
    has_heard: bool,
}

/// Held by whoever reads.
pub(super) struct Interruptible(Arc<Mutex<State>>);

/// A reading that is about to begin.
pub(super) fn begin() -> (Listener, Interruptible) {
    let state = Arc::new(Mutex::new(State::Waiting));
    (Listener { state: Arc::clone(&state), has_heard: false }, Interruptible(state))
}

impl Interruptible {
    /// Tells with which connection.
    ///
    /// # Errors
    /// When nobody waits any more.
    pub(super) fn is_read_by(&self, connection: &Connection) -> Result<(), ApiError> {
        let mut state = held(&self.0);
        if matches!(*state, State::Left) {
            return Err(ApiError::internal("nobody waits for the answer any more"));
        }
        *state = State::Reading(connection.get_interrupt_handle());
        Ok(())
    }
}

impl Listener {
    /// The answer is there. The connection may be used for something else now.
    pub(super) fn has_heard(mut self) {
        self.has_heard = true;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.has_heard {
            return;
        }
        if let State::Reading(handle) = std::mem::replace(&mut *held(&self.state), State::Left) {
            handle.interrupt();
        }
    }
}

fn held(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::super::{Database, READERS_AT_MOST, Storage};
    use super::*;

    /// A statement that has no end of its own.
    const ENDLESS: &str = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";

    #[tokio::test]
    async fn a_reading_that_nobody_waits_for_any_more_ends() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&Storage::Folder(folder.path().to_owned())).unwrap();
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
        let database = Database::open(&Storage::Folder(folder.path().to_owned())).unwrap();
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
