//! What `pilotage doctor` says of AI tools beside GitHub Copilot, word for word: the transcripts are in `tests/doctor/`.
//!
//! They are written anew with `PILOTAGE_UPDATE=1 cargo test --test integration doctor_tools`.

use pilotage::doctor::{Examination, ExaminedCatalog, ExaminedTool, examine};
use pilotage::door::clock::Clock;
use pilotage::door::http::in_memory;
use pilotage::kind::{self, Vendor};
use pilotage::mapping::file::Mapping;
use pilotage::model::blueprint::{BUNDLED, bundled};
use pilotage::model::day::Day;
use pilotage::model::diagnosis::DiagnosisResult;
use pilotage::model::secret::Secret;
use pilotage::render;
use pilotage::simulator::{Access, Faults, Rule, Simulator, SimulatorSource, World, WorldOptions};
use pilotage::source::{claude_code, cursor};

const NOW: &str = "2026-11-03T04:00:00Z";
const KEY: &str = "canary-key";

async fn transcript(name: &str, verdict: DiagnosisResult, vendor: Vendor, access: Access, rules: Vec<Rule>) {
    let clock = Clock::starting_at(NOW.parse().unwrap());
    let world = World::new(WorldOptions { organizations: 1, users: 10, ..WorldOptions::default() });
    let simulator = Simulator::new(SimulatorSource::World(world), "https://files.test").unwrap();
    let simulator = simulator.with_access(access).with_faults(Faults::new(rules)).with_clock(clock.clone());
    let (key, api) = (Secret::new(KEY), in_memory(simulator.api_router()));
    let day = Day::of(clock.now()).plus_days(-1);
    let (address, client, requests, remedy, curl): (_, _, Vec<_>, fn(_) -> _, _) = match vendor {
        Vendor::ClaudeCode => (
            "https://api.anthropic.com",
            claude_code::client(api, "https://api.anthropic.com", &key, &clock, 7).unwrap(),
            kind::of(vendor).map(|kind| (kind, claude_code::check_request(day))).collect(),
            claude_code::PROTOCOL.remedy,
            "curl -sSi -H \"x-api-key: $PILOTAGE_CLAUDE_CODE_ADMIN_KEY\" -H 'anthropic-version: 2023-06-01'",
        ),
        _ => (
            "https://api.cursor.com",
            cursor::client(api, "https://api.cursor.com", &key, &clock, 7).unwrap(),
            kind::of(vendor).map(|kind| (kind, cursor::check_request(kind, day))).collect(),
            cursor::PROTOCOL.remedy,
            "curl -sSi -u \"$PILOTAGE_CURSOR_ADMIN_KEY:\"",
        ),
    };
    let tool = ExaminedTool {
        vendor,
        address,
        client: Some(&client),
        credential_source: Some(vendor.key_variable().to_owned()),
        requests,
        remedy,
        page: "https://keys.test",
        curl,
    };
    let (mapping, _) = Mapping::read(include_str!("../../mappings/tools.yaml"), "tools.yaml");
    let mapping = mapping.unwrap();
    let blueprints = BUNDLED.iter().map(|(name, _)| bundled(name).unwrap()).collect();
    let diagnosis = examine(&Examination {
        mixes_levels: false,
        sources: &[],
        tools: &[tool],
        proxy: None,
        all: false,
        clock: &clock,
        catalog: ExaminedCatalog::Embedded { blueprints: Some(blueprints) },
        catalog_address: "/data",
        mapping: Some((&mapping, "tools.yaml")),
        bundled_mapping: &mapping,
        default_blueprints: &[],
    })
    .await;
    let text = render::doctor::text(&diagnosis);
    assert!(!text.contains("canary"), "{name} shows the key: {text}");
    let path = format!("{}/tests/doctor/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("PILOTAGE_UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{path} differs; write it anew with PILOTAGE_UPDATE=1 and read the difference");
    assert_eq!(diagnosis.verdict, verdict, "{name}");
}

async fn all(prefix: &str, vendor: Vendor, path: &str) {
    let refused = Access { refused: vec![KEY.to_owned()], ..Access::default() };
    let without_right = Access { without_right: vec![KEY.to_owned()], ..Access::default() };
    let limited = Rule::at(path).error(429, "Too many requests").header("retry-after", "30");
    let of = |what: &str| format!("{prefix}-{what}");
    transcript(&of("well"), DiagnosisResult::Well, vendor, Access::default(), Vec::new()).await;
    transcript(&of("wrong-key"), DiagnosisResult::Missing, vendor, refused, Vec::new()).await;
    transcript(&of("no-right"), DiagnosisResult::Missing, vendor, without_right, Vec::new()).await;
    transcript(&of("rate-limit"), DiagnosisResult::Missing, vendor, Access::default(), vec![limited]).await;
}

#[tokio::test(start_paused = true)]
async fn claude_code_is_well_refused_without_right_and_limited() {
    all("claude-code", Vendor::ClaudeCode, "/v1/organizations/*").await;
}

#[tokio::test(start_paused = true)]
async fn cursor_is_well_refused_without_right_and_limited() {
    all("cursor", Vendor::Cursor, "/teams/*").await;
}
