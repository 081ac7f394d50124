//! Operators of rules: parsing, and applying to a value of an entity. Pure.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use serde_json::Value;

/// Operator with its operand. Negative ones hold for absent values.
#[derive(Clone, Debug)]
pub(super) enum Operator {
    Equals(Value),
    In(Vec<Value>),
    Contains(Value),
    ContainsAny(Vec<Value>),
    BeginsWith(String),
    EndsWith(String),
    Empty,
    Ordered { value: Value, holds: fn(Ordering) -> bool },
    Between(Range),
    Not(Box<Operator>),
}

/// From and to, both included.
#[derive(Clone, Debug)]
pub(super) enum Range {
    Values { from: Value, to: Value },
    Today { days_from_now: i64 },
    Last { count: i64, unit: Unit },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl Operator {
    pub(super) fn parse(name: &str, value: Option<&Value>) -> Result<Self, String> {
        let value = || value.cloned().ok_or_else(|| format!("rule with operator \"{name}\" must have required property 'value'"));
        let list = || match value()? {
            Value::Array(list) => Ok(list),
            _ => Err(format!("value of operator \"{name}\" must be array")),
        };
        let text = || match value()? {
            Value::String(text) => Ok(text),
            _ => Err(format!("value of operator \"{name}\" must be string")),
        };
        let ordered = |holds: fn(Ordering) -> bool| Ok::<_, String>(Self::Ordered { value: value()?, holds });
        let not = |operator| Self::Not(Box::new(operator));
        Ok(match name {
            "=" => Self::Equals(value()?),
            "!=" => not(Self::Equals(value()?)),
            "in" => Self::In(list()?),
            "notIn" => not(Self::In(list()?)),
            "contains" => Self::Contains(value()?),
            "doesNotContains" => not(Self::Contains(value()?)),
            "containsAny" => Self::ContainsAny(list()?),
            "beginsWith" => Self::BeginsWith(text()?),
            "doesNotBeginsWith" => not(Self::BeginsWith(text()?)),
            "endsWith" => Self::EndsWith(text()?),
            "doesNotEndsWith" => not(Self::EndsWith(text()?)),
            "isEmpty" => Self::Empty,
            "isNotEmpty" => not(Self::Empty),
            ">" => ordered(Ordering::is_gt)?,
            ">=" => ordered(Ordering::is_ge)?,
            "<" => ordered(Ordering::is_lt)?,
            "<=" => ordered(Ordering::is_le)?,
            "between" => Self::Between(Range::parse(&value()?)?),
            "notBetween" => not(Self::Between(Range::parse(&value()?)?)),
            "matchAny" | "isExpired" | "isNotExpired" => {
                return Err(format!("operator \"{name}\" is not supported by the local catalog"));
            }
            _ => return Err(format!("operator \"{name}\" is not known")),
        })
    }

    pub(super) fn holds(&self, actual: &Value, now: Timestamp) -> bool {
        match self {
            Self::Equals(value) => same(actual, value),
            Self::In(list) => match actual {
                Value::Array(elements) => elements.iter().any(|element| list.iter().any(|value| same(element, value))),
                _ => list.iter().any(|value| same(actual, value)),
            },
            Self::Contains(value) => contains(actual, value),
            Self::ContainsAny(list) => list.iter().any(|value| contains(actual, value)),
            Self::BeginsWith(text) => actual.as_str().is_some_and(|actual| actual.starts_with(text.as_str())),
            Self::EndsWith(text) => actual.as_str().is_some_and(|actual| actual.ends_with(text.as_str())),
            Self::Empty => match actual {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Array(list) => list.is_empty(),
                _ => false,
            },
            Self::Ordered { value, holds } => order(actual, value).is_some_and(holds),
            Self::Between(range) => range.holds(actual, now),
            Self::Not(operator) => !operator.holds(actual, now),
        }
    }

    pub(super) fn only_texts(&self) -> Option<Vec<String>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match self {
            Self::Equals(value) => text(value).map(|text| vec![text]),
            Self::In(list) => list.iter().map(text).collect(),
            _ => None,
        }
    }

    pub(super) fn prefix(&self) -> Option<&str> {
        if let Self::BeginsWith(text) = self { Some(text) } else { None }
    }

    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Equals(_) | Self::In(_) | Self::Contains(_) | Self::ContainsAny(_))
    }
}

impl Range {
    fn parse(value: &Value) -> Result<Self, String> {
        if let Some(preset) = value.get("preset").and_then(Value::as_str) {
            return Self::preset(preset).ok_or_else(|| format!("preset \"{preset}\" is not known"));
        }
        match (value.get("from"), value.get("to")) {
            (Some(from), Some(to)) => Ok(Self::Values { from: from.clone(), to: to.clone() }),
            _ => Err("value of operator \"between\" must be {\"from\", \"to\"} or {\"preset\"}".to_owned()),
        }
    }

    /// Parses `today`, `lastWeek`, `last3Months` and similar.
    fn preset(name: &str) -> Option<Self> {
        match name {
            "today" => return Some(Self::Today { days_from_now: 0 }),
            "tomorrow" => return Some(Self::Today { days_from_now: 1 }),
            "yesterday" => return Some(Self::Today { days_from_now: -1 }),
            _ => {}
        }
        let rest = name.strip_prefix("last")?;
        let unit = rest.trim_start_matches(|character: char| character.is_ascii_digit());
        let digits = &rest[..rest.len() - unit.len()];
        let count = if digits.is_empty() { 1 } else { digits.parse::<u16>().ok()? };
        let (count, unit) = match unit.strip_suffix('s').unwrap_or(unit) {
            "Day" => (count.into(), Unit::Day),
            "Week" => (count.into(), Unit::Week),
            "Month" => (count.into(), Unit::Month),
            "Quarter" => (i64::from(count) * 3, Unit::Month),
            "Year" => (count.into(), Unit::Year),
            _ => return None,
        };
        Some(Self::Last { count, unit })
    }

    fn holds(&self, actual: &Value, now: Timestamp) -> bool {
        let timestamp = || actual.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        match self {
            Self::Values { from, to } => {
                order(actual, from).is_some_and(Ordering::is_ge) && order(actual, to).is_some_and(Ordering::is_le)
            }
            Self::Today { days_from_now } => timestamp().is_some_and(|timestamp| {
                let day = |timestamp: Timestamp| timestamp.to_zoned(TimeZone::UTC).date();
                let wanted = day(now).checked_add(days_from_now.days());
                wanted.is_ok_and(|wanted| day(timestamp) == wanted)
            }),
            Self::Last { count, unit } => timestamp().is_some_and(|timestamp| {
                let span = match unit {
                    Unit::Day => Span::new().try_days(*count),
                    Unit::Week => Span::new().try_weeks(*count),
                    Unit::Month => Span::new().try_months(*count),
                    Unit::Year => Span::new().try_years(*count),
                };
                let start = span.and_then(|span| now.to_zoned(TimeZone::UTC).checked_sub(span));
                timestamp <= now && start.is_ok_and(|start| timestamp >= start.timestamp())
            }),
        }
    }
}

/// Equality of JSON, with numbers by value: 1 equals 1.0.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}

/// Checks for a part of a text, or an element of a list.
fn contains(actual: &Value, value: &Value) -> bool {
    match (actual, value) {
        (Value::String(actual), Value::String(part)) => actual.contains(part.as_str()),
        (Value::Array(elements), _) => elements.iter().any(|element| same(element, value)),
        _ => false,
    }
}

/// Order of numbers by size, of times by time, of other texts by characters. None for other values.
fn order(actual: &Value, value: &Value) -> Option<Ordering> {
    match (actual, value) {
        (Value::Number(actual), Value::Number(value)) => actual.as_f64()?.partial_cmp(&value.as_f64()?),
        (Value::String(actual), Value::String(value)) => {
            let moments = actual.parse::<Timestamp>().ok().zip(value.parse::<Timestamp>().ok());
            Some(moments.map_or_else(|| actual.cmp(value), |(actual, value)| actual.cmp(&value)))
        }
        _ => None,
    }
}
