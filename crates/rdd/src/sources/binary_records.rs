//! `binary_records`: files of records that all have the same length.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::OnceLock;

use firesteel_error::{Exception, Result, SparkError};

use super::paths::list;
use super::splits::{Split, splits};
use crate::context::SparkContext;
use crate::data::Records;
use crate::frame::Frame;
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

struct BinaryRecords {
    paths: String,
    record_bytes: usize,
    min_partitions: usize,
    splits: OnceLock<Vec<Split>>,
}

impl BinaryRecords {
    fn splits(&self) -> Result<&[Split]> {
        if let Some(splits) = self.splits.get() {
            return Ok(splits);
        }
        let found = splits(&list(&self.paths)?, self.min_partitions, self.record_bytes as u64);
        Ok(self.splits.get_or_init(|| found))
    }
}

impl RddNode<Frame> for BinaryRecords {
    fn partitions(&self) -> Result<usize> {
        if self.record_bytes == 0 {
            return Err(SparkError::plain(Exception::IllegalArgument, "The length of a record has to be positive"));
        }
        Ok(self.splits()?.len())
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<Frame>> {
        let (split, size, task) = (self.splits()?[partition].clone(), self.record_bytes, task.clone());
        let length = split.end - split.start;
        if !length.is_multiple_of(size as u64) {
            let text =
                format!("{} does not hold whole records of {size} bytes: bytes are left over", split.path.display());
            return Err(SparkError::plain(Exception::Spark, text));
        }
        let path = split.path.clone();
        let failed = move |e| SparkError::io(format!("reading {}", path.display()), e);
        let mut file = File::open(&split.path).map_err(&failed)?;
        file.seek(SeekFrom::Start(split.start)).map_err(&failed)?;
        let mut file = BufReader::new(file);
        Ok(Box::new((0..length / size as u64).map(move |_| {
            let mut record = vec![0; size];
            file.read_exact(&mut record).map_err(&failed)?;
            task.with_metrics(|metrics| {
                metrics.input.bytes_read += size as u64;
                metrics.input.records_read += 1;
            });
            Ok(Frame::from(record))
        })))
    }
}

impl SparkContext {
    /// The records of files in which each has `record_bytes` bytes (Spark's `binaryRecords`).
    #[track_caller]
    pub fn binary_records(&self, paths: &str, record_bytes: usize) -> Rdd<Frame> {
        let min_partitions = self.default_min_partitions();
        let node = BinaryRecords { paths: paths.to_string(), record_bytes, min_partitions, splits: OnceLock::new() };
        Rdd::new(self, "binaryRecords", node).set_name(paths)
    }
}
