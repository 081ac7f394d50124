//! Parser of the `Link` header. Pure.

use http::HeaderMap;
use http::header::LINK;

/// Address of the next page. None on the last page.
pub(super) fn next(headers: &HeaderMap) -> Option<String> {
    related(headers, "next")
}

/// Address of the last page. None on the last page, and in lists whose pages have no numbers.
pub(super) fn last(headers: &HeaderMap) -> Option<String> {
    related(headers, "last")
}

fn related(headers: &HeaderMap, relation: &str) -> Option<String> {
    let values = headers.get_all(LINK).into_iter().filter_map(|value| value.to_str().ok());
    values.into_iter().find_map(|value| related_of(value, relation))
}

fn related_of(mut text: &str, relation: &str) -> Option<String> {
    // Addresses may hold commas and semicolons, so angle brackets are searched first.
    loop {
        let (_, rest) = text.split_once('<')?;
        let (address, rest) = rest.split_once('>')?;
        let end = end_of_parameters(rest);
        let (parameters, following) = rest.split_at(end);
        if is_related(parameters, relation) {
            return Some(address.trim().to_owned());
        }
        text = following;
    }
}

/// Position of the next link: the first comma outside of quotes.
fn end_of_parameters(text: &str) -> usize {
    let mut quoted = false;
    let comma = text.char_indices().find(|(_, character)| {
        quoted ^= *character == '"';
        *character == ',' && !quoted
    });
    comma.map_or(text.len(), |(index, _)| index)
}

fn is_related(parameters: &str, wanted: &str) -> bool {
    parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        let relations = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("rel")
            && relations.split_whitespace().any(|relation| relation.eq_ignore_ascii_case(wanted))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_next_page_is_found_in_every_form_of_the_header() {
        let cases = [
            (r#"<https://h/a?page=2>; rel="next", <https://h/a?page=9>; rel="last""#, Some("https://h/a?page=2")),
            (r#"<https://h/a?page=1>; rel="prev", <https://h/a?page=3>; rel="next""#, Some("https://h/a?page=3")),
            (r#"<https://h/a?x=1,2;3>; title="a, <b>"; rel="last next""#, Some("https://h/a?x=1,2;3")),
            ("<https://h/a?after=Y3Vyc29y%3D>;REL=next", Some("https://h/a?after=Y3Vyc29y%3D")),
            (r#"<https://h/a?page=1>; rel="first""#, None),
            (r#"<https://h/a>; rel="nextish""#, None),
            ("", None),
            ("<https://h/a", None),
            ("rel=next", None),
        ];
        for (value, expected) in cases {
            let headers = HeaderMap::from_iter([(LINK, HeaderValue::from_str(value).unwrap())]);
            assert_eq!(next(&headers).as_deref(), expected, "{value}");
        }
        assert_eq!(next(&HeaderMap::new()), None);
        let numbered = r#"<https://h/a?page=2>; rel="next", <https://h/a?page=9>; rel="last""#;
        let headers = HeaderMap::from_iter([(LINK, HeaderValue::from_static(numbered))]);
        assert_eq!(last(&headers).as_deref(), Some("https://h/a?page=9"));
    }
}
