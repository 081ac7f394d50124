//! Size limits of one file of a report, which stop a server that never ends. Pure.
//!
//! A year of a hundred thousand people takes 120 GB in forty million lines.

/// Bytes of a file, unpacked: 256 GiB.
const MOST_GIBIBYTES: u64 = 256;

/// Lines of a file.
const MOST_LINES: u64 = 200_000_000;

/// Blank lines of a file. GitHub writes none, or one at the end.
const MOST_BLANK_LINES: u64 = 1_000_000;

/// Unreadable lines of a file. Each is reported, and none of them is a record.
const MOST_UNREADABLE_LINES: u64 = 100_000;

/// GiB that are skipped in search of the end of one line.
const MOST_GIBIBYTES_WITHOUT_LINE: u64 = 1;

/// Limit that was exceeded, and its unit.
pub(super) type ExceededLimit = (u64, &'static str);

/// Contents of a file so far.
#[derive(Debug, Default)]
pub(super) struct Quota {
    bytes: u64,
    bytes_without_line: u64,
    lines: u64,
    blank: u64,
    unreadable: u64,
}

impl Quota {
    /// Counts received bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Result<(), ExceededLimit> {
        self.bytes += count as u64;
        self.bytes_without_line += count as u64;
        within(self.bytes, MOST_GIBIBYTES << 30, (MOST_GIBIBYTES, "GiB"))?;
        let limit = (MOST_GIBIBYTES_WITHOUT_LINE, "GiB without the end of a line");
        within(self.bytes_without_line, MOST_GIBIBYTES_WITHOUT_LINE << 30, limit)
    }

    /// Counts a line.
    pub(super) fn line(&mut self) -> Result<(), ExceededLimit> {
        self.bytes_without_line = 0;
        self.lines += 1;
        within(self.lines, MOST_LINES, (MOST_LINES, "lines"))
    }

    /// Counts a blank line.
    pub(super) fn blank(&mut self) -> Result<(), ExceededLimit> {
        self.blank += 1;
        within(self.blank, MOST_BLANK_LINES, (MOST_BLANK_LINES, "blank lines"))
    }

    /// Counts an unreadable line.
    pub(super) fn unreadable(&mut self) -> Result<(), ExceededLimit> {
        self.unreadable += 1;
        within(self.unreadable, MOST_UNREADABLE_LINES, (MOST_UNREADABLE_LINES, "lines that cannot be read"))
    }
}

fn within(count: u64, most: u64, too_much: ExceededLimit) -> Result<(), ExceededLimit> {
    if count > most { Err(too_much) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_report_passes_and_one_without_end_does_not() {
        let mut quota = Quota::default();
        for _ in 0..1_000_000 {
            quota.bytes(20_000).unwrap();
            quota.line().unwrap();
        }
        let blank = (0..2_000_000).find_map(|_| quota.blank().err());
        assert_eq!(blank, Some((MOST_BLANK_LINES, "blank lines")));
        let unreadable = (0..2_000_000).find_map(|_| quota.unreadable().err());
        assert_eq!(unreadable.map(|(limit, _)| limit), Some(MOST_UNREADABLE_LINES));
        let without_line = (0..3_000).find_map(|_| quota.bytes(1 << 20).err());
        assert_eq!(without_line, Some((1, "GiB without the end of a line")));
        let bytes = (0..1_000_000).find_map(|_| {
            let _ = quota.line();
            quota.bytes(1 << 20).err()
        });
        assert_eq!(bytes, Some((256, "GiB")));
    }
}
