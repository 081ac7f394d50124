//! Bytes of a file as text. A mapping is UTF-8; other encodings are named, with the place of the first byte that is not UTF-8.

use super::codes;
use super::finding::Finding;
use super::tree::SourceFile;

/// Bytes that are looked at to tell UTF-16 without a mark: every other one is zero there.
const LOOKED_AT: usize = 64;

/// The text of a file's bytes.
///
/// # Errors
/// Fails when it is not UTF-8, with a finding that has the encoding, or the line and column of the first wrong byte.
pub fn text(bytes: &[u8], file_name: &str) -> Result<String, Box<Finding>> {
    if let Some((encoding, name)) = wide(bytes) {
        let readable: String = String::from_utf8_lossy(bytes).chars().filter(|letter| !letter.is_control()).take(40).collect();
        let source = SourceFile::new(file_name, readable.trim_start_matches(char::REPLACEMENT_CHARACTER));
        let finding = Finding::error(codes::NOT_UTF_8, format!("the file is {encoding}, and a mapping must be UTF-8"))
            .at(source.location(0..source.text.len(), ""))
            .help(format!("save it as UTF-8, or convert it: `iconv -f {name} -t UTF-8 {file_name} > utf-8.yaml`"));
        return Err(Box::new(finding));
    }
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        let readable = String::from_utf8_lossy(bytes);
        let source = SourceFile::new(file_name, &readable);
        let end = at + readable.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        let finding = Finding::error(codes::NOT_UTF_8, format!("byte {} of the file (0x{byte:02X}) is not UTF-8", at + 1))
            .at(source.location(at..end, ""))
            .label(latin(byte).map_or_else(|| "not UTF-8".to_owned(), |letter| format!("`{letter}` in Latin-1 or Windows-1252")))
            .help(format!("save the file as UTF-8, or convert it: `iconv -f WINDOWS-1252 -t UTF-8 {file_name} > utf-8.yaml`"));
        Box::new(finding)
    })
}

/// The name of an encoding with two or four bytes for each letter, for people and for `iconv`.
fn wide(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => return Some(("UTF-32 (little-endian)", "UTF-32LE")),
        [0, 0, 0xFE, 0xFF, ..] => return Some(("UTF-32 (big-endian)", "UTF-32BE")),
        [0xFF, 0xFE, ..] => return Some(("UTF-16 (little-endian)", "UTF-16LE")),
        [0xFE, 0xFF, ..] => return Some(("UTF-16 (big-endian)", "UTF-16BE")),
        _ => {}
    }
    let looked_at = bytes.get(..bytes.len().min(LOOKED_AT))?;
    let zeros = |offset: usize| looked_at.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let most = looked_at.len() / 2;
    match (zeros(0), zeros(1)) {
        _ if most < 2 => None,
        (0, odd) if odd * 10 >= most * 9 => Some(("UTF-16 (little-endian)", "UTF-16LE")),
        (even, 0) if even * 10 >= most * 9 => Some(("UTF-16 (big-endian)", "UTF-16BE")),
        _ => None,
    }
}

/// The letter that a byte is in Latin-1.
fn latin(byte: u8) -> Option<char> {
    (byte >= 0xA1).then(|| char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf_8_is_named() {
        let wide = |text: &str, little: bool| -> Vec<u8> {
            let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        let table: &[(Vec<u8>, &str)] = &[
            (wide("\u{feff}resources: []", true), "the file is UTF-16 (little-endian), and a mapping must be UTF-8"),
            (wide("\u{feff}resources: []", false), "the file is UTF-16 (big-endian), and a mapping must be UTF-8"),
            (wide("resources: []", true), "the file is UTF-16 (little-endian), and a mapping must be UTF-8"),
            (wide("resources: []", false), "the file is UTF-16 (big-endian), and a mapping must be UTF-8"),
            (b"a: 1\nb: caf\xe9\n".to_vec(), "byte 12 of the file (0xE9) is not UTF-8"),
        ];
        for (bytes, message) in table {
            assert_eq!(text(bytes, "m.yaml").unwrap_err().message, *message);
        }
        let finding = text(b"a: 1\nb: caf\xe9\n", "m.yaml").unwrap_err();
        let location = finding.location.unwrap();
        assert_eq!((location.line, location.column), (Some(2), Some(7)));
        for fine in ["", "a", "\u{feff}resources: []", "é: 1"] {
            assert_eq!(text(fine.as_bytes(), "m.yaml").unwrap(), fine);
        }
    }
}
