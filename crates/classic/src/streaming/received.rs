//! The lines of a batch that a receiver got: an RDD with a partition for each block.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use firesteel_dstream::{BlockInfo, ReceiverInput, Time};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Rdd, RddNode, Records, TaskContext};
use serde::Deserialize;

use crate::batch::Batch;
use crate::context::Context;

/// Lines are joined until a frame has about this size.
const FRAME_BYTES: usize = 1 << 20;

#[derive(Debug, Deserialize)]
pub(crate) struct ReceivedBlocks {
    streaming: u64,
    stream: i32,
    time_ms: i64,
}

struct ReceivedNode {
    input: Arc<ReceiverInput<Bytes>>,
    blocks: Vec<BlockInfo>,
}

impl ReceivedBlocks {
    pub(crate) fn rdd(&self, context: &Context) -> Result<Rdd<Batch>> {
        let streaming = context.streamings.get(self.streaming)?;
        let input = streaming.sockets.get(&self.stream).cloned().ok_or_else(|| {
            SparkError::plain(Exception::IllegalArgument, format!("The stream {} has no receiver.", self.stream))
        })?;
        let blocks = input.infos(Time::from_ms(self.time_ms));
        Ok(Rdd::new(&context.spark, "socketTextStream", ReceivedNode { input, blocks }))
    }
}

impl RddNode<Batch> for ReceivedNode {
    fn partitions(&self) -> Result<usize> {
        Ok(self.blocks.len())
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<Batch>> {
        let block = self.input.block(self.blocks[partition])?;
        task.with_metrics(|metrics| metrics.input.records_read += block.info.records);
        let mut next = 0;
        Ok(Box::new(std::iter::from_fn(move || {
            let lines = block.records.get(next..).filter(|lines| !lines.is_empty())?;
            let (frame, taken) = joined(lines);
            next += taken;
            Some(Ok(Batch(frame)))
        })))
    }
}

/// The first lines with a line feed between each two, and how many they are.
fn joined(lines: &[Bytes]) -> (Bytes, usize) {
    let mut frame = BytesMut::with_capacity(FRAME_BYTES);
    let mut taken = 0;
    for line in lines {
        if taken > 0 {
            if frame.len() + 1 + line.len() > FRAME_BYTES {
                break;
            }
            frame.put_u8(b'\n');
        }
        frame.put_slice(line);
        taken += 1;
    }
    (frame.freeze(), taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_none_is_lost() {
        let lines: Vec<Bytes> = ["a", "", "c"].map(Bytes::from).into();
        assert_eq!(joined(&lines), (Bytes::from("a\n\nc"), 3));
        assert_eq!(joined(&lines[1..2]), (Bytes::new(), 1));
        let long: Vec<Bytes> = (0..3).map(|_| Bytes::from(vec![b'x'; FRAME_BYTES / 2])).collect();
        assert_eq!(joined(&long).1, 1);
    }
}
