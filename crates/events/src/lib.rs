//! The event bus: what happened in the engine, told to whoever listens (listeners of a session, the UI's store).
//!
//! An [`Event`] is one fact with its time. Whoever makes it happen posts it on an [`EventBus`]; a subscriber gets every
//! event posted after it subscribed, in order, through a queue of its own. Posting never waits: a subscriber that falls
//! behind by more than its queue loses the oldest events and is told how many ([`Subscription::next`]).
//!
//! Kinds of events are modules: [`application`] has those of the process, [`sql`] those of SQL executions, [`job`] those of
//! jobs, stages and tasks, [`query`] those of streaming queries, [`dstream`] those of DStream programs. Another kind is one
//! more module and one more variant of [`Event`].
#![warn(missing_docs)]

pub mod application;
mod bus;
pub mod dstream;
pub mod ids;
pub mod job;
pub mod query;
pub mod sql;

use std::sync::Arc;

use serde_json::Value;

pub use bus::{EventBus, Received, Subscription};

/// Something that happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A streaming query started, made progress, was idle or ended.
    Query(Arc<query::QueryEvent>),
    /// A job, stage or task started or ended, or a block was stored.
    Job(Arc<job::JobEvent>),
    /// A DStream program's context, batch, output operation or receiver.
    DStream(Arc<dstream::DStreamEvent>),
    /// The application's start, end, settings, executor or workers.
    Application(Arc<application::ApplicationEvent>),
    /// A SQL execution started, has a plan, measured something or ended.
    Sql(Arc<sql::SqlEvent>),
}

impl Event {
    /// The event's lines in Spark's event log.
    pub fn log_lines(&self) -> Vec<Value> {
        match self {
            Self::Query(event) => vec![event.log_json()],
            Self::Job(event) => vec![event.json()],
            Self::DStream(event) => vec![event.json()],
            Self::Application(event) => event.json(),
            Self::Sql(event) => vec![event.json()],
        }
    }
}

impl From<query::QueryEvent> for Event {
    fn from(event: query::QueryEvent) -> Self {
        Self::Query(Arc::new(event))
    }
}

impl From<job::JobEvent> for Event {
    fn from(event: job::JobEvent) -> Self {
        Self::Job(Arc::new(event))
    }
}

impl From<dstream::DStreamEvent> for Event {
    fn from(event: dstream::DStreamEvent) -> Self {
        Self::DStream(Arc::new(event))
    }
}

impl From<application::ApplicationEvent> for Event {
    fn from(event: application::ApplicationEvent) -> Self {
        Self::Application(Arc::new(event))
    }
}

impl From<sql::SqlEvent> for Event {
    fn from(event: sql::SqlEvent) -> Self {
        Self::Sql(Arc::new(event))
    }
}
