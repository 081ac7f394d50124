//! What is asked of a mapping as somebody writes it, on the mapping page or over MCP: findings, entities of sample items, one
//! expression. It is the engine of a resync, in this process; nothing leaves it.
//!
//! Work runs on a thread with the stack that evaluation needs, a few at a time. Whoever asks waits a bounded time for it; a thread that
//! takes longer keeps its place until it ends by the engine's own limits.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::findings::{KnownBlueprints, findings};
use super::sample::{self, SampleError, Sampler};
use super::{CASE_NOW, run_at};
use crate::door::stack::evaluation_thread;
use crate::kind::{self, Kind};
use crate::mapping::case::{CaseFile, run_case};
use crate::mapping::evaluate::{CompiledMapping, compile_expression};
use crate::mapping::explain::End;
use crate::mapping::file::Mapping;
use crate::mapping::program::{Budget, CompileOptions, Run, Value};
use crate::model::blueprint::{BUNDLED, Blueprint};
use crate::model::item::{Batch, Enrichment};
use crate::render;

/// Evaluations at the same time.
const AT_ONCE: usize = 4;
/// Longest time of one expression.
const EVALUATION_TIME: Duration = Duration::from_secs(2);
/// So long an answer is waited for. Expressions have limits of their own; this is what the check of a whole mapping may take on a
/// machine that has other work.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long a request stands in line while as many others are evaluated as may be.
const IN_LINE: Duration = Duration::from_secs(5);
/// Items of a preview, at most.
const ITEMS_AT_MOST: usize = 5;
/// Sample items that one can go through.
pub const SAMPLE_ITEMS: usize = 100;
/// Test cases that are run at once.
const CASES_AT_MOST: usize = 100;
/// Outputs of one expression, at most.
const OUTPUTS_AT_MOST: usize = 100;

/// Reason for which nothing was evaluated to its end.
#[derive(Debug, thiserror::Error)]
pub enum PlaygroundError {
    /// There is no such kind.
    #[error("there is no kind `{0}`")]
    Kind(String),
    /// As many evaluations as are allowed go on already.
    #[error("too many expressions are being evaluated; try again in a moment")]
    Busy,
    /// It took longer than an answer is waited for.
    #[error("gave up after {} seconds: an expression takes too long, or the machine has too much other work", PATIENCE.as_secs())]
    Late,
    /// The thread ended without a result.
    #[error("the evaluation broke off")]
    BrokeOff,
    /// The machine gives no thread.
    #[error("cannot start: {0}")]
    Thread(std::io::Error),
    /// There is no sample.
    #[error(transparent)]
    Sample(#[from] SampleError),
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Playground {
    slots: Arc<Semaphore>,
    sampler: Arc<KeptSampler>,
}

/// The sample of the last request. It is dropped on a thread of its own, because its runtime must not end within another one.
#[derive(Default)]
struct KeptSampler(Mutex<Option<Sampler>>);

impl Drop for KeptSampler {
    fn drop(&mut self) {
        if let Some(sampler) = self.0.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            std::thread::spawn(move || drop(sampler));
        }
    }
}

impl Default for Playground {
    fn default() -> Self {
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)), sampler: Arc::default() }
    }
}

/// A mapping to check.
#[derive(Debug, Deserialize)]
pub struct CheckRequest {
    /// Text of the mapping.
    pub mapping: String,
    /// File name in findings.
    #[serde(default = "default_name")]
    pub name: String,
}

fn default_name() -> String {
    "copilot.yaml".to_owned()
}

/// A mapping to try on items of a kind.
#[derive(Debug, Deserialize)]
pub struct PreviewRequest {
    /// Text of the mapping.
    pub mapping: String,
    /// Kind of the items.
    pub kind: String,
    /// Number of the first item, from 0.
    #[serde(default)]
    pub first: usize,
    /// Items, 5 at most.
    #[serde(default = "one")]
    pub limit: usize,
    /// Items that a person handed in, JSON or a record a line. None: the sample.
    #[serde(default)]
    pub items: Option<String>,
}

fn one() -> usize {
    1
}

/// An expression to run on one item.
#[derive(Debug, Deserialize)]
pub struct EvalRequest {
    /// The expression.
    pub expression: String,
    /// Kind of the item.
    pub kind: String,
    /// Number of the item, from 0.
    #[serde(default)]
    pub first: usize,
    /// Items that a person handed in, JSON or a record a line. None: the sample.
    #[serde(default)]
    pub items: Option<String>,
}

/// Test cases to run on a mapping.
#[derive(Debug, Deserialize)]
pub struct TestRequest {
    /// Text of the mapping.
    pub mapping: String,
    /// A test file, as `pilotage test` reads it.
    pub cases: String,
}

impl Playground {
    /// Findings of a mapping, as `pilotage validate --output json` prints them.
    ///
    /// # Errors
    /// See [`PlaygroundError`].
    pub async fn check(&self, request: CheckRequest) -> Result<Json, PlaygroundError> {
        self.work(move |sampler| {
            let known = KnownBlueprints { blueprints: bundled_blueprints(), are_bundled: true };
            let found = findings(&request.mapping, &request.name, &CompileOptions::default(), &known, sampler)?;
            Ok(render::finding::json(&found))
        })
        .await
    }

    /// The items, and what the resources of their kind make of them, each as a line of `pilotage preview --explain --output json`.
    ///
    /// # Errors
    /// See [`PlaygroundError`].
    pub async fn preview(&self, request: PreviewRequest) -> Result<Json, PlaygroundError> {
        let kind = kind_named(&request.kind)?;
        self.work(move |sampler| {
            let taken = Taken::of(sampler, kind, request.items.as_deref(), request.first, request.limit.clamp(1, ITEMS_AT_MOST))?;
            let (mapping, _) = Mapping::read(&request.mapping, &default_name());
            let Some(mapping) = mapping else {
                return Ok(json!({"items": taken.json(), "count": taken.count, "lacking": taken.lacking, "explained": [], "isReadable": false}));
            };
            let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
            let resources: Vec<_> = compiled.resources().iter().filter(|resource| kind::find(resource.kind()) == Some(kind)).collect();
            let explained = resources.iter().flat_map(|resource| taken.batches.iter().flat_map(|batch| resource.explain(batch, &taken.run)));
            let explained: Vec<Json> = explained
                .map(|one| {
                    let nulls = one.values.iter().filter_map(|value| Some((value.path.clone(), Json::from(value.null.as_ref()?.to_string()))));
                    let nulls: serde_json::Map<String, Json> = nulls.collect();
                    let is_entity = matches!(one.end, End::Entity(_));
                    json!({"explained": one, "nulls": nulls, "isEntity": is_entity})
                })
                .collect();
            Ok(json!({
                "items": taken.json(), "count": taken.count, "lacking": taken.lacking, "explained": explained,
                "resources": resources.len(), "isReadable": true,
            }))
        })
        .await
    }

    /// The results of test cases, as `pilotage test` finds them. A case that names a file fails: there is no folder here.
    ///
    /// # Errors
    /// See [`PlaygroundError`].
    pub async fn test(&self, request: TestRequest) -> Result<Json, PlaygroundError> {
        self.work(move |_| {
            let cases = match CaseFile::read(&request.cases) {
                Ok(file) => file.cases,
                Err(error) => return Ok(json!({"cases": [], "failure": error.to_string()})),
            };
            let Some(mapping) = Mapping::read(&request.mapping, &default_name()).0 else {
                return Ok(json!({"cases": [], "failure": "the mapping cannot be read; see the findings"}));
            };
            let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
            let now = jiff::Timestamp::from_second(CASE_NOW).unwrap_or_default();
            let run = Run { budget: Budget { time: EVALUATION_TIME, ..Budget::default() }, ..run_at(now) };
            let same_kind =
                |one: &str, other: &str| one == other || kind::find(one).is_some_and(|kind| kind::find(other) == Some(kind));
            let results =
                cases.iter().take(CASES_AT_MOST).map(|case| run_case(case, &compiled, &BTreeMap::new(), same_kind, &run));
            let results =
                results.map(|result| json!({"name": result.name, "passed": result.passed(), "differences": result.differences}));
            Ok(json!({"cases": results.collect::<Vec<_>>(), "more": cases.len().saturating_sub(CASES_AT_MOST)}))
        })
        .await
    }

    /// The outputs of an expression, and what ended them if it was a failure.
    ///
    /// # Errors
    /// See [`PlaygroundError`].
    pub async fn eval(&self, request: EvalRequest) -> Result<Json, PlaygroundError> {
        let kind = kind_named(&request.kind)?;
        self.work(move |sampler| {
            let taken = Taken::of(sampler, kind, request.items.as_deref(), request.first, 1)?;
            let program = match compile_expression(&request.expression, "the expression", &CompileOptions::default()) {
                Ok(program) => program,
                Err(findings) => return Ok(json!({"outputs": [], "findings": render::finding::json(&findings)["findings"]})),
            };
            let Some(item) = taken.json().into_iter().next() else {
                return Ok(json!({"outputs": [], "failure": "there is no such item"}));
            };
            let run = Run { budget: Budget { time: EVALUATION_TIME, ..Budget::default() }, ..taken.run };
            let (outputs, failure) = program.all(&Value::from_json(&item), &run, OUTPUTS_AT_MOST);
            let outputs: Vec<String> = outputs.iter().map(Value::to_jq_text).collect();
            Ok(json!({"outputs": outputs, "failure": failure.map(|failure| failure.to_string())}))
        })
        .await
    }

    /// Runs work on an evaluation thread, with the sample, and waits for it for a bounded time.
    async fn work(
        &self,
        work: impl FnOnce(&Sampler) -> Result<Json, SampleError> + Send + 'static,
    ) -> Result<Json, PlaygroundError> {
        let slot = tokio::time::timeout(IN_LINE, Arc::clone(&self.slots).acquire_owned()).await;
        let slot = slot.ok().and_then(Result::ok).ok_or(PlaygroundError::Busy)?;
        let sampler = Arc::clone(&self.sampler);
        let waiting = tokio::task::spawn_blocking(move || wait_for(slot, sampler, work));
        waiting.await.map_err(|_| PlaygroundError::BrokeOff)?
    }
}

fn wait_for(
    slot: OwnedSemaphorePermit,
    sampler: Arc<KeptSampler>,
    work: impl FnOnce(&Sampler) -> Result<Json, SampleError> + Send + 'static,
) -> Result<Json, PlaygroundError> {
    let (sender, result) = mpsc::channel();
    let on_thread = move || {
        let _slot = slot;
        let done = with_sampler(&sampler, work);
        // Whoever does not listen any more has given up waiting.
        let _ = sender.send(done);
    };
    evaluation_thread("playground").spawn(on_thread).map_err(PlaygroundError::Thread)?;
    match result.recv_timeout(PATIENCE) {
        Ok(done) => Ok(done?),
        Err(RecvTimeoutError::Timeout) => Err(PlaygroundError::Late),
        Err(RecvTimeoutError::Disconnected) => Err(PlaygroundError::BrokeOff),
    }
}

/// Takes the kept sample, or makes a new one while another thread has it.
fn with_sampler(kept: &KeptSampler, work: impl FnOnce(&Sampler) -> Result<Json, SampleError>) -> Result<Json, SampleError> {
    let taken = kept.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let sampler = match taken {
        Some(sampler) => sampler,
        None => Sampler::new()?,
    };
    let done = work(&sampler);
    *kept.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sampler);
    done
}

/// Items to work on.
struct Taken {
    batches: Vec<Batch>,
    run: Run,
    /// Items that there are in all.
    count: usize,
    /// Fields that a resync adds and that the items lack.
    lacking: Vec<&'static str>,
}

impl Taken {
    fn of(sampler: &Sampler, kind: &'static Kind, text: Option<&str>, first: usize, limit: usize) -> Result<Self, SampleError> {
        let (mut batches, lacking) = match text {
            Some(text) => sample::of_text(text, Some(kind), SAMPLE_ITEMS, &sampler.enrichment(kind)?),
            None => (sampler.batches(kind, SAMPLE_ITEMS)?, Vec::new()),
        };
        let count = batches.iter().map(|batch| batch.items.len()).sum();
        let mut skip = first;
        let mut left = limit;
        for batch in &mut batches {
            let skipped = skip.min(batch.items.len());
            batch.items.drain(..skipped);
            skip -= skipped;
            batch.items.truncate(left);
            left -= batch.items.len();
        }
        batches.retain(|batch| !batch.items.is_empty());
        let run = Run { budget: Budget { time: EVALUATION_TIME, ..Budget::default() }, ..run_at(sampler.now()) };
        Ok(Self { batches, run, count, lacking })
    }

    /// The items with what they are enriched with.
    fn json(&self) -> Vec<Json> {
        let items = self.batches.iter().flat_map(|batch| batch.items.iter().map(|item| (item, &*batch.enrichment)));
        items.filter_map(|(item, enrichment)| Some(enriched(serde_json::from_slice(&item.json).ok()?, enrichment))).collect()
    }
}

fn enriched(mut item: Json, enrichment: &Enrichment) -> Json {
    if let Some(keys) = item.as_object_mut() {
        keys.extend(enrichment.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    }
    item
}

fn kind_named(name: &str) -> Result<&'static Kind, PlaygroundError> {
    kind::find(name).ok_or_else(|| PlaygroundError::Kind(name.to_owned()))
}

fn bundled_blueprints() -> Vec<Blueprint> {
    static READ: LazyLock<Vec<Blueprint>> =
        LazyLock::new(|| BUNDLED.iter().filter_map(|(_, text)| serde_json::from_str(text).ok()).collect());
    READ.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::bundled;

    #[tokio::test]
    async fn a_bundled_mapping_has_the_findings_of_validate_and_entities_with_the_reason_of_nulls() {
        let playground = Playground::default();
        let mapping = bundled::COPILOT.text.to_owned();
        let found = playground.check(CheckRequest { mapping: mapping.clone(), name: "x.yaml".to_owned() }).await.unwrap();
        assert_eq!(found["errors"], 0, "{found}");
        let wrong = mapping.replace(".daily_active_users", ".daily_active_user");
        let found = playground.check(CheckRequest { mapping: wrong.clone(), name: "x.yaml".to_owned() }).await.unwrap();
        assert!(found.to_string().contains("did you mean") && found.to_string().contains("x.yaml"), "{found}");
        let request = |first| PreviewRequest {
            mapping: wrong.clone(),
            kind: "organization-usage-metrics".to_owned(),
            first,
            limit: 2,
            items: None,
        };
        let shown = playground.preview(request(0)).await.unwrap();
        assert_eq!(shown["items"].as_array().unwrap().len(), 2);
        let one = &shown["explained"][0];
        assert_eq!(one["isEntity"], true, "{one}");
        assert!(one["nulls"]["properties.daily_active_users"].as_str().unwrap().contains("did you mean"), "{one}");
        let beyond = playground.preview(request(100_000)).await.unwrap();
        assert_eq!((beyond["items"].as_array().unwrap().len(), beyond["explained"].as_array().unwrap().len()), (0, 0));
    }

    #[tokio::test]
    async fn an_expression_is_run_on_an_item_and_a_hostile_one_ends() {
        let playground = Playground::default();
        let eval = async |expression: &str| {
            let request = EvalRequest {
                expression: expression.to_owned(),
                kind: "organization-usage-metrics".to_owned(),
                first: 0,
                items: Some(r#"{"day":"2026-11-01","daily_active_users":7}"#.to_owned()),
            };
            playground.eval(request).await.unwrap()
        };
        assert_eq!(eval(".daily_active_users, .gone").await["outputs"], json!(["7", "null"]));
        assert_eq!(eval("range(1000)").await["outputs"].as_array().unwrap().len(), OUTPUTS_AT_MOST);
        assert!(eval(".a | bcd").await["findings"].as_array().unwrap().len() == 1);
        for hostile in ["def f: f; f", "[range(1e9)]", "def f: [f]; f"] {
            let answer = eval(hostile).await;
            assert!(answer["failure"].is_string(), "{hostile}: {answer}");
        }
        let unknown = playground
            .preview(PreviewRequest { mapping: String::new(), kind: "no".into(), first: 0, limit: 1, items: None })
            .await;
        assert_eq!(unknown.unwrap_err().to_string(), "there is no kind `no`");
    }

    #[tokio::test]
    async fn cases_pass_or_say_what_differs() {
        let playground = Playground::default();
        let test = async |cases: &str| {
            let request = TestRequest { mapping: bundled::COPILOT.text.to_owned(), cases: cases.to_owned() };
            playground.test(request).await.unwrap()
        };
        let case = |users: u32| {
            json!({"cases": [{"name": "a day", "kind": "organization-usage-metrics",
                "item": {"day": "2026-11-01", "daily_active_users": 7, "__organization": {"login": "acme"}},
                "expect": {"properties": {"daily_active_users": users}}}]})
            .to_string()
        };
        assert_eq!(test(&case(7)).await["cases"][0]["passed"], true, "{}", test(&case(7)).await);
        let failed = test(&case(8)).await;
        assert_eq!(failed["cases"][0]["passed"], false);
        assert!(failed.to_string().contains("daily_active_users"), "{failed}");
        assert!(test("cases: 7").await["failure"].as_str().unwrap().contains("test file"));
    }
}
