//! Records of one length in binary files.

use std::io::{ErrorKind, Read};
use std::sync::OnceLock;

use bytes::{Bytes, BytesMut};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Rdd, RddNode, Records, TaskContext};
use serde::Deserialize;

use crate::batch::Batch;
use crate::context::Context;
use crate::files::{self, Nested, Split};

#[derive(Debug, Deserialize)]
pub(crate) struct BinaryRecords {
    path: String,
    record_length: i64,
}

struct BinaryRecordsNode {
    path: String,
    record_bytes: usize,
    splits: OnceLock<Vec<Split>>,
}

impl BinaryRecords {
    pub(super) fn rdd(self, context: &Context) -> Result<Rdd<Batch>> {
        let record_bytes = usize::try_from(self.record_length).ok().filter(|length| *length > 0).ok_or_else(|| {
            SparkError::plain(Exception::IllegalArgument, "binaryRecords needs a record length above 0.")
        })?;
        let node = BinaryRecordsNode { path: self.path, record_bytes, splits: OnceLock::new() };
        Ok(Rdd::new(&context.spark, "binaryRecords", node))
    }
}

impl BinaryRecordsNode {
    fn splits(&self) -> Result<&[Split]> {
        if let Some(splits) = self.splits.get() {
            return Ok(splits);
        }
        let mut splits = files::splits(&files::list(&self.path, Nested::Skipped)?, 1, |_| true);
        // A range has the records that start in it.
        for split in &mut splits {
            let length = self.record_bytes as u64;
            split.start = split.start.next_multiple_of(length);
        }
        Ok(self.splits.get_or_init(|| splits))
    }
}

impl RddNode<Batch> for BinaryRecordsNode {
    fn partitions(&self) -> Result<usize> {
        self.splits().map(<[Split]>::len)
    }

    fn compute(&self, partition: usize, _task: &TaskContext) -> Result<Records<Batch>> {
        let split = self.splits()?[partition].clone();
        let (path, length) = (split.path.clone(), self.record_bytes);
        let failed = move |error: std::io::Error| match error.kind() {
            ErrorKind::UnexpectedEof => SparkError::plain(
                Exception::Spark,
                format!("{} does not end with a whole record of {length} bytes.", path.display()),
            ),
            _ => SparkError::io(format!("Cannot read {}", path.display()), error),
        };
        let mut file = split.open().map_err(&failed)?;
        let mut at = split.start;
        Ok(Box::new(std::iter::from_fn(move || {
            if at >= split.end {
                return None;
            }
            at += length as u64;
            let mut record = BytesMut::zeroed(length);
            Some(file.read_exact(&mut record).map(|()| Batch(Bytes::from(record))).map_err(&failed))
        })))
    }
}
