//! Program as a process in a container: Ocean's environment, and signals. Few tests, because each takes real time.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, in_memory};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use pilotage::simulator::{Simulator, SimulatorSource, World, WorldOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::harness::send;

/// Serves a router that knows its own address. Returns the address.
pub(crate) async fn serve_on_loopback(router: impl FnOnce(&str) -> Router) -> String {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router(&url)).into_future());
    url
}

/// GitHub and catalog on this machine.
struct ProcessSetup {
    runtime: Runtime,
    github: String,
    catalog: String,
    /// Catalog called in memory.
    direct: HttpService,
    /// While true, GitHub does not answer requests about its last organization.
    is_held: Arc<AtomicBool>,
    /// Requests to GitHub so far.
    asked: Arc<AtomicU32>,
    data: TempDir,
}

impl ProcessSetup {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (is_held, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let catalog = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, Clock::system())).unwrap();
        let world = World::new(WorldOptions { organizations: 3, teams: 1, users: 6, days: 5, ..WorldOptions::default() });
        let (held, count) = (Arc::clone(&is_held), Arc::clone(&asked));
        let hold = move |request: Request, next: Next| {
            let (held, count) = (Arc::clone(&held), Arc::clone(&count));
            async move {
                count.fetch_add(1, Ordering::Relaxed);
                while held.load(Ordering::Relaxed) && request.uri().path().starts_with("/orgs/lighthouse") {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                next.run(request).await
            }
        };
        let (github, url) = runtime.block_on(async {
            let signed = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
            let signed_url = format!("http://{}", signed.local_addr().unwrap());
            let simulator = Simulator::new(SimulatorSource::World(world), &signed_url).unwrap();
            tokio::spawn(axum::serve(signed, simulator.signed_router()).into_future());
            let github = serve_on_loopback(|_| simulator.api_router().layer(from_fn(hold))).await;
            (github, serve_on_loopback(|url| catalog.router(url)).await)
        });
        let direct = in_memory(catalog.router(&url));
        Self { runtime, github, catalog: url, direct, is_held, asked, data: TempDir::new().unwrap() }
    }

    /// Starts the program with exactly these variables.
    fn pilotage(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Running {
        // Tests that run under `nohup` hand on that SIGHUP is ignored, and the program would rightly ignore it.
        let mut command = Command::new("/usr/bin/env");
        command.args(["--default-signal=HUP", env!("CARGO_BIN_EXE_pilotage")]);
        command.env_clear().args(arguments).envs(variables.iter().copied()).stdin(Stdio::null());
        // Every container has an empty home folder of its own.
        let home = TempDir::new_in(self.data.path()).unwrap();
        command.env("HOME", home.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().unwrap(), home)
    }

    /// Environment as for `docker run` of Ocean's image, with the address of the simulated GitHub.
    fn container<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let base = [
            ("OCEAN__PORT__CLIENT_ID", "id"),
            ("OCEAN__PORT__CLIENT_SECRET", "secret"),
            ("OCEAN__PORT__BASE_URL", self.catalog.as_str()),
            ("OCEAN__INITIALIZE_PORT_RESOURCES", "true"),
            ("OCEAN__SEND_RAW_DATA_EXAMPLES", "true"),
            ("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", "ghp_any"),
            ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", self.github.as_str()),
        ];
        base.into_iter().chain(more.iter().copied()).collect()
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.runtime.block_on(async {
            let sign_in = json!({"clientId": "id", "clientSecret": "secret"});
            let (_, token) = send(&self.direct, "POST", "/v1/auth/access_token", "", &sign_in).await;
            send(&self.direct, method, path, token["accessToken"].as_str().unwrap(), body).await.1
        })
    }

    fn state(&self, identifier: &str) -> String {
        let record = self.ask("GET", &format!("/v1/integration/{identifier}"), &Value::Null);
        record["integration"]["resyncState"]["status"].as_str().unwrap_or_default().to_owned()
    }

    /// All entities without their times.
    fn entities(&self) -> Vec<Value> {
        let found = self.ask("POST", "/v1/entities/search", &json!({"combinator": "and", "rules": []}));
        let mut entities = found["entities"].as_array().unwrap().clone();
        for entity in &mut entities {
            entity.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "createdAt" | "updatedAt"));
        }
        entities
    }

    fn status_of(&self, url: &str) -> (u16, Value) {
        self.runtime.block_on(async {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let answer = reqwest::Client::new().get(url).send().await.unwrap();
            let status = answer.status().as_u16();
            (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
        })
    }
}

/// Child process that is killed at the end of the test.
struct Running(Child, #[allow(dead_code, reason = "it is there until the child has ended")] TempDir);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn terminate(&self) {
        self.signal("TERM");
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status().unwrap().success());
    }

    /// Waits for the end. Returns exit code and output.
    fn end(mut self) -> (Option<i32>, String) {
        let status = self.0.wait().unwrap();
        let mut text = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        self.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        (status.code(), text)
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const DEFAULT: &str = "my-github-copilot-integration";

#[test]
fn the_environment_of_oceans_container_leads_to_the_same_entities_as_resync() {
    let by_resync = ProcessSetup::new();
    let base_url = by_resync.catalog.clone();
    let (code, text) = by_resync
        .pilotage(
            &["resync", "--github-host", &by_resync.github, "--base-url", &base_url],
            &[("GITHUB_TOKEN", "ghp_any"), ("PORT_CLIENT_ID", "id"), ("PORT_CLIENT_SECRET", "secret")],
        )
        .end();
    assert_eq!(code, Some(0), "{text}");
    let expected = by_resync.entities();
    assert!(expected.len() > 20, "{}", expected.len());

    // The environment of the integration's page, and that of a chart.
    let once = [("OCEAN__EVENT_LISTENER", r#"{"type":"ONCE"}"#)];
    let exploded = [
        ("OCEAN__EVENT_LISTENER__TYPE", "once"),
        ("OCEAN__INTEGRATION__TYPE", "github-copilot"),
        ("OCEAN__INTEGRATION__IDENTIFIER", DEFAULT),
        ("OCEAN__CLIENT_TIMEOUT", "60"),
    ];
    for more in [once.as_slice(), exploded.as_slice()] {
        let setup = ProcessSetup::new();
        let (code, text) = setup.pilotage(&[], &setup.container(more)).end();
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(setup.entities(), expected);
        assert_eq!(setup.state(DEFAULT), "completed");
        let examples =
            setup.ask("GET", &format!("/v1/integration/{DEFAULT}/kinds/organization-usage-metrics/examples"), &Value::Null);
        assert_eq!(examples["examples"][0]["__organization"]["login"], "[masked]");
    }
}

#[test]
fn a_container_that_polls_serves_its_health_resyncs_and_ends_well() {
    let setup = ProcessSetup::new();
    let container = setup.container(&[("APPLICATION__PORT", "0"), ("OCEAN__EVENT_LISTENER__INTERVAL", "1")]);
    let mut running = setup.pilotage(&[], &container);
    wait_until("the first resync", || setup.state(DEFAULT) == "completed");
    let mut stderr = std::io::BufReader::new(running.0.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("/health/ready") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut stderr, &mut line).unwrap() > 0, "it never said where its health is");
    }
    let address = line.split("health at http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    let port = address.split(':').next_back().unwrap().to_owned();
    for check in ["live", "ready"] {
        let (status, answer) = setup.status_of(&format!("http://127.0.0.1:{port}/health/{check}"));
        assert_eq!((status, &answer["status"], &answer["check"]), (200, &json!("healthy"), &json!(check)));
    }
    // The probe finds the daemon by the same settings.
    let with_port = setup.container(&[("APPLICATION__PORT", &port)]);
    for arguments in [&["health"][..], &["health", "--live"], &["health", "--url", &format!("http://127.0.0.1:{port}")]] {
        assert_eq!(setup.pilotage(arguments, &with_port).end(), (Some(0), "healthy\n".to_owned()), "{arguments:?}");
    }
    let began = Instant::now();
    running.terminate();
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(setup.state(DEFAULT), "completed", "nothing ran, so nothing was aborted");
    let (code, text) = setup.pilotage(&["health"], &with_port).end();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains(&format!("error: cannot ask http://127.0.0.1:{port}/health/ready: cannot connect")), "{text}");
}

#[test]
fn terminated_in_the_middle_of_a_resync_it_says_aborted_deletes_nothing_and_the_next_one_completes() {
    let setup = ProcessSetup::new();
    let mapping = setup.data.path().join("mapping.yaml");
    std::fs::write(&mapping, super::harness::MAPPING).unwrap();
    let container = setup.container(&[("APPLICATION__PORT", "0"), ("PILOTAGE_MAPPING", mapping.to_str().unwrap())]);
    // A first resync creates entities, some of which a later one has to delete.
    let once = [("OCEAN__EVENT_LISTENER", r#"{"type":"ONCE"}"#)];
    assert_eq!(setup.pilotage(&[], &[container.as_slice(), &once].concat()).end().0, Some(0));
    assert_eq!(setup.entities().len(), 15);
    let other = super::harness::MAPPING.replace("\"@\"", "\"-new-\"");
    std::fs::write(&mapping, other).unwrap();

    setup.is_held.store(true, Ordering::Relaxed);
    let running = setup.pilotage(&[], &container);
    wait_until("two organizations", || setup.entities().len() == 25);
    assert_eq!(setup.state(DEFAULT), "running");
    let began = Instant::now();
    running.terminate();
    let (code, text) = running.end();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(code, Some(0), "{text}");
    assert_eq!((setup.state(DEFAULT).as_str(), setup.entities().len()), ("aborted", 25), "{text}");

    setup.is_held.store(false, Ordering::Relaxed);
    let (code, text) = setup.pilotage(&[], &[container.as_slice(), &once].concat()).end();
    assert_eq!(code, Some(0), "{text}");
    let left = setup.entities();
    assert_eq!((setup.state(DEFAULT).as_str(), left.len()), ("completed", 15));
    assert!(left.iter().all(|entity| entity["identifier"].as_str().unwrap().contains("-new-")));
}

#[test]
fn terminated_before_a_run_begins_it_ends_at_once_with_its_documented_code() {
    let setup = ProcessSetup::new();
    // A catalog that accepts connections and never answers.
    let silent = Arc::new(AtomicU32::new(0));
    let url = setup.runtime.block_on(serve_on_loopback(|_| {
        let silent = Arc::clone(&silent);
        Router::new().fallback(move || {
            silent.fetch_add(1, Ordering::Relaxed);
            std::future::pending::<()>()
        })
    }));
    for (arguments, signal, expected) in [
        (vec!["resync"], "TERM", 1),
        (vec!["resync"], "HUP", 1),
        (vec!["plan"], "INT", 1),
        (vec!["serve", "--port", "0"], "TERM", 0),
        (vec!["serve", "--port", "0", "--address", "127.0.0.1"], "HUP", 0),
    ] {
        silent.store(0, Ordering::Relaxed);
        let mut container = setup.container(&[]);
        container.retain(|(name, _)| *name != "OCEAN__PORT__BASE_URL");
        container.push(("OCEAN__PORT__BASE_URL", &url));
        let running = setup.pilotage(&arguments, &container);
        wait_until("a request to the catalog", || silent.load(Ordering::Relaxed) > 0);
        let began = Instant::now();
        running.signal(signal);
        let (code, text) = running.end();
        assert!(began.elapsed() < Duration::from_secs(3), "{arguments:?}, {signal}: {:?}", began.elapsed());
        assert_eq!(code, Some(expected), "{arguments:?}: {text}");
        assert!(expected == 0 || text.contains("error: stopped before anything was done"), "{arguments:?}: {text}");
    }
    assert_eq!(setup.asked.load(Ordering::Relaxed), 0, "nobody asked GitHub anything");
}
