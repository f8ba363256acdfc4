//! The gRPC end of [`crate::protocol`].

use std::pin::Pin;
use std::sync::Arc;

use bytes::BytesMut;
use firesteel_error::{Result, SparkError};
use futures::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::calls;
use crate::context::Context;
use crate::engine::ClassicEngine;
use crate::frame::{Frame, Header};
use crate::job;
use crate::protocol::{self, failure, read};

#[allow(missing_docs, unused_qualifications, clippy::all, clippy::pedantic)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/firesteel.ClassicService.rs"));
}

pub use generated::classic_service_client::ClassicServiceClient;
pub use generated::classic_service_server::{ClassicService, ClassicServiceServer};

/// Frames of a job that may wait for a slow client before its tasks are held back.
const QUEUED_FRAMES_MAX: usize = 16;

/// Answers the drivers of a server's sessions.
pub struct ClassicCalls {
    engine: Arc<ClassicEngine>,
}

impl ClassicCalls {
    /// For the sessions of a server.
    pub fn new(engine: Arc<ClassicEngine>) -> Self {
        Self { engine }
    }

    /// The session's context and the request's kind.
    fn begin(&self, header: &Header) -> Result<(Arc<Context>, String)> {
        let request: protocol::Request = read(header)?;
        Ok((self.engine.context(&request.session)?, request.kind))
    }
}

#[tonic::async_trait]
impl ClassicService for ClassicCalls {
    type RunStream = Pin<Box<dyn Stream<Item = Result<Frame, Status>> + Send>>;

    async fn call(&self, request: Request<Frame>) -> Result<Response<Frame>, Status> {
        let frame = request.into_inner();
        let begun = self.begin(&frame.header);
        // A question may list files or wait for a lock: not for the runtime's threads.
        let answered = tokio::task::spawn_blocking(move || {
            let (context, kind) = begun?;
            calls::answer(&context, &kind, &frame)
        });
        Ok(Response::new(or_failure(ended(answered.await))))
    }

    async fn run(&self, request: Request<Frame>) -> Result<Response<Self::RunStream>, Status> {
        let frame = request.into_inner();
        let begun = self.begin(&frame.header);
        let (replies, stream) = mpsc::channel(QUEUED_FRAMES_MAX);
        tokio::task::spawn_blocking(move || {
            let ended = begun.and_then(|(context, kind)| job::run(&context, &kind, &frame, &replies));
            if let Err(error) = ended {
                // A client that has gone needs no answer.
                let _ = replies.blocking_send(failure(&error));
            }
        });
        Ok(Response::new(Box::pin(futures::StreamExt::map(ReceiverStream::new(stream), Ok))))
    }

    async fn upload(&self, request: Request<Streaming<Frame>>) -> Result<Response<Frame>, Status> {
        let mut incoming = request.into_inner();
        let Some(first) = incoming.message().await? else {
            return Err(Status::invalid_argument("an upload needs a first frame"));
        };
        let mut payload = BytesMut::from(first.payload.as_ref());
        while let Some(next) = incoming.message().await? {
            payload.extend_from_slice(&next.payload);
        }
        let begun = self.begin(&first.header);
        let kept = tokio::task::spawn_blocking(move || {
            let (context, kind) = begun?;
            calls::keep(&context, &kind, payload.freeze())
        });
        Ok(Response::new(or_failure(ended(kept.await))))
    }
}

fn ended<T>(joined: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    joined.unwrap_or_else(|error| Err(SparkError::internal(format!("a request did not end: {error}"))))
}

fn or_failure(result: Result<Frame>) -> Frame {
    result.unwrap_or_else(|error| failure(&error))
}
