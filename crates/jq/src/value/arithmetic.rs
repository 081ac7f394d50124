//! `+ - * / %` and negation.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::sync::Arc;

use crate::meter;
use crate::number::Number;
use crate::val::{Fields, Items, Map, Text, Val};
use crate::{Fault, ValResult, fault};

/// Maximum length of a repeated text, in bytes; jq's own limit.
const REPEATED_BYTES: f64 = 2_147_483_647.0;

/// Maximum depth of objects that `*` merges.
const MERGE_DEPTH: u32 = 10_000;

fn cannot(left: &Val, right: &Val, be: &str) -> Fault {
    fault(format!("{} and {} cannot be {be}", left.described(), right.described()))
}

/// Runs an operation on integers directly if the result is exact, and on doubles otherwise.
fn exact(left: &Number, right: &Number, ints: fn(i64, i64) -> i64, doubles: fn(f64, f64) -> f64) -> Val {
    const SMALL: i64 = 1 << 31;
    Val::Number(match (left, right) {
        (Number::Int(left), Number::Int(right)) if left.abs() < SMALL && right.abs() < SMALL && *left != 0 && *right != 0 => {
            Number::Int(ints(*left, *right))
        }
        _ => Number::from_f64(doubles(left.as_f64(), right.as_f64())),
    })
}

impl Add for Val {
    type Output = ValResult;

    fn add(self, other: Self) -> ValResult {
        meter::tick();
        Ok(match (self, other) {
            (Self::Null, value) | (value, Self::Null) => value,
            (Self::Number(left), Self::Number(right)) => exact(&left, &right, |l, r| l + r, |l, r| l + r),
            (Self::String(left), Self::String(right)) => Self::String(left.followed_by(right.as_str())),
            (Self::Array(mut left), Self::Array(right)) => {
                let depth = right.values().iter().map(Self::depth).max().unwrap_or(0);
                meter::work(right.values().len());
                Items::edit(&mut left, depth, |items| items.extend(Items::take(right)));
                Self::Array(left)
            }
            (Self::Object(mut left), Self::Object(right)) => {
                let depth = right.map().values().map(Self::depth).max().unwrap_or(0);
                meter::work(right.map().len());
                Fields::edit(&mut left, depth, |fields| fields.extend(Fields::take(right)));
                Self::Object(left)
            }
            (left, right) => return Err(cannot(&left, &right, "added")),
        })
    }
}

impl Sub for Val {
    type Output = ValResult;

    fn sub(self, other: Self) -> ValResult {
        meter::tick();
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Ok(exact(&left, &right, |l, r| l - r, |l, r| l - r)),
            (Self::Array(left), Self::Array(right)) => {
                let keep = |value: &Self| !right.values().contains(value);
                Ok(Self::array(left.values().iter().filter(|value| keep(value)).cloned().collect()))
            }
            (left, right) => Err(cannot(&left, &right, "subtracted")),
        }
    }
}

impl Mul for Val {
    type Output = ValResult;

    fn mul(self, other: Self) -> ValResult {
        meter::tick();
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => Ok(match (&left, &right) {
                (Number::Int(l), Number::Int(r))
                    if l.unsigned_abs() < 1 << 26 && r.unsigned_abs() < 1 << 26 && *l != 0 && *r != 0 =>
                {
                    Self::Number(Number::Int(l * r))
                }
                _ => Self::number(left.as_f64() * right.as_f64()),
            }),
            (Self::String(text), Self::Number(times)) | (Self::Number(times), Self::String(text)) => {
                repeat(&text, times.as_f64())
            }
            (Self::Object(left), Self::Object(right)) => merge(left, right, 0).map(Self::Object),
            (left, right) => Err(cannot(&left, &right, "multiplied")),
        }
    }
}

fn repeat(text: &Text, times: f64) -> ValResult {
    if times < 0.0 || times.is_nan() {
        return Ok(Val::Null);
    }
    let text = text.as_str();
    // Between zero and one jq gives the empty text.
    let times = times.floor();
    if text.is_empty() || times == 0.0 {
        return Ok(Val::string(""));
    }
    if text.len() as f64 * times > REPEATED_BYTES {
        return Err(fault("Repeat string result too long"));
    }
    let bytes = text.len() * times as usize;
    meter::afford(bytes);
    meter::touch(bytes);
    Ok(Val::String(Text::from(text.repeat(times as usize))))
}

fn merge(mut left: Arc<Fields>, right: Arc<Fields>, depth: u32) -> Result<Arc<Fields>, Fault> {
    if depth > MERGE_DEPTH {
        return Err(fault("Object merge too deep"));
    }
    meter::work(1 + right.map().len());
    let incoming = right.map().values().map(Val::depth).max().unwrap_or(0);
    let fields: Map = Fields::take(right);
    Fields::edit(&mut left, incoming, |map| {
        for (key, value) in fields {
            let merged = match (map.get_mut(key.as_str()), value) {
                (Some(Val::Object(existing)), Val::Object(value)) => {
                    let existing = std::mem::replace(existing, Arc::clone(&value));
                    Val::Object(merge(existing, value, depth + 1)?)
                }
                (_, value) => value,
            };
            map.insert(key, merged);
        }
        Ok(())
    })?;
    Ok(left)
}

impl Div for Val {
    type Output = ValResult;

    fn div(self, other: Self) -> ValResult {
        meter::tick();
        match (self, other) {
            (Self::Number(left), Self::Number(right)) if right.as_f64() == 0.0 => Err(fault(format!(
                "{} and {} cannot be divided because the divisor is zero",
                Self::Number(left).described(),
                Self::Number(right).described()
            ))),
            (Self::Number(left), Self::Number(right)) => Ok(Self::number(left.as_f64() / right.as_f64())),
            (Self::String(left), Self::String(right)) => Ok(split(left.as_str(), right.as_str())),
            (left, right) => Err(cannot(&left, &right, "divided")),
        }
    }
}

/// The parts of `text` between `separator`; its characters if that is empty.
pub(crate) fn split(text: &str, separator: &str) -> Val {
    meter::touch(text.len());
    let part = |part: &str| {
        meter::tick();
        Val::string(part)
    };
    Val::array(if text.is_empty() {
        Vec::new()
    } else if separator.is_empty() {
        text.char_indices().map(|(at, character)| part(&text[at..at + character.len_utf8()])).collect()
    } else {
        text.split(separator).map(part).collect()
    })
}

impl Rem for Val {
    type Output = ValResult;

    fn rem(self, other: Self) -> ValResult {
        meter::tick();
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => {
                if left.is_nan() || right.is_nan() {
                    return Ok(Self::number(f64::NAN));
                }
                // Casts saturate and cut the fraction off, as jq does.
                let divisor = right.as_f64() as i64;
                if divisor == 0 {
                    return Err(fault(format!(
                        "{} and {} cannot be divided (remainder) because the divisor is zero",
                        Self::Number(left).described(),
                        Self::Number(right).described()
                    )));
                }
                let remainder = (left.as_f64() as i64).checked_rem(divisor).unwrap_or(0);
                Ok(Self::number(remainder as f64))
            }
            (left, right) => Err(cannot(&left, &right, "divided (remainder)")),
        }
    }
}

impl Neg for Val {
    type Output = ValResult;

    fn neg(self) -> ValResult {
        match self {
            Self::Number(number) => Ok(Self::Number(number.negated())),
            other => Err(fault(format!("{} cannot be negated", other.described()))),
        }
    }
}
