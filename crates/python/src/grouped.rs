//! Functions over groups: `applyInPandas`, `applyInArrow`, the same over two cogrouped inputs, and aggregates.
//!
//! The caller brings the rows of each group together; a group goes to the worker as an Arrow stream of its own.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema, SchemaRef};
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};

use crate::arrow_feed::{GroupBatches, encode_group, end_of_groups, pieces};
use crate::conform::{internal, outgoing_batch, outgoing_schema};
use crate::eval_kind::EvalKind;
use crate::function::{Argument, PythonFunction, UdfCall, used_columns, write_arguments};
use crate::map::{wrap_struct, wrapped_schema};
use crate::runner::{
    BatchStream, GroupStream, Order, PairStream, PythonRunner, arrow_answers, conform_batch, unless_empty,
    unwrap_struct,
};
use crate::scalar::{common_kind, python_version, scalar_order};
use crate::session::PythonTask;
use crate::wire::WireWriter;

const AGGREGATE_ROWS: usize = 1024;

/// Which columns of a grouped input are its keys, and which the function sees as the group's data.
#[derive(Debug, Clone)]
pub struct GroupColumns {
    /// The input's schema.
    pub schema: SchemaRef,
    /// The grouping columns.
    pub keys: Vec<usize>,
    /// The columns of the group's frame or table.
    pub values: Vec<usize>,
}

/// How groups of one input are sent.
#[derive(Debug, Clone)]
pub(crate) struct GroupForm {
    used: Vec<usize>,
    schema: SchemaRef,
    wrapped: Option<SchemaRef>,
    rows_max: usize,
    bytes_max: usize,
}

impl GroupForm {
    pub(crate) fn new(input: &Schema, used: Vec<usize>, named: bool, wrap: bool, task: &PythonTask) -> Result<Self> {
        let schema = outgoing_schema(input, &used, task.session.arrow(named))?;
        let wrapped = wrap.then(|| wrapped_schema(&schema));
        Ok(Self { used, schema, wrapped, rows_max: task.session.rows_max, bytes_max: task.session.bytes_max })
    }

    /// The batches of a group as they are sent; at least one, so that a function sees the columns of an empty group.
    pub(crate) fn group(&self, batches: Vec<RecordBatch>) -> Result<(SchemaRef, Vec<RecordBatch>)> {
        let mut sent = Vec::with_capacity(batches.len());
        // The key of a group is read from its first batch: that must have rows.
        let filled = batches.into_iter().filter(|batch| batch.num_rows() > 0);
        for batch in filled.flat_map(|batch| pieces(batch, self.rows_max, self.bytes_max)) {
            let batch = outgoing_batch(&batch, &self.used, &self.schema)?;
            sent.push(match &self.wrapped {
                Some(schema) => wrap_struct(batch, schema)?,
                None => batch,
            });
        }
        let schema = self.wrapped.as_ref().unwrap_or(&self.schema);
        if sent.is_empty() {
            sent.push(RecordBatch::new_empty(schema.clone()));
        }
        Ok((schema.clone(), sent))
    }
}

impl PythonRunner {
    /// `applyInPandas` and `applyInArrow`: `function` is called with each group.
    pub fn apply(
        &self,
        task: &PythonTask,
        function: PythonFunction,
        columns: &GroupColumns,
        groups: GroupStream,
        output_schema: SchemaRef,
    ) -> Result<BatchStream> {
        let wrap = matches!(function.eval_kind, EvalKind::GroupedMapArrow | EvalKind::GroupedMapArrowIter);
        let (form, offsets) = grouped_form(columns, wrap, task)?;
        let order = apply_order(task, &function, &offsets);
        let encoded = groups.map(move |group| encode_group(&vec![form.group(group?)?])).boxed();
        Ok(self.struct_answers(task, order, encoded, output_schema, function.name))
    }

    /// `cogroup().applyInPandas` and `.applyInArrow`: `function` is called with each pair of groups.
    pub fn apply_cogrouped(
        &self,
        task: &PythonTask,
        function: PythonFunction,
        left: &GroupColumns,
        right: &GroupColumns,
        pairs: PairStream,
        output_schema: SchemaRef,
    ) -> Result<BatchStream> {
        let (left_form, mut offsets) = grouped_form(left, false, task)?;
        let (right_form, right_offsets) = grouped_form(right, false, task)?;
        offsets.extend(right_offsets);
        let order = apply_order(task, &function, &offsets);
        let encoded = pairs
            .map(move |pair| {
                let (left, right) = pair?;
                let group: GroupBatches = vec![left_form.group(left)?, right_form.group(right)?];
                encode_group(&group)
            })
            .boxed();
        Ok(self.struct_answers(task, order, encoded, output_schema, function.name))
    }

    /// Aggregates: one row for each group, in the order of the groups, with one column for each call.
    ///
    /// Aggregates over iterators are evaluated alone.
    pub fn aggregate(
        &self,
        task: &PythonTask,
        calls: Vec<UdfCall>,
        input_schema: &SchemaRef,
        groups: GroupStream,
    ) -> Result<BatchStream> {
        let kind = common_kind(&calls)?;
        if !kind.is_aggregate() {
            return Err(SparkError::internal(format!("{kind:?} as an aggregate")));
        }
        let used = used_columns(calls.iter().flat_map(|call| &call.arguments));
        let form = GroupForm::new(input_schema, used.clone(), false, false, task)?;
        let order = scalar_order(kind, &calls, &used, Vec::new());
        let output = result_schema(&calls);
        let (runner, task) = (self.clone(), task.clone());
        Ok(unless_empty(groups, move |groups| {
            let encoded = groups.map(move |group| encode_group(&vec![form.group(group?)?]));
            let answers = runner.converse(&task, &order, with_end(encoded))?;
            let rows = arrow_answers(answers)
                .map(move |answer| conform_batch(&answer?, &output, "aggregate"))
                .try_ready_chunks(AGGREGATE_ROWS)
                .map_err(|chunk| chunk.1);
            Ok(rows.and_then(|batches| async move {
                let schema = batches.first().map(RecordBatch::schema).unwrap_or_else(|| Arc::new(Schema::empty()));
                let nullable: Vec<_> =
                    schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
                concat_batches(&Arc::new(Schema::new(nullable)), &batches).map_err(internal)
            }))
        }))
    }

    fn struct_answers(
        &self,
        task: &PythonTask,
        order: Order,
        encoded: BoxStream<'static, Result<Bytes>>,
        output_schema: SchemaRef,
        name: String,
    ) -> BatchStream {
        let (runner, task) = (self.clone(), task.clone());
        unless_empty(encoded, move |encoded| {
            let answers = runner.converse(&task, &order, with_end(encoded))?;
            Ok(arrow_answers(answers)
                .map(move |answer| conform_batch(&unwrap_struct(&answer?)?, &output_schema, &name)))
        })
    }
}

/// The groups followed by their end mark.
pub(crate) fn with_end(groups: impl Stream<Item = Result<Bytes>>) -> impl Stream<Item = Result<Bytes>> {
    groups.chain(futures::stream::once(async { Ok(end_of_groups()) }))
}

/// One column for each call.
pub(crate) fn result_schema(calls: &[UdfCall]) -> SchemaRef {
    let fields: Vec<_> = calls
        .iter()
        .filter_map(UdfCall::outermost)
        .map(|function| Field::new(&function.name, function.return_type.clone(), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// How a grouped input is sent, and where keys and values are then: `[length, keys, key ..., value ...]`.
fn grouped_form(columns: &GroupColumns, wrap: bool, task: &PythonTask) -> Result<(GroupForm, Vec<usize>)> {
    let all: Vec<Argument> = columns.keys.iter().chain(&columns.values).copied().map(Argument::positional).collect();
    let used = used_columns(&all);
    let mut offsets = vec![1 + all.len(), columns.keys.len()];
    offsets.extend(all.iter().map(|argument| crate::scalar::position(&used, argument.column)));
    Ok((GroupForm::new(&columns.schema, used, true, wrap, task)?, offsets))
}

fn apply_order(task: &PythonTask, function: &PythonFunction, offsets: &[usize]) -> Order {
    let mut command = WireWriter::default();
    command.count(1);
    let arguments: Vec<Argument> = offsets.iter().copied().map(Argument::positional).collect();
    write_arguments(&mut command, &arguments, |offset| offset);
    command.count(1);
    command.blob(&function.command);
    command.long(task.result_id);
    Order {
        eval_kind: function.eval_kind,
        python_version: python_version(&[UdfCall::new(function.clone(), [])]),
        runner_conf: Vec::new(),
        eval_conf: Vec::new(),
        command: command.into_bytes(),
    }
}
