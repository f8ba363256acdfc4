//! The seam between the engine and whoever keeps the DStreams: a graph that turns a batch into jobs.

use std::collections::BTreeMap;
use std::fmt;

use firesteel_error::Result;

use crate::time::Time;

/// The DStreams of a program, as the engine sees them.
///
/// The engine calls all methods but [`OutputJob::run`] from one thread, so a graph sees one batch at a time.
pub trait BatchGraph: Send + Sync {
    /// Called once, before the first batch. The first batch will be at `zero` plus one interval, or, with `restored`,
    /// the first of its batches to run again.
    ///
    /// # Errors
    /// Whatever is wrong with the graph; the context then does not start.
    fn start(&self, zero: Time, restored: Option<&Restored>) -> Result<()>;

    /// The jobs of the batch at `time`, one per output operation that has something to do then.
    ///
    /// # Errors
    /// Whatever a user's function raised; it ends the wait for the context, but not the stream.
    fn generate(&self, time: Time) -> Result<Vec<OutputJob>>;

    /// The batch at `time` has ended: what no later batch can need may be forgotten.
    fn forget(&self, time: Time) -> Result<()>;

    /// What the graph must remember, for a checkpoint.
    fn save(&self, time: Time) -> Result<Vec<u8>>;

    /// A checkpoint of `time` or a later one is on disk: what only earlier ones refer to may be deleted.
    fn saved(&self, time: Time) -> Result<()>;

    /// For how long after its batch an input is needed, in milliseconds.
    fn remember_ms(&self) -> i64;

    /// How often the streams that have outputs have an RDD; known once the graph has started.
    fn slides_ms(&self) -> Vec<i64> {
        Vec::new()
    }

    /// The context has stopped; no batch comes any more.
    fn stop(&self) {}
}

/// What a graph gets back of its last checkpoint.
#[derive(Debug, Clone, Default)]
pub struct Restored {
    /// What [`BatchGraph::save`] gave.
    pub state: Vec<u8>,
    /// Until which batch the checkpoint's context had generated.
    pub generated: Time,
    /// The batches that will be run again before any new one.
    pub again: Vec<Time>,
    /// What its inputs had for the batches that may still be needed, by stream.
    pub files: BTreeMap<Time, BTreeMap<i32, Vec<String>>>,
}

/// An output operation's work for one batch.
pub struct OutputJob {
    /// The operation's number.
    pub id: i32,
    /// A short name with the user's file and line.
    pub name: String,
    /// More of the call site.
    pub description: String,
    /// The work.
    pub run: Box<dyn FnOnce() -> Result<()> + Send>,
}

impl fmt::Debug for OutputJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputJob").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}
