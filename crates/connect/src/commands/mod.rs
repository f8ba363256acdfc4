//! What commands do, one file for each family. A new family is a file and a line in [`run`].

mod checkpoint;
mod resources;
mod server_listeners;
mod sql;
mod stream_listener;
mod stream_manager;
mod stream_query;
mod stream_start;

use std::sync::Arc;

use firesteel_error::{Result, SparkError};
use firesteel_sql::CommandOutcome;
use spark_connect_proto::Command;
use spark_connect_proto::command::CommandType;
use spark_connect_proto::execute_plan_response::ResponseType;

use crate::execute::observed;
use crate::operation::Operation;
use crate::plan::not_set;
use crate::session::ClientSession;

pub use server_listeners::ServerListeners;
pub use stream_listener::ListenerBus;

/// In what a command runs.
#[derive(Debug, Clone)]
pub struct Context {
    /// The session.
    pub session: Arc<ClientSession>,
    /// Where the responses go.
    pub operation: Arc<Operation>,
}

impl Context {
    /// Sends a response.
    pub async fn respond(&self, response: ResponseType) {
        self.operation.respond(response).await;
    }
}

/// Carries out a command.
///
/// # Errors
/// Whatever goes wrong in it; `UNSUPPORTED_FEATURE` for what this engine does not have.
pub async fn run(context: Context, command: Command) -> Result<()> {
    match command.command_type {
        None => Err(not_set("spark.connect.Command", "COMMANDTYPE_NOT_SET")),
        Some(CommandType::SqlCommand(message)) => sql::run(&context, message).await,
        Some(CommandType::CheckpointCommand(message)) => checkpoint::checkpoint(&context, message).await,
        Some(CommandType::RemoveCachedRemoteRelationCommand(message)) => checkpoint::remove(&context, message),
        Some(CommandType::WriteStreamOperationStart(message)) => stream_start::run(&context, message).await,
        Some(CommandType::StreamingQueryCommand(message)) => stream_query::run(&context, message).await,
        Some(CommandType::StreamingQueryManagerCommand(message)) => stream_manager::run(&context, message).await,
        Some(CommandType::StreamingQueryListenerBusCommand(message)) => stream_listener::run(&context, message).await,
        Some(CommandType::GetResourcesCommand(_)) => resources::get(&context).await,
        Some(CommandType::CreateResourceProfileCommand(_)) => Err(SparkError::unsupported("Resource profiles")),
        Some(CommandType::MlCommand(_)) => Err(SparkError::unsupported("Spark ML")),
        Some(CommandType::PipelineCommand(_)) => Err(SparkError::unsupported("Declarative pipelines")),
        Some(CommandType::ExecuteExternalCommand(_)) => Err(SparkError::unsupported("executeCommand")),
        Some(CommandType::Extension(any)) => {
            Err(SparkError::new("CONNECT_INVALID_PLAN.NO_HANDLER_FOR_EXTENSION")
                .param("extensionTypeUrl", any.type_url))
        }
        other => in_session(&context, Command { command_type: other }).await,
    }
}

/// Commands that are the SQL session's affair and give nothing back: views, writes, functions.
async fn in_session(context: &Context, command: Command) -> Result<()> {
    let (sql, observer) = context.session.sql.observing();
    match sql.command(&command).await? {
        CommandOutcome::Done => {
            if let Some(observed) = observed(&observer)? {
                context.operation.send(observed).await;
            }
            Ok(())
        }
        CommandOutcome::Relation(_) | CommandOutcome::Rows(_) => {
            Err(SparkError::internal("a command that should give nothing gave rows"))
        }
    }
}
