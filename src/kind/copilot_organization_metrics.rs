//! The kind `copilot-organization-metrics`.

use super::{Kind, PathTemplate, ScopeLevel, Source, Split, Sunset, fields};

/// GitHub closed its source on 2026-04-02; hosts that still serve it are read as before.
pub(super) const KIND: Kind = Kind {
    name: "copilot-organization-metrics",
    aliases: &[],
    about: "Copilot metrics of an organization in the form of 2024, one item per day",
    scope: ScopeLevel::Organization,
    source: Source::Pages { path: PathTemplate("/orgs/{owner}/copilot/metrics") },
    split: Split::Whole,
    fields: fields::legacy::DAY,
    sunset: Some(Sunset { closed: "2026-04-02", replacement: "organization-usage-metrics" }),
};
