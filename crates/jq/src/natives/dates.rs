//! Filters between seconds since 1970, broken down time and text. Time zones are UTC: nothing here reads the machine's.

use super::super::interpreter::Engine;
use super::super::time::{self, Broken};
use super::super::val::{Text, Val};
use super::super::{Fault, Outcome, fault};
use super::{Native, simple, with_value};

/// Seconds whose year fits the engine's arithmetic.
const FARTHEST_SECOND: f64 = 6.0e16;

pub(super) fn list() -> Vec<Native> {
    vec![
        simple!("gmtime", |value| broken_down(&value)
            .map(|broken| to_value(&broken))),
        simple!("localtime", |value| broken_down(&value)
            .map(|broken| to_value(&broken))),
        simple!("mktime", |value| {
            if value.as_items().is_none() {
                return Err(fault("mktime requires array inputs"));
            }
            let broken = from_value(&value)
                .ok_or_else(|| fault("mktime requires parsed datetime inputs"))?;
            Ok(Val::number(broken.epoch() as f64))
        }),
        with_value!("strftime", |value, format| format_time(
            &value,
            &format,
            "strftime/1",
            "GMT"
        )),
        with_value!("strflocaltime", |value, format| format_time(
            &value,
            &format,
            "strflocaltime/1",
            "UTC"
        )),
        with_value!(
            "strptime",
            |value, format| match (value.as_str(), format.as_str()) {
                (Some(text), Some(format)) => match time::parse(text, format) {
                    Some((broken, rest))
                        if rest.is_empty()
                            || rest.starts_with(|c: char| c.is_ascii_whitespace()) =>
                        Ok(to_value(&broken)),
                    _ => Err(fault(format!(
                        "date \"{text}\" does not match format \"{format}\""
                    ))),
                },
                _ => Err(fault("strptime/1 requires string inputs and arguments")),
            }
        ),
    ]
}

fn broken_down(value: &Val) -> Result<Broken, Fault> {
    let seconds = value
        .as_number()
        .ok_or_else(|| fault("gmtime() requires numeric inputs"))?;
    if seconds.is_nan() || seconds.abs() >= FARTHEST_SECOND {
        return Err(fault(
            "error converting number of seconds since epoch to datetime",
        ));
    }
    let mut broken = Broken::at(seconds as i64);
    broken.second += seconds - seconds.floor();
    Ok(broken)
}

fn to_value(broken: &Broken) -> Val {
    let parts = [
        broken.year as f64,
        broken.month as f64,
        broken.day as f64,
        broken.hour as f64,
        broken.minute as f64,
        broken.second,
        broken.weekday as f64,
        broken.day_of_year as f64,
    ];
    Val::array(parts.into_iter().map(Val::number).collect())
}

fn from_value(value: &Val) -> Option<Broken> {
    let parts = value
        .as_items()?
        .iter()
        .map(|part| part.as_number().filter(|part| part.abs() < 1e9))
        .collect::<Option<Vec<f64>>>()?;
    let part = |at: usize| parts.get(at).copied().unwrap_or(0.0);
    let whole = |at: usize| part(at) as i64;
    let broken = Broken {
        year: if parts.is_empty() { 1900 } else { whole(0) },
        month: whole(1),
        day: whole(2),
        hour: whole(3),
        minute: whole(4),
        second: part(5),
        weekday: whole(6),
        day_of_year: whole(7),
    };
    Some(broken)
}

fn format_time(value: &Val, format: &Val, name: &str, zone: &str) -> Outcome {
    let broken = match value {
        Val::Number(_) => Some(broken_down(value)?),
        other => from_value(other),
    };
    let broken = broken.ok_or_else(|| fault(format!("{name} requires parsed datetime inputs")))?;
    let format = format
        .as_str()
        .ok_or_else(|| fault(format!("{name} requires a string format")))?;
    // Parts out of range carry over, as in C.
    let broken = Broken::at(broken.epoch());
    Ok(Val::String(Text::from(time::format(&broken, format, zone))))
}
