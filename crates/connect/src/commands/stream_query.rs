//! `StreamingQuery`: what a client asks of one query.

use std::sync::Arc;
use std::time::Duration;

use firesteel_error::{Result, SparkError};
use firesteel_streaming::StreamingQuery;
use spark_connect_proto::StreamingQueryCommand;
use spark_connect_proto::StreamingQueryCommandResult;
use spark_connect_proto::execute_plan_response::ResponseType;
use spark_connect_proto::streaming_query_command::Command;
use spark_connect_proto::streaming_query_command_result::{
    AwaitTerminationResult, ExceptionResult, ExplainResult, RecentProgressResult, ResultType, StatusResult,
};

use super::Context;
use super::stream_start::instance;
use crate::plan::not_set;

pub(super) async fn run(context: &Context, message: StreamingQueryCommand) -> Result<()> {
    let ids = message.query_id.unwrap_or_default();
    let query = context
        .session
        .queries
        .find(&ids.id, &ids.run_id)
        .ok_or_else(|| SparkError::new("CONNECT_INVALID_PLAN.STREAMING_QUERY_NOT_FOUND").param("id", &ids.id))?;
    let command = message.command.ok_or_else(|| not_set("spark.connect.StreamingQueryCommand", "COMMAND_NOT_SET"))?;
    let stops = matches!(command, Command::Stop(_));
    let result_type = answer(&query, command).await?;
    if stops {
        context.session.listener_bus.told_of_end(query.run_id()).await;
    }
    let result = StreamingQueryCommandResult { query_id: Some(instance(&query)), result_type };
    context.respond(ResponseType::StreamingQueryCommandResult(result)).await;
    Ok(())
}

async fn answer(query: &Arc<StreamingQuery>, command: Command) -> Result<Option<ResultType>> {
    Ok(match command {
        Command::Status(_) => Some(ResultType::Status(status(query))),
        Command::LastProgress(_) => Some(progress(query.last_progress().as_slice())),
        Command::RecentProgress(_) => Some(progress(&query.recent_progress())),
        Command::Stop(_) => {
            query.stop().await?;
            None
        }
        Command::ProcessAllAvailable(_) => {
            query.process_all_available().await?;
            None
        }
        Command::Explain(explain) => {
            Some(ResultType::Explain(ExplainResult { result: query.explain(explain.extended) }))
        }
        Command::Exception(_) => query.exception().map(|error| ResultType::Exception(exception(&error))),
        Command::AwaitTermination(wait) => {
            let terminated = query.await_termination(timeout(wait.timeout_ms)).await?;
            Some(ResultType::AwaitTermination(AwaitTerminationResult { terminated }))
        }
    })
}

fn status(query: &StreamingQuery) -> StatusResult {
    let status = query.status();
    StatusResult {
        status_message: status.message,
        is_data_available: status.is_data_available,
        is_trigger_active: status.is_trigger_active,
        is_active: query.is_active(),
    }
}

fn progress(progress: &[Arc<firesteel_streaming::StreamingQueryProgress>]) -> ResultType {
    let recent_progress_json = progress.iter().map(|progress| progress.json()).collect();
    ResultType::RecentProgress(RecentProgressResult { recent_progress_json })
}

fn exception(error: &SparkError) -> ExceptionResult {
    ExceptionResult {
        exception_message: Some(error.message()),
        error_class: error.condition().map(str::to_string),
        // Clients show it below the message; there is no JVM that had one.
        stack_trace: Some(String::new()),
    }
}

/// A time to wait; a negative one is none at all.
pub(super) fn timeout(timeout_ms: Option<i64>) -> Option<Duration> {
    timeout_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or_default()))
}
