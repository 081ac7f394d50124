//! Common part of the reports of all runs of a process.

use std::path::PathBuf;
use std::sync::Arc;

use super::feed::Feed;
use super::people;
use crate::github::address::ApiBase;
use crate::history::{HistoryRecorder, KeptDays, PeopleKept};
use crate::identity::Identity;
use crate::model::day::Day;
use crate::reconcile::outcome::Mode;
use crate::resync::Resync;
use crate::settings::Settings;
use crate::telemetry::RunFacts;

/// Common part of the reports of all runs of a process, and the folder that they are kept in.
pub(super) struct Bookkeeping {
    /// Integration, hosts and catalog.
    pub(super) facts: RunFacts,
    /// The data folder.
    pub(super) data: PathBuf,
    /// True when the history is kept.
    pub(super) history: bool,
    /// Days of the past that the history keeps.
    pub(super) keep: KeptDays,
    /// What the history keeps of people.
    pub(super) people: PeopleKept,
    /// The day of seats; none: today.
    pub(super) snapshot_day: Option<Day>,
    /// How people are kept.
    pub(super) identity: Identity,
    /// The host of scopes in the history, where the settings name only one.
    pub(super) host: String,
    /// The pages that follow the run, where there are some.
    pub(super) feed: Option<Arc<Feed>>,
    /// The kinds that all runs of a daemon are restricted to; none when they read all. One run of these is a run of everything.
    pub(super) chosen_kinds: Vec<String>,
    /// Exit code 0 for a run that was complete in part only.
    pub(super) partial_ok: bool,
}

impl Bookkeeping {
    /// Makes it from the settings; `origin` is what is read, and `destination` the catalog, in words.
    pub(super) fn new(settings: &Settings, origin: &str, destination: &str) -> Self {
        let facts = RunFacts {
            integration: settings.integration_identifier.clone(),
            github: origin.to_owned(),
            catalog: destination.to_owned(),
            mapping: None,
        };
        Self {
            facts,
            data: settings.data.clone(),
            history: settings.history,
            keep: kept_days(settings),
            people: people::kept(settings),
            snapshot_day: None,
            identity: settings.privacy.identity,
            host: history_host(settings),
            feed: None,
            chosen_kinds: Vec::new(),
            partial_ok: settings.partial_ok,
        }
    }

    /// Whether entities that go are kept without their names in the changes of a run: they may be those of people whom nothing is to
    /// name any more.
    pub(super) fn hides_gone(&self) -> bool {
        people::may_go_unnamed(self.identity, &self.data)
    }

    /// The facts about that run.
    pub(super) fn facts_of(&self, resync: &Resync) -> RunFacts {
        RunFacts { mapping: Some(resync.mapping_origin.clone()), ..self.facts.clone() }
    }

    /// The observer that keeps the history of a run. None for a plan, and when the settings say so.
    pub(super) fn history_of(&self, resync: &Resync) -> Option<HistoryRecorder> {
        let is_kept = self.history && resync.options.mode == Mode::Resync;
        is_kept.then(|| {
            let recorder = HistoryRecorder::new(self.data.clone(), self.host.clone(), resync.clock.clone());
            recorder.keeping(self.keep).with_people(self.people).with_snapshots_of(self.snapshot_day)
        })
    }
}

/// How long the history keeps days.
fn kept_days(settings: &Settings) -> KeptDays {
    KeptDays { days: settings.history_keep, people: settings.history_keep_people }
}

/// The host of scopes in the history that name none: that of the first source.
pub(super) fn history_host(settings: &Settings) -> String {
    let host = &settings.github.sources.first().host;
    ApiBase::parse(host).map_or_else(|_| host.clone(), |base| base.host())
}
