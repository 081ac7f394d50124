//! Progress of a resync on stderr: bars on a terminal, plain lines elsewhere, nothing when quiet.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::escape;
use crate::model::slice::Slice;
use crate::render::number;
use crate::resync::observe::Observer;

/// Off a terminal a resource says how far it is so often at most: a log of an hour stays readable.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);
/// Interval at which a bar moves by itself: a wait must not look like a hang.
const TICK: Duration = Duration::from_millis(200);

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
    /// Stderr: bars when it is a terminal, else lines; nothing when quiet.
    pub fn stderr(quiet: bool) -> Self {
        Self(match () {
            () if quiet => Show::Nothing,
            () if io::stderr().is_terminal() => Show::Bars(MultiProgress::with_draw_target(ProgressDrawTarget::stderr())),
            () => Show::Lines(Arc::new(Mutex::new(io::stderr()))),
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

/// Progress of one resync. Can be told from several threads, and of several resources at once; what is said of a resource
/// that was not started is left out. The bars go away with it.
pub struct Progress {
    screen: Screen,
    resources: Mutex<BTreeMap<usize, Resource>>,
    plain_interval: Duration,
}

struct Resource {
    kind: String,
    scopes_done: u64,
    scopes: Option<u64>,
    items: u64,
    entities: u64,
    started: Instant,
    said: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Nothing is shown until a resource is started.
    pub fn new(screen: Screen) -> Self {
        Self { screen, resources: Mutex::default(), plain_interval: PLAIN_INTERVAL }
    }

    /// The `resource`-th resource of the mapping begins, with as many scopes as are known.
    pub fn resource_started(&self, resource: usize, kind: &str, scopes: Option<u64>) {
        let now = Instant::now();
        let mut started =
            Resource { kind: kind.to_owned(), scopes_done: 0, scopes, items: 0, entities: 0, started: now, said: now, bar: None };
        if let Show::Bars(bars) = &self.screen.0 {
            let bar = bars.add(ProgressBar::new(scopes.unwrap_or(0)));
            bar.set_style(style(scopes.is_some()));
            bar.set_prefix(escape::text(kind).into_owned());
            bar.enable_steady_tick(TICK);
            started.bar = Some(bar);
        }
        self.screen.line(&format!("{kind}: started"));
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
                bar.set_message(done.counts());
                bar.finish();
            }
            self.screen.line(&format!("{}: done, {}, {}", done.kind, done.counts(), number::duration(done.started.elapsed())));
        }
    }

    fn advance(&self, resource: usize, change: impl FnOnce(&mut Resource)) {
        let mut resources = self.resources();
        let Some(resource) = resources.get_mut(&resource) else { return };
        change(resource);
        match &resource.bar {
            Some(bar) => {
                bar.set_position(resource.scopes_done);
                bar.set_message(resource.counts());
            }
            None if resource.said.elapsed() >= self.plain_interval => {
                resource.said = Instant::now();
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
        if let Show::Bars(bars) = &self.screen.0 {
            // The closing table says all of it again.
            let _ = bars.clear();
        }
    }
}

impl Resource {
    fn counts(&self) -> String {
        let scopes = match self.scopes {
            Some(scopes) => format!("{}/{}", number::count(self.scopes_done), number::counted(scopes, "scope", "scopes")),
            None => number::counted(self.scopes_done, "scope", "scopes"),
        };
        let items = number::counted(self.items, "item", "items");
        format!("{scopes}, {items}, {}", number::counted(self.entities, "entity", "entities"))
    }
}

fn style(has_length: bool) -> ProgressStyle {
    // Names of kinds have up to 31 characters; the bar takes what the terminal has left, in 80 columns a few.
    let template = if has_length { "{spinner} {prefix:31} {wide_bar} {msg:>38}" } else { "{spinner} {prefix:31} {msg}" };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ").tick_chars("-\\|/ ")
}

impl Observer for Progress {
    fn resource_began(&self, resource: usize, kind: &str) {
        self.resource_started(resource, kind, None);
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
        let mut progress = Progress::new(Screen(Show::Lines(buffer.clone())));
        progress.plain_interval = interval;
        (progress, buffer)
    }

    fn text(buffer: &Arc<Mutex<Vec<u8>>>) -> String {
        String::from_utf8(buffer.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn off_a_terminal_a_resource_says_when_it_starts_and_what_it_did() {
        let (progress, buffer) = plain(PLAIN_INTERVAL);
        progress.resource_started(0, "copilot-seats", Some(3));
        progress.scope_done(0);
        progress.items(0, 1200);
        progress.entities(0, 1);
        progress.resource_finished(0);
        progress.items(0, 5);
        let text = text(&buffer);
        let (start, end) = text.split_once('\n').unwrap();
        assert_eq!(start, "copilot-seats: started");
        assert!(end.starts_with("copilot-seats: done, 1/3 scopes, 1,200 items, 1 entity, "), "{end}");
        assert_eq!(end.lines().count(), 1);
    }

    #[test]
    fn a_long_resource_says_in_between_how_far_it_is() {
        let (progress, buffer) = plain(Duration::ZERO);
        progress.resource_started(1, "copilot-billing", None);
        progress.items(1, 7);
        assert_eq!(text(&buffer), "copilot-billing: started\ncopilot-billing: 0 scopes, 7 items, 0 entities\n");
    }

    #[test]
    fn nothing_is_said_when_quiet_and_bars_take_the_same_calls() {
        let hidden = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        for show in [Show::Nothing, Show::Bars(hidden)] {
            let progress = Progress::new(Screen(show));
            for resource in 0..2 {
                progress.resource_started(resource, "copilot-seats", Some(1));
                progress.scope_done(resource);
                progress.items(resource, 1);
                progress.entities(resource, 1);
                progress.resource_finished(resource);
            }
        }
        assert_eq!(Screen(Show::Nothing).without_bars(|| 7), 7);
    }
}
