//! The kind `copilot-billing`.

use super::{Form, Kind, PathTemplate, Right, ScopeLevel, Source, Split, fields, persons, row};

/// <https://docs.github.com/en/rest/copilot/copilot-user-management>
pub(super) const KIND: Kind = Kind {
    name: "copilot-billing",
    aliases: &[],
    about: "seats and settings of Copilot, one item per organization",
    scope: ScopeLevel::Organization,
    source: Source::Pages { path: PathTemplate("/orgs/{owner}/copilot/billing"), form: Form::Object, right: Right::Seats },
    of_enterprise: None,
    split: Split::Whole,
    row: row::BILLING,
    fields: fields::seat::BILLING,
    persons: persons::NOBODY,
    blueprints: &["copilot_billing"],
    sunset: None,
};
