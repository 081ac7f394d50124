//! Compiled expressions: compilation, and evaluation within a budget.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use jaq_core::{Ctx, Vars};

use super::fast::Fast;
use super::interpreter::{CONTEXT_BYTES, Engine, RunData, RunHandle};
use super::meter::metered;
use super::syntax::Term;
use super::val::{Text, Val};
use super::{Failure, Fault, Limit, OUTPUT_DEPTH, Run, Value, compile};

/// Options of a compilation.
#[derive(Debug, Clone)]
pub struct CompileOptions {
    /// Content of `env` and `$ENV`; empty unless the owner allowed names.
    pub environment: BTreeMap<String, String>,
    /// Maximum length of the source, in bytes.
    pub source_bytes: usize,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self { environment: BTreeMap::new(), source_bytes: 16 << 10 }
    }
}

/// Error in an expression, with its position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// Position in the source that was given to [`Program::compile`], in bytes; may be empty at its end.
    pub span: Range<usize>,
    /// One sentence, lower case, without a full stop.
    pub message: String,
}

/// Parses an expression and resolves every name in it: the first part of a compilation. Must run on a thread with the stack of an
/// evaluation.
///
/// # Errors
/// The same as of [`Program::compile`].
/// # Examples
/// ```
/// use pilotage_jq::syntax::{Part, Step};
/// use pilotage_jq::{CompileOptions, read};
///
/// let term = read(".teams[0].slug", &CompileOptions::default()).unwrap();
/// let (_, steps) = term.steps();
/// let keys: Vec<&str> = steps.iter().filter_map(|Step { part, .. }| if let Part::Key(key) = part { Some(*key) } else { None }).collect();
/// assert_eq!(keys, ["teams", "slug"]);
///
/// let errors = read("$team.slug", &CompileOptions::default()).unwrap_err();
/// assert_eq!((errors[0].span.clone(), errors[0].message.as_str()), (0..5, "undefined variable $team"));
/// ```
pub fn read(source: &str, options: &CompileOptions) -> Result<Term, Vec<CompileError>> {
    compile::read(source, options.source_bytes)
}

/// One compiled expression. Cheap to clone and to share between threads; every evaluation is independent.
#[derive(Clone)]
pub struct Program {
    pub(super) code: Arc<ProgramCode>,
}

pub(super) struct ProgramCode {
    /// The fast form, if the interpreter is seldom or never needed.
    pub(super) fast: Option<Fast>,
    touched: Option<BTreeSet<String>>,
    pub(super) filter: Option<jaq_core::Filter<Engine>>,
    environment: Val,
}

impl Program {
    /// Compiles `source`. Every undefined name is reported, in the order of the text. Must run on a thread with the stack of an
    /// evaluation.
    ///
    /// # Errors
    /// All errors in the text with their positions.
    ///
    /// # Examples
    /// ```
    /// use pilotage_jq::{CompileOptions, Program, Run, Value};
    ///
    /// let program = Program::compile(".people | map(.name) | join(\", \")", &CompileOptions::default()).unwrap();
    /// let item = Value::parse(br#"{"people": [{"name": "Ada"}, {"name": "Grace"}]}"#).unwrap();
    /// let run = Run::new("2026-01-01T00:00:00Z".parse().unwrap());
    /// assert_eq!(program.first(&item, &run).unwrap().unwrap().to_jq_text(), r#""Ada, Grace""#);
    ///
    /// let errors = Program::compile(".people | mpa(.name)", &CompileOptions::default()).unwrap_err();
    /// assert_eq!((errors[0].span.clone(), errors[0].message.as_str()), (10..13, "undefined function `mpa`; did you mean `map`?"));
    /// ```
    pub fn compile(source: &str, options: &CompileOptions) -> Result<Self, Vec<CompileError>> {
        let term = read(source, options)?;
        let run = Run::new(jiff::Timestamp::UNIX_EPOCH);
        let compiled = metered(&run, || compile::compile(&term)).unwrap_or_else(|stop| {
            let message = Failure::from(stop).to_string();
            Err(vec![CompileError { span: 0..source.len(), message }])
        })?;
        let environment = options.environment.iter().map(|(name, value)| (Text::new(name), Val::string(value)));
        Ok(Self {
            code: Arc::new(ProgramCode {
                fast: compiled.fast,
                touched: compiled.touched,
                filter: compiled.filter,
                environment: Val::object(environment.collect()),
            }),
        })
    }

    /// The value of an expression that is a literal, such as `"copilot_usage"` or `5`.
    pub fn constant(&self) -> Option<Value> {
        match &self.code.fast {
            Some(Fast::Constant(value)) => Some(Value(value.clone())),
            _ => None,
        }
    }

    /// The keys of an expression that only follows keys from the item, such as `.a.b` or `.a.b // 0`; none for `.`.
    pub fn plain_path(&self) -> Option<Vec<&str>> {
        match &self.code.fast {
            Some(Fast::Path(path) | Fast::PathOr(path, _)) => Some(path.texts().collect()),
            _ => None,
        }
    }

    /// The keys of an item that the expression can read; none when it can read any, or the item as a whole.
    /// # Examples
    /// ```
    /// use pilotage_jq::{CompileOptions, Program};
    ///
    /// let touched = |source: &str| Program::compile(source, &CompileOptions::default()).unwrap().touched().cloned();
    /// assert_eq!(touched(".slug + \"@\" + .day").unwrap().into_iter().collect::<Vec<_>>(), ["day", "slug"]);
    /// assert_eq!(touched("tojson"), None);
    /// ```
    pub fn touched(&self) -> Option<&BTreeSet<String>> {
        self.code.touched.as_ref()
    }

    /// The first output for `input` as JSON, if it can be computed without the interpreter and is not null. None has no meaning:
    /// [`Program::first`] must be called then.
    pub fn quick_json(&self, input: &Value, run: &Run) -> Option<serde_json::Value> {
        let fast = self.code.fast.as_ref().filter(|_| !run.is_cancelled())?;
        fast.json(&input.0)
    }

    /// The first output for `input`; `None` when there is no output.
    /// # Errors
    /// The expression raises an error that it does not catch, or a limit of the run stops it.
    ///
    /// # Examples
    /// ```
    /// use pilotage_jq::{CompileOptions, Failure, Program, Run, Value};
    ///
    /// let first = |source: &str, run: &Run| {
    ///     let input = Value::parse(b"null").unwrap();
    ///     Program::compile(source, &CompileOptions::default()).unwrap().first(&input, run)
    /// };
    /// let run = Run::new("2026-01-01T00:00:00Z".parse().unwrap());
    /// assert_eq!(first("1, 2", &run).unwrap().unwrap().to_jq_text(), "1");
    /// assert!(first("empty", &run).unwrap().is_none());
    /// assert_eq!(first("\"a\" - 1", &run).unwrap_err().to_string(), "string (\"a\") and number (1) cannot be subtracted");
    ///
    /// let mut few = run.clone();
    /// few.budget.steps = 1_000;
    /// assert!(matches!(first("last(range(1e9))", &few), Err(Failure::Budget { .. })));
    /// ```
    pub fn first(&self, input: &Value, run: &Run) -> Result<Option<Value>, Failure> {
        if run.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        if let Some(output) = self.code.fast.as_ref().and_then(|fast| fast.first(&input.0)) {
            return exported(output);
        }
        let (mut outputs, failure) = self.metered(input, run, 1);
        match (outputs.pop(), failure) {
            (Some(value), _) => Ok(Some(value)),
            (None, Some(failure)) => Err(failure),
            (None, None) => Ok(None),
        }
    }

    /// The first `limit` outputs for `input`, and the failure that ended them, if any.
    ///
    /// Must run on a thread that has [`Budget::stack`](crate::Budget::stack) bytes of stack left.
    pub fn all(&self, input: &Value, run: &Run, limit: usize) -> (Vec<Value>, Option<Failure>) {
        if run.is_cancelled() {
            return (Vec::new(), Some(Failure::Cancelled));
        }
        if limit == 0 {
            return (Vec::new(), None);
        }
        match self.code.fast.as_ref().and_then(|fast| fast.whole(&input.0)).map(exported) {
            Some(Ok(value)) => (value.into_iter().collect(), None),
            Some(Err(failure)) => (Vec::new(), Some(failure)),
            None => self.metered(input, run, limit),
        }
    }

    pub(super) fn metered(&self, input: &Value, run: &Run, limit: usize) -> (Vec<Value>, Option<Failure>) {
        let mut outputs = Vec::new();
        let stopped = metered(run, || self.interpret(&input.0, run, limit, &mut outputs));
        let failure = stopped.unwrap_or_else(|stop| Some(stop.into()));
        (outputs, failure)
    }

    fn interpret(&self, input: &Val, run: &Run, limit: usize, outputs: &mut Vec<Value>) -> Option<Failure> {
        let filter = self.code.filter.as_ref()?;
        let environment = &self.code.environment;
        let world = RunData {
            lut: &filter.lut,
            now: run.now.as_microsecond() as f64 / 1e6,
            zone: &run.zone,
            environment,
            contexts: Cell::new(0),
            captures: Cell::new(0),
            most_contexts: usize::try_from(run.budget.bytes / CONTEXT_BYTES).unwrap_or(usize::MAX),
        };
        let context = Ctx::<Engine>::new(RunHandle::new(&world), Vars::new([environment.clone()]));
        let mut written = 0_u64;
        for output in filter.id.run((context, input.clone())).take(limit) {
            match output {
                Ok(value) if value.depth() > OUTPUT_DEPTH => {
                    return Some(Failure::Budget { what: Limit::Depth, limit: u64::from(OUTPUT_DEPTH) });
                }
                Ok(value) => {
                    // The caller writes the outputs as text, in which nothing is shared.
                    written = written.saturating_add(value.bytes_unshared(run.budget.bytes.saturating_sub(written)));
                    if written >= run.budget.bytes {
                        return Some(Failure::Budget { what: Limit::Bytes, limit: run.budget.bytes });
                    }
                    outputs.push(Value(value));
                }
                // Anything but an error is `halt`: no further outputs.
                Err(exception) => {
                    return exception.get_err().ok().map(|error| Failure::Error(message_of(error)));
                }
            }
        }
        None
    }
}

/// An output as the public interface returns it.
fn exported(output: Result<Option<Val>, Fault>) -> Result<Option<Value>, Failure> {
    output.map(|value| value.map(Value)).map_err(|error| Failure::Error(message_of(error)))
}

/// jq's message of an uncaught error; an error value that is no text is shown as JSON.
fn message_of(error: Fault) -> String {
    let value = error.into_val();
    value.as_str().map_or_else(|| format!("{} (not a string)", value.to_text()), str::to_owned)
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}
