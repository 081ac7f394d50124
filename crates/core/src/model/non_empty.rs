//! A list that has at least one element, so that nobody has to say what happens without one.

use std::iter;

/// A list with a first element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonEmpty<T> {
    first: T,
    rest: Vec<T>,
}

impl<T> NonEmpty<T> {
    /// A list of one.
    pub fn of(first: T) -> Self {
        Self { first, rest: Vec::new() }
    }

    /// A list of a first element and those that follow.
    pub fn headed(first: T, rest: impl IntoIterator<Item = T>) -> Self {
        Self { first, rest: rest.into_iter().collect() }
    }

    /// The list with these elements; none when there are none.
    pub fn collect(elements: impl IntoIterator<Item = T>) -> Option<Self> {
        let mut elements = elements.into_iter();
        Some(Self { first: elements.next()?, rest: elements.collect() })
    }

    /// The first element.
    pub fn first(&self) -> &T {
        &self.first
    }

    /// The number of elements.
    #[allow(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        1 + self.rest.len()
    }

    /// All elements, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        iter::once(&self.first).chain(&self.rest)
    }

    /// All elements, in order, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        iter::once(&mut self.first).chain(&mut self.rest)
    }

    /// The list of what `map` makes of each element.
    pub fn map<U>(self, mut map: impl FnMut(T) -> U) -> NonEmpty<U> {
        NonEmpty { first: map(self.first), rest: self.rest.into_iter().map(map).collect() }
    }

    /// The same where `map` may fail.
    ///
    /// # Errors
    /// The first error of `map`.
    pub fn try_map<U, E>(self, mut map: impl FnMut(T) -> Result<U, E>) -> Result<NonEmpty<U>, E> {
        Ok(NonEmpty { first: map(self.first)?, rest: self.rest.into_iter().map(map).collect::<Result<_, _>>()? })
    }

    /// The lists that `map` makes of each element, one after the other.
    pub fn flat_map<U>(self, mut map: impl FnMut(T) -> NonEmpty<U>) -> NonEmpty<U> {
        let NonEmpty { first, mut rest } = map(self.first);
        rest.extend(self.rest.into_iter().flat_map(map));
        NonEmpty { first, rest }
    }
}

impl<T> IntoIterator for NonEmpty<T> {
    type Item = T;
    type IntoIter = iter::Chain<iter::Once<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        iter::once(self.first).chain(self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_stay_in_order_and_there_is_always_one() {
        assert_eq!(NonEmpty::<u8>::collect([]), None);
        let mut list = NonEmpty::headed(1, [2]);
        list.iter_mut().for_each(|element| *element *= 10);
        assert_eq!((list.len(), *list.first(), list.iter().copied().collect::<Vec<_>>()), (2, 10, vec![10, 20]));
        let doubled = list.clone().flat_map(|element| NonEmpty { first: element, rest: vec![element + 1] });
        assert_eq!(Some(doubled), NonEmpty::collect([10, 11, 20, 21]));
        assert_eq!(list.clone().map(|element| element + 1), NonEmpty { first: 11, rest: vec![21] });
        let halved = |element: i32| if element == 20 { Err("20") } else { Ok(element / 2) };
        assert_eq!(list.try_map(halved), Err("20"));
        assert_eq!(NonEmpty::of(10).try_map(halved), Ok(NonEmpty::of(5)));
    }
}
