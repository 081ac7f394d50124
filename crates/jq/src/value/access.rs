//! Reading, setting and deleting at a key, an index, a slice or a path.

use std::sync::Arc;

use crate::meter;
use crate::number::Number;
use crate::val::{Fields, Items, Map, Text, Val};
use crate::{Fault, ValResult, fault};

/// Maximum length of a path in `getpath`, `setpath` and `delpaths`.
const PATH_LENGTH: usize = 10_000;

/// Maximum length of an array that an assignment to an index may create, as in jq.
const LARGEST_INDEX: f64 = 536_870_911.0;

impl Val {
    /// `.[key]`.
    pub(crate) fn member(&self, key: &Self) -> ValResult {
        meter::tick();
        Ok(match (self, key) {
            (Self::Object(fields), Self::String(key)) => fields.map().get(key.as_str()).cloned().unwrap_or_default(),
            (Self::Array(items), Self::Number(index)) => {
                let index = index.as_f64().trunc();
                let length = items.values().len() as f64;
                let index = if index < 0.0 { index + length } else { index };
                if index >= 0.0 { items.values().get(index as usize).cloned().unwrap_or_default() } else { Self::Null }
            }
            (Self::Null, Self::String(_) | Self::Number(_) | Self::Object(_)) => Self::Null,
            (Self::Array(_) | Self::String(_), Self::Object(slice)) => {
                return self.slice_of(slice);
            }
            (Self::Array(items), Self::Array(wanted)) => occurrences(items.values(), wanted.values()),
            _ => return Err(self.cannot_index(key)),
        })
    }

    fn cannot_index(&self, key: &Self) -> Fault {
        fault(format!("Cannot index {} with {}", self.type_name(), key.described()))
    }

    fn slice_of(&self, slice: &Arc<Fields>) -> ValResult {
        let bound = |name: &str| slice.map().get(name).cloned().unwrap_or_default();
        if !slice.map().contains_key("start") || !slice.map().contains_key("end") {
            return Err(bad_slice());
        }
        self.slice(&bound("start"), &bound("end"))
    }

    /// `.[start:end]`, where null is an open end.
    pub(crate) fn slice(&self, start: &Self, end: &Self) -> ValResult {
        meter::tick();
        match self {
            Self::Null => Ok(Self::Null),
            Self::Array(items) => {
                let (start, end) = bounds(start, end, items.values().len())?;
                if end - start == items.values().len() {
                    return Ok(self.clone());
                }
                meter::work(end - start);
                Ok(Self::array(items.values()[start..end].to_vec()))
            }
            Self::String(text) => {
                let text = text.as_str();
                meter::touch(text.len());
                let length = if text.is_ascii() { text.len() } else { text.chars().count() };
                let (start, end) = bounds(start, end, length)?;
                Ok(Self::string(&text[byte_at(text, start)..byte_at(text, end)]))
            }
            _ => Err(self.cannot_index(&slice_value(start.clone(), end.clone()))),
        }
    }

    /// `getpath(path)`.
    pub(crate) fn at_path(&self, path: &[Self]) -> ValResult {
        if path.len() > PATH_LENGTH {
            return Err(fault("Path too deep"));
        }
        let mut value = self.clone();
        for key in path {
            if matches!(value, Self::Null) {
                return Ok(Self::Null);
            }
            value = value.member(key)?;
        }
        Ok(value)
    }

    /// Tells whether every key of `path` exists.
    pub(crate) fn has_path(&self, path: &[Self]) -> bool {
        let mut value = self;
        for key in path {
            let found = match (value, key) {
                (Self::Object(fields), Self::String(key)) => fields.map().get(key.as_str()),
                (Self::Array(items), Self::Number(index)) => {
                    position(index, items.values().len()).ok().flatten().and_then(|at| items.values().get(at))
                }
                _ => None,
            };
            match found {
                Some(found) => value = found,
                None => return false,
            }
        }
        true
    }

    /// `setpath(path; value)`, where `change` computes the new value from the current one.
    pub(crate) fn changed_at<E: From<Fault>>(
        self,
        path: &[Self],
        change: &mut dyn FnMut(Self) -> Result<Self, E>,
    ) -> Result<Self, E> {
        if path.len() > PATH_LENGTH {
            return Err(fault("Path too deep").into());
        }
        let Some((key, rest)) = path.split_first() else {
            return change(self);
        };
        meter::tick();
        match (self, key) {
            (value @ (Self::Object(_) | Self::Null), Self::String(key)) => {
                let mut fields = match value {
                    Self::Object(fields) => fields,
                    _ => Fields::shared(Map::default()),
                };
                // The old value is taken out of the object during the change, so that it has one owner and changes in place.
                let old = Fields::edit(&mut fields, 0, |map| map.get_mut(key.as_str()).map(std::mem::take)).unwrap_or_default();
                let new = old.changed_at(rest, change)?;
                Fields::edit(&mut fields, new.depth(), |map| map.insert(key.clone(), new));
                Ok(Self::Object(fields))
            }
            (value @ (Self::Array(_) | Self::Null), Self::Number(index)) => {
                let mut items = match value {
                    Self::Array(items) => items,
                    _ => Items::shared(Vec::new()),
                };
                let length = items.values().len();
                let old = match position(index, length)? {
                    Some(at) if at < length => Items::edit(&mut items, 0, |values| std::mem::take(&mut values[at])),
                    _ => Self::Null,
                };
                let new = old.changed_at(rest, change)?;
                let Some(at) = position(index, length)? else {
                    return Err(fault("Out of bounds negative array index").into());
                };
                if at >= length {
                    meter::afford((at + 1) * size_of::<Self>());
                    meter::work(at - length);
                }
                Items::edit(&mut items, new.depth(), |values| {
                    if at >= values.len() {
                        values.resize(at + 1, Self::Null);
                    }
                    values[at] = new;
                });
                Ok(Self::Array(items))
            }
            (value @ (Self::Array(_) | Self::Null), Self::Object(slice)) => {
                let old = value.slice_of(slice)?;
                let new = old.changed_at(rest, change)?;
                let Self::Array(new) = new else {
                    return Err(fault("A slice of an array can only be assigned another array").into());
                };
                let mut items = match value {
                    Self::Array(items) => items,
                    _ => Items::shared(Vec::new()),
                };
                let bound = |name: &str| slice.map().get(name).cloned().unwrap_or_default();
                let (start, end) = bounds(&bound("start"), &bound("end"), items.values().len())?;
                let depth = new.values().iter().map(Self::depth).max().unwrap_or(0);
                meter::work(items.values().len());
                Items::edit(&mut items, depth, |values| drop(values.splice(start..end, Items::take(new))));
                Ok(Self::Array(items))
            }
            (Self::String(_), Self::Object(_)) => Err(fault("Cannot update string slices").into()),
            (Self::Array(_), Self::Array(_)) => Err(fault("Cannot update field at array index of array").into()),
            (Self::Object(_), Self::Object(_)) => Err(bad_slice().into()),
            (value, key) => Err(value.cannot_index(key).into()),
        }
    }

    /// `delpaths`: deletes at each of `paths`, all resolved in the original value.
    pub(crate) fn without(self, mut paths: Vec<Self>) -> ValResult {
        for path in &paths {
            match path {
                Self::Array(keys) if keys.values().len() > PATH_LENGTH => {
                    return Err(fault("Path too deep"));
                }
                Self::Array(_) => {}
                _ => return Err(fault("Path must be specified as an array")),
            }
        }
        paths.sort();
        let paths: Vec<&[Self]> = paths.iter().filter_map(Self::as_items).collect();
        if paths.first().is_some_and(|path| path.is_empty()) {
            return Ok(Self::Null);
        }
        self.without_sorted(&paths, 0)
    }

    /// Deletes along sorted paths whose first `level` keys lead to this value.
    fn without_sorted(mut self, mut paths: &[&[Self]], level: usize) -> ValResult {
        let mut here = Vec::new();
        while let Some(first) = paths.first() {
            meter::tick();
            let key = &first[level];
            let (same, rest) = paths.split_at(paths.iter().take_while(|path| path.get(level) == Some(key)).count().max(1));
            paths = rest;
            // A path that ends here deletes the whole value; it sorts before longer paths.
            if first.len() == level + 1 {
                here.push(key);
            } else if !matches!(self.member(key)?, Self::Null) {
                self = self.changed_at(std::slice::from_ref(key), &mut |old: Self| old.without_sorted(same, level + 1))?;
            }
        }
        if here.is_empty() { Ok(self) } else { self.without_members(&here) }
    }

    fn without_members(mut self, keys: &[&Self]) -> ValResult {
        match &mut self {
            Self::Null => {}
            Self::Object(fields) => {
                for key in keys {
                    let Self::String(key) = key else {
                        return Err(fault(format!("Cannot delete {} field of object", key.type_name())));
                    };
                    if fields.map().contains_key(key.as_str()) {
                        meter::work(fields.map().len());
                        Fields::edit(fields, 0, |map| map.shift_remove(key.as_str()));
                    }
                }
            }
            Self::Array(items) => {
                let length = items.values().len();
                let mut gone = vec![false; length];
                for key in keys {
                    match key {
                        Self::Number(index) if index.is_nan() => {}
                        Self::Number(index) => {
                            if let Some(at) = position(index, length)?.filter(|at| *at < length) {
                                gone[at] = true;
                            }
                        }
                        Self::Object(slice) => {
                            let bound = |name: &str| slice.map().get(name).cloned().unwrap_or_default();
                            let (start, end) = bounds(&bound("start"), &bound("end"), length)?;
                            gone[start..end].fill(true);
                        }
                        key => {
                            return Err(fault(format!("Cannot delete {} element of array", key.type_name())));
                        }
                    }
                }
                meter::work(length);
                Items::edit(items, 0, |values| {
                    let mut gone = gone.into_iter();
                    values.retain(|_| !gone.next().unwrap_or(false));
                });
            }
            value => {
                return Err(fault(format!("Cannot delete fields from {}", value.type_name())));
            }
        }
        Ok(self)
    }

    pub(crate) fn as_items(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items.values()),
            _ => None,
        }
    }
}

/// The value that represents a slice in a path.
pub(crate) fn slice_value(start: Val, end: Val) -> Val {
    Val::object(Map::from_iter([(Text::new("start"), start), (Text::new("end"), end)]))
}

fn bad_slice() -> Fault {
    fault("Array/string slice indices must be integers")
}

/// Position of `index` in an array of `length`; `None` before its start.
fn position(index: &Number, length: usize) -> Result<Option<usize>, Fault> {
    if index.is_nan() {
        return Err(fault("Cannot set array element at NaN index"));
    }
    let index = index.as_f64().trunc();
    let index = if index < 0.0 { index + length as f64 } else { index };
    if index > LARGEST_INDEX {
        return Err(fault("Array index too large"));
    }
    Ok((index >= 0.0).then_some(index as usize))
}

/// Bounds of a slice: start rounded down, end rounded up, both counted from the end when negative.
fn bounds(start: &Val, end: &Val, length: usize) -> Result<(usize, usize), Fault> {
    let length = length as f64;
    let from_end = |bound: f64| if bound < 0.0 { bound + length } else { bound };
    let start = match start {
        Val::Null => 0.0,
        Val::Number(number) if number.is_nan() => 0.0,
        Val::Number(number) => from_end(number.as_f64()),
        _ => return Err(bad_slice()),
    };
    let end = match end {
        Val::Null => length,
        Val::Number(number) if number.is_nan() => length,
        Val::Number(number) => from_end(number.as_f64()),
        _ => return Err(bad_slice()),
    };
    let start = start.floor().clamp(0.0, length);
    let end = end.ceil().clamp(start, length.max(start));
    Ok((start as usize, end as usize))
}

/// Byte offset of the character with that number.
fn byte_at(text: &str, character: usize) -> usize {
    if text.is_ascii() {
        return character.min(text.len());
    }
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

/// `indices` of one array in another.
fn occurrences(items: &[Val], wanted: &[Val]) -> Val {
    if wanted.is_empty() {
        return Val::array(Vec::new());
    }
    let found = items.windows(wanted.len()).enumerate().filter(|(_, window)| *window == wanted);
    Val::array(found.map(|(at, _)| Val::int(at)).collect())
}
