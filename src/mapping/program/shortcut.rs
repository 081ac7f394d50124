//! Expressions that need no interpreter: literals, and keys followed from the item. Most of a mapping is made of them.

use super::definitions::{PlainPath, Shape};
use super::val::Val;
use super::{Fault, read_leniently};

/// An expression that is a literal or follows keys.
pub(super) enum Shortcut {
    Constant(Val),
    /// `.a.b`, and what stands in for null and false after `//`.
    Path {
        keys: Vec<(Val, bool)>,
        otherwise: Option<Val>,
    },
}

impl Shortcut {
    /// The shortcut for a shape, if there is one.
    pub(super) fn new(shape: Shape) -> Option<Self> {
        let keys = |path: PlainPath| path.into_iter().map(|(key, optional)| (Val::string(&key), optional)).collect();
        match shape {
            Shape::Constant(text) => read_leniently::read(&text).ok().map(Self::Constant),
            Shape::Path(path) => Some(Self::Path { keys: keys(path), otherwise: None }),
            Shape::PathOr(path, text) => {
                let otherwise = read_leniently::read(&text).ok()?;
                Some(Self::Path { keys: keys(path), otherwise: Some(otherwise) })
            }
            Shape::Other => None,
        }
    }

    /// Its output; an error that `?` catches is no output.
    pub(super) fn run(&self, input: &Val) -> Result<Option<Val>, Fault> {
        match self {
            Self::Constant(value) => Ok(Some(value.clone())),
            Self::Path { keys, otherwise } => {
                let mut value = Some(input.clone());
                for (key, optional) in keys {
                    value = match value.map(|value| value.member(key)) {
                        Some(Ok(member)) => Some(member),
                        Some(Err(_)) if *optional => None,
                        Some(Err(error)) => return Err(error),
                        None => None,
                    };
                }
                Ok(match otherwise {
                    Some(otherwise) if !value.as_ref().is_some_and(Val::is_true) => Some(otherwise.clone()),
                    _ => value,
                })
            }
        }
    }
}
