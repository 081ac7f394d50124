//! Integration's record at the catalog: its mapping, the state of its resyncs, and requests for a resync.

use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Catalog;
use super::call::{Call, IngestUrl, RetryMode, ingest_url};
use super::error::CatalogError;
use crate::model::current::timestamp_or_none;

/// Highest number of examples per kind. The catalog shows them to authors of mappings.
const EXAMPLES_AT_MOST: usize = 5;

/// Record of an integration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// Version of the program that wrote the record last.
    #[serde(default)]
    pub version: Option<String>,
    /// Mapping as JSON. None: there never was one. An empty object is a mapping that reads nothing.
    #[serde(default)]
    pub config: Option<Value>,
    /// True: blueprints were created before, so a missing one was removed by a user.
    #[serde(default)]
    pub are_port_resources_initialized: Option<bool>,
    /// State of the last resync that sent one.
    #[serde(default)]
    pub resync_state: Option<ResyncState>,
    /// Address to which the catalog reports changes: `{}`, or `{"type": "WEBHOOK", "url": ..}`.
    #[serde(default)]
    pub changelog_destination: Option<Value>,
    /// Address for the metrics of resyncs.
    #[serde(default, rename = "metricAttributes", deserialize_with = "ingest_url")]
    pub metrics: Option<IngestUrl>,
    /// Address for log records.
    #[serde(default, rename = "logAttributes", deserialize_with = "ingest_url")]
    pub logs: Option<IngestUrl>,
    /// Other fields of the record.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// State of a resync as stored by the catalog.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResyncState {
    /// `running`, `completed`, `failed` or `aborted`.
    #[serde(default)]
    pub status: Option<String>,
    /// Time of the last write, by the catalog's clock. A live resync refreshes it every ten seconds.
    #[serde(default, deserialize_with = "timestamp_or_none")]
    pub updated_at: Option<Timestamp>,
    /// Other fields of the state.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Status of a resync in the catalog's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResyncStatus {
    /// Running.
    Running,
    /// Ended and complete.
    Completed,
    /// Ended with failures, or partial.
    Failed,
    /// Stopped by a user or a signal.
    Aborted,
}

impl ResyncStatus {
    /// Name in the catalog's API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// State of a resync as sent to the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResyncProgress {
    /// Status.
    pub status: ResyncStatus,
    /// End. None while it runs.
    pub last_resync_end: Option<Timestamp>,
    /// Start.
    pub last_resync_start: Option<Timestamp>,
    /// Time of the next scheduled resync, if known.
    pub next_resync: Option<Timestamp>,
    /// Interval in minutes, for a schedule with equal intervals.
    pub interval_minutes: Option<u64>,
}

impl ResyncProgress {
    /// Creates a state with a start, without an end and a next resync.
    pub fn of(status: ResyncStatus, started: Timestamp) -> Self {
        Self { status, last_resync_end: None, last_resync_start: Some(started), next_resync: None, interval_minutes: None }
    }

    fn json(&self) -> Value {
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        json!({
            "status": self.status,
            "lastResyncEnd": text(self.last_resync_end),
            "lastResyncStart": text(self.last_resync_start),
            "nextResync": text(self.next_resync),
            // The spelling is the catalog's.
            "intervalInMinuets": self.interval_minutes,
        })
    }
}

/// Request for a resync, made at the catalog.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResyncRequest {
    /// Time of the request.
    #[serde(default, deserialize_with = "timestamp_or_none")]
    pub updated_at: Option<Timestamp>,
    /// Other fields of the request.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Changes to the integration's record. None: no change.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IntegrationPatch {
    /// Mapping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// See [`Integration::are_port_resources_initialized`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub are_port_resources_initialized: Option<bool>,
    /// Address to which the catalog reports changes: `{}`, or `{"type": "WEBHOOK", "url": ..}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changelog_destination: Option<Value>,
}

#[derive(Deserialize)]
struct IntegrationAnswer {
    integration: Integration,
}

impl Catalog {
    /// Reads the integration's record. None: it does not exist yet.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn integration(&self) -> Result<Option<Integration>, CatalogError> {
        self.read_integration(RetryMode::Full).await
    }

    /// Reads the record in one attempt, for callers that repeat soon anyway.
    ///
    /// # Errors
    /// The catalog refuses or does not answer this time.
    pub async fn integration_once(&self) -> Result<Option<Integration>, CatalogError> {
        self.read_integration(RetryMode::Once).await
    }

    async fn read_integration(&self, retry_mode: RetryMode) -> Result<Option<Integration>, CatalogError> {
        let call = self.integration_call(Method::GET, &[], "read").retry_mode(retry_mode);
        match self.shared.send(&call).await {
            Ok(answer) => answer.read::<IntegrationAnswer>(&call).map(|found| Some(found.integration)),
            Err(CatalogError::Refused { refusal, .. }) if refusal.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates the integration's record, with or without a mapping. `origin` is Ocean's `createPortResourcesOrigin`.
    ///
    /// # Errors
    /// The catalog refuses, for instance because the record exists, or does not answer.
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
        let mut may_be_repeated = false;
        match self.shared.send_noting_repetition(&call, &mut may_be_repeated).await {
            Ok(answer) => Ok(answer.read::<IntegrationAnswer>(&call)?.integration),
            Err(error) if may_be_repeated && error.refusal().is_some_and(super::CatalogRefusal::is_taken) => {
                self.integration().await?.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Changes the integration's record and its version.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn patch_integration(&self, patch: &IntegrationPatch) -> Result<Integration, CatalogError> {
        let mut body = json!(patch);
        body["version"] = json!(self.shared.version);
        let call = self.integration_call(Method::PATCH, &[], "update").json(&body);
        Ok(self.shared.send(&call).await?.read::<IntegrationAnswer>(&call)?.integration)
    }

    /// Replaces the mapping. Unless `skip_resync`, the catalog then makes a request for a resync.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn put_integration_config(&self, config: &Value, skip_resync: bool) -> Result<Integration, CatalogError> {
        let call = self.integration_call(Method::PATCH, &["config"], "update the mapping of");
        let call = call.json(&json!({"config": config})).skips_resync(skip_resync);
        Ok(self.shared.send(&call).await?.read::<IntegrationAnswer>(&call)?.integration)
    }

    /// Writes the state of the resync, with the usual retries. Returns the time of the write by the catalog's clock.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn put_resync_state(&self, progress: &ResyncProgress) -> Result<Option<Timestamp>, CatalogError> {
        self.send_state(progress, RetryMode::Full).await
    }

    /// Refreshes the state of a running resync, in one attempt that bypasses the queue, because a late heartbeat is useless. See
    /// [`Catalog::put_resync_state`].
    ///
    /// # Errors
    /// This attempt fails. The next one follows soon.
    pub async fn renew_resync_state(&self, progress: &ResyncProgress) -> Result<Option<Timestamp>, CatalogError> {
        self.send_state(progress, RetryMode::Once).await
    }

    async fn send_state(&self, progress: &ResyncProgress, retry_mode: RetryMode) -> Result<Option<Timestamp>, CatalogError> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct StateAnswer {
            integration: StateAnswerIntegration,
        }
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        struct StateAnswerIntegration {
            resync_state: Option<ResyncState>,
        }
        let call = self.integration_call(Method::PATCH, &["resync-state"], "write the resync state of");
        let call = call.json(&progress.json()).retry_mode(retry_mode).needs_no_answer();
        let answer: StateAnswer = self.shared.send(&call).await?.read(&call)?;
        Ok(answer.integration.resync_state.and_then(|state| state.updated_at))
    }

    /// Reads the last request for a resync, of any age, in one attempt. None: there never was one.
    ///
    /// # Errors
    /// The catalog refuses or does not answer this time.
    pub async fn resync_request(&self) -> Result<Option<ResyncRequest>, CatalogError> {
        #[derive(Deserialize)]
        struct ResyncRequestAnswer {
            #[serde(default)]
            request: Option<ResyncRequest>,
        }
        let call = self.integration_call(Method::GET, &["resync-request"], "read the resync request of");
        let call = call.retry_mode(RetryMode::Once);
        Ok(self.shared.send(&call).await?.read::<ResyncRequestAnswer>(&call)?.request)
    }

    /// Sends examples of raw items of a kind, at most five. The caller has masked personal data.
    ///
    /// # Errors
    /// The catalog refuses or does not answer. No resync depends on it.
    pub async fn post_kind_examples(&self, kind: &str, examples: &[Value]) -> Result<(), CatalogError> {
        let examples = &examples[..examples.len().min(EXAMPLES_AT_MOST)];
        let call = self.integration_call(Method::POST, &["kinds", kind, "examples"], "post examples to");
        let call = call.json(&json!({"examples": examples})).retry_mode(RetryMode::Once).needs_no_answer();
        self.shared.send(&call).await.map(drop)
    }

    fn integration_call(&self, method: Method, rest: &[&str], verb: &str) -> Call {
        let identifier = self.shared.integration_identifier.as_str();
        let segments = [&["integration", identifier], rest].concat();
        Call::new(method, &segments, format!("{verb} integration `{identifier}`"))
    }
}
