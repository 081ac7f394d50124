//! Reads slices into batches: several slices at once, delivered in the order in which they are listed.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::github::{About, GitHub, GitHubError, Listing, Manifest};
use crate::kind::{Kind, ScopeLevel, Source};
use crate::model::day::Day;
use crate::model::item::{Batch, Enrichment, RawItem};
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::outcome::Named;

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
    /// The credential has never worked.
    Fatal(GitHubError),
    /// The slice ended.
    Ended {
        /// How.
        end: SliceEnd,
        /// The first and the last day of its report, see [`Slice::window`].
        window: Option<(Day, Day)>,
        /// Records that were no items: lines too long, records without the part that is split out.
        rejected: Named<String>,
    },
}

/// The organizations of a run, listed once.
#[derive(Default)]
pub struct Directory {
    organizations: OnceCell<Listing>,
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
    pub github: GitHub,
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
        let mut running = Running { tasks: JoinSet::new(), order: VecDeque::new() };
        if let (ScopeLevel::Enterprise, Some(enterprise)) = (self.kind.scope, &self.scopes.enterprise) {
            self.start(&mut running, self.task(enterprise, json!({ "slug": enterprise }), None));
        }
        let listed = tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                send_slice(&out, self.slice(String::new()), told_to_stop()).await;
                return self.end(running, &out).await;
            }
            listed = self.organizations() => listed,
        };
        let organizations = match listed {
            Ok(Some(organizations)) => organizations,
            Ok(None) => return self.end(running, &out).await,
            Err(error) if error.ends_the_run() => return Err(error),
            Err(error) => {
                send_slice(&out, self.slice(String::new()), error.slice_end(About::Organizations)).await;
                return Ok(());
            }
        };
        for organization in &organizations.objects {
            let login = text(organization, "login");
            if self.stop.is_cancelled() {
                break;
            }
            if !self.scopes.wants(&login) {
                continue;
            }
            if self.kind.scope == ScopeLevel::OrganizationTeam {
                self.read_teams(&login, organization, &mut running, &out).await;
            } else {
                self.start(&mut running, self.task(&login, organization.clone(), None));
                running.make_room(&out).await;
            }
        }
        running.drain(&out).await;
        for (name, error) in &organizations.failed {
            send_slice(&out, self.slice(name.clone()), error.slice_end(About::Organization)).await;
        }
        self.tell_unproven(String::new(), &organizations.end, &out).await;
        Ok(())
    }

    async fn read_teams(&self, login: &str, organization: &Value, running: &mut Running, out: &mpsc::Sender<Extracted>) {
        let scope = || format!("{login}/*");
        let listed = tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                running.drain(out).await;
                return send_slice(out, self.slice(scope()), told_to_stop()).await;
            }
            listed = self.github.teams(login) => listed,
        };
        match listed {
            Ok(teams) => {
                for team in teams.objects {
                    if self.stop.is_cancelled() {
                        break;
                    }
                    self.start(running, self.task(login, organization.clone(), Some(team)));
                    running.make_room(out).await;
                }
                if !proves_all(&teams.end) {
                    running.drain(out).await;
                    self.tell_unproven(scope(), &teams.end, out).await;
                }
            }
            Err(error) => {
                running.drain(out).await;
                send_slice(out, self.slice(scope()), error.slice_end(About::Teams)).await;
            }
        }
    }

    async fn end(&self, mut running: Running, out: &mpsc::Sender<Extracted>) -> Result<(), GitHubError> {
        running.drain(out).await;
        Ok(())
    }

    /// A list that may have left something out is a slice of its own, so that nothing it could have held is deleted.
    async fn tell_unproven(&self, scope: String, end: &SliceEnd, out: &mpsc::Sender<Extracted>) {
        if !proves_all(end) {
            send_slice(out, self.slice(scope), end.clone()).await;
        }
    }

    /// The organizations to read; none when this kind is not about organizations, or none are wanted.
    async fn organizations(&self) -> Result<Option<&Listing>, GitHubError> {
        if self.kind.scope.is_enterprise() || !self.scopes.wants_organizations() {
            return Ok(None);
        }
        let list = || self.github.organizations(&self.scopes.organizations);
        self.directory.organizations.get_or_try_init(list).await.map(Some)
    }

    fn slice(&self, scope: String) -> Slice {
        Slice {
            resource: self.resource,
            kind: self.kind_name.clone(),
            scope,
            day: None,
            window: None,
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
        let reader = SliceReader { github: self.github.clone(), kind: self.kind, stop: self.stop.clone(), out: sender };
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
    let _ = out.send(Extracted::Ended { end, window: None, rejected: Named::default() }).await;
}

fn told_to_stop() -> SliceEnd {
    SliceEnd::Failed { reason: "the run was told to stop".into(), remedy: "run it again".into() }
}

fn proves_all(end: &SliceEnd) -> bool {
    matches!(end, SliceEnd::Complete | SliceEnd::Empty)
}

fn text(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Reads one slice.
struct SliceReader {
    github: GitHub,
    kind: &'static Kind,
    stop: CancellationToken,
    out: mpsc::Sender<Extracted>,
}

/// What one slice has given so far.
#[derive(Default)]
struct Reading {
    pending: Vec<RawItem>,
    items: u64,
    window: Option<(Day, Day)>,
    rejected: Named<String>,
}

/// What cuts a slice short.
enum Cut {
    /// Nobody listens any more.
    Unheard,
    /// The run was told to stop.
    Stopped,
    /// GitHub did not give it, or not all of it.
    Refused(GitHubError),
}

impl From<GitHubError> for Cut {
    fn from(error: GitHubError) -> Self {
        Self::Refused(error)
    }
}

impl SliceReader {
    async fn read(self, task: Task) {
        if self.out.send(Extracted::Began(task.slice.clone())).await.is_err() {
            return;
        }
        let mut reading = Reading::default();
        let read = async {
            match self.kind.source {
                Source::Pages { .. } => self.read_pages(&task, &mut reading).await,
                Source::Report { .. } => self.read_report(&task, &mut reading).await,
            }
        };
        // A server that hangs, or a rate limit that is waited out, must not keep a run that was told to stop.
        let read = tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Cut::Stopped),
            read = read => read,
        };
        let end = match read {
            Ok(end) => end,
            Err(Cut::Unheard) => return,
            Err(Cut::Stopped) => told_to_stop(),
            Err(Cut::Refused(error)) if error.is_bad_credentials() => {
                // The credential has never worked, so nothing else will: the run ends, it does not go on without this slice.
                let _ = self.out.send(Extracted::Fatal(error)).await;
                return;
            }
            Err(Cut::Refused(error)) => error.slice_end(About::Kind(self.kind)),
        };
        // Nobody listening is nothing to tell anybody.
        let _ = self.out.send(Extracted::Ended { end, window: reading.window, rejected: reading.rejected }).await;
    }

    async fn read_pages(&self, task: &Task, reading: &mut Reading) -> Result<SliceEnd, Cut> {
        let mut pages = self.github.pages(&task.path);
        let source = pages.source();
        let read = loop {
            match pages.next().await {
                Ok(Some(records)) => self.take(records, &source, task, reading).await?,
                Ok(None) => break Ok(pages.end()),
                Err(error) => break Err(error.into()),
            }
        };
        self.flush(&source, task, reading).await?;
        read
    }

    async fn read_report(&self, task: &Task, reading: &mut Reading) -> Result<SliceEnd, Cut> {
        let report = match self.github.report(&task.path, task.slice.day).await? {
            Manifest::Ready(report) => report,
            Manifest::NotReady { reason } => return Ok(SliceEnd::NotReady { reason }),
        };
        // The report of a day leaves no window: its day is the slice's own.
        reading.window = report.days().filter(|(first, last)| first < last);
        for file in 0..report.files() {
            let mut lines = self.github.download(&report, file);
            let source = lines.source();
            let read = loop {
                match lines.next().await {
                    Ok(Some(records)) => self.take(records, &source, task, reading).await?,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(Cut::Refused(error)),
                }
                lines.take_rejected().into_iter().for_each(|line| reading.rejected.add(format!("{source} {line}")));
            };
            lines.take_rejected().into_iter().for_each(|line| reading.rejected.add(format!("{source} {line}")));
            self.flush(&source, task, reading).await?;
            read?;
        }
        let is_empty = reading.items == 0 && reading.rejected.count == 0;
        Ok(if is_empty { SliceEnd::Empty } else { SliceEnd::Complete })
    }

    /// Splits records into items and sends full batches.
    async fn take(&self, records: Vec<RawItem>, source: &Arc<str>, task: &Task, reading: &mut Reading) -> Result<(), Cut> {
        for record in records {
            let line = record.line;
            match self.kind.split.items(record) {
                Ok(items) => {
                    reading.items += items.len() as u64;
                    reading.pending.extend(items);
                }
                Err(reason) => reading.rejected.add(format!("{source} line {line}: {reason}")),
            }
            if reading.pending.len() >= BATCH_ITEMS {
                self.flush(source, task, reading).await?;
            }
        }
        Ok(())
    }

    async fn flush(&self, source: &Arc<str>, task: &Task, reading: &mut Reading) -> Result<(), Cut> {
        if reading.pending.is_empty() {
            return Ok(());
        }
        let items = std::mem::take(&mut reading.pending);
        // The number of the slice is known where slices arrive in order, so it is given there.
        let batch = Batch { slice: 0, source: Arc::clone(source), enrichment: Arc::clone(&task.enrichment), items };
        self.out.send(Extracted::Items(batch)).await.map_err(|_| Cut::Unheard)
    }
}
