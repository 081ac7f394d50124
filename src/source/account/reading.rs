//! One run of a vendor's account: slices one after the other, and what each proved.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Account, AccountPage, PAGES_AT_MOST, PageMark, Protocol, days};
use crate::door::client::json::JsonClientError;
use crate::kind::{self, Kind, RowCheck, ScopeLevel, Selection, Source as KindSource};
use crate::model::day::Day;
use crate::model::item::{Batch, CHUNK_ITEMS, Enrichment, RawItem};
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::outcome::Examples;
use crate::source::{Event, ReadRequest, SourceError, SourceRun};

/// What to do about an answer that contradicts itself.
const READ_AGAIN: &str = "run it again: the list may have changed while it was read; if it stays so, report it to the vendor";

/// A run.
pub(super) struct AccountRun {
    pub(super) protocol: &'static Protocol,
    pub(super) account: Option<Account>,
    pub(super) newest: Option<Day>,
    pub(super) stop: CancellationToken,
}

/// The receiver of events is gone.
struct Unheard;

#[async_trait]
impl SourceRun for AccountRun {
    async fn read(&self, request: ReadRequest, events: mpsc::Sender<Event>) -> Result<(), SourceError> {
        // Nobody listening any more needs no events.
        let _ = self.read_kind(&request, &events).await;
        Ok(())
    }
}

impl AccountRun {
    async fn read_kind(&self, request: &ReadRequest, events: &mpsc::Sender<Event>) -> Result<(), Unheard> {
        let whole = |scope: &str, end: SliceEnd| send_whole(events, Slice::new(request.resource, &request.kind, scope, end));
        let Some(kind) = kind::find(&request.kind) else { return Ok(()) };
        let KindSource::Account(list) = kind.source else { return Ok(()) };
        let vendor = self.protocol.vendor;
        let Some(account) = &self.account else {
            let reason = format!(
                "no key of {} is in the settings ({}); its entities stay as they are",
                vendor.title(),
                vendor.key_variable()
            );
            return whole("", SliceEnd::NotReady { reason }).await;
        };
        let Some(since) = list.since.and_then(|since| since.parse::<Day>().ok()) else {
            return self.read_slice(kind, account, None, request, events).await;
        };
        let today = self.newest.map_or(request.today, |newest| request.today.min(newest.plus_days(1)));
        let wanted = Selection::read(&request.selector)
            .and_then(|selection| Ok((selection, days::wanted(&selection, since, today, vendor.title())?)));
        let (selection, possible) = match wanted {
            Ok(wanted) => wanted,
            Err(reason) => {
                let remedy = "correct the selector in the mapping".to_owned();
                return whole(&account.name, SliceEnd::Failed { reason, remedy }).await;
            }
        };
        let wanted = match &request.days {
            Some(chosen) => chosen.choice.of_scope(&account.name, false, &possible),
            None => possible,
        };
        let at_once = if kind.scope == ScopeLevel::AccountDay { 1 } else { self.protocol.days_a_request };
        for window in days::windows(&wanted, at_once) {
            if self.stop.is_cancelled() {
                let (reason, remedy) = ("the run was told to stop".to_owned(), "run it again".to_owned());
                return whole("", SliceEnd::Failed { reason, remedy }).await;
            }
            self.read_slice(kind, account, Some(window), request, events).await?;
        }
        if selection.chooses_days() || request.days.is_some() {
            // Entities of days that nobody asked for are absent because nobody looked, not because they are gone.
            let reason = "only chosen days were read; entities of other days stay as they are".to_owned();
            whole("", SliceEnd::NotReady { reason }).await?;
        }
        Ok(())
    }

    async fn read_slice(
        &self,
        kind: &'static Kind,
        account: &Account,
        window: Option<(Day, Day)>,
        request: &ReadRequest,
        events: &mpsc::Sender<Event>,
    ) -> Result<(), Unheard> {
        let slice = Slice::new(request.resource, &request.kind, &account.name, SliceEnd::Complete);
        let day = window.filter(|(first, last)| first == last).map(|(day, _)| day);
        send(events, Event::Began(Slice { day, window: window.filter(|_| day.is_none()), ..slice })).await?;
        let mut reading = SliceReading::new(self.protocol, kind, account, window);
        let end = tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                Ok(SliceEnd::Failed { reason: "the run was told to stop".to_owned(), remedy: "run it again".to_owned() })
            }
            end = reading.read(events) => end,
        };
        let end = end?;
        let rejected = std::mem::take(&mut reading.rejected);
        send(events, Event::Ended { end, window: None, missing_days: Vec::new(), rejected }).await
    }
}

/// One slice that is being read.
struct SliceReading<'a> {
    protocol: &'static Protocol,
    kind: &'static Kind,
    account: &'a Account,
    window: Option<(Day, Day)>,
    enrichment: Arc<Enrichment>,
    check: RowCheck,
    /// Rows so far, by their text. Empty where equal rows are no fault.
    seen: HashSet<u64>,
    count: u64,
    rejected: Examples<String>,
}

impl<'a> SliceReading<'a> {
    fn new(protocol: &'static Protocol, kind: &'static Kind, account: &'a Account, window: Option<(Day, Day)>) -> Self {
        let mut enrichment = vec![("__account", json!({"name": account.name, "vendor": protocol.vendor.title()}))];
        if let (ScopeLevel::AccountDay, Some((day, _))) = (kind.scope, window) {
            enrichment.push(("__day", json!(day.to_string())));
        }
        let mut check = RowCheck::new(&kind.row);
        check.within(window);
        let (enrichment, seen, rejected) = (Arc::new(Enrichment(enrichment)), HashSet::new(), Examples::default());
        Self { protocol, kind, account, window, enrichment, check, seen, count: 0, rejected }
    }

    /// Reads all pages. The end says what that proved.
    async fn read(&mut self, events: &mpsc::Sender<Event>) -> Result<SliceEnd, Unheard> {
        let mut mark = PageMark::Number(1);
        let mut marks = HashSet::from([mark.clone()]);
        let mut total: Option<u64> = None;
        for _ in 0..PAGES_AT_MOST {
            let asked = (self.protocol.request)(self.kind, self.window, &mark);
            let body = match self.account.client.ask(&asked).await {
                Ok(body) => body,
                Err(error) => return Ok(self.end_of(&error)),
            };
            let page = (self.protocol.page)(self.kind, &body, &mark);
            let AccountPage { elements, next, total: of_page } = match page {
                Ok(page) => page,
                Err(reason) => return Ok(failed(format!("{}: {reason}", asked.what()))),
            };
            if let (Some(before), Some(now)) = (total, of_page)
                && before != now
            {
                return Ok(failed(format!("{}: one page counts {before} records in all, and another {now}", asked.what())));
            }
            total = of_page.or(total);
            let source: Arc<str> = source_of(&asked.what(), &mark, self.window).into();
            self.take(&body, elements, &source, events).await?;
            match next {
                None => return Ok(self.end(total)),
                Some(next) if !marks.insert(next.clone()) => {
                    return Ok(failed(format!("{}: a page names one that was read already as the next", asked.what())));
                }
                Some(next) => mark = next,
            }
        }
        Ok(failed(format!("there are more than {PAGES_AT_MOST} pages")))
    }

    async fn take(
        &mut self,
        body: &Bytes,
        elements: Vec<std::ops::Range<usize>>,
        source: &Arc<str>,
        events: &mpsc::Sender<Event>,
    ) -> Result<(), Unheard> {
        let mut items = Vec::new();
        for (range, line) in elements.into_iter().zip(1..) {
            let json = body.slice(range);
            self.count += 1;
            match self.check(&json) {
                Ok(()) => items.push(RawItem { json, line }),
                Err(reason) => self.rejected.add(format!("{source} element {line}: {reason}")),
            }
        }
        for items in items.chunks(CHUNK_ITEMS) {
            let batch = Batch { source: Arc::clone(source), enrichment: Arc::clone(&self.enrichment), items: items.to_vec() };
            send(events, Event::Items(batch)).await?;
        }
        Ok(())
    }

    fn check(&mut self, json: &Bytes) -> Result<(), String> {
        self.check.check(json).map_err(|error| error.to_string())?;
        if let Some((first, last)) = self.window {
            let row: Value = serde_json::from_slice(json).map_err(|error| format!("not JSON: {error}"))?;
            match (self.protocol.day)(&row) {
                None => return Err("it has no day that can be read".to_owned()),
                Some(day) if day < first || day > last => {
                    return Err(format!("it is about {day}, but {} was asked for", days_of(first, last)));
                }
                Some(_) => {}
            }
        }
        if (self.protocol.is_repeated_by_fault)(self.kind) && !self.seen.insert(fingerprint(json)) {
            return Err("the same record came twice: another one may have been left out".to_owned());
        }
        Ok(())
    }

    /// The end of a slice of which every page was seen.
    fn end(&self, total: Option<u64>) -> SliceEnd {
        match (self.count, total) {
            (count, Some(total)) if count != total => {
                failed(format!("{} counts {total} records, and {count} came", self.protocol.vendor.title()))
            }
            (0, Some(_)) => SliceEnd::Empty,
            (0, None) => SliceEnd::NotReady {
                reason: format!(
                    "{} answered without a record, which does not prove that there is none; entities stay as they are",
                    self.protocol.vendor.title()
                ),
            },
            _ => SliceEnd::Complete,
        }
    }

    fn end_of(&self, error: &JsonClientError) -> SliceEnd {
        let reason = error.to_string();
        let doctor = "`pilotage doctor` shows what is missing, without changes";
        match error.status() {
            Some(status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)) => {
                SliceEnd::Forbidden { reason, remedy: format!("{}; {doctor}", (self.protocol.remedy)(status)) }
            }
            Some(status) => SliceEnd::Failed { reason, remedy: (self.protocol.remedy)(status) },
            None => {
                let host = self.account.client.host();
                SliceEnd::Failed {
                    reason,
                    remedy: format!("check that {host} can be reached from this machine, and run it again; {doctor}"),
                }
            }
        }
    }
}

fn failed(reason: String) -> SliceEnd {
    SliceEnd::Failed { reason, remedy: READ_AGAIN.to_owned() }
}

fn days_of(first: Day, last: Day) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// Where items come from, for messages. A cursor is no name for people.
fn source_of(what: &str, mark: &PageMark, window: Option<(Day, Day)>) -> String {
    let mut source = what.to_owned();
    if let Some((first, last)) = window {
        let _ = write!(source, " of {}", days_of(first, last));
    }
    if let PageMark::Number(number @ 2..) = mark {
        let _ = write!(source, " page {number}");
    }
    source
}

/// A fingerprint of a row's text. Two rows of a slice with one are the same for every purpose.
fn fingerprint(json: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    json.hash(&mut hasher);
    hasher.finish()
}

async fn send(events: &mpsc::Sender<Event>, event: Event) -> Result<(), Unheard> {
    events.send(event).await.map_err(|_| Unheard)
}

/// Sends a slice that has nothing but its end.
async fn send_whole(events: &mpsc::Sender<Event>, slice: Slice) -> Result<(), Unheard> {
    let end = slice.end.clone();
    send(events, Event::Began(slice)).await?;
    send(events, Event::Ended { end, window: None, missing_days: Vec::new(), rejected: Examples::default() }).await
}
