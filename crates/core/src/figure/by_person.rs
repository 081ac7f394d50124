//! Something of each person, found by the person's number.

use std::collections::BTreeMap;

/// Persons in a page. Their numbers are given from 0 up, so that most pages are full.
const PAGE: usize = 1 << 12;

/// A value for each person, the default one for whom there is none yet.
#[derive(Debug, Default)]
pub(super) struct ByPerson<T> {
    pages: BTreeMap<u32, Vec<T>>,
}

impl<T: Copy + Default> ByPerson<T> {
    /// The value of a person.
    pub(super) fn of(&mut self, person: u32) -> &mut T {
        let page = self.pages.entry(person / PAGE as u32).or_insert_with(|| vec![T::default(); PAGE]);
        &mut page[person as usize % PAGE]
    }

    /// Changes the values of some persons, which cost least in ascending order.
    pub(super) fn change<V>(&mut self, of: impl IntoIterator<Item = (u32, V)>, change: impl Fn(&mut T, V)) {
        let mut of = of.into_iter().peekable();
        while let Some((first, _)) = of.peek() {
            let number = first / PAGE as u32;
            let page = self.pages.entry(number).or_insert_with(|| vec![T::default(); PAGE]);
            while let Some((person, value)) = of.next_if(|(person, _)| person / PAGE as u32 == number) {
                change(&mut page[person as usize % PAGE], value);
            }
        }
    }

    /// The values of all pages, ascending by person; of persons without one, the default.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.pages.iter().flat_map(|(page, values)| {
            values.iter().enumerate().map(move |(place, value)| (page * PAGE as u32 + place as u32, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_a_value_of_its_own() {
        let mut by_person = ByPerson::<u64>::default();
        for person in [0, 4095, 4096, u32::MAX] {
            *by_person.of(person) += u64::from(person) + 1;
        }
        by_person.change([(4095, 7), (3, 7), (u32::MAX, 7)], |value, more| *value += more);
        by_person.change([(4095, 7), (3, 7), (u32::MAX, 7)], |value, less| *value -= less);
        let there: Vec<(u32, u64)> =
            by_person.iter().filter(|(_, value)| **value > 0).map(|(person, value)| (person, *value)).collect();
        assert_eq!(there, [0, 4095, 4096, u32::MAX].map(|person| (person, u64::from(person) + 1)));
    }
}
