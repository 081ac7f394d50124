//! Seats by their last activity.

use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::Newest;
use super::{Figure, Fold};
use crate::facts::HeldSeat;
use crate::model::day::Day;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "seats-by-activity",
        title: "Seats by last activity",
        sentence: "People with a seat by the days since their last activity that GitHub knows: at most 7, at most 30, more, never, and those whose seat is younger than 30 days and was not used yet.",
        unit: Unit::People,
        numerator: "people of each kind",
        denominator: None,
        population: "people who hold a seat on the day, each in one series",
        fields: &["created_at", "pending_cancellation_date", "last_activity_at"],
        first_day: "2025-10-10",
        caveats: &[
            "GitHub's evidence of activity is late: see `seat-evidence-age` for how much.",
            "An enterprise lists a seat for each team that grants it; they are one person here.",
            "The point of a week or a month is that of its last day.",
            "Without a snapshot of seats on the day, that of the nearest day stands, at most three days away.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/rest/copilot/copilot-user-management",
    },
    reads: Reads { seats: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(SeatsByActivity { series: NAMES.map(|_| Newest::new(context.by)) }),
};

const NAMES: [&str; 5] = ["within 7 days", "within 30 days", "more than 30 days ago", "never", "new and not used yet"];

/// Days that a new seat may be unused without being idle.
pub(super) const GRACE_DAYS: i32 = 30;

struct SeatsByActivity {
    series: [Newest; 5],
}

impl Fold for SeatsByActivity {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let points = match (facts.is_withheld, facts.seats) {
            (true, _) => NAMES.map(|_| Point::withheld(facts.day)),
            (false, None) => NAMES.map(|_| Point::not_held(facts.day)),
            (false, Some(seats)) => {
                let holders = seats.holders(facts.day);
                let mut counts = [0_u64; 5];
                for seat in seats.seats.iter().filter(|seat| holders.contains(seat.person)) {
                    counts[kind(seat, facts.day)] += 1;
                }
                counts.map(|count| Point::count(facts.day, count as f64, facts.is_provisional))
            }
        };
        self.series.iter_mut().zip(points).for_each(|(series, point)| series.push(point));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        NAMES.iter().zip(self.series).map(|(name, points)| points.series(Some(name))).collect()
    }
}

/// The place of a seat among [`NAMES`].
fn kind(seat: &HeldSeat, on: Day) -> usize {
    match seat.last_activity.map(|last| on.days_since(last)) {
        Some(..=7) => 0,
        Some(..=30) => 1,
        Some(_) => 2,
        None if on.days_since(seat.created) < GRACE_DAYS => 4,
        None => 3,
    }
}

/// Whether a seat is idle: without activity for 30 days, and not new.
pub(super) fn is_idle(seat: &HeldSeat, on: Day) -> bool {
    matches!(kind(seat, on), 2 | 3)
}
