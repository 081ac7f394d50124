//! `pilotage mcp`: a server of the Model Context Protocol over stdin and stdout, until stdin ends.

use std::io::{self, BufRead, Read};

use tokio::sync::mpsc;

use super::console::{self, Written};
use super::demo;
use super::failure::{Failure, exit};
use super::flags::McpFlags;
use super::process::Process;
use super::serving;
use crate::mcp::{LINE_BYTES_AT_MOST, McpServer};

/// A line of stdin.
enum Line {
    Whole(Vec<u8>),
    TooLong,
}

pub(super) async fn run(process: &Process, flags: &McpFlags) -> Result<u8, Failure> {
    let settings = process.settings(process.common.overrides(None, false))?;
    let server = McpServer::new(demo::folder(settings.data, flags.demo), process.clock.clone(), settings.figures);
    let end = serving::stop_signal();
    let (sender, mut lines) = mpsc::channel(1);
    // Nothing ends a wait for stdin; the process does not wait for this thread.
    std::thread::spawn(move || read(&mut io::stdin().lock(), |line| sender.blocking_send(line).is_ok()));
    while let Some(Some(line)) = serving::unless_ended(&end, lines.recv()).await {
        let line = line.map_err(|error| Failure::failed(format!("cannot read stdin: {error}")))?;
        let answer = match line {
            Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => None,
            Line::Whole(line) => server.answer(&line).await,
            Line::TooLong => Some(server.too_long()),
        };
        if let Some(answer) = answer {
            console::data(Written::Json, &format!("{answer}\n"))?;
        }
    }
    Ok(exit::DONE)
}

/// Gives each line, until the end or until nobody takes them. What is beyond the limit of a line is read and dropped.
fn read(input: &mut impl BufRead, mut take: impl FnMut(io::Result<Line>) -> bool) {
    loop {
        let mut line = Vec::new();
        let limit = LINE_BYTES_AT_MOST as u64 + 1;
        match input.by_ref().take(limit).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) if line.len() > LINE_BYTES_AT_MOST && line.last() != Some(&b'\n') => {
                if let Err(error) = input.skip_until(b'\n') {
                    take(Err(error));
                    return;
                }
                if !take(Ok(Line::TooLong)) {
                    return;
                }
            }
            Ok(_) => {
                if !take(Ok(Line::Whole(line))) {
                    return;
                }
            }
            Err(error) => {
                take(Err(error));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_dropped_and_the_next_one_read() {
        let mut input = vec![b'x'; LINE_BYTES_AT_MOST + 10];
        input.extend(b"\n{}\nlast");
        let mut seen = Vec::new();
        read(&mut input.as_slice(), |line| {
            seen.push(match line.unwrap() {
                Line::Whole(line) => String::from_utf8(line).unwrap(),
                Line::TooLong => "too long".to_owned(),
            });
            true
        });
        assert_eq!(seen, ["too long", "{}\n", "last"]);
    }
}
