//! Expressions that are evaluated directly, without the interpreter: what mappings do beside following keys, such as sums over
//! nested lists. An evaluation by the interpreter makes boxes for every step; this one makes none.
//!
//! Only what goes well is answered here. Whatever else comes up (an error that is not caught at once, an operand with several
//! outputs, more values than [`VALUES`]) is answered by giving up, and the interpreter begins anew: it alone knows limits and
//! the words of errors.

use std::cell::Cell;

use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Opt, Part};

use super::shortcut::{constant, literal};
use super::val::Val;

/// Values that one evaluation hands around at most.
const VALUES: u32 = 100_000;

/// What an output that was put together here may take.
const BYTES: u64 = 1 << 20;

/// Deepest term.
const DEPTH: usize = 64;

/// A term that can be evaluated directly.
#[derive(Debug)]
pub(super) enum Direct {
    Input,
    Constant(Val),
    /// `.key`, and whether `?` stands behind it.
    Key(Box<Self>, String, bool),
    /// `.[]`, and whether `?` stands behind it.
    Each(Box<Self>, bool),
    Pipe(Box<Self>, Box<Self>),
    Comma(Box<Self>, Box<Self>),
    /// `//`
    Alternative(Box<Self>, Box<Self>),
    List(Option<Box<Self>>),
    Select(Box<Self>),
    Add,
    Not,
    Compare(Box<Self>, Cmp, Box<Self>),
    Calculate(Box<Self>, Math, Box<Self>),
    /// `and`, or `or` when true decides.
    Logic(Box<Self>, bool, Box<Self>),
    If(Vec<(Self, Self)>, Box<Self>),
}

/// None gives up, or has heard enough.
type Heard = Option<()>;
type Hear<'a> = &'a mut dyn FnMut(&Val) -> Heard;

impl Direct {
    /// The rewritten term, if it can be evaluated directly.
    pub(super) fn new(term: &Term<&str>) -> Option<Self> {
        Self::at(term, DEPTH)
    }

    fn at(term: &Term<&str>, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let of = |term: &Term<&str>| Self::at(term, depth);
        let boxed = |term: &Term<&str>| of(term).map(Box::new);
        Some(match term {
            Term::Id => Self::Input,
            Term::Path(base, path) => {
                let mut all = of(base)?;
                for (part, opt) in &path.0 {
                    let optional = matches!(opt, Opt::Optional);
                    all = match part {
                        Part::Index(Term::Str(None, parts)) => {
                            Self::Key(Box::new(all), literal(parts)?, optional)
                        }
                        Part::Range(None, None) => Self::Each(Box::new(all), optional),
                        _ => return None,
                    };
                }
                all
            }
            Term::BinOp(left, BinaryOp::Pipe(None), right) => {
                Self::Pipe(boxed(left)?, boxed(right)?)
            }
            Term::BinOp(left, BinaryOp::Comma, right) => Self::Comma(boxed(left)?, boxed(right)?),
            Term::BinOp(left, BinaryOp::Alt, right) => {
                Self::Alternative(boxed(left)?, boxed(right)?)
            }
            Term::BinOp(left, BinaryOp::Cmp(operator), right) => {
                Self::Compare(boxed(left)?, *operator, boxed(right)?)
            }
            Term::BinOp(left, BinaryOp::Math(operator), right) => {
                Self::Calculate(boxed(left)?, *operator, boxed(right)?)
            }
            Term::BinOp(left, BinaryOp::And, right) => {
                Self::Logic(boxed(left)?, false, boxed(right)?)
            }
            Term::BinOp(left, BinaryOp::Or, right) => {
                Self::Logic(boxed(left)?, true, boxed(right)?)
            }
            Term::Arr(inner) => Self::List(
                inner
                    .as_ref()
                    .map(|inner| boxed(inner))
                    .map_or(Some(None), |inner| inner.map(Some))?,
            ),
            Term::Call("map", arguments) if arguments.len() == 1 => {
                let each = Self::Each(Box::new(Self::Input), false);
                Self::List(Some(Box::new(Self::Pipe(
                    Box::new(each),
                    boxed(&arguments[0])?,
                ))))
            }
            Term::Call("select", arguments) if arguments.len() == 1 => {
                Self::Select(boxed(&arguments[0])?)
            }
            Term::Call("add", arguments) if arguments.is_empty() => Self::Add,
            Term::Call("not", arguments) if arguments.is_empty() => Self::Not,
            Term::IfThenElse(branches, otherwise) => {
                let branches = branches
                    .iter()
                    .map(|(condition, branch)| Some((of(condition)?, of(branch)?)));
                let otherwise = otherwise
                    .as_ref()
                    .map_or(Some(Self::Input), |otherwise| of(otherwise))?;
                Self::If(branches.collect::<Option<_>>()?, Box::new(otherwise))
            }
            other => Self::Constant(constant(other)?),
        })
    }

    /// The first output, or that there is none. None when the interpreter must be asked.
    pub(super) fn first(&self, input: &Val) -> Option<Option<Val>> {
        let left = Cell::new(VALUES);
        let mut first = None;
        let ended = self.run(input, &left, &mut |value| {
            first = Some(value.clone());
            None
        });
        match (ended, first) {
            (Some(()), None) => Some(None),
            (_, Some(value)) if value.bytes_unshared(BYTES) < BYTES => Some(Some(value)),
            _ => None,
        }
    }

    /// Lets all outputs be heard, in order.
    fn run(&self, input: &Val, left: &Cell<u32>, hear: Hear<'_>) -> Heard {
        left.set(left.get().checked_sub(1)?);
        match self {
            Self::Input => hear(input),
            Self::Constant(value) => hear(value),
            Self::Key(of, key, optional) => of.run(input, left, &mut |value| match value {
                Val::Object(fields) => hear(fields.map().get(key.as_str()).unwrap_or(&Val::Null)),
                Val::Null => hear(&Val::Null),
                _ => optional.then_some(()),
            }),
            Self::Each(of, optional) => of.run(input, left, &mut |value| {
                let mut each = |value: &Val| {
                    left.set(left.get().checked_sub(1)?);
                    hear(value)
                };
                match value {
                    Val::Array(items) => items.values().iter().try_for_each(&mut each),
                    Val::Object(fields) => fields.map().values().try_for_each(&mut each),
                    _ => optional.then_some(()),
                }
            }),
            Self::Pipe(first, second) => {
                first.run(input, left, &mut |value| second.run(value, left, hear))
            }
            Self::Comma(first, second) => {
                first.run(input, left, hear)?;
                second.run(input, left, hear)
            }
            Self::Alternative(first, second) => {
                let mut any = false;
                first.run(input, left, &mut |value| {
                    if !value.is_true() {
                        return Some(());
                    }
                    any = true;
                    hear(value)
                })?;
                if any {
                    Some(())
                } else {
                    second.run(input, left, hear)
                }
            }
            Self::List(inner) => {
                let mut items = Vec::new();
                if let Some(inner) = inner {
                    inner.run(input, left, &mut |value| {
                        items.push(value.clone());
                        Some(())
                    })?;
                }
                hear(&Val::array(items))
            }
            Self::Select(condition) => {
                if condition.one(input, left)?.is_true() {
                    hear(input)?;
                }
                Some(())
            }
            Self::Add => hear(&sum(input)?),
            Self::Not => hear(&Val::Bool(!input.is_true())),
            Self::Compare(one, operator, other) => {
                let (one, other) = (one.one(input, left)?, other.one(input, left)?);
                hear(&Val::Bool(operator.run(&one, &other)))
            }
            Self::Calculate(one, operator, other) => {
                let (one, other) = (one.one(input, left)?, other.one(input, left)?);
                // The interpreter counts the bytes of what else can be calculated with.
                let (Val::Number(_), Val::Number(_)) = (&one, &other) else {
                    return None;
                };
                hear(&operator.run(one, other).ok()?)
            }
            Self::Logic(one, decides, other) => {
                let decided = one.one(input, left)?.is_true() == *decides;
                hear(&Val::Bool(if decided {
                    *decides
                } else {
                    other.one(input, left)?.is_true()
                }))
            }
            Self::If(branches, otherwise) => {
                for (condition, branch) in branches {
                    if condition.one(input, left)?.is_true() {
                        return branch.run(input, left, hear);
                    }
                }
                otherwise.run(input, left, hear)
            }
        }
    }

    /// The one output; none when there are several, or none.
    fn one(&self, input: &Val, left: &Cell<u32>) -> Option<Val> {
        let mut one = None;
        self.run(input, left, &mut |value| match one.replace(value.clone()) {
            None => Some(()),
            Some(_) => None,
        })?;
        one
    }
}

/// The sum of a list of numbers and nulls.
fn sum(list: &Val) -> Option<Val> {
    let mut sum = Val::Null;
    for value in list.as_items()? {
        let (Val::Number(_) | Val::Null) = value else {
            return None;
        };
        sum = (sum + value.clone()).ok()?;
    }
    Some(sum)
}
