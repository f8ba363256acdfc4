//! Commands: what a session is told to do, beyond giving rows. One file for each family.

mod alter;
pub(crate) mod cache;
mod catalog;
mod console;
mod explain;
mod function;
mod routine;
pub(crate) mod rows;
pub(crate) mod show;
mod sql;
pub(crate) mod table;
mod view;
mod write;
mod write_v2;

pub(crate) use catalog::use_database;
pub(crate) use function::Registered;

use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, command::CommandType};

use crate::analyzed::Analyzed;
use crate::session::Session;

/// What a command leaves.
#[derive(Debug, Clone)]
pub enum CommandOutcome {
    /// Nothing to tell.
    Done,
    /// `spark.sql(..)`: a relation for the client to go on with. A query's relation goes back as it came.
    Relation(Box<pb::Relation>),
    /// `spark.sql(..)` of a command that gives rows (`SHOW TABLES`).
    Rows(Box<Analyzed>),
}

impl Session {
    /// Carries out a command that is not about streaming queries.
    ///
    /// # Errors
    /// What Spark raises for it; `UNSUPPORTED_FEATURE` for commands this engine does not have.
    pub async fn command(&self, command: &pb::Command) -> Result<CommandOutcome> {
        match &command.command_type {
            Some(CommandType::CreateDataframeView(m)) => view::create(self, m),
            Some(CommandType::SqlCommand(m)) => sql::run(self, m).await,
            Some(CommandType::WriteOperation(m)) => write::run(self, m).await,
            Some(CommandType::WriteOperationV2(m)) => write_v2::run(self, m).await,
            Some(CommandType::RegisterFunction(m)) => function::register(self, m),
            Some(CommandType::RegisterDataSource(m)) => function::register_source(self, m),
            Some(CommandType::RegisterTableFunction(m)) => function::register_table(self, m),
            Some(other) => {
                let text = format!("{other:?}");
                let name = text.split(['(', ' ', '{']).next().unwrap_or_default();
                Err(SparkError::unsupported(format!("The command {name}")))
            }
            None => Err(SparkError::internal("a command without a kind was sent")),
        }
    }
}
