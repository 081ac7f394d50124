//! AI credits of a month against those that seats include.

use super::aggregate::AggregateRow;
use super::billing;
use super::bucket::Bucket;
use super::context::{self, Context};
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::Newest;
use super::{Figure, Fold};
use crate::model::day::Day;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "credit-pool",
        title: "Credits of the month",
        sentence: "AI credits used since the first of the month by telemetry and by the invoice, the credits that the seats include, and the credits to be expected at the end of the month.",
        unit: Unit::Credits,
        numerator: "credits from the first of the month to the day",
        denominator: None,
        population: "everybody in the organization or enterprise",
        fields: &["ai_credits_used", "usageItems[].netQuantity", "usageItems[].grossQuantity", "plan_type"],
        first_day: "2026-06-19",
        caveats: &[
            "Telemetry and invoice are two lines: the invoice is what is paid.",
            "Included credits are those of the settings on the day, by plan; without a number for a plan there is no pool. They begin anew on the first of each month, 00:00 UTC.",
            "The expected number goes on as in the working days of the month so far.",
            "The point of a week or a month is that of its last day.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/concepts/billing/copilot-requests",
    },
    reads: Reads {
        aggregate: true,
        lists: Some(&[]),
        seats: true,
        billing: true,
        included_credits: true,
        holidays: true,
        ..Reads::NOTHING
    },
    days_before: 31,
    begin: |context| {
        Box::new(CreditPool {
            context,
            telemetry: Month::default(),
            invoice: Month::default(),
            series: NAMES.map(|_| Newest::new(context.by)),
        })
    },
};

const NAMES: [&str; 4] = ["used by telemetry", "used by the invoice", "included", "expected at the end of the month"];

/// The sum of a month so far; not held when a day since its first is not.
#[derive(Default)]
struct Month {
    first: Option<Day>,
    sum: Option<f64>,
}

impl Month {
    fn add(&mut self, day: Day, credits: Option<f64>) -> Option<f64> {
        let first = Bucket::Month.first_day(day);
        if self.first != Some(first) {
            // A month of which the first day was not given is not whole.
            *self = Self { first: Some(first), sum: (day == first).then_some(0.0) };
        }
        self.sum = self.sum.zip(credits).map(|(sum, credits)| sum + credits);
        self.sum
    }
}

struct CreditPool<'a> {
    context: Context<'a>,
    telemetry: Month,
    invoice: Month,
    series: [Newest; 4],
}

impl CreditPool<'_> {
    fn included(&self, facts: &DayFacts<'_>) -> Option<f64> {
        let seats = facts.seats?;
        let holders = seats.holders(facts.day);
        let held = seats.seats.iter().filter(|seat| holders.contains(seat.person));
        held.map(|seat| context::on(&self.context.inputs.included_credits, seat.plan.as_deref()?, facts.day)).sum()
    }

    /// What is used by working day, times the working days of the month; none before the first working day.
    fn expected(&self, day: Day, used: f64) -> Option<f64> {
        let first = Bucket::Month.first_day(day);
        let of_month = (0..31).map(|count| first.plus_days(count)).filter(|day| Bucket::Month.first_day(*day) == first);
        let working: Vec<Day> = of_month.filter(|day| self.context.inputs.is_working_day(*day)).collect();
        let so_far = working.iter().filter(|working| **working <= day).count();
        (so_far > 0).then(|| used / so_far as f64 * working.len() as f64)
    }
}

impl Fold for CreditPool<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read);
        let telemetry = self
            .telemetry
            .add(facts.day, row.and_then(|row| row.ai_credits_used.or(FIGURE.definition.has(facts.day).then_some(0.0))));
        let invoice = self.invoice.add(facts.day, facts.billing.and_then(billing::items).map(|items| billing::credits(&items)));
        let expected = invoice.or(telemetry).map(|used| self.expected(facts.day, used));
        let point = |number: Option<f64>| match number {
            _ if facts.is_withheld => Point::withheld(facts.day),
            Some(number) => Point::count(facts.day, number, facts.is_provisional),
            None => Point::not_held(facts.day),
        };
        let points = [
            point(telemetry),
            point(invoice),
            point(self.included(facts)),
            match expected {
                Some(None) if !facts.is_withheld => Point::of(facts.day, None, facts.is_provisional),
                _ => point(expected.flatten()),
            },
        ];
        self.series.iter_mut().zip(points).for_each(|(series, point)| series.push(point));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        NAMES.iter().zip(self.series).map(|(name, points)| points.series(Some(name))).collect()
    }
}
