//! `pilotage seats`: who has a seat of Copilot; giving and taking some. The one verb that writes to GitHub.

use serde_json::Value;

use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::{SeatHolderFlags, SeatsFlags, SeatsVerb, TextOrJson};
use super::network::open_network;
use super::process::Process;
use super::question::agreed;
use super::sources;
use crate::github::{GitHub, GitHubError};
use crate::model::seat::{SeatHolders, SeatVerb, Seats};
use crate::render;
use crate::settings::Overrides;

/// GitHub's value for a policy under which people and teams are chosen.
const SELECTED: &str = "assign_selected";

pub(super) async fn run(process: &Process, flags: &SeatsFlags) -> Result<u8, Failure> {
    let github_host = flags.verb.place().github_host.clone();
    let overrides = Overrides { github_host, ..process.common.overrides(None, false) };
    let settings = process.settings(overrides)?;
    let network = open_network(&settings)?;
    let organization = &flags.verb.place().org;
    let github = sources::of_organization(&sources::open(process, &settings, &network)?, organization);
    match &flags.verb {
        SeatsVerb::List { output, .. } => {
            let seats = github.seats(organization).await.map_err(|error| failure(&error, "read:org"))?;
            let text = match output {
                TextOrJson::Text => render::seats::list(&seats),
                TextOrJson::Json => {
                    serde_json::to_string_pretty(&seats).map_err(|error| Failure::failed(error.to_string()))? + "\n"
                }
            };
            console::data(*output, &text)?;
            check_whole(&seats, exit::PARTIAL)?;
            Ok(exit::DONE)
        }
        SeatsVerb::Add { holders, yes, .. } => change(&github, organization, SeatVerb::Add, holders, *yes).await,
        SeatsVerb::Remove { holders, yes, .. } => change(&github, organization, SeatVerb::Remove, holders, *yes).await,
    }
}

async fn change(github: &GitHub, organization: &str, verb: SeatVerb, flags: &SeatHolderFlags, yes: bool) -> Result<u8, Failure> {
    let seats = github.seats(organization).await.map_err(|error| failure(&error, "manage_billing:copilot"))?;
    // A change that is shown must be the one that is made.
    check_whole(&seats, exit::FAILED)?;
    if seats.setting != SELECTED {
        let message =
            format!("seats of `{organization}` are not given to those who are chosen: its setting is `{}`", seats.setting);
        let help = format!(
            "choose \"Enabled for selected members\" at https://github.com/organizations/{organization}/settings/copilot/seat_management"
        );
        return Err(Failure::failed(message).help(help));
    }
    let holders = holders(github, organization, flags).await?;
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
    let count = github.change_seats(organization, verb, &plan.holders_to_change(holders)).await;
    let count = count.map_err(|error| failure(&error, "manage_billing:copilot"))?;
    let done = if verb == SeatVerb::Add { "created" } else { "cancelled" };
    console::data(Written::Page, &format!("seats {done}: {count}\n"))?;
    Ok(exit::DONE)
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

async fn holders(github: &GitHub, organization: &str, flags: &SeatHolderFlags) -> Result<SeatHolders, Failure> {
    if flags.team.is_empty() {
        return Ok(SeatHolders::Users(flags.user.clone()));
    }
    let mut teams = Vec::new();
    for team in &flags.team {
        let members = github.team_members(organization, team).await.map_err(|error| failure(&error, "read:org"))?.objects;
        let login = |member: &Value| member.get("login").and_then(Value::as_str).map(str::to_owned);
        teams.push((team.clone(), members.iter().filter_map(login).collect()));
    }
    Ok(SeatHolders::Teams(teams))
}

fn failure(error: &GitHubError, scope: &str) -> Failure {
    if error.status().is_some_and(|status| status.as_u16() == 422) {
        let help = "check that each of them is a member of the organization, and that it pays for Copilot";
        return Failure::from_error(exit::FAILED, error).help(help);
    }
    let help = format!(
        "the credential must be of an owner of the organization, with the scope `{scope}`; `pilotage doctor --all` tests it"
    );
    Failure::from_error(exit::FAILED, error).help(help)
}
