//! Names of fields, searched for in the text of a row. All are found in one pass: a row has some kilobytes, and nearly always nothing
//! that matters but its own identity, once.

use std::fmt;

use aho_corasick::packed::{Config, MatchKind, Searcher};
use memchr::memmem;

/// Bytes of a name's end that are searched for, with the quote after it. Beginnings, such as `"user_`, stand all over a row.
const END: usize = 6;

/// Finds names of fields as they are written, in quotes.
#[derive(Clone)]
pub(super) struct Names {
    /// Names, each in quotes, by the number of their end.
    names: Vec<Vec<(&'static str, String)>>,
    search: Search,
}

#[derive(Clone)]
enum Search {
    /// One pass, with instructions that nearly every processor has.
    Together(Searcher),
    /// A pass for each name.
    Each(Vec<memmem::Finder<'static>>),
}

impl Names {
    /// The names that are searched for. A name that is given twice is searched for once.
    pub(super) fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        let (mut ends, mut by_end) = (Vec::<Vec<u8>>::new(), Vec::<Vec<(&'static str, String)>>::new());
        for name in names {
            let written = format!("\"{name}\"");
            let end = &written.as_bytes()[written.len().saturating_sub(END)..];
            match ends.iter().position(|known| known == end) {
                Some(number) if by_end[number].iter().any(|(known, _)| *known == name) => {}
                Some(number) => by_end[number].push((name, written)),
                None => {
                    ends.push(end.to_vec());
                    by_end.push(vec![(name, written)]);
                }
            }
        }
        let together = Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(&ends).build();
        let each = || ends.iter().map(|end| memmem::Finder::new(end).into_owned()).collect();
        let search = together.map_or_else(|| Search::Each(each()), Search::Together);
        Self { names: by_end, search }
    }

    /// Calls back with each name that stands anywhere in a text, as often as it does, in any order.
    pub(super) fn each_in(&self, text: &str, mut take: impl FnMut(&'static str)) {
        let mut found = |number: usize, end: usize| {
            let before = &text.as_bytes()[..end];
            let is_there = |(_, written): &&(&'static str, String)| before.ends_with(written.as_bytes());
            self.names.get(number).into_iter().flatten().filter(is_there).for_each(|(name, _)| take(name));
        };
        match &self.search {
            Search::Together(searcher) => {
                searcher.find_iter(text).for_each(|found_at| found(found_at.pattern().as_usize(), found_at.end()));
            }
            Search::Each(finders) => {
                for (number, finder) in finders.iter().enumerate() {
                    finder.find_iter(text.as_bytes()).for_each(|at| found(number, at + finder.needle().len()));
                }
            }
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Names").field(&self.names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_every_name_as_often_as_it_stands() {
        let together = Names::new(["day", "user_id", "login", "user_login", "error", "errors", "day"]);
        let finders = ["\"day\"", "er_id\"", "login\"", "error\"", "rrors\""].map(|end| memmem::Finder::new(end).into_owned());
        let each = Names { search: Search::Each(finders.to_vec()), ..together.clone() };
        for (text, expected) in [
            (r#"{"day":"2026-01-01","user_id":7}"#, vec!["day", "user_id"]),
            (r#"{"day":1,"x":{"day":2,"day_totals":[]},"errors":[],"error" : 1}"#, vec!["day", "day", "error", "errors"]),
            (r#"{"days":1,"a":"user_id"}"#, vec!["user_id"]),
            (r#"{"a":"errors are \"error\"","b":["error","error"]}"#, vec!["error", "error"]),
            (r#"{"user_login":"login","a_login":1}"#, vec!["login", "user_login"]),
            ("day\"", vec![]),
            ("", vec![]),
        ] {
            for names in [&together, &each] {
                let mut found = Vec::new();
                names.each_in(text, |name| found.push(name));
                found.sort_unstable();
                assert_eq!(found, expected, "{text} {names:?}");
            }
        }
    }
}
