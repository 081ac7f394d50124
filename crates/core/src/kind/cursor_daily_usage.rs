//! The kind `cursor-daily-usage`.

use super::{AccountList, Kind, PathTemplate, Right, ScopeLevel, Source, Split, Vendor, fields, persons, row};

/// <https://cursor.com/docs/account/teams/admin-api>
///
/// Cursor documents no first day, and keeps a window that it does not name: older days are empty.
pub(super) const KIND: Kind = Kind {
    name: "cursor-daily-usage",
    aliases: &[],
    about: "what each member of the Cursor team did, one item per member and day",
    scope: ScopeLevel::Account,
    source: Source::Account(AccountList {
        vendor: Vendor::Cursor,
        method: "POST",
        path: PathTemplate("/teams/daily-usage-data"),
        right: Right::CursorAdmin,
        since: Some("2024-01-01"),
    }),
    of_enterprise: None,
    split: Split::Whole,
    row: row::CURSOR_DAY,
    fields: fields::tools::CURSOR_DAY,
    persons: persons::CURSOR_MEMBERS,
    blueprints: &["cursor_daily_usage"],
    sunset: None,
};
