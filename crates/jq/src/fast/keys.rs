//! Keys that are followed from an input, and texts that are joined from what is found there.

use super::{Hear, Heard};
use crate::Fault;
use crate::syntax::{Literal, Operator, Part, Shape, Term};
use crate::val::Val;

/// Texts longer than this are joined by the interpreter, which counts bytes.
const JOINED_BYTES: usize = 1 << 16;

/// Keys that are followed one after the other, each with whether a failure there means no output.
#[derive(Debug, Default)]
pub(crate) struct KeyPath(pub(super) Vec<(Val, bool)>);

/// A part of a text.
#[derive(Debug)]
pub(crate) enum Operand {
    Literal(Box<str>),
    Path(KeyPath),
}

impl KeyPath {
    /// The path of a term that only follows keys from its input.
    pub(super) fn of(term: &Term) -> Option<Self> {
        let keys = term.path()?.into_iter().map(|step| match step.part {
            Part::Key(key) => Some((Val::string(key), step.optional)),
            Part::Each | Part::Index(_) | Part::Slice(..) => None,
        });
        keys.collect::<Option<_>>().map(Self)
    }

    /// The keys as text.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(key, _)| key.as_str())
    }

    pub(super) fn follow(&self, input: &Val) -> Result<Option<Val>, Fault> {
        if let Some(found) = self.look(input) {
            return Ok(Some(found.clone()));
        }
        let mut value = input.clone();
        for (key, optional) in &self.0 {
            value = match value.member(key) {
                Ok(member) => member,
                Err(_) if *optional => return Ok(None),
                Err(error) => return Err(error),
            };
        }
        Ok(Some(value))
    }

    /// What is there, when objects lead there.
    pub(super) fn look<'v>(&self, input: &'v Val) -> Option<&'v Val> {
        let mut value = input;
        for (key, _) in &self.0 {
            let Val::Object(fields) = value else {
                return None;
            };
            value = fields.map().get(key.as_str()?)?;
        }
        Some(value)
    }

    /// Lets be heard what is there. Gives up on an error.
    pub(super) fn run(&self, input: &Val, hear: Hear<'_>) -> Heard {
        let mut value = input;
        for (key, optional) in &self.0 {
            value = match value {
                Val::Object(fields) => fields.map().get(key.as_str()?).unwrap_or(&Val::Null),
                Val::Null => &Val::Null,
                _ => return optional.then_some(()),
            };
        }
        hear(value)
    }
}

pub(super) fn joined(operands: &[Operand], input: &Val) -> Option<String> {
    let text_of = |operand: &'_ Operand| -> Option<usize> {
        match operand {
            Operand::Literal(text) => Some(text.len()),
            Operand::Path(path) => path.look(input)?.as_str().map(str::len),
        }
    };
    let length = operands.iter().try_fold(0_usize, |length, operand| Some(length + text_of(operand)?))?;
    if length > JOINED_BYTES {
        return None;
    }
    let mut text = String::with_capacity(length);
    for operand in operands {
        text.push_str(match operand {
            Operand::Literal(literal) => literal,
            Operand::Path(path) => path.look(input)?.as_str()?,
        });
    }
    Some(text)
}

/// Collects what a sum or an interpolation joins, in order.
pub(super) fn join(term: &Term, operands: &mut Vec<Operand>) -> Option<()> {
    match &term.bare().shape {
        Shape::Binary { operator: Operator::Add, left, right, .. } => {
            join(left, operands)?;
            join(right, operands)
        }
        Shape::Literal(Literal::Text(text)) => {
            operands.push(Operand::Literal(text.as_str().into()));
            Some(())
        }
        Shape::Text { format: None, pieces, parts } => {
            let mut parts = parts.iter();
            for (piece, _) in pieces {
                if !piece.is_empty() {
                    operands.push(Operand::Literal(piece.as_str().into()));
                }
                if let Some(part) = parts.next() {
                    join(part, operands)?;
                }
            }
            Some(())
        }
        _ => {
            operands.push(Operand::Path(KeyPath::of(term)?));
            Some(())
        }
    }
}
