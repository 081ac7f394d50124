//! Everything that a run needs, and the reasons for which it cannot go on.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::review::Reviewed;
use super::workers::{WorkerLost, Workers};
use crate::catalog::{Catalog, CatalogError};
use crate::door::clock::Clock;
use crate::mapping::evaluate::CompiledResource;
use crate::mapping::file::Mapping;
use crate::model::blueprint::Blueprint;
use crate::model::mapping_origin::MappingOrigin;
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::deletion::DeletionThreshold;
use crate::reconcile::outcome::Mode;
use crate::source::{self, Source, SourceError, SourceRun, WrongChoice};

/// Everything that a run needs.
pub struct Resync {
    /// The systems that are read.
    pub sources: Vec<Arc<dyn Source>>,
    /// The catalog that entities go to.
    pub catalog: Arc<Catalog>,
    /// The mapping in use.
    pub mapping: Mapping,
    /// Place that it comes from.
    pub mapping_origin: MappingOrigin,
    /// The mapping's resources, compiled, in its order.
    pub resources: Vec<Arc<CompiledResource>>,
    /// A sentence for each expression that does not compile.
    pub broken_expressions: Vec<String>,
    /// Blueprints that may be created when they are missing; none when this run may not create blueprints.
    pub default_blueprints: Vec<Blueprint>,
    /// Mapping threads.
    pub workers: Arc<Workers>,
    /// The clock.
    pub clock: Clock,
    /// Mode, choices and the signal to stop.
    pub options: ResyncOptions,
}

/// Mode and choices of a run.
#[derive(Clone, Debug)]
pub struct ResyncOptions {
    /// Writing, or planning only.
    pub mode: Mode,
    /// Only these kinds; when empty, all.
    pub only_kinds: Vec<String>,
    /// Whether a run of some kinds deletes what these kinds prove to be gone. Without it, such a run deletes nothing.
    pub deletes_by_kind: bool,
    /// Overrides the mapping's threshold.
    pub deletion_threshold: Option<DeletionThreshold>,
    /// The changes that the run may make; none when it may make all. A plan only takes the time from it.
    pub reviewed: Option<Arc<Reviewed>>,
    /// Asks the run to stop: requests that have begun are finished, nothing is deleted.
    pub stop: CancellationToken,
}

impl Resync {
    /// The same run once more, under another name and with a stop token of its own.
    #[must_use]
    pub fn again(&self, id: &str) -> Self {
        Self {
            sources: self.sources.clone(),
            catalog: Arc::new(self.catalog.for_resync(id)),
            mapping: self.mapping.clone(),
            mapping_origin: self.mapping_origin.clone(),
            resources: self.resources.clone(),
            broken_expressions: self.broken_expressions.clone(),
            default_blueprints: self.default_blueprints.clone(),
            workers: Arc::clone(&self.workers),
            clock: self.clock.clone(),
            options: ResyncOptions { stop: CancellationToken::new(), ..self.options.clone() },
        }
    }

    /// Checks that the choices of flags and settings match something. Ends early, without an error, when the run is stopped.
    pub(super) async fn check_choices(&self, runs: &[Arc<dyn SourceRun>]) -> Result<(), WrongChoice> {
        // A run of some kinds writes beside what the others have given, so all of them count.
        let given: Vec<(&str, &str)> =
            self.resources.iter().filter_map(|resource| Some((resource.kind(), resource.blueprint_constant()?))).collect();
        self.sources.iter().try_for_each(|source| source.check_blueprints(&given))?;
        let wanted = self.resources.iter().filter(|resource| self.wants_kind(resource.kind()));
        let read: Vec<_> = wanted.filter_map(|resource| source::find(&self.sources, resource.kind())).collect();
        for (number, run) in runs.iter().enumerate() {
            let kinds: Vec<_> = read.iter().filter(|(source, _)| *source == number).map(|(_, kind)| kind.name).collect();
            tokio::select! {
                biased;
                () = self.options.stop.cancelled() => return Ok(()),
                checked = run.check(&kinds) => checked?,
            }
        }
        Ok(())
    }

    /// The blueprints that this run may create.
    pub(super) fn blueprints_to_create(&self) -> Vec<Blueprint> {
        let reviewed = self.options.reviewed.as_ref().filter(|_| self.options.mode == Mode::Resync);
        let is_reviewed =
            |blueprint: &&Blueprint| reviewed.is_none_or(|reviewed| reviewed.blueprints.contains(&blueprint.identifier));
        self.default_blueprints.iter().filter(is_reviewed).cloned().collect()
    }

    pub(super) fn is_restricted(&self) -> bool {
        !self.options.only_kinds.is_empty() || self.sources.iter().any(|source| source.is_restricted())
    }

    /// A reason for which a run of a choice deletes nothing: of what was left out nothing is known. A run of some kinds may know enough of
    /// the blueprints that only they give, see [`Resync::left_out`].
    pub(super) fn is_without_deletion(&self) -> bool {
        match self.options.deletes_by_kind {
            true => self.sources.iter().any(|source| source.is_restricted()),
            false => self.is_restricted(),
        }
    }

    /// A slice without proof for each resource that a run of some kinds leaves out. Nothing that it may have given is a candidate for
    /// deletion.
    pub(super) fn left_out(&self) -> impl Iterator<Item = Slice> {
        let resources = self.resources.iter().enumerate().filter(|(_, resource)| !self.wants_kind(resource.kind()));
        resources.map(|(number, resource)| {
            let reason = "it was not read, because this run is of other kinds".to_owned();
            Slice::new(number, resource.kind(), "", SliceEnd::NotReady { reason })
        })
    }

    pub(super) fn wants_kind(&self, name: &str) -> bool {
        let kind = |name: &str| source::find(&self.sources, name);
        let same = |only: &String| only == name || kind(only).is_some_and(|only| kind(name) == Some(only));
        self.options.only_kinds.is_empty() || self.options.only_kinds.iter().any(same)
    }
}

/// Reasons for which a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ResyncError {
    /// A source refused the credential, or cannot be reached at all.
    #[error("cannot read from {}", .0.what.title)]
    Source(#[source] SourceError),
    /// The catalog refused the credentials, or cannot be reached at all.
    #[error("cannot use the catalog")]
    Catalog(#[from] CatalogError),
    /// A choice of flags or settings matches nothing. Nothing was written.
    #[error(transparent)]
    Choice(#[from] WrongChoice),
    /// A bug, or a machine without memory.
    #[error("cannot map")]
    Workers(#[from] WorkerLost),
}
