//! Sends what is read of one slice, in batches, and says how it ended.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::errors::source_error;
use super::hosts::Naming;
use super::{BATCH_ITEMS, told_to_stop};
use crate::door::clock::Clock;
use crate::github::{CachedReport, DayReader, Doubt, GitHub, GitHubError, RequestSubject};
use crate::kind::Kind;
use crate::kind::row::report_days;
use crate::model::day::Day;
use crate::model::item::{Batch, Enrichment, RawItem};
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::outcome::Examples;
use crate::source::{Event, ReportRows, RowsReport};

/// Limit for reading one slice, in hours, with its waits for rate limits and for the slices before it. Nothing legitimate takes as
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
    pub(super) missing_days: Vec<Day>,
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
        Some(Self::new(context.github.clock().clone(), stop, naming, enrichment, out))
    }

    fn new(clock: Clock, stop: CancellationToken, naming: Naming, enrichment: Arc<Enrichment>, out: mpsc::Sender<Event>) -> Self {
        Self {
            ends: clock.instant() + Duration::from_secs(SLICE_HOURS * 60 * 60),
            clock,
            stop,
            naming,
            enrichment,
            out,
            pending: Vec::new(),
            doubt: None,
            window: None,
            missing_days: Vec::new(),
            rejected: Examples::default(),
        }
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
        let enrichment = Arc::new(crate::kind::ScopeLevel::Organization.enrichment(serde_json::json!({}), None));
        let sink = Sink::new(clock.clone(), CancellationToken::new(), Naming::default(), enrichment, out);
        clock.sleep(Duration::from_secs(SLICE_HOURS * 60 * 60 - 1)).await;
        assert!(sink.check_not_stopped().is_ok());
        clock.sleep(Duration::from_secs(1)).await;
        let Err(Cut::Refused(error)) = sink.check_not_stopped() else { panic!("it is not stopped") };
        assert_eq!(error.to_string(), "the reading of this slice exceeds the limit of 12 hours");
    }
}
