//! Collector that the standard `OTEL_*` variables name: whether there is one, and for which signal.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(variables: &[(&str, &str)], signal: &str) -> bool {
        let find = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        wants(&find, signal)
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
