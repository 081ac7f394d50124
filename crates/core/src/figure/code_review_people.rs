//! People in code reviews by Copilot.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::{self, Held, Newest};
use super::{Figure, Fold};
use crate::facts::PeopleSet;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "code-review-people",
        title: "People in reviews by Copilot",
        sentence: "People who asked for a review by Copilot or applied its suggestions on a day, and people whose changes were reviewed without their asking.",
        unit: Unit::People,
        numerator: "active people, and passive people",
        denominator: None,
        population: "everybody in the organization, the enterprise or the team",
        fields: &[
            "daily_active_copilot_code_review_users",
            "daily_passive_copilot_code_review_users",
            "used_copilot_code_review_active",
            "used_copilot_code_review_passive",
        ],
        first_day: "2026-04-22",
        caveats: &["Who is active is not passive on the same day.", "The point of a week or a month is that of its last day."],
        smallest_group: None,
        source: "https://github.blog/changelog/2026-04-22-copilot-code-review-user-counts-now-aggregate-in-usage-metrics-api",
    },
    reads: Reads { aggregate: true, lists: Some(&[]), people: Some(is_read), ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(CodeReviewPeople { is_team: context.is_team, series: NAMES.map(|_| Newest::new(context.by)) }),
};

const ACTIVE: &str = "used_copilot_code_review_active";
const PASSIVE: &str = "used_copilot_code_review_passive";
const NAMES: [&str; 2] = ["active", "passive"];

fn is_read(set: &PeopleSet) -> bool {
    matches!(set, PeopleSet::Flag(flag) if flag == ACTIVE || flag == PASSIVE)
}

struct CodeReviewPeople {
    is_team: bool,
    series: [Newest; 2],
}

impl Fold for CodeReviewPeople {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let points = if self.is_team {
            let active = Held::of(facts, || facts.people.map(|people| people.people(&PeopleSet::flag(ACTIVE))));
            let passive = Held::of(facts, || {
                facts.people.map(|people| people.people(&PeopleSet::flag(PASSIVE)) - people.people(&PeopleSet::flag(ACTIVE)))
            });
            [active, passive].map(|held| windows::count(facts, &held))
        } else {
            let row = facts.aggregate.and_then(AggregateRow::read).unwrap_or_default();
            [row.daily_active_copilot_code_review_users, row.daily_passive_copilot_code_review_users].map(|count| match count {
                Some(count) => Point::count(facts.day, count, facts.is_provisional),
                None => Point::not_held(facts.day),
            })
        };
        self.series.iter_mut().zip(points).for_each(|(series, point)| series.push(point));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        NAMES.iter().zip(self.series).map(|(name, points)| points.series(Some(name))).collect()
    }
}
