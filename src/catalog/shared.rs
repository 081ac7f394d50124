//! State that all clones of a client share. Their requests are in [`super::send`] and [`super::attempt`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use http::HeaderValue;

use super::accounting::RequestCounters;
use super::token::TokenStore;
use crate::door::client::contact::Contact;
use crate::door::client::pause::Pause;
use crate::door::client::permits::ConcurrencyGate;
use crate::door::clock::Clock;
use crate::door::http::HttpService;
use crate::model::secret::Secret;

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
    pub(super) pause: Pause,
    pub(super) gate: Arc<ConcurrencyGate>,
    pub(super) counters: RequestCounters,
    pub(super) tokens: TokenStore,
    pub(super) calls: AtomicU64,
    pub(super) contact: Contact,
    pub(super) given_up_in_a_row: AtomicU32,
}
