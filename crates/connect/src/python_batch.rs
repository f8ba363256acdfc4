//! foreachBatch of a client that is elsewhere: the batch becomes a relation of the session, and the function's own process is
//! told its id.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use bytes::{BufMut, Bytes, BytesMut};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_streaming::{Batch, BatchFunction};
use tokio::sync::Mutex;

use crate::driver_batch::HeldRows;
use crate::python_callback::{CallbackKind, PythonCallback, put};
use crate::session::ClientSession;

/// The function in its process.
#[derive(Debug)]
pub struct PythonBatchFunction {
    session: Weak<ClientSession>,
    /// Taken out for a call: a call that is dropped ends the process, which would still work on it.
    process: Mutex<Option<PythonCallback>>,
}

impl PythonBatchFunction {
    /// Starts the process of a pickled function.
    ///
    /// # Errors
    /// What [`PythonCallback::start`] says.
    pub async fn start(session: &Arc<ClientSession>, python_version: &str, command: &Bytes) -> Result<Self> {
        let process = PythonCallback::start(session, CallbackKind::ForeachBatch, python_version, command).await?;
        Ok(Self { session: Arc::downgrade(session), process: Mutex::new(Some(process)) })
    }
}

#[async_trait]
impl BatchFunction for PythonBatchFunction {
    async fn call(&self, batch_id: i64, batch: Batch) -> Result<()> {
        let plain = |text: &str| SparkError::plain(Exception::Spark, text);
        let session = self.session.upgrade().ok_or_else(|| plain("The session of the query was closed."))?;
        let rows = HeldRows::hold(&session.sql, batch)?;
        let mut arguments = BytesMut::new();
        put(&mut arguments, rows.id().as_bytes());
        arguments.put_i64(batch_id);
        let mut kept = self.process.lock().await;
        let mut process = kept.take().ok_or_else(|| plain("The Python process of the function has ended."))?;
        process.call(&arguments).await?;
        *kept = Some(process);
        Ok(())
    }
}
