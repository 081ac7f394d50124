//! Decides which environment variables mappings may read: those that are listed, when that is allowed, and never our secrets.

use std::collections::BTreeMap;

use super::Sources;
use super::error::{SettingsError, SettingsWarning};
use super::layers::Layers;
use super::table::{self, KNOWN, Shape};

/// Variables of the environment that mappings can read.
pub(super) fn variables(
    layers: &mut Layers<'_>,
    sources: &Sources<'_>,
    allowed: bool,
    names: &[String],
    warnings: &mut Vec<SettingsWarning>,
) -> BTreeMap<String, String> {
    for name in names.iter().filter(|name| is_secret(name)) {
        layers.errors.push(SettingsError::Value {
            source_name: layers.source("jqEnvironment"),
            found: format!("a list with `{name}`"),
            expected: "names of variables that hold no secret of ours: mappings could write it into entities".to_owned(),
        });
    }
    if allowed && names.is_empty() {
        let source = layers.source("allowEnvironmentVariablesJqAccess");
        warnings.push(SettingsWarning {
            message: format!("{source} lets mappings read the environment, but no variable is listed, so `env` is empty"),
            help: Some("list those that mappings use: PILOTAGE_JQ_ENVIRONMENT=REGION,STAGE".to_owned()),
        });
    }
    let listed = sources.environment.iter().filter(|(name, _)| allowed && names.contains(name));
    listed.cloned().collect()
}

/// True for a variable that can hold a secret of Pilotage: as its value, in a file that it names, or in JSON.
fn is_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    let name = name.strip_suffix("_FILE").unwrap_or(&name);
    let mut secrets = KNOWN.iter().filter(|known| known.shape == Shape::Secret);
    let key = name.strip_prefix("OCEAN__").map(|rest| table::squeezed(&rest.replace("__", ".")));
    secrets.any(|known| {
        let secret = table::squeezed(known.key);
        known.plain.contains(&name) || key.as_ref().is_some_and(|key| secret == *key || secret.starts_with(&format!("{key}.")))
    })
}
