//! Names as single segments of a URL path.

/// Escapes a name so that it is one path segment: `/` becomes `%2F`, and `.` and `..` are not read as folders.
pub fn segment(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || (byte == b'.' && !matches!(name, "." | "..")) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment() {
        let cases = [
            ("octo-org", "octo-org"),
            ("a.b_c~d", "a.b_c~d"),
            ("a/b", "a%2Fb"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("ent:core", "ent%3Acore"),
            ("a?b#c d%", "a%3Fb%23c%20d%25"),
            ("é", "%C3%A9"),
        ];
        for (name, expected) in cases {
            assert_eq!(segment(name), expected);
        }
    }
}
