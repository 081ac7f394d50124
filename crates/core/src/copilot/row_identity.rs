//! Identity of a row: its day, its organization or enterprise, and its user. Rows of two reports are joined on these fields.

use super::json::Json;
use super::refusal::RowRefusal;
use crate::model::day::Day;

/// Owner of the reports. It decides on which id field rows are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOwner {
    /// An organization: `organization_id`. Its teams are the organization's.
    Organization,
    /// An enterprise: `enterprise_id`. Its teams are the enterprise's, business teams included.
    Enterprise,
}

impl ReportOwner {
    /// The field with the owner's id in every row.
    pub fn id_field(self) -> &'static str {
        match self {
            Self::Organization => "organization_id",
            Self::Enterprise => "enterprise_id",
        }
    }
}

/// The id of the one organization or enterprise that all rows of a report must have; none until the first row sets it.
#[derive(Clone, Debug)]
pub(super) struct OneOwner {
    pub(super) owner: ReportOwner,
    pub(super) id: Option<String>,
}

impl OneOwner {
    pub(super) fn unknown(owner: ReportOwner) -> Self {
        Self { owner, id: None }
    }

    /// Refuses a row of another owner, or without an owner.
    fn check(&mut self, row: &Json<'_>) -> Result<(), RowRefusal> {
        let field = self.owner.id_field();
        let found = row.get(field).and_then(Json::id_text).ok_or(RowRefusal::NoOwner { field })?;
        match &self.id {
            None => self.id = Some(found.into_owned()),
            Some(expected) if *expected == found => {}
            Some(expected) => {
                return Err(RowRefusal::OtherOwner { field, expected: expected.clone(), found: found.into_owned() });
            }
        }
        Ok(())
    }
}

/// Day, owner and user of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowIdentity {
    pub(super) day: Day,
    pub(super) user_id: u64,
}

impl RowIdentity {
    /// Reads it from a row, which must be of a day from `first` to `last` and of that owner.
    pub(super) fn of(row: &Json<'_>, first: Day, last: Day, owner: &mut OneOwner) -> Result<Self, RowRefusal> {
        if !matches!(row, Json::Object(_)) {
            return Err(RowRefusal::NotAnObject);
        }
        let day: Day = row.get("day").and_then(Json::text).and_then(|day| day.parse().ok()).ok_or(RowRefusal::NoDay)?;
        if day < first || day > last {
            let asked = if first == last { first.to_string() } else { format!("{first} to {last}") };
            return Err(RowRefusal::OtherDay { asked, found: day });
        }
        let user_id = row.get("user_id").and_then(Json::id_number).ok_or(RowRefusal::NoUser)?;
        // Last, so that a refused row does not set the owner of the others.
        owner.check(row)?;
        Ok(Self { day, user_id })
    }
}

/// Fields that rows of other reports with a `user_id` have and rows of a users report do not. Taken as a user's row, such a row
/// would be a user without activity.
const OF_OTHER_REPORTS: [&str; 3] = ["team_id", "repo_id", "day_totals"];

/// Refuses a row of another report in a users report.
pub(super) fn check_user_row(row: &Json<'_>) -> Result<(), RowRefusal> {
    let foreign = OF_OTHER_REPORTS.into_iter().find(|field| row.get(field).is_some());
    foreign.map_or(Ok(()), |field| Err(RowRefusal::OtherReport { field }))
}

/// Removes the white space around a line. Reports end lines with LF or CRLF, and may have empty lines.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}
