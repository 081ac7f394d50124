//! Expressions that need no interpreter: literals, keys followed from the item, and texts joined. Most of a mapping is made of
//! them.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Opt, Part};

use super::direct::Direct;
use super::val::Val;
use super::{Fault, read_leniently, value};

/// Texts longer than this are joined by the interpreter, which counts bytes.
const JOINED_BYTES: usize = 1 << 16;

/// An expression that is a literal, follows keys, or joins texts.
pub(super) enum Shortcut {
    Constant(Val),
    /// `.a.b`, and what stands in for null and false after `//`.
    Path {
        path: KeyPath,
        otherwise: Option<Val>,
    },
    /// `.a + "@" + .b`, or the same by interpolation. Only when every operand is a text; what else it means is for the
    /// interpreter to say.
    Joined(Vec<Operand>),
    /// What else needs no interpreter, see there.
    Direct(Direct),
}

/// Keys that are followed one after the other, each with whether a failure there means no output.
pub(super) struct KeyPath(Vec<(Val, bool)>);

/// A part of a text.
pub(super) enum Operand {
    Literal(Box<str>),
    Path(KeyPath),
}

impl Shortcut {
    /// The shortcut for a rewritten term, if there is one.
    pub(super) fn new(term: &Term<&str>) -> Option<Self> {
        if let Some(value) = constant(term) {
            return Some(Self::Constant(value));
        }
        if let Some(path) = plain_path(term) {
            return Some(Self::Path {
                path: KeyPath(path),
                otherwise: None,
            });
        }
        if let Term::BinOp(left, BinaryOp::Alt, right) = term
            && let (Some(path), Some(otherwise)) = (plain_path(left), constant(right))
        {
            return Some(Self::Path {
                path: KeyPath(path),
                otherwise: Some(otherwise),
            });
        }
        let mut operands = Vec::new();
        match join(term, &mut operands) {
            Some(()) => Some(Self::Joined(operands)),
            None => Direct::new(term).map(Self::Direct),
        }
    }

    /// Whether it says all that there is to say, so that the interpreter is never asked.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self, Self::Joined(_) | Self::Direct(_))
    }

    /// Its outputs, where there is one at most; an error that `?` catches is no output. None when the interpreter must be asked.
    pub(super) fn run(&self, input: &Val) -> Option<Result<Option<Val>, Fault>> {
        match self {
            Self::Constant(value) => Some(Ok(Some(value.clone()))),
            Self::Path {
                path,
                otherwise: None,
            } => Some(path.follow(input)),
            Self::Path {
                path,
                otherwise: Some(otherwise),
            } => Some(path.follow(input).map(|value| match value {
                Some(value) if value.is_true() => Some(value),
                _ => Some(otherwise.clone()),
            })),
            Self::Joined(operands) => {
                joined(operands, input).map(|text| Ok(Some(Val::string(&text))))
            }
            Self::Direct(_) => None,
        }
    }

    /// Its first output as JSON, without a value in between, when it is a plain one and not null.
    pub(super) fn json(&self, input: &Val) -> Option<serde_json::Value> {
        let found = match self {
            Self::Constant(value) => value,
            Self::Path {
                path,
                otherwise: None,
            } => path.look(input)?,
            Self::Path {
                path,
                otherwise: Some(_),
            } => path.look(input).filter(|value| value.is_true())?,
            Self::Joined(operands) => {
                return joined(operands, input).map(serde_json::Value::String);
            }
            Self::Direct(_) => return None,
        };
        Some(value::json(found)).filter(|json| !json.is_null())
    }

    /// Its first output.
    pub(super) fn first(&self, input: &Val) -> Option<Result<Option<Val>, Fault>> {
        match self {
            Self::Direct(direct) => direct.first(input).map(Ok),
            other => other.run(input),
        }
    }
}

impl KeyPath {
    /// The keys as text.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(key, _)| key.as_str())
    }

    fn follow(&self, input: &Val) -> Result<Option<Val>, Fault> {
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
    fn look<'v>(&self, input: &'v Val) -> Option<&'v Val> {
        let mut value = input;
        for (key, _) in &self.0 {
            let Val::Object(fields) = value else {
                return None;
            };
            value = fields.map().get(key.as_str()?)?;
        }
        Some(value)
    }
}

fn joined(operands: &[Operand], input: &Val) -> Option<String> {
    let text_of = |operand: &'_ Operand| -> Option<usize> {
        match operand {
            Operand::Literal(text) => Some(text.len()),
            Operand::Path(path) => path.look(input)?.as_str().map(str::len),
        }
    };
    let length = operands
        .iter()
        .try_fold(0_usize, |length, operand| Some(length + text_of(operand)?))?;
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
fn join(term: &Term<&str>, operands: &mut Vec<Operand>) -> Option<()> {
    match term {
        Term::BinOp(left, BinaryOp::Math(Math::Add), right) => {
            join(left, operands)?;
            join(right, operands)
        }
        Term::Str(None, parts) => parts.iter().try_for_each(|part| {
            match part {
                StrPart::Str(text) => operands.push(Operand::Literal((*text).into())),
                StrPart::Char(character) => {
                    operands.push(Operand::Literal(character.to_string().into()))
                }
                StrPart::Term(term) => join(term, operands)?,
            }
            Some(())
        }),
        term => {
            operands.push(Operand::Path(KeyPath(plain_path(term)?)));
            Some(())
        }
    }
}

/// The value of a literal.
pub(super) fn constant(term: &Term<&str>) -> Option<Val> {
    match term {
        Term::Num(number) => read_leniently::read(number).ok(),
        Term::Call("true", arguments) if arguments.is_empty() => Some(Val::Bool(true)),
        Term::Call("false", arguments) if arguments.is_empty() => Some(Val::Bool(false)),
        Term::Call("null", arguments) if arguments.is_empty() => Some(Val::Null),
        Term::Str(None, parts) => literal(parts).map(|text| Val::string(&text)),
        _ => None,
    }
}

/// The text of a string without interpolation.
pub(super) fn literal(parts: &[StrPart<&str, Term<&str>>]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(part) => text.push(*part),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}

/// A path of literal keys.
fn plain_path(term: &Term<&str>) -> Option<Vec<(Val, bool)>> {
    match term {
        Term::Id => Some(Vec::new()),
        Term::Path(base, path) => {
            let mut all = plain_path(base)?;
            for (part, opt) in &path.0 {
                let Part::Index(Term::Str(None, parts)) = part else {
                    return None;
                };
                all.push((Val::string(&literal(parts)?), matches!(opt, Opt::Optional)));
            }
            Some(all)
        }
        Term::BinOp(left, BinaryOp::Pipe(None::<Pattern<&str>>), right) => {
            let mut all = plain_path(left)?;
            all.extend(plain_path(right)?);
            Some(all)
        }
        _ => None,
    }
}
