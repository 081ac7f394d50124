//! Figures: a page for each subject, with a chart, its definition, its table and its data for each figure.

use maud::{Markup, html};

use crate::figure::{self, ALL_DAYS, Bucket, Figure, PointState, Series};
use crate::history::HistoryReader;
use crate::history::fact::Part;
use crate::history::selection::{self, FigureSelection, SelectionError};
use crate::model::day::Day;
use crate::render::chart::plan::{self, Topic};
use crate::render::chart::{self, ChartOptions};
use crate::render::figure::FigureAnswer;
use crate::render::number::counted;
use crate::web::answer::{Answer, Shown};
use crate::web::ask::Ask;
use crate::web::layout::{Page, Section};
use crate::web::part::{address, comparison};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Days of a page when none are asked for.
pub(super) const WINDOW: i32 = 90;

/// Windows that can be chosen: days, and words.
const WINDOWS: [(i32, &str); 3] = [(28, "28 days"), (90, "90 days"), (365, "1 year")];

/// Most days of a window: ten years.
const WINDOW_AT_MOST: i32 = 3_660;

/// What the address of a page says.
struct Choice {
    scope: Option<String>,
    team: Option<String>,
    since: Option<Day>,
    window: i32,
    by: Bucket,
    /// Shows the days before, too.
    compares: bool,
}

impl Choice {
    fn of(ask: &Ask) -> Result<Self, Trouble> {
        let text = |name: &str| ask.query(name).map(str::to_owned);
        let since =
            ask.query("since").map(|since| since.parse::<Day>().map_err(|error| Trouble::bad(format!("`since`: {error}"))));
        let by = ask
            .query("by")
            .map(|name| Bucket::find(name).ok_or_else(|| Trouble::bad(format!("`by` is day, week or month, not `{name}`"))));
        let window = match ask.query("window").map(str::parse::<i32>) {
            None => WINDOW,
            Some(Ok(days)) if (1..=WINDOW_AT_MOST).contains(&days) => days,
            Some(_) => return Err(Trouble::bad(format!("`window` is a number of days from 1 to {WINDOW_AT_MOST}"))),
        };
        Ok(Self {
            scope: text("scope"),
            team: text("team"),
            since: since.transpose()?,
            window,
            by: by.transpose()?.unwrap_or_default(),
            compares: ask.query("compare").is_some(),
        })
    }

    /// The query of a page with another window or width, as the address has it.
    fn query(&self, window: Option<i32>, by: Bucket) -> String {
        let days = match (window, self.since) {
            (None, Some(since)) => ("since", since.to_string()),
            (window, _) => ("window", window.unwrap_or(self.window).to_string()),
        };
        let scope = self.scope.as_deref().map(|scope| ("scope", scope.to_owned()));
        let team = self.team.as_deref().map(|team| ("team", team.to_owned()));
        let compare = self.compares.then(|| ("compare", "before".to_owned()));
        query(scope.into_iter().chain(team).chain([days, ("by", by.name().to_owned())]).chain(compare))
    }
}

fn query(pairs: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={}", address::value(&value))).collect();
    format!("?{}", pairs.join("&"))
}

/// `/figures`, which is the first page.
pub(in crate::web) fn first(site: &Site, ask: &Ask) -> Shown {
    page(site, ask, Topic::Adoption)
}

/// `/figures/{topic}`.
pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let name = ask.part("topic");
    let topic = Topic::find(name).ok_or_else(|| match figure::find(name) {
        Some(figure) => {
            let topic = plan::of(name).topic;
            let way = format!("/figures/{}#{name}", topic.name());
            Trouble::missing(format!("`{name}` is a figure and no page of figures")).or_see(way, figure.definition.title)
        }
        None => Trouble::missing(format!("there is no page of figures `{name}`")).or_see("/figures", "the figures"),
    })?;
    page(site, ask, topic)
}

fn page(site: &Site, ask: &Ask, topic: Topic) -> Shown {
    let path = format!("/figures/{}", topic.name());
    let choice = Choice::of(ask).map_err(|trouble| trouble.or_see(path.as_str(), topic.title()))?;
    let reader = site.history()?;
    let scopes = match &reader {
        Some(reader) => reader.scopes().map_err(|error| Trouble::failed(&error))?,
        None => Vec::new(),
    };
    let labels: Vec<String> = scopes.iter().map(|scope| selection::label(scope, &scopes)).collect();
    let head = html! { (topics(topic, &choice)) };
    let (Some(reader), Some(first)) = (&reader, labels.first()) else {
        return Ok(Page::of(Section::Figures, topic.title(), html! { (head) (empty(site)) }).into());
    };
    let scope = choice.scope.as_ref().unwrap_or(first);
    let kept = kept_days(reader, scope)?;
    let since = choice.since.or(kept.map(|(first, last)| first.max(last.plus_days(1 - choice.window))));
    let selection = FigureSelection { scope: Some(scope.clone()), team: choice.team.clone(), since, window: None, by: choice.by };
    let today = Day::of(site.clock.now());
    let mut figures = Vec::new();
    // Days of figures of the reports, and of any other: the latter count where there are none of the former.
    let mut days: [Option<(Day, Day)>; 2] = [None, None];
    let (mut shown, mut no_day) = (0_usize, None);
    for figure in plan::figures(topic) {
        // Nobody knows of which team a person of all tools is.
        if figure.reads.tools && choice.team.is_some() {
            figures.push(one(site, &unanswered(site, figure, scope, &choice), None, &selection));
            continue;
        }
        let (answer, before) = match selection::answer(Some(reader), figure, &selection, &site.rules, today) {
            Ok(answer) => {
                shown += 1;
                if let Some((first, last)) = days_of(&answer) {
                    let known = &mut days[usize::from(!is_of_reports(figure))];
                    *known = Some(known.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
                }
                let before = choice.compares.then(|| comparison::before(reader, figure, &selection, &answer, &site.rules, today));
                (answer, before)
            }
            // What one figure lacks does not hide the others.
            Err(error @ (SelectionError::NotRead { .. } | SelectionError::NoDay { .. })) => {
                no_day = no_day.or(matches!(error, SelectionError::NoDay { .. }).then_some(error));
                (unanswered(site, figure, scope, &choice), None)
            }
            Err(error) => return Err(trouble(error, &path)),
        };
        figures.push(one(site, &answer, before.as_deref(), &selection));
    }
    if let Some(error) = no_day.filter(|_| shown == 0) {
        return Err(trouble(error, &path));
    }
    let body = html! {
        (head)
        (controls(&path, &labels, scope, &teams(reader, scope), &choice))
        @if let Some((first, last)) = days[0] {
            // A week or a month stands on its last day, and begins where days are kept.
            @let begin = [Some(choice.by.first_day(first)), since, kept.map(|(kept, _)| kept)].into_iter().flatten().max();
            @let end = kept.map_or(last, |(_, kept)| kept.min(last));
            (selected(scope, &choice, (begin.unwrap_or(first).min(first), end)))
        } @else if let Some(days) = days[1] {
            (selected(scope, &choice, days))
        }
        @if figures.is_empty() {
            p.lead { "There is no figure about this yet." }
        } @else {
            div.charts { @for figure in figures { (figure) } }
        }
    };
    Ok(Page::of(Section::Figures, topic.title(), body).into())
}

/// The first and the last day of which anything is kept of a scope.
fn kept_days(reader: &HistoryReader, label: &str) -> Result<Option<(Day, Day)>, Trouble> {
    let failed = |error| Trouble::failed(&error);
    let scopes = reader.scopes().map_err(failed)?;
    let mut extent = None;
    for scope in scopes.iter().filter(|scope| scope.name.eq_ignore_ascii_case(label) || selection::label(scope, &scopes) == label)
    {
        extent = extent.or(reader.extent(scope, Part::Aggregate).map_err(failed)?);
    }
    Ok(extent)
}

/// An answer without a point.
fn unanswered(site: &Site, figure: &Figure, scope: &str, choice: &Choice) -> FigureAnswer {
    let (definition, team) = (figure.definition.for_groups_of(site.rules.smallest_group), choice.team.clone());
    FigureAnswer { definition, scope: scope.to_owned(), team, by: choice.by, series: Vec::new() }
}

/// Links to the pages of figures, with the same selection.
fn topics(current: Topic, choice: &Choice) -> Markup {
    let query = choice.query(None, choice.by);
    html! {
        nav aria-label="Pages of figures" { ul.filters {
            @for topic in Topic::PAGES {
                li { a href={ "/figures/" (topic.name()) (query) } aria-current=[(topic == current).then_some("page")] { (topic.title()) } }
            }
        } }
    }
}

/// Slugs of the teams of a scope on the newest day that has teams, in alphabetical order. They are offered while one writes, and no
/// more: where they cannot be read there are none, and a figure that reads teams says why.
fn teams(reader: &HistoryReader, label: &str) -> Vec<String> {
    let scopes = reader.scopes().unwrap_or_default();
    let meant = scopes.iter().filter(|scope| selection::label(scope, &scopes).eq_ignore_ascii_case(label));
    let mut teams: Vec<String> = meant.flat_map(|scope| reader.teams(scope).unwrap_or_default()).collect();
    teams.sort_unstable();
    teams
}

/// Whether the days of a figure are those of the scope's reports. Seats are read on days of their own, tools and bills elsewhere.
fn is_of_reports(figure: &Figure) -> bool {
    figure.reads.parts().all(|part| !matches!(part, "seats" | "tools" | "billing"))
}

/// The first and the last day of an answer.
fn days_of(answer: &FigureAnswer) -> Option<(Day, Day)> {
    let days = || answer.series.iter().flat_map(|series| &series.points).map(|point| point.day);
    days().min().zip(days().max())
}

/// What is shown, in words.
fn selected(scope: &str, choice: &Choice, (first, last): (Day, Day)) -> Markup {
    let days = u64::from(last.days_since(first).unsigned_abs()) + 1;
    html! {
        p.aside {
            strong { (scope) } @if let Some(team) = &choice.team { ", team " strong { (team) } }
            ": " (counted(days, "day", "days")) ", " time datetime=(first) { (first) } " to " time datetime=(last) { (last) }
            @if choice.since.is_none() && days < u64::from(choice.window.unsigned_abs()) { ", all that is kept" }
            "."
        }
    }
}

fn controls(path: &str, labels: &[String], scope: &str, teams: &[String], choice: &Choice) -> Markup {
    html! {
        form.line method="get" action=(path) {
            label { "Scope " select name="scope" {
                @for label in labels { option value=(label) selected[label == scope] { (label) } }
            } }
            @if !teams.is_empty() || choice.team.is_some() {
                label { "Team " input name="team" list="teams" value=[choice.team.as_deref()] placeholder="all" size="10" autocomplete="off" spellcheck="false"; }
                datalist id="teams" { @for team in teams { option value=(team) {} } }
            }
            label { "From " input type="date" name="since" value=[choice.since.map(|since| since.to_string())]; }
            @if choice.since.is_none() { input type="hidden" name="window" value=(choice.window); }
            label { "A point for each " select name="by" {
                @for by in Bucket::ALL { option value=(by.name()) selected[by == choice.by] { (by.name()) } }
            } }
            label { input type="checkbox" name="compare" value="before" checked[choice.compares]; " Compare with days before" }
            button { "Show" }
        }
        ul.filters aria-label="Days" { @for (days, words) in WINDOWS {
            @let is_current = choice.since.is_none() && choice.window == days;
            li { a href={ (path) (choice.query(Some(days), choice.by)) } aria-current=[is_current.then_some("true")] { (words) } }
        } }
    }
}

/// A figure, with links to its data.
fn one(site: &Site, answer: &FigureAnswer, before: Option<&[Series]>, selection: &FigureSelection) -> Markup {
    let id = answer.definition.id;
    let query = data_query(selection);
    let links = vec![
        ("CSV".to_owned(), format!("/api/figures/{id}.csv{query}")),
        ("JSON".to_owned(), format!("/api/figures/{id}{query}")),
    ];
    let is_held = answer.series.iter().flat_map(|series| &series.points).any(|point| point.state != PointState::NotHeld);
    let has_point = answer
        .series
        .iter()
        .flat_map(|series| &series.points)
        .any(|point| point.value.is_some() || matches!(point.state, PointState::NotHeld | PointState::Withheld));
    let nothing = (is_held && !has_point).then(|| html! { p { "Nothing happened on these days that this figure counts." } });
    let note = nothing.or_else(|| (!is_held).then(|| missing(site, answer)));
    let compared = before.filter(|_| is_held).map(|before| comparison::table(answer, before));
    let is_of_tools = figure::find(id).is_some_and(|figure| figure.reads.tools);
    let whose = (is_of_tools && is_held).then(|| html! { p.aside { "Of all accounts together, whichever scope is chosen." } });
    let beside =
        (compared.is_some() || whose.is_some()).then(|| html! { (whose.unwrap_or_default()) (compared.unwrap_or_default()) });
    let before = before.unwrap_or_default().to_vec();
    chart::figure(answer, &ChartOptions { prefix: id.to_owned(), links, level: 2, is_folded: true, note, before, beside })
}

/// The selection as the query of the data.
fn data_query(selection: &FigureSelection) -> String {
    let pairs = [
        ("scope", selection.scope.clone()),
        ("team", selection.team.clone()),
        ("since", selection.since.map(|since| since.to_string())),
        ("by", Some(selection.by.name().to_owned())),
    ];
    query(pairs.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

/// The parts of a day, what each is, and the kinds that bring it.
const PARTS: [(&str, &str, &[&str]); 7] = [
    ("aggregate", "the day's numbers of the whole", &["organization-usage-metrics", "enterprise-usage-metrics"]),
    ("people", "the day's people", &["organization-user-usage-metrics", "enterprise-user-usage-metrics"]),
    ("teams", "the day's teams", &["team-usage-metrics", "enterprise-team-usage-metrics"]),
    ("seats", "the seats", &["copilot-seats"]),
    ("billing", "the lines of the bill", &["ai-credit-usage"]),
    ("repositories", "the day's repositories", &["repository-usage-metrics"]),
    ("tools", "the day's people of each AI tool", &["ai-tool-usage"]),
];

/// What would bring a figure that has no day.
pub(super) fn missing(site: &Site, answer: &FigureAnswer) -> Markup {
    let figure = figure::find(answer.definition.id);
    if answer.team.is_some() && figure.is_some_and(|figure| figure.reads.tools) {
        return html! { p { "It is of all accounts of all tools together, of which nobody knows the team." } };
    }
    let reads: Vec<&str> = figure.map(|figure| figure.reads.parts().collect()).unwrap_or_default();
    let days_before = figure.map_or(0, |figure| figure.days_before);
    // Without a report of a run nothing is said about the mapping.
    let runs = site.runs();
    let newest = runs.ids().ok().and_then(|ids| runs.of(&ids[..ids.len().min(1)]).0.into_iter().next());
    let is_read =
        |kinds: &[&str]| newest.as_ref().is_none_or(|run| run.slices.iter().any(|slice| kinds.contains(&slice.kind.as_str())));
    let held = held_parts(site, &answer.scope);
    let lacking: Vec<_> = PARTS.iter().filter(|(part, ..)| reads.contains(part) && !held.contains(part)).collect();
    let needs_prices = site.rules.inputs.prices.is_empty() && figure.is_some_and(|figure| figure.reads.prices);
    if lacking.is_empty() && !needs_prices {
        return html! {
            @if answer.team.is_some() {
                p { "Not held of this team, or of too few days. It counts " (answer.definition.population) "." }
            } @else {
                p { "Not held: what it needs was read, but of too few days." }
            }
            (looks_back(site, days_before))
        };
    }
    html! {
        p { "Not held:" }
        ul { @for (_, what, kinds) in &lacking {
            li {
                "It needs " (what) ", which kind " (code_list(kinds)) " brings"
                @if is_read(kinds) { "." } @else { "; it is not in the mapping of the newest run." }
            }
        }
        @if needs_prices { li { "It needs prices of seats, which are in the settings: " code { "PILOTAGE_FIGURES_PRICES" } "." } }
        }
    }
}

/// How far the points of a figure look back, and what reads days before those that are kept.
fn looks_back(site: &Site, days_before: i32) -> Markup {
    html! {
        p {
            @if days_before == ALL_DAYS { "Its points look back over all that is kept. " }
            @else if days_before > 0 { "Its points look back as far as " (counted(days_before.unsigned_abs().into(), "day", "days")) ". " }
            "Each resync adds days, and " code { "pilotage backfill" (site.flags) } " reads earlier ones."
        }
    }
}

/// The parts of which the history has days of a scope. None where it cannot be read, which other places tell.
fn held_parts(site: &Site, label: &str) -> Vec<&'static str> {
    let Ok(Some(reader)) = site.history() else { return Vec::new() };
    let scopes = reader.scopes().unwrap_or_default();
    let scope = scopes.iter().find(|scope| selection::label(scope, &scopes).eq_ignore_ascii_case(label));
    let is_held = |part: &&Part| match part {
        // Accounts of tools are scopes of their own.
        Part::Tools => reader.extent_of_tools().is_ok_and(|extent| extent.is_some()),
        part => scope.is_some_and(|scope| reader.extent(scope, **part).is_ok_and(|extent| extent.is_some())),
    };
    Part::ALL.iter().filter(is_held).map(|part| part.name()).collect()
}

fn code_list(names: &[&str]) -> Markup {
    html! { @for (number, name) in names.iter().enumerate() { @if number > 0 { " or " } code { (name) } } }
}

/// A data folder without a day.
fn empty(site: &Site) -> Markup {
    html! {
        p.lead { "No numbers are kept yet." }
        p { "A resync keeps them, when the mapping has a resource of kind " (code_list(&["organization-usage-metrics", "enterprise-usage-metrics"])) ":" }
        p { code { "pilotage resync" (site.flags) } }
        p { "Without an account, " code { "pilotage demo" } " shows a simulated GitHub." }
    }
}

/// `/api/figures/{figure}` and `/api/figures/{figure}.csv`: what `pilotage figures show` prints as JSON or CSV.
pub(in crate::web) fn data(site: &Site, ask: &Ask) -> Shown {
    let name = ask.part("figure");
    let (id, is_csv) = name.strip_suffix(".csv").map_or((name, false), |id| (id, true));
    let figure: &Figure = figure::find(id).ok_or_else(|| {
        let trouble = Trouble::missing(format!("there is no figure `{id}`"));
        match figure::nearest(id) {
            Some(near) => trouble.or_see(format!("/definitions/{}", near.definition.id), near.definition.title),
            None => trouble.or_see("/definitions", "all definitions"),
        }
    })?;
    let choice = Choice::of(ask)?;
    let selection = FigureSelection { scope: choice.scope, team: choice.team, since: choice.since, window: None, by: choice.by };
    let way = format!("/figures/{}", plan::of(id).topic.name());
    let reader = site.history()?;
    let answer = selection::answer(reader.as_ref(), figure, &selection, &site.rules, Day::of(site.clock.now()));
    let answer = answer.map_err(|error| trouble(error, &way))?;
    Ok(match is_csv {
        true => {
            Answer::Data { content_type: "text/csv; charset=utf-8", text: answer.csv(), file_name: Some(format!("{id}.csv")) }
        }
        false => Answer::Data { content_type: "application/json", text: answer.json_text(), file_name: None },
    })
}

/// A selection without an answer, with a way on.
pub(super) fn trouble(error: SelectionError, path: &str) -> Trouble {
    let way = |trouble: Trouble| trouble.or_see(path, "the whole selection");
    match error {
        SelectionError::History(error) => Trouble::failed(&error),
        SelectionError::Nothing | SelectionError::Scope { .. } | SelectionError::Team { .. } | SelectionError::NotRead { .. } => {
            way(Trouble::missing(error.to_string()))
        }
        SelectionError::Future { since, today } => {
            way(Trouble::bad(format!("{since} is in the future; today is {today} in UTC")))
        }
        SelectionError::NoDay { newest } => way(Trouble::missing(format!("no day since then was read; the newest is {newest}"))),
        SelectionError::Several(there) => way(Trouble::bad(format!("name one of {} as `scope`", there.join(", ")))),
    }
}
