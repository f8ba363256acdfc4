//! `df.checkpoint()` and `df.localCheckpoint()`: the rows as they are now, under an id that the client then names.

use std::sync::Arc;

use datafusion::datasource::MemTable;
use firesteel_error::{Result, SparkError};
use firesteel_sql::error::from_datafusion;
use spark_connect_proto::execute_plan_response::ResponseType;
use spark_connect_proto::{
    CachedRemoteRelation, CheckpointCommand, CheckpointCommandResult, RemoveCachedRemoteRelationCommand,
};
use uuid::Uuid;

use super::Context;
use crate::plan::not_set;

pub(super) async fn checkpoint(context: &Context, message: CheckpointCommand) -> Result<()> {
    if !message.local {
        return Err(SparkError::unsupported("DataFrame.checkpoint (localCheckpoint is supported)"));
    }
    let relation = message.relation.ok_or_else(|| not_set("spark.connect.Relation", "RELTYPE_NOT_SET"))?;
    let session = &context.session;
    let analyzed = session.analyze(relation).await?;
    // A checkpoint that is not eager would be filled by its first use; it is the same rows now.
    let rows = session.sql.collect(&analyzed).await?;
    let table = MemTable::try_new(analyzed.schema(), vec![rows]).map_err(from_datafusion)?;
    let relation_id = Uuid::new_v4().to_string();
    session.sql.hold(&relation_id, session.sql.relation_of(Arc::new(table))?);
    let relation = Some(CachedRemoteRelation { relation_id });
    context.respond(ResponseType::CheckpointCommandResult(CheckpointCommandResult { relation })).await;
    Ok(())
}

pub(super) fn remove(context: &Context, message: RemoveCachedRemoteRelationCommand) -> Result<()> {
    if let Some(relation) = message.relation {
        context.session.sql.release(&relation.relation_id);
    }
    Ok(())
}
