//! `pilotage demo`: a simulated GitHub with its closed endpoints alive, the embedded catalog, one resync. No account.

use std::net::{Ipv4Addr, SocketAddr};

use super::bundled;
use super::carry_out::{carry_out, or_stopped, print};
use super::console::{self, Written, talk};
pub(super) use super::demo_folder::folder;
use super::demo_page;
use super::demo_seats;
use super::failure::{Failure, exit};
use super::figures;
use super::flags::{DemoFlags, ScopeFlags, TextOrJson};
use super::network::seed;
use super::open_catalog::open_embedded;
use super::people;
use super::process::Process;
use super::progress::Progress;
use super::serving::{self, take};
use super::waits;
use super::web::PagesPlace;
use super::world::{Base, Places, World, source_failure};
use crate::door::serving::hosts::AllowedHosts;
use crate::door::serving::{BoundAddress, Serving, ServingLimits};
use crate::history::ScopeKey;
use crate::integration::RunRequest;
use crate::integration::guard::Admission;
use crate::model::person::PersonAliases;
use crate::reconcile::outcome::Mode;
use crate::resync::context::run_id;
use crate::resync::observe::NoObserver;
use crate::simulator::{Simulator, SimulatorSource, World as SimulatedWorld, WorldOptions};

pub(super) async fn run(process: &Process, flags: &DemoFlags) -> Result<u8, Failure> {
    let end = serving::stop_signal();
    let pages_place = if flags.once { None } else { Some(PagesPlace::of_demo().await?) };
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (api, signed, catalog_place) = (take(free).await?, take(free).await?, take(free).await?);
    let simulated = SimulatedWorld::new(WorldOptions { legacy: true, ..WorldOptions::default() });
    let aliases = aliases(&simulated)?;
    let options = simulated.options().clone();
    let simulator = Simulator::new(SimulatorSource::World(simulated), signed.url());
    let simulator = simulator.map_err(|error| Failure::from_error(exit::FAILED, &error))?;
    let seats = demo_seats::days(&simulator, &options);
    let github_url = api.url();
    let _api = guarded(api, simulator.api_router());
    let _signed = guarded(signed, simulator.signed_router());

    let data = folder(process.settings(process.common.overrides(None, false))?.data, true);
    let catalog = open_embedded(&data, &process.clock)?;
    let catalog_url = catalog_place.url();
    let _catalog = guarded(catalog_place, catalog.router(&catalog_url));

    talk(&format!(
        "GitHub   {github_url}, simulated: {} organizations, {} users, {} days",
        options.organizations,
        options.organizations * options.users,
        options.days
    ));
    talk(&format!("catalog  {catalog_url}, in {}", data.display()));
    let places = Places {
        github: Some(github_url),
        catalog: Some(catalog_url),
        newest_day: Some(options.until),
        people: Some(aliases),
        mapping: Some((bundled::demo_mapping(), bundled::DEMO_MAPPING_NAME)),
    };
    let scope = ScopeFlags::default();
    let overrides = process.common.overrides(Some(&scope), false);
    let mut base = Base::open(process, process.settings(overrides)?, &scope, &places, Mode::Resync)?;
    let (context, source) = (base.context.clone(), base.source.clone());
    let pages = match pages_place {
        None => None,
        Some(place) => {
            let metrics = figures::metrics(process, &base.settings, &data);
            Some(place.serve(process, &mut base, &scope, &places, Some(metrics))?)
        }
    };
    if let Some(feed) = &base.books.feed {
        feed.because("the start of the demo");
    }
    let mut world = or_stopped(&end, World::of(base)).await?;
    // Its reports stay beside its catalog, too.
    world.books.data.clone_from(&data);
    // Its GitHub has another port each time, and is the same one in its history.
    world.books.host = ScopeKey::SIMULATED.to_owned();
    // Its days are its own, too: the newest is not today.
    world.books.snapshot_day = Some(options.until);
    // Elsewhere than on a terminal, lines of progress would stand before the first screen.
    let screen = process.screen.bars_only();
    let progress = Progress::new(screen, world.resync.resources.len()).watching(waits::of(&world));
    // The demo has its catalog to itself.
    let ended = carry_out(process, &world, RunRequest::new(Admission::Unchecked, &progress), &end).await;
    drop(progress);
    let ended = ended?;
    if world.books.history {
        let ingest = people::rules(&world.settings)?.ingest(&data).map_err(|error| people::failure(&error))?;
        demo_seats::keep(seats, &data, ScopeKey::SIMULATED, &ingest, &process.clock);
    }
    match flags.output {
        TextOrJson::Json => print(process, &ended, flags.output)?,
        TextOrJson::Text if process.common.quiet => {}
        TextOrJson::Text => {
            console::data(
                Written::Report,
                &demo_page::text(&ended.outcome, &data, process.common.data.as_deref(), &world.settings.figures)?,
            )?;
        }
    }
    if let Some(pages) = &pages {
        talk(&format!("\nlook at it in a browser: {}\nCtrl-C ends the demo", pages.address()));
        // Whoever looks may want another run, or a plan.
        for number in 1.. {
            if !pages.run_wanted(&end).await {
                break;
            }
            // The mapping may have been changed on the pages.
            let found = source.read(&context.catalog).await.map_err(|error| source_failure(&error))?;
            let name = run_id(seed(), number);
            match found.mapping.map(|mapping| context.prepare(mapping, found.origin, &name)) {
                Some(Ok(prepared)) => world.resync = prepared.resync,
                Some(Err(error)) => tracing::error!(%error, "the mapping cannot be prepared; the one before is used"),
                None => tracing::error!("the integration's mapping cannot be used; the one before is used"),
            }
            let request = RunRequest::new(Admission::Unchecked, &NoObserver);
            if let Err(failure) = carry_out(process, &world, request, &end).await {
                tracing::error!("the run failed: {}", failure.in_one_line());
            }
        }
    }
    Ok(ended.outcome.exit_code(false))
}

/// Those of the simulated people whose names in several tools are known to belong together.
fn aliases(world: &SimulatedWorld) -> Result<PersonAliases, Failure> {
    let known = world.aliases();
    PersonAliases::new(known.iter().map(|(email, login)| (email.as_str(), vec![login.as_str()])))
        .map_err(|error| Failure::failed(format!("the simulated people have no clear names: {error}")))
}

/// Serves other programs of this machine, but no page of a browser there.
fn guarded(place: BoundAddress, router: axum::Router) -> Serving {
    let hosts = AllowedHosts::of(place.address(), &[]);
    place.serve(hosts.guard(router), ServingLimits::STANDARD)
}
