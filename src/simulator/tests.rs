//! The simulator asked as a client would ask it, in memory.

mod credentials;
mod protocol;
mod recording;
mod reports;
mod scenarios;
mod signed_links;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::door::http::{HttpService, TransportError, in_memory, read_whole};

const LIMIT: usize = 16 * 1024 * 1024;

/// Someone who asks a simulator.
struct Client {
    api: HttpService,
    signed: HttpService,
}

/// The answer.
struct Answered {
    status: u16,
    headers: HeaderMap,
    body: Result<Bytes, TransportError>,
}

impl Answered {
    fn text(&self) -> &str {
        std::str::from_utf8(self.body.as_ref().unwrap()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(service: &HttpService, uri: &str, headers: &[(&str, &str)]) -> Answered {
    let method = if uri.ends_with("/access_tokens") { "POST" } else { "GET" };
    let mut request = http::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = service.clone().oneshot(request.body(Bytes::new()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    Answered { status: parts.status.as_u16(), headers: parts.headers, body: read_whole(body, LIMIT).await }
}

impl Client {
    fn new(simulator: &Simulator) -> Self {
        Self { api: in_memory(simulator.api_router()), signed: in_memory(simulator.signed_router()) }
    }

    fn of(options: WorldOptions) -> Self {
        Self::new(&simulator(options))
    }

    /// Asks the API as a well-behaved client does.
    async fn get(&self, path: &str) -> Answered {
        self.get_as("anything", path).await
    }

    async fn get_as(&self, token: &str, path: &str) -> Answered {
        let authorization = format!("Bearer {token}");
        let uri = if path.starts_with("http") { path.to_owned() } else { format!("http://api.test{path}") };
        let headers = [("authorization", authorization.as_str()), ("user-agent", "test"), ("x-github-api-version", "2026-03-10")];
        ask(&self.api, &uri, &headers).await
    }

    /// Asks for a signed link as a well-behaved client does: without credentials.
    async fn download(&self, link: &str) -> Answered {
        ask(&self.signed, link, &[("user-agent", "test")]).await
    }

    async fn links(&self, path: &str) -> Vec<String> {
        let manifest = self.get(path).await.json();
        let links = manifest["download_links"].as_array().unwrap_or_else(|| panic!("{path}: {manifest}"));
        links.iter().map(|link| link.as_str().unwrap().to_owned()).collect()
    }

    /// The text of a report, all its files one after the other.
    async fn report(&self, path: &str) -> String {
        let mut text = String::new();
        for link in self.links(path).await {
            text.push_str(self.download(&link).await.text());
        }
        text
    }

    async fn lines(&self, path: &str) -> Vec<Value> {
        self.report(path).await.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// All elements of a list, page by page.
    async fn list(&self, path: &str) -> Vec<Value> {
        let (mut elements, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let answer = self.get(&path).await;
            elements.extend(answer.json().as_array().unwrap().iter().cloned());
            let links = answer.header("link").split(", ").map(str::to_owned).collect::<Vec<_>>();
            let link = links.iter().find(|link| link.ends_with("; rel=\"next\""));
            next = link.map(|link| link[1..link.find('>').unwrap()].to_owned());
        }
        elements
    }
}

fn simulator(options: WorldOptions) -> Simulator {
    Simulator::new(SimulatorSource::World(World::new(options)), "http://signed.test").unwrap()
}

/// Two organizations that share guests, and few enough days to read them all.
fn small() -> WorldOptions {
    WorldOptions { organizations: 2, teams: 3, users: 20, days: 10, ..WorldOptions::default() }
}
