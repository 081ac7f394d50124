//! Metrics as text, in the format of Prometheus and in that of OpenMetrics.

use std::fmt::Write;

/// Values of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFamily {
    /// Its name.
    pub name: String,
    /// Its unit, which its name ends with; none for plain numbers.
    pub unit: Option<&'static str>,
    /// What it is, in a sentence or two.
    pub help: String,
    /// Its values.
    pub samples: Vec<MetricSample>,
}

/// A value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSample {
    /// Names and values of labels, in the order in which they are written.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: f64,
    /// Seconds since 1970; none: when it is scraped.
    pub at: Option<i64>,
}

/// Formats of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// The text format of Prometheus, version 0.0.4, which every scraper reads.
    Prometheus,
    /// OpenMetrics 1.0.0, which `promtool tsdb create-blocks-from openmetrics` takes.
    OpenMetrics,
}

/// Writes families of gauges. Those without a value are left out.
pub fn write(families: &[MetricFamily], exposition: Exposition) -> String {
    let mut text = String::new();
    for family in families.iter().filter(|family| !family.samples.is_empty()) {
        let MetricFamily { name, unit, help, samples } = family;
        // Writing to a text does not fail.
        let _ = writeln!(text, "# HELP {name} {}", escaped(help, exposition == Exposition::OpenMetrics));
        let _ = writeln!(text, "# TYPE {name} gauge");
        if let Some(unit) = unit.filter(|_| exposition == Exposition::OpenMetrics) {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        for MetricSample { labels, value, at } in samples {
            text += name;
            for (number, (label, value)) in labels.iter().enumerate() {
                let _ = write!(text, "{}{label}=\"{}\"", if number == 0 { '{' } else { ',' }, escaped(value, true));
            }
            if !labels.is_empty() {
                text.push('}');
            }
            let _ = write!(text, " {value}");
            match (at, exposition) {
                (None, _) => {}
                // The older format counts milliseconds.
                (Some(at), Exposition::Prometheus) => _ = write!(text, " {}", at.saturating_mul(1000)),
                (Some(at), Exposition::OpenMetrics) => _ = write!(text, " {at}"),
            }
            text.push('\n');
        }
    }
    if exposition == Exposition::OpenMetrics {
        text += "# EOF\n";
    }
    text
}

fn escaped(text: &str, with_quotes: bool) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '"' if with_quotes => written.push_str("\\\""),
            // Nothing else ends a line for a scraper; people who look at the text see no other line either.
            '\r' => written.push(' '),
            other => written.push(other),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_wrote_stays_within_its_label() {
        let sample = |value: &str, at| MetricSample { labels: vec![("model", value.to_owned())], value: 0.5, at };
        let family = |samples| MetricFamily {
            name: "copilot_x_ratio".to_owned(),
            unit: Some("ratio"),
            help: "A \"share\",\nof \\".to_owned(),
            samples,
        };
        let families = [family(vec![sample("a\"} 9\n# EOF\\", None), sample("b", Some(60))]), family(Vec::new())];
        let body = |times: [&str; 2]| {
            format!(
                "copilot_x_ratio{{model=\"a\\\"}} 9\\n# EOF\\\\\"}} 0.5{}\ncopilot_x_ratio{{model=\"b\"}} 0.5{}\n",
                times[0], times[1]
            )
        };
        assert_eq!(
            write(&families, Exposition::Prometheus),
            format!("# HELP copilot_x_ratio A \"share\",\\nof \\\\\n# TYPE copilot_x_ratio gauge\n{}", body(["", " 60000"]))
        );
        assert_eq!(
            write(&families, Exposition::OpenMetrics),
            format!(
                "# HELP copilot_x_ratio A \\\"share\\\",\\nof \\\\\n# TYPE copilot_x_ratio gauge\n# UNIT copilot_x_ratio ratio\n{}# EOF\n",
                body(["", " 60"])
            )
        );
    }
}
