//! Counts of distinct people within several days.

use super::super::activity::activity_bit;

/// Last 32 days of each person and each bit of [`activity_bit`]. Bit 0 is the latest day.
pub(super) struct ActivityWindow {
    history: Vec<[u32; activity_bit::COUNT]>,
}

impl ActivityWindow {
    pub(super) fn new(people: usize) -> Self {
        Self { history: vec![[0; activity_bit::COUNT]; people] }
    }

    /// Adds the next day of a person. Each person needs each day, in order.
    pub(super) fn push(&mut self, person: usize, bits: u16) {
        for (position, history) in self.history[person].iter_mut().enumerate() {
            *history = *history << 1 | u32::from(bits >> position & 1);
        }
    }

    /// Number of people with any of `bits` on any of the last `days` days (at most 32), the latest included.
    pub(super) fn distinct(&self, bits: u16, days: u32) -> u64 {
        self.history.iter().filter(|history| within(history, bits, days)).count() as u64
    }

    /// Checks whether a person is among them.
    pub(super) fn is_within(&self, person: usize, bits: u16, days: u32) -> bool {
        within(&self.history[person], bits, days)
    }
}

fn within(history: &[u32; activity_bit::COUNT], bits: u16, days: u32) -> bool {
    let mask = if days >= 32 { u32::MAX } else { (1 << days) - 1 };
    history.iter().enumerate().any(|(position, history)| bits >> position & 1 == 1 && history & mask != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_counted_once_and_only_within_the_days() {
        let mut window = ActivityWindow::new(2);
        for day in 0..10 {
            window.push(0, if day == 2 { activity_bit::CHAT } else { 0 });
            window.push(1, activity_bit::ANYTHING);
        }
        assert_eq!(window.distinct(activity_bit::CHAT, 7), 0);
        assert_eq!(window.distinct(activity_bit::CHAT, 8), 1);
        assert_eq!(window.distinct(activity_bit::ANYTHING, 28), 1);
        assert!(window.is_within(0, activity_bit::CHAT, 32) && !window.is_within(1, activity_bit::CHAT, 32));
    }
}
