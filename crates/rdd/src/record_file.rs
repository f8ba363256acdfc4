//! A partition's records in a file of a checkpoint or an object file.
//!
//! ```text
//! records, one after the other | number of records, 8 bytes, little endian
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

use firesteel_error::{Exception, Result, SparkError};

use crate::codec::{Decode, encode};
use crate::data::{Records, Storable};

const COUNT_BYTES: usize = 8;

/// Writes `records` to `to`, which is the file `path`.
pub(crate) fn write<T: Storable>(path: &Path, to: &mut impl Write, records: Records<T>) -> Result<()> {
    let failed = |e| SparkError::io(format!("writing {}", path.display()), e);
    let (mut buffer, mut count) = (Vec::new(), 0_u64);
    for record in records {
        buffer.clear();
        encode(&record?, &mut buffer)?;
        to.write_all(&buffer).map_err(failed)?;
        count += 1;
    }
    to.write_all(&count.to_le_bytes()).map_err(failed)
}

/// The records of a file.
pub(crate) fn read<T: Storable>(path: PathBuf) -> Result<Records<T>> {
    let mut bytes = std::fs::read(&path).map_err(|e| SparkError::io(format!("reading {}", path.display()), e))?;
    let records = bytes.len().checked_sub(COUNT_BYTES).ok_or_else(|| damaged(&path))?;
    let count = <[u8; COUNT_BYTES]>::try_from(&bytes[records..]).map(u64::from_le_bytes);
    let expected = count.map_err(|_| damaged(&path))?;
    bytes.truncate(records);
    Ok(Box::new(Counted { records: Decode::new(bytes.into()), expected, seen: 0, path }))
}

fn damaged(path: &Path) -> SparkError {
    let text = format!(
        "The file {} is cut short or damaged, or holds other records. Delete its directory and run the job again from its \
         sources.",
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
            None if self.seen == self.expected => None,
            Some(Err(_)) | None => {
                self.expected = self.seen;
                Some(Err(damaged(&self.path)))
            }
        }
    }
}
