//! The kind `copilot-seats`.

use super::{Form, Kind, PathTemplate, ScopeLevel, Source, Split, fields};

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
        form: Form::Within("seats"),
    },
    of_enterprise: Some(Source::Pages {
        path: PathTemplate("/enterprises/{owner}/copilot/billing/seats?per_page=100"),
        form: Form::Within("seats"),
    }),
    split: Split::Whole,
    fields: fields::seat::SEAT,
    sunset: None,
};
