//! What a computation is told besides facts: the width of points, whose facts they are, and what the caller knows of prices and
//! holidays.

use std::collections::BTreeMap;

use super::bucket::Bucket;
use super::facts::Reads;
use crate::model::day::Day;

/// The smallest group of people that numbers are shown for, when the caller does not say.
pub const SMALLEST_GROUP: u64 = 5;

/// What a computation is told.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The width of points.
    pub by: Bucket,
    /// Whether the facts are of a team, and not of a whole organization or enterprise.
    pub is_team: bool,
    /// The smallest group of people that numbers are shown for. A group is those out of whom is counted, not those counted.
    pub smallest_group: u64,
    /// The first day that is wanted. Points before it are left out; days before it fill windows.
    pub since: Option<Day>,
    /// Prices, included credits and holidays.
    pub inputs: &'a Inputs,
}

/// What holds for every figure that is shown, wherever it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureRules {
    /// The smallest group of people that numbers are shown for, see [`Context::smallest_group`].
    pub smallest_group: u64,
    /// Prices, included credits and holidays.
    pub inputs: Inputs,
}

impl Default for FigureRules {
    fn default() -> Self {
        Self { smallest_group: SMALLEST_GROUP, inputs: Inputs::default() }
    }
}

/// Dated tables of the caller. None of them has a default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// Days on which nobody works, besides Saturdays and Sundays, each with the source that says so.
    pub holidays: BTreeMap<Day, String>,
    /// Price of a seat for a month, by plan, from a day on.
    pub prices: Vec<Dated>,
    /// Credits that a seat includes for a month, by plan, from a day on.
    pub included_credits: Vec<Dated>,
}

/// An amount for a plan from a day on.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated {
    /// The first day on which it holds.
    pub from: Day,
    /// The plan, as in `plan_type` of a seat.
    pub plan: String,
    /// The amount, per seat and month.
    pub amount: f64,
    /// Who says so: the address of a price list, or a contract.
    pub source: String,
}

/// No tables.
static NO_INPUTS: Inputs = Inputs { holidays: BTreeMap::new(), prices: Vec::new(), included_credits: Vec::new() };

impl Context<'static> {
    /// A whole organization or enterprise, without tables.
    pub fn new(by: Bucket) -> Self {
        Self { by, is_team: false, smallest_group: SMALLEST_GROUP, since: None, inputs: &NO_INPUTS }
    }
}

impl<'a> Context<'a> {
    /// A whole organization or enterprise, by these rules.
    pub fn of(by: Bucket, rules: &'a FigureRules) -> Self {
        Self { by, is_team: false, smallest_group: rules.smallest_group, since: None, inputs: &rules.inputs }
    }
}

impl Inputs {
    /// A sentence for each row of the tables that a figure reads, with its source, oldest first.
    pub fn rows(&self, reads: &Reads) -> Vec<String> {
        let amounts = |is_read: bool, what: &str, table: &[Dated]| -> Vec<String> {
            let mut table: Vec<&Dated> = table.iter().filter(|_| is_read).collect();
            table.sort_by(|one, other| (one.from, &one.plan).cmp(&(other.from, &other.plan)));
            let row = |dated: &&Dated| {
                let Dated { from, plan, amount, source } = dated;
                format!("{what} of a seat of `{plan}` for a month, from {from}: {amount} ({source})")
            };
            table.iter().map(row).collect()
        };
        let mut rows = amounts(reads.prices, "price", &self.prices);
        rows.extend(amounts(reads.included_credits, "included credits", &self.included_credits));
        rows.extend(self.holidays.iter().filter(|_| reads.holidays).map(|(day, source)| format!("holiday: {day} ({source})")));
        rows
    }

    /// Whether people work on that day: Monday to Friday, and no holiday.
    pub fn is_working_day(&self, day: Day) -> bool {
        day.weekday() <= 5 && !self.holidays.contains_key(&day)
    }
}

/// The amount for a plan on a day: the newest that holds by then. None when there is none.
pub(super) fn on(table: &[Dated], plan: &str, day: Day) -> Option<f64> {
    let holds = table.iter().filter(|dated| dated.from <= day && dated.plan.eq_ignore_ascii_case(plan));
    holds.max_by_key(|dated| dated.from).map(|dated| dated.amount)
}
