//! The contents of new files.

use std::sync::Arc;

use firesteel_error::Result;
use firesteel_rdd::{Data, Rdd, SparkContext};

use crate::dstream::{DStream, StreamNode};
use crate::inputs::Inputs;
use crate::stream_graph::{AnyStream, StreamGraph};
use crate::time::Time;

struct FilesNode<T: Data, F> {
    stream: i32,
    inputs: Arc<Inputs>,
    read: F,
    element: std::marker::PhantomData<fn() -> T>,
}

/// The stream of a directory's new files, each read by `read`.
pub(crate) fn files_of<T: Data>(
    graph: &Arc<StreamGraph>,
    inputs: &Arc<Inputs>,
    stream: i32,
    read: impl Fn(&SparkContext, &str) -> Result<Rdd<T>> + Send + Sync + 'static,
) -> DStream<T> {
    let node = FilesNode { stream, inputs: inputs.clone(), read, element: std::marker::PhantomData };
    DStream::new(graph, graph.batch_ms, node)
}

impl<T, F> StreamNode<T> for FilesNode<T, F>
where
    T: Data,
    F: Fn(&SparkContext, &str) -> Result<Rdd<T>> + Send + Sync + 'static,
{
    fn compute(&self, time: Time, own: &DStream<T>) -> Result<Option<Rdd<T>>> {
        let sc = own.spark_context();
        let files = self.inputs.files(time, self.stream);
        let rdds = files.iter().map(|file| (self.read)(sc, file)).collect::<Result<Vec<_>>>()?;
        Ok(Some(if rdds.is_empty() { sc.empty_rdd() } else { sc.union(rdds) }))
    }

    fn parents(&self) -> Vec<Arc<dyn AnyStream>> {
        Vec::new()
    }
}
