//! Charts: the series of a figure as SVG text with its table. Pure: page, report, embedded page and file use one function.
//!
//! Texts are escaped by the template. There is no inline style: a page needs [`STYLE`] once, in its sheet or in a `<style>`.
//! States differ by shape, series by dash or pattern and by a label beside them; colour is never the only sign.
//!
//! | subject | file |
//! | --- | --- |
//! | which figure has which chart, on which page | [`plan`] |
//! | day, linear and band scales, ticks | `scale` |
//! | plot area, axes, labels of series | `frame` |
//! | marks of points without a value, hatching, the key | `state` |
//! | lines and dots | `line` |
//! | stacked bars over time, bars of groups | `bar` |
//! | cells: series × days | `cell` |
//! | last value and trend in words | `words` |
//! | the table beside a chart | `table` |

mod bar;
mod cell;
mod frame;
mod line;
pub mod plan;
mod scale;
mod state;
mod table;
mod words;

use maud::{Markup, PreEscaped, html};

use self::frame::SideNames;
use self::plan::Mark;
use self::scale::Across;
use super::code::with_code;
use super::figure::FigureAnswer;
use super::number::{counted, decimal};
use crate::figure::{Point, Series};
use crate::model::escape;

/// Style of every chart, for light and dark grounds, narrow screens, forced colours and paper.
pub const STYLE: &str = include_str!("style.css");

/// The choices of whoever shows a chart.
#[derive(Clone, Debug, Default)]
pub struct ChartOptions {
    /// Beginning of the ids in the document; one for each chart of it.
    pub prefix: String,
    /// The level of the heading, from 2 to 4.
    pub level: u8,
    /// Links in the caption: text and address.
    pub links: Vec<(String, String)>,
    /// What stands in place of a drawing that would be empty.
    pub note: Option<Markup>,
    /// The series of as many points before, drawn thin behind lines; none: nothing is compared.
    pub before: Vec<Series>,
    /// What stands between the drawing and the definition, such as a comparison.
    pub beside: Option<Markup>,
    /// Whether the table is folded up, as on a screen, or open.
    pub is_folded: bool,
}

/// A chart whole: caption, SVG, key, the definition and the table.
pub fn figure(answer: &FigureAnswer, options: &ChartOptions) -> Markup {
    let definition = &answer.definition;
    let id = &options.prefix;
    let (rows, table) = table::table(answer);
    html! {
        figure.chart id=(id) aria-labelledby={ (id) "-n" } {
            figcaption {
                @match options.level {
                    2 => { h2 id={ (id) "-n" } { (definition.title) } }
                    3 => { h3 id={ (id) "-n" } { (definition.title) } }
                    _ => { h4 id={ (id) "-n" } { (definition.title) } }
                }
                p { (with_code(definition.sentence)) }
            }
            @match &options.note {
                Some(note) => { div.note { (note) } }
                None => { (svg(answer, &options.before, id)) (frame::names_key(answer)) (state::key(answer)) }
            }
            @if let Some(beside) = &options.beside { (beside) }
            details {
                summary { "Definition" }
                (definition_list(answer))
            }
            details open[!options.is_folded] {
                summary { "Table (" (counted(rows as u64, "row", "rows")) ")" }
                (table)
            }
            @if !options.links.is_empty() {
                p.links { @for (text, address) in &options.links { a href=(address) { (text) } " " } }
            }
        }
    }
}

/// The drawing alone, for a document in HTML. `prefix` begins its ids.
fn svg(answer: &FigureAnswer, before: &[Series], prefix: &str) -> Markup {
    let drawn = draw(answer, before, prefix, SideNames::Keyed);
    let (width, height) = (frame::WIDTH, scale::short(drawn.height));
    html! {
        svg viewBox={ "0 0 " (width) " " (height) } role="img" tabindex="0" aria-labelledby={ (prefix) "-t " (prefix) "-d" }
            data-x=[drawn.columns.as_deref().filter(|_| !table::is_of_groups(answer))] {
            title id={ (prefix) "-t" } { (answer.definition.title) ", " (escape::text(&answer.whose())) }
            desc id={ (prefix) "-d" } { (words::description(answer)) }
            (drawn.marks)
        }
    }
}

/// The drawing as a file of its own, with its style.
pub fn file(answer: &FigureAnswer) -> String {
    let drawn = draw(answer, &[], "chart", SideNames::Cut);
    let height = scale::short(drawn.height);
    let style = STYLE.replace(":root", "svg");
    let page = html! {
        svg.chart xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (frame::WIDTH) " " (height) }
            width=(frame::WIDTH) height=(height) role="img" {
            title { (answer.definition.title) ", " (escape::text(&answer.whose())) }
            desc { (words::description(answer)) }
            style { (PreEscaped(style)) }
            (drawn.marks)
        }
    };
    page.into_string() + "\n"
}

/// A drawing without its outermost element.
struct Drawn {
    height: f64,
    /// Places of the points from left to right, for a cursor; none where points do not stand side by side.
    columns: Option<String>,
    marks: Markup,
}

fn draw(answer: &FigureAnswer, before: &[Series], prefix: &str, names: SideNames) -> Drawn {
    let plan = plan::of(answer.definition.id);
    match plan.mark {
        Mark::Line => line::draw(answer, before, plan, prefix, names),
        Mark::Dot => line::draw(answer, &[], plan, prefix, names),
        Mark::Stack { below } => bar::stack(answer, below, prefix, names),
        Mark::Bar => bar::groups(answer, prefix),
        Mark::Cell => cell::draw(answer, prefix),
    }
}

/// The places of points, for a cursor.
fn columns(across: &Across, points: &[Point]) -> Option<String> {
    let places: Vec<String> = points.iter().enumerate().map(|(index, it)| format!("{:.0}", across.at(index, it.day))).collect();
    (!places.is_empty()).then(|| places.join(" "))
}

/// The definition as a list.
fn definition_list(answer: &FigureAnswer) -> Markup {
    let of = &answer.definition;
    html! {
        dl {
            dt { "counted" } dd { (with_code(of.numerator)) }
            @if let Some(denominator) = of.denominator { dt { "out of" } dd { (with_code(denominator)) } }
            dt { "of whom" } dd { (of.population) }
            dt { "first day" } dd { time { (of.first_day) } }
            dt { "fields" } dd { @for field in of.fields { code { (field) } " " } }
            @if let Some(smallest) = of.smallest_group { dt { "smallest group" } dd { (smallest) " people" } }
            dt { "source" } dd { a href=(of.source) { (of.source) } }
        }
        @if !of.caveats.is_empty() { ul { @for caveat in of.caveats { li { (with_code(caveat)) } } } }
    }
}

/// What is above and below the line of a ratio: `917 of 3,547`.
fn fraction(point: &Point) -> Option<String> {
    let (numerator, denominator) = (point.numerator?, point.denominator?);
    Some(format!("{} of {}", decimal(numerator), decimal(denominator)))
}

#[cfg(test)]
mod tests;
