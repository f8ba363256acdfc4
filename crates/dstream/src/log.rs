//! A log in files: what has been appended is on disk, and a file is removed when nothing in it is needed any more.
//!
//! ```text
//! +--------------+--------------+------------------+
//! | length       | CRC-32       | record           |
//! | u32, little  | u32, little  | `length` bytes   |
//! +--------------+--------------+------------------+
//! ```
//!
//! A process that dies leaves at most its last record cut short; that record was never acknowledged, so it is passed
//! over. A record that is whole but does not match its checksum is damage, and an error.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// After so many bytes the log goes on in a new file.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// A record may be as large as a receiver's block; more than this is damage.
const RECORD_BYTES_MAX: u32 = 1 << 30;

const HEADER_BYTES: u64 = 8;

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    file: u64,
    offset: u64,
}

/// The log in one directory.
#[derive(Debug)]
pub(crate) struct Log {
    directory: PathBuf,
    rolling: Duration,
    state: Mutex<LogState>,
}

#[derive(Debug)]
struct LogState {
    current: Option<Current>,
    next_file: u64,
    /// How many records of a file are still needed.
    needed: BTreeMap<u64, u64>,
}

#[derive(Debug)]
struct Current {
    number: u64,
    file: File,
    length: u64,
    opened: Instant,
}

impl Log {
    /// The log in `directory`, which is made if need be, and the records that are in it.
    pub(crate) fn open(directory: &Path, rolling: Duration) -> Result<(Self, Vec<(Position, Bytes)>)> {
        fs::create_dir_all(directory).map_err(|e| io("make the directory", directory, e))?;
        let mut numbers = Vec::new();
        for entry in fs::read_dir(directory).map_err(|e| io("list", directory, e))? {
            let entry = entry.map_err(|e| io("list", directory, e))?;
            let number = entry.file_name().to_str().and_then(|name| name.strip_prefix("log-")?.parse::<u64>().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        let mut records = Vec::new();
        let mut needed = BTreeMap::new();
        for &number in &numbers {
            let before = records.len();
            read_file(&path(directory, number), number, &mut records)?;
            needed.insert(number, (records.len() - before) as u64);
        }
        let next_file = numbers.last().map_or(0, |last| last + 1);
        let state = Mutex::new(LogState { current: None, next_file, needed });
        Ok((Self { directory: directory.to_path_buf(), rolling, state }, records))
    }

    /// Appends a record, which is given in parts; it is on disk when this returns.
    pub(crate) fn append(&self, parts: &[&[u8]]) -> Result<Position> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let length = u32::try_from(length).ok().filter(|length| *length <= RECORD_BYTES_MAX).ok_or_else(|| {
            SparkError::plain(
                Exception::Spark,
                format!("A block of {length} bytes is too large for the write-ahead log; lower the block interval."),
            )
        })?;
        let mut checksum = crc32fast::Hasher::new();
        parts.iter().for_each(|part| checksum.update(part));
        let mut record = Vec::with_capacity(length as usize + HEADER_BYTES as usize);
        record.extend_from_slice(&length.to_le_bytes());
        record.extend_from_slice(&checksum.finalize().to_le_bytes());
        parts.iter().for_each(|part| record.extend_from_slice(part));

        let mut state = self.state.lock();
        let mut current = self.take_current(&mut state)?;
        let path = path(&self.directory, current.number);
        let written = current.file.write_all(&record).and_then(|()| current.file.sync_data());
        // After a failed write the file may end in half a record, so the next one goes to a new file.
        written.map_err(|e| io("append to", &path, e))?;
        let position = Position { file: current.number, offset: current.length };
        current.length += record.len() as u64;
        *state.needed.entry(current.number).or_default() += 1;
        state.current = Some(current);
        Ok(position)
    }

    /// Reads a record again.
    pub(crate) fn read(&self, position: Position) -> Result<Bytes> {
        let path = path(&self.directory, position.file);
        let mut file = File::open(&path).map_err(|e| io("read", &path, e))?;
        file.seek(SeekFrom::Start(position.offset)).map_err(|e| io("read", &path, e))?;
        match read_record(&mut file, &path, position.offset)? {
            Some(record) => Ok(record),
            None => Err(damaged(&path, position.offset, "the record is cut short")),
        }
    }

    /// Says that a record is not needed any more; its file goes with the last of them.
    pub(crate) fn release(&self, position: Position) -> Result<()> {
        let mut state = self.state.lock();
        let in_use = state.current.as_ref().is_some_and(|current| current.number == position.file);
        let Some(needed) = state.needed.get_mut(&position.file) else { return Ok(()) };
        *needed = needed.saturating_sub(1);
        if *needed > 0 || in_use {
            return Ok(());
        }
        self.remove(&mut state, position.file)
    }

    fn remove(&self, state: &mut LogState, number: u64) -> Result<()> {
        state.needed.remove(&number);
        let path = path(&self.directory, number);
        fs::remove_file(&path).map_err(|e| io("delete", &path, e))
    }

    fn take_current(&self, state: &mut LogState) -> Result<Current> {
        if let Some(current) = state.current.take() {
            if current.length < FILE_BYTES_MAX && current.opened.elapsed() < self.rolling {
                return Ok(current);
            }
            if state.needed.get(&current.number) == Some(&0) {
                self.remove(state, current.number)?;
            }
        }
        let number = state.next_file;
        let path = path(&self.directory, number);
        let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|e| io("create", &path, e))?;
        state.next_file += 1;
        // The name of the new file must survive as well.
        let directory = File::open(&self.directory).and_then(|directory| directory.sync_all());
        directory.map_err(|e| io("write", &self.directory, e))?;
        Ok(Current { number, file, length: 0, opened: Instant::now() })
    }
}

fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("log-{number}"))
}

fn read_file(path: &Path, number: u64, records: &mut Vec<(Position, Bytes)>) -> Result<()> {
    let file = File::open(path).map_err(|e| io("read", path, e))?;
    let mut file = std::io::BufReader::with_capacity(1 << 20, file);
    let mut offset = 0;
    while let Some(record) = read_record(&mut file, path, offset)? {
        let length = record.len() as u64 + HEADER_BYTES;
        records.push((Position { file: number, offset }, record));
        offset += length;
    }
    Ok(())
}

/// The record at the file's position; `None` at its end, or if the last record is cut short.
fn read_record(file: &mut impl Read, path: &Path, offset: u64) -> Result<Option<Bytes>> {
    let mut header = [0; HEADER_BYTES as usize];
    if !read_whole(file, &mut header).map_err(|e| io("read", path, e))? {
        return Ok(None);
    }
    let [a, b, c, d, e, f, g, h] = header;
    let (length, checksum) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    if length > RECORD_BYTES_MAX {
        return Err(damaged(path, offset, &format!("a record cannot have {length} bytes")));
    }
    let mut record = Vec::new();
    file.take(u64::from(length)).read_to_end(&mut record).map_err(|e| io("read", path, e))?;
    if record.len() < length as usize {
        return Ok(None);
    }
    if crc32fast::hash(&record) != checksum {
        return Err(damaged(path, offset, "the record does not match its checksum"));
    }
    Ok(Some(record.into()))
}

/// Fills `buffer`; `false` if the file ends before.
fn read_whole(file: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn io(what: &str, path: &Path, error: std::io::Error) -> SparkError {
    SparkError::io(format!("The write-ahead log could not {what} {}", path.display()), error)
}

fn damaged(path: &Path, offset: u64, why: &str) -> SparkError {
    SparkError::plain(
        Exception::Spark,
        format!("The write-ahead log {} is damaged at byte {offset}: {why}.", path.display()),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ROLLING: Duration = Duration::from_secs(60);

    fn texts(records: &[(Position, Bytes)]) -> Vec<&[u8]> {
        records.iter().map(|(_, record)| record.as_ref()).collect()
    }

    #[test]
    fn what_was_appended_is_there_after_a_restart_and_a_cut_tail_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let (log, records) = Log::open(directory.path(), ROLLING).unwrap();
        assert!(records.is_empty());
        let first = log.append(&[b"on", b"e"]).unwrap();
        log.append(&[b"two"]).unwrap();
        drop(log);
        let file = directory.path().join("log-0");
        let whole = fs::read(&file).unwrap();
        for cut in 12..whole.len() {
            fs::write(&file, &whole[..cut]).unwrap();
            let (_, records) = Log::open(directory.path(), ROLLING).unwrap();
            assert_eq!(texts(&records), [b"one"], "cut at {cut}");
        }
        fs::write(&file, &whole).unwrap();
        let (log, records) = Log::open(directory.path(), ROLLING).unwrap();
        assert_eq!(texts(&records), [b"one", b"two"]);
        assert_eq!(log.read(first).unwrap(), "one");
        assert_eq!(log.append(&[b"three"]).unwrap(), Position { file: 1, offset: 0 });
    }

    #[test]
    fn damage_names_its_file_and_place() {
        let directory = tempfile::tempdir().unwrap();
        let (log, _) = Log::open(directory.path(), ROLLING).unwrap();
        log.append(&[b"one"]).unwrap();
        log.append(&[b"two"]).unwrap();
        let file = directory.path().join("log-0");
        let mut bytes = fs::read(&file).unwrap();
        bytes[9] ^= 1;
        fs::write(&file, bytes).unwrap();
        let error = Log::open(directory.path(), ROLLING).unwrap_err();
        assert!(error.message().contains("log-0 is damaged at byte 0"), "{error}");
    }

    #[test]
    fn a_file_goes_when_nothing_in_it_is_needed() {
        let directory = tempfile::tempdir().unwrap();
        let (log, _) = Log::open(directory.path(), ROLLING).unwrap();
        let positions = [log.append(&[b"one"]).unwrap(), log.append(&[b"two"]).unwrap()];
        drop(log);
        let (log, _) = Log::open(directory.path(), ROLLING).unwrap();
        let third = log.append(&[b"three"]).unwrap();
        log.release(positions[0]).unwrap();
        assert!(directory.path().join("log-0").exists());
        log.release(positions[1]).unwrap();
        assert!(!directory.path().join("log-0").exists());
        log.release(third).unwrap();
        assert!(directory.path().join("log-1").exists(), "the file being written stays");
        drop(log);
        let (log, _) = Log::open(directory.path(), Duration::ZERO).unwrap();
        let fourth = log.append(&[b"four"]).unwrap();
        log.release(fourth).unwrap();
        log.append(&[b"five"]).unwrap();
        assert!(!directory.path().join("log-2").exists(), "it goes when the log goes on in another file");
    }
}
