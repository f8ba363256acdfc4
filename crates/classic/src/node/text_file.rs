//! Lines of text files, many to a batch.

use std::io::{self, Read};
use std::sync::OnceLock;

use firesteel_error::{Result, SparkError};
use firesteel_rdd::{Rdd, RddNode, Records, TaskContext};
use serde::Deserialize;

use crate::batch::Batch;
use crate::context::Context;
use crate::files::{self, Nested, Split};
use crate::line_blocks::LineBlocks;

#[derive(Debug, Deserialize)]
pub(crate) struct TextFile {
    path: String,
    min_partitions: usize,
}

struct TextFileNode {
    made: TextFile,
    splits: OnceLock<Vec<Split>>,
}

impl TextFile {
    pub(super) fn rdd(self, context: &Context) -> Result<Rdd<Batch>> {
        let name = self.path.clone();
        let node = TextFileNode { made: self, splits: OnceLock::new() };
        Ok(Rdd::new(&context.spark, "textFile", node).set_name(name))
    }
}

impl TextFileNode {
    /// Listed when first needed, so that a file may come after its RDD.
    fn splits(&self) -> Result<&[Split]> {
        if let Some(splits) = self.splits.get() {
            return Ok(splits);
        }
        let files = files::list(&self.made.path, Nested::Refused)?;
        let splits = files::splits(&files, self.made.min_partitions, |path| !files::is_compressed(path));
        Ok(self.splits.get_or_init(|| splits))
    }
}

impl RddNode<Batch> for TextFileNode {
    fn partitions(&self) -> Result<usize> {
        self.splits().map(<[Split]>::len)
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<Batch>> {
        let split = self.splits()?[partition].clone();
        let unreadable = move |e: io::Error| SparkError::io(format!("Cannot read {}", split.path.display()), e);
        let split = &self.splits()?[partition];
        let compressed = files::is_compressed(&split.path);
        let blocks = if compressed {
            files::open_whole(&split.path).map(LineBlocks::whole)
        } else {
            split
                .open()
                .map(|file| LineBlocks::range(Box::new(file) as Box<dyn Read + Send>, split.start, Some(split.end)))
        };
        let (mut blocks, task) = (blocks.map_err(&unreadable)?, task.clone());
        Ok(Box::new(std::iter::from_fn(move || {
            let block = blocks.next_block().map_err(&unreadable).transpose()?;
            if let Ok(block) = &block {
                task.with_metrics(|metrics| {
                    metrics.input.bytes_read += block.len() as u64;
                    metrics.input.records_read += memchr::memchr_iter(b'\n', block).count() as u64 + 1;
                });
            }
            Some(block.map(Batch))
        })))
    }
}
