//! `metadata`: the query's id, written once and kept over restarts.

use bytes::Bytes;
use firesteel_durable::{DurableStore, Put};
use firesteel_error::{Exception, Result, SparkError};
use serde_json::Value;

/// The id in the checkpoint; a new one is written if there is none.
pub(super) async fn read_or_create_id(store: &dyn DurableStore) -> Result<String> {
    if let Some(bytes) = store.get("metadata").await? {
        return parse(store, &bytes);
    }
    // A new id would make another query of it, whose state and sink know nothing of this one.
    if !(store.list("offsets").await?.is_empty() && store.list("commits").await?.is_empty()) {
        let location = store.location();
        return Err(SparkError::new("STREAMING_CHECKPOINT_MISSING_METADATA_FILE")
            .with_exception(Exception::SparkRuntime)
            .param("checkpointLocation", format!("file:{location}"))
            .text(format!(
                "The checkpoint {location} has logs of batches and no file \"metadata\". Restore that file, or use another \
                 checkpointLocation."
            )));
    }
    let id = uuid::Uuid::new_v4().to_string();
    match store.put_if_absent("metadata", Bytes::from(format!("{{\"id\":\"{id}\"}}"))).await? {
        Put::Written => Ok(id),
        // Another run was faster.
        Put::Exists => match store.get("metadata").await? {
            Some(bytes) => parse(store, &bytes),
            None => Err(malformed(store, "it vanished while it was read")),
        },
    }
}

fn parse(store: &dyn DurableStore, bytes: &[u8]) -> Result<String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| malformed(store, &e.to_string()))?;
    let id = value.get("id").and_then(Value::as_str);
    id.map(str::to_string).ok_or_else(|| malformed(store, "it has no \"id\""))
}

fn malformed(store: &dyn DurableStore, why: &str) -> SparkError {
    let path = format!("{}/metadata", store.location());
    SparkError::new("MALFORMED_LOG_FILE").with_exception(Exception::Spark).param("text", why).text(format!(
        "The checkpoint file {path} is not a query's metadata: {why}. Restore it, or use another checkpointLocation."
    ))
}
