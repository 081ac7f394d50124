//! Filters that choose among the outputs of another filter, and filters that read the run's environment.

use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::native::{bome, v};
use jaq_core::{Bind, Exn, ValXs};

use super::super::interpreter::Engine;
use super::super::val::Val;
use super::super::{Fault, fault, meter};
use super::{Call, Native, filter, outputs, simple};

/// Selection among the outputs of a filter by a count.
enum Count {
    Nothing,
    Some(usize),
}

/// Interprets a number as a count; `round` turns one with a fraction into a whole number.
fn count(count: &Val, negative: &'static str, round: fn(f64) -> f64) -> Result<Count, Fault> {
    match count.as_number() {
        Some(number) if number < 0.0 => Err(fault(negative)),
        Some(number) if number > 0.0 => Ok(Count::Some(round(number) as usize)),
        Some(_) => Ok(Count::Nothing),
        None if *count < Val::int(0) => Err(fault(negative)),
        None => Err(fault(format!("{} and number (1) cannot be subtracted", count.described()))),
    }
}

const LIMIT: &str = "limit doesn't support negative count";
const SKIP: &str = "skip doesn't support negative count";

fn limited<'a, T: 'a>(
    count: Result<Count, Fault>,
    outputs: impl FnOnce() -> BoxIter<'a, Result<T, Exn<'a, Val>>>,
) -> BoxIter<'a, Result<T, Exn<'a, Val>>> {
    match count {
        Ok(Count::Some(count)) => Box::new(outputs().take(count)),
        Ok(Count::Nothing) => Box::new(std::iter::empty()),
        Err(error) => box_once(Err(error.into())),
    }
}

fn skipped<'a, T: 'a>(
    count: Result<Count, Fault>,
    outputs: impl FnOnce() -> BoxIter<'a, Result<T, Exn<'a, Val>>>,
) -> BoxIter<'a, Result<T, Exn<'a, Val>>> {
    let mut left = match count {
        Ok(Count::Some(count)) => count,
        Ok(Count::Nothing) => return outputs(),
        Err(error) => return box_once(Err(error.into())),
    };
    // An error cannot be skipped like an output.
    Box::new(outputs().filter(move |output| {
        let skip = left > 0 && output.is_ok();
        left -= usize::from(skip);
        !skip
    }))
}

fn last<'a, T: 'a>(mut outputs: BoxIter<'a, Result<T, Exn<'a, Val>>>) -> BoxIter<'a, Result<T, Exn<'a, Val>>> {
    Box::new(outputs.try_fold(None, |_, output| output.map(Some)).transpose().into_iter())
}

pub(super) fn list() -> Vec<Native> {
    let value_and_filter = || -> Box<[Bind]> { [Bind::Var(()), Bind::Fun(())].into() };
    vec![
        (
            "empty",
            v(0),
            jaq_core::Native::<Engine>::new(|_: Call<'_>| Box::new(std::iter::empty()))
                .with_paths(|_| Box::new(std::iter::empty())),
        ),
        (
            "first",
            filter(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let (filter, ctx) = cv.0.pop_fun();
                Box::new(filter.run((ctx, cv.1)).next().into_iter())
            })
            .with_paths(|mut cvp| {
                let (filter, ctx) = cvp.0.pop_fun();
                Box::new(filter.paths((ctx, cvp.1)).next().into_iter())
            }),
        ),
        (
            "last",
            filter(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let (filter, ctx) = cv.0.pop_fun();
                last(filter.run((ctx, cv.1)))
            })
            .with_paths(|mut cvp| {
                let (filter, ctx) = cvp.0.pop_fun();
                last(filter.paths((ctx, cvp.1)))
            }),
        ),
        // Counts a call that keeps its caller's variables, see `lower`.
        (
            "!capture",
            v(0),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| {
                cv.0.data().count_capture();
                box_once(Ok(cv.1))
            })
            .with_paths(|cvp| {
                cvp.0.data().count_capture();
                box_once(Ok(cvp.1))
            }),
        ),
        // The state of a `reduce` after an update: its last output, null when there was none.
        (
            "!state",
            filter(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let (filter, ctx) = cv.0.pop_fun();
                let state = filter.run((ctx, cv.1)).try_fold(Val::Null, |_, output| output);
                box_once(state)
            })
            .with_paths(|mut cvp| {
                let (filter, ctx) = cvp.0.pop_fun();
                let nothing = (Val::Null, Default::default());
                box_once(filter.paths((ctx, cvp.1)).try_fold(nothing, |_, output| output))
            }),
        ),
        (
            "limit",
            value_and_filter(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let (filter, ctx) = cv.0.pop_fun();
                let number = cv.0.pop_var();
                limited(count(&number, LIMIT, f64::ceil), || filter.run((ctx, cv.1)))
            })
            .with_paths(|mut cvp| {
                let (filter, ctx) = cvp.0.pop_fun();
                let number = cvp.0.pop_var();
                limited(count(&number, LIMIT, f64::ceil), || filter.paths((ctx, cvp.1)))
            }),
        ),
        (
            "skip",
            value_and_filter(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let (filter, ctx) = cv.0.pop_fun();
                let number = cv.0.pop_var();
                skipped(count(&number, SKIP, f64::floor), || filter.run((ctx, cv.1)))
            })
            .with_paths(|mut cvp| {
                let (filter, ctx) = cvp.0.pop_fun();
                let number = cvp.0.pop_var();
                skipped(count(&number, SKIP, f64::floor), || filter.paths((ctx, cvp.1)))
            }),
        ),
        (
            "range",
            v(1),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let upto = cv.0.pop_var();
                range(&Val::int(0), &upto)
            }),
        ),
        (
            "range",
            v(2),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let upto = cv.0.pop_var();
                let from = cv.0.pop_var();
                range(&from, &upto)
            }),
        ),
        (
            "range",
            v(3),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let by = cv.0.pop_var();
                let upto = cv.0.pop_var();
                let from = cv.0.pop_var();
                range_by(from, upto, by)
            }),
        ),
        ("env", v(0), jaq_core::Native::<Engine>::new(|cv: Call<'_>| box_once(Ok(cv.0.data().environment.clone())))),
        ("now", v(0), jaq_core::Native::<Engine>::new(|cv: Call<'_>| box_once(Ok(Val::number(cv.0.data().now))))),
        ("halt", v(0), jaq_core::Native::<Engine>::new(|_: Call<'_>| box_once(Err(Exn::halt(0))))),
        ("halt_error", v(0), jaq_core::Native::<Engine>::new(|_: Call<'_>| box_once(Err(Exn::halt(5))))),
        ("halt_error", v(1), jaq_core::Native::<Engine>::new(|_: Call<'_>| box_once(Err(Exn::halt(5))))),
        simple!("input", |_| Err(fault("break"))),
        simple!("input_line_number", |_| Err(fault("Unknown input line number"))),
        simple!("input_filename", |_| Ok(Val::Null)),
        simple!("debug", Ok),
        simple!("stderr", Ok),
        (
            "debug",
            filter(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let messages = cv.0.pop_fun();
                let failed = outputs(&messages, cv.1.clone()).find_map(Result::err);
                box_once(failed.map_or(Ok(cv.1), Err))
            }),
        ),
    ]
}

fn range<'a>(from: &Val, upto: &Val) -> ValXs<'a, Val> {
    let (Some(from), Some(upto)) = (from.as_number(), upto.as_number()) else {
        return bome(Err(fault("Range bounds must be numeric")));
    };
    let mut at = from;
    Box::new(std::iter::from_fn(move || {
        meter::tick();
        if at.partial_cmp(&upto) != Some(std::cmp::Ordering::Less) {
            return None;
        }
        let value = Val::number(at);
        at += 1.0;
        Some(Ok(value))
    }))
}

/// `range(from; upto; by)`, which in jq is `from | while(. < upto; . + by)` for values of any type.
fn range_by<'a>(from: Val, upto: Val, by: Val) -> ValXs<'a, Val> {
    let (upwards, downwards) = (by > Val::int(0), by < Val::int(0));
    let mut at = Some(Ok(from));
    Box::new(std::iter::from_fn(move || {
        meter::tick();
        let value = match at.take()? {
            Ok(value) => value,
            Err(error) => return Some(Err(Exn::from(error))),
        };
        if !((upwards && value < upto) || (downwards && value > upto)) {
            return None;
        }
        at = Some(value.clone() + by.clone());
        Some(Ok(value))
    }))
}
