//! The records of a receiver: an RDD with a partition for each block.

use std::sync::Arc;

use firesteel_error::Result;
use firesteel_rdd::{Data, Rdd, RddNode, Records, TaskContext};

use crate::block::BlockInfo;
use crate::dstream::{DStream, StreamNode};
use crate::receiver::ReceiverInput;
use crate::stream_graph::AnyStream;
use crate::time::Time;

pub(crate) struct ReceivedNode<T>(pub(crate) Arc<ReceiverInput<T>>);

struct BlockNode<T> {
    input: Arc<ReceiverInput<T>>,
    blocks: Vec<BlockInfo>,
}

impl<T: Data> StreamNode<T> for ReceivedNode<T> {
    fn compute(&self, time: Time, own: &DStream<T>) -> Result<Option<Rdd<T>>> {
        let node = BlockNode { input: self.0.clone(), blocks: self.0.infos(time) };
        Ok(Some(Rdd::new(own.spark_context(), "receiverStream", node)))
    }

    fn parents(&self) -> Vec<Arc<dyn AnyStream>> {
        Vec::new()
    }
}

impl<T: Data> RddNode<T> for BlockNode<T> {
    fn partitions(&self) -> Result<usize> {
        Ok(self.blocks.len())
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<T>> {
        let block = self.input.block(self.blocks[partition])?;
        task.with_metrics(|metrics| metrics.input.records_read += block.info.records);
        let mut next = 0;
        Ok(Box::new(std::iter::from_fn(move || {
            next += 1;
            block.records.get(next - 1).cloned().map(Ok)
        })))
    }
}
