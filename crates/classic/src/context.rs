//! A session's RDDs, broadcast variables and jobs: the engine's side of one Python `SparkContext`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Rdd, SparkContext};
use parking_lot::Mutex;
use serde::Deserialize;

use crate::batch::Batch;
use crate::broadcast::Broadcasts;
use crate::engine::ClassicEngine;
use crate::frame::Frame;
use crate::host::HostSession;
use crate::node::{self, Described};
use crate::protocol::read;
use crate::running::RunningJobs;
use crate::streaming::Streamings;

/// The engine's side of one Python `SparkContext`.
pub struct Context {
    pub(crate) engine: Arc<ClassicEngine>,
    pub(crate) session: Arc<dyn HostSession>,
    pub(crate) spark: SparkContext,
    pub(crate) broadcasts: Arc<Broadcasts>,
    pub(crate) jobs: RunningJobs,
    pub(crate) streamings: Streamings,
    nodes: Mutex<HashMap<u64, Rdd<Batch>>>,
    uploads: Mutex<HashMap<u64, Bytes>>,
    next_upload_id: AtomicU64,
}

/// Where a session keeps its context.
#[derive(Default)]
pub struct ContextSlot(Mutex<Option<Arc<Context>>>);

/// The nodes that come and go with a request.
#[derive(Debug, Deserialize)]
struct Lineage {
    #[serde(default)]
    nodes: Vec<Described>,
    #[serde(default)]
    drop: Vec<u64>,
    rdd: Option<u64>,
}

impl Context {
    pub(crate) fn new(engine: Arc<ClassicEngine>, session: Arc<dyn HostSession>) -> Result<Arc<Self>> {
        let spark = engine.spark()?;
        Ok(Arc::new(Self {
            engine,
            session,
            spark,
            broadcasts: Arc::default(),
            jobs: RunningJobs::default(),
            streamings: Streamings::default(),
            nodes: Mutex::default(),
            uploads: Mutex::default(),
            next_upload_id: AtomicU64::new(0),
        }))
    }

    /// Takes in the nodes that came with a request, and lets go of those that it drops.
    pub(crate) fn register(self: &Arc<Self>, frame: &Frame) -> Result<()> {
        let lineage: Lineage = read(&frame.header)?;
        let mut payload = frame.payload.clone();
        for described in lineage.nodes {
            if described.bytes > payload.len() {
                return Err(illegal("A request's payload is shorter than its nodes say."));
            }
            let bytes = payload.split_to(described.bytes);
            if self.nodes.lock().contains_key(&described.id) {
                continue;
            }
            let id = described.id;
            let rdd = node::make(self, described, bytes)?;
            self.nodes.lock().insert(id, rdd);
        }
        let dropped: Vec<_> = {
            let mut nodes = self.nodes.lock();
            lineage.drop.iter().filter_map(|id| nodes.remove(id)).collect()
        };
        // The last reference to a cached RDD frees its blocks: not under the lock.
        drop(dropped);
        Ok(())
    }

    /// The node that a request is about, after [`Context::register`].
    pub(crate) fn requested(self: &Arc<Self>, frame: &Frame) -> Result<Rdd<Batch>> {
        self.register(frame)?;
        let lineage: Lineage = read(&frame.header)?;
        self.node(lineage.rdd.ok_or_else(|| illegal("The request names no RDD."))?)
    }

    /// A node by the client's number.
    pub(crate) fn node(&self, id: u64) -> Result<Rdd<Batch>> {
        self.nodes.lock().get(&id).cloned().ok_or_else(|| illegal(format!("The engine knows no RDD {id}.")))
    }

    /// Keeps data for a node that is to come.
    pub(crate) fn keep_upload(&self, data: Bytes) -> u64 {
        let id = self.next_upload_id.fetch_add(1, Ordering::Relaxed);
        self.uploads.lock().insert(id, data);
        id
    }

    /// Takes data that was kept; its node has it from now on.
    pub(crate) fn take_upload(&self, id: u64) -> Result<Bytes> {
        self.uploads.lock().remove(&id).ok_or_else(|| illegal(format!("There is no upload {id}.")))
    }
}

impl ContextSlot {
    /// The context, or a new one.
    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> Result<Arc<Context>>) -> Result<Arc<Context>> {
        let mut slot = self.0.lock();
        match slot.as_ref() {
            Some(context) => Ok(context.clone()),
            None => Ok(slot.insert(make()?).clone()),
        }
    }

    /// The files of all broadcast variables of the session; for functions that are no RDD's.
    pub fn broadcasts(&self) -> Vec<firesteel_python::BroadcastFile> {
        self.0.lock().as_ref().map(|context| context.broadcasts.all()).unwrap_or_default()
    }

    /// Whether a job runs.
    pub fn is_busy(&self) -> bool {
        self.0.lock().as_ref().is_some_and(|context| context.jobs.any() || context.streamings.any())
    }

    /// Tells a job to stop, if it is one of this context; says whether it is.
    pub fn cancel_job(&self, job: usize) -> bool {
        let context = self.0.lock().clone();
        context.is_some_and(|context| context.jobs.owns(job) && context.spark.cancel_job(job))
    }

    /// Cancels the jobs, and drops RDDs and broadcast variables.
    pub fn close(&self) {
        let context = self.0.lock().take();
        if let Some(context) = context {
            context.streamings.stop();
            context.jobs.cancel(&context.spark, |_| true);
            let nodes = std::mem::take(&mut *context.nodes.lock());
            drop(nodes);
        }
    }
}

impl std::fmt::Debug for ContextSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ContextSlot").field(&self.0.lock().is_some()).finish()
    }
}

fn illegal(text: impl Into<String>) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, text)
}
