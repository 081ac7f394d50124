//! Several byte strings as one content, each deflated by itself, so that a figure unpacks those alone that it reads.
//!
//! A content is: their number, the length of each, then the sections, all numbers as four bytes, the lowest first.

use super::cells::{deflate, inflate};
use crate::facts::{PackedPeople, PackedSeats, PackedTeams};

/// Packs sections.
pub(super) fn pack(sections: &[Vec<u8>]) -> Vec<u8> {
    let packed: Vec<Vec<u8>> = sections.iter().map(|section| deflate(section)).collect();
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut content = number(packed.len()).to_vec();
    packed.iter().for_each(|section| content.extend(number(section.len())));
    packed.iter().for_each(|section| content.extend_from_slice(section));
    content
}

/// How many sections a content has. None when it is damaged.
pub fn count(content: &[u8]) -> Option<usize> {
    let (number, lengths) = content.split_first_chunk::<4>()?;
    let number = usize::try_from(u32::from_le_bytes(*number)).ok()?;
    (lengths.len() / 4 >= number).then_some(number)
}

/// Unpacks a section. None when there is none of that place, or it is damaged.
pub fn unpack(content: &[u8], place: usize) -> Option<Vec<u8>> {
    let number = count(content)?;
    let length = |place: usize| -> Option<usize> {
        let bytes = content.get(4 + 4 * place..8 + 4 * place)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    if place >= number {
        return None;
    }
    let before = (0..place).try_fold(4 + 4 * number, |sum, place| sum.checked_add(length(place)?))?;
    inflate(content.get(before..before.checked_add(length(place)?)?)?)
}

/// The sections of a day's people: sets, credits, editors.
pub(super) fn of_people(packed: PackedPeople) -> Vec<u8> {
    pack(&[packed.sets, packed.credits, packed.editors])
}

/// The sections of a day's seats: holders, activity.
pub(super) fn of_seats(packed: PackedSeats) -> Vec<u8> {
    pack(&[packed.holders, packed.activity])
}

/// The sections of a day's teams: the index, the members of each group, the records of each group.
pub(super) fn of_teams(packed: PackedTeams) -> Vec<u8> {
    let sections: Vec<Vec<u8>> = std::iter::once(packed.index).chain(packed.members).chain(packed.records).collect();
    pack(&sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_section_comes_back_by_itself_and_what_is_damaged_does_not() {
        let sections = [b"one".to_vec(), Vec::new(), vec![7; 10_000]];
        let content = pack(&sections);
        for (place, section) in sections.iter().enumerate() {
            assert_eq!(unpack(&content, place).as_ref(), Some(section));
        }
        assert_eq!((count(&content), unpack(&content, 3)), (Some(3), None));
        for length in 0..content.len() {
            let cut = &content[..length];
            assert!(unpack(cut, 2).is_none(), "{length}");
        }
        assert_eq!(unpack(&[0xff; 16], 0), None);
    }
}
