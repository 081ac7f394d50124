//! Port's API: the one client of the one catalog, whether that is Port or the local catalog.
//!
//! | what | file |
//! | --- | --- |
//! | entities: create, update | `upsert`; bulks are cut and read in `bulk` |
//! | entities: what is there, what we own, delete | `search`, `owned`, `delete` |
//! | blueprints, created in stages when missing | `blueprints`, `stages` |
//! | the integration's record, mapping and state | `integration` |
//! | what an integration tells about its runs | `ingest` |
//! | the organization, pages | `organization`, `pages` |
//! | sending: turn, token, attempts, waits | `send`, `attempt`, `verdict`, `token`, `concurrency`, `call` |
//! | what went wrong, what it cost | `error`, `accounting` |
//!
//! # What may be repeated
//! Every call here can be carried out twice without harm: reading, upserting and deleting by identifier, setting fields. Only
//! creating a blueprint or an integration cannot; when an answer to such a call got lost and the repetition is told that the
//! thing exists, it is read back and counts as created. So every call is repeated on 408, 429, 502, 503, 504 and on a broken
//! or garbled answer, up to [ten times](crate::door::retry::ATTEMPTS_AT_MOST), and three times on other 5xx.
//!
//! What the catalog asks us to wait is waited in full, up to [an hour and a half](crate::door::retry::WAIT_AT_MOST) per request.

mod accounting;
mod attempt;
mod blueprints;
mod bulk;
mod call;
mod concurrency;
mod delete;
mod error;
mod ingest;
mod integration;
mod organization;
mod owned;
mod pages;
mod search;
mod send;
mod shared;
mod stages;
mod token;
mod upsert;
mod verdict;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use http::HeaderValue;
use url::Url;

pub use accounting::Requests;
pub use blueprints::{BlueprintReport, FailedBlueprint};
pub use bulk::UpsertResult;
pub use call::IngestUrl;
pub use delete::{Deletion, RefusedDeletion};
pub use error::{CatalogError, Refusal};
pub use integration::{Integration, IntegrationPatch, ResyncProgress, ResyncRequest, ResyncState, ResyncStatus};
pub use organization::Organization;
pub use owned::{OwnedEntity, OwnedPages};
pub use search::CurrentEntity;
pub use stages::LeftOut;
pub use upsert::UpsertFlags;

use crate::door::clock::Clock;
use crate::door::http::HttpService;
use crate::model::secret::Secret;
use accounting::Counters;
use concurrency::Gate;
use shared::Shared;
use token::TokenStore;

/// What a client of the catalog needs.
#[derive(Clone, Debug)]
pub struct CatalogOptions {
    /// Where requests go.
    pub http: HttpService,
    /// The catalog's address, `https://api.port.io`. A path is kept, except `/v1` at its end, which is added to every call anyway.
    pub base_url: String,
    /// Client id of the credentials.
    pub client_id: String,
    /// Client secret of the credentials.
    pub client_secret: Secret,
    /// Which integration we are. With the type it decides which entities are ours.
    pub integration_identifier: String,
    /// `github-copilot`.
    pub integration_type: String,
    /// Our own version. No part of ownership: entities stay ours across versions.
    pub version: String,
    /// The clock that expiry and waits go by.
    pub clock: Clock,
    /// Seed of the jitter.
    pub seed: u64,
}

/// A client of the catalog. Clones share token, limits and counters.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
    resync_id: Option<Arc<str>>,
    ingest_hosts: Arc<[String]>,
}

impl Catalog {
    /// Makes a client. Nothing is sent yet; the token is fetched with the first call.
    ///
    /// # Errors
    /// When the base URL is none, or identifier, type or version cannot stand in a User-Agent: those are what the catalog tells our
    /// entities by.
    pub fn new(options: CatalogOptions) -> Result<Self, CatalogError> {
        let base_url = base_url(&options.base_url)?;
        for (name, value) in [("integration type", &options.integration_type), ("version", &options.version)] {
            if value.is_empty() || value.contains('/') {
                let reason = "it must hold something, and no slash".to_owned();
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
        let shared = Shared {
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
            gate: Gate::new(),
            counters: Counters::default(),
            tokens: TokenStore::default(),
            calls: AtomicU64::new(0),
            ever_answered: AtomicBool::new(false),
            given_up_in_a_row: AtomicU32::new(0),
        };
        Ok(Self { shared: Arc::new(shared), resync_id: None, ingest_hosts: Arc::default() })
    }

    /// The same client, whose writes tell the catalog which resync they belong to.
    #[must_use]
    pub fn for_resync(&self, id: &str) -> Self {
        Self { resync_id: Some(id.into()), ..self.clone() }
    }

    /// The same client, which may send its token to the hosts of these addresses as well, should the catalog say that metrics and
    /// logs go there. Without a word it goes to the catalog's own host and, when that is Port's, to Port's other hosts.
    #[must_use]
    pub fn telling_also(&self, addresses: impl IntoIterator<Item = String>) -> Self {
        Self { ingest_hosts: addresses.into_iter().collect(), ..self.clone() }
    }

    /// Which resync this client's writes belong to, when that was said.
    pub fn resync_id(&self) -> Option<&str> {
        self.resync_id.as_deref()
    }

    /// Which integration we are.
    pub fn integration_identifier(&self) -> &str {
        &self.shared.integration_identifier
    }

    /// Of which type.
    pub fn integration_type(&self) -> &str {
        &self.shared.integration_type
    }

    /// In which version.
    pub fn version(&self) -> &str {
        &self.shared.version
    }

    /// What has been asked of the catalog so far.
    pub fn requests(&self) -> Requests {
        self.shared.counters.read()
    }

    /// The part of the query that says that a resync is writing, and which.
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
        return Err(wrong("it must not hold a user or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it must end with its path"));
    }
    let whole = url.as_str().trim_end_matches('/');
    Ok(whole.strip_suffix("/v1").unwrap_or(whole).trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
