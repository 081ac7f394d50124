//! One resync of the daemon: reads the mapping, prepares and carries out the run, and writes its state to the catalog. A state
//! that the catalog does not accept at once is sent again later.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::failure_class::FailureClass;
use super::queue::Trigger;
use super::readiness::ClockReading;
use super::{Daemon, DaemonObserver, Listener, REPORT_TIMEOUT, chain, within};
use crate::catalog::{ResyncProgress, ResyncState, ResyncStatus};
use crate::integration::announce::unusable_mapping_record;
use crate::integration::mapping::{FoundMapping, MappingSourceError};
use crate::integration::{RunEnd, RunError, RunRequest, RunResult};
use crate::mapping::file::Mapping;
use crate::mapping::finding::Severity;
use crate::model::mapping_origin::MappingOrigin;
use crate::reconcile::deletion::DeletionThreshold;
use crate::render::number::counted;
use crate::resync::ResyncError;
use crate::resync::context::run_id;
use crate::source;

/// Age of another process's last heartbeat from which its state `running` is corrected to `aborted`.
const STALE_AFTER: Duration = Duration::from_secs(60);

/// Result of one resync for the timing of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResyncEnd {
    /// No retry: it was carried out, or a retry would end the same.
    Done,
    /// Retry after a wait: the catalog or GitHub was unavailable, or another run was alive.
    RetryLater,
}

impl Daemon {
    /// Reads the mapping and carries out one resync with it, or with the last good one when it cannot be used.
    pub(super) async fn one_resync(
        &self,
        number: u64,
        trigger: Trigger,
        end: &CancellationToken,
        observer: &dyn DaemonObserver,
    ) -> ResyncEnd {
        let began = self.context.clock.now();
        let reading = async { self.source.read(&self.context.catalog).await };
        let found = tokio::select! {
            biased;
            () = end.cancelled() => {
                self.readiness.resync_ended(ClockReading::now(&self.context.clock), None, false, None);
                return ResyncEnd::Done;
            }
            found = reading => found,
        };
        let ((mapping, origin), is_current) = match found {
            Ok(found) => {
                self.state().watch.mapping_was_read(&found.content);
                let is_unusable = found.mapping.is_none();
                if is_unusable {
                    self.report_unusable_mapping(&found, observer).await;
                }
                let current = found.mapping.map(|mapping| (mapping, found.origin));
                let Some(mapping) = current.or_else(|| self.state().good.clone()) else {
                    let why = "the mapping cannot be used, and no other was used before";
                    self.could_not_begin(trigger, began, why, FailureClass::MAPPING).await;
                    return ResyncEnd::Done;
                };
                if !is_unusable {
                    self.mapping_is_usable();
                    observer.mapping_checked(&found.findings);
                }
                (mapping, !is_unusable)
            }
            Err(error) => {
                let failure = match &error {
                    MappingSourceError::Catalog(error) => FailureClass::of_catalog(error),
                    MappingSourceError::File { .. } => FailureClass::MAPPING,
                };
                return self.could_not_begin(trigger, began, &chain(&error), failure).await;
            }
        };
        self.run_mapping(number, trigger, (mapping, origin), is_current, end, observer).await
    }

    async fn run_mapping(
        &self,
        number: u64,
        trigger: Trigger,
        (mapping, origin): (Mapping, MappingOrigin),
        is_current: bool,
        end: &CancellationToken,
        observer: &dyn DaemonObserver,
    ) -> ResyncEnd {
        let run = run_id(self.options.seed, number);
        let mut prepared = match self.context.prepare(mapping.clone(), origin.clone(), &run) {
            Ok(prepared) => prepared,
            Err(error) => {
                let now = self.context.clock.now();
                return self.could_not_begin(trigger, now, &error.to_string(), FailureClass::INTERNAL).await;
            }
        };
        if let Trigger::Kinds(schedules) = trigger {
            let kinds = self.kinds_of(schedules, &mapping);
            if kinds.is_empty() {
                tracing::warn!("kinds have a schedule of their own and no resource of the mapping, so nothing is read");
                self.readiness.resync_ended(ClockReading::now(&self.context.clock), None, false, None);
                return ResyncEnd::Done;
            }
            let options = &mut prepared.resync.options;
            // Whoever chose kinds for all runs gets no deletions from these either.
            options.deletes_by_kind = options.only_kinds.is_empty();
            options.only_kinds = kinds;
        }
        if is_current {
            self.state().good = Some((mapping, origin));
            observer.mapping_checked(&prepared.findings);
        } else {
            // The user's current mapping is unknown, so nothing may be deleted.
            prepared.resync.options.deletion_threshold = Some(DeletionThreshold::of(0.0));
        }
        let run_observer = observer.resync_began(&run, trigger);
        let request = RunRequest {
            reporting: self.options.reporting,
            creates: self.options.creates,
            changelog_destination: Some(self.changelog_destination()),
            next: self.next_run(),
            counts_as_failed: !is_current,
            // Once for each process: it holds for every later run.
            compares_mapping: !std::mem::replace(&mut self.state().has_compared_mapping, true),
            ..RunRequest::new(self.options.admission, run_observer.as_ref())
        };
        // The state of this run replaces an unsent one of the run before.
        self.state().unsent_state = None;
        let result = observer.attend(&prepared.resync, request, end).await;
        self.state().unsent_state.clone_from(&result.unsent_state);
        // The mapping may have become unusable during this run.
        let is_unusable = self.state().unusable.is_some();
        if is_unusable && result.status == Some(ResyncStatus::Completed) {
            let now = self.context.clock.now();
            self.send_state(ResyncProgress { last_resync_end: Some(now), ..ResyncProgress::of(ResyncStatus::Failed, now) }).await;
        }
        let is_good = match &result.end {
            Ok(RunEnd::Finished(outcome)) => is_current && outcome.exit_code(self.options.partial_ok) == 0,
            _ => false,
        };
        let failure = if is_current { FailureClass::of_result(&result) } else { Some(FailureClass::MAPPING) };
        // Some kinds say nothing of the rest: neither that it is fresh nor that it failed.
        let of_everything = trigger.is_of_everything();
        let status = result.status.filter(|_| of_everything);
        self.readiness.resync_ended(ClockReading::now(&self.context.clock), status, is_good && of_everything, failure);
        observer.resync_ended(&run, &result, self.readiness.read().next);
        match &result {
            // A retry would select the same.
            RunResult { end: Err(RunError::Resync(ResyncError::Choice(_))), .. } => ResyncEnd::Done,
            RunResult { end: Err(RunError::AlreadyRunning(_) | RunError::Resync(_)), .. } if of_everything => {
                ResyncEnd::RetryLater
            }
            _ => ResyncEnd::Done,
        }
    }

    /// The kinds of these schedules that the mapping has a resource of, and that flags have not left out.
    fn kinds_of(&self, schedules: u64, mapping: &Mapping) -> Vec<String> {
        let chosen = &self.context.options.only_kinds;
        let same = |one: &str, other: &str| {
            one == other || source::find(&self.context.sources, one).is_some_and(|(_, kind)| kind.is_called(other))
        };
        let is_meant = |name: &&String| {
            mapping.resources.iter().any(|resource| same(&resource.kind.text, name))
                && (chosen.is_empty() || chosen.iter().any(|only| same(only, name)))
        };
        let groups = self.options.kind_schedules.iter().zip(0..);
        let groups = groups.filter(|(_, number)| schedules & 1_u64.checked_shl(*number).unwrap_or_default() != 0);
        groups.flat_map(|(group, _)| &group.kinds).filter(is_meant).cloned().collect()
    }

    /// Address to which the catalog reports changes: ours where it can reach us, otherwise none, because the daemon polls.
    fn changelog_destination(&self) -> serde_json::Value {
        match &self.options.listener {
            Listener::Webhook { app_host: Some(host), .. } => json!({"type": "WEBHOOK", "url": format!("{host}/resync")}),
            Listener::Webhook { app_host: None, .. } | Listener::Polling | Listener::Never => json!({}),
        }
    }

    /// Records a resync that could not begin as failed, here and at the catalog. One of some kinds is only logged: of the resync of
    /// everything, whose state both show, it tells nothing, and the schedule of the kinds repeats it soon enough.
    async fn could_not_begin(&self, trigger: Trigger, began: Timestamp, why: &str, failure: FailureClass) -> ResyncEnd {
        let moment = ClockReading::now(&self.context.clock);
        let now = moment.at;
        if !trigger.is_of_everything() {
            tracing::error!("the resync of some kinds could not begin: {why}");
            self.readiness.resync_ended(moment, None, false, None);
            return ResyncEnd::Done;
        }
        tracing::error!("the resync could not begin: {why}");
        self.readiness.resync_ended(moment, Some(ResyncStatus::Failed), false, Some(failure));
        self.send_state(ResyncProgress { last_resync_end: Some(now), ..ResyncProgress::of(ResyncStatus::Failed, began) }).await;
        ResyncEnd::RetryLater
    }

    pub(super) fn mapping_is_usable(&self) {
        self.readiness.set_mapping_problem(None);
        self.state().unusable = None;
    }

    /// Reports a mapping that cannot be used, once per content: in the log, in readiness, and at the catalog as a state `failed`
    /// with a record in the integration's log.
    pub(super) async fn report_unusable_mapping(&self, found: &FoundMapping, observer: &dyn DaemonObserver) {
        let clock = &self.context.clock;
        let has_good = {
            let mut state = self.state();
            if state.unusable.as_ref() == Some(&found.content) {
                return;
            }
            state.unusable = Some(found.content.clone());
            state.good.is_some()
        };
        observer.mapping_checked(&found.findings);
        let errors = found.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let errors: Vec<String> = errors.map(|finding| format!("{}: {}", finding.path(), finding.message)).collect();
        let instead = if has_good { "the last good one stays in use, and nothing is deleted" } else { "no resync is possible" };
        tracing::error!("{} cannot be used; {instead} until it is corrected", found.name);
        let count = counted(errors.len() as u64, "error", "errors");
        self.readiness.set_mapping_problem(Some(format!("the mapping cannot be used: {count}; see the log")));
        let now = clock.now();
        let report = async {
            let Some(to) = self.context.catalog.integration_once().await?.and_then(|integration| integration.logs) else {
                return Ok(());
            };
            self.context.catalog.post_logs(&to, &[unusable_mapping_record(&errors, has_good, now)]).await
        };
        match within(REPORT_TIMEOUT, clock, report).await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::warn!(%error, "cannot report the findings of the mapping to the catalog"),
            None => tracing::warn!("cannot report the findings of the mapping to the catalog: it did not answer in time"),
        }
        // A running resync writes its own state when it ends.
        if !self.state().is_running {
            self.send_state(ResyncProgress { last_resync_end: Some(now), ..ResyncProgress::of(ResyncStatus::Failed, now) }).await;
        }
    }

    /// Sends a state to the catalog. A state that is not accepted is kept and sent after a later check.
    async fn send_state(&self, progress: ResyncProgress) {
        let next = self.next_run();
        let next_resync = next.map(|next| next.at);
        let interval_minutes = next.and_then(|next| next.interval_minutes);
        let progress = ResyncProgress { next_resync, interval_minutes, ..progress };
        match within(REPORT_TIMEOUT, &self.context.clock, self.context.catalog.renew_resync_state(&progress)).await {
            Some(Ok(_)) => {}
            failed => {
                let error = failed.and_then(Result::err).map(tracing::field::display);
                tracing::debug!(error, "the catalog did not accept the state; it is sent again later");
                self.state().unsent_state = Some(progress);
            }
        }
    }

    /// Sends a state that was not accepted before. Without one, corrects a state `running` without heartbeats to `aborted`.
    pub(super) async fn send_unsent_state(&self, current: Option<&ResyncState>) {
        let unsent_state = {
            let mut state = self.state();
            if state.is_running {
                state.other_heartbeat = None;
                return;
            }
            let running = current.filter(|current| current.status.as_deref() == Some("running"));
            let heartbeat = running.and_then(|running| running.updated_at);
            // Elapsed time is used, because the catalog's clock differs and ours may be set.
            let elapsed = self.context.clock.elapsed();
            let seen_before = state.other_heartbeat.filter(|(at, _)| Some(*at) == heartbeat);
            state.other_heartbeat = heartbeat.map(|at| seen_before.unwrap_or((at, elapsed)));
            let is_dead = seen_before.is_some_and(|(_, since)| elapsed.saturating_sub(since) >= STALE_AFTER);
            match state.unsent_state.take() {
                None if is_dead => {
                    let began = heartbeat.unwrap_or_else(|| self.context.clock.now());
                    tracing::warn!("the state at the catalog is `running` without heartbeats: the resync was killed");
                    Some(ResyncProgress { last_resync_end: heartbeat, ..ResyncProgress::of(ResyncStatus::Aborted, began) })
                }
                unsent_state => unsent_state,
            }
        };
        if let Some(progress) = unsent_state {
            self.send_state(progress).await;
        }
    }
}
