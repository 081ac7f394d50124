//! Client of Port's API. The same client serves Port and the local catalog.
//!
//! | subject | file |
//! | --- | --- |
//! | entities: create, update | `upsert`; requests and their answers in [`model::bulk`](crate::model::bulk) |
//! | entities: search, list owned ones, delete | `search`, `owned`, `delete`; their answers in [`model::current`](crate::model::current) |
//! | blueprints, created in stages when missing | `blueprints`, `stages` |
//! | the integration's record, mapping and state | `integration` |
//! | reports of an integration about its runs | `ingest` |
//! | the organization; pages and scorecards; probes | `organization`, `pages`, `probe` |
//! | sending: pause, permit, token, attempts, waits | `send`, `attempt`, `verdict`, `token`, `call`, and [`door::client`](crate::door::client) |
//! | errors, counts of requests | `error`, `accounting` |
//!
//! # Retries
//! Every call can be repeated without harm: reading, upserting and deleting by identifier, setting fields. The exceptions are the
//! creation of a blueprint and of an integration. If the answer to such a call gets lost and the retry is refused because the object
//! exists, the object is read and counts as created. So every call is retried on 408, 429, 502, 503, 504 and on an incomplete or
//! unreadable answer, up to [ten times](crate::door::client::retry::ATTEMPTS_AT_MOST), and three times on other 5xx.
//!
//! A wait that the catalog asks for is kept in full, up to [an hour and a half](crate::door::client::retry::WAIT_AT_MOST) per request.

mod accounting;
mod attempt;
mod blueprints;
mod call;
mod delete;
mod error;
mod ingest;
mod integration;
mod organization;
mod owned;
mod pages;
mod probe;
mod search;
mod send;
mod shared;
mod stages;
mod token;
mod upsert;
mod verdict;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use http::HeaderValue;
use url::Url;

pub use accounting::Requests;
pub use blueprints::{BlueprintReport, FailedBlueprint};
pub use call::IngestUrl;
pub use delete::{DeletionResult, RefusedDeletion};
pub use error::{CatalogError, CatalogRefusal};
pub use integration::{Integration, IntegrationPatch, ResyncProgress, ResyncRequest, ResyncState, ResyncStatus};
pub use organization::CatalogOrganization;
pub use owned::OwnedPages;
pub use pages::PortalAddress;
pub use stages::LeftOut;
pub use upsert::UpsertFlags;

use crate::door::client::contact::Contact;
use crate::door::client::pause::Pause;
use crate::door::client::permits::{Concurrency, ConcurrencyGate};
use crate::door::clock::Clock;
use crate::door::http::HttpService;
use crate::model::secret::Secret;
use crate::model::usage::Waiting;
use accounting::RequestCounters;
use shared::SharedClient;
use token::TokenStore;

/// Concurrent requests: enough to hide the latency, and at the start far below the catalog's rate limit.
const CONCURRENCY: Concurrency = Concurrency { at_the_start: 8, at_most: 16 };

/// Highest number of attempts to connect before the first answer of the catalog, so that a wrong address is reported within seconds.
const FIRST_CONTACT_ATTEMPTS: u32 = 4;

/// Options of a client.
#[derive(Clone, Debug)]
pub struct CatalogOptions {
    /// HTTP service that carries the requests.
    pub http: HttpService,
    /// Address of the catalog, `https://api.port.io`. A path is kept, except `/v1` at its end, which every call adds.
    pub base_url: String,
    /// Client id of the credentials.
    pub client_id: String,
    /// Client secret of the credentials.
    pub client_secret: Secret,
    /// Identifier of the integration. Together with the type it decides which entities are owned.
    pub integration_identifier: String,
    /// Type of the integration, `github-copilot`.
    pub integration_type: String,
    /// Version of the program. Ownership does not depend on it.
    pub version: String,
    /// Clock for expiry and waits.
    pub clock: Clock,
    /// Seed of the jitter.
    pub seed: u64,
}

/// Client of the catalog. Clones share token, limits and counters.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<SharedClient>,
    resync_id: Option<Arc<str>>,
    ingest_hosts: Arc<[String]>,
}

impl Catalog {
    /// Creates a client. Nothing is sent yet; the token is fetched with the first call.
    ///
    /// # Errors
    /// The base URL is invalid, or identifier, type or version cannot be part of a User-Agent, by which the catalog knows
    /// owned entities.
    pub fn new(options: CatalogOptions) -> Result<Self, CatalogError> {
        let base_url = base_url(&options.base_url)?;
        for (name, value) in [("integration type", &options.integration_type), ("version", &options.version)] {
            if value.is_empty() || value.contains('/') {
                let reason = "it must not be empty or contain a slash".to_owned();
                return Err(CatalogError::Setting { what: format!("{name} `{value}`"), reason });
            }
        }
        let agent = format!("port-ocean/{}/{}/{}", options.integration_type, options.version, options.integration_identifier);
        let header = |text: String| {
            HeaderValue::try_from(text).map_err(|_| CatalogError::Setting {
                what: format!("integration identifier `{}`", options.integration_identifier.escape_debug()),
                reason: "it is sent in a header, which takes no line breaks or control characters".to_owned(),
            })
        };
        let shared = SharedClient {
            exporter_user_agent: header(format!("{agent}/exporter"))?,
            user_agent: header(agent)?,
            http: options.http,
            base_url,
            client_id: options.client_id,
            client_secret: options.client_secret,
            integration_identifier: options.integration_identifier,
            integration_type: options.integration_type,
            version: options.version,
            clock: options.clock,
            seed: options.seed,
            pause: Pause::default(),
            gate: ConcurrencyGate::new(CONCURRENCY),
            counters: RequestCounters::default(),
            tokens: TokenStore::default(),
            calls: AtomicU64::new(0),
            contact: Contact::new(FIRST_CONTACT_ATTEMPTS),
            given_up_in_a_row: AtomicU32::new(0),
        };
        Ok(Self { shared: Arc::new(shared), resync_id: None, ingest_hosts: Arc::default() })
    }

    /// Clone of the client whose writes carry the identifier of a resync.
    #[must_use]
    pub fn for_resync(&self, id: &str) -> Self {
        Self { resync_id: Some(id.into()), ..self.clone() }
    }

    /// Clone of the client that may also send its token to the hosts of these addresses, if the catalog names them for metrics and
    /// logs. By default the token is sent only to the catalog's own host and, if that is Port's, to Port's other hosts.
    #[must_use]
    pub fn with_ingest_hosts(&self, addresses: impl IntoIterator<Item = String>) -> Self {
        Self { ingest_hosts: addresses.into_iter().collect(), ..self.clone() }
    }

    /// Identifier of the resync that this client's writes carry.
    pub fn resync_id(&self) -> Option<&str> {
        self.resync_id.as_deref()
    }

    /// The wait that ends last, of those that were begun. It may have ended.
    pub fn waiting(&self) -> Option<Waiting> {
        self.shared.counters.usage.read().waiting
    }

    /// Identifier of the integration.
    pub fn integration_identifier(&self) -> &str {
        &self.shared.integration_identifier
    }

    /// Type of the integration.
    pub fn integration_type(&self) -> &str {
        &self.shared.integration_type
    }

    /// Version of the program.
    pub fn version(&self) -> &str {
        &self.shared.version
    }

    /// Counts of requests so far.
    pub fn requests(&self) -> Requests {
        self.shared.counters.read()
    }

    /// Query parameters that mark a write as part of a resync.
    fn resync_query(&self) -> impl Iterator<Item = (&str, &str)> {
        let id = self.resync_id.as_deref().map(|id| ("ocean_info_resync_id", id));
        std::iter::once(("ocean_info_event_type", "resync")).chain(id)
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Catalog").field("base_url", &self.shared.base_url).finish_non_exhaustive()
    }
}

fn base_url(text: &str) -> Result<String, CatalogError> {
    let wrong = |reason: &str| CatalogError::Setting { what: "the catalog's base URL".to_owned(), reason: reason.to_owned() };
    let url = Url::parse(text.trim()).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it must not contain a user or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it must not have a query or a fragment"));
    }
    let whole = url.as_str().trim_end_matches('/');
    Ok(whole.strip_suffix("/v1").unwrap_or(whole).trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
