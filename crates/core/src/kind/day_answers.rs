//! Answers about one day each, which the query parameters `year`, `month` and `day` name.

use super::catalogue::Right;
use super::path::PathTemplate;
use crate::model::day::Day;

/// An endpoint that answers with everything about one day at once, without pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayAnswers {
    /// Its path, without parameters.
    pub path: PathTemplate,
    /// Right that a credential needs for it.
    pub right: Right,
    /// The first day of which there can be something, `YYYY-MM-DD`.
    pub since: &'static str,
}

impl DayAnswers {
    /// The path of an owner's answer about a day.
    pub fn fill(&self, owner: &str, day: Day) -> String {
        let (year, month, of_month) = day.parts();
        format!("{}?year={year}&month={month}&day={of_month}", self.path.fill(owner, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_named_in_three_numbers() {
        let answers =
            DayAnswers { path: PathTemplate("/organizations/{owner}/usage"), right: Right::Billing, since: "2026-06-01" };
        let path = answers.fill("acme", "2026-07-05".parse().unwrap());
        assert_eq!(path, "/organizations/acme/usage?year=2026&month=7&day=5");
    }
}
