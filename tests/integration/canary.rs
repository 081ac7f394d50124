//! Secrets are planted in every place where they can enter; no place where anything comes out may show them.
//!
//! The servers here quote whatever they were sent: an error of GitHub or of the catalog repeats the credentials, raw, encoded as in
//! an address, and in base64, and a signed link leads to servers that repeat it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::any;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use pilotage::door::http::{HttpService, read_whole};
use pilotage::door::network;
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::telemetry::lint;
use crate::telemetry::loopback;
pub(crate) mod servers;

use loopback::Loopback;

/// Each with characters that an address or JSON writes in another way.
const TOKEN: &str = "ghp_canaryTOKEN+1/2=x%y";
const CLIENT_SECRET: &str = "canarySECRET\"+3/4=x%y";
const SIGNATURE: &str = "canarySIGNATURE+5/6=x";
const INSTALLATION_TOKEN: &str = "ghs_canaryINSTALLATION+7/8=x";
const PASSWORD: &str = "canaryPASSWORD9";
const WEBHOOK_SECRET: &str = "canaryWEBHOOK+9/0=x";
const WEB_TOKEN: &str = "canaryWEBTOKEN+1/2=x";
const COLLECTOR_KEY: &str = "canaryCOLLECTOR0";
const KEY: &str = include_str!("../../src/github/credential/sample/key.pkcs1.pem");

/// Every form in which a secret could come out, with the secret's name.
fn needles() -> Vec<(&'static str, String)> {
    let named = [
        ("token", TOKEN),
        ("client secret", CLIENT_SECRET),
        ("signature", SIGNATURE),
        ("installation token", INSTALLATION_TOKEN),
        ("password", PASSWORD),
        ("webhook's secret", WEBHOOK_SECRET),
        ("collector's key", COLLECTOR_KEY),
        ("token of the pages", WEB_TOKEN),
    ];
    let key = KEY.lines().filter(|line| !line.starts_with("-----") && line.len() > 40).map(|line| ("private key", line));
    let mut needles = Vec::new();
    for (name, secret) in named.into_iter().chain(key) {
        // The part that no encoding of an address touches is enough to find that one, and JSON's.
        let core = secret.strip_prefix("ghp_").or(secret.strip_prefix("ghs_")).unwrap_or(secret);
        let plain: String = core.chars().take_while(char::is_ascii_alphanumeric).collect();
        needles.push((name, if plain.len() >= 10 { plain } else { secret.to_owned() }));
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            for before in 0..3_usize {
                let bytes: Vec<u8> = vec![b'x'; before].into_iter().chain(secret.bytes()).collect();
                needles.push((name, engine.encode(&bytes)[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned()));
            }
        }
    }
    needles
}

fn assert_clean(what: &str, text: &[u8], needles: &[(&str, String)]) {
    let text = String::from_utf8_lossy(text);
    for (name, needle) in needles {
        if let Some(at) = text.find(needle.as_str()) {
            let from = text[..at].char_indices().rev().nth(200).map_or(0, |(index, _)| index);
            panic!("{what} shows the {name}:\n…{}", &text[from..at + needle.len()]);
        }
    }
}

fn assert_clean_folder(what: &str, folder: &Path, needles: &[(&str, String)]) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += assert_clean_folder(what, &path, needles);
        } else {
            files += 1;
            let name = path.strip_prefix(folder.parent().unwrap()).unwrap().display().to_string();
            assert_clean(&format!("{what}: file {name}"), &std::fs::read(&path).unwrap(), needles);
        }
    }
    files
}

/// Runs the program with secrets in its environment; what is set later goes over what is set first.
fn pilotage(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().stdin(Stdio::null()).args(arguments);
    command.envs(variables.iter().filter(|(_, value)| !value.is_empty()).copied());
    command.output().unwrap()
}

struct Stage {
    folder: TempDir,
    github: Loopback,
    catalog: Loopback,
    collector: Loopback,
    collected: Arc<Mutex<Vec<u8>>>,
}

impl Stage {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let collected = Arc::<Mutex<Vec<u8>>>::default();
        let kept = Arc::clone(&collected);
        let collect = move |headers: HeaderMap, body: Bytes| async move {
            kept.lock().unwrap().extend_from_slice(&body);
            // It quotes its key and refuses: what it says must not be logged.
            (StatusCode::BAD_REQUEST, format!("{headers:?}"))
        };
        let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/copilot.yaml");
        std::fs::copy(mapping, folder.path().join("mapping.yaml")).unwrap();
        for (name, secret) in [("token", TOKEN), ("secret", CLIENT_SECRET), ("key.pem", KEY)] {
            std::fs::write(folder.path().join(name), secret).unwrap();
        }
        Self {
            folder,
            github: Loopback::serve(servers::github),
            catalog: Loopback::serve(servers::catalog),
            collector: Loopback::serve(move |_| Router::new().fallback(any(collect))),
            collected,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// What is run, and with which variables.
type Run<'a> = (Vec<&'a str>, Vec<(&'a str, &'a str)>);

/// What is set in all runs: everything at its most talkative.
const FORMATS: [&[&str]; 2] = [&["-vvv", "--log-format", "json"], &["-vvv", "--log-format", "human"]];

#[test]
fn no_verb_shows_a_secret_wherever_it_came_from_and_whoever_quotes_it() {
    let needles = needles();
    let stage = Stage::new();
    let (github, catalog, collector) = (stage.github.url(), stage.catalog.url(), stage.collector.url());
    let (token_file, secret_file, key_file) = (stage.path("token"), stage.path("secret"), stage.path("key.pem"));
    let proxy = format!("http://user:{PASSWORD}@127.0.0.1:9");
    let header = format!("x-api-key={COLLECTOR_KEY}");
    let json_secret = serde_json::to_string(CLIENT_SECRET).unwrap();
    let config = format!(
        "port:\n  clientId: id\n  clientSecret: {json_secret}\n  baseUrl: {catalog}\n\
         integration:\n  config:\n    githubToken: \"{TOKEN}\"\n    githubHost: {github}\n"
    );
    std::fs::write(stage.path("config.yaml"), &config).unwrap();
    std::fs::write(stage.path("broken.yaml"), config.replace("  clientId: id", "  clientId: *id")).unwrap();
    std::fs::write(stage.path("odd.yaml"), format!("port:\n  clientSecret: *{PASSWORD}\n  x: {{a\n")).unwrap();
    std::fs::write(stage.path("nested.yaml"), format!("port:\n  clientSecret: [[{PASSWORD}]]\ngithubToken: {PASSWORD}\n"))
        .unwrap();

    let places = [("OCEAN__PORT__BASE_URL", catalog.as_str()), ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", github.as_str())];
    let direct = [
        ("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", TOKEN),
        ("OCEAN__PORT__CLIENT_ID", "id"),
        ("OCEAN__PORT__CLIENT_SECRET", CLIENT_SECRET),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector),
        ("OTEL_EXPORTER_OTLP_HEADERS", &header),
    ];
    let files = [("GITHUB_TOKEN_FILE", token_file.as_str()), ("PORT_CLIENT_ID", "id"), ("PORT_CLIENT_SECRET_FILE", &secret_file)];
    let app = [("PILOTAGE_GITHUB_APP_ID", "1"), ("PILOTAGE_GITHUB_APP_PRIVATE_KEY_FILE", &key_file), ("PORT_CLIENT_ID", "id")];
    let app = [app[0], app[1], app[2], ("PORT_CLIENT_SECRET", CLIENT_SECRET)];
    let key_in_variable = [("PILOTAGE_GITHUB_APP_ID", "1"), ("PILOTAGE_GITHUB_APP_PRIVATE_KEY", KEY), app[2], app[3]];
    let cut_key = KEY[..KEY.len() / 2].to_owned();
    let broken_key = [("PILOTAGE_GITHUB_APP_ID", "1"), ("PILOTAGE_GITHUB_APP_PRIVATE_KEY", cut_key.as_str())];
    let exploded = format!("{{\"clientId\":\"id\",\"clientSecret\":{json_secret},\"baseUrl\":\"{catalog}\"}}");
    let cut_json = format!("{{\"clientSecret\":{json_secret}");
    let in_address = format!("https://user:{PASSWORD}@127.0.0.1:9");
    let allowed = [("OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS", "true")];
    let mapping = stage.path("mapping.yaml");
    let (config, broken, odd, nested) =
        (stage.path("config.yaml"), stage.path("broken.yaml"), stage.path("odd.yaml"), stage.path("nested.yaml"));
    let resync = ["resync", "--mapping", &mapping];
    let mut runs: Vec<Run<'_>> = vec![
        (resync.to_vec(), [&places[..], &direct].concat()),
        (vec!["plan", "--mapping", &mapping, "--output", "json"], [&places[..], &files].concat()),
        (vec!["resync", "--mapping", &mapping, "--config", &config, "--output", "json"], vec![]),
        (vec!["doctor", "--all"], [&places[..], &direct].concat()),
        (vec!["doctor", "--output", "json", "--mapping", &mapping], [&places[..], &app].concat()),
        (resync.to_vec(), [&places[..], &app].concat()),
        (resync.to_vec(), [&places[..], &key_in_variable].concat()),
        (resync.to_vec(), [&places[..], &broken_key].concat()),
        (vec!["seats", "list", "--org", "evil"], [&places[..], &direct].concat()),
        (vec!["seats", "add", "--org", "evil", "--user", "a", "--yes"], [&places[..], &app].concat()),
        (vec!["validate", &mapping, "--catalog"], [&places[..], &direct].concat()),
        (vec!["eval", "[env, $ENV, input_filename]"], direct.to_vec()),
        (vec!["eval", "env", "--kind", "copilot-seats", "--sample"], [&direct[..], &allowed].concat()),
        (vec!["eval", "error($ENV | tostring)"], [&direct[..], &allowed].concat()),
        (
            vec!["preview", "--mapping", &mapping, "--kind", "organization-usage-metrics", "--sample", "--explain"],
            direct.to_vec(),
        ),
        (vec!["test", &mapping], direct.to_vec()),
        (vec!["kinds"], direct.to_vec()),
        (vec!["runs"], direct.to_vec()),
        (vec!["runs", "last"], direct.to_vec()),
        (vec!["runs", "last", "--output", "json"], direct.to_vec()),
        // Without Port's credentials into the embedded catalog, whose files are looked at below.
        (resync.to_vec(), vec![direct[0], places[1], direct[3], direct[4]]),
        (vec!["catalog", "list"], direct.to_vec()),
        (vec!["catalog", "export"], direct.to_vec()),
        (vec!["plan", "--mapping", &mapping, "--output", "markdown", "--show", "unchanged"], vec![direct[0], places[1]]),
        (resync.to_vec(), vec![places[1], direct[0], ("OCEAN__PORT", exploded.as_str())]),
        (resync.to_vec(), vec![places[1], direct[0], ("OCEAN__PORT", cut_json.as_str())]),
        (resync.to_vec(), vec![direct[0], direct[1], direct[2], places[1], ("PORT_BASE_URL", in_address.as_str())]),
        (resync.to_vec(), vec![direct[0], ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", in_address.as_str())]),
        (resync.to_vec(), vec![("GITHUB_TOKEN", "canaryTOKEN\u{1}x"), places[1]]),
        (vec!["doctor"], vec![direct[0], direct[1], direct[2], ("HTTPS_PROXY", proxy.as_str()), ("HTTP_PROXY", proxy.as_str())]),
    ];
    for file in [&broken, &odd, &nested] {
        runs.push((vec!["plan", "--config", file], vec![]));
    }
    let mut checked = 0;
    for (number, (arguments, variables)) in runs.iter().enumerate() {
        // Each form of the log for some of them: the lines are made in one place.
        let data = stage.path("data");
        let common = FORMATS[number % FORMATS.len()];
        let arguments: Vec<&str> = arguments.iter().copied().chain(common.iter().copied()).chain(["--data", &data]).collect();
        let output = pilotage(&arguments, variables);
        let what = format!("`pilotage {}`", arguments.join(" "));
        assert_clean(&format!("{what}: stdout"), &output.stdout, &needles);
        assert_clean(&format!("{what}: stderr"), &output.stderr, &needles);
        assert!(output.status.code().is_some_and(|code| code != 101), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        checked += output.stderr.len();
    }
    assert!(checked > 20_000, "too little was said for the log to be at trace: {checked} bytes");
    let files = assert_clean_folder("what was left", Path::new(&stage.path("data")), &needles);
    assert!(files >= 4, "reports of runs were written: {files} files");
    let pages = tokio::runtime::Runtime::new().unwrap().block_on(every_page(Path::new(&stage.path("data")), &needles));
    assert!(pages > 25, "{pages} pages");
    let collected = stage.collected.lock().unwrap();
    assert!(collected.len() > 1000, "the collector was sent traces and metrics");
    assert_clean("what the collector was sent", &collected, &needles);
}

/// Looks at every page over what those runs have left, as somebody who may see everything. Returns how many there were.
async fn every_page(data: &Path, needles: &[(&str, String)]) -> usize {
    let web = crate::web::web_over(data.to_owned(), Some(WEB_TOKEN));
    let cookie = crate::web::signed_in(&web).await;
    let mut count = 0;
    crate::web::crawl(&web, &cookie, |address, _, page| {
        count += 1;
        assert_clean(&format!("the page {address}"), page.as_bytes(), needles);
    })
    .await;
    let odd = ["/nowhere", "/in", "/runs/x", "/api/mapping/words", "/runs/plan"];
    for address in odd {
        let (_, page) = crate::web::get(&web, address, &cookie).await;
        assert_clean(&format!("the page {address}"), page.as_bytes(), needles);
    }
    let (_, page) = crate::web::get(&web, "/", "").await;
    assert_clean("the page for whoever is not signed in", page.as_bytes(), needles);
    count
}

#[test]
fn a_catalog_that_refuses_to_sign_in_is_not_quoted() {
    let needles = needles();
    let stage = Stage::new();
    for status in [401, 403, 200, 422] {
        let catalog = Loopback::serve(servers::refusing_catalog(status));
        let variables = [
            ("GITHUB_TOKEN", TOKEN),
            ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &stage.github.url()),
            ("PORT_CLIENT_ID", "id"),
            ("PORT_CLIENT_SECRET", CLIENT_SECRET),
            ("PORT_BASE_URL", &catalog.url()),
        ];
        for verb in ["resync", "doctor"] {
            let output = pilotage(&[verb, "-vvv", "--data", &stage.path("data")], &variables);
            let what = format!("{verb} after a sign-in answered with {status}");
            assert!(!output.status.success(), "{what}: {output:?}");
            assert_clean(&what, &[output.stdout, output.stderr].concat(), &needles);
        }
    }
}

#[test]
fn a_good_answer_that_quotes_the_request_is_shown_without_its_secrets_and_does_nothing_to_a_terminal() {
    let stage = Stage::new();
    let folder = stage.path("data");
    let mapping = stage.path("mapping.yaml");
    let paths = ["/bulk", "/v1/integration/", "/v1/blueprints", "/entities/search", "datasource-entities", "/v1/organization"];
    let mut quoted = 0;
    for path in paths {
        let catalog = Loopback::serve(servers::quoting_catalog(path));
        // The token that this catalog gives out is its own.
        let variables = [
            ("GITHUB_TOKEN", TOKEN),
            ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &stage.github.url()),
            ("PORT_CLIENT_ID", "id"),
            ("PORT_CLIENT_SECRET", CLIENT_SECRET),
            ("PORT_BASE_URL", &catalog.url()),
        ];
        let runs: [&[&str]; 4] =
            [&["resync", "--mapping", &mapping], &["plan", "--mapping", &mapping], &["doctor"], &["mapping", "pull"]];
        for arguments in runs {
            let output = pilotage(&[arguments, &["-v", "--log-format", "human", "--data", &folder]].concat(), &variables);
            let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let what = format!("{arguments:?} with {path}");
            assert_clean(&what, text.as_bytes(), &needles());
            assert!(!text.contains("Bearer ey") && !text.contains('\u{1b}'), "{what}: {text}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{what}: {text}");
            quoted += usize::from(text.contains("[secret]"));
        }
    }
    assert!(quoted > 0, "nothing was quoted at all");
    assert!(assert_clean_folder("what was left", Path::new(&folder), &needles()) >= 1);
}

#[test]
fn a_collector_and_a_proxy_that_are_written_wrongly_are_not_shown() {
    let stage = Stage::new();
    let needles = needles();
    let endpoint = format!("u:{PASSWORD}@host:4318");
    let odd = [format!("grpc://u:{PASSWORD}@host"), format!("http://a b:{PASSWORD}@host"), format!("\"{endpoint}\"")];
    let proxies = [
        format!("http://CORP\\me:{PASSWORD}@127.0.0.1:9"),
        format!("http://me:1/{PASSWORD}@127.0.0.1:9"),
        format!("socks5://me:{PASSWORD}@h"),
    ];
    let data = stage.path("data");
    for (name, value) in odd
        .iter()
        .chain([&endpoint])
        .map(|value| ("OTEL_EXPORTER_OTLP_ENDPOINT", value))
        .chain(proxies.iter().flat_map(|value| [("HTTPS_PROXY", value), ("HTTP_PROXY", value)]))
    {
        for verb in ["config", "resync"] {
            let variables = [
                ("GITHUB_TOKEN", TOKEN),
                ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", "http://github.invalid"),
                (name, value.as_str()),
            ];
            let output = pilotage(&[verb, "-vvv", "--data", &data], &variables);
            assert_clean(&format!("{verb} with {name}"), &[output.stdout, output.stderr].concat(), &needles);
        }
    }
}

/// A daemon, which does not outlive the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks the daemon; a secret is sent when there is one.
async fn ask(http: &HttpService, method: &str, url: &str, secret: Option<&str>) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(secret) = secret {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    let response = http.clone().oneshot(request.body(Bytes::new()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = read_whole(body, 1 << 20).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_daemon_shows_no_secret_and_its_metrics_are_well_formed() {
    let needles = needles();
    let stage = Stage::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.args(["serve", "-vvv", "--port", "0", "--event-listener", "webhook", "--mapping", &stage.path("mapping.yaml")]);
    command.args(["--data", &stage.path("data")]);
    command.envs([
        ("OCEAN__PORT__BASE_URL", stage.catalog.url()),
        ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", stage.github.url()),
        ("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", TOKEN.to_owned()),
        ("OCEAN__PORT__CLIENT_ID", "id".to_owned()),
        ("OCEAN__PORT__CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("PILOTAGE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
    ]);
    let mut daemon = Daemon(command.spawn().unwrap());
    let mut stderr = BufReader::new(daemon.0.stderr.take().unwrap());
    let mut said = String::new();
    let url = loop {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "it ended: {said}");
        if let Some((_, rest)) = said.split_once("metrics at http://0.0.0.0:") {
            break format!("http://127.0.0.1:{}", rest.split('/').next().unwrap());
        }
    };
    // What it says must be read, or it would wait for that.
    let reading = std::thread::spawn(move || {
        stderr.read_to_string(&mut said).unwrap();
        said
    });
    let http = network::open(&network::NetworkOptions::default(), &|_| None).unwrap();
    assert_eq!(ask(&http, "POST", &format!("{url}/resync"), Some("canaryWEBHOOK-not-it")).await.0, StatusCode::UNAUTHORIZED);
    assert!(ask(&http, "POST", &format!("{url}/resync"), Some(WEBHOOK_SECRET)).await.0.is_success());
    let began = Instant::now();
    let (headers, text) = loop {
        let (_, headers, text) = ask(&http, "GET", &format!("{url}/metrics"), None).await;
        if text.contains("pilotage_resyncs_total{state=\"partial\"}") {
            break (headers, text);
        }
        assert!(began.elapsed() < Duration::from_secs(30), "no resync ended: {text}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(headers["content-type"], "text/plain; version=0.0.4");
    let foreign = ["duration_seconds", "object_count", "success", "rate_limit_wait_seconds"];
    assert_eq!(lint::problems(&text, &foreign), [""; 0], "{text}");
    let (_, _, ready) = ask(&http, "GET", &format!("{url}/health/ready"), None).await;
    assert!(Command::new("kill").args(["-TERM", &daemon.0.id().to_string()]).status().unwrap().success());
    let mut stdout = String::new();
    daemon.0.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    let stderr = reading.join().unwrap();
    assert!(daemon.0.wait().unwrap().success(), "{stderr}");
    for (what, text) in [("metrics", &text), ("health", &ready), ("stdout", &stdout), ("stderr", &stderr)] {
        assert_clean(&format!("serve: {what}"), text.as_bytes(), &needles);
    }
    assert!(stderr.contains("run_id"), "it was at trace: {stderr}");
    assert!(assert_clean_folder("what serve left", Path::new(&stage.path("data")), &needles) >= 1);
}

#[test]
fn the_canary_would_be_found() {
    let needles = needles();
    for (name, secret) in [("token", TOKEN), ("client secret", CLIENT_SECRET), ("signature", SIGNATURE)] {
        let address: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let json = json!(secret).to_string();
        for text in [secret.to_owned(), address, json, STANDARD.encode(secret), STANDARD.encode(format!("id:{secret}"))] {
            assert!(needles.iter().any(|(other, needle)| *other == name && text.contains(needle.as_str())), "{name}: {text}");
        }
    }
    assert!(needles.iter().any(|(name, needle)| *name == "private key" && KEY.contains(needle.as_str())));
}
