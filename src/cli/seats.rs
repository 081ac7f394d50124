//! `pilotage seats`: who has a seat of Copilot; giving and taking some. The one verb that writes to GitHub.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::{SeatHolderFlags, SeatsFlags, SeatsVerb, TextOrJson};
use super::network::open_network;
use super::process::Process;
use super::question::agreed;
use super::sources;
use crate::figure::context::FigureRules;
use crate::github::{GitHub, GitHubError};
use crate::model::day::Day;
use crate::model::reclaim::{ReclaimList, ReclaimRules};
use crate::model::seat::{LIST_PRICES, SeatHolders, SeatOwner, SeatVerb, Seats};
use crate::render;
use crate::render::seats::SeatPrice;
use crate::settings::Overrides;

/// GitHub's value for a policy under which people and teams are chosen.
const SELECTED: &str = "assign_selected";
/// Scope of a token that may change seats.
const CHANGES: &str = "manage_billing:copilot";

pub(super) async fn run(process: &Process, flags: &SeatsFlags) -> Result<u8, Failure> {
    let place = flags.verb.place();
    let github_host = place.github_host.clone();
    let overrides = Overrides { github_host, ..process.common.overrides(None, false) };
    let settings = process.settings(overrides)?;
    let network = open_network(&settings)?;
    let opened = sources::open(process, &settings, &network)?;
    let (owner, github) = match (&place.owner.org, &place.owner.enterprise) {
        (Some(organization), _) => {
            (SeatOwner::Organization(organization.clone()), sources::of_organization(&opened, organization))
        }
        (None, enterprise) => {
            let enterprise = enterprise.clone().unwrap_or_default();
            let github = sources::of_enterprise(&opened, &enterprise);
            (SeatOwner::Enterprise(enterprise), github)
        }
    };
    match &flags.verb {
        SeatsVerb::List { user, inactive, days, grace, exclude, output, .. } => {
            let seats = match &owner {
                SeatOwner::Organization(organization) if !user.is_empty() => {
                    github.seats_of(organization, user).await.map_err(|error| failure(&error, &owner, "read:org"))?
                }
                _ => all(&github, &owner, "read:org").await?,
            };
            let has_seat = |login: &&String| seats.seats.iter().any(|seat| seat.login.eq_ignore_ascii_case(login));
            for login in user.iter().filter(|login| !has_seat(login)) {
                talk(&format!("note: `{login}` has no seat that `{}` gives", seats.organization));
            }
            let rules = inactive.then(|| ReclaimRules { days: *days, grace: *grace, exclude: exclude.clone() });
            print(&seats, rules.as_ref(), &settings.figures, process.clock.now(), *output)?;
            check_whole(&seats, exit::PARTIAL)?;
            Ok(exit::DONE)
        }
        SeatsVerb::Add { holders, yes, .. } => change(&github, &owner, SeatVerb::Add, holders, *yes).await,
        SeatsVerb::Remove { holders, yes, .. } => change(&github, &owner, SeatVerb::Remove, holders, *yes).await,
    }
}

/// All seats of an organization or enterprise. `scope` is that of a classic token that the whole command needs.
async fn all(github: &GitHub, owner: &SeatOwner, scope: &str) -> Result<Seats, Failure> {
    let seats = match owner {
        SeatOwner::Organization(organization) => github.seats(organization).await,
        SeatOwner::Enterprise(enterprise) => github.seats_of_enterprise(enterprise).await,
    };
    seats.map_err(|error| failure(&error, owner, scope))
}

/// Prints all seats, or those that nobody uses.
fn print(
    seats: &Seats,
    rules: Option<&ReclaimRules>,
    figures: &FigureRules,
    now: Timestamp,
    output: TextOrJson,
) -> Result<(), Failure> {
    let price = price(&seats.plan, figures, Day::of(now));
    let text = match (rules, output) {
        (None, TextOrJson::Text) => render::seats::list(seats, price.as_ref()),
        (None, TextOrJson::Json) => json(seats)?,
        (Some(rules), output) => {
            let of_plan = |plan: &str| self::price(plan, figures, Day::of(now)).map(|price| price.dollars);
            let list = ReclaimList::of(seats, rules, now, of_plan);
            match output {
                TextOrJson::Text => render::seats::reclaim(&list, rules, price.as_ref()),
                TextOrJson::Json => json(&list)?,
            }
        }
    };
    Ok(console::data(output, &text)?)
}

/// The price of a seat: that of the settings on the day, else the list price.
fn price(plan: &str, figures: &FigureRules, day: Day) -> Option<SeatPrice> {
    let prices = &figures.inputs.prices;
    if let Some(dated) = prices.iter().filter(|it| it.from <= day && it.plan.eq_ignore_ascii_case(plan)).max_by_key(|it| it.from)
    {
        return Some(SeatPrice { dollars: dated.amount, source: format!("{}, from {} on", dated.source, dated.from) });
    }
    let listed = LIST_PRICES.iter().find(|price| price.plan.eq_ignore_ascii_case(plan))?;
    Some(SeatPrice { dollars: listed.dollars as f64, source: format!("list price of {}", listed.as_of) })
}

async fn change(github: &GitHub, owner: &SeatOwner, verb: SeatVerb, flags: &SeatHolderFlags, yes: bool) -> Result<u8, Failure> {
    let organization = owner.name();
    let seats = all(github, owner, CHANGES).await?;
    // A change that is shown must be the one that is made.
    check_whole(&seats, exit::FAILED)?;
    // Of an enterprise GitHub does not tell it, and refuses the change with 422.
    if seats.setting != SELECTED && !seats.is_enterprise {
        let message =
            format!("seats of `{organization}` are not given to those who are chosen: its setting is `{}`", seats.setting);
        let help = format!(
            "choose \"Enabled for selected members\" at https://github.com/organizations/{organization}/settings/copilot/seat_management"
        );
        return Err(Failure::failed(message).help(help));
    }
    let holders = holders(github, owner, flags).await?;
    let plan = seats.plan(verb, &holders);
    console::data(Written::Page, &render::seats::plan(&plan))?;
    // A team that is chosen keeps giving seats to whoever joins it, so choosing one is a change even when nobody is concerned now.
    if plan.is_empty() && matches!(holders, SeatHolders::Users(_)) {
        talk("there is nothing to change");
        return Ok(exit::DONE);
    }
    if !yes && !agreed("go on?")? {
        talk("nothing was changed");
        return Ok(exit::FAILED);
    }
    let count = github.change_seats(owner, verb, &plan.holders_to_change(holders)).await;
    let count = count.map_err(|error| failure(&error, owner, CHANGES))?;
    let done = if verb == SeatVerb::Add { "created" } else { "cancelled" };
    console::data(Written::Page, &format!("seats {done}: {count}\n"))?;
    Ok(exit::DONE)
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
    Ok(text + "\n")
}

/// Refuses a list of seats that may not be whole, as a resync does.
fn check_whole(seats: &Seats, code: u8) -> Result<(), Failure> {
    let Some(end) = &seats.incomplete else { return Ok(()) };
    let reason = end.reason().unwrap_or_default();
    let message = format!("these may not be all seats of `{}`: {reason}", seats.organization);
    let mut failure = Failure::failed(message).help(end.remedy().unwrap_or_default());
    failure.code = code;
    Err(failure)
}

async fn holders(github: &GitHub, owner: &SeatOwner, flags: &SeatHolderFlags) -> Result<SeatHolders, Failure> {
    if flags.team.is_empty() {
        return Ok(SeatHolders::Users(flags.user.clone()));
    }
    let mut teams = Vec::new();
    for team in &flags.team {
        let members = github.team_members(owner.name(), team).await;
        let members = members.map_err(|error| failure(&error, owner, "read:org"))?.objects;
        let login = |member: &Value| member.get("login").and_then(Value::as_str).map(str::to_owned);
        teams.push((team.clone(), members.iter().filter_map(login).collect()));
    }
    Ok(SeatHolders::Teams(teams))
}

fn failure(error: &GitHubError, owner: &SeatOwner, scope: &str) -> Failure {
    let is_invalid = error.status().is_some_and(|status| status.as_u16() == 422);
    let help = match owner {
        SeatOwner::Organization(_) if is_invalid => {
            "check that each of them is a member of the organization, and that it pays for Copilot".to_owned()
        }
        SeatOwner::Enterprise(_) if is_invalid => "check that each of them belongs to the enterprise, that it pays for Copilot, \
             and that its setting gives Copilot to selected people"
            .to_owned(),
        SeatOwner::Organization(_) => format!(
            "the credential must be of an owner of the organization, with the scope `{scope}`; `pilotage doctor --all` tests it"
        ),
        SeatOwner::Enterprise(_) => {
            "the credential must be a classic token of an owner or billing manager of the enterprise, with the scope \
             `manage_billing:copilot`; `pilotage doctor --all` tests it"
                .to_owned()
        }
    };
    Failure::from_error(exit::FAILED, error).help(help)
}
