//! `@csv` and its kind: values written for other languages.

use super::super::interpreter::Engine;
use super::super::val::{Text, Val};
use super::super::{Fault, Outcome, fault, meter};
use super::{Native, simple, with_value};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ALPHABET_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) fn list() -> Vec<Native> {
    vec![
        simple!("@text", text),
        simple!("@json", json),
        simple!("@csv", csv),
        simple!("@tsv", tsv),
        simple!("@html", html),
        simple!("@uri", uri),
        simple!("@urid", urid),
        simple!("@sh", shell),
        simple!("@base64", base64),
        simple!("@base64d", base64d),
        simple!("@base32", base32),
        simple!("@base32d", base32d),
        with_value!("format", |value, name| match name.as_str() {
            Some("text") => text(value),
            Some("json") => json(value),
            Some("csv") => csv(value),
            Some("tsv") => tsv(value),
            Some("html") => html(value),
            Some("uri") => uri(value),
            Some("urid") => urid(value),
            Some("sh") => shell(value),
            Some("base64") => base64(value),
            Some("base64d") => base64d(value),
            Some("base32") => base32(value),
            Some("base32d") => base32d(value),
            Some(name) => Err(fault(format!("{name} is not a valid format"))),
            None => Err(fault(format!("{} is not a valid format", name.described()))),
        }),
    ]
}

fn written(value: &Val) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_text(), str::to_owned);
    meter::work(text.len() / 8);
    meter::afford(3 * text.len());
    text
}

fn result(text: String) -> Outcome {
    Ok(Val::String(Text::from(text)))
}

fn text(value: Val) -> Outcome {
    if matches!(value, Val::String(_)) {
        Ok(value)
    } else {
        result(value.to_text())
    }
}

fn json(value: Val) -> Outcome {
    result(value.to_text())
}

fn row(value: &Val, refusal: &str, separator: &str, cell: fn(&str) -> String) -> Outcome {
    let items = value
        .as_items()
        .ok_or_else(|| fault(format!("{} {refusal}", value.described())))?;
    let cells = items.iter().map(|item| match item {
        Val::Null => Ok(String::new()),
        Val::Bool(_) => Ok(item.to_text()),
        // Spreadsheets do not read 1E+3.
        Val::Number(number) => Ok(super::super::number::format(number.as_f64())),
        Val::String(text) => {
            meter::touch(text.as_str().len());
            Ok(cell(text.as_str()))
        }
        other => Err(fault(format!(
            "{} is not valid in a csv row",
            other.described()
        ))),
    });
    let cells = cells.collect::<Result<Vec<String>, Fault>>()?;
    result(cells.join(separator))
}

fn csv(value: Val) -> Outcome {
    row(&value, "cannot be csv-formatted, only array", ",", |text| {
        format!("\"{}\"", text.replace('"', "\"\""))
    })
}

fn tsv(value: Val) -> Outcome {
    row(
        &value,
        "cannot be tsv-formatted, only array",
        "\t",
        |text| {
            text.replace('\\', "\\\\")
                .replace('\t', "\\t")
                .replace('\n', "\\n")
                .replace('\r', "\\r")
        },
    )
}

fn html(value: Val) -> Outcome {
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

fn uri(value: Val) -> Outcome {
    let mut out = String::new();
    for byte in written(&value).bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    result(out)
}

fn urid(value: Val) -> Outcome {
    let text = written(&value);
    let broken = || {
        fault(format!(
            "{} is not a valid uri encoding",
            Val::string(&text).described()
        ))
    };
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

fn shell(value: Val) -> Outcome {
    let word = |value: &Val| match value {
        Val::String(text) => Ok(format!("'{}'", text.as_str().replace('\'', "'\\''"))),
        Val::Array(_) | Val::Object(_) => Err(fault(format!(
            "{} can not be escaped for shell",
            value.described()
        ))),
        other => Ok(other.to_text()),
    };
    let words = match value.as_items() {
        Some(items) => items
            .iter()
            .map(word)
            .collect::<Result<Vec<String>, Fault>>()?,
        None => vec![word(&value)?],
    };
    result(words.join(" "))
}

fn base64(value: Val) -> Outcome {
    let text = written(&value);
    let mut out = String::with_capacity(text.len() * 4 / 3 + 4);
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk
            .iter()
            .fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let sextet = ALPHABET[(bits >> (18 - 6 * at)) as usize & 63];
            out.push(if at <= chunk.len() {
                char::from(sextet)
            } else {
                '='
            });
        }
    }
    result(out)
}

fn base64d(value: Val) -> Outcome {
    let text = written(&value);
    let described = || Val::string(&text).described();
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len());
    let (mut bits, mut count) = (0u32, 0);
    for byte in digits.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte);
        let digit =
            digit.ok_or_else(|| fault(format!("{} is not valid base64 data", described())))?;
        bits = (bits << 6) | digit as u32;
        count += 1;
        if count % 4 != 1 {
            let shift = (4 - count % 4) % 4 * 2;
            bytes.push((bits >> shift) as u8);
        }
    }
    if count % 4 == 1 {
        return Err(fault(format!("{} trailing base64 byte found", described())));
    }
    result(String::from_utf8_lossy(&bytes).into_owned())
}

fn base32(value: Val) -> Outcome {
    let text = written(&value);
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(5) {
        let bits = chunk
            .iter()
            .fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte))
            << (8 * (5 - chunk.len()));
        let letters = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let letter = ALPHABET_32[(bits >> (35 - 5 * at)) as usize & 31];
            out.push(if at < letters {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    result(out)
}

fn base32d(value: Val) -> Outcome {
    let text = written(&value);
    let (mut bits, mut count) = (0u64, 0);
    let mut bytes = Vec::new();
    for byte in text.trim_end_matches('=').bytes() {
        let digit = ALPHABET_32.iter().position(|letter| *letter == byte);
        let digit = digit.ok_or_else(|| {
            fault(format!(
                "{} is not valid base32 data",
                Val::string(&text).described()
            ))
        })?;
        bits = ((bits << 5) | digit as u64) & 0xFFFF;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    result(String::from_utf8_lossy(&bytes).into_owned())
}
