//! Filters on paths: reading, setting and deleting.

use std::sync::Arc;

use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::native::{bome, v};
use jaq_core::{Bind, Error, Exn, ValX, ValXs};

use super::super::interpreter::Engine;
use super::super::val::{Map, Text, Val};
use super::super::{Fault, fault, meter};
use super::{Call, Native, filter, outputs, with_value, with_values};

pub(super) fn list() -> Vec<Native> {
    vec![
        ("path", filter(), jaq_core::Native::<Engine>::new(path)),
        ("!modify", [Bind::Fun(()), Bind::Fun(())].into(), jaq_core::Native::<Engine>::new(modify)),
        ("!assign", [Bind::Fun(()), Bind::Var(())].into(), jaq_core::Native::<Engine>::new(assign)),
        // The output of its argument, which has no path unless it is the input itself.
        (
            "!value",
            filter(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let (filter, ctx) = cv.0.pop_fun();
                filter.run((ctx, cv.1))
            })
            .with_paths(|mut cvp| {
                let (filter, ctx) = cvp.0.pop_fun();
                let (value, path) = cvp.1;
                let made = filter.run((ctx, value.clone()));
                Box::new(made.map(move |made| {
                    let made = made?;
                    let path = if is_same(&value, &made) { path.clone() } else { empty_like(&path).cons(mark(&made)) };
                    Ok((made, path))
                }))
            }),
        ),
        // `try` with a handler where paths may be needed: outputs of a handler are computed values.
        (
            "!try",
            [Bind::Fun(()), Bind::Fun(())].into(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let handler = cv.0.pop_fun();
                let (body, ctx) = cv.0.pop_fun();
                caught(body.run((ctx, cv.1)), move |error| handler.0.run((handler.1, error)))
            })
            .with_paths(|mut cvp| {
                let handler = cvp.0.pop_fun();
                let (body, ctx) = cvp.0.pop_fun();
                let nowhere = empty_like(&cvp.1.1);
                caught(body.paths((ctx, cvp.1)), move |error| {
                    let made = handler.0.run((handler.1, error));
                    Box::new(made.map(move |made| {
                        let made = made?;
                        let path = nowhere.clone().cons(mark(&made));
                        Ok((made, path))
                    }))
                })
            }),
        ),
        // The input, if it has a path in which an element can be looked up.
        (
            "!index",
            v(1),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| box_once(Ok(cv.1))).with_paths(|mut cvp| {
                let key = cvp.0.pop_var();
                box_once(match marked(cvp.1.1.iter()) {
                    Some(made) => Err(not_found_there(made, &key).into()),
                    None => Ok(cvp.1),
                })
            }),
        ),
        // The input, if it has a path over whose elements can be iterated.
        (
            "!each",
            v(0),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| box_once(Ok(cv.1))).with_paths(|cvp| {
                box_once(match marked(cvp.1.1.iter()) {
                    Some(made) => {
                        Err(fault(format!("Invalid path expression near attempt to iterate through {}", made.excerpt())).into())
                    }
                    None => Ok(cvp.1),
                })
            }),
        ),
        (
            "getpath",
            v(1),
            jaq_core::Native::<Engine>::new(getpath).with_paths(|mut cvp| {
                let keys = cvp.0.pop_var();
                let (value, path) = cvp.1;
                let Some(list) = keys.as_items() else {
                    return box_once(Err(not_a_path().into()));
                };
                let found = value.at_path(list).map(|found| (found, list.iter().cloned().fold(path, |path, key| path.cons(key))));
                box_once(found.map_err(Exn::from))
            }),
        ),
        with_values!("setpath", |value, path, new| {
            let path = path.as_items().ok_or_else(not_a_path)?;
            let mut new = Some(new);
            value.changed_at(path, &mut |_| Ok::<_, Fault>(new.take().unwrap_or_default()))
        }),
        with_value!("delpaths", |value, paths| match paths {
            Val::Array(paths) => value.without(super::super::val::Items::take(paths)),
            _ => Err(fault("Paths must be specified as an array")),
        }),
        (
            "error",
            v(0),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| bome(Err(Error::new(cv.1))))
                .with_paths(|cvp| box_once(Err(Error::new(cvp.1.0).into()))),
        ),
        (
            "error",
            filter(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let message = cv.0.pop_fun();
                Box::new(outputs(&message, cv.1).map(|message| Err(Error::new(message?).into())))
            })
            .with_paths(|mut cvp| {
                let message = cvp.0.pop_fun();
                Box::new(outputs(&message, cvp.1.0).map(|message| Err(Error::new(message?).into())))
            }),
        ),
    ]
}

/// The outputs up to the first error, then those of its handler.
fn caught<'a, T: 'a>(
    mut body: BoxIter<'a, Result<T, Exn<'a, Val>>>,
    handle: impl FnOnce(Val) -> BoxIter<'a, Result<T, Exn<'a, Val>>> + 'a,
) -> BoxIter<'a, Result<T, Exn<'a, Val>>> {
    let mut handle = Some(handle);
    let mut handled: Option<BoxIter<'a, _>> = None;
    Box::new(std::iter::from_fn(move || {
        if let Some(handled) = &mut handled {
            return handled.next();
        }
        match body.next()? {
            Err(exception) => match exception.get_err() {
                Ok(error) => handled.insert(handle.take()?(error.into_val())).next(),
                Err(exception) => Some(Err(exception)),
            },
            output => Some(output),
        }
    }))
}

fn not_a_path() -> Fault {
    fault("Path must be specified as an array")
}

fn not_found_there(made: &Val, key: &Val) -> Fault {
    fault(format!("Invalid path expression near attempt to access element {} of {}", key.excerpt(), made.excerpt()))
}

/// The key that marks a computed value in a path. No key of an item is equal to it.
const MADE: &str = "\0made";

/// The first element of the path of a computed value.
fn mark(made: &Val) -> Val {
    Val::object(Map::from_iter([(Text::new(MADE), made.clone())]))
}

fn made(key: &Val) -> Option<&Val> {
    match key {
        Val::Object(fields) if fields.map().len() == 1 => fields.map().get(MADE),
        _ => None,
    }
}

/// The computed value, if the path ends with its mark. Paths are given from their last key on.
fn marked<'p>(mut path: impl Iterator<Item = &'p Val>) -> Option<&'p Val> {
    path.next().and_then(made)
}

/// An empty path. The library does not export its type, so it is inferred from an argument.
fn empty_like<T: Default>(_: &T) -> T {
    T::default()
}

/// Tells whether jq treats both as the same value: equal scalars, or the same place in memory.
fn is_same(value: &Val, made: &Val) -> bool {
    match (value, made) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(value), Val::Bool(made)) => value == made,
        (Val::Number(value), Val::Number(made)) => value.as_f64().to_bits() == made.as_f64().to_bits(),
        (Val::String(value), Val::String(made)) => std::ptr::eq(value.as_str(), made.as_str()),
        (Val::Array(value), Val::Array(made)) => Arc::ptr_eq(value, made),
        (Val::Object(value), Val::Object(made)) => Arc::ptr_eq(value, made),
        _ => false,
    }
}

/// The keys of a path from the first one on, if it begins at the input.
fn keys<'p>(path: impl Iterator<Item = &'p Val>) -> Result<Vec<Val>, Fault> {
    let mut keys: Vec<Val> = Vec::new();
    for key in path {
        if let Some(made) = made(key) {
            return Err(match keys.last() {
                Some(key) => not_found_there(made, key),
                None => fault(format!("Invalid path expression with result {}", made.excerpt())),
            });
        }
        keys.push(key.clone());
    }
    keys.reverse();
    Ok(keys)
}

fn getpath<'a>(mut cv: Call<'a>) -> ValXs<'a, Val> {
    let path = cv.0.pop_var();
    bome(path.as_items().ok_or_else(not_a_path).and_then(|path| cv.1.at_path(path)))
}

fn path<'a>(mut cv: Call<'a>) -> ValXs<'a, Val> {
    let (paths, ctx) = cv.0.pop_fun();
    Box::new(paths.paths((ctx, (cv.1, Default::default()))).map(|found| {
        let keys = keys(found?.1.iter())?;
        meter::work(keys.len());
        Ok(Val::array(keys))
    }))
}

/// `paths |= update`: the first output replaces the current value; a value without an output is deleted at the end.
fn modify<'a>(mut cv: Call<'a>) -> ValXs<'a, Val> {
    let update = cv.0.pop_fun();
    let (paths, ctx) = cv.0.pop_fun();
    let run = move || -> ValX<'a, Val> {
        let mut value = cv.1.clone();
        let mut emptied = Vec::new();
        for found in paths.paths((ctx, (cv.1, Default::default()))) {
            let keys = keys(found?.1.iter())?;
            let mut empty = false;
            if value.has_path(&keys) {
                // The old value is taken out during the change, so that it can change without a copy.
                value = value.changed_at(&keys, &mut |old: Val| match outputs(&update, old.clone()).next() {
                    Some(new) => new,
                    None => {
                        empty = true;
                        Ok(old)
                    }
                })?;
            } else {
                // A missing value is only created if there is an output for it.
                match outputs(&update, value.at_path(&keys)?).next() {
                    Some(new) => {
                        let mut new = Some(new?);
                        value = value.changed_at(&keys, &mut |_| Ok::<_, Exn<'a, Val>>(new.take().unwrap_or_default()))?;
                    }
                    None => empty = true,
                }
            }
            if empty {
                emptied.push(Val::array(keys));
            }
        }
        if emptied.is_empty() { Ok(value) } else { Ok(value.without(emptied)?) }
    };
    box_once(run())
}

/// `paths = value`.
fn assign<'a>(mut cv: Call<'a>) -> ValXs<'a, Val> {
    let new = cv.0.pop_var();
    let (paths, ctx) = cv.0.pop_fun();
    let run = move || -> ValX<'a, Val> {
        let mut value = cv.1.clone();
        for found in paths.paths((ctx, (cv.1, Default::default()))) {
            let keys = keys(found?.1.iter())?;
            value = value.changed_at(&keys, &mut |_| Ok::<_, Exn<'a, Val>>(new.clone()))?;
        }
        Ok(value)
    };
    box_once(run())
}
