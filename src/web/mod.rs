//! Pages for a browser over a data folder: is everything alright, what changed, where to look.
//!
//! ```text
//!   request ──► guard: host, origin, session, roles ──► page (reads the data folder) ──► layout ──► headers ──► answer
//! ```
//!
//! Pages are HTML that is made here; everything that a page shows is in its address, and forms are GET. JavaScript is needed to sign
//! in, to start and to stop a run, and to follow one without loading the page again.
//!
//! | subject | where |
//! | --- | --- |
//! | who may look, headers of answers | [`guard`] |
//! | what is asked, and of what | `ask`, `site` |
//! | answers, and reasons for none | `answer`, `trouble` |
//! | frame of every page | `layout` |
//! | the pages, one file each | `page` |
//! | parts that several pages show | `part` |
//! | style sheet and script | `asset` |
//! | the run that goes on | [`feed`] |
//! | routes | `routes` |
//! | the routes for programs, as a document | `openapi` |
//! | whose blueprints hold people | `people` |
//! | numbers of entities | `counts` |
//! | charts in frames of other sites | [`embed`] |
//! | plans, and a mapping that becomes the integration's | [`plans`] |

mod answer;
mod ask;
mod asset;
mod counts;
pub mod embed;
pub mod feed;
pub mod guard;
mod layout;
mod openapi;
mod page;
mod part;
mod people;
pub mod plans;
mod routes;
mod site;
#[cfg(test)]
mod tests;
mod trouble;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;

use self::asset::Assets;
use self::counts::Counts;
use self::embed::{EmbedOptions, Embedding};
use self::feed::Feed;
use self::guard::roles::Roles;
use self::guard::{AccessGuard, AccessOptions, GuardError, NoRandomness};
use self::people::FilledBlueprints;
use self::site::Site;
use crate::authoring::playground::Playground;
use crate::door::clock::Clock;
use crate::figure::FigureRules;
use crate::history::figure_metrics::FigureMetrics;

pub use self::site::CatalogPlace;

/// Options of the pages.
pub struct WebOptions {
    /// The data folder. It need not exist yet.
    pub data: PathBuf,
    /// Flags that commands on pages need to look at the same folder, such as ` --demo`; empty when they need none.
    pub flags: String,
    /// The time.
    pub clock: Clock,
    /// The catalog that entities are in.
    pub catalog: CatalogPlace,
    /// How visitors are let in.
    pub access: AccessOptions,
    /// Charts in frames of other sites.
    pub embed: EmbedOptions,
    /// What holds for every figure that is shown.
    pub rules: FigureRules,
    /// The runs of this process. None: it runs nothing, and pages name commands instead.
    pub feed: Option<Arc<Feed>>,
    /// Figures for a scraper, at `/metrics`. None: there are none.
    pub metrics: Option<Arc<FigureMetrics>>,
}

/// The pages. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    site: Arc<Site>,
}

impl Web {
    /// Makes the pages. Reads nothing yet.
    ///
    /// # Errors
    /// Nothing says who may look, although others on the network reach the address, or charts cannot be embedded; see [`GuardError`].
    pub fn new(options: WebOptions) -> Result<Self, GuardError> {
        let WebOptions { data, flags, clock, catalog, access, embed, rules, feed, metrics } = options;
        let embedding = Embedding::new(&embed)?;
        let guard = AccessGuard::new(access, clock.clone())?;
        Ok(Self {
            site: Arc::new(Site {
                data,
                flags,
                clock,
                catalog,
                guard,
                assets: Assets::new(),
                embedding,
                rules,
                filled: FilledBlueprints::default(),
                counts: Counts::default(),
                playground: Playground::default(),
                feed,
                metrics,
            }),
        })
    }

    /// The routes.
    pub fn router(&self) -> Router {
        routes::router(Arc::clone(&self.site))
    }

    /// The address that signs a browser in once within ten minutes, given that of the pages, such as `http://127.0.0.1:8090`. It holds a
    /// secret, and is for the person who started the program.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn sign_in_link(&self, url: &str, roles: Roles) -> Result<String, NoRandomness> {
        let token = self.site.guard.new_link(roles)?;
        Ok(format!("{url}/in#{}", token.expose()))
    }
}
