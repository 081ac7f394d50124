//! The way to the catalog: carries requests to the local catalog and lets go wrong what goes wrong at a catalog, before or after
//! the request was carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, Request, Response, TransportError, TransportErrorKind, read_whole};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::stream::{Concern, Stream};

const LARGEST_BODY: usize = 64 << 20;

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    SignIn,
    Upsert(String),
    Delete(String),
    Search,
    ListOwned,
    Other,
}

impl Purpose {
    fn of(method: &Method, path: &str) -> Self {
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        match (method.as_str(), parts.as_slice()) {
            ("POST", ["auth", "access_token"]) => Self::SignIn,
            ("POST", ["blueprints", blueprint, "entities", "bulk"]) => Self::Upsert((*blueprint).to_owned()),
            ("POST", ["blueprints", blueprint, "bulk", "entities", "delete"]) => Self::Delete((*blueprint).to_owned()),
            ("POST", ["entities", "search"]) => Self::Search,
            ("POST", ["blueprints", "entities", "datasource-entities"]) => Self::ListOwned,
            _ => Self::Other,
        }
    }

    fn writes(&self, method: &Method) -> bool {
        match self {
            Self::Upsert(_) | Self::Delete(_) => true,
            Self::SignIn | Self::Search | Self::ListOwned => false,
            Self::Other => method != Method::GET,
        }
    }
}

/// What happens to one request.
#[derive(Clone, Debug, PartialEq)]
enum Trouble {
    Latency(Duration),
    /// Not carried out, and answered so.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// Not carried out, and no answer.
    Silence(TransportErrorKind),
    /// Carried out, and no answer.
    Lost(TransportErrorKind),
    /// Carried out, and answered as if it were not.
    Denied(u16),
    /// Carried out; the answer breaks off or ends after so many thousandths.
    Cut(u64, bool),
    /// The first half of the entities is carried out, and the answer is 503.
    Half,
    /// Some of the entities are refused, this once.
    Partial,
    /// The answer does not mention one of the entities, which was carried out.
    Unmentioned,
}

const BUSY: Trouble = Trouble::Answer(503, &[], r#"{"ok":false,"error":"unavailable","message":"busy"}"#);

fn draw(stream: &mut Stream, purpose: &Purpose) -> Trouble {
    match (stream.below(22), purpose) {
        (0..=4, Purpose::Upsert(_)) => Trouble::Partial,
        (5, Purpose::Upsert(_)) => Trouble::Half,
        (6, Purpose::Upsert(_)) => Trouble::Unmentioned,
        (7, Purpose::Upsert(_)) => Trouble::Answer(413, &[], r#"{"ok":false,"error":"bad_request","message":"too large"}"#),
        (0..=4, _) => Trouble::Latency(Duration::from_millis(stream.between(1, 30_000))),
        (5, _) => Trouble::Answer(429, &[("retry-after", "600")], r#"{"ok":false,"error":"too_many","message":"slow"}"#),
        (6, _) => Trouble::Answer(429, &[("x-ratelimit-reset", "20")], "{}"),
        (7 | 8, _) => Trouble::Answer(429, &[], "{}"),
        (9, _) => Trouble::Answer(500, &[], r#"{"ok":false,"error":"internal_error","message":"oh"}"#),
        (10, _) => Trouble::Answer(502, &[], "<html>Bad Gateway</html>"),
        (11, _) => BUSY,
        (12, Purpose::SignIn) => BUSY,
        (12, _) => Trouble::Answer(401, &[], r#"{"ok":false,"error":"unauthorized","message":"expired"}"#),
        (13, _) => Trouble::Silence(TransportErrorKind::Timeout),
        (14, _) => Trouble::Silence(TransportErrorKind::Connect),
        (15, _) => Trouble::Lost(TransportErrorKind::Timeout),
        (16, _) => Trouble::Lost(TransportErrorKind::Broken),
        (17, _) => Trouble::Denied(504),
        (18, _) => Trouble::Denied(500),
        (19 | 20, _) => Trouble::Cut(stream.below(1000), stream.chance(50)),
        _ => Trouble::Answer(408, &[], ""),
    }
}

/// What a catalog may refuse for good.
fn refusal(stream: &mut Stream) -> Trouble {
    stream.pick(&[
        Trouble::Answer(403, &[], r#"{"ok":false,"error":"missing_permissions","message":"no"}"#),
        Trouble::Answer(500, &[], r#"{"ok":false,"error":"internal_error","message":"oh"}"#),
        Trouble::Answer(422, &[], r#"{"ok":false,"error":"invalid_request","message":"no"}"#),
        Trouble::Answer(200, &[], r#"{"ok":true}"#),
        BUSY,
        Trouble::Denied(504),
    ])
}

/// The troubles of one run.
pub(crate) struct Climate {
    stream: Stream,
    percent: u64,
    always: Vec<(Purpose, Trouble)>,
    /// Out of a hundred entities, so many are refused in this run, whatever is tried.
    refused_percent: u64,
    seed: u64,
}

impl Climate {
    pub(crate) fn calm() -> Self {
        let stream = Stream::new(0, Concern::CatalogFaults, 0);
        Self { stream, percent: 0, always: Vec::new(), refused_percent: 0, seed: 0 }
    }

    pub(crate) fn drawn(seed: u64, run: u64) -> Self {
        let mut stream = Stream::new(seed, Concern::CatalogFaults, run);
        let blueprint = stream.pick(&super::draft::BLUEPRINTS).0.to_owned();
        let purposes = [
            Purpose::SignIn,
            Purpose::Search,
            Purpose::ListOwned,
            Purpose::ListOwned,
            Purpose::Other,
            Purpose::Upsert(blueprint.clone()),
            Purpose::Upsert(blueprint.clone()),
            Purpose::Delete(blueprint.clone()),
            Purpose::Delete(blueprint),
        ];
        let mut always = Vec::new();
        if stream.chance(20) {
            always.push((stream.pick(&purposes), refusal(&mut stream)));
        }
        let percent = stream.pick(&[0, 3, 10, 25]);
        let refused_percent = stream.pick(&[0, 0, 0, 10, 40]);
        Self { percent, always, refused_percent, seed: stream.next(), stream }
    }

    fn meets(&mut self, purpose: &Purpose) -> Option<Trouble> {
        let (by_chance, drawn) = (self.stream.chance(self.percent), draw(&mut self.stream, purpose));
        let always = self.always.iter().find(|(always, _)| always == purpose).map(|(_, trouble)| trouble.clone());
        always.or(by_chance.then_some(drawn))
    }

    fn refuses(&self, identifier: &str) -> bool {
        let number = identifier.bytes().fold(self.seed, |number, byte| (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        (number >> 32) % 100 < self.refused_percent
    }
}

impl std::fmt::Display for Climate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} % of requests, {} % of entities refused", self.percent, self.refused_percent)?;
        self.always.iter().try_for_each(|(purpose, trouble)| write!(formatter, ", {purpose:?} always {trouble:?}"))
    }
}

/// What went over the wire.
#[derive(Default)]
pub(crate) struct CatalogLog {
    /// Requests that write and reached the catalog.
    pub(crate) writes: u64,
    /// Entities that were refused in this run whatever was tried, by blueprint and identifier.
    pub(crate) refused: BTreeSet<(String, String)>,
    /// How often entities were refused or an answer denied them, although a second try would do.
    pub(crate) hindered: BTreeMap<(String, String), u64>,
    /// Something was carried out and the client was told otherwise or nothing.
    pub(crate) has_lied: bool,
    /// Something was refused or failed as a whole, so that the client may have given up on some entities.
    pub(crate) has_failed: bool,
    /// Access tokens that were given out.
    pub(crate) tokens: Vec<String>,
    /// One line for each trouble.
    pub(crate) troubles: Vec<String>,
}

/// A wire between a client and the local catalog.
#[derive(Clone)]
pub(crate) struct CatalogWire {
    pub(crate) server: HttpService,
    pub(crate) climate: Arc<Mutex<Climate>>,
    pub(crate) log: Arc<Mutex<CatalogLog>>,
    pub(crate) clock: Clock,
}

impl CatalogWire {
    pub(crate) fn service(self) -> HttpService {
        HttpService::new(tower::service_fn(move |request: Request| {
            let wire = self.clone();
            async move { wire.carry(request).await }
        }))
    }

    async fn carry(&self, request: Request) -> Result<Response, TransportError> {
        let purpose = Purpose::of(request.method(), request.uri().path());
        let writes = purpose.writes(request.method());
        let trouble = self.climate.lock().unwrap().meets(&purpose);
        if let Some(trouble) = &trouble {
            let mut log = self.log.lock().unwrap();
            log.troubles.push(format!("{purpose:?}: {trouble:?}"));
            log.has_lied |= writes
                && matches!(
                    trouble,
                    Trouble::Lost(_) | Trouble::Denied(_) | Trouble::Cut(..) | Trouble::Half | Trouble::Unmentioned
                );
            log.has_failed |= !matches!(trouble, Trouble::Latency(_) | Trouble::Partial | Trouble::Unmentioned);
        }
        let silent = |kind| Err(TransportError::new(kind, "by the climate"));
        match trouble {
            None => self.honest(request, &purpose, writes, Refused::ForGood).await,
            Some(Trouble::Latency(latency)) => {
                self.clock.sleep(latency).await;
                self.honest(request, &purpose, writes, Refused::ForGood).await
            }
            Some(Trouble::Answer(status, headers, body)) => {
                let mut answer = answer(StatusCode::from_u16(status).unwrap(), body.into());
                for (name, value) in headers {
                    answer.headers_mut().insert(*name, HeaderValue::from_static(value));
                }
                Ok(answer)
            }
            Some(Trouble::Silence(kind)) => silent(kind),
            Some(Trouble::Lost(kind)) => {
                let _ = self.honest(request, &purpose, writes, Refused::ForGood).await?;
                silent(kind)
            }
            Some(Trouble::Denied(status)) => {
                let _ = self.honest(request, &purpose, writes, Refused::ForGood).await?;
                Ok(answer(StatusCode::from_u16(status).unwrap(), r#"{"ok":false,"error":"timeout","message":"late"}"#.into()))
            }
            Some(Trouble::Cut(thousandths, breaks)) => {
                let (parts, body) = self.honest(request, &purpose, writes, Refused::ForGood).await?.into_parts();
                let body = read_whole(body, LARGEST_BODY).await?;
                let body = body.slice(..(body.len() as u64 * thousandths / 1000) as usize);
                let mut frames = vec![Ok(http_body::Frame::data(body))];
                if breaks {
                    frames.push(Err(TransportError::new(TransportErrorKind::Broken, "by the climate")));
                }
                let body = StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync();
                Ok(Response::from_parts(parts, body))
            }
            Some(Trouble::Half) => {
                let mut sent: Value = serde_json::from_slice(request.body()).unwrap();
                let entities = sent["entities"].as_array_mut().unwrap();
                entities.truncate(entities.len().div_ceil(2));
                let request = request.map(|_| Bytes::from(sent.to_string()));
                let _ = self.honest(request, &purpose, writes, Refused::ForGood).await?;
                Ok(answer(StatusCode::SERVICE_UNAVAILABLE, "{}".into()))
            }
            Some(Trouble::Partial) => self.honest(request, &purpose, writes, Refused::ThisOnce).await,
            Some(Trouble::Unmentioned) => self.honest(request, &purpose, writes, Refused::Unmentioned).await,
        }
    }

    async fn honest(
        &self,
        request: Request,
        purpose: &Purpose,
        writes: bool,
        refused: Refused,
    ) -> Result<Response, TransportError> {
        self.log.lock().unwrap().writes += u64::from(writes);
        let response = match purpose {
            Purpose::Upsert(blueprint) => self.upsert(request, blueprint, refused).await?,
            _ => self.server.clone().oneshot(request).await?,
        };
        if *purpose != Purpose::SignIn {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = read_whole(body, LARGEST_BODY).await?;
        if let Ok(issued) = serde_json::from_slice::<Value>(&body) {
            self.log.lock().unwrap().tokens.extend(issued["accessToken"].as_str().map(str::to_owned));
        }
        Ok(Response::from_parts(parts, Full::new(body).map_err(|never| match never {}).boxed_unsync()))
    }

    /// Carries out a bulk without those entities that are refused, and adds the refusals to the answer.
    async fn upsert(&self, request: Request, blueprint: &str, refused: Refused) -> Result<Response, TransportError> {
        let sent: Value = serde_json::from_slice(request.body()).unwrap();
        let entities = sent["entities"].as_array().unwrap().clone();
        let (mut places, mut errors, mut silent) = (Vec::new(), Vec::new(), None);
        for (place, entity) in entities.iter().enumerate() {
            let identifier = entity["identifier"].as_str().unwrap_or_default().to_owned();
            let key = (blueprint.to_owned(), identifier.clone());
            let mut log = self.log.lock().unwrap();
            let is_refused = self.climate.lock().unwrap().refuses(&identifier);
            if is_refused {
                log.refused.insert(key);
            } else if refused == Refused::ThisOnce && place % 3 == 0 && !log.hindered.contains_key(&key) {
                *log.hindered.entry(key).or_default() += 1;
            } else {
                if refused == Refused::Unmentioned && silent.is_none() && !log.hindered.contains_key(&key) {
                    *log.hindered.entry(key).or_default() += 1;
                    silent = Some(place);
                }
                places.push(place);
                continue;
            }
            errors.push(json!({"identifier": identifier, "index": place, "statusCode": 422, "error": "invalid_request", "message": "by the climate"}));
        }
        let forwarded: Vec<&Value> = places.iter().map(|place| &entities[*place]).collect();
        if forwarded.is_empty() {
            let body = json!({"ok": false, "entities": [], "errors": errors, "maxBulkSize": 20});
            return Ok(answer(StatusCode::MULTI_STATUS, body.to_string().into()));
        }
        let request = request.map(|_| Bytes::from(json!({"entities": forwarded}).to_string()));
        let (parts, body) = self.server.clone().oneshot(request).await?.into_parts();
        let body = read_whole(body, LARGEST_BODY).await?;
        if !parts.status.is_success() {
            return Ok(answer(parts.status, body));
        }
        let mut told: Value = serde_json::from_slice(&body).unwrap();
        for list in ["entities", "errors"] {
            for one in told[list].as_array_mut().unwrap() {
                one["index"] = json!(places[one["index"].as_u64().unwrap() as usize]);
            }
        }
        told["errors"].as_array_mut().unwrap().extend(errors);
        if let Some(silent) = silent {
            told["entities"].as_array_mut().unwrap().retain(|one| one["index"] != silent);
        }
        let is_whole = told["errors"].as_array().unwrap().is_empty();
        told["ok"] = json!(is_whole);
        let status = if is_whole { StatusCode::OK } else { StatusCode::MULTI_STATUS };
        Ok(answer(status, told.to_string().into()))
    }
}

/// Which entities of a bulk are refused beside those that always are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refused {
    ForGood,
    ThisOnce,
    Unmentioned,
}

fn answer(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(Full::new(body).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}
