//! `df.writeStream.start()`: starts a streaming query.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use firesteel_error::{Result, SparkError};
use firesteel_events::query::{QueryEvent, QueryStarted};
use firesteel_sql::path_options::{self, Argument};
use firesteel_streaming::{
    BatchFunction, Options, OutputMode, RowFunction, SinkSpec, StartQuery, StreamingQuery, Trigger,
};
use spark_connect_proto::execute_plan_response::ResponseType;
use spark_connect_proto::streaming_foreach_function::Function;
use spark_connect_proto::write_stream_operation_start::{SinkDestination, Trigger as TriggerMessage};
use spark_connect_proto::{
    PythonUdf, StreamingForeachFunction, StreamingQueryInstanceId, WriteStreamOperationStart,
    WriteStreamOperationStartResult,
};

use super::Context;
use crate::callbacks::function_token;
use crate::driver_batch::DriverBatchFunction;
use crate::plan::not_set;
use crate::python_batch::PythonBatchFunction;
use crate::python_rows::PythonRowFunction;
use crate::python_runtime::PythonWorkers;

pub(super) async fn run(context: &Context, message: WriteStreamOperationStart) -> Result<()> {
    let session = &context.session;
    let query = session.queries.start(start_query(context, message).await?).await?;
    let query_started_event_json = session.listener_bus.is_open().then(|| started_event(&query, context));
    let result = WriteStreamOperationStartResult {
        query_id: Some(instance(&query)),
        name: query.name().unwrap_or_default().to_string(),
        query_started_event_json,
    };
    context.respond(ResponseType::WriteStreamOperationStartResult(result)).await;
    Ok(())
}

/// The ids of a query's run.
pub(super) fn instance(query: &StreamingQuery) -> StreamingQueryInstanceId {
    StreamingQueryInstanceId { id: query.id().to_string(), run_id: query.run_id().to_string() }
}

async fn start_query(context: &Context, mut message: WriteStreamOperationStart) -> Result<StartQuery> {
    let relation = message.input.take().ok_or_else(|| not_set("spark.connect.Relation", "RELTYPE_NOT_SET"))?;
    let analyzed = context.session.analyze(relation).await?;
    if !analyzed.is_streaming() {
        return Err(SparkError::new("WRITE_STREAM_NOT_ALLOWED"));
    }
    if !message.clustering_column_names.is_empty() {
        if !message.partitioning_column_names.is_empty() {
            return Err(SparkError::new("SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED"));
        }
        // As in Spark: no sink here lays its files out by them.
        tracing::warn!(columns = ?message.clustering_column_names, "clusterBy has no effect on this sink");
    }
    let output_mode: OutputMode =
        if message.output_mode.is_empty() { OutputMode::Append } else { message.output_mode.parse()? };
    Ok(StartQuery {
        name: (!message.query_name.is_empty()).then(|| std::mem::take(&mut message.query_name)),
        plan: analyzed.trimmed()?,
        schema: analyzed.schema(),
        output_mode,
        trigger: trigger(message.trigger.take())?,
        sink: into_table(context, sink(context, message, &analyzed.schema()).await?, analyzed.schema())?,
    })
}

fn trigger(message: Option<TriggerMessage>) -> Result<Trigger> {
    match message {
        None => Ok(Trigger::Default),
        Some(TriggerMessage::ProcessingTimeInterval(interval)) => Trigger::processing_time(&interval),
        Some(TriggerMessage::AvailableNow(_)) => Ok(Trigger::AvailableNow),
        Some(TriggerMessage::Once(_)) => Ok(Trigger::Once),
        Some(TriggerMessage::ContinuousCheckpointInterval(interval)) => Trigger::continuous(&interval),
        Some(TriggerMessage::RealTimeBatchDuration(duration)) => Trigger::real_time(&duration),
    }
}

async fn sink(context: &Context, message: WriteStreamOperationStart, schema: &SchemaRef) -> Result<SinkSpec> {
    if matches!(message.sink_destination, Some(SinkDestination::Path(_))) {
        path_options::refuse(context.session.sql.conf(), message.options.keys(), Argument::Start)?;
    }
    let mut options: Options = message.options.into_iter().collect();
    let mut format = message.format;
    let table = match message.sink_destination {
        Some(SinkDestination::Path(path)) => {
            options.set("path", path);
            None
        }
        Some(SinkDestination::TableName(table)) => Some(table),
        None => None,
    };
    let mut spec = SinkSpec { partition_by: message.partitioning_column_names, table, ..SinkSpec::default() };
    if let Some(function) = message.foreach_batch {
        spec.batch_function = Some(batch_function(context, &function).await?);
    } else if let Some(function) = message.foreach_writer {
        spec.row_function = Some(row_function(context, function, schema)?);
    } else if format.is_empty() {
        format = context.session.sql.conf().get("spark.sql.sources.default").unwrap_or_else(|| "parquet".into());
    }
    Ok(SinkSpec { format, options, ..spec })
}

/// A sink that names a table writes that table's files; the table is made if it is not there yet.
fn into_table(context: &Context, mut spec: SinkSpec, schema: SchemaRef) -> Result<SinkSpec> {
    let Some(name) = &spec.table else { return Ok(spec) };
    let path = spec.options.get("path").map(str::to_string);
    let sql = &context.session.sql;
    let table = sql.stream_table(name, Some(&spec.format), path.as_deref(), &spec.partition_by, schema)?;
    spec.format.clone_from(&table.format);
    spec.partition_by.clone_from(&table.partition_columns);
    if let Some(path) = table.path {
        spec.options.set("path", path);
    }
    Ok(spec)
}

/// The function of foreachBatch: in the driver's process, or in one of its own.
async fn batch_function(context: &Context, function: &StreamingForeachFunction) -> Result<Arc<dyn BatchFunction>> {
    let function = python_function(function, "foreachBatch")?;
    match function_token(&function.command) {
        Some(token) => Ok(Arc::new(DriverBatchFunction::new(&context.session, token.to_string()))),
        None => {
            let started = PythonBatchFunction::start(&context.session, &function.python_ver, &function.command).await?;
            Ok(Arc::new(started))
        }
    }
}

/// The function of foreach, in the pool of workers.
fn row_function(
    context: &Context,
    function: StreamingForeachFunction,
    schema: &SchemaRef,
) -> Result<Arc<dyn RowFunction>> {
    let PythonUdf { command, python_ver, .. } = python_function(&function, "foreach")?.clone();
    let scope = context.session.sql.python();
    let pool = context.session.workers.pool(scope.engine())?;
    let environment = PythonWorkers::session(&scope)?.environment;
    let as_bytes = scope.conf().get("spark.sql.execution.pyspark.binaryAsBytes");
    let as_bytes = as_bytes.is_none_or(|text| text.eq_ignore_ascii_case("true"));
    Ok(Arc::new(PythonRowFunction::new(pool, environment, python_ver, command, schema, as_bytes)?))
}

fn python_function<'a>(function: &'a StreamingForeachFunction, of: &str) -> Result<&'a PythonUdf> {
    match &function.function {
        Some(Function::PythonFunction(function)) => Ok(function),
        _ => Err(SparkError::unsupported(format!("{of} with a function in Scala or Java"))),
    }
}

/// The event that listeners of the client get: it comes with the answer, so that it comes before all others.
fn started_event(query: &StreamingQuery, context: &Context) -> String {
    let started = QueryStarted {
        id: query.id().to_string(),
        run_id: query.run_id().to_string(),
        name: query.name().map(str::to_string),
        timestamp: firesteel_streaming::progress::iso_time(now_ms()),
        job_tags: context.operation.tags.clone(),
    };
    QueryEvent::Started(started).json().to_string()
}

fn now_ms() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
