//! The site: what all pages read.

use std::path::PathBuf;
use std::sync::Arc;

use super::asset::Assets;
use super::counts::{Counted, Counts};
use super::embed::Embedding;
use super::feed::Feed;
use super::guard::AccessGuard;
use super::guard::roles::Roles;
use super::people::{FilledBlueprints, Visible};
use super::trouble::Trouble;
use crate::authoring::playground::Playground;
use crate::door::clock::Clock;
use crate::figure::FigureRules;
use crate::history::HistoryReader;
use crate::history::figure_metrics::FigureMetrics;
use crate::local_catalog::{LocalCatalogError, LocalCatalogReader};
use crate::runs::Runs;

/// The catalog that entities are in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogPlace {
    /// The local catalog in the data folder.
    Local,
    /// Another one, at that address.
    Elsewhere {
        /// Address of its API.
        url: String,
    },
}

/// The site. All pages read it, none changes it.
pub(super) struct Site {
    /// The data folder.
    pub(super) data: PathBuf,
    /// What stands in commands that pages name: ` --demo`, or ` --data DIR`.
    pub(super) flags: String,
    pub(super) clock: Clock,
    pub(super) catalog: CatalogPlace,
    pub(super) guard: AccessGuard,
    pub(super) assets: Assets,
    /// Charts in frames of other sites.
    pub(super) embedding: Embedding,
    /// What holds for every figure that is shown.
    pub(super) rules: FigureRules,
    pub(super) filled: FilledBlueprints,
    pub(super) counts: Counts,
    pub(super) playground: Playground,
    /// The run that goes on in this process. None: this process runs nothing.
    pub(super) feed: Option<Arc<Feed>>,
    /// Figures for a scraper. None: there are none.
    pub(super) metrics: Option<Arc<FigureMetrics>>,
}

impl Site {
    /// The reports of runs.
    pub(super) fn runs(&self) -> Runs {
        Runs::in_data_folder(&self.data)
    }

    /// The history; none before the first run.
    pub(super) fn history(&self) -> Result<Option<HistoryReader>, Trouble> {
        HistoryReader::open(&self.data).map_err(|error| Trouble::failed(&error))
    }

    /// The local catalog; none when there is none.
    pub(super) fn local_catalog(&self) -> Result<Option<LocalCatalogReader>, Trouble> {
        match LocalCatalogReader::open(&self.data) {
            Ok(reader) => Ok(Some(reader)),
            Err(LocalCatalogError::Missing { .. }) => Ok(None),
            Err(error) => Err(Trouble::failed(&error)),
        }
    }

    /// The local catalog, for pages of things in it.
    ///
    /// # Errors
    /// Entities are in another catalog, or the file cannot be read.
    pub(super) fn own_catalog(&self) -> Result<Option<LocalCatalogReader>, Trouble> {
        match &self.catalog {
            CatalogPlace::Local => self.local_catalog(),
            CatalogPlace::Elsewhere { url } => {
                Err(Trouble::missing(format!("entities are in the catalog at {url}")).or_see("/catalog", "where to look"))
            }
        }
    }

    /// What a visitor of these roles may see of the catalog.
    pub(super) fn visible(&self, roles: Roles) -> Result<Visible, Trouble> {
        self.filled.visible(&self.runs(), roles).map_err(|error| Trouble::failed(&error))
    }

    /// Number of a blueprint's entities.
    pub(super) fn count(&self, reader: &LocalCatalogReader, blueprint: &str) -> Result<Counted, Trouble> {
        self.counts.count(&self.data, &self.clock, reader, blueprint).map_err(|error| Trouble::failed(&error))
    }
}
