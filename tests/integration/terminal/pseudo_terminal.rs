//! A terminal of a given width for one command, and what stands on it in the end.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Everything that a command wrote to its terminal.
pub(super) struct Recorded {
    /// As it was written.
    pub(super) raw: String,
    /// As it stands there in the end, without colour. A line that the terminal had to break is one line.
    pub(super) screen: String,
}

impl Recorded {
    /// True when a colour or a weight was set.
    pub(super) fn has_colour(&self) -> bool {
        let mut rest = self.raw.as_str();
        while let Some((_, after)) = rest.split_once("\u{1b}[") {
            let end = after.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(0);
            if after[end..].starts_with('m') && !after[..end].is_empty() && &after[..end] != "0" {
                return true;
            }
            rest = &after[end..];
        }
        false
    }
}

/// Runs a command with stdout and stderr on a terminal of that width, until it ends.
pub(super) fn record(mut command: Command, columns: u16) -> Recorded {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    tcsetwinsize(&controller, Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
    let mut child = command.stdout(terminal.try_clone().unwrap()).stderr(terminal).spawn().unwrap();
    // The command holds the terminal open, too.
    drop(command);
    let mut reader = File::from(controller);
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    // Reading fails when the last process has closed the terminal.
    while let Ok(count @ 1..) = reader.read(&mut part) {
        bytes.extend_from_slice(&part[..count]);
    }
    child.wait().unwrap();
    let raw = String::from_utf8(bytes).unwrap();
    let screen = shown(&raw, usize::from(columns));
    Recorded { raw, screen }
}

/// One row of the terminal.
#[derive(Clone, Default)]
struct Row {
    letters: Vec<char>,
    /// The row above was full, and the terminal went on here by itself.
    goes_on: bool,
}

/// What stands on a terminal of that width: letters, line feeds, carriage returns, and the sequences that move the cursor or clear.
/// A line that the terminal has broken is one line.
fn shown(raw: &str, columns: usize) -> String {
    let (mut rows, mut row, mut column) = (vec![Row::default()], 0_usize, 0_usize);
    let mut letters = raw.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' => column = 0,
            '\n' => {
                row += 1;
                rows.resize(rows.len().max(row + 1), Row::default());
            }
            '\u{1b}' if letters.next_if_eq(&'[').is_some() => {
                let mut parameter = String::new();
                while let Some(letter) = letters.next_if(|letter| !letter.is_ascii_alphabetic()) {
                    parameter.push(letter);
                }
                let number: usize = parameter.parse().unwrap_or(1);
                match letters.next().unwrap() {
                    'A' => row = row.saturating_sub(number),
                    'B' => {
                        row += number;
                        rows.resize(rows.len().max(row + 1), Row::default());
                    }
                    'C' => column += number,
                    'D' => column = column.saturating_sub(number),
                    'K' if parameter == "2" => rows[row] = Row::default(),
                    'K' => rows[row].letters.truncate(column),
                    'J' => {
                        rows[row].letters.truncate(column);
                        rows.truncate(row + 1);
                    }
                    'm' | 'h' | 'l' => {}
                    other => panic!("a sequence that the test does not know: {other}"),
                }
            }
            letter => {
                if column == columns {
                    (row, column) = (row + 1, 0);
                    rows.resize(rows.len().max(row + 1), Row::default());
                    rows[row].goes_on = true;
                }
                let line = &mut rows[row].letters;
                line.resize(line.len().max(column + 1), ' ');
                line[column] = letter;
                column += 1;
            }
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for row in &rows {
        let text: String = row.letters.iter().collect();
        match lines.last_mut().filter(|_| row.goes_on) {
            Some(line) => line.push_str(&text),
            None => lines.push(text),
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n").trim_end().to_owned()
}

#[test]
fn a_line_that_is_drawn_over_and_cleared_leaves_nothing() {
    assert_eq!(shown("a\r\nbar 1\r\u{1b}[2Kbar 2\r\u{1b}[2K\u{1b}[32mdone\u{1b}[0m\r\n", 80), "a\ndone");
    assert_eq!(shown("one\r\ntwo\r\n\u{1b}[2A\u{1b}[2KONE", 80), "ONE\ntwo");
    // Bars fill their line, and the terminal begins the next.
    assert_eq!(shown("bar1bar2\r\u{1b}[1A\u{1b}[2K\u{1b}[1B\u{1b}[2K\u{1b}[1Adone\r\n", 4), "done");
    assert_eq!(shown("a long line\r\nb", 4), "a long line\nb");
}
