//! Finds settings in environment variables: Ocean's names, exploded or as JSON, ours, and the plain ones.

use serde_json::Value;

use super::error::{SettingsError, SettingsWarning};
use super::source::{Entry, Found, Raw, SettingOrigin, rank};
use super::table::{self, KNOWN, Meaning, Shape};
use crate::model::quotes;

/// Groups in JSON nest as deep as keys do; what is deeper is no setting.
const MAX_JSON_DEPTH: usize = 8;

/// Reads all variables. What is blank counts as not set.
pub(super) fn read(environment: &[(String, String)]) -> Found {
    let mut found = Found::default();
    for (name, value) in environment.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let upper = name.to_uppercase();
        let unquoted = without_quotes(&upper, value);
        if unquoted.is_some() {
            found.warnings.push(quoted(name));
        }
        let value = unquoted.as_ref().unwrap_or(value);
        // Nothing but quotes is nothing.
        if value.trim().is_empty() {
            continue;
        }
        if upper == super::CONFIG_VARIABLE {
            continue;
        }
        if let Some(entry) = documented(name, &upper, value) {
            found.entries.push(entry);
            continue;
        }
        let key = match upper.strip_prefix("OCEAN__") {
            Some(rest) => rest.replace("__", "."),
            None if upper.starts_with("APPLICATION__") => upper.replace("__", "."),
            None if upper.starts_with("OCEAN_") || upper.starts_with("PILOTAGE_") => {
                if !describes_a_service(&upper, value) {
                    found.warnings.push(unknown(name, &upper));
                }
                continue;
            }
            None => continue,
        };
        let source = SettingOrigin::Variable(name.clone());
        let text = Raw::Text(value.clone());
        match table::meaning(&key) {
            Meaning::Setting(known) => {
                found.entries.push(Entry { known, is_file: false, raw: text, source, rank: rank::SPELLING });
            }
            Meaning::FileOf(known) => found.entries.push(Entry { known, is_file: true, raw: text, source, rank: rank::SPELLING }),
            Meaning::None => found.ignore(name.clone(), &key, value),
            Meaning::Group => json_group(&key, name, value, &mut found),
            Meaning::Unknown => found.warnings.push(unknown(name, &upper)),
        }
    }
    found
}

/// Reads a variable under one of the names in the table, or under such a name followed by `_FILE`.
fn documented(name: &str, upper: &str, value: &str) -> Option<Entry> {
    KNOWN.iter().find_map(|known| {
        let names = [(known.variable, rank::VARIABLE)].into_iter().chain(known.plain.iter().copied().zip(rank::PLAIN..));
        names.into_iter().find_map(|(variable, rank)| {
            let is_file = known.shape == Shape::Secret && upper.strip_suffix("_FILE") == Some(variable);
            let entry = || Entry {
                known,
                is_file,
                raw: Raw::Text(value.to_owned()),
                source: SettingOrigin::Variable(name.to_owned()),
                rank,
            };
            (upper == variable || is_file).then(entry)
        })
    })
}

/// The value without quotes, when it stands in some and the variable is one that is read here.
fn without_quotes(upper: &str, value: &str) -> Option<String> {
    let known = KNOWN.iter().find(|known| {
        let names = [known.variable].into_iter().chain(known.plain.iter().copied());
        names.into_iter().any(|name| upper == name || upper.strip_suffix("_FILE") == Some(name))
    });
    let is_ours = ["OCEAN__", "APPLICATION__", "PILOTAGE_"].iter().any(|prefix| upper.starts_with(prefix));
    match known {
        Some(known) if known.shape == Shape::List => quotes::unquoted_list(value),
        Some(_) => quotes::unquoted(value),
        None if is_ours => quotes::unquoted(value),
        None => None,
    }
}

/// Warning about a variable whose value has quotes around it. It leaves the value out, which may be secret.
pub(super) fn quoted(name: &str) -> SettingsWarning {
    SettingsWarning {
        message: format!("{name} stands in quotes, which are taken off"),
        help: Some("an env file needs none: `docker --env-file` takes them for a part of the value".to_owned()),
    }
}

/// True for a variable that Kubernetes set: it describes a service called `pilotage-x` as PILOTAGE_X_SERVICE_HOST,
/// PILOTAGE_X_PORT_8000_TCP and so on to every pod beside it.
fn describes_a_service(upper: &str, value: &str) -> bool {
    upper.ends_with("_SERVICE_HOST")
        || upper.contains("_SERVICE_PORT")
        || upper.ends_with("_PORT") && (value.starts_with("tcp://") || value.starts_with("udp://"))
        || ["_TCP", "_UDP"].iter().any(|protocol| upper.contains("_PORT_") && upper.contains(protocol))
}

fn unknown(name: &str, upper: &str) -> SettingsWarning {
    let help = match table::nearest_variable(upper) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "it has no effect".to_owned(),
    };
    SettingsWarning { message: format!("{name} is no setting"), help: Some(help) }
}

/// Reads a variable with several settings at once: `OCEAN__EVENT_LISTENER='{"type":"ONCE"}'`.
fn json_group(key: &str, name: &str, value: &str, found: &mut Found) {
    match serde_json::from_str::<Value>(value) {
        Ok(group @ Value::Object(_)) => json_value(key, name, &group, MAX_JSON_DEPTH, found),
        // The value may hold secrets, so it is not shown, nor is what the parser says of it.
        _ => found.errors.push(SettingsError::Value {
            source_name: SettingOrigin::Variable(name.to_owned()),
            found: "something else".to_owned(),
            expected: "a JSON object with settings, such as {\"type\":\"ONCE\"}".to_owned(),
        }),
    }
}

fn json_value(key: &str, name: &str, value: &Value, depth: usize, found: &mut Found) {
    let source = SettingOrigin::Variable(name.to_owned());
    match (table::meaning(key), value) {
        (_, Value::Null) => {}
        (Meaning::None, value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            found.ignore(format!("{name} ({})", key.to_lowercase()), key, &text);
        }
        (Meaning::Group, Value::Object(members)) if depth > 0 => {
            for (member, value) in members {
                json_value(&format!("{key}.{member}"), name, value, depth - 1, found);
            }
        }
        (meaning @ (Meaning::Setting(known) | Meaning::FileOf(known)), value) => {
            let is_file = matches!(meaning, Meaning::FileOf(_));
            let raw = match known.shape {
                Shape::Table(_) => Some(Raw::Text(value.to_string())),
                _ => raw(value),
            };
            match raw {
                Some(raw) => found.entries.push(Entry { known, is_file, raw, source, rank: rank::JSON }),
                None => found.errors.push(SettingsError::Value {
                    source_name: source,
                    found: "a JSON object with something nested".to_owned(),
                    expected: format!("a plain value for `{}`", known.key),
                }),
            }
        }
        (Meaning::Group | Meaning::Unknown, _) => {
            let help = match table::nearest_key(&key.to_lowercase()) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => "it has no effect".to_owned(),
            };
            let message = format!("{name} holds `{}`, which is no setting", key.to_lowercase());
            found.warnings.push(SettingsWarning { message, help: Some(help) });
        }
    }
}

/// A JSON value as a setting's value: plain values and lists of them.
pub(super) fn raw(value: &Value) -> Option<Raw> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Value::Array(items) => items.iter().map(plain).collect::<Option<_>>().map(Raw::List),
        other => plain(other).map(Raw::Text),
    }
}
