//! The mapping page: a mapping with its findings beside, and what it makes of items as somebody types. Without JavaScript it shows the
//! mapping and its findings.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use maud::{Markup, html};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::authoring::playground::PlaygroundError;
use crate::kind;
use crate::mapping::bundled::{self, BundledMapping};
use crate::model::field::Field;
use crate::web::answer::{Answer, Shown, told};
use crate::web::ask::{Ask, Visitor};
use crate::web::layout::{Page, Section};
use crate::web::site::{CatalogPlace, Site};
use crate::web::trouble::Trouble;

/// The mapping that the page begins with.
const FIRST: BundledMapping = bundled::USAGE;

/// `GET /mapping`
pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let name = ask.query("from").unwrap_or(FIRST.name);
    let Some(chosen) = bundled::ALL.iter().find(|bundled| bundled.name == name) else {
        let names: Vec<&str> = bundled::ALL.iter().map(|bundled| bundled.name).collect();
        let message = format!("there is no bundled mapping `{name}`; there are {}", names.join(" and "));
        return Err(Trouble::bad(message).or_see("/mapping", "the mapping page"));
    };
    let kinds: Vec<&str> = kind::ALL.iter().filter(|kind| kind.sunset.is_none()).map(|kind| kind.name).collect();
    let body = html! {
        p.lead { "Edit the mapping, and see what it makes of items. It is the engine of a resync; nothing that you type or paste leaves this program." }
        div id="playground" data-name=(chosen.file) data-editor=(site.assets.address("editor.js")) {
            form.line method="get" action="/mapping" {
                label for="from" { "Begin with" }
                select id="from" name="from" {
                    @for bundled in bundled::ALL {
                        option value=(bundled.name) selected[bundled.name == chosen.name] { (bundled.file) }
                    }
                }
                button { "Open" }
                button type="button" id="share" hidden { "Copy a link to this" }
                span id="share-state" role="status" {}
            }
            div.playground {
                div {
                section aria-labelledby="mapping-heading" {
                    h2 id="mapping-heading" { "Mapping" }
                    div.editor id="editor" hidden {}
                    pre.source id="source" tabindex="0" { (chosen.text) }
                    @if site.feed.is_some() && ask.roles().operator {
                        p.line {
                            button type="button" id="plan" hidden { "Plan a resync with it" }
                            span id="plan-state" role="status" { "It is compared with the integration's mapping, and can be made it after that." }
                        }
                    }
                    p.aside { "A file of yours: " code { "pilotage validate copilot.yaml" } " checks it, " code { "pilotage mapping push copilot.yaml" } " makes it the integration's." }
                }
                section aria-labelledby="findings-heading" {
                    h2 id="findings-heading" { "Findings" }
                    p id="findings-state" role="status" {}
                    ul.troubles id="findings" {}
                }
                }
                section aria-labelledby="result-heading" {
                    h2 id="result-heading" { "Item and entity" }
                    noscript { p { "Trying a mapping as you type needs JavaScript. " code { "pilotage preview --explain" } " shows the same on a terminal." } }
                    div id="result" hidden { (result(&kinds)) }
                }
            }
        }
    };
    Ok(Page::of(Section::Mapping, "Mapping", body).with_script("playground.js").into())
}

fn result(kinds: &[&str]) -> Markup {
    html! {
        p.line {
            label for="kind" { "Items of" }
            select id="kind" { @for kind in kinds { option value=(kind) { (kind) } } }
        }
        p.line {
            button type="button" id="item-before" { "‹ before" }
            span id="item-number" role="status" {}
            button type="button" id="item-after" { "after ›" }
        }
        div.scroll.values tabindex="0" role="region" aria-label="Values of the entity" {
            table { caption id="entity-caption" { "Values" }
                thead { tr { th scope="col" { "Property" } th scope="col" { "Value" } } }
                tbody id="entity" {}
            }
        }
        p.line {
            label for="expression" { "jq on this item" }
            input id="expression" type="text" autocomplete="off" spellcheck="false" placeholder=".daily_active_users";
        }
        pre id="outputs" role="status" {}
        details { summary { "The item" } pre id="item" tabindex="0" {} }
        p id="catalog-state" role="status" {}
        details {
            summary { "Test cases" }
            p { "A test file, as " code { "pilotage test" } " reads it. It stays in this page; keep it beside the mapping." }
            p.line {
                button type="button" id="keep-case" { "Add this item as a case" }
                button type="button" id="run-cases" { "Run the cases" }
            }
            label for="cases" { "Cases" }
            textarea id="cases" rows="6" spellcheck="false" {}
            p id="cases-state" role="status" {}
            ul.troubles id="case-results" {}
        }
        details {
            summary { "Items of your own" }
            p { "Records of GitHub as JSON, or one a line. They stay in this page." }
            label for="items" { "Items" }
            textarea id="items" rows="6" spellcheck="false" {}
        }
    }
}

/// `GET /api/mapping/words`: kinds with their fields, for completion.
pub(in crate::web) fn words(_site: &Site, _ask: &Ask) -> Shown {
    fn fields(all: &mut Vec<Value>, prefix: &str, field: &Field) {
        let path = format!("{prefix}.{}", field.name);
        for child in field.children {
            fields(all, &path, child);
        }
        all.push(json!({"path": path, "about": field.about}));
    }
    let kinds = kind::ALL.iter().map(|kind| {
        let mut all = Vec::new();
        kind.item_fields().for_each(|field| fields(&mut all, "", field));
        json!({"name": kind.name, "about": kind.about, "fields": all})
    });
    let text = json!({"kinds": kinds.collect::<Vec<_>>()}).to_string();
    Ok(Answer::Data { content_type: "application/json", text, file_name: None })
}

/// `POST /api/mapping/check`
pub(in crate::web) async fn check(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    answer(match read(&body) {
        Ok(request) => site.playground.check(request).await.map_err(trouble),
        Err(trouble) => Err(trouble),
    })
}

/// `POST /api/mapping/preview`
pub(in crate::web) async fn preview(
    State(site): State<Arc<Site>>,
    Extension(visitor): Extension<Visitor>,
    body: Bytes,
) -> Response {
    let previewed = match read(&body) {
        Ok(request) => site.playground.preview(request).await.map_err(trouble),
        Err(trouble) => Err(trouble),
    };
    answer(match previewed {
        Ok(json) => {
            let compared = tokio::task::spawn_blocking(move || compared(&site, visitor, json)).await;
            compared.unwrap_or_else(|error| Err(Trouble::failed(&error)))
        }
        Err(trouble) => Err(trouble),
    })
}

/// Adds to each entity of a preview what the local catalog has of it, property by property, where the visitor may see it.
fn compared(site: &Site, visitor: Visitor, mut json: Value) -> Result<Value, Trouble> {
    let reader = if site.catalog == CatalogPlace::Local { site.local_catalog()? } else { None };
    let (Some(reader), Some(explained)) = (reader, json.get_mut("explained").and_then(Value::as_array_mut)) else {
        return Ok(json);
    };
    let visible = site.visible(visitor.roles)?;
    for one in explained {
        let Some(entity) = one.pointer("/explained/end/entity") else { continue };
        let word = |name: &str| entity.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (blueprint, identifier) = (word("blueprint"), word("identifier"));
        if !visible.has(&blueprint) {
            continue;
        }
        let stored = reader.get(&blueprint, &identifier).map_err(|error| Trouble::failed(&error))?;
        let mut differences = serde_json::Map::new();
        if let Some(stored) = &stored {
            let made = entity.get("properties").and_then(Value::as_object);
            for (name, value) in made.into_iter().flatten() {
                let held = stored.properties.get(name).unwrap_or(&Value::Null);
                if held != value {
                    differences.insert(format!("properties.{name}"), held.clone());
                }
            }
        }
        one["catalog"] = json!({"isThere": stored.is_some(), "differences": differences});
    }
    Ok(json)
}

/// `POST /api/mapping/test`
pub(in crate::web) async fn test(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    answer(match read(&body) {
        Ok(request) => site.playground.test(request).await.map_err(trouble),
        Err(trouble) => Err(trouble),
    })
}

/// `POST /api/mapping/eval`
pub(in crate::web) async fn eval(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    answer(match read(&body) {
        Ok(request) => site.playground.eval(request).await.map_err(trouble),
        Err(trouble) => Err(trouble),
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| Trouble::bad(format!("the request cannot be read: {error}")))
}

fn trouble(error: PlaygroundError) -> Trouble {
    let status = match error {
        PlaygroundError::Kind(_) => StatusCode::BAD_REQUEST,
        PlaygroundError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        PlaygroundError::Late => StatusCode::UNPROCESSABLE_ENTITY,
        PlaygroundError::BrokeOff | PlaygroundError::Thread(_) | PlaygroundError::Sample(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Trouble { status, ..Trouble::failed(&error) }
}

fn answer(done: Result<Value, Trouble>) -> Response {
    match done {
        Ok(json) => {
            ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json.to_string()).into_response()
        }
        Err(trouble) => told(trouble.status, &trouble.message),
    }
}
