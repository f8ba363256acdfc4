//! What a batch's execution and job are called, as in Spark.

use firesteel_sql::execution::Origin;

use crate::query::QueryHandle;

/// The origin of the execution of a batch.
pub(super) fn of(query: &QueryHandle, batch_id: i64) -> Origin {
    let (id, run_id) = (query.id(), query.run_id());
    let name = query.name().map(|name| format!("{name}\n")).unwrap_or_default();
    Origin {
        description: format!("{name}id = {id}\nrunId = {run_id}\nbatch = {batch_id}"),
        group: Some(run_id.to_string()),
        properties: [
            ("sql.streaming.queryId".to_string(), id.to_string()),
            ("streaming.sql.batchId".to_string(), batch_id.to_string()),
        ]
        .into(),
        ..Origin::default()
    }
}
