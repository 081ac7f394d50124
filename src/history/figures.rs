//! Figures of what is kept of a scope or of one of its teams. Of each day those parts and sections alone are read that the figure
//! names.

use super::contents;
use super::day_reader::{DayReader, Wanted};
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::found_facts::FoundFacts;
use super::reader::HistoryReader;
use super::sections;
use crate::facts::TeamNames;
use crate::figure::{Context, Figure, Reads, Series};
use crate::model::day::Day;

impl HistoryReader {
    /// The series of a figure of a whole scope from `since` to `until`. A day that is not kept is in it as not held.
    ///
    /// # Errors
    /// When the file cannot be read, or a content in it is damaged.
    pub fn compute(
        &self,
        figure: &Figure,
        scope: &ScopeKey,
        context: Context<'_>,
        days: (Day, Day),
    ) -> Result<Vec<Series>, HistoryError> {
        self.compute_of(figure, scope, None, context, days)
    }

    /// As [`HistoryReader::compute`], of the team with that slug, if one is named. A day on which the team is not in the report is not
    /// held, and one on which it may not be shown is withheld.
    ///
    /// # Errors
    /// As [`HistoryReader::compute`].
    pub fn compute_of(
        &self,
        figure: &Figure,
        scope: &ScopeKey,
        team: Option<&str>,
        context: Context<'_>,
        (since, until): (Day, Day),
    ) -> Result<Vec<Series>, HistoryError> {
        let _snapshot = self.snapshot()?;
        let mut fold = figure.begin(Context { is_team: team.is_some(), since: Some(since), ..context });
        let mut day = since.plus_days(-figure.days_before).max(self.first_day(scope)?.unwrap_or(since).min(since));
        let reads = figure.reads.of(context.by, team.is_some());
        let wanted = Wanted { reads, team, smallest_group: context.smallest_group };
        let mut days = DayReader::new(self, scope, (day, until), wanted)?;
        while day <= until {
            days.day(day)?.give(day, |facts| fold.day(facts));
            day = day.plus_days(1);
        }
        Ok(fold.finish())
    }

    /// The first day of which anything is kept of a scope. Days before it hold nothing, and there are hundreds of thousands of them.
    fn first_day(&self, scope: &ScopeKey) -> Result<Option<Day>, HistoryError> {
        let mut first = None;
        for part in Part::ALL {
            let of_part = self.extent(scope, part)?.map(|(first, _)| first);
            first = first.into_iter().chain(of_part).min();
        }
        Ok(first)
    }

    /// The slugs of the teams on the newest day of which teams are kept.
    ///
    /// # Errors
    /// When the file cannot be read, or a content in it is damaged.
    pub fn teams(&self, scope: &ScopeKey) -> Result<Vec<String>, HistoryError> {
        let Some((_, last)) = self.extent(scope, Part::Teams)? else { return Ok(Vec::new()) };
        let _snapshot = self.snapshot()?;
        let Some(fact) = self.held(scope, Part::Teams, (last, last))?.pop() else { return Ok(Vec::new()) };
        let run = contents::run_of(&self.connection, fact.number, 0).map_err(HistoryError::database(&self.file))?;
        let names = run.and_then(|(_, run)| TeamNames::unpack(&sections::unpack(&run, 0)?).ok());
        let names = names.ok_or_else(|| self.unreadable(last))?;
        Ok(names.teams.into_iter().filter_map(|(_, slug)| slug).map(|slug| slug.to_string()).collect())
    }

    /// What is kept of one day of a whole scope.
    pub(super) fn facts_of(&self, scope: &ScopeKey, day: Day, reads: &Reads, k: u64) -> Result<FoundFacts, HistoryError> {
        let _snapshot = self.snapshot()?;
        DayReader::new(self, scope, (day, day), Wanted { reads: *reads, team: None, smallest_group: k })?.day(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::SeatsDay;
    use crate::figure::{self, PointState};
    use crate::history::{DayFact, HistoryStore, Reading, hash};

    #[test]
    fn a_list_of_a_row_that_is_lost_is_damage_and_no_day_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let scope = ScopeKey::of_slice("acme", false, "api.github.com");
        let day: Day = "2026-11-01".parse().unwrap();
        // Without repetition, so that what follows is in a row of its own.
        let noise = (0..40_000_u32).map(|at| format!("{:x}", (at ^ 7).wrapping_mul(at | 1).wrapping_mul(0x85eb_ca6b)));
        let content = format!(
            r#"{{"day":"{day}","noise":"{}","totals_by_feature":[{{"feature":"agent_edit","loc_added_sum":9,"loc_deleted_sum":1}}]}}"#,
            noise.collect::<String>()
        );
        let content = content.into_bytes();
        let fact =
            DayFact { scope: scope.clone(), day, part: Part::Aggregate, hash: hash::of_row(&content), content: Some(content) };
        let reading = Reading { at: "2026-12-20T00:00:00Z".parse().unwrap(), is_cached: false };
        HistoryStore::open(folder.path()).unwrap().write(&[fact], reading).unwrap();
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let compute = |id: &str| {
            let context = Context::new(figure::Bucket::Day);
            reader.compute(figure::find(id).unwrap(), &scope, context, (day, day))
        };
        assert!(compute("agent-lines").is_ok());
        let file = rusqlite::Connection::open(folder.path().join(crate::history::FILE_NAME)).unwrap();
        let last = "DELETE FROM content WHERE number = (SELECT max(number) FROM content) AND number % 65536 > 0";
        assert_eq!(file.execute(last, []).unwrap(), 1);
        let refused = compute("agent-lines").unwrap_err();
        assert!(matches!(refused, HistoryError::Damaged { .. }), "{refused}");
        assert!(compute("merged-by-copilot").is_ok(), "what is not there is not lost");
    }

    #[test]
    fn a_day_without_a_snapshot_of_seats_has_that_of_the_nearest_day_the_next_one_first() {
        let folder = tempfile::tempdir().unwrap();
        let scope = ScopeKey::of_slice("acme", false, "api.github.com");
        let day = |of_month: i32| "2026-11-01".parse::<Day>().unwrap().plus_days(of_month - 1);
        let fact = |of_month: i32| {
            let content = Some(super::sections::of_seats(SeatsDay { unassigned: of_month as u64, ..SeatsDay::default() }.pack()));
            let hash = hash::of_row(&[of_month as u8]);
            DayFact { scope: scope.clone(), day: day(of_month), part: Part::Seats, hash, content }
        };
        let reading = Reading { at: "2026-12-20T00:00:00Z".parse().unwrap(), is_cached: false };
        HistoryStore::open(folder.path()).unwrap().write(&[fact(10), fact(12), fact(20)], reading).unwrap();
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let near = |of_month: i32| {
            let wanted = Wanted { reads: Reads { seats: true, ..Reads::NOTHING }, team: None, smallest_group: 5 };
            let days = DayReader::new(&reader, &scope, (day(of_month), day(of_month)), wanted).unwrap();
            days.seats_near(day(of_month)).map(|fact| i32::from(fact.day.of_month()))
        };
        // Day 11 has one before and one after; day 15 has one three days before; day 16 and day 6 have none.
        let found = [6, 7, 9, 10, 11, 12, 15, 16, 17, 23, 24].map(near);
        assert_eq!(found, [None, Some(10), Some(10), Some(10), Some(12), Some(12), Some(12), None, Some(20), Some(20), None]);
    }

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
        let series =
            reader.compute(figure, &scope, Context::new(figure::Bucket::Day), (day("2026-11-01"), day("2026-11-05"))).unwrap();
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
