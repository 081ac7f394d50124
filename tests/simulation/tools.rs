//! The same promise for the AI tools, and for what GitHub bills: whatever their interfaces answer, nothing is deleted that is not proven to be gone, and a run
//! without faults brings the catalog to where it would be had there never been any.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pilotage::catalog::{Catalog, CatalogOptions};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, in_memory};
use pilotage::github::{Credential, GitHub, GitHubOptions};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use pilotage::mapping::evaluate::{CompiledMapping, CompiledResource};
use pilotage::mapping::file::Mapping;
use pilotage::mapping::program::{CompileOptions, EVALUATION_STACK_BYTES};
use pilotage::model::blueprint::{BUNDLED, bundled};
use pilotage::model::day::Day;
use pilotage::model::person::PersonAliases;
use pilotage::model::secret::Secret;
use pilotage::reconcile::outcome::{Mode, Outcome};
use pilotage::resync::observe::NoObserver;
use pilotage::resync::workers::Workers;
use pilotage::resync::{self, Resync, ResyncOptions};
use pilotage::simulator::{Change, Faults, Rule, Simulator, SimulatorSource, World, WorldOptions};
use pilotage::source::account::{Account, AccountSource};
use pilotage::source::copilot::CopilotSource;
use pilotage::source::tools::{ToolsSource, kinds_of};
use pilotage::source::{Source, claude_code, cursor};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::random::{Concern, RandomStream};

const URL: &str = "http://tools.test";
const GITHUB_URL: &str = "https://github.test";
const PATHS: [&str; 6] = [
    "/organizations/*/settings/billing/ai_credit/usage",
    "/v1/organizations/usage_report/claude_code",
    "/teams/members",
    "/teams/daily-usage-data",
    "/teams/spend",
    "/teams/filtered-usage-events",
];

/// What every seed shares: compiling takes longer than a run.
struct Prepared {
    mapping: Mapping,
    resources: Vec<Arc<CompiledResource>>,
}

/// When a world is. Where days are chosen, nothing of them is deleted, and all days of today's world are too many to read them for each
/// seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Time {
    /// Today: the days of the bills are read, and some of those of the tools.
    Today,
    /// In the first days of Claude Code's numbers, when there were no bills yet: all days are read.
    FirstDays,
}

impl Prepared {
    fn new(time: Time) -> Self {
        let mut text =
            include_str!("../../mappings/tools.yaml").replace("entityDeletionThreshold: 0", "entityDeletionThreshold: 1");
        if time == Time::Today {
            text += include_str!("../../mappings/credits.yaml").split_once("\nresources:\n").unwrap().1;
            // A request for each of these days: as many as the worlds have, and some that they have not.
            for kind in ["ai-tool-usage", "claude-code-usage", "cursor-daily-usage"] {
                let all = format!("  - kind: {kind}\n    selector:\n      query: 'true'\n");
                assert!(text.contains(&all), "{kind}: {text}");
                text = text.replace(&all, &format!("{all}      days: {DAYS_READ}\n"));
            }
        }
        let mapping = Mapping::read(&text, "tools.yaml").0.unwrap();
        let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
        let resources = compiled.resources().iter().cloned().map(Arc::new).collect();
        Self { mapping, resources }
    }
}

struct Stage<'a> {
    prepared: &'a Prepared,
    clock: Clock,
    catalog: HttpService,
    _local: LocalCatalog,
    seed: u64,
}

impl<'a> Stage<'a> {
    fn new(prepared: &'a Prepared, seed: u64, clock: &Clock) -> Self {
        let local = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, clock.clone())).unwrap();
        let catalog = in_memory(local.router("http://catalog.test"));
        Self { prepared, clock: clock.clone(), catalog, _local: local, seed }
    }

    fn client(&self) -> Catalog {
        Catalog::new(CatalogOptions {
            http: self.catalog.clone(),
            base_url: "http://catalog.test".to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            integration_identifier: "simulated".to_owned(),
            integration_type: "github-copilot".to_owned(),
            version: "0.0.0".to_owned(),
            clock: self.clock.clone(),
            seed: self.seed,
        })
        .unwrap()
    }

    async fn run(&self, world: &World, faults: Faults) -> Outcome {
        let simulator = Simulator::new(SimulatorSource::World(world.clone()), URL).unwrap().with_faults(faults.clone());
        let api = faults.on_the_way_to(in_memory(simulator.api_router()));
        let key = Secret::new("key");
        let github = GitHub::new(GitHubOptions {
            api: api.clone(),
            downloads: in_memory(simulator.signed_router()),
            base_url: GITHUB_URL.to_owned(),
            credential: Credential::Token(key.clone()),
            download_hosts: Vec::new(),
            clock: self.clock.clone(),
            seed: self.seed,
        });
        let copilot: Arc<dyn Source> =
            Arc::new(CopilotSource { newest_day: Some(world.options().until), ..CopilotSource::of(github.unwrap()) });
        let accounts = [
            (&claude_code::PROTOCOL, claude_code::client(api.clone(), URL, &key, &self.clock, self.seed).unwrap()),
            (&cursor::PROTOCOL, cursor::client(api, URL, &key, &self.clock, self.seed).unwrap()),
        ];
        let tools = accounts.map(|(protocol, client)| {
            let account = Account { name: protocol.name.code.to_owned(), client };
            Arc::new(AccountSource::new(protocol, Some(account))) as Arc<dyn Source>
        });
        let read = tools.iter().map(|tool| (Arc::clone(tool), kinds_of(&**tool))).collect();
        let together: Arc<dyn Source> = Arc::new(ToolsSource::new(read, PersonAliases::default()));
        let resync = Resync {
            mapping_origin: pilotage::model::mapping_origin::MappingOrigin::Catalog,
            sources: tools.into_iter().chain([together, copilot]).collect(),
            catalog: Arc::new(self.client()),
            mapping: self.prepared.mapping.clone(),
            resources: self.prepared.resources.clone(),
            broken_expressions: Vec::new(),
            default_blueprints: BUNDLED.iter().map(|(name, _)| bundled(name).unwrap()).collect(),
            workers: Arc::new(Workers::inline()),
            clock: self.clock.clone(),
            options: ResyncOptions {
                mode: Mode::Resync,
                only_kinds: Vec::new(),
                deletes_by_kind: false,
                deletion_threshold: None,
                reviewed: None,
                stop: CancellationToken::new(),
            },
        };
        resync::run(&resync, &NoObserver).await.unwrap()
    }

    async fn owned(&self) -> BTreeSet<String> {
        let client = self.client();
        let mut pages = client.owned(None);
        let mut all = BTreeSet::new();
        while let Some(page) = pages.next().await.unwrap() {
            all.extend(page.into_iter().map(|entity| format!("{} {}", entity.blueprint, entity.identifier)));
        }
        all
    }
}

/// Days that each run reads of the kinds of days.
const DAYS_READ: u32 = 9;

/// Faults of a run, drawn from its seed.
fn drawn(seed: u64, run: u64, world: &World) -> Faults {
    let mut stream = RandomStream::new(seed, Concern::GitHubFaults, 10_000 + run);
    let rules = (0..stream.between(1, 4)).map(|_| {
        if stream.chance(15) {
            return empty_bill(&mut stream, world);
        }
        let rule = Rule::at(stream.pick(&PATHS)).skip(stream.below(6)).times(stream.between(1, 12));
        match stream.below(15) {
            0 => rule.status(401),
            1 => rule.status(403),
            2 => rule.status(429).header("retry-after", stream.between(1, 100_000).to_string()),
            3 => rule.status(stream.pick(&[500, 502, 503, 529])),
            4 => rule.end_after_bytes(stream.between(0, 3_000)),
            5 => rule.cut_after_bytes(stream.between(0, 3_000)),
            6 => rule.json(json!({"data": [], "has_more": false, "next_page": null, "teamMembers": [], "pagination": {"hasNextPage": false}})),
            7 => rule.json(json!({"usageEvents": [], "teamMemberSpend": [], "totalPages": 1, "pagination": {"numPages": 1}})),
            8 => rule.json(json!({"data": [], "has_more": true, "next_page": "page_0"})),
            9 => rule.text("<html>sign in</html>"),
            10 => rule.json(json!({"timePeriod": {"year": 2026, "month": 6, "day": 1}, "organization": "harbor", "usageItems": []})),
            11 => rule.json(json!({"timePeriod": {"year": 2026}, "organization": "harbor", "usageItems": []})),
            12 => rule.status(404).json(json!({"message": "Not Found"})),
            13 => rule.json(json!({"error": {"message": "busy"}})),
            _ => rule.json(json!([])),
        }
    });
    Faults::new(rules.collect::<Vec<_>>())
}

/// A bill without lines of one of the days of the world, right in all else.
fn empty_bill(stream: &mut RandomStream, world: &World) -> Rule {
    let ago = i32::try_from(stream.below(u64::from(world.options().days))).unwrap();
    let (year, month, day) = world.options().until.plus_days(-ago).parts();
    let organization = world.organization_logins()[0].to_owned();
    let path = format!("/organizations/*/settings/billing/ai_credit/usage?year={year}&month={month}&day={day}");
    let period = json!({"year": year, "month": month, "day": day});
    Rule::at(path).json(json!({"timePeriod": period, "organization": organization, "usageItems": []}))
}

/// Says which blueprints have lost an entity that was gone.
async fn scenario(prepared: &[Prepared; 2], seed: u64) -> Result<BTreeSet<String>, String> {
    let mut stream = RandomStream::new(seed, Concern::World, 77);
    let (time, prepared) = if seed.is_multiple_of(2) { (Time::Today, &prepared[0]) } else { (Time::FirstDays, &prepared[1]) };
    let first_days = Day::new(2025, 1, stream.between(1, 6) as i8).unwrap();
    let options = WorldOptions {
        until: if time == Time::Today { WorldOptions::default().until } else { first_days },
        seed,
        organizations: 1,
        users: u32::try_from(stream.between(3, 8)).unwrap(),
        days: u32::try_from(stream.between(1, 5)).unwrap(),
        ..WorldOptions::default()
    };
    let world = World::new(options);
    let clock = Clock::starting_at(world.now());
    let (ideal, faulty) = (Stage::new(prepared, seed, &clock), Stage::new(prepared, seed, &clock));
    ideal.run(&world, Faults::default()).await;
    faulty.run(&world, Faults::default()).await;
    // What was written while a run began is spared, and this clock stands still.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let user = u32::try_from(stream.below(3)).unwrap();
    let after = if stream.chance(50) { world.changed(Change::UserLeft { organization: 0, user }) } else { world };
    let outcome = ideal.run(&after, Faults::default()).await;
    let lost = outcome.deletion.blueprints.iter().filter(|part| part.deleted > 0).map(|part| part.blueprint.clone()).collect();
    // What a run without faults keeps is not proven to be gone, whatever a run with faults was told.
    let kept = ideal.owned().await;
    for run in 0..2 {
        let faults = drawn(seed, run, &after);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let before = faulty.owned().await;
        let outcome = faulty.run(&after, faults.clone()).await;
        let now = faulty.owned().await;
        if let Some(lost) = before.iter().find(|name| kept.contains(*name) && !now.contains(*name)) {
            return Err(format!("seed {seed} run {run}: {lost} is gone after {faults:?}: {:?}", outcome.slices));
        }
    }
    tokio::time::sleep(Duration::from_secs(3600)).await;
    faulty.run(&after, Faults::default()).await;
    if faulty.owned().await != kept {
        return Err(format!("seed {seed}: it did not come right"));
    }
    Ok(lost)
}

/// Blueprints whose entities go in worlds without faults when somebody leaves. Were one never deleted, nothing would be tried of it.
const DELETED: [&str; 4] = ["ai_tool_usage", "claude_code_usage", "cursor_daily_usage", "cursor_member"];

/// Seeds that are enough to have deleted one of each.
const ENOUGH_SEEDS: u64 = 40;

#[test]
fn no_answer_of_a_tool_or_about_a_bill_deletes_what_is_not_proven_gone() {
    let seeds = super::seeds();
    let next = AtomicU64::new(seeds.start);
    let (failures, lost) = (Mutex::new(Vec::new()), Mutex::new(BTreeSet::new()));
    let count = seeds.end - seeds.start;
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES + (32 << 20));
            let work = || {
                let prepared = [Time::Today, Time::FirstDays].map(Prepared::new);
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
                    match runtime.block_on(scenario(&prepared, seed)) {
                        Ok(of_seed) => lost.lock().unwrap().extend(of_seed),
                        Err(failure) => failures.lock().unwrap().push(failure),
                    }
                }
            };
            thread.spawn_scoped(scope, work).unwrap();
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} seeds failed; {}", failures.len(), failures[0]);
    let lost = lost.into_inner().unwrap();
    let never = DELETED.iter().filter(|blueprint| !lost.contains(**blueprint)).collect::<Vec<_>>();
    assert!(count < ENOUGH_SEEDS || never.is_empty(), "nothing of {never:?} was ever gone, only of {lost:?}");
}
