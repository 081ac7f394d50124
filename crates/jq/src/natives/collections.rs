//! Filters on arrays and objects: length, keys, order, grouping, sums, searching.

use jaq_core::box_iter::box_once;
use jaq_core::{ValT, ValX};

use super::super::interpreter::Engine;
use super::super::order::sorted_keys;
use super::super::val::{Items, Map, Text, Val};
use super::super::{Fault, ValResult, fault, meter};
use super::{Call, Native, filter, outputs, simple, with_value};

/// Maximum depth of values that are searched or sorted.
const SEARCH_DEPTH: u32 = 10_000;

/// Chooses among values by their keys.
type Choice<'a> = fn(Vec<(Vec<Val>, Val)>) -> ValX<'a, Val>;

fn by<'a>(mut cv: Call<'a>, choose: Choice<'a>) -> jaq_core::ValXs<'a, Val> {
    let key = cv.0.pop_fun();
    let run = move || {
        let Val::Array(items) = cv.1 else {
            let iterated = cv.1.clone().values().find_map(Result::err);
            return Err(iterated
                .unwrap_or_else(|| fault(format!("{} cannot be sorted, as it is not an array", cv.1.described())))
                .into());
        };
        let mut keyed = Vec::new();
        for value in Items::take(items) {
            let keys = outputs(&key, value.clone()).collect::<Result<Vec<_>, _>>()?;
            keyed.push((keys, value));
        }
        choose(keyed)
    };
    box_once(run())
}

fn sort_keyed(keyed: &mut [(Vec<Val>, Val)]) {
    keyed.sort_by(|left, right| left.0.cmp(&right.0));
}

fn group(mut keyed: Vec<(Vec<Val>, Val)>) -> Vec<Vec<Val>> {
    sort_keyed(&mut keyed);
    let mut groups: Vec<Vec<Val>> = Vec::new();
    let mut last: Option<Vec<Val>> = None;
    for (keys, value) in keyed {
        match groups.last_mut() {
            Some(group) if last.as_ref() == Some(&keys) => group.push(value),
            _ => groups.push(vec![value]),
        }
        last = Some(keys);
    }
    groups
}

fn extreme<'a>(keyed: Vec<(Vec<Val>, Val)>, replaces: fn(&[Val], &[Val]) -> bool) -> ValX<'a, Val> {
    let best = keyed.into_iter().reduce(|best, next| if replaces(&next.0, &best.0) { next } else { best });
    Ok(best.map_or(Val::Null, |(_, value)| value))
}

pub(super) fn list() -> Vec<Native> {
    vec![
        (
            "sort_by",
            filter(),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| {
                by(cv, |mut keyed| {
                    sort_keyed(&mut keyed);
                    Ok(Val::array(keyed.into_iter().map(|(_, value)| value).collect()))
                })
            }),
        ),
        (
            "group_by",
            filter(),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| {
                by(cv, |keyed| Ok(Val::array(group(keyed).into_iter().map(Val::array).collect())))
            }),
        ),
        (
            "unique_by",
            filter(),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| {
                by(cv, |keyed| Ok(Val::array(group(keyed).into_iter().filter_map(|group| group.into_iter().next()).collect())))
            }),
        ),
        (
            "min_by",
            filter(),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| by(cv, |keyed| extreme(keyed, |next, best| next < best))),
        ),
        (
            "max_by",
            filter(),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| by(cv, |keyed| extreme(keyed, |next, best| next >= best))),
        ),
        simple!("sort", |value| sorted(value).map(Val::array)),
        simple!("unique", |value| {
            let mut items = sorted(value)?;
            items.dedup();
            Ok(Val::array(items))
        }),
        simple!("min", |value| smallest(value, |items| items.min())),
        simple!("max", |value| smallest(value, |items| items.max())),
        simple!("length", length),
        simple!("not", |value| Ok(Val::Bool(!value.is_true()))),
        simple!("!true", |_| Ok(Val::Bool(true))),
        simple!("!false", |_| Ok(Val::Bool(false))),
        simple!("!null", |_| Ok(Val::Null)),
        simple!("keys", |value| keys(&value, true)),
        simple!("keys_unsorted", |value| keys(&value, false)),
        simple!("add", add),
        simple!("reverse", reverse),
        simple!("flatten", |value| flatten(value, &Val::number(f64::INFINITY))),
        with_value!("flatten", |value, depth| flatten(value, &depth)),
        simple!("to_entries", to_entries),
        simple!("from_entries", from_entries),
        simple!("transpose", transpose),
        with_value!("has", |value, key| has(&value, &key)),
        with_value!("contains", |value, part| contains(&value, &part, 0).map(Val::Bool)),
        with_value!("bsearch", |value, wanted| {
            let items = value.as_items().ok_or_else(|| fault(format!("{} cannot be searched from", value.described())))?;
            Ok(Val::number(search(items, &wanted)))
        }),
        with_value!("join", |value, separator| join(value, &separator)),
    ]
}

/// Position of `wanted` in sorted `items`, or `-1 - position` of its insertion; of equal ones the first that binary search meets.
fn search(items: &[Val], wanted: &Val) -> f64 {
    let (mut from, mut upto) = (0, items.len());
    while from < upto {
        let middle = from + (upto - from) / 2;
        match wanted.cmp(&items[middle]) {
            std::cmp::Ordering::Equal => return middle as f64,
            std::cmp::Ordering::Less => upto = middle,
            std::cmp::Ordering::Greater => from = middle + 1,
        }
    }
    -1.0 - from as f64
}

fn sorted(value: Val) -> Result<Vec<Val>, Fault> {
    if value.depth() > SEARCH_DEPTH + 1 {
        return Err(fault("Comparison too deep"));
    }
    match value {
        Val::Array(items) => {
            let mut items = Items::take(items);
            items.sort();
            Ok(items)
        }
        other => Err(fault(format!("{} cannot be sorted, as it is not an array", other.described()))),
    }
}

fn smallest(value: Val, choose: fn(std::vec::IntoIter<Val>) -> Option<Val>) -> ValResult {
    match value {
        Val::Array(items) => Ok(choose(Items::take(items).into_iter()).unwrap_or_default()),
        other => Err(fault(format!("{0} and {0} cannot be iterated over", other.described()))),
    }
}

fn length(value: Val) -> ValResult {
    Ok(match value {
        Val::Null => Val::int(0),
        Val::Number(number) => Val::Number(if number.as_f64() < 0.0 { number.negated() } else { number }),
        Val::String(text) => {
            meter::touch(text.as_str().len());
            Val::int(text.as_str().chars().count())
        }
        Val::Array(items) => Val::int(items.values().len()),
        Val::Object(fields) => Val::int(fields.map().len()),
        Val::Bool(_) => return Err(fault(format!("{} has no length", value.described()))),
    })
}

fn keys(value: &Val, sort: bool) -> ValResult {
    Ok(Val::array(match value {
        Val::Array(items) => (0..items.values().len()).map(Val::int).collect(),
        Val::Object(fields) if sort => sorted_keys(fields).into_iter().cloned().map(Val::String).collect(),
        Val::Object(fields) => fields.map().keys().cloned().map(Val::String).collect(),
        other => return Err(fault(format!("{} has no keys", other.described()))),
    }))
}

fn add(value: Val) -> ValResult {
    let mut sum = Val::Null;
    for value in value.values() {
        sum = (sum + value?)?;
    }
    Ok(sum)
}

fn reverse(value: Val) -> ValResult {
    Ok(match value {
        Val::Null => Val::array(Vec::new()),
        Val::String(text) => Val::String(Text::from(text.as_str().chars().rev().collect::<String>())),
        Val::Array(items) => {
            let mut items = Items::take(items);
            meter::work(items.len());
            items.reverse();
            Val::array(items)
        }
        Val::Object(fields) if fields.map().is_empty() => Val::array(Vec::new()),
        other => {
            return Err(fault(format!("Cannot index {} with number (0)", other.type_name())));
        }
    })
}

fn flatten(value: Val, depth: &Val) -> ValResult {
    fn into(out: &mut Vec<Val>, value: Val, depth: &Val) -> Result<(), Fault> {
        for value in value.values() {
            match value? {
                // Only a depth of exactly zero ends it, so a depth of 1.5 flattens everything.
                value @ Val::Array(_) if *depth != Val::int(0) => {
                    into(out, value, &(depth.clone() - Val::int(1))?)?;
                }
                value => {
                    meter::afford(size_of::<Val>() * out.len());
                    out.push(value);
                }
            }
        }
        Ok(())
    }
    if *depth < Val::int(0) {
        return Err(fault("flatten depth must not be negative"));
    }
    let mut out = Vec::new();
    into(&mut out, value, depth)?;
    Ok(Val::array(out))
}

fn to_entries(value: Val) -> ValResult {
    let (key_name, value_name) = (Text::new("key"), Text::new("value"));
    let entry = |key: Val, value: Val| Val::object(Map::from_iter([(key_name.clone(), key), (value_name.clone(), value)]));
    if matches!(value, Val::Array(_) | Val::Object(_)) {
        let entries = value.key_values().map(|pair| pair.map(|(key, value)| entry(key, value)));
        return entries.collect();
    }
    keys(&value, false)
}

fn from_entries(value: Val) -> ValResult {
    let mut map = Map::default();
    for entry in value.values() {
        let entry = entry?;
        let mut key = Val::Null;
        for name in ["key", "Key", "name", "Name", "k", "K"] {
            key = entry.member(&Val::string(name))?;
            if key.is_true() {
                break;
            }
        }
        let Val::String(key) = key else {
            let key = if key.is_true() { key } else { Val::Null };
            return Err(fault(format!("Cannot use {} as object key", key.described())));
        };
        let Val::Object(fields) = &entry else {
            continue;
        };
        let value = ["value", "Value", "v", "V"].into_iter().find_map(|name| fields.map().get(name));
        map.insert(key, value.cloned().unwrap_or_default());
    }
    Ok(Val::object(map))
}

fn transpose(value: Val) -> ValResult {
    let rows = value.values().collect::<Result<Vec<Val>, _>>()?;
    let width = rows.iter().map(|row| length(row.clone())).collect::<Result<Vec<_>, _>>()?;
    let width = width.iter().filter_map(Val::as_number).fold(0.0, f64::max) as usize;
    let column = |at: usize| rows.iter().map(|row| row.member(&Val::int(at))).collect::<ValResult>();
    (0..width).map(column).collect()
}

fn has(value: &Val, key: &Val) -> ValResult {
    Ok(Val::Bool(match (value, key) {
        (Val::Object(fields), Val::String(key)) => fields.map().contains_key(key.as_str()),
        (Val::Null, _) => false,
        (Val::Array(items), Val::Number(index)) => index.as_f64() >= 0.0 && index.as_f64() < items.values().len() as f64,
        _ => {
            return Err(fault(format!("Cannot check whether {} has a {} key", value.type_name(), key.type_name())));
        }
    }))
}

fn contains(value: &Val, part: &Val, depth: u32) -> Result<bool, Fault> {
    meter::tick();
    if depth > SEARCH_DEPTH {
        return Err(fault("Containment check too deep"));
    }
    match (value, part) {
        (Val::Object(value), Val::Object(part)) => {
            for (key, part) in part.map().iter() {
                match value.map().get(key.as_str()) {
                    Some(value) if contains(value, part, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Val::Array(value), Val::Array(part)) => {
            for part in part.values() {
                let mut found = false;
                for value in value.values() {
                    found = found || contains(value, part, depth + 1)?;
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Val::String(value), Val::String(part)) => {
            meter::touch(value.as_str().len());
            Ok(value.as_str().contains(part.as_str()))
        }
        // In jq's order, false and true are different types.
        (Val::Bool(_), Val::Bool(_)) if value == part || depth > 0 => Ok(value == part),
        (Val::Bool(_), Val::Bool(_)) => Err(not_contained(value, part)),
        _ if depth > 0 || value.type_name() == part.type_name() => Ok(value == part),
        _ => Err(not_contained(value, part)),
    }
}

fn not_contained(value: &Val, part: &Val) -> Fault {
    let (value, part) = (value.described(), part.described());
    fault(format!("{value} and {part} cannot have their containment checked"))
}

fn join(value: Val, separator: &Val) -> ValResult {
    let mut joined: Option<Val> = None;
    for item in value.values() {
        let item = match item? {
            Val::Null => Val::string(""),
            item @ (Val::Bool(_) | Val::Number(_)) => Val::String(Text::from(item.to_text())),
            other => other,
        };
        let before = match joined {
            None => Val::string(""),
            Some(before) => (before + separator.clone())?,
        };
        joined = Some((before + item)?);
    }
    Ok(joined.unwrap_or_else(|| Val::string("")))
}
