//! Figures for a scraper: computed when the history has changed, and kept until it does again.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::error::HistoryError;
use super::reader::HistoryReader;
use super::{FILE_NAME, newest};
use crate::door::clock::Clock;
use crate::door::sqlite::beside;
use crate::figure::{self, Figure, FigureRules};
use crate::render::openmetrics::text::{Exposition, write};
use crate::render::openmetrics::{self, table};

/// A computation is followed by that many times its duration without another one, so that scrapes during a resync, which changes the
/// history all the time, take a tenth of a core at most.
const REST: u32 = 10;

/// The metrics of a data folder's figures. One for a process; all scrapes share what it keeps.
#[derive(Debug)]
pub struct FigureMetrics {
    folder: PathBuf,
    clock: Clock,
    rules: FigureRules,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    text: String,
    /// The state of the files of which the text is.
    of: Option<Stamp>,
    /// No computation before this time.
    rests_until: Duration,
}

/// Time and length of a file and of its log: both change when something is written.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl FigureMetrics {
    /// Metrics of a data folder, which need not exist yet. Reads nothing.
    pub fn new(folder: PathBuf, clock: Clock, rules: FigureRules) -> Self {
        Self { folder, clock, rules, kept: Mutex::default() }
    }

    /// Gauges in the text format of Prometheus. Reads files, and may take seconds over a large history.
    ///
    /// A history that cannot be read is a line in the log, once for each change of it, and the gauge `copilot_figures_readable`.
    pub fn text(&self) -> String {
        // A panic elsewhere leaves a text that is at worst an older one.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.folder);
        let began = self.clock.elapsed();
        if kept.of == Some(now) || (kept.of.is_some() && began < kept.rests_until) {
            return kept.text.clone();
        }
        let computed = compute(&self.folder, &self.rules).unwrap_or_else(|error| {
            tracing::warn!(%error, "no figures among the metrics");
            vec![openmetrics::readable(false)]
        });
        let took = self.clock.elapsed().saturating_sub(began);
        // What was written meanwhile is read the next time.
        *kept = Kept { text: write(&computed, Exposition::Prometheus), of: Some(now), rests_until: began + took * REST };
        kept.text.clone()
    }
}

fn compute(folder: &Path, rules: &FigureRules) -> Result<Vec<openmetrics::text::MetricFamily>, HistoryError> {
    let mut families = vec![openmetrics::readable(true)];
    if let Some(reader) = HistoryReader::open(folder)? {
        let figures: Vec<&Figure> =
            figure::ALL.iter().copied().filter(|figure| table::metric(figure.definition.id).is_some()).collect();
        families.extend(openmetrics::newest(&newest::newest(&reader, &figures, rules)?));
    }
    Ok(families)
}

fn stamp(folder: &Path) -> Stamp {
    let file = folder.join(FILE_NAME);
    [file.clone(), beside(&file, "-wal")].map(|file| {
        // Whoever only reads may leave an empty log.
        let metadata = std::fs::metadata(file).ok().filter(|metadata| metadata.len() > 0)?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{DayFact, HistoryStore, Part, Reading, ScopeKey, hash};

    fn keep(folder: &Path, day: &str, lines: u32) {
        let content = format!(r#"{{"day":"{day}","loc_added_sum":{lines},"loc_deleted_sum":0}}"#).into_bytes();
        let scope = ScopeKey::of_slice("acme", false, "api.github.com");
        let hash = hash::of_row(&content);
        let fact = DayFact { scope, day: day.parse().unwrap(), part: Part::Aggregate, hash, content: Some(content) };
        let reading = Reading { at: "2026-12-20T00:00:00Z".parse().unwrap(), is_cached: false };
        HistoryStore::open(folder).unwrap().write(&[fact], reading).unwrap();
    }

    fn added(text: &str) -> Option<&str> {
        text.lines()
            .find_map(|line| line.strip_prefix(r#"copilot_lines{host="api.github.com",organization="acme",change="added"} "#))
    }

    #[tokio::test(start_paused = true)]
    async fn a_scrape_after_a_change_has_its_newest_day_and_one_without_reads_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::starting_at("2026-12-20T00:00:00Z".parse().unwrap());
        let metrics = FigureMetrics::new(folder.path().to_owned(), clock, FigureRules::default());
        assert!(metrics.text().ends_with("copilot_figures_readable 1\n"), "no history yet: {}", metrics.text());
        keep(folder.path(), "2026-11-02", 20);
        assert_eq!(added(&metrics.text()), Some("20"));
        keep(folder.path(), "2026-11-03", 40);
        assert_eq!(added(&metrics.text()), Some("40"));
        metrics.kept.lock().unwrap().text = "kept".to_owned();
        assert_eq!(metrics.text(), "kept", "nothing was written since");
        std::fs::write(folder.path().join(FILE_NAME), "no database at all").unwrap();
        assert!(metrics.text().ends_with("copilot_figures_readable 0\n"), "{}", metrics.text());
    }
}
