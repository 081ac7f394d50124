//! How credits are spread over people.

use super::by_person::ByPerson;
use super::context::Context;
use super::context::SMALLEST_GROUP;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::{Figure, Fold};
use crate::facts::CreditTenths;
use crate::facts::tenths::TENTHS;
use crate::model::day::Day;

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
    reads: Reads { credits: true, tenths: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(CreditConcentration { context, period: None, points: Vec::new() }),
};

struct CreditConcentration<'a> {
    context: Context<'a>,
    /// The period that is being filled. Those before it are points, so that memory does not grow with days.
    period: Option<Period>,
    points: Vec<[Point; TENTHS]>,
}

impl CreditConcentration<'_> {
    fn end(&mut self) {
        let smallest = self.context.smallest_group;
        self.points.extend(self.period.take().map(|period| points(&period, smallest)));
    }
}

struct Period {
    first: Day,
    last: Day,
    credits: Credits,
    is_provisional: bool,
    is_held: bool,
    is_withheld: bool,
}

enum Credits {
    /// Of the one day of a period.
    ByTenth(CreditTenths),
    ByPerson(ByPerson<f64>),
}

impl Fold for CreditConcentration<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let first = self.context.by.first_day(facts.day);
        if self.period.as_ref().is_none_or(|period| period.first != first) {
            self.end();
            let is_withheld = self.context.is_team;
            let credits = Credits::ByPerson(ByPerson::default());
            self.period = Some(Period { first, last: facts.day, credits, is_provisional: false, is_held: true, is_withheld });
        }
        let Some(period) = &mut self.period else { return };
        period.last = facts.day;
        period.is_provisional |= facts.is_provisional;
        period.is_withheld |= facts.is_withheld;
        match facts.people.map(|people| (people.credits.as_ref(), people.tenths)) {
            Some((Some(credits), _)) => {
                if let Credits::ByPerson(all) = &mut period.credits {
                    all.change(credits.iter(), |all, used| *all += used);
                }
            }
            Some((None, Some(tenths))) => period.credits = Credits::ByTenth(tenths),
            _ => period.is_held &= facts.is_withheld,
        }
    }

    fn finish(mut self: Box<Self>) -> Vec<Series> {
        self.end();
        let series = |tenth: usize| Series {
            name: Some(format!("tenth {}", tenth + 1)),
            points: self.points.iter().map(|points| points[tenth].clone()).collect(),
        };
        (0..TENTHS).map(series).collect()
    }
}

fn points(period: &Period, smallest: u64) -> [Point; TENTHS] {
    let Period { last, is_provisional, is_held, is_withheld, .. } = *period;
    if !is_held {
        return std::array::from_fn(|_| Point::not_held(last));
    }
    let tenths = match &period.credits {
        Credits::ByTenth(tenths) => *tenths,
        Credits::ByPerson(credits) => CreditTenths::of(credits.iter().map(|(_, used)| *used)),
    };
    let is_small = tenths.people > 0 && tenths.people / (TENTHS as u64) < smallest;
    std::array::from_fn(|tenth| match is_withheld || is_small {
        true => Point::withheld(last),
        false => Point::ratio(last, tenths.parts[tenth], tenths.all, is_provisional),
    })
}
