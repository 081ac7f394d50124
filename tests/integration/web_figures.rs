//! Pages of figures, their data, the report and embedded charts, over the data folder that a run of the demo left.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use fancy_regex::Regex;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use pilotage::door::clock::Clock;
use pilotage::figure;
use pilotage::history::figure_metrics::FigureMetrics;
use pilotage::model::secret::Secret;
use pilotage::render::chart::plan::{self, Mark, Topic};
use pilotage::render::figure::shown;
use pilotage::web::embed::{EmbedKey, EmbedLink, EmbedOptions};
use pilotage::web::guard::AccessOptions;
use pilotage::web::guard::roles::Roles;
use pilotage::web::{CatalogPlace, Web, WebOptions};
use serde_json::Value;
use tower::ServiceExt;

use crate::first_screen::{demo, pilotage};

const KEY: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const NOW: &str = "2026-11-04T06:15:00Z";
const SCOPES: [&str; 3] = ["harbor", "lighthouse", "tidewater"];

/// The demo's data folder, which the platform places.
pub(crate) fn data_folder() -> PathBuf {
    fn find(folder: &Path) -> Option<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        let is_here = files.iter().any(|file| file.ends_with("history.sqlite"));
        if is_here { Some(folder.to_owned()) } else { folders.iter().find_map(|folder| find(folder)) }
    }
    find(demo().home()).unwrap()
}

/// Options of pages over a data folder, with metrics and without frames.
pub(crate) fn options(data: PathBuf) -> WebOptions {
    let clock = Clock::starting_at(NOW.parse().unwrap());
    WebOptions {
        metrics: Some(Arc::new(FigureMetrics::new(data.clone(), clock.clone(), pilotage::figure::FigureRules::default()))),
        data,
        flags: " --demo".to_owned(),
        clock,
        catalog: CatalogPlace::Local,
        access: AccessOptions {
            listening: "127.0.0.1:8090".parse().unwrap(),
            allowed_hosts: Vec::new(),
            token: None,
            token_roles: Roles::default(),
            proxy: None,
        },
        embed: EmbedOptions { key: Some(Secret::new(KEY)), from: Vec::new() },
        rules: pilotage::figure::FigureRules::default(),
        feed: None,
    }
}

pub(crate) fn router(data: PathBuf, from: &[&str]) -> Router {
    let mut options = options(data);
    options.embed.from = from.iter().map(|origin| (*origin).to_owned()).collect();
    Web::new(options).unwrap().router()
}

pub(crate) async fn get(router: &Router, address: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(address).header(header::HOST, "127.0.0.1:8090").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (parts.status, parts.headers, text)
}

pub(crate) fn json(arguments: &str) -> String {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let output = pilotage(demo().home(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The tables of a page by the id of their figure: for each row the day and its cells.
pub(crate) fn tables(page: &str, id_of: impl Fn(&str) -> String) -> BTreeMap<String, Vec<(String, Vec<String>)>> {
    let tag = Regex::new("<[^>]*>").unwrap();
    let text = |markup: &str| tag.replace_all(markup, "").trim().to_owned();
    let mut tables = BTreeMap::new();
    for figure in page.split("<figure ").skip(1) {
        let id = figure.split("id=\"").nth(1).unwrap().split('"').next().unwrap();
        let body = figure.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
        let rows = body.split("<tr>").skip(1).map(|row| {
            let (day, cells) = row.split_once("</th>").unwrap();
            (text(day), cells.split("<td>").skip(1).map(text).collect())
        });
        tables.insert(id_of(id), rows.collect());
    }
    tables
}

/// The cell that a point of the JSON has in a table.
fn cell(id: &str, point: &Value) -> String {
    let unit = figure::find(id).unwrap().definition.unit;
    let value = match (point["state"].as_str().unwrap(), point["value"].as_f64()) {
        ("withheld", _) => "withheld".to_owned(),
        ("not-held", _) => "not held".to_owned(),
        (state, value) => {
            let value = value.map_or("none".to_owned(), |value| shown(unit, value));
            if state == "provisional" { format!("{value}~") } else { value }
        }
    };
    let count = |name: &str| {
        let text = format!("{:.2}", point[name].as_f64()?);
        let (whole, part) = text.split_once('.')?;
        let (whole, part) = (pilotage::render::number::count(whole.parse().ok()?), part.trim_end_matches('0'));
        Some(if part.is_empty() { whole } else { format!("{whole}.{part}") })
    };
    match (count("numerator"), count("denominator")) {
        (Some(above), Some(below)) => format!("{value} {above} of {below}"),
        _ => value,
    }
}

/// Compares a table with the document of `figures show`. Returns the number of values.
pub(crate) fn compare(id: &str, table: &[(String, Vec<String>)], document: &str) -> usize {
    let document: Value = serde_json::from_str(document).unwrap();
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let points = document["points"].as_array().unwrap();
    let series: BTreeSet<&str> = points.iter().filter_map(|point| point["series"].as_str()).collect();
    let is_groups = plan::of(id).mark == Mark::Bar || series.len() > 12;
    let title = document["definition"]["title"].as_str().unwrap();
    for point in points {
        let day = point["day"].as_str().unwrap();
        let row = if is_groups { point["series"].as_str().unwrap_or(title) } else { day };
        match rows.iter_mut().find(|(other, _)| other == row) {
            // Of a group the newest point is shown.
            Some((_, cells)) if is_groups => *cells = vec![day.to_owned(), cell(id, point)],
            Some((_, cells)) => cells.push(cell(id, point)),
            None if is_groups => rows.push((row.to_owned(), vec![day.to_owned(), cell(id, point)])),
            None => rows.push((row.to_owned(), vec![cell(id, point)])),
        }
    }
    assert_eq!(table, rows, "{id}");
    points.len()
}

#[tokio::test]
async fn every_value_of_every_page_is_that_of_figures_show() {
    let router = router(data_folder(), &[]);
    let mut values = 0;
    for scope in SCOPES {
        for by in ["day", "week", "month"] {
            for topic in Topic::PAGES {
                let address = format!("/figures/{}?scope={scope}&by={by}&window=3660", topic.name());
                let (status, _, page) = get(&router, &address).await;
                assert_eq!(status, StatusCode::OK, "{address}");
                let tables = tables(&page, str::to_owned);
                let expected: Vec<&str> = plan::figures(topic).iter().map(|figure| figure.definition.id).collect();
                let mut ids: Vec<&str> = expected.clone();
                ids.sort_unstable();
                assert_eq!(tables.keys().map(String::as_str).collect::<Vec<_>>(), ids, "{address}");
                for id in expected {
                    let shown = json(&format!("figures show {id} --demo --scope {scope} --by {by} --output json"));
                    values += compare(id, &tables[id], &shown);
                    let (status, headers, data) = get(&router, &format!("/api/figures/{id}?scope={scope}&by={by}")).await;
                    assert_eq!((status, &headers[header::CONTENT_TYPE]), (StatusCode::OK, &"application/json".parse().unwrap()));
                    assert_eq!(data, shown, "{id}: the API and the command say the same, byte for byte");
                }
            }
        }
    }
    assert!(values > 500, "only {values} values were compared");
}

#[tokio::test]
async fn a_page_leads_to_its_data_and_its_state_is_in_the_address() {
    let router = router(data_folder(), &[]);
    let (_, _, page) = get(&router, "/figures/use?scope=harbor&since=2026-10-20&by=week").await;
    let link = |from: &str| from.split('"').next().unwrap().replace("&amp;", "&");
    let links: Vec<String> = page.split("href=\"/api/").skip(1).map(|rest| format!("/api/{}", link(rest))).collect();
    assert_eq!(links.len(), 2 * plan::figures(Topic::Use).len());
    for address in &links {
        let (status, headers, data) = get(&router, address).await;
        assert_eq!(status, StatusCode::OK, "{address}");
        let id = address.trim_start_matches("/api/figures/").split(['.', '?']).next().unwrap();
        let form = if address.contains(".csv?") { "csv" } else { "json" };
        let shown = json(&format!("figures show {id} --demo --scope harbor --since 2026-10-20 --by week --output {form}"));
        assert_eq!(data, shown, "{address}");
        assert_eq!(headers.contains_key(header::CONTENT_DISPOSITION), form == "csv");
    }
    for state in ["<option value=\"harbor\" selected>", "value=\"2026-10-20\"", "<option value=\"week\" selected>"] {
        assert!(page.contains(state), "{state}");
    }
    let (_, _, default) = get(&router, "/figures").await;
    assert!(default.contains("aria-current=\"true\">90 days"), "{default}");
}

#[tokio::test]
async fn a_team_is_chosen_in_a_form_and_its_numbers_are_those_of_figures_show() {
    let router = router(data_folder(), &[]);
    let (_, _, page) = get(&router, "/figures/use?scope=harbor&team=").await;
    let teams = page.split_once("<datalist id=\"teams\">").unwrap().1.split("</datalist>").next().unwrap();
    assert!(teams.contains("<option value=\"checkout\">") && teams.contains("<option value=\"platform\">"), "{teams}");
    assert!(page.contains("<strong>harbor</strong>: 28 days, <time"), "{page}");
    let (status, _, page) = get(&router, "/figures/use?scope=harbor&team=checkout").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("team <strong>checkout</strong>") && page.contains("value=\"checkout\" placeholder"), "{page}");
    let answer: Value =
        serde_json::from_str(&json("figures show lines --demo --scope harbor --team checkout --output json")).unwrap();
    let table = &tables(&page, str::to_owned)["lines"];
    let added: Vec<&Value> = answer["points"].as_array().unwrap().iter().filter(|point| point["series"] == "added").collect();
    assert_eq!(table.len(), added.len());
    for ((day, cells), point) in table.iter().zip(added) {
        assert_eq!((day.as_str(), &cells[0]), (point["day"].as_str().unwrap(), &cell("lines", point)));
    }
}

#[tokio::test]
async fn every_page_shows_a_team_and_says_what_has_none() {
    let router = router(data_folder(), &[]);
    for topic in Topic::PAGES {
        let address = format!("/figures/{}?scope=harbor&team=checkout", topic.name());
        let (status, _, page) = get(&router, &address).await;
        assert_eq!(status, StatusCode::OK, "{address}: {page}");
        assert!(page.contains("name=\"team\" list=\"teams\" value=\"checkout\""), "{address}: {page}");
        let figures: Vec<&str> = page.split("<figure").skip(1).collect();
        assert!(!figures.is_empty(), "{address}");
        // Each is drawn, or says why not.
        assert!(figures.iter().all(|figure| figure.contains("<svg") || figure.contains("<p>")), "{address}: {page}");
        let is_drawn = figures.iter().any(|figure| figure.contains("<svg"));
        assert_eq!(is_drawn, topic.name() != "pull-requests", "{address}: {page}");
    }
    let (_, _, page) = get(&router, "/figures/pull-requests?scope=harbor&team=checkout").await;
    let merged = page.split_once("id=\"merged-by-copilot\"").unwrap().1.split("</figure>").next().unwrap();
    assert!(
        merged.contains("Not held of this team, or of too few days. It counts pull requests of the organization"),
        "{merged}"
    );
    let (_, _, page) = get(&router, "/figures/adoption?scope=harbor&team=checkout").await;
    let tools = page.split_once("id=\"tool-active-people\"").unwrap().1.split("</figure>").next().unwrap();
    assert!(tools.contains("of which nobody knows the team") && !tools.contains("<svg"), "{tools}");
    let (_, _, page) = get(&router, "/figures/adoption?scope=harbor").await;
    let tools = page.split_once("id=\"tool-active-people\"").unwrap().1.split("</figure>").next().unwrap();
    assert!(tools.contains("whichever scope is chosen"), "{tools}");
}

#[tokio::test]
async fn the_days_of_a_page_are_the_same_however_wide_a_point_is() {
    let router = router(data_folder(), &[]);
    for by in ["day", "week", "month"] {
        let (_, _, page) = get(&router, &format!("/figures/use?scope=harbor&by={by}")).await;
        let selected = page.split_once("<strong>harbor</strong>").unwrap().1.split("</p>").next().unwrap();
        assert!(selected.starts_with(": 28 days, "), "{by}: {selected}");
    }
}

#[tokio::test]
async fn what_cannot_be_shown_says_why_with_a_way_on() {
    let router = router(data_folder(), &[]);
    for (address, status, said) in [
        ("/figures/coffee", StatusCode::NOT_FOUND, "no page of figures `coffee`"),
        ("/figures/lines", StatusCode::NOT_FOUND, "/figures/use#lines"),
        ("/figures/use?scope=harbr", StatusCode::NOT_FOUND, "no numbers of `harbr` are kept"),
        ("/figures/use?scope=harbor&team=nobody", StatusCode::NOT_FOUND, "no team `nobody` is in what was read"),
        ("/figures/use?since=9999-01-01", StatusCode::BAD_REQUEST, "9999-01-01 is in the future"),
        ("/figures/use?since=2026-11-03", StatusCode::NOT_FOUND, "the newest is 2026-10-30"),
        ("/figures/use?since=soon", StatusCode::BAD_REQUEST, "`soon` is not a day"),
        ("/figures/use?by=year", StatusCode::BAD_REQUEST, "`by` is day, week or month"),
        ("/figures/use?window=0", StatusCode::BAD_REQUEST, "`window` is a number of days"),
        ("/api/figures/lnes", StatusCode::NOT_FOUND, "no figure `lnes`"),
        ("/api/figures/lines", StatusCode::BAD_REQUEST, "name one of harbor, lighthouse, tidewater as `scope`"),
        ("/figures/use?scope=%3Cscript%3E", StatusCode::NOT_FOUND, "&lt;script&gt;"),
    ] {
        let (found, _, page) = get(&router, address).await;
        assert_eq!(found, status, "{address}");
        let written = page.replace("<code>", "`").replace("</code>", "`").to_lowercase();
        assert!(written.contains(&said.to_lowercase()), "{address}: {page}");
    }
    let nothing = tempfile::TempDir::new().unwrap();
    let router = self::router(nothing.path().to_owned(), &[]);
    let (status, _, page) = get(&router, "/figures/adoption").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("No numbers are kept yet") && page.contains("pilotage resync --demo"), "{page}");
}

fn packed(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

#[tokio::test]
async fn a_page_with_all_that_it_loads_is_at_most_45_kb() {
    let router = router(data_folder(), &[]);
    for topic in Topic::PAGES {
        let (_, _, page) = get(&router, &format!("/figures/{}?scope=harbor&window=90", topic.name())).await;
        let mut bytes = packed(&page);
        for address in page.split('"').filter(|text| text.starts_with("/a/")) {
            let (status, _, file) = get(&router, address).await;
            assert_eq!(status, StatusCode::OK, "{address}");
            bytes += packed(&file);
        }
        assert!(bytes <= 45_000, "{}: {bytes} bytes", topic.name());
        for forbidden in [" style=", "<style", "javascript:", " onclick"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}

#[test]
fn a_report_has_the_values_of_figures_show() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("copilot.html");
    let output = pilotage(demo().home(), &["report", "--demo", "--out", file.to_str().unwrap(), "--since", "2026-10-10"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = std::fs::read_to_string(&file).unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let tables = tables(&page, str::to_owned);
    let shown = || figure::ALL.iter().filter(|it| Topic::PAGES.contains(&plan::of(it.definition.id).topic));
    // What is about all tools has one table, whatever scopes there are.
    let once = shown().filter(|it| it.reads.tools).count();
    assert_eq!(tables.len(), SCOPES.len() * (shown().count() - once) + once);
    for (id, table) in &tables {
        let (number, figure) = id.trim_start_matches('s').split_once('-').unwrap();
        // What is of all tools is the same whatever the scope.
        let scope = SCOPES.get(number.parse::<usize>().unwrap()).unwrap_or(&SCOPES[0]);
        let shown = json(&format!("figures show {figure} --demo --scope {scope} --since 2026-10-10 --output json"));
        compare(figure, table, &shown);
    }
    for (line, code, said) in [
        ("report --demo --out /nowhere/at/all.html", 1, "cannot write the report to `/nowhere/at/all.html`"),
        ("report --demo --out x.html --scope harbr", 2, "did you mean `harbor`?"),
        ("report --out x.html", 2, "no numbers are kept"),
        ("report --demo", 2, "--out <FILE>"),
    ] {
        let output = pilotage(demo().home(), &line.split(' ').collect::<Vec<_>>());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(code) && stderr.contains(said), "{line}: {stderr}");
    }
}

#[tokio::test]
async fn an_embedded_chart_needs_a_link_of_ours_and_shows_one_scope() {
    let router = router(data_folder(), &["https://app.port.io"]);
    let key = EmbedKey::new(&Secret::new(KEY)).unwrap();
    let now: jiff::Timestamp = NOW.parse().unwrap();
    let link = EmbedLink { figure: "lines", scope: Some("harbor"), team: None, until: now.as_second() + 60 };
    let address = |link: &EmbedLink<'_>| key.address("", link);
    let one = address(&link);
    let (status, headers, page) = get(&router, &one).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("frame-ancestors https://app.port.io;") && policy.contains("script-src 'self'"), "{policy}");
    assert!(!headers.contains_key(header::X_FRAME_OPTIONS));
    let shown = json("figures show lines --demo --scope harbor --output json");
    compare("lines", &tables(&page, str::to_owned)["lines"], &shown);

    let any = address(&EmbedLink { scope: None, ..link });
    let other_key = EmbedKey::new(&Secret::new("another key that is long enough for this")).unwrap();
    for (address, status, said) in [
        (format!("{one}&entity=harbor&blueprint=x"), StatusCode::OK, "harbor"),
        (format!("{one}&entity=harbor%402026-10-30&blueprint=copilot_organization_usage"), StatusCode::OK, "harbor"),
        (format!("{one}&entity=lighthouse&blueprint=x"), StatusCode::FORBIDDEN, "is for `harbor`"),
        (format!("{any}&entity=lighthouse&blueprint=x"), StatusCode::OK, "lighthouse"),
        (any.clone(), StatusCode::BAD_REQUEST, "needs the entity"),
        (format!("{any}&entity=%3Cb%3E&blueprint=x"), StatusCode::NOT_FOUND, "no numbers of `&lt;b&gt;`"),
        (one.replace("scope=harbor", "scope=lighthouse"), StatusCode::FORBIDDEN, "not one of ours"),
        (one.replace("chart/lines", "chart/agent-lines"), StatusCode::FORBIDDEN, "not one of ours"),
        (other_key.address("", &link), StatusCode::FORBIDDEN, "not one of ours"),
        (address(&EmbedLink { until: now.as_second(), ..link }), StatusCode::FORBIDDEN, "has ended"),
        ("/embed/chart/lines".to_owned(), StatusCode::FORBIDDEN, "not one of ours"),
    ] {
        let (found, headers, page) = get(&router, &address).await;
        assert_eq!(found, status, "{address}: {page}");
        let written = page.replace("<code>", "`").replace("</code>", "`").to_lowercase();
        assert!(written.contains(said), "{address}: {page}");
        assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("app.port.io"), "{address}");
    }
    let (_, headers, _) = get(&router, "/figures").await;
    assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
}

#[test]
fn the_command_makes_a_link_that_the_pages_take() {
    let run = |arguments: &[&str], key: Option<&str>| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pilotage"));
        command.args(arguments).env_clear().env("HOME", demo().home()).envs(key.map(|key| ("PILOTAGE_WEB_EMBED_KEY", key)));
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let line = ["web", "link", "lines", "--scope", "harbor", "--url", "http://127.0.0.1:8090"];
    let (code, address, said) = run(&line, Some(KEY));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ends in 90 days") && said.contains("PILOTAGE_WEB_EMBED_FROM"), "{said}");
    assert!(!address.contains(KEY) && !said.contains(KEY));
    let router = router(data_folder(), &[]);
    let path = address.trim().trim_start_matches("http://127.0.0.1:8090").to_owned();
    let status = tokio::runtime::Runtime::new().unwrap().block_on(async { get(&router, &path).await.0 });
    assert_eq!(status, StatusCode::OK, "{address}");
    for (arguments, key, expected) in [
        (&line[..], None, "there is no key"),
        (&line[..], Some("short"), "at least 32 characters"),
        (&["web", "link", "lnes", "--scope", "harbor"], Some(KEY), "did you mean `lines`?"),
        (&["web", "link", "lines"], Some(KEY), "--scope <NAME>"),
        (&["web", "link", "lines", "--scope", "a", "--by-entity"], Some(KEY), "cannot be used with"),
        (&["web", "link", "lines", "--scope", "a", "--days", "0"], Some(KEY), "not in 1..=3650"),
    ] {
        let (code, out, said) = run(arguments, key);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}
