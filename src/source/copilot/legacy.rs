//! Reads the users of an owner as records in the shape of 2024, where GitHub has closed the endpoint of that shape.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::directory::Owner;
use super::owners::OwnerCheck;
use super::sink::{Context, Cut, Sink};
use super::slice::{span_of, split};
use super::{NewestDay, Reading};
use crate::copilot::legacy_shape::LegacyPeriod;
use crate::github::{CacheUse, DayRead, GitHubError, Manifest};
use crate::kind::{DayReport, PathTemplate, Split, persons};
use crate::model::day::Day;
use crate::model::item::{Enrichment, RawItem};
use crate::model::slice::{Slice, SliceEnd};
use crate::source::Event;

/// Days that a report of the last 28 can be about when it does not say which: as far back as it may lag behind.
const FURTHEST_DAYS: i32 = 60;

impl Reading<'_> {
    /// Begins to read the users of an owner: of the last 28 days at once, or of the days that are chosen.
    pub(super) async fn read_users_as_legacy(
        &mut self,
        owner: &Owner,
        latest: PathTemplate,
        report: DayReport,
    ) -> Result<(), GitHubError> {
        let context = self.context();
        let enrichment = Arc::new(self.extraction.kind.scope.enrichment(owner.object.clone(), None));
        let of_users = UserReader {
            context,
            owner: owner.clone(),
            owners: self.owner_check(owner),
            enrichment,
            today: self.extraction.request.today,
        };
        let slice = self.slice(&owner.name);
        if !self.selection.chooses_days() {
            let path = latest.fill(&owner.name, None);
            self.running.start(&self.out, |out| of_users.read_latest(slice, path, out)).await;
            return Ok(());
        }
        let Some(days) = self.days(owner, report.since, NewestDay::OfLatest(report.newest), &[report.path]).await? else {
            return Ok(());
        };
        for day in &days.days {
            let path = report.path.fill(&owner.name, None);
            let slice = Slice { day: Some(*day), window: days.window(), ..slice.clone() };
            let (reader, day, cache) = (of_users.clone(), *day, days.cache_use(*day));
            self.running.start(&self.out, |out| reader.read_day(slice, path, day, cache, out)).await;
        }
        Ok(())
    }
}

/// Reads users as records of everyone.
#[derive(Clone)]
struct UserReader {
    context: Context,
    owner: Owner,
    owners: OwnerCheck,
    enrichment: Arc<Enrichment>,
    today: Day,
}

impl UserReader {
    async fn read_latest(self, slice: Slice, path: String, out: mpsc::Sender<Event>) {
        let (span, enrichment) = (span_of(&slice), Arc::clone(&self.enrichment));
        let Some(mut sink) = Sink::begin(&self.context, slice, enrichment, out).await else { return };
        let read = self.context.unless_stopped(span, self.latest(&path, &mut sink)).await;
        sink.end(read, self.context.about_reports()).await;
    }

    async fn read_day(self, slice: Slice, path: String, day: Day, cache: CacheUse, out: mpsc::Sender<Event>) {
        let (span, enrichment) = (span_of(&slice), Arc::clone(&self.enrichment));
        let Some(mut sink) = Sink::begin(&self.context, slice, enrichment, out).await else { return };
        let read = self.context.unless_stopped(span, self.day(&path, day, cache, &mut sink)).await;
        sink.end(read, self.context.about_reports()).await;
    }

    async fn latest(&self, path: &str, sink: &mut Sink) -> Result<SliceEnd, Cut> {
        let github = &self.context.github;
        let report = match github.report(path, None).await? {
            Manifest::Ready(report) => report,
            Manifest::NotReady { reason } => return Ok(SliceEnd::NotReady { reason }),
        };
        sink.window = report.days();
        if let Some(doubt) = report.doubt() {
            sink.doubt(path, doubt);
        }
        let (first, last) = report.days().unwrap_or((self.today.plus_days(-FURTHEST_DAYS), self.today));
        let mut period = LegacyPeriod::new(self.owner.in_reports(), first, last);
        let mut owner = self.owners.clone();
        for file in 0..report.files() {
            let mut lines = github.download(&report, file, &persons::USER_ROWS);
            let source = lines.source();
            loop {
                let is_first = lines.items() == 0;
                let rows = lines.next().await;
                lines.take_rejected().into_iter().for_each(|line| sink.rejected.add(format!("{source} {line}")));
                let Some(rows) = rows? else { break };
                if let (true, Some(announced), Some(row)) = (is_first, report.days(), rows.first()) {
                    sink.doubt_shorter_window(&source, announced, &row.json);
                }
                self.push(&mut period, &mut owner, rows, &source, sink)?;
            }
            sink.doubt_owner(&source, owner.take_doubt());
            if let Some(doubt) = lines.doubt() {
                sink.doubt(&source, &doubt);
            }
        }
        send(&period, path.into(), sink).await
    }

    async fn day(&self, path: &str, day: Day, cache: CacheUse, sink: &mut Sink) -> Result<SliceEnd, Cut> {
        let mut lines = match self.context.github.day(path, day, cache, &persons::USER_ROWS).await? {
            DayRead::Ready(lines) => lines,
            DayRead::NotReady { reason } => return Ok(SliceEnd::NotReady { reason }),
        };
        let mut period = LegacyPeriod::new(self.owner.in_reports(), day, day);
        let mut owner = self.owners.clone();
        loop {
            let rows = lines.next().await;
            let source = lines.source();
            lines.take_rejected().for_each(|line| sink.rejected.add(format!("{source} {line}")));
            let Some(rows) = rows? else { break };
            if !self.push(&mut period, &mut owner, rows, &source, sink)? {
                lines.distrust();
            }
        }
        sink.doubt_owner(&lines.source(), owner.take_doubt());
        sink.doubt_day(&lines);
        send(&period, lines.source(), sink).await
    }

    /// Gives rows to the fold. Says whether all were rows.
    fn push(
        &self,
        period: &mut LegacyPeriod,
        owner: &mut OwnerCheck,
        records: Vec<RawItem>,
        source: &Arc<str>,
        sink: &mut Sink,
    ) -> Result<bool, Cut> {
        let mut push = |line: &[u8]| period.push_user(line).and_then(|()| owner.check(period.owner_id()));
        let mut are_rows = true;
        for record in records {
            are_rows &= split(Split::Whole, record, source, sink, |row, sink| match push(&row.json) {
                Ok(()) => true,
                Err(refusal) => {
                    sink.reject(source, row.line, &refusal);
                    false
                }
            });
        }
        sink.check_not_stopped().map(|()| are_rows)
    }
}

/// Sends the days, if every row was read: what is missing would be missing in the sums, and they would overwrite true ones.
async fn send(period: &LegacyPeriod, source: Arc<str>, sink: &mut Sink) -> Result<SliceEnd, Cut> {
    if !sink.is_whole() {
        return Ok(sink.complete());
    }
    for (record, line) in period.records().zip(1..) {
        sink.push(RawItem { json: Bytes::from(record.json), line });
        sink.flush_if_full(&source).await?;
    }
    sink.flush(&source).await?;
    Ok(sink.complete())
}
