//! One run: how it ended, what was read, what changed, what was not deleted and why.

use maud::{Markup, html};
use serde_json::Value;

use crate::render::code::{sentence, with_code};
use crate::render::number::{self, counted};
use crate::runs::{Cost, KeptExamples, KeptResource, KeptRun, RunId, RunState, RunsError};
use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::layout::{Page, Section};
use crate::web::part::change_list::ChangeList;
use crate::web::part::{self, address, count, mark, moment, run_sentence, seconds, slices, withheld};
use crate::web::people::{Visible, is_about_people};
use crate::web::site::{CatalogPlace, Site};
use crate::web::trouble::Trouble;

/// Cases of a problem that are shown.
const EXAMPLES_AT_MOST: usize = 10;

pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let name = ask.part("run");
    let found = site.runs().find(name);
    let (_, run) = found.map_err(|error| match error {
        RunsError::Missing { .. } => {
            Trouble::missing(format!("there is no report of a run `{name}`")).or_see("/runs", "the runs that there are")
        }
        RunsError::Ambiguous { count, .. } => {
            Trouble::bad(format!("{count} runs have names that begin with `{name}`")).or_see("/runs", "all runs")
        }
        error => Trouble::failed(&error),
    })?;
    let visible = site.visible(ask.roles())?;
    let has_people = ask.roles().people;
    let body = html! {
        (facts(&run))
        @if let Some(error) = &run.error { p.notice data-state="failed" { strong { "Error: " } (with_code(error)) } }
        (resources(site, &run.resources))
        @if !run.slices.is_empty() {
            h2 id="slices" { "Slices" }
            (slices::counts(&run.slices))
            (slices::troubles(run.slices.iter().filter(|slice| slices::is_troubled(slice))))
            @let normal: Vec<_> = run.slices.iter().filter(|slice| !slices::is_troubled(slice) && !matches!(slice.state.as_str(), "complete" | "empty")).collect();
            @if !normal.is_empty() {
                details { summary { (counted(normal.len() as u64, "slice", "slices")) " not ready or suppressed, which is no failure" } (slices::troubles(normal)) }
            }
        }
        (kept_changes(site, ask, &run, visible)?)
        (deletions(&run))
        (problems(&run, has_people))
        (requests(&run))
        p.aside { "The whole report: " code { "pilotage runs " (run.id) " --output json" (site.flags) } }
    };
    Ok(Page::of(Section::Runs, format!("Run {}", run.id), body).beside(mark(run.state.name())).into())
}

fn facts(run: &KeptRun) -> Markup {
    let totals = run.totals.unwrap_or_default();
    html! {
        p.lead {
            (run_sentence(run.state)) ": " (counted(totals.create, "entity", "entities")) " created, " (number::count(totals.update + totals.send))
            " updated, " (number::count(totals.unchanged)) " unchanged, " (number::count(totals.delete)) " deleted"
            @if totals.withheld > 0 { ", " (number::count(totals.withheld)) " kept although they are no longer wanted" }
            @if totals.refused > 0 { ", " (number::count(totals.refused)) " refused by the catalog" }
            "."
        }
        (part::facts([
            ("Began", moment(run.began)),
            ("Took", html! { (seconds(run.seconds)) }),
            ("Exit code", html! { (run.exit_code) @if run.state == RunState::Partial { " (partial)" } }),
            ("From", html! { (run.github) }),
            ("Into", html! { (run.catalog) }),
            ("Integration", html! { (run.integration) }),
            ("Version", html! { (run.version) }),
        ]))
    }
}

fn resources(site: &Site, resources: &[KeptResource]) -> Markup {
    html! {
        @if !resources.is_empty() {
            h2 { "Resources" }
            div.scroll tabindex="0" role="region" aria-label="Resources" {
                table {
                    caption { "Resources of the mapping, in its order" }
                    thead { tr {
                        th scope="col" { "Kind" } th scope="col" { "Blueprint" } th.number scope="col" { "Items" } th.number scope="col" { "Left out" }
                        th.number scope="col" { "Created" } th.number scope="col" { "Updated" } th.number scope="col" { "Unchanged" }
                        th.number scope="col" { "Refused" } th.number scope="col" { "Took" }
                    } }
                    tbody {
                        @for resource in resources.iter().filter(|resource| !resource.is_left_out) {
                            tr {
                                th scope="row" { code { (resource.kind) } }
                                td { @match &resource.blueprint {
                                    Some(name) if site.catalog == CatalogPlace::Local => a href=(address::of_blueprint(name)) { code { (name) } },
                                    Some(name) => code { (name) },
                                    None => "by an expression",
                                } }
                                td.number { (number::count(resource.items)) }
                                td.number { (count(resource.filtered + resource.unparsed + resource.rejected.count + resource.duplicates.count)) }
                                td.number { (count(resource.created)) }
                                td.number { (count(resource.updated + resource.sent)) }
                                td.number { (count(resource.unchanged)) }
                                td.number { (count(resource.refused.count)) }
                                td.number { (seconds(resource.seconds)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn kept_changes(site: &Site, ask: &Ask, run: &KeptRun, visible: Visible) -> Result<Markup, Trouble> {
    let Ok(id) = run.id.parse::<RunId>() else { return Ok(Markup::default()) };
    let list = ChangeList { base: format!("/runs/{id}"), visible, is_local: site.catalog == CatalogPlace::Local };
    list.show(ask, |visit| site.runs().each_change(&id, visit).map_err(|error| Trouble::failed(&error)))
}

fn deletions(run: &KeptRun) -> Markup {
    let Some(deletion) = &run.deletion else { return Markup::default() };
    let total = withheld::total(deletion);
    html! {
        @if total > 0 || deletion.listing_error.is_some() {
            h2 id="withheld" { "Withheld deletions" }
            @if let Some(error) = &deletion.listing_error { p.notice data-state="failed" { (with_code(error)) } }
            (withheld::groups(deletion))
        }
    }
}

/// Items that were rejected and entities that were refused. Their texts may name people.
fn problems(run: &KeptRun, has_people: bool) -> Markup {
    let of_resource = |resource: &KeptResource| {
        let may_show = has_people || !is_about_people(&resource.kind);
        html! {
            (examples(&format!("Refused by the catalog, of {}", resource.kind), &resource.refused, may_show))
            (examples(&format!("Could not be read or mapped, of {}", resource.kind), &resource.rejected, may_show))
            (examples(&format!("Not sent, because another has the identifier, of {}", resource.kind), &resource.duplicates, may_show))
        }
    };
    let has_any = |resource: &KeptResource| resource.refused.count + resource.rejected.count + resource.duplicates.count > 0;
    let refused = run.deletion.as_ref().map(|deletion| &deletion.refused).filter(|refused| refused.count > 0);
    html! {
        @if run.resources.iter().any(has_any) || refused.is_some() || !run.warnings.is_empty() || !run.broken_expressions.is_empty() {
            h2 id="problems" { "Problems and notes" }
            ul { @for broken in &run.broken_expressions { li { strong { "Broken expression: " } (with_code(broken)) } } }
            ul { @for warning in &run.warnings { li { (sentence(warning)) } } }
            @for resource in run.resources.iter().filter(|resource| has_any(resource)) { (of_resource(resource)) }
            @if let Some(refused) = refused { (examples("Deletions that the catalog refused", refused, has_people)) }
        }
    }
}

fn examples(title: &str, examples: &KeptExamples, may_show: bool) -> Markup {
    let text = |one: &Value| match one {
        Value::String(text) => text.clone(),
        one => {
            let entity = one.get("entity").unwrap_or(one);
            let word = |name: &str| entity.get(name).and_then(Value::as_str).unwrap_or_default();
            let reason = one.get("reason").and_then(Value::as_str).map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{}/{}{reason}", word("blueprint"), word("identifier"))
        }
    };
    html! {
        @if examples.count > 0 {
            h3 { (title) ": " (number::count(examples.count)) }
            @if may_show {
                @let shown = examples.first.len().min(EXAMPLES_AT_MOST);
                ul {
                    @for one in &examples.first[..shown] { li { (with_code(&text(one))) } }
                    @if examples.count > shown as u64 { li.zero { "and " (number::count(examples.count - shown as u64)) " more" } }
                }
            } @else { p.aside { "They are about people, and shown to whoever has the role people." } }
        }
    }
}

fn requests(run: &KeptRun) -> Markup {
    let row = |name: &str, cost: &Cost| {
        html! {
            tr {
                th scope="row" { (name) }
                td.number { (number::count(cost.requests)) } td.number { (count(cost.retries)) } td.number { (count(cost.waits)) }
                td.number { (seconds(cost.waited_seconds)) } td.number { (number::bytes(cost.received_bytes)) } td.number { (number::bytes(cost.sent_bytes)) }
            }
        }
    };
    html! {
        h2 { "Requests" }
        div.scroll tabindex="0" role="region" aria-label="Requests" {
            table {
                caption { "Requests to each side" }
                thead { tr {
                    th scope="col" { "Side" } th.number scope="col" { "Requests" } th.number scope="col" { "Repeated" } th.number scope="col" { "Waits" }
                    th.number scope="col" { "Waited" } th.number scope="col" { "Received" } th.number scope="col" { "Sent" }
                } }
                tbody { (row("GitHub", &run.requests.github)) (row("Catalog", &run.requests.catalog)) }
            }
        }
    }
}
