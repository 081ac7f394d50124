//! The kind `cursor-spend`.

use super::{AccountList, Kind, PathTemplate, Right, ScopeLevel, Source, Split, Vendor, fields, persons, row};

/// <https://cursor.com/docs/account/teams/admin-api>
pub(super) const KIND: Kind = Kind {
    name: "cursor-spend",
    aliases: &[],
    about: "what each member of the Cursor team spent in the running billing cycle",
    scope: ScopeLevel::Account,
    source: Source::Account(AccountList {
        vendor: Vendor::Cursor,
        method: "POST",
        path: PathTemplate("/teams/spend"),
        right: Right::CursorAdmin,
        since: None,
    }),
    of_enterprise: None,
    split: Split::Whole,
    row: row::CURSOR_SPEND,
    fields: fields::tools::CURSOR_SPEND,
    persons: persons::CURSOR_MEMBERS,
    blueprints: &["cursor_spend"],
    sunset: None,
};
