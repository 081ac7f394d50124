//! Figures of what is kept of a scope.

use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::HistoryReader;
use crate::figure::{Bucket, Context, DayFacts, Figure, Series};
use crate::model::day::Day;

impl HistoryReader {
    /// The series of a figure from `since` to `until`. A day that is not kept is in it as not held.
    ///
    /// # Errors
    /// When the file cannot be read, or a content in it is damaged.
    pub fn compute(
        &self,
        figure: &Figure,
        scope: &ScopeKey,
        by: Bucket,
        (since, until): (Day, Day),
    ) -> Result<Vec<Series>, HistoryError> {
        let mut fold = figure.begin(Context::new(by));
        let mut next = since;
        self.days(scope, Part::Aggregate, (since, until), |kept| {
            while next < kept.day {
                fold.day(&DayFacts::not_held(next));
                next = next.plus_days(1);
            }
            // A content that is no text is no row either.
            let aggregate = std::str::from_utf8(&kept.content).ok();
            fold.day(&DayFacts { aggregate, ..DayFacts::new(kept.day, kept.is_provisional) });
            next = kept.day.plus_days(1);
        })?;
        while next <= until {
            fold.day(&DayFacts::not_held(next));
            next = next.plus_days(1);
        }
        Ok(fold.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{self, PointState};
    use crate::history::{DayFact, HistoryStore, Reading, hash};

    #[test]
    fn a_day_between_two_that_are_kept_is_not_held() {
        let folder = tempfile::tempdir().unwrap();
        let scope = ScopeKey::of_slice("acme", false, "api.github.com");
        let day = |text: &str| -> Day { text.parse().unwrap() };
        let fact = |on: &str, lines: u32| {
            let content = format!(r#"{{"day":"{on}","loc_added_sum":{lines},"loc_deleted_sum":0}}"#).into_bytes();
            let (scope, hash) = (scope.clone(), hash::of_row(&content));
            DayFact { scope, day: day(on), part: Part::Aggregate, hash, content: Some(content) }
        };
        let reading = Reading { at: "2026-12-20T00:00:00Z".parse().unwrap(), is_cached: false };
        let facts = [fact("2026-11-02", 20), fact("2026-11-04", 40)];
        HistoryStore::open(folder.path()).unwrap().write(&facts, reading).unwrap();
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let figure = figure::find("lines").unwrap();
        let series = reader.compute(figure, &scope, Bucket::Day, (day("2026-11-01"), day("2026-11-05"))).unwrap();
        let added: Vec<(String, Option<f64>, PointState)> =
            series[0].points.iter().map(|point| (point.day.to_string(), point.value, point.state)).collect();
        let none = |on: &str| (on.to_owned(), None, PointState::NotHeld);
        let some = |on: &str, value: f64| (on.to_owned(), Some(value), PointState::Final);
        assert_eq!(
            added,
            [none("2026-11-01"), some("2026-11-02", 20.0), none("2026-11-03"), some("2026-11-04", 40.0), none("2026-11-05")]
        );
    }
}
