//! Circles between files: files that name each other, directly or through others.
//!
//! A file names another when a path of it leads to something that stands there. What a folder's page hands on (`pub use`) is named
//! where it stands. A page and the files of its folder belong together: such pairs are no circle.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{self, NamedPath};
use super::{Room, module};

/// A crate's files by their modules: the path of each from the crate's root.
type Files<'a> = BTreeMap<Vec<String>, &'a str>;

/// Every circle of the files, each with its files in order. Files are given with their texts by their path from the root of the
/// repository.
pub(super) fn circles(files: &[(String, String)]) -> Vec<Vec<String>> {
    let mut by_crate: BTreeMap<&str, Vec<&(String, String)>> = BTreeMap::new();
    for file in files {
        let folder = file.0.split_once("src/").map_or("", |(folder, _)| folder);
        by_crate.entry(folder).or_default().push(file);
    }
    by_crate.into_values().flat_map(|files| circles_of_crate(&files)).collect()
}

fn circles_of_crate(files: &[&(String, String)]) -> Vec<Vec<String>> {
    let read: Vec<_> =
        files.iter().map(|(file, text)| (file.as_str(), module(file), source::read(text, &module(file)))).collect();
    let tests: Vec<_> = read.iter().flat_map(|(_, _, source)| source.test_modules.clone()).collect();
    let read: Vec<_> = read.into_iter().filter(|(_, module, _)| !tests.iter().any(|test| module.starts_with(test))).collect();
    let by_module: Files<'_> = read.iter().map(|(file, module, _)| (module.clone(), *file)).collect();
    let handed_on: BTreeMap<&str, Vec<NamedPath>> = read
        .iter()
        .map(|(file, _, source)| (*file, source.paths.iter().filter(|path| path.imported).cloned().collect()))
        .collect();
    let named = |(file, module, source): &(&str, Vec<String>, source::Source)| -> BTreeSet<String> {
        let paths = source.paths.iter().map(|path| absolute(path, module, &by_module));
        let targets = paths.filter_map(|path| target(&path, &by_module, &handed_on));
        targets.filter(|other| other != file && !is_page_of(file, other) && !is_page_of(other, file)).map(str::to_owned).collect()
    };
    let edges: BTreeMap<String, BTreeSet<String>> = read.iter().map(|read| (read.0.to_owned(), named(read))).collect();
    components(&edges)
}

/// The segments below the crate's root. A path without `crate` may begin with a module beside or below the file.
fn absolute(path: &NamedPath, module: &[String], files: &Files<'_>) -> Vec<String> {
    match path.segments.split_first() {
        Some((first, rest)) if first == "crate" => rest.to_vec(),
        _ => {
            let below: Vec<String> = module.iter().chain(&path.segments).cloned().collect();
            let is_module =
                path.segments.first().is_some_and(|first| files.contains_key(&[module, std::slice::from_ref(first)].concat()));
            if is_module { below } else { Vec::new() }
        }
    }
}

/// The file in which that stands which a path names.
fn target<'a>(path: &[String], files: &Files<'a>, handed_on: &BTreeMap<&str, Vec<NamedPath>>) -> Option<&'a str> {
    let length = (1..=path.len()).rev().find(|length| files.contains_key(&path[..*length]))?;
    let file = files[&path[..length]];
    let Some(name) = path.get(length) else { return Some(file) };
    // A page that hands the name on: one step is as far as pages go.
    let from = handed_on.get(file).into_iter().flatten().find(|path| path.segments.last() == Some(name));
    let further = from.and_then(|from| {
        let segments = absolute(from, &path[..length], files);
        let length = (1..segments.len()).rev().find(|length| files.contains_key(&segments[..*length]))?;
        Some(files[&segments[..length]])
    });
    Some(further.unwrap_or(file))
}

/// Whether a file is the page of the folder that the other is in, at whatever depth.
fn is_page_of(page: &str, other: &str) -> bool {
    let (page, other) = (module(page), module(other));
    other.len() > page.len() && other.starts_with(&page)
}

/// The files that a file leads to.
fn reached<'a>(start: &'a String, edges: &'a BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'a String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(file) = open.pop() {
        open.extend(edges.get(file).into_iter().flatten().filter(|next| seen.insert(*next)));
    }
    seen
}

/// The sets of files of which each leads to each, with at least two files.
fn components(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = edges.keys().map(|file| (file, reached(file, edges))).collect();
    let mut circles = BTreeSet::new();
    for (file, others) in &reached {
        let circle: Vec<String> = others
            .iter()
            .filter(|other| reached.get(*other).is_some_and(|back| back.contains(file)))
            .map(|file| (*file).clone())
            .collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// The room of a file, as far as it is one that must have no circle.
pub(super) fn room_of<'a>(file: &str, rooms: &'a [Room]) -> Option<&'a str> {
    let module = module(file);
    rooms.iter().map(|room| room.0).find(|room| module.first().is_some_and(|first| first == room))
}

#[test]
fn made_up_circles_are_found_through_pages_and_lists_and_pairs_of_a_folder_are_none() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let found = |files: &[(String, String)]| circles(files);
    let two = [
        file("src/a/one.rs", "use super::two::Two;"),
        file("src/a/two.rs", "use crate::{b, a::one::One};"),
        file("src/b.rs", ""),
    ];
    assert_eq!(found(&two), [["src/a/one.rs", "src/a/two.rs"]]);
    let by_page = [
        file("src/a/mod.rs", "mod one; mod two; pub use one::One; use two::Two;"),
        file("src/a/one.rs", "use super::two::Two;"),
        file("src/a/two.rs", "fn f() -> crate::a::One {}"),
    ];
    assert_eq!(found(&by_page), [["src/a/one.rs", "src/a/two.rs"]]);
    let page = [file("src/a/mod.rs", "mod one; use one::One;"), file("src/a/one.rs", "use super::Name;")];
    assert!(found(&page).is_empty());
    let tests = [
        file("src/a.rs", "#[cfg(test)]\nuse crate::b::B;"),
        file("src/b.rs", "use crate::a::A; #[cfg(test)]\nmod tests;"),
        file("src/b/tests.rs", "use crate::a::A;"),
    ];
    assert!(found(&tests).is_empty());
    let three =
        [file("src/a.rs", "use crate::b::B;"), file("src/b.rs", "use crate::c::C;"), file("src/c.rs", "use crate::a::A;")];
    assert_eq!(found(&three), [["src/a.rs", "src/b.rs", "src/c.rs"]]);
}
