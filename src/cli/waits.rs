//! What a run waits for, in words: the sources and the catalog know it.

use std::sync::Arc;

use super::world::World;
use crate::catalog::Catalog;
use crate::door::clock::Clock;
use crate::model::usage::{WaitReason, Waiting};
use crate::source::Source;

/// The wait that ends last, as short as a bar on a terminal of 80 columns needs: `rate limit of GitHub, until 10:15:16Z`. None while
/// nothing is waited for.
pub(super) fn of(world: &World) -> impl Fn() -> Option<String> + Send + 'static {
    let (sources, catalog, clock) = (world.resync.sources.clone(), Arc::clone(&world.resync.catalog), world.resync.clock.clone());
    move || sentence(&waits(&sources, &catalog), &clock)
}

fn waits(sources: &[Arc<dyn Source>], catalog: &Catalog) -> Vec<(&'static str, Waiting)> {
    let of_source = |source: &Arc<dyn Source>| {
        let waiting = source.spent().into_iter().filter_map(|(_, usage)| usage.waiting).max();
        waiting.map(|waiting| (source.name().title, waiting))
    };
    let of_sources = sources.iter().filter_map(of_source);
    of_sources.chain(catalog.waiting().map(|waiting| ("the catalog", waiting))).collect()
}

fn sentence(waits: &[(&str, Waiting)], clock: &Clock) -> Option<String> {
    let now = clock.now();
    let (server, Waiting { until, reason }) = waits.iter().filter(|(_, wait)| wait.until > now).max_by_key(|(_, wait)| *wait)?;
    let until = until.strftime("%H:%M:%SZ");
    Some(match reason {
        WaitReason::RateLimit => format!("rate limit of {server}, until {until}"),
        WaitReason::Retry => format!("{server} failed, again at {until}"),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn of_the_waits_that_have_not_ended_the_last_is_told() {
        let clock = Clock::starting_at("2026-11-28T10:00:00Z".parse().unwrap());
        let wait = |until: &str, reason| Waiting { until: until.parse::<Timestamp>().unwrap(), reason };
        let limit = ("GitHub", wait("2026-11-28T10:15:16Z", WaitReason::RateLimit));
        let retry = ("the catalog", wait("2026-11-28T10:00:02Z", WaitReason::Retry));
        let ended = ("GitHub", wait("2026-11-28T09:59:59Z", WaitReason::RateLimit));
        let table = [
            (vec![], None),
            (vec![ended], None),
            (vec![ended, retry], Some("the catalog failed, again at 10:00:02Z")),
            (vec![limit, retry], Some("rate limit of GitHub, until 10:15:16Z")),
        ];
        for (waits, expected) in table {
            assert_eq!(sentence(&waits, &clock).as_deref(), expected);
        }
    }
}
