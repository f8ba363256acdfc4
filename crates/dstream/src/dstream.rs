//! The discretized stream.
//!
//! A stream is characterised by three properties:
//! - the streams that it is made from,
//! - its slide: it has an RDD at every multiple of it after the context's start,
//! - a function that makes its RDD of a time.
//!
//! [`StreamNode`] has these but the slide. [`DStream`] is what a program holds: a node with what it remembers. An RDD is made
//! once and remembered as long as a later batch may ask for it.

use std::collections::BTreeMap;
use std::panic::Location;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Data, Rdd, SparkContext, Storable, StorageLevel};
use parking_lot::Mutex;

use crate::stream_graph::{AnyStream, StreamGraph};
use crate::time::{Time, millis};

/// A stream that must be checkpointed is, without an interval of its own, checkpointed this often at most.
const CHECKPOINT_MS_MIN: i64 = 10_000;

/// How a stream's RDDs are made.
pub trait StreamNode<T: Data>: Send + Sync + 'static {
    /// The RDD of `time`; `None` if there is none. `own` is the stream itself, which knows its earlier RDDs.
    fn compute(&self, time: Time, own: &DStream<T>) -> Result<Option<Rdd<T>>>;

    /// The streams that it is made from.
    fn parents(&self) -> Vec<Arc<dyn AnyStream>>;

    /// For how long the parents must remember, when the stream itself remembers for `own_ms`.
    fn parents_remember_ms(&self, own_ms: i64) -> i64 {
        own_ms
    }

    /// Whether the stream's RDDs are made from earlier ones without end, so that they must be cut off.
    fn must_checkpoint(&self) -> bool {
        false
    }
}

/// A sequence of RDDs, one per batch (Spark's `DStream`). Clones are the same stream.
pub struct DStream<T: Data>(Arc<Core<T>>);

struct Core<T: Data> {
    graph: Arc<StreamGraph>,
    node: Box<dyn StreamNode<T>>,
    slide_ms: i64,
    kept: Mutex<Kept<T>>,
}

struct Kept<T: Data> {
    rdds: BTreeMap<Time, Rdd<T>>,
    level: Option<StorageLevel>,
    checkpoint_ms: Option<i64>,
    remember_ms: i64,
    storage: Option<StorageOf<T>>,
}

/// What only elements that can be stored allow.
struct StorageOf<T: Data> {
    persist: fn(&Rdd<T>, StorageLevel) -> Result<()>,
    unpersist: fn(&Rdd<T>),
    checkpoint: fn(&Rdd<T>) -> Result<()>,
    checkpoint_file: fn(&Rdd<T>) -> Option<String>,
    open: fn(&SparkContext, &str) -> Result<Rdd<T>>,
}

impl<T: Storable> StorageOf<T> {
    fn of() -> Self {
        Self {
            persist: |rdd, level| match rdd.storage_level().is_kept() {
                // An RDD of the program, which it keeps as it likes.
                true => Ok(()),
                false => rdd.persist(level).map(drop),
            },
            unpersist: |rdd| {
                rdd.unpersist();
            },
            checkpoint: Rdd::checkpoint,
            checkpoint_file: |rdd| rdd.checkpoint_file().map(|file| file.to_string_lossy().into_owned()),
            open: |sc, file| sc.checkpoint_file(Path::new(file)),
        }
    }
}

impl<T: Data> Clone for StorageOf<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Data> Copy for StorageOf<T> {}

impl<T: Data> Clone for DStream<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Data> DStream<T> {
    /// A stream of a node.
    pub(crate) fn new(graph: &Arc<StreamGraph>, slide_ms: i64, node: impl StreamNode<T>) -> Self {
        let kept = Kept { rdds: BTreeMap::new(), level: None, checkpoint_ms: None, remember_ms: 0, storage: None };
        let core = Core { graph: graph.clone(), node: Box::new(node), slide_ms, kept: Mutex::new(kept) };
        let stream = Self(Arc::new(core));
        graph.add_stream(stream.0.clone());
        stream
    }

    /// A stream of a node whose parent is this stream, with the same slide.
    pub(crate) fn derive<U: Data>(&self, node: impl StreamNode<U>) -> DStream<U> {
        DStream::new(&self.0.graph, self.0.slide_ms, node)
    }

    /// The stream as something another one is made from.
    pub fn lineage(&self) -> Arc<dyn AnyStream> {
        self.0.clone()
    }

    /// How often it has an RDD (Spark's `slideDuration`).
    pub fn slide(&self) -> Duration {
        Duration::from_millis(self.0.slide_ms.unsigned_abs())
    }

    /// The Spark context of its RDDs.
    pub fn spark_context(&self) -> &SparkContext {
        &self.0.graph.sc
    }

    pub(crate) fn graph(&self) -> &Arc<StreamGraph> {
        &self.0.graph
    }

    pub(crate) fn slide_ms(&self) -> i64 {
        self.0.slide_ms
    }

    /// The RDD of `time`, made if it is not there; `None` if the stream has none then (Spark's `getOrCompute`).
    ///
    /// # Errors
    /// If the context has not started, or if making the RDD fails.
    pub fn rdd(&self, time: Time) -> Result<Option<Rdd<T>>> {
        let graph = &self.0.graph;
        let _making = graph.making.lock();
        if let Some(rdd) = self.0.kept.lock().rdds.get(&time) {
            return Ok(Some(rdd.clone()));
        }
        let zero = graph.zero()?;
        if time <= zero || !time.is_multiple(zero, self.0.slide_ms) {
            return Ok(None);
        }
        let Some(rdd) = self.0.node.compute(time, self)? else { return Ok(None) };
        let (level, checkpoint_ms, storage) = {
            let kept = self.0.kept.lock();
            (kept.level, kept.checkpoint_ms, kept.storage)
        };
        if let Some(storage) = storage {
            if let Some(level) = level {
                (storage.persist)(&rdd, level)?;
            }
            if checkpoint_ms.is_some_and(|checkpoint_ms| time.is_multiple(zero, checkpoint_ms)) {
                (storage.checkpoint)(&rdd)?;
            }
        }
        self.0.kept.lock().rdds.insert(time, rdd.clone());
        Ok(Some(rdd))
    }

    /// The RDD of one slide before `time`. Those missing before it are made oldest first: a stream that is made from its own
    /// past would otherwise go down as deep as the past is long.
    ///
    /// # Errors
    /// As for [`rdd`](Self::rdd).
    pub fn rdd_before(&self, time: Time) -> Result<Option<Rdd<T>>> {
        let _making = self.0.graph.making.lock();
        let (zero, slide_ms) = (self.0.graph.zero()?, self.0.slide_ms);
        let last = time.minus_ms(slide_ms);
        let mut first = last;
        while first > zero && !self.0.kept.lock().rdds.contains_key(&first) {
            first = first.minus_ms(slide_ms);
        }
        let mut found = None;
        while first <= last {
            found = self.rdd(first)?;
            first = first.plus_ms(slide_ms);
        }
        Ok(found)
    }

    /// The RDDs from one time to another, both included (Spark's `slice`).
    ///
    /// # Errors
    /// As for [`rdd`](Self::rdd).
    pub fn slice(&self, from: Time, to: Time) -> Result<Vec<Rdd<T>>> {
        let (zero, slide_ms) = (self.0.graph.zero()?, self.0.slide_ms);
        let (mut time, last) = (from.floor(zero, slide_ms).max(zero), to.floor(zero, slide_ms));
        let mut rdds = Vec::new();
        while time <= last {
            rdds.extend(self.rdd(time)?);
            time = time.plus_ms(slide_ms);
        }
        Ok(rdds)
    }

    /// Adds an output operation: `generate` gives its work at a time.
    #[track_caller]
    pub(crate) fn output(&self, operation: &str, work: impl Fn(Rdd<T>, Time) -> Result<()> + Send + Sync + 'static) {
        let place = Location::caller();
        let file = place.file().rsplit('/').next().unwrap_or_default();
        let name = format!("{operation} at {file}:{}", place.line());
        let (stream, work) = (self.clone(), Arc::new(work));
        let generate = Box::new(move |time| {
            let Some(rdd) = stream.rdd(time)? else { return Ok(None) };
            let work = work.clone();
            let run: Box<dyn FnOnce() -> Result<()> + Send> = Box::new(move || work(rdd, time));
            Ok(Some(run))
        });
        self.0.graph.add_output(self.lineage(), name, place.to_string(), generate);
    }
}

impl<T: Storable> DStream<T> {
    /// Keeps the stream's RDDs as `level` says (Spark's `persist`).
    pub fn persist(&self, level: StorageLevel) -> Self {
        let mut kept = self.0.kept.lock();
        kept.level = Some(level);
        kept.storage = Some(StorageOf::of());
        drop(kept);
        self.clone()
    }

    /// Keeps the stream's RDDs in memory (Spark's `cache`).
    pub fn cache(&self) -> Self {
        self.persist(StorageLevel::MEMORY_ONLY)
    }

    /// Writes an RDD of the stream to the checkpoint directory once in `interval`, which must be a multiple of the slide
    /// (Spark's `checkpoint`).
    pub fn checkpoint(&self, interval: Duration) -> Self {
        let stream = self.cache();
        stream.0.kept.lock().checkpoint_ms = Some(millis(interval));
        stream
    }
}

impl<T: Data> AnyStream for Core<T> {
    fn slide_ms(&self) -> i64 {
        self.slide_ms
    }

    fn initialize(&self) -> Result<()> {
        let mut kept = self.kept.lock();
        if self.node.must_checkpoint() && kept.checkpoint_ms.is_none() {
            let slides = (CHECKPOINT_MS_MIN + self.slide_ms - 1) / self.slide_ms;
            kept.checkpoint_ms = Some(self.slide_ms * slides);
        }
        if let Some(checkpoint_ms) = kept.checkpoint_ms {
            self.check_checkpoint(checkpoint_ms)?;
        }
        let least = kept.checkpoint_ms.map_or(self.slide_ms, |checkpoint_ms| checkpoint_ms.max(self.slide_ms) * 2);
        kept.remember_ms = kept.remember_ms.max(least);
        let parents_ms = self.node.parents_remember_ms(kept.remember_ms);
        drop(kept);
        for parent in self.node.parents() {
            parent.initialize()?;
            parent.remember(parents_ms);
        }
        Ok(())
    }

    fn remember(&self, duration_ms: i64) {
        let mut kept = self.kept.lock();
        kept.remember_ms = kept.remember_ms.max(duration_ms);
        let parents_ms = self.node.parents_remember_ms(kept.remember_ms);
        drop(kept);
        self.node.parents().iter().for_each(|parent| parent.remember(parents_ms));
    }

    fn remember_ms(&self) -> i64 {
        self.kept.lock().remember_ms
    }

    fn forget(&self, time: Time) {
        let mut kept = self.kept.lock();
        let oldest = time.minus_ms(kept.remember_ms).plus_ms(1);
        let remembered = kept.rdds.split_off(&oldest);
        let forgotten = std::mem::replace(&mut kept.rdds, remembered);
        let storage = kept.storage.filter(|_| self.graph.unpersist);
        drop(kept);
        if let Some(storage) = storage {
            forgotten.values().for_each(|rdd| (storage.unpersist)(rdd));
        }
    }

    fn checkpointed(&self) -> BTreeMap<Time, String> {
        let kept = self.kept.lock();
        let Some(storage) = kept.storage.filter(|_| kept.checkpoint_ms.is_some()) else { return BTreeMap::new() };
        kept.rdds.iter().filter_map(|(time, rdd)| Some((*time, (storage.checkpoint_file)(rdd)?))).collect()
    }

    fn restore(&self, files: &BTreeMap<Time, String>) -> Result<()> {
        let mut kept = self.kept.lock();
        let Some(storage) = kept.storage else {
            return Err(SparkError::plain(
                Exception::Spark,
                "The checkpoint has RDDs of a stream that this program does not checkpoint. A program that goes on from \
                 a checkpoint must build the same streams in the same order.",
            ));
        };
        for (time, file) in files {
            kept.rdds.insert(*time, (storage.open)(&self.graph.sc, file)?);
        }
        Ok(())
    }
}

impl<T: Data> Core<T> {
    fn check_checkpoint(&self, checkpoint_ms: i64) -> Result<()> {
        let refused = |text: String| Err(SparkError::plain(Exception::IllegalArgument, text));
        if self.graph.sc.checkpoint_dir().is_none() {
            return refused(
                "requirement failed: The checkpoint directory has not been set. Please set it by \
                 StreamingContext.checkpoint()."
                    .into(),
            );
        }
        if checkpoint_ms % self.slide_ms != 0 {
            return refused(format!(
                "requirement failed: The checkpoint interval of a stream is {checkpoint_ms} ms, which is not a multiple \
                 of its slide time ({} ms). Please set it to a multiple of it.",
                self.slide_ms
            ));
        }
        Ok(())
    }
}
