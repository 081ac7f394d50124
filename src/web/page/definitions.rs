//! Definitions of figures: what is counted, of whom, from which fields, and what it cannot say.

use maud::{Markup, html};

use crate::figure::{self, Figure, Unit};
use crate::render::chart::plan::{self, Topic};
use crate::render::code::with_code;
use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::layout::{Page, Section};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

pub(in crate::web) fn show(site: &Site, _ask: &Ask) -> Shown {
    let body = html! {
        p.lead { "Each figure has one definition. Pages, tables, CSV and JSON show this one." }
        @for topic in Topic::PAGES.into_iter().chain([Topic::Quality]) {
            h2 { (topic.title()) }
            ul.counts { @for figure in plan::figures(topic) { li { a href={ "#" (figure.definition.id) } { (figure.definition.title) } } } }
        }
        @for figure in figure::ALL {
            section aria-labelledby=(figure.definition.id) {
                h2 id=(figure.definition.id) { (figure.definition.title) }
                (definition(site, figure))
            }
        }
    };
    Ok(Page::of(Section::Definitions, "Definitions", body).into())
}

pub(in crate::web) fn one(site: &Site, ask: &Ask) -> Shown {
    let id = ask.part("figure");
    let Some(figure) = figure::find(id) else {
        let trouble = Trouble::missing(format!("there is no figure `{id}`"));
        return Err(match figure::nearest(id) {
            Some(near) => trouble.or_see(format!("/definitions/{}", near.definition.id), near.definition.title),
            None => trouble.or_see("/definitions", "all definitions"),
        });
    };
    let body = html! {
        (definition(site, figure))
        p { "Its numbers: " code { "pilotage figures show " (figure.definition.id) (site.flags) } " · " a href="/definitions" { "all definitions" } }
    };
    Ok(Page::of(Section::Definitions, figure.definition.title, body).into())
}

fn definition(site: &Site, figure: &Figure) -> Markup {
    let of = &figure.definition.for_groups_of(site.rules.smallest_group);
    let rows = site.rules.inputs.rows(&figure.reads);
    html! {
        p { (with_code(of.sentence)) }
        dl {
            dt { "Unit" } dd { (unit(of.unit)) }
            dt { "Counted" } dd { (with_code(of.numerator)) }
            @if let Some(denominator) = of.denominator { dt { "Out of" } dd { (with_code(denominator)) } }
            dt { "Of whom" } dd { (of.population) }
            dt { "First day" } dd { time datetime=(of.first_day) { (of.first_day) } }
            dt { "Fields" } dd { @for (number, field) in of.fields.iter().enumerate() { @if number > 0 { ", " } code { (field) } } }
            @if let Some(smallest) = of.smallest_group { dt { "Smallest group" } dd { (smallest) " people" } }
            @if !rows.is_empty() { dt { "From the settings" } @for row in &rows { dd { (row) } } }
            dt { "Source" } dd { a href=(of.source) rel="noreferrer" { (of.source) } }
        }
        @if !of.caveats.is_empty() {
            ul { @for caveat in of.caveats { li { (with_code(caveat)) } } }
        }
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::People => "different people",
        Unit::Share => "a share, in percent",
        Unit::Change => "a change of a number of people",
        Unit::Rate => "a count for each of another",
        Unit::Lines => "lines of code",
        Unit::Prompts => "prompts",
        Unit::Uses => "uses",
        Unit::PullRequests => "pull requests",
        Unit::Minutes => "minutes",
        Unit::Days => "days",
        Unit::Credits => "AI credits",
        Unit::Money => "money, in the currency of the settings",
    }
}
