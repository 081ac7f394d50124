//! How credits are spread over people.

use super::context::Context;
use super::context::SMALLEST_GROUP;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::{Figure, Fold};
use crate::model::day::Day;
use std::collections::HashMap;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "credit-concentration",
        title: "Concentration of credits",
        sentence: "The share of all credits that each tenth of the people used, from those who used most to those who used least.",
        unit: Unit::Share,
        numerator: "credits used by the tenth",
        denominator: Some("credits used by everybody"),
        population: "people with credits in the period, in ten parts of equal size",
        fields: &["ai_credits_used", "users-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "Nobody is named. When a tenth has fewer people than the smallest group, everything is withheld.",
            "It is of a whole organization or enterprise; for a team everything is withheld.",
            "The period is the day, the week or the month.",
            "Ten parts of a number that cannot be divided by ten differ by one person.",
        ],
        smallest_group: Some(SMALLEST_GROUP),
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { credits: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(CreditConcentration { context, periods: Vec::new() }),
};

const TENTHS: usize = 10;

struct CreditConcentration<'a> {
    context: Context<'a>,
    periods: Vec<Period>,
}

struct Period {
    first: Day,
    last: Day,
    credits: HashMap<u32, f64>,
    is_provisional: bool,
    is_held: bool,
    is_withheld: bool,
}

impl Fold for CreditConcentration<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let first = self.context.by.first_day(facts.day);
        if self.periods.last().is_none_or(|period| period.first != first) {
            let is_withheld = self.context.is_team;
            let credits = HashMap::new();
            self.periods.push(Period { first, last: facts.day, credits, is_provisional: false, is_held: true, is_withheld });
        }
        let Some(period) = self.periods.last_mut() else { return };
        period.last = facts.day;
        period.is_provisional |= facts.is_provisional;
        period.is_withheld |= facts.is_withheld;
        match facts.people.and_then(|people| people.credits.as_ref()) {
            Some(credits) => credits.iter().for_each(|(person, used)| *period.credits.entry(person).or_default() += used),
            None => period.is_held &= facts.is_withheld,
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let smallest = usize::try_from(self.context.smallest_group).unwrap_or(usize::MAX);
        let tenths: Vec<Vec<Point>> = self.periods.iter().map(|period| points(period, smallest)).collect();
        let series = |tenth: usize| Series {
            name: Some(format!("tenth {}", tenth + 1)),
            points: tenths.iter().filter_map(|points| points.get(tenth).cloned()).collect(),
        };
        (0..TENTHS).map(series).collect()
    }
}

fn points(period: &Period, smallest: usize) -> Vec<Point> {
    let mut used: Vec<f64> = period.credits.values().copied().filter(|used| *used > 0.0).collect();
    // In order, so that sums do not depend on who is first.
    used.sort_by(|one, other| other.total_cmp(one));
    let all: f64 = used.iter().sum();
    let point = |tenth: usize| {
        let part = used.get(used.len() * tenth / TENTHS..used.len() * (tenth + 1) / TENTHS).unwrap_or_default();
        Point::ratio(period.last, part.iter().sum(), all, period.is_provisional)
    };
    let is_small = !used.is_empty() && used.len() / TENTHS < smallest;
    (0..TENTHS)
        .map(|tenth| match period {
            Period { is_held: false, last, .. } => Point::not_held(*last),
            Period { is_withheld: true, last, .. } => Point::withheld(*last),
            Period { last, .. } if is_small => Point::withheld(*last),
            _ => point(tenth),
        })
        .collect()
}
