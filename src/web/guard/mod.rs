//! Who may look: host, origin, session and roles of each request, and the headers of each answer.
//!
//! | subject | file |
//! | --- | --- |
//! | order of the checks, headers of answers | here |
//! | own names and addresses | `hosts` |
//! | tokens, links, cookies | `sessions` |
//! | what somebody may do | [`roles`] |

mod hosts;
pub mod roles;
mod sessions;

use std::net::{IpAddr, SocketAddr};

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use self::hosts::OwnHosts;
use self::roles::Roles;
pub use self::sessions::NoRandomness;
use self::sessions::{SESSION_LIFETIME, Sessions, TokenRefusal};
use super::ask::{Theme, Visitor};
use super::embed::EmbedError;
use crate::door::clock::Clock;
use crate::door::serving::PeerAddress;
use crate::model::secret::Secret;

/// Headers of every answer. Pages load nothing but our own files, and no script may make markup of text.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Paths that are answered to whoever is not signed in.
/// Links to embedded charts are signed, because frames of other sites get no cookie.
const OPEN_PATHS: [&str; 4] = ["/in", "/a/", "/theme/", "/embed/"];

/// Shortest token of the settings, in characters. A shorter one can be guessed.
const TOKEN_CHARACTERS_AT_LEAST: usize = 16;

/// How visitors are let in.
#[derive(Clone, Debug)]
pub struct AccessOptions {
    /// Address that is listened on.
    pub listening: SocketAddr,
    /// Names by which it is called besides, as `name` or `name:port`.
    pub allowed_hosts: Vec<String>,
    /// A token that signs in again and again.
    pub token: Option<Secret>,
    /// Roles that this token gives.
    pub token_roles: Roles,
    /// A proxy that says who somebody is.
    pub proxy: Option<ProxyOptions>,
}

/// A proxy that signs people in and names them in headers.
#[derive(Clone, Debug)]
pub struct ProxyOptions {
    /// Its addresses. Headers of any other address are not believed.
    pub addresses: Vec<IpAddr>,
    /// Header with the user. Whoever has none is not let in.
    pub user_header: HeaderName,
    /// Header with the user's groups, parted by commas.
    pub groups_header: HeaderName,
    /// Groups with the role people.
    pub people_groups: Vec<String>,
    /// Groups with the role operator.
    pub operator_groups: Vec<String>,
}

/// Reason for which the pages cannot be served.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum GuardError {
    /// The address is open to the network, and nothing says who may look.
    #[error("will not serve pages on {0}, which others on the network reach: nothing says who may look")]
    Open(SocketAddr),
    /// The token can be guessed.
    #[error("cannot use the token for the pages: it has fewer than {TOKEN_CHARACTERS_AT_LEAST} characters, and could be guessed")]
    ShortToken,
    /// An allowed host is none.
    #[error("cannot use the allowed host `{0}`: it is neither a name nor name:port")]
    Host(String),
    /// Charts cannot be shown in frames.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// No random numbers.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Reason for refusing a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct Refusal {
    pub(in crate::web) status: StatusCode,
    pub(in crate::web) message: String,
    /// The visitor is not signed in, and may go to the page for that.
    pub(in crate::web) may_sign_in: bool,
}

/// An exchange of a token that did not succeed.
pub(in crate::web) enum ExchangeFailure {
    Wrong,
    TooMany { retry_after_seconds: u64 },
    NoRandomness,
}

/// Decides about each request.
pub(in crate::web) struct AccessGuard {
    hosts: OwnHosts,
    sessions: Sessions,
    proxy: Option<ProxyOptions>,
    /// Roles of whoever is not signed in. None: they are not let in.
    anonymous: Option<Roles>,
    /// Name of the cookie. It has the port, because browsers send cookies of one port to all others.
    cookie: String,
}

impl AccessGuard {
    pub(in crate::web) fn new(options: AccessOptions, clock: Clock) -> Result<Self, GuardError> {
        let AccessOptions { listening, allowed_hosts, token, token_roles, proxy } = options;
        let is_local = listening.ip().to_canonical().is_loopback();
        if !is_local && token.is_none() && proxy.is_none() {
            return Err(GuardError::Open(listening));
        }
        if token.as_ref().is_some_and(|token| token.expose().trim().chars().count() < TOKEN_CHARACTERS_AT_LEAST) {
            return Err(GuardError::ShortToken);
        }
        let anonymous = (is_local && token.is_none() && proxy.is_none()).then(Roles::default);
        let hosts = OwnHosts::new(listening, &allowed_hosts).map_err(GuardError::Host)?;
        let sessions = Sessions::new(clock, token.as_ref().map(|token| (token, token_roles)))?;
        Ok(Self { hosts, sessions, proxy, anonymous, cookie: format!("pilotage_{}", listening.port()) })
    }

    /// A token that signs in once.
    pub(in crate::web) fn new_link(&self, roles: Roles) -> Result<Secret, NoRandomness> {
        self.sessions.new_link(roles)
    }

    /// Decides about a request.
    pub(in crate::web) fn look_at(&self, request: &Request) -> Result<Visitor, Refusal> {
        let headers = request.headers();
        let refuse = |status, message: &str| Err(Refusal { status, message: message.to_owned(), may_sign_in: false });
        // An address in absolute form has the host, and the header is ignored (RFC 9112, 3.2.2).
        let host = request.uri().authority().map(|authority| authority.as_str()).or_else(|| single(headers, &header::HOST));
        let Some(host) = host.filter(|host| self.hosts.is_own(host)) else {
            return refuse(
                StatusCode::FORBIDDEN,
                "these pages are not served under that name. Call them by 127.0.0.1 or localhost with their port, or add the name to \
                 the setting web.allowedHosts",
            );
        };
        match *request.method() {
            Method::GET | Method::HEAD => {}
            Method::POST => {
                if !is_json(headers) {
                    return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "what changes something is sent as application/json");
                }
                let is_same_site = !headers.contains_key("sec-fetch-site") || has_only(headers, "sec-fetch-site", "same-origin");
                if !is_same_site || !single(headers, &header::ORIGIN).is_some_and(|origin| is_origin_of(origin, host)) {
                    return refuse(StatusCode::FORBIDDEN, "only these pages themselves may change something here");
                }
            }
            _ => return refuse(StatusCode::METHOD_NOT_ALLOWED, "pages answer GET and POST"),
        }
        let theme = Theme::named(cookie(headers, "pilotage_theme").unwrap_or_default());
        let by_session = self.cookie(headers).and_then(|cookie| self.sessions.roles(cookie));
        let by_proxy = || self.by_proxy(request);
        let by_token = || self.by_token(request);
        match (by_session.or_else(by_proxy).or_else(by_token), self.anonymous) {
            (Some(roles), _) => Ok(Visitor { roles, is_signed_in: true, theme }),
            (None, Some(roles)) => Ok(Visitor { roles, is_signed_in: false, theme }),
            (None, None) if OPEN_PATHS.iter().any(|open| is_below(request.uri().path(), open)) => {
                Ok(Visitor { roles: Roles::default(), is_signed_in: false, theme })
            }
            (None, None) => Err(Refusal {
                status: StatusCode::UNAUTHORIZED,
                message: "these pages are shown to whoever is signed in".to_owned(),
                may_sign_in: true,
            }),
        }
    }

    /// Exchanges a token for a session. Returns the value of `Set-Cookie` and the roles.
    pub(in crate::web) fn exchange(&self, token: &str) -> Result<(String, Roles), ExchangeFailure> {
        match self.sessions.exchange(token) {
            Ok(Ok((cookie, roles))) => Ok((self.set_cookie(cookie.expose(), SESSION_LIFETIME.as_secs()), roles)),
            Ok(Err(TokenRefusal::Wrong)) => Err(ExchangeFailure::Wrong),
            Ok(Err(TokenRefusal::TooMany { retry_after_seconds })) => Err(ExchangeFailure::TooMany { retry_after_seconds }),
            Err(NoRandomness) => Err(ExchangeFailure::NoRandomness),
        }
    }

    /// Ends the session of a request. Returns the value of `Set-Cookie`.
    pub(in crate::web) fn sign_out(&self, headers: &HeaderMap) -> String {
        if let Some(cookie) = self.cookie(headers) {
            self.sessions.end(cookie);
        }
        self.set_cookie("", 0)
    }

    fn set_cookie(&self, value: &str, seconds: u64) -> String {
        format!("{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}", self.cookie)
    }

    fn cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        cookie(headers, &self.cookie)
    }

    /// Roles of a program that sends the token of the settings with each request, which browsers never do by themselves.
    fn by_token(&self, request: &Request) -> Option<Roles> {
        let sent = single(request.headers(), &header::AUTHORIZATION)?;
        let (scheme, token) = sent.split_once(' ')?;
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if reads && scheme.eq_ignore_ascii_case("bearer") { self.sessions.roles_of_token(token.trim()) } else { None }
    }

    /// Roles of the user whom a proxy names.
    fn by_proxy(&self, request: &Request) -> Option<Roles> {
        let proxy = self.proxy.as_ref()?;
        let PeerAddress(peer) = request.extensions().get()?;
        let headers = request.headers();
        let is_known = proxy.addresses.iter().any(|address| address.to_canonical() == peer.ip().to_canonical());
        let has_user = single(headers, &proxy.user_header).is_some_and(|user| !user.trim().is_empty());
        if !is_known || !has_user {
            return None;
        }
        let groups = single(headers, &proxy.groups_header).unwrap_or_default();
        let is_in = |wanted: &[String]| groups.split(',').any(|group| wanted.iter().any(|wanted| wanted == group.trim()));
        Some(Roles { people: is_in(&proxy.people_groups), operator: is_in(&proxy.operator_groups) })
    }
}

/// Policy of an answer that may stand in the frame of another site.
#[derive(Clone)]
pub(in crate::web) struct FramePolicy(pub(in crate::web) HeaderValue);

/// Gives an answer the headers that every answer has.
pub(in crate::web) fn harden(response: &mut Response) {
    let framed = response.extensions().get::<FramePolicy>().cloned();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(FramePolicy(policy)) = framed {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        headers.remove(header::X_FRAME_OPTIONS);
        headers.remove("cross-origin-opener-policy");
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn is_below(path: &str, open: &str) -> bool {
    if open.ends_with('/') { path.starts_with(open) } else { path == open }
}

/// The value of a header that stands once. Of several values one is forged.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

fn has_only(headers: &HeaderMap, name: &str, wanted: &str) -> bool {
    headers.get_all(name).iter().all(|value| value == wanted)
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = single(headers, &header::CONTENT_TYPE).and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// Whether an origin is that of the host that the request names, which is one of ours.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}
