//! Several byte strings as one content, each packed by itself, so that a figure unpacks those alone that it reads.
//!
//! A content is: their number, the length of each, then the sections, all numbers as four bytes, the lowest first. A section has a byte in
//! front that says whether it is deflated or the same as another one, or nothing at all when there is nothing in it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cells::{deflate, inflate};
use crate::facts::rolled_up::has_members;
use crate::facts::team_entry::TEAMS_PER_GROUP;
use crate::facts::teams;
use crate::facts::{
    PackedIndex, PackedPeople, PackedSeats, PackedTeams, PeopleDay, PeopleSet, PersonSet, TeamNames, TeamsDay, TeamsIndex,
};

/// In front of a section that is as it was given.
const PLAIN: u8 = 0;

/// In front of a section that is deflated.
const DEFLATED: u8 = 1;

/// In front of the place of another section, as two bytes, that is the same: editors whose versions all report lines are a set twice.
const SAME: u8 = 2;

/// Sections of a day's people before its sets: names, credits, editors, credits by tenth.
pub(super) const PEOPLE_CREDITS: usize = 1;
pub(super) const PEOPLE_EDITORS: usize = 2;
pub(super) const PEOPLE_TENTHS: usize = 3;
pub(super) const PEOPLE_SETS: usize = 4;

/// Sections of a day's teams before the members of the first group: names, sums, editors.
pub(super) const TEAMS_SUMS: usize = 1;
pub(super) const TEAMS_EDITORS: usize = 2;
pub(super) const TEAMS_MEMBERS: usize = 3;

/// The section with a part of the records of a group, of so many groups.
pub(super) fn record_section(groups: usize, part: usize, group: usize) -> usize {
    TEAMS_MEMBERS + groups * (1 + part) + group
}

/// Packs a section that figures read of every day: it is short, and not worth unpacking.
pub(super) fn plain_section(section: &[u8]) -> Vec<u8> {
    if section.is_empty() { Vec::new() } else { [&[PLAIN], section].concat() }
}

/// Packs a section. Sets of people by the thousand hardly get shorter, and what is not deflated is read four times as fast.
pub(super) fn pack_section(section: &[u8]) -> Vec<u8> {
    if section.is_empty() {
        return Vec::new();
    }
    let deflated = deflate(section);
    // What is worth an eighth is worth it.
    let (form, packed) =
        if deflated.len() < section.len() - section.len() / 8 { (DEFLATED, &deflated[..]) } else { (PLAIN, section) };
    [&[form], packed].concat()
}

/// Unpacks a section. None when it is damaged.
pub(super) fn unpack_section(packed: &[u8]) -> Option<Cow<'_, [u8]>> {
    match packed.split_first() {
        None => Some(Cow::Borrowed(&[])),
        Some((&PLAIN, section)) => Some(Cow::Borrowed(section)),
        Some((&DEFLATED, deflated)) => inflate(deflated).map(Cow::Owned),
        Some(_) => None,
    }
}

/// Packs sections.
pub(super) fn pack(sections: &[Vec<u8>]) -> Vec<u8> {
    let packed: Vec<Vec<u8>> = sections.iter().map(|section| pack_section(section)).collect();
    together(&packed)
}

/// The content of packed sections.
pub(super) fn together(packed: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut content = number(packed.len()).to_vec();
    packed.iter().for_each(|section| content.extend(number(section.as_ref().len())));
    packed.iter().for_each(|section| content.extend_from_slice(section.as_ref()));
    content
}

/// Packs a set. Deflating one in which a fifth to four fifths of all people are is in vain, so that is not tried.
fn set_section(set: &[u8]) -> Vec<u8> {
    let ones: usize = set.iter().map(|byte| byte.count_ones() as usize).sum();
    if (set.len() * 8 / 5..set.len() * 32 / 5).contains(&ones) { plain_section(set) } else { pack_section(set) }
}

/// How many sections a content has. None when it is damaged.
pub fn count(content: &[u8]) -> Option<usize> {
    let (number, lengths) = content.split_first_chunk::<4>()?;
    let number = usize::try_from(u32::from_le_bytes(*number)).ok()?;
    (lengths.len() / 4 >= number).then_some(number)
}

/// The packed sections of a content. None when it is damaged.
pub(super) fn packed(content: &[u8]) -> Option<Vec<&[u8]>> {
    let number = count(content)?;
    let (lengths, mut rest) = content.get(4..)?.split_at_checked(4 * number)?;
    let mut sections = Vec::with_capacity(number);
    for length in lengths.as_chunks::<4>().0 {
        let (section, after) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        sections.push(section);
        rest = after;
    }
    rest.is_empty().then_some(sections)
}

/// A packed section of a content. None when there is none of that place, or it is damaged.
pub(super) fn packed_at(content: &[u8], place: usize) -> Option<&[u8]> {
    let number = count(content)?;
    let length = |place: usize| -> Option<usize> {
        let bytes = content.get(4 + 4 * place..8 + 4 * place)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    if place >= number {
        return None;
    }
    let before = (0..place).try_fold(4 + 4 * number, |sum, place| sum.checked_add(length(place)?))?;
    content.get(before..before.checked_add(length(place)?)?)
}

/// The place of the section that a packed one is the same as; none for one that stands for itself.
pub(super) fn same_as(packed: &[u8]) -> Option<usize> {
    let [SAME, place @ ..] = packed else { return None };
    Some(usize::from(u16::from_le_bytes(place.try_into().ok()?)))
}

/// Unpacks a section. None when there is none of that place, or it is damaged.
pub fn unpack(content: &[u8], place: usize) -> Option<Vec<u8>> {
    let packed = packed_at(content, place)?;
    let packed = same_as(packed).map_or(Some(packed), |other| packed_at(content, other))?;
    unpack_section(packed).map(Cow::into_owned)
}

/// Every section of a content. None when one is damaged.
pub(super) fn unpack_all(content: &[u8]) -> Option<Vec<Vec<u8>>> {
    (0..packed(content)?.len()).map(|place| unpack(content, place)).collect()
}

/// The sections of a day's people.
pub fn of_people(packed: PackedPeople) -> Vec<u8> {
    let PackedPeople { names, credits, tenths, editors, sets } = packed;
    let first = [plain_section(&names), pack_section(&credits), plain_section(&editors), plain_section(&tenths)];
    let section = |(at, set): (usize, &Vec<u8>)| {
        let before = sets.get(..at).unwrap_or_default().iter().position(|other| other == set);
        match before.and_then(|before| u16::try_from(PEOPLE_SETS + before).ok()) {
            Some(before) => [&[SAME][..], &before.to_le_bytes()].concat(),
            None => set_section(set),
        }
    };
    together(&first.into_iter().chain(sets.iter().enumerate().map(section)).collect::<Vec<_>>())
}

/// The sections of a day whose people are numbers, packed as [`crate::facts::PeopleCounts`].
pub(super) fn of_counts(counts: Vec<u8>, editors: Vec<u8>) -> Vec<u8> {
    let PackedPeople { credits, tenths, .. } = PeopleDay::default().pack();
    pack(&[counts, credits, editors, tenths])
}

/// The sections of a day's seats: holders, activity.
pub fn of_seats(packed: PackedSeats) -> Vec<u8> {
    pack(&[packed.holders, packed.activity])
}

/// The sections of a day's teams: the index, the members of each group, the records of each part and group.
pub fn of_teams(packed: PackedTeams) -> Vec<u8> {
    let PackedTeams { index: PackedIndex { names, sums, editors }, members, records } = packed;
    let rest = [editors].into_iter().chain(members).chain(records.into_iter().flatten());
    let first = [pack_section(&names), plain_section(&sums)];
    together(&first.into_iter().chain(rest.map(|section| pack_section(&section))).collect::<Vec<_>>())
}

/// The sets of a day's people that are wanted. None when the content is damaged, or has numbers in place of sets.
pub fn people_sets(content: &[u8], is_wanted: impl Fn(&PeopleSet) -> bool) -> Option<BTreeMap<PeopleSet, PersonSet>> {
    let names = PeopleDay::unpack_names(&unpack(content, 0)?).ok()?;
    let wanted = names.into_iter().zip(PEOPLE_SETS..).filter(|((name, _), _)| is_wanted(name));
    wanted.map(|((name, _), place)| Some((name, PeopleDay::unpack_set(&unpack(content, place)?).ok()?))).collect()
}

/// A day's people, whole. None when the content is damaged, or has numbers in place of sets.
pub(super) fn people_of(content: &[u8]) -> Option<PeopleDay> {
    let mut sections = unpack_all(content)?.into_iter();
    let mut next = || sections.next();
    let (names, credits, editors, tenths) = (next()?, next()?, next()?, next()?);
    let packed = PackedPeople { names, credits, tenths, editors, sets: sections.collect() };
    PeopleDay::unpack(&packed).ok()
}

/// The index of a day's teams. None when the content is damaged.
pub fn teams_index(content: &[u8]) -> Option<TeamsIndex> {
    let names = TeamNames::unpack(&unpack(content, 0)?).ok()?;
    TeamsIndex::unpack(names, &unpack(content, TEAMS_SUMS)?, Some(&unpack(content, TEAMS_EDITORS)?)).ok()
}

/// A day's teams without their members. None when the content is damaged.
pub(super) fn without_members(content: &[u8]) -> Option<Vec<u8>> {
    // Members that were rolled up are gone already.
    change_members(content, |members| match has_members(members) {
        true => teams::without_members(members).ok(),
        false => Some(members.to_vec()),
    })
}

/// A day's teams with something else in place of the members of each group. None when the content is damaged, or `change` gives none.
pub(super) fn change_members(content: &[u8], change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let groups = TeamNames::unpack(&unpack(content, 0)?).ok()?.teams.len().div_ceil(TEAMS_PER_GROUP);
    let section = |(place, section)| match (TEAMS_MEMBERS..TEAMS_MEMBERS + groups).contains(&place) {
        true => Some(pack_section(&change(&unpack_section(section)?)?)),
        false => Some(section.to_vec()),
    };
    Some(together(&packed(content)?.into_iter().enumerate().map(section).collect::<Option<Vec<_>>>()?))
}

/// A day's teams, whole. None when the content is damaged.
pub(super) fn teams_of(content: &[u8]) -> Option<TeamsDay> {
    let mut sections = unpack_all(content)?.into_iter();
    let mut next = || sections.next();
    let index = PackedIndex { names: next()?, sums: next()?, editors: next()? };
    let groups = TeamNames::unpack(&index.names).ok()?.teams.len().div_ceil(TEAMS_PER_GROUP);
    let mut group = || (0..groups).map(|_| next()).collect::<Option<Vec<_>>>();
    let packed = PackedTeams { index, members: group()?, records: [group()?, group()?, group()?, group()?, group()?] };
    TeamsDay::unpack(&packed).ok()
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
            assert!(unpack(cut, 2).is_none() && packed(cut).is_none(), "{length}");
        }
        assert_eq!(unpack(&[0xff; 16], 0), None);
    }

    /// Bits by chance, always the same.
    fn siphash(number: u32) -> u64 {
        use std::hash::{Hash, Hasher};
        let mut hasher = siphasher::sip::SipHasher13::new();
        number.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn a_set_that_is_there_twice_is_kept_once_and_read_twice() {
        let set = |people: &[u32]| people.iter().copied().collect::<PersonSet>();
        let names = [PeopleSet::Active, PeopleSet::Editor("vim".to_owned()), PeopleSet::EditorReports("vim".to_owned())];
        let sets = names.into_iter().zip([set(&[1]), set(&[2, 900]), set(&[2, 900])]);
        let day = PeopleDay { sets: sets.collect(), ..PeopleDay::default() };
        let content = of_people(day.pack());
        assert_eq!(packed_at(&content, PEOPLE_SETS + 2), Some(&[SAME, PEOPLE_SETS as u8 + 1, 0][..]));
        assert_eq!((people_of(&content).unwrap().sets, people_sets(&content, |_| true).unwrap()), (day.sets.clone(), day.sets));
        // A place that is not there is damage.
        let damaged = together(&[&[SAME, 9, 0][..], &[SAME, 0], &[SAME, 2, 0]]);
        assert_eq!([0, 1, 2].map(|place| unpack(&damaged, place)), [None, None, None]);
    }

    #[test]
    fn a_section_is_deflated_where_that_makes_it_shorter() {
        let mixed: Vec<u8> = (0..1000_u32).flat_map(|number| siphash(number).to_le_bytes()).collect();
        for (section, form) in [(vec![7; 1000], DEFLATED), (mixed, PLAIN)] {
            let packed = pack_section(&section);
            assert_eq!((packed[0], unpack_section(&packed).as_deref()), (form, Some(&section[..])));
        }
        assert_eq!(unpack_section(&[2, 1]), None);
    }
}
