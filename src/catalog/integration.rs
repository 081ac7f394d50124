//! The integration's record at the catalog: its mapping, the state of its resyncs, and requests to resync.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Catalog;
use super::call::{Call, IngestUrl, Patience, ingest_url};
use super::error::CatalogError;
use super::owned::moment_or_nothing;

/// Examples of a kind at most: the catalog shows them to whoever edits the mapping.
const EXAMPLES_AT_MOST: usize = 5;

/// The integration as the catalog knows it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// Version of whoever wrote the record last.
    #[serde(default)]
    pub version: Option<String>,
    /// The mapping, as JSON. None when there never was one; an empty object is a mapping of nothing.
    #[serde(default)]
    pub config: Option<Value>,
    /// Whether blueprints were created already, so that one that is missing was removed by somebody.
    #[serde(default)]
    pub are_port_resources_initialized: Option<bool>,
    /// The state of the last resync that told.
    #[serde(default)]
    pub resync_state: Option<ResyncState>,
    /// Whom the catalog tells about changes: `{}`, or `{"type": "WEBHOOK", "url": ..}`.
    #[serde(default)]
    pub changelog_destination: Option<Value>,
    /// Where it takes the metrics of resyncs.
    #[serde(default, rename = "metricAttributes", deserialize_with = "ingest_url")]
    pub metrics: Option<IngestUrl>,
    /// Where it takes what an integration logs.
    #[serde(default, rename = "logAttributes", deserialize_with = "ingest_url")]
    pub logs: Option<IngestUrl>,
    /// All else that the record holds.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The state of a resync as the catalog keeps it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResyncState {
    /// `running`, `completed`, `failed` or `aborted`.
    #[serde(default)]
    pub status: Option<String>,
    /// When it was last written, by the catalog's clock. A resync that is alive moves it every few seconds.
    #[serde(default, deserialize_with = "moment_or_nothing")]
    pub updated_at: Option<Timestamp>,
    /// All else that the state holds.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where a resync stands, as told to the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResyncStatus {
    /// Under way.
    Running,
    /// Ended, and everything was done.
    Completed,
    /// Ended, and something was not done.
    Failed,
    /// Stopped from outside.
    Aborted,
}

impl ResyncStatus {
    /// As the catalog writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// What is told to the catalog about a resync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResyncProgress {
    /// Where it stands.
    pub status: ResyncStatus,
    /// When it ended; none while it runs.
    pub last_resync_end: Option<Timestamp>,
    /// When it started.
    pub last_resync_start: Option<Timestamp>,
    /// When the next one is due, when that is known.
    pub next_resync: Option<Timestamp>,
    /// Minutes from one to the next, when there is a schedule.
    pub interval_minutes: Option<u64>,
}

impl ResyncProgress {
    /// A resync that started at a moment, with nothing known of its end and the next one.
    pub fn of(status: ResyncStatus, started: Timestamp) -> Self {
        Self { status, last_resync_end: None, last_resync_start: Some(started), next_resync: None, interval_minutes: None }
    }

    fn json(&self) -> Value {
        let moment = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
        json!({
            "status": self.status,
            "lastResyncEnd": moment(self.last_resync_end),
            "lastResyncStart": moment(self.last_resync_start),
            "nextResync": moment(self.next_resync),
            // The spelling is the catalog's.
            "intervalInMinuets": self.interval_minutes,
        })
    }
}

/// Somebody's wish for a resync.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResyncRequest {
    /// When it was made.
    #[serde(default, deserialize_with = "moment_or_nothing")]
    pub updated_at: Option<Timestamp>,
    /// All else that the request holds.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Changes to the integration's record; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationPatch {
    /// The mapping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// See [`Integration::are_port_resources_initialized`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub are_port_resources_initialized: Option<bool>,
    /// Whom the catalog tells about changes: `{}`, or `{"type": "WEBHOOK", "url": ..}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changelog_destination: Option<Value>,
}

#[derive(Deserialize)]
struct Found {
    integration: Integration,
}

impl Catalog {
    /// The integration's record, none when there is none yet.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn integration(&self) -> Result<Option<Integration>, CatalogError> {
        self.read_integration(Patience::Full).await
    }

    /// The same in one attempt, for who looks again soon.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer this time.
    pub async fn glance_at_integration(&self) -> Result<Option<Integration>, CatalogError> {
        self.read_integration(Patience::None).await
    }

    async fn read_integration(&self, patience: Patience) -> Result<Option<Integration>, CatalogError> {
        let call = self.integration_call(Method::GET, &[], "read").patience(patience);
        match self.shared.send(&call).await {
            Ok(answer) => answer.read::<Found>(&call).map(|found| Some(found.integration)),
            Err(CatalogError::Refused { refusal, .. }) if refusal.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates the integration's record, with a mapping or without one, and with Ocean's word for what it begins with.
    ///
    /// # Errors
    /// When the catalog refuses, for instance because there is one already, or does not answer.
    pub async fn create_integration(&self, config: Option<&Value>, origin: &str) -> Result<Integration, CatalogError> {
        let identifier = &self.shared.integration_identifier;
        let mut body = json!({
            "installationId": identifier,
            "installationAppType": self.shared.integration_type,
            "version": self.shared.version,
            "changelogDestination": {},
            "actionsProcessingEnabled": false,
            "incrementalSyncEnabled": false,
            "createPortResourcesOrigin": origin,
        });
        if let Some(config) = config {
            body["config"] = config.clone();
        }
        let call = Call::new(Method::POST, &["integration"], format!("create integration `{identifier}`")).json(&body);
        let mut may_be_second = false;
        match self.shared.send_noting_repetition(&call, &mut may_be_second).await {
            Ok(answer) => Ok(answer.read::<Found>(&call)?.integration),
            Err(error) if may_be_second && error.refusal().is_some_and(super::Refusal::is_taken) => {
                self.integration().await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Changes the integration's record, and writes our version into it.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn patch_integration(&self, patch: &IntegrationPatch) -> Result<Integration, CatalogError> {
        let mut body = json!(patch);
        body["version"] = json!(self.shared.version);
        let call = self.integration_call(Method::PATCH, &[], "update").json(&body);
        Ok(self.shared.send(&call).await?.read::<Found>(&call)?.integration)
    }

    /// Replaces the mapping. The catalog asks for a resync then, unless `skip_resync`.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn put_integration_config(&self, config: &Value, skip_resync: bool) -> Result<Integration, CatalogError> {
        let call = self.integration_call(Method::PATCH, &["config"], "update the mapping of");
        let call = call.json(&json!({"config": config})).skips_resync(skip_resync);
        Ok(self.shared.send(&call).await?.read::<Found>(&call)?.integration)
    }

    /// Tells the catalog where the resync stands, with all the patience of any call. Returns when the catalog noted it, by its own
    /// clock.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer.
    pub async fn put_resync_state(&self, progress: &ResyncProgress) -> Result<Option<Timestamp>, CatalogError> {
        self.tell(progress, Patience::Full).await
    }

    /// Tells the catalog that the resync is alive: one attempt, which waits behind nothing, because it is worthless when it comes
    /// late. See [`Catalog::put_resync_state`].
    ///
    /// # Errors
    /// When this one attempt fails, which does no harm: the next one is due soon.
    pub async fn renew_resync_state(&self, progress: &ResyncProgress) -> Result<Option<Timestamp>, CatalogError> {
        self.tell(progress, Patience::None).await
    }

    async fn tell(&self, progress: &ResyncProgress, patience: Patience) -> Result<Option<Timestamp>, CatalogError> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct Told {
            integration: ToldIntegration,
        }
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct ToldIntegration {
            resync_state: Option<ResyncState>,
        }
        let call = self.integration_call(Method::PATCH, &["resync-state"], "tell the resync's state of");
        let call = call.json(&progress.json()).patience(patience).needs_no_answer();
        let told: Told = self.shared.send(&call).await?.read(&call)?;
        Ok(told.integration.resync_state.and_then(|state| state.updated_at))
    }

    /// The last wish for a resync, however old, none when there never was one. One attempt: who asks asks again soon.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer this time.
    pub async fn resync_request(&self) -> Result<Option<ResyncRequest>, CatalogError> {
        #[derive(Deserialize)]
        struct Asked {
            #[serde(default)]
            request: Option<ResyncRequest>,
        }
        let call = self.integration_call(Method::GET, &["resync-request"], "read the resync request of");
        let call = call.patience(Patience::None);
        Ok(self.shared.send(&call).await?.read::<Asked>(&call)?.request)
    }

    /// Shows the catalog what raw items of a kind look like, five at most. Whoever calls has cleared them of what must not be seen.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer. No resync depends on it.
    pub async fn post_kind_examples(&self, kind: &str, examples: &[Value]) -> Result<(), CatalogError> {
        let examples = &examples[..examples.len().min(EXAMPLES_AT_MOST)];
        let call = self.integration_call(Method::POST, &["kinds", kind, "examples"], "post examples to");
        let call = call.json(&json!({"examples": examples})).patience(Patience::None).needs_no_answer();
        self.shared.send(&call).await.map(drop)
    }

    fn integration_call(&self, method: Method, rest: &[&str], verb: &str) -> Call {
        let identifier = self.shared.integration_identifier.as_str();
        let segments = [&["integration", identifier], rest].concat();
        Call::new(method, &segments, format!("{verb} integration `{identifier}`"))
    }
}
