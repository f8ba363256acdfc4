//! Scalar functions: one value for each row. Several calls of one kind are evaluated in one pass over the data.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use firesteel_error::{Result, SparkError};
use futures::{StreamExt, TryStreamExt};

use crate::arrow_feed::{ArrowFeed, pieces};
use crate::conform::{incoming, internal, outgoing_batch, outgoing_schema};
use crate::eval_kind::EvalKind;
use crate::function::{UdfCall, used_columns};
use crate::in_flight::InFlight;
use crate::runner::{BatchStream, Order, PythonRunner, arrow_answers, unless_empty};
use crate::session::PythonTask;
use crate::type_json::schema_json;
use crate::wire::WireWriter;

impl PythonRunner {
    /// Evaluates `calls`, all of one scalar kind, and gives the input's columns followed by one column for each call.
    ///
    /// Functions over iterators ([`EvalKind::ScalarPandasIter`], [`EvalKind::ScalarArrowIter`]) are evaluated alone.
    /// The output's batches may be cut differently from the input's; rows keep their order. Result columns are named
    /// after the functions.
    pub fn scalar(
        &self,
        task: &PythonTask,
        calls: Vec<UdfCall>,
        input_schema: &SchemaRef,
        input: BatchStream,
    ) -> Result<BatchStream> {
        let kind = common_kind(&calls)?;
        if !kind.is_scalar() || (calls.len() > 1 && !kind.is_row_for_row()) {
            return Err(SparkError::internal(format!("{} calls of {kind:?} as scalar functions", calls.len())));
        }
        let used = used_columns(calls.iter().flat_map(|call| &call.arguments));
        let session = &task.session;
        let shown = if kind == EvalKind::Batched { session.rows() } else { session.arrow(false) };
        let sent = outgoing_schema(input_schema, &used, shown)?;
        let output = output_schema(input_schema, &calls);
        if kind == EvalKind::Batched {
            return self.batched(task, calls, &used, &sent, output, input);
        }
        let mut eval_conf = Vec::new();
        if kind == EvalKind::ArrowBatched {
            eval_conf.push(("input_type".to_string(), schema_json(&sent)?));
        }
        let order = scalar_order(kind, &calls, &used, eval_conf);
        let (runner, task) = (self.clone(), task.clone());
        Ok(unless_empty(input, move |input| {
            let waiting = InFlight::default();
            let (rows_max, bytes_max) = (task.session.rows_max, task.session.bytes_max);
            let (queue, schema) = (waiting.clone(), sent.clone());
            let data = input
                .map_ok(move |batch| futures::stream::iter(pieces(batch, rows_max, bytes_max).into_iter().map(Ok)))
                .try_flatten()
                .map(move |batch| {
                    let batch = batch?;
                    let sent = outgoing_batch(&batch, &used, &schema)?;
                    queue.push(batch);
                    Ok(sent)
                })
                .boxed();
            let answers = runner.converse(&task, &order, ArrowFeed::new(data, &sent)?)?;
            Ok(arrow_answers(answers).map(move |answer| {
                let answer = answer?;
                let rows = waiting.take(answer.num_rows())?;
                with_results(&rows, answer.columns(), &calls, &output)
            }))
        }))
    }
}

/// The order for scalar functions of one kind.
pub(crate) fn scalar_order(
    kind: EvalKind,
    calls: &[UdfCall],
    used: &[usize],
    eval_conf: Vec<(String, String)>,
) -> Order {
    let mut command = WireWriter::default();
    command.count(calls.len());
    for call in calls {
        call.write(&mut command, |column| position(used, column));
    }
    Order {
        eval_kind: kind,
        python_version: python_version(calls),
        runner_conf: Vec::new(),
        eval_conf,
        command: command.into_bytes(),
    }
}

pub(crate) fn python_version(calls: &[UdfCall]) -> String {
    calls.first().and_then(UdfCall::outermost).map(|function| function.python_version.clone()).unwrap_or_default()
}

/// Where `column` is among the columns that are sent.
pub(crate) fn position(used: &[usize], column: usize) -> usize {
    used.iter().position(|used| *used == column).unwrap_or(usize::MAX)
}

/// The kind of all `calls`.
pub(crate) fn common_kind(calls: &[UdfCall]) -> Result<EvalKind> {
    let mut kinds = calls.iter().flat_map(|call| &call.chain).map(|function| function.eval_kind);
    let first = kinds.next().ok_or_else(|| SparkError::internal("no Python function to call"))?;
    if kinds.any(|kind| kind != first) || calls.iter().any(|call| call.chain.is_empty()) {
        return Err(SparkError::internal("Python functions of several kinds in one evaluation"));
    }
    Ok(first)
}

fn output_schema(input: &Schema, calls: &[UdfCall]) -> SchemaRef {
    let results = calls
        .iter()
        .filter_map(UdfCall::outermost)
        .map(|function| Arc::new(Field::new(&function.name, function.return_type.clone(), true)));
    Arc::new(Schema::new(input.fields().iter().cloned().chain(results).collect::<Vec<_>>()))
}

/// `rows` with the results beside them.
pub(crate) fn with_results(
    rows: &RecordBatch,
    results: &[ArrayRef],
    calls: &[UdfCall],
    output: &SchemaRef,
) -> Result<RecordBatch> {
    let mut columns = rows.columns().to_vec();
    for (result, function) in results.iter().zip(calls.iter().filter_map(UdfCall::outermost)) {
        columns.push(incoming(result, &function.return_type, &function.name)?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    RecordBatch::try_new_with_options(output.clone(), columns, &options).map_err(internal)
}
