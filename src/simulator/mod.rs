//! Simulated GitHub with Copilot: for the demo, for tests, and for rehearsals.
//!
//! A [`World`] is made of a seed and sizes, and is the same byte for byte everywhere: it has no clock and no state. Answers are
//! computed per request, so that a report of a million lines needs no memory.
//!
//! | part | file |
//! | --- | --- |
//! | organizations, teams, people, days | `world`, `names`, `calendar` |
//! | activity on a day, from which all reports are derived | `profile`, `activity`, `dimension`, `random` |
//! | reports, written line by line | `report` |
//! | GitHub's REST API | `api` |
//! | Claude Code's usage report, Cursor's Admin API | `tools` |
//! | access control | `access` |
//! | host of signed links | `signed` |
//! | scripted faults | `faults` |
//! | named presets of faults | `scenario` |
//! | recorded answers instead of a world | `replay` |
//!
//! Decisions where GitHub's documents leave it open:
//! - In aggregates a user is active on a day with any activity, including a review or a cloud agent's job. The record of a
//!   quiet day has only credits and does not count. GitHub says that it counts everybody whom its servers have seen; here
//!   everybody has a record every day, so the aggregates would never change.
//! - `weekly` and `monthly` cover 7 and 28 days, but not before the first day of the world or of GitHub's reports. Those of VS
//!   Code's agents window count from Sunday and from the first of the month.
//! - A person in two organizations has the same numbers in both, and counts once in the enterprise.
//! - Slugs of enterprise teams have the prefix `ent:` in REST and not in reports. Their ids agree.

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
mod scenario;
mod signed;
mod tools;
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::{Router, middleware};
use serde_json::Value;

use crate::door::clock::Clock;
use crate::model::day::Day;

pub use access::{Access, App, Installation, Target, TokenRights};
pub use faults::{Faults, LinkFault, NoReport, Rule, RulesFileError, TransportFault};
pub use scenario::Scenario;
use world::WorldOrganization;
pub use world::{Change, World, WorldOptions};

/// Source of the answers.
#[derive(Clone, Debug)]
pub enum SimulatorSource {
    /// World, computed on request.
    World(World),
    /// Folder of recorded answers, with an optional `rules.json`.
    Replay(PathBuf),
}

/// Error of a folder of recorded answers.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The folder does not exist.
    #[error("cannot replay `{0}`: it is not a folder; name the folder with the recorded answers")]
    NotAFolder(PathBuf),
    /// `rules.json` cannot be read.
    #[error("cannot read the rules in `{folder}`")]
    UnreadableRules {
        /// Folder.
        folder: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// `rules.json` does not hold rules.
    #[error("`{folder}/rules.json` is not a list of rules; each rule needs a `path`")]
    WrongRules {
        /// Folder.
        folder: PathBuf,
        /// Position, and the expected form.
        source: serde_json::Error,
    },
}

/// Simulated GitHub: its API, and the host of its signed links.
///
/// Both routers answer over the network and in memory. No thread is used, and only rules cause waits.
#[derive(Clone, Debug)]
pub struct Simulator {
    server: api::SimulatorState,
    recording: Option<replay::Recording>,
    recorded_faults: Faults,
    scenario_faults: Faults,
    faults: Faults,
}

impl Simulator {
    /// The seats of each organization as they were at the end of a day of its world, by login. GitHub itself shows only those of now.
    pub fn seats_as_of(&self, day: Day) -> Vec<(String, Vec<Value>)> {
        let world = &self.server.world;
        let of = |organization: &WorldOrganization| (organization.login.clone(), api::seats::as_of(world, organization, day));
        world.organizations().iter().map(of).collect()
    }

    /// Makes a simulator. `signed_base_url` is the address of [`Simulator::signed_router`], such as `http://127.0.0.1:8081`.
    /// Recorded answers do not need it.
    ///
    /// # Errors
    /// The folder of recorded answers or its rules cannot be used.
    pub fn new(source: SimulatorSource, signed_base_url: impl Into<String>) -> Result<Self, SimulatorError> {
        let (world, recording, recorded_faults) = match source {
            SimulatorSource::World(world) => (world, None, Faults::default()),
            SimulatorSource::Replay(folder) => {
                let faults = recorded_faults(&folder)?;
                // The answers come from files; the world gives only the time.
                let nobody = WorldOptions { organizations: 0, ..WorldOptions::default() };
                (World::new(nobody), Some(replay::Recording::new(folder)), faults)
            }
        };
        let signed_base_url = signed_base_url.into().trim_end_matches('/').to_owned();
        let server = api::SimulatorState::new(world, signed_base_url);
        Ok(Self { server, recording, recorded_faults, scenario_faults: Faults::default(), faults: Faults::default() })
    }

    /// Sets credentials with limited rights.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.server.access_control = Arc::new(access::AccessControl::new(access));
        self
    }

    /// Adds faults to both routers, before those of a scenario.
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Sets a clock, so that links and installation tokens expire after an hour and rate limits end. Without one the time is
    /// always [`World::now`].
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.server.clock = Some(clock);
        self
    }

    /// Sets a limit of requests per hour to the API; further ones get 403. Without a clock the hour never ends.
    #[must_use]
    pub fn with_rate_limit(self, requests_per_hour: u64) -> Self {
        self.with_rate_limit_of(requests_per_hour, api::front::HOUR_SECONDS)
    }

    fn with_rate_limit_of(mut self, requests: u64, window_seconds: i64) -> Self {
        self.server.rate_limit = Some(api::RequestLimit { requests, window_seconds });
        self
    }

    /// GitHub's API. With a recording, also the paths below `/signed/`.
    pub fn api_router(&self) -> Router {
        let server = Arc::new(self.server.clone());
        let check = middleware::from_fn_with_state(server.clone(), api::front::check);
        let router = match &self.recording {
            None => api::router(Arc::clone(&server)).layer(check).merge(tools::router(server)),
            Some(recording) => recording.signed_router().fallback_service(recording.router().layer(check)),
        };
        self.router_with_faults(router)
    }

    /// Host of signed links. It refuses requests with credentials.
    pub fn signed_router(&self) -> Router {
        let router = match &self.recording {
            None => signed::router(Arc::new(self.server.clone())),
            Some(recording) => recording.signed_router().fallback(async || signed::blob_not_found()),
        };
        self.router_with_faults(router)
    }

    fn router_with_faults(&self, router: Router) -> Router {
        self.faults.around(self.scenario_faults.around(self.recorded_faults.around(router)))
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
