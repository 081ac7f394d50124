//! Unpacks gzip: bodies with a header for it, and packed files without one.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use flate2::write::GzDecoder;
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};

use super::http::{Body, TransportError, TransportErrorKind, UNPROVEN_END};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Packed bytes per step. Gzip expands a thousandfold at most, so a step yields less than 4 MiB.
const STEP: usize = 4 << 10;

/// Largest ratio of unpacked to packed size. Rows of one person's days are similar, and still do not shrink to a fiftieth.
pub(crate) const MOST_GROWTH: u64 = 200;

/// Unpacked bytes below which the ratio is not checked.
const GROWTH_FROM: u64 = 64 << 20;

/// Packed and unpacked sizes so far.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    packed: u64,
    unpacked: u64,
}

impl Growth {
    fn check(&self) -> io::Result<()> {
        match self.unpacked > GROWTH_FROM && self.unpacked / MOST_GROWTH > self.packed {
            true => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
            false => Ok(()),
        }
    }
}

/// Packed file: one member or several, then nothing or zeros. Programs that write blocks of one size, such as `tar`, fill the
/// last one with zeros, and gzip skips them.
#[derive(Debug)]
pub(crate) struct GzipMembers {
    member: GzDecoder<Vec<u8>>,
    /// Zeros have been read, after which only zeros may follow.
    is_padded: bool,
}

impl GzipMembers {
    fn new() -> Self {
        Self { member: GzDecoder::new(Vec::new()), is_padded: false }
    }

    fn unpack(&mut self, mut packed: &[u8]) -> io::Result<()> {
        while !packed.is_empty() {
            let taken = if self.is_padded { 0 } else { self.member.write(packed)? };
            packed = packed.get(taken..).unwrap_or_default();
            if taken > 0 {
                continue;
            }
            // A member that has reached its end reads nothing more.
            self.member.try_finish()?;
            self.is_padded |= packed.first() == Some(&0);
            if !self.is_padded {
                self.member = GzDecoder::new(self.take());
            } else if packed.iter().any(|byte| *byte != 0) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "data follow the zeros after its end"));
            } else {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Unpacked bytes since the last call.
    fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.member.get_mut())
    }
}

/// Unpacks frames as they arrive, if they are packed.
#[derive(Debug)]
pub(crate) enum Unpacker {
    /// Too few bytes to decide.
    Undecided(BytesMut),
    /// Not packed.
    Plain(Bytes),
    /// Packed, with the bytes that are not unpacked yet.
    Gzip(Box<GzipMembers>, Bytes, Growth),
}

impl Unpacker {
    /// Unpacker at the beginning of a file.
    pub(crate) fn new() -> Self {
        Self::Undecided(BytesMut::new())
    }

    /// Checks whether the file is packed. Then the end that [`Unpacker::finish`] finds proves that it is complete.
    pub(crate) fn is_packed(&self) -> bool {
        matches!(self, Self::Gzip(..))
    }

    /// Takes a frame. [`Unpacker::give`] must have returned all of the previous one.
    pub(crate) fn take(&mut self, frame: Bytes) {
        match self {
            Self::Plain(data) => *data = frame,
            Self::Gzip(_, data, _) => *data = frame,
            Self::Undecided(begun) => {
                begun.extend_from_slice(&frame);
                if begun.len() >= GZIP_MAGIC.len() {
                    let begun = std::mem::take(begun).freeze();
                    *self = if begun.starts_with(&GZIP_MAGIC) {
                        Self::Gzip(Box::new(GzipMembers::new()), begun, Growth::default())
                    } else {
                        Self::Plain(begun)
                    };
                }
            }
        }
    }

    /// Next unpacked piece. None when another frame is needed.
    ///
    /// # Errors
    /// Invalid gzip, or `FileTooLarge` beyond the ratio [`MOST_GROWTH`].
    pub(crate) fn give(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Undecided(_) => Ok(None),
            Self::Plain(data) => Ok(Some(std::mem::take(data)).filter(|data| !data.is_empty())),
            Self::Gzip(members, data, growth) => {
                while !data.is_empty() {
                    let step = data.split_to(STEP.min(data.len()));
                    growth.packed += step.len() as u64;
                    members.unpack(&step)?;
                    let out = members.take();
                    if !out.is_empty() {
                        growth.unpacked += out.len() as u64;
                        growth.check()?;
                        return Ok(Some(out.into()));
                    }
                }
                Ok(None)
            }
        }
    }

    /// Rest at the end of the file.
    ///
    /// # Errors
    /// The file was packed and its end is missing.
    pub(crate) fn finish(&mut self) -> io::Result<Option<Bytes>> {
        let rest = match self {
            Self::Undecided(begun) => std::mem::take(begun).freeze(),
            Self::Plain(data) => std::mem::take(data),
            Self::Gzip(members, ..) => {
                members.member.try_finish()?;
                members.take().into()
            }
        };
        Ok(Some(rest).filter(|rest| !rest.is_empty()))
    }
}

/// Unpacked body, as it arrives. Invalid gzip, or gzip without its end, is an error. A body that is not packed is passed on if
/// its end `is_framed`; else nothing would prove that it is complete.
pub(crate) fn unpacked(body: Body, is_framed: bool) -> Body {
    struct UnpackState {
        body: Body,
        unpacker: Unpacker,
        is_over: bool,
    }
    let broken =
        |error: io::Error| TransportError::new(TransportErrorKind::Broken, format!("the body is not valid gzip: {error}"));
    let course = UnpackState { body, unpacker: Unpacker::new(), is_over: false };
    let frames = stream::try_unfold(course, move |mut course| async move {
        loop {
            if let Some(data) = course.unpacker.give().map_err(broken)? {
                return Ok(Some((Frame::data(data), course)));
            }
            if course.is_over {
                return Ok(None);
            }
            match course.body.frame().await.transpose()? {
                Some(frame) => {
                    if let Ok(data) = frame.into_data() {
                        course.unpacker.take(data);
                    }
                }
                None => {
                    course.is_over = true;
                    let rest = course.unpacker.finish().map_err(broken)?;
                    if !is_framed && !course.unpacker.is_packed() {
                        return Err(TransportError::new(TransportErrorKind::Broken, UNPROVEN_END));
                    }
                    if let Some(data) = rest {
                        return Ok(Some((Frame::data(data), course)));
                    }
                    return Ok(None);
                }
            }
        }
    });
    StreamBody::new(frames).boxed_unsync()
}

#[cfg(test)]
pub(crate) fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8], frame: usize) -> io::Result<Vec<u8>> {
        let mut unpacker = Unpacker::new();
        let mut out = Vec::new();
        for frame in file.chunks(frame.max(1)) {
            unpacker.take(Bytes::copy_from_slice(frame));
            while let Some(data) = unpacker.give()? {
                out.extend_from_slice(&data);
            }
        }
        out.extend(unpacker.finish()?.unwrap_or_default());
        Ok(out)
    }

    #[test]
    fn zeros_after_the_end_belong_to_no_row_and_anything_else_is_an_error() {
        let (one, two) = (packed(b"{\"a\":1}\n"), packed(b"{\"a\":2}\n"));
        let cut = &one[..one.len() - 1];
        let table: [(&[&[u8]], Option<&str>); 9] = [
            (&[&one, &[0]], Some("{\"a\":1}\n")),
            (&[&one, &[0; 10_000]], Some("{\"a\":1}\n")),
            (&[&one, &two, &[0; 511]], Some("{\"a\":1}\n{\"a\":2}\n")),
            (&[&one, &two], Some("{\"a\":1}\n{\"a\":2}\n")),
            (&[&one, &[0; 5], &[1]], None),
            (&[&one, &[0; 5], &two], None),
            (&[&one, b"x"], None),
            (&[cut], None),
            (&[&one, &two[..12]], None),
        ];
        for (parts, expected) in table {
            let file = parts.concat();
            for frame in [1, 7, 4096, usize::MAX] {
                let found = read(&file, frame).ok().map(|out| String::from_utf8(out).unwrap());
                assert_eq!(found.as_deref(), expected, "{file:?} in frames of {frame}");
            }
        }
    }

    #[test]
    fn files_come_out_the_same_packed_or_not_whatever_the_frames() {
        let long = "{\"user\":\"mona\"}\n".repeat(5_000);
        for text in ["", "a", "ab", "{}\n{}\n", "\u{1f}not gzip", long.as_str()] {
            for frame in [1, 7, 100_000] {
                if text.len() < 1000 || frame > 1 {
                    assert_eq!(read(text.as_bytes(), frame).unwrap(), text.as_bytes());
                    assert_eq!(read(&packed(text.as_bytes()), frame).unwrap(), text.as_bytes());
                }
            }
        }
        let two = [packed(b"one\n"), packed(b"two\n")].concat();
        assert_eq!(read(&two, 5).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_packed_file_without_its_end_is_an_error() {
        let whole = packed(&b"{\"user\":\"mona\"}\n".repeat(100));
        for kept in 2..whole.len() {
            assert!(read(&whole[..kept], 16).is_err(), "{kept} of {}", whole.len());
        }
    }

    #[test]
    fn what_grows_a_thousandfold_is_given_on_in_pieces() {
        let bomb = packed(&vec![b' '; 16 << 20]);
        let mut unpacker = Unpacker::new();
        unpacker.take(Bytes::from(bomb));
        while let Some(data) = unpacker.give().unwrap() {
            assert!(data.len() <= 8 << 20, "{}", data.len());
        }
    }

    #[test]
    fn only_what_is_large_and_grows_beyond_any_report_has_no_end() {
        // MiB packed and unpacked, and whether that is too much.
        let table = [(0, 64, false), (0, 65, true), (1, 200, false), (1, 202, true), (90, 4_000, false), (2_000, 300_000, false)];
        for (packed, unpacked, expected) in table {
            let ended = Growth { packed: packed << 20, unpacked: unpacked << 20 }.check();
            assert_eq!(ended.is_err_and(|error| error.kind() == io::ErrorKind::FileTooLarge), expected, "{packed} {unpacked}");
        }
    }

    #[tokio::test]
    async fn a_packed_body_comes_out_whole_or_breaks() {
        use crate::door::http::read_whole;
        let body = |bytes: &[u8]| -> Body {
            let frames: Vec<_> = bytes.chunks(7).map(|frame| Ok(Frame::data(Bytes::copy_from_slice(frame)))).collect();
            StreamBody::new(stream::iter(frames)).boxed_unsync()
        };
        let text = b"{\"user\":\"mona\"}\n".repeat(100);
        let whole = packed(&text);
        assert_eq!(read_whole(unpacked(body(&whole), false), 1 << 20).await.unwrap(), text);
        assert_eq!(read_whole(unpacked(body(b""), true), 1 << 20).await.unwrap(), "");
        assert!(read_whole(unpacked(body(b""), false), 1 << 20).await.is_err());
        assert!(read_whole(unpacked(body(b"{}"), false), 1 << 20).await.is_err());
        for kept in [2, 20, whole.len() - 1] {
            let error = read_whole(unpacked(body(&whole[..kept]), true), 1 << 20).await.unwrap_err();
            assert_eq!(error.kind, TransportErrorKind::Broken, "{kept}");
        }
    }
}
