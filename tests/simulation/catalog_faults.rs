//! Faults of the catalog in one run: of some requests by chance, of one purpose all the time, of some entities whatever is tried.

use std::time::Duration;

use http::Method;
use pilotage::door::http::TransportErrorKind;

use super::generated_mapping::BLUEPRINTS;
use super::random::{Concern, RandomStream};

/// The operation that a request asks for.
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
    pub(crate) fn of(method: &Method, path: &str) -> Self {
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

    pub(crate) fn writes(&self, method: &Method) -> bool {
        match self {
            Self::Upsert(_) | Self::Delete(_) => true,
            Self::SignIn | Self::Search | Self::ListOwned => false,
            Self::Other => method != Method::GET,
        }
    }
}

/// A fault of one request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CatalogFault {
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

const BUSY: CatalogFault = CatalogFault::Answer(503, &[], r#"{"ok":false,"error":"unavailable","message":"busy"}"#);

fn draw(stream: &mut RandomStream, purpose: &Purpose) -> CatalogFault {
    match (stream.below(22), purpose) {
        (0..=4, Purpose::Upsert(_)) => CatalogFault::Partial,
        (5, Purpose::Upsert(_)) => CatalogFault::Half,
        (6, Purpose::Upsert(_)) => CatalogFault::Unmentioned,
        (7, Purpose::Upsert(_)) => CatalogFault::Answer(413, &[], r#"{"ok":false,"error":"bad_request","message":"too large"}"#),
        (0..=4, _) => CatalogFault::Latency(Duration::from_millis(stream.between(1, 30_000))),
        (5, _) => CatalogFault::Answer(429, &[("retry-after", "600")], r#"{"ok":false,"error":"too_many","message":"slow"}"#),
        (6, _) => CatalogFault::Answer(429, &[("x-ratelimit-reset", "20")], "{}"),
        (7 | 8, _) => CatalogFault::Answer(429, &[], "{}"),
        (9, _) => CatalogFault::Answer(500, &[], r#"{"ok":false,"error":"internal_error","message":"oh"}"#),
        (10, _) => CatalogFault::Answer(502, &[], "<html>Bad Gateway</html>"),
        (11, _) => BUSY,
        (12, Purpose::SignIn) => BUSY,
        (12, _) => CatalogFault::Answer(401, &[], r#"{"ok":false,"error":"unauthorized","message":"expired"}"#),
        (13, _) => CatalogFault::Silence(TransportErrorKind::Timeout),
        (14, _) => CatalogFault::Silence(TransportErrorKind::Connect),
        (15, _) => CatalogFault::Lost(TransportErrorKind::Timeout),
        (16, _) => CatalogFault::Lost(TransportErrorKind::Broken),
        (17, _) => CatalogFault::Denied(504),
        (18, _) => CatalogFault::Denied(500),
        (19 | 20, _) => CatalogFault::Cut(stream.below(1000), stream.chance(50)),
        _ => CatalogFault::Answer(408, &[], ""),
    }
}

/// Draws a fault that the requests of one purpose meet throughout a run.
fn refusal(stream: &mut RandomStream) -> CatalogFault {
    stream.pick(&[
        CatalogFault::Answer(403, &[], r#"{"ok":false,"error":"missing_permissions","message":"no"}"#),
        CatalogFault::Answer(500, &[], r#"{"ok":false,"error":"internal_error","message":"oh"}"#),
        CatalogFault::Answer(422, &[], r#"{"ok":false,"error":"invalid_request","message":"no"}"#),
        CatalogFault::Answer(200, &[], r#"{"ok":true}"#),
        BUSY,
        CatalogFault::Denied(504),
    ])
}

/// The faults of one run at the catalog.
pub(crate) struct CatalogFaults {
    stream: RandomStream,
    percent: u64,
    always: Vec<(Purpose, CatalogFault)>,
    /// Out of a hundred entities, so many are refused in this run, whatever is tried.
    refused_percent: u64,
    seed: u64,
}

impl CatalogFaults {
    pub(crate) fn none() -> Self {
        let stream = RandomStream::new(0, Concern::CatalogFaults, 0);
        Self { stream, percent: 0, always: Vec::new(), refused_percent: 0, seed: 0 }
    }

    pub(crate) fn drawn(seed: u64, run: u64) -> Self {
        let mut stream = RandomStream::new(seed, Concern::CatalogFaults, run);
        let blueprint = stream.pick(&BLUEPRINTS).0.to_owned();
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

    pub(crate) fn meets(&mut self, purpose: &Purpose) -> Option<CatalogFault> {
        let (by_chance, drawn) = (self.stream.chance(self.percent), draw(&mut self.stream, purpose));
        let always = self.always.iter().find(|(always, _)| always == purpose).map(|(_, fault)| fault.clone());
        always.or(by_chance.then_some(drawn))
    }

    pub(crate) fn refuses(&self, identifier: &str) -> bool {
        let number = identifier.bytes().fold(self.seed, |number, byte| (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        (number >> 32) % 100 < self.refused_percent
    }
}

impl std::fmt::Display for CatalogFaults {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} % of requests, {} % of entities refused", self.percent, self.refused_percent)?;
        self.always.iter().try_for_each(|(purpose, fault)| write!(formatter, ", {purpose:?} always {fault:?}"))
    }
}
