//! The entry to the engine: a context makes RDDs, accumulators and broadcast variables, and runs jobs.

mod about;
mod master;
mod properties;
mod run;
mod shared;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::EventBus;
use parking_lot::RwLock;

use crate::conf::SparkConf;
use crate::env::Env;
use crate::scheduler::{
    ActiveJobs, JobLimits, JobRunner, Queue, SchedulingMode, StatusTracker, Workers, read_allocation_file,
};
use crate::storage::MemoryPool;

use master::Master;

/// An application's connection to the engine (Spark's `SparkContext`). Clones are the same context.
///
/// ```
/// use firesteel_rdd::{SparkConf, SparkContext};
/// # fn main() -> firesteel_error::Result<()> {
/// let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("squares"))?;
/// let squares = sc.parallelize(1..=4, 2).map(|x| x * x).collect()?;
/// assert_eq!(squares, [1, 4, 9, 16]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SparkContext(Arc<Inner>);

struct Inner {
    env: Arc<Env>,
    runner: JobRunner,
    cores: usize,
    started: SystemTime,
    stopped: AtomicBool,
    next_broadcast_id: AtomicU64,
    context_id: u64,
    checkpoint_dir: RwLock<Option<PathBuf>>,
}

impl SparkContext {
    /// A context with an event bus and a memory pool of its own.
    pub fn new(conf: SparkConf) -> Result<Self> {
        Self::with_bus(conf, EventBus::new())
    }

    /// A context that posts its events on `bus`.
    pub fn with_bus(conf: SparkConf, bus: EventBus) -> Result<Self> {
        let memory = MemoryPool::from_conf(&conf)?;
        Self::with_bus_and_memory(conf, bus, memory)
    }

    /// A context that posts its events on `bus` and takes its memory from `memory`.
    pub fn with_bus_and_memory(conf: SparkConf, bus: EventBus, memory: MemoryPool) -> Result<Self> {
        static NEXT_CONTEXT_ID: AtomicU64 = AtomicU64::new(0);
        if !conf.contains("spark.app.name") {
            return Err(SparkError::plain(
                Exception::Spark,
                "An application name must be set in your configuration (spark.app.name)",
            ));
        }
        let Some(master) = conf.get("spark.master") else {
            return Err(SparkError::plain(
                Exception::Spark,
                "A master URL must be set in your configuration (spark.master, such as local[*])",
            ));
        };
        // On a cluster tasks are tried again, even on one that is none.
        let tries = if Master::is_cluster(master) { 4 } else { 1 };
        let master = Master::parse(master)?;
        let task_failures_max = match master.failures_max {
            Some(failures_max) => failures_max,
            None => conf.number("spark.task.maxFailures", tries)?,
        };
        let limits = JobLimits {
            task_failures_max: task_failures_max.max(1),
            stage_attempts_max: conf.number("spark.stage.maxConsecutiveAttempts", 4)?,
            barrier_timeout: Duration::from_secs(conf.number("spark.barrier.sync.timeout", 31_536_000)?),
        };
        let mode = SchedulingMode::parse(conf.get("spark.scheduler.mode").unwrap_or("FIFO"))?;
        let pools = match conf.get("spark.scheduler.allocation.file") {
            Some(path) if mode == SchedulingMode::Fair => read_allocation_file(Path::new(path))?,
            _ => Default::default(),
        };
        let queue = Queue::new(mode, pools);
        let env = Arc::new(Env::new(conf, bus, memory)?);
        let slots = (master.cores / env.task_cpus).max(1);
        let runner = JobRunner {
            env: env.clone(),
            workers: Workers::new(env.clone(), slots, queue),
            active: Arc::new(ActiveJobs::default()),
            status: StatusTracker::default(),
            limits,
        };
        Ok(Self(Arc::new(Inner {
            env,
            runner,
            cores: master.cores,
            started: SystemTime::now(),
            stopped: AtomicBool::new(false),
            next_broadcast_id: AtomicU64::new(0),
            checkpoint_dir: RwLock::default(),
            context_id: NEXT_CONTEXT_ID.fetch_add(1, Ordering::Relaxed),
        })))
    }

    /// The settings (Spark's `getConf`).
    pub fn conf(&self) -> &SparkConf {
        &self.0.env.conf
    }

    /// Where the application runs (Spark's `master`).
    pub fn master(&self) -> &str {
        self.conf().get("spark.master").unwrap_or_default()
    }

    /// The application's name (Spark's `appName`).
    pub fn app_name(&self) -> &str {
        self.conf().get("spark.app.name").unwrap_or_default()
    }

    /// How many partitions an RDD has when nothing else decides it (Spark's `defaultParallelism`).
    pub fn default_parallelism(&self) -> usize {
        let setting = self.conf().get("spark.default.parallelism").and_then(|text| text.parse().ok());
        setting.unwrap_or(self.0.cores).max(1)
    }

    /// How many partitions a file has at least when nothing else decides it (Spark's `defaultMinPartitions`).
    pub fn default_min_partitions(&self) -> usize {
        self.default_parallelism().min(2)
    }

    /// What the context posts its events on.
    pub fn event_bus(&self) -> &EventBus {
        &self.0.env.bus
    }

    /// The memory that its cached blocks, shuffles and sorts share.
    pub fn memory_pool(&self) -> &MemoryPool {
        &self.0.env.memory
    }

    /// What its jobs and stages are doing (Spark's `statusTracker`).
    pub fn status_tracker(&self) -> &StatusTracker {
        &self.0.runner.status
    }

    /// Ends the context: its jobs are cancelled, and no more are run (Spark's `stop`).
    pub fn stop(&self) {
        if !self.0.stopped.swap(true, Ordering::SeqCst) {
            self.0.runner.active.cancel_all("because SparkContext was shut down");
            self.0.runner.workers.stop();
            self.0.env.local_dir.clear();
        }
    }

    /// Whether [`stop`](Self::stop) was called.
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Where checkpoints are written: in a new directory under `dir` (Spark's `setCheckpointDir`).
    pub fn set_checkpoint_dir(&self, dir: impl AsRef<Path>) -> Result<()> {
        let dir = dir.as_ref().join(unique_name());
        std::fs::create_dir_all(&dir).map_err(|e| SparkError::io(format!("creating {}", dir.display()), e))?;
        *self.0.checkpoint_dir.write() = Some(dir);
        Ok(())
    }

    /// Where checkpoints are written (Spark's `getCheckpointDir`).
    pub fn checkpoint_dir(&self) -> Option<PathBuf> {
        self.0.checkpoint_dir.read().clone()
    }

    pub(crate) fn next_broadcast_id(&self) -> u64 {
        self.0.next_broadcast_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn env(&self) -> &Arc<Env> {
        &self.0.env
    }

    pub(crate) fn next_rdd_id(&self) -> usize {
        usize::try_from(self.0.env.bus.ids().rdd()).unwrap_or(usize::MAX)
    }
}

/// A name that nothing else has, in the form of a UUID as Spark's checkpoint directories have.
fn unique_name() -> String {
    let random = format!("{:032x}", rand::random::<u128>());
    [&random[..8], &random[8..12], &random[12..16], &random[16..20], &random[20..]].join("-")
}
