//! `spark.sql(text)`: a query is only checked; a command runs now and gives its rows back.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::Schema;
use firesteel_error::{Result, SparkError};
use firesteel_sql::{Analyzed, CommandOutcome, types};
use spark_connect_proto::command::CommandType;
use spark_connect_proto::execute_plan_response::{ResponseType, SqlCommandResult};
use spark_connect_proto::relation::RelType;
use spark_connect_proto::{Command, LocalRelation, Relation, SqlCommand};

use super::Context;
use crate::results::ipc;

pub(super) async fn run(context: &Context, message: SqlCommand) -> Result<()> {
    let command = Command { command_type: Some(CommandType::SqlCommand(message)) };
    let relation = match context.session.sql.command(&command).await? {
        CommandOutcome::Relation(relation) => *relation,
        CommandOutcome::Rows(rows) => local(&rows, context.session.sql.collect(&rows).await?)?,
        CommandOutcome::Done => nothing()?,
    };
    context.respond(ResponseType::SqlCommandResult(SqlCommandResult { relation: Some(relation) })).await;
    Ok(())
}

/// No rows of no columns, as Spark answers a command that has nothing to say.
fn nothing() -> Result<Relation> {
    let data = ipc(&RecordBatch::new_empty(Arc::new(Schema::empty())))?;
    let local = LocalRelation { data: Some(data), schema: None };
    Ok(Relation { rel_type: Some(RelType::LocalRelation(local)), common: None })
}

/// Rows that are in the plan itself.
fn local(analyzed: &Analyzed, batches: Vec<RecordBatch>) -> Result<Relation> {
    let schema = analyzed.schema();
    let batch = concat_batches(&schema, &batches)
        .map_err(|e| SparkError::internal(format!("A command's rows cannot be put together: {e}")))?;
    let local =
        LocalRelation { data: Some(ipc(&batch)?), schema: Some(types::to_json(&analyzed.struct_type()).to_string()) };
    Ok(Relation { rel_type: Some(RelType::LocalRelation(local)), common: None })
}
