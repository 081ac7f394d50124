//! People who did something, by the definition of Pilotage.

use super::Figure;
use super::active_people::OfPeople;
use super::definition::{Definition, Unit};
use super::facts::Reads;
use crate::facts::PeopleSet;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "people-with-activity",
        title: "People with activity",
        sentence: "Different people whose rows show activity on a day, within the 7 days that end with it, and within the 28 days that end with it.",
        unit: Unit::People,
        numerator: "people with a counter above 0 other than `ai_credits_used`, or a `used_…` flag other than that of passive reviews",
        denominator: None,
        population: "members of the organization, the enterprise or the team on each day",
        fields: &["users-1-day", "user-teams-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "This is the definition of Pilotage. GitHub's is `active-people`: everybody with a row, also people of whom only credits are known.",
            "People are counted once in each window, so days, teams and organizations must not be added up.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { people: Some(|set| matches!(set, PeopleSet::Active)), ..Reads::NOTHING },
    days_before: 27,
    begin: |context| Box::new(OfPeople::new(context, PeopleSet::Active)),
};
