//! A reporter: the thread of a sink, which tells it a snapshot once a period and a last one at the end.
//!
//! A receiver that does not answer is said once, and once more when it works again; nothing waits for it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::registry::Registry;
use super::sink::Sink;

/// How long the last reports may take when the engine stops.
const LAST_REPORT_MAX: Duration = Duration::from_secs(3);

/// See the module.
#[derive(Debug)]
pub(super) struct Reporter {
    stop: Sender<()>,
    ended: Receiver<()>,
    thread: JoinHandle<()>,
}

impl Reporter {
    /// Starts it.
    pub(super) fn start(
        name: &str,
        period: Duration,
        sink: Box<dyn Sink>,
        registry: Arc<Registry>,
    ) -> Result<Self, String> {
        let (stop, stopped) = channel();
        let (ending, ended) = channel();
        let mut telling = Telling { name: name.to_string(), period, sink, registry, broken: false };
        let run = move || {
            telling.run(&stopped);
            // No one may wait any more.
            let _ = ending.send(());
        };
        let thread = std::thread::Builder::new().name(format!("metrics-{name}")).spawn(run);
        let thread =
            thread.map_err(|error| format!("The metrics sink {name} has no effect: no thread for it: {error}."))?;
        Ok(Self { stop, ended, thread })
    }

    /// Ends them all, after a last report; a receiver that does not answer is left behind.
    pub(super) fn stop_all(reporters: Vec<Self>) {
        let until = Instant::now() + LAST_REPORT_MAX;
        let (stops, rest): (Vec<_>, Vec<_>) = reporters.into_iter().map(|r| (r.stop, (r.ended, r.thread))).unzip();
        drop(stops);
        for (ended, thread) in rest {
            let left = until.saturating_duration_since(Instant::now());
            if ended.recv_timeout(left).is_ok() {
                // A sink that panicked has said so on standard error.
                let _ = thread.join();
            }
        }
    }
}

struct Telling {
    name: String,
    period: Duration,
    sink: Box<dyn Sink>,
    registry: Arc<Registry>,
    broken: bool,
}

impl Telling {
    fn run(&mut self, stopped: &Receiver<()>) {
        let mut next = Instant::now() + self.period;
        loop {
            let left = next.saturating_duration_since(Instant::now());
            let stop = !matches!(stopped.recv_timeout(left), Err(RecvTimeoutError::Timeout));
            self.tell();
            if stop {
                return;
            }
            // A report that took longer than a period is not made up for.
            next = (next + self.period).max(Instant::now());
        }
    }

    fn tell(&mut self) {
        match self.sink.report(&self.registry.snapshot()) {
            Ok(()) if self.broken => {
                tracing::warn!(target: "firesteel::MetricsSystem", "The metrics sink {} works again.", self.name);
                self.broken = false;
            }
            Ok(()) => {}
            Err(error) => {
                if !self.broken {
                    tracing::warn!(
                        target: "firesteel::MetricsSystem",
                        "The metrics sink {}: {error}; it is tried again every {:?}.", self.name, self.period
                    );
                }
                self.broken = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::metrics::snapshot::Snapshot;

    struct Told(Sender<usize>);

    impl Sink for Told {
        fn report(&mut self, snapshot: &Snapshot) -> Result<(), String> {
            self.0.send(snapshot.samples.len()).map_err(|error| error.to_string())
        }
    }

    struct Silent;

    impl Sink for Silent {
        fn report(&mut self, _snapshot: &Snapshot) -> Result<(), String> {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
    }

    #[test]
    fn a_sink_is_told_each_period_and_at_the_end() {
        let registry = Arc::new(Registry::new(""));
        registry.gauge("a", None).set(1);
        let (sender, receiver) = channel();
        let period = Duration::from_millis(10);
        let reporter = Reporter::start("told", period, Box::new(Told(sender)), registry.clone()).unwrap();
        assert_eq!(receiver.recv().unwrap(), 1);
        registry.gauge("b", None).set(1);
        Reporter::stop_all(vec![reporter]);
        assert_eq!(receiver.iter().last(), Some(2));
    }

    #[test]
    fn a_receiver_that_never_answers_does_not_hold_up_the_end() {
        let registry = Arc::new(Registry::new(""));
        let reporter = Reporter::start("silent", Duration::from_secs(60), Box::new(Silent), registry).unwrap();
        let start = Instant::now();
        Reporter::stop_all(vec![reporter]);
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
