//! Fingerprints of what a source wrote of a day: the same rows give the same fingerprint, in whatever order and report they are.

use std::hash::Hasher;

use memchr::memmem;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::fact::ContentHash;

/// Keys of a row that say in which report it is, and change from day to day in the report of the last 28 days.
const WINDOW_KEYS: [&[u8]; 2] = [br#""report_start_day":""#, br#""report_end_day":""#];

/// Bytes at the beginning of a row in which those keys are looked for.
const WINDOW_WITHIN: usize = 256;

/// The fingerprint of rows, which are added one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowsHash(u128);

impl RowsHash {
    /// Adds a row. The order of rows does not matter, their number does.
    pub fn add(&mut self, row: &[u8]) {
        self.0 = self.0.wrapping_add(u128::from_le_bytes(of_row(row)));
    }

    /// The fingerprint of what was added.
    pub fn finish(self) -> ContentHash {
        self.0.to_le_bytes()
    }
}

/// The fingerprint of one row, that of its text without the days of the report that it is in.
pub fn of_row(row: &[u8]) -> ContentHash {
    let mut hasher = SipHasher13::new();
    let (mut rest, mut head) = (row, &row[..row.len().min(WINDOW_WITHIN)]);
    for key in WINDOW_KEYS {
        let Some(at) = memmem::find(head, key) else { continue };
        let value = at + key.len();
        let Some(end) = memchr::memchr(b'"', &head[value..]).map(|length| value + length + 1) else { continue };
        let end = end + usize::from(head.get(end) == Some(&b','));
        hasher.write(&rest[..at]);
        rest = &rest[end..];
        head = &head[end..];
    }
    hasher.write(rest);
    hasher.finish128().as_bytes()
}

/// The fingerprint of a content that was changed here: nobody knows what the source would write of it. The next reading is believed.
pub(super) const UNKNOWN: ContentHash = [0; 16];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[&str]) -> ContentHash {
        let mut hash = RowsHash::default();
        rows.iter().for_each(|row| hash.add(row.as_bytes()));
        hash.finish()
    }

    #[test]
    fn the_order_does_not_matter_and_every_row_does() {
        let (one, two) = (r#"{"day":"2026-11-01","user_id":1}"#, r#"{"day":"2026-11-01","user_id":2}"#);
        assert_eq!(of(&[one, two]), of(&[two, one]));
        for other in [&[one][..], &[one, one], &[one, two, two], &[]] {
            assert_ne!(of(&[one, two]), of(other), "{other:?}");
        }
        assert_eq!(of(&[one]), of_row(one.as_bytes()));
    }

    #[test]
    fn the_days_of_the_report_are_no_part_of_a_row() {
        let row = |first: &str, last: &str, user: u32| {
            format!(r#"{{"report_start_day":"{first}","report_end_day":"{last}","day":"2026-11-01","user_id":{user}}}"#)
        };
        let one = row("2026-10-10", "2026-11-06", 1);
        assert_eq!(of(&[&one]), of(&[&row("2026-10-11", "2026-11-07", 1)]));
        assert_eq!(of(&[&one]), of(&[r#"{"day":"2026-11-01","user_id":1}"#]), "the report of one day has none");
        assert_ne!(of(&[&one]), of(&[&row("2026-10-10", "2026-11-06", 2)]));
        // Cut off anywhere, a row is still a row.
        for length in 0..one.len() {
            of_row(&one.as_bytes()[..length]);
        }
    }
}
