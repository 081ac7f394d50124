//! The jq engine: one value type, one compiled expression, budgets that end every evaluation.
//!
//! The rest of the crate sees [`Value`], [`Program`], [`Run`] and [`Failure`], and never the jq library behind them.
//! Pure: the time of day, the stopwatch, the cancel flag and the stack to run on are arguments.

mod value;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use value::{Value, ValueError};

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data::JustLut};

/// Stack of a thread that evaluates or compiles, in bytes of address space; touched pages only become memory.
pub const EVALUATION_STACK_BYTES: usize = 256 << 20;

/// How deep a JSON text may nest before [`Value::parse`] refuses it.
pub const PARSE_DEPTH: usize = 128;

/// What an expression may see and how long its text may be.
#[derive(Debug, Clone)]
pub struct CompileOptions {
    /// What `env` and `$ENV` hold; empty unless the owner allowed names.
    pub environment: BTreeMap<String, String>,
    /// Longest source in bytes.
    pub source_bytes: usize,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self { environment: BTreeMap::new(), source_bytes: 16 << 10 }
    }
}

/// Why an expression does not compile, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// Bytes of the source as it was given to [`Program::compile`]; may be empty at its end.
    pub span: Range<usize>,
    /// One sentence, lower case, without a full stop.
    pub message: String,
}

/// Limits of one evaluation of one expression on one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Steps of the interpreter, and of native functions by the size of what they work on.
    pub steps: u64,
    /// Live bytes of values made by the evaluation.
    pub bytes: u64,
    /// Deepest value.
    pub depth: u32,
    /// Longest time; only watched when [`Run::stopwatch`] is given.
    pub time: Duration,
    /// Bytes of stack that the calling thread has; at most [`EVALUATION_STACK_BYTES`] are used.
    pub stack: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 5_000_000, bytes: 256 << 20, depth: 10_050, time: Duration::from_secs(10), stack: EVALUATION_STACK_BYTES }
    }
}

/// Reads a monotonic clock: the time since any fixed moment.
pub type Stopwatch = fn() -> Duration;

/// Everything an evaluation takes from outside.
#[derive(Debug, Clone)]
pub struct Run {
    /// Limits.
    pub budget: Budget,
    /// What `now` answers.
    pub now: jiff::Timestamp,
    /// Ends the evaluation soon after it becomes true.
    pub cancel: Option<Arc<AtomicBool>>,
    /// Measures [`Budget::time`]; without one only steps limit the time.
    pub stopwatch: Option<Stopwatch>,
}

impl Run {
    /// A run with default limits that nothing can cancel.
    pub fn new(now: jiff::Timestamp) -> Self {
        Self { budget: Budget::default(), now, cancel: None, stopwatch: None }
    }
}

/// Which limit an evaluation ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Budget::steps`].
    Steps,
    /// [`Budget::bytes`].
    Bytes,
    /// [`Budget::depth`].
    Depth,
    /// [`Budget::stack`].
    Stack,
    /// [`Budget::time`].
    Time,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Steps => "steps",
            Self::Bytes => "bytes",
            Self::Depth => "levels of nesting",
            Self::Stack => "bytes of stack",
            Self::Time => "milliseconds",
        })
    }
}

/// Why an evaluation gave no (further) value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The expression raised an error; the text is jq's.
    #[error("{0}")]
    Error(String),
    /// The expression wanted more than [`Budget`] allows.
    #[error("stopped after {limit} {what}")]
    Budget {
        /// Which limit.
        what: Limit,
        /// Its value, in the unit of `what`.
        limit: u64,
    },
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

type Filter = jaq_core::Filter<JustLut<jaq_json::Val>>;

/// One compiled expression. Cheap to share between threads; every evaluation is independent.
#[derive(Clone)]
pub struct Program {
    filter: Arc<Filter>,
    environment: Value,
}

impl Program {
    /// Compiles `source`. Every undefined name is reported, in the order of the text.
    pub fn compile(source: &str, options: &CompileOptions) -> Result<Self, Vec<CompileError>> {
        if source.len() > options.source_bytes {
            return Err(vec![CompileError {
                span: options.source_bytes..source.len(),
                message: format!("expression is longer than {} bytes", options.source_bytes),
            }]);
        }
        let at = |part: &str| load::span(source, part);
        let arena = Arena::default();
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let natives = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let file = File { code: source, path: () };
        let modules = Loader::new(definitions).load(&arena, file).map_err(|errors| {
            let mut found = Vec::new();
            for (_, error) in errors {
                match error {
                    load::Error::Io(all) => {
                        found.extend(all.iter().map(|(part, message)| CompileError { span: at(part), message: message.clone() }))
                    }
                    load::Error::Lex(all) => found.extend(
                        all.iter()
                            .map(|(want, part)| CompileError { span: at(part), message: format!("expected {}", want.as_str()) }),
                    ),
                    load::Error::Parse(all) => found.extend(
                        all.iter()
                            .map(|(want, part)| CompileError { span: at(part), message: format!("expected {}", want.as_str()) }),
                    ),
                }
            }
            found
        })?;
        let filter = Compiler::default().with_funs(natives).with_global_vars(["$ENV"]).compile(modules).map_err(|errors| {
            let all = errors.into_iter().flat_map(|(_, errors)| errors);
            all.map(|(part, kind)| CompileError { span: at(part), message: format!("undefined {} {part}", kind.as_str()) })
                .collect::<Vec<_>>()
        })?;
        let environment = Value::from_json(&serde_json::json!(options.environment));
        Ok(Self { filter: Arc::new(filter), environment })
    }

    /// The first output for `input`; `None` when there is no output.
    pub fn first(&self, input: &Value, run: &Run) -> Result<Option<Value>, Failure> {
        let (mut outputs, failure) = self.all(input, run, 1);
        match (outputs.pop(), failure) {
            (Some(value), _) => Ok(Some(value)),
            (None, Some(failure)) => Err(failure),
            (None, None) => Ok(None),
        }
    }

    /// The first `limit` outputs for `input`, and what ended them if it was a failure.
    pub fn all(&self, input: &Value, run: &Run, limit: usize) -> (Vec<Value>, Option<Failure>) {
        if run.cancel.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return (Vec::new(), Some(Failure::Cancelled));
        }
        let ctx = Ctx::<JustLut<jaq_json::Val>>::new(&self.filter.lut, Vars::new([self.environment.0.clone()]));
        let mut outputs = Vec::new();
        for output in self.filter.id.run((ctx, input.0.clone())).take(limit) {
            match output {
                Ok(value) => outputs.push(Value(value)),
                Err(exception) => {
                    let failure = exception.get_err().ok().map(|error| Failure::Error(error.to_string()));
                    return (outputs, failure);
                }
            }
        }
        (outputs, None)
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}

/// Turns single quotes that stand for double quotes into them, byte for byte, so that positions stay the same.
///
/// A `'` after the start or white space, and not before white space or `"`, opens; a `'` before the end or white space,
/// and not after white space or `"`, closes. `.a + '-'` becomes `.a + "-"`; `split('/')` stays as it is.
pub fn quote_rewriting(source: &str) -> String {
    let mut rewritten = String::with_capacity(source.len());
    let mut before: Option<char> = None;
    let mut characters = source.chars().peekable();
    // One match takes the white space at its edge with it, so the next one cannot use the same character again.
    let mut taken = false;
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        let plain = |c: Option<char>| c.is_none_or(|c| !c.is_whitespace() && c != '"');
        let edge = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let opens = character == '\'' && edge(before) && !taken && plain(after);
        let closes = character == '\'' && !opens && edge(after) && plain(before);
        rewritten.push(if opens || closes { '"' } else { character });
        taken = closes && after.is_some() || taken && before.is_some_and(|c| c == '\'') && character.is_whitespace();
        before = Some(character);
    }
    rewritten
}
