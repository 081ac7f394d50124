//! What only programs read: `/metrics`, `/openapi.json` and the list of figures.

use serde_json::{Value, json};

use crate::figure;
use crate::history::selection;
use crate::web::answer::{Answer, Shown};
use crate::web::ask::Ask;
use crate::web::openapi;
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Media type of the text format of Prometheus.
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `/metrics`: figures for a scraper, which signs in with the token of the pages.
pub(in crate::web) fn metrics(site: &Site, _: &Ask) -> Shown {
    let metrics = site.metrics.as_ref().ok_or_else(|| {
        Trouble::missing("the settings turn metrics of figures off (PILOTAGE_FIGURE_METRICS)").or_see("/figures", "the figures")
    })?;
    Ok(Answer::Data { content_type: METRICS_TYPE, text: metrics.text(), file_name: None })
}

/// `/openapi.json`
pub(in crate::web) fn openapi(_: &Site, _: &Ask) -> Shown {
    Ok(Answer::Data { content_type: "application/json", text: openapi::text(), file_name: None })
}

/// `/api/figures`: all definitions, and the scopes of which numbers are kept.
pub(in crate::web) fn figures(site: &Site, _: &Ask) -> Shown {
    let scopes = match site.history()? {
        Some(reader) => reader.scopes().map_err(|error| Trouble::failed(&error))?,
        None => Vec::new(),
    };
    let labels: Vec<String> = scopes.iter().map(|scope| selection::label(scope, &scopes)).collect();
    let definitions: Vec<Value> = figure::ALL.iter().map(|figure| json!(figure.definition)).collect();
    let text = format!("{:#}\n", json!({"figures": definitions, "scopes": labels}));
    Ok(Answer::Data { content_type: "application/json", text, file_name: None })
}
