//! A function of other streams' RDDs.

use std::sync::Arc;

use firesteel_error::Result;
use firesteel_rdd::{Data, Rdd};

use crate::dstream::{DStream, StreamNode};
use crate::stream_graph::AnyStream;
use crate::time::Time;

pub(crate) struct TransformedNode<F> {
    pub(crate) parents: Vec<Arc<dyn AnyStream>>,
    /// Asks the parents for their RDDs and makes one of them.
    pub(crate) make: F,
}

impl<U, F> StreamNode<U> for TransformedNode<F>
where
    U: Data,
    F: Fn(Time) -> Result<Option<Rdd<U>>> + Send + Sync + 'static,
{
    fn compute(&self, time: Time, _own: &DStream<U>) -> Result<Option<Rdd<U>>> {
        (self.make)(time)
    }

    fn parents(&self) -> Vec<Arc<dyn AnyStream>> {
        self.parents.clone()
    }
}
