//! The kind `cursor-usage-events`.

use super::{AccountList, Kind, PathTemplate, Right, ScopeLevel, Source, Split, Vendor, fields, persons, row};

/// <https://cursor.com/docs/account/teams/admin-api>
pub(super) const KIND: Kind = Kind {
    name: "cursor-usage-events",
    aliases: &[],
    about: "each use of a model by the Cursor team, one item per event",
    scope: ScopeLevel::AccountDay,
    source: Source::Account(AccountList {
        vendor: Vendor::Cursor,
        method: "POST",
        path: PathTemplate("/teams/filtered-usage-events"),
        right: Right::CursorAdmin,
        since: Some("2024-01-01"),
    }),
    of_enterprise: None,
    split: Split::Whole,
    row: row::CURSOR_EVENT,
    fields: fields::tools::CURSOR_EVENT,
    persons: persons::CURSOR_EVENTS,
    blueprints: &["cursor_usage_event"],
    sunset: None,
};
