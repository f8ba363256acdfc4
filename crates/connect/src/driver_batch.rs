//! foreachBatch in the driver's process: the batch becomes a relation of the session, and the driver is told its id.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::datasource::MemTable;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_sql::Session;
use firesteel_sql::error::from_datafusion;
use firesteel_streaming::{Batch, BatchFunction};
use serde_json::json;
use uuid::Uuid;

use crate::callbacks::DriverCallbacks;
use crate::session::ClientSession;

/// A function that the driver keeps, by its token.
#[derive(Debug)]
pub struct DriverBatchFunction {
    callbacks: DriverCallbacks,
    session: Weak<ClientSession>,
    token: String,
}

impl DriverBatchFunction {
    /// The function that the driver of `session` knows as `token`.
    pub fn new(session: &Arc<ClientSession>, token: String) -> Self {
        Self { callbacks: session.callbacks.clone(), session: Arc::downgrade(session), token }
    }
}

#[async_trait]
impl BatchFunction for DriverBatchFunction {
    async fn call(&self, batch_id: i64, batch: Batch) -> Result<()> {
        let session = self.session.upgrade();
        let session =
            session.ok_or_else(|| SparkError::plain(Exception::Spark, "The session of the query was closed."))?;
        let rows = HeldRows::hold(&session.sql, batch)?;
        let header = json!({
            "function": self.token,
            "batch_id": batch_id,
            "session_id": session.key.session_id,
            "relation_id": rows.id,
        });
        self.callbacks.call("foreachBatch", header.as_object().cloned().unwrap_or_default(), Bytes::new()).await?;
        Ok(())
    }
}

/// Rows that the client can name until this is dropped.
pub(crate) struct HeldRows {
    session: Session,
    id: String,
}

impl HeldRows {
    pub(crate) fn hold(session: &Session, batch: Batch) -> Result<Self> {
        let table = MemTable::try_new(batch.schema, vec![batch.batches]).map_err(from_datafusion)?;
        let id = Uuid::new_v4().to_string();
        session.hold(&id, session.relation_of(Arc::new(table))?);
        Ok(Self { session: session.clone(), id })
    }

    /// The name for them.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for HeldRows {
    fn drop(&mut self) {
        self.session.release(&self.id);
    }
}
