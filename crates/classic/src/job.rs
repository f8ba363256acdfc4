//! Jobs: computed by the RDD engine, answered to the driver as a stream of frames.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{JobOptions, Rdd, Records, TaskContext};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::Sender;

use crate::batch::{Batch, put_framed};
use crate::context::Context;
use crate::frame::Frame;
use crate::protocol::{read, reply};
use crate::result_limit::ResultLimit;
use crate::running::Marks;
use crate::{save, streaming};

/// Results are sent in pieces of about this size, so that neither side has to hold a partition twice.
const PIECE_BYTES: usize = 4 << 20;

#[derive(Debug, Deserialize)]
struct JobRequest {
    partitions: Option<Vec<usize>>,
    #[serde(default)]
    properties: BTreeMap<String, String>,
}

/// A driver that waits for a job.
pub(crate) struct Waiting<'a> {
    context: &'a Arc<Context>,
    properties: BTreeMap<String, String>,
    replies: &'a Sender<Frame>,
}

/// Runs what a request asks for and sends all replies but that of an error.
pub(crate) fn run(context: &Arc<Context>, kind: &str, frame: &Frame, replies: &Sender<Frame>) -> Result<()> {
    if kind == "streamingStart" {
        return streaming::start(context, frame, replies);
    }
    let rdd = context.requested(frame)?;
    let request: JobRequest = read(&frame.header)?;
    let waiting = Waiting { context, properties: request.properties, replies };
    match kind {
        "job" => {
            let partitions = match request.partitions {
                Some(partitions) => partitions,
                None => (0..rdd.num_partitions()?).collect(),
            };
            waiting.collect(&rdd, &partitions)?;
        }
        "saveAsTextFile" => save::text(&waiting, &rdd, &read(&frame.header)?)?,
        "saveAsPickleFile" => save::pickled(&waiting, &rdd, &read(&frame.header)?)?,
        _ => return Err(SparkError::unsupported(format!("the classic job {kind:?}"))),
    }
    // The driver may have gone.
    let _ = replies.blocking_send(reply(json!({"done": true})));
    Ok(())
}

impl Waiting<'_> {
    fn collect(&self, rdd: &Rdd<Batch>, partitions: &[usize]) -> Result<()> {
        let limit = ResultLimit::of(self.context.spark.conf())?;
        self.job(rdd, partitions, pieces, |index, pieces| {
            limit.add(pieces.iter().map(Bytes::len).sum())?;
            let last = pieces.len() - 1;
            for (number, payload) in pieces.into_iter().enumerate() {
                let header = reply(json!({"index": index, "last": number == last})).header;
                self.send(Frame { header, payload })?;
            }
            Ok(())
        })
    }

    /// Runs a job whose results `take` gets. Tells the driver of its start and of updates of accumulators.
    pub(crate) fn job<U: Send + 'static>(
        &self,
        rdd: &Rdd<Batch>,
        partitions: &[usize],
        task: impl Fn(&TaskContext, Records<Batch>) -> Result<U> + Send + Sync + 'static,
        take: impl Fn(usize, U) -> Result<()>,
    ) -> Result<()> {
        let failed = Mutex::new(None);
        let watch = Watch::new(self);
        let note = |result: Result<()>| {
            if let Err(error) = result {
                watch.cancel();
                failed.lock().get_or_insert(error);
            }
        };
        let options = JobOptions {
            local_properties: self.properties.clone(),
            on_start: Some(Box::new(|job| note(watch.started(job)))),
            on_accepted: Some(Box::new(|_, updates| note(self.send_updates(&updates)))),
            ..JobOptions::default()
        };
        let ended =
            self.context.spark.run_job(rdd, partitions, task, options, |index, result| note(take(index, result)));
        watch.ended();
        match failed.into_inner() {
            Some(error) => Err(error),
            None => ended.map_err(users_error),
        }
    }

    fn send_updates(&self, updates: &[Bytes]) -> Result<()> {
        if updates.is_empty() {
            return Ok(());
        }
        let mut payload = BytesMut::new();
        for update in updates {
            put_framed(&mut payload, update)?;
        }
        let header = reply(json!({"updates": updates.len()})).header;
        self.send(Frame { header, payload: payload.freeze() })
    }

    fn send(&self, frame: Frame) -> Result<()> {
        let gone = |_| SparkError::plain(Exception::Spark, "The driver no longer waits for the job.");
        self.replies.blocking_send(frame).map_err(gone)
    }
}

/// What a job failed with; if that is an exception of the user's function, then as it was, like Spark's.
pub(crate) fn users_error(error: SparkError) -> SparkError {
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<SparkError>());
    cause.filter(|cause| cause.exception() == Exception::Python).cloned().unwrap_or(error)
}

/// Cancels a job whose driver has gone away.
struct Watch<'a> {
    waiting: &'a Waiting<'a>,
    job: Arc<Mutex<Option<usize>>>,
    gone: Arc<AtomicBool>,
    watcher: tokio::task::JoinHandle<()>,
}

impl<'a> Watch<'a> {
    fn new(waiting: &'a Waiting<'a>) -> Self {
        let (job, gone) = (Arc::new(Mutex::new(None)), Arc::new(AtomicBool::new(false)));
        let (replies, spark) = (waiting.replies.clone(), waiting.context.spark.clone());
        let (watched, is_gone) = (job.clone(), gone.clone());
        let watcher = tokio::spawn(async move {
            replies.closed().await;
            is_gone.store(true, Ordering::SeqCst);
            let job: Option<usize> = *watched.lock();
            if let Some(job) = job {
                spark.cancel_job(job);
            }
        });
        Self { waiting, job, gone, watcher }
    }

    fn started(&self, job: usize) -> Result<()> {
        *self.job.lock() = Some(job);
        self.waiting.context.jobs.started(job, Marks::of(&self.waiting.properties));
        if self.gone.load(Ordering::SeqCst) {
            self.waiting.context.spark.cancel_job(job);
        }
        self.waiting.send(reply(json!({"job": job})))
    }

    fn cancel(&self) {
        if let Some(job) = *self.job.lock() {
            self.waiting.context.spark.cancel_job(job);
        }
    }

    fn ended(&self) {
        self.watcher.abort();
        if let Some(job) = *self.job.lock() {
            self.waiting.context.jobs.ended(job);
        }
    }
}

/// The frames of a partition, behind their lengths, in pieces; at least one.
fn pieces(_task: &TaskContext, records: Records<Batch>) -> Result<Vec<Bytes>> {
    let mut pieces = Vec::new();
    let mut piece = BytesMut::new();
    for batch in records {
        put_framed(&mut piece, &batch?.0)?;
        if piece.len() >= PIECE_BYTES {
            pieces.push(piece.split().freeze());
        }
    }
    if !piece.is_empty() || pieces.is_empty() {
        pieces.push(piece.freeze());
    }
    Ok(pieces)
}
