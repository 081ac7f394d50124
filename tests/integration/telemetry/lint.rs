//! Reads the text format of Prometheus as `promtool check metrics` does, and names what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

/// Endings that are no base unit, or say what a metric is instead of what it measures.
const BAD_WORDS: &[&str] = &[
    "milliseconds",
    "ms",
    "microseconds",
    "nanoseconds",
    "minutes",
    "hours",
    "days",
    "kilobytes",
    "megabytes",
    "kb",
    "mb",
    "kib",
    "mib",
    "percent",
    "percentage",
    "gauge",
    "counter",
    "histogram",
    "metric",
];

/// Units that end a name, before `_total` or an agreed word.
const UNITS: &[&str] = &["seconds", "bytes"];

/// One sample: its name, its labels as written, its value.
struct Sample<'a> {
    name: &'a str,
    labels: Vec<(&'a str, String)>,
    value: f64,
}

#[derive(Default)]
struct Family<'a> {
    help: Option<&'a str>,
    shape: Option<&'a str>,
    samples: Vec<Sample<'a>>,
}

/// What is wrong, a sentence each; nothing when all is well. Metrics without our prefix may be called as `foreign` says.
pub(crate) fn problems(text: &str, foreign: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    if !text.is_empty() && !text.ends_with('\n') {
        problems.push("the last line has no end".to_owned());
    }
    let mut families: BTreeMap<&str, Family<'_>> = BTreeMap::new();
    let (mut order, mut series): (Vec<&str>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    for (number, line) in text.lines().enumerate() {
        let mut say = |what: String| problems.push(format!("line {}: {what}", number + 1));
        let comment = line.strip_prefix("# ").and_then(|rest| rest.split_once(' '));
        let name = match comment {
            Some((what @ ("HELP" | "TYPE"), rest)) => {
                let (name, said) = rest.split_once(' ').unwrap_or((rest, ""));
                let family = families.entry(name).or_default();
                if !family.samples.is_empty() {
                    say(format!("{what} of {name} after its samples"));
                }
                let place = if what == "HELP" { &mut family.help } else { &mut family.shape };
                if place.replace(said).is_some() {
                    say(format!("a second {what} of {name}"));
                }
                name
            }
            _ if line.starts_with('#') || line.is_empty() => continue,
            _ => {
                let Some(sample) = sample(line) else {
                    say(format!("no sample: {line}"));
                    continue;
                };
                let name = family_of(sample.name, &families);
                let mut labels: Vec<String> = sample.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
                labels.sort_unstable();
                if !series.insert(format!("{}{{{}}}", sample.name, labels.join(","))) {
                    say(format!("{line}: the series is there twice"));
                }
                families.entry(name).or_default().samples.push(sample);
                name
            }
        };
        if order.last() != Some(&name) {
            if order.contains(&name) {
                say(format!("{name} is scattered"));
            }
            order.push(name);
        }
    }
    for (name, family) in &families {
        problems.extend(of_family(name, family, foreign).into_iter().map(|what| format!("{name}: {what}")));
    }
    problems
}

/// All samples: name, labels, value.
pub(crate) fn samples(text: &str) -> Vec<(String, BTreeMap<String, String>, f64)> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let read = |line: &str| {
        let Sample { name, labels, value } = sample(line).unwrap_or_else(|| panic!("no sample: {line}"));
        (name.to_owned(), labels.into_iter().map(|(label, value)| (label.to_owned(), value)).collect(), value)
    };
    lines.map(read).collect()
}

/// The family that a sample belongs to: histograms have three kinds of them.
fn family_of<'a>(sample: &'a str, families: &BTreeMap<&'a str, Family<'a>>) -> &'a str {
    let base = ["_bucket", "_sum", "_count"].iter().find_map(|ending| sample.strip_suffix(ending));
    base.filter(|base| families.get(base).is_some_and(|family| family.shape == Some("histogram"))).unwrap_or(sample)
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let name_end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(name_end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            if let Some(after) = rest.strip_prefix('}') {
                rest = after;
                break;
            }
            let (label, after) = rest.trim_start_matches(',').split_once("=\"")?;
            let mut value = String::new();
            let mut characters = after.char_indices();
            let end = loop {
                match characters.next()? {
                    (_, '\\') => value.push(characters.next()?.1),
                    (end, '"') => break end,
                    (_, other) => value.push(other),
                }
            };
            labels.push((label, value));
            rest = &after[end + 1..];
        }
    }
    let mut words = rest.split_whitespace();
    let value = match words.next()? {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        number => number.parse().ok()?,
    };
    words.next().is_none().then_some(Sample { name, labels, value })
}

fn of_family(name: &str, family: &Family<'_>, foreign: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut say = |what: &str| problems.push(what.to_owned());
    let is_foreign = foreign.contains(&name);
    if family.help.is_none_or(|help| help.trim().is_empty()) {
        say("it has no help");
    }
    let shape = family.shape.unwrap_or_default();
    if !matches!(shape, "counter" | "gauge" | "histogram") {
        say("it has no type that is known");
    }
    if family.samples.is_empty() {
        say("it has no sample");
    }
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') || name.contains("__") {
        say("its name is not snake_case");
    }
    let base = name.strip_suffix("_total").unwrap_or(name);
    if (shape == "counter") != (base != name) {
        say("counters, and only they, end in _total");
    }
    if !is_foreign {
        // Figures are about Copilot, the rest about the program.
        if !name.starts_with("pilotage_") && !name.starts_with("copilot_") {
            say("its name has not our prefix");
        }
        if shape != "histogram" && ["_count", "_sum", "_bucket"].iter().any(|ending| name.ends_with(ending)) {
            say("only samples of histograms end so");
        }
        let words: Vec<&str> = base.split('_').collect();
        if words.iter().any(|word| BAD_WORDS.contains(word)) {
            say("a word in it is no base unit, or says what it is");
        }
        if words[..words.len() - 1].iter().any(|word| UNITS.contains(word)) {
            say("its unit does not stand at its end");
        }
        if shape == "histogram" && !UNITS.iter().any(|unit| base.ends_with(unit)) {
            say("a histogram without a unit");
        }
    }
    for sample in &family.samples {
        let names: BTreeSet<&str> = sample.labels.iter().map(|(name, _)| *name).collect();
        let is_bucket = sample.name.ends_with("_bucket") && shape == "histogram";
        if names.len() != sample.labels.len() {
            say("a label is there twice");
        }
        if names.contains("le") != is_bucket || names.contains("quantile") {
            say("`le` belongs to buckets and to nothing else");
        }
        if names.iter().any(|name| !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') || name.starts_with("__"))
        {
            say("a label's name is not snake_case");
        }
        if shape == "counter" && sample.value < 0.0 || sample.value.is_nan() {
            say("a value that cannot be");
        }
    }
    if shape == "histogram" {
        of_histogram(name, family, &mut problems);
    }
    problems
}

fn of_histogram(name: &str, family: &Family<'_>, problems: &mut Vec<String>) {
    let key = |sample: &Sample<'_>| {
        let labels: Vec<String> =
            sample.labels.iter().filter(|(name, _)| *name != "le").map(|(name, value)| format!("{name}={value}")).collect();
        labels.join(",")
    };
    let named = |ending: &str| {
        let name = format!("{name}{ending}");
        family.samples.iter().filter(move |sample| sample.name == name).collect::<Vec<_>>()
    };
    for count in named("_count") {
        let buckets: Vec<f64> =
            named("_bucket").into_iter().filter(|bucket| key(bucket) == key(count)).map(|bucket| bucket.value).collect();
        let is_last_inf = named("_bucket")
            .into_iter()
            .rfind(|bucket| key(bucket) == key(count))
            .is_some_and(|bucket| bucket.labels.iter().any(|(name, value)| *name == "le" && value == "+Inf"));
        if !buckets.is_sorted() {
            problems.push("its buckets do not add up".to_owned());
        }
        if !is_last_inf || buckets.last() != Some(&count.value) {
            problems.push("its last bucket is not all of them".to_owned());
        }
        if !named("_sum").iter().any(|sum| key(sum) == key(count)) {
            problems.push("it has no sum".to_owned());
        }
    }
    if named("_count").is_empty() {
        problems.push("it has no count".to_owned());
    }
}

#[test]
fn a_bad_exposition_is_caught() {
    let good = "# HELP pilotage_x_total X.\n# TYPE pilotage_x_total counter\npilotage_x_total{kind=\"a\"} 1\n";
    assert_eq!(problems(good, &[]), [""; 0]);
    let histogram = "# HELP pilotage_x_seconds X.\n# TYPE pilotage_x_seconds histogram\n\
        pilotage_x_seconds_bucket{le=\"1\"} 1\npilotage_x_seconds_bucket{le=\"+Inf\"} 2\n\
        pilotage_x_seconds_sum 3\npilotage_x_seconds_count 2\n";
    assert_eq!(problems(histogram, &[]), [""; 0]);
    let gauge = |name: &str| format!("# HELP {name} X.\n# TYPE {name} gauge\n{name} 1\n");
    let table = [
        (good.trim_end().to_owned(), "the last line has no end"),
        (good.replace("# HELP pilotage_x_total X.\n", ""), "pilotage_x_total: it has no help"),
        (good.replace("counter", "untyped"), "pilotage_x_total: it has no type that is known"),
        (good.replace("_total", ""), "pilotage_x: counters, and only they, end in _total"),
        (good.replace("counter", "gauge"), "pilotage_x_total: counters, and only they, end in _total"),
        (good.replace("pilotage_x_total", "pilotage_xY_total"), "pilotage_xY_total: its name is not snake_case"),
        (good.replace("pilotage_", "other_"), "other_x_total: its name has not our prefix"),
        (good.replace(" 1\n", " one\n"), "line 3: no sample: pilotage_x_total{kind=\"a\"} one"),
        (good.replace(" 1\n", " -1\n"), "pilotage_x_total: a value that cannot be"),
        (good.replace("kind=\"a\"", "kind=\"a\",kind=\"b\""), "pilotage_x_total: a label is there twice"),
        (good.replace("kind", "Kind"), "pilotage_x_total: a label's name is not snake_case"),
        (good.replace("kind", "le"), "pilotage_x_total: `le` belongs to buckets and to nothing else"),
        (
            good.to_owned() + "pilotage_x_total{kind=\"a\"} 2\n",
            "line 4: pilotage_x_total{kind=\"a\"} 2: the series is there twice",
        ),
        (good.to_owned() + "# TYPE pilotage_x_total counter\n", "line 4: TYPE of pilotage_x_total after its samples"),
        (good.to_owned() + &gauge("pilotage_y") + "pilotage_x_total{kind=\"b\"} 2\n", "line 7: pilotage_x_total is scattered"),
        (gauge("pilotage_wait_ms"), "pilotage_wait_ms: a word in it is no base unit, or says what it is"),
        (gauge("pilotage_seconds_waited"), "pilotage_seconds_waited: its unit does not stand at its end"),
        (gauge("pilotage_entity_count"), "pilotage_entity_count: only samples of histograms end so"),
        ("# HELP pilotage_y X.\n# TYPE pilotage_y gauge\n".to_owned(), "pilotage_y: it has no sample"),
        (histogram.replace("_seconds", ""), "pilotage_x: a histogram without a unit"),
        (histogram.replace("\"1\"} 1", "\"1\"} 3"), "pilotage_x_seconds: its buckets do not add up"),
        (histogram.replace("+Inf", "5"), "pilotage_x_seconds: its last bucket is not all of them"),
        (histogram.replace("pilotage_x_seconds_sum 3\n", ""), "pilotage_x_seconds: it has no sum"),
    ];
    for (text, expected) in table {
        let found = problems(&text, &[]);
        assert!(found.iter().any(|problem| problem == expected), "{expected}\nfound {found:#?}\nin\n{text}");
    }
}
