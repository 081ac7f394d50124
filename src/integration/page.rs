//! Page of a new integration in the portal: a number and a table of organizations' usage, as Ocean creates it. It is created once,
//! at the first start; an existing page of that name is never changed. A refusal of the catalog is only logged.

use std::time::Duration;

use serde_json::Value;

use crate::catalog::CatalogError;
use crate::resync::Resync;

/// Page in the form of the catalog's API.
const PAGE: &str = include_str!("../../pages/copilot_usage_metrics.json");

/// Blueprint that its widgets show. Without entities of it the page would stay empty.
const SHOWN_BLUEPRINT: &str = "githubCopilotOrganizationUsage";

/// Creates the page if the mapping writes to its blueprint and no page of that name exists.
pub(super) async fn create(resync: &Resync, at_most: Duration) {
    let produces = |blueprint: Option<&str>| blueprint == Some(SHOWN_BLUEPRINT);
    if !resync.resources.iter().any(|resource| produces(resource.blueprint_constant())) {
        return;
    }
    tokio::select! {
        biased;
        created = create_missing(resync) => match created {
            Ok(Some(page)) => tracing::info!(page, "the page was created at the catalog"),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "cannot create the page at the catalog; entities do not depend on it"),
        },
        () = resync.clock.sleep(at_most) => tracing::warn!("cannot create the page at the catalog: it did not answer in time; entities do not depend on it"),
    }
}

/// Name of the page if it was created. None: it already exists.
async fn create_missing(resync: &Resync) -> Result<Option<String>, CatalogError> {
    // The text is part of the program, and a test parses it.
    let Ok(page) = serde_json::from_str::<Value>(PAGE) else { return Ok(None) };
    let name = page.get("identifier").and_then(Value::as_str).unwrap_or_default();
    let created = resync.catalog.create_missing_page(name, &page).await?;
    Ok(created.then(|| name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blueprint::{BUNDLED, Blueprint};

    #[test]
    fn the_page_shows_what_its_blueprint_has() {
        let page: Value = serde_json::from_str(PAGE).unwrap();
        assert_eq!((&page["identifier"], &page["type"]), (&"copilot_usage_metrics".into(), &"dashboard".into()));
        let widgets = page["widgets"][0]["widgets"].as_array().unwrap();
        assert_eq!(widgets.len(), 2);
        let (_, text) = BUNDLED.iter().find(|(name, _)| *name == SHOWN_BLUEPRINT).unwrap();
        let blueprint: Blueprint = serde_json::from_str(text).unwrap();
        let calculated = blueprint.other["calculationProperties"].as_object().unwrap();
        let has = |name: &str| blueprint.schema.properties.contains_key(name) || calculated.contains_key(name);
        assert!(has(widgets[0]["property"].as_str().unwrap()));
        let table = &widgets[1]["blueprintConfig"][SHOWN_BLUEPRINT]["propertiesSettings"];
        for name in table["shown"].as_array().unwrap().iter().chain(table["order"].as_array().unwrap()) {
            assert!(has(name.as_str().unwrap()), "{name}");
        }
        let columns = page["widgets"][0]["layout"].as_array().unwrap().iter().flat_map(|row| row["columns"].as_array().unwrap());
        let placed: Vec<&Value> = columns.map(|column| &column["id"]).collect();
        assert_eq!(placed, widgets.iter().map(|widget| &widget["id"]).collect::<Vec<_>>());
    }
}
