//! All that a stream had within a window.

use std::sync::Arc;

use firesteel_error::Result;
use firesteel_rdd::{Data, Rdd};

use crate::dstream::{DStream, StreamNode};
use crate::stream_graph::AnyStream;
use crate::time::Time;

pub(crate) struct WindowNode<T: Data> {
    pub(crate) parent: DStream<T>,
    pub(crate) window_ms: i64,
}

impl<T: Data> StreamNode<T> for WindowNode<T> {
    fn compute(&self, time: Time, own: &DStream<T>) -> Result<Option<Rdd<T>>> {
        let first = time.minus_ms(self.window_ms).plus_ms(self.parent.slide_ms());
        let rdds = self.parent.slice(first, time)?;
        let sc = own.spark_context();
        Ok(Some(if rdds.is_empty() { sc.empty_rdd() } else { sc.union(rdds) }))
    }

    fn parents(&self) -> Vec<Arc<dyn AnyStream>> {
        vec![self.parent.lineage()]
    }

    fn parents_remember_ms(&self, own_ms: i64) -> i64 {
        own_ms + self.window_ms
    }
}
