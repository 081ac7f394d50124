//! The documentation as a site: every page is in its contents, and every link between files of the repository leads somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Pages below a folder, except what is built or fetched.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "dist", "node_modules", ".git"].contains(&name.as_str()) {
            found.extend(pages(&path));
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Lines outside of code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Names of a page's headings in a link, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for (_, line) in prose(text) {
        let Some(title) = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')) else { continue };
        let kept = title.trim().chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        let name: String = kept.map(|letter| if letter == ' ' { '-' } else { letter }).flat_map(char::to_lowercase).collect();
        let times = seen.entry(name.clone()).or_default();
        anchors.insert(if *times == 0 { name } else { format!("{name}-{times}") });
        *times += 1;
    }
    anchors
}

/// Targets of the links of a page that are not addresses, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let link = fancy_regex::Regex::new(r"\]\(([^()\s]+)\)").unwrap();
    let in_code = fancy_regex::Regex::new(r"`[^`]*`").unwrap();
    let mut found = Vec::new();
    for (line, content) in prose(text) {
        let content = in_code.replace_all(content, "code");
        for captures in link.captures_iter(content.as_ref()).map(Result::unwrap) {
            let target = captures[1].to_owned();
            if !target.contains("://") && !target.starts_with("mailto:") {
                found.push((line + 1, target));
            }
        }
    }
    found
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut made = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(made.pop()),
            Component::CurDir => {}
            other => made.push(other),
        }
    }
    made
}

/// What is wrong with the links of a page.
fn broken(page: &Path, text: &str, read: &dyn Fn(&Path) -> Option<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, target) in links(text) {
        let (file, anchor) = target.split_once('#').map_or((target.as_str(), None), |(file, anchor)| (file, Some(anchor)));
        let to = if file.is_empty() { page.to_owned() } else { normal(&page.parent().unwrap().join(file)) };
        let other = if to == page { Some(text.to_owned()) } else { read(&to) };
        match other {
            None => wrong.push(format!("{}:{line}: there is no {target}", page.display())),
            Some(other) if anchor.is_some_and(|anchor| !anchors(&other).contains(anchor)) => {
                wrong.push(format!("{}:{line}: no heading is {target}", page.display()));
            }
            Some(_) => {}
        }
    }
    wrong
}

#[test]
fn every_page_is_in_the_contents_once() {
    let docs = root().join("docs");
    let contents = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut listed: Vec<String> = links(&contents).into_iter().map(|(_, target)| target).collect();
    listed.sort();
    let name = |page: &PathBuf| page.strip_prefix(&docs).unwrap().to_string_lossy().into_owned();
    let mut there: Vec<String> = pages(&docs).iter().map(name).filter(|page| page != "SUMMARY.md").collect();
    there.sort();
    assert_eq!(listed, there, "docs/SUMMARY.md against the pages in docs/");
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let read = |path: &Path| match path.is_dir() {
        true => Some(String::new()),
        false => fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    };
    let pages = pages(root());
    let looked_at: usize = pages.iter().map(|page| links(&fs::read_to_string(page).unwrap()).len()).sum();
    assert!(looked_at > 100, "{looked_at}");
    let wrong: Vec<String> = pages.iter().flat_map(|page| broken(page, &fs::read_to_string(page).unwrap(), &read)).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_link_to_nothing_is_found() {
    let read = |path: &Path| (path == Path::new("/docs/other.md")).then(|| "# One\n## Is `it`?\n## One\n".to_owned());
    let text = "[a](other.md) [b](other.md#is-it) [c](other.md#one-1) [d](https://x.test/no)\n```\n[e](no.md)\n```\n`[f](no.md)`\n\
                [g](gone.md)\n[h](other.md#two) [i](#here)\n";
    let wrong = broken(Path::new("/docs/page.md"), text, &read);
    let expected = [
        "/docs/page.md:6: there is no gone.md",
        "/docs/page.md:7: no heading is other.md#two",
        "/docs/page.md:7: no heading is #here",
    ];
    assert_eq!(wrong, expected);
}
