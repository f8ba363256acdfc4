//! An operation's responses as the stream of one connection.
//!
//! When the connection goes away, an operation that can be reattached to waits for its client; any other is over.

use std::sync::Arc;

use firesteel_error::Result;
use futures::Stream;
use spark_connect_proto::ExecutePlanResponse;
use tonic::Status;

use crate::operation::Operation;
use crate::response_log::Read;
use crate::session::ClientSession;
use crate::status::status;

/// The responses after `last_id`, or from the start.
///
/// # Errors
/// `INVALID_CURSOR` for a response that never was or is no longer kept.
pub fn follow(
    session: Arc<ClientSession>,
    operation: Arc<Operation>,
    last_id: Option<&str>,
) -> Result<impl Stream<Item = Result<ExecutePlanResponse, Status>> + Send + use<>> {
    let reader = operation.log().attach(last_id)?;
    operation.set_read(true);
    let follower = Follower { session, operation, reader };
    Ok(futures::stream::unfold(Some(follower), |follower| async move {
        let follower = follower?;
        match follower.operation.log().read(follower.reader).await {
            Read::Response(response) => Some((Ok(response.as_ref().clone()), Some(follower))),
            Read::End(Ok(())) => None,
            Read::End(Err(error)) => Some((Err(status(&error, Some(&follower.session.errors))), None)),
        }
    }))
}

struct Follower {
    session: Arc<ClientSession>,
    operation: Arc<Operation>,
    reader: u64,
}

impl Drop for Follower {
    fn drop(&mut self) {
        if !self.operation.log().is_current(self.reader) {
            return;
        }
        self.operation.set_read(false);
        self.session.touch();
        if !self.operation.reattachable {
            self.session.operations.remove(&self.operation.ids.operation_id);
        }
    }
}
