//! Listeners: told of each event, in order, on a thread of their own.
//!
//! The engine's threads only queue an event; a listener that is slow delays other listeners and no batch.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use firesteel_error::Result;
use firesteel_events::EventBus;
use firesteel_events::dstream::{BatchInfo, DStreamEvent, OutputOperationInfo, ReceiverInfo};
use parking_lot::Mutex;

use crate::supervisor::spawn;

/// How long listeners may take to hear the last events when a context stops.
const DRAIN_WAIT: Duration = Duration::from_secs(10);

/// Is told what happens in a streaming context. Every method does nothing unless it is written.
pub trait StreamingListener: Send + Sync {
    /// Every event; by default it is handed to the method that is named for it.
    fn on_event(&self, event: &DStreamEvent) {
        match event {
            DStreamEvent::StreamingStarted { time_ms } => self.on_streaming_started(*time_ms),
            DStreamEvent::ReceiverStarted(info) => self.on_receiver_started(info),
            DStreamEvent::ReceiverError(info) => self.on_receiver_error(info),
            DStreamEvent::ReceiverStopped(info) => self.on_receiver_stopped(info),
            DStreamEvent::BatchSubmitted(info) => self.on_batch_submitted(info),
            DStreamEvent::BatchStarted(info) => self.on_batch_started(info),
            DStreamEvent::BatchCompleted(info) => self.on_batch_completed(info),
            DStreamEvent::OutputOperationStarted(info) => self.on_output_operation_started(info),
            DStreamEvent::OutputOperationCompleted(info) => self.on_output_operation_completed(info),
        }
    }

    /// The context has started.
    fn on_streaming_started(&self, _time_ms: i64) {}
    /// A receiver has started.
    fn on_receiver_started(&self, _receiver: &ReceiverInfo) {}
    /// A receiver has failed.
    fn on_receiver_error(&self, _receiver: &ReceiverInfo) {}
    /// A receiver has stopped.
    fn on_receiver_stopped(&self, _receiver: &ReceiverInfo) {}
    /// A batch's jobs have been handed to the scheduler.
    fn on_batch_submitted(&self, _batch: &BatchInfo) {}
    /// The first job of a batch has started.
    fn on_batch_started(&self, _batch: &BatchInfo) {}
    /// The last job of a batch has ended.
    fn on_batch_completed(&self, _batch: &BatchInfo) {}
    /// An output operation's job has started.
    fn on_output_operation_started(&self, _operation: &OutputOperationInfo) {}
    /// An output operation's job has ended.
    fn on_output_operation_completed(&self, _operation: &OutputOperationInfo) {}
}

/// Carries events to the listeners of one context, and to the application's event bus.
pub(crate) struct ListenerBus {
    application: EventBus,
    listeners: Arc<Mutex<Vec<Arc<dyn StreamingListener>>>>,
    events: Mutex<Option<Sender<DStreamEvent>>>,
    drained: Mutex<Option<Receiver<()>>>,
}

impl ListenerBus {
    pub(crate) fn new(application: EventBus) -> Self {
        Self { application, listeners: Arc::default(), events: Mutex::new(None), drained: Mutex::new(None) }
    }

    pub(crate) fn add(&self, listener: Arc<dyn StreamingListener>) {
        self.listeners.lock().push(listener);
    }

    /// Starts the thread that tells the listeners.
    pub(crate) fn start(&self) -> Result<()> {
        let (sender, events) = channel::<DStreamEvent>();
        let (draining, drained) = channel();
        let listeners = self.listeners.clone();
        spawn("streaming-listeners".into(), move || {
            for event in events {
                let listeners = listeners.lock().clone();
                for listener in listeners {
                    let told = std::panic::AssertUnwindSafe(|| listener.on_event(&event));
                    if std::panic::catch_unwind(told).is_err() {
                        tracing::error!(event = event.name(), "a streaming listener panicked");
                    }
                }
            }
            drop(draining);
        })?;
        *self.events.lock() = Some(sender);
        *self.drained.lock() = Some(drained);
        Ok(())
    }

    pub(crate) fn post(&self, event: DStreamEvent) {
        self.application.post(event.clone());
        if let Some(events) = &*self.events.lock() {
            // An error says that the thread has ended, which it does after the last event.
            let _ = events.send(event);
        }
    }

    /// Ends the thread when it has told all events.
    pub(crate) fn stop(&self) {
        self.events.lock().take();
        if let Some(drained) = self.drained.lock().take() {
            let _ = drained.recv_timeout(DRAIN_WAIT);
        }
    }
}
