//! Home: is it alright, what changed, where to look.

use maud::{Markup, html};

use crate::figure::{self, Bucket, Context, Figure, Point, PointState, Series, Unit};
use crate::history::HistoryReader;
use crate::history::fact::Part;
use crate::model::day::Day;
use crate::render::chart::plan;
use crate::render::code::with_code;
use crate::render::figure::shown;
use crate::render::number::{self, counted};
use crate::runs::{KeptRun, RunId, RunState};
use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::counts::Counted;
use crate::web::layout::{Page, Section};
use crate::web::part::freshness::{Freshness, LateScope};
use crate::web::part::scopes::{key, label};
use crate::web::part::yesterday::{self, Movement};
use crate::web::part::{address, mark, moment, seconds, sign_of, slices, spark, withheld};
use crate::web::site::{CatalogPlace, Site};
use crate::web::trouble::Trouble;

/// Days of a tile.
const DAYS: i32 = 28;

pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let runs = site.runs();
    let ids = runs.ids().map_err(|error| Trouble::failed(&error))?;
    let (newest, unreadable) = runs.of(&ids[..ids.len().min(1)]);
    let history = site.history()?;
    let today = Day::of(site.clock.now());
    let late = |history| Freshness::of(history, today)?.late(history);
    let late = history.as_ref().map(late).transpose().map_err(|error| Trouble::failed(&error))?.unwrap_or_default();
    let body = html! {
        @if let Some(feed) = &site.feed && feed.is_running() { p.notice { (mark("running")) " A run goes on: " a href="/runs/live" { "follow it" } "." } }
        @match newest.first() {
            Some(run) => (state(site, ask, run, &late)),
            None => { @if ids.is_empty() { (nothing(site)) } }
        }
        @for error in &unreadable { p.notice data-state="failed" { (error) } }
        @if let Some(history) = &history { (numbers(site, &ids, history, ask)?) }
        @if site.catalog == CatalogPlace::Local { (catalog(site, ask)?) }
    };
    Ok(Page::of(Section::Home, "Home", body).into())
}

fn nothing(site: &Site) -> Markup {
    html! {
        p.lead { "Nothing was read into this data folder yet." }
        ul {
            li { code { "pilotage demo" } " shows these pages full, with a simulated GitHub and no account" }
            li { code { "pilotage doctor" (site.flags) } " says what a token for your GitHub lacks" }
            li { code { "pilotage resync" (site.flags) } " reads your GitHub once" }
        }
        p.aside { "Data folder: " code { (site.data.display()) } }
    }
}

/// The newest run, what it changed, and what needs a look.
fn state(site: &Site, ask: &Ask, run: &KeptRun, late: &[LateScope]) -> Markup {
    let totals = run.totals.unwrap_or_default();
    let address = format!("/runs/{}", run.id);
    let troubled: Vec<_> = run.slices.iter().filter(|slice| slices::is_troubled(slice)).collect();
    let withheld = run.deletion.as_ref().map_or(0, withheld::total);
    let sentence = match run.state {
        RunState::Completed if !late.is_empty() => "The last run is complete, and its numbers are old",
        RunState::Completed => "Everything is alright",
        RunState::Partial => "A part needs a look",
        RunState::Failed => "The last run failed",
        RunState::Aborted => "The last run was stopped",
    };
    html! {
        section.state data-state=(run.state.name()) aria-labelledby="state" {
            h2 id="state" { (sign_of(run.state.name())) " " (sentence) }
            p {
                "Last run " a href=(address) { (moment(run.began)) } ", took " (seconds(run.seconds)) ": "
                (number::count(totals.create)) " created, " (number::count(totals.update + totals.send)) " updated, "
                (number::count(totals.unchanged)) " unchanged, " (number::count(totals.delete)) " deleted."
            }
            @if let Some(error) = &run.error { p.reason { (with_code(error)) } }
            @if totals.create + totals.update + totals.send + totals.delete > 0 { p { a href={ (address) "#changes" } { "What changed, entity by entity" } } }
        }
        @if !troubled.is_empty() || !late.is_empty() || withheld > 0 || totals.refused > 0 {
            h2 { "Where to look" }
            (slices::troubles(troubled))
            ul.troubles {
                @for LateScope { scope, newest, days } in late.iter().take(LATE_AT_MOST) {
                    li data-state="unconfirmed" { p { "The newest day of " strong { (scope.name) } " is " time datetime=(newest) { (newest) } ", " (counted(days.unsigned_abs().into(), "day", "days")) " ago, and GitHub takes two to three: " a href="/quality" { "which days are held" } } }
                }
                @if late.len() > LATE_AT_MOST { li data-state="unconfirmed" { p { a href="/quality" { "and of " (counted((late.len() - LATE_AT_MOST) as u64, "scope", "scopes")) " more" } } } }
                @if totals.refused > 0 { li data-state="failed" { p { a href={ (address) "#problems" } { (counted(totals.refused, "entity", "entities")) " refused by the catalog" } } } }
                @if withheld > 0 { li data-state="withheld" { p { a href={ (address) "#withheld" } { (counted(withheld, "deletion", "deletions")) " withheld: why, and what would release them" } } } }
            }
        }
        @if site.feed.is_some() && ask.roles().operator { p { a href="/runs/live" { "Run now" } } }
    }
}

/// Late scopes that are named.
const LATE_AT_MOST: usize = 3;

/// Numbers of entities that the visitor may see.
fn catalog(site: &Site, ask: &Ask) -> Result<Markup, Trouble> {
    let Some(reader) = site.local_catalog()? else { return Ok(Markup::default()) };
    let visible = site.visible(ask.roles())?;
    let mut counts = Vec::new();
    for blueprint in reader.blueprints_uncounted().map_err(|error| Trouble::failed(&error))? {
        if visible.has(&blueprint.identifier) {
            counts.push((site.count(&reader, &blueprint.identifier)?, blueprint.identifier));
        }
    }
    counts.retain(|(count, _)| *count != Counted::Exactly(0));
    Ok(html! {
        @if !counts.is_empty() {
            h2 { "Catalog" }
            ul.counts { @for (count, blueprint) in &counts { li { a href=(address::of_blueprint(blueprint)) { code { (blueprint) } } " " (count.text()) } } }
        }
    })
}

/// A tile for each figure, of one scope, and what of it is other than the day before.
fn numbers(site: &Site, ids: &[RunId], history: &HistoryReader, ask: &Ask) -> Result<Markup, Trouble> {
    let failed = |error| Trouble::failed(&error);
    let scopes = history.scopes().map_err(failed)?;
    let Some(first) = scopes.first() else { return Ok(Markup::default()) };
    let wanted = ask.query("scope");
    let scope = match wanted {
        None => first,
        Some(name) => scopes.iter().find(|scope| key(scope) == name).ok_or_else(|| {
            Trouble::missing(format!("no numbers of `{name}` are kept")).or_see("/", "the numbers that there are")
        })?,
    };
    let Some((begin, until)) = history.extent(scope, Part::Aggregate).map_err(failed)? else { return Ok(Markup::default()) };
    let since = begin.max(until.plus_days(1 - DAYS));
    let (mut tiles, mut movements) = (Vec::new(), Vec::new());
    for figure in TILES.iter().filter_map(|id| figure::find(id)) {
        let series = history.compute(figure, scope, Context::of(Bucket::Day, &site.rules), (since, until)).map_err(failed)?;
        movements.extend(Movement::of(&figure.definition, &series));
        tiles.push(tile(figure, &series));
    }
    if let Some(pool) = figure::find(CREDITS) {
        let series = history.compute(pool, scope, Context::of(Bucket::Day, &site.rules), (since, until)).map_err(failed)?;
        tiles.push(credits(pool, &series, (begin, until)));
    }
    Ok(html! {
        h2 { (scope.name) ", " (counted(u64::from(until.days_since(since).unsigned_abs()) + 1, "day", "days")) " until " time datetime=(until) { (until) } }
        @if scopes.len() > 1 {
            ul.filters aria-label="Scopes" {
                @for other in &scopes { li { a href={ "/?scope=" (address::value(&key(other))) } aria-current=[(other == scope).then_some("true")] { (label(other, &scopes)) } } }
            }
        }
        ul.tiles { @for tile in tiles { li { (tile) } } }
        p.aside { "~ marks numbers that GitHub may still change. Which days are held is on " a href="/quality" { "Quality" } "." }
        (yesterday::section(site, ids, (history, scope), &movements)?)
    })
}

/// The figure of the credits of a month.
const CREDITS: &str = "credit-pool";

/// Places of the series of that figure.
const BY_TELEMETRY: usize = 0;
const BY_INVOICE: usize = 1;
const INCLUDED: usize = 2;
const EXPECTED: usize = 3;

/// The credits of the month so far, by the invoice where its days are held; or what would bring them.
fn credits(figure: &Figure, series: &[Series], (begin, until): (Day, Day)) -> Markup {
    let newest = |place: usize| series.get(place).and_then(|series| series.points.last()).filter(|point| point.value.is_some());
    let value = |point: &Point| shown(figure.definition.unit, point.value.unwrap_or_default());
    let first = Bucket::Month.first_day(until);
    let used = newest(BY_INVOICE).map(|point| (BY_INVOICE, point, "by the invoice"));
    let used = used.or(newest(BY_TELEMETRY).map(|point| (BY_TELEMETRY, point, "by telemetry")));
    html! {
        h3 { a href={ "/figures/money#" (figure.definition.id) } { (figure.definition.title) } }
        @match used {
            Some((place, point, source)) => {
                p.value { (value(point)) @if point.state == PointState::Provisional { "~" } }
                @if let Some(included) = newest(INCLUDED) { p.aside { "of " (value(included)) " that the seats include" } }
                p.aside { (source) " since " (first) @if let Some(expected) = newest(EXPECTED) { ", " (value(expected)) " to be expected at its end" } }
                (spark::bars(series[place].points.iter().map(|point| point.value)))
            },
            None => {
                p.value { "not held" }
                p.aside {
                    @if !figure.definition.has(until) { "GitHub has them from " (figure.definition.first_day) " on." }
                    @else if begin > first { "It needs every day since " (first) "; days are kept since " (begin) "." }
                    @else { "A day since " (first) " is missing; see " a href="/quality" { "Quality" } "." }
                }
            },
        }
    }
}

/// The figures that have a tile. All are on the pages of figures.
const TILES: [&str; 4] = ["active-people", "completion-acceptance", "lines", "agent-lines"];

/// The latest value of what cannot be added up, the sum or the ratio of sums of everything else, and the days as a spark bar.
fn tile(figure: &Figure, series: &[Series]) -> Markup {
    let definition = &figure.definition;
    let main = match definition.unit {
        // Of different people the widest window says how many there are.
        Unit::People => series.last(),
        _ => series.first(),
    };
    let point = main.and_then(|series| match definition.unit {
        Unit::People => series.points.last().cloned(),
        _ => series.total(),
    });
    let first = series.first();
    let days = first.map(|series| spark::bars(series.points.iter().map(|point| point.value))).unwrap_or_default();
    // The bars are of the first series, which is not always that of the number.
    let of_bars =
        first.and_then(|series| series.name.as_deref()).filter(|name| main.and_then(|main| main.name.as_deref()) != Some(*name));
    let window = match definition.unit {
        Unit::People => "within 28 days",
        _ => "over these days",
    };
    html! {
        h3 { a href={ "/figures/" (plan::of(definition.id).topic.name()) "#" (definition.id) } { (definition.title) } }
        p.value { (value(definition.unit, point.as_ref())) }
        @if let Some(Point { numerator: Some(above), denominator: Some(below), .. }) = &point { p.aside { (number::count(above.max(0.0) as u64)) " ÷ " (number::count(below.max(0.0) as u64)) } }
        p.aside { @if let Some(name) = main.and_then(|series| series.name.as_deref()) { (name) ", " } (window) @if let Some(name) = of_bars { "; bars: " (name) } }
        (days)
    }
}

fn value(unit: Unit, point: Option<&Point>) -> String {
    match point {
        None => "not held".to_owned(),
        Some(point) => match (point.state, point.value) {
            (PointState::NotHeld, _) => "not held".to_owned(),
            (PointState::Withheld, _) => "withheld".to_owned(),
            (_, None) => "none".to_owned(),
            (PointState::Provisional, Some(value)) => format!("{}~", shown(unit, value)),
            (PointState::Final, Some(value)) => shown(unit, value),
        },
    }
}
