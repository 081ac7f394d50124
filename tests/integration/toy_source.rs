//! A source of ten lines, without HTTP: what a new source has to write, and that the pipeline proves and deletes for it as for any other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use pilotage::door::clock::Clock;
use pilotage::kind::KindNames;
use pilotage::model::blueprint::Blueprint;
use pilotage::model::item::{Batch, Enrichment, RawItem};
use pilotage::model::person_fields::PersonFields;
use pilotage::model::slice::{Slice, SliceEnd};
use pilotage::model::usage::Usage;
use pilotage::reconcile::deletion::WithheldReason;
use pilotage::reconcile::outcome::{Examples, Mode, Outcome};
use pilotage::resync::ResyncError;
use pilotage::resync::observe::NoObserver;
use pilotage::resync::workers::Workers;
use pilotage::source::{Event, ReadRequest, Source, SourceError, SourceName, SourceRun};
use pilotage::telemetry::{Ending, RunFacts, Telemetry, Watched};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::World;

/// The ships of a harbor.
const SHIPS: [&str; 10] = [
    r#"{"name": "albatross", "tons": 120}"#,
    r#"{"name": "bittern", "tons": 80}"#,
    r#"{"name": "cormorant", "tons": 310}"#,
    r#"{"name": "dunlin", "tons": 45}"#,
    r#"{"name": "egret", "tons": 95}"#,
    r#"{"name": "fulmar", "tons": 210}"#,
    r#"{"name": "gannet", "tons": 150}"#,
    r#"{"name": "heron", "tons": 60}"#,
    r#"{"name": "ibis", "tons": 75}"#,
    r#"{"name": "jackdaw", "tons": 30}"#,
];

const NAME: SourceName = SourceName { code: "harbor", title: "the harbor" };

const MAPPING: &str = r#"
resources:
  - kind: ships
    selector: {query: 'true'}
    port:
      entity:
        mappings: {identifier: .name, blueprint: '"ship"', properties: {tons: .tons, harbor: .__harbor}}
"#;

/// A harbor in which these ships lie, and how reading it ends.
#[derive(Clone)]
struct Harbor {
    ships: Vec<&'static str>,
    /// None when the source breaks off without a word.
    end: Result<Option<SliceEnd>, SourceError>,
    /// How often it was asked.
    asked: Arc<AtomicU64>,
}

impl Harbor {
    fn new(ships: &[&'static str], end: Option<SliceEnd>) -> Self {
        Self { ships: ships.to_vec(), end: Ok(end), asked: Arc::default() }
    }
}

impl Source for Harbor {
    fn name(&self) -> SourceName {
        NAME
    }

    fn kinds(&self) -> Vec<KindNames> {
        vec![KindNames { name: "ship", aliases: &["ships"] }]
    }

    fn persons(&self, _kind: &str) -> &'static PersonFields {
        &PersonFields::NOBODY
    }

    fn begin(&self, _integration: &str, _stop: &CancellationToken) -> Arc<dyn SourceRun> {
        Arc::new(self.clone())
    }

    fn spent(&self) -> Vec<(String, Usage)> {
        vec![("north".to_owned(), Usage { requests: self.asked.load(Ordering::Relaxed), ..Usage::default() })]
    }
}

#[async_trait]
impl SourceRun for Harbor {
    async fn read(&self, request: ReadRequest, events: mpsc::Sender<Event>) -> Result<(), SourceError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let end = self.end.clone()?;
        let ReadRequest { kind, resource, .. } = request;
        let began = SliceEnd::Complete;
        let slice = Slice::new(resource, kind, "harbor", began);
        let item = |(ship, line): (&&'static str, u64)| RawItem { json: (*ship).into(), line };
        let items = self.ships.iter().zip(1..).map(item).collect();
        let enrichment = Arc::new(Enrichment(vec![("__harbor", json!("north"))]));
        let batch = Batch { source: "the list of ships".into(), enrichment, items };
        let ended = end.map(|end| Event::Ended { end, window: None, missing_days: Vec::new(), rejected: Examples::default() });
        for event in [Event::Began(slice), Event::Items(batch)].into_iter().chain(ended) {
            // The pipeline is gone: nobody needs the rest.
            if events.send(event).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

async fn resync(world: &World, mapping: &str, harbor: Harbor) -> Result<Outcome, ResyncError> {
    let blueprint = json!({"identifier": "ship", "title": "Ship", "schema": {"properties": {
        "tons": {"type": "number"}, "harbor": {"type": "string"}}}});
    let blueprint: Blueprint = serde_json::from_value(blueprint).unwrap();
    world.resync_of_sources(vec![Arc::new(harbor)], vec![blueprint], mapping, &NoObserver).await
}

#[tokio::test]
async fn a_source_of_ten_lines_is_upserted_its_absences_are_proven_and_a_failed_slice_withholds_them() {
    let world = World::new();
    let complete = |ships: &[&'static str]| Harbor::new(ships, Some(SliceEnd::Complete));
    let first = resync(&world, MAPPING, complete(&SHIPS)).await.unwrap();
    assert_eq!((first.exit_code(false), first.resources[0].created), (0, 10));
    let egret = world.entity("ship", "egret").await.unwrap();
    assert_eq!(egret["properties"], json!({"tons": 95, "harbor": "north"}));

    let second = resync(&world, MAPPING, complete(&SHIPS[2..])).await.unwrap();
    assert_eq!((second.exit_code(false), second.resources[0].unchanged, second.deletion.blueprints[0].deleted), (0, 8, 2));
    assert_eq!(world.owned().await.first().map(String::as_str), Some("cormorant"));

    let failed = SliceEnd::Failed { reason: "the list broke off".into(), remedy: "ask the harbor master".into() };
    for end in [Some(failed), None] {
        let third = resync(&world, MAPPING, Harbor::new(&SHIPS[2..6], end)).await.unwrap();
        let deletion = &third.deletion.blueprints[0];
        assert_eq!((third.exit_code(false), deletion.deleted, deletion.withheld()), (5, 0, 4));
        assert!(matches!(&deletion.reason, Some(WithheldReason::Unproven { .. })), "{deletion:?}");
        assert_eq!(world.owned().await.len(), 8);
    }
}

#[tokio::test]
async fn kinds_and_errors_are_those_of_the_source() {
    let world = World::new();
    let harbor = Harbor::new(&SHIPS, Some(SliceEnd::Complete));
    for (kind, expected) in [
        ("shps", "there is no kind `shps`; did you mean `ship`?"),
        // A kind of GitHub Copilot, which is not among the sources.
        ("copilot-seats", "there is no kind `copilot-seats`"),
    ] {
        let mapping = MAPPING.replace("kind: ships", &format!("kind: {kind}"));
        let outcome = resync(&world, &mapping, harbor.clone()).await.unwrap();
        assert_eq!(outcome.slices[0].end.reason(), Some(expected));
    }
    let refused = std::io::Error::other("the harbor master does not know the password");
    let refused = SourceError::new(NAME, &refused, "ask for a new one");
    let error = resync(&world, MAPPING, Harbor { end: Err(refused), ..harbor }).await.unwrap_err();
    let ResyncError::Source(cause) = &error else { panic!("{error:?}") };
    assert_eq!(
        (error.to_string(), cause.to_string(), cause.remedy.as_str()),
        (
            "cannot read from the harbor".to_owned(),
            "the harbor master does not know the password".to_owned(),
            "ask for a new one"
        )
    );
    assert_eq!(world.owned().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_a_source_has_spent_is_in_report_and_metrics_under_its_code() {
    let (world, data, telemetry) = (World::new(), tempfile::tempdir().unwrap(), Telemetry::default());
    let harbor = Harbor::new(&SHIPS, Some(SliceEnd::Complete));
    // What was spent before the run began is not its cost.
    resync(&world, MAPPING, harbor.clone()).await.unwrap();
    let watched = Watched {
        sources: vec![Arc::new(harbor.clone())],
        catalog: world.client(),
        workers: Arc::new(Workers::inline()),
        clock: Clock::starting_at("2026-11-01T06:00:00Z".parse().unwrap()),
        mode: Mode::Resync,
        hides_gone: false,
        is_whole: true,
    };
    let recorder = telemetry.begin(watched, RunFacts::default(), Some(data.path()), "1");
    let outcome = resync(&world, MAPPING, harbor).await.unwrap();
    let place = recorder.end(Ending::Outcome(&outcome), 0).unwrap();
    let report: Value = serde_json::from_slice(&std::fs::read(place).unwrap()).unwrap();
    let requests = &report["requests"];
    assert_eq!((&requests["harbor"]["requests"], requests.get("github")), (&json!(1), None));
    let metrics = telemetry.text().1;
    for line in [r#"pilotage_items_total{kind="ship",result="mapped"} 10"#, r#"pilotage_http_retries_total{service="harbor"} 0"#]
    {
        assert!(metrics.contains(line), "{metrics}");
    }
}
