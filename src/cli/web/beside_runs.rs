//! Pages beside the runs of this process, as `serve` and `demo` have them: with the run that goes on, with a button for another one,
//! and with plans.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::pages::{self, PageOptions, Pages};
use super::plan_wishes::Planner;
use crate::cli::demo_folder;
use crate::cli::failure::Failure;
use crate::cli::flags::ScopeFlags;
use crate::cli::process::Process;
use crate::cli::serving::{take, unless_ended};
use crate::cli::world::{Base, Places};
use crate::daemon::queue::Trigger;
use crate::door::serving::BoundAddress;
use crate::history::figure_metrics::FigureMetrics;
use crate::settings::{Settings, WebSettings};
use crate::web::CatalogPlace;
use crate::web::feed::Feed;

/// Address of pages beside runs, taken before anything else is done.
pub(in crate::cli) struct PagesPlace(BoundAddress);

/// Pages beside runs, until this is dropped.
pub(in crate::cli) struct LivePages {
    pages: Pages,
    feed: Arc<Feed>,
    planner: Planner,
}

impl PagesPlace {
    /// Takes the address that the settings name; none where they want no pages.
    pub(in crate::cli) async fn of_settings(settings: &Settings) -> Result<Option<Self>, Failure> {
        match settings.web.listen {
            None => Ok(None),
            Some(address) => Ok(Some(Self(take(address).await?))),
        }
    }

    /// Takes the usual address, or a free one where something else has it.
    pub(in crate::cli) async fn of_demo() -> Result<Self, Failure> {
        match BoundAddress::take(SocketAddr::from((Ipv4Addr::LOCALHOST, pages::PORT))).await {
            Ok(place) => Ok(Self(place)),
            Err(_) => Ok(Self(take(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?)),
        }
    }

    /// Serves pages over the data folder of the runs of `base`, which are followed from now on. Those of the demo have their own folder,
    /// and none of the settings of pages.
    pub(in crate::cli) fn serve(
        self,
        process: &Process,
        base: &mut Base,
        scope: &ScopeFlags,
        places: &Places,
        metrics: Option<Arc<FigureMetrics>>,
    ) -> Result<LivePages, Failure> {
        let planner = Planner::of(process, base, scope, places)?;
        let is_demo = places.github.is_some();
        let mut settings = base.settings.clone();
        let catalog = match is_demo {
            true => {
                settings.web = WebSettings::default();
                CatalogPlace::Local
            }
            false => pages::catalog_place(&settings)?,
        };
        let feed = Feed::new(process.clock.clone());
        let options = PageOptions {
            data: demo_folder::folder(settings.data.clone(), is_demo),
            flags: pages::command_flags(process, is_demo),
            catalog,
            feed: Some(Arc::clone(&feed)),
            metrics,
        };
        let pages = pages::serve(process, &settings, self.0, options)?;
        base.books.feed = Some(Arc::clone(&feed));
        Ok(LivePages { pages, feed, planner })
    }
}

impl LivePages {
    /// The address for whoever started the program: it signs one browser in, where the pages allow that.
    pub(in crate::cli) fn address(&self) -> &str {
        self.pages.link.as_ref().unwrap_or(&self.pages.url)
    }

    /// Waits until somebody wants a run, and makes the plans that are wanted meanwhile. False at a signal to stop.
    pub(in crate::cli) async fn run_wanted(&self, end: &CancellationToken) -> bool {
        loop {
            let wish = async {
                tokio::select! {
                    () = self.feed.run_wanted() => None,
                    wish = self.feed.plans().wanted() => Some(wish),
                }
            };
            match unless_ended(end, wish).await {
                None => return false,
                Some(Some(wish)) => self.planner.carry_out(self.feed.plans(), wish, end).await,
                Some(None) => {
                    self.feed.because("a request on the pages");
                    return true;
                }
            }
        }
    }

    /// Passes wishes for runs on to a daemon, and makes plans, until the end. The pages are served as long as the answer is kept.
    pub(in crate::cli) fn pass_on(self, triggers: mpsc::Sender<Trigger>, end: &CancellationToken) -> Pages {
        let Self { pages, feed, planner } = self;
        make_plans(planner, Arc::clone(&feed), end.clone());
        tokio::spawn(pass_on(feed, triggers, end.clone()));
        pages
    }
}

/// Makes the plans that pages ask for, on a thread of its own, until the end: a plan does not move between threads.
fn make_plans(planner: Planner, feed: Arc<Feed>, end: CancellationToken) {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(planner.serve(feed.plans(), &end)));
}

/// Passes wishes of the pages on to the daemon, until the end.
async fn pass_on(feed: Arc<Feed>, triggers: mpsc::Sender<Trigger>, end: CancellationToken) {
    while unless_ended(&end, feed.run_wanted()).await.is_some() {
        // A full channel already holds a trigger of everything.
        let _ = triggers.try_send(Trigger::Page);
    }
}
