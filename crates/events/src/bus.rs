//! The bus: a bounded broadcast of events, cheap to post on when nobody listens.

use tokio::sync::broadcast;

use crate::Event;

/// How far a subscriber may fall behind before it loses events; a power of two, to which the channel would round it up.
const QUEUE_LENGTH: usize = 16_384;

/// Carries events from those who post to those who subscribed. Clones are the same bus.
#[derive(Debug, Clone)]
pub struct EventBus {
    sender: broadcast::Sender<Event>,
}

/// What a subscriber gets.
#[derive(Debug, Clone)]
pub enum Received {
    /// The next event.
    Event(Event),
    /// So many events were lost, because the subscriber was slow.
    Lost(u64),
}

/// The events since the subscription, in order.
#[derive(Debug)]
pub struct Subscription {
    receiver: broadcast::Receiver<Event>,
}

impl EventBus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        Self { sender: broadcast::channel(QUEUE_LENGTH).0 }
    }

    /// Tells every subscriber; never waits.
    pub fn post(&self, event: impl Into<Event>) {
        // An error only says that nobody listens.
        let _ = self.sender.send(event.into());
    }

    /// From now on, every event.
    pub fn subscribe(&self) -> Subscription {
        Subscription { receiver: self.sender.subscribe() }
    }
}

impl Default for EventBus {
    fn default() -> Self {
        Self::new()
    }
}

impl Subscription {
    /// The next event, when there is one; `None` when the bus is gone.
    pub async fn next(&mut self) -> Option<Received> {
        match self.receiver.recv().await {
            Ok(event) => Some(Received::Event(event)),
            Err(broadcast::error::RecvError::Lagged(count)) => Some(Received::Lost(count)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// The next event, if there is one already.
    pub fn try_next(&mut self) -> Option<Received> {
        match self.receiver.try_recv() {
            Ok(event) => Some(Received::Event(event)),
            Err(broadcast::error::TryRecvError::Lagged(count)) => Some(Received::Lost(count)),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::query::{QueryEvent, QueryIdle};

    fn idle(n: usize) -> QueryEvent {
        QueryEvent::Idle(QueryIdle { id: n.to_string(), run_id: String::new(), timestamp: String::new() })
    }

    fn id(received: Option<Received>) -> String {
        match received {
            Some(Received::Event(Event::Query(event))) => event.id().to_string(),
            other => panic!("no event: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_subscriber_gets_what_is_posted_after_it_subscribed_in_order() {
        let bus = EventBus::new();
        bus.post(idle(0));
        let mut first = bus.subscribe();
        bus.post(idle(1));
        let mut second = bus.clone().subscribe();
        bus.post(idle(2));
        assert_eq!([id(first.next().await), id(first.next().await)], ["1", "2"]);
        assert_eq!(id(second.next().await), "2");
        assert!(second.try_next().is_none());
    }

    #[tokio::test]
    async fn a_slow_subscriber_is_told_how_many_events_it_lost() {
        let bus = EventBus::new();
        let mut slow = bus.subscribe();
        for n in 0..QUEUE_LENGTH + 100 {
            bus.post(idle(n));
        }
        let Some(Received::Lost(lost)) = slow.next().await else { panic!("nothing lost") };
        assert_eq!(id(slow.next().await), lost.to_string());
    }
}
