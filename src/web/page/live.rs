//! The run that goes on in this process: its page, its events, and the wishes to start and to stop one.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{StatusCode, header};
use maud::{Markup, html};
use serde_json::json;
use tokio::sync::watch;

use crate::render::code::with_code;
use crate::render::number::{self, counted};
use crate::web::answer::{Shown, told};
use crate::web::ask::{Ask, Visitor};
use crate::web::feed::{Feed, LiveRun};
use crate::web::layout::{Page, Section};
use crate::web::part::{mark, moment, seconds};
use crate::web::people::Visible;
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Shortest time between two events.
const BETWEEN_EVENTS: Duration = Duration::from_millis(250);

/// Time after which something is sent although nothing has changed, so that no proxy takes the connection for dead.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Seconds after which a browser without JavaScript loads the page again.
const RELOADED_AFTER_SECONDS: u32 = 2;

pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let Some(feed) = &site.feed else {
        return Ok(Page::of(Section::Runs, "Live run", elsewhere(site)).into());
    };
    let visible = site.visible(ask.roles())?;
    let (run, is_wanted) = feed.snapshot();
    let is_running = run.as_ref().is_some_and(|run| run.ended.is_none());
    let body = html! {
        (controls(ask, is_running, is_wanted))
        div id="live" data-events="/runs/live/events" {
            @match &run {
                Some(run) => (shown(run, &visible)),
                None => p.lead { "No run has begun in this process yet." },
            }
        }
    };
    let page = Page::of(Section::Runs, "Live run", body);
    Ok(if is_running { page.refreshed_after(RELOADED_AFTER_SECONDS) } else { page }.into())
}

fn elsewhere(site: &Site) -> Markup {
    html! {
        p.lead { "This process only shows what is in the data folder; it runs nothing." }
        p { code { "pilotage resync" (site.flags) } " runs once, " code { "pilotage serve --web 127.0.0.1:8090" } " again and again, with the run that goes on at \
             this place. " a href="/runs" { "Runs that have ended" } }
    }
}

fn controls(ask: &Ask, is_running: bool, is_wanted: bool) -> Markup {
    html! {
        @if ask.roles().operator {
            p.line {
                button type="button" id="run" data-post="/runs/live/start" data-then="/runs/live" disabled[is_running || is_wanted] hidden { "Run now" }
                button type="button" id="stop" data-post="/runs/live/stop" data-then="/runs/live" disabled[!is_running] hidden { "Stop" }
                @if is_wanted { span { "A run is asked for, and begins soon." } }
                noscript { span { "Starting and stopping a run needs JavaScript." } }
            }
        } @else { p.aside { "Whoever has the role operator can start and stop runs here." } }
    }
}

fn shown(run: &LiveRun, visible: &Visible) -> Markup {
    let state = run.ended.unwrap_or("running");
    html! {
        p.lead role="status" {
            span id="live-state" { (mark(state)) } span id="live-since" { (if run.ended.is_some() { " after " } else { " for " }) } span id="live-seconds" { (seconds(run.seconds)) }
            " · " code { (run.id) }
            @if let Some(because) = &run.because { " · because of " (because) }
            " · began " (moment(run.began))
        }
        p id="live-end" { @if run.ended.is_some() { a href={ "/runs/" (run.id) } { "The report of this run" } } @else if run.is_stopping { "Stopping: requests that have begun are finished, nothing more is deleted." } }
        dl.facts {
            @for (name, words, count) in [
                ("create", "Created", run.totals.create), ("update", "Updated", run.totals.update), ("unchanged", "Unchanged", run.totals.unchanged),
                ("delete", "Deleted", run.totals.delete), ("withheld", "Withheld", run.totals.withheld),
            ] { div { dt { (words) } dd id={ "live-" (name) } { (number::count(count)) } } }
        }
        div.scroll tabindex="0" role="region" aria-label="Resources" {
            table {
                caption { "Resources of the mapping, as they are read" }
                thead { tr {
                    th scope="col" { "Kind" } th.number scope="col" { "Slices" } th.number scope="col" { "Items" }
                    th.number scope="col" { "Mapped" } th.number scope="col" { "Compared" } th scope="col" { "State" }
                } }
                tbody id="live-resources" {
                    @for resource in run.resources.iter().filter(|resource| !resource.kind.is_empty()) {
                        tr {
                            th scope="row" { code { (resource.kind) } }
                            td.number { (number::count(resource.slices)) } td.number { (number::count(resource.items)) }
                            td.number { (number::count(resource.mapped)) } td.number { (number::count(resource.loaded)) }
                            td { @if resource.has_ended { "done" } @else { "reading" } }
                        }
                    }
                }
            }
        }
        h2 id="live-troubles-heading" hidden[run.troubles.is_empty()] { "Troubles" }
        ul.troubles id="live-troubles" {
            @for trouble in &run.troubles {
                li data-state=(trouble.state) {
                    p { (mark(trouble.state)) " " code { (trouble.kind) } " of " strong { (trouble.scope) } }
                    p.reason { (with_code(&trouble.reason)) }
                    @if !trouble.remedy.is_empty() { p.remedy { strong { "What to do: " } (with_code(&trouble.remedy)) } }
                }
            }
        }
        @if run.trouble_count > run.troubles.len() as u64 { p { (counted(run.trouble_count, "slice", "slices")) " in all" } }
        h2 { "Newest changes" }
        ul.changes id="live-changes" {
            @for change in run.changes.iter().rev().filter(|change| visible.has(&change.blueprint)) {
                li data-state=(change.action) { (mark(change.action)) " " (change.identifier) " " code { (change.blueprint) } }
            }
        }
        p.aside.if-empty { "None yet." }
    }
}

/// An event with the run as it is now. Changes of entities that the visitor may not see are left out.
fn event(feed: &Feed, visible: &Visible) -> Bytes {
    let (run, is_wanted) = feed.snapshot();
    let changes: Vec<_> =
        run.iter().flat_map(|run| run.changes.iter().rev()).filter(|change| visible.has(&change.blueprint)).collect();
    let data = json!({"run": run, "isWanted": is_wanted, "changes": changes});
    Bytes::from(format!("data: {data}\n\n"))
}

/// `GET /runs/live/events`: a snapshot at once, then one whenever something changed, four in a second at most.
pub(in crate::web) async fn events(State(site): State<Arc<Site>>, Extension(visitor): Extension<Visitor>) -> Response {
    let Some(feed) = site.feed.clone() else {
        return told(StatusCode::NOT_FOUND, "this process runs nothing");
    };
    let for_look = Arc::clone(&site);
    let look = move || for_look.visible(visitor.roles);
    let visible = match tokio::task::spawn_blocking(look).await {
        Ok(Ok(visible)) => visible,
        Ok(Err(Trouble { message, .. })) => return told(StatusCode::INTERNAL_SERVER_ERROR, &message),
        Err(error) => return told(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    };
    let Some(place) = feed.reader() else {
        return told(StatusCode::SERVICE_UNAVAILABLE, "too many pages follow the run; load this one again later");
    };
    let mut changes = feed.changes();
    changes.mark_changed();
    let events = stream::unfold((feed, changes, visible, place), async |(feed, mut changes, visible, place)| {
        let bytes = next(&feed, &mut changes, &visible).await;
        Some((Ok::<_, Infallible>(bytes), (feed, changes, visible, place)))
    });
    (
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store"), (header::CONNECTION, "close")],
        Body::from_stream(events),
    )
        .into_response()
}

async fn next(feed: &Feed, changes: &mut watch::Receiver<u64>, visible: &Visible) -> Bytes {
    match tokio::time::timeout(ALIVE_EVERY, changes.changed()).await {
        // What changes meanwhile is in the same event.
        Ok(_) => {
            tokio::time::sleep(BETWEEN_EVENTS).await;
            changes.mark_unchanged();
            event(feed, visible)
        }
        Err(_) => Bytes::from_static(b": alive\n\n"),
    }
}

/// `POST /runs/live/start`
pub(in crate::web) async fn start(State(site): State<Arc<Site>>, Extension(visitor): Extension<Visitor>) -> Response {
    match operated(&site, visitor) {
        Err(refused) => *refused,
        Ok(feed) if feed.ask_for_run() => {
            tracing::info!("a run was asked for on the pages");
            told(StatusCode::ACCEPTED, "a run is asked for")
        }
        Ok(_) => told(StatusCode::CONFLICT, "a run goes on, or is asked for already"),
    }
}

/// `POST /runs/live/stop`
pub(in crate::web) async fn stop(State(site): State<Arc<Site>>, Extension(visitor): Extension<Visitor>) -> Response {
    match operated(&site, visitor) {
        Err(refused) => *refused,
        Ok(feed) if feed.ask_to_stop() => {
            tracing::info!("the run was stopped on the pages");
            told(StatusCode::ACCEPTED, "the run is being stopped")
        }
        Ok(_) => told(StatusCode::CONFLICT, "no run goes on"),
    }
}

pub(super) fn operated(site: &Site, visitor: Visitor) -> Result<Arc<Feed>, Box<Response>> {
    if !visitor.roles.operator {
        return Err(Box::new(told(StatusCode::FORBIDDEN, "only whoever has the role operator can do that")));
    }
    site.feed.clone().ok_or_else(|| Box::new(told(StatusCode::NOT_FOUND, "this process runs nothing; use `pilotage resync`")))
}
