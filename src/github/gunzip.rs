//! Unpacks files that are compressed although nothing says so: those that begin as gzip does.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Bytes unpacked at a time. Gzip grows a thousandfold at most, so what comes out at once stays below 4 MiB.
const STEP: usize = 4 << 10;

/// How often its packed size a file may come to. Rows of one person's days are alike, and still do not shrink to a fiftieth.
pub(super) const MOST_GROWTH: u64 = 200;

/// Unpacked bytes below which growth is no matter.
const GROWTH_FROM: u64 = 64 << 20;

/// What has gone in and come out.
#[derive(Debug, Default)]
pub(super) struct Growth {
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

/// Takes frames as they arrive and gives them on, unpacked where they are packed.
#[derive(Debug)]
pub(super) enum Unpacker {
    /// Too little has arrived to tell.
    Undecided(BytesMut),
    /// Nothing to do.
    Plain(Bytes),
    /// Packed; with what has arrived and is not unpacked yet.
    Gzip(Box<MultiGzDecoder<Vec<u8>>>, Bytes, Growth),
}

impl Unpacker {
    /// An unpacker at the beginning of a file.
    pub(super) fn new() -> Self {
        Self::Undecided(BytesMut::new())
    }

    /// Takes a frame. What was taken before must have been given on.
    pub(super) fn take(&mut self, frame: Bytes) {
        match self {
            Self::Plain(data) => *data = frame,
            Self::Gzip(_, data, _) => *data = frame,
            Self::Undecided(begun) => {
                begun.extend_from_slice(&frame);
                if begun.len() >= GZIP_MAGIC.len() {
                    let begun = std::mem::take(begun).freeze();
                    *self = if begun.starts_with(&GZIP_MAGIC) {
                        Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new())), begun, Growth::default())
                    } else {
                        Self::Plain(begun)
                    };
                }
            }
        }
    }

    /// The next piece of what was taken; none when another frame is needed.
    ///
    /// # Errors
    /// When the file is not what gzip would have written; `FileTooLarge` when it grows past [`MOST_GROWTH`].
    pub(super) fn give(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Undecided(_) => Ok(None),
            Self::Plain(data) => Ok(Some(std::mem::take(data)).filter(|data| !data.is_empty())),
            Self::Gzip(decoder, data, growth) => {
                while !data.is_empty() {
                    let step = data.split_to(STEP.min(data.len()));
                    growth.packed += step.len() as u64;
                    decoder.write_all(&step)?;
                    if !decoder.get_ref().is_empty() {
                        growth.unpacked += decoder.get_ref().len() as u64;
                        growth.check()?;
                        return Ok(Some(std::mem::take(decoder.get_mut()).into()));
                    }
                }
                Ok(None)
            }
        }
    }

    /// What is left at the end of the file.
    ///
    /// # Errors
    /// When the file was packed and its end is missing.
    pub(super) fn finish(&mut self) -> io::Result<Option<Bytes>> {
        let rest = match self {
            Self::Undecided(begun) => std::mem::take(begun).freeze(),
            Self::Plain(data) => std::mem::take(data),
            Self::Gzip(decoder, ..) => {
                decoder.try_finish()?;
                std::mem::take(decoder.get_mut()).into()
            }
        };
        Ok(Some(rest).filter(|rest| !rest.is_empty()))
    }
}

#[cfg(test)]
pub(super) fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(file: &[u8], frame: usize) -> io::Result<Vec<u8>> {
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
    fn files_come_out_the_same_packed_or_not_whatever_the_frames() {
        let long = "{\"user\":\"mona\"}\n".repeat(5_000);
        for text in ["", "a", "ab", "{}\n{}\n", "\u{1f}not gzip", long.as_str()] {
            for frame in [1, 7, 100_000] {
                if text.len() < 1000 || frame > 1 {
                    assert_eq!(unpacked(text.as_bytes(), frame).unwrap(), text.as_bytes());
                    assert_eq!(unpacked(&packed(text.as_bytes()), frame).unwrap(), text.as_bytes());
                }
            }
        }
        let two = [packed(b"one\n"), packed(b"two\n")].concat();
        assert_eq!(unpacked(&two, 5).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_packed_file_without_its_end_is_an_error() {
        let whole = packed(&b"{\"user\":\"mona\"}\n".repeat(100));
        for kept in 2..whole.len() {
            assert!(unpacked(&whole[..kept], 16).is_err(), "{kept} of {}", whole.len());
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
}
