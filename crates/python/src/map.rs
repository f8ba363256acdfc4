//! `mapInPandas` and `mapInArrow`: a function from all batches of a partition to batches of another schema.

use std::sync::Arc;

use arrow::array::{RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use firesteel_error::Result;
use futures::{StreamExt, TryStreamExt};

use crate::arrow_feed::{ArrowFeed, pieces};
use crate::conform::{internal, outgoing_batch, outgoing_schema};
use crate::function::{PythonFunction, UdfCall};
use crate::runner::{BatchStream, PythonRunner, arrow_answers, at_first_poll, conform_batch, unwrap_struct};
use crate::scalar::scalar_order;
use crate::session::PythonTask;

impl PythonRunner {
    /// Runs `function` over all of `input`. It runs for an empty input too, as in Spark.
    pub fn map_batches(
        &self,
        task: &PythonTask,
        function: PythonFunction,
        input_schema: &SchemaRef,
        input: BatchStream,
        output_schema: SchemaRef,
    ) -> Result<BatchStream> {
        let all: Vec<usize> = (0..input_schema.fields().len()).collect();
        let rows = outgoing_schema(input_schema, &all, task.session.arrow(true))?;
        let wrapped = wrapped_schema(&rows);
        let name = function.name.clone();
        let kind = function.eval_kind;
        let call = UdfCall { result_id: task.result_id, ..UdfCall::new(function, [0]) };
        let order = scalar_order(kind, &[call], &[0], Vec::new());
        let (runner, task) = (self.clone(), task.clone());
        Ok(at_first_poll(move || {
            let (rows_max, bytes_max) = (task.session.rows_max, task.session.bytes_max);
            let schema = wrapped.clone();
            let data = input
                .map_ok(move |batch| futures::stream::iter(pieces(batch, rows_max, bytes_max).into_iter().map(Ok)))
                .try_flatten()
                .map(move |batch| wrap_struct(outgoing_batch(&batch?, &all, &rows)?, &schema))
                .boxed();
            let answers = runner.converse(&task, &order, ArrowFeed::new(data, &wrapped)?)?;
            Ok(arrow_answers(answers)
                .map(move |answer| conform_batch(&unwrap_struct(&answer?)?, &output_schema, &name)))
        }))
    }
}

/// The schema of a single struct column with the fields of `rows`.
pub(crate) fn wrapped_schema(rows: &SchemaRef) -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("struct", DataType::Struct(rows.fields().clone()), false)]))
}

/// The batch as a single struct column.
pub(crate) fn wrap_struct(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let column =
        if batch.num_columns() == 0 { StructArray::new_empty_fields(rows, None) } else { StructArray::from(batch) };
    RecordBatch::try_new(schema.clone(), vec![Arc::new(column)]).map_err(internal)
}
