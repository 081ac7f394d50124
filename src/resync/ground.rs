//! What stays from run to run: the clients, the workers, how a mapping is compiled. Out of it and a mapping a run is made.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::run::{Resync, ResyncOptions};
use super::workers::Workers;
use crate::catalog::Catalog;
use crate::door::clock::Clock;
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::file::Mapping;
use crate::mapping::finding::Finding;
use crate::mapping::program::{CompileOptions, EVALUATION_STACK_BYTES};
use crate::model::blueprint::Blueprint;
use crate::source::Source;

/// What every run of a process has in common.
pub struct Ground {
    /// The systems that are read.
    pub sources: Vec<Arc<dyn Source>>,
    /// Where entities go.
    pub catalog: Catalog,
    /// Who maps.
    pub workers: Arc<Workers>,
    /// How expressions are compiled.
    pub compile: CompileOptions,
    /// Blueprints that may be created when they are missing.
    pub default_blueprints: Vec<Blueprint>,
    /// The time.
    pub clock: Clock,
    /// How runs go. Each run gets a word to stop of its own.
    pub options: ResyncOptions,
}

/// A run that is ready, with what is to be said about its mapping.
pub struct Ready {
    /// What to run.
    pub resync: Resync,
    /// What is wrong with the mapping's expressions. The run goes on without them.
    pub findings: Vec<Finding>,
}

/// The machine gives no thread with the stack that compiling needs.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("cannot start a thread to compile the mapping")]
pub struct NoThread;

impl Ground {
    /// Makes a run of a mapping. The catalog will know its writes by `id`.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn ready(&self, mapping: Mapping, id: &str) -> Result<Ready, NoThread> {
        let compiled = on_evaluation_stack(|| CompiledMapping::compile(&mapping, &self.compile))?;
        let findings = compiled.findings().to_vec();
        let resync = Resync {
            sources: self.sources.clone(),
            catalog: Arc::new(self.catalog.for_resync(id)),
            mapping,
            resources: compiled.resources().iter().cloned().map(Arc::new).collect(),
            broken_expressions: findings.iter().map(|finding| format!("{}: {}", finding.path(), finding.message)).collect(),
            default_blueprints: self.default_blueprints.clone(),
            workers: Arc::clone(&self.workers),
            clock: self.clock.clone(),
            options: ResyncOptions { stop: CancellationToken::new(), ..self.options.clone() },
        };
        Ok(Ready { resync, findings })
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
