//! Plain tables: columns parted by two spaces, no borders, no colour, no trailing space.

use std::fmt;

use comfy_table::{Cell, CellAlignment, ContentArrangement, presets};

use super::wrap::COLUMNS;
use crate::model::escape;

/// Room for a cell of words, at least.
const ROOM: usize = 24;
/// Room for a cell whose words are parted, at least.
const ROOM_OF_PARTS: usize = 12;

/// Alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Left, for words.
    Left,
    /// Right, for numbers.
    Right,
}

/// A table with a header. It is displayed as lines that each end with a line feed, the header first; cells are never wrapped or
/// cut. [`Table::fitted`] has rows of several lines where a terminal is too narrow.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Align>,
    /// The header and the rows, escaped.
    cells: Vec<Vec<String>>,
    table: comfy_table::Table,
}

impl Table {
    /// A table with these columns.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Align)>) -> Self {
        let (headers, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(headers.iter().zip(&columns).map(|(header, align)| cell(header, *align)));
        let header = headers.iter().map(|header| escape::line(header).into_owned()).collect();
        Self { columns, cells: vec![header], table }
    }

    /// Adds a row. Cells beyond the last column are left out; columns without a cell stay empty.
    ///
    /// Line ends and other control characters are escaped, so that text of servers cannot move the cursor.
    pub fn row<Text: AsRef<str>>(mut self, cells: impl IntoIterator<Item = Text>) -> Self {
        let cells: Vec<_> = cells.into_iter().zip(&self.columns).collect();
        self.cells.push(cells.iter().map(|(text, _)| escape::line(text.as_ref()).into_owned()).collect());
        self.table.add_row(cells.iter().map(|(text, align)| cell(text.as_ref(), **align)));
        self
    }

    /// The table in lines of at most `width` characters. Where a row is too long, the words of its cells go on below; where that is not
    /// enough, so do parts of words. A column of words is never narrower than a few characters.
    pub fn fitted(&self, width: usize) -> String {
        let natural = self.to_string();
        if natural.lines().all(|line| length(line) <= width) {
            return natural;
        }
        let widths = self.narrowed(width, true).or_else(|| self.narrowed(width, false));
        widths.map_or(natural, |widths| self.in_columns(&widths))
    }

    /// The table for programs and files: its words go on below where it is wider than the narrowest terminal, but each of them is whole;
    /// where that is not enough, it is as wide as it is.
    pub fn fits(&self) -> String {
        let natural = self.to_string();
        if natural.lines().all(|line| length(line) <= COLUMNS) {
            return natural;
        }
        self.narrowed(COLUMNS, true).map_or(natural, |widths| self.in_columns(&widths))
    }

    fn in_columns(&self, widths: &[usize]) -> String {
        self.cells.iter().map(|row| self.wrapped(row, widths)).collect()
    }

    /// Widths of columns that fit together when columns of words are narrower than their longest cell. None: there is no room for all.
    fn narrowed(&self, width: usize, words_stay_whole: bool) -> Option<Vec<usize>> {
        let cells = |column: usize| self.cells.iter().filter_map(move |row| row.get(column));
        let longest_word = |text: &String| text.split(' ').map(length).max().unwrap_or_default();
        let (mut widths, mut least) = (Vec::new(), Vec::new());
        for (column, align) in self.columns.iter().enumerate() {
            let widest = cells(column).map(|cell| length(cell)).max().unwrap_or_default();
            widths.push(widest);
            // Numbers stay whole, and so do names, which stand first, where words do.
            let narrowest = match (*align, words_stay_whole) {
                (Align::Left, true) if column > 0 => cells(column).map(longest_word).max().unwrap_or_default().max(ROOM),
                (Align::Left, false) => ROOM_OF_PARTS,
                _ => widest,
            };
            least.push(narrowest.min(widest));
        }
        let gaps = 2 * widths.iter().filter(|width| **width > 0).count().saturating_sub(1);
        loop {
            let excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(width);
            if excess == 0 {
                return Some(widths);
            }
            let (widest, _) =
                widths.iter().enumerate().filter(|(column, width)| **width > least[*column]).max_by_key(|(_, width)| **width)?;
            widths[widest] -= 1;
        }
    }

    /// A row in columns of these widths, in as many lines as its tallest cell needs.
    fn wrapped(&self, row: &[String], widths: &[usize]) -> String {
        let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| parts(cell, *width)).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default().max(1);
        let line = |number: usize| {
            let mut lines = [String::new()];
            let mut start = 0;
            for (column, cell) in cells.iter().enumerate() {
                let part = cell.get(number).map_or("", String::as_str);
                let gap = if self.columns[column] == Align::Right { widths[column].saturating_sub(length(part)) } else { 0 };
                put(&mut lines, start + gap, part);
                start += widths[column] + if widths[column] > 0 { 2 } else { 0 };
            }
            format!("{}\n", lines[0].trim_end())
        };
        (0..height).map(line).collect()
    }

    /// Number of rows below the header.
    pub fn rows(&self) -> usize {
        self.table.row_count()
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Writes a text to the last line, from that column on.
fn put(lines: &mut [String], start: usize, text: &str) {
    if let Some(line) = lines.last_mut() {
        let gap = start.saturating_sub(length(line));
        line.push_str(&format!("{:gap$}{text}", ""));
    }
}

/// The words of a cell in lines of that width; longer words are parted.
fn parts(text: &str, width: usize) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for word in text.split(' ') {
        for (number, piece) in pieces(word, width).into_iter().enumerate() {
            match parts.last_mut().filter(|part| number == 0 && length(part) + 1 + length(piece) <= width) {
                Some(part) => part.push_str(&format!(" {piece}")),
                None => parts.push(piece.to_owned()),
            }
        }
    }
    parts
}

/// A word in pieces of that width, parted after a sign of addresses and names where there is one. No piece but the first begins with a
/// sign with which a line could be a command for GitHub Actions.
fn pieces(word: &str, width: usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), word);
    while let Some((end, _)) = rest.char_indices().nth(width.max(1)) {
        let mut signs = rest[..end].match_indices(['_', '/', '.', '-', ',', '=', '@']).map(|(at, _)| at + 1);
        let is_safe = |at: &usize| *at > 0 && !rest[*at..].starts_with([':', '#']);
        let mut hard = rest[..end].char_indices().map(|(at, _)| at).chain([end]);
        let Some(cut) = signs.rfind(is_safe).or_else(|| hard.rfind(is_safe)) else { break };
        let (piece, further) = rest.split_at(cut);
        pieces.push(piece);
        rest = further;
    }
    pieces.push(rest);
    pieces
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
    fn words_of_a_wide_table_go_on_below_their_column() {
        let table = Table::new([("kind", Align::Left), ("n", Align::Right), ("what", Align::Left)])
            .row(["copilot-seats", "12", "who has a seat and when it was used last"])
            .row(["billing", "3", "seats and their cost"]);
        let expected = "\
kind            n  what
copilot-seats  12  who has a seat and when
                   it was used last
billing         3  seats and their cost
";
        assert_eq!(table.fitted(44), expected);
        assert_eq!(table.fitted(200), table.to_string());
    }

    #[test]
    fn the_widest_words_are_broken_first_and_numbers_and_names_never() {
        let table = Table::new([("blueprint", Align::Left), ("title", Align::Left), ("entities", Align::Right)])
            .row(["copilot_enterprise_team_usage", "Copilot usage of an enterprise's teams", "1,234"])
            .row(["copilot_seat", "Copilot seats", "12"]);
        let expected = "\
blueprint                      title                       entities
copilot_enterprise_team_usage  Copilot usage of an            1,234
                               enterprise's teams
copilot_seat                   Copilot seats                     12
";
        assert_eq!(table.fitted(67), expected);
    }

    #[test]
    fn no_piece_of_a_word_begins_like_a_command() {
        for word in ["a::add-path::/tmp", "::::::::::::", "x##[error]y##[error]z", "aaaaaaaaaaa::b"] {
            for width in 1..20 {
                let parted = pieces(word, width);
                assert_eq!(parted.concat(), word);
                assert!(parted[1..].iter().all(|piece| !piece.starts_with([':', '#'])), "{parted:?}");
            }
        }
    }

    #[test]
    fn words_without_room_are_parted_on_a_terminal_and_whole_elsewhere() {
        let table = Table::new([("setting", Align::Left), ("value", Align::Left), ("source", Align::Left)])
            .row(["githubOrganizations", "acme", "OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS"])
            .row(["data", "/home/somebody/with/a/long/name/.local/share/pilotage", "default"])
            .row(["port", "8000", "default"]);
        let expected = "\
setting              value                       source
githubOrganizations  acme                        OCEAN__INTEGRATION__
                                                 CONFIG__GITHUB_
                                                 ORGANIZATIONS
data                 /home/somebody/with/a/      default
                     long/name/.local/share/
                     pilotage
port                 8000                        default
";
        assert_eq!(table.fitted(75), expected);
        assert_eq!(table.fits(), table.to_string(), "in a pipe a row is a line");
        assert_eq!(table.to_string().lines().count(), 4);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_wider_than_asked_and_no_letter_is_lost(
            rows in proptest::collection::vec(proptest::collection::vec("[a-z_/]{0,40}( [a-z]{1,9}){0,9}", 4), 1..6),
            width in 54_usize..120,
        ) {
            let columns = ["a", "b", "c", "d"].map(|name| (name, Align::Left));
            let table = rows.iter().fold(Table::new(columns), |table, row| table.row(row));
            let fitted = table.fitted(width);
            for line in fitted.lines() {
                proptest::prop_assert!(length(line) <= width, "{line:?} of\n{fitted}");
            }
            let letters = |text: &str| { let mut letters: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect(); letters.sort_unstable(); letters };
            proptest::prop_assert_eq!(letters(&fitted), letters(&table.to_string()));
        }
    }

    #[test]
    fn a_table_without_rows_is_its_header() {
        assert_eq!(Table::new([("kind", Align::Left)]).to_string(), "kind\n");
    }
}
