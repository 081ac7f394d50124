//! Slices that are read at the same time, delivered in the order in which they were begun.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::source::Event;

/// Slices that are read at the same time. GitHub asks for few requests at once and allows a hundred; four hide its latency.
const SLICES_AT_ONCE: usize = 4;

/// Batches that a slice may run ahead of the loader. Together with [`SLICES_AT_ONCE`] this bounds what is held in memory.
const BATCHES_AHEAD: usize = 2;

/// Tasks that read, in order. Dropping the value ends them.
#[derive(Default)]
pub(super) struct Running {
    tasks: JoinSet<()>,
    order: VecDeque<mpsc::Receiver<Event>>,
}

impl Running {
    /// Begins to read something once there is room. It is given where to send what it reads.
    pub(super) async fn start<F, R>(&mut self, out: &mpsc::Sender<Event>, read: F)
    where
        F: FnOnce(mpsc::Sender<Event>) -> R,
        R: Future<Output = ()> + Send + 'static,
    {
        while self.order.len() >= SLICES_AT_ONCE {
            self.deliver(out).await;
        }
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        self.tasks.spawn(read(sender).in_current_span());
        self.order.push_back(receiver);
    }

    /// Delivers all that was begun.
    pub(super) async fn drain(&mut self, out: &mpsc::Sender<Event>) {
        while !self.order.is_empty() {
            self.deliver(out).await;
        }
    }

    async fn deliver(&mut self, out: &mpsc::Sender<Event>) {
        let Some(mut slice) = self.order.pop_front() else { return };
        while let Some(event) = slice.recv().await {
            if out.send(event).await.is_err() {
                // Nobody listens any more: the run was dropped or has failed.
                self.order.clear();
                self.tasks.abort_all();
                return;
            }
        }
        while self.tasks.try_join_next().is_some() {}
    }
}
