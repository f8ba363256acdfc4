//! Text cut into blocks of whole lines, each block without its last line feed.
//!
//! Lines end at a line feed, a carriage return or both, as in Hadoop's `LineRecordReader`. Of a range of a file, a reader
//! has the lines that start in it or right at its end, but not the one that it starts in the middle of (or, since it cannot
//! tell, right at the start of): so ranges that touch have each line once. What is not UTF-8 becomes U+FFFD. A block whose
//! lines end with line feeds is not copied.

use std::io::{self, ErrorKind, Read};

use bytes::{Bytes, BytesMut};

/// About this much is read, and given, at once.
const BLOCK_BYTES: usize = 128 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads blocks of lines.
pub(crate) struct LineBlocks<R> {
    input: R,
    /// Read, but not given yet.
    buffer: BytesMut,
    /// Where in the file the buffer starts.
    position: u64,
    end: Option<u64>,
    input_over: bool,
    over: bool,
    /// Whether the line at the start belongs to the range before.
    skip_first: bool,
}

impl<R: Read> LineBlocks<R> {
    /// All lines of a stream.
    pub(crate) fn whole(input: R) -> Self {
        Self::range(input, 0, None)
    }

    /// The lines of a range of a file; `input` stands at `start` and goes on beyond `end`.
    pub(crate) fn range(input: R, start: u64, end: Option<u64>) -> Self {
        Self {
            input,
            buffer: BytesMut::new(),
            position: start,
            end,
            input_over: false,
            over: false,
            skip_first: start > 0,
        }
    }

    /// The next block.
    pub(crate) fn next_block(&mut self) -> io::Result<Option<Bytes>> {
        if self.skip_first {
            self.skip_first = false;
            self.skip_line()?;
        }
        while !self.over {
            if self.end.is_some_and(|end| self.position > end) {
                self.over = true;
                break;
            }
            if let Some(cut) = self.cut() {
                return Ok(Some(self.take(cut)));
            }
            if self.input_over {
                self.over = true;
                let rest = self.buffer.len();
                return Ok((rest > 0).then(|| self.take(rest)));
            }
            self.fill()?;
        }
        Ok(None)
    }

    /// After which byte of the buffer the next block ends.
    fn cut(&mut self) -> Option<usize> {
        // A carriage return at the very end may have its line feed still to come.
        let known = match self.buffer.last() {
            Some(b'\r') if !self.input_over => self.buffer.len() - 1,
            _ => self.buffer.len(),
        };
        let to_end = self.end.map(|end| usize::try_from(end - self.position).unwrap_or(usize::MAX));
        match to_end {
            Some(to_end) if to_end < known => {
                // The line that holds the end of the range is the last one.
                let found = memchr::memchr2(b'\n', b'\r', &self.buffer[to_end..known])?;
                let cut = after_terminator(&self.buffer, to_end + found);
                self.over = true;
                Some(cut)
            }
            _ => memchr::memrchr2(b'\n', b'\r', &self.buffer[..known]).map(|at| after_terminator(&self.buffer, at)),
        }
    }

    fn take(&mut self, cut: usize) -> Bytes {
        let first = self.position == 0;
        self.position += cut as u64;
        let mut block = self.buffer.split_to(cut).freeze();
        if first && block.starts_with(BYTE_ORDER_MARK) {
            block = block.slice(BYTE_ORDER_MARK.len()..);
        }
        if memchr::memchr(b'\r', &block).is_some() {
            block = with_line_feeds(&block).into();
        }
        if block.last() == Some(&b'\n') {
            block.truncate(block.len() - 1);
        }
        match simdutf8::basic::from_utf8(&block) {
            Ok(_) => block,
            Err(_) => String::from_utf8_lossy(&block).into_owned().into(),
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let known = match self.buffer.last() {
                Some(b'\r') if !self.input_over => self.buffer.len() - 1,
                _ => self.buffer.len(),
            };
            let found = memchr::memchr2(b'\n', b'\r', &self.buffer[..known]);
            if found.is_some() || self.input_over {
                let cut = found.map_or(self.buffer.len(), |at| after_terminator(&self.buffer, at));
                let _ = self.buffer.split_to(cut);
                self.position += cut as u64;
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let had = self.buffer.len();
        // A line longer than a block makes the buffer grow by doubling.
        self.buffer.resize(had + BLOCK_BYTES.max(had), 0);
        let mut filled = had;
        while filled < self.buffer.len() {
            match self.input.read(&mut self.buffer[filled..]) {
                Ok(0) => {
                    self.input_over = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.buffer.truncate(filled);
        Ok(())
    }
}

/// Where the line terminator at `at` ends.
fn after_terminator(buffer: &[u8], at: usize) -> usize {
    if buffer[at] == b'\r' && buffer.get(at + 1) == Some(&b'\n') { at + 2 } else { at + 1 }
}

fn with_line_feeds(block: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(block.len());
    let mut rest = block;
    while let Some(at) = memchr::memchr(b'\r', rest) {
        lines.extend_from_slice(&rest[..at]);
        lines.push(b'\n');
        rest = &rest[after_terminator(rest, at)..];
    }
    lines.extend_from_slice(rest);
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &[u8], start: usize, end: Option<usize>) -> Vec<String> {
        let mut blocks = LineBlocks::range(&text[start..], start as u64, end.map(|end| end as u64));
        let mut lines = Vec::new();
        while let Some(block) = blocks.next_block().unwrap() {
            lines.extend(String::from_utf8(block.to_vec()).unwrap().split('\n').map(str::to_string));
        }
        lines
    }

    #[test]
    fn lines_end_with_either_terminator_or_both() {
        let text = b"a\nb\r\nc\rd\n\ne\xff\xfef\nlast";
        assert_eq!(lines(text, 0, None), ["a", "b", "c", "d", "", "e\u{fffd}\u{fffd}f", "last"]);
        assert_eq!(lines(b"", 0, None), Vec::<String>::new());
        assert_eq!(lines(b"\n", 0, None), [""]);
        assert_eq!(lines(b"\r\n\r", 0, None), ["", ""]);
        assert_eq!(lines(b"\xef\xbb\xbfmark\n", 0, None), ["mark"]);
    }

    #[test]
    fn ranges_have_the_lines_that_hadoop_gives_them() {
        // Recorded from `sc.textFile(…, 3).glom()` of Spark on this text.
        let text = b"a\nb\r\nc\rd\n\ne\xff\xfef\nlast";
        let split = text.len() / 3;
        assert_eq!(lines(text, 0, Some(split)), ["a", "b", "c"]);
        assert_eq!(lines(text, split, Some(2 * split)), ["d", "", "e\u{fffd}\u{fffd}f"]);
        assert_eq!(lines(text, 2 * split, Some(text.len())), ["last"]);
    }

    #[test]
    fn a_line_may_be_longer_than_a_block() {
        let long = "x".repeat(3 * BLOCK_BYTES);
        let text = format!("{long}\r\n{long}");
        assert_eq!(lines(text.as_bytes(), 0, None), [long.clone(), long]);
    }

    proptest! {
        #[test]
        fn each_line_is_read_once_however_the_text_is_cut(
            text in "[ab\r\n]{0,60}",
            cuts in prop::collection::vec(0_usize..60, 0..5),
        ) {
            let whole = lines(text.as_bytes(), 0, None);
            let mut bounds: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            bounds.extend([0, text.len()]);
            bounds.sort_unstable();
            bounds.dedup();
            let cut: Vec<_> =
                bounds.windows(2).flat_map(|cut| lines(text.as_bytes(), cut[0], Some(cut[1]))).collect();
            prop_assert_eq!(cut, whole);
        }
    }
}
