//! DStreams of Python: the engine's clock, receivers, logs and checkpoints; the graph stays in the driver.
//!
//! Starting a context is a `Run` that lasts as long as the context. Its replies are calls into the driver, events for its
//! listeners, and its end; the driver answers a call with a `Call` of its own:
//!
//! ```text
//! {"call": 7, "kind": "batch", "time_ms": 1700000001000, "inputs": {"0": 5}}     answered by `streamingAnswer`
//! {"kind": "done", "time_ms": …, "checkpoint": false}                            no answer is waited for
//! {"event": {"Event": "StreamingListenerBatchCompleted", …}}
//! {"started": true}
//! {"failed": {"class": …, "message": …}}                                         the first error; batches go on
//! {"stopped": true}                                                              nothing follows
//! ```
//!
//! `inputs` says what each input stream has for the batch: of a receiver, how many blocks; of a directory, its new files.
//! A driver that goes away stops its context.

mod conversation;
mod graph;
mod received;
mod start;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_dstream::{Engine, ReceiverInput};
use firesteel_error::{Exception, Result, SparkError};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;

use crate::context::Context;
use crate::frame::Frame;
use crate::protocol::{read, reply};
use conversation::Conversation;

pub(crate) use received::ReceivedBlocks;
pub(crate) use start::start;

/// The streaming contexts of a session, by the driver's number.
#[derive(Default)]
pub(crate) struct Streamings(Mutex<HashMap<u64, Arc<Streaming>>>);

/// A streaming context.
struct Streaming {
    engine: Engine,
    sockets: HashMap<i32, Arc<ReceiverInput<Bytes>>>,
    conversation: Arc<Conversation>,
}

#[derive(Debug, Deserialize)]
struct Answered {
    streaming: u64,
    call: u64,
}

#[derive(Debug, Deserialize)]
struct Stop {
    streaming: u64,
    graceful: bool,
}

impl Streamings {
    fn get(&self, id: u64) -> Result<Arc<Streaming>> {
        self.0.lock().get(&id).cloned().ok_or_else(|| {
            SparkError::plain(Exception::IllegalArgument, format!("The engine knows no streaming context {id}."))
        })
    }

    /// Whether a context runs.
    pub(crate) fn any(&self) -> bool {
        !self.0.lock().is_empty()
    }

    /// Stops all contexts.
    pub(crate) fn stop(&self) {
        let all: Vec<_> = self.0.lock().drain().map(|(_, streaming)| streaming).collect();
        for streaming in all {
            streaming.conversation.close();
            if let Err(error) = streaming.engine.stop(false) {
                tracing::warn!(%error, "a streaming context could not be stopped");
            }
        }
    }
}

/// Answers the requests `streamingAnswer` and `streamingStop`; `None` for another kind.
pub(crate) fn answer(context: &Context, kind: &str, frame: &Frame) -> Result<Option<Frame>> {
    match kind {
        "streamingAnswer" => {
            let Answered { streaming, call } = read(&frame.header)?;
            context.streamings.get(streaming)?.conversation.answered(call, frame.header.clone());
        }
        "streamingStop" => {
            let Stop { streaming, graceful } = read(&frame.header)?;
            // A context that is gone has stopped.
            if let Ok(streaming) = context.streamings.get(streaming) {
                streaming.engine.stop(graceful)?;
            }
        }
        _ => return Ok(None),
    }
    Ok(Some(reply(json!({}))))
}
