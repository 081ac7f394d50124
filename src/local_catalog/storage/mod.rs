//! Storage of the catalog: one writer, which commits in groups, and concurrent readers.
//!
//! | subject | file |
//! | --- | --- |
//! | lock against a second writer | `lock` |
//! | tables and settings of SQLite | `schema` |
//! | the writing connection and what it remembers | `store` |
//! | a reading that ends when nobody waits for it any more | `reading` |
//! | a blueprint as it is kept | `stored_blueprint` |
//! | the statements, by table | `entities`, `blueprints`, `documents` |
//! | walks through entities | `walk` |

pub(crate) mod blueprints;
pub(crate) mod documents;
pub(crate) mod entities;
pub(crate) mod lock;
mod reading;
pub(crate) mod schema;
pub(crate) mod store;
pub(crate) mod stored_blueprint;
pub(crate) mod walk;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use super::error::ApiError;
use super::unusable::LocalCatalogError;
use crate::door::data_folder;
use crate::door::sqlite::{self, OpenError};
use lock::FolderLock;
use reading::{Listener, Reading};
use store::Store;

/// Storage of a local catalog.
#[derive(Clone, Debug)]
pub enum Storage {
    /// File `catalog.sqlite` in this folder. A missing folder is made.
    Folder(PathBuf),
    /// The same file, opened read-only, for a read-only folder. Writes are refused.
    ReadOnly(PathBuf),
    /// In memory, for the life of the process. Requests run on the calling thread, as a simulation with paused time needs.
    Memory,
}

/// Name of the file in a folder.
pub(crate) const FILE_NAME: &str = "catalog.sqlite";

/// Most requests of one commit: enough to share its cost, few enough to answer the first one soon.
const GROUP_LIMIT: usize = 256;

/// What may stay in the file of what is replaced or removed. SQLite clears what it frees, and yet leaves copies of rows that it had
/// moved within a page; only a file that is written anew has none.
#[derive(Clone)]
pub struct Traces {
    must_go: Arc<dyn Fn() -> bool + Send + Sync>,
    quiet_for: Duration,
}

impl Traces {
    /// So long nobody has written when the file is written anew: that takes seconds, and writers wait for it.
    const QUIET_FOR: Duration = Duration::from_secs(60);

    /// Nothing may stay whenever `must_go` says so: the file is then written anew once nobody has written for a minute, and when
    /// it is closed. It is asked each time, because people can ask to be forgotten while the catalog is open.
    pub fn that_go_when(must_go: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { must_go: Arc::new(must_go), quiet_for: Self::QUIET_FOR }
    }
}

impl Default for Traces {
    /// Anything may stay.
    fn default() -> Self {
        Self::that_go_when(|| false)
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Traces").field("quiet_for", &self.quiet_for).finish_non_exhaustive()
    }
}

/// Idle connections for reading. More are opened for concurrent requests, and closed again.
const IDLE_READERS: usize = 2;

/// Requests that read at once. Others stand in line, so that a few large searches leave the machine something to do its work with.
const READERS_AT_MOST: usize = 8;

/// Database of a catalog.
pub(crate) enum Database {
    Memory(Mutex<Store>),
    Folder(FolderDatabase),
}

pub(crate) struct FolderDatabase {
    path: PathBuf,
    /// None while it is being dropped, and in a read-only folder.
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    line: Semaphore,
    _lock: Option<FolderLock>,
}

/// Work on the store. Its result answers the request once the group is committed or undone.
type Job = Box<dyn FnOnce(&mut Store) -> Reply + Send>;
type Reply = Box<dyn FnOnce(Result<(), ApiError>) + Send>;

impl Database {
    /// Opens it.
    pub(crate) fn open(storage: &Storage, traces: Traces) -> Result<Self, LocalCatalogError> {
        let folder = match storage {
            Storage::Memory => {
                let connection = schema::FORMAT.open_memory().map_err(|error| refused(Path::new(":memory:"), error))?;
                return Ok(Self::Memory(Mutex::new(Store::new(connection))));
            }
            Storage::ReadOnly(folder) => {
                let path = folder.join(FILE_NAME);
                let reader = schema::FORMAT.open_to_read(&path).map_err(|error| refused(&path, error))?;
                let readers = Mutex::new(vec![reader]);
                return Ok(Self::Folder(FolderDatabase { path, jobs: None, writer: None, readers, line: line(), _lock: None }));
            }
            Storage::Folder(folder) => folder,
        };
        let cannot = |source| LocalCatalogError::Folder { folder: folder.clone(), source };
        data_folder::make(folder).map_err(cannot)?;
        let lock = FolderLock::take(folder)?;
        let path = folder.join(FILE_NAME);
        let connection = schema::FORMAT.open(&path).map_err(|error| refused(&path, error))?;
        let (jobs, queue) = channel();
        let store = Store::new(connection);
        let name = "local-catalog-writer".to_owned();
        let writer =
            std::thread::Builder::new().name(name).spawn(move || write_in_groups(store, &queue, &traces)).map_err(cannot)?;
        let readers = Mutex::new(Vec::new());
        Ok(Self::Folder(FolderDatabase {
            path,
            jobs: Some(jobs),
            writer: Some(writer),
            readers,
            line: line(),
            _lock: Some(lock),
        }))
    }

    /// Runs `work` in a transaction, and answers after the commit.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Store) -> Result<T, ApiError> + Send + 'static,
    {
        let folder = match self {
            Self::Memory(store) => {
                let mut store = lock(store);
                store.begin()?;
                let result = store.all_or_nothing(work);
                store.commit()?;
                return result;
            }
            Self::Folder(folder) => folder,
        };
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            let result = store.all_or_nothing(work);
            Box::new(move |committed| {
                // The client may have disconnected; its work is committed all the same.
                let _ = sender.send(committed.and(result));
            })
        });
        let stopped = || ApiError::internal("the catalog could not write to its file");
        if folder.jobs.is_none() {
            return Err(ApiError::new(403, "read_only", "the catalog's folder is read-only"));
        }
        folder.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(stopped)?;
        receiver.await.map_err(|_| stopped())?
    }

    /// Reads committed data. Whoever does not wait for the answer any more ends the reading.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, ApiError> + Send + 'static,
    {
        let folder = match self {
            Self::Memory(store) => return work(&lock(store).connection),
            Self::Folder(folder) => folder,
        };
        let _permit = folder.line.acquire().await.map_err(|error| ApiError::internal(error.to_string()))?;
        let idle = lock(&folder.readers).pop();
        let path = folder.path.clone();
        let listener = Listener::default();
        let reading = listener.reading();
        let task = tokio::task::spawn_blocking(move || {
            let mut connection = match idle {
                Some(connection) => connection,
                None => {
                    schema::FORMAT.open_to_read(&path).map_err(|error| ApiError::internal(refused(&path, error).to_string()))?
                }
            };
            reading.begin(&mut connection)?;
            // One snapshot for all reads of a request.
            connection.execute_batch("BEGIN")?;
            let result = work(&connection);
            connection.execute_batch("ROLLBACK")?;
            Reading::end(&mut connection)?;
            Ok::<_, ApiError>((result, connection))
        });
        let (result, connection) = task.await.map_err(|error| ApiError::internal(error.to_string()))??;
        drop(listener);
        let mut readers = lock(&folder.readers);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        result
    }
}

impl Drop for FolderDatabase {
    fn drop(&mut self) {
        // Readers are closed first: only the last connection that closes merges the log into the file.
        lock(&self.readers).clear();
        // The end of the queue makes the writer finish its jobs and close the file. Then the lock is released.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn line() -> Semaphore {
    Semaphore::new(READERS_AT_MOST)
}

/// Locks a mutex also after a panic: the store was then rolled back, see [`Store::begin`].
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn refused(path: &Path, error: OpenError) -> LocalCatalogError {
    let file = path.to_owned();
    match error {
        OpenError::Database(source) if sqlite::is_denied(&source) => LocalCatalogError::Denied { file, source },
        OpenError::Database(source) => LocalCatalogError::Database { file, source },
        OpenError::Version { found } if found > schema::VERSION => {
            LocalCatalogError::Newer { file, found, known: schema::VERSION }
        }
        OpenError::Version { found } => LocalCatalogError::Version { file, found },
        OpenError::File(source) => LocalCatalogError::File { file, source },
        OpenError::LeftOpen => LocalCatalogError::LeftOpen { file },
    }
}

/// Loop of the writer: waits for a job, takes all others in the queue, commits, answers.
fn write_in_groups(mut store: Store, queue: &Receiver<Job>, traces: &Traces) {
    let mut answers: Vec<Reply> = Vec::with_capacity(GROUP_LIMIT);
    let (mut has_written, mut was_tried) = (false, false);
    loop {
        let first = match queue.recv_timeout(traces.quiet_for) {
            Ok(first) => first,
            Err(ended) => {
                // Once after the last write: a large file takes seconds. What could not be done is tried again at the end.
                if has_written && (!was_tried || ended == RecvTimeoutError::Disconnected) && (traces.must_go)() {
                    was_tried = true;
                    match sqlite::write_anew(&store.connection) {
                        Ok(()) => has_written = false,
                        Err(error) => {
                            tracing::warn!(%error, "what was removed from the local catalog may still be in free parts of its file");
                        }
                    }
                }
                match ended {
                    RecvTimeoutError::Timeout => continue,
                    RecvTimeoutError::Disconnected => return,
                }
            }
        };
        (has_written, was_tried) = (true, false);
        let begun = store.begin();
        if let Err(error) = begun {
            // Without a transaction no job of the group may run: answers follow a commit.
            drop(first);
            tracing::error!(message = error.message, "the local catalog cannot write");
            continue;
        }
        answers.push(first(&mut store));
        while answers.len() < GROUP_LIMIT
            && let Ok(job) = queue.try_recv()
        {
            answers.push(job(&mut store));
        }
        let committed = store.commit();
        for answer in answers.drain(..) {
            answer(committed.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const FILL: &str = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000)
                        INSERT INTO log (integration, body) SELECT 'i', printf('%0200d', x) FROM n";

    #[tokio::test]
    async fn what_was_removed_is_in_no_free_page_where_nothing_may_stay() {
        for (must_go, free_pages) in [(false, true), (true, false)] {
            let folder = tempfile::tempdir().unwrap();
            let database =
                Database::open(&Storage::Folder(folder.path().to_owned()), Traces::that_go_when(move || must_go)).unwrap();
            database.write(|store| Ok(store.connection.execute_batch(FILL)?)).await.unwrap();
            database.write(|store| Ok(store.connection.execute_batch("DELETE FROM log WHERE number > 5")?)).await.unwrap();
            drop(database);
            let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
            let free: i64 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0)).unwrap();
            let kept: i64 = connection.query_row("SELECT count(*) FROM log", [], |row| row.get(0)).unwrap();
            assert_eq!((free > 0, kept), (free_pages, 5));
        }
    }

    #[tokio::test]
    async fn the_file_is_written_anew_when_nobody_writes_as_soon_as_something_must_go() {
        let folder = tempfile::tempdir().unwrap();
        let must_go = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&must_go);
        let traces =
            Traces { quiet_for: Duration::from_millis(20), ..Traces::that_go_when(move || asked.load(Ordering::SeqCst)) };
        let database = Database::open(&Storage::Folder(folder.path().to_owned()), traces).unwrap();
        database.write(|store| Ok(store.connection.execute_batch(FILL)?)).await.unwrap();
        database.write(|store| Ok(store.connection.execute_batch("DELETE FROM log WHERE number > 5")?)).await.unwrap();
        let free = || async {
            let count =
                |connection: &Connection| Ok(connection.query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0))?);
            database.read(count).await.unwrap()
        };
        assert!(free().await > 0);
        must_go.store(true, Ordering::SeqCst);
        for _ in 0..1_000 {
            if free().await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("free pages are left after ten seconds without a write");
    }
}
