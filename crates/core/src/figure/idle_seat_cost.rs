//! What idle seats cost for a month.

use super::context::{self, Context};
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::seats_by_activity::is_idle;
use super::series::Point;
use super::series::Series;
use super::windows::Newest;
use super::{Figure, Fold};
use crate::facts::HeldSeat;
use crate::model::day::Day;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "idle-seat-cost",
        title: "Cost of idle seats",
        sentence: "The price of a month of the seats without activity for 30 days, of those of them for which GitHub's evidence is younger than 3 days, and of those that end at renewal anyway.",
        unit: Unit::Money,
        numerator: "prices of the seats of each kind",
        denominator: None,
        population: "people who hold a seat on the day",
        fields: &["created_at", "pending_cancellation_date", "last_activity_at", "plan_type"],
        first_day: "2025-10-10",
        caveats: &[
            "Prices are those of the settings on the day, with their source; without a price for a plan there is no value.",
            "It is no saving: a seat given back is saved only from its renewal on.",
            "`ends at renewal` are seats with a pending cancellation, idle or not.",
            "The point of a week or a month is that of its last day.",
            "Without a snapshot of seats on the day, that of the nearest day stands, at most three days away.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/rest/copilot/copilot-user-management",
    },
    reads: Reads { seats: true, prices: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(IdleSeatCost { context, series: NAMES.map(|_| Newest::new(context.by)) }),
};

const NAMES: [&str; 3] = ["exposure", "with fresh evidence", "ends at renewal"];

/// Days of age from which on evidence is not fresh.
const FRESH_DAYS: i32 = 3;

struct IdleSeatCost<'a> {
    context: Context<'a>,
    series: [Newest; 3],
}

impl IdleSeatCost<'_> {
    /// The sum of the prices of seats; none when the price of one is not known.
    fn cost<'s>(&self, seats: impl Iterator<Item = &'s HeldSeat>, day: Day) -> Option<f64> {
        let price = |seat: &HeldSeat| context::on(&self.context.inputs.prices, seat.plan.as_deref()?, day);
        seats.map(price).sum()
    }
}

impl Fold for IdleSeatCost<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let day = facts.day;
        let points = match (facts.is_withheld, facts.seats) {
            (true, _) => NAMES.map(|_| Point::withheld(day)),
            (false, None) => NAMES.map(|_| Point::not_held(day)),
            (false, Some(seats)) => {
                let holders = seats.holders(day);
                let held = || seats.seats.iter().filter(|seat| holders.contains(seat.person));
                let idle = || held().filter(|seat| is_idle(seat, day));
                let is_fresh = seats.evidence.is_some_and(|newest| day.days_since(Day::of(newest)) < FRESH_DAYS);
                let costs = [
                    self.cost(idle(), day),
                    self.cost(idle().filter(|_| is_fresh), day),
                    self.cost(held().filter(|seat| seat.pending_cancellation.is_some()), day),
                ];
                costs.map(|cost| match cost {
                    Some(cost) => Point::count(day, cost, facts.is_provisional),
                    None => Point::not_held(day),
                })
            }
        };
        self.series.iter_mut().zip(points).for_each(|(series, point)| series.push(point));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        NAMES.iter().zip(self.series).map(|(name, points)| points.series(Some(name))).collect()
    }
}
