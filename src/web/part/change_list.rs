//! Changes of a run or a plan, a page of them: by kind of change and by text, property by property.

use std::ops::ControlFlow;

use maud::{Markup, html};
use url::form_urlencoded;

use super::{address, changes, mark};
use crate::reconcile::kept_change::KeptChange;
use crate::render::code::with_code;
use crate::render::number::{self, counted};
use crate::runs::CHANGES_AT_MOST;
use crate::web::ask::Ask;
use crate::web::people::Visible;
use crate::web::trouble::Trouble;

/// Changes on a page.
const CHANGES_ON_A_PAGE: usize = 50;

/// Changes by which the list can be limited.
const ACTIONS: [&str; 5] = ["create", "update", "send", "delete", "withheld"];

/// A list of changes.
pub(crate) struct ChangeList {
    /// Address of the page that it stands on.
    pub(crate) base: String,
    pub(crate) visible: Visible,
    /// Whether entities have pages here.
    pub(crate) is_local: bool,
}

/// What is shown one change after the other.
type Visit<'a> = &'a mut dyn FnMut(KeptChange) -> ControlFlow<()>;

/// What is asked of the list of changes.
struct Filter<'a> {
    action: Option<&'a str>,
    text: String,
    begin: usize,
}

impl ChangeList {
    /// The page of the list that is asked for. `each` shows all changes; it says false where none were kept.
    pub(crate) fn show(&self, ask: &Ask, each: impl FnOnce(Visit<'_>) -> Result<bool, Trouble>) -> Result<Markup, Trouble> {
        let base = &self.base;
        let action = ask.query("action");
        if let Some(unknown) = action.filter(|action| !ACTIONS.contains(action)) {
            return Err(
                Trouble::bad(format!("there are no changes of the kind `{unknown}`")).or_see(base.as_str(), "all changes")
            );
        }
        let begin = ask.query("change").map_or(Ok(0), |text| text.parse::<usize>());
        let begin = begin.map_err(|_| Trouble::bad("`change` is a number").or_see(base.as_str(), "all changes"))?;
        let filter = Filter { action, text: ask.query("find").unwrap_or_default().to_lowercase(), begin };
        let (mut page, mut matching, mut kept, mut hidden) = (Vec::new(), 0_usize, 0_u64, 0_u64);
        let mut by_action = [0_u64; ACTIONS.len()];
        let found = each(&mut |change: KeptChange| {
            kept += 1;
            if let Some(place) = ACTIONS.iter().position(|action| *action == change.action) {
                by_action[place] += 1;
            }
            let is_wanted = filter.action.is_none_or(|action| action == change.action)
                && (filter.text.is_empty()
                    || format!("{}/{}", change.blueprint, change.identifier).to_lowercase().contains(&filter.text));
            if !self.visible.has(&change.blueprint) {
                hidden += 1;
            } else if is_wanted {
                matching += 1;
                if matching > filter.begin && page.len() < CHANGES_ON_A_PAGE {
                    page.push(change);
                }
            }
            ControlFlow::Continue(())
        });
        if !found? {
            return Ok(Markup::default());
        }
        let link = |action: Option<&str>, begin: usize| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(action.map(|action| ("action", action)));
            query.extend_pairs(ask.query("find").map(|text| ("find", text)));
            query.extend_pairs((begin > 0).then(|| ("change", begin.to_string())));
            format!("{base}?{}#changes", query.finish())
        };
        if kept == 0 {
            return Ok(html! { h2 id="changes" { "Changes" } p { "None." } });
        }
        Ok(html! {
            h2 id="changes" { "Changes" }
            form.line method="get" action={ (base) "#changes" } role="search" {
                @if let Some(action) = filter.action { input type="hidden" name="action" value=(action); }
                label for="find" { "Find in blueprint and identifier" }
                input id="find" name="find" value=(ask.query("find").unwrap_or_default()) autocomplete="off" spellcheck="false";
                button type="submit" { "Find" }
            }
            ul.filters {
                li { a href=(link(None, 0)) aria-current=[filter.action.is_none().then_some("true")] { "all " (number::count(kept)) } }
                @for (action, count) in ACTIONS.iter().zip(by_action).filter(|(_, count)| *count > 0) {
                    li { a href=(link(Some(action), 0)) aria-current=[(filter.action == Some(action)).then_some("true")] { (mark(action)) " " (number::count(count)) } }
                }
            }
            @if page.is_empty() { p { "None of the changes fits." } }
            ul.changes { @for change in &page { (self.line(change, ask.roles().people)) } }
            nav.pages aria-label="Pages of changes" {
                @if filter.begin > 0 { a href=(link(filter.action, filter.begin.saturating_sub(CHANGES_ON_A_PAGE))) rel="prev" { "‹ previous" } }
                @if matching > filter.begin + page.len() { a href=(link(filter.action, filter.begin + page.len())) rel="next" { "next ›" } }
                @if matching > 0 { span { (number::count(filter.begin as u64 + 1)) " to " (number::count((filter.begin + page.len()) as u64)) " of " (number::count(matching as u64)) } }
            }
            @if hidden > 0 { p.notice { (counted(hidden, "change", "changes")) " of entities about people, which are shown to whoever has the role people." } }
            @if kept >= CHANGES_AT_MOST { p.notice { "The first " (number::count(CHANGES_AT_MOST)) " changes are kept; the counts are of all." } }
        })
    }

    fn line(&self, change: &KeptChange, has_people: bool) -> Markup {
        let is_here = self.is_local && change.action != "delete";
        html! {
            li data-state=(change.action) {
                p {
                    (mark(&change.action)) " "
                    @if is_here { a href=(address::of_entity(&change.blueprint, &change.identifier)) { (change.identifier) } } @else { (change.identifier) }
                    " " code { (change.blueprint) }
                }
                @if !change.fields.is_empty() { (changes::fields(&change.fields, has_people)) }
                @if let Some(reason) = &change.reason { p.reason { (with_code(reason)) } }
            }
        }
    }
}
