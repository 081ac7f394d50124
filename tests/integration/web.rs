//! Pages over what the demo left: every link leads somewhere, nothing is inline, and a viewer sees no login.

use std::collections::{BTreeSet, VecDeque};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::LazyLock;

use axum::body::Body;
use fancy_regex::Regex;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use pilotage::door::clock::Clock;
use pilotage::local_catalog::LocalCatalogReader;
use pilotage::model::secret::Secret;
use pilotage::runs::Runs;
use pilotage::web::guard::AccessOptions;
use pilotage::web::guard::roles::Roles;
use pilotage::web::{CatalogPlace, Web, WebOptions};
use tower::ServiceExt;

use crate::first_screen::{demo, pilotage};

const HOST: &str = "127.0.0.1:8090";

/// Pages that are crawled: all but most of the entities, which are alike.
const PAGES_AT_MOST: usize = 150;

/// Pages of figures that are crawled: each computes a dozen figures.
const FIGURES_PAGES: usize = 12;

/// Entities of a blueprint that are followed; the others look the same.
const ENTITIES_OF_A_BLUEPRINT: usize = 4;

static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#" id="([^"]*)""#).unwrap());
static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"<[^>]*>").unwrap());
static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"href="(/[^"]*)""#).unwrap());
static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    let inline = r#"^<style|\sstyle=|\son[a-z]+=|javascript:|^<script(?![^>]*\ssrc="/a/)|^<iframe|^<object"#;
    Regex::new(inline).unwrap()
});

fn folder() -> PathBuf {
    demo().home().join(".local/share/pilotage/demo")
}

fn web() -> Web {
    web_over(folder(), None)
}

/// Pages over a data folder, on this machine.
pub(crate) fn web_over(data: PathBuf, token: Option<&str>) -> Web {
    let access = AccessOptions {
        listening: HOST.parse().unwrap(),
        allowed_hosts: Vec::new(),
        token: token.map(Secret::new),
        token_roles: Roles::default(),
        proxy: None,
    };
    let options = WebOptions {
        data,
        flags: " --demo".to_owned(),
        clock: Clock::system(),
        catalog: CatalogPlace::Local,
        access,
        embed: pilotage::web::embed::EmbedOptions::default(),
        rules: pilotage::figure::FigureRules::default(),
        feed: None,
        metrics: None,
    };
    Web::new(options).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) async fn get(web: &Web, path: &str, cookie: &str) -> (StatusCode, String) {
    let request = Request::get(path).header("host", HOST).header("cookie", cookie).body(Body::empty()).unwrap();
    let response = web.router().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

pub(crate) async fn signed_in(web: &Web) -> String {
    let link = web.sign_in_link("http://127.0.0.1:8090", Roles::ALL).unwrap();
    let body = serde_json::json!({"token": link.rsplit_once('#').unwrap().1}).to_string();
    let request = Request::post("/in")
        .header("host", HOST)
        .header("origin", "http://127.0.0.1:8090")
        .header("content-type", "application/json");
    let response = web.router().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// Addresses that a page links to, without what stands behind `#`.
fn links(page: &str) -> Vec<String> {
    let found = LINK.captures_iter(page).map(|found| found.unwrap().get(1).unwrap().as_str().replace("&amp;", "&"));
    found.map(|address| address.split('#').next().unwrap().to_owned()).collect()
}

/// The blueprint of an entity's address.
fn blueprint_of_entity(address: &str) -> Option<&str> {
    let mut parts = address.strip_prefix("/catalog/")?.split('?').next()?.split('/');
    let blueprint = parts.next()?;
    parts.next().map(|_| blueprint)
}

/// Everything that links lead to from the first page.
pub(crate) async fn crawl(web: &Web, cookie: &str, mut visit: impl FnMut(&str, StatusCode, &str)) -> BTreeSet<String> {
    let mut seen = BTreeSet::from(["/".to_owned()]);
    let mut waiting = VecDeque::from(["/".to_owned()]);
    let mut entities = std::collections::BTreeMap::<String, usize>::new();
    while let Some(address) = waiting.pop_front() {
        let (status, page) = get(web, &address, cookie).await;
        visit(&address, status, &page);
        for link in links(&page) {
            if let Some(blueprint) = blueprint_of_entity(&link) {
                let count = entities.entry(blueprint.to_owned()).or_default();
                if *count >= ENTITIES_OF_A_BLUEPRINT && !seen.contains(&link) {
                    continue;
                }
                *count += 1;
            }
            let is_of_figures = link.starts_with("/figures");
            if is_of_figures
                && seen.iter().filter(|seen| seen.starts_with("/figures")).count() >= FIGURES_PAGES
                && !seen.contains(&link)
            {
                continue;
            }
            if seen.len() < PAGES_AT_MOST
                && !link.starts_with("/theme/")
                && !link.contains("as=ndjson")
                && !link.starts_with("/api/")
                // Each page of figures is met once, with the window that it shows by itself.
                && !(is_of_figures && (link.contains("window=28") || link.contains("window=365")))
                && seen.insert(link.clone())
            {
                waiting.push_back(link);
            }
        }
    }
    seen
}

/// Bytes of a page as it is sent.
fn packed(page: &str) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(page.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

fn check(address: &str, status: StatusCode, page: &str) {
    if address.starts_with("/a/") {
        assert_eq!(status, StatusCode::OK, "{address}");
        return;
    }
    let is_of_people = status == StatusCode::FORBIDDEN && address.starts_with("/catalog/");
    assert!(status == StatusCode::OK || is_of_people, "{address}: {status}");
    assert_eq!(page.matches("<h1>").count(), 1, "{address}");
    let ids: Vec<&str> = ID.captures_iter(page).map(|found| found.unwrap().get(1).unwrap().as_str()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{address}: {ids:?}");
    for tag in TAG.find_iter(page).map(|found| found.unwrap().as_str()) {
        assert!(!INLINE.is_match(tag).unwrap(), "{address}: {tag}");
        let foreign = tag.contains("src=\"http") || tag.starts_with("<link") && tag.contains("href=\"http");
        assert!(!foreign, "{address}: {tag}");
    }
    for table in page.split("<table").skip(1) {
        let table = table.split("</table>").next().unwrap();
        assert!(table.contains("<caption") && !table.contains("<th>"), "{address}: a table without caption or scope");
    }
    let most = match address {
        "/" => 20,
        _ if address.starts_with("/figures") => 45,
        _ => 25,
    };
    assert!(packed(page) <= most * 1024, "{address}: {} bytes packed", packed(page));
}

#[tokio::test]
async fn every_link_leads_somewhere_and_nothing_is_inline() {
    let web = web();
    let cookie = signed_in(&web).await;
    let seen = crawl(&web, &cookie, |address, status, page| {
        assert_eq!(status, StatusCode::OK, "{address}");
        check(address, status, page);
    })
    .await;
    for address in ["/", "/runs", "/catalog", "/catalog/copilot_seat", "/quality", "/definitions", "/runs/live"] {
        assert!(seen.contains(address) || address == "/runs/live", "{address}: {seen:?}");
    }
    assert!(seen.len() > 60, "{}", seen.len());
}

#[tokio::test]
async fn a_viewer_never_meets_a_login() {
    let mut logins = BTreeSet::new();
    let reader = LocalCatalogReader::open(&folder()).unwrap();
    let found = reader.list("copilot_user_usage", |entity| {
        logins.extend(entity.properties["username"].as_str().map(str::to_owned));
        ControlFlow::Continue(())
    });
    assert!(found.unwrap() && logins.len() > 50, "{logins:?}");
    let seen = crawl(&web(), "", |address, status, page| {
        check(address, status, page);
        let met: Vec<_> = logins.iter().filter(|login| page.contains(login.as_str())).collect();
        assert!(met.is_empty(), "{address}: {met:?}");
    })
    .await;
    assert!(seen.contains("/catalog/copilot_organization_usage") && seen.len() > 30, "{seen:?}");
}

#[tokio::test]
async fn numbers_of_pages_are_those_of_commands_and_of_the_catalog() {
    let web = web();
    let cookie = signed_in(&web).await;
    let (_, run) = Runs::in_data_folder(&folder()).find("last").unwrap();
    let totals = run.totals.unwrap();
    let (_, page) = get(&web, &format!("/runs/{}", run.id), &cookie).await;
    let count = |count: u64| pilotage::render::number::count(count);
    assert!(
        page.contains(&format!(
            "{} created, {} updated",
            pilotage::render::number::counted(totals.create, "entity", "entities"),
            count(totals.update + totals.send)
        )),
        "{page}"
    );
    let (_, catalog) = get(&web, "/catalog", &cookie).await;
    let reader = LocalCatalogReader::open(&folder()).unwrap();
    for summary in reader.blueprints().unwrap() {
        let row = catalog.split_once(&format!("<code>{}</code>", summary.blueprint.identifier)).unwrap().1;
        assert!(
            row.split("</tr>").next().unwrap().contains(&format!("<td class=\"number\">{}</td>", count(summary.entities))),
            "{row}"
        );
    }
    // Tiles of Home against the figure as the command prints it.
    let (_, home) = get(&web, "/?scope=simulated%2Forganization%2Fharbor", &cookie).await;
    let output =
        pilotage(demo().home(), &["figures", "show", "active-people", "--demo", "--scope", "harbor", "--output", "json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let last = answer["points"].as_array().unwrap().iter().rev().find(|point| point["series"] == "monthly").unwrap();
    let tile = home.split_once("/figures/adoption#active-people").unwrap().1.split("</li>").next().unwrap();
    assert!(tile.contains(&format!("<p class=\"value\">{}", last["value"])), "{tile} {last}");
    let news = home.split_once("Since yesterday").unwrap().1.split("</ul>").next().unwrap();
    let daily = answer["points"].as_array().unwrap().iter().rev().filter(|point| point["series"] == "daily");
    let [now, before] = daily.take(2).map(|point| point["value"].to_string()).collect::<Vec<_>>().try_into().unwrap();
    assert!(news.contains(&format!("daily: <strong>{now}</strong> after {before} (")), "{news}");
    assert!(
        news.contains(&format!("{} created", pilotage::render::number::counted(totals.create, "entity", "entities"))),
        "{news}"
    );
}

#[tokio::test]
async fn a_page_with_all_that_it_loads_weighs_as_little_as_is_said() {
    let web = web();
    let cookie = signed_in(&web).await;
    let run = Runs::in_data_folder(&folder()).find("last").unwrap().1.id;
    for (address, kilobytes) in [
        ("/", 20),
        ("/figures/adoption?scope=harbor&window=90", 45),
        ("/figures/use?scope=harbor&window=90&compare=before", 45),
        ("/figures/agents?scope=harbor&window=90", 45),
        ("/catalog", 25),
        ("/catalog/copilot_user_usage", 25),
        ("/runs", 25),
        (&format!("/runs/{run}"), 25),
        ("/mapping", 190),
    ] {
        let (status, page) = get(&web, address, &cookie).await;
        assert_eq!(status, StatusCode::OK, "{address}");
        let files: BTreeSet<&str> = page.split('"').filter(|text| text.starts_with("/a/")).collect();
        assert!(files.len() <= 6, "{address}: {files:?}");
        let mut bytes = packed(&page);
        for file in files {
            let (status, text) = get(&web, file, &cookie).await;
            assert_eq!(status, StatusCode::OK, "{file}");
            bytes += packed(&text);
        }
        assert!(bytes <= kilobytes * 1_000, "{address}: {bytes} bytes with all that it loads");
    }
}
