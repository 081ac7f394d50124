//! Reads one slice of a kind whose records are GitHub's own: a list, or a report.

use std::fmt;
use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::{Instrument, Span};

use super::answers::AskedBill;
use super::owners::OwnerCheck;
use super::sink::{Context, Cut, Sink};
use crate::github::{CacheUse, DayRead, Doubt, GitHubError, Manifest, PageReader, RequestSubject};
use crate::kind::{self, RowCheck, Split};
use crate::model::day::Day;
use crate::model::item::{Enrichment, RawItem};
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::missing_days::passed_over;
use crate::source::Event;

/// What to do about a team of which a closed endpoint shows nothing.
const LEAVE_OUT: &str = "nothing to do: what is known of such a team stays; to delete it, name the team in `excludeTeams`";

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
    /// The answer about the slice's day, which comes whole.
    Answer { begun: Box<Begun>, asked: Box<AskedBill> },
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

    /// The next records.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<RawItem>>, GitHubError> {
        match self.first.take() {
            Some(first) => first,
            None => self.pages.next().await,
        }
    }
}

/// Checks of a slice's rows: shape and owner.
pub(super) struct Rows {
    pub(super) check: RowCheck,
    owner: OwnerCheck,
}

impl Rows {
    /// Checks a row, then its owner.
    pub(super) fn check(&mut self, json: &[u8]) -> Result<(), Box<dyn fmt::Display>> {
        self.check.check(json).map_err(|error| Box::new(error) as _)?;
        self.owner.check(self.check.owner_id()).map_err(|error| Box::new(error) as _)
    }

    /// Checks the owner of a record that holds rows.
    fn check_owner(&mut self, json: &[u8]) -> Result<(), Box<dyn fmt::Display>> {
        self.check.check_owner(json).map_err(|error| Box::new(error) as _)?;
        self.owner.check(self.check.owner_id()).map_err(|error| Box::new(error) as _)
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
                Origin::Answer { begun, asked } => self.read_answer(*begun, &asked, &mut rows, &mut sink).await,
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
            SliceEnd::Unconfirmed { reason, .. } if self.kind.scope.has_teams() && self.kind.sunset.is_some() => {
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
            let mut lines = self.github.download(&report, file, &self.kind.persons);
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
        let mut lines = match self.github.day(path, day, cache, &self.kind.persons).await? {
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
