//! Guard over the local catalog in memory, in paused time.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use http::StatusCode;
use http::response::Builder;
use serde_json::json;
use tokio::time::Instant;

use super::*;
use crate::catalog::CatalogOptions;
use crate::door::http::in_memory;
use crate::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use crate::model::secret::Secret;

struct Setup {
    router: Router,
    clock: Clock,
}

impl Setup {
    fn new() -> Self {
        let clock = Clock::starting_at("2026-11-01T00:00:00Z".parse().unwrap());
        let local = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, clock.clone())).unwrap();
        Self { router: local.router("http://catalog.test"), clock }
    }

    /// Same catalog, which answers paths with this ending by `status`.
    fn refusing(&self, ending: &'static str, status: StatusCode) -> Self {
        let refuse = move |request: Request, next: Next| async move {
            if !request.uri().path().ends_with(ending) || request.method() == http::Method::POST {
                return next.run(request).await;
            }
            Builder::new().status(status).body(axum::body::Body::from(r#"{"ok":false,"error":"no"}"#)).unwrap()
        };
        Self { router: self.router.clone().layer(middleware::from_fn(refuse)), clock: self.clock.clone() }
    }

    fn catalog(&self) -> Arc<Catalog> {
        let options = CatalogOptions {
            http: in_memory(self.router.clone()),
            base_url: "http://catalog.test".to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            integration_identifier: "mine".to_owned(),
            integration_type: "github-copilot".to_owned(),
            version: "1".to_owned(),
            clock: self.clock.clone(),
            seed: 1,
        };
        Arc::new(Catalog::new(options).unwrap())
    }

    async fn with_integration() -> Self {
        let setup = Self::new();
        setup.catalog().create_integration(Some(&json!({"resources": []})), "Default").await.unwrap();
        setup
    }

    async fn enter(&self) -> Result<Guard, AlreadyRunning> {
        Guard::enter(&self.catalog(), &self.clock, Admission::WhenAlone, |_| ()).await
    }

    async fn state(&self) -> ResyncState {
        self.catalog().integration().await.unwrap().unwrap().resync_state.unwrap()
    }

    async fn status(&self) -> Option<String> {
        self.state().await.status
    }
}

const FIVE_SECONDS: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn a_first_run_does_not_wait_and_says_what_it_does() {
    let setup = Setup::with_integration().await;
    let began = Instant::now();
    let guard = setup.enter().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(setup.status().await.as_deref(), Some("running"));
    setup.clock.sleep(Duration::from_secs(3)).await;
    guard.finish(ResyncStatus::Completed, FIVE_SECONDS).await;
    let state = setup.state().await;
    assert_eq!(state.status.as_deref(), Some("completed"));
    assert_eq!(state.other["lastResyncStart"], "2026-11-01T00:00:00Z");
    assert_eq!(state.other["lastResyncEnd"], "2026-11-01T00:00:03Z");
    let began = Instant::now();
    setup.enter().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1), "a run that ended keeps nobody waiting");
}

#[tokio::test(start_paused = true)]
async fn a_second_run_steps_back_while_the_first_is_alive() {
    let setup = Setup::with_integration().await;
    let _first = setup.enter().await.unwrap();
    setup.clock.sleep(Duration::from_secs(61)).await;
    let began = Instant::now();
    let refused = setup.enter().await.unwrap_err();
    assert!(began.elapsed() <= Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!(refused.last_heartbeat, "2026-11-01T00:01:10Z".parse().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_killed_is_taken_over_after_half_a_minute() {
    let setup = Setup::with_integration().await;
    drop(setup.enter().await.unwrap());
    assert_eq!(setup.status().await.as_deref(), Some("running"));
    let began = Instant::now();
    let guard = setup.enter().await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 30);
    guard.finish(ResyncStatus::Aborted, FIVE_SECONDS).await;
    assert_eq!(setup.status().await.as_deref(), Some("aborted"));
}

#[tokio::test(start_paused = true)]
async fn force_does_not_look() {
    let setup = Setup::with_integration().await;
    let _first = setup.enter().await.unwrap();
    let began = Instant::now();
    Guard::enter(&setup.catalog(), &setup.clock, Admission::Unchecked, |_| panic!("it must not wait")).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_while_it_is_watched_lets_the_next_one_in() {
    let setup = Setup::with_integration().await;
    let first = setup.enter().await.unwrap();
    let (second, ()) = tokio::join!(setup.enter(), async {
        setup.clock.sleep(Duration::from_secs(7)).await;
        first.finish(ResyncStatus::Completed, FIVE_SECONDS).await;
    });
    assert!(second.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_catalog_that_refuses_the_state_keeps_nobody_out() {
    let setup = Setup::with_integration().await;
    for status in
        [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE]
    {
        for ending in ["/resync-state", "/integration/mine"] {
            let setup = setup.refusing(ending, status);
            let guard = setup.enter().await.unwrap();
            setup.clock.sleep(Duration::from_secs(60)).await;
            let began = Instant::now();
            guard.finish(ResyncStatus::Completed, FIVE_SECONDS).await;
            assert!(began.elapsed() <= FIVE_SECONDS, "{status} of {ending}: {:?}", began.elapsed());
        }
    }
}
