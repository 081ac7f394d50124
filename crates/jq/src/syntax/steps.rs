//! A path as a base and its steps. All code that follows paths uses this file.

use super::{Term, TermKind};

/// A step of a path.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Target of the step.
    pub part: Part<'a>,
    /// Set if `?` follows the step: an error of the step is no output then.
    pub optional: bool,
    /// The path up to and including this step.
    pub term: &'a Term,
}

/// Target of a step.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// The field of that name.
    Key(&'a str),
    /// Every element.
    Each,
    /// The value of an expression. Its input is the input of the whole path.
    Index(&'a Term),
    /// The elements from one index to before another.
    Slice(Option<&'a Term>, Option<&'a Term>),
}

impl Term {
    /// The base of a path and its steps, in order; without steps for a term that is no path.
    pub fn steps(&self) -> (&Self, Vec<Step<'_>>) {
        let mut steps = Vec::new();
        let mut base = self;
        while let Some((of, step)) = base.step() {
            steps.push(step);
            base = of;
        }
        steps.reverse();
        (base, steps)
    }

    /// The steps of a term that only follows steps from its input, also through parentheses and pipes. The input of an index is
    /// the value before its pipe.
    pub fn path(&self) -> Option<Vec<Step<'_>>> {
        let mut steps = Vec::new();
        self.follow(&mut steps)?;
        Some(steps)
    }

    fn follow<'a>(&'a self, steps: &mut Vec<Step<'a>>) -> Option<()> {
        match &self.kind {
            TermKind::Identity => {}
            TermKind::Parentheses(inner) => inner.follow(steps)?,
            TermKind::Pipe(left, right) => {
                left.follow(steps)?;
                right.follow(steps)?;
            }
            _ => {
                let (base, own) = self.steps();
                if own.is_empty() {
                    return None;
                }
                base.follow(steps)?;
                steps.extend(own);
            }
        }
        Some(())
    }

    fn step(&self) -> Option<(&Self, Step<'_>)> {
        let (step, optional) = match &self.kind {
            TermKind::Optional(of) => (&**of, true),
            _ => (self, false),
        };
        let (of, part) = match &step.kind {
            TermKind::Field { of, name, .. } => (of, Part::Key(name)),
            TermKind::Iterate(of) => (of, Part::Each),
            TermKind::Index { of, by } => (of, Part::Index(by)),
            TermKind::Slice { of, from, upto } => (of, Part::Slice(from.as_deref(), upto.as_deref())),
            _ => return None,
        };
        let term = self;
        Some((of, Step { part, optional, term }))
    }
}
