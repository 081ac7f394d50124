//! Definition of a figure, as data. Pages, tables and exports show this text; there is no other.

use serde::Serialize;

use crate::model::day::Day;

/// Definition of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// The name in commands and addresses, in kebab-case.
    pub id: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The definition in one sentence.
    pub sentence: &'static str,
    /// Unit of the value.
    pub unit: Unit,
    /// Count above the line of a ratio, or the count itself.
    pub numerator: &'static str,
    /// Count below the line; none for a count.
    pub denominator: Option<&'static str>,
    /// The people or things that are counted.
    pub population: &'static str,
    /// The fields of GitHub's reports that it reads.
    pub fields: &'static [&'static str],
    /// The first day of which GitHub has what it needs, `YYYY-MM-DD`.
    pub first_day: &'static str,
    /// Limits of a comparison with other numbers, a sentence each.
    pub caveats: &'static [&'static str],
    /// The smallest group of people that it is shown for. None: it counts no group below a whole organization.
    pub smallest_group: Option<u64>,
    /// Address of the definition's source.
    pub source: &'static str,
}

impl Definition {
    /// The definition as it is shown where the smallest group has so many people.
    #[must_use]
    pub fn for_groups_of(self, smallest_group: u64) -> Self {
        Self { smallest_group: self.smallest_group.map(|_| smallest_group), ..self }
    }

    /// Whether GitHub has what it needs of that day. None of a number then means nobody, and before it means not known.
    pub fn has(&self, day: Day) -> bool {
        self.first_day.parse::<Day>().is_ok_and(|first| first <= day)
    }
}

/// Units of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Different people.
    People,
    /// A part of a whole, from 0 to 1.
    Share,
    /// How many more people, or fewer.
    Change,
    /// A count divided by another, such as prompts by people.
    Rate,
    /// Lines of code.
    Lines,
    /// Prompts.
    Prompts,
    /// Uses of something, such as sessions.
    Uses,
    /// Pull requests.
    PullRequests,
    /// Minutes.
    Minutes,
    /// Days.
    Days,
    /// AI credits.
    Credits,
    /// Money, in the currency of the prices in the settings.
    Money,
}
