//! Context shared by all runs of a process: clients, mapping threads, compile options. With a mapping it prepares a run.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::run::{Resync, ResyncOptions};
use super::workers::Workers;
use crate::catalog::Catalog;
use crate::door::clock::Clock;
use crate::github::GitHub;
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::file::Mapping;
use crate::mapping::finding::Finding;
use crate::mapping::program::{CompileOptions, EVALUATION_STACK_BYTES};
use crate::model::blueprint::Blueprint;

/// Context shared by all runs of a process.
pub struct RunContext {
    /// Client of GitHub.
    pub github: GitHub,
    /// Client of the catalog.
    pub catalog: Catalog,
    /// Mapping threads.
    pub workers: Arc<Workers>,
    /// Compile options of expressions.
    pub compile: CompileOptions,
    /// Blueprints that may be created when they are missing.
    pub default_blueprints: Vec<Blueprint>,
    /// Clock.
    pub clock: Clock,
    /// Options of runs. Each run gets its own stop token.
    pub options: ResyncOptions,
}

/// Prepared run with the findings of its mapping.
pub struct PreparedRun {
    /// Run.
    pub resync: Resync,
    /// Findings of the mapping's expressions. The run does without expressions that do not compile.
    pub findings: Vec<Finding>,
}

/// The machine gives no thread with the stack that compiling needs.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("cannot start a thread to compile the mapping")]
pub struct NoThread;

impl RunContext {
    /// Prepares a run of a mapping. `id` marks its writes at the catalog.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn prepare(&self, mapping: Mapping, id: &str) -> Result<PreparedRun, NoThread> {
        let compiled = on_evaluation_stack(|| CompiledMapping::compile(&mapping, &self.compile))?;
        let findings = compiled.findings().to_vec();
        let resync = Resync {
            github: self.github.clone(),
            catalog: Arc::new(self.catalog.for_resync(id)),
            mapping,
            resources: compiled.resources().iter().cloned().map(Arc::new).collect(),
            broken_expressions: findings.iter().map(|finding| format!("{}: {}", finding.path(), finding.message)).collect(),
            default_blueprints: self.default_blueprints.clone(),
            workers: Arc::clone(&self.workers),
            clock: self.clock.clone(),
            options: ResyncOptions { stop: CancellationToken::new(), ..self.options.clone() },
        };
        Ok(PreparedRun { resync, findings })
    }
}

/// A name for a run, in the form of a UUID, from a seed and the number of the run.
pub fn run_id(seed: u64, number: u64) -> String {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};
    let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_add(number));
    let (high, low) = (random.next_u64(), random.next_u64());
    // Version 4: random.
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// Runs something on a thread with the stack that compiling and evaluating need.
///
/// # Errors
/// When the machine gives no thread, or the thread broke off.
pub fn on_evaluation_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, NoThread> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES);
        let thread = thread.spawn_scoped(scope, work).map_err(|_| NoThread)?;
        thread.join().map_err(|_| NoThread)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_runs_are_uuids_and_differ() {
        let first = run_id(7, 1);
        assert_eq!((first.len(), first.as_bytes()[14], &first[8..9]), (36, b'4', "-"));
        assert!(matches!(first.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{first}");
        assert_eq!(first, run_id(7, 1));
        assert_ne!(first, run_id(7, 2));
    }
}
