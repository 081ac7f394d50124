//! When a day is final: the source changes it no more, as far as readings can tell.

use crate::model::day::Day;

/// Days after which GitHub changes a day's numbers no more: late telemetry arrives within three.
pub const FINAL_AFTER_DAYS: i32 = 4;

/// Readings that must find the same, on different UTC days.
const EQUAL_READINGS: u64 = 2;

/// Age of a day from which on one reading is enough. Nothing of it is on its way any more, and a second reading would only say how
/// the first was read.
pub const SETTLED_AFTER_DAYS: i32 = 28;

/// Readings of a day, as far as they tell whether it is final.
#[derive(Clone, Copy, Debug)]
pub(super) struct Readings {
    /// The day.
    pub(super) day: Day,
    /// The day of the first reading that found what the last one found.
    pub(super) same_since: Day,
    /// Days since then on which a reading found the same.
    pub(super) same: u64,
    /// The day of the last reading.
    pub(super) last: Day,
}

impl Readings {
    /// Whether the day is final: four days after it or later, a reading found what the one before it had found.
    pub(super) fn are_final(self) -> bool {
        let is_settled = self.same_since.days_since(self.day) >= SETTLED_AFTER_DAYS;
        self.last.days_since(self.day) >= FINAL_AFTER_DAYS && (self.same >= EQUAL_READINGS || is_settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_final_when_it_is_old_enough_and_was_the_same_twice() {
        let day: Day = "2026-11-01".parse().unwrap();
        // Days after it of the first and the last of so many equal readings.
        for (since, last, same, are_final) in [
            (1, 1, 1, false),
            (1, 3, 2, false),
            (1, 4, 2, true),
            (4, 4, 1, false),
            (27, 27, 1, false),
            (28, 28, 1, true),
            (40, 40, 1, true),
        ] {
            let readings = Readings { day, same_since: day.plus_days(since), same, last: day.plus_days(last) };
            assert_eq!(readings.are_final(), are_final, "{since} {last} {same}");
        }
    }
}
