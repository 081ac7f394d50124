//! The kind `copilot-seats`.

use super::{Form, Kind, PathTemplate, Right, ScopeLevel, Source, Split, fields, persons, row};

/// <https://docs.github.com/en/rest/copilot/copilot-user-management>
///
/// An enterprise's list has one seat for each organization or team that grants it: someone can have several. All are items.
pub(super) const KIND: Kind = Kind {
    name: "copilot-seats",
    aliases: &[],
    about: "who may use Copilot, one item per seat",
    scope: ScopeLevel::Organization,
    source: Source::Pages {
        path: PathTemplate("/orgs/{owner}/copilot/billing/seats?per_page=100"),
        form: SEATS,
        right: Right::Seats,
    },
    of_enterprise: Some(Source::Pages {
        path: PathTemplate("/enterprises/{owner}/copilot/billing/seats?per_page=100"),
        form: SEATS,
        right: Right::Seats,
    }),
    split: Split::Whole,
    row: row::SEAT,
    fields: fields::seat::SEAT,
    persons: persons::SEATS,
    blueprints: &["copilot_seat"],
    sunset: None,
};

const SEATS: Form = Form::Within { list: "seats", count: "total_seats" };
