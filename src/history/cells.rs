//! Values as the history's file has them: days and times as numbers, contents deflated.

use std::cell::RefCell;
use std::io::Read;

use flate2::bufread::DeflateDecoder;
use flate2::{Compress, CompressError, Compression, FlushCompress, Status};
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

thread_local! {
    // Making one costs as much as packing 10 KB: it is 300 KB of tables. A day of people has hundreds of small sections.
    static PACKER: RefCell<Compress> = RefCell::new(Compress::new(Compression::default(), false));
}

/// Packs a content. It cannot fail; if it did, the content is kept as it is, which [`inflate`] refuses as damaged.
pub(super) fn deflate(content: &[u8]) -> Vec<u8> {
    // What does not get shorter gets longer by five bytes each 32 KB.
    let room = content.len() + content.len() / 1024 + 64;
    PACKER.with_borrow_mut(|packer| pack(packer, content, room)).unwrap_or_else(|_| content.to_vec())
}

/// Packs a content. Takes more memory where the result does not fit into `room` bytes.
fn pack(packer: &mut Compress, content: &[u8], room: usize) -> Result<Vec<u8>, CompressError> {
    packer.reset();
    let mut packed = Vec::with_capacity(room);
    loop {
        let taken = usize::try_from(packer.total_in()).unwrap_or(content.len());
        match packer.compress_vec(content.get(taken..).unwrap_or_default(), &mut packed, FlushCompress::Finish)? {
            Status::StreamEnd => return Ok(packed),
            // There was no room left.
            Status::Ok | Status::BufError => packed.reserve(1024),
        }
    }
}

/// Unpacks a content. None when it is damaged.
pub(super) fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    DeflateDecoder::new(packed).take(LARGEST_CONTENT).read_to_end(&mut content).ok()?;
    Some(content)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked_whatever_was_packed_before(
            noise in proptest::collection::vec(any::<u8>(), 0..3000),
            repeated in 0_usize..60,
        ) {
            for content in [noise.clone(), noise.repeat(repeated), vec![0; repeated * 1000], Vec::new()] {
                let packed = deflate(&content);
                let in_pieces = pack(&mut Compress::new(Compression::default(), false), &content, 1);
                prop_assert_eq!(in_pieces.unwrap(), packed.clone());
                prop_assert_eq!(inflate(&packed), Some(content));
            }
        }
    }
}
