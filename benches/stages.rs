//! Each stage alone, on one core, beside its floor: what moving, scanning and checking the same bytes costs.
//!
//! `cargo bench --bench stages`. The records are the simulator's, as GitHub writes them. Each figure is the best of many passes.
//! Where `jq` or `jaq` is installed, it is given the same records with all of the mapping as one filter.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod support;

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::BodyExt;
use pilotage::door::http::{HttpService, in_memory};
use pilotage::mapping::evaluate::{CompiledMapping, CompiledResource};
use pilotage::mapping::file::Mapping;
use pilotage::mapping::program::{CompileOptions, EVALUATION_STACK_BYTES, Run, Value};
use pilotage::model::entity::Entity;
use pilotage::model::item::{Batch, Enrichment, RawItem};
use pilotage::reconcile::change::{CurrentFields, compare};
use pilotage::simulator::{Simulator, SimulatorSource, World, WorldOptions};
use serde::de::IgnoredAny;
use serde_json::json;
use tower::ServiceExt;

/// Passes over all records; the fastest counts, because what slows a pass down is never the code.
const PASSES: usize = 15;

/// Items of a batch, as in a resync.
const BATCH_ITEMS: usize = 100;

/// The mapping of user-days, as somebody would write it for the command line.
const ONE_FILTER: &str = r#"select(true) | {
    identifier: (.user_login + "@" + .__organization.login + "@" + .day), title: (.user_login + " copilot-metrics " + .day),
    blueprint: "githubCopilotUserUsage", properties: {
        record_date: (.day + "T00:00:00Z"), user_initiated_interaction_count, code_generation_activity_count,
        code_acceptance_activity_count, loc_suggested_to_add_sum, loc_suggested_to_delete_sum, loc_added_sum, loc_deleted_sum,
        git_hub_org: .__organization.login, username: .user_login, used_agent, used_chat } }"#;

fn main() {
    let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES);
    thread.spawn(run).expect("a thread").join().expect("it ends");
}

fn run() {
    let world = World::new(WorldOptions { organizations: 1, teams: 1, users: 179, legacy: true, ..WorldOptions::default() });
    let simulator = Simulator::new(SimulatorSource::World(world), "http://signed.test").unwrap();
    let github = GitHub { api: in_memory(simulator.api_router()), files: in_memory(simulator.signed_router()) };
    let organization = github.list("/user/orgs")[0].clone();
    let login = organization["login"].as_str().unwrap().to_owned();
    let users = github.lines(&format!("/orgs/{login}/copilot/metrics/reports/users-28-day/latest"));
    stages("user-days", &users, "mappings/user-days.yaml", &organization, Some(ONE_FILTER));
    let days = github.list(&format!("/orgs/{login}/copilot/metrics"));
    let days: Vec<Bytes> = days.iter().cycle().take(1000).map(|day| Bytes::from(day.to_string())).collect();
    stages("legacy days", &days, "mappings/legacy.yaml", &organization, None);
}

fn stages(name: &str, records: &[Bytes], mapping: &str, organization: &serde_json::Value, one_filter: Option<&str>) {
    let bytes: usize = records.iter().map(Bytes::len).sum();
    println!("\n{name}: {} records of {} bytes on average", records.len(), bytes / records.len());
    println!("{:34} {:>12} {:>10} {:>10} {:>14}", "stage", "ns/record", "MB/s", "records/s", "% of checking");
    let text = records.iter().fold(Vec::with_capacity(bytes + records.len()), |mut text, record| {
        text.extend_from_slice(record);
        text.push(b'\n');
        text
    });
    let check = best(|| records.iter().for_each(|record| _ = black_box(serde_json::from_slice::<IgnoredAny>(record).unwrap())));
    let print = |stage: &str, time: Duration| {
        let seconds = time.as_secs_f64();
        println!(
            "{stage:34} {:>12.0} {:>10.0} {:>10.0} {:>14.0}",
            seconds * 1e9 / records.len() as f64,
            bytes as f64 / seconds / 1e6,
            records.len() as f64 / seconds,
            check.as_secs_f64() / seconds * 100.0
        );
    };
    let mut copy = vec![0; text.len()];
    print("floor: copy the memory", best(|| black_box(&mut copy).copy_from_slice(black_box(&text))));
    print("floor: find the line feeds", best(|| _ = black_box(memchr::memchr_iter(b'\n', black_box(&text)).count())));
    print("floor: check (IgnoredAny)", check);
    print("parse, whole records", best(|| records.iter().for_each(|record| drop(black_box(Value::parse(record).unwrap())))));

    let (mapping, _) = Mapping::read(&std::fs::read_to_string(support::here(mapping)).unwrap(), "mapping.yaml");
    let mapping = mapping.expect("a mapping");
    let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
    let resource: &CompiledResource = compiled.resources().last().unwrap();
    let enrichment = Arc::new(Enrichment(vec![("__organization", organization.clone())]));
    let lines = records.iter().zip(1..).map(|(json, line)| RawItem { json: json.clone(), line });
    let items: Vec<RawItem> = lines.collect();
    let batches: Vec<Batch> = items
        .chunks(BATCH_ITEMS)
        .map(|items| Batch { source: "bench".into(), enrichment: Arc::clone(&enrichment), items: items.to_vec() })
        .collect();
    let run = Run::new("2026-11-01T00:00:00Z".parse().unwrap());
    let map = || batches.iter().flat_map(|batch| resource.map_batch(batch, &run).entities);
    print("parse, selector, map", best(|| map().for_each(|entity| drop(black_box(entity)))));
    let mut out = Vec::new();
    let mut write = |entity: &Entity| {
        out.clear();
        serde_json::to_writer(&mut out, entity).unwrap();
        black_box(&out);
    };
    print("parse, selector, map, serialize", best(|| map().for_each(|entity| write(&entity))));
    let entities: Vec<Entity> = map().collect();
    assert_eq!(entities.len(), records.len());
    print("serialize", best(|| entities.iter().for_each(&mut write)));
    print("fingerprint", best(|| entities.iter().for_each(|entity| _ = black_box(entity.fingerprint()))));
    let held: Vec<serde_json::Value> = entities.iter().map(|entity| json!(entity)).collect();
    let (none, empty) = (serde_json::Value::Null, serde_json::Map::new());
    let one = |(entity, held): (&Entity, &serde_json::Value)| {
        let current = CurrentFields {
            title: &held["title"],
            icon: None,
            team: &none,
            properties: held["properties"].as_object().unwrap(),
            relations: &empty,
        };
        drop(black_box(compare(entity, Some(current), true)));
    };
    print("compare with what is held", best(|| entities.iter().zip(&held).for_each(one)));
    if let Some(filter) = one_filter {
        for command in ["jq", "jaq"] {
            if let Some(time) = command_line(command, filter, records, organization) {
                print(&format!("{command}, one filter, one process"), time);
            }
        }
    }
}

/// The fastest pass.
fn best(mut pass: impl FnMut()) -> Duration {
    let timed = |_| {
        let began = Instant::now();
        pass();
        began.elapsed()
    };
    (0..PASSES).map(timed).min().unwrap_or_default()
}

/// How long a command takes for all records, without the time it takes for none. None where it is not installed.
fn command_line(command: &str, filter: &str, records: &[Bytes], organization: &serde_json::Value) -> Option<Duration> {
    let folder = support::folder();
    let file = folder.path().join("records.ndjson");
    let mut text = Vec::new();
    for record in records {
        let mut record: serde_json::Value = serde_json::from_slice(record).unwrap();
        record["__organization"] = organization.clone();
        serde_json::to_writer(&mut text, &record).unwrap();
        text.push(b'\n');
    }
    let timed = |text: &[u8]| {
        std::fs::write(&file, text).unwrap();
        let mut fastest = None;
        for _ in 0..5 {
            let began = Instant::now();
            let ended = Command::new(command).args(["-c", filter]).arg(&file).stdout(Stdio::null()).status().ok()?;
            assert!(ended.success(), "{command} runs the filter");
            let time = began.elapsed();
            fastest = Some(fastest.map_or(time, |fastest: Duration| fastest.min(time)));
        }
        fastest
    };
    timed(&text)?.checked_sub(timed(b"")?)
}

/// The simulator, called in memory.
struct GitHub {
    api: HttpService,
    files: HttpService,
}

impl GitHub {
    fn get(service: &HttpService, url: &str, authorization: Option<&str>) -> Bytes {
        let mut request = http::Request::get(url).header("user-agent", "bench");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let answer = async { service.clone().oneshot(request.body(Bytes::new()).unwrap()).await.unwrap() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { answer.await.into_body().collect().await.unwrap().to_bytes() })
    }

    fn ask(&self, path: &str) -> serde_json::Value {
        let answer = Self::get(&self.api, &format!("http://github.test{path}"), Some("Bearer any"));
        serde_json::from_slice(&answer).unwrap()
    }

    fn list(&self, path: &str) -> Vec<serde_json::Value> {
        self.ask(path).as_array().cloned().unwrap()
    }

    fn lines(&self, path: &str) -> Vec<Bytes> {
        let report = self.ask(path);
        let links = report["download_links"].as_array().unwrap();
        let files = links.iter().map(|link| Self::get(&self.files, link.as_str().unwrap(), None));
        let lines = |file: Bytes| -> Vec<Bytes> {
            let lines = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            lines.map(|line| file.slice_ref(line)).collect()
        };
        files.flat_map(lines).collect()
    }
}
