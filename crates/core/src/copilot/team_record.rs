//! Writes the record of one team and day. Its fields are explained in `docs/team-metrics.md`.

use serde::Serialize;

use super::cells::Cell;
use super::columns::{ColumnKind, RECORD};
use super::finished_day::FinishedTeamDay;
use super::meaning::PROMISED_COUNTERS;
use super::roster::Team;
use super::sums::Sums;
use super::user_row::push_quoted;
use super::windows::Windows;

/// Record of one team on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRecord {
    /// GitHub's id of the team.
    pub team_id: u64,
    /// The team's slug on that day. It may have another one since.
    pub slug: Option<String>,
    /// The record: the text of one JSON object.
    pub json: Vec<u8>,
}

/// Records of a day, ascending by team id, each made when it is asked for.
#[derive(Debug)]
pub struct TeamRecords<'day> {
    day: &'day FinishedTeamDay,
    windows: &'day Windows,
    teams: std::slice::Iter<'day, (u64, Team)>,
    sums: Sums,
}

impl FinishedTeamDay {
    /// One record per team, ascending by team id. Windows are those of `windows` if the newest day held there is this one, see
    /// [`Windows::hold`]; else they are null.
    pub fn records<'day>(&'day self, windows: &'day Windows) -> TeamRecords<'day> {
        TeamRecords::new(self, windows)
    }
}

impl<'day> TeamRecords<'day> {
    fn new(day: &'day FinishedTeamDay, windows: &'day Windows) -> Self {
        Self { day, windows, teams: day.teams.iter(), sums: Sums::new(day.reader.columns.len()) }
    }
}

impl Iterator for TeamRecords<'_> {
    type Item = TeamRecord;

    fn next(&mut self) -> Option<TeamRecord> {
        let (team_id, team) = self.teams.next()?;
        let json = record(self.day, self.windows, *team_id, team, &mut self.sums);
        Some(TeamRecord { team_id: *team_id, slug: team.slug.clone(), json })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.teams.size_hint()
    }
}

/// Counts of people in a record, in the order of its keys.
#[derive(Serialize)]
struct People {
    members_in_report: u64,
    active_users_documented_count_distinct: u64,
    users_with_interaction_or_generation: u64,
    members_total: u64,
    members_active: u64,
    members_idle: u64,
    daily_active_users: u64,
    weekly_active_users: Option<u64>,
    monthly_active_users: Option<u64>,
    active_users_28d: Option<u64>,
    days_in_report_7d: Option<u64>,
    days_in_report_28d: Option<u64>,
}

fn record(day: &FinishedTeamDay, windows: &Windows, team_id: u64, team: &Team, sums: &mut Sums) -> Vec<u8> {
    let columns = &day.reader.columns;
    sums.clear();
    let (mut reported, mut active, mut prompted_or_generated) = (0, 0, 0);
    for (_, row) in day.rows_of(team) {
        reported += 1;
        active += u64::from(row.is_active);
        prompted_or_generated += u64::from(row.prompted_or_generated);
        row.numbers.cells().for_each(|(column, cell)| sums.add(columns, column, cell));
    }
    if reported == 0 {
        add_idleness(day, sums);
    }
    let members = team.members.len() as u64;
    let of_team = windows.of(team_id, day.day);
    let people = People {
        members_in_report: members,
        active_users_documented_count_distinct: reported,
        users_with_interaction_or_generation: prompted_or_generated,
        members_total: members,
        members_active: active,
        members_idle: members - active,
        daily_active_users: reported,
        weekly_active_users: of_team.active_users_7d,
        monthly_active_users: of_team.active_users_28d,
        active_users_28d: of_team.active_users_28d,
        days_in_report_7d: of_team.days_in_report_7d,
        days_in_report_28d: of_team.days_in_report_28d,
    };
    let mut out = String::with_capacity(1024);
    out.push_str(&format!(r#"{{"day":"{}","#, day.day));
    if let Some(id) = &day.owner.id {
        push_quoted(&mut out, day.owner.owner.id_field());
        out.push(':');
        push_quoted(&mut out, id);
        out.push(',');
    }
    out.push_str(&format!(r#""team_id":{team_id},"slug":"#));
    match &team.slug {
        Some(slug) => push_quoted(&mut out, slug),
        None => out.push_str("null"),
    }
    if day.is_of_today {
        out.push_str(r#","membership":"current""#);
    }
    out.push(',');
    let people = serde_json::to_string(&people).unwrap_or_default();
    out.push_str(people.trim_matches(['{', '}']));
    sums.write_fields(columns, RECORD, &mut out);
    if reported == 0 {
        write_missing_promises(day, &mut out);
    }
    out.push('}');
    out.into_bytes()
}

/// A team in which nobody has a row did nothing, of all that the report counts. That is known, so it is 0 and not absent.
fn add_idleness(day: &FinishedTeamDay, sums: &mut Sums) {
    let columns = &day.reader.columns;
    for column in columns.children(RECORD) {
        let kind = columns.get(*column).kind;
        if matches!(kind, ColumnKind::Counter | ColumnKind::People | ColumnKind::Breakdown) {
            sums.add(columns, *column, Cell::Integer(0));
        }
    }
}

/// The counters that GitHub promises on every row, when no row of the day had them to learn them from.
fn write_missing_promises(day: &FinishedTeamDay, out: &mut String) {
    let columns = &day.reader.columns;
    for name in PROMISED_COUNTERS {
        let is_written = columns.find(RECORD, name).is_some_and(|column| columns.get(column).kind == ColumnKind::Counter);
        if !is_written {
            out.push(',');
            push_quoted(out, name);
            out.push_str(":0");
        }
    }
}
