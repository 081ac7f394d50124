//! Reads slices into batches: several slices at once, delivered in the order in which they are listed.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::github::{GitHub, GitHubError, Manifest};
use crate::kind::{Kind, ScopeLevel, Source};
use crate::model::item::{Batch, Enrichment, RawItem};
use crate::model::slice::{Slice, SliceEnd};

/// Slices that are read at the same time. GitHub asks for few requests at once and allows a hundred; four hide its latency.
const SLICES_AT_ONCE: usize = 4;

/// Batches that a slice may run ahead of the loader. Together with [`SLICES_AT_ONCE`] this bounds what is held in memory.
const BATCHES_AHEAD: usize = 2;

/// Raw items of a batch.
pub const BATCH_ITEMS: usize = 100;

/// What comes out of reading a resource, in its fixed order.
#[derive(Debug)]
pub enum Extracted {
    /// A slice begins. What follows up to its end belongs to it.
    Began(Slice),
    /// Items of the slice.
    Items(Batch),
    /// The slice ended.
    Ended {
        /// How.
        end: SliceEnd,
        /// Records that were no items: lines too long, records without the part that is split out.
        rejected: Vec<String>,
    },
}

/// The organizations of a run, listed once.
#[derive(Default)]
pub struct Directory {
    organizations: OnceCell<Vec<Value>>,
}

/// Who is read.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    /// Organizations by login; when empty, all that the credential sees.
    pub organizations: Vec<String>,
    /// The enterprise's slug. As in Ocean, organization kinds are skipped when it is set and no organization is named.
    pub enterprise: Option<String>,
    /// Only these organizations, of those above; when empty, all.
    pub only: Vec<String>,
}

impl Scopes {
    fn wants_organizations(&self) -> bool {
        self.enterprise.is_none() || !self.organizations.is_empty()
    }

    fn wants(&self, login: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only.eq_ignore_ascii_case(login))
    }
}

/// Reads one resource.
pub struct Extraction {
    /// Where from.
    pub github: Arc<GitHub>,
    /// What.
    pub kind: &'static Kind,
    /// The kind's name as the mapping wrote it.
    pub kind_name: String,
    /// Number of the resource in the mapping.
    pub resource: usize,
    /// Who.
    pub scopes: Scopes,
    /// The organizations, listed once for the whole run.
    pub directory: Arc<Directory>,
    /// Tells to stop: the slices that have begun are cut off at their next batch.
    pub stop: CancellationToken,
}

/// One slice that is to be read.
struct Task {
    slice: Slice,
    path: String,
    enrichment: Arc<Enrichment>,
}

impl Extraction {
    /// Reads all slices, sending what comes out in order, until done or until nobody listens any more.
    ///
    /// # Errors
    /// When the very first use of the credential is refused, or GitHub cannot be reached to list organizations: then there
    /// is nothing to go on with. Everything else is the end of a slice.
    pub async fn read(&self, out: mpsc::Sender<Extracted>) -> Result<(), GitHubError> {
        let organizations = match self.organizations().await {
            Ok(organizations) => organizations,
            Err(error) if error.ends_the_run() => return Err(error),
            Err(error) => {
                let slice = self.slice(String::new());
                send_slice(&out, slice, error.slice_end()).await;
                return Ok(());
            }
        };
        let mut running = Running { tasks: JoinSet::new(), order: VecDeque::new() };
        if self.kind.scope == ScopeLevel::Enterprise {
            if let Some(enterprise) = &self.scopes.enterprise {
                let given = serde_json::json!({ "slug": enterprise });
                self.start(&mut running, self.task(enterprise, given, None));
            }
        }
        for organization in organizations {
            let login = text(organization, "login");
            if self.kind.scope == ScopeLevel::Organization {
                self.start(&mut running, self.task(&login, organization.clone(), None));
                running.make_room(&out).await;
                continue;
            }
            let teams = match self.github.teams(&login).await {
                Ok(teams) => teams,
                Err(error) => {
                    running.drain(&out).await;
                    send_slice(&out, self.slice(format!("{login}/*")), error.slice_end()).await;
                    continue;
                }
            };
            for team in teams {
                self.start(&mut running, self.task(&login, organization.clone(), Some(team)));
                running.make_room(&out).await;
            }
        }
        running.drain(&out).await;
        Ok(())
    }

    async fn organizations(&self) -> Result<&[Value], GitHubError> {
        let by_organization = matches!(self.kind.scope, ScopeLevel::Organization | ScopeLevel::OrganizationTeam);
        if !by_organization || !self.scopes.wants_organizations() {
            return Ok(&[]);
        }
        let list = async {
            let mut listed = self.github.organizations(&self.scopes.organizations).await?;
            listed.retain(|organization| self.scopes.wants(&text(organization, "login")));
            Ok(listed)
        };
        self.directory.organizations.get_or_try_init(|| list).await.map(Vec::as_slice)
    }

    fn slice(&self, scope: String) -> Slice {
        Slice {
            resource: self.resource,
            kind: self.kind_name.clone(),
            scope,
            day: None,
            end: SliceEnd::Complete,
            items: 0,
            rejected: 0,
        }
    }

    fn task(&self, name: &str, owner: Value, team: Option<Value>) -> Task {
        let slug = team.as_ref().map(|team| text(team, "slug"));
        let scope = slug.as_ref().map_or_else(|| name.to_owned(), |slug| format!("{name}/{slug}"));
        let path = self.kind.path().fill(name, slug.as_deref());
        Task { slice: self.slice(scope), path, enrichment: Arc::new(self.kind.scope.enrichment(owner, team)) }
    }

    fn start(&self, running: &mut Running, task: Task) {
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let reader = SliceReader { github: Arc::clone(&self.github), kind: self.kind, stop: self.stop.clone(), out: sender };
        running.tasks.spawn(reader.read(task));
        running.order.push_back(receiver);
    }
}

/// Slices that are being read, in order. Dropping it ends them.
struct Running {
    tasks: JoinSet<()>,
    order: VecDeque<mpsc::Receiver<Extracted>>,
}

impl Running {
    /// Delivers the oldest slices until another may begin.
    async fn make_room(&mut self, out: &mpsc::Sender<Extracted>) {
        while self.order.len() >= SLICES_AT_ONCE {
            self.deliver(out).await;
        }
    }

    async fn drain(&mut self, out: &mpsc::Sender<Extracted>) {
        while !self.order.is_empty() {
            self.deliver(out).await;
        }
    }

    async fn deliver(&mut self, out: &mpsc::Sender<Extracted>) {
        let Some(mut slice) = self.order.pop_front() else { return };
        while let Some(extracted) = slice.recv().await {
            if out.send(extracted).await.is_err() {
                // Nobody listens any more: the run was dropped or has failed.
                self.order.clear();
                self.tasks.abort_all();
                return;
            }
        }
        while self.tasks.try_join_next().is_some() {}
    }
}

async fn send_slice(out: &mpsc::Sender<Extracted>, slice: Slice, end: SliceEnd) {
    // Nobody listening is noticed by whoever sends next.
    let _ = out.send(Extracted::Began(slice)).await;
    let _ = out.send(Extracted::Ended { end, rejected: Vec::new() }).await;
}

fn text(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Reads one slice.
struct SliceReader {
    github: Arc<GitHub>,
    kind: &'static Kind,
    stop: CancellationToken,
    out: mpsc::Sender<Extracted>,
}

/// Nobody listens any more.
struct Unheard;

/// What one slice has given so far.
#[derive(Default)]
struct Reading {
    pending: Vec<RawItem>,
    items: u64,
    rejected: Vec<String>,
}

impl SliceReader {
    async fn read(self, task: Task) {
        if self.out.send(Extracted::Began(task.slice.clone())).await.is_err() {
            return;
        }
        let mut reading = Reading::default();
        let end = match self.read_source(&task, &mut reading).await {
            Err(Unheard) => return,
            Ok(Err(error)) => error.slice_end(),
            Ok(Ok(Some(end))) => end,
            Ok(Ok(None)) if reading.items == 0 && reading.rejected.is_empty() => SliceEnd::Empty,
            Ok(Ok(None)) => SliceEnd::Complete,
        };
        let _ = self.out.send(Extracted::Ended { end, rejected: reading.rejected }).await;
    }

    /// Reads to the end of the source. The inner answer is an end other than having read everything.
    async fn read_source(&self, task: &Task, reading: &mut Reading) -> Result<Result<Option<SliceEnd>, GitHubError>, Unheard> {
        match self.kind.source {
            Source::Pages { .. } => self.read_pages(task, reading).await,
            Source::Report { .. } => self.read_report(task, reading).await,
        }
    }

    async fn read_pages(&self, task: &Task, reading: &mut Reading) -> Result<Result<Option<SliceEnd>, GitHubError>, Unheard> {
        let source: Arc<str> = task.path.as_str().into();
        let mut pages = self.github.pages(&task.path);
        loop {
            match pages.next().await {
                Ok(Some(records)) => self.take(records, &source, task, reading).await?,
                Ok(None) => break,
                Err(error) => return self.flush(&source, task, reading).await.map(|()| Err(error)),
            }
            if self.stop.is_cancelled() {
                return Ok(Ok(Some(stopped())));
            }
        }
        self.flush(&source, task, reading).await.map(|()| Ok(None))
    }

    async fn read_report(&self, task: &Task, reading: &mut Reading) -> Result<Result<Option<SliceEnd>, GitHubError>, Unheard> {
        let report = match self.github.report(&task.path).await {
            Ok(Manifest::Ready(report)) => report,
            Ok(Manifest::NotReady { reason }) => return Ok(Ok(Some(SliceEnd::NotReady { reason }))),
            Err(error) => return Ok(Err(error)),
        };
        for link in 0..report.link_count() {
            let source: Arc<str> = format!("{} file {}", task.path, link + 1).into();
            let mut lines = self.github.download(&report, link);
            loop {
                match lines.next().await {
                    Ok(Some(records)) => self.take(records, &source, task, reading).await?,
                    Ok(None) => break,
                    Err(error) => return self.flush(&source, task, reading).await.map(|()| Err(error)),
                }
                if self.stop.is_cancelled() {
                    return Ok(Ok(Some(stopped())));
                }
            }
            reading.rejected.extend(lines.rejected().iter().map(|rejected| format!("{source}: {rejected}")));
            self.flush(&source, task, reading).await?;
        }
        Ok(Ok(None))
    }

    /// Splits records into items and sends full batches.
    async fn take(&self, records: Vec<RawItem>, source: &Arc<str>, task: &Task, reading: &mut Reading) -> Result<(), Unheard> {
        for record in records {
            let line = record.line;
            match self.kind.split.items(record) {
                Ok(items) => {
                    reading.items += items.len() as u64;
                    reading.pending.extend(items);
                }
                Err(reason) => reading.rejected.push(format!("{source} line {line}: {reason}")),
            }
            if reading.pending.len() >= BATCH_ITEMS {
                self.flush(source, task, reading).await?;
            }
        }
        Ok(())
    }

    async fn flush(&self, source: &Arc<str>, task: &Task, reading: &mut Reading) -> Result<(), Unheard> {
        if reading.pending.is_empty() {
            return Ok(());
        }
        let items = std::mem::take(&mut reading.pending);
        // The number of the slice is known where slices arrive in order, so it is given there.
        let batch = Batch { slice: 0, source: Arc::clone(source), enrichment: Arc::clone(&task.enrichment), items };
        self.out.send(Extracted::Items(batch)).await.map_err(|_| Unheard)
    }
}

fn stopped() -> SliceEnd {
    SliceEnd::Failed { reason: "the run was told to stop".into(), remedy: "run it again".into() }
}
