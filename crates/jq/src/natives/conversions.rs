//! Filters for conversions: to text, to number, from JSON, code points, and tests of numbers.

use super::super::interpreter::Engine;
use super::super::number::Number;
use super::super::val::{Text, Val};
use super::super::{ValResult, fault, meter, read_leniently};
use super::{Native, simple, with_values};

pub(super) fn list() -> Vec<Native> {
    vec![
        simple!("type", |value| Ok(Val::string(value.type_name()))),
        simple!("tojson", |value| Ok(Val::String(Text::from(value.to_text())))),
        simple!("fromjson", |value| match &value {
            Val::String(text) => read_leniently::read(text.as_str()).map_err(fault),
            // jq returns a number unchanged.
            other => Err(fault(format!("{} only strings can be parsed", other.described()))),
        }),
        simple!("tostring", |value| Ok(match value {
            Val::String(_) => value,
            other => Val::String(Text::from(other.to_text())),
        })),
        simple!("tonumber", |value| match &value {
            Val::Number(_) => Ok(value),
            Val::String(text) =>
                Number::parse_leniently(text.as_str()).map(Val::Number).ok_or_else(|| not_parsed(&value, "a number")),
            other => Err(not_parsed(other, "a number")),
        }),
        simple!("toboolean", |value| match value.as_str() {
            Some("true") => Ok(Val::Bool(true)),
            Some("false") => Ok(Val::Bool(false)),
            _ if matches!(value, Val::Bool(_)) => Ok(value),
            _ => Err(not_parsed(&value, "a boolean")),
        }),
        simple!("explode", |value| {
            let text = value.as_str().ok_or_else(|| fault("explode input must be a string"))?;
            meter::work(text.len());
            Ok(Val::array(text.chars().map(|character| Val::int(character as usize)).collect()))
        }),
        simple!("implode", implode),
        simple!("nan", |_| Ok(Val::Number(Number::Float(f64::NAN)))),
        simple!("infinite", |_| Ok(Val::Number(Number::Float(f64::INFINITY)))),
        simple!("isnan", |value| Ok(Val::Bool(value.as_number().is_some_and(f64::is_nan)))),
        simple!("isinfinite", |value| Ok(Val::Bool(value.as_number().is_some_and(f64::is_infinite)))),
        simple!("isnormal", |value| Ok(Val::Bool(value.as_number().is_some_and(f64::is_normal)))),
        simple!("floor", |value| number(&value).map(|number| Val::number(number.floor()))),
        simple!("ceil", |value| number(&value).map(|number| Val::number(number.ceil()))),
        simple!("round", |value| number(&value).map(|number| Val::number(number.round()))),
        simple!("trunc", |value| number(&value).map(|number| Val::number(number.trunc()))),
        simple!("nearbyint", |value| number(&value).map(|number| Val::number(number.round_ties_even()))),
        simple!("sqrt", |value| number(&value).map(|number| Val::number(number.sqrt()))),
        simple!("fabs", |value| number(&value).map(|number| Val::number(number.abs()))),
        simple!("sin", |value| number(&value).map(|number| Val::number(number.sin()))),
        simple!("cos", |value| number(&value).map(|number| Val::number(number.cos()))),
        simple!("tan", |value| number(&value).map(|number| Val::number(number.tan()))),
        simple!("exp", |value| number(&value).map(|number| Val::number(number.exp()))),
        simple!("log", |value| number(&value).map(|number| Val::number(number.ln()))),
        simple!("log2", |value| number(&value).map(|number| Val::number(number.log2()))),
        simple!("log10", |value| number(&value).map(|number| Val::number(number.log10()))),
        simple!("cbrt", |value| number(&value).map(|number| Val::number(number.cbrt()))),
        with_values!("pow", |_, base, exponent| Ok(Val::number(number(&base)?.powf(number(&exponent)?)))),
        with_values!("fmin", |_, left, right| Ok(Val::number(number(&left)?.min(number(&right)?)))),
        with_values!("fmax", |_, left, right| Ok(Val::number(number(&left)?.max(number(&right)?)))),
        simple!("abs", |value| match &value {
            Val::Number(number) if number.as_f64() < 0.0 => Ok(Val::Number(number.negated())),
            Val::Number(number) if number.as_f64() == 0.0 => Ok(Val::int(0)),
            Val::Null | Val::Bool(_) => Err(fault(format!("{} cannot be negated", value.described()))),
            _ => Ok(value),
        }),
    ]
}

fn number(value: &Val) -> Result<f64, super::super::Fault> {
    value.as_number().ok_or_else(|| fault(format!("{} number required", value.described())))
}

fn not_parsed(value: &Val, what: &str) -> super::super::Fault {
    fault(format!("{} cannot be parsed as {what}", value.described()))
}

fn implode(value: Val) -> ValResult {
    let points = value.as_items().ok_or_else(|| fault("implode input must be an array"))?;
    meter::work(points.len());
    let mut text = String::with_capacity(points.len());
    for point in points {
        let Some(number) = point.as_number().filter(|number| !number.is_nan()) else {
            return Err(fault(format!("{} can't be imploded, unicode codepoint needs to be numeric", point.described())));
        };
        let character = if (0.0..=1_114_111.0).contains(&number) { char::from_u32(number as u32) } else { None };
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Ok(Val::String(Text::from(text)))
}
