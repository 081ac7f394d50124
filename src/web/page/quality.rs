//! Quality of what was read: how fresh it is, which days are held, and how the newest runs ended by kind.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::history::fact::Part;
use crate::history::reader::KeptFact;
use crate::history::{HistoryReader, ScopeKey};
use crate::model::day::Day;
use crate::render::number::counted;
use crate::runs::KeptRun;
use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::layout::{Page, Section};
use crate::web::part::drift::{self, Drift, FieldChange, SeenFields};
use crate::web::part::freshness::Freshness;
use crate::web::part::scopes::label;
use crate::web::part::{mark, moment, sign_of, slices};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Days of the strip when none are asked for.
const DAYS: i32 = 28;

/// Most days of the strip.
const DAYS_AT_MOST: i32 = 366;

/// Days whose rows are compared.
const DRIFT_DAYS: i32 = 90;

/// Changes of fields that are listed.
const DRIFTS_AT_MOST: usize = 100;

/// Runs of the strip of runs.
const RUNS: usize = 20;

/// State of one day of one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Final,
    Provisional,
    /// It was read again with another content.
    Restated,
}

pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let today = Day::of(site.clock.now());
    let days = match ask.query("days").map(str::parse::<i32>) {
        None => DAYS,
        Some(Ok(days)) if (1..=DAYS_AT_MOST).contains(&days) => days,
        Some(_) => {
            return Err(
                Trouble::bad(format!("`days` is a number from 1 to {DAYS_AT_MOST}")).or_see("/quality", "the last 28 days")
            );
        }
    };
    let runs = site.runs();
    let ids = runs.ids().map_err(|error| Trouble::failed(&error))?;
    let (newest, _) = runs.of(&ids[..ids.len().min(RUNS)]);
    let body = html! {
        @match site.history()? {
            Some(history) => { (of_history(&history, today, days)?) (drifts(&history)?) }
            None => p.lead { "No day of any organization is kept yet. A resync keeps them, when the mapping has " code { "organization-usage-metrics" } "." },
        }
        @if let Some(run) = newest.first() {
            h2 { "Newest run: slices by kind" }
            p { "Run " a href={ "/runs/" (run.id) } { code { (run.id) } } ", " (moment(run.began)) }
            (slices::counts(&run.slices))
            (slices::troubles(run.slices.iter().filter(|slice| !matches!(slice.state.as_str(), "complete" | "empty") || slice.rejected > 0)))
        }
        @if !newest.is_empty() { (strip_of_runs(&newest)) }
    };
    Ok(Page::of(Section::Quality, "Quality", body).into())
}

fn of_history(history: &HistoryReader, today: Day, days: i32) -> Result<Markup, Trouble> {
    let failed = |error| Trouble::failed(&error);
    let scopes = history.scopes().map_err(failed)?;
    let freshness = Freshness::of(history, today).map_err(failed)?;
    let mut newest: Option<Day> = None;
    let mut rows: Vec<(&ScopeKey, Day, Day, BTreeMap<Day, Held>)> = Vec::new();
    for scope in &scopes {
        let Some((first, last)) = history.extent(scope, Part::Aggregate).map_err(failed)? else { continue };
        newest = newest.max(Some(last));
        let mut held = BTreeMap::new();
        let take = |fact: KeptFact| {
            let state = match (fact.is_provisional, fact.changes) {
                (true, _) => Held::Provisional,
                (false, 0) => Held::Final,
                (false, _) => Held::Restated,
            };
            held.insert(fact.day, state);
        };
        history.days(scope, Part::Aggregate, (last.plus_days(1 - days), last), take).map_err(failed)?;
        rows.push((scope, first, last, held));
    }
    let Some(newest) = newest else { return Ok(Markup::default()) };
    // Days before all that was read say nothing.
    let oldest = rows.iter().map(|(_, first, ..)| *first).min().unwrap_or(newest);
    let since = newest.plus_days(1 - days).max(oldest);
    let all: Vec<Day> = (0..=newest.days_since(since)).map(|number| since.plus_days(number)).collect();
    Ok(html! {
        h2 { "Freshness" }
        div.scroll tabindex="0" role="region" aria-label="Freshness" {
            table {
                caption { "How old the newest day of each scope is. GitHub has a day's numbers two to three days later" }
                thead { tr { th scope="col" { "Scope" } th.number scope="col" { "Days ago" } th scope="col" { "Newest day" } th scope="col" { "First day" } th scope="col" { "Level" } th scope="col" { "Host" } } }
                tbody { @for (scope, first, last, _) in &rows {
                    tr {
                        th scope="row" { (label(scope, &scopes)) }
                        td.number { (today.days_since(*last)) @if freshness.is_late(scope, *last) { " " span.mark data-state="unconfirmed" { "◆ late" } } }
                        td { (last) } td { (first) } td { (scope.level) } td { (scope.host) }
                    }
                } }
            }
        }
        @if scopes.iter().any(|scope| scope.host == ScopeKey::SIMULATED) { p.aside { "Days of the demo are made up and end on one day, so they are never late." } }
        h2 { "Days and scopes" }
        ul.legend aria-label="Signs" {
            @for state in [Some(Held::Final), Some(Held::Restated), Some(Held::Provisional), None] { li { (cell(state)) " " (meaning(state)) } }
        }
        div.scroll.from-end tabindex="0" role="region" aria-label="Days and scopes" {
            table.strip {
                caption { (counted(all.len() as u64, "day", "days")) ", " (since) " to " (newest) @if all.len() < days.unsigned_abs() as usize { ", all that was read" } }
                thead { tr { th scope="col" { "Scope" } @for (place, day) in all.iter().enumerate() { th scope="col" title=(day) {
                    @if place == 0 || day.of_month() == 1 { span.month aria-hidden="true" { (day.month_name()) } }
                    (day.of_month()) span.unseen { " (" (day) ")" }
                } } } }
                tbody { @for (scope, _, _, held) in &rows {
                    tr { th scope="row" { (label(scope, &scopes)) } @for day in &all { td title=(day) { (cell(held.get(day).copied())) } } }
                } }
            }
        }
        p { @for (number, wanted) in [28, 90, 365].into_iter().enumerate() {
            @if number > 0 { " · " }
            @if wanted == days { strong { (wanted) " days" } } @else { a href={ "/quality?days=" (wanted) } { (wanted) " days" } }
        } }
    })
}

/// Fields of the rows of the last days that went, and those that are not documented, by level.
fn drifts(history: &HistoryReader) -> Result<Markup, Trouble> {
    let failed = |error| Trouble::failed(&error);
    let (mut seen, mut looked) = (BTreeMap::<bool, SeenFields>::new(), 0_u64);
    for scope in &history.scopes().map_err(failed)? {
        let Some((_, last)) = history.extent(scope, Part::Aggregate).map_err(failed)? else { continue };
        let seen = seen.entry(scope.is_enterprise()).or_default();
        let take = |fact: KeptFact| {
            looked += 1;
            // A row that is no JSON has no fields; figures say what they miss.
            if let Ok(row) = serde_json::from_slice(&fact.content) {
                seen.add(fact.day, &row);
            }
        };
        history.days(scope, Part::Aggregate, (last.plus_days(1 - DRIFT_DAYS), last), take).map_err(failed)?;
    }
    let of_level = |(is_enterprise, seen): (&bool, &SeenFields)| {
        let kind = Part::Aggregate.kind(*is_enterprise).unwrap_or_default();
        seen.changes(&drift::documented(kind)).into_iter().map(|change| (kind, change)).collect::<Vec<_>>()
    };
    let mut rows: Vec<(&str, FieldChange)> = seen.iter().flat_map(of_level).collect();
    let hidden = rows.len().saturating_sub(DRIFTS_AT_MOST);
    rows.truncate(DRIFTS_AT_MOST);
    Ok(html! {
        h2 id="drift" { "Fields that changed" }
        @if rows.is_empty() {
            p { "The " (counted(looked, "row", "rows")) " of the last " (DRIFT_DAYS) " days have no field that this version does not know, and none went." }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Fields that changed" {
                table {
                    caption { "Fields of the rows of the last " (DRIFT_DAYS) " days that this version does not know, and those that went" }
                    thead { tr { th scope="col" { "Kind" } th scope="col" { "Field" } th scope="col" { "Change" } } }
                    tbody { @for (kind, change) in &rows {
                        tr { th scope="row" { code { (kind) } } td { code { (change.path) } } td { (drift_in_words(change.what)) } }
                    } }
                }
            }
            @if hidden > 0 { p.aside { (counted(hidden as u64, "more change", "more changes")) } }
        }
    })
}

fn drift_in_words(drift: Drift) -> Markup {
    html! {
        @match drift {
            Drift::Unknown(day) => { "new since " time datetime=(day) { (day) } ": mappings can use it, checks and figures do not know it" },
            Drift::Gone(day) => { "gone: last there on " time datetime=(day) { (day) } },
        }
    }
}

fn cell(held: Option<Held>) -> Markup {
    let (state, sign) = match held {
        Some(Held::Final) => ("final", "■"),
        Some(Held::Restated) => ("restated", "◪"),
        Some(Held::Provisional) => ("provisional", "▨"),
        None => ("not-held", "·"),
    };
    html! { span.mark data-state=(state) { span aria-hidden="true" { (sign) } span.unseen { (state.replace('-', " ")) } } }
}

fn meaning(held: Option<Held>) -> &'static str {
    match held {
        Some(Held::Final) => "final: as it was first read",
        Some(Held::Restated) => "restated: GitHub changed it after the first reading",
        Some(Held::Provisional) => "provisional: GitHub may still change it",
        None => "not held: it was not read",
    }
}

/// Worst state of each kind in each of the newest runs.
fn strip_of_runs(runs: &[KeptRun]) -> Markup {
    let mut kinds: Vec<&str> = Vec::new();
    for slice in runs.iter().flat_map(|run| &run.slices) {
        if !kinds.contains(&slice.kind.as_str()) {
            kinds.push(&slice.kind);
        }
    }
    let worst = |run: &KeptRun, kind: &str| {
        let states = run.slices.iter().filter(|slice| slice.kind == kind).map(|slice| slice.state.clone());
        states.min_by_key(|state| slices::STATES.iter().position(|known| known == state))
    };
    html! {
        h2 { "Newest runs" }
        ul.legend aria-label="Signs" { @for state in slices::STATES.into_iter().rev() { li { (mark(state)) } } }
        div.scroll tabindex="0" role="region" aria-label="Newest runs by kind" {
            table.strip {
                caption { "The worst end of each kind's slices, newest run first" }
                thead { tr { th scope="col" { "Kind" } @for run in runs { th scope="col" { a href={ "/runs/" (run.id) } title=(run.id) { (run.began.strftime("%-d %b")) span.unseen { " " (run.id) } } } } } }
                tbody { @for kind in kinds { tr {
                    th scope="row" { code { (kind) } }
                    @for run in runs { td { @match worst(run, kind) { Some(state) => (sign_of(&state)), None => (sign_of("not-held")) } } }
                } } }
            }
        }
    }
}
