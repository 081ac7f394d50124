//! New, retained, returned and lapsed people.

use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::periods::{Period, Periods, UNKNOWING};
use super::series::Point;
use super::series::Series;
use super::windows::Held;
use super::{ALL_DAYS, Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "growth",
        title: "New, retained, returned and lapsed people",
        sentence: "People who were active in a week for the first time, who were active in the week before as well, who come back after a week without, and who were active in the week before and not in this one.",
        unit: Unit::People,
        numerator: "people of each kind",
        denominator: None,
        population: "everybody in the organization, the enterprise or the team",
        fields: &["users-1-day", "user-teams-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "By month it is months instead of weeks; by day it is weeks.",
            "Active is GitHub's definition.",
            "In the first 8 periods of the history new people cannot be told from returned ones, so there is neither.",
            "A period counts once all of its days were read. A day is the last one of the period.",
            "A team's people are those who were active while they were in it.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { people: Some(|set| matches!(set, PeopleSet::Reported)), ..Reads::NOTHING },
    days_before: ALL_DAYS,
    begin: |context| Box::new(Growth(Periods::new(context.by))),
};

struct Growth(Periods);

impl Fold for Growth {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.0.push(facts, Held::of(facts, || facts.people.map(|people| people.people(&PeopleSet::Reported))));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let periods = self.0.finish();
        let mut seen = PersonSet::new();
        let mut series =
            ["new", "retained", "returned", "lapsed"].map(|name| Series { name: Some(name.to_owned()), points: Vec::new() });
        for (place, period) in periods.iter().enumerate() {
            let nobody = PersonSet::new();
            let before = place.checked_sub(1).and_then(|place| periods.get(place));
            let people_before = before.map_or(&nobody, |before| &before.people);
            let can_tell = place >= UNKNOWING;
            let now = &period.people;
            let needs: Vec<&Period> = before.into_iter().collect();
            let point = |is_known: bool, people: u64| match is_known && before.is_some() {
                true => period.count(&needs, || people),
                false => Point::not_held(period.last),
            };
            let points = [
                point(can_tell, now.difference_len(&seen)),
                point(true, now.intersection_len(people_before)),
                point(can_tell, (now & &seen).difference_len(people_before)),
                point(true, people_before.difference_len(now)),
            ];
            series.iter_mut().zip(points).for_each(|(series, point)| series.points.push(point));
            seen |= now;
        }
        series.into()
    }
}
