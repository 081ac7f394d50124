//! GitHub's REST API, as far as Copilot's metrics need it.
//!
//! [`front`] checks every request. Handlers: [`discovery`] for organizations, teams and people, [`enterprise`] for the same of
//! an enterprise, [`credits`] for what is billed, [`reports`] for links to reports, [`legacy`] for the closed endpoints, [`seats`] for seats, [`app`] for
//! GitHub Apps and their tokens.

pub(super) mod answer;
mod app;
mod changed_seats;
mod credits;
mod discovery;
mod enterprise;
pub(super) mod front;
mod legacy;
mod object;
mod reports;
mod seat_changes;
pub(super) mod seats;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::routing::{get, post};
use jiff::Timestamp;

use crate::door::clock::Clock;

use super::access::AccessControl;
use super::world::World;
use answer::RequestParts;

/// State that all handlers share.
#[derive(Clone, Debug)]
pub(super) struct SimulatorState {
    pub(super) world: World,
    pub(super) signed_base_url: String,
    pub(super) access_control: Arc<AccessControl>,
    pub(super) clock: Option<Clock>,
    /// None without a limit.
    pub(super) rate_limit: Option<RequestLimit>,
    pub(super) front: Arc<front::Counts>,
    /// Seats that were assigned and removed since the world was made.
    pub(super) seats: Arc<changed_seats::SeatChanges>,
}

/// Requests that are answered in a window of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestLimit {
    pub(super) requests: u64,
    pub(super) window_seconds: i64,
}

impl SimulatorState {
    pub(super) fn new(world: World, signed_base_url: String) -> Self {
        Self {
            world,
            signed_base_url,
            access_control: Arc::default(),
            clock: None,
            rate_limit: None,
            front: Arc::default(),
            seats: Arc::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.as_ref().map_or_else(|| self.world.now(), Clock::now)
    }
}

/// Extractor of the shared state.
pub(super) type SharedState = State<Arc<SimulatorState>>;

impl<S: Sync> FromRequestParts<S> for RequestParts {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.uri, &parts.headers))
    }
}

/// Whole API, without the checks of [`front`].
pub(super) fn router(server: Arc<SimulatorState>) -> Router {
    Router::new()
        .route("/user", get(discovery::user))
        .route("/user/orgs", get(discovery::user_organizations))
        .route("/organizations", get(discovery::organizations))
        .route("/rate_limit", get(front::rate_limit))
        .route("/meta", get(front::meta))
        .route("/versions", get(front::versions))
        .route("/orgs/{org}", get(discovery::organization))
        .route("/orgs/{org}/members", get(discovery::members))
        .route("/orgs/{org}/teams", get(discovery::teams))
        .route("/orgs/{org}/teams/{team}", get(discovery::team))
        .route("/orgs/{org}/teams/{team}/members", get(discovery::team_members))
        .route("/orgs/{org}/repos", get(discovery::repositories))
        .route("/orgs/{org}/teams/{team}/repos", get(discovery::team_repositories))
        .route("/orgs/{org}/teams/{team}/teams", get(discovery::child_teams))
        .route("/orgs/{org}/teams/{team}/memberships/{user}", get(discovery::team_membership))
        .route("/orgs/{org}/copilot/metrics", get(legacy::organization))
        .route("/orgs/{org}/team/{team}/copilot/metrics", get(legacy::team))
        .route("/orgs/{org}/copilot/metrics/reports/{report}", get(reports::organization_day))
        .route("/orgs/{org}/copilot/metrics/reports/{report}/latest", get(reports::organization_latest))
        .route("/orgs/{org}/copilot/billing", get(seats::billing))
        .route("/orgs/{org}/copilot/billing/seats", get(seats::organization))
        .route("/orgs/{org}/copilot/billing/selected_users", post(seat_changes::add_users).delete(seat_changes::remove_users))
        .route("/orgs/{org}/copilot/billing/selected_teams", post(seat_changes::add_teams).delete(seat_changes::remove_teams))
        .route("/orgs/{org}/members/{user}/copilot", get(seats::member))
        .route("/organizations/{org}/settings/billing/ai_credit/usage", get(credits::organization))
        .route("/enterprises/{enterprise}/settings/billing/ai_credit/usage", get(credits::enterprise))
        .route("/enterprises/{enterprise}/teams", get(enterprise::teams))
        .route("/enterprises/{enterprise}/teams/{team}", get(enterprise::team))
        .route("/enterprises/{enterprise}/teams/{team}/memberships", get(enterprise::memberships))
        .route("/enterprises/{enterprise}/teams/{team}/organizations", get(enterprise::organizations))
        .route("/enterprises/{enterprise}/apps/installable_organizations", get(enterprise::installable_organizations))
        .route("/enterprises/{enterprise}/copilot/metrics", get(legacy::enterprise))
        .route("/enterprises/{enterprise}/team/{team}/copilot/metrics", get(legacy::enterprise_team))
        .route("/enterprises/{enterprise}/copilot/metrics/reports/{report}", get(reports::enterprise_day))
        .route("/enterprises/{enterprise}/copilot/metrics/reports/{report}/latest", get(reports::enterprise_latest))
        .route("/enterprises/{enterprise}/copilot/billing/seats", get(seats::enterprise))
        .route(
            "/enterprises/{enterprise}/copilot/billing/selected_users",
            post(seat_changes::add_users_of_enterprise).delete(seat_changes::remove_users_of_enterprise),
        )
        .route("/app", get(app::app))
        .route("/app/installations", get(app::installations))
        .route("/app/installations/{id}", get(app::installation))
        .route("/app/installations/{id}/access_tokens", post(app::access_token))
        .route("/orgs/{org}/installation", get(app::organization_installation))
        .route("/enterprises/{enterprise}/installation", get(app::enterprise_installation))
        .fallback(async || answer::not_found())
        .with_state(server)
}
