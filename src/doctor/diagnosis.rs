//! Collects checks and problems. A problem that several checks share is kept once. Pure.

use crate::model::diagnosis::{Check, CheckResult, CheckedServer, Diagnosis, DiagnosisResult, ErrorName, Problem};

/// Results so far.
#[derive(Debug, Default)]
pub(super) struct DiagnosisBuilder {
    places: Vec<CheckedServer>,
    problems: Vec<Problem>,
}

impl DiagnosisBuilder {
    /// Begins the checks of a place.
    pub(super) fn enter(&mut self, name: &'static str, address: &str) {
        self.places.push(CheckedServer { name, address: address.to_owned(), facts: Vec::new(), checks: Vec::new() });
    }

    pub(super) fn fact(&mut self, name: &'static str, value: impl Into<String>) {
        if let Some(place) = self.places.last_mut() {
            place.facts.push(crate::model::diagnosis::Fact { name, value: value.into() });
        }
    }

    pub(super) fn check(&mut self, check: Check) {
        if let Some(place) = self.places.last_mut() {
            place.checks.push(check);
        }
    }

    /// Adds a check that found one problem.
    pub(super) fn problem(&mut self, check: Check, problem: Problem) {
        self.problems(check, std::iter::once(problem));
    }

    /// Adds a check that found problems, at least one.
    pub(super) fn problems(&mut self, check: Check, problems: impl Iterator<Item = Problem>) {
        let mut check = Check { result: CheckResult::Missing, ..check };
        for problem in problems {
            if problem.error == ErrorName::Unreachable {
                check.result = CheckResult::Unreachable;
            }
            let number = self.number(problem);
            check.problems.push(number);
        }
        self.check(check);
    }

    /// Number of a problem. An equal one keeps its number.
    fn number(&mut self, problem: Problem) -> usize {
        let same = |known: &Problem| {
            known.error == problem.error
                && known.missing == problem.missing
                && known.scope == problem.scope
                && known.summary == problem.summary
        };
        let known = self.problems.iter().position(same);
        let is_needed = problem.is_needed;
        let position = known.unwrap_or_else(|| {
            self.problems.push(problem);
            self.problems.len() - 1
        });
        self.problems[position].is_needed |= is_needed;
        position + 1
    }

    /// Diagnosis with the verdict.
    pub(super) fn finish(self) -> Diagnosis {
        let silent = |place: &CheckedServer| {
            place.checks.iter().any(|check| check.result == CheckResult::Unreachable)
                && !place.checks.iter().any(|check| matches!(check.result, CheckResult::Works | CheckResult::Missing))
        };
        let verdict = match () {
            () if self.places.iter().any(silent) => DiagnosisResult::Unreachable,
            () if self.problems.iter().any(|problem| problem.is_needed) => DiagnosisResult::Missing,
            () => DiagnosisResult::Well,
        };
        Diagnosis { verdict, places: self.places, problems: self.problems }
    }
}

/// Check that passes, to be changed where it does not.
pub(super) fn check(scope: &str, subject: impl Into<String>, gives: impl Into<String>) -> Check {
    Check {
        scope: scope.to_owned(),
        subject: subject.into(),
        gives: gives.into(),
        kinds: Vec::new(),
        is_needed: true,
        result: CheckResult::Works,
        status: None,
        note: None,
        problems: Vec::new(),
    }
}
