//! Paths of keys from an input, and texts that are joined from their values.

use super::{Flow, Receiver};
use crate::Fault;
use crate::syntax::{Literal, Operator, Part, Term, TermKind};
use crate::val::Val;

/// Maximum length of a joined text, in bytes. The interpreter, which counts bytes, joins longer ones.
const JOINED_BYTES: usize = 1 << 16;

/// Keys of a path in order; true if an error at that key means no output.
#[derive(Debug, Default)]
pub(crate) struct KeyPath(pub(super) Vec<(Val, bool)>);

/// Part of a joined text.
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

    /// The value at the path, if all values on the way are objects.
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

    /// Passes the value at the path on. Gives up on an error.
    pub(super) fn run(&self, input: &Val, receive: Receiver<'_>) -> Flow {
        let mut value = input;
        for (key, optional) in &self.0 {
            value = match value {
                Val::Object(fields) => fields.map().get(key.as_str()?).unwrap_or(&Val::Null),
                Val::Null => &Val::Null,
                _ => return optional.then_some(()),
            };
        }
        receive(value)
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

/// Collects the operands of a sum or an interpolation, in order.
pub(super) fn join(term: &Term, operands: &mut Vec<Operand>) -> Option<()> {
    match &term.bare().kind {
        TermKind::Binary { operator: Operator::Add, left, right, .. } => {
            join(left, operands)?;
            join(right, operands)
        }
        TermKind::Literal(Literal::Text(text)) => {
            operands.push(Operand::Literal(text.as_str().into()));
            Some(())
        }
        TermKind::Text { format: None, pieces, parts } => {
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
