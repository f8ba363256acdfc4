//! Turns batches into what a worker reads: one Arrow stream, or one for each group with a count before it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;
use firesteel_error::Result;
use futures::{Stream, StreamExt};

use crate::conform::internal;
use crate::wire::{END_OF_STREAM, WireWriter};

/// One Arrow stream of all batches.
pub(crate) struct ArrowFeed<S> {
    input: S,
    /// Gone when the end has been written.
    writer: Option<StreamWriter<Vec<u8>>>,
}

impl<S> ArrowFeed<S> {
    pub(crate) fn new(input: S, schema: &Schema) -> Result<Self> {
        Ok(Self { input, writer: Some(StreamWriter::try_new(Vec::new(), schema).map_err(internal)?) })
    }
}

impl<S: Stream<Item = Result<RecordBatch>> + Unpin> Stream for ArrowFeed<S> {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(writer) = &mut this.writer else { return Poll::Ready(None) };
        let written = match ready!(this.input.poll_next_unpin(cx)) {
            Some(Ok(batch)) => writer.write(&batch).map(|()| std::mem::take(writer.get_mut())),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => {
                let last = writer.finish().map(|()| {
                    let mut rest = std::mem::take(writer.get_mut());
                    rest.extend_from_slice(&END_OF_STREAM.to_be_bytes());
                    rest
                });
                this.writer = None;
                last
            }
        };
        Poll::Ready(Some(written.map(Bytes::from).map_err(internal)))
    }
}

/// The data of one group: one list of batches, or two that belong together.
pub(crate) type GroupBatches = Vec<(Arc<Schema>, Vec<RecordBatch>)>;

/// The end of a series of groups.
pub(crate) fn end_of_groups() -> Bytes {
    let mut out = WireWriter::default();
    out.int(0);
    out.int(END_OF_STREAM);
    out.into_bytes().into()
}

/// A group as a worker reads it.
pub(crate) fn encode_group(group: &GroupBatches) -> Result<Bytes> {
    let mut out = WireWriter::default();
    out.count(group.len());
    for (schema, batches) in group {
        let mut writer = StreamWriter::try_new(Vec::new(), schema).map_err(internal)?;
        for batch in batches {
            writer.write(batch).map_err(internal)?;
        }
        out.raw(&writer.into_inner().map_err(internal)?);
    }
    Ok(out.into_bytes().into())
}

/// Cuts a batch into pieces of at most that many rows and about that many bytes.
pub(crate) fn pieces(batch: RecordBatch, rows_max: usize, bytes_max: usize) -> Vec<RecordBatch> {
    let rows = batch.num_rows();
    // Not the arrays' memory: a slice of a large array holds all of it.
    let bytes: usize = batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or(0)).sum();
    let row_bytes = bytes / rows.max(1);
    let fitting = bytes_max.checked_div(row_bytes).unwrap_or(usize::MAX).max(1);
    let step = rows_max.min(fitting).max(1);
    if rows <= step {
        return vec![batch];
    }
    (0..rows).step_by(step).map(|start| batch.slice(start, step.min(rows - start))).collect()
}
