//! A partition in a checkpoint directory: `part-00000`.
//!
//! ```text
//! records, one after the other | number of records, 8 bytes, little endian
//! ```
//! A file gets its name only when it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use firesteel_error::{Exception, Result, SparkError};

use crate::codec::{Decode, encode};
use crate::data::{Records, Storable};
use crate::task_context::TaskContext;

const COUNT_BYTES: usize = 8;

fn path_of(dir: &Path, partition: usize) -> PathBuf {
    dir.join(format!("part-{partition:05}"))
}

/// Writes the records of the task's partition.
pub(super) fn write<T: Storable>(dir: &Path, task: &TaskContext, records: Records<T>) -> Result<()> {
    let path = path_of(dir, task.partition_id());
    let unfinished = dir.join(format!(".part-{:05}-attempt-{}", task.partition_id(), task.task_attempt_id()));
    let failed = |e| SparkError::io(format!("writing the checkpoint {}", path.display()), e);
    let mut file = BufWriter::new(File::create(&unfinished).map_err(failed)?);
    let (mut buffer, mut count) = (Vec::new(), 0_u64);
    for record in records {
        buffer.clear();
        encode(&record?, &mut buffer)?;
        file.write_all(&buffer).map_err(failed)?;
        count += 1;
    }
    file.write_all(&count.to_le_bytes()).map_err(failed)?;
    let file = file.into_inner().map_err(|e| failed(e.into_error()))?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&unfinished, &path).map_err(failed)
}

/// The records of a partition.
pub(super) fn read<T: Storable>(dir: &Path, partition: usize) -> Result<Records<T>> {
    let path = path_of(dir, partition);
    let mut bytes =
        std::fs::read(&path).map_err(|e| SparkError::io(format!("reading the checkpoint {}", path.display()), e))?;
    let records = bytes.len().checked_sub(COUNT_BYTES).ok_or_else(|| damaged(&path))?;
    let count = <[u8; COUNT_BYTES]>::try_from(&bytes[records..]).map(u64::from_le_bytes);
    let expected = count.map_err(|_| damaged(&path))?;
    bytes.truncate(records);
    Ok(Box::new(Counted { records: Decode::new(bytes.into()), expected, seen: 0, path }))
}

fn damaged(path: &Path) -> SparkError {
    let text = format!(
        "The checkpoint file {} is cut short or damaged. Delete its directory and run the job again from its sources.",
        path.display()
    );
    SparkError::plain(Exception::Spark, text)
}

/// Records that have to be as many as were written.
struct Counted<T> {
    records: Decode<T>,
    expected: u64,
    seen: u64,
    path: PathBuf,
}

impl<T: Storable> Iterator for Counted<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        match self.records.next() {
            Some(Ok(record)) => {
                self.seen += 1;
                Some(Ok(record))
            }
            Some(Err(_)) => {
                self.expected = self.seen;
                Some(Err(damaged(&self.path)))
            }
            None if self.seen != self.expected => {
                self.expected = self.seen;
                Some(Err(damaged(&self.path)))
            }
            None => None,
        }
    }
}
