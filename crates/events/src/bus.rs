//! The bus: a bounded broadcast of events, cheap to post on when nobody listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::broadcast;

use crate::Event;
use crate::ids::Ids;

/// How far a subscriber may fall behind before it loses events; a power of two, to which the channel would round it up.
const QUEUE_LENGTH: usize = 16_384;

/// Carries events from those who post to those who subscribed. Clones are the same bus.
#[derive(Debug, Clone)]
pub struct EventBus {
    sender: broadcast::Sender<Event>,
    above: Option<Arc<EventBus>>,
    ids: Arc<Ids>,
    /// Subscribers for whom nothing is made.
    bystanders: Arc<AtomicUsize>,
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
    /// Counts this one as long as it is there, if nothing is made for it.
    _bystander: Option<Bystander>,
}

#[derive(Debug)]
struct Bystander(Arc<AtomicUsize>);

impl Drop for Bystander {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl EventBus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        let sender = broadcast::channel(QUEUE_LENGTH).0;
        Self { sender, above: None, ids: Arc::default(), bystanders: Arc::default() }
    }

    /// A bus below this one: what is posted there is told here as well, but nothing the other way round. So each session has a
    /// bus with its own events, and the engine's has all.
    ///
    /// ```
    /// use firesteel_events::EventBus;
    /// use firesteel_events::application::ApplicationEvent;
    ///
    /// let engine = EventBus::new();
    /// let (mut all, session) = (engine.subscribe(), engine.below());
    /// session.post(ApplicationEvent::End { time_ms: 0 });
    /// assert!(all.try_next().is_some());
    /// ```
    #[must_use]
    pub fn below(&self) -> Self {
        let (sender, ids) = (broadcast::channel(QUEUE_LENGTH).0, self.ids.clone());
        Self { sender, above: Some(Arc::new(self.clone())), ids, bystanders: Arc::default() }
    }

    /// Numbers for jobs, stages, tasks and executions that are unique on this bus and all below it.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Whether someone would hear an event. Asking first saves making events that no one wants.
    pub fn is_heard(&self) -> bool {
        self.sender.receiver_count() > self.bystanders.load(Ordering::Acquire)
            || self.above.as_ref().is_some_and(|above| above.is_heard())
    }

    /// Tells every subscriber; never waits.
    pub fn post(&self, event: impl Into<Event>) {
        let event = event.into();
        if let Some(above) = &self.above {
            above.post(event.clone());
        }
        // An error only says that nobody listens.
        let _ = self.sender.send(event);
    }

    /// From now on, every event.
    pub fn subscribe(&self) -> Subscription {
        Subscription { receiver: self.sender.subscribe(), _bystander: None }
    }

    /// As [`EventBus::subscribe`], for one who takes what is posted anyway: [`EventBus::is_heard`] does not count it, so events that
    /// cost something are not made for it alone.
    ///
    /// ```
    /// let bus = firesteel_events::EventBus::new();
    /// let _log = bus.overhear();
    /// assert!(!bus.is_heard());
    /// ```
    pub fn overhear(&self) -> Subscription {
        // Counted before it is there: for a moment too few are heard rather than one that no one wants.
        self.bystanders.fetch_add(1, Ordering::AcqRel);
        let bystander = Some(Bystander(self.bystanders.clone()));
        Subscription { receiver: self.sender.subscribe(), _bystander: bystander }
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

    /// The next event, for a thread that may wait; `None` when the bus is gone. Must not be called within a Tokio runtime.
    pub fn next_blocking(&mut self) -> Option<Received> {
        match self.receiver.blocking_recv() {
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
    async fn a_bus_below_hears_only_its_own_events_and_the_one_above_hears_all() {
        let engine = EventBus::new();
        let (one, other) = (engine.below(), engine.below());
        assert!(!one.is_heard());
        let (mut all, mut ones) = (engine.subscribe(), one.subscribe());
        assert!(other.is_heard());
        other.post(idle(1));
        one.post(idle(2));
        assert_eq!(id(ones.next().await), "2");
        assert_eq!([id(all.next().await), id(all.next().await)], ["1", "2"]);
        assert_eq!((one.ids().job(), other.ids().job()), (0, 1));
    }

    #[test]
    fn a_bystander_does_not_make_a_bus_heard() {
        let engine = EventBus::new();
        let session = engine.below();
        let mut log = engine.overhear();
        assert!(!engine.is_heard() && !session.is_heard());
        let listener = session.subscribe();
        assert!(session.is_heard() && !engine.is_heard());
        drop(listener);
        session.post(idle(1));
        assert_eq!(id(log.try_next()), "1");
        let page = engine.subscribe();
        drop(log);
        assert!(session.is_heard());
        drop(page);
        assert!(!session.is_heard());
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
