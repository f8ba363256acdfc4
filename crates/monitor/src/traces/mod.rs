//! Traces for OpenTelemetry: what happened as spans, which a collector takes beside the metrics.
//!
//! A [`span`] is one thing with a start and an end. The [`recorder`] makes them of events, when the thing has ended:
//!
//! - a SQL query, an RDD action and a micro-batch are a trace each; their jobs, the jobs' stages and the tasks that failed are
//!   spans below. A batch of a DStream program has its output operations in between.
//! - a streaming query is a span of its own, sent when it ends. Its batches are traces of their own that link to it: a query runs
//!   for months, and no tool shows a trace of a million spans.
//!
//! An [`export`] sends them once a period. What a collector does not take is lost, and said once; nothing waits for it.

mod export;
mod recorder;
mod span;

use std::sync::Arc;
use std::time::Duration;

use firesteel_events::{Event, EventBus, Received, Subscription};
use hyper::Uri;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::metrics::Application;
use export::Exporter;
use recorder::Recorder;

/// The most spans that wait to be sent.
const WAITING_MAX: usize = 8192;

/// Where traces are sent.
#[derive(Debug, Clone)]
pub struct Collector {
    /// The whole address.
    pub endpoint: Uri,
    /// More headers of a request.
    pub headers: Vec<(String, String)>,
    /// How often.
    pub period: Duration,
}

/// The tracing of an application, as long as it is there.
#[derive(Debug)]
pub struct Traces {
    stop: oneshot::Sender<()>,
    followed: JoinHandle<()>,
    exporters: Vec<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// Spans that have ended and are not sent yet.
#[derive(Debug, Default)]
struct Outbox {
    spans: Vec<span::Span>,
    lost: u64,
}

impl Traces {
    /// Makes spans of what is posted from now on; `None` if there is nowhere to send them.
    pub fn start(collectors: Vec<Collector>, application: &Application, bus: &EventBus) -> Option<Self> {
        if collectors.is_empty() {
            return None;
        }
        let outboxes: Vec<Arc<Mutex<Outbox>>> = collectors.iter().map(|_| Arc::default()).collect();
        let (stop, stopped) = oneshot::channel();
        let recorder = Recorder::new(&format!("{} {}", application.id, std::process::id()));
        let followed = tokio::spawn(follow(bus.subscribe(), recorder, outboxes.clone(), stopped));
        let exporters = collectors.into_iter().zip(outboxes).map(|(collector, outbox)| {
            let (stop, stopped) = oneshot::channel();
            (stop, tokio::spawn(Exporter::new(collector, application.clone()).run(outbox, stopped)))
        });
        Some(Self { stop, followed, exporters: exporters.collect() })
    }

    /// Sends what is left, and ends; a collector that does not answer is left behind.
    pub async fn stop(self) {
        drop(self.stop);
        let _ = self.followed.await;
        for (stop, ended) in self.exporters {
            drop(stop);
            let _ = ended.await;
        }
    }
}

async fn follow(
    mut events: Subscription,
    mut recorder: Recorder,
    outboxes: Vec<Arc<Mutex<Outbox>>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut take = |event: &Event| {
        for span in recorder.take_in(event) {
            outboxes.iter().for_each(|outbox| outbox.lock().put(span.clone()));
        }
    };
    loop {
        tokio::select! {
            received = events.next() => match received {
                Some(Received::Event(event)) => take(&event),
                Some(Received::Lost(_)) => {}
                None => return,
            },
            _ = &mut stopped => break,
        }
    }
    while let Some(received) = events.try_next() {
        if let Received::Event(event) = received {
            take(&event);
        }
    }
}

impl Outbox {
    fn put(&mut self, span: span::Span) {
        if self.spans.len() < WAITING_MAX {
            self.spans.push(span);
        } else {
            self.lost += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_spans_wait_than_fit() {
        let mut outbox = Outbox::default();
        for _ in 0..WAITING_MAX + 3 {
            outbox.put(span::Span::default());
        }
        assert_eq!((outbox.spans.len(), outbox.lost), (WAITING_MAX, 3));
    }
}
