//! Connection to the catalog: passes requests to the local catalog, and injects faults before or after a request is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, Request, Response, TransportError, TransportErrorKind, read_whole};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::catalog_faults::{CatalogFault, CatalogFaults, Purpose};

const LARGEST_BODY: usize = 64 << 20;

/// Log of the requests that reached the catalog, and of the faults.
#[derive(Default)]
pub(crate) struct CatalogLog {
    /// Requests that write and reached the catalog.
    pub(crate) writes: u64,
    /// Entities that were refused in this run whatever was tried, by blueprint and identifier.
    pub(crate) refused: BTreeSet<(String, String)>,
    /// Entities that were refused, or denied by an answer, although a second try would do, and how often.
    pub(crate) hindered: BTreeMap<(String, String), u64>,
    /// Something was carried out and the client was told otherwise or nothing.
    pub(crate) has_lied: bool,
    /// Something was refused or failed as a whole, so that the client may have given up on some entities.
    pub(crate) has_failed: bool,
    /// Access tokens that were given out.
    pub(crate) tokens: Vec<String>,
    /// One line for each fault.
    pub(crate) faults: Vec<String>,
}

/// A connection between a client and the local catalog.
#[derive(Clone)]
pub(crate) struct CatalogWire {
    pub(crate) server: HttpService,
    pub(crate) faults: Arc<Mutex<CatalogFaults>>,
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
        let fault = self.faults.lock().unwrap().meets(&purpose);
        if let Some(fault) = &fault {
            let mut log = self.log.lock().unwrap();
            log.faults.push(format!("{purpose:?}: {fault:?}"));
            log.has_lied |= writes
                && matches!(
                    fault,
                    CatalogFault::Lost(_)
                        | CatalogFault::Denied(_)
                        | CatalogFault::Cut(..)
                        | CatalogFault::Half
                        | CatalogFault::Unmentioned
                );
            log.has_failed |= !matches!(fault, CatalogFault::Latency(_) | CatalogFault::Partial | CatalogFault::Unmentioned);
        }
        let silent = |kind| Err(TransportError::new(kind, "by a fault"));
        match fault {
            None => self.honest(request, &purpose, writes, Refused::ForGood).await,
            Some(CatalogFault::Latency(latency)) => {
                self.clock.sleep(latency).await;
                self.honest(request, &purpose, writes, Refused::ForGood).await
            }
            Some(CatalogFault::Answer(status, headers, body)) => {
                let mut answer = answer(StatusCode::from_u16(status).unwrap(), body.into());
                for (name, value) in headers {
                    answer.headers_mut().insert(*name, HeaderValue::from_static(value));
                }
                Ok(answer)
            }
            Some(CatalogFault::Silence(kind)) => silent(kind),
            Some(CatalogFault::Lost(kind)) => {
                let _ = self.honest(request, &purpose, writes, Refused::ForGood).await?;
                silent(kind)
            }
            Some(CatalogFault::Denied(status)) => {
                let _ = self.honest(request, &purpose, writes, Refused::ForGood).await?;
                Ok(answer(StatusCode::from_u16(status).unwrap(), r#"{"ok":false,"error":"timeout","message":"late"}"#.into()))
            }
            Some(CatalogFault::Cut(thousandths, breaks)) => {
                let (parts, body) = self.honest(request, &purpose, writes, Refused::ForGood).await?.into_parts();
                let body = read_whole(body, LARGEST_BODY).await?;
                let body = body.slice(..(body.len() as u64 * thousandths / 1000) as usize);
                let mut frames = vec![Ok(http_body::Frame::data(body))];
                if breaks {
                    frames.push(Err(TransportError::new(TransportErrorKind::Broken, "by a fault")));
                }
                let body = StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync();
                Ok(Response::from_parts(parts, body))
            }
            Some(CatalogFault::Half) => {
                let mut sent: Value = serde_json::from_slice(request.body()).unwrap();
                let entities = sent["entities"].as_array_mut().unwrap();
                entities.truncate(entities.len().div_ceil(2));
                let request = request.map(|_| Bytes::from(sent.to_string()));
                let _ = self.honest(request, &purpose, writes, Refused::ForGood).await?;
                Ok(answer(StatusCode::SERVICE_UNAVAILABLE, "{}".into()))
            }
            Some(CatalogFault::Partial) => self.honest(request, &purpose, writes, Refused::ThisOnce).await,
            Some(CatalogFault::Unmentioned) => self.honest(request, &purpose, writes, Refused::Unmentioned).await,
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
            let is_refused = self.faults.lock().unwrap().refuses(&identifier);
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
            errors.push(json!({"identifier": identifier, "index": place, "statusCode": 422, "error": "invalid_request", "message": "by a fault"}));
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

/// Entities of a bulk that are refused beside those that always are.
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
