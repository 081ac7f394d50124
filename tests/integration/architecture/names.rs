//! Names of public types: one meaning each within a crate.

use std::collections::{BTreeMap, BTreeSet};

/// The public types of a file, as they are declared at the beginning of a line.
fn public_types(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let declared = line.trim_start().strip_prefix("pub ")?;
        let (keyword, rest) = declared.split_once(' ')?;
        let is_type = matches!(keyword, "struct" | "enum" | "trait" | "type");
        let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
        is_type.then(|| &rest[..end])
    })
}

/// Names that several files of one crate declare, as `crate: Name`, with the files.
pub(super) fn duplicates(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<&str>> {
    let mut declared: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (file, text) in files {
        // What takes the place of a part in a program without that feature has the part's names, see docs/development.md.
        if file.rsplit('/').next().is_some_and(|name| name.starts_with("without_")) {
            continue;
        }
        let folder = file.split_once("src/").map_or("", |(folder, _)| folder.trim_end_matches('/'));
        let name = if folder.is_empty() { "pilotage" } else { folder };
        // What stands in a module of tests is nobody else's.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
        for type_name in public_types(text) {
            declared.entry(format!("{name}: {type_name}")).or_default().insert(file);
        }
    }
    declared.retain(|_, files| files.len() > 1);
    declared
}

#[test]
fn a_name_that_two_files_of_a_crate_declare_is_found_and_one_of_two_crates_is_not() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let files = [
        file("src/a.rs", "pub struct World;\npub(crate) enum Kind {}\n    pub struct Inner<T>(T);"),
        file("src/b.rs", "pub enum World {}\npub enum Kind {}\n#[cfg(test)]\nmod tests {\n    pub struct Inner;\n}"),
        file("crates/core/src/a.rs", "pub struct Kind;"),
        file("src/without_a.rs", "pub enum Inner {}\npub enum World {}"),
    ];
    assert_eq!(duplicates(&files).keys().collect::<Vec<_>>(), ["pilotage: World"]);
}
