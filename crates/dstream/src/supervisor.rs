//! Runs receivers: each on a thread of its own, with another one that cuts its blocks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver as Channel, channel};
use std::time::{Duration, Instant};

use firesteel_error::{Result, SparkError};
use firesteel_events::dstream::{DStreamEvent, ReceiverInfo};
use parking_lot::Mutex;

use crate::clock::{Clock, Wake};
use crate::listener::ListenerBus;
use crate::receiver::AnyReceiver;
use crate::settings::Settings;
use crate::time::millis;

/// How long a receiver may take to end.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// The receivers of a context that runs.
pub(crate) struct Supervisor {
    shared: Arc<SupervisorShared>,
    running: Mutex<Vec<Running>>,
}

struct SupervisorShared {
    clock: Arc<dyn Clock>,
    bus: Arc<ListenerBus>,
    block_ms: i64,
    restart_delay: Duration,
    infos: Mutex<BTreeMap<i32, ReceiverInfo>>,
}

struct Running {
    receiver: Arc<dyn AnyReceiver>,
    cutter: Arc<Wake>,
    ended: Channel<()>,
}

impl Supervisor {
    pub(crate) fn new(settings: &Settings, clock: Arc<dyn Clock>, bus: Arc<ListenerBus>) -> Self {
        let shared = SupervisorShared {
            clock,
            bus,
            block_ms: millis(settings.block_interval),
            restart_delay: settings.receiver_restart_delay,
            infos: Mutex::default(),
        };
        Self { shared: Arc::new(shared), running: Mutex::default() }
    }

    /// Starts a receiver.
    pub(crate) fn start(&self, receiver: Arc<dyn AnyReceiver>) -> Result<()> {
        let (ending, ended) = channel();
        let (cutter, shared) = (Arc::new(Wake::default()), self.shared.clone());
        spawn(format!("receiver-{}", receiver.stream()), {
            let (receiver, shared, ending) = (receiver.clone(), shared.clone(), ending.clone());
            move || {
                shared.supervise(&*receiver);
                drop(ending);
            }
        })?;
        spawn(format!("blocks-{}", receiver.stream()), {
            let (receiver, cutter) = (receiver.clone(), cutter.clone());
            move || {
                shared.cut_blocks(&*receiver, &cutter);
                drop(ending);
            }
        })?;
        self.running.lock().push(Running { receiver, cutter, ended });
        Ok(())
    }

    /// Makes blocks of all that has been stored.
    pub(crate) fn flush(&self) {
        for running in self.running.lock().iter() {
            if let Err(error) = running.receiver.flush() {
                self.shared.failed(&*running.receiver, "A block could not be stored", &error);
            }
        }
    }

    /// Ends all receivers, and makes blocks of what they have stored.
    pub(crate) fn stop(&self) {
        let running = std::mem::take(&mut *self.running.lock());
        for one in &running {
            one.receiver.stop();
            one.cutter.notify();
        }
        let deadline = Instant::now() + STOP_WAIT;
        for one in &running {
            let left = deadline.saturating_duration_since(Instant::now());
            // The channel is closed when both threads have ended.
            if one.ended.recv_timeout(left) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                tracing::warn!(receiver = one.receiver.name(), "the receiver does not end; it is left behind");
            }
            if let Err(error) = one.receiver.flush() {
                self.shared.failed(&*one.receiver, "A block could not be stored", &error);
            }
        }
    }
}

impl SupervisorShared {
    /// Runs a receiver again and again. As in Spark, what ended a run is told with its stop, and the next run starts
    /// with a clean slate.
    fn supervise(&self, receiver: &dyn AnyReceiver) {
        while !receiver.is_stopped() {
            let started = self.update(receiver, |info| {
                info.active = true;
                info.last_error_message.clear();
                info.last_error.clear();
                info.last_error_time_ms = -1;
            });
            self.bus.post(DStreamEvent::ReceiverStarted(started));
            let failure = receiver.receive().err().filter(|_| !receiver.is_stopped());
            let delay_ms = millis(self.restart_delay);
            let (message, error) = match &failure {
                Some(error) => {
                    let message = format!("Restarting receiver with delay {delay_ms}ms: {}", error.message());
                    tracing::warn!(receiver = receiver.name(), "{message}");
                    (message, error.to_string())
                }
                None if receiver.is_stopped() => ("Stopped by driver".to_string(), String::new()),
                None => ("The receiver has nothing more to receive".to_string(), String::new()),
            };
            let stopped = self.update(receiver, |info| {
                info.active = false;
                info.last_error_message = message;
                info.last_error = error;
                info.last_error_time_ms = self.clock.now_ms();
            });
            self.bus.post(DStreamEvent::ReceiverStopped(stopped));
            if failure.is_none() {
                return;
            }
            receiver.sleep(self.restart_delay);
        }
    }

    fn cut_blocks(&self, receiver: &dyn AnyReceiver, wake: &Arc<Wake>) {
        while !receiver.is_stopped() {
            let next = (self.clock.now_ms().div_euclid(self.block_ms) + 1) * self.block_ms;
            self.clock.wait_until(next, wake);
            if receiver.is_stopped() {
                return;
            }
            if let Err(error) = receiver.flush() {
                self.failed(receiver, "A block could not be stored", &error);
            }
        }
    }

    fn failed(&self, receiver: &dyn AnyReceiver, what: &str, error: &SparkError) {
        tracing::warn!(receiver = receiver.name(), %error, "{what}");
        let info = self.update(receiver, |info| {
            info.last_error_message = what.to_string();
            info.last_error = error.message().to_string();
            info.last_error_time_ms = self.clock.now_ms();
        });
        self.bus.post(DStreamEvent::ReceiverError(info));
    }

    fn update(&self, receiver: &dyn AnyReceiver, change: impl FnOnce(&mut ReceiverInfo)) -> ReceiverInfo {
        let mut infos = self.infos.lock();
        let info = infos.entry(receiver.stream()).or_insert_with(|| ReceiverInfo {
            stream_id: receiver.stream(),
            name: receiver.name().to_string(),
            location: "localhost".into(),
            executor_id: "driver".into(),
            last_error_time_ms: -1,
            ..ReceiverInfo::default()
        });
        change(info);
        info.clone()
    }
}

/// Starts a named thread.
pub(crate) fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = std::thread::Builder::new().name(name.clone()).spawn(run);
    thread.map(drop).map_err(|e| SparkError::io(format!("The thread {name} could not start"), e))
}
