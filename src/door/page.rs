//! Web pages instead of a program's response, from a proxy, a web filter or a portal. Pure.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::http::{TransportError, TransportErrorKind};
use crate::model::secret::Redactor;

/// Bytes of a body that are searched for a title. Pages have theirs within the first kilobytes.
pub const PAGE_BYTES: usize = 64 << 10;

/// Characters of the longest title that is shown.
const LONGEST_TITLE: usize = 80;

/// Beginnings of pages in lower case, after white space and comments.
const BEGINNINGS: [&str; 8] = ["<!doctype html", "<html", "<head", "<body", "<title", "<meta", "<script", "<center"];

/// Checks whether a body is a page, by its content type or its beginning. XML is not a page.
pub fn is_page(headers: &HeaderMap, body: &[u8]) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = named.trim_start().to_ascii_lowercase();
    let begins_with_a_tag = body.trim_ascii_start().first() == Some(&b'<');
    begins_like_a_page(body) || begins_with_a_tag && (named.starts_with("text/html") || named.starts_with("application/xhtml"))
}

/// Checks whether a body begins like a page.
pub fn begins_like_a_page(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // Nearly every body is JSON. What is not ASCII may be white space.
    if !body.iter().find(|byte| **byte > b' ').is_some_and(|byte| *byte == b'<' || !byte.is_ascii()) {
        return false;
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(PAGE_BYTES)]);
    let mut text = text.trim_start();
    while let Some((_, rest)) = text.strip_prefix("<!--").and_then(|comment| comment.split_once("-->")) {
        text = rest.trim_start();
    }
    BEGINNINGS.iter().any(|beginning| text.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning)))
}

/// Error for a page that a host sent instead of a response. Secrets are removed from its title.
pub fn instead_of_answer(host: &str, status: u16, body: &[u8], redactor: &Redactor) -> TransportError {
    let titled = title(body, redactor).map(|title| format!(" titled \"{title}\"")).unwrap_or_default();
    let message = format!("status {status} and a page{titled} came for {host}; a proxy or web filter answers instead");
    TransportError::new(TransportErrorKind::Page, message)
}

/// Title of a page on one line, shortened, without characters that control a terminal or the direction of text.
pub fn title(body: &[u8], redactor: &Redactor) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(PAGE_BYTES)]);
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title").unwrap_or(lower.len() - start);
    // Redacted before it is shortened: half a secret would not be recognized.
    let title = redactor.redact(&plain(&text[start..end]));
    let words = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut title: String = words.chars().filter(|character| !is_unseen(*character)).collect();
    if let Some((end, _)) = title.char_indices().nth(LONGEST_TITLE) {
        title.truncate(end);
        title.push('…');
    }
    (!title.is_empty()).then(|| title.replace('"', "'"))
}

/// Text with the common character references of titles resolved, each once.
fn plain(text: &str) -> String {
    const REFERENCES: [(&str, &str); 7] =
        [("&nbsp;", " "), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    REFERENCES.iter().fold(text.to_owned(), |text, (reference, meant)| text.replace(reference, meant))
}

/// Checks for control characters and invisible marks.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_page_is_told_from_everything_that_is_none() {
        let table = [
            ("text/html; charset=utf-8", "<div>blocked</div>", true),
            ("", "<!DOCTYPE html><html>", true),
            ("", " \r\n<HTML><head>", true),
            ("application/json", "\u{feff}<!-- gateway --> <!-- 2 -->\n<html>", true),
            ("text/html", r#"{"message":"x"}"#, false),
            ("text/html", "", false),
            ("application/xml", "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code></Error>", false),
            ("", "<Error/>", false),
            ("", "<!-- never ends", false),
            ("", "[]", false),
        ];
        for (named, body, expected) in table {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_str(named).unwrap())]);
            assert_eq!(is_page(&headers, body.as_bytes()), expected, "{named} {body}");
        }
    }

    #[test]
    fn a_title_is_one_short_line_without_secrets_and_tricks() {
        let redactor = Redactor::new(["s3cret"]);
        let table = [
            ("<html><title>Access denied</title>", Some("Access denied")),
            ("<TITLE lang=en>\n Web  filter &amp; Co &#39;x&#39; \"y\"</TITLE>", Some("Web filter & Co 'x' 'y'")),
            ("<title>\u{1b}]0;x\u{7}a\u{202e}b</title>", Some("]0;xab")),
            ("<title>token s3cret is blocked</title>", Some("token [secret] is blocked")),
            ("<title>cut sh", Some("cut sh")),
            ("<title> </title>", None),
            ("<html>", None),
        ];
        for (page, expected) in table {
            assert_eq!(title(page.as_bytes(), &redactor).as_deref(), expected, "{page}");
        }
        let long = title(format!("<title>{}</title>", "ä".repeat(500)).as_bytes(), &redactor).unwrap();
        assert_eq!(long.chars().count(), LONGEST_TITLE + 1);
    }

    #[test]
    fn the_error_names_host_status_and_title() {
        let error = instead_of_answer("api.github.com", 200, b"<title>Blocked</title>", &Redactor::default());
        assert_eq!(
            error.to_string(),
            "a page came instead of an answer: status 200 and a page titled \"Blocked\" came for api.github.com; \
             a proxy or web filter answers instead"
        );
    }
}
