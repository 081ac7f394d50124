//! The kind `cursor-members`.

use super::{AccountList, Kind, PathTemplate, Right, ScopeLevel, Source, Split, Vendor, fields, persons, row};

/// <https://cursor.com/docs/account/teams/admin-api>
pub(super) const KIND: Kind = Kind {
    name: "cursor-members",
    aliases: &[],
    about: "members of the Cursor team, one item per member",
    scope: ScopeLevel::Account,
    source: Source::Account(AccountList {
        vendor: Vendor::Cursor,
        method: "GET",
        path: PathTemplate("/teams/members"),
        right: Right::CursorAdmin,
        since: None,
    }),
    of_enterprise: None,
    split: Split::Whole,
    row: row::CURSOR_MEMBER,
    fields: fields::tools::CURSOR_MEMBER,
    persons: persons::CURSOR_MEMBERS,
    blueprints: &["cursor_member"],
    sunset: None,
};
