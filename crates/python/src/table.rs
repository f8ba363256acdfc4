//! Table functions: any number of rows for each row of the input, and some more at its end.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::compute::{concat_batches, take};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use crate::arrow_feed::{ArrowFeed, pieces};
use crate::batched::{pickled_frames, row_pickler, with_pickled_end};
use crate::conform::{internal, outgoing_batch, outgoing_schema};
use crate::conversation::Answer;
use crate::eval_kind::EvalKind;
use crate::function::{TableCall, used_columns, write_arguments};
use crate::in_flight::InFlight;
use crate::pickle::{Id, Pickled, column};
use crate::runner::{BatchStream, Order, PythonRunner, at_first_poll, conform_batch, unwrap_struct};
use crate::scalar::position;
use crate::session::PythonTask;
use crate::type_json::schema_json;
use crate::wire::WireWriter;

/// Answers that are ready are handed on together, up to so many.
const ANSWERS_MAX: usize = 1024;

impl PythonRunner {
    /// Evaluates a table function. The result has the columns `keep` of the input row that a row came from, then the
    /// function's own columns; rows from `terminate` belong to the last input row, as in Spark.
    pub fn table(
        &self,
        task: &PythonTask,
        call: TableCall,
        input_schema: &SchemaRef,
        keep: Vec<usize>,
        input: BatchStream,
    ) -> Result<BatchStream> {
        if call.eval_kind == EvalKind::ArrowUdtf && !keep.is_empty() {
            return Err(SparkError::new("LATERAL_JOIN_WITH_ARROW_UDTF_UNSUPPORTED").text(
                "A LATERAL join with an Arrow table function (arrow_udtf) is not supported; udtf can be joined.",
            ));
        }
        let used = used_columns(&call.arguments);
        let session = &task.session;
        let shown = if call.eval_kind == EvalKind::Table { session.rows() } else { session.arrow(false) };
        let sent = outgoing_schema(input_schema, &used, shown)?;
        let order = table_order(&call, &used, &sent)?;
        let join = Join::new(&call, input_schema, keep)?;
        let pickler = if call.eval_kind == EvalKind::Table { Some(row_pickler(task, &sent)?) } else { None };
        let (runner, task) = (self.clone(), task.clone());
        let (rows_max, bytes_max) = (task.session.rows_max, task.session.bytes_max);
        Ok(at_first_poll(move || {
            let (queue, schema) = (join.waiting.clone(), sent.clone());
            let keep = join.keep.clone();
            let data = input
                .map_ok(move |batch| futures::stream::iter(pieces(batch, rows_max, bytes_max).into_iter().map(Ok)))
                .try_flatten()
                .map(move |batch| {
                    let batch = batch?;
                    queue.push(batch.project(&keep).map_err(internal)?);
                    outgoing_batch(&batch, &used, &schema)
                })
                .boxed();
            let feed: BoxStream<'static, Result<Bytes>> = match pickler {
                Some(pickler) => {
                    let rows = runner.pool().config().pickled_rows;
                    with_pickled_end(data.map(move |batch| pickled_frames(&pickler, &batch?, rows))).boxed()
                }
                None => ArrowFeed::new(data, &sent)?.boxed(),
            };
            let answers = runner.converse(&task, &order, feed)?.try_ready_chunks(ANSWERS_MAX).map_err(|chunk| chunk.1);
            let mut join = join;
            Ok(answers.map(move |answers| join.output(answers?)))
        }))
    }
}

fn table_order(call: &TableCall, used: &[usize], sent: &Schema) -> Result<Order> {
    let mut command = WireWriter::default();
    write_arguments(&mut command, &call.arguments, |column| position(used, column));
    command.count(call.partition_fields.len());
    for field in &call.partition_fields {
        command.count(*field);
    }
    command.bool(call.analyze_result.is_some());
    if let Some(result) = &call.analyze_result {
        command.blob(result);
    }
    command.blob(&call.command);
    command.text(&schema_json(&call.return_schema)?);
    command.text(&call.name);
    let tables: Vec<String> = call.table_columns.iter().map(|column| position(used, *column).to_string()).collect();
    let eval_conf = match call.eval_kind {
        EvalKind::ArrowTable => vec![("input_type".to_string(), schema_json(sent)?)],
        EvalKind::ArrowUdtf => vec![("table_arg_offsets".to_string(), tables.join(","))],
        EvalKind::Table => Vec::new(),
        other => return Err(SparkError::internal(format!("{other:?} as a table function"))),
    };
    Ok(Order {
        eval_kind: call.eval_kind,
        python_version: call.python_version.clone(),
        runner_conf: Vec::new(),
        eval_conf,
        command: command.into_bytes(),
    })
}

/// Brings the rows of the input and the rows made from them together.
struct Join {
    name: String,
    rows: SchemaRef,
    keep: Vec<usize>,
    output: SchemaRef,
    waiting: InFlight,
    /// The last input row that was answered.
    last: Option<RecordBatch>,
}

impl Join {
    fn new(call: &TableCall, input: &Schema, keep: Vec<usize>) -> Result<Self> {
        let kept = input.project(&keep).map_err(internal)?;
        let fields: Vec<_> = kept.fields().iter().chain(call.return_schema.fields()).cloned().collect();
        Ok(Self {
            name: call.name.clone(),
            rows: call.return_schema.clone(),
            keep,
            output: Arc::new(Schema::new(fields)),
            waiting: InFlight::default(),
            last: None,
        })
    }

    /// The output for some answers; each is for one input row, or for the end of the input.
    fn output(&mut self, answers: Vec<Answer>) -> Result<RecordBatch> {
        let mut made = Vec::new();
        for answer in answers {
            match answer {
                Answer::Batch(batch) => made.push(conform_batch(&unwrap_struct(&batch)?, &self.rows, &self.name)?),
                Answer::Frame(frame) => self.unpickle(&frame, &mut made)?,
            }
        }
        let kept = self.kept(&made)?;
        let schema = made.first().map_or_else(|| self.rows.clone(), RecordBatch::schema);
        let made = concat_batches(&schema, &made).map_err(internal)?;
        let columns: Vec<ArrayRef> = kept.into_iter().chain(made.columns().iter().cloned()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(made.num_rows()));
        RecordBatch::try_new_with_options(self.output.clone(), columns, &options).map_err(internal)
    }

    /// The kept columns, each row repeated as often as rows were made from it.
    fn kept(&mut self, made: &[RecordBatch]) -> Result<Vec<ArrayRef>> {
        if self.keep.is_empty() {
            return Ok(Vec::new());
        }
        let mut inputs = Vec::with_capacity(made.len());
        let mut indices = Vec::new();
        for rows in made {
            if self.waiting.first_rows().is_some() {
                self.last = Some(self.waiting.take(1)?);
            }
            if rows.num_rows() == 0 {
                continue;
            }
            let last = self.last.clone().ok_or_else(|| {
                SparkError::unsupported("rows from `terminate` in a lateral join over an empty input")
            })?;
            indices.extend(std::iter::repeat_n(inputs.len() as u64, rows.num_rows()));
            inputs.push(last);
        }
        let Some(first) = inputs.first() else {
            let empty = self.output.fields().iter().take(self.keep.len());
            return Ok(empty.map(|field| arrow::array::new_empty_array(field.data_type())).collect());
        };
        let rows = concat_batches(&first.schema(), &inputs).map_err(internal)?;
        let indices = UInt64Array::from(indices);
        rows.columns().iter().map(|column| take(column, &indices, None).map_err(internal)).collect()
    }

    /// A frame is a list of answers, each a tuple of rows.
    fn unpickle(&self, frame: &[u8], made: &mut Vec<RecordBatch>) -> Result<()> {
        let pickled = Pickled::parse(frame)?;
        let row_type = DataType::Struct(self.rows.fields().clone());
        for answer in pickled.elements(pickled.top()).unwrap_or_default() {
            let rows: Vec<Option<Id>> =
                pickled.elements(*answer).unwrap_or_default().iter().copied().map(Some).collect();
            let rows = column(&pickled, &rows, &row_type)?;
            let rows = RecordBatch::try_new(
                Arc::new(Schema::new(vec![arrow::datatypes::Field::new("rows", row_type.clone(), true)])),
                vec![rows],
            )
            .map_err(internal)?;
            made.push(conform_batch(&unwrap_struct(&rows)?, &self.rows, &self.name)?);
        }
        Ok(())
    }
}
