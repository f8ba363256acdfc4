//! The engine of one streaming context, whatever its records are and whoever keeps its graph.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::EventBus;
use firesteel_events::dstream::{BatchInfo, DStreamEvent};
use parking_lot::{Condvar, Mutex};

use crate::block::BlockCodec;
use crate::checkpoint::{Checkpoint, CheckpointDirectory};
use crate::clock::{Clock, SystemClock};
use crate::file_input::{FileFilter, FileInput};
use crate::generator::{Generator, Mailbox, StartPoint, batch_ms};
use crate::graph::{BatchGraph, Restored};
use crate::inputs::Inputs;
use crate::limiter::RateLimiter;
use crate::listener::{ListenerBus, StreamingListener};
use crate::pace::Pace;
use crate::rate::PidEstimator;
use crate::receiver::{AnyReceiver, Receiver, ReceiverInput};
use crate::scheduler::{Completion, Scheduler};
use crate::settings::Settings;
use crate::statistics::{Gatherer, Statistics};
use crate::supervisor::{Supervisor, spawn};

/// How long a stop that is not graceful waits for the jobs that run.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// What an engine is made of.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The batch interval.
    pub batch: Duration,
    /// The settings that steer it.
    pub settings: Settings,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// The application's event bus.
    pub bus: EventBus,
    /// Where checkpoints are written, if they are.
    pub checkpoint: Option<CheckpointDirectory>,
    /// All settings of the application, which a checkpoint keeps.
    pub app_settings: BTreeMap<String, String>,
}

impl EngineOptions {
    /// An engine with Spark's defaults.
    pub fn new(batch: Duration) -> Self {
        Self {
            batch,
            settings: Settings::default(),
            clock: Arc::new(SystemClock),
            bus: EventBus::new(),
            checkpoint: None,
            app_settings: BTreeMap::new(),
        }
    }
}

/// Where a context is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It has not started; streams may be added.
    Initialized,
    /// It runs.
    Active,
    /// It has stopped, and cannot start again.
    Stopped,
}

/// The parts that the engine's threads share.
pub(crate) struct Parts {
    pub(crate) batch_ms: i64,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) bus: Arc<ListenerBus>,
    pub(crate) inputs: Arc<Inputs>,
    pub(crate) supervisor: Supervisor,
    pub(crate) scheduler: Scheduler,
    pub(crate) checkpoint: OnceLock<CheckpointDirectory>,
    pub(crate) app_settings: BTreeMap<String, String>,
    pub(crate) mailbox: Mailbox,
    life: Mutex<Life>,
    changed: Condvar,
}

struct Life {
    state: State,
    stopping: bool,
    error: Option<SparkError>,
}

impl Parts {
    /// Keeps the first error, for whoever waits for the context.
    pub(crate) fn failed(&self, error: SparkError) {
        self.life.lock().error.get_or_insert(error);
        self.changed.notify_all();
    }
}

/// The engine of one streaming context.
pub struct Engine {
    parts: Arc<Parts>,
    gatherer: Arc<Gatherer>,
    next_stream: AtomicI32,
    running: Mutex<Option<(Arc<dyn BatchGraph>, std::sync::mpsc::Receiver<()>)>>,
}

impl Engine {
    /// An engine that has not started.
    ///
    /// # Errors
    /// If the batch interval is below a millisecond.
    pub fn new(options: EngineOptions) -> Result<Self> {
        let batch_ms = batch_ms(options.batch)?;
        let bus = Arc::new(ListenerBus::new(options.bus));
        for setting in Settings::without_effect(options.app_settings.keys().map(String::as_str)) {
            tracing::warn!("{setting} has no effect: this engine's DStreams do not have it.");
        }
        let gatherer = Arc::new(Gatherer::new(batch_ms, options.settings.retained_batches));
        bus.add(gatherer.clone());
        let supervisor = Supervisor::new(&options.settings, options.clock.clone(), bus.clone());
        let scheduler = Scheduler::new(options.settings.concurrent_jobs, options.clock.clone(), bus.clone());
        let parts = Parts {
            batch_ms,
            settings: options.settings,
            clock: options.clock,
            bus,
            inputs: Arc::default(),
            supervisor,
            scheduler,
            checkpoint: options.checkpoint.map(OnceLock::from).unwrap_or_default(),
            app_settings: options.app_settings,
            mailbox: Mailbox::default(),
            life: Mutex::new(Life { state: State::Initialized, stopping: false, error: None }),
            changed: Condvar::new(),
        };
        Ok(Self { parts: Arc::new(parts), gatherer, next_stream: AtomicI32::new(0), running: Mutex::new(None) })
    }

    /// The inputs, which say what a batch has.
    pub fn inputs(&self) -> &Arc<Inputs> {
        &self.parts.inputs
    }

    /// A number for an input stream; each is given once.
    pub fn new_stream(&self) -> i32 {
        self.next_stream.fetch_add(1, Ordering::Relaxed)
    }

    /// Adds a receiver as the input of `stream`.
    pub fn add_receiver<T: Send + Sync + 'static>(
        &self,
        stream: i32,
        receiver: impl Receiver<T>,
        codec: impl BlockCodec<T> + 'static,
    ) -> Arc<ReceiverInput<T>> {
        let settings = &self.parts.settings;
        let initial = settings.backpressure.and_then(|backpressure| backpressure.initial_rate);
        let limiter = RateLimiter::new(settings.receiver_max_rate, initial);
        let tracker = self.parts.inputs.tracker().clone();
        let input = Arc::new(ReceiverInput::new(stream, Box::new(receiver), Arc::new(codec), tracker, limiter));
        self.parts.inputs.add_receiver(input.clone());
        input
    }

    /// Adds the new files of a directory as the input of `stream`. With `new_files_only` off, files that are there
    /// already are new as well, unless they are older than the remember window.
    pub fn add_files(&self, stream: i32, directory: &str, filter: Option<FileFilter>, new_files_only: bool) {
        let since_ms = if new_files_only { self.parts.clock.now_ms() } else { 0 };
        let batch = Duration::from_millis(self.parts.batch_ms.unsigned_abs());
        let min_remember = self.parts.settings.file_min_remember;
        let input = FileInput::new(stream, directory, filter, since_ms, batch, min_remember);
        self.parts.inputs.add_files(Arc::new(input));
    }

    /// Sets where checkpoints are written, if that is not set yet.
    ///
    /// # Errors
    /// If it is set to another directory.
    pub fn set_checkpoint(&self, directory: CheckpointDirectory) -> Result<()> {
        let set = self.parts.checkpoint.get_or_init(|| directory.clone());
        if set.path() == directory.path() {
            return Ok(());
        }
        let text = format!("The checkpoint directory is {} already.", set.path().display());
        Err(SparkError::plain(Exception::IllegalArgument, text))
    }

    /// Adds a listener, at any time.
    pub fn add_listener(&self, listener: Arc<dyn StreamingListener>) {
        self.parts.bus.add(listener);
    }

    /// Where the context is in its life.
    pub fn state(&self) -> State {
        self.parts.life.lock().state
    }

    /// The batch interval, in milliseconds.
    pub fn batch_ms(&self) -> i64 {
        self.parts.batch_ms
    }

    /// What the context has done so far.
    pub fn statistics(&self) -> Statistics {
        self.gatherer.statistics()
    }

    /// Starts the receivers and the batch clock, from a checkpoint if one is given.
    ///
    /// # Errors
    /// If it has started before, if the graph refuses, or if a log or checkpoint cannot be read or written.
    pub fn start(&self, graph: Arc<dyn BatchGraph>, checkpoint: Option<&Checkpoint>) -> Result<()> {
        self.check_startable()?;
        let parts = &self.parts;
        let start = StartPoint::find(parts.clock.now_ms(), parts.batch_ms, checkpoint);
        parts.inputs.open(&parts.settings, parts.checkpoint.get().map(CheckpointDirectory::path))?;
        if let Some(checkpoint) = checkpoint {
            parts.inputs.restore(&checkpoint.inputs);
        }
        let restored = checkpoint.map(|checkpoint| Restored {
            state: checkpoint.state.clone(),
            generated: checkpoint.generated,
            again: start.again.clone(),
            files: checkpoint.inputs.files.clone(),
        });
        graph.start(start.zero, restored.as_ref())?;
        let pace = Pace::of(parts, graph.slides_ms())?;
        if let Some(pace) = &pace {
            parts.bus.add(pace.listener());
        }
        let generator = Generator { parts: parts.clone(), graph: graph.clone(), start, pace };
        generator.first_checkpoint()?;
        self.add_rate_controller();
        parts.bus.start()?;
        let completion: Arc<dyn Completion> = parts.clone();
        parts.scheduler.start(&completion)?;
        parts.bus.post(DStreamEvent::StreamingStarted { time_ms: parts.clock.now_ms() });
        for receiver in parts.inputs.receivers() {
            parts.supervisor.start(receiver)?;
        }
        let (ending, ended) = channel();
        spawn("batch-clock".into(), move || {
            generator.run();
            drop(ending);
        })?;
        *self.running.lock() = Some((graph, ended));
        parts.life.lock().state = State::Active;
        Ok(())
    }

    fn check_startable(&self) -> Result<()> {
        match self.state() {
            State::Initialized => Ok(()),
            State::Active => Err(illegal_state("StreamingContext has already been started")),
            State::Stopped => Err(illegal_state("StreamingContext has already been stopped")),
        }
    }

    fn add_rate_controller(&self) {
        let Some(backpressure) = self.parts.settings.backpressure else { return };
        let controlled = |receiver: Arc<dyn AnyReceiver>| {
            (receiver.stream(), (receiver, PidEstimator::new(backpressure, self.parts.batch_ms)))
        };
        let streams = self.parts.inputs.receivers().into_iter().map(controlled).collect();
        self.parts.bus.add(Arc::new(RateController { streams: Mutex::new(streams) }));
    }

    /// Stops. With `graceful`, what has been received is processed first. Stopping again does nothing.
    ///
    /// # Errors
    /// None at present; a stop that cannot wait for something leaves it behind with a warning.
    pub fn stop(&self, graceful: bool) -> Result<()> {
        {
            let mut life = self.parts.life.lock();
            if life.stopping || life.state != State::Active {
                if life.state == State::Initialized {
                    life.state = State::Stopped;
                }
                while life.stopping {
                    self.parts.changed.wait(&mut life);
                }
                self.parts.changed.notify_all();
                return Ok(());
            }
            life.stopping = true;
        }
        self.parts.supervisor.stop();
        self.parts.mailbox.stop(graceful);
        if let Some((graph, ended)) = self.running.lock().take() {
            // The channel has no messages: it is closed when the thread ends.
            let wait = if graceful { Duration::MAX } else { STOP_WAIT };
            let deadline = Instant::now().checked_add(wait);
            let _ = match deadline {
                Some(deadline) => ended.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok(),
                None => ended.recv().is_ok(),
            };
            self.parts.scheduler.stop(STOP_WAIT);
            graph.stop();
        }
        self.parts.bus.stop();
        let mut life = self.parts.life.lock();
        life.state = State::Stopped;
        life.stopping = false;
        self.parts.changed.notify_all();
        Ok(())
    }

    /// Waits until the context has stopped, whatever its batches do.
    pub fn join(&self) {
        let mut life = self.parts.life.lock();
        while life.state != State::Stopped {
            self.parts.changed.wait(&mut life);
        }
    }

    /// Waits until the context has stopped, or for `timeout`; whether it has stopped.
    ///
    /// # Errors
    /// The first error of a batch.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut life = self.parts.life.lock();
        loop {
            if let Some(error) = &life.error {
                return Err(error.clone());
            }
            if life.state == State::Stopped {
                return Ok(true);
            }
            match deadline {
                None => self.parts.changed.wait(&mut life),
                Some(deadline) => {
                    if self.parts.changed.wait_until(&mut life, deadline).timed_out() {
                        return life.error.clone().map_or(Ok(life.state == State::Stopped), Err);
                    }
                }
            }
        }
    }
}

/// Sets the receivers' rates after each batch.
struct RateController {
    streams: Mutex<BTreeMap<i32, (Arc<dyn AnyReceiver>, PidEstimator)>>,
}

impl StreamingListener for RateController {
    fn on_batch_completed(&self, batch: &BatchInfo) {
        let (Some(end), Some(processing), Some(scheduling)) =
            (batch.processing_end_time_ms, batch.processing_delay_ms(), batch.scheduling_delay_ms())
        else {
            return;
        };
        for (stream, (receiver, estimator)) in self.streams.lock().iter_mut() {
            let records = batch.inputs.get(stream).map_or(0, |input| input.num_records);
            if let Some(rate) = estimator.update(end, records, processing, scheduling) {
                tracing::debug!(stream, rate, "the receiver's rate");
                receiver.limiter().set_rate(rate);
            }
        }
    }
}

fn illegal_state(text: &str) -> SparkError {
    SparkError::plain(Exception::Spark, text)
}
