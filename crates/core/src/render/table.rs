//! Plain tables: columns parted by two spaces, no borders, no colour, no trailing space.

use std::fmt;

use comfy_table::{Cell, CellAlignment, ContentArrangement, presets};

use crate::model::escape;

/// Alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Left, for words.
    Left,
    /// Right, for numbers.
    Right,
}

/// A table with a header. It is displayed as lines that each end with a line feed, the header first; cells are never wrapped or
/// cut.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Align>,
    table: comfy_table::Table,
}

impl Table {
    /// A table with these columns.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Align)>) -> Self {
        let (headers, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(headers.iter().zip(&columns).map(|(header, align)| cell(header, *align)));
        Self { columns, table }
    }

    /// Adds a row. Cells beyond the last column are left out; columns without a cell stay empty.
    ///
    /// Line ends and other control characters are escaped, so that text of servers cannot move the cursor.
    pub fn row<Text: AsRef<str>>(mut self, cells: impl IntoIterator<Item = Text>) -> Self {
        let cells = cells.into_iter().zip(&self.columns).map(|(text, align)| cell(text.as_ref(), *align));
        self.table.add_row(cells.collect::<Vec<_>>());
        self
    }

    /// Number of rows below the header.
    pub fn rows(&self) -> usize {
        self.table.row_count()
    }
}

fn cell(text: &str, align: Align) -> Cell {
    Cell::new(escape::line(text)).set_alignment(match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    })
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = self.table.clone();
        // Adds the columns that no row has filled.
        table.discover_columns();
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table.lines().try_for_each(|line| writeln!(formatter, "{}", line.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right_without_trailing_space() {
        let table = Table::new([("kind", Align::Left), ("items", Align::Right), ("note", Align::Left)])
            .row(["organization-usage-metrics", "1,234", ""])
            .row(["copilot-seats", "7", "partly"]);
        let expected = "\
kind                        items  note
organization-usage-metrics  1,234
copilot-seats                   7  partly
";
        assert_eq!(table.to_string(), expected);
        assert_eq!(table.rows(), 2);
    }

    #[test]
    fn rows_of_another_length_fit_in() {
        let table = Table::new([("a", Align::Left), ("b", Align::Left)]).row(["1"]).row(["1", "2", "3"]).row([""; 0]);
        assert_eq!(table.to_string(), "a  b\n1\n1  2\n\n");
    }

    #[test]
    fn a_cell_cannot_move_the_cursor_and_wide_characters_are_measured() {
        let table = Table::new([("name", Align::Left), ("n", Align::Right)]).row(["a\n\u{1b}[31mb", "1"]).row(["東京", "2"]);
        assert_eq!(table.to_string(), "name            n\na\\n\\u{1b}[31mb  1\n東京            2\n");
    }

    #[test]
    fn a_table_without_rows_is_its_header() {
        assert_eq!(Table::new([("kind", Align::Left)]).to_string(), "kind\n");
    }
}
