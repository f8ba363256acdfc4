//! The event bus: what happened in the engine, told to whoever listens (listeners of a session, the UI's store).
//!
//! An [`Event`] is one fact with its time. Whoever makes it happen posts it on an [`EventBus`]; a subscriber gets every
//! event posted after it subscribed, in order, through a queue of its own. Posting never waits: a subscriber that falls
//! behind by more than its queue loses the oldest events and is told how many ([`Subscription::next`]).
//!
//! Kinds of events are modules: [`query`] has those of streaming queries, [`dstream`] those of DStream programs. Another kind is one more module and one more
//! variant of [`Event`].
#![warn(missing_docs)]

mod bus;
pub mod dstream;
pub mod query;

use std::sync::Arc;

pub use bus::{EventBus, Received, Subscription};

/// Something that happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A streaming query started, made progress, was idle or ended.
    Query(Arc<query::QueryEvent>),
    /// A DStream program's context, batch, output operation or receiver.
    DStream(Arc<dstream::DStreamEvent>),
}

impl From<query::QueryEvent> for Event {
    fn from(event: query::QueryEvent) -> Self {
        Self::Query(Arc::new(event))
    }
}

impl From<dstream::DStreamEvent> for Event {
    fn from(event: dstream::DStreamEvent) -> Self {
        Self::DStream(Arc::new(event))
    }
}
