//! A GitHub with Copilot that needs no GitHub: the demo's source, the tests' world, and a place to rehearse in.
//!
//! A [`World`] is made of a seed and sizes, and is the same byte for byte whenever and wherever it is made: it has no clock
//! and no state. What is asked of it is computed when it is asked, so that a report of a million lines costs no memory.
//!
//! | part | file |
//! | --- | --- |
//! | who there is | `world`, `names`, `calendar` |
//! | what they did on a day: all reports are views of it | `profile`, `activity`, `dimension`, `random` |
//! | the reports, written line by line | `report` |
//! | GitHub's REST API | `api` |
//! | who may see what | `access` |
//! | the host of signed links | `signed` |
//! | what goes wrong | `faults` |
//! | recorded answers instead of a world | `replay` |
//!
//! What it decides where GitHub's documents leave it open:
//! - In its aggregates a user is active on a day if they did anything, a review or a cloud agent's job included. A record of a
//!   quiet day has credits and nothing else, and is left out. GitHub says that it counts whoever its servers have seen; here
//!   everybody has a record every day, and the aggregates would be the same for ever.
//! - `weekly` and `monthly` look back 7 and 28 days, but not before the world's first day, nor before the day from which
//!   GitHub reports; those of VS Code's agents window count from Sunday and from the first of the month.
//! - A person in two organizations has the same numbers in both, and counts once in the enterprise.
//! - Teams' slugs of an enterprise carry `ent:` in REST and not in reports; ids agree.

mod access;
mod activity;
mod api;
mod calendar;
mod dimension;
mod faults;
mod names;
mod profile;
mod random;
mod replay;
mod report;
mod signed;
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::{Router, middleware};

use crate::door::clock::Clock;

pub use access::{Access, App, Credential, Installation, Target};
pub use faults::{Faults, LinkFault, NoReport, Rule, TransportFault};
pub use world::{Change, World, WorldOptions};

/// Where the answers come from.
#[derive(Clone, Debug)]
pub enum SimulatorSource {
    /// A world, computed as it is asked.
    World(World),
    /// A folder of recorded answers, with an optional `rules.json` in it.
    Replay(PathBuf),
}

/// A folder of recorded answers that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// There is no such folder.
    #[error("cannot replay `{0}`: it is not a folder; give the folder that holds the recorded answers")]
    NotAFolder(PathBuf),
    /// `rules.json` cannot be read.
    #[error("cannot read the rules in `{folder}`")]
    UnreadableRules {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `rules.json` holds something else than rules.
    #[error("`{folder}/rules.json` is no list of rules; each has a `path` and says what to answer there")]
    WrongRules {
        /// The folder.
        folder: PathBuf,
        /// Where, and what was expected.
        source: serde_json::Error,
    },
}

/// A GitHub to be served: its API, and the host of its signed links.
///
/// Both routers answer over the network and in memory alike; no thread is used, and nothing waits unless a rule says so.
#[derive(Clone, Debug)]
pub struct Simulator {
    server: api::Server,
    recording: Option<replay::Recording>,
    recorded_faults: Faults,
    faults: Faults,
}

impl Simulator {
    /// Makes a simulator. `signed_base_url` is where [`Simulator::signed_router`] will be reached, such as
    /// `http://127.0.0.1:8081`; recorded answers do not need it.
    ///
    /// # Errors
    /// When the folder of recorded answers or its rules cannot be used.
    pub fn new(source: SimulatorSource, signed_base_url: impl Into<String>) -> Result<Self, SimulatorError> {
        let (world, recording, recorded_faults) = match source {
            SimulatorSource::World(world) => (world, None, Faults::default()),
            SimulatorSource::Replay(folder) => {
                let faults = recorded_faults(&folder)?;
                // Answers come from files; only the time is that of a world.
                let nobody = WorldOptions { organizations: 0, ..WorldOptions::default() };
                (World::new(nobody), Some(replay::Recording::new(folder)), faults)
            }
        };
        let signed_base_url = signed_base_url.into().trim_end_matches('/').to_owned();
        let server = api::Server::new(world, signed_base_url);
        Ok(Self { server, recording, recorded_faults, faults: Faults::default() })
    }

    /// With credentials that may see less than everything.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.server.gate = Arc::new(access::Gate::new(access));
        self
    }

    /// With things that go wrong, on both routers.
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// With a clock, so that links and installation tokens expire after an hour and limits are lifted after one. Without it
    /// the time is always [`World::now`].
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.server.clock = Some(clock);
        self
    }

    /// With at most so many requests per hour to the API; more answer 403. Without a clock the hour never ends.
    #[must_use]
    pub fn with_rate_limit(mut self, requests_per_hour: u64) -> Self {
        self.server.rate_limit = Some(requests_per_hour);
        self
    }

    /// GitHub's API. In a recording, also what lies under `/signed/`.
    pub fn api_router(&self) -> Router {
        let server = Arc::new(self.server.clone());
        let check = middleware::from_fn_with_state(server.clone(), api::front::check);
        let router = match &self.recording {
            None => api::router(server).layer(check),
            Some(recording) => recording.signed_router().fallback_service(recording.router().layer(check)),
        };
        self.harmed(router)
    }

    /// The host of signed links. It refuses whoever sends credentials.
    pub fn signed_router(&self) -> Router {
        let router = match &self.recording {
            None => signed::router(Arc::new(self.server.clone())),
            Some(recording) => recording.signed_router().fallback(async || signed::blob_not_found()),
        };
        self.harmed(router)
    }

    fn harmed(&self, router: Router) -> Router {
        self.faults.around(self.recorded_faults.around(router))
    }
}

fn recorded_faults(folder: &Path) -> Result<Faults, SimulatorError> {
    if !folder.is_dir() {
        return Err(SimulatorError::NotAFolder(folder.to_owned()));
    }
    match replay::rules(folder) {
        Ok(None) => Ok(Faults::default()),
        Ok(Some(text)) => {
            Faults::from_json(&text).map_err(|source| SimulatorError::WrongRules { folder: folder.to_owned(), source })
        }
        Err(source) => Err(SimulatorError::UnreadableRules { folder: folder.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests;
