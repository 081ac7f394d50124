//! `pilotage config`: the settings in effect, and the origin of each. Makes no request, changes nothing.

use serde_json::{Value, json};

use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::{ConfigFlags, TextOrJson};
use super::network::variable;
use super::process::Process;
use super::style;
use crate::door::network::NetworkError;
use crate::door::proxies::{PROXY_VARIABLES, Proxies};
use crate::door::trust::TRUST_VARIABLES;
use crate::render::table::{Align, Table};
use crate::render::wrap::wrapped;
use crate::settings::{self, Settings};

/// Text for a setting that is not set and has no default.
const NOT_SET: &str = "not set";

pub(super) fn run(process: &Process, flags: &ConfigFlags) -> Result<u8, Failure> {
    if flags.schema {
        console::data(Written::Json, &format!("{:#}\n", settings::schema()))?;
        return Ok(exit::DONE);
    }
    let settings = process.settings(process.common.overrides(None, false))?;
    let network = network()?;
    match flags.output {
        TextOrJson::Json => console::data(Written::Json, &format!("{:#}\n", as_json(&settings, &network)))?,
        TextOrJson::Text => {
            console::data(Written::Page, &as_text(&settings, &network))?;
            if !settings.ignored.is_empty() {
                let ignored = settings.ignored.join(", ");
                let note = wrapped(&format!("note: settings of Ocean's that have no meaning here: {ignored}"), 2);
                talk(&format!("\n{}", note.trim_end()));
            }
        }
    }
    Ok(exit::DONE)
}

/// Variables of TLS and proxies that are set, with their values, without the credentials of proxies.
fn network() -> Result<Vec<(String, String)>, Failure> {
    let wrong = |error: NetworkError| Failure::wrong(error.to_string());
    let shown = Proxies::read(&variable).map_err(wrong)?.shown();
    let trust = TRUST_VARIABLES.iter().map(|name| (*name).to_owned());
    let exceptions = ["NO_PROXY", "no_proxy"].map(str::to_owned);
    let plain = trust.chain(exceptions).filter_map(|name| variable(&name).map(|value| (name, value)));
    Ok(plain.filter(|(_, value)| !value.trim().is_empty()).chain(shown).collect())
}

fn as_text(settings: &Settings, network: &[(String, String)]) -> String {
    let header = ["setting", "value", "source"].map(|name| (name, Align::Left));
    let rows = settings.describe().iter().map(|described| {
        let value = described.value.clone().unwrap_or_else(|| NOT_SET.to_owned());
        [described.key.to_owned(), value, described.source.to_string()]
    });
    let file = settings.config_file.iter().map(|(path, source)| format!("settings file  {} ({source})\n\n", path.display()));
    let table = style::fitted(&rows.fold(Table::new(header), Table::row));
    let header = ["TLS and proxies", "value"].map(|name| (name, Align::Left));
    let network = match network {
        [] => {
            let names = [TRUST_VARIABLES.join(", "), PROXY_VARIABLES.join(", ")].join(", ");
            format!("\n{}", wrapped(&format!("TLS and proxies  none of {names} is set"), 17))
        }
        set => {
            let rows = set.iter().map(|(name, value)| [name.clone(), value.clone()]);
            format!("\n{}", style::fitted(&rows.fold(Table::new(header), Table::row)))
        }
    };
    format!("{}{table}{network}", file.collect::<String>())
}

fn as_json(settings: &Settings, network: &[(String, String)]) -> Value {
    let each = settings.describe().iter().map(|described| {
        json!({
            "setting": described.key,
            "variable": described.variable,
            "value": described.value,
            "source": described.source.to_string(),
        })
    });
    let warnings = settings.warnings.iter().map(|warning| json!({"message": warning.message, "help": warning.help}));
    json!({
        "file": settings.config_file.as_ref().map(|(path, _)| path.display().to_string()),
        "settings": each.collect::<Value>(),
        "network": network.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<serde_json::Map<_, _>>(),
        "warnings": warnings.collect::<Value>(),
        "ignored": settings.ignored,
    })
}
