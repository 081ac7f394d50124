//! Plans that the pages ask for, and a mapping of theirs that becomes the integration's. The same code as that of `plan` and
//! `mapping push`, without a terminal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::authoring::findings::findings;
use crate::authoring::sample::Sampler;
use crate::cli::bookkeeping::Bookkeeping;
use crate::cli::carry_out::{attend_to, attended_failure, outcome_of};
use crate::cli::failure::Failure;
use crate::cli::flags::ScopeFlags;
use crate::cli::mapping::{difference, known_blueprints, store, stored};
use crate::cli::network::open_network;
use crate::cli::plan::{LISTED_CHANGES, every_change};
use crate::cli::process::Process;
use crate::cli::serving::unless_ended;
use crate::cli::world::{Base, Places, creates, opened_sources, source_failure};
use crate::door::stack::on_evaluation_stack;
use crate::integration::guard::Admission;
use crate::integration::mapping::MappingSource;
use crate::integration::{CreationPolicy, RunRequest};
use crate::mapping::file::Mapping;
use crate::mapping::finding::Severity;
use crate::model::entity::EntityKey;
use crate::model::mapping_origin::MappingOrigin;
use crate::reconcile::decision::Decision;
use crate::reconcile::kept_change::KeptChange;
use crate::reconcile::outcome::Mode;
use crate::render;
use crate::render::plan::{PlanOutput, PlanWriter};
use crate::resync::ResyncOptions;
use crate::resync::context::{RunContext, run_id};
use crate::resync::observe::Observer;
use crate::runs::ChangesPacker;
use crate::telemetry::Telemetry;
use crate::web::plans::{PlanEnd, PlanFailure, PlanWish, PlannedMapping, Plans, ShownPlan};

/// Name of a mapping that was written on the mapping page.
const PAGE: &str = "of the mapping page";

/// Carries out what the pages ask for.
pub(super) struct Planner {
    /// Plans only.
    context: RunContext,
    source: MappingSource,
    creates: CreationPolicy,
    books: Bookkeeping,
    telemetry: Telemetry,
    seed: u64,
}

impl Planner {
    /// Plans beside the runs of a process: with the same catalog, mapping and mapping threads, and with sources that leave nothing in
    /// the data folder.
    pub(super) fn of(process: &Process, base: &Base, scope: &ScopeFlags, places: &Places) -> Result<Self, Failure> {
        let network = open_network(&base.settings)?;
        let (sources, _) = opened_sources(process, &base.settings, &network, scope, places, Mode::Plan)?;
        let options = ResyncOptions { mode: Mode::Plan, stop: CancellationToken::new(), ..base.context.options.clone() };
        Ok(Self {
            context: RunContext { sources, options, ..base.context.clone() },
            source: base.source.clone(),
            creates: creates(&base.settings),
            books: Bookkeeping::new(&base.settings, &base.origin, &base.destination),
            telemetry: process.telemetry.clone(),
            seed: base.seed,
        })
    }

    /// Carries out wishes, one after the other, until the end.
    pub(super) async fn serve(&self, plans: &Plans, end: &CancellationToken) {
        while let Some(wish) = unless_ended(end, plans.wanted()).await {
            self.carry_out(plans, wish, end).await;
        }
    }

    /// Carries out one wish.
    pub(super) async fn carry_out(&self, plans: &Plans, wish: PlanWish, end: &CancellationToken) {
        match wish {
            PlanWish::Plan { mapping } => plans.done(self.plan(mapping, end).await),
            PlanWish::Push => {
                let mapping = plans.newest().and_then(|plan| plan.mapping.clone());
                let pushed = match mapping {
                    Some(mapping) => self.push(&mapping).await,
                    None => Err(Failure::failed("there is no plan whose mapping could be stored")),
                };
                plans.pushed(pushed.map_err(|failure| told(&failure)));
            }
        }
    }

    async fn plan(&self, text: Option<String>, end: &CancellationToken) -> ShownPlan {
        let began = self.context.clock.now();
        let (mapping_name, mapping, planned) = match self.mapping(text).await {
            Ok((mapping, origin, planned)) => {
                let ended = self.planned(mapping, origin.clone(), planned.is_none(), end).await;
                (origin.to_string(), planned, ended)
            }
            Err(failure) => (PAGE.to_owned(), None, Err(failure)),
        };
        let seconds = (self.context.clock.now() - began).total(jiff::Unit::Second).unwrap_or_default();
        ShownPlan { began, seconds, mapping_name, mapping, end: planned.map_err(|failure| told(&failure)), pushed: None }
    }

    /// The mapping to plan with: a text that is checked as `mapping push` checks one, or the one that is in use.
    async fn mapping(&self, text: Option<String>) -> Result<(Mapping, MappingOrigin, Option<PlannedMapping>), Failure> {
        let Some(text) = text else {
            let found = self.source.read(&self.context.catalog).await.map_err(|error| source_failure(&error))?;
            let unusable = || Failure::wrong(format!("{} cannot be used", found.name)).help("`pilotage validate` says why");
            return Ok((found.mapping.ok_or_else(unusable)?, found.origin, None));
        };
        let known = known_blueprints(&self.context.catalog).await?;
        let options = self.context.compile.clone();
        let found = on_evaluation_stack(|| findings(&text, PAGE, &options, &known, &Sampler::new()?))??;
        if found.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(
                Failure::wrong(render::finding::report(&[PAGE], &found)).help("correct what is named here, and plan again")
            );
        }
        let mapping = Mapping::read(&text, PAGE).0.ok_or_else(|| Failure::wrong("the mapping cannot be read"))?;
        let stored = stored(&self.context.catalog).await?.0;
        let config = mapping.to_json();
        let difference = difference(stored.as_ref(), &config, "the integration's mapping", PAGE);
        Ok((mapping, MappingOrigin::File(PAGE.to_owned()), Some(PlannedMapping { config, stored, difference })))
    }

    async fn planned(
        &self,
        mapping: Mapping,
        origin: MappingOrigin,
        compares_mapping: bool,
        end: &CancellationToken,
    ) -> Result<PlanEnd, Failure> {
        let name = run_id(self.seed, self.context.clock.elapsed().as_millis() as u64);
        let prepared = self.context.prepare(mapping, origin, &name).map_err(|error| Failure::failed(error.to_string()))?;
        let observer = PlanCollector::default();
        let request = RunRequest { creates: self.creates, compares_mapping, ..RunRequest::new(Admission::Unchecked, &observer) };
        let result = attend_to(&self.telemetry, &self.books, &prepared.resync, request, end.cancelled(), |_| (), |_| ()).await;
        let outcome = match result.end {
            Ok(ended) => outcome_of(ended)?,
            Err(error) => return Err(attended_failure(&error)),
        };
        let Collected { text, markdown, changes, mut printed, mut for_request } = observer.into_inner();
        printed += &text.closing(&outcome);
        for_request += &markdown.closing(&outcome);
        Ok(PlanEnd {
            summary: render::plan::summary(&outcome),
            problems: render::outcome::problems(&outcome).trim().to_owned(),
            text: printed,
            markdown: for_request,
            changes: Arc::new(changes.finish()),
        })
    }

    /// Stores a mapping at the integration, unless somebody else has changed it since the plan.
    async fn push(&self, mapping: &PlannedMapping) -> Result<String, Failure> {
        let (before, is_known) = stored(&self.context.catalog).await?;
        if before != mapping.stored {
            return Err(Failure::failed("the integration's mapping was changed meanwhile, and nothing was written")
                .help("plan again, and look at what differs then"));
        }
        store(&self.context.catalog, &mapping.config, is_known).await?;
        Ok(match &self.source.file {
            None => "It is now the integration's mapping; the next resync uses it.".to_owned(),
            Some(file) => format!(
                "It is now the integration's mapping. This process does not use it, because it was started with the mapping {}.",
                file.display()
            ),
        })
    }
}

fn told(failure: &Failure) -> PlanFailure {
    PlanFailure { message: failure.message().to_owned(), help: failure.help_text().map(str::to_owned) }
}

/// Decisions of a plan in every form that pages show.
struct Collected {
    text: PlanWriter,
    markdown: PlanWriter,
    changes: ChangesPacker,
    printed: String,
    for_request: String,
}

struct PlanCollector(Mutex<Collected>);

impl Default for PlanCollector {
    fn default() -> Self {
        let writer = |form| PlanWriter::new(form, every_change(), LISTED_CHANGES);
        Self(Mutex::new(Collected {
            text: writer(PlanOutput::Text),
            markdown: writer(PlanOutput::Markdown),
            changes: ChangesPacker::default(),
            printed: String::new(),
            for_request: String::new(),
        }))
    }
}

impl PlanCollector {
    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_inner(self) -> Collected {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for PlanCollector {
    fn decided(&self, key: &EntityKey, decision: &Decision) {
        let mut collected = self.lock();
        let (text, markdown) = (collected.text.decision(key, decision), collected.markdown.decision(key, decision));
        collected.printed += &text;
        collected.for_request += &markdown;
        if let Some(change) = KeptChange::of(key, decision) {
            collected.changes.add(change);
        }
    }
}
