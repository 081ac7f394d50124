//! Tables of counts, one row for each name: columns without a count are left out. On a terminal that is still too narrow each name
//! has a line of its own above its counts; elsewhere a table is as wide as it is, because programs read its lines.

use super::table::{Align, Table};

/// Length of the longest name of a kind. The form of a table depends on its counts alone, not on the names in it.
const LONGEST_NAME: usize = 31;

/// A table of counts.
#[derive(Debug)]
pub struct CountTable {
    name: &'static str,
    columns: Vec<&'static str>,
    longest_name: usize,
    rows: Vec<(String, Vec<String>)>,
}

impl CountTable {
    /// A table with a column of names and these columns of counts. The first of them is always shown.
    pub fn new(name: &'static str, columns: impl IntoIterator<Item = &'static str>) -> Self {
        Self { name, columns: columns.into_iter().collect(), longest_name: LONGEST_NAME, rows: Vec::new() }
    }

    /// With names of so many characters at most, where they are none of kinds.
    #[must_use]
    pub fn with_names_of(self, characters: usize) -> Self {
        Self { longest_name: characters, ..self }
    }

    /// Adds a row.
    pub fn row(&mut self, name: &str, counts: impl IntoIterator<Item = String>) {
        self.rows.push((name.to_owned(), counts.into_iter().collect()));
    }

    /// The lines, each ending with a line feed. `width` is that of the terminal, if there is one.
    pub fn fitted(&self, width: Option<usize>) -> String {
        let is_shown = |column: usize| {
            column == 0 || self.rows.iter().any(|(_, counts)| counts.get(column).is_some_and(|count| count != "0"))
        };
        let shown: Vec<usize> = (0..self.columns.len()).filter(|column| is_shown(*column)).collect();
        let cells =
            |counts: &[String]| shown.iter().map(|column| counts.get(*column).cloned().unwrap_or_default()).collect::<Vec<_>>();
        let headers = || shown.iter().map(|column| (self.columns[*column], Align::Right));
        let whole = Table::new(std::iter::once((self.name, Align::Left)).chain(headers()));
        let rows = self.rows.iter().map(|(name, counts)| [vec![name.clone()], cells(counts)].concat());
        let counts = Table::new(headers());
        let counts = self.rows.iter().fold(counts, |table, (_, counts)| table.row(cells(counts))).to_string();
        let of_counts = counts.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        if width.is_none_or(|width| self.longest_name + 2 + of_counts <= width) {
            return rows.fold(whole, Table::row).to_string();
        }
        let names = Table::new([(self.name, Align::Left)]);
        let names = self.rows.iter().fold(names, |names, (name, _)| names.row([name])).to_string();
        names.lines().zip(counts.lines()).map(|(name, counts)| format!("{name}\n  {counts}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(counts: &[&str]) -> CountTable {
        let mut table = CountTable::new("kind", ["items", "created", "updated", "same", "skipped", "refused", "withheld"]);
        table.row("enterprise-user-usage-metrics", counts.iter().map(|count| (*count).to_owned()));
        table.row("total", counts.iter().map(|count| (*count).to_owned()));
        table
    }

    #[test]
    fn columns_without_a_count_are_left_out_but_the_first() {
        let expected = "\
kind                           items  updated
enterprise-user-usage-metrics      0    1,234
total                              0    1,234
";
        assert_eq!(table(&["0", "0", "1,234", "0", "0", "0", "0"]).fitted(Some(80)), expected);
    }

    #[test]
    fn a_table_that_is_too_wide_for_a_terminal_has_names_above_counts() {
        let expected = "\
kind
    items  created  updated  same    skipped  refused  withheld
enterprise-user-usage-metrics
  123,456        1        2     3  4,000,000        5         6
total
  123,456        1        2     3  4,000,000        5         6
";
        let table = table(&["123,456", "1", "2", "3", "4,000,000", "5", "6"]);
        assert_eq!(table.fitted(Some(80)), expected);
        for width in [Some(120), None] {
            assert_eq!(table.fitted(width).lines().count(), 3, "a row for each name");
        }
    }
}
