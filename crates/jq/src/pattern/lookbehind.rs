//! Number of characters that a part of a pattern matches. Oniguruma, as jq configures it, allows one length in a look-behind
//! only.

use super::{Group, Node};

impl Node {
    /// The number of characters that it always matches; none if it varies.
    pub(super) fn length(&self) -> Option<u32> {
        Some(match self {
            Self::Empty | Self::Assertion(_) | Self::End => 0,
            Self::Text(characters, _) => u32::try_from(characters.len()).ok()?,
            Self::Class { .. } => 1,
            Self::Plain(text) => match *text {
                ANY | ANY_BUT_BREAK => 1,
                _ => return None,
            },
            Self::Reference(..) | Self::Call(_) => return None,
            Self::Group(Group::Absent, _) => return None,
            Self::Group(Group::Ahead | Group::NotAhead | Group::Behind | Group::NotBehind, _) => 0,
            Self::Group(_, body) => body.length()?,
            Self::If(_, then, otherwise) | Self::IfMatches(_, then, otherwise) => {
                let length = then.length()?;
                Some(length).filter(|length| otherwise.length() == Some(*length))?
            }
            Self::Repeat { body, least, most, .. } => match most {
                Some(most) if most == least => body.length()?.checked_mul(*least)?,
                _ => return None,
            },
            Self::Sequence(parts) => parts.iter().try_fold(0_u32, |sum, part| sum.checked_add(part.length()?))?,
            Self::Alternatives(branches) => {
                let length = branches.first()?.length()?;
                let alike = branches.iter().all(|branch| branch.length() == Some(length));
                Some(length).filter(|_| alike)?
            }
        })
    }

    /// Tells whether it is an assertion between characters, which cannot be repeated.
    pub(super) fn is_assertion(&self) -> bool {
        match self {
            Self::Assertion(_) | Self::End => true,
            Self::Group(Group::Plain, body) => body.is_assertion(),
            Self::Group(Group::Ahead | Group::NotAhead | Group::Behind | Group::NotBehind, _) => true,
            Self::Alternatives(branches) => branches.iter().any(Self::is_assertion),
            _ => false,
        }
    }

    /// Tells whether it is empty.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Group(Group::Plain, body) => body.is_empty(),
            Self::Repeat { body, .. } => body.is_empty(),
            _ => false,
        }
    }

    /// Tells whether it has a capturing group.
    pub(super) fn captures(&self) -> bool {
        match self {
            Self::Group(Group::Capture, _) => true,
            Self::Group(_, body) | Self::Repeat { body, .. } => body.captures(),
            Self::If(_, then, otherwise) => then.captures() || otherwise.captures(),
            Self::IfMatches(condition, then, otherwise) => condition.captures() || then.captures() || otherwise.captures(),
            Self::Sequence(parts) | Self::Alternatives(parts) => parts.iter().any(Self::captures),
            _ => false,
        }
    }
}

/// Any character.
pub(super) const ANY: &str = "(?s:.)";
/// Any character but a line break.
pub(super) const ANY_BUT_BREAK: &str = r"[^\n]";
