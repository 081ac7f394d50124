//! Filters written in Rust. Each file has one subject and provides its list.

mod collections;
mod conversions;
mod dates;
mod formats;
mod paths;
mod regexes;
mod streams;
mod texts;

pub(super) use dates::FARTHEST_SECOND;
pub use regexes::check_pattern;

use jaq_core::native::Fun;
use jaq_core::{Bind, Cv};

pub(super) use formats::is_format;

use super::interpreter::Engine;
use super::val::Val;

/// Name, parameters and implementation, in the form of the library.
type Native = Fun<Engine>;

/// Mathematical filters of the library with the same meaning as in jq.
const MATHEMATICS: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "copysign",
    "cosh",
    "erf",
    "erfc",
    "exp10",
    "exp2",
    "expm1",
    "fdim",
    "fma",
    "fmod",
    "frexp",
    "hypot",
    "ilogb",
    "j0",
    "j1",
    "lgamma",
    "log1p",
    "modf",
    "nextafter",
    "remainder",
    "rint",
    "sinh",
    "tanh",
    "tgamma",
    "y0",
    "y1",
];

/// Filters of the library that take only integers where jq rounds any number; `definitions.jq` rounds for them.
const OF_INTEGERS: &[(&str, &str)] = &[("jn", "_jn"), ("ldexp", "_ldexp"), ("scalbln", "_scalbln"), ("yn", "_yn")];

/// Every native filter.
pub(super) fn all() -> Vec<Native> {
    let mut all: Vec<Native> =
        [paths::list(), streams::list(), collections::list(), conversions::list()].into_iter().flatten().collect();
    all.extend([texts::list(), regexes::list(), formats::list(), dates::list()].into_iter().flatten());
    let mathematics = jaq_std::extra_funs::<Engine>().filter_map(|(name, arguments, native)| {
        let hidden = OF_INTEGERS.iter().find(|(known, _)| *known == name);
        let known = MATHEMATICS.contains(&name).then_some(name);
        let name = hidden.map(|(_, hidden)| *hidden).or(known)?;
        Some((name, arguments, native))
    });
    all.extend(mathematics);
    all
}

/// Makes a filter that turns its input into one output.
macro_rules! simple {
    ($name:literal, $run:expr) => {
        (
            $name,
            jaq_core::native::v(0),
            jaq_core::Native::<Engine>::new(|cv: jaq_core::Cv<'_, Engine>| {
                let run: fn(Val) -> super::super::ValResult = $run;
                jaq_core::native::bome(run(cv.1))
            }),
        )
    };
}

/// Makes a filter with one value beside its input.
macro_rules! with_value {
    ($name:literal, $run:expr) => {
        (
            $name,
            jaq_core::native::v(1),
            jaq_core::Native::<Engine>::new(|mut cv: jaq_core::Cv<'_, Engine>| {
                let run: fn(Val, Val) -> super::super::ValResult = $run;
                let argument = cv.0.pop_var();
                jaq_core::native::bome(run(cv.1, argument))
            }),
        )
    };
}

/// Makes a filter with two values beside its input.
macro_rules! with_values {
    ($name:literal, $run:expr) => {
        (
            $name,
            jaq_core::native::v(2),
            jaq_core::Native::<Engine>::new(|mut cv: jaq_core::Cv<'_, Engine>| {
                let run: fn(Val, Val, Val) -> super::super::ValResult = $run;
                let second = cv.0.pop_var();
                let first = cv.0.pop_var();
                jaq_core::native::bome(run(cv.1, first, second))
            }),
        )
    };
}

use {simple, with_value, with_values};

fn filter() -> Box<[Bind]> {
    [Bind::Fun(())].into()
}

/// All outputs of a filter argument for `value`.
fn outputs<'a>(filter: &(jaq_core::compile::TermId, jaq_core::Ctx<'a, Engine>), value: Val) -> jaq_core::ValXs<'a, Val> {
    filter.0.run((filter.1.clone(), value))
}

type Call<'a> = Cv<'a, Engine>;
