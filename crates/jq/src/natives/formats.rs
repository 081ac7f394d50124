//! `@csv` and other formats: values written for other languages.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};

use super::super::interpreter::Engine;
use super::super::val::{Text, Val};
use super::super::{Fault, ValResult, fault, meter};
use super::{Native, simple, with_value};

const ALPHABET_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Writes a value in a format.
type Write = fn(Val) -> ValResult;

/// All formats by name.
const FORMATS: &[(&str, Write)] = &[
    ("@text", text),
    ("@json", json),
    ("@csv", csv),
    ("@tsv", tsv),
    ("@html", html),
    ("@uri", uri),
    ("@urid", urid),
    ("@sh", shell),
    ("@base64", base64),
    ("@base64d", base64d),
    ("@base32", base32),
    ("@base32d", base32d),
];

/// Decoder of base64 as in jq: padding is optional, and trailing bits are ignored.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(crate) fn is_format(name: &str) -> bool {
    FORMATS.iter().any(|(known, _)| *known == name)
}

pub(super) fn list() -> Vec<Native> {
    macro_rules! formats {
        ($($name:literal $run:ident),*) => {
            vec![
                $(simple!($name, $run),)*
                with_value!("format", |value, name| {
                    let known = name.as_str().and_then(|name| {
                        FORMATS.iter().find(|(known, _)| known.strip_prefix('@') == Some(name))
                    });
                    match (known, name.as_str()) {
                        (Some((_, format)), _) => format(value),
                        (None, Some(name)) => Err(fault(format!("{name} is not a valid format"))),
                        (None, None) => {
                            Err(fault(format!("{} is not a valid format", name.described())))
                        }
                    }
                }),
            ]
        };
    }
    formats!(
        "@text" text, "@json" json, "@csv" csv, "@tsv" tsv, "@html" html, "@uri" uri, "@urid" urid,
        "@sh" shell, "@base64" base64, "@base64d" base64d, "@base32" base32, "@base32d" base32d
    )
}

fn written(value: &Val) -> String {
    let text = value.as_str().map_or_else(|| value.to_text(), str::to_owned);
    meter::work(text.len() / 8);
    meter::afford(3 * text.len());
    text
}

fn result(text: String) -> ValResult {
    Ok(Val::String(Text::from(text)))
}

fn text(value: Val) -> ValResult {
    if matches!(value, Val::String(_)) { Ok(value) } else { result(value.to_text()) }
}

fn json(value: Val) -> ValResult {
    result(value.to_text())
}

fn row(value: &Val, refusal: &str, separator: &str, cell: fn(&str) -> String) -> ValResult {
    let items = value.as_items().ok_or_else(|| fault(format!("{} {refusal}", value.described())))?;
    let cells = items.iter().map(|item| match item {
        Val::Null => Ok(String::new()),
        Val::Bool(_) => Ok(item.to_text()),
        // A spreadsheet has no NaN.
        Val::Number(number) if number.is_nan() => Ok(String::new()),
        Val::Number(_) => Ok(item.to_text()),
        Val::String(text) => {
            meter::touch(text.as_str().len());
            Ok(cell(text.as_str()))
        }
        other => Err(fault(format!("{} is not valid in a csv row", other.described()))),
    });
    let cells = cells.collect::<Result<Vec<String>, Fault>>()?;
    result(cells.join(separator))
}

fn csv(value: Val) -> ValResult {
    row(&value, "cannot be csv-formatted, only array", ",", |text| {
        let text = text.replace('"', "\"\"").replace('\0', "\\0");
        format!("\"{text}\"")
    })
}

fn tsv(value: Val) -> ValResult {
    row(&value, "cannot be tsv-formatted, only array", "\t", |text| {
        text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r").replace('\0', "\\0")
    })
}

fn html(value: Val) -> ValResult {
    let mut out = String::new();
    for character in written(&value).chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    result(out)
}

fn uri(value: Val) -> ValResult {
    result(urlencoding::encode(&written(&value)).into_owned())
}

fn urid(value: Val) -> ValResult {
    let text = written(&value);
    let broken = || fault(format!("{} is not a valid uri encoding", Val::string(&text).described()));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit().ok_or_else(broken)?, digit().ok_or_else(broken)?);
        bytes.push((16 * high + low) as u8);
    }
    match String::from_utf8(bytes) {
        Ok(text) => result(text),
        Err(_) => Err(broken()),
    }
}

fn shell(value: Val) -> ValResult {
    let word = |value: &Val| match value {
        Val::String(text) => Ok(format!("'{}'", text.as_str().replace('\'', "'\\''"))),
        Val::Array(_) | Val::Object(_) => Err(fault(format!("{} can not be escaped for shell", value.described()))),
        other => Ok(other.to_text()),
    };
    let words = match value.as_items() {
        Some(items) => items.iter().map(word).collect::<Result<Vec<String>, Fault>>()?,
        None => vec![word(&value)?],
    };
    result(words.join(" "))
}

fn base64(value: Val) -> ValResult {
    result(BASE64.encode(written(&value)))
}

fn base64d(value: Val) -> ValResult {
    let text = written(&value);
    // Text after the padding is ignored.
    let digits = text.split('=').next().unwrap_or_default();
    let bytes = BASE64.decode(digits).map_err(|error| {
        let described = Val::string(&text).described();
        fault(match error {
            base64::DecodeError::InvalidLength(_) => {
                format!("{described} trailing base64 byte found")
            }
            _ => format!("{described} is not valid base64 data"),
        })
    })?;
    result(String::from_utf8_lossy(&bytes).into_owned())
}

fn base32(value: Val) -> ValResult {
    let text = written(&value);
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(5) {
        let bits = chunk.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte)) << (8 * (5 - chunk.len()));
        let letters = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let letter = ALPHABET_32[(bits >> (35 - 5 * at)) as usize & 31];
            out.push(if at < letters { char::from(letter) } else { '=' });
        }
    }
    result(out)
}

fn base32d(value: Val) -> ValResult {
    let text = written(&value);
    let (mut bits, mut count) = (0u64, 0);
    let mut bytes = Vec::new();
    for byte in text.trim_end_matches('=').bytes() {
        let digit = ALPHABET_32.iter().position(|letter| *letter == byte);
        let digit = digit.ok_or_else(|| fault(format!("{} is not valid base32 data", Val::string(&text).described())))?;
        bits = ((bits << 5) | digit as u64) & 0xFFFF;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    result(String::from_utf8_lossy(&bytes).into_owned())
}
