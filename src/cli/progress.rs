//! Progress of a run on stderr: bars on a terminal, lines now and then elsewhere, nothing when quiet or when stderr is JSON.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio_util::task::AbortOnDropHandle;

use super::style::Style;
use crate::model::escape;
use crate::model::slice::Slice;
use crate::render::number;
use crate::resync::observe::Observer;

/// Off a terminal a resource says how far it is so often at most, and nothing before: a log of an hour stays readable, and that of a
/// second stays empty.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);
/// Interval at which a bar moves by itself: a wait must not look like a hang.
const TICK: Duration = Duration::from_millis(200);
/// Interval at which waits are looked for.
const WAITS_INTERVAL: Duration = Duration::from_millis(500);

/// Terminal for progress, shared with the log so that lines and bars do not overwrite each other.
#[derive(Clone)]
pub struct Screen(Show);

#[derive(Clone)]
enum Show {
    Bars(MultiProgress),
    Lines(Arc<Mutex<dyn Write + Send>>),
    Nothing,
}

impl Screen {
    /// Stderr: bars when it is a terminal, else lines; nothing when quiet or when all of it is JSON.
    pub(super) fn stderr(style: Style) -> Self {
        Self(match () {
            () if style.is_quiet || style.is_json => Show::Nothing,
            () if io::stderr().is_terminal() => Show::Bars(MultiProgress::with_draw_target(ProgressDrawTarget::stderr())),
            () => Show::Lines(Arc::new(Mutex::new(io::stderr()))),
        })
    }

    /// The same where it is a terminal; elsewhere nothing.
    pub(super) fn bars_only(&self) -> Self {
        Self(match &self.0 {
            Show::Bars(bars) => Show::Bars(bars.clone()),
            Show::Lines(_) | Show::Nothing => Show::Nothing,
        })
    }

    /// Writes something to the terminal while no bar is drawn.
    pub fn without_bars<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Show::Bars(bars) => bars.suspend(write),
            Show::Lines(_) | Show::Nothing => write(),
        }
    }

    fn line(&self, text: &str) {
        if let Show::Lines(lines) = &self.0 {
            // Nobody is left to tell when stderr is gone.
            let _ = writeln!(lines.lock().unwrap_or_else(PoisonError::into_inner), "{}", escape::line(text));
        }
    }
}

/// Progress of one run. Can be told from several threads, and of several resources at once; what is said of a resource
/// that was not started is left out. The bars go away with it.
pub struct Progress {
    screen: Screen,
    /// The bar of the whole run, below those of resources.
    whole: Option<ProgressBar>,
    resources: Mutex<BTreeMap<usize, Resource>>,
    plain_interval: Duration,
    _waits: Option<AbortOnDropHandle<()>>,
}

struct Resource {
    kind: String,
    scopes_done: u64,
    items: u64,
    entities: u64,
    started: Instant,
    said: Instant,
    was_said: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Progress of a run of that many resources. No resource is shown until it is started.
    pub fn new(screen: Screen, resources: usize) -> Self {
        let whole = match &screen.0 {
            Show::Bars(bars) => {
                let bar = bars.add(ProgressBar::new(resources as u64));
                bar.set_style(style("  [{bar:6}] {pos} of {len} resources, {elapsed}{wide_msg}"));
                bar.enable_steady_tick(TICK);
                Some(bar)
            }
            Show::Lines(_) | Show::Nothing => None,
        };
        Self { screen, whole, resources: Mutex::default(), plain_interval: PLAIN_INTERVAL, _waits: None }
    }

    /// Also shows what is waited for, as `waits` says it again and again. Must be called in a runtime.
    #[must_use]
    pub fn watching(mut self, waits: impl Fn() -> Option<String> + Send + 'static) -> Self {
        if let Some(bar) = self.whole.clone() {
            self._waits = Some(AbortOnDropHandle::new(tokio::spawn(async move {
                loop {
                    let waits = waits().map(|wait| format!("; {wait}")).unwrap_or_default();
                    bar.set_message(escape::line(&waits).into_owned());
                    tokio::time::sleep(WAITS_INTERVAL).await;
                }
            })));
        }
        self
    }

    /// The `resource`-th resource of the mapping begins.
    pub fn resource_started(&self, resource: usize, kind: &str) {
        let now = Instant::now();
        let mut started = Resource {
            kind: kind.to_owned(),
            scopes_done: 0,
            items: 0,
            entities: 0,
            started: now,
            said: now,
            was_said: false,
            bar: None,
        };
        if let (Show::Bars(bars), Some(whole)) = (&self.screen.0, &self.whole) {
            let bar = bars.insert_before(whole, ProgressBar::new_spinner());
            bar.set_style(style("{spinner} {prefix:31} {wide_msg}"));
            bar.set_prefix(escape::text(kind).into_owned());
            bar.enable_steady_tick(TICK);
            started.bar = Some(bar);
        }
        self.resources().insert(resource, started);
    }

    /// One more scope of the resource was read, with whatever result.
    pub fn scope_done(&self, resource: usize) {
        self.advance(resource, |resource| resource.scopes_done += 1);
    }

    /// More items were read.
    pub fn items(&self, resource: usize, count: u64) {
        self.advance(resource, |resource| resource.items += count);
    }

    /// More entities were compared, and written where they differed.
    pub fn entities(&self, resource: usize, count: u64) {
        self.advance(resource, |resource| resource.entities += count);
    }

    /// The resource is done.
    pub fn resource_finished(&self, resource: usize) {
        if let Some(done) = self.resources().remove(&resource) {
            if let Some(bar) = &done.bar {
                bar.finish_and_clear();
            }
            if let Some(whole) = &self.whole {
                whole.inc(1);
            }
            if done.was_said {
                self.screen.line(&format!(
                    "{}: done, {}, {}",
                    done.kind,
                    done.counts(),
                    number::duration(done.started.elapsed())
                ));
            }
        }
    }

    fn advance(&self, resource: usize, change: impl FnOnce(&mut Resource)) {
        let mut resources = self.resources();
        let Some(resource) = resources.get_mut(&resource) else { return };
        change(resource);
        match &resource.bar {
            Some(bar) => bar.set_message(resource.counts()),
            None if resource.said.elapsed() >= self.plain_interval => {
                resource.said = Instant::now();
                resource.was_said = true;
                self.screen.line(&format!("{}: {}", resource.kind, resource.counts()));
            }
            None => {}
        }
    }

    fn resources(&self) -> MutexGuard<'_, BTreeMap<usize, Resource>> {
        // A panic elsewhere leaves numbers that are at worst a little old.
        self.resources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // A task that ticks must not draw a bar again that is gone.
        self._waits = None;
        for resource in self.resources().values() {
            if let Some(bar) = &resource.bar {
                bar.finish_and_clear();
            }
        }
        if let Some(whole) = &self.whole {
            whole.finish_and_clear();
        }
        if let Show::Bars(bars) = &self.screen.0 {
            // The closing table says all of it again.
            let _ = bars.clear();
        }
    }
}

impl Resource {
    fn counts(&self) -> String {
        let scopes = number::counted(self.scopes_done, "scope", "scopes");
        let items = number::counted(self.items, "item", "items");
        format!("{scopes}, {items}, {}", number::counted(self.entities, "entity", "entities"))
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ").tick_chars("-\\|/ ")
}

impl Observer for Progress {
    fn resource_began(&self, resource: usize, kind: &str) {
        self.resource_started(resource, kind);
    }

    fn slice_ended(&self, slice: &Slice) {
        self.scope_done(slice.resource);
    }

    fn items_mapped(&self, resource: usize, count: u64) {
        self.items(resource, count);
    }

    fn entities_loaded(&self, resource: usize, count: u64) {
        self.entities(resource, count);
    }

    fn resource_ended(&self, resource: usize) {
        self.resource_finished(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(interval: Duration) -> (Progress, Arc<Mutex<Vec<u8>>>) {
        let buffer: Arc<Mutex<Vec<u8>>> = Arc::default();
        let mut progress = Progress::new(Screen(Show::Lines(buffer.clone())), 1);
        progress.plain_interval = interval;
        (progress, buffer)
    }

    fn text(buffer: &Arc<Mutex<Vec<u8>>>) -> String {
        String::from_utf8(buffer.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn off_a_terminal_a_short_resource_says_nothing() {
        let (progress, buffer) = plain(PLAIN_INTERVAL);
        progress.resource_started(0, "copilot-seats");
        progress.scope_done(0);
        progress.items(0, 1200);
        progress.resource_finished(0);
        assert_eq!(text(&buffer), "");
    }

    #[test]
    fn a_long_resource_says_in_between_how_far_it_is_and_then_that_it_is_done() {
        let (progress, buffer) = plain(Duration::ZERO);
        progress.resource_started(1, "copilot-billing");
        progress.items(1, 1200);
        progress.resource_finished(1);
        progress.items(1, 5);
        let text = text(&buffer);
        let (before, end) = text.split_once('\n').unwrap();
        assert_eq!(before, "copilot-billing: 0 scopes, 1,200 items, 0 entities");
        assert!(end.starts_with("copilot-billing: done, 0 scopes, 1,200 items, 0 entities, "), "{end}");
        assert_eq!(end.lines().count(), 1);
    }

    #[test]
    fn nothing_is_said_when_quiet_and_bars_take_the_same_calls() {
        let hidden = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        for show in [Show::Nothing, Show::Bars(hidden)] {
            let progress = Progress::new(Screen(show), 2);
            for resource in 0..2 {
                progress.resource_started(resource, "copilot-seats");
                progress.scope_done(resource);
                progress.items(resource, 1);
                progress.entities(resource, 1);
                progress.resource_finished(resource);
            }
            assert!(progress.whole.as_ref().is_none_or(|whole| whole.position() == 2));
        }
        assert_eq!(Screen(Show::Nothing).without_bars(|| 7), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn the_bar_says_what_is_waited_for() {
        let hidden = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        let progress = Progress::new(Screen(Show::Bars(hidden)), 2).watching(|| Some("waiting for x".to_owned()));
        tokio::time::sleep(WAITS_INTERVAL * 2).await;
        assert_eq!(progress.whole.as_ref().unwrap().message(), "; waiting for x");
    }
}
