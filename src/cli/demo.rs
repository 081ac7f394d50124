//! `pilotage demo`: a simulated GitHub with its closed endpoints alive, the embedded catalog, one resync. No account.

use std::io::{self, IsTerminal};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use super::bundled;
use super::carry_out::{carry_out, or_stopped, print};
use super::console::{self, Written, talk};
use super::demo_page;
use super::failure::{Failure, exit};
use super::flags::{DemoFlags, ScopeFlags, TextOrJson};
use super::network::seed;
use super::open_catalog::open_embedded;
use super::process::Process;
use super::progress::{Progress, Screen};
use super::serving::{self, take, unless_ended};
use super::web;
use super::world::{Places, World};
use crate::door::serving::hosts::AllowedHosts;
use crate::door::serving::{BoundAddress, Serving, ServingLimits};
use crate::integration::RunRequest;
use crate::integration::guard::Admission;
use crate::reconcile::outcome::Mode;
use crate::resync::context::run_id;
use crate::resync::observe::NoObserver;
use crate::settings::WebSettings;
use crate::simulator::{Simulator, SimulatorSource, World as SimulatedWorld, WorldOptions};
use crate::web::CatalogPlace;
use crate::web::feed::Feed;

/// The demo's subfolder of the data folder, so that it never mixes with a real catalog.
const DEMO_FOLDER: &str = "demo";

/// The host of the demo's scopes in its history.
const SIMULATED_HOST: &str = "simulated";

/// The data folder that a command looks at, given that of the settings.
pub(super) fn folder(data: PathBuf, is_demo: bool) -> PathBuf {
    if is_demo { data.join(DEMO_FOLDER) } else { data }
}

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
            "GitHub   {github_url}, simulated: {} organizations, {} users, {} days",
            options.organizations,
            options.organizations * options.users,
            options.days
        ));
        talk(&format!("catalog  {catalog_url}, in {}", data.display()));
    }
    let places = Places {
        github: Some(github_url),
        catalog: Some(catalog_url),
        mapping: Some((bundled::demo_mapping(), bundled::DEMO_MAPPING_NAME)),
    };
    let scope = ScopeFlags::default();
    let overrides = process.common.overrides(Some(&scope), false);
    let mut world = or_stopped(&end, World::open_with(process, &scope, overrides, &places, Mode::Resync)).await?;
    // Its reports stay beside its catalog, too.
    world.books.data.clone_from(&data);
    // Its GitHub has another port each time, and is the same one in its history.
    world.books.host = SIMULATED_HOST.to_owned();
    let feed = Feed::new(process.clock.clone());
    feed.because("the start of the demo");
    let pages = match flags.once {
        true => None,
        false => {
            let place = pages_place().await?;
            let command_flags = web::command_flags(process, true);
            let feed = Some(Arc::clone(&feed));
            Some(web::serve(process, &WebSettings::default(), place, data.clone(), command_flags, CatalogPlace::Local, feed)?)
        }
    };
    world.books.feed = pages.is_some().then(|| Arc::clone(&feed));
    // Elsewhere than on a terminal, lines of progress would stand before the first screen.
    let screen = if io::stderr().is_terminal() { process.screen.clone() } else { Screen::stderr(true) };
    let progress = Progress::new(screen);
    // The demo has its catalog to itself.
    let outcome = carry_out(process, &world, RunRequest::new(Admission::Unchecked, &progress), &end).await?;
    drop(progress);
    match flags.output {
        TextOrJson::Json => print(&outcome, flags.output)?,
        TextOrJson::Text => console::data(Written::Page, &demo_page::text(&outcome, &data, process.common.data.as_deref())?)?,
    }
    if let Some(pages) = &pages {
        talk(&format!("\nlook at it in a browser: {}\nCtrl-C ends the demo", pages.link.as_ref().unwrap_or(&pages.url)));
        // Whoever looks may want another run.
        for number in 1.. {
            if unless_ended(&end, feed.run_wanted()).await.is_none() {
                break;
            }
            feed.because("a wish on the pages");
            world.resync = world.resync.again(&run_id(seed(), number));
            let request = RunRequest::new(Admission::Unchecked, &NoObserver);
            if let Err(failure) = carry_out(process, &world, request, &end).await {
                tracing::error!("the run failed: {}", failure.in_one_line());
            }
        }
    }
    Ok(outcome.exit_code(false))
}

/// Serves other programs of this machine, but no page of a browser there.
fn guarded(place: BoundAddress, router: axum::Router) -> Serving {
    let hosts = AllowedHosts::of(place.address(), &[]);
    place.serve(hosts.guard(router), ServingLimits::STANDARD)
}

/// The usual address of the pages, or a free one where something else has it.
async fn pages_place() -> Result<BoundAddress, Failure> {
    match BoundAddress::take(SocketAddr::from((Ipv4Addr::LOCALHOST, web::PORT))).await {
        Ok(place) => Ok(place),
        Err(_) => take(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await,
    }
}
