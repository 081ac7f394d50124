//! Runs, newest first.

use maud::{Markup, html};

use crate::render::number;
use crate::runs::{KeptRun, RunId};
use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::layout::{Page, Section};
use crate::web::part::{count, mark, moment, seconds};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Runs on a page.
const ON_A_PAGE: usize = 25;

pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let before = ask.query("before").map(|text| text.parse::<RunId>().map_err(|_| ())).transpose();
    let before = before.map_err(|()| Trouble::bad("`before` is no name of a run").or_see("/runs", "the newest runs"))?;
    let runs = site.runs();
    let ids = runs.ids().map_err(|error| Trouble::failed(&error))?;
    // By its place; a run that was removed meanwhile has none, and its name says where it was.
    let place = |before: &RunId| ids.iter().position(|id| id == before).map(|place| place + 1);
    let begin =
        before.as_ref().map_or(0, |before| place(before).unwrap_or_else(|| ids.iter().take_while(|id| *id >= before).count()));
    let shown = &ids[begin..ids.len().min(begin + ON_A_PAGE)];
    let (listed, unreadable) = runs.of(shown);
    let has_more = begin + shown.len() < ids.len();
    let body = html! {
        @if let Some(feed) = &site.feed {
            @if feed.is_running() { p.notice { (mark("running")) " A run goes on: " a href="/runs/live" { "follow it" } "." } }
            @else { p { a href="/runs/live" { @if ask.roles().operator { "Start a run, or look at the last one of this process" } @else { "The last run of this process" } } } }
        }
        @if site.feed.is_some() { p { a href="/runs/plan" { @if ask.roles().operator { "What would a run do? Make a plan" } @else { "The newest plan: what a run would do" } } } }
        @if ids.is_empty() {
            p.lead { "No run has left a report in this data folder yet." }
            p { code { "pilotage resync" (site.flags) } " leaves one; the last hundred are kept." }
        } @else {
            (table(&listed))
            nav.pages aria-label="Pages of runs" {
                @if begin > 0 { a href="/runs" rel="prev" { "‹ newest" } }
                @if let Some(last) = shown.last().filter(|_| has_more) { a href={ "/runs?before=" (last) } rel="next" { "older ›" } }
            }
        }
        @for error in &unreadable { p.notice data-state="failed" { (error) } }
    };
    Ok(Page::of(Section::Runs, "Runs", body).into())
}

/// A row for each run.
fn table(runs: &[KeptRun]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Runs" {
            table {
                caption { "Reports that are kept, newest first" }
                thead { tr {
                    th scope="col" { "Run" } th scope="col" { "End" } th scope="col" { "Began" } th.number scope="col" { "Took" }
                    th.number scope="col" { "Created" } th.number scope="col" { "Updated" } th.number scope="col" { "Unchanged" }
                    th.number scope="col" { "Deleted" } th.number scope="col" { "Withheld" } th.number scope="col" { "Refused" }
                    th.number scope="col" { "Requests" }
                } }
                tbody { @for run in runs { (row(run)) } }
            }
        }
    }
}

fn row(run: &KeptRun) -> Markup {
    let totals = run.totals.unwrap_or_default();
    let requests = run.requests.github.requests + run.requests.catalog.requests;
    html! {
        tr {
            th scope="row" { a href={ "/runs/" (run.id) } { code { (run.id) } } }
            td { (mark(run.state.name())) }
            td { (moment(run.began)) }
            td.number { (seconds(run.seconds)) }
            td.number { (count(totals.create)) }
            td.number { (count(totals.update + totals.send)) }
            td.number { (count(totals.unchanged)) }
            td.number { (count(totals.delete)) }
            td.number { (count(totals.withheld)) }
            td.number { (count(totals.refused)) }
            td.number { (number::count(requests)) }
        }
    }
}
