//! The lines of a part of a file.
//!
//! A line belongs to the part in which it begins; one that begins right at the end of a part belongs to that part too,
//! because the next one always skips its first, perhaps broken, line. `\n`, `\r` and `\r\n` end lines.

use std::io::{BufRead, Seek, SeekFrom};
use std::path::PathBuf;

use firesteel_error::{Result, SparkError};
use memchr::memchr2;

use super::splits::Split;
use crate::compression::{Codec, open};
use crate::task_context::TaskContext;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a split.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    path: PathBuf,
    position: u64,
    end: u64,
    read: (u64, u64),
    task: TaskContext,
    done: bool,
}

impl Lines {
    pub(super) fn open(split: &Split, task: &TaskContext) -> Result<Self> {
        let failed = |e| SparkError::io(format!("reading {}", split.path.display()), e);
        let (reader, end): (Box<dyn BufRead + Send>, u64) = if Codec::of_path(&split.path).is_some() {
            (open(&split.path).map_err(failed)?, u64::MAX)
        } else {
            let mut file = std::fs::File::open(&split.path).map_err(failed)?;
            file.seek(SeekFrom::Start(split.start)).map_err(failed)?;
            (Box::new(std::io::BufReader::with_capacity(256 << 10, file)), split.end)
        };
        let (path, task) = (split.path.clone(), task.clone());
        let mut lines = Self { reader, path, position: split.start, end, read: (0, 0), task, done: false };
        if split.start > 0 {
            lines.next_line().map_err(failed)?;
        } else if lines.reader.fill_buf().map_err(failed)?.starts_with(BYTE_ORDER_MARK) {
            lines.consume(BYTE_ORDER_MARK.len());
        }
        lines.read = (0, 0);
        Ok(lines)
    }

    /// The next line, wherever it begins.
    fn next_line(&mut self) -> std::io::Result<Option<String>> {
        // What the buffer ended in the middle of.
        let mut before: Vec<u8> = Vec::new();
        loop {
            let available = self.reader.fill_buf()?;
            let length = available.len();
            if length == 0 {
                return Ok((!before.is_empty()).then(|| text(before)));
            }
            let Some(end) = memchr2(b'\n', b'\r', available) else {
                before.extend_from_slice(available);
                self.consume(length);
                continue;
            };
            let ended_by = available[end];
            let line = if before.is_empty() {
                String::from_utf8_lossy(&available[..end]).into_owned()
            } else {
                before.extend_from_slice(&available[..end]);
                text(before)
            };
            self.consume(end + 1);
            if ended_by == b'\r' && self.reader.fill_buf()?.first() == Some(&b'\n') {
                self.consume(1);
            }
            return Ok(Some(line));
        }
    }

    fn consume(&mut self, bytes: usize) {
        self.reader.consume(bytes);
        self.position += bytes as u64;
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

impl Iterator for Lines {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        if self.done || self.position > self.end || (self.read.1 & 0xfff == 0 && self.task.is_cancelled()) {
            return self.cancelled();
        }
        let before = self.position;
        match self.next_line() {
            Ok(Some(line)) => {
                self.read.0 += self.position - before;
                self.read.1 += 1;
                Some(Ok(line))
            }
            Ok(None) => {
                self.done = true;
                None
            }
            Err(error) => {
                self.done = true;
                Some(Err(SparkError::io(format!("reading {}", self.path.display()), error)))
            }
        }
    }
}

impl Lines {
    /// The end, or why the task has to stop.
    fn cancelled(&mut self) -> Option<Result<String>> {
        let was_done = std::mem::replace(&mut self.done, true);
        if was_done { None } else { self.task.check_cancelled().err().map(Err) }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let (bytes, records) = self.read;
        self.task.with_metrics(|metrics| {
            metrics.input.bytes_read += bytes;
            metrics.input.records_read += records;
        });
    }
}
