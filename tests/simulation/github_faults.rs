//! Faults between the program and GitHub in one run: of some requests by chance, of some paths all the time.

use std::time::Duration;

use super::doubtful::{self, Doubtful};
use super::github_wire::LogKey;
use super::outage::{Met, Outage, endpoint};
use super::random::{Concern, RandomStream};

/// A fault of one request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The answer comes, later.
    Latency(Duration),
    /// No answer comes.
    Timeout,
    /// No connection comes about.
    Refused,
    /// The connection breaks before the answer.
    Reset,
    /// The connection breaks after that many thousandths of the body.
    Cut(u64),
    /// The body ends after that many thousandths of it, although more was announced.
    Truncated(u64),
    /// Another answer.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// The hour's requests are used up; the next hour begins in so many seconds.
    UsedUp(i64),
    /// This was the last request of the hour; the next one begins in so many seconds.
    LastOne(i64),
    /// The same for a file, which ends with the last whole line before that.
    Short(u64),
    /// A line is only the beginning of one.
    Spoilt(u64),
    /// The last line is only the beginning of one, and nothing says so.
    HalfLine,
    /// A success that proves nothing.
    Doubtful(Doubtful),
}

/// A kind of endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Organizations and teams.
    Listing,
    /// Records, page by page.
    Page,
    /// Seats, page by page.
    Seats,
    /// Links to a report.
    Manifest,
    /// A file of a report, on the host of signed links.
    File,
}

impl Endpoint {
    pub(crate) fn of(path: &str) -> Self {
        match path {
            _ if path.starts_with("/reports/") => Self::File,
            _ if path.ends_with("/latest") => Self::Manifest,
            _ if path.ends_with("/copilot/metrics") => Self::Page,
            _ if path.ends_with("/copilot/billing/seats") => Self::Seats,
            _ => Self::Listing,
        }
    }
}

const FORBIDDEN: Fault = Fault::Answer(
    403,
    &[("x-accepted-github-permissions", "organization_copilot_metrics=read")],
    r#"{"message":"Resource not accessible by personal access token","status":"403"}"#,
);
const SECONDARY: &str = r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}"#;

/// Draws a fault that any request may meet.
fn common(stream: &mut RandomStream) -> Fault {
    match stream.below(18) {
        0..=2 => Fault::Latency(Duration::from_millis(stream.between(1, 30_000))),
        3 => Fault::Timeout,
        4 => Fault::Refused,
        5 => Fault::Reset,
        6 | 7 => Fault::Cut(stream.below(1000)),
        8 | 9 => Fault::Truncated(stream.below(1000)),
        10 => Fault::Answer(429, &[("retry-after", "37")], SECONDARY),
        11 => Fault::Answer(429, &[], SECONDARY),
        12 => Fault::Answer(500, &[], r#"{"message":"Server Error"}"#),
        13 => Fault::Answer(502, &[], "<html>Bad Gateway</html>"),
        14 => Fault::Answer(503, &[("retry-after", "5")], ""),
        15 => Fault::Answer(503, &[], "{}"),
        16 => Fault::Answer(504, &[], ""),
        _ => Fault::Answer(404, &[], r#"{"message":"Not Found","status":"404"}"#),
    }
}

/// Draws a fault of the API.
fn of_the_api(stream: &mut RandomStream) -> Fault {
    match stream.below(9) {
        0 | 1 => FORBIDDEN,
        2 => Fault::UsedUp(stream.between(1, 600) as i64),
        3 => Fault::LastOne(stream.between(1, 600) as i64),
        4 => Fault::Answer(403, &[("retry-after", "61")], SECONDARY),
        5 => Fault::Answer(422, &[], r#"{"message":"Validation Failed"}"#),
        6 => Fault::Answer(401, &[], r#"{"message":"Bad credentials","status":"401"}"#),
        7 => Fault::Answer(410, &[], r#"{"message":"Gone"}"#),
        _ => Fault::Answer(200, &[], "<html>This is a proxy</html>"),
    }
}

/// Draws a way of saying that there is nothing yet.
fn nothing_yet(stream: &mut RandomStream, endpoint: Endpoint) -> Fault {
    let (status, body) = stream.pick(&[(204, ""), (200, ""), (200, r#""""#), (200, r#""No report available""#), (200, "null")]);
    match stream.below(3) {
        0 if endpoint == Endpoint::Manifest => Fault::Answer(200, &[], r#"{"download_links":[]}"#),
        _ => Fault::Answer(status, &[], body),
    }
}

fn of_files(stream: &mut RandomStream) -> Fault {
    match stream.below(8) {
        0 | 1 => Fault::Spoilt(stream.between(1, 4)),
        2 => Fault::HalfLine,
        3 => Fault::Cut(stream.below(1000)),
        4 => Fault::Answer(403, &[], "<Error><Code>AuthenticationFailed</Code></Error>"),
        5 => stream.pick(&[Fault::Short(999), Fault::Short(500), Fault::Answer(416, &[], "")]),
        // Signed links are good for an hour.
        6 => Fault::Latency(Duration::from_secs(7200)),
        _ => Fault::Truncated(stream.below(1000)),
    }
}

fn draw(stream: &mut RandomStream, endpoint: Endpoint) -> Fault {
    match (stream.below(12), endpoint) {
        (0..=3, _) => common(stream),
        (4..=7, _) => Fault::Doubtful(doubtful::draw(stream, endpoint)),
        (_, Endpoint::File) => of_files(stream),
        (8 | 9, _) => nothing_yet(stream, endpoint),
        _ => of_the_api(stream),
    }
}

/// The faults of one run.
pub(crate) struct GitHubFaults {
    stream: RandomStream,
    /// Requests of a hundred that meet a fault.
    percent: u64,
    /// Paths, each with the fault that it meets every time.
    always: Vec<(String, Fault)>,
    /// The endpoint that is out.
    pub(crate) outage: Option<Outage>,
    /// Tells whether the host of files can send a part of one.
    pub(crate) sends_parts: bool,
    /// Bytes of a frame of a body.
    pub(crate) frame_bytes: usize,
}

impl GitHubFaults {
    pub(crate) fn none() -> Self {
        let stream = RandomStream::new(0, Concern::GitHubFaults, 0);
        Self { stream, percent: 0, always: Vec::new(), outage: None, sends_parts: false, frame_bytes: 1 << 16 }
    }

    /// Draws the faults of a run. `paths` are those that a run without faults asks for.
    pub(crate) fn drawn(seed: u64, run: u64, paths: &[String]) -> Self {
        let mut stream = RandomStream::new(seed, Concern::GitHubFaults, run);
        let mut always = Vec::new();
        for _ in 0..stream.pick(&[0, 0, 1, 1, 2]) {
            if !paths.is_empty() {
                let path = stream.pick(paths);
                let fault = draw(&mut stream, Endpoint::of(&path));
                always.push((path, fault));
            }
        }
        let mut percent = stream.pick(&[0, 3, 10, 30]);
        let (sends_parts, frame_bytes) = (stream.chance(50), stream.pick(&[1 << 16, 4096, 499]));
        let of_api: Vec<&String> = paths.iter().filter(|path| Endpoint::of(path) != Endpoint::File).collect();
        let outage = (stream.chance(15) && !of_api.is_empty())
            .then(|| Outage::of(endpoint(stream.pick::<&String>(&of_api)), stream.chance(50)));
        if outage.is_some() {
            // The requests that an outage costs can be counted only when there are no other faults.
            (percent, always) = (0, Vec::new());
        }
        Self { stream, percent, always, outage, sends_parts, frame_bytes }
    }

    /// The answer to a request to the endpoint that is out; none where it is another one.
    pub(crate) fn outage_meets(&mut self, key: &LogKey) -> Option<Met> {
        self.outage.as_mut().filter(|outage| outage.endpoint == endpoint(&key.1)).map(|outage| outage.meets(key))
    }

    /// Draws the fault of a request to that path.
    pub(crate) fn meets(&mut self, path: &str) -> Option<Fault> {
        // Drawn in any case, so that a path that always fails moves no other draw.
        let (by_chance, drawn) = (self.stream.chance(self.percent), draw(&mut self.stream, Endpoint::of(path)));
        let always = self.always.iter().find(|(always, _)| always == path).map(|(_, fault)| fault.clone());
        always.or(by_chance.then_some(drawn))
    }
}

impl std::fmt::Display for GitHubFaults {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} % of requests", self.percent)?;
        self.outage.iter().try_for_each(|outage| write!(formatter, ", {outage:?}"))?;
        self.always.iter().try_for_each(|(path, fault)| write!(formatter, ", {path} always {fault:?}"))
    }
}
