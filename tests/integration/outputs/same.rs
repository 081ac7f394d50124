//! Every output of a figure and a day has the same value, state and definition.

use std::collections::BTreeMap;

use pilotage::figure;
use pilotage::model::day::Day;
use pilotage::render::openmetrics::table;
use serde_json::{Value, json};

use super::mcp::Assistant;
use super::{Sample, exposed};
use crate::first_screen::{demo, pilotage};
use crate::telemetry::lint;
use crate::web_figures::{compare, data_folder, get, json as shown, router, tables};

const SCOPE: &str = "harbor";

/// A point of an output: series, value as it is written there, state.
type Points = Vec<(String, Option<f64>, String)>;

/// The points of a day in the document of `figures show`, by series.
fn points(document: &Value, day: &str) -> Points {
    let of_day = document["points"].as_array().unwrap().iter().filter(|point| point["day"] == day);
    let read = |point: &Value| {
        let series = point["series"].as_str().unwrap_or_default().to_owned();
        (series, point["value"].as_f64(), point["state"].as_str().unwrap().to_owned())
    };
    of_day.map(read).collect()
}

/// The newest day of which anything is held.
fn newest(document: &Value) -> Option<String> {
    let held = document["points"].as_array().unwrap().iter().filter(|point| point["state"] != "not-held");
    held.filter_map(|point| point["day"].as_str()).max().map(str::to_owned)
}

/// What the metrics say of a figure: the day, values by series, and how many series have each state.
type OfMetrics = (i64, BTreeMap<String, f64>, BTreeMap<String, u64>);

/// What the metrics say of a figure of the scope.
fn of_metrics(samples: &[Sample], id: &str) -> Option<OfMetrics> {
    let metric = table::metric(id)?;
    let is_ours = |labels: &BTreeMap<String, String>| labels.get("organization").is_some_and(|name| name == SCOPE);
    let of = |name: &str| samples.iter().filter(|(other, labels, _)| other == name && is_ours(labels)).collect::<Vec<_>>();
    let about = |name: &str| of(name).into_iter().filter(|(_, labels, _)| labels["figure"] == id).collect::<Vec<_>>();
    let day = about("copilot_figure_day_timestamp_seconds").first()?.2 as i64;
    let series =
        |labels: &BTreeMap<String, String>| metric.label.and_then(|label| labels.get(label)).cloned().unwrap_or_default();
    let values = of(metric.name).iter().map(|(_, labels, value)| (series(labels), *value)).collect();
    let states =
        about("copilot_figure_points").iter().map(|(_, labels, count)| (labels["state"].clone(), *count as u64)).collect();
    Some((day, values, states))
}

/// Whether two readings of one number are the same: parsers of JSON may be wrong in the last bit.
fn are_same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-12 * one.abs().max(other.abs()),
        (one, other) => one == other,
    }
}

/// A value of the export: name, labels, value, seconds since 1970.
type Exported = (String, BTreeMap<String, String>, f64, i64);

fn exported_sample(line: &str) -> Exported {
    let (sample, at) = line.rsplit_once(' ').unwrap();
    let (name, labels, value) = lint::samples(sample).pop().unwrap();
    (name, labels, value, at.parse().unwrap())
}

fn rows_of_csv(text: &str) -> Vec<Vec<String>> {
    // No cell of the demo has a line feed or a quotation mark.
    let cells = |line: &str| {
        let mut cells = vec![String::new()];
        let mut is_quoted = false;
        for character in line.chars() {
            match character {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        cells
    };
    text.lines().skip(1).map(cells).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_output_of_a_figure_and_a_day_has_the_same_value_state_and_definition() {
    let (metrics_text, samples) = exposed().await;
    let router = router(data_folder(), &[]);
    let mut assistant = Assistant::begin();
    let report = {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("report.html");
        let output = pilotage(
            demo().home(),
            &["report", "--demo", "--scope", SCOPE, "--out", file.to_str().unwrap(), "--since", "2026-10-01"],
        );
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        std::fs::read_to_string(&file).unwrap()
    };
    let exported = shown("export --demo --format openmetrics");
    assert!(exported.ends_with("# EOF\n"), "{exported}");
    let exported: Vec<Exported> = exported.lines().filter(|line| !line.starts_with('#')).map(exported_sample).collect();
    let report = tables(&report, |id| id.trim_start_matches("s0-").to_owned());
    let (mut compared, mut with_metric) = (0, 0);
    for figure in figure::ALL {
        let id = figure.definition.id;
        // The API of the pages; the command prints the same bytes.
        let (_, _, text) = get(&router, &format!("/api/figures/{id}?scope={SCOPE}")).await;
        assert_eq!(text, shown(&format!("figures show {id} --demo --scope {SCOPE} --output json")), "{id}");
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["definition"], json!(figure.definition), "{id}");
        let defined: Value = serde_json::from_str(&shown(&format!("figures define {id} --output json"))).unwrap();
        assert_eq!(document["definition"], defined, "{id}");

        // Lines of JSON and CSV.
        let lines = shown(&format!("figures show {id} --demo --scope {SCOPE} --output ndjson"));
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (_, _, csv) = get(&router, &format!("/api/figures/{id}.csv?scope={SCOPE}")).await;
        let rows = rows_of_csv(&csv);
        let all = document["points"].as_array().unwrap();
        assert_eq!((all.len(), all.len()), (lines.len(), rows.len()), "{id}");
        for ((point, line), row) in all.iter().zip(&lines).zip(&rows) {
            for key in ["day", "series", "value", "numerator", "denominator", "state"] {
                assert_eq!(point[key], line[key], "{id} {line}");
            }
            let series = point["series"].as_str().unwrap_or_default();
            assert_eq!(
                (&row[3], row[4].trim_start_matches('\''), &row[8]),
                (&point["day"].as_str().unwrap().to_owned(), series, &point["state"].as_str().unwrap().to_owned()),
                "{id}"
            );
            assert!(are_same(row[5].parse().ok(), point["value"].as_f64()), "{id} {row:?}");
        }

        // Markdown and text have the sentence and a row for each day.
        let markdown = shown(&format!("figures show {id} --demo --scope {SCOPE} --output markdown"));
        assert!(markdown.contains(figure.definition.sentence), "{id}: {markdown}");

        // The assistant's tool, over the same days.
        let since = all.iter().map(|point| point["day"].as_str().unwrap()).min().unwrap();
        let told = assistant.call("show_figure", json!({"figure": id, "scope": SCOPE, "since": since}));
        assert_eq!(told, document, "{id}");

        // The report of the command; pages are compared in web_figures.rs by the same function.
        if let Some(table) = report.get(id) {
            let from = shown(&format!("figures show {id} --demo --scope {SCOPE} --since 2026-10-01 --output json"));
            compared += compare(id, table, &from);
        }

        // The export for the past of Prometheus: the values of every final day, at its beginning.
        if let Some(metric) = table::metric(id) {
            let mut values = BTreeMap::new();
            for point in all.iter().filter(|point| point["state"] == "final" && !point["value"].is_null()) {
                let at = format!("{}T00:00:00Z", point["day"].as_str().unwrap()).parse::<jiff::Timestamp>().unwrap().as_second();
                values.insert(
                    (point["series"].as_str().unwrap_or_default().to_owned(), at),
                    metric.unit.converted(point["value"].as_f64().unwrap()),
                );
            }
            let of_metric = exported.iter().filter(|(name, labels, ..)| name == metric.name && labels["organization"] == SCOPE);
            let series =
                |labels: &BTreeMap<String, String>| metric.label.and_then(|label| labels.get(label)).cloned().unwrap_or_default();
            let found: BTreeMap<(String, i64), f64> =
                of_metric.map(|(_, labels, value, at)| ((series(labels), *at), *value)).collect();
            assert_eq!(found.keys().collect::<Vec<_>>(), values.keys().collect::<Vec<_>>(), "{id}");
            assert!(found.values().zip(values.values()).all(|(one, other)| are_same(Some(*one), Some(*other))), "{id}");
        }

        // Metrics of the newest day.
        let found = of_metrics(&samples, id);
        let Some(metric) = table::metric(id) else {
            assert!(found.is_none(), "{id}");
            continue;
        };
        let Some((at, values, states)) = found else {
            assert_eq!(newest(&document), None, "{id}: a figure that is held has gauges");
            continue;
        };
        assert!(
            metrics_text.contains(&format!("# HELP {} {}\n", metric.name, figure.definition.sentence)) || values.is_empty(),
            "{id}"
        );
        let day = jiff::Timestamp::from_second(at).unwrap().to_string()[..10].to_owned();
        assert_eq!(newest(&document), Some(day.clone()), "{id}");
        // Which languages and models have a series of their own depends on the days that are asked for: here the same two weeks.
        let since = day.parse::<Day>().unwrap().plus_days(-13);
        let (status, _, text) = get(&router, &format!("/api/figures/{id}?scope={SCOPE}&since={since}")).await;
        // Seats are of the machine's day, which the pages' clock has not reached; they have the same series on every day.
        let document = if status.is_success() { serde_json::from_str(&text).unwrap() } else { document };
        let mut counted: BTreeMap<String, u64> =
            ["final", "provisional", "withheld", "not-held"].map(|state| (state.to_owned(), 0)).into();
        let mut expected = BTreeMap::new();
        for (series, value, state) in points(&document, &day) {
            *counted.get_mut(&state).unwrap() += 1;
            if let Some(value) = value {
                expected.insert(series, metric.unit.converted(value));
            }
        }
        assert_eq!(values.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{id} on {day}");
        assert!(
            values.values().zip(expected.values()).all(|(one, other)| are_same(Some(*one), Some(*other))),
            "{id} on {day}: {values:?} {expected:?}"
        );
        assert_eq!(states, counted, "{id} on {day}");
        with_metric += 1;
    }
    assert!(compared > 500 && with_metric > 40, "{compared} cells, {with_metric} metrics");

    // The digest: two numbers of people, which are points, and their change.
    let digest = pilotage(demo().home(), &["digest", "--demo", "--scope", SCOPE]);
    let digest = String::from_utf8(digest.stdout).unwrap();
    let document: Value =
        serde_json::from_str(&shown(&format!("figures show active-people --demo --scope {SCOPE} --output json"))).unwrap();
    let day = newest(&document).unwrap();
    assert!(digest.starts_with(&format!("GitHub Copilot in {SCOPE}, until ")), "{digest}");
    for (series, _, _) in points(&document, &day).iter().filter(|(series, ..)| series != "daily") {
        let value = points(&document, &day).iter().find(|(other, ..)| other == series).unwrap().1.unwrap();
        let days = if series == "weekly" { 7 } else { 28 };
        let row = digest.lines().find(|line| line.starts_with(&format!("people active within {days} days"))).unwrap();
        assert!(row.split_whitespace().any(|word| word.trim_end_matches('~') == value.to_string()), "{row}: {value}");
    }
}
