//! Fields of an item: name, type and meaning. Checks of mappings and `pilotage kinds` read them.
//!
//! Field lists describe what is documented today. They do not restrict: GitHub adds fields every few weeks, and an item keeps all
//! of them.

/// One field of an item, or of an object within it. Any of them may be null or absent in an item.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// Type of the value when it is present.
    pub kind: FieldType,
    /// Meaning, as one sentence without a full stop.
    pub about: &'static str,
    /// Keys of the object, or of each object of the list. Empty for plain values and for objects whose keys are not known.
    pub children: &'static [Field],
}

/// The type of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A text.
    Text,
    /// A number without a fraction.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A calendar day as text, `2026-08-01`.
    Day,
    /// A date-time as text, `2026-08-01T10:00:00Z`.
    DateTime,
    /// An object; its keys are the field's children.
    Object,
    /// A list; the children are the keys of each of its objects.
    List,
}

impl FieldType {
    /// The type's name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Day => "day",
            Self::DateTime => "date-time",
            Self::Object => "object",
            Self::List => "list",
        }
    }
}

impl Field {
    /// A field with a plain value.
    pub const fn plain(name: &'static str, kind: FieldType, about: &'static str) -> Self {
        Self { name, kind, about, children: &[] }
    }

    /// A field that holds an object.
    pub const fn object(name: &'static str, about: &'static str, children: &'static [Field]) -> Self {
        Self { name, kind: FieldType::Object, about, children }
    }

    /// A field that holds a list of objects.
    pub const fn list(name: &'static str, about: &'static str, children: &'static [Field]) -> Self {
        Self { name, kind: FieldType::List, about, children }
    }
}
