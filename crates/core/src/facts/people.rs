//! The people of a day: sets of persons, and what each of them spent.

use std::collections::BTreeMap;

use super::PersonSet;
use super::bytes::{self, DamagedFacts, Reader, push_text, push_varint};
use super::editors::EditorSums;
use super::numbers::Numbers;
use super::tenths::CreditTenths;

/// Formats of [`PeopleDay::pack`]. Where they had the first, all sets were one byte string.
const SETS_FORMAT: u8 = 1;
const NAMES_FORMAT: u8 = 3;
const TENTHS_FORMAT: u8 = 1;
const CREDITS_FORMAT: u8 = 1;
const EDITORS_FORMAT: u8 = 1;

/// Name of a set of the people of a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeopleSet {
    /// Everybody with a row in `users-1-day`: GitHub's active users.
    Reported,
    /// Everybody whose row shows activity by the definition of Pilotage, see `docs/team-metrics.md`.
    Active,
    /// Everybody whose row has no breakdown: only GitHub's servers know of them.
    ServerOnly,
    /// Everybody who was shown a completion.
    Completion,
    /// Everybody for whom that flag is true, such as `used_chat`. The older name of a flag is kept under the newer.
    Flag(String),
    /// Everybody in that phase of adoption, by the number of the phase; 0 is GitHub's `No Cohort`.
    Phase(i64),
    /// Everybody who used that editor, by the name in `totals_by_ide`.
    Editor(String),
    /// Everybody who used that editor with versions of editor and plug-in that report lines, by GitHub's table.
    EditorReports(String),
    /// Everybody who used that editor and whose versions are not known.
    EditorUnknown(String),
}

impl PeopleSet {
    /// The set of that flag.
    pub fn flag(name: &str) -> Self {
        Self::Flag(name.to_owned())
    }
}

/// The people of one day of one organization or enterprise.
///
/// Packed, its parts are byte strings of their own, so that a figure reads those alone that it needs:
///
/// | part | content | size for 25,000 of 36,000 people |
/// | --- | --- | --- |
/// | names | format, number of sets, then each: kind, name, how many people | 15 bytes a set |
/// | each set | a bit for each person, or a roaring bitmap where that is shorter | at most 4.5 KB |
/// | credits | format, set of people, scale, a varint each | 2 to 3 bytes a person |
/// | tenths | format, what [`CreditTenths`] says of the credits | 110 bytes |
/// | editors | format, sums by editor | 20 bytes an editor |
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeopleDay {
    /// The sets that were read. A set in which nobody is, is not among them.
    pub sets: BTreeMap<PeopleSet, PersonSet>,
    /// Credits used, by person; none when they were not read.
    pub credits: Option<Numbers>,
    /// Credits used, by tenth; none when they were not read. Packing looks at `credits` alone.
    pub tenths: Option<CreditTenths>,
    /// Completions of people with exactly one editor; none when they were not read.
    pub editors: Option<EditorSums>,
}

/// The parts of [`PeopleDay`], packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedPeople {
    /// Names of the sets.
    pub names: Vec<u8>,
    /// Credits by person.
    pub credits: Vec<u8>,
    /// Credits by tenth.
    pub tenths: Vec<u8>,
    /// Completions by editor.
    pub editors: Vec<u8>,
    /// The sets, in the order of their names.
    pub sets: Vec<Vec<u8>>,
}

impl PeopleDay {
    /// The people of a set; nobody when the day has none.
    pub fn people(&self, set: &PeopleSet) -> PersonSet {
        self.sets.get(set).cloned().unwrap_or_default()
    }

    /// Number of people in a set.
    pub fn count(&self, set: &PeopleSet) -> u64 {
        self.sets.get(set).map_or(0, PersonSet::len)
    }

    /// The names of flags of which somebody's is true.
    pub fn flags(&self) -> impl Iterator<Item = &str> {
        self.sets.keys().filter_map(|set| if let PeopleSet::Flag(name) = set { Some(name.as_str()) } else { None })
    }

    /// Keeps those people alone. `editors` are sums of everybody and cannot be reduced: `of_members` takes their place.
    #[must_use]
    pub fn only(mut self, members: &PersonSet, of_members: Option<EditorSums>) -> Self {
        for set in self.sets.values_mut() {
            *set &= members;
        }
        self.sets.retain(|_, set| !set.is_empty());
        self.credits = self.credits.map(|credits| credits.only(members));
        // Those of everybody say nothing of these people; that they were read still holds.
        self.tenths = self.tenths.map(|_| CreditTenths::default());
        self.editors = of_members;
        self
    }

    /// Packs all parts. Parts that were not read are packed as empty.
    pub fn pack(&self) -> PackedPeople {
        let held = self.sets.iter().filter(|(_, people)| !people.is_empty());
        let mut names = vec![NAMES_FORMAT];
        push_varint(&mut names, held.clone().count() as u64);
        for (set, people) in held.clone() {
            push_name(&mut names, set);
            push_varint(&mut names, people.len());
        }
        let mut credits = vec![CREDITS_FORMAT];
        let by_person = self.credits.clone().unwrap_or_default();
        by_person.write(&mut credits);
        let mut tenths = vec![TENTHS_FORMAT];
        CreditTenths::of(by_person.iter().map(|(_, used)| used)).write(&mut tenths);
        let mut editors = vec![EDITORS_FORMAT];
        self.editors.clone().unwrap_or_default().write(&mut editors);
        let sets = held.map(|(_, people)| bytes::pack_set(people)).collect();
        PackedPeople { names, credits, tenths, editors, sets }
    }

    /// Unpacks the names of the sets, each with the number of its people.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_names(bytes: &[u8]) -> Result<Vec<(PeopleSet, u64)>, DamagedFacts> {
        let mut reader = Reader::of(bytes, NAMES_FORMAT)?;
        let names = (0..reader.count()?).map(|_| Ok((read_name(&mut reader)?, reader.varint()?)));
        let names = names.collect::<Result<Vec<_>, DamagedFacts>>()?;
        reader.end()?;
        Ok(names)
    }

    /// Unpacks a set.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_set(bytes: &[u8]) -> Result<PersonSet, DamagedFacts> {
        bytes::unpack_set(bytes)
    }

    /// Unpacks the sets of the first format, in which they were one byte string.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_first_sets(bytes: &[u8]) -> Result<BTreeMap<PeopleSet, PersonSet>, DamagedFacts> {
        let mut reader = Reader::of(bytes, SETS_FORMAT)?;
        let sets = (0..reader.count()?).map(|_| Ok((read_name(&mut reader)?, reader.set()?)));
        let sets = sets.collect::<Result<BTreeMap<_, _>, DamagedFacts>>()?;
        reader.end()?;
        Ok(sets)
    }

    /// Unpacks credits by person.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_credits(bytes: &[u8]) -> Result<Numbers, DamagedFacts> {
        let mut reader = Reader::of(bytes, CREDITS_FORMAT)?;
        let credits = Numbers::read(&mut reader)?;
        reader.end()?;
        Ok(credits)
    }

    /// Unpacks credits by tenth.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_tenths(bytes: &[u8]) -> Result<CreditTenths, DamagedFacts> {
        let mut reader = Reader::of(bytes, TENTHS_FORMAT)?;
        let tenths = CreditTenths::read(&mut reader)?;
        reader.end()?;
        Ok(tenths)
    }

    /// Unpacks completions by editor.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack_editors(bytes: &[u8]) -> Result<EditorSums, DamagedFacts> {
        let mut reader = Reader::of(bytes, EDITORS_FORMAT)?;
        let editors = EditorSums::read(&mut reader)?;
        reader.end()?;
        Ok(editors)
    }

    /// Unpacks everything.
    ///
    /// # Errors
    /// When the bytes are damaged.
    pub fn unpack(packed: &PackedPeople) -> Result<Self, DamagedFacts> {
        let names = Self::unpack_names(&packed.names)?;
        if names.len() != packed.sets.len() {
            return Err(DamagedFacts("there are other sets than names"));
        }
        let sets = names.into_iter().zip(&packed.sets).map(|((name, _), set)| Ok((name, Self::unpack_set(set)?)));
        Ok(Self {
            sets: sets.collect::<Result<_, DamagedFacts>>()?,
            credits: Some(Self::unpack_credits(&packed.credits)?),
            tenths: Some(Self::unpack_tenths(&packed.tenths)?),
            editors: Some(Self::unpack_editors(&packed.editors)?),
        })
    }
}

pub(super) fn push_name(out: &mut Vec<u8>, set: &PeopleSet) {
    match set {
        PeopleSet::Reported => out.push(0),
        PeopleSet::Active => out.push(1),
        PeopleSet::ServerOnly => out.push(2),
        PeopleSet::Completion => out.push(3),
        PeopleSet::Flag(name) => push_named(out, 4, name),
        PeopleSet::Phase(number) => {
            out.push(5);
            super::bytes::push_signed(out, *number);
        }
        PeopleSet::Editor(name) => push_named(out, 6, name),
        PeopleSet::EditorReports(name) => push_named(out, 7, name),
        PeopleSet::EditorUnknown(name) => push_named(out, 8, name),
    }
}

fn push_named(out: &mut Vec<u8>, kind: u8, name: &str) {
    out.push(kind);
    push_text(out, name);
}

pub(super) fn read_name(reader: &mut Reader<'_>) -> Result<PeopleSet, DamagedFacts> {
    Ok(match reader.byte()? {
        0 => PeopleSet::Reported,
        1 => PeopleSet::Active,
        2 => PeopleSet::ServerOnly,
        3 => PeopleSet::Completion,
        4 => PeopleSet::Flag(reader.text()?.to_owned()),
        5 => PeopleSet::Phase(reader.signed()?),
        6 => PeopleSet::Editor(reader.text()?.to_owned()),
        7 => PeopleSet::EditorReports(reader.text()?.to_owned()),
        8 => PeopleSet::EditorUnknown(reader.text()?.to_owned()),
        _ => return Err(DamagedFacts("a set has a kind that is not known")),
    })
}
