//! Filters between seconds since 1970, broken-down time and text. The time zone is the run's; the machine's is not read.

use jaq_core::native::{bome, v};
use jiff::tz::TimeZone;

use super::super::interpreter::Engine;
use super::super::time::{self, BrokenDownTime};
use super::super::val::{Text, Val};
use super::super::{Fault, ValResult, fault, meter};
use super::{Call, Native, simple};

/// Largest number of seconds whose year fits the engine's arithmetic.
pub(in super::super) const FARTHEST_SECOND: f64 = 6.0e16;

/// Number of parts of a broken-down time: from the year to the day of the year.
const PARTS: usize = 8;

/// Time zone of a filter.
#[derive(Clone, Copy)]
enum Clock<'a> {
    Universal,
    Local(&'a TimeZone),
}

pub(super) fn list() -> Vec<Native> {
    vec![
        simple!("gmtime", |value| broken_down(&value, "gmtime", Clock::Universal).map(|broken| to_value(&broken))),
        (
            "localtime",
            v(0),
            jaq_core::Native::<Engine>::new(|cv: Call<'_>| {
                let clock = Clock::Local(cv.0.data().zone);
                let broken = broken_down(&cv.1, "localtime", clock);
                bome(broken.map(|broken| to_value(&broken)))
            }),
        ),
        simple!("mktime", |value| {
            if value.as_items().is_none() {
                return Err(fault("mktime requires array inputs"));
            }
            let broken = from_value(&value).ok_or_else(|| fault("mktime requires parsed datetime inputs"))?;
            match broken.epoch() {
                // The C library returns this value for errors, so jq treats it as one.
                -1 => Err(fault("invalid gmtime representation")),
                seconds => Ok(Val::number(seconds as f64)),
            }
        }),
        (
            "strftime",
            v(1),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let format = cv.0.pop_var();
                let zone = cv.0.data().zone;
                bome(format_time(&cv.1, &format, Clock::Universal, zone))
            }),
        ),
        (
            "strflocaltime",
            v(1),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let format = cv.0.pop_var();
                let zone = cv.0.data().zone;
                bome(format_time(&cv.1, &format, Clock::Local(zone), zone))
            }),
        ),
        (
            "strptime",
            v(1),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let format = cv.0.pop_var();
                let zone = cv.0.data().zone;
                bome(parse_time(&cv.1, &format, zone))
            }),
        ),
    ]
}

fn broken_down(value: &Val, name: &str, clock: Clock<'_>) -> Result<BrokenDownTime, Fault> {
    let seconds = value.as_number().ok_or_else(|| fault(format!("{name}() requires numeric inputs")))?;
    if seconds.is_nan() || seconds.abs() >= FARTHEST_SECOND {
        return Err(fault("error converting number of seconds since epoch to datetime"));
    }
    let mut broken = match clock {
        Clock::Universal => BrokenDownTime::at(seconds as i64),
        Clock::Local(zone) => time::local(seconds as i64, zone).0,
    };
    broken.second += seconds - seconds.floor();
    Ok(broken)
}

fn parts(broken: &BrokenDownTime) -> Vec<Val> {
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
    parts.into_iter().map(Val::number).collect()
}

fn to_value(broken: &BrokenDownTime) -> Val {
    Val::array(parts(broken))
}

fn from_value(value: &Val) -> Option<BrokenDownTime> {
    // Elements after the parts are ignored: `strptime` appends the text that it has not read.
    let items = value.as_items()?.iter().take(PARTS);
    let parts = items.map(|part| part.as_number().filter(|part| part.abs() < 1e9)).collect::<Option<Vec<f64>>>()?;
    let part = |at: usize| parts.get(at).copied().unwrap_or(0.0);
    let whole = |at: usize| part(at) as i64;
    let broken = BrokenDownTime {
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

fn format_time(value: &Val, format: &Val, clock: Clock<'_>, zone: &TimeZone) -> ValResult {
    let (name, seconds) = match clock {
        Clock::Universal => ("strftime/1", "gmtime"),
        Clock::Local(_) => ("strflocaltime/1", "localtime"),
    };
    let broken = match value {
        Val::Number(_) => Some(broken_down(value, seconds, clock)?),
        other => from_value(other),
    };
    let broken = broken.ok_or_else(|| fault(format!("{name} requires parsed datetime inputs")))?;
    let format = format.as_str().ok_or_else(|| fault(format!("{name} requires a string format")))?;
    // Parts out of range carry over, as in C.
    let (broken, zone_text, epoch) = match clock {
        Clock::Universal => {
            let broken = BrokenDownTime::at(broken.epoch());
            // `%s` reads the time as local standard time here as well.
            let epoch = time::from_local_winter(&broken, zone);
            (broken, time::universal(), epoch)
        }
        Clock::Local(zone) => {
            let epoch = match value.as_number() {
                Some(seconds) => seconds as i64,
                None => time::from_local(&broken, zone),
            };
            let (broken, zone_text) = time::local(epoch, zone);
            (broken, zone_text, epoch)
        }
    };
    meter::touch(format.len());
    let text =
        time::format(&broken, format, &zone_text, epoch).ok_or_else(|| fault(format!("{name}: unknown system failure")))?;
    Ok(Val::String(Text::from(text)))
}

fn parse_time(value: &Val, format: &Val, zone: &TimeZone) -> ValResult {
    let (Some(text), Some(format)) = (value.as_str(), format.as_str()) else {
        return Err(fault("strptime/1 requires string inputs and arguments"));
    };
    meter::touch(text.len() + format.len());
    match time::parse(text, format, zone) {
        Some((broken, "")) => Ok(to_value(&broken)),
        // The rest of the text is appended to the parts.
        Some((broken, rest)) if rest.starts_with(|c: char| c.is_ascii_whitespace() || c == '\u{b}') => {
            let mut parts = parts(&broken);
            parts.push(Val::string(rest));
            Ok(Val::array(parts))
        }
        _ => Err(fault(format!("date \"{text}\" does not match format \"{format}\""))),
    }
}
