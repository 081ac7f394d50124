//! The catalog: its blueprints.

use maud::{Markup, html};

use crate::model::blueprint::Blueprint;
use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::counts::Counted;
use crate::web::layout::{Page, Section};
use crate::web::part::address;
use crate::web::site::{CatalogPlace, Site};
use crate::web::trouble::Trouble;

pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    if let CatalogPlace::Elsewhere { url } = &site.catalog {
        return Ok(Page::of(Section::Catalog, "Catalog", elsewhere(url)).into());
    }
    let Some(reader) = site.local_catalog()? else {
        return Ok(Page::of(Section::Catalog, "Catalog", nothing(site)).into());
    };
    let visible = site.visible(ask.roles())?;
    let failed = |error| Trouble::failed(&error);
    let mut rows = Vec::new();
    let mut hidden = 0;
    for blueprint in reader.blueprints_uncounted().map_err(failed)? {
        if visible.has(&blueprint.identifier) {
            let count = site.count(&reader, &blueprint.identifier)?;
            rows.push((blueprint, count));
        } else {
            hidden += 1;
        }
    }
    let body = html! {
        @if rows.is_empty() && hidden == 0 { (nothing(site)) } @else {
            div.scroll tabindex="0" role="region" aria-label="Blueprints" {
                table {
                    caption { "Blueprints of the local catalog" }
                    thead { tr {
                        th scope="col" { "Blueprint" } th.number scope="col" { "Entities" } th scope="col" { "Title" }
                        th.number scope="col" { "Properties" } th.number scope="col" { "Calculated" } th.number scope="col" { "Relations" }
                    } }
                    tbody { @for (blueprint, entities) in &rows { (row(blueprint, *entities)) } }
                }
            }
        }
        @if hidden > 0 { (hidden_note(hidden)) }
    };
    Ok(Page::of(Section::Catalog, "Catalog", body).into())
}

fn row(blueprint: &Blueprint, entities: Counted) -> Markup {
    let calculated = blueprint.other.get("calculationProperties").and_then(|properties| properties.as_object());
    html! {
        tr {
            th scope="row" { a href=(address::of_blueprint(&blueprint.identifier)) { code { (blueprint.identifier) } } }
            td.number { (entities.text()) }
            td { (blueprint.title.as_deref().unwrap_or_default()) }
            td.number { (blueprint.schema.properties.len()) }
            td.number { (calculated.map_or(0, serde_json::Map::len)) }
            td.number { (blueprint.relations.len()) }
        }
    }
}

/// What stands in place of blueprints that the visitor may not see.
fn hidden_note(hidden: usize) -> Markup {
    html! {
        p.notice {
            @if hidden == 1 { "One blueprint is about people, or may be, and is" } @else { (hidden) " blueprints are about people, or may be, and are" }
            " shown to whoever has the role people. " a href="/in" { "Sign in" }
        }
    }
}

fn elsewhere(url: &str) -> Markup {
    html! {
        p.lead { "Entities are in the catalog at " code { (url) } ", so look there: in the portal's catalog, or by its API." }
        p { "Runs, figures, quality and definitions are here, whichever catalog entities are in. Without credentials of a portal, resyncs \
             write to a local catalog in the data folder, and this page shows it." }
        p { a href="/runs" { "Runs" } " say what was written there, and why something was not." }
    }
}

fn nothing(site: &Site) -> Markup {
    html! {
        p.lead { "There is no entity in this data folder yet." }
        p { code { "pilotage resync" (site.flags) } " fills it, and " code { "pilotage demo" } " shows one that is full, without an account." }
    }
}
