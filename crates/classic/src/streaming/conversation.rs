//! Calls into the driver of a streaming context, over the replies of its `Run`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc::Sender;

use crate::frame::{Frame, Header};
use crate::protocol::reply;

/// The engine's end of it.
pub(super) struct Conversation {
    replies: Sender<Frame>,
    next_call: AtomicU64,
    /// `None` once the driver has gone.
    waiting: Mutex<Option<HashMap<u64, mpsc::Sender<Header>>>>,
}

impl Conversation {
    pub(super) fn new(replies: Sender<Frame>) -> Self {
        Self { replies, next_call: AtomicU64::new(0), waiting: Mutex::new(Some(HashMap::new())) }
    }

    /// Calls the driver and waits for its answer.
    pub(super) fn call(&self, kind: &str, mut header: Value) -> Result<Header> {
        let call = self.next_call.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = mpsc::channel();
        self.waiting.lock().as_mut().ok_or_else(gone)?.insert(call, answer);
        header["call"] = call.into();
        header["kind"] = kind.into();
        self.tell(header)?;
        let header = answered.recv().map_err(|_| gone())?;
        match header.get("error").and_then(Value::as_str) {
            Some(error) => Err(SparkError::plain(Exception::Python, error.trim_end())),
            None => Ok(header),
        }
    }

    /// Tells the driver something.
    pub(super) fn tell(&self, header: Value) -> Result<()> {
        self.replies.blocking_send(reply(header)).map_err(|_| gone())
    }

    /// The driver has answered.
    pub(super) fn answered(&self, call: u64, header: Header) {
        if let Some(answer) = self.waiting.lock().as_mut().and_then(|waiting| waiting.remove(&call)) {
            // Whoever called may wait no more.
            let _ = answer.send(header);
        }
    }

    /// The driver has gone: what waits for it fails.
    pub(super) fn close(&self) {
        self.waiting.lock().take();
    }

    /// Returns when the driver has gone.
    pub(super) async fn closed(&self) {
        self.replies.closed().await;
    }
}

fn gone() -> SparkError {
    SparkError::plain(Exception::Spark, "The driver of the streaming context has gone away.")
}

/// The object that a batch is described with.
pub(super) fn at(time_ms: i64) -> Value {
    json!({"time_ms": time_ms})
}
