//! Reads one slice of a kind whose records are GitHub's own: a list, or a report.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::errors::source_error;
use super::hosts::Naming;
use super::owners::OwnerCheck;
use super::{BATCH_ITEMS, told_to_stop};
use crate::door::clock::Clock;
use crate::github::{
    CacheUse, CachedReport, DayRead, DayReader, Doubt, GitHub, GitHubError, Manifest, PageReader, RequestSubject,
};
use crate::kind::row::report_days;
use crate::kind::{self, Kind, RowCheck, Split};
use crate::model::day::Day;
use crate::model::item::{Batch, Enrichment, RawItem};
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::missing_days::passed_over;
use crate::reconcile::outcome::Examples;
use crate::source::{Event, ReportRows, RowsReport};

/// Limit for reading one slice, in hours, with its waits for rate limits and for the slices before it. Nothing legitimate takes as
/// What to do about a team of which a closed endpoint shows nothing.
const LEAVE_OUT: &str = "nothing to do: what is known of such a team stays; to delete it, name the team in `excludeTeams`";

/// long: twenty gigabytes take six hours at a megabyte a second. A response that is too slow or stops ends much sooner.
const SLICE_HOURS: u64 = 12;

/// Clients, settings and limits that every reading task shares.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) github: GitHub,
    pub(super) kind: &'static Kind,
    pub(super) stop: CancellationToken,
    pub(super) naming: Naming,
}

/// One slice that is to be read.
pub(super) struct Task {
    pub(super) slice: Slice,
    pub(super) enrichment: Arc<Enrichment>,
    /// Check of a row.
    pub(super) check: RowCheck,
    /// Check of the rows' owner.
    pub(super) owner: OwnerCheck,
    pub(super) from: Origin,
}

/// Origin of a slice's rows.
pub(super) enum Origin {
    /// A list, of which the first items may have been read already.
    Pages(Box<Begun>),
    /// The report of the last 28 days at this path.
    Latest(String),
    /// The report at this path of the slice's day, and the use of the report cache for it.
    Day { path: String, day: Day, cache: CacheUse },
}

/// A list, and what was read of it.
pub(super) struct Begun {
    pub(super) pages: PageReader,
    pub(super) first: Option<Result<Option<Vec<RawItem>>, GitHubError>>,
}

impl Begun {
    /// A list of which nothing was read yet.
    pub(super) fn new(pages: PageReader) -> Self {
        Self { pages, first: None }
    }

    /// Reads the beginning.
    pub(super) async fn begin(mut pages: PageReader) -> Self {
        let first = pages.next().await;
        Self { pages, first: Some(first) }
    }

    /// True when GitHub answered that there is no such list.
    pub(super) fn is_closed(&self) -> bool {
        let status = match &self.first {
            Some(Err(error)) => error.status().map(|status| status.as_u16()),
            _ => None,
        };
        status == Some(404)
    }

    async fn next(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        match self.first.take() {
            Some(first) => first,
            None => self.pages.next().await,
        }
    }
}

/// Checks of a slice's rows: shape and owner.
struct Rows {
    check: RowCheck,
    owner: OwnerCheck,
}

impl Rows {
    /// Checks a row, then its owner.
    fn check(&mut self, json: &[u8]) -> Result<(), Box<dyn fmt::Display>> {
        self.check.check(json).map_err(|error| Box::new(error) as _)?;
        self.owner.check(self.check.owner_id()).map_err(|error| Box::new(error) as _)
    }

    /// Checks the owner of a record that holds rows.
    fn check_owner(&mut self, json: &[u8]) -> Result<(), Box<dyn fmt::Display>> {
        self.check.check_owner(json).map_err(|error| Box::new(error) as _)?;
        self.owner.check(self.check.owner_id()).map_err(|error| Box::new(error) as _)
    }
}

/// Reasons to end a slice early.
pub(super) enum Cut {
    /// The receiver was dropped.
    Unheard,
    /// The run was stopped.
    Stopped,
    /// GitHub did not give it, or not all of it.
    Refused(GitHubError),
}

impl From<GitHubError> for Cut {
    fn from(error: GitHubError) -> Self {
        Self::Refused(error)
    }
}

impl Context {
    /// The kind whose access today's reports need: nobody who reads them is helped by what is known of a closed endpoint.
    pub(super) fn about_reports(&self) -> RequestSubject {
        let replacement = self.kind.sunset.and_then(|sunset| kind::find(sunset.replacement));
        RequestSubject::Kind(replacement.unwrap_or(self.kind))
    }

    /// Reads until the run is stopped: a server that hangs, or a wait for a rate limit, must not delay it.
    ///
    /// `span` is what the log and a trace know the slice by.
    pub(super) async fn unless_stopped(
        &self,
        span: Span,
        read: impl Future<Output = Result<SliceEnd, Cut>>,
    ) -> Result<SliceEnd, Cut> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Cut::Stopped),
            read = read.instrument(span) => read,
        }
    }

    /// Reads one slice from its beginning to its end, whatever that is.
    pub(super) async fn read(self, task: Task, out: mpsc::Sender<Event>) {
        let Task { slice, enrichment, check, owner, from } = task;
        let mut rows = Rows { check, owner };
        let span = span_of(&slice);
        let Some(mut sink) = Sink::begin(&self, slice, enrichment, out).await else { return };
        let read = async {
            match from {
                Origin::Pages(begun) => self.read_pages(*begun, &mut rows, &mut sink).await,
                Origin::Latest(path) => self.read_latest(&path, &mut rows, &mut sink).await,
                Origin::Day { path, day, cache } => self.read_day(&path, day, cache, &mut rows, &mut sink).await,
            }
        };
        let read = self.unless_stopped(span, read).await;
        sink.end(read, RequestSubject::Kind(self.kind)).await;
    }

    async fn read_pages(&self, mut begun: Begun, rows: &mut Rows, sink: &mut Sink) -> Result<SliceEnd, Cut> {
        let source = begun.pages.source();
        let read = loop {
            match begun.next().await {
                Ok(Some(records)) => self.take(records, &source, rows, sink).await?,
                Ok(None) => break Ok(begun.pages.end()),
                Err(error) => break Err(Cut::Refused(error)),
            };
        };
        sink.flush(&source).await?;
        Ok(match read? {
            SliceEnd::Complete => sink.complete(),
            // Of a team of fewer than five GitHub never showed a day.
            SliceEnd::Unconfirmed { reason, .. } if self.kind.scope.has_teams() => {
                SliceEnd::Suppressed { reason, remedy: LEAVE_OUT.to_owned() }
            }
            end => end,
        })
    }

    async fn read_latest(&self, path: &str, rows: &mut Rows, sink: &mut Sink) -> Result<SliceEnd, Cut> {
        let report = match self.github.report(path, None).await? {
            Manifest::Ready(report) => report,
            Manifest::NotReady { reason } => return Ok(SliceEnd::NotReady { reason }),
        };
        // The report of a day leaves no window: its day is the slice's own.
        sink.window = report.days().filter(|(first, last)| first < last);
        rows.check.within(report.days());
        if let Some(doubt) = report.doubt() {
            sink.doubt(path, doubt);
        }
        for file in 0..report.files() {
            let mut lines = self.github.download(&report, file);
            let source = lines.source();
            let read = loop {
                let is_first = lines.items() == 0;
                match lines.next().await {
                    Ok(Some(records)) => {
                        if let (true, Some(announced), Some(record)) = (is_first, report.days(), records.first()) {
                            sink.doubt_shorter_window(&source, announced, &record.json);
                        }
                        self.take(records, &source, rows, sink).await?;
                    }
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(Cut::Refused(error)),
                }
                lines.take_rejected().into_iter().for_each(|line| sink.rejected.add(format!("{source} {line}")));
            };
            lines.take_rejected().into_iter().for_each(|line| sink.rejected.add(format!("{source} {line}")));
            sink.flush(&source).await?;
            sink.doubt_owner(&source, rows.owner.take_doubt());
            read?;
            if let Some(doubt) = lines.doubt() {
                sink.doubt(&source, &doubt);
            }
        }
        sink.missing_days = passed_over(rows.check.days());
        Ok(sink.complete())
    }

    async fn read_day(&self, path: &str, day: Day, cache: CacheUse, rows: &mut Rows, sink: &mut Sink) -> Result<SliceEnd, Cut> {
        let mut lines = match self.github.day(path, day, cache).await? {
            DayRead::Ready(lines) => lines,
            DayRead::NotReady { reason } => return Ok(SliceEnd::NotReady { reason }),
        };
        sink.tell_cached(lines.cached()).await?;
        rows.check.within(Some((day, day)));
        let mut source = lines.source();
        let read = loop {
            let read = lines.next().await;
            if lines.source() != source {
                sink.flush(&source).await?;
                source = lines.source();
            }
            lines.take_rejected().for_each(|line| sink.rejected.add(format!("{source} {line}")));
            match read {
                Ok(Some(records)) => {
                    if !self.take(records, &source, rows, sink).await? {
                        lines.distrust();
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(Cut::Refused(error)),
            }
        };
        sink.flush(&source).await?;
        sink.doubt_owner(&source, rows.owner.take_doubt());
        read?;
        sink.doubt_day(&lines);
        Ok(sink.complete())
    }

    /// Splits records into items and sends full batches. What is no row is rejected; says whether every record was one, or held some.
    async fn take(&self, records: Vec<RawItem>, source: &Arc<str>, rows: &mut Rows, sink: &mut Sink) -> Result<bool, Cut> {
        sink.check_not_stopped()?;
        let mut are_rows = true;
        for record in records {
            let line = record.line;
            if self.kind.split == Split::DayTotals
                && record.json.first() == Some(&b'{')
                && let Err(reason) = rows.check_owner(&record.json)
            {
                sink.reject(source, line, &*reason);
                are_rows = false;
                continue;
            }
            are_rows &= split(self.kind.split, record, source, sink, |item, sink| match rows.check(&item.json) {
                Ok(()) => {
                    sink.push(item);
                    true
                }
                Err(reason) => {
                    sink.reject(source, line, &*reason);
                    false
                }
            });
            sink.flush_if_full(source).await?;
        }
        Ok(are_rows)
    }
}

/// Splits a record into rows and gives each of them to `take`, which says whether it is one. Says whether all were rows, and any was.
pub(super) fn split(
    split: Split,
    record: RawItem,
    source: &Arc<str>,
    sink: &mut Sink,
    mut take: impl FnMut(RawItem, &mut Sink) -> bool,
) -> bool {
    let line = record.line;
    match split.items(record) {
        Ok(items) if items.is_empty() => {
            sink.doubt(&format!("{source} line {line}"), &Doubt::NoRow);
            false
        }
        Ok(items) => {
            let mut are_rows = true;
            for item in items {
                are_rows &= take(item, sink);
            }
            are_rows
        }
        Err(reason) => {
            sink.reject(source, line, &reason);
            false
        }
    }
}

/// Span of a slice, for the log and traces. Its level is `error`, so that it is in every log; it reports no failure.
pub(super) fn span_of(slice: &Slice) -> Span {
    tracing::error_span!("slice", scope = slice.scope, day = slice.day.map(tracing::field::display))
}

/// Receiver of one slice's items, which sends them in batches.
pub(super) struct Sink {
    clock: Clock,
    /// Deadline of the slice, see [`SLICE_HOURS`].
    ends: Instant,
    stop: CancellationToken,
    naming: Naming,
    enrichment: Arc<Enrichment>,
    out: mpsc::Sender<Event>,
    pending: Vec<RawItem>,
    /// First reason for which the slice proves nothing although it was read to its end.
    doubt: Option<SliceEnd>,
    /// The first and the last day of the report, once they are known.
    pub(super) window: Option<(Day, Day)>,
    /// Days that the report leaves out although it has days before and after them.
    missing_days: Vec<Day>,
    /// Records that were no items.
    pub(super) rejected: Examples<String>,
}

impl Sink {
    /// Sends the beginning of a slice. None when the receiver was dropped.
    pub(super) async fn begin(
        context: &Context,
        slice: Slice,
        enrichment: Arc<Enrichment>,
        out: mpsc::Sender<Event>,
    ) -> Option<Self> {
        out.send(Event::Began(slice)).await.ok()?;
        let (stop, naming) = (context.stop.clone(), context.naming.clone());
        let clock = context.github.clock().clone();
        let ends = clock.instant() + Duration::from_secs(SLICE_HOURS * 60 * 60);
        Some(Self {
            clock,
            ends,
            stop,
            naming,
            enrichment,
            out,
            pending: Vec::new(),
            doubt: None,
            window: None,
            missing_days: Vec::new(),
            rejected: Examples::default(),
        })
    }

    /// Fails when the run was stopped or the slice's deadline has passed.
    pub(super) fn check_not_stopped(&self) -> Result<(), Cut> {
        if self.stop.is_cancelled() {
            return Err(Cut::Stopped);
        }
        if self.clock.instant() >= self.ends {
            let what = "the reading of this slice".to_owned();
            return Err(Cut::Refused(GitHubError::LimitExceeded { what, limit: SLICE_HOURS, unit: "hours" }));
        }
        Ok(())
    }

    /// Says that the lines of a day were kept by an earlier run, if so.
    pub(super) async fn tell_cached(&mut self, cached: Option<CachedReport>) -> Result<(), Cut> {
        match cached {
            Some(CachedReport { kept_at }) => self.out.send(Event::Cached(kept_at)).await.map_err(|_| Cut::Unheard),
            None => Ok(()),
        }
    }

    /// Gives the rows that items are made from to whoever keeps them.
    pub(super) async fn tell_rows(&mut self, report: RowsReport, rows: &[RawItem]) -> Result<(), Cut> {
        let rows = ReportRows { report, rows: rows.to_vec() };
        self.out.send(Event::Rows(rows)).await.map_err(|_| Cut::Unheard)
    }

    /// Adds an item to the batch that is being filled.
    pub(super) fn push(&mut self, item: RawItem) {
        self.pending.push(item);
    }

    /// Sends the batch when it is full.
    pub(super) async fn flush_if_full(&mut self, source: &Arc<str>) -> Result<(), Cut> {
        if self.pending.len() >= BATCH_ITEMS { self.flush(source).await } else { Ok(()) }
    }

    /// Sends the batch when there is anything in it.
    pub(super) async fn flush(&mut self, source: &Arc<str>) -> Result<(), Cut> {
        self.check_not_stopped()?;
        if self.pending.is_empty() {
            return Ok(());
        }
        let items = std::mem::take(&mut self.pending);
        // The number of the slice is known where slices arrive in order, so it is given there.
        let batch = Batch { source: Arc::clone(source), enrichment: Arc::clone(&self.enrichment), items };
        self.out.send(Event::Items(batch)).await.map_err(|_| Cut::Unheard)
    }

    /// Counts a record that is no row.
    pub(super) fn reject(&mut self, source: &str, line: u64, reason: &dyn fmt::Display) {
        self.rejected.add(format!("{source} line {line}: {reason}"));
    }

    /// Notes the first reason for which the slice proves nothing; reading goes on.
    pub(super) fn doubt(&mut self, what: &str, doubt: &Doubt) {
        self.doubt.get_or_insert_with(|| doubt.slice_end(what));
    }

    /// Notes the doubt about rows of another owner.
    pub(super) fn doubt_owner(&mut self, what: &str, doubt: Option<Doubt>) {
        if let Some(doubt) = doubt {
            self.doubt(what, &doubt);
        }
    }

    /// Notes the doubt about a day that was read to its end.
    pub(super) fn doubt_day(&mut self, lines: &DayReader) {
        if let Some((what, doubt)) = lines.doubt() {
            self.doubt(what, doubt);
        }
    }

    /// Doubts a file whose first record says that it is about fewer days than were announced.
    pub(super) fn doubt_shorter_window(&mut self, what: &str, announced: (Day, Day), record: &[u8]) {
        if let Some(found) = report_days(record).filter(|found| found.0 > announced.0 || found.1 < announced.1) {
            self.doubt(what, &Doubt::ShorterWindow { announced, found });
        }
    }

    /// True when every record so far is a row and nothing is doubted.
    pub(super) fn is_whole(&self) -> bool {
        self.rejected.count == 0 && self.doubt.is_none()
    }

    /// End of a slice that was read to its end.
    pub(super) fn complete(&mut self) -> SliceEnd {
        self.doubt.take().unwrap_or(SliceEnd::Complete)
    }

    /// Sends the end of the slice. Returns the end, unless reading on is useless.
    pub(super) async fn end(self, read: Result<SliceEnd, Cut>, about: RequestSubject) -> Option<SliceEnd> {
        let end = match read {
            Ok(end) => end,
            Err(Cut::Unheard) => return None,
            Err(Cut::Stopped) => told_to_stop(),
            Err(Cut::Refused(error)) if self.naming.is_bad_credentials(&error) => {
                // The credential has never worked, so nothing else will: the run ends, it does not go on without this slice.
                let _ = self.out.send(Event::Fatal(source_error(&error))).await;
                return None;
            }
            Err(Cut::Refused(error)) => error.slice_end(about),
        };
        let ended =
            Event::Ended { end: end.clone(), window: self.window, missing_days: self.missing_days, rejected: self.rejected };
        self.out.send(ended).await.ok()?;
        Some(end).filter(|_| !self.stop.is_cancelled())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_slice_that_never_ends_is_given_up_after_its_hours() {
        let clock = Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap());
        let (out, _events) = mpsc::channel(1);
        let sink = Sink {
            ends: clock.instant() + Duration::from_secs(SLICE_HOURS * 60 * 60),
            clock: clock.clone(),
            stop: CancellationToken::new(),
            naming: Naming::default(),
            enrichment: Arc::new(kind::ScopeLevel::Organization.enrichment(serde_json::json!({}), None)),
            out,
            pending: Vec::new(),
            doubt: None,
            window: None,
            missing_days: Vec::new(),
            rejected: Examples::default(),
        };
        clock.sleep(Duration::from_secs(SLICE_HOURS * 60 * 60 - 1)).await;
        assert!(sink.check_not_stopped().is_ok());
        clock.sleep(Duration::from_secs(1)).await;
        let Err(Cut::Refused(error)) = sink.check_not_stopped() else { panic!("it is not stopped") };
        assert_eq!(error.to_string(), "the reading of this slice exceeds the limit of 12 hours");
    }
}
