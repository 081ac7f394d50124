//! The workers that map batches: threads with a stack deep enough for jq, one per core, fed one batch at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use tokio::sync::oneshot;

use crate::door::stack::evaluation_thread;
use crate::mapping::evaluate::{CompiledResource, MappedBatch};
use crate::mapping::program::Run;
use crate::model::item::Batch;

/// Maps batches. Dropping it ends its threads once they have finished what they are at.
pub struct Workers {
    place: Place,
    busy: Arc<AtomicU64>,
    /// Time zone of the local time in expressions.
    zone: TimeZone,
}

enum Place {
    Threads(mpsc::Sender<Job>, usize),
    Inline,
}

struct Job {
    resource: Arc<CompiledResource>,
    batch: Batch,
    run: Run,
    reply: oneshot::Sender<MappedBatch>,
}

/// A worker is gone, which only a bug or an exhausted machine can do.
#[derive(Debug, thiserror::Error)]
#[error("a mapping worker ended before its batch was mapped")]
pub struct WorkerLost;

impl Workers {
    /// Starts `count` threads.
    ///
    /// # Errors
    /// Fails when the operating system gives no thread.
    pub fn start(count: usize) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        let busy = Arc::<AtomicU64>::default();
        for number in 0..count.max(1) {
            let (receiver, busy) = (Arc::clone(&receiver), Arc::clone(&busy));
            evaluation_thread(format!("mapping-{number}")).spawn(move || work(&receiver, &busy))?;
        }
        Ok(Self { place: Place::Threads(sender, count.max(1)), busy, zone: TimeZone::UTC })
    }

    /// Maps on the caller's own thread, for a simulation whose every step must be reproducible.
    pub fn inline() -> Self {
        Self { place: Place::Inline, busy: Arc::default(), zone: TimeZone::UTC }
    }

    /// Sets the time zone of expressions; UTC without it.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// Time that mapping has taken, added up over the threads. Mapping inline is not timed: a simulation has no time of its own.
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::Relaxed))
    }

    /// Number of threads: the limit of batches that are mapped at once.
    pub fn count(&self) -> usize {
        match &self.place {
            Place::Threads(_, count) => *count,
            Place::Inline => 1,
        }
    }

    /// Maps one batch.
    ///
    /// # Errors
    /// [`WorkerLost`], see there.
    pub async fn map(&self, resource: Arc<CompiledResource>, batch: Batch, run: Run) -> Result<MappedBatch, WorkerLost> {
        let run = Run { zone: self.zone.clone(), ..run };
        match &self.place {
            Place::Inline => Ok(resource.map_batch(&batch, &run)),
            Place::Threads(sender, _) => {
                let (reply, answer) = oneshot::channel();
                sender.send(Job { resource, batch, run, reply }).map_err(|_| WorkerLost)?;
                answer.await.map_err(|_| WorkerLost)
            }
        }
    }
}

fn work(jobs: &Mutex<mpsc::Receiver<Job>>, busy: &AtomicU64) {
    loop {
        // Whoever holds the lock waits for the next job; the others wait for the lock, which is the same.
        let job = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok(job) = job else { return };
        let run = Run { stopwatch: Some(stopwatch), ..job.run };
        let began = Instant::now();
        let mapped = job.resource.map_batch(&job.batch, &run);
        busy.fetch_add(u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        // Nobody listens any more when the run was dropped.
        let _ = job.reply.send(mapped);
    }
}

/// Time that passes, for the limit on how long an expression may take. A simulation does without: it counts steps only, because
/// time differs from run to run.
fn stopwatch() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
