//! `pilotage demo`: a simulated GitHub with its closed endpoints alive, the embedded catalog, one resync. No account.

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};

use super::console::talk;
use super::failure::{Failure, exit};
use super::flags::{CommonFlags, DemoFlags, ScopeFlags};
use super::progress::Progress;
use super::resync::{carry_out, print};
use super::serving::{self, Place};
use super::world::{DemoPlaces, World, settings};
use crate::door::clock::Clock;
use crate::reconcile::outcome::Mode;
use crate::settings::Overrides;
use crate::simulator::{Simulator, World as SimulatedWorld, WorldOptions};

/// The demo's subfolder of the data folder, so that it never mixes with a real catalog.
const DEMO_FOLDER: &str = "demo";

pub(super) async fn run(common: &CommonFlags, flags: &DemoFlags) -> Result<u8, Failure> {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (api, signed, catalog_place) = (Place::take(free).await?, Place::take(free).await?, Place::take(free).await?);
    let simulated = SimulatedWorld::new(WorldOptions { legacy: true, ..WorldOptions::default() });
    let options = simulated.options().clone();
    let simulator = Simulator::of_world(simulated, &signed.url());
    let github_url = api.url();
    let _api = api.serve(simulator.api_router());
    let _signed = signed.serve(simulator.signed_router());

    let data = settings(common, Overrides::default())?.data.join(DEMO_FOLDER);
    let clock = Clock::system();
    let catalog = super::world::open_embedded(&data, &clock)?;
    let catalog_url = catalog_place.url();
    let _catalog = catalog_place.serve(catalog.router(&catalog_url));

    if !common.quiet {
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
    let places = DemoPlaces { github_url, catalog_url };
    let world = World::open_demo(common, &ScopeFlags::default(), &places, Mode::Resync).await?;
    let progress = Progress::new(!common.quiet && std::io::stderr().is_terminal());
    let outcome = carry_out(&world.resync, &progress).await?;
    progress.finish();
    print(&outcome, flags.output)?;
    if flags.once {
        if !common.quiet {
            let folder = data.display();
            talk(&format!("\nlook at what it left: pilotage catalog list --data {folder} github_copilot_usage"));
        }
    } else {
        talk("\nthe catalog is being served; Ctrl-C ends the demo");
        serving::told_to_end().await;
    }
    Ok(outcome.exit_code(false).max(exit::DONE))
}
