//! Further reading at the end of a run, for an observer that wants it. It becomes no entity, and costs the run little.

use std::time::Duration;

use tokio::sync::mpsc;

use super::observe::FurtherReading;
use super::resource::Progress;
use crate::model::day::Day;
use crate::model::usage::{RateLimit, Usage};
use crate::source::{self, ReadRequest, SourceRun};

/// Time for all further reading of a run. It is the least important thing that a run does.
const AT_MOST: Duration = Duration::from_secs(60);

/// Events that may wait between reading and taking.
const EVENTS_AHEAD: usize = 4;

/// The part of the rate limit that is left to the next run, as one of so many.
const LEFT_TO_THE_NEXT: u64 = 4;

impl Progress<'_> {
    /// Reads what the observer wants besides. A part that cannot be read is the observer's to know.
    pub(super) async fn read_further(&self) {
        let Some(further) = self.observer.further() else { return };
        let resync = self.resync;
        if resync.is_restricted() || resync.options.stop.is_cancelled() {
            return;
        }
        let requests = further.requests(Day::of(resync.clock.now()));
        let read = async {
            for request in requests {
                let Some((source, _)) = source::find(&resync.sources, &request.kind) else { continue };
                let usage =
                    resync.sources[source].spent().into_iter().map(|(_, usage)| usage).fold(Usage::default(), Usage::plus);
                if usage.rate_limit.is_some_and(is_scarce) {
                    tracing::debug!("old days are not read again, because few requests are left");
                    return;
                }
                read(&*self.runs[source], request, further).await;
            }
        };
        tokio::select! {
            biased;
            () = resync.options.stop.cancelled() => {}
            () = read => {}
            () = resync.clock.sleep(AT_MOST) => tracing::debug!("old days were not all read again within {} s", AT_MOST.as_secs()),
        }
    }
}

fn is_scarce(limit: RateLimit) -> bool {
    limit.remaining < limit.limit / LEFT_TO_THE_NEXT
}

async fn read(run: &dyn SourceRun, request: ReadRequest, further: &dyn FurtherReading) {
    let (sender, mut receiver) = mpsc::channel(EVENTS_AHEAD);
    let take = async {
        while let Some(event) = receiver.recv().await {
            further.take(&event);
        }
    };
    let (read, ()) = tokio::join!(run.read(request, sender), take);
    if let Err(error) = read {
        tracing::debug!(%error, "an old day could not be read again");
    }
}
