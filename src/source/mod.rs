//! The systems that are read, and what a resync needs of each.
//!
//! | subject | file |
//! | --- | --- |
//! | the trait of a source, its events and its errors | here |
//! | GitHub Copilot | [`copilot`] |
//! | sources of one account and one key | [`account`] |
//! | Claude Code, Cursor | [`claude_code`], [`cursor`] |
//! | people's days of every tool in one shape | [`tools`] |
//! | stored reports in place of a system | [`files`] |
//! | people, rewritten as they come out of any source | [`people`] |
//! | lists as earlier runs saw them | [`listings`] |
//!
//! A process has one [`Source`] for each system. For each run a source makes a [`SourceRun`], which holds what only that run knows.
//! A resync calls it in this order: [`SourceRun::check`] once, before anything is written; [`SourceRun::read`] for each resource of
//! the mapping, one after the other; [`SourceRun::warnings`]; [`SourceRun::keep`]. `docs/development.md` says how to add a source.

pub mod account;
pub mod claude_code;
pub mod copilot;
pub mod cursor;
pub mod files;
pub mod listings;
pub mod people;
pub mod tools;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::kind::{self, KindNames};
use crate::model::day::Day;
use crate::model::field::Field;
use crate::model::item::{Batch, RawItem};
use crate::model::person_fields::PersonFields;
use crate::model::slice::{Slice, SliceEnd};
use crate::model::usage::Usage;
use crate::reconcile::outcome::Examples;

/// A system that is read, with its clients. It holds no state of a run.
pub trait Source: Send + Sync {
    /// The name in messages, metrics and reports.
    fn name(&self) -> SourceName;
    /// Every kind that it reads. Where two sources have a kind of one name, the first source reads it.
    fn kinds(&self) -> Vec<KindNames>;
    /// The documented fields of a kind's items, by the kind's own name, for remarks about fields that items do not have. None are
    /// given where they are not documented.
    fn item_fields(&self, _kind: &str) -> Vec<&'static Field> {
        Vec::new()
    }
    /// The top-level field of a kind's items that names the day of the item, by the kind's own name. Every item of a slice then has one
    /// day of [`Slice::window`] there, as text. None where items have no day.
    fn day_field(&self, _kind: &str) -> Option<&'static str> {
        None
    }
    /// The fields of a kind's items by which people are known, by the kind's own name. [`people::PeopleSource`] rewrites them; a kind
    /// that is not known here is about nobody.
    fn persons(&self, kind: &str) -> &'static PersonFields;
    /// True when the source rewrites what is about people itself, because it keeps what it read.
    fn rewrites_people(&self) -> bool {
        false
    }
    /// True when flags choose a part of the scopes in the settings. Nothing is deleted then.
    fn is_restricted(&self) -> bool {
        false
    }
    /// Checks that what is read, as the settings choose it, may stand together in the blueprints of a mapping. `given` are kinds with the
    /// blueprints of their entities: before a run those that are constants, after reading all.
    ///
    /// # Errors
    /// Fails when a blueprint would hold what must not be added up.
    fn check_blueprints(&self, _given: &[(&str, &str)]) -> Result<(), WrongChoice> {
        Ok(())
    }
    /// Begins a run of that integration, without a request. `stop` ends reading early, see [`SourceRun::read`].
    fn begin(&self, integration: &str, stop: &CancellationToken) -> Arc<dyn SourceRun>;
    /// The usage of each client since it was made, each client once, with a label that distinguishes it.
    fn spent(&self) -> Vec<(String, Usage)>;
}

/// A source during one run. Dropping it ends everything that it has begun.
#[async_trait]
pub trait SourceRun: Send + Sync {
    /// Checks that every choice of flags and settings matches a scope, given the kinds that will be read, by their own names.
    ///
    /// # Errors
    /// Fails when a choice matches nothing. A list that cannot be read is not an error here; reading reports it.
    async fn check(&self, _kinds: &[&'static str]) -> Result<(), WrongChoice> {
        Ok(())
    }
    /// Reads one resource and sends [`Event`]s until done, or until the receiver is dropped.
    ///
    /// Order: the same world gives the same events. Each slice is one [`Event::Began`], any number of [`Event::Items`] and one
    /// [`Event::Ended`]; slices do not overlap. Notes stand between slices. No slice at all says that there is nothing.
    ///
    /// Cancellation: when told to stop, the slices that have begun end as failed at their next batch, no further slice begins, and one
    /// failed slice of the whole kind says so. Dropping the future is safe at any point.
    ///
    /// # Errors
    /// Fails when nothing can be read from this source, such as with a credential that was never accepted. The run ends then.
    /// Everything else is the end of a slice.
    async fn read(&self, request: ReadRequest, events: mpsc::Sender<Event>) -> Result<(), SourceError>;
    /// Sentences about the run as a whole, once everything was read.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
    /// Keeps for later runs what this one has learned. Called last, and never in a plan.
    fn keep(&self) {}
}

/// Name of a source, in messages and in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceName {
    /// In metrics, reports and codes: `github`.
    pub code: &'static str,
    /// In sentences: `GitHub`.
    pub title: &'static str,
}

/// One resource of the mapping: the part that a source needs.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The kind's name or alias, as the mapping wrote it.
    pub kind: String,
    /// The keys of the selector beside its query.
    pub selector: Map<String, Value>,
    /// The number of the resource in the mapping, for [`Slice::resource`].
    pub resource: usize,
    /// The keys of an item that the mapping looks at; none when that can be any.
    pub looks_at: Option<BTreeSet<String>>,
    /// The day in UTC on which reading begins.
    pub today: Day,
    /// The days to read of those that the selector takes; none when all are read. Days of a scope are read one by one then.
    pub days: Option<ChosenDays>,
}

/// Days that somebody wants who keeps what was read before.
#[derive(Clone, Debug)]
pub struct ChosenDays {
    /// The choice.
    pub choice: Arc<dyn DayChoice>,
    /// True when the source is to be asked again also for what it gave before and keeps itself.
    pub again: bool,
}

/// A choice among the days that a source has.
pub trait DayChoice: fmt::Debug + Send + Sync {
    /// The days to read of a scope, in the order in which they are wanted. `scope` is as slices name it, and `possible` are the days
    /// that the source may have, oldest first.
    fn of_scope(&self, scope: &str, is_enterprise: bool, possible: &[Day]) -> Vec<Day>;
}

/// A step of reading a resource. `Items` are raw where they leave the source, and mapped behind the mapping threads.
#[derive(Debug)]
pub enum Event<Items = Batch> {
    /// A sentence about the run as a whole. The same one may come several times.
    Note(String),
    /// A slice begins. What follows up to its end belongs to it. The [`Slice::end`] that it has here counts for nothing.
    Began(Slice),
    /// The items that follow were read by an earlier run, at that time where it is known, and kept since then.
    Cached(Option<Timestamp>),
    /// Rows of a report from which the source makes the slice's items, for whoever keeps what was read.
    Rows(ReportRows),
    /// Items of the slice, in the order of the source, about a hundred at once.
    Items(Items),
    /// The slice ended.
    Ended {
        /// End of the slice.
        end: SliceEnd,
        /// The first and the last day of its report, see [`Slice::window`]; none when the slice had it at its beginning.
        window: Option<(Day, Day)>,
        /// Days that the report leaves out, see [`Slice::missing_days`].
        missing_days: Vec<Day>,
        /// Records that were no items: lines too long, records without the part that is split out.
        rejected: Examples<String>,
    },
    /// Nothing can be read from this source. Nothing follows.
    Fatal(SourceError),
}

/// Rows of a report from which items are made.
#[derive(Clone, Debug)]
pub struct ReportRows {
    /// The report.
    pub report: RowsReport,
    /// About a hundred of its rows, as the source wrote them.
    pub rows: Vec<RawItem>,
}

/// Reports from which items are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsReport {
    /// Who was in which team on the slice's day.
    Memberships,
    /// What each user did on that day.
    Users,
}

/// The reason that nothing can be read from a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SourceError {
    /// The source that was asked.
    pub what: SourceName,
    /// Attempt and answer, with all causes. It may quote a server.
    pub reason: String,
    /// Remedy for the user.
    pub remedy: String,
}

impl SourceError {
    /// Makes the error of a source from another error and its causes.
    pub fn new(what: SourceName, error: &(dyn Error + 'static), remedy: impl Into<String>) -> Self {
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            // Some libraries repeat their cause in their own words.
            if !reason.contains(&inner.to_string()) {
                reason = format!("{reason}: {inner}");
            }
            cause = inner.source();
        }
        Self { what, reason, remedy: remedy.into() }
    }
}

/// A choice of flags or settings that matches nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct WrongChoice {
    /// The choice, and that it matches nothing.
    pub sentence: String,
    /// Remedy for the user.
    pub help: String,
}

/// The number of the source that reads the kind of that name or alias, and the kind's own names.
pub fn find(sources: &[Arc<dyn Source>], name: &str) -> Option<(usize, KindNames)> {
    let all = sources.iter().enumerate().flat_map(|(number, source)| source.kinds().into_iter().map(move |kind| (number, kind)));
    all.into_iter().find(|(_, kind)| kind.is_called(name))
}

/// The kind of any source whose name or alias is most like `name`, for "did you mean".
pub fn nearest(sources: &[Arc<dyn Source>], name: &str) -> Option<KindNames> {
    kind::nearest_of(name, sources.iter().flat_map(|source| source.kinds()))
}
