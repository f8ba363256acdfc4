//! What `saveAsPickleFile` has written: Spark's object files, whose elements are batches.

use std::collections::VecDeque;
use std::sync::OnceLock;

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use firesteel_rdd::{Rdd, RddNode, Records, TaskContext};
use serde::Deserialize;

use crate::batch::Batch;
use crate::context::Context;
use crate::files::{self, Nested, Split};
use crate::java_arrays;
use crate::sequence_file::SequenceReader;

#[derive(Debug, Deserialize)]
pub(crate) struct PickleFile {
    path: String,
    min_partitions: usize,
}

/// The directory of a checkpoint.
#[derive(Debug, Deserialize)]
pub(crate) struct CheckpointFile {
    path: String,
}

struct PickleFileNode {
    made: PickleFile,
    splits: OnceLock<Vec<Split>>,
}

impl PickleFile {
    pub(super) fn rdd(self, context: &Context) -> Result<Rdd<Batch>> {
        let name = self.path.clone();
        let node = PickleFileNode { made: self, splits: OnceLock::new() };
        Ok(Rdd::new(&context.spark, "objectFile", node).set_name(name))
    }
}

impl CheckpointFile {
    pub(super) fn rdd(self, context: &Context) -> Result<Rdd<Batch>> {
        context.spark.checkpoint_file(&files::local_path(&self.path)?)
    }
}

impl PickleFileNode {
    fn splits(&self) -> Result<&[Split]> {
        if let Some(splits) = self.splits.get() {
            return Ok(splits);
        }
        let files = files::list(&self.made.path, Nested::Refused)?;
        let splits = files::splits(&files, self.made.min_partitions, |_| true);
        Ok(self.splits.get_or_init(|| splits))
    }
}

impl RddNode<Batch> for PickleFileNode {
    fn partitions(&self) -> Result<usize> {
        self.splits().map(<[Split]>::len)
    }

    fn compute(&self, partition: usize, _task: &TaskContext) -> Result<Records<Batch>> {
        let split = self.splits()?[partition].clone();
        let path = split.path.clone();
        let unreadable =
            move |e: std::io::Error| SparkError::io(format!("Cannot read {} as an object file", path.display()), e);
        let whole = Split { start: 0, ..split.clone() };
        let mut reader =
            whole.open().and_then(|file| SequenceReader::new(file, split.start, split.end)).map_err(&unreadable)?;
        let mut waiting = VecDeque::<Bytes>::new();
        Ok(Box::new(std::iter::from_fn(move || {
            loop {
                if let Some(frame) = waiting.pop_front() {
                    return Some(Ok(Batch(frame)));
                }
                let value = match reader.next_value().map_err(&unreadable).transpose()? {
                    Ok(value) => value,
                    Err(error) => return Some(Err(error)),
                };
                match java_arrays::read(value.into()) {
                    Ok(frames) => waiting.extend(frames),
                    Err(error) => return Some(Err(error)),
                }
            }
        })))
    }
}
