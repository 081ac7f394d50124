//! Context shared by all runs of a process: clients, mapping threads, compile options. With a mapping it prepares a run.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::inputs::{Resync, ResyncOptions};
use super::workers::Workers;
use crate::catalog::Catalog;
use crate::door::clock::Clock;
use crate::door::stack::{NoThread, on_evaluation_stack};
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::file::Mapping;
use crate::mapping::finding::Finding;
use crate::mapping::program::CompileOptions;
use crate::model::blueprint::Blueprint;
use crate::model::mapping_origin::MappingOrigin;
use crate::source::Source;

/// Context shared by all runs of a process. Clones share clients and threads.
#[derive(Clone)]
pub struct RunContext {
    /// Sources that are read.
    pub sources: Vec<Arc<dyn Source>>,
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

impl RunContext {
    /// Makes a run of a mapping from that place. The catalog will know its writes by `id`.
    ///
    /// # Errors
    /// Fails when the machine gives no thread.
    pub fn prepare(&self, mapping: Mapping, mapping_origin: MappingOrigin, id: &str) -> Result<PreparedRun, NoThread> {
        let compiled = on_evaluation_stack(|| CompiledMapping::compile(&mapping, &self.compile))?;
        let findings = compiled.findings().to_vec();
        let resync = Resync {
            sources: self.sources.clone(),
            catalog: Arc::new(self.catalog.for_resync(id)),
            mapping,
            mapping_origin,
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
