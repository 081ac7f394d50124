//! Values as the history's file has them: days and times as numbers, contents deflated.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;

use super::finality::Readings;
use crate::model::day::Day;

/// The largest content that is unpacked. A row of a day with a hundred languages is a hundred kilobytes.
const LARGEST_CONTENT: u64 = 64 << 20;

/// `attempt.day` of a report of several days.
pub(super) const SEVERAL_DAYS: i64 = -1;

/// Readings of a day, given seconds since 1970.
pub(super) fn readings(day: Day, read_at: i64, same_since: i64, same: u64) -> Readings {
    let day_of = |second: i64| Day::of(Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH));
    Readings { day, same_since: day_of(same_since), same, last: day_of(read_at) }
}

/// Days since 1970.
pub(super) fn day_number(day: Day) -> i64 {
    i64::from(day.days_since(Day::of(Timestamp::UNIX_EPOCH)))
}

/// Packs a content. Writing to memory cannot fail; if it did, the content is kept as it is, which [`inflate`] refuses as damaged.
pub(super) fn deflate(content: &[u8]) -> Vec<u8> {
    let pack = || -> io::Result<Vec<u8>> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        encoder.finish()
    };
    pack().unwrap_or_else(|_| content.to_vec())
}

/// Unpacks a content. None when it is damaged.
pub(super) fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    DeflateDecoder::new(packed).take(LARGEST_CONTENT).read_to_end(&mut content).ok()?;
    Some(content)
}
