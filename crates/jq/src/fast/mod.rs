//! Evaluation without the interpreter, for the most frequent expressions of mappings: keys, joined texts and sums over nested
//! lists. The interpreter allocates at every step; this code does not.
//!
//! It only covers evaluations without a problem. In all other cases (an error that is not caught at once, an operand with several
//! outputs, more values than [`VALUES`]) it gives up, and the interpreter starts again, with its limits and error messages.
//! Literals and plain paths have no interpreter, and report their errors themselves.
//!
//! | file | subject |
//! | --- | --- |
//! | `keys` | paths of keys, and texts that are joined from them |
//! | `touched` | keys of an item that an expression can read |

mod keys;
mod touched;

use std::cell::Cell;

use jaq_core::ops::{Cmp, Math};

use keys::{KeyPath, Operand, join, joined};
pub(super) use touched::touched;

use super::syntax::{Literal, Operator, Part, Term, TermKind};
use super::val::Val;
use super::{Fault, read_leniently, value};

/// Maximum number of values in one evaluation.
const VALUES: u32 = 100_000;

/// Maximum size of an output that is built here, in bytes.
const BYTES: u64 = 1 << 20;

/// Maximum depth of a term.
const DEPTH: usize = 64;

/// A term that can be evaluated without the interpreter.
#[derive(Debug)]
pub(super) enum Fast {
    Constant(Val),
    /// `.`, or keys from the input.
    Path(KeyPath),
    /// `.a.b // "x"`
    PathOr(KeyPath, Val),
    /// `.a + "@" + .b`, or the same by interpolation. Only when every operand is a text.
    Joined(Vec<Operand>),
    /// Keys from the outputs of another term.
    Keys(Box<Self>, KeyPath),
    /// `.[]`; true for `.[]?`.
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
    /// `or` if the flag is true, otherwise `and`.
    Logic(Box<Self>, bool, Box<Self>),
    If(Vec<(Self, Self)>, Box<Self>),
}

/// None stops the evaluation: it gave up, or the receiver needs no more.
type Flow = Option<()>;
type Receiver<'a> = &'a mut dyn FnMut(&Val) -> Flow;

impl Fast {
    /// The term, if it can be evaluated here.
    pub(super) fn new(term: &Term) -> Option<Self> {
        if let Some(path) = KeyPath::of(term) {
            return Some(Self::Path(path));
        }
        if let TermKind::Binary { operator: Operator::Alternative, left, right, .. } = &term.bare().kind
            && let (Some(path), Some(otherwise)) = (KeyPath::of(left), constant(right))
        {
            return Some(Self::PathOr(path, otherwise));
        }
        if let Some(value) = constant(term) {
            return Some(Self::Constant(value));
        }
        let mut operands = Vec::new();
        match join(term, &mut operands) {
            Some(()) => Some(Self::Joined(operands)),
            None => Self::at(term, DEPTH),
        }
    }

    fn at(term: &Term, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let of = |term: &Term| Self::at(term, depth);
        let boxed = |term: &Term| of(term).map(Box::new);
        Some(match &term.kind {
            TermKind::Identity => Self::Path(KeyPath::default()),
            TermKind::Parentheses(inner) => return of(inner),
            TermKind::Field { .. } | TermKind::Iterate(_) | TermKind::Optional(_) => {
                let (base, steps) = term.steps();
                if steps.is_empty() {
                    return None;
                }
                let mut all = of(base)?;
                for step in steps {
                    all = match step.part {
                        Part::Key(key) => all.key(key, step.optional),
                        Part::Each => Self::Each(Box::new(all), step.optional),
                        Part::Index(_) | Part::Slice(..) => return None,
                    };
                }
                all
            }
            TermKind::Pipe(left, right) => Self::Pipe(boxed(left)?, boxed(right)?),
            TermKind::Binary { operator, left, right, .. } => {
                let combine = combination(*operator)?;
                combine(boxed(left)?, boxed(right)?)
            }
            TermKind::Array(None) => Self::List(None),
            TermKind::Array(Some(inner)) => Self::List(Some(boxed(inner)?)),
            TermKind::Call { name, arguments, .. } => match (name.as_str(), arguments.as_slice()) {
                ("map", [each]) => {
                    let all = Self::Each(Box::new(Self::Path(KeyPath::default())), false);
                    Self::List(Some(Box::new(Self::Pipe(Box::new(all), boxed(each)?))))
                }
                ("select", [condition]) => Self::Select(boxed(condition)?),
                ("add", []) => Self::Add,
                ("not", []) => Self::Not,
                _ => return None,
            },
            TermKind::If { branches, otherwise } => {
                let branches = branches.iter().map(|(condition, branch)| Some((of(condition)?, of(branch)?)));
                let branches = branches.collect::<Option<_>>()?;
                let otherwise = match otherwise {
                    Some(otherwise) => of(otherwise)?,
                    None => Self::Path(KeyPath::default()),
                };
                Self::If(branches, Box::new(otherwise))
            }
            _ => Self::Constant(constant(term)?),
        })
    }

    /// A key of this term's outputs.
    fn key(self, key: &str, optional: bool) -> Self {
        let key = (Val::string(key), optional);
        match self {
            Self::Path(mut path) => {
                path.0.push(key);
                Self::Path(path)
            }
            Self::Keys(of, mut path) => {
                path.0.push(key);
                Self::Keys(of, path)
            }
            other => Self::Keys(Box::new(other), KeyPath(vec![key])),
        }
    }

    /// Tells whether this form covers all cases, so that the interpreter is never needed.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self, Self::Constant(_) | Self::Path(_) | Self::PathOr(..))
    }

    /// Its output if [it covers all cases](Self::is_whole), of which there is at most one; an error that `?` catches is no
    /// output.
    pub(super) fn whole(&self, input: &Val) -> Option<Result<Option<Val>, Fault>> {
        Some(match self {
            Self::Constant(value) => Ok(Some(value.clone())),
            Self::Path(path) => path.follow(input),
            Self::PathOr(path, otherwise) => path.follow(input).map(|value| match value {
                Some(value) if value.is_true() => Some(value),
                _ => Some(otherwise.clone()),
            }),
            _ => return None,
        })
    }

    /// Its first output, or that there is none. None when the interpreter is needed.
    pub(super) fn first(&self, input: &Val) -> Option<Result<Option<Val>, Fault>> {
        match self {
            Self::Joined(operands) => joined(operands, input).map(|text| Ok(Some(Val::string(&text)))),
            _ if self.is_whole() => self.whole(input),
            _ => self.first_heard(input).map(Ok),
        }
    }

    /// Its first output as JSON, without an intermediate value, if that is a scalar and not null.
    pub(super) fn json(&self, input: &Val) -> Option<serde_json::Value> {
        let found = match self {
            Self::Constant(value) => value,
            Self::Path(path) => path.look(input)?,
            Self::PathOr(path, _) => path.look(input).filter(|value| value.is_true())?,
            Self::Joined(operands) => {
                return joined(operands, input).map(serde_json::Value::String);
            }
            _ => return None,
        };
        Some(value::json(found)).filter(|json| !json.is_null())
    }

    fn first_heard(&self, input: &Val) -> Option<Option<Val>> {
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

    /// Passes all outputs on, in order.
    fn run(&self, input: &Val, left: &Cell<u32>, receive: Receiver<'_>) -> Flow {
        left.set(left.get().checked_sub(1)?);
        match self {
            Self::Constant(value) => receive(value),
            Self::Path(path) => path.run(input, receive),
            Self::PathOr(path, otherwise) => {
                let mut any = false;
                path.run(input, &mut |value| {
                    any = value.is_true();
                    if any { receive(value) } else { Some(()) }
                })?;
                if any { Some(()) } else { receive(otherwise) }
            }
            Self::Joined(operands) => receive(&Val::string(&joined(operands, input)?)),
            Self::Keys(of, path) => of.run(input, left, &mut |value| path.run(value, receive)),
            Self::Each(of, optional) => of.run(input, left, &mut |value| {
                let mut each = |value: &Val| {
                    left.set(left.get().checked_sub(1)?);
                    receive(value)
                };
                match value {
                    Val::Array(items) => items.values().iter().try_for_each(&mut each),
                    Val::Object(fields) => fields.map().values().try_for_each(&mut each),
                    _ => optional.then_some(()),
                }
            }),
            Self::Pipe(first, second) => first.run(input, left, &mut |value| second.run(value, left, receive)),
            Self::Comma(first, second) => {
                first.run(input, left, receive)?;
                second.run(input, left, receive)
            }
            Self::Alternative(first, second) => {
                let mut any = false;
                first.run(input, left, &mut |value| {
                    if !value.is_true() {
                        return Some(());
                    }
                    any = true;
                    receive(value)
                })?;
                if any { Some(()) } else { second.run(input, left, receive) }
            }
            Self::List(inner) => {
                let mut items = Vec::new();
                if let Some(inner) = inner {
                    inner.run(input, left, &mut |value| {
                        items.push(value.clone());
                        Some(())
                    })?;
                }
                receive(&Val::array(items))
            }
            Self::Select(condition) => {
                if condition.one(input, left)?.is_true() {
                    receive(input)?;
                }
                Some(())
            }
            Self::Add => receive(&sum(input)?),
            Self::Not => receive(&Val::Bool(!input.is_true())),
            Self::Compare(one, operator, other) => {
                let (one, other) = (one.one(input, left)?, other.one(input, left)?);
                receive(&Val::Bool(operator.run(&one, &other)))
            }
            Self::Calculate(one, operator, other) => {
                let (one, other) = (one.one(input, left)?, other.one(input, left)?);
                // Other operands are left to the interpreter, which counts their bytes.
                let (Val::Number(_), Val::Number(_)) = (&one, &other) else {
                    return None;
                };
                receive(&operator.run(one, other).ok()?)
            }
            Self::Logic(one, decides, other) => {
                let decided = one.one(input, left)?.is_true() == *decides;
                receive(&Val::Bool(if decided { *decides } else { other.one(input, left)?.is_true() }))
            }
            Self::If(branches, otherwise) => {
                for (condition, branch) in branches {
                    if condition.one(input, left)?.is_true() {
                        return branch.run(input, left, receive);
                    }
                }
                otherwise.run(input, left, receive)
            }
        }
    }

    /// The only output; none if there are several, or none.
    fn one(&self, input: &Val, left: &Cell<u32>) -> Option<Val> {
        let mut one = None;
        self.run(input, left, &mut |value| match one.replace(value.clone()) {
            None => Some(()),
            Some(_) => None,
        })?;
        one
    }
}

/// Constructor for the two operands of an operator.
fn combination(operator: Operator) -> Option<impl FnOnce(Box<Fast>, Box<Fast>) -> Fast> {
    enum Combination {
        Comma,
        Alternative,
        Logic(bool),
        Compare(Cmp),
        Calculate(Math),
    }
    let how = match operator {
        Operator::Comma => Combination::Comma,
        Operator::Alternative => Combination::Alternative,
        Operator::And => Combination::Logic(false),
        Operator::Or => Combination::Logic(true),
        Operator::Equal => Combination::Compare(Cmp::Eq),
        Operator::NotEqual => Combination::Compare(Cmp::Ne),
        Operator::Less => Combination::Compare(Cmp::Lt),
        Operator::LessOrEqual => Combination::Compare(Cmp::Le),
        Operator::Greater => Combination::Compare(Cmp::Gt),
        Operator::GreaterOrEqual => Combination::Compare(Cmp::Ge),
        Operator::Add => Combination::Calculate(Math::Add),
        Operator::Subtract => Combination::Calculate(Math::Sub),
        Operator::Multiply => Combination::Calculate(Math::Mul),
        Operator::Divide => Combination::Calculate(Math::Div),
        Operator::Remainder => Combination::Calculate(Math::Rem),
        Operator::Assign
        | Operator::Update
        | Operator::UpdateAdd
        | Operator::UpdateSubtract
        | Operator::UpdateMultiply
        | Operator::UpdateDivide
        | Operator::UpdateRemainder
        | Operator::UpdateAlternative => return None,
    };
    Some(move |left, right| match how {
        Combination::Comma => Fast::Comma(left, right),
        Combination::Alternative => Fast::Alternative(left, right),
        Combination::Logic(decides) => Fast::Logic(left, decides, right),
        Combination::Compare(comparison) => Fast::Compare(left, comparison, right),
        Combination::Calculate(calculation) => Fast::Calculate(left, calculation, right),
    })
}

/// The value of a literal.
fn constant(term: &Term) -> Option<Val> {
    Some(match term.literal()? {
        Literal::Null => Val::Null,
        Literal::Boolean(value) => Val::Bool(*value),
        Literal::Number(digits) => read_leniently::read(digits).ok()?,
        Literal::Text(text) => Val::string(text),
    })
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
