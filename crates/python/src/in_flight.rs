//! Input batches whose results have not come back yet, so that each result finds its rows again.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;

use crate::conform::internal;

/// A queue between what is sent and what comes back.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight(Arc<Mutex<VecDeque<RecordBatch>>>);

impl InFlight {
    pub(crate) fn push(&self, batch: RecordBatch) {
        self.0.lock().push_back(batch);
    }

    /// Rows of the oldest batch.
    pub(crate) fn first_rows(&self) -> Option<usize> {
        self.0.lock().front().map(RecordBatch::num_rows)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// The oldest `rows` rows, in one batch.
    pub(crate) fn take(&self, rows: usize) -> Result<RecordBatch> {
        let mut queue = self.0.lock();
        let mut parts = Vec::new();
        let mut missing = rows;
        while missing > 0 || parts.is_empty() {
            let Some(batch) = queue.pop_front() else {
                return Err(SparkError::internal(format!("a Python function gave {missing} rows too many")));
            };
            if batch.num_rows() > missing {
                queue.push_front(batch.slice(missing, batch.num_rows() - missing));
                parts.push(batch.slice(0, missing));
                missing = 0;
            } else {
                missing -= batch.num_rows();
                parts.push(batch);
            }
        }
        match parts.as_slice() {
            [batch] => Ok(batch.clone()),
            [first, ..] => concat_batches(&first.schema(), &parts).map_err(internal),
            [] => Err(SparkError::internal("no batch waits for a result")),
        }
    }
}
