//! Recorded answers instead of a world: a folder with one file per path.
//!
//! `GET /orgs/acme/teams` is `orgs/acme/teams.json`. A report of one day may have a file for each: `…/users-1-day?day=2026-11-02` is
//! `…/users-1-day.2026-11-02.json`, and where other days have one, a day without is answered as GitHub does when it has no report. Lists are split into pages. `{{BASE}}` in a `.json` file stands for the
//! server's address. Other files, such as `signed/users.ndjson`, are sent unchanged. Missing files answer 404.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use axum::middleware;
use axum::routing::get;
use serde_json::value::RawValue;

use super::api::answer::{ApiAnswer, PER_PAGE, RequestParts, error, not_found, with_body};
use super::signed;
use crate::model::day::Day;

/// Bytes of a piece of a file that is sent unchanged.
const CHUNK_BYTES: usize = 64 * 1024;
/// Default elements of a page of the closed endpoints.
const LEGACY_PER_PAGE: usize = 100;

/// Folder of recorded answers.
#[derive(Clone, Debug)]
pub(super) struct Recording(Arc<PathBuf>);

impl Recording {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(Arc::new(folder))
    }

    /// Router of the recorded answers.
    pub(super) fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    /// Router of the recorded files of reports, which refuses credentials.
    pub(super) fn signed_router(&self) -> Router {
        Router::new()
            .route("/signed/{*file}", get(answer))
            .layer(middleware::from_fn(signed::refuse_credentials))
            .with_state(self.clone())
    }

    /// Whether a report has a file for any day.
    fn has_days(&self, path: &str) -> bool {
        let Some(decoded) = percent_decoded(path.trim_matches('/')) else { return false };
        let relative = PathBuf::from(decoded);
        let is_inside = relative.components().all(|component| matches!(component, Component::Normal(_)));
        let (Some(folder), Some(name), true) = (relative.parent(), relative.file_name(), is_inside) else { return false };
        let prefix = format!("{}.", name.to_string_lossy());
        let Ok(entries) = std::fs::read_dir(self.0.join(folder)) else { return false };
        let is_of_day = |name: &str| {
            let day = name.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(".json"));
            day.is_some_and(|day| day.parse::<Day>().is_ok())
        };
        entries.flatten().any(|entry| is_of_day(&entry.file_name().to_string_lossy()))
    }

    /// File of a path. None when the path leaves the folder.
    fn file(&self, path: &str, ending: &str) -> Option<File> {
        let decoded = percent_decoded(path.trim_matches('/'))?;
        let relative = PathBuf::from(format!("{decoded}{ending}"));
        let is_inside = relative.components().all(|component| matches!(component, Component::Normal(_)));
        let file = File::open(self.0.join(relative)).ok().filter(|_| is_inside)?;
        file.metadata().ok()?.is_file().then_some(file)
    }
}

/// Decodes a path. `%2F` would name another folder, and is refused.
fn percent_decoded(path: &str) -> Option<String> {
    if path.to_ascii_lowercase().contains("%2f") {
        return None;
    }
    // A `+` in a path is not a space.
    let form = path.replace('+', "%2B");
    Some(url::form_urlencoded::parse(form.as_bytes()).next()?.0.into_owned())
}

/// Text of `rules.json` in the folder of recorded answers. None without one.
pub(super) fn rules(folder: &Path) -> std::io::Result<Option<String>> {
    match std::fs::read_to_string(folder.join("rules.json")) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn answer(State(recording): State<Recording>, parts: RequestParts, request: Request) -> ApiAnswer {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return not_found();
    }
    // `rules.json` is not an answer.
    if parts.path.trim_matches('/') == "rules" || parts.path.trim_matches('/') == "rules.json" {
        return not_found();
    }
    if let Some(day) = parts.parameter("day").and_then(|day| day.parse::<Day>().ok()) {
        if let Some(file) = recording.file(&parts.path, &format!(".{day}.json")) {
            return document(file, &parts);
        }
        if recording.has_days(&parts.path) {
            let mut nothing = Response::new(Body::empty());
            *nothing.status_mut() = StatusCode::NO_CONTENT;
            return nothing;
        }
    }
    if let Some(file) = recording.file(&parts.path, ".json") {
        return document(file, &parts);
    }
    match recording.file(&parts.path, "") {
        Some(file) => with_body(StatusCode::OK, "application/octet-stream", signed::body(Box::new(Pieces(file)))),
        None => not_found(),
    }
}

fn document(mut file: File, parts: &RequestParts) -> ApiAnswer {
    let mut text = String::new();
    if let Err(reason) = file.read_to_string(&mut text) {
        let message = format!("the recorded answer to {} cannot be read: {reason}", parts.path);
        return error(StatusCode::INTERNAL_SERVER_ERROR, &message, "");
    }
    let text = text.replace("{{BASE}}", &parts.base);
    // Elements keep their bytes, including the form of numbers and white space.
    let elements: Vec<&RawValue> = match serde_json::from_str(&text) {
        Ok(elements) => elements,
        Err(_) => return with_body(StatusCode::OK, "application/json; charset=utf-8", text),
    };
    let per_page = if parts.path.ends_with("/copilot/metrics") { LEGACY_PER_PAGE } else { PER_PAGE };
    let page = parts.page(elements.len(), per_page);
    let texts: Vec<&str> = elements[page.elements.clone()].iter().map(|element| element.get()).collect();
    page.linked(with_body(StatusCode::OK, "application/json; charset=utf-8", format!("[{}]", texts.join(","))))
}

/// Pieces of a file. It ends at the first error: recordings are local and small.
struct Pieces(File);

impl Iterator for Pieces {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut piece = vec![0; CHUNK_BYTES];
        let count = self.0.read(&mut piece).ok().filter(|count| *count > 0)?;
        piece.truncate(count);
        Some(Bytes::from(piece))
    }
}
