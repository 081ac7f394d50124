//! Filters that work on paths: reading, setting and deleting what a path names.

use jaq_core::box_iter::box_once;
use jaq_core::native::{bome, v};
use jaq_core::{Bind, Error, Exn, ValX, ValXs};

use super::super::interpreter::Engine;
use super::super::val::Val;
use super::super::{Fault, fault, meter};
use super::{Call, Native, filter, outputs, with_value, with_values};

pub(super) fn list() -> Vec<Native> {
    vec![
        ("path", filter(), jaq_core::Native::<Engine>::new(path)),
        (
            "_modify",
            [Bind::Fun(()), Bind::Fun(())].into(),
            jaq_core::Native::<Engine>::new(modify),
        ),
        (
            "_assign",
            [Bind::Fun(()), Bind::Var(())].into(),
            jaq_core::Native::<Engine>::new(assign),
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
                let found = value.at_path(list).map(|found| {
                    (
                        found,
                        list.iter().cloned().fold(path, |path, key| path.cons(key)),
                    )
                });
                box_once(found.map_err(Exn::from))
            }),
        ),
        with_values!("setpath", |value, path, new| {
            let path = path.as_items().ok_or_else(not_a_path)?;
            let mut new = Some(new);
            value.changed_at(path, &mut |_| {
                Ok::<_, Fault>(new.take().unwrap_or_default())
            })
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

fn not_a_path() -> Fault {
    fault("Path must be specified as an array")
}

fn getpath<'a>(mut cv: Call<'a>) -> ValXs<'a, Val> {
    let path = cv.0.pop_var();
    bome(
        path.as_items()
            .ok_or_else(not_a_path)
            .and_then(|path| cv.1.at_path(path)),
    )
}

fn path<'a>(mut cv: Call<'a>) -> ValXs<'a, Val> {
    let (paths, ctx) = cv.0.pop_fun();
    Box::new(paths.paths((ctx, (cv.1, Default::default()))).map(|found| {
        let mut keys: Vec<Val> = found?.1.iter().cloned().collect();
        meter::work(keys.len());
        keys.reverse();
        Ok(Val::array(keys))
    }))
}

/// `paths |= update`: the first output replaces what is there; where there is none, it is deleted in the end.
fn modify<'a>(mut cv: Call<'a>) -> ValXs<'a, Val> {
    let update = cv.0.pop_fun();
    let (paths, ctx) = cv.0.pop_fun();
    let run = move || -> ValX<'a, Val> {
        let mut value = cv.1.clone();
        let mut emptied = Vec::new();
        for found in paths.paths((ctx, (cv.1, Default::default()))) {
            let mut keys: Vec<Val> = found?.1.iter().cloned().collect();
            keys.reverse();
            let mut empty = false;
            value = value.changed_at(&keys, &mut |old: Val| match outputs(&update, old.clone())
                .next()
            {
                Some(new) => new,
                None => {
                    empty = true;
                    Ok(old)
                }
            })?;
            if empty {
                emptied.push(Val::array(keys));
            }
        }
        if emptied.is_empty() {
            Ok(value)
        } else {
            Ok(value.without(emptied)?)
        }
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
            let mut keys: Vec<Val> = found?.1.iter().cloned().collect();
            keys.reverse();
            value = value.changed_at(&keys, &mut |_| Ok::<_, Exn<'a, Val>>(new.clone()))?;
        }
        Ok(value)
    };
    box_once(run())
}
