//! Threads with the stack that compiling and evaluating expressions need.

use std::thread::{self, Builder};

use pilotage_jq::EVALUATION_STACK_BYTES;

/// The machine gave no thread with such a stack, or the thread broke off.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("cannot start a thread to compile and evaluate the mapping")]
pub struct NoThread;

/// A thread that is about to be started, with that name.
pub fn evaluation_thread(name: impl Into<String>) -> Builder {
    Builder::new().name(name.into()).stack_size(EVALUATION_STACK_BYTES)
}

/// Runs something on a thread of its own with that stack, and waits for it.
///
/// # Errors
/// Fails when the machine gives no thread, or the thread panicked.
pub fn on_evaluation_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, NoThread> {
    thread::scope(|scope| {
        let thread = evaluation_thread("evaluation").spawn_scoped(scope, work).map_err(|_| NoThread)?;
        thread.join().map_err(|_| NoThread)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of each step, which the compiler must not fold into one.
    fn sum(depth: u64) -> u64 {
        let bytes = std::hint::black_box([depth as u8; 4096]);
        if depth == 0 { u64::from(bytes[0]) } else { 1 + sum(depth - 1) }
    }

    #[test]
    fn work_may_go_deeper_than_a_usual_stack_reaches() {
        // 4 KiB a step: 40 MiB, where threads usually have 2 and processes 8.
        assert_eq!(on_evaluation_stack(|| sum(10_000)), Ok(10_000));
    }

    #[test]
    fn a_thread_that_broke_off_is_an_error() {
        assert_eq!(on_evaluation_stack(|| -> u8 { panic!("on purpose") }), Err(NoThread));
    }
}
