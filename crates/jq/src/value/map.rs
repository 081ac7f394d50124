//! The fields of an object in their order. Lookups are fast for few fields, as in nearly every object.

use std::collections::HashMap;

use crate::val::{Text, Val};

/// Number of fields up to which lookups compare one by one: comparing lengths costs less than hashing a key, and the index costs
/// an allocation.
const FEW: usize = 16;

/// Keys and values in order; an overwritten value stays in its position.
#[derive(Debug, Clone, Default)]
pub(crate) struct Map {
    fields: Vec<(Text, Val)>,
    /// Position of each key in `fields`, once there are more than [`FEW`].
    index: Option<Box<Index>>,
}

type Index = HashMap<Text, usize, foldhash::fast::RandomState>;

impl Map {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { fields: Vec::with_capacity(capacity), index: None }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.fields.capacity()
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn find(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.fields.iter().position(|(known, _)| known.as_str() == key),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Val> {
        self.find(key).map(|at| &self.fields[at].1)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Val> {
        self.find(key).map(|at| &mut self.fields[at].1)
    }

    pub(crate) fn get_index(&self, at: usize) -> Option<(&Text, &Val)> {
        self.fields.get(at).map(|(key, value)| (key, value))
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Sets a value and returns the previous one.
    pub(crate) fn insert(&mut self, key: Text, value: Val) -> Option<Val> {
        if let Some(at) = self.find(key.as_str()) {
            return Some(std::mem::replace(&mut self.fields[at].1, value));
        }
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), self.fields.len());
        }
        self.fields.push((key, value));
        if self.index.is_none() && self.fields.len() > FEW {
            self.index = Some(Box::new(self.keys().cloned().zip(0..).collect()));
        }
        None
    }

    /// Removes a field; the others keep their order.
    pub(crate) fn shift_remove(&mut self, key: &str) -> Option<Val> {
        let at = self.find(key)?;
        if let Some(index) = &mut self.index {
            index.remove(key);
            index.values_mut().filter(|place| **place > at).for_each(|place| *place -= 1);
        }
        Some(self.fields.remove(at).1)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Text, &Val)> + ExactSizeIterator {
        self.fields.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = &Text> + ExactSizeIterator {
        self.fields.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl DoubleEndedIterator<Item = &Val> + ExactSizeIterator {
        self.fields.iter().map(|(_, value)| value)
    }

    pub(crate) fn into_values(self) -> impl Iterator<Item = Val> {
        self.fields.into_iter().map(|(_, value)| value)
    }
}

impl IntoIterator for Map {
    type Item = (Text, Val);
    type IntoIter = std::vec::IntoIter<(Text, Val)>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}

impl Extend<(Text, Val)> for Map {
    fn extend<I: IntoIterator<Item = (Text, Val)>>(&mut self, fields: I) {
        fields.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

impl FromIterator<(Text, Val)> for Map {
    fn from_iter<I: IntoIterator<Item = (Text, Val)>>(fields: I) -> Self {
        let fields = fields.into_iter();
        let mut map = Self::with_capacity(fields.size_hint().0);
        map.extend(fields);
        map
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few keys and many steps, so that keys repeat and the index is built.
        #[test]
        fn fields_are_found_overwritten_and_removed_as_in_a_plain_list(steps in proptest::collection::vec((0..40_usize, 0..4), 0..120)) {
            let (mut map, mut list) = (Map::default(), Vec::<(String, usize)>::new());
            for (step, (number, action)) in steps.into_iter().enumerate() {
                let key = format!("key {number}");
                let at = list.iter().position(|(known, _)| *known == key);
                if action == 0 {
                    let removed = map.shift_remove(&key).map(|value| value.to_text());
                    prop_assert_eq!(removed, at.map(|at| list.remove(at).1.to_string()));
                } else {
                    map.insert(Text::new(&key), Val::int(step));
                    match at {
                        Some(at) => list[at].1 = step,
                        None => list.push((key, step)),
                    }
                }
                let fields: Vec<(String, String)> = map.iter().map(|(key, value)| (key.as_str().to_owned(), value.to_text())).collect();
                prop_assert_eq!(fields, list.iter().map(|(key, value)| (key.clone(), value.to_string())).collect::<Vec<_>>());
                for (key, value) in &list {
                    prop_assert_eq!(map.get(key).map(Val::to_text), Some(value.to_string()));
                }
                prop_assert_eq!(map.len(), list.len());
                prop_assert!(!map.contains_key("no key"));
            }
        }
    }
}
