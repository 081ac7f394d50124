//! In place of the pages' `feed` in a program without the feature `web`: no page follows a run.

use std::convert::Infallible;

use crate::resync::observe::NoObserver;
use crate::runs::{RunId, RunState};

/// Runs of this process, for pages.
pub(super) struct Feed(Infallible);

impl Feed {
    /// Says why the next run begins.
    pub(super) fn because(&self, _: &str) {
        match self.0 {}
    }

    /// A run begins. What is returned observes it.
    pub(super) fn begin(&self, _: &RunId) -> NoObserver {
        match self.0 {}
    }

    /// Waits until somebody wants the run that goes on to stop.
    pub(super) async fn stop_wanted(&self) {
        match self.0 {}
    }

    /// The run has ended.
    pub(super) fn ended(&self, _: RunState) {
        match self.0 {}
    }
}
