//! What a Python operator does with the rows of a partition.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, RecordBatchOptions};
use arrow::compute::{SortOptions, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::row::RowConverter;
use datafusion::logical_expr::window_state::WindowFrameContext;
use datafusion::logical_expr::{WindowFrame, WindowFrameBound};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use firesteel_error::{Result, SparkError};
use futures::{StreamExt, TryStreamExt};
use parking_lot::Mutex;

use super::exec::PythonExec;
use super::groups::{KeyedGroups, converter, cut, pairs};
use super::node::{NodeCall, PythonOp, TableOp};
use super::runtime::{Argument, Batches, GroupColumns, PythonCall, PythonTask, TableCall, WindowCall};
use crate::error::{from_arrow, from_datafusion};

/// Starts the operator's work on a partition.
pub(crate) fn start(
    exec: &PythonExec,
    task: &PythonTask,
    inputs: Vec<SendableRecordBatchStream>,
) -> Result<SendableRecordBatchStream> {
    let schemas: Vec<SchemaRef> = inputs.iter().map(|input| input.schema()).collect();
    let mut inputs = inputs.into_iter().map(|input| input.map_err(from_datafusion).boxed());
    let (Some(input), Some(schema)) = (inputs.next(), schemas.first()) else {
        return Err(SparkError::internal("a Python function without input"));
    };
    let runtime = task.scope.runtime()?;
    let columns = &exec.columns;
    let output = match exec.op.as_ref() {
        PythonOp::Eval { calls } => runtime.scalar(task, &python_calls(task, calls, columns), schema, input)?,
        PythonOp::Map { function, names } => {
            let seen = selected(schema, columns, names);
            let rows = columns.clone();
            let renamed = seen.clone();
            let input = input.map(move |batch| chosen(&batch?, &rows, &renamed)).boxed();
            runtime.map_batches(task, function, &seen, input, &exec.schema)?
        }
        PythonOp::GroupMap { function, keys, names } => {
            let seen = Seen::new(schema, columns, *keys, names);
            let groups = seen.groups(input, converter(schema, &columns[..*keys])?).map_ok(|(_, rows)| rows).boxed();
            runtime.grouped(task, function, &seen.grouped, groups, &exec.schema)?
        }
        PythonOp::CoGroupMap { function, keys, left, names } => {
            let (Some(other), Some(other_schema)) = (inputs.next(), schemas.get(1)) else {
                return Err(SparkError::internal("a cogroup without its second side"));
            };
            let ((l, r), (ln, rn)) = (columns.split_at(*left), names.split_at(*left));
            let (ls, rs) = (Seen::new(schema, l, *keys, ln), Seen::new(other_schema, r, *keys, rn));
            let shared = converter(schema, &l[..*keys])?;
            let pairs = pairs(ls.groups(input, shared.clone()), rs.groups(other, shared));
            runtime.cogrouped(task, function, (&ls.grouped, &rs.grouped), pairs, &exec.schema)?
        }
        PythonOp::Aggregate { calls, keys } => aggregate(exec, task, calls, *keys, schema, input)?,
        PythonOp::Window { calls, keys, order } => window(exec, task, calls, *keys, order, schema, input)?,
        PythonOp::Table(table) => table_rows(task, table, columns, schema, input)?,
    };
    let schema = exec.schema.clone();
    let conformed = schema.clone();
    let output = output.map(move |batch| batch.and_then(|b| under(&b, &conformed)).map_err(super::to_datafusion));
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, output)))
}

/// The batch under the operator's declared columns.
fn under(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| crate::nullability::fit(column, field))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| from_arrow(&e))?;
    with_rows(schema.clone(), columns, batch.num_rows())
}

fn with_rows(schema: SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema, columns, &options).map_err(|e| from_arrow(&e))
}

fn python_calls(task: &PythonTask, calls: &[NodeCall], columns: &[usize]) -> Vec<PythonCall> {
    (task.result_id..).zip(calls).map(|(id, call)| python_call(id, call, columns)).collect()
}

fn python_call(result_id: i64, call: &NodeCall, columns: &[usize]) -> PythonCall {
    PythonCall { chain: call.chain.clone(), arguments: arguments(&call.arguments, columns), result_id }
}

fn arguments(arguments: &[Argument], columns: &[usize]) -> Vec<Argument> {
    arguments.iter().map(|a| Argument { column: columns[a.column], keyword: a.keyword.clone() }).collect()
}

/// The schema of some columns under other names.
fn selected(schema: &Schema, columns: &[usize], names: &[String]) -> SchemaRef {
    let fields: Vec<Field> =
        columns.iter().zip(names).map(|(index, name)| schema.field(*index).clone().with_name(name)).collect();
    Arc::new(Schema::new(fields))
}

fn chosen(batch: &RecordBatch, columns: &[usize], schema: &SchemaRef) -> Result<RecordBatch> {
    let arrays = columns.iter().map(|index| batch.column(*index).clone()).collect();
    with_rows(schema.clone(), arrays, batch.num_rows())
}

fn select(input: Batches, columns: &[usize], schema: &SchemaRef) -> Batches {
    let (columns, schema) = (columns.to_vec(), schema.clone());
    input.map(move |batch| chosen(&batch?, &columns, &schema)).boxed()
}

/// Which of an input's columns a function over groups sees, each once, and which of these are keys and data.
struct Seen {
    columns: Vec<usize>,
    grouped: GroupColumns,
}

impl Seen {
    fn new(schema: &Schema, columns: &[usize], keys: usize, names: &[String]) -> Self {
        let mut used: Vec<usize> = Vec::new();
        let mut shown: Vec<String> = Vec::new();
        // The data's names come first: a key that is a column of the data has the data's name.
        for (column, name) in columns.iter().zip(names).skip(keys).chain(columns.iter().zip(names).take(keys)) {
            if !used.contains(column) {
                used.push(*column);
                shown.push(name.clone());
            }
        }
        let at = |column: &usize| used.iter().position(|known| known == column).unwrap_or_default();
        let (keys, values) = columns.split_at(keys);
        let (keys, values) = (keys.iter().map(at).collect(), values.iter().map(at).collect());
        let grouped = GroupColumns { schema: selected(schema, &used, &shown), keys, values };
        Self { columns: used, grouped }
    }

    fn groups(&self, input: Batches, converter: Arc<RowConverter>) -> KeyedGroups {
        let input = select(input, &self.columns, &self.grouped.schema);
        cut(input, self.grouped.keys.clone(), converter)
    }
}

/// The keys of each group beside the functions' results.
fn aggregate(
    exec: &PythonExec,
    task: &PythonTask,
    calls: &[NodeCall],
    keys: usize,
    schema: &SchemaRef,
    input: Batches,
) -> Result<Batches> {
    let key_columns = exec.columns[..keys].to_vec();
    let converter = converter(schema, &key_columns)?;
    let waiting: Arc<Mutex<VecDeque<RecordBatch>>> = Arc::default();
    let queue = waiting.clone();
    let firsts = key_columns.clone();
    let groups = cut(input, key_columns, converter)
        .map(move |group| {
            let (_, rows) = group?;
            if let Some(first) = rows.first() {
                let first = first.slice(0, 1).project(&firsts).map_err(|e| from_arrow(&e))?;
                queue.lock().push_back(first);
            }
            Ok(rows)
        })
        .boxed();
    let calls = python_calls(task, calls, &exec.columns);
    let answers = task.scope.runtime()?.aggregate(task, &calls, schema, groups)?;
    let output = exec.schema.clone();
    Ok(answers
        .map(move |answer| {
            let answer = answer?;
            let firsts: Vec<RecordBatch> = {
                let mut waiting = waiting.lock();
                let count = answer.num_rows().min(waiting.len());
                waiting.drain(..count).collect()
            };
            let mut columns = Vec::with_capacity(output.fields().len());
            if let Some(first) = firsts.first() {
                let keys = concat_batches(&first.schema(), &firsts).map_err(|e| from_arrow(&e))?;
                columns.extend_from_slice(keys.columns());
            }
            columns.extend_from_slice(answer.columns());
            let columns = columns
                .iter()
                .zip(output.fields())
                .map(|(column, field)| crate::nullability::fit(column, field))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|e| from_arrow(&e))?;
            with_rows(output.clone(), columns, answer.num_rows())
        })
        .boxed())
}

/// The rows of each window partition beside the functions' results.
fn window(
    exec: &PythonExec,
    task: &PythonTask,
    calls: &[(NodeCall, WindowFrame)],
    keys: usize,
    order: &[SortOptions],
    schema: &SchemaRef,
    input: Batches,
) -> Result<Batches> {
    let key_columns = exec.columns[..keys].to_vec();
    let order_columns = exec.columns[keys..keys + order.len()].to_vec();
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    let mut frames = Vec::new();
    let mut python = Vec::with_capacity(calls.len());
    for (id, (call, frame)) in (task.result_id..).zip(calls) {
        let bounds = (!is_whole(frame)).then(|| {
            let first = fields.len();
            fields.push(Arc::new(Field::new(format!("begin{first}"), DataType::Int32, false)));
            fields.push(Arc::new(Field::new(format!("end{first}"), DataType::Int32, false)));
            frames.push(Arc::new(frame.clone()));
            (first, first + 1)
        });
        python.push(WindowCall { call: python_call(id, call, &exec.columns), frame: bounds });
    }
    let sent = Arc::new(Schema::new(fields));
    let converter = converter(schema, &key_columns)?;
    let waiting: Arc<Mutex<VecDeque<RecordBatch>>> = Arc::default();
    let (queue, whole, framed, options) = (waiting.clone(), schema.clone(), sent.clone(), order.to_vec());
    let partitions = cut(input, key_columns, converter)
        .map(move |group| {
            let rows = concat_batches(&whole, &group?.1).map_err(|e| from_arrow(&e))?;
            queue.lock().push_back(rows.clone());
            let order: Vec<ArrayRef> = order_columns.iter().map(|index| rows.column(*index).clone()).collect();
            let mut columns = rows.columns().to_vec();
            for frame in &frames {
                let (begin, end) = bounds(frame, &order, &options, rows.num_rows())?;
                columns.extend([begin, end]);
            }
            Ok(vec![with_rows(framed.clone(), columns, rows.num_rows())?])
        })
        .boxed();
    let answers = task.scope.runtime()?.window(task, &python, &sent, partitions)?;
    let output = exec.schema.clone();
    Ok(answers
        .map(move |answer| {
            let answer = answer?;
            let rows = waiting.lock().pop_front();
            let rows = rows.ok_or_else(|| SparkError::internal("a Python function answered for no window"))?;
            let columns = rows.columns().iter().chain(answer.columns()).cloned().collect();
            with_rows(output.clone(), columns, answer.num_rows())
        })
        .boxed())
}

/// Whether every row's frame is the whole partition.
fn is_whole(frame: &WindowFrame) -> bool {
    matches!(&frame.start_bound, WindowFrameBound::Preceding(n) if n.is_null())
        && matches!(&frame.end_bound, WindowFrameBound::Following(n) if n.is_null())
}

/// The first row of each row's frame, and the row after its last.
fn bounds(
    frame: &Arc<WindowFrame>,
    order: &[ArrayRef],
    options: &[SortOptions],
    rows: usize,
) -> Result<(ArrayRef, ArrayRef)> {
    let mut context = WindowFrameContext::new(frame.clone(), options.to_vec());
    let mut last: Range<usize> = 0..0;
    let (mut begins, mut ends) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let position =
        |at: usize| i32::try_from(at).map_err(|_| SparkError::unsupported("A window of more than 2^31 rows"));
    for row in 0..rows {
        last = context.calculate_range(order, &last, rows, row).map_err(from_datafusion)?;
        begins.push(position(last.start)?);
        ends.push(position(last.end)?);
    }
    Ok((Arc::new(Int32Array::from(begins)), Arc::new(Int32Array::from(ends))))
}

/// The rows that a table function makes, with the kept columns before them.
fn table_rows(
    task: &PythonTask,
    table: &TableOp,
    columns: &[usize],
    schema: &SchemaRef,
    input: Batches,
) -> Result<Batches> {
    let first = table.keys + table.order.len();
    let own = first + table.arguments.len();
    let fields: Vec<Arc<Field>> = table.fields.clone();
    let call = TableCall {
        function: table.function.clone(),
        return_schema: Arc::new(Schema::new(fields)),
        arguments: arguments(&table.arguments, columns),
        partition_fields: table.partition_fields.clone(),
        analyze_result: table.analyze_result.clone(),
        table_columns: table.tables.iter().map(|argument| columns[first + argument]).collect(),
    };
    let keep = columns[own..own + table.keep].to_vec();
    let runtime = task.scope.runtime()?;
    if table.keys == 0 {
        return runtime.table(task, &call, schema, keep, input);
    }
    // A partition without a key has no instance of the class that could end.
    let (task, schema) = (task.clone(), schema.clone());
    let rows = async move {
        let mut input = input.try_filter(|batch| std::future::ready(batch.num_rows() > 0)).boxed().peekable();
        match std::pin::Pin::new(&mut input).peek().await {
            None => Ok(futures::stream::empty().boxed()),
            Some(_) => runtime.table(&task, &call, &schema, keep, input.boxed()),
        }
    };
    Ok(futures::stream::once(rows).try_flatten().boxed())
}
