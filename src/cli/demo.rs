//! `pilotage demo`: a simulated GitHub with its closed endpoints alive, the embedded catalog, one resync. No account.

use std::net::{Ipv4Addr, SocketAddr};

use super::carry_out::{carry_out, or_stopped, print};
use super::console::talk;
use super::failure::{Failure, exit};
use super::flags::{DemoFlags, ScopeFlags};
use super::open_catalog::open_embedded;
use super::process::Process;
use super::progress::Progress;
use super::serving::{self, take};
use super::world::{Places, World};
use crate::door::serving::hosts::AllowedHosts;
use crate::door::serving::{BoundAddress, Serving, ServingLimits};
use crate::integration::RunRequest;
use crate::integration::guard::Admission;
use crate::reconcile::outcome::Mode;
use crate::simulator::{Simulator, SimulatorSource, World as SimulatedWorld, WorldOptions};

/// The demo's subfolder of the data folder, so that it never mixes with a real catalog.
const DEMO_FOLDER: &str = "demo";

pub(super) async fn run(process: &Process, flags: &DemoFlags) -> Result<u8, Failure> {
    let end = serving::stop_signal();
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (api, signed, catalog_place) = (take(free).await?, take(free).await?, take(free).await?);
    let simulated = SimulatedWorld::new(WorldOptions { legacy: true, ..WorldOptions::default() });
    let options = simulated.options().clone();
    let simulator = Simulator::new(SimulatorSource::World(simulated), signed.url());
    let simulator = simulator.map_err(|error| Failure::from_error(exit::FAILED, &error))?;
    let github_url = api.url();
    let _api = guarded(api, simulator.api_router());
    let _signed = guarded(signed, simulator.signed_router());

    let data = process.settings(process.common.overrides(None, false))?.data.join(DEMO_FOLDER);
    let catalog = open_embedded(&data, &process.clock)?;
    let catalog_url = catalog_place.url();
    let _catalog = guarded(catalog_place, catalog.router(&catalog_url));

    if !process.common.quiet {
        talk(&format!(
            "simulated GitHub  {github_url}  (seed {}, {} organizations, {} users, {} days until {})",
            options.seed,
            options.organizations,
            options.organizations * options.users,
            options.days,
            options.until
        ));
        talk(&format!("embedded catalog  {catalog_url}  ({})", data.display()));
    }
    let places = Places { github: Some(github_url), catalog: Some(catalog_url) };
    let scope = ScopeFlags::default();
    let overrides = process.common.overrides(Some(&scope), false);
    let mut world = or_stopped(&end, World::open_with(process, &scope, overrides, &places, Mode::Resync)).await?;
    // Its reports stay beside its catalog, too.
    world.books.data.clone_from(&data);
    let progress = Progress::new(process.screen.clone());
    // The demo has its catalog to itself.
    let outcome = carry_out(process, &world, RunRequest::new(Admission::Unchecked, &progress), &end).await?;
    drop(progress);
    print(&outcome, flags.output)?;
    if flags.once {
        if !process.common.quiet {
            let folder = data.display();
            talk(&format!("\nlook at what it left: pilotage catalog list --data {folder} github_copilot_usage"));
        }
    } else {
        talk("\nthe catalog is being served; Ctrl-C ends the demo");
        end.cancelled().await;
    }
    Ok(outcome.exit_code(false))
}

/// Serves other programs of this machine, but no page of a browser there.
fn guarded(place: BoundAddress, router: axum::Router) -> Serving {
    let hosts = AllowedHosts::of(place.address(), &[]);
    place.serve(hosts.guard(router), ServingLimits::STANDARD)
}
