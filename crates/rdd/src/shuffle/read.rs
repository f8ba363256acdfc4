//! The reduce side: one block of every map output, piece by piece.

use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};

use super::map_output::{FetchFailure, MapOutput, Segment};
use crate::codec::Decode;
use crate::data::{Records, Storable};
use crate::task_context::TaskContext;

/// Which block is read.
#[derive(Clone, Copy)]
struct BlockId {
    shuffle_id: usize,
    map_index: usize,
    reduce_id: usize,
}

/// The records of partition `reduce_id` of a shuffle, in order of the map tasks.
pub(crate) fn read<T: Storable>(shuffle_id: usize, reduce_id: usize, task: &TaskContext) -> Result<Records<T>> {
    let outputs = task.env().map_outputs.outputs(shuffle_id, reduce_id).map_err(|map_index| {
        let id = BlockId { shuffle_id, map_index, reduce_id };
        lost(id, "Missing an output location for the shuffle".to_string(), task)
    })?;
    task.with_metrics(|metrics| {
        for block in outputs.iter().filter_map(|(_, output)| output.block(reduce_id)) {
            metrics.shuffle_read.local_blocks_fetched += 1;
            metrics.shuffle_read.local_bytes_read += block.bytes();
            metrics.shuffle_read.records_read += block.records;
        }
    });
    let task = task.clone();
    let blocks = outputs.into_iter().flat_map(move |(map_index, output)| {
        let id = BlockId { shuffle_id, map_index, reduce_id };
        pieces(output, reduce_id).map({
            let task = task.clone();
            move |segment| Piece::<T>::open(&segment, id, &task)
        })
    });
    Ok(Box::new(blocks.flatten()))
}

/// The pieces of one block. The output stays alive, and with it its files, until they are read.
fn pieces(output: Arc<MapOutput>, reduce_id: usize) -> impl Iterator<Item = Segment> {
    let count = output.block(reduce_id).map_or(0, |block| block.segments.len());
    (0..count).filter_map(move |place| output.block(reduce_id)?.segments.get(place).cloned())
}

/// The records of one piece of a block.
enum Piece<T> {
    Records { records: Decode<T>, id: BlockId, task: TaskContext },
    Lost(Option<SparkError>),
}

impl<T> Piece<T> {
    fn open(segment: &Segment, id: BlockId, task: &TaskContext) -> Self {
        if let Err(killed) = task.check_cancelled() {
            return Self::Lost(Some(killed));
        }
        match segment.read() {
            Ok(bytes) => Self::Records { records: Decode::new(bytes), id, task: task.clone() },
            Err(error) => Self::Lost(Some(lost(id, error.to_string(), task))),
        }
    }
}

impl<T: Storable> Iterator for Piece<T> {
    type Item = Result<T>;

    #[inline]
    fn next(&mut self) -> Option<Result<T>> {
        match self {
            Self::Records { records, id, task } => match records.next()? {
                Ok(record) => Some(Ok(record)),
                Err(error) => Some(Err(lost(*id, error.message(), task))),
            },
            Self::Lost(error) => error.take().map(Err),
        }
    }
}

/// Tells the task that a block is lost; the error is only for the way out of its body.
fn lost(id: BlockId, message: String, task: &TaskContext) -> SparkError {
    let BlockId { shuffle_id, map_index, reduce_id } = id;
    let failure = FetchFailure { shuffle_id, map_index, reduce_id, message };
    let error = SparkError::plain(Exception::Spark, failure.to_string());
    task.set_fetch_failure(failure);
    error
}
