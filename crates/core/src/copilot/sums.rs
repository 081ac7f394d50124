//! Adds up rows and writes the sums as JSON, in the order in which the fields first occurred.

use super::cells::Cell;
use super::columns::{ColumnKind, Columns};
use super::user_row::push_quoted;

/// Reciprocal of the precision to which sums of decimals are rounded, so that 0.1 and 0.2 make 0.3 in any order.
const DECIMAL_STEPS: f64 = 1e9;

/// Largest decimal that is rounded: beyond it a double does not have nine digits after the point.
const LARGEST_ROUNDED: f64 = 1e6;

/// Sums by column. One instance is reused for all teams.
#[derive(Debug)]
pub(super) struct Sums {
    sums: Vec<Option<Cell>>,
    /// Linked lists of the children that occur in the rows, by parent column: first child, last child, and next sibling. A column
    /// is linked when a cell is first added to it.
    first: Vec<u32>,
    last: Vec<u32>,
    after: Vec<u32>,
    touched: Vec<u32>,
}

/// No column. It can be 0, because the record itself, column 0, is no child.
const NONE: u32 = 0;

impl Sums {
    pub(super) fn new(columns: usize) -> Self {
        let links = vec![NONE; columns];
        Self { sums: vec![None; columns], first: links.clone(), last: links.clone(), after: links, touched: Vec::new() }
    }

    pub(super) fn clear(&mut self) {
        for column in self.touched.drain(..) {
            let index = column as usize;
            (self.sums[index], self.first[index], self.last[index], self.after[index]) = (None, NONE, NONE, NONE);
        }
        (self.first[0], self.last[0]) = (NONE, NONE);
    }

    /// Adds one cell of a row. A breakdown precedes its entries in a row, and an entry its counters.
    pub(super) fn add(&mut self, columns: &Columns, column: u32, cell: Cell) {
        let known = &mut self.sums[column as usize];
        match known {
            Some(sum) => *sum = sum.plus(cell),
            None => {
                *known = Some(cell);
                self.touched.push(column);
                self.link(columns.get(column).parent, column);
            }
        }
    }

    fn link(&mut self, parent: u32, column: u32) {
        let last = std::mem::replace(&mut self.last[parent as usize], column);
        if last == NONE {
            self.first[parent as usize] = column;
        } else {
            self.after[last as usize] = column;
        }
    }

    fn children(&self, column: u32) -> impl Iterator<Item = u32> + '_ {
        let some = |column: u32| (column != NONE).then_some(column);
        std::iter::successors(some(self.first[column as usize]), move |child| some(self.after[*child as usize]))
    }

    /// Writes `,"name":value` for each field under `parent`.
    pub(super) fn write_fields(&self, columns: &Columns, parent: u32, out: &mut String) {
        for column in self.children(parent) {
            let known = columns.get(column);
            out.push(',');
            push_quoted(out, &known.name);
            out.push(':');
            match (known.kind, self.sums[column as usize]) {
                (_, None | Some(Cell::Null)) => out.push_str("null"),
                (ColumnKind::Breakdown, Some(_)) => self.write_breakdown(columns, column, out),
                (ColumnKind::Group, Some(_)) => self.write_group(columns, column, out),
                (_, Some(sum)) => push_number(out, sum),
            }
        }
    }

    fn write_breakdown(&self, columns: &Columns, breakdown: u32, out: &mut String) {
        out.push('[');
        for (position, entry) in self.children(breakdown).enumerate() {
            out.push_str(if position == 0 { "{" } else { ",{" });
            out.push_str(&columns.get(entry).name);
            self.write_fields(columns, entry, out);
            out.push('}');
        }
        out.push(']');
    }

    fn write_group(&self, columns: &Columns, group: u32, out: &mut String) {
        out.push('{');
        let start = out.len();
        self.write_fields(columns, group, out);
        if &*columns.get(group).name == "token_usage" {
            out.push_str(r#","avg_tokens_per_request":"#);
            match self.tokens_per_request(columns, group) {
                Some(average) => push_number(out, Cell::Decimal(average)),
                None => out.push_str("null"),
            }
        }
        if out.len() > start {
            out.remove(start);
        }
        out.push('}');
    }

    /// Tokens per request over all requests, with two digits as in GitHub's reports; an average of averages would be wrong. None
    /// if there were no requests, or one of the three sums is not known.
    fn tokens_per_request(&self, columns: &Columns, usage: u32) -> Option<f64> {
        let number = |parent, name| match self.sums[columns.find(parent, name)? as usize]? {
            Cell::Null => None,
            Cell::Integer(number) => Some(number as f64),
            Cell::Decimal(number) => Some(number),
        };
        let tokens = number(usage, "output_tokens_sum")? + number(usage, "prompt_tokens_sum")?;
        let requests = number(columns.get(usage).parent, "request_count").filter(|requests| *requests > 0.0)?;
        Some((tokens / requests * 100.0).round() / 100.0)
    }
}

fn push_number(out: &mut String, sum: Cell) {
    match sum {
        Cell::Null => out.push_str("null"),
        Cell::Integer(number) => out.push_str(&number.to_string()),
        Cell::Decimal(number) => {
            let is_rounded = number.abs() < LARGEST_ROUNDED;
            let number = if is_rounded { (number * DECIMAL_STEPS).round() / DECIMAL_STEPS } else { number };
            // Always with a point, so that a decimal counter is read as one; null for infinity and NaN.
            out.push_str(&serde_json::Value::from(number).to_string());
        }
    }
}
