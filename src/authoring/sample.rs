//! Items to try a mapping on: of a simulated GitHub, read and enriched by the very code of a resync; or of a file.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::door::client::json::JsonClientError;
use crate::door::clock::Clock;
use crate::door::http::in_memory;
use crate::github::{Credential, GitHub, GitHubError, GitHubOptions};
use crate::kind::{Kind, Vendor};
use crate::mapping::sample;
use crate::model::day::Day;
use crate::model::item::{Batch, Enrichment, RawItem};
use crate::model::non_empty::NonEmpty;
use crate::model::person::PersonAliases;
use crate::model::secret::Secret;
use crate::simulator::{Simulator, SimulatorError, SimulatorSource, World, WorldOptions};
use crate::source::account::{Account, AccountSource};
use crate::source::copilot::{CopilotSource, Host, Owners};
use crate::source::tools::{ToolsSource, kinds_of};
use crate::source::{Event, ReadRequest, Source, SourceError, SourceRun, claude_code, cursor};

/// The simulated GitHub's address, which no network ever sees.
const GITHUB_URL: &str = "http://github.simulated";

/// Address of the simulated tools, as one of this machine: nothing waits for their limits.
const TOOLS_URL: &str = "http://127.0.0.1";

/// Reasons for a missing sample.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The simulated GitHub could not be made.
    #[error("cannot make a simulated GitHub to take a sample of")]
    Simulator(#[source] SimulatorError),
    /// Its client could not be made, or was refused.
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    /// The client of another tool could not be made.
    #[error(transparent)]
    Tool(#[from] JsonClientError),
    /// It could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The machine gives nothing to wait on.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// It has none of the kind.
    #[error("the simulated GitHub has no items of `{kind}`")]
    Empty {
        /// The kind's name.
        kind: &'static str,
    },
}

/// Reads from a simulated GitHub in memory. Gives the same items on every machine and day.
pub struct Sampler {
    world: World,
    runtime: Runtime,
    github: GitHub,
    /// Claude Code and Cursor, at the same address.
    tools: [Arc<dyn Source>; 2],
    /// Batches that were read, by kind and limit: resources of one kind are tried on the same items.
    read: RefCell<BTreeMap<(&'static str, usize), Vec<Batch>>>,
}

impl Sampler {
    /// Makes a small simulated world and a client for it.
    ///
    /// # Errors
    /// Fails when the machine gives no memory or thread for it.
    pub fn new() -> Result<Self, SampleError> {
        // Small, because a sample is small; closed endpoints answer, so that every kind has items.
        let small = WorldOptions { organizations: 1, users: 20, legacy: true, ..WorldOptions::default() };
        // The default world begins on a Saturday; on a Monday the first item has something to show.
        let until = small.until.plus_days(2);
        let options = WorldOptions { until, ..small };
        let world = World::new(options);
        let simulator = Simulator::new(SimulatorSource::World(world.clone()), GITHUB_URL).map_err(SampleError::Simulator)?;
        let github = GitHub::new(GitHubOptions {
            api: in_memory(simulator.api_router()),
            downloads: in_memory(simulator.signed_router()),
            base_url: GITHUB_URL.to_owned(),
            credential: Credential::Token(Secret::new("sample")),
            download_hosts: Vec::new(),
            clock: Clock::system(),
            seed: 1,
        });
        let github = github?;
        let (key, clock) = (Secret::new("sample"), Clock::system());
        let api = || in_memory(simulator.api_router());
        let accounts = [
            (&claude_code::PROTOCOL, claude_code::client(api(), TOOLS_URL, &key, &clock, 1)?),
            (&cursor::PROTOCOL, cursor::client(api(), TOOLS_URL, &key, &clock, 1)?),
        ];
        let tools = accounts.map(|(protocol, client)| {
            let account = Account { name: protocol.name.code.to_owned(), client };
            Arc::new(AccountSource::new(protocol, Some(account))) as Arc<dyn Source>
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(SampleError::Runtime)?;
        Ok(Self { world, runtime, github, tools, read: RefCell::default() })
    }

    /// The simulated GitHub's now, which a sample's expressions see.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// The first `limit` items of a kind, or all of them for 0, in batches, enriched.
    ///
    /// # Errors
    /// Fails when the kind cannot be read, or has no items.
    pub fn batches(&self, kind: &'static Kind, limit: usize) -> Result<Vec<Batch>, SampleError> {
        if let Some(batches) = self.read.borrow().get(&(kind.name, limit)) {
            return Ok(batches.clone());
        }
        let batches = self.read_batches(kind, limit)?;
        self.read.borrow_mut().insert((kind.name, limit), batches.clone());
        Ok(batches)
    }

    fn read_batches(&self, kind: &'static Kind, limit: usize) -> Result<Vec<Batch>, SampleError> {
        let enterprise = kind.scope.is_enterprise().then(|| self.world.options().enterprise.clone());
        let host = Host { owners: Owners { organizations: Vec::new(), enterprise }, ..Host::new(self.github.clone()) };
        let copilot: Arc<dyn Source> = Arc::new(CopilotSource::new(NonEmpty::of(host)));
        let [claude_code, cursor] = &self.tools;
        let source = match kind.vendor() {
            Vendor::GitHub => copilot,
            Vendor::ClaudeCode => Arc::clone(claude_code),
            Vendor::Cursor => Arc::clone(cursor),
            Vendor::Several => {
                let tools = [copilot, Arc::clone(claude_code), Arc::clone(cursor)];
                let tools = tools.map(|tool| (Arc::clone(&tool), kinds_of(&*tool)));
                Arc::new(ToolsSource::new(tools.into(), self.aliases()))
            }
        };
        let run = source.begin("sample", &CancellationToken::new());
        let request = ReadRequest {
            kind: kind.name.to_owned(),
            selector: serde_json::Map::new(),
            resource: 0,
            looks_at: None,
            today: Day::of(self.world.now()),
            days: None,
        };
        let read = self.runtime.block_on(read(&*run, request, if limit == 0 { usize::MAX } else { limit }))?;
        if read.is_empty() {
            return Err(SampleError::Empty { kind: kind.name });
        }
        let mut batches = read;
        number(batches.iter_mut().flat_map(|batch| &mut batch.items));
        Ok(batches)
    }
}

impl Sampler {
    /// The people whose names in several tools are known to belong together.
    fn aliases(&self) -> PersonAliases {
        let known = self.world.aliases();
        // Simulated people have different names; if they had not, nobody would be matched.
        PersonAliases::new(known.iter().map(|(email, login)| (email.as_str(), vec![login.as_str()]))).unwrap_or_default()
    }

    /// Enrichment of a kind's items, also for kinds whose records Pilotage makes and enriches itself.
    ///
    /// # Errors
    /// Fails when the kind cannot be read, or has no items.
    pub fn enrichment(&self, kind: &'static Kind) -> Result<Enrichment, SampleError> {
        let batch = self.batches(kind, 1)?.swap_remove(0);
        let item: Value = batch.items.first().and_then(|item| serde_json::from_slice(&item.json).ok()).unwrap_or_default();
        let mut enrichment = Enrichment::clone(&batch.enrichment);
        for field in kind.scope.added_fields() {
            let is_there = enrichment.0.iter().any(|(name, _)| *name == field.name);
            if let Some(value) = item.get(field.name).filter(|_| !is_there) {
                enrichment.0.push((field.name, value.clone()));
            }
        }
        Ok(enrichment)
    }
}

/// Numbers items from 1, where the lines of their records would not tell them apart.
fn number<'a>(items: impl Iterator<Item = &'a mut RawItem>) {
    items.zip(1..).for_each(|(item, number)| item.line = number);
}

async fn read(run: &dyn SourceRun, request: ReadRequest, limit: usize) -> Result<Vec<Batch>, SampleError> {
    let (sender, mut receiver) = mpsc::channel(1);
    let mut reading = std::pin::pin!(run.read(request, sender));
    let (mut batches, mut left, mut is_read) = (Vec::new(), limit, false);
    while left > 0 {
        let event = tokio::select! {
            biased;
            event = receiver.recv() => event,
            end = &mut reading, if !is_read => {
                end?;
                is_read = true;
                continue;
            }
        };
        match event {
            Some(Event::Items(mut batch)) => {
                batch.items.truncate(left);
                left -= batch.items.len();
                batches.push(batch);
            }
            Some(Event::Fatal(error)) => return Err(error.into()),
            Some(Event::Note(_) | Event::Began(_) | Event::Cached(_) | Event::Rows(_) | Event::Ended { .. }) => {}
            None => break,
        }
    }
    Ok(batches)
}

/// The items of a text that a person hands in, see [`sample::items`], as a resync would have them: a record of several items
/// is split. An item keeps what it is enriched with; `stand_in` gives what it lacks. The second answer is what was lacking.
pub fn of_text(text: &str, kind: Option<&'static Kind>, limit: usize, stand_in: &Enrichment) -> (Vec<Batch>, Vec<&'static str>) {
    // What is no record of the kind may still be one of its items.
    let split = |record: RawItem| match kind {
        Some(kind) => kind.split.items(record.clone()).unwrap_or_else(|_| vec![record]),
        None => vec![record],
    };
    let limit = if limit == 0 { usize::MAX } else { limit };
    let mut lacking = Vec::new();
    let batch = |item: RawItem| {
        let value: Value = serde_json::from_slice(&item.json).unwrap_or_default();
        let lacks = |name: &str| value.as_object().is_some_and(|object| !object.contains_key(name));
        let added: Vec<_> = stand_in.0.iter().filter(|(name, _)| lacks(name)).cloned().collect();
        for (name, _) in &added {
            if !lacking.contains(name) {
                lacking.push(*name);
            }
        }
        Batch { source: "input".into(), enrichment: Arc::new(Enrichment(added)), items: vec![item] }
    };
    let records = sample::items(text);
    let count = records.len();
    let mut items: Vec<_> = records.into_iter().flat_map(split).collect();
    if items.len() != count {
        number(items.iter_mut());
    }
    let batches = items.into_iter().take(limit).map(batch).collect();
    (batches, lacking)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;

    #[test]
    fn every_kind_has_a_sample_and_it_is_always_the_same() {
        for kind in &kind::ALL {
            let sample = || Sampler::new().unwrap().batches(kind, 3).unwrap();
            let texts = |batches: Vec<Batch>| -> Vec<_> { batches.into_iter().flat_map(|batch| batch.items).collect() };
            let (one, other) = (sample(), sample());
            let enrichment = Sampler::new().unwrap().enrichment(kind).unwrap();
            let added: Vec<_> = enrichment.0.iter().map(|(name, _)| *name).collect();
            assert_eq!(added, kind.scope.added_fields().iter().map(|field| field.name).collect::<Vec<_>>());
            let (one, other) = (texts(one), texts(other));
            assert_eq!(one, other, "{}", kind.name);
            // Billing is one item for each organization, and the sampled world has one.
            let expected = if kind.name == "copilot-billing" { 1 } else { 3 };
            assert_eq!(one.len(), expected, "{}", kind.name);
        }
    }

    #[test]
    fn a_record_is_split_and_an_item_keeps_what_it_is_enriched_with() {
        let kind = kind::find("organization-usage-metrics");
        let stand_in = Enrichment(vec![("__organization", serde_json::json!({"login": "stand-in"}))]);
        let text = r#"[{"day_totals": [{"day": "d1"}, {"day": "d2", "__organization": {}}]}, {"x": 1}]"#;
        let (batches, lacking) = of_text(text, kind, 0, &stand_in);
        let told: Vec<_> = batches
            .iter()
            .map(|batch| (String::from_utf8(batch.items[0].json.to_vec()).unwrap(), batch.enrichment.0.len()))
            .collect();
        let told: Vec<_> = told.iter().map(|(text, added)| (text.as_str(), *added)).collect();
        assert_eq!(told, [(r#"{"day": "d1"}"#, 1), (r#"{"day": "d2", "__organization": {}}"#, 0), (r#"{"x": 1}"#, 1)]);
        assert_eq!(lacking, ["__organization"]);
        assert_eq!(of_text(text, kind, 1, &stand_in).0.len(), 1);
    }
}
