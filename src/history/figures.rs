//! Figures of what is kept of a scope or of one of its teams. Of each day those parts and sections alone are read that the figure
//! names.

use rusqlite::{OptionalExtension, params};

use super::cells::{day_number, read_form, readings};
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::{HistoryReader, KeptFact};
use super::sections;
use crate::facts::teams::{TEAMS_PER_GROUP, unpack_all_members, unpack_members, unpack_record};
use crate::facts::{PackedSeats, PeopleDay, PersonSet, SeatsDay, TeamEntry, TeamsIndex};
use crate::figure::{Bucket, Context, DayFacts, Figure, Reads, Series, TeamsFacts};
use crate::model::day::Day;

impl HistoryReader {
    /// The series of a figure of a whole scope from `since` to `until`. A day that is not kept is in it as not held.
    ///
    /// # Errors
    /// When the file cannot be read, or a content in it is damaged.
    pub fn compute(&self, figure: &Figure, scope: &ScopeKey, by: Bucket, days: (Day, Day)) -> Result<Vec<Series>, HistoryError> {
        self.compute_of(figure, scope, None, by, days)
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
        by: Bucket,
        (since, until): (Day, Day),
    ) -> Result<Vec<Series>, HistoryError> {
        let mut fold = figure.begin(Context { is_team: team.is_some(), since: Some(since), ..Context::new(by) });
        let mut day = since.plus_days(-figure.days_before).max(self.first_day(scope)?.unwrap_or(since).min(since));
        while day <= until {
            let facts = self.facts_of(scope, team, day, &figure.reads)?;
            facts.give(day, |facts| fold.day(facts));
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
        let index = self.fact(scope, Part::Teams, last)?.map(|fact| self.index(&fact)).transpose()?.unwrap_or_default();
        Ok(index.teams.into_iter().filter_map(|team| team.slug).collect())
    }

    /// One part of one day; none when it is not kept.
    fn fact(&self, scope: &ScopeKey, part: Part, day: Day) -> Result<Option<KeptFact>, HistoryError> {
        let query =
            "SELECT content, read_at, same_since, same_readings, changes FROM fact JOIN scope ON scope.number = fact.scope
                     WHERE host = ?1 AND level = ?2 AND name = ?3 AND part = ?4 AND day = ?5";
        let find = || -> rusqlite::Result<Option<(Vec<u8>, [i64; 4])>> {
            let mut statement = self.connection.prepare_cached(query)?;
            let place = params![scope.host, scope.level, scope.name, part.number(), day_number(day)];
            statement.query_row(place, |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))).optional()
        };
        let Some((stored, [read_at, same_since, same, changes])) = find().map_err(HistoryError::database(&self.file))? else {
            return Ok(None);
        };
        let content = read_form(part, &stored).ok_or_else(|| self.unreadable(day))?;
        let is_provisional = !readings(day, read_at, same_since, same.unsigned_abs()).are_final();
        Ok(Some(KeptFact { day, content, is_provisional, changes: changes.unsigned_abs() }))
    }

    fn unreadable(&self, day: Day) -> HistoryError {
        self.damaged(format!("what it holds of {day} cannot be unpacked"))
    }

    fn section(&self, fact: &KeptFact, place: usize) -> Result<Vec<u8>, HistoryError> {
        sections::unpack(&fact.content, place).ok_or_else(|| self.unreadable(fact.day))
    }

    fn index(&self, fact: &KeptFact) -> Result<TeamsIndex, HistoryError> {
        TeamsIndex::unpack(&self.section(fact, 0)?).map_err(|_| self.unreadable(fact.day))
    }

    fn facts_of(&self, scope: &ScopeKey, team: Option<&str>, day: Day, reads: &Reads) -> Result<FoundFacts, HistoryError> {
        let mut found = FoundFacts::default();
        let Some(slug) = team else {
            if reads.aggregate
                && let Some(fact) = self.fact(scope, Part::Aggregate, day)?
            {
                found.is_provisional |= fact.is_provisional;
                // A content that is no text is no row either.
                found.aggregate = String::from_utf8(fact.content).ok();
            }
            self.add_people(&mut found, scope, day, reads)?;
            if (reads.teams || reads.team_members)
                && let Some(fact) = self.fact(scope, Part::Teams, day)?
            {
                found.is_provisional |= fact.is_provisional;
                let index = self.index(&fact)?;
                let groups = if reads.team_members { index.teams.len().div_ceil(TEAMS_PER_GROUP) } else { 0 };
                let mut members = Vec::new();
                for group in 1..=groups {
                    members.extend(unpack_all_members(&self.section(&fact, group)?).map_err(|_| self.unreadable(day))?);
                }
                found.teams = Some((index, members));
            }
            self.add_seats(&mut found, scope, day, reads)?;
            for (is_read, part, text) in [
                (reads.billing, Part::Billing, &mut found.billing),
                (reads.repositories, Part::Repositories, &mut found.repositories),
            ] {
                if is_read && let Some(fact) = self.fact(scope, part, day)? {
                    found.is_provisional |= part.has_days() && fact.is_provisional;
                    *text = String::from_utf8(fact.content).ok();
                }
            }
            return Ok(found);
        };
        let Some(fact) = self.fact(scope, Part::Teams, day)? else { return Ok(found) };
        let index = self.index(&fact)?;
        let Some(id) = index.id_of(slug) else { return Ok(found) };
        let Some((entry, (group, place))) = index.team(id).zip(index.place(id)) else {
            found.is_withheld = true;
            return Ok(found);
        };
        found.is_withheld = entry.is_withheld || index.is_suppressed(id);
        if found.is_withheld {
            return Ok(found);
        }
        found.is_provisional = fact.is_provisional;
        let groups = index.teams.len().div_ceil(TEAMS_PER_GROUP);
        let damaged = |_| self.unreadable(day);
        let members = unpack_members(&self.section(&fact, 1 + group)?, place).map_err(damaged)?;
        if reads.aggregate {
            let record = unpack_record(&self.section(&fact, 1 + groups + group)?, place).map_err(damaged)?;
            found.aggregate = record.map(|record| record.to_string());
        }
        self.add_people(&mut found, scope, day, reads)?;
        self.add_seats(&mut found, scope, day, reads)?;
        found.keep_only(members, entry);
        Ok(found)
    }

    fn add_people(&self, found: &mut FoundFacts, scope: &ScopeKey, day: Day, reads: &Reads) -> Result<(), HistoryError> {
        if reads.people.is_none() && !reads.credits && !reads.editors {
            return Ok(());
        }
        let Some(fact) = self.fact(scope, Part::People, day)? else { return Ok(()) };
        let damaged = |_| self.unreadable(day);
        let mut people = PeopleDay::default();
        if let Some(is_wanted) = reads.people {
            people.sets = PeopleDay::unpack_sets(&self.section(&fact, 0)?, is_wanted).map_err(damaged)?;
        }
        if reads.credits {
            people.credits = Some(PeopleDay::unpack_credits(&self.section(&fact, 1)?).map_err(damaged)?);
        }
        if reads.editors {
            people.editors = Some(PeopleDay::unpack_editors(&self.section(&fact, 2)?).map_err(damaged)?);
        }
        found.is_provisional |= fact.is_provisional;
        found.people = Some(people);
        Ok(())
    }

    fn add_seats(&self, found: &mut FoundFacts, scope: &ScopeKey, day: Day, reads: &Reads) -> Result<(), HistoryError> {
        if reads.seats
            && let Some(fact) = self.fact(scope, Part::Seats, day)?
        {
            let packed = PackedSeats { holders: self.section(&fact, 0)?, activity: self.section(&fact, 1)? };
            found.seats = Some(SeatsDay::unpack(&packed).map_err(|_| self.unreadable(day))?);
        }
        Ok(())
    }
}

/// What was found of a day.
#[derive(Default)]
struct FoundFacts {
    is_provisional: bool,
    is_withheld: bool,
    aggregate: Option<String>,
    people: Option<PeopleDay>,
    members: Option<PersonSet>,
    teams: Option<(TeamsIndex, Vec<PersonSet>)>,
    seats: Option<SeatsDay>,
    billing: Option<String>,
    repositories: Option<String>,
}

impl FoundFacts {
    /// Leaves what is of the members of a team.
    fn keep_only(&mut self, members: PersonSet, entry: &TeamEntry) {
        self.people = self.people.take().map(|people| {
            let editors = people.editors.is_some().then(|| entry.editors.clone());
            people.only(&members, editors)
        });
        self.seats = self.seats.take().map(|seats| seats.only(&members));
        self.members = Some(members);
    }

    fn give(&self, day: Day, take: impl FnOnce(&DayFacts<'_>)) {
        if self.is_withheld {
            return take(&DayFacts::withheld(day));
        }
        take(&DayFacts {
            aggregate: self.aggregate.as_deref(),
            people: self.people.as_ref(),
            members: self.members.as_ref(),
            teams: self.teams.as_ref().map(|(index, members)| TeamsFacts { index, members }),
            seats: self.seats.as_ref(),
            billing: self.billing.as_deref(),
            repositories: self.repositories.as_deref(),
            ..DayFacts::new(day, self.is_provisional)
        });
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
