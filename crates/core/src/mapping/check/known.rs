//! Known properties of a value: its types, its keys, its elements.
//!
//! An unknown part is `anything`, so no finding is based on a guess.

use std::ops::BitOr;
use std::rc::Rc;

use crate::model::field::{Field, FieldType};

/// A set of JSON types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NOTHING: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const NUMBER: Self = Self(4);
    pub(super) const TEXT: Self = Self(8);
    pub(super) const LIST: Self = Self(16);
    pub(super) const OBJECT: Self = Self(32);
    pub(super) const ANY: Self = Self(63);

    /// The union of both.
    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True when the two sets of types overlap.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The intersection of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// For people: `a number or a text`.
    pub(super) fn words(self) -> String {
        let names = [
            (Self::NULL, "null"),
            (Self::BOOLEAN, "true or false"),
            (Self::NUMBER, "a number"),
            (Self::TEXT, "a text"),
            (Self::LIST, "a list"),
            (Self::OBJECT, "an object"),
        ];
        let all: Vec<_> = names.into_iter().filter(|(types, _)| self.meets(*types)).map(|(_, name)| name).collect();
        all.join(" or ")
    }
}

impl BitOr for Types {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Known properties of a value.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) types: Types,
    /// A calendar day as text, without a time.
    pub(super) is_day: bool,
    /// A moment as text.
    pub(super) is_moment: bool,
    /// The keys of the object; none when they are not known.
    pub(super) keys: Option<Rc<Vec<(String, Known)>>>,
    /// Properties of the list's elements.
    pub(super) elements: Option<Rc<Known>>,
}

impl Known {
    pub(super) fn anything() -> Self {
        Self::of(Types::ANY)
    }

    pub(super) fn of(types: Types) -> Self {
        Self { types, is_day: false, is_moment: false, keys: None, elements: None }
    }

    pub(super) fn list(elements: Self) -> Self {
        Self { elements: Some(Rc::new(elements)), ..Self::of(Types::LIST) }
    }

    /// True for a value that may be a search query: an object with `combinator` and `rules`.
    pub(super) fn may_be_search(&self) -> bool {
        let has = |keys: &[(String, Self)], wanted: &str| keys.iter().any(|(key, _)| key == wanted);
        let may_have = |keys: &Rc<Vec<(String, Self)>>| has(keys, "combinator") && has(keys, "rules");
        self.types.meets(Types::OBJECT) && self.keys.as_ref().is_none_or(may_have)
    }

    /// An object with those fields; no fields means that they are not known.
    pub(super) fn object(fields: &[&Field]) -> Self {
        let keys = fields.iter().map(|field| (field.name.to_owned(), Self::field(field)));
        Self { keys: (!fields.is_empty()).then(|| Rc::new(keys.collect())), ..Self::of(Types::OBJECT) }
    }

    /// Any field may be null or absent.
    fn field(field: &Field) -> Self {
        let children: Vec<_> = field.children.iter().collect();
        let mut known = match field.kind {
            FieldType::Text => Self::of(Types::TEXT),
            FieldType::DateTime => Self { is_moment: true, ..Self::of(Types::TEXT) },
            FieldType::Day => Self { is_day: true, ..Self::of(Types::TEXT) },
            FieldType::Integer | FieldType::Number => Self::of(Types::NUMBER),
            FieldType::Boolean => Self::of(Types::BOOLEAN),
            FieldType::Object => Self::object(&children),
            FieldType::List if children.is_empty() => Self::of(Types::LIST),
            FieldType::List => Self::list(Self::object(&children)),
        };
        known.types = known.types | Types::NULL;
        known
    }

    /// The object with one more key.
    pub(super) fn with(&self, key: &str, value: Self) -> Self {
        let keys = self.keys.as_ref().map(|keys| {
            let mut keys: Vec<_> = keys.iter().filter(|(name, _)| name != key).cloned().collect();
            keys.push((key.to_owned(), value));
            Rc::new(keys)
        });
        Self { keys, ..self.clone() }
    }

    /// Properties of a list's elements.
    pub(super) fn element(&self) -> Self {
        self.elements.as_ref().map_or_else(Self::anything, |elements| (**elements).clone())
    }

    /// Either of two.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            types: self.types | other.types,
            is_day: self.is_day && other.is_day,
            is_moment: self.is_moment && other.is_moment,
            keys: None,
            elements: match (self.elements, other.elements) {
                (Some(one), Some(_)) if other.types == self.types => Some(one),
                _ => None,
            },
        }
    }
}
