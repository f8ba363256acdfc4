//! The entry to DStreams in Rust.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Data, Frame, Rdd, SparkContext, Storable};
use parking_lot::Mutex;

use crate::block::{BlockCodec, Lines, Stored};
use crate::checkpoint::{Checkpoint, CheckpointDirectory};
use crate::clock::{Clock, SystemClock};
use crate::dstream::DStream;
use crate::engine::{Engine, EngineOptions, State};
use crate::listener::StreamingListener;
use crate::receiver::Receiver;
use crate::settings::Settings;
use crate::shutdown::at_sigterm;
use crate::socket::SocketReceiver;
use crate::statistics::Statistics;
use crate::stream_graph::StreamGraph;
use crate::streams::{QueueNode, RddQueue, ReceivedNode, TransformedNode, files_of};
use crate::time::millis;

/// The context that runs in this process.
static ACTIVE: Mutex<Option<Weak<Inner>>> = Mutex::new(None);

/// Makes streams of a Spark context's batches, and runs them (Spark's `StreamingContext`). Clones are the same context.
///
/// ```
/// use std::sync::{Arc, mpsc};
/// use std::time::Duration;
///
/// use firesteel_dstream::{ManualClock, StreamingContext};
/// use firesteel_rdd::{SparkConf, SparkContext};
///
/// # fn main() -> firesteel_error::Result<()> {
/// let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("squares"))?;
/// let clock = Arc::new(ManualClock::at(0));
/// let ssc = StreamingContext::with_clock(&sc, Duration::from_secs(1), clock.clone())?;
/// let (seen, batches) = mpsc::channel();
/// ssc.queue_stream([sc.parallelize([1, 2], 1), sc.parallelize([3], 1)], true, None)
///     .map(|n| n * n)
///     .foreach_rdd(move |rdd, _time| {
///         // An error says that the test looks at no more batches.
///         let _ = seen.send(rdd.collect()?);
///         Ok(())
///     });
/// ssc.start()?;
/// for expected in [vec![1, 4], vec![9]] {
///     clock.advance(1000);
///     assert_eq!(batches.recv(), Ok(expected));
/// }
/// ssc.stop(true, false)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StreamingContext(Arc<Inner>);

struct Inner {
    sc: SparkContext,
    graph: Arc<StreamGraph>,
    engine: Engine,
    settings: Settings,
    restored: Mutex<Option<Checkpoint>>,
}

impl StreamingContext {
    /// A context with batches of `batch`.
    ///
    /// # Errors
    /// If the interval is below a millisecond, or a setting `spark.streaming.*` cannot be read.
    pub fn new(sc: &SparkContext, batch: Duration) -> Result<Self> {
        Self::with_clock(sc, batch, Arc::new(SystemClock))
    }

    /// A context on a clock of one's own, such as a [`ManualClock`](crate::ManualClock).
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_clock(sc: &SparkContext, batch: Duration, clock: Arc<dyn Clock>) -> Result<Self> {
        let settings = Settings::read(|key| sc.conf().get(key).map(str::to_string))?;
        let app_settings = sc.conf().get_all().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let options = EngineOptions {
            batch,
            settings: settings.clone(),
            clock,
            bus: sc.event_bus().clone(),
            checkpoint: None,
            app_settings,
        };
        let engine = Engine::new(options)?;
        let graph = Arc::new(StreamGraph::new(sc.clone(), engine.batch_ms(), settings.unpersist));
        let inner = Inner { sc: sc.clone(), graph, engine, settings, restored: Mutex::new(None) };
        Ok(Self(Arc::new(inner)))
    }

    /// The context that goes on where the last checkpoint in `directory` was written; without one, a new context. In
    /// either case `setup` builds the streams, always the same ones in the same order: a checkpoint holds what the
    /// streams remember, and not the program (Spark's `getOrCreate`).
    ///
    /// # Errors
    /// If the checkpoints cannot be read, if one is of another batch interval, or what `setup` gives.
    pub fn get_or_create(directory: &str, setup: impl FnOnce() -> Result<Self>) -> Result<Self> {
        let checkpoint = CheckpointDirectory::at(directory)?.read()?;
        let ssc = setup()?;
        ssc.checkpoint(directory)?;
        if let Some(checkpoint) = checkpoint {
            if checkpoint.batch_ms != ssc.0.engine.batch_ms() {
                let text = format!(
                    "The checkpoint in {directory} has batches of {} ms, and the program of {} ms.",
                    checkpoint.batch_ms,
                    ssc.0.engine.batch_ms()
                );
                return Err(SparkError::plain(Exception::Spark, text));
            }
            *ssc.0.restored.lock() = Some(checkpoint);
        }
        Ok(ssc)
    }

    /// The context that has been started in this process and not stopped (Spark's `getActive`).
    pub fn get_active() -> Option<Self> {
        let active = ACTIVE.lock().as_ref().and_then(Weak::upgrade).map(Self);
        active.filter(|ssc| ssc.state() == State::Active)
    }

    /// The active context, or what [`get_or_create`](Self::get_or_create) gives (Spark's `getActiveOrCreate`).
    ///
    /// # Errors
    /// As for [`get_or_create`](Self::get_or_create).
    pub fn get_active_or_create(directory: &str, setup: impl FnOnce() -> Result<Self>) -> Result<Self> {
        Self::get_active().map_or_else(|| Self::get_or_create(directory, setup), Ok)
    }

    /// The Spark context.
    pub fn spark_context(&self) -> &SparkContext {
        &self.0.sc
    }

    /// Where the context is in its life.
    pub fn state(&self) -> State {
        self.0.engine.state()
    }

    /// What the context has done so far.
    pub fn statistics(&self) -> Statistics {
        self.0.engine.statistics()
    }

    /// Adds a listener (Spark's `addStreamingListener`).
    pub fn add_listener(&self, listener: Arc<dyn StreamingListener>) {
        self.0.engine.add_listener(listener);
    }

    /// Makes every stream remember its RDDs for that long at least (Spark's `remember`).
    pub fn remember(&self, duration: Duration) {
        self.0.graph.remember(millis(duration));
    }

    /// Writes a checkpoint with each batch to `directory` (Spark's `checkpoint`).
    ///
    /// # Errors
    /// If the directory is not a local path or cannot be made, or if another one is set.
    pub fn checkpoint(&self, directory: &str) -> Result<()> {
        self.0.engine.set_checkpoint(CheckpointDirectory::at(directory)?)?;
        self.0.sc.set_checkpoint_dir(directory)
    }

    /// Starts the batches.
    ///
    /// # Errors
    /// If there is no output operation, if a context has been started in this process and not stopped, or if this one
    /// has been started before.
    pub fn start(&self) -> Result<()> {
        let mut active = ACTIVE.lock();
        let other = active.as_ref().and_then(Weak::upgrade).map(Self);
        if other.is_some_and(|other| other.state() == State::Active && !Arc::ptr_eq(&other.0, &self.0)) {
            return Err(SparkError::plain(
                Exception::Spark,
                "Only one StreamingContext may be started in a process. Stop the one that runs first.",
            ));
        }
        if !self.0.graph.has_outputs() {
            return Err(SparkError::plain(
                Exception::IllegalArgument,
                "requirement failed: No output operations registered, so nothing to execute",
            ));
        }
        let restored = self.0.restored.lock().take();
        if let Err(error) = self.0.engine.start(self.0.graph.clone(), restored.as_ref()) {
            // As in Spark, a context that could not start is stopped.
            self.0.engine.stop(false)?;
            return Err(error);
        }
        *active = Some(Arc::downgrade(&self.0));
        drop(active);
        if self.0.settings.stop_gracefully_on_shutdown {
            let ssc = self.clone();
            at_sigterm(move || {
                if let Err(error) = ssc.stop(true, true) {
                    tracing::error!(%error, "the streaming context could not be stopped");
                }
            })?;
        }
        Ok(())
    }

    /// Stops the batches, with `graceful` when all that was received is processed, and the Spark context if told so.
    ///
    /// # Errors
    /// None at present; a stop that cannot wait for something leaves it behind with a warning.
    pub fn stop(&self, stop_spark_context: bool, graceful: bool) -> Result<()> {
        self.0.engine.stop(graceful)?;
        if stop_spark_context {
            self.0.sc.stop();
        }
        Ok(())
    }

    /// Waits until the context is stopped (Spark's `awaitTermination`).
    ///
    /// # Errors
    /// The first error of a batch.
    pub fn await_termination(&self) -> Result<()> {
        self.0.engine.wait(None).map(drop)
    }

    /// Waits until the context is stopped, or for `timeout`; whether it is (Spark's `awaitTerminationOrTimeout`).
    ///
    /// # Errors
    /// The first error of a batch.
    pub fn await_termination_or_timeout(&self, timeout: Duration) -> Result<bool> {
        self.0.engine.wait(Some(timeout))
    }

    /// Lines of UTF-8 from a TCP server (Spark's `socketTextStream`).
    pub fn socket_text_stream(&self, host: &str, port: u16) -> DStream<String> {
        self.receive(SocketReceiver::strings(host, port), Lines)
    }

    /// The records of a receiver (Spark's `receiverStream`).
    pub fn receiver_stream<T: Storable>(&self, receiver: impl Receiver<T>) -> DStream<T> {
        self.receive(receiver, Stored)
    }

    fn receive<T: Data>(&self, receiver: impl Receiver<T>, codec: impl BlockCodec<T> + 'static) -> DStream<T> {
        let engine = &self.0.engine;
        let input = engine.add_receiver(engine.new_stream(), receiver, codec);
        DStream::new(&self.0.graph, engine.batch_ms(), ReceivedNode(input))
    }

    /// The lines of files that are new in a directory (Spark's `textFileStream`). A file belongs there whole: written
    /// elsewhere and moved in. Names that start with a dot are left out.
    pub fn text_file_stream(&self, directory: &str) -> DStream<String> {
        self.file_stream(directory, |sc, path| Ok(sc.text_file(path)))
    }

    /// The records of a fixed length in files that are new in a directory (Spark's `binaryRecordsStream`).
    pub fn binary_records_stream(&self, directory: &str, record_length: usize) -> DStream<Frame> {
        self.file_stream(directory, move |sc, path| Ok(sc.binary_records(path, record_length)))
    }

    /// What `read` makes of each file that is new in a directory (Spark's `fileStream`).
    pub fn file_stream<T: Data>(
        &self,
        directory: &str,
        read: impl Fn(&SparkContext, &str) -> Result<Rdd<T>> + Send + Sync + 'static,
    ) -> DStream<T> {
        let engine = &self.0.engine;
        let stream = engine.new_stream();
        engine.add_files(stream, directory, None, true);
        files_of(&self.0.graph, engine.inputs(), stream, read)
    }

    /// RDDs of a queue, one a batch or all in the next one; then `default` if there is one (Spark's `queueStream`). A
    /// queue's RDDs are in no checkpoint.
    pub fn queue_stream<T: Data>(
        &self,
        rdds: impl IntoIterator<Item = Rdd<T>>,
        one_at_a_time: bool,
        default: Option<Rdd<T>>,
    ) -> DStream<T> {
        let queue: RddQueue<T> = Arc::new(Mutex::new(rdds.into_iter().collect::<VecDeque<_>>()));
        self.shared_queue_stream(queue, one_at_a_time, default)
    }

    /// As [`queue_stream`](Self::queue_stream), with a queue that can be added to while the context runs.
    pub fn shared_queue_stream<T: Data>(
        &self,
        queue: RddQueue<T>,
        one_at_a_time: bool,
        default: Option<Rdd<T>>,
    ) -> DStream<T> {
        DStream::new(&self.0.graph, self.0.engine.batch_ms(), QueueNode { queue, one_at_a_time, default })
    }

    /// The same RDD in every batch (Spark's `ConstantInputDStream`).
    pub fn constant_stream<T: Data>(&self, rdd: Rdd<T>) -> DStream<T> {
        let node = TransformedNode { parents: Vec::new(), make: move |_| Ok(Some(rdd.clone())) };
        DStream::new(&self.0.graph, self.0.engine.batch_ms(), node)
    }

    /// The elements of several streams, of which there is at least one (Spark's `union`).
    ///
    /// # Errors
    /// If there is none, or if their slides differ.
    pub fn union<T: Data>(&self, streams: &[DStream<T>]) -> Result<DStream<T>> {
        let Some((first, others)) = streams.split_first() else {
            let text = "requirement failed: Empty list of DStreams to union";
            return Err(SparkError::plain(Exception::IllegalArgument, text));
        };
        others.iter().try_fold(first.clone(), |all, stream| all.union(stream))
    }

    /// A function of the RDDs of several streams (Spark's `transform`).
    pub fn transform<T: Data, U: Data>(
        &self,
        streams: &[DStream<T>],
        f: impl Fn(Vec<Rdd<T>>) -> Result<Rdd<U>> + Send + Sync + 'static,
    ) -> DStream<U> {
        let parents = streams.iter().map(DStream::lineage).collect();
        let (streams, sc) = (streams.to_vec(), self.0.sc.clone());
        let make = move |time| {
            let rdd = |stream: &DStream<T>| Ok(stream.rdd(time)?.unwrap_or_else(|| sc.empty_rdd()));
            f(streams.iter().map(rdd).collect::<Result<Vec<_>>>()?).map(Some)
        };
        DStream::new(&self.0.graph, self.0.engine.batch_ms(), TransformedNode { parents, make })
    }
}
