//! Starts a streaming context and stays with it until it has stopped.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use firesteel_dstream::{
    CheckpointDirectory, Engine, EngineOptions, LineBytes, Settings, SocketReceiver, StreamingListener,
};
use firesteel_error::{Result, SparkError};
use firesteel_events::dstream::DStreamEvent;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::Sender;

use super::Streaming;
use super::conversation::Conversation;
use super::graph::{Checkpointed, DriverGraph};
use crate::context::Context;
use crate::frame::Frame;
use crate::protocol::{failure, read};

#[derive(Debug, Deserialize)]
struct Start {
    streaming: u64,
    batch_ms: u64,
    checkpoint: Option<String>,
    /// Whether to go on from the checkpoint.
    recover: bool,
    inputs: Vec<Input>,
}

#[derive(Debug, Deserialize)]
struct Input {
    stream: i32,
    #[serde(flatten)]
    kind: InputKind,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum InputKind {
    /// Lines from a TCP server.
    Socket { host: String, port: u16 },
    /// New files of a directory.
    Files { directory: String },
}

/// Runs the context; the replies end with it.
pub(crate) fn start(context: &Arc<Context>, frame: &Frame, replies: &Sender<Frame>) -> Result<()> {
    let request: Start = read(&frame.header)?;
    let id = request.streaming;
    let conversation = Arc::new(Conversation::new(replies.clone()));
    let directory = request.checkpoint.as_deref().map(CheckpointDirectory::at).transpose()?;
    let engine = Engine::new(options(context, &request, directory.clone())?)?;
    let (sockets, directories) = add_inputs(&engine, &request.inputs);
    let graph = Arc::new(DriverGraph {
        conversation: conversation.clone(),
        inputs: engine.inputs().clone(),
        sockets: sockets.keys().copied().collect(),
        directories,
        pickled: directory.as_ref().map(|_| frame.payload.clone()),
        remember_ms: AtomicI64::new(0),
        slides_ms: Mutex::default(),
        checkpointed: Mutex::new(Checkpointed::default()),
    });
    engine.add_listener(Arc::new(DriverListener(conversation.clone())));
    let checkpoint = match &directory {
        Some(directory) if request.recover => directory.read()?,
        _ => None,
    };
    let streaming = Arc::new(Streaming { engine, sockets, conversation: conversation.clone() });
    context.streamings.0.lock().insert(id, streaming.clone());
    let watcher = tokio::spawn(leave_with_driver(streaming.clone()));
    let ended = streaming.engine.start(graph, checkpoint.as_ref()).and_then(|()| stay(&streaming));
    watcher.abort();
    conversation.close();
    let stopped = streaming.engine.stop(false);
    context.streamings.0.lock().remove(&id);
    ended.and(stopped)
}

/// Tells of the start, of the first error, and of the end.
fn stay(streaming: &Streaming) -> Result<()> {
    streaming.conversation.tell(json!({"started": true}))?;
    if let Err(error) = streaming.engine.wait(None) {
        let failed = failure(&error).header.remove("error");
        streaming.conversation.tell(json!({"failed": failed}))?;
    }
    streaming.engine.join();
    // The driver may have gone, which stops the context as well.
    let _ = streaming.conversation.tell(json!({"stopped": true}));
    Ok(())
}

/// Stops the context when its driver has gone.
async fn leave_with_driver(streaming: Arc<Streaming>) {
    streaming.conversation.closed().await;
    streaming.conversation.close();
    let stopped = tokio::task::spawn_blocking(move || streaming.engine.stop(false)).await;
    if let Ok(Err(error)) = stopped {
        tracing::warn!(%error, "the streaming context of a driver that has gone could not be stopped");
    }
}

fn options(context: &Context, request: &Start, checkpoint: Option<CheckpointDirectory>) -> Result<EngineOptions> {
    let conf = context.engine.application().conf;
    let mut options = EngineOptions::new(Duration::from_millis(request.batch_ms));
    options.settings = Settings::read(|key| conf.get(key).cloned())?;
    options.bus = context.engine.bus();
    options.checkpoint = checkpoint;
    options.app_settings = conf;
    Ok(options)
}

fn add_inputs(
    engine: &Engine,
    inputs: &[Input],
) -> (HashMap<i32, Arc<firesteel_dstream::ReceiverInput<bytes::Bytes>>>, Vec<i32>) {
    let (mut sockets, mut directories) = (HashMap::new(), Vec::new());
    for input in inputs {
        match &input.kind {
            InputKind::Socket { host, port } => {
                let receiver = SocketReceiver::bytes(host, *port);
                sockets.insert(input.stream, engine.add_receiver(input.stream, receiver, LineBytes));
            }
            InputKind::Files { directory } => {
                engine.add_files(input.stream, directory, None, true);
                directories.push(input.stream);
            }
        }
    }
    (sockets, directories)
}

/// Passes events on to the driver's listeners.
struct DriverListener(Arc<Conversation>);

impl StreamingListener for DriverListener {
    fn on_event(&self, event: &DStreamEvent) {
        let told: Result<(), SparkError> = self.0.tell(json!({"event": event.json()}));
        if told.is_err() {
            tracing::debug!(event = event.name(), "the driver has gone and is told no more");
        }
    }
}
