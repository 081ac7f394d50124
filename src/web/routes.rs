//! Routes: a page is a function of the site and of what is asked. It reads files, so it runs on a thread for that.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{DefaultBodyLimit, Extension, RawPathParams, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use maud::html;
use serde::Deserialize;
use url::form_urlencoded;

use super::answer::{Answer, Shown, told, told_with_way};
use super::ask::{Ask, Theme, Visitor};
use super::asset;
use super::guard::{ExchangeFailure, FramePolicy, Refusal, harden};
use super::layout::{Page, SECTIONS};
use super::page;
use super::site::Site;
use super::trouble::Trouble;
use crate::render::code::sentence;

/// Largest body of a POST.
const BODY_BYTES_AT_MOST: usize = 1 << 20;

/// A page.
type Show = fn(&Site, &Ask) -> Shown;

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", page(page::home::show))
        .route("/catalog", page(page::catalog::show))
        .route("/catalog/{blueprint}", page(page::blueprint::show))
        .route("/catalog/{blueprint}/{entity}", page(page::entity::show))
        .route("/runs", page(page::runs::show))
        .route("/runs/live", page(page::live::show))
        .route("/runs/live/events", get(page::live::events))
        .route("/runs/live/start", post(page::live::start))
        .route("/runs/live/stop", post(page::live::stop))
        .route("/runs/plan", page(page::plan::show))
        .route("/runs/plan/start", post(page::plan::start))
        .route("/runs/plan/push", post(page::plan::push_mapping))
        .route("/runs/{run}", page(page::run::show))
        .route("/mapping", page(page::mapping::show))
        .route("/api/mapping/words", page(page::mapping::words))
        .route("/api/mapping/check", post(page::mapping::check))
        .route("/api/mapping/preview", post(page::mapping::preview))
        .route("/api/mapping/eval", post(page::mapping::eval))
        .route("/api/mapping/test", post(page::mapping::test))
        .route("/figures", page(page::figures::first))
        .route("/figures/{topic}", page(page::figures::show))
        .route("/api/figures", page(page::program::figures))
        .route("/api/figures/{figure}", page(page::figures::data))
        .route("/embed/chart/{figure}", page(page::embed::show))
        .route("/metrics", page(page::program::metrics))
        .route("/openapi.json", page(page::program::openapi))
        .route("/quality", page(page::quality::show))
        .route("/definitions", page(page::definitions::show))
        .route("/definitions/{figure}", page(page::definitions::one))
        .route("/in", get(handler(page::sign_in::show)).post(sign_in))
        .route("/out", post(sign_out))
        .route("/theme/{theme}", get(theme))
        .route("/a/{hash}/{name}", get(file))
        .fallback(handler(page::nowhere::show))
        .method_not_allowed_fallback(handler(page::nowhere::wrong_method))
        .layer(DefaultBodyLimit::max(BODY_BYTES_AT_MOST))
        .layer(from_fn_with_state(Arc::clone(&site), guarded))
        .with_state(site)
}

/// A page that is looked at.
fn page(show: Show) -> axum::routing::MethodRouter<Arc<Site>> {
    get(handler(show))
}

/// Variable parts of a path, which may not be text.
type Parts = Result<RawPathParams, RawPathParamsRejection>;

/// The handler of a page.
fn handler(
    show: Show,
) -> impl Fn(State<Arc<Site>>, Extension<Visitor>, Parts, HeaderMap, Uri) -> BoxFuture<'static, Response> + Clone + Send + 'static
{
    move |State(site), Extension(visitor), parts, headers, uri| {
        let address = uri.path_and_query().map_or("/", |address| address.as_str()).to_owned();
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let is_readable = parts.is_ok();
        let parts = parts.map(|parts| parts.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        let ask = Ask { visitor, address, parts: parts.unwrap_or_default(), query };
        Box::pin(async move {
            let (for_page, asked) = (Arc::clone(&site), ask.clone());
            let shown = match is_readable {
                false => Err(Trouble::bad("that address is not text in UTF-8")),
                true => tokio::task::spawn_blocking(move || show(&for_page, &asked)).await.unwrap_or_else(|error| {
                    tracing::error!(%error, "a page broke off");
                    Err(Trouble {
                        status: StatusCode::INTERNAL_SERVER_ERROR,
                        ..Trouble::missing("this page broke off; the log says where")
                    })
                }),
            };
            answer(&site, &ask, &headers, shown)
        })
    }
}

/// A page, data or trouble as an answer.
fn answer(site: &Site, ask: &Ask, headers: &HeaderMap, shown: Shown) -> Response {
    let shown = match shown {
        Err(trouble) if is_for_programs(&ask.address) => return told_trouble(&trouble),
        shown => shown.unwrap_or_else(|trouble| Answer::Page(trouble_page(&trouble))),
    };
    let is_framed = matches!(shown, Answer::Framed { .. });
    let (status, content_type, text, file_name) = match shown {
        Answer::Page(page) => (page.code(), "text/html; charset=utf-8", page.document(&site.assets, ask), None),
        Answer::Framed { status, text } => (status, "text/html; charset=utf-8", text, None),
        Answer::Data { content_type, text, file_name } => (StatusCode::OK, content_type, text, file_name),
    };
    let (body, is_packed) = asset::body(text, headers);
    let mut response =
        (status, [(header::CONTENT_TYPE, content_type), (header::VARY, "accept-encoding, cookie")], body).into_response();
    if is_packed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if is_framed {
        response.extensions_mut().insert(FramePolicy(site.embedding.policy.clone()));
    }
    let disposition = file_name.and_then(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok());
    response.headers_mut().extend(disposition.map(|value| (header::CONTENT_DISPOSITION, value)));
    response
}

/// Whether an address is one that programs read, and no page.
fn is_for_programs(address: &str) -> bool {
    ["/api/", "/metrics", "/openapi.json"].iter().any(|path| address.starts_with(path))
}

/// What is wrong, for a program.
fn told_trouble(trouble: &Trouble) -> Response {
    let see = trouble.way_on.as_ref().map(|(address, _)| address.as_str());
    told_with_way(trouble.status, &trouble.message, see)
}

/// The page that says what is wrong, and where to go on.
pub(super) fn trouble_page(trouble: &Trouble) -> Page {
    let title = match trouble.status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::BAD_REQUEST => "Not understood",
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "Not for you",
        StatusCode::METHOD_NOT_ALLOWED => "Not like that",
        _ => "Something does not work",
    };
    let body = html! {
        p.lead { (sentence(&trouble.message)) "." }
        @if let Some((address, words)) = &trouble.way_on {
            p { "Go on with " a href=(address) { (words) } "." }
        }
        p { "Or look at " @for (number, (_, address, words)) in SECTIONS.into_iter().enumerate() {
            @if number > 0 { ", " }
            a href=(address) { (words) }
        } "." }
    };
    Page::alone(title, body).status(trouble.status)
}

/// Lets a request in or refuses it, and gives every answer its headers.
async fn guarded(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let is_for_programs = is_for_programs(request.uri().path());
    let mut response = match site.guard.look_at(&request) {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor);
            next.run(request).await
        }
        Err(refusal) if is_for_programs => told(refusal.status, &refusal.message),
        Err(refusal) => refused(&refusal),
    };
    harden(&mut response);
    response
}

/// The answer to whoever is not let in: no page of ours, because its frame would name things that are not for them.
fn refused(refusal: &Refusal) -> Response {
    let page = html! {
        (maud::DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; meta name="viewport" content="width=device-width"; title { "Not let in" } }
            body {
                h1 { "Not let in" }
                p { (sentence(&refusal.message)) "." }
                @if refusal.may_sign_in { p { a href="/in" { "Sign in" } } }
            }
        }
    };
    (refusal.status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.into_string()).into_response()
}

#[derive(Deserialize)]
struct SignIn {
    token: String,
}

/// `POST /in`: a token for a session.
async fn sign_in(State(site): State<Arc<Site>>, body: Bytes) -> Response {
    let Ok(SignIn { token }) = serde_json::from_slice(&body) else {
        return told(StatusCode::BAD_REQUEST, "expected {\"token\": \"…\"}");
    };
    match site.guard.exchange(token.trim()) {
        Ok((cookie, roles)) => {
            tracing::info!(%roles, "somebody signed in to the pages");
            with_cookie(told(StatusCode::OK, "signed in"), &cookie)
        }
        Err(ExchangeFailure::Wrong) => {
            tracing::warn!("a sign-in to the pages was refused: the token is wrong, used or too old");
            told(StatusCode::FORBIDDEN, "that token is wrong, was used, or is older than ten minutes")
        }
        Err(ExchangeFailure::TooMany { retry_after_seconds }) => {
            let message = format!("too many wrong tokens: wait {retry_after_seconds} seconds");
            let mut response = told(StatusCode::TOO_MANY_REQUESTS, &message);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
            response
        }
        Err(ExchangeFailure::NoRandomness) => told(StatusCode::INTERNAL_SERVER_ERROR, "the system gives no random numbers"),
    }
}

/// `POST /out`: the end of a session.
async fn sign_out(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    with_cookie(told(StatusCode::OK, "signed out"), &site.guard.sign_out(&headers))
}

/// `GET /theme/{theme}?back=`: keeps the theme in a cookie, and goes back.
async fn theme(uri: Uri) -> Response {
    let theme = Theme::named(uri.path().rsplit('/').next().unwrap_or_default());
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let back = query.into_iter().find(|(name, _)| name == "back").map(|(_, back)| back.into_owned()).unwrap_or_default();
    let back = HeaderValue::from_str(if is_own_path(&back) { &back } else { "/" });
    let response = (StatusCode::SEE_OTHER, [(header::LOCATION, back.unwrap_or(HeaderValue::from_static("/")))]).into_response();
    let seconds = if theme == Theme::System { 0 } else { 365 * 24 * 60 * 60 };
    with_cookie(response, &format!("pilotage_theme={}; Path=/; SameSite=Lax; Max-Age={seconds}", theme.name()))
}

/// Whether an address is a path here, and not one that a browser takes for another host's.
fn is_own_path(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//") && !address.contains(['\\', '\r', '\n', '\t'])
}

/// `GET /a/{hash}/{name}`
async fn file(State(site): State<Arc<Site>>, headers: HeaderMap, uri: Uri) -> Response {
    let missing = || (StatusCode::NOT_FOUND, Body::from("there is no such file\n")).into_response();
    site.assets.answer(uri.path(), &headers).unwrap_or_else(missing)
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    response.headers_mut().extend(HeaderValue::from_str(cookie).ok().map(|cookie| (header::SET_COOKIE, cookie)));
    response
}
