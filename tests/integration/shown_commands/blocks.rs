//! Blocks of commands in pages, and whether a shown output is that of a command.

use std::path::Path;

use fancy_regex::Regex;

use crate::support::repository;
use crate::transcripts::without_time;

/// A block of commands in a page.
#[derive(Debug)]
pub(super) struct Block {
    /// The page, from the root of the repository.
    pub(super) page: String,
    /// Line of its first line, from 1.
    pub(super) line: usize,
    /// Set if the block shows output: its commands begin with `$ `.
    pub(super) shows_output: bool,
    /// Each command with the lines below it.
    pub(super) commands: Vec<(String, Vec<String>)>,
}

impl Block {
    fn new(page: &str, line: usize, text: &[&str]) -> Self {
        let shows_output = text.iter().any(|line| line.starts_with("$ "));
        let mut commands: Vec<(String, Vec<String>)> = Vec::new();
        let mut goes_on = false;
        for line in text {
            match (commands.last_mut(), line.strip_prefix("$ ")) {
                (_, Some(command)) => commands.push((command.to_owned(), Vec::new())),
                (Some((_, output)), None) if shows_output => output.push((*line).to_owned()),
                (Some((command, _)), None) if goes_on => {
                    command.truncate(command.trim_end_matches('\\').len());
                    command.push_str(line.trim_start());
                }
                (_, None) if shows_output || line.trim().is_empty() || line.starts_with('#') => {}
                (_, None) => commands.push(((*line).to_owned(), Vec::new())),
            }
            goes_on = !shows_output && line.ends_with('\\');
        }
        for (command, _) in commands.iter_mut().filter(|_| !shows_output) {
            // What a shell takes for a comment is one.
            let end = command.find(" #").unwrap_or(command.len());
            command.truncate(command[..end].trim_end().len());
        }
        Self { page: page.to_owned(), line, shows_output, commands }
    }

    /// The first command.
    pub(super) fn first(&self) -> &str {
        self.commands.first().map_or("", |(command, _)| command)
    }
}

/// Every page for people: those at the root, in `docs`, and the readmes beside what they are about.
pub(super) fn pages() -> Vec<String> {
    let mut found = Vec::new();
    for (folder, only_readmes) in [("", false), ("docs", false), ("benches", false), ("deploy", true), ("crates", true)] {
        collect(&repository(folder), only_readmes, folder.is_empty(), &mut found);
    }
    let root = repository("");
    let inside = |page: &std::path::PathBuf| page.strip_prefix(&root).unwrap().display().to_string();
    let mut pages: Vec<String> = found.iter().map(inside).collect();
    pages.sort();
    pages
}

fn collect(folder: &Path, only_readmes: bool, is_root: bool, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_page = path.extension().is_some_and(|extension| extension == "md");
        if path.is_dir() && !is_root {
            collect(&path, only_readmes, false, found);
        } else if is_page && (!only_readmes || path.ends_with("README.md")) {
            found.push(path);
        }
    }
}

/// The blocks of commands of a page: those of a shell or a console, and any other in which a line begins with `$ `.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(repository(page)).unwrap();
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim_start() != "```").collect();
        let language = language.split(' ').next().unwrap_or_default();
        if matches!(language, "sh" | "bash" | "shell" | "console") || block.iter().any(|line| line.starts_with("$ ")) {
            found.push(Block::new(page, number + 2, &block));
        }
    }
    found
}

/// Compares what a page shows with what was printed. A line `…` in the page stands for any lines, and `…` within a line for any text.
pub(super) fn differences(shown: &[String], printed: &[String]) -> Result<(), String> {
    let (mut rest, mut may_skip) = (printed, false);
    for line in shown {
        if line == "…" {
            may_skip = true;
            continue;
        }
        let found = rest.iter().position(|other| is_shown_as(other, line));
        match found {
            Some(0) => rest = &rest[1..],
            Some(at) if may_skip => rest = &rest[at + 1..],
            _ => return Err(format!("the page has\n  {line}\nand this is printed:\n{}", printed.join("\n"))),
        }
        may_skip = false;
    }
    match rest {
        [] => Ok(()),
        _ if may_skip => Ok(()),
        rest => Err(format!("the page lacks\n{}", rest.join("\n"))),
    }
}

fn is_shown_as(printed: &str, shown: &str) -> bool {
    let parts: Vec<&str> = shown.split('…').collect();
    let (Some((first, rest)), Some(last)) = (parts.split_first(), parts.last()) else { return false };
    let Some(mut text) = printed.strip_prefix(first) else { return false };
    if rest.is_empty() {
        return text.is_empty();
    }
    for part in &rest[..rest.len() - 1] {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

/// A text without what differs from run to run: times, names of runs, ports, the width of columns.
pub(super) fn steady(text: &str) -> String {
    let mut text = without_time(text);
    for (pattern, to) in [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "TIME"),
        (r"\d{8}T\d{6}Z-[0-9a-f]{6}", "RUN"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "RUN"),
        (r"http://(127\.0\.0\.1|0\.0\.0\.0|localhost):\d+", "http://HOST"),
        (r"\b\d+\.\d\b", "0.0"),
        // A column is as wide as the longest path.
        (r" {2,}", "  "),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, to).into_owned();
    }
    text
}

#[test]
fn a_line_of_dots_stands_for_any_lines_and_dots_within_a_line_for_any_text() {
    let lines = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    let agrees = |shown: &str, printed: &str| differences(&lines(shown), &lines(printed)).is_ok();
    assert!(agrees("a|b", "a|b") && agrees("a|…", "a|b|c") && agrees("…|c", "a|b|c") && agrees("a|…|c", "a|c"));
    assert!(agrees("a …x… c|d", "a b x y c|d") && agrees("a|…", "a"));
    assert!(!agrees("a|b", "a|b|c") && !agrees("a|c", "a|b|c") && !agrees("a|b|…", "a|c|b") && !agrees("a …x c", "a b c"));
}

#[test]
fn commands_of_a_shell_end_at_a_comment_and_go_on_after_a_backslash() {
    let block = Block::new("p", 1, &["# said", "a --b   # why", "", "c \\", "  -d \\", "  e"]);
    let commands: Vec<&str> = block.commands.iter().map(|(command, _)| command.as_str()).collect();
    assert_eq!((commands, block.shows_output), (vec!["a --b", "c -d e"], false));
    let block = Block::new("p", 1, &["$ a # b", "out", "$ c"]);
    assert_eq!(block.commands, [("a # b".to_owned(), vec!["out".to_owned()]), ("c".to_owned(), Vec::new())]);
}
