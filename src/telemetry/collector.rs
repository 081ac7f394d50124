//! Collector that the standard `OTEL_*` variables name: whether there is one, for which signal, and whether its address is one.
//! What is sent there is [`super::otlp`]'s, a part of the program that can be left out.

use std::time::Duration;

use crate::door::network::Variables;

/// Maximum time that the process waits at its end for the remaining data to be sent.
pub const LAST_WORDS: Duration = Duration::from_secs(2);

/// Maximum time of that wait after a signal to stop: containers are killed ten seconds after the signal, and running requests may
/// have taken nine of them.
pub const LAST_WORDS_HURRIED: Duration = Duration::from_millis(300);

/// Tells whether the variables name a collector.
pub fn is_named(variables: Variables<'_>) -> bool {
    wants(variables, "TRACES") || wants(variables, "METRICS")
}

/// Tells whether a collector is named for that signal and nothing disables it.
pub(super) fn wants(variables: Variables<'_>, signal: &str) -> bool {
    let is = |name: &str, value: &str| variables(name).is_some_and(|text| text.trim().eq_ignore_ascii_case(value));
    let is_named = ["OTEL_EXPORTER_OTLP_ENDPOINT", &format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")]
        .iter()
        .any(|name| variables(name).is_some_and(|text| !text.trim().is_empty()));
    is_named && !is("OTEL_SDK_DISABLED", "true") && !is(&format!("OTEL_{signal}_EXPORTER"), "none")
}

/// The variables that name a collector.
const ENDPOINTS: [&str; 3] =
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

/// Checks that the values are addresses. They are not shown in the error, because they may hold a password.
pub(super) fn check_endpoints(variables: Variables<'_>) -> Result<(), String> {
    for name in ENDPOINTS {
        let Some(value) = variables(name).filter(|value| !value.trim().is_empty()) else { continue };
        let is_address = url::Url::parse(value.trim())
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            && value.trim().parse::<http::Uri>().is_ok();
        if !is_address {
            return Err(format!("{name} is not an address that begins with http:// or https://"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(variables: &[(&str, &str)], signal: &str) -> bool {
        let find = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        wants(&find, signal)
    }

    #[test]
    fn a_collector_that_is_no_address_is_refused_without_being_shown() {
        let checked = |value: &str| {
            let find = |name: &str| (name == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").then(|| value.to_owned());
            check_endpoints(&find)
        };
        for value in [
            "u:S3cretPw@host:4318",
            "host:4318",
            "grpc://u:S3cretPw@host",
            "http://",
            "\"http://u:S3cretPw@h\"",
            "http://a b:S3cretPw@h",
        ] {
            let error = checked(value).unwrap_err();
            assert_eq!(error, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not an address that begins with http:// or https://");
        }
        for value in ["http://127.0.0.1:4318", "https://u:w@host/v1/traces", " "] {
            assert_eq!(checked(value), Ok(()), "{value}");
        }
    }

    #[test]
    fn only_a_named_collector_is_used_and_a_switch_switches_it_off() {
        let named = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        let table = [
            (vec![], false, false),
            (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", " ")], false, false),
            (vec![("OTEL_SERVICE_NAME", "mine")], false, false),
            (vec![named], true, true),
            (vec![("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:4318/v1/traces")], true, false),
            (vec![named, ("OTEL_SDK_DISABLED", "TRUE")], false, false),
            (vec![named, ("OTEL_METRICS_EXPORTER", "none")], true, false),
        ];
        for (variables, traces, metrics) in table {
            assert_eq!((asked(&variables, "TRACES"), asked(&variables, "METRICS")), (traces, metrics), "{variables:?}");
        }
    }
}
