//! `spark.streams`: what a client asks of all queries of its session.

use firesteel_error::{Exception, Result, SparkError};
use firesteel_streaming::StreamingQuery;
use spark_connect_proto::execute_plan_response::ResponseType;
use spark_connect_proto::streaming_query_manager_command::{Command, StreamingQueryListenerCommand};
use spark_connect_proto::streaming_query_manager_command_result::{
    ActiveResult, AwaitAnyTerminationResult, ListStreamingQueryListenerResult, ResultType, StreamingQueryInstance,
};
use spark_connect_proto::{StreamingQueryManagerCommand, StreamingQueryManagerCommandResult};

use super::stream_query::timeout;
use super::stream_start::instance;
use super::{Context, server_listeners};
use crate::plan::not_set;

pub(super) async fn run(context: &Context, message: StreamingQueryManagerCommand) -> Result<()> {
    let command =
        message.command.ok_or_else(|| not_set("spark.connect.StreamingQueryManagerCommand", "COMMAND_NOT_SET"))?;
    let result = StreamingQueryManagerCommandResult { result_type: answer(context, command).await? };
    context.respond(ResponseType::StreamingQueryManagerCommandResult(result)).await;
    Ok(())
}

async fn answer(context: &Context, command: Command) -> Result<Option<ResultType>> {
    let queries = &context.session.queries;
    Ok(match command {
        Command::Active(_) => {
            let active_queries = queries.active().iter().map(|query| named(query)).collect();
            Some(ResultType::Active(ActiveResult { active_queries }))
        }
        Command::GetQuery(id) => {
            if uuid::Uuid::try_parse(&id).is_err() {
                return Err(SparkError::plain(Exception::IllegalArgument, format!("Invalid UUID string: {id}")));
            }
            queries.get(&id).map(|query| ResultType::Query(named(&query)))
        }
        Command::AwaitAnyTermination(wait) => {
            let terminated = queries.await_any_termination(timeout(wait.timeout_ms)).await?;
            Some(ResultType::AwaitAnyTermination(AwaitAnyTerminationResult { terminated }))
        }
        Command::ResetTerminated(_) => {
            queries.reset_terminated();
            Some(ResultType::ResetTerminated(true))
        }
        Command::ListListeners(_) => {
            let listener_ids = context.session.server_listeners.ids();
            Some(ResultType::ListListeners(ListStreamingQueryListenerResult { listener_ids }))
        }
        Command::AddListener(StreamingQueryListenerCommand { id, python_listener_payload: Some(listener), .. }) => {
            server_listeners::add(&context.session, id, &listener).await?;
            Some(ResultType::AddListener(true))
        }
        Command::AddListener(_) => {
            return Err(SparkError::unsupported("A streaming query listener in Scala or Java"));
        }
        Command::RemoveListener(StreamingQueryListenerCommand { id, .. }) => {
            Some(ResultType::RemoveListener(context.session.server_listeners.remove(&id)))
        }
    })
}

fn named(query: &StreamingQuery) -> StreamingQueryInstance {
    StreamingQueryInstance { id: Some(instance(query)), name: query.name().map(str::to_string) }
}
