//! State that all clones of a client share. Their requests are in [`super::send`] and [`super::attempt`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::Duration;

use http::HeaderValue;

use super::accounting::RequestCounters;
use super::concurrency::ConcurrencyGate;
use super::token::TokenStore;
use crate::door::clock::Clock;
use crate::door::http::HttpService;
use crate::model::secret::Secret;

/// Waits of at least this length are announced, so that a waiting client does not look like one that hangs.
pub(super) const ANNOUNCED_WAIT: Duration = Duration::from_secs(5);

/// State that all clones of a client share.
pub(super) struct SharedClient {
    pub(super) http: HttpService,
    /// Without a slash at the end and without `/v1`.
    pub(super) base_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
    pub(super) integration_identifier: String,
    pub(super) integration_type: String,
    pub(super) version: String,
    pub(super) user_agent: HeaderValue,
    pub(super) exporter_user_agent: HeaderValue,
    pub(super) clock: Clock,
    pub(super) seed: u64,
    pub(super) gate: Arc<ConcurrencyGate>,
    pub(super) counters: RequestCounters,
    pub(super) tokens: TokenStore,
    pub(super) calls: AtomicU64,
    pub(super) ever_answered: AtomicBool,
    pub(super) given_up_in_a_row: AtomicU32,
}
