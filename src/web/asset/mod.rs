//! Files that pages load: style sheet and script. They are part of the program, packed once, and served under an address that has
//! their hash, so that a browser keeps them for good and never shows an old one.

use std::hash::Hasher;
use std::io::{self, Write};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, StatusCode, header};
use siphasher::sip::SipHasher13;

use crate::render::chart;

/// Name, content type and content of each file.
const FILES: [(&str, &str, &[u8]); 5] = [
    ("app.css", "text/css; charset=utf-8", include_bytes!("app.css")),
    ("app.js", "text/javascript; charset=utf-8", include_bytes!("app.js")),
    ("playground.js", "text/javascript; charset=utf-8", include_bytes!("playground.js")),
    ("editor.js", "text/javascript; charset=utf-8", include_bytes!("editor.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("icon.svg")),
];

/// Answers smaller than this are not packed, in bytes.
const PACKED_FROM: usize = 1_024;

/// The files, packed.
pub(super) struct Assets {
    files: Vec<Asset>,
}

struct Asset {
    name: &'static str,
    content_type: &'static str,
    address: String,
    plain: Bytes,
    packed: Option<Bytes>,
}

impl Assets {
    pub(super) fn new() -> Self {
        let asset = |(name, content_type, plain): (&'static str, &'static str, &'static [u8])| {
            // Charts bring their own style, which reports and files need too.
            let charts = if name == "app.css" { chart::STYLE.as_bytes() } else { b"" };
            let plain = Bytes::from([plain, charts].concat());
            let mut hasher = SipHasher13::new();
            hasher.write(&plain);
            let address = format!("/a/{:016x}/{name}", hasher.finish());
            let packed = pack(&plain, Compression::best()).ok().map(Bytes::from);
            Asset { name, content_type, address, plain, packed }
        };
        Self { files: FILES.into_iter().map(asset).collect() }
    }

    /// The address of a file.
    pub(super) fn address(&self, name: &str) -> &str {
        self.files.iter().find(|file| file.name == name).map_or("", |file| &file.address)
    }

    /// The answer for an address; none when no file has it, such as one of an older version.
    pub(super) fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let file = self.files.iter().find(|file| file.address == path)?;
        let packed = file.packed.clone().filter(|_| takes_gzip(headers));
        let mut response = Response::builder()
            .status(StatusCode::OK)
            .header(header::CONTENT_TYPE, file.content_type)
            .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
            .header(header::VARY, "accept-encoding");
        if packed.is_some() {
            response = response.header(header::CONTENT_ENCODING, "gzip");
        }
        response.body(Body::from(packed.unwrap_or(file.plain.clone()))).ok()
    }
}

/// A text as the body of an answer, packed where the client takes that. No page has both a secret and a text of its address.
pub(super) fn body(text: String, headers: &HeaderMap) -> (Bytes, bool) {
    if text.len() >= PACKED_FROM
        && takes_gzip(headers)
        && let Ok(packed) = pack(text.as_bytes(), Compression::fast())
    {
        return (Bytes::from(packed), true);
    }
    (Bytes::from(text), false)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let texts = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let is_gzip = |coding: &str| {
        let mut parts = coding.split(';').map(str::trim);
        let is_refused = |part: &str| part.strip_prefix("q=").and_then(|weight| weight.trim().parse().ok()) == Some(0.0);
        parts.next() == Some("gzip") && !parts.any(is_refused)
    };
    texts.into_iter().flat_map(|text| text.split(',')).any(is_gzip)
}

fn pack(content: &[u8], level: Compression) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accepted: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepted.parse().unwrap())])
    }

    #[test]
    fn a_file_is_packed_for_whoever_takes_it_and_kept_for_good() {
        let assets = Assets::new();
        let answer = assets.answer(assets.address("app.css"), &headers("br, gzip;q=0.8")).unwrap();
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        for accepted in ["", "br", "gzip;q=0", "gzip; q=0.0"] {
            let answer = assets.answer(assets.address("app.js"), &headers(accepted)).unwrap();
            assert!(!answer.headers().contains_key(header::CONTENT_ENCODING), "{accepted}");
        }
        assert!(assets.answer("/a/0000000000000000/app.css", &headers("")).is_none());
    }

    #[test]
    fn the_script_stays_small() {
        let packed = pack(FILES[1].2, Compression::best()).unwrap();
        assert!(packed.len() <= 6 * 1024, "{} bytes", packed.len());
    }
}
