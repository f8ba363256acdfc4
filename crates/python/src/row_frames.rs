//! Rows as the input of a task: pickled lists of `Row`, which is what functions of whole rows (`foreach`) are given.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use bytes::Bytes;
use firesteel_error::Result;

use crate::pickle::RowPickler;

/// Turns the rows of one schema into frames for [`WorkerPool::run_task`](crate::WorkerPool::run_task).
#[derive(Debug)]
pub struct RowFrames {
    pickler: RowPickler,
    rows_max: usize,
}

impl RowFrames {
    /// Frames of at most `rows_max` rows; binary values become `bytes`, or `bytearray`.
    pub fn new(schema: &Schema, binary_as_bytes: bool, rows_max: usize) -> Result<Self> {
        Ok(Self { pickler: RowPickler::named(schema, binary_as_bytes)?, rows_max: rows_max.max(1) })
    }

    /// The frames of a batch, in order.
    pub fn frames<'a>(&'a self, batch: &'a RecordBatch) -> impl Iterator<Item = Result<Bytes>> + 'a {
        let starts = (0..batch.num_rows()).step_by(self.rows_max);
        starts.map(move |at| {
            let rows = self.rows_max.min(batch.num_rows() - at);
            self.pickler.pickle(&batch.slice(at, rows)).map(Bytes::from)
        })
    }
}
