//! Where the catalog is kept, and who may touch it when: one writer, which commits in groups, and readers beside it.
//!
//! | what | file |
//! | --- | --- |
//! | the lock that keeps a second writer out | `lock` |
//! | tables and settings of SQLite | `schema` |
//! | the writing connection and what it remembers | `store` |
//! | a reading that ends when nobody waits for it any more | `reading` |
//! | the statements, by table | `entities`, `blueprints`, `documents` |

pub(crate) mod blueprints;
pub(crate) mod documents;
pub(crate) mod entities;
pub(crate) mod lock;
mod reading;
pub(crate) mod schema;
pub(crate) mod store;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use super::LocalCatalogError;
use super::error::ApiError;
use crate::door::data_folder;
use lock::FolderLock;
use reading::{Listener, Reading};
use schema::OpenError;
use store::Store;

/// Where a local catalog is kept.
#[derive(Clone, Debug)]
pub enum Storage {
    /// A file `catalog.sqlite` in this folder, which is made when missing.
    Folder(PathBuf),
    /// The same file, of which nothing is changed: for a folder that can only be read. Writing is refused.
    ReadOnly(PathBuf),
    /// In memory, gone with the process. Every request is carried out where it is asked, without threads, which is what a
    /// simulation with paused time needs.
    Memory,
}

/// The file in a folder.
pub(crate) const FILE_NAME: &str = "catalog.sqlite";

/// Most requests that are committed together. Enough to make a commit cheap, few enough to answer the first one soon.
const GROUP_LIMIT: usize = 256;

/// Connections kept for reading. More are opened when more requests read at once, and closed again.
const IDLE_READERS: usize = 2;

/// Requests that read at once. Others stand in line, so that a few large searches leave the machine something to do its work with.
const READERS_AT_MOST: usize = 8;

/// The catalog's state.
pub(crate) enum Database {
    Memory(Mutex<Store>),
    Folder(FolderDatabase),
}

pub(crate) struct FolderDatabase {
    path: PathBuf,
    /// None while it is being dropped, and when the folder is only read.
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    line: Semaphore,
    _lock: Option<FolderLock>,
}

/// Work on the store. What it returns tells the asker, once it is known whether the group was committed.
type Job = Box<dyn FnOnce(&mut Store) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), ApiError>) + Send>;

impl Database {
    pub(crate) fn open(storage: &Storage) -> Result<Self, LocalCatalogError> {
        let folder = match storage {
            Storage::Memory => {
                let connection = schema::open_memory().map_err(|error| refused(Path::new(":memory:"), error))?;
                return Ok(Self::Memory(Mutex::new(Store::new(connection))));
            }
            Storage::ReadOnly(folder) => {
                let path = folder.join(FILE_NAME);
                let reader = schema::open_file_to_read(&path).map_err(|error| refused(&path, error))?;
                let readers = Mutex::new(vec![reader]);
                return Ok(Self::Folder(FolderDatabase { path, jobs: None, writer: None, readers, line: line(), _lock: None }));
            }
            Storage::Folder(folder) => folder,
        };
        let cannot = |source| LocalCatalogError::Folder { folder: folder.clone(), source };
        data_folder::make(folder).map_err(cannot)?;
        let lock = FolderLock::take(folder)?;
        let path = folder.join(FILE_NAME);
        let connection = schema::open_file(&path).map_err(|error| refused(&path, error))?;
        let (jobs, queue) = channel();
        let store = Store::new(connection);
        let name = "local-catalog-writer".to_owned();
        let writer = std::thread::Builder::new().name(name).spawn(move || write_in_groups(store, &queue)).map_err(cannot)?;
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

    /// Carries out `work`, all or nothing, and answers after the commit.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Store) -> Result<T, ApiError> + Send + 'static,
    {
        let folder = match self {
            Self::Memory(store) => {
                let mut store = held(store);
                store.begin()?;
                let result = store.all_or_nothing(work);
                store.commit()?;
                return result;
            }
            Self::Folder(folder) => folder,
        };
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            let result = store.all_or_nothing(work);
            Box::new(move |committed| {
                // Nobody listens when the client has gone; its work is committed all the same.
                let _ = tell.send(committed.and(result));
            })
        });
        let stopped = || ApiError::internal("the catalog could not write to its file");
        if folder.jobs.is_none() {
            return Err(ApiError::new(403, "read_only", "the catalog's folder can only be read"));
        }
        folder.jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or_else(stopped)?;
        told.await.map_err(|_| stopped())?
    }

    /// Reads what is committed. Whoever does not wait for the answer any more ends the reading.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, ApiError> + Send + 'static,
    {
        let folder = match self {
            Self::Memory(store) => return work(&held(store).connection),
            Self::Folder(folder) => folder,
        };
        let _permit = folder.line.acquire().await.map_err(|error| ApiError::internal(error.to_string()))?;
        let idle = held(&folder.readers).pop();
        let path = folder.path.clone();
        let listener = Listener::default();
        let reading = listener.reading();
        let task = tokio::task::spawn_blocking(move || {
            let mut connection = match idle {
                Some(connection) => connection,
                None => {
                    schema::open_file_to_read(&path).map_err(|error| ApiError::internal(refused(&path, error).to_string()))?
                }
            };
            reading.begin(&mut connection)?;
            // One snapshot for all that is read.
            connection.execute_batch("BEGIN")?;
            let result = work(&connection);
            connection.execute_batch("ROLLBACK")?;
            Reading::end(&mut connection)?;
            Ok::<_, ApiError>((result, connection))
        });
        let (result, connection) = task.await.map_err(|error| ApiError::internal(error.to_string()))??;
        drop(listener);
        let mut readers = held(&folder.readers);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        result
    }
}

impl Drop for FolderDatabase {
    fn drop(&mut self) {
        // Readers first: only the last connection to close puts the log back into the file.
        held(&self.readers).clear();
        // The queue's end makes the writer finish what is in it and close the file; only then is the lock given back.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn line() -> Semaphore {
    Semaphore::new(READERS_AT_MOST)
}

/// A lock whose holder panicked guards a store that has been rolled back, see [`Store::begin`].
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn refused(path: &Path, error: OpenError) -> LocalCatalogError {
    let file = path.to_owned();
    match error {
        OpenError::Database(source) if schema::is_denied(&source) => LocalCatalogError::Denied { file, source },
        OpenError::Database(source) => LocalCatalogError::Database { file, source },
        OpenError::Version { found } if found > schema::VERSION => {
            LocalCatalogError::Newer { file, found, known: schema::VERSION }
        }
        OpenError::Version { found } => LocalCatalogError::Version { file, found },
        OpenError::File(source) => LocalCatalogError::File { file, source },
        OpenError::LeftOpen => LocalCatalogError::LeftOpen { file },
    }
}

/// The writer's life: waits for a job, takes all others that are there, commits, answers.
fn write_in_groups(mut store: Store, queue: &Receiver<Job>) {
    let mut answers: Vec<Answer> = Vec::with_capacity(GROUP_LIMIT);
    while let Ok(first) = queue.recv() {
        let begun = store.begin();
        if let Err(error) = begun {
            // Without a transaction nothing of the group may be written: an answer is given after the commit or not at all.
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
