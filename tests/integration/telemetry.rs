//! What a run leaves behind: its report, its metrics, its traces; and that nothing of that can hurt it.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::routing::{any, get};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use pilotage::catalog::{Catalog, CatalogOptions};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, in_memory};
use pilotage::github::{Credential, GitHub, GitHubOptions};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use pilotage::mapping::evaluate::CompiledMapping;
use pilotage::mapping::file::Mapping;
use pilotage::mapping::program::CompileOptions;
use pilotage::model::secret::Secret;
use pilotage::model::slice::{Slice, SliceEnd};
use pilotage::reconcile::completeness::Unproven;
use pilotage::reconcile::deletion::WithheldReason;
use pilotage::reconcile::outcome::{BlueprintDeletion, DeletionOutcome, Mode, Outcome, ResourceOutcome};
use pilotage::resync::workers::Workers;
use pilotage::resync::{self, Resync, ResyncOptions};
use pilotage::runs::Runs;
use pilotage::simulator::{Simulator, SimulatorSource};
use pilotage::source::copilot::CopilotSource;
use pilotage::telemetry::metric::METRICS;
use pilotage::telemetry::{Ending, RunFacts, Service, Telemetry, Watched};
use prost::Message;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) mod lint;
pub(crate) mod loopback;

use loopback::Loopback;

const GITHUB: &str = "http://github.test";

fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Recorded answers of `tests/worlds`, one over the other.
fn recording(worlds: &[&str]) -> TempDir {
    fn lay_over(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            match entry.path().is_dir() {
                true => lay_over(&entry.path(), &target),
                false => drop(std::fs::copy(entry.path(), target).unwrap()),
            }
        }
    }
    let folder = TempDir::new().unwrap();
    worlds.iter().for_each(|world| lay_over(&repository("tests/worlds").join(world), folder.path()));
    folder
}

/// A catalog in memory that outlives the runs into it.
struct Place {
    clock: Clock,
    catalog: HttpService,
    _catalog: LocalCatalog,
    telemetry: Telemetry,
    data: TempDir,
}

impl Place {
    fn new() -> Self {
        let clock = Clock::starting_at("2026-11-01T06:00:00Z".parse().unwrap());
        let catalog = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, clock.clone())).unwrap();
        let http = in_memory(catalog.router("http://catalog.test"));
        Self { clock, catalog: http, _catalog: catalog, telemetry: Telemetry::default(), data: TempDir::new().unwrap() }
    }

    fn resync(&self, recording: &Path, mode: Mode) -> Resync {
        let source = SimulatorSource::Replay(recording.to_owned());
        let simulator = Simulator::new(source, GITHUB).unwrap();
        let meter = self.telemetry.meter();
        let github = GitHub::new(GitHubOptions {
            api: meter.around(Service::GitHub, in_memory(simulator.api_router())),
            downloads: meter.around(Service::Files, in_memory(simulator.signed_router())),
            base_url: GITHUB.to_owned(),
            credential: Credential::Token(Secret::new("token")),
            download_hosts: Vec::new(),
            clock: self.clock.clone(),
            seed: 1,
        });
        let catalog = Catalog::new(CatalogOptions {
            http: meter.around(Service::Catalog, self.catalog.clone()),
            base_url: "http://catalog.test".to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            integration_identifier: "test".to_owned(),
            integration_type: "github-copilot".to_owned(),
            version: "0.0.0".to_owned(),
            clock: self.clock.clone(),
            seed: 1,
        });
        let text = std::fs::read_to_string(repository("tests/worlds/copilot.yaml")).unwrap();
        let (mapping, findings) = Mapping::read(&text, "mapping.yaml");
        let mapping = mapping.unwrap_or_else(|| panic!("{findings:?}"));
        let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
        let mut blueprints: Vec<_> =
            std::fs::read_dir(repository("blueprints")).unwrap().map(|file| file.unwrap().path()).collect();
        blueprints.sort();
        let blueprint = |file: &std::path::PathBuf| serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        Resync {
            mapping_origin: pilotage::model::mapping_origin::MappingOrigin::Catalog,
            sources: vec![Arc::new(CopilotSource::of(github.unwrap()))],
            catalog: Arc::new(catalog.unwrap()),
            mapping,
            resources: compiled.resources().iter().cloned().map(Arc::new).collect(),
            broken_expressions: Vec::new(),
            default_blueprints: blueprints.iter().map(blueprint).collect(),
            workers: Arc::new(Workers::start(1).unwrap()),
            clock: self.clock.clone(),
            options: ResyncOptions {
                mode,
                only_kinds: Vec::new(),
                deletes_by_kind: false,
                deletion_threshold: None,
                reviewed: None,
                stop: CancellationToken::new(),
            },
        }
    }

    async fn run(&self, worlds: &[&str], mode: Mode, seed: u64) -> Outcome {
        let recording = recording(worlds);
        let resync = self.resync(recording.path(), mode);
        let facts =
            RunFacts { integration: "test".into(), github: GITHUB.into(), catalog: "a catalog in memory".into(), mapping: None };
        let origin = pilotage::model::mapping_origin::MappingOrigin::File("copilot.yaml".into());
        let facts = RunFacts { mapping: Some(origin), ..facts };
        let recorder = self.telemetry.begin(Watched::of(&resync), facts, Some(self.data.path()), &seed.to_string());
        let outcome = resync::run(&resync, &recorder).await.unwrap();
        recorder.end(Ending::Outcome(&outcome), outcome.exit_code(false));
        outcome
    }

    fn runs(&self) -> Runs {
        Runs::in_data_folder(self.data.path())
    }

    fn report(&self) -> Value {
        self.runs().find("last").unwrap().0
    }
}

fn foreign() -> Vec<&'static str> {
    METRICS.iter().filter(|metric| metric.is_oceans()).map(|metric| metric.name).collect()
}

#[tokio::test(start_paused = true)]
async fn the_metrics_of_a_run_are_well_formed_and_name_nobody() {
    let place = Place::new();
    place.run(&["monday"], Mode::Resync, 1).await;
    // What was written in the same instant is no candidate for deletion.
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    place.run(&["monday", "beta-forbidden"], Mode::Resync, 2).await;
    let (_, text) = place.telemetry.text();
    assert_eq!(lint::problems(&text, &foreign()), [""; 0], "{text}");
    for line in [
        "pilotage_resyncs_total{state=\"completed\"} 1",
        "pilotage_resyncs_total{state=\"partial\"} 1",
        "pilotage_entities_total{action=\"created\",kind=\"organization-usage-metrics\"} 6",
        "pilotage_entities_total{action=\"unchanged\",kind=\"organization-usage-metrics\"} 3",
        "pilotage_slices{kind=\"organization-usage-metrics\",state=\"complete\"} 1",
        "pilotage_slices{kind=\"organization-usage-metrics\",state=\"forbidden\"} 1",
        "pilotage_deletions_withheld{reason=\"unproven\"} 3",
        "pilotage_resync_running 0",
        "object_count{kind=\"organization-usage-metrics-0\",object_count_type=\"raw_extracted\",phase=\"extract\"} 3",
        "success{kind=\"organization-usage-metrics-0\",phase=\"resync\"} 0",
        "success{kind=\"__resync__\",phase=\"resync\"} 0",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
    for name in ["acme", "beta", "githubCopilot", "github.test", "catalog.test"] {
        assert!(!text.contains(name), "{name}\n{text}");
    }
    let success = text.lines().find(|line| line.starts_with("pilotage_last_success_timestamp_seconds ")).unwrap();
    let last = text.lines().find(|line| line.starts_with("pilotage_last_resync_timestamp_seconds ")).unwrap();
    let moment = |line: &str| line.split(' ').nth(1).unwrap().parse::<f64>().unwrap();
    assert!(moment(success) <= moment(last) && moment(success) > 1.7e9, "{success} {last}");
}

/// Outcome of a run over days of organizations and teams: the days only when it is whole. `kept_of` is by blueprint.
fn outcome_of(is_whole: bool, slices: Vec<Slice>, kept_of: &[(&str, u64)]) -> Outcome {
    let resource = |kind: &str, blueprint: &str, is_left_out: bool| ResourceOutcome {
        kind: kind.to_owned(),
        blueprint: Some(blueprint.to_owned()),
        is_left_out,
        ..ResourceOutcome::default()
    };
    let kept = |(blueprint, candidates): &(&str, u64)| BlueprintDeletion {
        blueprint: (*blueprint).to_owned(),
        candidates: *candidates,
        deleted: 0,
        reason: Some(WithheldReason::Unproven { because: Unproven { slices: Vec::new(), count: 1 } }),
    };
    Outcome {
        mode: Mode::Resync,
        aborted: false,
        resources: vec![resource("organization-usage-metrics", "day", !is_whole), resource("github-teams", "team", false)],
        slices,
        deletion: DeletionOutcome { owned: 20, blueprints: kept_of.iter().map(kept).collect(), ..DeletionOutcome::default() },
        warnings: Vec::new(),
        broken_expressions: Vec::new(),
        seconds: 1.0,
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_of_some_kinds_leaves_the_metrics_of_the_others_and_is_no_success() {
    let place = Place::new();
    let recording = recording(&["monday"]);
    let mut resync = place.resync(recording.path(), Mode::Resync);
    assert!(Watched::of(&resync).is_whole);
    let whole = Watched::of(&resync);
    resync.options.only_kinds = vec!["github-teams".to_owned()];
    let some = Watched::of(&resync);
    let end = async |watched: &Watched, ending: Ending<'_>| {
        place.telemetry.begin(watched.clone(), RunFacts::default(), None, "1").end(ending, 0);
        tokio::time::advance(std::time::Duration::from_secs(3600)).await;
        place.telemetry.text().1
    };
    let line = |text: &str, name: &str| text.lines().find(|line| line.starts_with(&format!("{name} "))).map(str::to_owned);
    let days = |end| Slice::new(0, "organization-usage-metrics", "acme", end);
    let teams = |scope: &str, end| Slice::new(1, "github-teams", scope, end);
    let forbidden = || SliceEnd::Forbidden { reason: String::new(), remedy: String::new() };
    let failed = || SliceEnd::Failed { reason: String::new(), remedy: String::new() };
    let good = outcome_of(true, vec![days(SliceEnd::Complete), teams("acme", SliceEnd::Complete)], &[]);
    let success = "pilotage_last_success_timestamp_seconds";
    let first = line(&end(&whole, Ending::Outcome(&good)).await, success);
    assert!(!first.as_ref().unwrap().ends_with(" 0"), "{first:?}");
    let bad = outcome_of(true, vec![days(forbidden()), teams("acme", failed())], &[("day", 3), ("team", 2)]);
    let text = end(&whole, Ending::Outcome(&bad)).await;
    let kept = "pilotage_deletions_withheld{reason=\"unproven\"}";
    assert_eq!(line(&text, kept).unwrap(), format!("{kept} 5"));
    let of_teams = outcome_of(false, vec![teams("acme", SliceEnd::Complete), teams("beta", SliceEnd::Complete)], &[]);
    assert!(of_teams.is_complete());
    let text = end(&some, Ending::Outcome(&of_teams)).await;
    let days_read = "object_count{kind=\"organization-usage-metrics-0\",object_count_type=\"raw_extracted\",phase=\"extract\"}";
    let lines = |text: &str| {
        let states = ["complete", "forbidden", "failed"].into_iter();
        let of = |kind: &str| -> Vec<Option<String>> {
            let value = |state| line(text, &format!("pilotage_slices{{kind=\"{kind}\",state=\"{state}\"}}"));
            states.clone().map(value).map(|line| line.and_then(|line| line.rsplit(' ').next().map(str::to_owned))).collect()
        };
        (
            of("organization-usage-metrics"),
            of("github-teams"),
            line(text, kept),
            line(text, success),
            line(text, days_read).is_some(),
        )
    };
    let number = |text: &str| Some(text.to_owned());
    let expected = (
        vec![None, number("1"), number("0")],
        vec![number("2"), number("0"), number("0")],
        Some(format!("{kept} 3")),
        first.clone(),
        true,
    );
    assert_eq!(lines(&text), expected, "{text}");
    // One that failed before it had read anything tells nothing at all.
    let text = end(&some, Ending::Failed { error: "no" }).await;
    assert_eq!(lines(&text), expected, "{text}");
    let text = end(&whole, Ending::Outcome(&good)).await;
    assert_eq!(line(&text, kept).unwrap(), format!("{kept} 0"));
    assert_ne!(line(&text, success), first);
}

#[tokio::test(start_paused = true)]
async fn a_run_leaves_a_report_of_all_that_it_did_and_a_plan_leaves_none() {
    let place = Place::new();
    place.run(&["monday"], Mode::Plan, 1).await;
    assert_eq!(place.runs().ids().unwrap(), []);
    let text = place.telemetry.text().1;
    assert!(text.lines().filter(|line| line.starts_with("pilotage_resyncs_total")).all(|line| line.ends_with(" 0")), "{text}");
    let outcome = place.run(&["monday", "beta-forbidden"], Mode::Resync, 2).await;
    let report = place.report();
    assert_eq!((&report["state"], &report["exit_code"], &report["format"]), (&"partial".into(), &5.into(), &1.into()));
    assert_eq!((&report["integration"], &report["github"]), (&"test".into(), &GITHUB.into()));
    assert_eq!(report["slices"], serde_json::to_value(&outcome.slices).unwrap());
    assert_eq!(report["deletion"], serde_json::to_value(&outcome.deletion).unwrap());
    assert_eq!(report["totals"]["create"], 3);
    assert_eq!(report["resources"][0]["created"], 3);
    for cost in ["github", "catalog"] {
        assert!(report["requests"][cost]["requests"].as_u64().unwrap() > 0, "{cost}: {report:#}");
        assert!(report["requests"][cost]["received_bytes"].as_u64().unwrap() > 0, "{cost}: {report:#}");
    }
    assert!(report["resources"][0]["phases"]["transform_seconds"].as_f64().unwrap() > 0.0, "{report:#}");
    let (listed, _) = place.runs().list().unwrap();
    assert_eq!((listed.len(), listed[0].totals.unwrap().create), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_second_run_counts_its_own_requests_only() {
    let place = Place::new();
    place.run(&["monday"], Mode::Resync, 1).await;
    let first = place.report()["requests"]["catalog"]["received_bytes"].as_u64().unwrap();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    place.run(&["monday"], Mode::Resync, 2).await;
    let second = place.report();
    assert_eq!(second["totals"]["unchanged"], 6, "{second:#}");
    assert!(second["requests"]["catalog"]["received_bytes"].as_u64().unwrap() < 2 * first, "{second:#}");
    assert_eq!(place.runs().ids().unwrap().len(), 2);
}

/// Names between backticks in the first column of the tables below a heading.
fn documented(page: &str, heading: &str) -> Vec<String> {
    let section = page.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let cell = |line: &str| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned());
    section.lines().filter_map(cell).collect()
}

#[tokio::test(start_paused = true)]
async fn the_page_of_observability_names_every_metric_and_every_field_and_no_other() {
    let page = std::fs::read_to_string(repository("docs/observability.md")).unwrap();
    let mut metrics = documented(&page, "Metrics");
    for metric in METRICS {
        let place =
            metrics.iter().position(|name| name == metric.name).unwrap_or_else(|| panic!("{} is not on the page", metric.name));
        metrics.remove(place);
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` ", metric.name))).unwrap();
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let expected = format!("| `{}` | {} | {labels} |", metric.name, metric.shape.name()).replace("|  |", "| |");
        assert!(row.starts_with(&expected), "{row}\nshould begin with\n{expected}");
    }
    assert_eq!(metrics, [""; 0], "on the page, but no metric");

    let place = Place::new();
    place.run(&["monday", "beta-forbidden"], Mode::Resync, 1).await;
    let report = place.report();
    let mut fields = documented(&page, "Run reports");
    for (name, value) in report.as_object().unwrap() {
        let inner = match value {
            Value::Object(inner) => inner.keys().map(|inner| format!("{name}.{inner}")).collect(),
            Value::Array(list) => match list.first() {
                Some(Value::Object(inner)) => inner.keys().map(|inner| format!("{name}[].{inner}")).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        for field in inner.into_iter().chain([name.clone()]) {
            assert!(fields.contains(&field), "`{field}` of the report is not on the page");
            fields.retain(|other| *other != field);
        }
    }
    // What is there only at times.
    fields.retain(|field| {
        !["error", "requests.rate_limit", "slices[].day", "slices[].window", "slices[].missing_days"].contains(&field.as_str())
    });
    assert_eq!(fields, [""; 0], "on the page, but not in a report");
}

/// What a collector was sent.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>);

impl Taken {
    fn collector(&self) -> Loopback {
        let taken = self.clone();
        let take = |State(taken): State<Taken>, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            taken.0.lock().unwrap().push((uri.path().to_owned(), headers, body));
        };
        Loopback::serve(move |_| Router::new().fallback(any(take)).with_state(taken))
    }

    fn bodies(&self, path: &str) -> Vec<Bytes> {
        self.0.lock().unwrap().iter().filter(|(other, ..)| other == path).map(|(.., body)| body.clone()).collect()
    }
}

/// A resync of two organizations by the program itself.
fn resync(data: &Path, variables: &[(&str, &str)]) -> Output {
    let simulator = |signed: String| Simulator::new(SimulatorSource::Replay(repository("tests/worlds/monday")), signed).unwrap();
    let signed = Loopback::serve(move |own| simulator(own).signed_router());
    let signed_url = signed.url();
    let github = Loopback::serve(move |_| simulator(signed_url).api_router());
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.env_clear().env("GITHUB_TOKEN", "any").stdin(Stdio::null()).envs(variables.iter().copied());
    command.arg("resync").arg("--data").arg(data).args(["--github-host", &github.url()]);
    command.arg("--mapping").arg(repository("tests/worlds/copilot.yaml"));
    command.output().unwrap()
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let value = attributes.iter().find(|pair| pair.key == key)?.value.clone()?.value?;
    match value {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[test]
fn a_named_collector_is_sent_the_spans_and_the_metrics_of_a_run() {
    let taken = Taken::default();
    let collector = taken.collector();
    let data = TempDir::new().unwrap();
    let output = resync(
        data.path(),
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=key-of-the-collector"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let id = Runs::in_data_folder(data.path()).ids().unwrap()[0].to_string();

    let mut spans = Vec::new();
    for body in taken.bodies("/v1/traces") {
        for resource in ExportTraceServiceRequest::decode(body).unwrap().resource_spans {
            let attributes = resource.resource.unwrap().attributes;
            assert_eq!(text(&attributes, "service.name").as_deref(), Some("pilotage"));
            assert_eq!(text(&attributes, "deployment.environment").as_deref(), Some("test"));
            spans.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let run = named("resync")[0];
    assert_eq!(text(&run.attributes, "run_id"), Some(id));
    let kind = named("kind")[0];
    assert_eq!(text(&kind.attributes, "kind").as_deref(), Some("organization-usage-metrics"));
    assert_eq!(kind.parent_span_id, run.span_id);
    let slice = named("slice")[0];
    assert_eq!(slice.parent_span_id, kind.span_id);
    let request = named("GET /orgs/{}/copilot/metrics/reports/organization-28-day/latest")[0];
    assert_eq!(request.trace_id, run.trace_id);
    assert!(named("slice").iter().any(|slice| slice.span_id == request.parent_span_id), "{request:?}");
    assert!(spans.iter().all(|span| span.events.is_empty()), "lines of the log are not sent");

    let mut metrics = Vec::new();
    for body in taken.bodies("/v1/metrics") {
        for resource in ExportMetricsServiceRequest::decode(body).unwrap().resource_metrics {
            metrics.extend(resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics).map(|metric| metric.name));
        }
    }
    for name in ["pilotage_resync_duration_seconds", "pilotage_entities", "pilotage_http_request_duration_seconds"] {
        assert!(metrics.iter().any(|other| other == name), "{name} in {metrics:?}");
    }
    let headers = taken.0.lock().unwrap().iter().all(|(_, headers, _)| headers["x-api-key"] == "key-of-the-collector");
    assert!(headers);
}

#[test]
fn without_a_collector_or_with_the_switch_off_nobody_is_asked() {
    let taken = Taken::default();
    let collector = taken.collector();
    for variables in [
        vec![("OTEL_SERVICE_NAME", "mine")],
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.to_string().leak() as &str), ("OTEL_SDK_DISABLED", "true")],
    ] {
        let data = TempDir::new().unwrap();
        let output = resync(data.path(), &variables);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("collector"), "{output:?}");
    }
    assert!(taken.0.lock().unwrap().is_empty());
}

#[test]
fn a_collector_that_refuses_hangs_or_is_not_there_costs_a_run_nothing() {
    let refuses = Loopback::serve(|_| Router::new().fallback(any(|| async { axum::http::StatusCode::FORBIDDEN })));
    let hangs = Loopback::serve(|_| Router::new().route("/", get(|| async {})).fallback(any(std::future::pending::<()>)));
    let gone = Loopback::serve(|_| Router::new()).url();
    for (endpoint, is_told) in [(refuses.url(), true), (hangs.url(), false), (gone, true), ("no address".to_owned(), true)] {
        let data = TempDir::new().unwrap();
        let output = resync(data.path(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{endpoint}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("resync done: 6 created"), "{endpoint}: {output:?}");
        assert_eq!(stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), is_told, "{endpoint}: {stderr}");
    }
}

#[test]
fn runs_lists_what_resyncs_left_newest_first_and_shows_one() {
    let data = TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
        command.env_clear().arg("runs").args(arguments).arg("--data").arg(data.path());
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, stdout, stderr) = run(&[]);
    assert_eq!((code, stdout.lines().count()), (0, 1), "{stdout}");
    assert!(stderr.starts_with("no resync has left a report in "), "{stderr}");
    assert_eq!(run(&["last"]).0, 1);
    // Both begin within a second.
    for created in ["6", "0"] {
        assert_eq!(resync(data.path(), &[]).status.code(), Some(0));
        let (_, listed, _) = run(&[]);
        let row: Vec<&str> = listed.lines().nth(1).unwrap().split_whitespace().collect();
        // Columns of zeros are left out.
        assert_eq!((row[1], row[3]), ("completed", created), "{listed}");
    }
    let (_, listed, _) = run(&["--output", "json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!((listed[0]["created"].as_u64(), listed[1]["created"].as_u64()), (Some(0), Some(6)), "{listed:#}");
    let (_, shown, _) = run(&[listed[1]["id"].as_str().unwrap()]);
    assert!(
        shown.contains("state        completed, exit code 0\n") && shown.contains("\norganization-usage-metrics "),
        "{shown}"
    );
    let (_, whole, _) = run(&["last", "--output", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&whole).unwrap()["id"], listed[0]["id"]);
}
