//! What every row says about itself: its day, its organization or enterprise, and its user. These are the fields that rows
//! of two reports are joined on.

use super::json::Json;
use super::refusal::RowRefusal;
use crate::model::day::Day;

/// Whose reports are read, which decides on which id rows are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportOwner {
    /// An organization: `organization_id`. Its teams are the organization's.
    Organization,
    /// An enterprise: `enterprise_id`. Its teams are the enterprise's, business teams included.
    Enterprise,
}

impl ReportOwner {
    /// The field that holds the owner's id in every row.
    pub fn id_field(self) -> &'static str {
        match self {
            Self::Organization => "organization_id",
            Self::Enterprise => "enterprise_id",
        }
    }
}

/// The id of the one organization or enterprise that all rows of a report are about. The first row says which.
#[derive(Clone, Debug)]
pub(super) struct OneOwner {
    pub(super) owner: ReportOwner,
    pub(super) id: Option<String>,
}

impl OneOwner {
    pub(super) fn unknown(owner: ReportOwner) -> Self {
        Self { owner, id: None }
    }

    /// Refuses a row that is about somebody else, or that does not say about whom it is.
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

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) day: Day,
    pub(super) user_id: u64,
}

impl Heading {
    /// Reads it from a row of the days from `first` to `last` and of that owner.
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
        // Last, so that a row that is refused does not decide whom the others must be about.
        owner.check(row)?;
        Ok(Self { day, user_id })
    }
}

/// What no row of a users report has, but rows of others with a `user_id`. One of those in its place would be a user who did nothing.
const OF_OTHER_REPORTS: [&str; 3] = ["team_id", "repo_id", "day_totals"];

/// Refuses a row of another report in the place of a user's.
pub(super) fn check_user_row(row: &Json<'_>) -> Result<(), RowRefusal> {
    let foreign = OF_OTHER_REPORTS.into_iter().find(|field| row.get(field).is_some());
    foreign.map_or(Ok(()), |field| Err(RowRefusal::OtherReport { field }))
}

/// A line without the white space around it. Reports end lines with LF or CRLF, and may hold empty ones.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}
