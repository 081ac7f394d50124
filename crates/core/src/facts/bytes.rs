//! Bytes of packed facts: writing numbers, texts and sets, and reading them back without trust.

use roaring::RoaringBitmap;

use super::PersonSet;
use crate::model::day::Day;

/// Error for packed bytes that are not what `pack` wrote: cut off, altered, or of a format that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("packed facts are damaged: {0}")]
pub struct DamagedFacts(pub(super) &'static str);

/// Forms of [`pack_set`].
const SET_AS_ROARING: u8 = 1;
const SET_AS_BITS: u8 = 2;

/// Bytes with a bit for each number that a person can have.
const MOST_BITS: usize = 1 << 29;

/// The day from which days are counted in packed facts: 2020-01-01, before any report.
fn epoch() -> Day {
    Day::of(jiff::Timestamp::UNIX_EPOCH).plus_days(18_262)
}

pub(super) fn push_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn push_signed(out: &mut Vec<u8>, number: i64) {
    push_varint(out, ((number << 1) ^ (number >> 63)) as u64);
}

pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    push_bytes(out, text.as_bytes());
}

pub(super) fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    push_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(super) fn push_day(out: &mut Vec<u8>, day: Day) {
    push_signed(out, i64::from(day.days_since(epoch())));
}

/// Writes a set with its length before it, so that a reader can pass over it.
pub(super) fn push_set(out: &mut Vec<u8>, set: &PersonSet) {
    let mut set = set.clone();
    set.optimize();
    let mut bytes = Vec::with_capacity(set.serialized_size());
    // Writing to memory cannot fail; a set that is cut off would be refused by the reader.
    if set.serialize_into(&mut bytes).is_err() {
        bytes.clear();
    }
    push_bytes(out, &bytes);
}

/// A set by itself, as it is read fastest: a bit for each number up to the largest where that is shorter, which it is for every set of
/// many people, else a roaring bitmap.
pub(super) fn pack_set(set: &PersonSet) -> Vec<u8> {
    let bits = set.max().map_or(0, |last| last as usize / 8 + 1);
    let mut compact = set.clone();
    compact.optimize();
    if bits > compact.serialized_size() {
        let mut out = vec![SET_AS_ROARING];
        // Writing to memory cannot fail; a set that is cut off is refused by the reader.
        if compact.serialize_into(&mut out).is_err() {
            out.truncate(1);
        }
        return out;
    }
    let mut out = vec![0; 1 + bits];
    out[0] = SET_AS_BITS;
    for person in set {
        if let Some(byte) = out.get_mut(1 + person as usize / 8) {
            *byte |= 1 << (person % 8);
        }
    }
    out
}

/// Reads what [`pack_set`] wrote.
pub(super) fn unpack_set(bytes: &[u8]) -> Result<PersonSet, DamagedFacts> {
    match bytes.split_first() {
        Some((&SET_AS_BITS, bits)) if bits.len() <= MOST_BITS => Ok(PersonSet::from_lsb0_bytes(0, bits)),
        Some((&SET_AS_ROARING, rest)) => roaring_set(rest),
        _ => Err(DamagedFacts("a set has a form that is not known")),
    }
}

fn roaring_set(bytes: &[u8]) -> Result<PersonSet, DamagedFacts> {
    let mut rest = bytes;
    let set = RoaringBitmap::deserialize_from(&mut rest).map_err(|_| DamagedFacts("a set cannot be read"))?;
    if rest.is_empty() { Ok(set) } else { Err(DamagedFacts("a set is followed by something else")) }
}

/// Reads what the functions above wrote. Every length is checked against what is left before anything is allocated for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Begins after the format's number, which must be that one.
    pub(super) fn of(bytes: &'a [u8], format: u8) -> Result<Self, DamagedFacts> {
        match bytes.split_first() {
            Some((found, rest)) if *found == format => Ok(Self { rest }),
            Some(_) => Err(DamagedFacts("they have another format")),
            None => Err(DamagedFacts("there are none")),
        }
    }

    /// Begins within bytes that have no format's number of their own.
    pub(super) fn within(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn byte(&mut self) -> Result<u8, DamagedFacts> {
        let (byte, rest) = self.rest.split_first().ok_or(DamagedFacts("they are cut off"))?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(super) fn varint(&mut self) -> Result<u64, DamagedFacts> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            number |= part << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(DamagedFacts("a number has more than 64 bits"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, DamagedFacts> {
        let number = self.varint()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A number of things that follow, each of which takes at least a byte.
    pub(super) fn count(&mut self) -> Result<usize, DamagedFacts> {
        let count = usize::try_from(self.varint()?).map_err(|_| DamagedFacts("a count is too large"))?;
        if count > self.rest.len() {
            return Err(DamagedFacts("a count is larger than what follows"));
        }
        Ok(count)
    }

    pub(super) fn index(&mut self) -> Result<usize, DamagedFacts> {
        usize::try_from(self.varint()?).map_err(|_| DamagedFacts("a number is too large"))
    }

    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DamagedFacts> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(DamagedFacts("they are cut off"))?;
        self.rest = rest;
        Ok(*bytes)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], DamagedFacts> {
        let count = self.count()?;
        let (bytes, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, DamagedFacts> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DamagedFacts("a text is not UTF-8"))
    }

    pub(super) fn day(&mut self) -> Result<Day, DamagedFacts> {
        let days = i32::try_from(self.signed()?).map_err(|_| DamagedFacts("a day is beyond the calendar"))?;
        Ok(epoch().plus_days(days))
    }

    pub(super) fn set(&mut self) -> Result<PersonSet, DamagedFacts> {
        roaring_set(self.bytes()?)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Checks that nothing follows.
    pub(super) fn end(self) -> Result<(), DamagedFacts> {
        if self.rest.is_empty() { Ok(()) } else { Err(DamagedFacts("something follows them")) }
    }
}
