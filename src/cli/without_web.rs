//! In place of `web` in a program without that feature: whoever wants pages is told before anything runs, and nothing of them can
//! exist.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::flags::{ScopeFlags, WebFlags};
use super::process::Process;
use super::world::{Base, Places};
use crate::daemon::queue::Trigger;
use crate::history::figure_metrics::FigureMetrics;
use crate::settings::Settings;

/// Refuses.
pub(super) async fn run(_: &Process, _: &WebFlags) -> Result<u8, Failure> {
    let help = "use a program with it, such as that of a release; `pilotage figures`, `runs` and `report` show what pages would";
    Err(refusal("`pilotage web` serves pages for a browser", help))
}

fn refusal(asked: &str, help: &str) -> Failure {
    Failure::not_built_in(asked, "web").help(help)
}

/// Address of pages beside runs.
pub(super) struct PagesPlace(Infallible);

impl PagesPlace {
    /// None where the settings want no pages.
    ///
    /// # Errors
    /// They do.
    pub(super) async fn of_settings(settings: &Settings) -> Result<Option<Self>, Failure> {
        let Some(address) = settings.web.listen else { return Ok(None) };
        let named = settings.describe().iter().find(|described| described.key == "web.listen");
        let origin = named.map(|described| format!(" ({})", described.source)).unwrap_or_default();
        let asked = format!("`web.listen`{origin} asks for pages at {address}");
        Err(refusal(&asked, "use a program with it, such as that of a release, or leave that setting out"))
    }

    /// None.
    ///
    /// # Errors
    /// Always.
    pub(super) async fn of_demo() -> Result<Self, Failure> {
        let help = "use a program with it, such as that of a release, or `pilotage demo --once`, which needs no pages";
        Err(refusal("`pilotage demo` stays to show pages", help))
    }

    pub(super) fn serve(
        self,
        _: &Process,
        _: &mut Base,
        _: &ScopeFlags,
        _: &Places,
        _: Option<Arc<FigureMetrics>>,
    ) -> Result<LivePages, Failure> {
        match self.0 {}
    }
}

/// Pages beside runs.
pub(super) struct LivePages(Infallible);

impl LivePages {
    pub(super) fn address(&self) -> &str {
        match self.0 {}
    }

    pub(super) async fn run_wanted(&self, _: &CancellationToken) -> bool {
        match self.0 {}
    }

    pub(super) fn pass_on(self, _: mpsc::Sender<Trigger>, _: &CancellationToken) -> Self {
        match self.0 {}
    }
}
