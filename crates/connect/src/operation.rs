//! One execution of a plan: the work, its responses, its state, its cancellation.
//!
//! The work runs on its own, whoever is connected. Cancelling drops it where it stands; a DataFusion plan, a wait for
//! a query, a callback all end that way.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use spark_connect_proto::command::CommandType;
use spark_connect_proto::execute_plan_response::{ResponseType, ResultComplete};
use spark_connect_proto::get_status_response::operation_status::OperationState;
use spark_connect_proto::plan::OpType;
use spark_connect_proto::{ExecutePlanResponse, Plan};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::response_log::ResponseLog;

/// The ids that every response carries.
#[derive(Debug, Clone)]
pub struct ResponseIds {
    /// The client's session.
    pub session_id: String,
    /// The engine's own id for it.
    pub server_side_session_id: String,
    /// The operation.
    pub operation_id: String,
}

/// One execution of a plan.
#[derive(Debug)]
pub struct Operation {
    /// Goes into every response.
    pub ids: ResponseIds,
    /// What the client called it, for `Interrupt`.
    pub tags: Vec<String>,
    /// The local properties of the driver's thread: its job group, what it calls its jobs, and its own.
    pub properties: BTreeMap<String, String>,
    /// Whether a client may come back for its responses.
    pub reattachable: bool,
    /// The request's plan, to tell a repeated request from another one under the same id.
    plan: Plan,
    log: ResponseLog,
    cancel: CancellationToken,
    outcome: Mutex<Outcome>,
    /// Since when no one reads; `None` while someone does.
    unread_since: Mutex<Option<Instant>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl Operation {
    /// An operation that has not started.
    pub fn new(ids: ResponseIds, tags: Vec<String>, reattachable: bool, plan: Plan) -> Arc<Self> {
        Self::with_properties(ids, tags, BTreeMap::new(), reattachable, plan)
    }

    /// An operation that has not started, with the local properties of the thread that asks for it.
    pub fn with_properties(
        ids: ResponseIds,
        tags: Vec<String>,
        properties: BTreeMap<String, String>,
        reattachable: bool,
        plan: Plan,
    ) -> Arc<Self> {
        Arc::new(Self {
            ids,
            tags,
            properties,
            reattachable,
            plan,
            log: ResponseLog::new(reattachable),
            cancel: CancellationToken::new(),
            outcome: Mutex::new(Outcome::Running),
            unread_since: Mutex::new(Some(Instant::now())),
        })
    }

    /// Runs `work` to its end, in a task of its own. `work` sends its responses with [`Operation::respond`].
    pub fn start<W>(self: &Arc<Self>, work: W)
    where
        W: Future<Output = Result<()>> + Send + 'static,
    {
        let operation = self.clone();
        // A task of its own for the work, so that a panic there is an error here.
        let mut work = tokio::spawn(work);
        tokio::spawn(async move {
            let result = tokio::select! {
                biased;
                () = operation.cancel.cancelled() => {
                    work.abort();
                    let _ = work.await;
                    Err(SparkError::new("OPERATION_CANCELED"))
                }
                result = &mut work => result.unwrap_or_else(|e| Err(SparkError::internal(e.to_string()))),
            };
            operation.finish(result).await;
        });
    }

    /// Sends a response, when the client keeps up.
    pub async fn respond(&self, response: ResponseType) {
        self.send(ExecutePlanResponse { response_type: Some(response), ..Default::default() }).await;
    }

    /// Sends a response whose ids are not set yet.
    pub async fn send(&self, mut response: ExecutePlanResponse) {
        response.session_id.clone_from(&self.ids.session_id);
        response.server_side_session_id.clone_from(&self.ids.server_side_session_id);
        response.operation_id.clone_from(&self.ids.operation_id);
        self.log.push(response).await;
    }

    /// The responses.
    pub fn log(&self) -> &ResponseLog {
        &self.log
    }

    /// Whether a request for `plan` is this operation, asked for again.
    pub fn is_for(&self, plan: &Plan) -> bool {
        self.plan == *plan
    }

    /// Whether the work is what Spark calls jobs: rows for the client, a write, SQL; not a call about a streaming query.
    pub fn runs_jobs(&self) -> bool {
        let Some(OpType::Command(command)) = &self.plan.op_type else { return true };
        !matches!(
            command.command_type,
            Some(
                CommandType::WriteStreamOperationStart(_)
                    | CommandType::StreamingQueryCommand(_)
                    | CommandType::StreamingQueryManagerCommand(_)
                    | CommandType::StreamingQueryListenerBusCommand(_)
            )
        )
    }

    /// Stops the work, if it runs; returns whether it did.
    pub fn interrupt(&self) -> bool {
        let mut outcome = self.outcome.lock();
        let running = *outcome == Outcome::Running;
        if running {
            *outcome = Outcome::Cancelled;
            drop(outcome);
            self.cancel.cancel();
        }
        running
    }

    /// The state that a client sees; `closed` once no response is kept any more.
    pub fn state(&self, closed: bool) -> OperationState {
        match *self.outcome.lock() {
            Outcome::Running => OperationState::Running,
            Outcome::Cancelled => OperationState::Cancelled,
            _ if !closed => OperationState::Terminating,
            Outcome::Succeeded => OperationState::Succeeded,
            Outcome::Failed => OperationState::Failed,
        }
    }

    /// Says that someone reads, or no longer does.
    pub fn set_read(&self, read: bool) {
        *self.unread_since.lock() = if read { None } else { Some(Instant::now()) };
    }

    /// Whether no one has read for `idle`.
    pub fn is_abandoned(&self, idle: Duration) -> bool {
        self.unread_since.lock().is_some_and(|since| since.elapsed() >= idle)
    }

    async fn finish(&self, result: Result<()>) {
        {
            let mut outcome = self.outcome.lock();
            if *outcome == Outcome::Running {
                *outcome = if result.is_ok() { Outcome::Succeeded } else { Outcome::Failed };
            }
        }
        if result.is_ok() && self.reattachable {
            let complete = self.respond(ResponseType::ResultComplete(ResultComplete {}));
            tokio::select! {
                () = complete => {}
                () = self.cancel.cancelled() => {}
            }
        }
        self.log.end(result);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::response_log::Read;

    fn operation(reattachable: bool) -> Arc<Operation> {
        let ids = ResponseIds { session_id: "s".into(), server_side_session_id: "t".into(), operation_id: "o".into() };
        Operation::new(ids, Vec::new(), reattachable, Plan::default())
    }

    async fn end(operation: &Operation) -> Result<()> {
        let reader = operation.log().attach(None)?;
        loop {
            if let Read::End(end) = operation.log().read(reader).await {
                return end;
            }
        }
    }

    #[tokio::test]
    async fn an_interrupted_operation_ends_as_cancelled() {
        let operation = operation(true);
        operation.start(std::future::pending());
        assert_eq!(operation.state(false), OperationState::Running);
        assert!(operation.interrupt());
        let error = end(&operation).await.unwrap_err();
        assert_eq!(error.condition(), Some("OPERATION_CANCELED"));
        assert_eq!(operation.state(false), OperationState::Cancelled);
        assert!(!operation.interrupt());
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_the_operation() {
        let operation = operation(true);
        operation.start(async { panic!("boo") });
        let error = end(&operation).await.unwrap_err();
        assert_eq!(error.condition(), Some("INTERNAL_ERROR"));
        assert_eq!(operation.state(true), OperationState::Failed);
    }

    #[tokio::test]
    async fn a_complete_result_says_so_to_clients_that_can_reattach() {
        for (reattachable, expected) in [(true, 1), (false, 0)] {
            let operation = operation(reattachable);
            operation.start(std::future::ready(Ok(())));
            let reader = operation.log().attach(None).unwrap();
            let mut complete = 0;
            while let Read::Response(response) = operation.log().read(reader).await {
                assert_eq!(response.operation_id, "o");
                complete += usize::from(matches!(response.response_type, Some(ResponseType::ResultComplete(_))));
            }
            assert_eq!(complete, expected);
        }
    }
}
