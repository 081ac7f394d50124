//! The integration's record at the catalog, as a portal shows it: created when it is missing, told our version and whom to tell
//! about changes. What the catalog refuses of that is a warning, because no entity depends on it.

use std::time::Duration;

use serde_json::{Value, json};

use super::announce::Addresses;
use crate::catalog::{Catalog, CatalogError, Integration, IntegrationPatch};
use crate::resync::Resync;

/// What may be created at the catalog beside entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creates {
    /// The mapping of the run where the record has none, the blueprints that the run has for it, and once their page.
    Defaults,
    /// An empty mapping, and nothing else: whoever owns the integration fills it.
    Empty,
    /// Nothing. The record itself is created all the same, without a mapping: it holds the state of resyncs.
    Nothing,
}

impl Creates {
    /// Ocean's word for it in a new record.
    fn origin(self) -> &'static str {
        match self {
            Self::Defaults | Self::Nothing => "Default",
            Self::Empty => "Empty",
        }
    }
}

/// What is known of the record.
#[derive(Clone, Debug, Default)]
pub(super) struct Registered {
    /// Where the catalog takes what is told about the run.
    pub(super) addresses: Addresses,
    /// Whether the record says that blueprints were created. None without a record.
    initialized: Option<bool>,
}

/// Finds the record or creates it. Where it never had a mapping, it is given what `creates` says; one that is there is never
/// touched, also when it is empty: an empty mapping is a wish for nothing.
///
/// # Errors
/// Only when the catalog is of no use for anything else either.
pub(super) async fn register(
    resync: &Resync,
    creates: Creates,
    changelog_destination: Option<&Value>,
) -> Result<Registered, CatalogError> {
    let catalog = &resync.catalog;
    let config = match creates {
        Creates::Defaults => Some(resync.mapping.to_json()),
        Creates::Empty => Some(json!({"resources": []})),
        Creates::Nothing => None,
    };
    let found = match catalog.integration().await {
        Ok(Some(found)) => Some(found),
        Ok(None) => create(catalog, config.as_ref(), creates.origin()).await?,
        Err(error) => {
            warn("cannot look at the integration", error)?;
            None
        }
    };
    let Some(found) = found else { return Ok(Registered::default()) };
    let patch = missing(&found, catalog.version(), changelog_destination);
    if let Some(patch) = patch
        && let Err(error) = catalog.patch_integration(&patch).await
    {
        warn("cannot bring the integration up to date", error)?;
    }
    if found.config.as_ref().is_none_or(Value::is_null)
        && let Some(config) = config
        && let Err(error) = catalog.put_integration_config(&config, true).await
    {
        warn("cannot show the mapping at the integration", error)?;
    }
    let initialized = Some(found.are_port_resources_initialized.unwrap_or(false));
    Ok(Registered { addresses: Addresses { metrics: found.metrics, logs: found.logs }, initialized })
}

async fn create(catalog: &Catalog, config: Option<&Value>, origin: &str) -> Result<Option<Integration>, CatalogError> {
    match catalog.create_integration(config, origin).await {
        Ok(created) => {
            tracing::info!(integration = catalog.integration_identifier(), "the integration was created at the catalog");
            Ok(Some(created))
        }
        // Another one was faster.
        Err(error) if error.refusal().is_some_and(crate::catalog::Refusal::is_taken) => catalog.integration().await,
        Err(error) => warn("cannot create the integration", error).map(|()| None),
    }
}

/// What of the record is to be changed.
fn missing(found: &Integration, version: &str, changelog_destination: Option<&Value>) -> Option<IntegrationPatch> {
    let destination = changelog_destination.filter(|wanted| found.changelog_destination.as_ref() != Some(wanted));
    let is_old = found.version.as_deref() != Some(version);
    let patch = IntegrationPatch { changelog_destination: destination.cloned(), ..IntegrationPatch::default() };
    (destination.is_some() || is_old).then_some(patch)
}

impl Registered {
    /// Whether nobody has said yet that blueprints were created, so that this is the first start.
    pub(super) fn is_first(&self) -> bool {
        self.initialized == Some(false)
    }

    /// Says that the blueprints are there, once, so that others who start with this integration leave them alone.
    pub(super) async fn initialized(&self, resync: &Resync, at_most: Duration) {
        if !self.is_first() {
            return;
        }
        let patch = IntegrationPatch { are_port_resources_initialized: Some(true), ..IntegrationPatch::default() };
        tokio::select! {
            biased;
            patched = resync.catalog.patch_integration(&patch) => if let Err(error) = patched {
                tracing::warn!(%error, "cannot note at the integration that its blueprints are there");
            },
            () = resync.clock.sleep(at_most) => tracing::debug!("the catalog did not take that the blueprints are there"),
        }
    }
}

fn warn(what: &str, error: CatalogError) -> Result<(), CatalogError> {
    if error.ends_the_run() {
        return Err(error);
    }
    tracing::warn!(%error, "{what}; the resync goes on");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_changed_only_where_it_says_something_else() {
        let webhook = json!({"type": "WEBHOOK", "url": "https://x/resync"});
        let found = |version: &str, destination: &Value| -> Integration {
            serde_json::from_value(json!({"version": version, "changelogDestination": destination})).unwrap()
        };
        let none = json!({});
        let changes = |found: &Integration, wanted| missing(found, "1", wanted).map(|patch| patch.changelog_destination);
        assert_eq!(changes(&found("1", &none), None), None);
        assert_eq!(changes(&found("1", &none), Some(&none)), None);
        assert_eq!(changes(&found("0", &none), Some(&none)), Some(None));
        assert_eq!(changes(&found("1", &none), Some(&webhook)), Some(Some(webhook.clone())));
        assert_eq!(changes(&found("1", &webhook), None), None, "a run on the side leaves the daemon's webhook alone");
    }
}
