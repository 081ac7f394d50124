//! A chart for the frame of another site, such as the page of an entity in Port.

use http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::figures::{WINDOW, missing, trouble};
use crate::figure::{self, Bucket, PointState};
use crate::history::selection::{self, FigureSelection};
use crate::model::day::Day;
use crate::render::chart::{self, ChartOptions};
use crate::render::code::sentence;
use crate::web::answer::{Answer, Shown};
use crate::web::ask::{Ask, Theme};
use crate::web::embed::{EmbedLink, has_ended, of_entity};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// `/embed/chart/{figure}`. What is wrong is said in the frame too.
pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let (status, title, body) = match chart(site, ask) {
        Ok((title, chart)) => (StatusCode::OK, title, chart),
        Err(trouble) => (trouble.status, "No chart", html! { p { (sentence(&trouble.message)) "." } }),
    };
    let theme = Theme::named(ask.query("theme").unwrap_or_default());
    let document = html! {
        (DOCTYPE)
        html lang="en" data-theme=[(theme != Theme::System).then(|| theme.name())] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Pilotage" }
                link rel="stylesheet" href=(site.assets.address("app.css"));
                script type="module" src=(site.assets.address("app.js")) {}
            }
            body.embedded { main { (body) } }
        }
    };
    Ok(Answer::Framed { status, text: document.into_string() })
}

fn chart(site: &Site, ask: &Ask) -> Result<(&'static str, Markup), Trouble> {
    let key = site
        .embedding
        .key
        .as_ref()
        .ok_or_else(|| Trouble::missing("no chart is shown in frames here: PILOTAGE_WEB_EMBED_KEY is not set"))?;
    let until = ask.query("until").and_then(|until| until.parse().ok()).unwrap_or_default();
    let link = EmbedLink { figure: ask.part("figure"), scope: ask.query("scope"), team: ask.query("team"), until };
    if !key.has_signed(&link, ask.query("signature").unwrap_or_default()) {
        return Err(Trouble::not_allowed("this link is not one of ours, or was changed: `pilotage web link` makes one"));
    }
    let now = site.clock.now();
    if has_ended(until, now) {
        return Err(Trouble::not_allowed("this link has ended: `pilotage web link` makes a new one"));
    }
    let figure = figure::find(link.figure).ok_or_else(|| Trouble::missing(format!("there is no figure `{}`", link.figure)))?;
    let (scope, team) = subject(&link, ask)?;
    let by = match ask.query("by") {
        None => Bucket::Day,
        Some(name) => Bucket::find(name).ok_or_else(|| Trouble::bad(format!("`by` is day, week or month, not `{name}`")))?,
    };
    let window = ask.query("window").and_then(|days| days.parse().ok()).filter(|days| (1..=3_660).contains(days));
    let selection = FigureSelection { scope: Some(scope), team, since: None, window: window.or(Some(WINDOW)), by };
    let reader = site.history()?;
    let answer = selection::answer(reader.as_ref(), figure, &selection, &site.rules, Day::of(now))
        .map_err(|error| trouble(error, "/figures"))?;
    let is_held = answer.series.iter().flat_map(|series| &series.points).any(|point| point.state != PointState::NotHeld);
    let note = (!is_held).then(|| missing(site, &answer));
    let options =
        ChartOptions { prefix: figure.definition.id.to_owned(), level: 2, is_folded: true, note, ..ChartOptions::default() };
    let whose = answer.team.as_ref().map_or(answer.scope.clone(), |team| format!("{}, team {team}", answer.scope));
    Ok((figure.definition.title, html! { (chart::figure(&answer, &options)) p.aside { (whose) " · Pilotage" } }))
}

/// Scope and team of a link and of the entity whose page has the frame. A link of a scope shows no other.
fn subject(link: &EmbedLink<'_>, ask: &Ask) -> Result<(String, Option<String>), Trouble> {
    let (scope, team) = match ask.query("entity") {
        Some(entity) => of_entity(entity, ask.query("blueprint").unwrap_or_default(), link.scope),
        None => (None, None),
    };
    let scope = match (link.scope, scope) {
        (Some(of_link), Some(of_entity)) if !of_link.eq_ignore_ascii_case(of_entity) => {
            return Err(Trouble::not_allowed(format!("this link is for `{of_link}`, and the page is about `{of_entity}`")));
        }
        (Some(scope), _) | (None, Some(scope)) => scope,
        (None, None) => return Err(Trouble::bad("this link needs the entity of the page that shows it, as `entity=`")),
    };
    let team = match (link.team, team) {
        (Some(of_link), Some(of_entity)) if of_link != of_entity => {
            return Err(Trouble::not_allowed(format!(
                "this link is for the team `{of_link}`, and the page is about `{of_entity}`"
            )));
        }
        (of_link, of_entity) => of_link.or(of_entity),
    };
    Ok((scope.to_owned(), team.map(str::to_owned)))
}
