//! The gRPC end of [`crate::callbacks`]: one stream for each driver.

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use serde_json::{Value, json};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::callbacks::{Driver, DriverCallbacks};
use crate::frame::{Frame, Header};
use crate::registry::{SessionKey, SessionRegistry};
use crate::status::status;

#[allow(missing_docs, unused_qualifications, clippy::all, clippy::pedantic)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/firesteel.DriverService.rs"));
}

pub use generated::driver_service_client::DriverServiceClient;
pub use generated::driver_service_server::{DriverService, DriverServiceServer};

/// The protocol that this engine speaks.
const PROTOCOL: u64 = 1;

/// Takes the streams of drivers.
#[derive(Debug)]
pub struct DriverStreams {
    registry: Arc<SessionRegistry>,
}

impl DriverStreams {
    /// For the drivers of the sessions of `registry`.
    pub fn new(registry: Arc<SessionRegistry>) -> Self {
        Self { registry }
    }
}

#[tonic::async_trait]
impl DriverService for DriverStreams {
    type CallbacksStream = Pin<Box<dyn Stream<Item = Result<Frame, Status>> + Send>>;

    async fn callbacks(&self, request: Request<Streaming<Frame>>) -> Result<Response<Self::CallbacksStream>, Status> {
        let mut incoming = request.into_inner();
        let first = incoming.message().await?;
        let key = first.and_then(|frame| hello(&frame.header)).ok_or_else(|| {
            Status::invalid_argument(format!("the first frame should be a hello of protocol {PROTOCOL}"))
        })?;
        let session = self.registry.get_or_open(&key, None).map_err(|e| status(&e, None))?;
        let (driver, outgoing) = session.callbacks.open();
        let welcome = json!({"kind": "welcome", "protocol": PROTOCOL, "session_id": key.session_id});
        let welcome = Frame::of(welcome.as_object().cloned().unwrap_or_default());
        let answers = Answers { callbacks: session.callbacks.clone(), driver: driver.clone() };
        tokio::spawn(async move {
            // A broken stream ends like one that was closed: the calls in flight fail.
            while let Ok(Some(frame)) = incoming.message().await {
                answers.driver.answer(frame);
            }
        });
        let frames = tokio_stream::once(welcome).chain(ReceiverStream::new(outgoing)).map(Ok);
        Ok(Response::new(Box::pin(frames)))
    }
}

/// Ends the driver's calls when its answers end.
struct Answers {
    callbacks: DriverCallbacks,
    driver: Arc<Driver>,
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.callbacks.close(&self.driver);
    }
}

fn hello(header: &Header) -> Option<SessionKey> {
    let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_string);
    let right = text("kind")? == "hello" && header.get("protocol")?.as_u64()? == PROTOCOL;
    right.then_some(SessionKey { user_id: text("user_id").unwrap_or_default(), session_id: text("session_id")? })
}
