//! Meter: counts the resources of an evaluation and stops it at the limit.
//!
//! The counters are local to the thread. Outside of [`metered`] they count nothing and never stop, so values can be made and
//! dropped anywhere. A stop is an unwinding without a panic message, caught in [`metered`]; it never starts in a destructor.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::{EVALUATION_STACK_BYTES, Limit, Run, Stopwatch};

/// Steps between two checks of the cancel flag and the stopwatch: frequent enough for a millisecond, with no measurable cost.
const STEPS_BETWEEN_LOOKS: u64 = 4096;

/// Part of the stack that evaluation does not use: unwinding, destructors and native code run there.
const STACK_RESERVE_BYTES: usize = 24 << 20;

/// Payload of the unwinding.
#[derive(Debug)]
pub(crate) enum Stop {
    Budget(Limit, u64),
    Cancelled,
    /// A panic of other code: a bug in the engine.
    Broken(String),
}

struct Watch {
    cancel: Option<Arc<AtomicBool>>,
    stopwatch: Option<(Stopwatch, Duration)>,
    time: Duration,
}

struct Meter {
    steps_left: Cell<u64>,
    steps_to_look: Cell<u64>,
    steps: Cell<u64>,
    live_bytes: Cell<i64>,
    bytes: Cell<i64>,
    depth: Cell<u32>,
    stack_floor: Cell<usize>,
    stack: Cell<usize>,
    watch: Cell<Option<Watch>>,
}

thread_local! {
    static METER: Meter = const { Meter {
        steps_left: Cell::new(u64::MAX),
        steps_to_look: Cell::new(u64::MAX),
        steps: Cell::new(u64::MAX),
        live_bytes: Cell::new(0),
        bytes: Cell::new(i64::MAX),
        depth: Cell::new(u32::MAX),
        stack_floor: Cell::new(0),
        stack: Cell::new(0),
        watch: Cell::new(None),
    } };
}

/// Counts one step, and checks the stack.
#[inline]
pub(crate) fn tick() {
    work(1);
}

/// Counts `steps` steps, and checks the stack.
#[inline]
pub(crate) fn work(steps: usize) {
    let here = 0u8;
    let here = std::ptr::from_ref(&here) as usize;
    let stop = METER.with(|meter| {
        let steps = steps as u64;
        let left = meter.steps_left.get();
        let to_look = meter.steps_to_look.get();
        if left < steps {
            return Some(Stop::Budget(Limit::Steps, meter.steps.get()));
        }
        meter.steps_left.set(left - steps);
        if here < meter.stack_floor.get() {
            return Some(Stop::Budget(Limit::Stack, meter.stack.get() as u64));
        }
        if to_look < steps {
            return meter.look();
        }
        meter.steps_to_look.set(to_look - steps);
        None
    });
    if let Some(stop) = stop {
        resume_unwind(Box::new(stop));
    }
}

/// Counts the steps for processing `bytes` bytes at once.
#[inline]
pub(crate) fn touch(bytes: usize) {
    work(1 + bytes / 64);
}

/// Counts allocated bytes; see [`release`].
#[inline]
pub(crate) fn charge(bytes: usize) {
    let stop = METER.with(|meter| {
        let live = meter.live_bytes.get() + bytes as i64;
        meter.live_bytes.set(live);
        (live > meter.bytes.get()).then(|| Stop::Budget(Limit::Bytes, meter.bytes.get() as u64))
    });
    if let Some(stop) = stop {
        resume_unwind(Box::new(stop));
    }
}

/// Checks before an allocation: stops if the bytes would exceed the limit.
pub(crate) fn afford(bytes: usize) {
    charge(bytes);
    release(bytes);
}

/// Stops because memory is used up that [`charge`] does not count.
#[cold]
pub(crate) fn out_of_bytes() -> ! {
    let limit = METER.with(|meter| meter.bytes.get());
    resume_unwind(Box::new(Stop::Budget(Limit::Bytes, limit as u64)));
}

/// Stops because a value could not be dropped on the stack.
#[cold]
pub(crate) fn out_of_stack() -> ! {
    let limit = METER.with(|meter| meter.stack.get());
    resume_unwind(Box::new(Stop::Budget(Limit::Stack, limit as u64)));
}

/// Counts freed bytes. Never stops, because it runs in destructors.
#[inline]
pub(crate) fn release(bytes: usize) {
    // The thread-local storage may be destroyed before the last values of an ending thread are dropped.
    let _ = METER.try_with(|meter| meter.live_bytes.set(meter.live_bytes.get() - bytes as i64));
}

/// Stops when a value of this depth is too deep.
#[inline]
pub(crate) fn limit_depth(depth: u32) {
    if METER.with(|meter| depth > meter.depth.get()) {
        let limit = METER.with(|meter| meter.depth.get());
        resume_unwind(Box::new(Stop::Budget(Limit::Depth, u64::from(limit))));
    }
}

impl Meter {
    #[cold]
    fn look(&self) -> Option<Stop> {
        self.steps_to_look.set(STEPS_BETWEEN_LOOKS);
        let watch = self.watch.take()?;
        let cancelled = watch.cancel.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
        let late = watch.stopwatch.is_some_and(|(now, start)| now().saturating_sub(start) > watch.time);
        let milliseconds = watch.time.as_millis() as u64;
        self.watch.set(Some(watch));
        match (cancelled, late) {
            (true, _) => Some(Stop::Cancelled),
            (_, true) => Some(Stop::Budget(Limit::Time, milliseconds)),
            _ => None,
        }
    }

    fn arm(&self, run: &Run, here: usize) {
        let budget = &run.budget;
        let stack = budget.stack.min(EVALUATION_STACK_BYTES);
        let stack = stack - STACK_RESERVE_BYTES.min(stack / 4);
        self.steps.set(budget.steps);
        self.steps_left.set(budget.steps);
        self.steps_to_look.set(0);
        self.live_bytes.set(0);
        self.bytes.set(i64::try_from(budget.bytes).unwrap_or(i64::MAX));
        self.depth.set(budget.depth);
        self.stack.set(budget.stack);
        self.stack_floor.set(here.saturating_sub(stack));
        self.watch.set(Some(Watch {
            cancel: run.cancel.clone(),
            stopwatch: run.stopwatch.map(|now| (now, now())),
            time: budget.time,
        }));
    }

    fn disarm(&self) {
        self.steps_left.set(u64::MAX);
        self.steps_to_look.set(u64::MAX);
        self.bytes.set(i64::MAX);
        self.depth.set(u32::MAX);
        self.stack_floor.set(0);
        self.watch.set(None);
    }
}

/// Runs `evaluation` under the limits of `run`.
pub(crate) fn metered<T>(run: &Run, evaluation: impl FnOnce() -> T) -> Result<T, Stop> {
    let here = 0u8;
    METER.with(|meter| meter.arm(run, std::ptr::from_ref(&here) as usize));
    let outcome = catch_unwind(AssertUnwindSafe(evaluation));
    METER.with(Meter::disarm);
    outcome.map_err(|payload| match payload.downcast::<Stop>() {
        Ok(stop) => *stop,
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            Stop::Broken(text.unwrap_or_default())
        }
    })
}

/// Live bytes of values of the evaluation in progress, for tests.
#[cfg(test)]
pub(crate) fn live_bytes() -> i64 {
    METER.with(|meter| meter.live_bytes.get())
}
