//! RDDs of a queue, one after the other or all at once.

use std::collections::VecDeque;
use std::sync::Arc;

use firesteel_error::Result;
use firesteel_rdd::{Data, Rdd};
use parking_lot::Mutex;

use crate::dstream::{DStream, StreamNode};
use crate::stream_graph::AnyStream;
use crate::time::Time;

/// The queue: whoever holds it may add to it while the context runs.
pub type RddQueue<T> = Arc<Mutex<VecDeque<Rdd<T>>>>;

pub(crate) struct QueueNode<T: Data> {
    pub(crate) queue: RddQueue<T>,
    pub(crate) one_at_a_time: bool,
    pub(crate) default: Option<Rdd<T>>,
}

impl<T: Data> StreamNode<T> for QueueNode<T> {
    fn compute(&self, _time: Time, own: &DStream<T>) -> Result<Option<Rdd<T>>> {
        let mut queue = self.queue.lock();
        let count = if self.one_at_a_time { queue.len().min(1) } else { queue.len() };
        let taken: Vec<_> = queue.drain(..count).collect();
        drop(queue);
        let sc = own.spark_context();
        Ok(Some(match taken.as_slice() {
            [] => self.default.clone().unwrap_or_else(|| sc.parallelize([], 1)),
            [one] => one.clone(),
            several => sc.union(several.iter().cloned()),
        }))
    }

    fn parents(&self) -> Vec<Arc<dyn AnyStream>> {
        Vec::new()
    }
}
