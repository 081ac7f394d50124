//! One turn of the daemon: reads the mapping, makes a run of it, attends to it, and sees to it that the state at the catalog
//! says what happened, also when the catalog does not take it at once.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::trouble::Trouble;
use super::turns::Reason;
use super::vitals::Moment;
use super::{Audience, Daemon, Listener, WORD_AT_MOST, chain, within};
use crate::catalog::{ResyncProgress, ResyncState, ResyncStatus};
use crate::integration::announce::refused_mapping;
use crate::integration::mapping::{Found, SourceError};
use crate::integration::{Attendance, Attended, AttendedError, Visit};
use crate::mapping::file::Mapping;
use crate::mapping::finding::Severity;
use crate::reconcile::deletion::DeletionThreshold;
use crate::render::number::counted;
use crate::resync::ResyncError;
use crate::resync::ground::run_id;

/// How long a state `running` of which nobody gives a sign of life is left alone.
const STALE: Duration = Duration::from_secs(60);

/// What a turn came to, as far as it decides when the next one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It read, wrote, or found out that it cannot; another try would do the same.
    Done,
    /// There was nothing to go on with: no catalog, no GitHub, or another run was alive.
    HadNothing,
}

impl Daemon {
    pub(super) async fn turn(&self, number: u64, reason: Reason, end: &CancellationToken, audience: &dyn Audience) -> Ended {
        let began = self.ground.clock.now();
        let reading = async { self.source.read(&self.ground.catalog).await };
        let found = tokio::select! {
            biased;
            () = end.cancelled() => {
                self.vitals.resync_ended(Moment::now(&self.ground.clock), None, false, None);
                return Ended::Done;
            }
            found = reading => found,
        };
        let (mapping, is_asked_for) = match found {
            Ok(found) => {
                self.known().watch.mapping_was_read(&found.content);
                let refused = found.mapping.is_none();
                if refused {
                    self.refuse(&found, audience).await;
                }
                let Some(mapping) = found.mapping.or_else(|| self.known().good.clone()) else {
                    self.ended_without(began, "the mapping cannot be used, and no other was used before", Trouble::MAPPING).await;
                    return Ended::Done;
                };
                if !refused {
                    self.mapping_is_good();
                    audience.mapping_has(&found.findings);
                }
                (mapping, !refused)
            }
            Err(error) => {
                let trouble = match &error {
                    SourceError::Catalog(error) => Trouble::of_catalog(error),
                    SourceError::File { .. } => Trouble::MAPPING,
                };
                self.ended_without(began, &chain(&error), trouble).await;
                return Ended::HadNothing;
            }
        };
        self.attend_to(number, reason, mapping, is_asked_for, end, audience).await
    }

    async fn attend_to(
        &self,
        number: u64,
        reason: Reason,
        mapping: Mapping,
        is_asked_for: bool,
        end: &CancellationToken,
        audience: &dyn Audience,
    ) -> Ended {
        let run = run_id(self.options.seed, number);
        let mut ready = match self.ground.ready(mapping.clone(), &run) {
            Ok(ready) => ready,
            Err(error) => {
                self.ended_without(self.ground.clock.now(), &error.to_string(), Trouble::INTERNAL).await;
                return Ended::HadNothing;
            }
        };
        if is_asked_for {
            self.known().good = Some(mapping);
            audience.mapping_has(&ready.findings);
        } else {
            // What the user wants now cannot be known, so nothing of it is taken away.
            ready.resync.options.deletion_threshold = Some(DeletionThreshold::of(0.0));
        }
        let observer = audience.resync_began(&run, reason);
        let visit = Visit {
            courtesies: self.options.courtesies,
            creates: self.options.creates,
            changelog_destination: Some(self.changelog_destination()),
            next: self.next_run(),
            at_best_failed: !is_asked_for,
            ..Visit::new(self.options.entry, observer.as_ref())
        };
        // What is said here is of this run; what was not told of the one before is past.
        self.known().untold = None;
        let attendance = audience.attend(&ready.resync, visit, end).await;
        self.known().untold.clone_from(&attendance.untold);
        // The mapping was edited into one that cannot be used while this one ran.
        let is_refused = self.known().refused.is_some();
        if is_refused && attendance.status == Some(ResyncStatus::Completed) {
            let now = self.ground.clock.now();
            self.say(ResyncProgress { last_resync_end: Some(now), ..ResyncProgress::of(ResyncStatus::Failed, now) }).await;
        }
        let is_good = match &attendance.ended {
            Ok(Attended::Ended(outcome)) => is_asked_for && outcome.exit_code(self.options.partial_ok) == 0,
            _ => false,
        };
        let trouble = if is_asked_for { Trouble::of_attendance(&attendance) } else { Some(Trouble::MAPPING) };
        self.vitals.resync_ended(Moment::now(&self.ground.clock), attendance.status, is_good, trouble);
        audience.resync_ended(&run, &attendance, self.vitals.read().next);
        match &attendance {
            // Another try would choose the same.
            Attendance { ended: Err(AttendedError::Resync(ResyncError::Choice(_))), .. } => Ended::Done,
            Attendance { ended: Err(AttendedError::AnotherRuns(_) | AttendedError::Resync(_)), .. } => Ended::HadNothing,
            _ => Ended::Done,
        }
    }

    /// Whom the catalog shall tell about changes: us, where it can reach us; otherwise nobody, because we look ourselves.
    fn changelog_destination(&self) -> serde_json::Value {
        match &self.options.listener {
            Listener::Webhook { app_host: Some(host), .. } => json!({"type": "WEBHOOK", "url": format!("{host}/resync")}),
            Listener::Webhook { app_host: None, .. } | Listener::Polling | Listener::Nobody => json!({}),
        }
    }

    /// A resync that could not begin has failed, and the catalog is told so when it listens.
    async fn ended_without(&self, began: Timestamp, why: &str, trouble: Trouble) {
        let moment = Moment::now(&self.ground.clock);
        let now = moment.at;
        tracing::error!("the resync could not begin: {why}");
        self.vitals.resync_ended(moment, Some(ResyncStatus::Failed), false, Some(trouble));
        self.say(ResyncProgress { last_resync_end: Some(now), ..ResyncProgress::of(ResyncStatus::Failed, began) }).await;
    }

    /// A mapping that can be used is in its place.
    pub(super) fn mapping_is_good(&self) {
        self.vitals.mapping_is(None);
        self.known().refused = None;
    }

    /// A mapping that cannot be used is in the place of one that could. Told once: to people here, and at the catalog as a failed
    /// state with a record in the integration's log.
    pub(super) async fn refuse(&self, found: &Found, audience: &dyn Audience) {
        let clock = &self.ground.clock;
        let has_good = {
            let mut known = self.known();
            if known.refused.as_ref() == Some(&found.content) {
                return;
            }
            known.refused = Some(found.content.clone());
            known.good.is_some()
        };
        audience.mapping_has(&found.findings);
        let errors = found.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let errors: Vec<String> = errors.map(|finding| format!("{}: {}", finding.path(), finding.message)).collect();
        let instead = if has_good { "the last good one stays in use, and nothing is deleted" } else { "nothing is done" };
        tracing::error!("{} cannot be used; {instead} until it is corrected", found.name);
        let count = counted(errors.len() as u64, "error", "errors");
        self.vitals.mapping_is(Some(format!("the mapping cannot be used: {count}, which the log names")));
        let now = clock.now();
        let told = async {
            let Some(to) = self.ground.catalog.glance_at_integration().await?.and_then(|integration| integration.logs) else {
                return Ok(());
            };
            self.ground.catalog.post_logs(&to, &[refused_mapping(&errors, has_good, now)]).await
        };
        match within(WORD_AT_MOST, clock, told).await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::warn!(%error, "the catalog did not take why the mapping is refused"),
            None => tracing::warn!("the catalog did not take in time why the mapping is refused"),
        }
        // While one runs, its own end is what the catalog is to be told, and comes first.
        if !self.known().is_running {
            self.say(ResyncProgress { last_resync_end: Some(now), ..ResyncProgress::of(ResyncStatus::Failed, now) }).await;
        }
    }

    /// Tells the catalog a state, now or when it listens again.
    async fn say(&self, progress: ResyncProgress) {
        let next = self.next_run();
        let next_resync = next.map(|next| next.at);
        let interval_minutes = next.and_then(|next| next.interval_minutes);
        let progress = ResyncProgress { next_resync, interval_minutes, ..progress };
        match within(WORD_AT_MOST, &self.ground.clock, self.ground.catalog.renew_resync_state(&progress)).await {
            Some(Ok(_)) => {}
            failed => {
                let error = failed.and_then(Result::err).map(tracing::field::display);
                tracing::debug!(error, "the state is told to the catalog later");
                self.known().untold = Some(progress);
            }
        }
    }

    /// Tells what the catalog did not take before; and that a resync which is said to run, and of which there is no sign of life,
    /// is over.
    pub(super) async fn tell_untold(&self, state: Option<&ResyncState>) {
        let untold = {
            let mut known = self.known();
            if known.is_running {
                known.other_seen = None;
                return;
            }
            let claims = state.filter(|state| state.status.as_deref() == Some("running")).and_then(|state| state.updated_at);
            // By the time that passed here: the catalog's clock is another one, and ours may be set.
            let elapsed = self.ground.clock.elapsed();
            let seen_before = known.other_seen.filter(|(at, _)| Some(*at) == claims);
            known.other_seen = claims.map(|at| seen_before.unwrap_or((at, elapsed)));
            let is_dead = seen_before.is_some_and(|(_, since)| elapsed.saturating_sub(since) >= STALE);
            match known.untold.take() {
                None if is_dead => {
                    let began = claims.unwrap_or_else(|| self.ground.clock.now());
                    tracing::warn!("the catalog says that a resync runs, and none does: it was killed");
                    Some(ResyncProgress { last_resync_end: claims, ..ResyncProgress::of(ResyncStatus::Aborted, began) })
                }
                untold => untold,
            }
        };
        if let Some(progress) = untold {
            self.say(progress).await;
        }
    }
}
