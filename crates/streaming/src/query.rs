//! A streaming query that was started: what it is, what it does, and how it ends.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use datafusion::physical_plan::displayable;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::EventBus;
use firesteel_events::query::{QueryEvent, QueryTerminated};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::error::QueryPicture;
use crate::incremental::planner::BatchPlan;
use crate::progress::StreamingQueryProgress;

/// What a query is doing right now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryStatus {
    /// In words.
    pub message: String,
    /// Whether there are rows that no batch has read.
    pub is_data_available: bool,
    /// Whether a trigger is being worked on.
    pub is_trigger_active: bool,
}

/// The handle of a query. Clones of the `Arc` are the same query.
#[derive(Debug)]
pub struct StreamingQuery(pub(crate) Arc<QueryHandle>);

/// What the query's task and the users of its handle share.
#[derive(Debug)]
pub(crate) struct QueryHandle {
    id: String,
    run_id: String,
    name: Option<String>,
    plan: String,
    bus: EventBus,
    keeps: Keeps,
    state: Mutex<HandleState>,
    /// Grows with each change that someone may wait for.
    changes: watch::Sender<u64>,
    stopping: watch::Sender<bool>,
}

/// What settings say of a query's handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keeps {
    /// The number of progresses (`spark.sql.streaming.numRecentProgressUpdates`).
    pub progress: usize,
    /// How long a caller of `stop` waits for the end (`spark.sql.streaming.stopTimeout`); without end if `None`.
    pub stop_timeout: Option<Duration>,
}

#[derive(Debug)]
struct HandleState {
    status: QueryStatus,
    progress: VecDeque<Arc<StreamingQueryProgress>>,
    ended: bool,
    exception: Option<SparkError>,
    initialized: bool,
    committed: String,
    available: String,
    batch_plan: Option<BatchPlan>,
    /// The number of the newest check for new data, and of the newest that found nothing.
    checks: u64,
    found_nothing: u64,
}

impl StreamingQuery {
    /// The query's id, the same after a restart from its checkpoint.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// This run's id.
    pub fn run_id(&self) -> &str {
        &self.0.run_id
    }

    /// The user's name for the query.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Whether it runs.
    pub fn is_active(&self) -> bool {
        !self.0.state.lock().ended
    }

    /// What it is doing.
    pub fn status(&self) -> QueryStatus {
        self.0.state.lock().status.clone()
    }

    /// The newest progresses, oldest first.
    pub fn recent_progress(&self) -> Vec<Arc<StreamingQueryProgress>> {
        self.0.state.lock().progress.iter().cloned().collect()
    }

    /// The newest progress.
    pub fn last_progress(&self) -> Option<Arc<StreamingQueryProgress>> {
        self.0.state.lock().progress.back().cloned()
    }

    /// What ended the query, if it failed.
    pub fn exception(&self) -> Option<SparkError> {
        self.0.state.lock().exception.clone()
    }

    /// The plan of the last batch, as text; the logical plans before it if `extended`.
    pub fn explain(&self, extended: bool) -> String {
        let Some(BatchPlan { optimized, physical }) = self.0.state.lock().batch_plan.clone() else {
            return "No physical plan. Waiting for data.".to_string();
        };
        let physical = displayable(physical.as_ref()).indent(true).to_string();
        let mut text = String::new();
        if extended {
            let analyzed = &self.0.plan;
            for (title, plan) in [("Parsed", analyzed.as_str()), ("Analyzed", analyzed), ("Optimized", &optimized)] {
                text += &format!("== {title} Logical Plan ==\n{}\n\n", plan.trim_end());
            }
        }
        text + &format!("== Physical Plan ==\n{physical}")
    }

    /// Ends the query, in the middle of a batch if need be; returns when it has ended.
    ///
    /// # Errors
    /// If it has not ended within `spark.sql.streaming.stopTimeout`. It still ends when it can.
    pub async fn stop(&self) -> Result<()> {
        self.0.stopping.send_replace(true);
        let ended = self.0.until(|state| state.ended);
        let Some(timeout) = self.0.keeps.stop_timeout else {
            ended.await;
            return Ok(());
        };
        tokio::time::timeout(timeout, ended).await.map_err(|_| self.not_stopped(timeout))
    }

    fn not_stopped(&self, timeout: Duration) -> SparkError {
        let name = self.name().map(|name| format!("{name} ")).unwrap_or_default();
        let text = format!(
            "The streaming query {name}[id = {}, runId = {}] has not stopped within {} milliseconds \
             (spark.sql.streaming.stopTimeout). It was asked to, and ends once what it does now lets it: {}.",
            self.id(),
            self.run_id(),
            timeout.as_millis(),
            self.status().message
        );
        SparkError::plain(Exception::Timeout, text)
    }

    /// Waits for the query's end. Says whether it has come in time; fails if the query failed.
    pub async fn await_termination(&self, timeout: Option<Duration>) -> Result<bool> {
        let ended = self.0.until(|state| state.ended);
        let in_time = match timeout {
            None => {
                ended.await;
                true
            }
            Some(timeout) => tokio::time::timeout(timeout, ended).await.is_ok(),
        };
        match self.exception() {
            Some(error) => Err(error),
            None => Ok(in_time),
        }
    }

    /// Waits until all rows that are there now have been processed. Fails if the query fails.
    pub async fn process_all_available(&self) -> Result<()> {
        let asked_at = self.0.state.lock().checks;
        self.0.until(|state| state.ended || state.found_nothing > asked_at).await;
        match self.exception() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl QueryHandle {
    pub fn new(id: String, name: Option<String>, plan: String, bus: EventBus, keeps: Keeps) -> Self {
        let status = QueryStatus {
            message: "Initializing StreamExecution".to_string(),
            is_data_available: false,
            is_trigger_active: false,
        };
        let state = HandleState {
            status,
            progress: VecDeque::new(),
            ended: false,
            exception: None,
            initialized: false,
            committed: "{}".to_string(),
            available: "{}".to_string(),
            batch_plan: None,
            checks: 0,
            found_nothing: 0,
        };
        Self {
            id,
            run_id: uuid::Uuid::new_v4().to_string(),
            name,
            plan,
            bus,
            keeps,
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub fn bus(&self) -> &EventBus {
        &self.bus
    }

    /// Returns when someone asks the query to stop.
    pub async fn stop_asked(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as this handle.
        let _ = stopping.wait_for(|asked| *asked).await;
    }

    async fn until(&self, wanted: impl Fn(&HandleState) -> bool) {
        let mut changes = self.changes.subscribe();
        while !wanted(&self.state.lock()) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    fn change<T>(&self, how: impl FnOnce(&mut HandleState) -> T) -> T {
        let outcome = how(&mut self.state.lock());
        self.changes.send_modify(|count| *count += 1);
        outcome
    }

    pub fn set_message(&self, message: &str) {
        let mut state = self.state.lock();
        if state.status.message != message {
            state.status.message = message.to_string();
        }
    }

    pub fn set_data_available(&self, available: bool) {
        self.state.lock().status.is_data_available = available;
    }

    pub fn set_trigger_active(&self, active: bool) {
        self.state.lock().status.is_trigger_active = active;
    }

    pub fn set_initialized(&self) {
        self.state.lock().initialized = true;
    }

    pub fn set_batch_plan(&self, plan: BatchPlan) {
        self.state.lock().batch_plan = Some(plan);
    }

    pub fn set_offsets(&self, committed: String, available: Option<String>) {
        let mut state = self.state.lock();
        state.committed = committed;
        if let Some(available) = available {
            state.available = available;
        }
    }

    /// A check for new data begins; its number.
    pub fn start_check(&self) -> u64 {
        let mut state = self.state.lock();
        state.checks += 1;
        state.checks
    }

    /// The check with this number found nothing to do.
    pub fn found_nothing(&self, check: u64) {
        self.change(|state| state.found_nothing = check);
    }

    pub fn add_progress(&self, progress: StreamingQueryProgress) {
        self.change(|state| {
            state.progress.push_back(Arc::new(progress));
            // As many as the setting says would be one too many for Spark.
            while state.progress.len() >= self.keeps.progress.max(2) {
                state.progress.pop_front();
            }
        });
    }

    /// What an error says of the query.
    pub fn picture(&self) -> QueryPicture {
        let state = self.state.lock();
        QueryPicture {
            id: self.id.clone(),
            run_id: self.run_id.clone(),
            name: self.name.clone(),
            committed: state.committed.clone(),
            available: state.available.clone(),
            initialized: state.initialized,
            plan: self.plan.clone(),
        }
    }

    /// The query has ended, with an error or without. Who waits for the end finds `event` on the bus before it.
    pub fn end(&self, message: String, exception: Option<SparkError>, event: QueryTerminated) {
        self.change(|state| {
            state.status = QueryStatus { message, is_data_available: false, is_trigger_active: false };
            state.exception = exception;
            state.ended = true;
            self.bus.post(QueryEvent::Terminated(event));
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn query(stop_timeout: Option<Duration>) -> StreamingQuery {
        let keeps = Keeps { progress: 100, stop_timeout };
        let name = Some("clicks".to_string());
        StreamingQuery(Arc::new(QueryHandle::new("7".to_string(), name, String::new(), EventBus::default(), keeps)))
    }

    #[tokio::test]
    async fn a_stop_waits_as_long_as_the_setting_says() {
        let query = query(Some(Duration::from_millis(25)));
        let error = query.stop().await.unwrap_err().to_string();
        assert!(error.contains("clicks [id = 7, runId = ") && error.contains("within 25 milliseconds"), "{error}");
        // The query is still to stop, and a later call waits again.
        assert!(*query.0.stopping.borrow());
        let event = QueryTerminated {
            id: query.id().to_string(),
            run_id: query.run_id().to_string(),
            exception: None,
            error_class: None,
        };
        query.0.end("Stopped".to_string(), None, event);
        query.stop().await.unwrap();
    }
}
