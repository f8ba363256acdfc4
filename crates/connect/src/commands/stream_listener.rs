//! `spark.streams.addListener`: the events of the session's queries, for as long as the client listens.
//!
//! The client runs its listeners itself. It opens one long operation for their events when the first is added and ends
//! it when the last is removed. The event of a query's start is not among them: it comes with the answer to `start`.
//! The event of its end goes out before the answer to `stop`: a client that removes its last listener waits for the
//! listeners to be done, and `pyspark` would wait for ever if an event came in the meantime.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use firesteel_error::Result;
use firesteel_events::query::QueryEvent;
use firesteel_events::{Event, Received};
use parking_lot::Mutex;
use spark_connect_proto::execute_plan_response::ResponseType;
use spark_connect_proto::streaming_query_listener_bus_command::Command;
use spark_connect_proto::{
    StreamingQueryEventType, StreamingQueryListenerBusCommand, StreamingQueryListenerEvent,
    StreamingQueryListenerEventsResult,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::plan::not_set;

/// Whether the client listens.
#[derive(Debug, Default, Clone)]
pub struct ListenerBus {
    open: Arc<Mutex<Option<CancellationToken>>>,
    /// The runs of whose ends the client was told.
    ended: watch::Sender<HashSet<String>>,
}

/// How long an answer to `stop` waits for the event of the end.
const TOLD_WAIT: Duration = Duration::from_secs(1);

impl ListenerBus {
    /// Whether the client listens.
    pub fn is_open(&self) -> bool {
        self.open.lock().is_some()
    }

    /// Returns when the client, if it listens, was told of the end of a run.
    pub async fn told_of_end(&self, run_id: &str) {
        let Some(closed) = self.open.lock().clone() else { return };
        let mut ended = self.ended.subscribe();
        tokio::select! {
            _ = ended.wait_for(|runs| runs.contains(run_id)) => {}
            () = closed.cancelled() => {}
            // The run ended before the client listened, or the client is slow.
            () = tokio::time::sleep(TOLD_WAIT) => {}
        }
    }

    /// Starts to listen, if no one does.
    fn open(&self) -> Option<Listening> {
        let mut open = self.open.lock();
        if open.is_some() {
            return None;
        }
        let end = CancellationToken::new();
        *open = Some(end.clone());
        self.ended.send_modify(HashSet::clear);
        Some(Listening { bus: self.clone(), end })
    }

    fn close(&self) {
        if let Some(end) = self.open.lock().take() {
            end.cancel();
        }
    }
}

/// Someone listens; dropped, no one does.
struct Listening {
    bus: ListenerBus,
    end: CancellationToken,
}

impl Drop for Listening {
    fn drop(&mut self) {
        // After a close, the next listener may be there already.
        if !self.end.is_cancelled() {
            self.bus.close();
        }
    }
}

pub(super) async fn run(context: &Context, message: StreamingQueryListenerBusCommand) -> Result<()> {
    let bus = &context.session.listener_bus;
    match message.command {
        Some(Command::AddListenerBusListener(_)) => match bus.open() {
            Some(listening) => listen(context, listening).await,
            None => Ok(()),
        },
        Some(Command::RemoveListenerBusListener(_)) => {
            bus.close();
            Ok(())
        }
        None => Err(not_set("spark.connect.StreamingQueryListenerBusCommand", "COMMAND_NOT_SET")),
    }
}

async fn listen(context: &Context, listening: Listening) -> Result<()> {
    let mut events = context.session.queries.bus().subscribe();
    let added = StreamingQueryListenerEventsResult { events: Vec::new(), listener_bus_listener_added: Some(true) };
    context.respond(ResponseType::StreamingQueryListenerEventsResult(added)).await;
    loop {
        let received = tokio::select! {
            biased;
            () = listening.end.cancelled() => return Ok(()),
            received = events.next() => received,
        };
        match received {
            None => return Ok(()),
            Some(Received::Lost(count)) => tracing::warn!(count, "the client's listeners are slow and lost events"),
            Some(Received::Event(Event::Query(event))) => {
                if let Some(told) = told(&event) {
                    let events =
                        StreamingQueryListenerEventsResult { events: vec![told], listener_bus_listener_added: None };
                    context.respond(ResponseType::StreamingQueryListenerEventsResult(events)).await;
                }
                if let QueryEvent::Terminated(ended) = event.as_ref() {
                    listening.bus.ended.send_modify(|runs| _ = runs.insert(ended.run_id.clone()));
                }
            }
            Some(Received::Event(_)) => {}
        }
    }
}

fn told(event: &QueryEvent) -> Option<StreamingQueryListenerEvent> {
    let event_type = match event {
        QueryEvent::Started(_) => return None,
        QueryEvent::Progress(_) => StreamingQueryEventType::QueryProgressEvent,
        QueryEvent::Idle(_) => StreamingQueryEventType::QueryIdleEvent,
        QueryEvent::Terminated(_) => StreamingQueryEventType::QueryTerminatedEvent,
    };
    Some(StreamingQueryListenerEvent { event_json: event.json().to_string(), event_type: event_type.into() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn who_stops_a_query_waits_until_the_listeners_were_told() {
        let bus = ListenerBus::default();
        // Nobody listens: nothing to wait for.
        bus.told_of_end("a").await;
        let listening = bus.open().unwrap();
        let wait = tokio::spawn({
            let bus = bus.clone();
            async move { bus.told_of_end("a").await }
        });
        tokio::task::yield_now().await;
        assert!(!wait.is_finished());
        listening.bus.ended.send_modify(|runs| _ = runs.insert("a".into()));
        wait.await.unwrap();
        bus.close();
        bus.told_of_end("b").await;
    }

    #[test]
    fn one_operation_at_a_time_listens() {
        let bus = ListenerBus::default();
        let first = bus.open().unwrap();
        assert!(bus.open().is_none());
        bus.close();
        assert!(first.end.is_cancelled());
        let second = bus.open().unwrap();
        drop(first);
        assert!(bus.is_open());
        drop(second);
        assert!(!bus.is_open());
    }
}
