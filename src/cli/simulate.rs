//! `pilotage simulate`: a GitHub with Copilot metrics on this machine.

use super::console::{self, talk};
use super::failure::{Failure, exit};
use super::flags::SimulateFlags;
use super::mapping_file::read_text;
use super::process::Process;
use super::serving::{self, take};
use crate::door::clock::Clock;
use crate::door::serving::ServingLimits;
use crate::door::serving::hosts::AllowedHosts;
use crate::simulator::{Faults, Simulator, SimulatorSource, World, WorldOptions};

pub(super) async fn run(process: &Process, flags: &SimulateFlags) -> Result<u8, Failure> {
    process.settings(process.common.overrides(None, false))?;
    let (api, signed) = (take(flags.listen).await?, take(flags.signed_listen).await?);
    let (url, signed_url) = (api.url(), signed.url());
    let (source, about) = match &flags.replay {
        Some(folder) => (SimulatorSource::Replay(folder.clone()), format!("recorded answers of {}", folder.display())),
        None => {
            let defaults = WorldOptions::default();
            let options = WorldOptions {
                seed: flags.seed,
                organizations: flags.orgs,
                teams: flags.teams,
                users: flags.users,
                days: flags.days,
                until: flags.until.unwrap_or(defaults.until),
                legacy: flags.legacy,
                ..defaults
            };
            let closed = if flags.legacy { "with" } else { "without" };
            let about = format!(
                "seed {}, {} organizations of {} teams and {} users, {} days until {}, {closed} the endpoints closed on 2026-04-02",
                options.seed, options.organizations, options.teams, options.users, options.days, options.until
            );
            (SimulatorSource::World(World::new(options)), about)
        }
    };
    let simulator = Simulator::new(source, &signed_url).map_err(|error| Failure::from_error(exit::WRONG, &error))?;
    let simulator = with_faults(simulator, flags)?;
    let (hosts, signed_hosts) = [&api, &signed].map(|place| AllowedHosts::of(place.address(), &flags.allow_host)).into();
    let _api = api.serve(hosts.guard(simulator.api_router()), ServingLimits::STANDARD);
    let _signed = signed.serve(signed_hosts.guard(simulator.signed_router()), ServingLimits::STANDARD);
    console::data(console::Written::Page, &format!("{url}\n"))?;
    talk(&format!("simulated GitHub at {url}, signed downloads at {signed_url}\n{about}{}\nCtrl-C ends it", rehearsed(flags)));
    serving::wait_for_stop_signal().await;
    Ok(exit::DONE)
}

/// Adds the scenario and the rules of a file.
fn with_faults(simulator: Simulator, flags: &SimulateFlags) -> Result<Simulator, Failure> {
    let simulator = match flags.scenario {
        Some(scenario) => simulator.with_scenario(scenario, Clock::system()),
        None => simulator,
    };
    let Some(file) = &flags.rules else { return Ok(simulator) };
    let faults = Faults::from_yaml(&read_text(file)?).map_err(|error| {
        Failure::wrong(format!("{}:{error}", file.display())).help("docs/simulator.md lists the keys of a rule, with examples")
    })?;
    Ok(simulator.with_faults(faults))
}

/// The faults, for people.
fn rehearsed(flags: &SimulateFlags) -> String {
    let scenario = flags.scenario.map(|scenario| format!("\nscenario {}: {}", scenario.name(), scenario.about()));
    let rules = flags.rules.as_ref().map(|file| format!("\nrules of {}", file.display()));
    scenario.into_iter().chain(rules).collect()
}
