//! Reading an operator's input: all partitions at once, their rows in the order of the partitions, so that a batch that is
//! run again gives the same rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, SendableRecordBatchStream};
use futures::StreamExt;
use tokio::sync::mpsc;

/// How many batches a partition reads ahead of its turn.
const READ_AHEAD_BATCHES: usize = 16;

/// All batches of `plan` that have rows, by partition. Their memory is held by `reservation`.
pub(crate) async fn collect(
    plan: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
    reservation: &MemoryReservation,
) -> Result<Vec<RecordBatch>> {
    let partitions = plan.output_partitioning().partition_count();
    let mut streams = Vec::with_capacity(partitions);
    for partition in 0..partitions {
        streams.push(plan.execute(partition, Arc::clone(context))?);
    }
    if streams.len() == 1
        && let Some(stream) = streams.pop()
    {
        return drain(stream, reservation).await;
    }
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|stream| {
            let reservation = reservation.new_empty();
            SpawnedTask::spawn(async move { drain(stream, &reservation).await.map(|batches| (batches, reservation)) })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        let (batches, held) = task.join().await.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))??;
        reservation.try_grow(held.free())?;
        all.extend(batches);
    }
    Ok(all)
}

async fn drain(mut stream: SendableRecordBatchStream, reservation: &MemoryReservation) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        if batch.num_rows() > 0 {
            reservation.try_grow(batch.get_array_memory_size())?;
            batches.push(batch);
        }
    }
    Ok(batches)
}

/// The batches of `plan`, one partition after the other; later partitions are read ahead a little.
pub(crate) struct InOrder {
    partitions: std::vec::IntoIter<Partition>,
    current: Option<Partition>,
}

struct Partition {
    batches: mpsc::Receiver<Result<RecordBatch>>,
    _task: SpawnedTask<()>,
}

impl InOrder {
    pub(crate) fn new(plan: &Arc<dyn ExecutionPlan>, context: &Arc<TaskContext>) -> Result<Self> {
        let partitions = plan.output_partitioning().partition_count();
        let mut started = Vec::with_capacity(partitions);
        for partition in 0..partitions {
            let mut stream = plan.execute(partition, Arc::clone(context))?;
            let (sender, batches) = mpsc::channel(READ_AHEAD_BATCHES);
            let task = SpawnedTask::spawn(async move {
                while let Some(batch) = stream.next().await {
                    if sender.send(batch).await.is_err() {
                        return;
                    }
                }
            });
            started.push(Partition { batches, _task: task });
        }
        Ok(Self { partitions: started.into_iter(), current: None })
    }

    /// The next batch; `None` after the last of the last partition.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(partition) = &mut self.current
                && let Some(batch) = partition.batches.recv().await
            {
                return batch.map(Some);
            }
            match self.partitions.next() {
                None => return Ok(None),
                next => self.current = next,
            }
        }
    }
}
