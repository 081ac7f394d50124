//! Record of the integration at the catalog, as a portal shows it: created when it is missing, and updated with our version and the
//! address for changes. A refusal of the catalog is a warning, because no entity depends on the record.

use std::time::Duration;

use serde_json::{Value, json};

use super::announce::IngestAddresses;
use crate::catalog::{Catalog, CatalogError, Integration, IntegrationPatch};
use crate::mapping::bundled;
use crate::mapping::file::Mapping;
use crate::model::mapping_origin::MappingOrigin;
use crate::resync::Resync;

/// Creation of objects at the catalog besides entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreationPolicy {
    /// The mapping of the run if the record has none, the blueprints for it, and once their page.
    Defaults,
    /// Only an empty mapping, for the owner of the integration to fill.
    Empty,
    /// Nothing. The record itself is created without a mapping, because it holds the state of resyncs.
    Nothing,
}

impl CreationPolicy {
    /// Ocean's `createPortResourcesOrigin` of a new record.
    fn origin(self) -> &'static str {
        match self {
            Self::Defaults | Self::Nothing => "Default",
            Self::Empty => "Empty",
        }
    }
}

/// Facts of the integration's record that a run needs.
#[derive(Clone, Debug, Default)]
pub(super) struct IntegrationRecord {
    /// Addresses for reports about the run.
    pub(super) addresses: IngestAddresses,
    /// The record's flag that blueprints were created. None without a record.
    initialized: Option<bool>,
    /// Notes on the mapping of the run and the one that the record keeps.
    pub(super) notes: Vec<String>,
}

/// Reads the record or creates it. A record that never had a mapping gets one by `creates`; an existing mapping is never changed,
/// not even an empty one, because it means that nothing is to be read; with `compares_mapping` a difference is noted.
///
/// # Errors
/// Only errors that end the run; see [`CatalogError::ends_the_run`].
pub(super) async fn register(
    resync: &Resync,
    creates: CreationPolicy,
    changelog_destination: Option<&Value>,
    compares_mapping: bool,
) -> Result<IntegrationRecord, CatalogError> {
    let catalog = &resync.catalog;
    let config = match creates {
        CreationPolicy::Defaults => Some(resync.mapping.to_json()),
        CreationPolicy::Empty => Some(json!({"resources": []})),
        CreationPolicy::Nothing => None,
    };
    let mut is_stored = false;
    let found = match catalog.integration().await {
        Ok(Some(found)) => Some(found),
        Ok(None) => {
            let created = create(catalog, config.as_ref(), creates.origin()).await?;
            is_stored = created.is_some() && creates == CreationPolicy::Defaults;
            created
        }
        Err(error) => {
            warn("cannot read the integration", error)?;
            None
        }
    };
    let Some(found) = found else { return Ok(IntegrationRecord::default()) };
    let patch = needed_patch(&found, catalog.version(), changelog_destination);
    if let Some(patch) = patch
        && let Err(error) = catalog.patch_integration(&patch).await
    {
        warn("cannot update the integration", error)?;
    }
    if found.config.as_ref().is_none_or(Value::is_null)
        && let Some(config) = config
    {
        match catalog.put_integration_config(&config, true).await {
            Ok(_) => is_stored = creates == CreationPolicy::Defaults,
            Err(error) => warn("cannot store the mapping at the integration", error)?,
        }
    }
    let notes = match is_stored {
        true => stored(&resync.mapping_origin),
        false => difference(resync, &found).filter(|_| compares_mapping),
    };
    let initialized = Some(found.are_port_resources_initialized.unwrap_or(false));
    let addresses = IngestAddresses { metrics: found.metrics, logs: found.logs };
    Ok(IntegrationRecord { addresses, initialized, notes: notes.into_iter().collect() })
}

async fn create(catalog: &Catalog, config: Option<&Value>, origin: &str) -> Result<Option<Integration>, CatalogError> {
    match catalog.create_integration(config, origin).await {
        Ok(created) => {
            tracing::info!(integration = catalog.integration_identifier(), "the integration was created at the catalog");
            Ok(Some(created))
        }
        // Another process created it in the meantime.
        Err(error) if error.refusal().is_some_and(crate::catalog::CatalogRefusal::is_taken) => catalog.integration().await,
        Err(error) => warn("cannot create the integration", error).map(|()| None),
    }
}

/// Changes that the record needs. None: it is up to date.
fn needed_patch(found: &Integration, version: &str, changelog_destination: Option<&Value>) -> Option<IntegrationPatch> {
    let destination = changelog_destination.filter(|wanted| found.changelog_destination.as_ref() != Some(wanted));
    let is_old = found.version.as_deref() != Some(version);
    let patch = IntegrationPatch { changelog_destination: destination.cloned(), ..IntegrationPatch::default() };
    (destination.is_some() || is_old).then_some(patch)
}

impl IntegrationRecord {
    /// True at the first start: the record says that blueprints were not created yet.
    pub(super) fn is_first(&self) -> bool {
        self.initialized == Some(false)
    }

    /// Records once that the blueprints were created, so that other processes of this integration do not create them again.
    pub(super) async fn mark_initialized(&self, resync: &Resync, at_most: Duration) {
        if !self.is_first() {
            return;
        }
        let patch = IntegrationPatch { are_port_resources_initialized: Some(true), ..IntegrationPatch::default() };
        tokio::select! {
            biased;
            patched = resync.catalog.patch_integration(&patch) => if let Err(error) = patched {
                tracing::warn!(%error, "cannot record at the integration that its blueprints were created");
            },
            () = resync.clock.sleep(at_most) => {
                tracing::debug!("cannot record at the integration that its blueprints were created: no answer in time");
            }
        }
    }
}

/// Compares the mapping of a plan with the one that the record keeps. Nothing is told when the catalog does not answer: the plan
/// says that itself.
pub(super) async fn compare(resync: &Resync, creates: CreationPolicy) -> Option<String> {
    match (&resync.mapping_origin, resync.catalog.integration().await) {
        (MappingOrigin::Catalog, _) => None,
        (_, Ok(Some(found))) if found.config.as_ref().is_some_and(|config| !config.is_null()) => difference(resync, &found),
        (MappingOrigin::File(name), Ok(_)) if creates == CreationPolicy::Defaults => {
            Some(format!("a resync stores a copy of {name} as the integration's mapping, because it has none yet"))
        }
        (MappingOrigin::File(_) | MappingOrigin::Bundled(_), Ok(_)) => None,
        (_, Err(error)) => {
            tracing::debug!(%error, "the mapping is not compared with the integration's");
            None
        }
    }
}

/// Note on a file that became the integration's mapping.
fn stored(origin: &MappingOrigin) -> Option<String> {
    let MappingOrigin::File(name) = origin else { return None };
    Some(format!(
        "a copy of {name} is now the integration's mapping: a run without `--mapping` uses it, and does not see later edits of the \
         file; `pilotage mapping push {name}` stores them"
    ))
}

/// Note on a mapping that is not the one that the record keeps.
fn difference(resync: &Resync, found: &Integration) -> Option<String> {
    let kept = found.config.as_ref().filter(|config| !config.is_null())?;
    let (MappingOrigin::File(name) | MappingOrigin::Bundled(name)) = &resync.mapping_origin else { return None };
    // Both in our own form: another order of keys, or a default that is written out, is no difference.
    let normal = Mapping::from_json(kept).0.map_or_else(|| kept.clone(), |mapping| mapping.to_json());
    let word = bundled::ALL.iter().find(|bundled| bundled.file == name).map_or(name.as_str(), |bundled| bundled.name);
    (normal != resync.mapping.to_json()).then(|| {
        format!(
            "{name} differs from the integration's mapping at the catalog, which a run without `--mapping` uses; \
             `pilotage mapping push {word}` shows the difference and stores {name}"
        )
    })
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
        let changes = |found: &Integration, wanted| needed_patch(found, "1", wanted).map(|patch| patch.changelog_destination);
        assert_eq!(changes(&found("1", &none), None), None);
        assert_eq!(changes(&found("1", &none), Some(&none)), None);
        assert_eq!(changes(&found("0", &none), Some(&none)), Some(None));
        assert_eq!(changes(&found("1", &none), Some(&webhook)), Some(Some(webhook.clone())));
        assert_eq!(changes(&found("1", &webhook), None), None, "a run on the side leaves the daemon's webhook alone");
    }
}
