//! What a resync would do: a plan that somebody asks for on this page or on the mapping page, and its mapping made the integration's.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use super::live::operated;
use crate::web::answer::{Answer, Shown, told};
use crate::web::ask::{Ask, Visitor};
use crate::web::layout::{Page, Section};
use crate::web::part::change_list::ChangeList;
use crate::web::part::{moment, seconds};
use crate::web::plans::{PlanEnd, PlanFailure, PlanWish, PlannedMapping, ShownPlan};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Seconds after which browsers without JavaScript look again while a plan is made.
const LOOK_AGAIN_SECONDS: u32 = 2;

/// `GET /runs/plan`
pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let Some(feed) = &site.feed else {
        let body = html! {
            p.lead { "These pages only look at a data folder; they cannot ask your GitHub." }
            p { code { "pilotage plan" (site.flags) } " prints what a resync would do, and writes nothing." }
            p { "With " code { "pilotage serve --web 127.0.0.1:8090" } " this page makes plans." }
        };
        return Ok(Page::of(Section::Runs, "Plan", body).into());
    };
    let (plan, is_busy) = (feed.plans().newest(), feed.plans().is_busy());
    if let Some(form) = ask.query("as") {
        return download(ask, plan.as_deref(), form);
    }
    let is_operator = ask.roles().operator;
    let body = html! {
        p.lead { "What would a resync do? A plan reads your GitHub and compares; it writes nothing." }
        @if is_busy {
            p.notice id="plan-busy" role="status" { "A plan is being made. This page shows it when it is there." }
        } @else if is_operator {
            p.line { button type="button" data-post="/runs/plan/start" data-then="/runs/plan" hidden { "Plan now" } }
            noscript { p { "Asking for a plan needs JavaScript. " code { "pilotage plan" (site.flags) } " prints one." } }
        } @else {
            p.aside { "Whoever has the role operator can ask for a plan." }
        }
        @match &plan {
            None => { @if !is_busy { p { "No plan was made since this process began." } } },
            Some(plan) => (one(site, ask, plan)?),
        }
    };
    let page = Page::of(Section::Runs, "Plan", body);
    Ok(if is_busy { page.refreshed_after(LOOK_AGAIN_SECONDS) } else { page }.into())
}

fn one(site: &Site, ask: &Ask, plan: &ShownPlan) -> Result<Markup, Trouble> {
    let list = ChangeList { base: "/runs/plan".to_owned(), visible: site.visible(ask.roles())?, is_local: false };
    let changes = list.show(ask, |visit| plan.each_change(visit).map_err(|error| Trouble::failed(&error)))?;
    Ok(html! {
        h2 { @match &plan.end { Ok(end) => (end.summary), Err(_) => "No plan" } }
        p { "Made " (moment(plan.began)) " in " (seconds(plan.seconds)) ". Mapping: " (plan.mapping_name) "." }
        @match &plan.end {
            Err(failure) => (failed(failure)),
            Ok(end) => {
                @if let Some(mapping) = &plan.mapping { (push(ask, plan, mapping)) }
                (changes)
                (texts(ask, end))
            },
        }
    })
}

fn failed(failure: &PlanFailure) -> Markup {
    html! {
        div.notice data-state="failed" {
            pre { (failure.message) }
            @if let Some(help) = &failure.help { p { strong { "What to do: " } (help) } }
        }
    }
}

/// The mapping of the mapping page: what differs, and the button that makes it the integration's.
fn push(ask: &Ask, plan: &ShownPlan, mapping: &PlannedMapping) -> Markup {
    html! {
        h2 id="push" { "Mapping" }
        @match (&plan.pushed, mapping.difference.is_empty()) {
            (Some(Ok(sentence)), _) => p.notice role="status" { (sentence) },
            (_, true) => p { "The integration has that mapping." },
            (pushed, false) => {
                @if let Some(Err(failure)) = pushed { (failed(failure)) }
                details open { summary { "Lines that differ from the integration's mapping" } pre.source tabindex="0" { (mapping.difference) } }
                @if ask.roles().operator {
                    p { "The changes below are those of the next resync with it." }
                    p.line { button type="button" data-post="/runs/plan/push" data-then="/runs/plan#push" hidden { "Make it the integration's mapping" } }
                }
            },
        }
    }
}

/// Problems and the whole text. Both name entities, so they are for whoever may see people.
fn texts(ask: &Ask, end: &PlanEnd) -> Markup {
    html! {
        @if !ask.roles().people {
            p.aside { "Problems and the printed plan may name people, and are shown to whoever has the role people." }
        } @else {
            @if !end.problems.is_empty() { h2 { "Problems and notes" } pre.source tabindex="0" { (end.problems) } }
            details { summary { "As the command prints it" } pre.source tabindex="0" { (end.text) } }
            p { a href="/runs/plan?as=markdown" { "Markdown, for a pull request" } " · " a href="/runs/plan?as=ndjson" { "the changes as NDJSON" } }
        }
    }
}

fn download(ask: &Ask, plan: Option<&ShownPlan>, form: &str) -> Shown {
    let missing = || Trouble::missing("there is no plan to download").or_see("/runs/plan", "the page of plans");
    let end = plan.and_then(|plan| plan.end.as_ref().ok()).ok_or_else(missing)?;
    if !ask.roles().people {
        return Err(Trouble::not_allowed("a whole plan may name people").or_see("/in", "signing in"));
    }
    let (content_type, text, file_name) = match form {
        "markdown" => ("text/markdown; charset=utf-8", end.markdown.clone(), "plan.md"),
        "ndjson" => {
            let mut lines = String::new();
            let all = end.changes.each(|change| {
                lines.push_str(&serde_json::json!(change).to_string());
                lines.push('\n');
                std::ops::ControlFlow::Continue(())
            });
            all.map_err(|error| Trouble::failed(&error))?;
            ("application/x-ndjson", lines, "plan.ndjson")
        }
        _ => return Err(Trouble::bad("`as` is markdown or ndjson").or_see("/runs/plan", "the page of plans")),
    };
    Ok(Answer::Data { content_type, text, file_name: Some(file_name.to_owned()) })
}

#[derive(Deserialize)]
struct StartRequest {
    #[serde(default)]
    mapping: Option<String>,
}

/// `POST /runs/plan/start`: a plan, with the text of a mapping or without.
pub(in crate::web) async fn start(
    State(site): State<Arc<Site>>,
    Extension(visitor): Extension<Visitor>,
    body: Bytes,
) -> Response {
    let Ok(StartRequest { mapping }) = serde_json::from_slice(&body) else {
        return told(StatusCode::BAD_REQUEST, "expected {\"mapping\": \"…\"} or {}");
    };
    match operated(&site, visitor) {
        Err(refused) => *refused,
        Ok(feed) if feed.plans().ask(PlanWish::Plan { mapping }) => {
            tracing::info!("a plan was asked for on the pages");
            told(StatusCode::ACCEPTED, "a plan is being made")
        }
        Ok(_) => told(StatusCode::CONFLICT, "a plan is being made already"),
    }
}

/// `POST /runs/plan/push`: the mapping of the newest plan becomes the integration's.
pub(in crate::web) async fn push_mapping(State(site): State<Arc<Site>>, Extension(visitor): Extension<Visitor>) -> Response {
    match operated(&site, visitor) {
        Err(refused) => *refused,
        Ok(feed) if feed.plans().ask(PlanWish::Push) => {
            tracing::info!("the mapping of a plan is pushed from the pages");
            told(StatusCode::ACCEPTED, "the mapping is being stored")
        }
        Ok(_) => told(StatusCode::CONFLICT, "there is no plan whose mapping could be stored; make one first"),
    }
}
