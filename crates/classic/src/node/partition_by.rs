//! Brings elements to the partitions that Python has chosen for them.
//!
//! The parent's batches come in pairs: 8 bytes with a partition's number (big-endian), then the batch for it.

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Dependency, KeyIsPartition, Rdd, RddNode, Records, TaskContext};
use serde::Deserialize;

use crate::batch::Batch;

#[derive(Debug, Deserialize)]
pub(crate) struct PartitionBy {
    partitions: usize,
}

/// The pairs of the parent as pairs.
struct Keyed(Rdd<Batch>);

impl PartitionBy {
    pub(super) fn rdd(&self, parent: &Rdd<Batch>) -> Rdd<Batch> {
        let keyed = Rdd::new(parent.context(), "PairwiseRDD", Keyed(parent.clone()));
        keyed.partition_by(KeyIsPartition::new(self.partitions)).values()
    }
}

impl RddNode<(u32, Batch)> for Keyed {
    fn partitions(&self) -> Result<usize> {
        self.0.num_partitions()
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<(u32, Batch)>> {
        let mut batches = self.0.records(partition, task)?;
        Ok(Box::new(std::iter::from_fn(move || {
            let key = match batches.next()? {
                Ok(key) => key,
                Err(error) => return Some(Err(error)),
            };
            let number = <[u8; 8]>::try_from(key.0.as_ref()).ok().map(i64::from_be_bytes);
            match (number.and_then(|number| u32::try_from(number).ok()), batches.next()) {
                (Some(number), Some(batch)) => Some(batch.map(|batch| (number, batch))),
                _ => Some(Err(SparkError::plain(Exception::Spark, "A batch comes without its partition's number."))),
            }
        })))
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![self.0.narrow()]
    }
}
