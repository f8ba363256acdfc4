//! An RDD as the rows of a relation: a query that reads it runs a job for each of its partitions.

use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::Result;
use firesteel_rdd::{JobOptions, Rdd, Records, TaskContext};

use crate::batch::Batch;
use crate::context::Context;

/// An RDD whose batches are rows.
#[derive(Clone)]
pub struct RddRows {
    context: Arc<Context>,
    rdd: Rdd<Batch>,
    partitions: usize,
}

impl std::fmt::Debug for RddRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RddRows({})", self.rdd.id())
    }
}

impl RddRows {
    pub(crate) fn new(context: Arc<Context>, rdd: Rdd<Batch>) -> Result<Self> {
        let partitions = rdd.num_partitions()?;
        Ok(Self { context, rdd, partitions })
    }

    /// How many partitions it has.
    pub fn partitions(&self) -> usize {
        self.partitions
    }

    /// Computes one partition, in a job of its own. Blocks.
    ///
    /// # Errors
    /// What the job fails with.
    pub fn rows(&self, partition: usize) -> Result<Vec<Bytes>> {
        let mut rows = Vec::new();
        let updated = parking_lot::Mutex::new(Vec::new());
        let options = JobOptions {
            call_site: Some(format!("scan of RDD {}", self.rdd.id())),
            on_accepted: Some(Box::new(|_, updates| updated.lock().extend(updates))),
            ..JobOptions::default()
        };
        let batches = |_: &TaskContext, records: Records<Batch>| {
            records.map(|batch| batch.map(|batch| batch.0)).collect::<Result<Vec<_>>>()
        };
        let ended = self.context.spark.run_job(&self.rdd, &[partition], batches, options, |_, batches| rows = batches);
        let updates = updated.into_inner();
        if !updates.is_empty() {
            self.context.session.send_updates(updates)?;
        }
        ended.map_err(crate::job::users_error)?;
        Ok(rows)
    }
}
