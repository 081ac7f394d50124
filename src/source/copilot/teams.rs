//! Reads the days of teams: for each day the memberships, then the users, put together by [`crate::copilot`].
//!
//! One owner's days are read one after the other, oldest first, because windows of active people reach back over them. One day
//! is held at a time.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::days::Days;
use super::directory::{Listed, Owner, Teams, text};
use super::errors::source_error;
use super::owners::OwnerCheck;
use super::sink::{Context, Cut, Sink};
use super::slice::{span_of, split};
use super::{NewestDay, Reading, send_slice};
use crate::copilot::legacy_shape::LegacyTeamDay;
use crate::copilot::refusal::RowRefusal;
use crate::copilot::roster::Roster;
use crate::copilot::team_day::TeamDay;
use crate::copilot::windows::{MONTH_DAYS, Windows};
use crate::github::{DayRead, DayReader, GitHubError, RequestSubject, Selection};
use crate::kind::{ScopeLevel, Split, TeamReports, persons};
use crate::model::day::Day;
use crate::model::item::RawItem;
use crate::model::slice::{Slice, SliceEnd};
use crate::source::{Event, RowsReport};

/// What becomes of the entities of a suppressed team, see [`crate::reconcile::past_days`].
const SUPPRESSED_REMEDY: &str = "nothing to do: what is known of such a team stays until its day is older than the days that are read, \
    if the mapping's identifier has the day of the item in it; to delete all of it now, name the team in `excludeTeams`";

/// Shape of a team's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As `docs/team-metrics.md` says.
    Usage,
    /// As the closed endpoint had it.
    Legacy,
}

impl Reading<'_> {
    /// Begins to read the days of an owner's teams.
    pub(super) async fn read_team_days(
        &mut self,
        owner: &Owner,
        teams: &Arc<Teams>,
        reports: TeamReports,
        shape: Shape,
    ) -> Result<(), GitHubError> {
        if teams.objects.is_empty() {
            return Ok(());
        }
        let of_today = self.selection.of_today;
        let since = if of_today { reports.users.since } else { reports.memberships.since };
        let memberships = (!of_today).then_some(reports.memberships.path);
        let paths: Vec<_> = memberships.into_iter().chain([reports.users.path]).collect();
        let newest = if of_today { NewestDay::OfLatest(reports.users.newest) } else { NewestDay::OfTeams(reports) };
        let Some(days) = self.days(owner, since, newest, &paths).await? else { return Ok(()) };
        let level = if owner.is_enterprise() { ScopeLevel::Enterprise } else { ScopeLevel::Organization };
        let by_id = teams.objects.iter().filter_map(|team| Some((team.get("id")?.as_u64()?, Arc::from(team.to_string()))));
        let reader = TeamReader {
            context: self.context(),
            owners: self.owner_check(owner),
            listed: Arc::clone(&self.host.listed),
            selection: self.host.host.selection.clone(),
            owner: owner.clone(),
            slice: Slice { window: days.window(), ..self.slice(&owner.name) },
            enrichment: Arc::new(level.enrichment(owner.object.clone(), None)),
            texts: by_id.collect(),
            teams: Arc::clone(teams),
            memberships: reports.memberships.path.fill(&owner.name, None),
            users: reports.users.path.fill(&owner.name, None),
            days,
            of_today,
            shape,
        };
        self.running.start(&self.out, |out| reader.read(out)).await;
        Ok(())
    }
}

/// The days of the teams of one owner.
struct TeamReader {
    context: Context,
    owners: OwnerCheck,
    listed: Arc<Listed>,
    selection: Selection,
    owner: Owner,
    /// A slice of the owner, without a day.
    slice: Slice,
    enrichment: Arc<crate::model::item::Enrichment>,
    teams: Arc<Teams>,
    /// The teams' objects as text, by id.
    texts: HashMap<u64, Arc<str>>,
    memberships: String,
    users: String,
    days: Days,
    of_today: bool,
    shape: Shape,
}

/// The members of today, as the REST API lists them.
type Members = BTreeMap<u64, (String, Vec<u64>)>;

/// On how many of the days a team had no record, and of how many.
#[derive(Default)]
struct Absences {
    days: u64,
    by_team: HashMap<u64, u64>,
}

impl TeamReader {
    async fn read(self, out: mpsc::Sender<Event>) {
        let members = match self.of_today {
            true => {
                let listed = tokio::select! {
                    biased;
                    () = self.context.stop.cancelled() => None,
                    listed = self.members(&out) => listed,
                };
                match listed {
                    Some(members) => Some(members),
                    None => return,
                }
            }
            false => None,
        };
        let mut windows = Windows::new();
        if self.shape == Shape::Usage && !self.days.are_chosen {
            self.hold_kept_days(&mut windows, members.as_ref()).await;
        }
        let mut absences = Absences::default();
        for day in &self.days.days {
            let slice = Slice { day: Some(*day), ..self.slice.clone() };
            let (span, enrichment) = (span_of(&slice), Arc::clone(&self.enrichment));
            let Some(mut sink) = Sink::begin(&self.context, slice, enrichment, out.clone()).await else { return };
            let read = self.read_day(*day, &mut windows, members.as_ref(), &mut absences, &mut sink);
            let read = self.context.unless_stopped(span, read).await;
            match sink.end(read, self.context.about_reports()).await {
                None => return,
                // Who may not see one day may see none.
                Some(SliceEnd::Forbidden { .. }) => return,
                Some(_) => {}
            }
        }
        self.tell_suppressed(&absences, &out).await;
    }

    /// Gives windows the cached days before the first one. No request is made for them.
    async fn hold_kept_days(&self, windows: &mut Windows, members: Option<&Members>) {
        let Some(first) = self.days.days.first() else { return };
        for back in (1..MONTH_DAYS as i32).rev() {
            let day = first.plus_days(-back);
            if self.context.stop.is_cancelled() {
                return;
            }
            if let Some(folded) = self.kept_day(day, members).await {
                // A day that is not held makes windows null, and nothing else.
                let _ = windows.hold(&folded.finish());
            }
        }
    }

    async fn kept_day(&self, day: Day, members: Option<&Members>) -> Option<TeamDay> {
        let github = &self.context.github;
        // Half a day is of no use, and opening a file reads it.
        github.keeps_day(&self.users, day).then_some(())?;
        let mut roster = self.roster(day, members);
        if members.is_none() {
            let mut lines = github.kept_day(&self.memberships, day, &persons::USER_ROWS)?;
            fold(&mut lines, |line| roster.push_membership(line)).await?;
        }
        let mut lines = github.kept_day(&self.users, day, &persons::USER_ROWS)?;
        let mut folded = TeamDay::new(roster);
        fold(&mut lines, |line| folded.push_user(line)).await?;
        Some(folded)
    }

    fn roster(&self, day: Day, members: Option<&Members>) -> Roster {
        let Some(members) = members else {
            return Roster::of_report(self.owner.in_reports(), day);
        };
        let mut roster = Roster::of_today(self.owner.in_reports(), day);
        for (team, (slug, users)) in members {
            users.iter().for_each(|user| roster.add_member(*team, Some(slug), *user));
        }
        roster.suppress_small_teams();
        roster
    }

    /// Reads one day and sends a record for each of its teams. None is sent of a day that was not read whole: what is missing would
    /// be missing in the sums, and they would overwrite true ones.
    async fn read_day(
        &self,
        day: Day,
        windows: &mut Windows,
        members: Option<&Members>,
        absences: &mut Absences,
        sink: &mut Sink,
    ) -> Result<SliceEnd, Cut> {
        let mut roster = self.roster(day, members);
        let mut owner = self.owners.clone();
        if members.is_none() {
            let mut lines = match self.ready(&self.memberships, day).await? {
                Ok(lines) => lines,
                Err(end) => return Ok(end),
            };
            let push = |line: &[u8]| roster.push_membership(line).and_then(|()| owner.check(roster.owner_id()));
            sink.tell_cached(lines.cached()).await?;
            self.push(&mut lines, RowsReport::Memberships, sink, push).await?;
        }
        let mut lines = match self.ready(&self.users, day).await? {
            Ok(lines) => lines,
            Err(end) => return Ok(end),
        };
        absences.days += 1;
        for (team, _) in self.texts.iter().filter(|(team, _)| !roster.has_team(**team)) {
            *absences.by_team.entry(*team).or_default() += 1;
        }
        let source: Arc<str> = format!("the teams of {} on {day}", self.owner.name).into();
        match self.shape {
            Shape::Usage => {
                let mut folded = TeamDay::new(roster);
                let push = |line: &[u8]| folded.push_user(line).and_then(|()| owner.check(folded.owner_id()));
                self.push(&mut lines, RowsReport::Users, sink, push).await?;
                sink.doubt_owner(&source, owner.take_doubt());
                let day = folded.finish();
                if !sink.is_whole() {
                    return Ok(sink.complete());
                }
                let _ = windows.hold(&day);
                for (record, line) in day.records(windows).zip(1..) {
                    if self.is_left_out(record.team_id, record.slug.as_deref()) {
                        continue;
                    }
                    sink.push(self.item(record.team_id, record.slug.as_deref(), record.json, line));
                    sink.flush_if_full(&source).await?;
                }
            }
            Shape::Legacy => {
                let mut folded = LegacyTeamDay::new(roster);
                let push = |line: &[u8]| folded.push_user(line).and_then(|()| owner.check(folded.owner_id()));
                self.push(&mut lines, RowsReport::Users, sink, push).await?;
                sink.doubt_owner(&source, owner.take_doubt());
                if !sink.is_whole() {
                    return Ok(sink.complete());
                }
                for (record, line) in folded.records().zip(1..) {
                    let team = record.team_id.unwrap_or_default();
                    if self.is_left_out(team, record.slug.as_deref()) {
                        continue;
                    }
                    sink.push(self.item(team, record.slug.as_deref(), record.json, line));
                    sink.flush_if_full(&source).await?;
                }
            }
        }
        sink.flush(&source).await?;
        Ok(sink.complete())
    }

    /// True for a team that the settings leave out. A team that REST does not list is matched by its name in the report.
    fn is_left_out(&self, team: u64, slug: Option<&str>) -> bool {
        let is_unlisted = !self.texts.contains_key(&team);
        let is_chosen = || self.selection.has_team(&self.owner.name, slug.unwrap_or_default());
        self.selection.chooses_teams() && is_unlisted && (self.teams.left_out.contains(&team) || !is_chosen())
    }

    /// The lines of a day, or how the slice ends that has none.
    async fn ready(&self, path: &str, day: Day) -> Result<Result<Box<DayReader>, SliceEnd>, Cut> {
        let (github, cache) = (&self.context.github, self.days.cache_use(day));
        if let Some(report) = self.listed.take_report(path, day) {
            return Ok(Ok(Box::new(github.day_of(report, path, day, cache, &persons::USER_ROWS))));
        }
        Ok(match github.day(path, day, cache, &persons::USER_ROWS).await? {
            DayRead::Ready(lines) => Ok(lines),
            DayRead::NotReady { reason } => Err(SliceEnd::NotReady { reason }),
        })
    }

    /// Gives every line of a report to a fold; what it refuses is rejected, so that the slice is incomplete.
    async fn push(
        &self,
        lines: &mut DayReader,
        report: RowsReport,
        sink: &mut Sink,
        mut push: impl FnMut(&[u8]) -> Result<(), RowRefusal>,
    ) -> Result<(), Cut> {
        loop {
            sink.check_not_stopped()?;
            let read = lines.next().await;
            let source = lines.source();
            lines.take_rejected().for_each(|line| sink.rejected.add(format!("{source} {line}")));
            let Some(records) = read? else {
                sink.doubt_day(lines);
                return Ok(());
            };
            if self.shape == Shape::Usage && !self.of_today {
                sink.tell_rows(report, &records).await?;
            }
            let mut are_rows = true;
            for record in records {
                are_rows &= split(Split::Whole, record, &source, sink, |row, sink| match push(&row.json) {
                    Ok(()) => true,
                    Err(refusal) => {
                        sink.reject(&source, row.line, &refusal);
                        false
                    }
                });
            }
            if !are_rows {
                lines.distrust();
            }
        }
    }

    /// A record with its team: the object that REST has of it, or what the report says of a team that REST does not list.
    ///
    /// A batch is enriched as a whole, and here each item has another team; the record is ours to write, so it is put in.
    fn item(&self, team: u64, slug: Option<&str>, mut json: Vec<u8>, line: u64) -> RawItem {
        let unlisted = || Arc::from(json!({ "id": team, "slug": slug }).to_string());
        let text = self.texts.get(&team).map_or_else(unlisted, Arc::clone);
        if json.last() == Some(&b'}') {
            json.pop();
            json.extend_from_slice(b",\"__team\":");
            json.extend_from_slice(text.as_bytes());
            json.push(b'}');
        }
        RawItem { json: Bytes::from(json), line }
    }

    /// Teams that REST lists and that had no record on some of the days that were read: withheld by GitHub, not idle.
    async fn tell_suppressed(&self, absences: &Absences, out: &mpsc::Sender<Event>) {
        for team in &self.teams.objects {
            let days = team.get("id").and_then(Value::as_u64).and_then(|id| absences.by_team.get(&id));
            let Some(days) = days else { continue };
            let reason = format!(
                "GitHub reports no team with fewer than five members with a seat; it is left out on {days} of {} days",
                absences.days
            );
            let scope = self.context.naming.of(&format!("{}/{}", self.owner.name, text(team, "slug")));
            send_slice(
                out,
                Slice { scope, ..self.slice.clone() },
                SliceEnd::Suppressed { reason, remedy: SUPPRESSED_REMEDY.to_owned() },
            )
            .await;
        }
    }

    /// The members of today. None when the receiver was dropped.
    async fn members(&self, out: &mpsc::Sender<Event>) -> Option<Members> {
        let mut members = Members::new();
        for team in &self.teams.objects {
            let slug = text(team, "slug");
            let Some(id) = team.get("id").and_then(Value::as_u64) else { continue };
            let listed = match self.owner.is_enterprise() {
                true => self.context.github.enterprise_team_members(&self.owner.name, &slug).await,
                false => self.context.github.team_members(&self.owner.name, &slug).await,
            };
            match listed {
                // Some of the members make sums that are too small.
                Ok(listed) if !matches!(listed.end, SliceEnd::Complete | SliceEnd::Empty) => {
                    let scope = self.context.naming.of(&format!("{}/{slug}", self.owner.name));
                    send_slice(out, Slice { scope, ..self.slice.clone() }, listed.end).await;
                }
                Ok(listed) => {
                    let users = listed.objects.iter().filter_map(|user| user.get("id").and_then(Value::as_u64));
                    members.insert(id, (slug, users.collect()));
                }
                Err(error) if self.context.naming.is_bad_credentials(&error) => {
                    let _ = out.send(Event::Fatal(source_error(&error))).await;
                    return None;
                }
                Err(error) => {
                    let scope = self.context.naming.of(&format!("{}/{slug}", self.owner.name));
                    send_slice(out, Slice { scope, ..self.slice.clone() }, error.slice_end(RequestSubject::Teams)).await;
                }
            }
        }
        (!out.is_closed()).then_some(members)
    }
}

/// Gives every line of a kept day to a fold. None when the day cannot be read; refused rows are counted by the fold.
async fn fold(lines: &mut DayReader, mut push: impl FnMut(&[u8]) -> Result<(), RowRefusal>) -> Option<()> {
    while let Some(rows) = lines.next().await.ok()? {
        for row in rows {
            let _ = push(&row.json);
        }
    }
    Some(())
}
