//! Metrics of figures: well-formed, of the newest day, without names.

use std::collections::BTreeSet;

use pilotage::figure;
use pilotage::render::openmetrics::table::FIGURE_METRICS;
use serde_json::Value;

use super::exposed;
use crate::first_screen::{demo, pilotage};
use crate::support::repository;
use crate::telemetry::lint;

#[tokio::test]
async fn metrics_of_figures_are_well_formed_have_the_definition_and_name_nobody() {
    let (text, samples) = exposed().await;
    assert_eq!(lint::problems(&text, &[]), [""; 0], "{text}");
    let names: BTreeSet<&str> = samples.iter().map(|(name, ..)| name.as_str()).collect();
    assert!(names.len() > 40, "only {} metrics", names.len());
    for metric in FIGURE_METRICS.iter().filter(|metric| names.contains(metric.name)) {
        let sentence = figure::find(metric.figure).unwrap().definition.sentence;
        assert!(text.contains(&format!("# HELP {} {sentence}\n", metric.name)), "{}", metric.name);
    }
    let seats = pilotage(demo().home(), &["catalog", "list", "copilot_seat", "--demo", "--limit", "0", "--output", "json"]);
    let seats: Vec<Value> = serde_json::from_slice(&seats.stdout).unwrap();
    assert!(seats.len() > 100, "{seats:?}");
    for login in seats.iter().map(|seat| seat["title"].as_str().unwrap()) {
        assert!(!text.contains(&format!("\"{login}\"")), "{login}");
    }
}

#[tokio::test]
async fn the_pages_serve_them_to_whoever_may_look_and_a_setting_turns_them_off() {
    use axum::body::Body;
    use http::{Request, StatusCode, header};
    use tower::ServiceExt;

    let (text, _) = exposed().await;
    let mut turned_off = crate::web_figures::options(crate::web_figures::data_folder());
    turned_off.metrics = None;
    let on = crate::web_figures::options(crate::web_figures::data_folder());
    for (options, expected) in [(on, StatusCode::OK), (turned_off, StatusCode::NOT_FOUND)] {
        let router = pilotage::web::Web::new(options).unwrap().router();
        let request = Request::get("/metrics").header(header::HOST, "127.0.0.1:8090").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), expected);
        if expected == StatusCode::OK {
            assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; version=0.0.4; charset=utf-8");
            let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
            assert_eq!(std::str::from_utf8(&body).unwrap(), text);
        }
    }
}

/// `UPDATE_DOCS=1` writes the table anew.
#[test]
fn the_page_of_outputs_lists_every_metric_with_its_figure_and_labels() {
    let file = repository("docs/outputs.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let (begin, end) = ("| metric | figure | label |\n| --- | --- | --- |\n", "\n\n");
    let (before, rest) = page.split_once(begin).unwrap();
    let (listed, after) = rest.split_once(end).unwrap();
    let row = |metric: &pilotage::render::openmetrics::table::FigureMetric| {
        let label = metric.label.map(|label| format!("`{label}`")).unwrap_or_default();
        format!("| `{}` | `{}` | {label} |", metric.name, metric.figure)
    };
    let rows = FIGURE_METRICS.iter().map(row).collect::<Vec<_>>().join("\n");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, format!("{before}{begin}{rows}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(listed, rows, "UPDATE_DOCS=1 writes it anew");
}
