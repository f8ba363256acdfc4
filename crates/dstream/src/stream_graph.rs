//! The graph of [`DStream`](crate::DStream)s in this process: all streams and output operations of a context.
//!
//! A checkpoint holds where the RDDs of its checkpointed streams are, not the streams' functions: those are part of the
//! program. A program that goes on from a checkpoint therefore builds the same streams in the same order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::SparkContext;
use parking_lot::{Mutex, ReentrantMutex};
use serde::{Deserialize, Serialize};

use crate::graph::{BatchGraph, OutputJob, Restored};
use crate::time::Time;

/// A stream, whatever its elements are.
pub trait AnyStream: Send + Sync {
    /// The context starts: finds for how long to remember, and tells the parents.
    fn initialize(&self) -> Result<()>;
    /// Remembers for that long at least.
    fn remember(&self, duration_ms: i64);
    /// For how long it remembers, in milliseconds.
    fn remember_ms(&self) -> i64;
    /// How often it has an RDD, in milliseconds.
    fn slide_ms(&self) -> i64;
    /// Forgets what is older than that.
    fn forget(&self, time: Time);
    /// Where its checkpointed RDDs are.
    fn checkpointed(&self) -> BTreeMap<Time, String>;
    /// Takes what [`Self::checkpointed`] gave.
    fn restore(&self, files: &BTreeMap<Time, String>) -> Result<()>;
}

/// The work of an output operation at a time, if it has any.
type Generate = dyn Fn(Time) -> Result<Option<Box<dyn FnOnce() -> Result<()> + Send>>> + Send + Sync;

struct Output {
    stream: Arc<dyn AnyStream>,
    name: String,
    description: String,
    generate: Box<Generate>,
}

/// All streams of a context.
pub(crate) struct StreamGraph {
    pub(crate) sc: SparkContext,
    pub(crate) batch_ms: i64,
    pub(crate) unpersist: bool,
    /// Held while an RDD is made: a program's thread may ask for a slice while a batch is generated.
    pub(crate) making: ReentrantMutex<()>,
    streams: Mutex<Vec<Arc<dyn AnyStream>>>,
    outputs: Mutex<Vec<Arc<Output>>>,
    zero: Mutex<Option<Time>>,
    remember_ms: AtomicI64,
    saved_files: Mutex<BTreeSet<String>>,
}

/// What a checkpoint keeps.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Saved {
    streams: usize,
    files: BTreeMap<usize, BTreeMap<Time, String>>,
}

impl StreamGraph {
    pub(crate) fn new(sc: SparkContext, batch_ms: i64, unpersist: bool) -> Self {
        Self {
            sc,
            batch_ms,
            unpersist,
            making: ReentrantMutex::new(()),
            streams: Mutex::default(),
            outputs: Mutex::default(),
            zero: Mutex::new(None),
            remember_ms: AtomicI64::new(0),
            saved_files: Mutex::default(),
        }
    }

    /// The time before the first batch.
    pub(crate) fn zero(&self) -> Result<Time> {
        let not_started = || SparkError::plain(Exception::Spark, "The stream has not been initialized.");
        self.zero.lock().ok_or_else(not_started)
    }

    pub(crate) fn add_stream(&self, stream: Arc<dyn AnyStream>) {
        self.streams.lock().push(stream);
    }

    pub(crate) fn add_output(
        &self,
        stream: Arc<dyn AnyStream>,
        name: String,
        description: String,
        generate: Box<Generate>,
    ) {
        self.outputs.lock().push(Arc::new(Output { stream, name, description, generate }));
    }

    pub(crate) fn has_outputs(&self) -> bool {
        !self.outputs.lock().is_empty()
    }

    /// Makes every stream remember for that long at least.
    pub(crate) fn remember(&self, duration_ms: i64) {
        self.remember_ms.store(duration_ms, Ordering::Relaxed);
    }

    fn all(&self) -> Vec<Arc<dyn AnyStream>> {
        self.streams.lock().clone()
    }

    fn restore(&self, restored: &Restored) -> Result<()> {
        let saved: Saved = serde_json::from_slice(&restored.state)
            .map_err(|e| SparkError::io("The checkpoint was not written by a program of this kind", e))?;
        let streams = self.all();
        if saved.streams != streams.len() {
            let text = format!(
                "The checkpoint is of a program with {} streams, and this one has {}. A program that goes on from a \
                 checkpoint must build the same streams in the same order.",
                saved.streams,
                streams.len()
            );
            return Err(SparkError::plain(Exception::Spark, text));
        }
        saved.files.iter().try_for_each(|(id, files)| streams.get(*id).map_or(Ok(()), |stream| stream.restore(files)))
    }

    fn checkpointed(&self) -> Saved {
        let streams = self.all();
        let files = streams.iter().enumerate().map(|(id, stream)| (id, stream.checkpointed()));
        Saved { streams: streams.len(), files: files.filter(|(_, files)| !files.is_empty()).collect() }
    }
}

impl BatchGraph for StreamGraph {
    fn start(&self, zero: Time, restored: Option<&Restored>) -> Result<()> {
        *self.zero.lock() = Some(zero);
        let outputs = self.outputs.lock().clone();
        for output in &outputs {
            output.stream.initialize()?;
        }
        for output in &outputs {
            output.stream.remember(self.remember_ms.load(Ordering::Relaxed));
        }
        restored.map_or(Ok(()), |restored| self.restore(restored))
    }

    fn slides_ms(&self) -> Vec<i64> {
        self.outputs.lock().iter().map(|output| output.stream.slide_ms()).collect()
    }

    fn generate(&self, time: Time) -> Result<Vec<OutputJob>> {
        let outputs = self.outputs.lock().clone();
        let mut jobs = Vec::new();
        for (id, output) in outputs.iter().enumerate() {
            if let Some(run) = (output.generate)(time)? {
                let id = i32::try_from(id).unwrap_or(i32::MAX);
                let (name, description) = (output.name.clone(), output.description.clone());
                jobs.push(OutputJob { id, name, description, run });
            }
        }
        Ok(jobs)
    }

    fn forget(&self, time: Time) -> Result<()> {
        let _making = self.making.lock();
        self.all().iter().for_each(|stream| stream.forget(time));
        Ok(())
    }

    fn save(&self, _time: Time) -> Result<Vec<u8>> {
        let saved = self.checkpointed();
        serde_json::to_vec(&saved).map_err(|e| SparkError::internal(format!("the graph's state is no JSON: {e}")))
    }

    fn saved(&self, _time: Time) -> Result<()> {
        let used: BTreeSet<String> = self.checkpointed().files.into_values().flat_map(BTreeMap::into_values).collect();
        let before = std::mem::replace(&mut *self.saved_files.lock(), used.clone());
        for file in before.difference(&used) {
            if let Err(error) = std::fs::remove_dir_all(file.trim_start_matches("file:")) {
                tracing::warn!(file, %error, "the checkpoint of an RDD is not needed any more and cannot be deleted");
            }
        }
        Ok(())
    }

    fn remember_ms(&self) -> i64 {
        self.all().iter().map(|stream| stream.remember_ms()).max().unwrap_or_default()
    }

    fn stop(&self) {
        // The streams refer to this graph.
        self.streams.lock().clear();
        self.outputs.lock().clear();
    }
}
