//! What the daemon is told to do: when resyncs begin, and what counts as a good one.

use std::time::Duration;

use super::schedule::Schedule;
use crate::integration::CreationPolicy;
use crate::integration::announce::CatalogReporting;
use crate::integration::guard::Admission;
use crate::model::secret::Secret;

/// Event listener: the source of triggers besides start and schedule.
#[derive(Clone, Debug)]
pub enum Listener {
    /// Requests for a resync and edits of the mapping, found by checking the catalog.
    Polling,
    /// Calls of `POST /resync`.
    Webhook {
        /// URL at which the catalog reaches this process, without `/resync`. None: the catalog is not asked to call.
        app_host: Option<String>,
        /// Secret that callers must prove. None: every caller is accepted.
        secret: Option<Secret>,
    },
    /// No trigger at all, neither start nor schedule. The daemon only answers health checks.
    Never,
}

/// Options of the daemon.
#[derive(Clone, Debug)]
pub struct DaemonOptions {
    /// Event listener.
    pub listener: Listener,
    /// Interval of checks of the catalog.
    pub polling_interval: Duration,
    /// Resync at the start.
    pub resync_on_start: bool,
    /// Schedule of resyncs. None: no scheduled resyncs.
    pub schedule: Option<Schedule>,
    /// Schedules of single kinds, besides the one of everything.
    pub kind_schedules: Vec<KindSchedule>,
    /// Highest age of the last good resync. None: derived from the schedule.
    pub ready_within: Option<Duration>,
    /// Counts a partial resync as good.
    pub partial_ok: bool,
    /// Reports to the catalog beyond metrics.
    pub reporting: CatalogReporting,
    /// Creation of objects at the catalog besides entities.
    pub creates: CreationPolicy,
    /// Check for other runs before each resync.
    pub admission: Admission,
    /// Seed of the identifiers of runs.
    pub seed: u64,
}

/// Kinds that are read more often than the rest.
#[derive(Clone, Debug)]
pub struct KindSchedule {
    /// The names of the kinds, as mappings write them.
    pub kinds: Vec<String>,
    /// When they are read.
    pub schedule: Schedule,
}

/// Schedules of single kinds that there can be: each is a bit of a trigger.
pub const KIND_SCHEDULES_AT_MOST: usize = u64::BITS as usize;
