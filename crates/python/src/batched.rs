//! Scalar functions whose rows travel pickled (`udf(..., useArrow=False)`).

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use futures::{Stream, StreamExt, TryStreamExt};

use crate::arrow_feed::pieces;
use crate::conform::{internal, outgoing_batch};
use crate::conversation::Answer;
use crate::eval_kind::EvalKind;
use crate::function::UdfCall;
use crate::in_flight::InFlight;
use crate::pickle::{Id, Pickled, RowPickler, column};
use crate::runner::{BatchStream, PythonRunner, unless_empty};
use crate::scalar::{scalar_order, with_results};
use crate::session::PythonTask;
use crate::wire::{END_OF_DATA_SECTION, END_OF_STREAM, WireWriter};

/// Results are handed on in batches of about this many rows.
const OUTPUT_ROWS: usize = 8192;

impl PythonRunner {
    pub(crate) fn batched(
        &self,
        task: &PythonTask,
        calls: Vec<UdfCall>,
        used: &[usize],
        sent: &SchemaRef,
        output: SchemaRef,
        input: BatchStream,
    ) -> Result<BatchStream> {
        let pickler = row_pickler(task, sent)?;
        let order = scalar_order(EvalKind::Batched, &calls, used, Vec::new());
        let (runner, task) = (self.clone(), task.clone());
        let (used, sent) = (used.to_vec(), sent.clone());
        let frame_rows = self.pool().config().pickled_rows;
        Ok(unless_empty(input, move |input| {
            let waiting = InFlight::default();
            let queue = waiting.clone();
            let data = input
                .map_ok(move |batch| futures::stream::iter(pieces(batch, OUTPUT_ROWS, usize::MAX).into_iter().map(Ok)))
                .try_flatten()
                .map(move |batch| {
                    let batch = batch?;
                    let frames = pickled_frames(&pickler, &outgoing_batch(&batch, &used, &sent)?, frame_rows)?;
                    queue.push(batch);
                    Ok(frames)
                });
            let answers = runner.converse(&task, &order, with_pickled_end(data))?;
            let results = Results { calls, waiting, output, columns: Vec::new(), rows: 0 };
            Ok(futures::stream::try_unfold((Box::pin(answers), results), |(mut answers, mut results)| async move {
                loop {
                    if let Some(batch) = results.next_batch()? {
                        return Ok(Some((batch, (answers, results))));
                    }
                    match answers.next().await.transpose()? {
                        Some(Answer::Frame(frame)) => results.take_frame(&frame)?,
                        Some(Answer::Batch(_)) => {
                            return Err(SparkError::internal("a pickled function sent Arrow data"));
                        }
                        None if results.waiting.is_empty() => return Ok(None),
                        None => return Err(SparkError::internal("a Python function gave too few results")),
                    }
                }
            }))
        }))
    }
}

/// How rows of that schema are pickled for the task's session.
pub(crate) fn row_pickler(task: &PythonTask, sent: &SchemaRef) -> Result<RowPickler> {
    let as_bytes =
        task.session.conf.iter().any(|(key, value)| {
            key == "spark.sql.execution.pyspark.binaryAsBytes" && value.eq_ignore_ascii_case("true")
        });
    RowPickler::new(sent, as_bytes)
}

/// The rows of `batch` in frames of so many rows.
pub(crate) fn pickled_frames(pickler: &RowPickler, batch: &RecordBatch, rows: usize) -> Result<Bytes> {
    let mut out = WireWriter::default();
    for piece in pieces(batch.clone(), rows, usize::MAX) {
        out.blob(&pickler.pickle(&piece)?);
    }
    Ok(out.into_bytes().into())
}

/// Frames followed by their end mark.
pub(crate) fn with_pickled_end(data: impl Stream<Item = Result<Bytes>>) -> impl Stream<Item = Result<Bytes>> {
    let mut out = WireWriter::default();
    out.int(END_OF_DATA_SECTION);
    out.int(END_OF_STREAM);
    let end = Bytes::from(out.into_bytes());
    data.chain(futures::stream::once(async { Ok(end) }))
}

/// Results that have come but not been handed on.
struct Results {
    calls: Vec<UdfCall>,
    waiting: InFlight,
    output: SchemaRef,
    /// For each frame one array for each call.
    columns: Vec<Vec<ArrayRef>>,
    rows: usize,
}

impl Results {
    /// A frame is a list of results: values, or tuples of values if there are several calls.
    fn take_frame(&mut self, frame: &[u8]) -> Result<()> {
        let pickled = Pickled::parse(frame)?;
        let results = pickled.elements(pickled.top()).ok_or_else(|| SparkError::internal("results are not a list"))?;
        let mut arrays = Vec::with_capacity(self.calls.len());
        for (index, function) in self.calls.iter().filter_map(UdfCall::outermost).enumerate() {
            let ids: Vec<Option<Id>> = if self.calls.len() == 1 {
                results.iter().copied().map(Some).collect()
            } else {
                results.iter().map(|row| pickled.elements(*row).and_then(|row| row.get(index).copied())).collect()
            };
            arrays.push(column(&pickled, &ids, &function.return_type)?);
        }
        self.rows += results.len();
        self.columns.push(arrays);
        Ok(())
    }

    /// The oldest input batch with its results, once all of them have come.
    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let Some(rows) = self.waiting.first_rows().filter(|rows| *rows <= self.rows) else { return Ok(None) };
        let mut results = Vec::with_capacity(self.calls.len());
        let mut rest = Vec::with_capacity(self.calls.len());
        for index in 0..self.calls.len() {
            let parts: Vec<&dyn arrow::array::Array> =
                self.columns.iter().filter_map(|arrays| arrays.get(index)).map(AsRef::as_ref).collect();
            if parts.is_empty() {
                return Ok(None);
            }
            let all = concat(&parts).map_err(internal)?;
            results.push(all.slice(0, rows));
            rest.push(all.slice(rows, self.rows - rows));
        }
        self.columns = vec![rest];
        self.rows -= rows;
        let input = self.waiting.take(rows)?;
        with_results(&input, &results, &self.calls, &self.output).map(Some)
    }
}
